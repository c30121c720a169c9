//! What windows leave behind when a bound stops the program.

use std::sync::Arc;

use super::{JitOptions, compile, rules, show};
use crate::hir::{Bound, Policy};
use portent_rt::instance::Options;
use portent_rt::output::Tree;
use portent_rt::{Chunk, Instance, Matches, Value};

/// The matches of a query that may have so many groups, over an event of each of five groups, in one call.
fn rows(window: &str, groups: u64) -> Vec<String> {
    let mut program = rules(&format!(
        "event A {{ k: i64, at: timestamp(s) }} time at
         query Q from A window {window} group by k emit {{ k, n: count() }}
         query Other from A emit {{ k }}"
    ))
    .lir;
    program.windows[0].limits.partitions = Bound { max: groups, policy: Policy::Fail };
    let plan = Arc::new(compile(&program, &JitOptions::default()).expect("code"));
    let schemas: Vec<_> = plan.inputs.iter().map(|input| input.schema.clone()).collect();
    let mut instance = Instance::new(plan.clone(), Options::default());
    let (mut chunk, mut matches) = (Chunk::new(&schemas), Matches::new(&plan.outputs));
    for (k, at) in (0..).zip([0, 1, 2, 2, 2]) {
        chunk.push(&schemas, 0, &[Value::I64(k), Value::Timestamp(at * 1_000_000_000)]);
    }
    let stopped = instance.on_chunk(super::instance_source(), &chunk, &mut matches);
    assert_eq!(stopped.map_err(|error| error.rule), Err(Some("Q".to_owned())));
    let found = matches.iter(&plan.outputs).filter(|found| found.schema.name == "Q");
    found.map(|found| show("Q", found.ts() / 1_000_000_000, &found.fields())).collect()
}

#[test]
fn rows_before_the_bound_are_kept() {
    let row = |ts: i64, k: i64| {
        let fields =
            [("k", k), ("n", 1)].map(|(name, value)| (name.to_owned(), Tree::Value(Value::I64(value))));
        show("Q", ts, &fields)
    };
    let all = |rows: &[(i64, i64)]| rows.iter().map(|&(ts, k)| row(ts, k)).collect::<Vec<_>>();
    assert_eq!(rows("last 2", 3), all(&[(0, 0), (1, 1), (2, 2)]));
    // The window that begins at 2 s has three groups, two of them in the place of those before it.
    assert_eq!(rows("tumbling 2s", 2), all(&[(2, 0), (2, 1)]));
    assert_eq!(rows("session 1s", 2), all(&[(1, 0), (2, 1)]));
}
