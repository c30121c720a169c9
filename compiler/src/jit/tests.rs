//! Compiled rules against the oracle, on rule texts and random events: same matches, in the same order, whatever the
//! optimization and however the events are cut into calls.

mod expressions;
mod patterns;
mod state;
mod windows;

use std::sync::Arc;

use super::{JitOptions, Opt, compile};
use crate::Rules;
use crate::diag::Diagnostics;
use crate::hir::{RuleId, Source, TypeId};
use crate::oracle::{self, Input, InputEvent};
use portent_rt::instance::Options;
use portent_rt::output::Tree;
use portent_rt::{Chunk, Instance, Matches, Value};

/// An event: its type's number, and its values.
type Event = (usize, Vec<Value>);

/// A match as text: `Rule @ts field=value …`, with the bits of doubles as they print.
fn show(name: &str, ts: i64, fields: &[(String, Tree)]) -> String {
    let fields = fields.iter().map(|(name, value)| format!(" {name}={value:?}"));
    format!("{name} @{ts}{}", fields.collect::<String>())
}

fn rules(source: &str) -> Rules {
    let mut diagnostics = Diagnostics::default();
    crate::compile(source, &mut diagnostics).unwrap_or_else(|| panic!("{source}\n{diagnostics:?}"))
}

/// What the oracle says: matches, and whether it stopped.
fn expected(rules: &Rules, events: &[Event]) -> (Vec<String>, bool) {
    let inputs: Vec<_> = events
        .iter()
        .map(|(ty, values)| Input::Event(InputEvent { ty: TypeId(*ty as u32), values: values.clone() }))
        .collect();
    let outcome = oracle::run(&rules.hir, &inputs);
    let name = |rule: RuleId| rules.hir.rule(rule).name.as_str();
    let matches = outcome.matches.iter().map(|found| show(name(found.rule), found.ts, &found.fields));
    (matches.collect(), outcome.error.is_some())
}

/// What machine code finds, given the events in calls of `size`.
fn found(rules: &Rules, opt: Opt, events: &[Event], size: usize) -> (Vec<String>, bool) {
    let plan = Arc::new(compile(&rules.lir, &JitOptions { opt }).expect("a program that compiles"));
    let mut matches = Matches::new(&plan.outputs);
    let mut instance = Instance::new(plan.clone(), Options::default());
    let schemas: Vec<_> = plan.inputs.iter().map(|input| input.schema.clone()).collect();
    let source = instance_source();
    let mut failed = false;
    for part in events.chunks(size) {
        let mut chunk = Chunk::new(&schemas);
        part.iter().for_each(|(ty, values)| chunk.push(&schemas, *ty, values));
        failed |= instance.on_chunk(source, &chunk, &mut matches).is_err();
    }
    failed |= instance.finish(&mut matches).is_err();
    let shown =
        matches.iter(&plan.outputs).map(|found| show(&found.schema.name, found.ts(), &found.fields()));
    (shown.collect(), failed)
}

/// The source that an instance has at the start.
fn instance_source() -> portent_rt::SourceId {
    portent_rt::SourceId::default()
}

/// Checks a program on events; the number of matches.
fn check(source: &str, events: &[Event]) -> usize {
    let rules = rules(source);
    let inputs = rules.hir.types.iter().filter(|ty| matches!(ty.source, Source::Input { .. })).count();
    assert!(events.iter().all(|(ty, _)| *ty < inputs), "events of declared types");
    let expected = expected(&rules, events);
    for opt in [Opt::Speed, Opt::None] {
        for size in [events.len().max(1), 1, 7] {
            let found = found(&rules, opt, events, size);
            let first = expected.0.iter().zip(&found.0).position(|(a, b)| a != b);
            assert!(
                expected == found,
                "{source}\n{opt:?}, {size} events a call, first difference at {first:?}: {:?} instead of {:?} \
                 ({} instead of {}, stopped {} instead of {})",
                first.map(|at| &found.0[at]),
                first.map(|at| &expected.0[at]),
                found.0.len(),
                expected.0.len(),
                found.1,
                expected.1,
            );
        }
    }
    expected.0.len()
}

/// A generator of pseudo-random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
