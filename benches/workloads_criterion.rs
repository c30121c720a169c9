//! `cargo bench --bench workloads_criterion`: the workloads under criterion, to compare one change with the next.

mod jit;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portent::Matches;
use portent_workloads::Input;

const EVENTS: usize = 200_000;

fn each_workload(criterion: &mut Criterion) {
    for workload in portent_workloads::all() {
        let count = EVENTS.min(workload.events);
        let input = (workload.make)(count);
        let Input::Columns(events) = &input else { continue };
        let engine = jit::engine(&workload);
        let pieces = jit::pieces(&engine, events);
        let mut matches = Matches::new(engine.outputs());
        let mut group = criterion.benchmark_group(workload.name);
        group.throughput(Throughput::Elements(count as u64));
        group.sample_size(20);
        for (name, run) in [("by hand", workload.by_hand), ("generated", workload.generated)] {
            if let Some(run) = run {
                group.bench_function(name, |bencher| bencher.iter(|| run(&input)));
            }
        }
        group.bench_function("jit", |bencher| bencher.iter(|| jit::run(&engine, &pieces, &mut matches)));
        group.finish();
    }
}

criterion_group!(benches, each_workload);
criterion_main!(benches);
