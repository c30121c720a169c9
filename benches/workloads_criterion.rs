//! `cargo bench --bench workloads_criterion`: the workloads under criterion, to compare one change with the next.

mod jit;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portent::Matches;

const EVENTS: usize = 200_000;

fn each_workload(criterion: &mut Criterion) {
    for workload in portent_workloads::all() {
        let columns = workload.events(EVENTS);
        let engine = jit::engine(&workload);
        let batch = jit::batch(&engine, &columns);
        let mut matches = Matches::new(engine.outputs());
        let mut group = criterion.benchmark_group(workload.name);
        group.throughput(Throughput::Elements(EVENTS as u64));
        group.sample_size(20);
        group.bench_function("by hand", |bencher| bencher.iter(|| (workload.by_hand)(&columns)));
        group.bench_function("generated", |bencher| bencher.iter(|| (workload.generated)(&columns)));
        group.bench_function("jit", |bencher| bencher.iter(|| jit::run(&engine, &batch, &mut matches)));
        group.finish();
    }
}

criterion_group!(benches, each_workload);
criterion_main!(benches);
