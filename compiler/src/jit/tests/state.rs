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
