//! What kernels leave behind, and what they say of themselves.

use std::sync::Arc;

use super::{JitOptions, compile, rules};
use crate::jit::{clif, disassembly};
use portent_rt::instance::Options;
use portent_rt::{Chunk, Instance, Matches, Value};

const SOURCE: &str = "
event A { k: str, s: str, at: timestamp(ns) } time at
pattern P partition by k match a: A -> b: A[s != a.s]{2} -> c: A[s == a.s] within 10ns emit { s: a.s, all: collect(b.s) }
query Q from A[s matches \"7\"] emit { s, u: upper(s) }
";

#[test]
fn listings_name_kernels_and_what_they_call() {
    let program = rules(SOURCE).lir;
    let text = clif(&program).expect("a listing");
    for part in ["; P.step", "; P.sweep", "; g0", "; Q.step", "text::upper", "function u1:"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let code = disassembly(&program, &JitOptions::default()).expect("a listing");
    assert!(code.contains("; P.step") && code.contains("ret"), "{code}");
}

#[test]
fn memory_does_not_grow_with_the_stream() {
    let program = rules(SOURCE).lir;
    let plan = Arc::new(compile(&program, &JitOptions::default()).expect("code"));
    let schemas: Vec<_> = plan.inputs.iter().map(|input| input.schema.clone()).collect();
    let mut instance = Instance::new(plan.clone(), Options::default());
    let mut bytes = Vec::new();
    for round in 0..40i64 {
        let mut chunk = Chunk::new(&schemas);
        for index in 0..500i64 {
            let at = round * 500 + index;
            let text = format!("a text that is longer than twelve bytes {}", at * 7919 % 11);
            let values = [Value::Str(format!("{}", at % 3)), Value::Str(text), Value::Timestamp(at)];
            chunk.push(&schemas, 0, &values);
        }
        let mut matches = Matches::new(&plan.outputs);
        instance.on_chunk(super::instance_source(), &chunk, &mut matches).expect("no limit");
        bytes.push(instance.stats().rules.iter().map(|rule| rule.bytes).sum::<u64>());
    }
    assert_eq!(bytes[10], bytes[39], "long texts, lists and runs are given back: {bytes:?}");
}

#[test]
fn code_outlives_its_compiler_and_is_freed() {
    let program = rules(SOURCE).lir;
    let plans: Vec<_> = (0..200).map(|_| compile(&program, &JitOptions::default()).expect("code")).collect();
    let threads: Vec<_> = plans
        .into_iter()
        .map(|plan| {
            std::thread::spawn(move || Instance::new(Arc::new(plan), Options::default()).next_deadline())
        })
        .collect();
    threads.into_iter().for_each(|thread| assert_eq!(thread.join().expect("no panic"), None));
}

const IDLE: &str = "
event A { k: i64, at: timestamp(ns) } time at
pattern P partition by k match a: A -> b: A limit partition idle 1us emit { k }
";

/// How many partitions there are and how many have ended, after each thousand events of which each has a key of its own, one nanosecond
/// apart, and, after so long a silence, a watermark; the events come in calls of `size`.
fn idle_partitions(size: usize, silence: i64) -> Vec<(u64, u64)> {
    let plan = Arc::new(compile(&rules(IDLE).lir, &JitOptions::default()).expect("code"));
    let schemas: Vec<_> = plan.inputs.iter().map(|input| input.schema.clone()).collect();
    let mut instance = Instance::new(plan.clone(), Options::default());
    let mut matches = Matches::new(&plan.outputs);
    let mut counts = Vec::new();
    for round in 0..8i64 {
        let start = round * (1000 + silence);
        let events: Vec<i64> = (0..1000).map(|index| start + index).collect();
        for part in events.chunks(size) {
            let mut chunk = Chunk::new(&schemas);
            part.iter().for_each(|&at| chunk.push(&schemas, 0, &[Value::I64(at), Value::Timestamp(at)]));
            instance.on_chunk(super::instance_source(), &chunk, &mut matches).expect("no limit");
        }
        instance.on_watermark(start + 1000 + silence, &mut matches).expect("no limit");
        let stats = instance.stats();
        let rule = &stats.rules[0];
        assert_eq!(rule.runs, rule.partitions, "each has the run of its event");
        counts.push((rule.partitions, rule.counters.partitions_idle));
    }
    counts
}

#[test]
fn idle_partitions_are_given_back_wherever_calls_end() {
    let counts = idle_partitions(1000, 0);
    // Looked for each 500 ns, so nothing is kept for 1.5 us; what was opened is there or has ended.
    assert!(
        counts.iter().zip(1..).all(|((live, ended), round)| *live <= 1501 && live + ended == round * 1000)
    );
    assert!(counts[7].1 >= 6500, "{counts:?}");
    for size in [1, 7, 333] {
        assert_eq!(idle_partitions(size, 0), counts, "calls of {size}");
    }
}

#[test]
fn a_watermark_ends_idle_partitions_without_an_event() {
    let counts = idle_partitions(1000, 3000);
    let ended: Vec<(u64, u64)> = (1..=8).map(|round| (0, round * 1000)).collect();
    assert_eq!(counts, ended);
}

#[test]
fn where_memory_is_short_new_partitions_are_dropped_until_others_end() {
    const MAX: u64 = 1 << 20;
    let source = IDLE.replace("limit partition idle 1us", "within 1us");
    let plan = Arc::new(compile(&rules(&source).lir, &JitOptions::default()).expect("code"));
    let schemas: Vec<_> = plan.inputs.iter().map(|input| input.schema.clone()).collect();
    let options = Options { memory_max: Some(MAX), ..Options::default() };
    let mut instance = Instance::new(plan.clone(), options);
    let mut matches = Matches::new(&plan.outputs);
    let mut push = |keys: std::ops::Range<i64>, at: i64| {
        for key in keys {
            let mut chunk = Chunk::new(&schemas);
            (0..64).for_each(|part| {
                chunk.push(&schemas, 0, &[Value::I64(key * 64 + part), Value::Timestamp(at)]);
            });
            instance.on_chunk(super::instance_source(), &chunk, &mut matches).expect("no limit");
            assert!(instance.bytes() <= MAX, "{} bytes are held", instance.bytes());
        }
        let stats = instance.stats();
        (stats.rules[0].partitions, stats.rules[0].dropped_for_memory, matches.order.len())
    };
    let (known, dropped, _) = push(0..2000, 0);
    assert_eq!(known + dropped, 2000 * 64);
    assert!(known > 3000 && dropped > 0, "{known} partitions, {dropped} events dropped");
    let (_, again, found) = push(0..10, 1);
    assert_eq!((again, found), (dropped, 640), "known keys are seen");
    // Their time is up, so there is room for others; not for all.
    let (_, later, _) = push(5000..5010, 5000);
    assert_eq!(later, dropped);
}
