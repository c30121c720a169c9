//! What the driver costs a row. Run with `--release -- --ignored --nocapture speed`; `SPEED=text` picks the measurements
//! that have `text` in their name.

use std::sync::Arc;
use std::time::Instant;

use portent_rt::plan::{GuardPlan, Plan};
use portent_rt::state::{Context, NONE};
use portent_rt::{Batch, Chunk, Column, Instance, Matches, Options, SourceId, Type};

use crate::kernels;
use crate::program::{key, plan, rule};

const ROWS: usize = 1 << 19;

/// A guard that is as cheap as can be: all rows.
unsafe extern "C" fn all<const G: usize, const TY: usize>(context: *mut Context) {
    // SAFETY: the driver's: a bit for each row of the type.
    unsafe {
        let len = (*(*context).batches.add(TY)).len as usize;
        let bits = std::slice::from_raw_parts_mut(*(*context).guards.add(G), len.div_ceil(64));
        bits.fill(!0);
        if !len.is_multiple_of(64) {
            bits[len / 64] = (1 << (len % 64)) - 1;
        }
    }
}

/// The time column as it is.
unsafe extern "C" fn time<const TY: usize>(context: *mut Context) {
    // SAFETY: the driver's: a time and a bit for each row of the type.
    unsafe {
        let batch = &*(*context).batches.add(TY);
        let at = (*batch.columns.add(kernels::AT)).values.cast::<i64>();
        let len = batch.len as usize;
        (*context).times.copy_from_nonoverlapping(at, len);
        let bits = std::slice::from_raw_parts_mut((*context).times_valid, len.div_ceil(64));
        bits.fill(!0);
        if !len.is_multiple_of(64) {
            bits[len / 64] = (1 << (len % 64)) - 1;
        }
    }
}

/// Touches the slot of each row and the only run of it.
unsafe extern "C" fn touch(context: *mut Context) {
    // SAFETY: the driver's: `len` entries with slots in use.
    unsafe {
        let state = &mut *(*context).state;
        for at in 0..(*context).len as usize {
            let slot = (*(*context).entries.add(at)).slot;
            let head = state.slots.base.add(slot as usize * state.slots.stride as usize).cast::<u32>();
            if *head == NONE {
                *head = state.runs.take().expect("room for a run");
            }
            let run = state.runs.base.add(*head as usize * state.runs.stride as usize).cast::<u64>();
            *run.add(1) += 1;
        }
    }
}

fn program(types: &[u32], text: bool, lateness: i64) -> Arc<Plan> {
    let mut keyed = rule(types, touch);
    keyed.keys = vec![match text {
        true => key(Type::Str, kernels::TEXT, types.len()),
        false => key(Type::I64, kernels::KEY, types.len()),
    }];
    keyed.partitions_max = u32::MAX;
    keyed.run_bytes = 32;
    let guards = vec![GuardPlan { ty: 0, kernel: all::<0, 0> }, GuardPlan { ty: 1, kernel: all::<1, 1> }];
    for (number, input) in (0..).zip(&mut keyed.inputs) {
        input.wants = Some(vec![number]);
    }
    let mut plan = Arc::into_inner(plan(guards, vec![keyed])).unwrap();
    for (input, time) in plan.inputs.iter_mut().zip([time::<0>, time::<1>]) {
        input.time = Some(time);
        input.lateness = lateness;
        for (index, field) in input.schema.fields.iter_mut().enumerate() {
            field.nullable = false;
            field.used = index != kernels::TEXT || text;
        }
    }
    Arc::new(plan)
}

fn random(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 17
}

/// Rows with random keys, ten units apart, each up to `scatter` late.
fn batch(rows: std::ops::Range<usize>, keys: u64, text: bool, scatter: u64) -> Batch {
    let number = |row: usize| random(row as u64) % keys;
    let late = |row: usize| random(row as u64 + 77) % scatter.max(1);
    let mut texts = Column::new(Type::Str, false);
    if text {
        rows.clone().for_each(|row| texts.push_str(&format!("K{}", number(row))));
    }
    let keys = rows.clone().map(|row| number(row) as i64).collect();
    let times = rows.clone().map(|row| row as i64 * 10 - late(row) as i64).collect();
    let columns = vec![Column::from_i64(Type::I64, keys), texts, Column::from_i64(Type::Timestamp, times)];
    Batch { columns, len: rows.len() }
}

/// Feeds chunks of input to a new instance; the best of all but the first counts.
fn report(what: &str, plan: &Arc<Plan>, rounds: &[Vec<Chunk>]) {
    let mut instance = Instance::new(plan.clone(), Options::default());
    let mut matches = Matches::new(&plan.outputs);
    let mut best = f64::INFINITY;
    for (number, round) in rounds.iter().enumerate() {
        let start = Instant::now();
        for chunk in round {
            instance.on_chunk(SourceId::default(), chunk, &mut matches).unwrap();
        }
        if number > 0 {
            best = best.min(start.elapsed().as_nanos() as f64);
        }
    }
    let rows: usize = rounds[0].iter().map(Chunk::len).sum();
    println!("{what:50} {:6.2} ns/row", best / rows as f64);
}

/// Whether the environment asks for a measurement.
fn wanted(what: &str) -> bool {
    std::env::var("SPEED").is_ok_and(|pick| what.contains(&pick)) || std::env::var("SPEED").is_err()
}

fn one_type(what: &str, keys: u64, text: bool, scatter: u64, lateness: i64) {
    if !wanted(what) {
        return;
    }
    let round = |number: usize| {
        let rows = batch(number * ROWS..(number + 1) * ROWS, keys, text, scatter);
        vec![Chunk { batches: vec![rows, Batch::default()], ..Chunk::default() }]
    };
    let rounds: Vec<_> = (0..12).map(round).collect();
    report(what, &program(&[0], text, lateness), &rounds);
}

/// Rows of two types in turn, at random.
fn two_types(rows: std::ops::Range<usize>) -> Chunk {
    let ty = |row: usize| random(row as u64 + 5) % 2;
    let pick = |wanted: u64| {
        let rows: Vec<usize> = rows.clone().filter(|&row| ty(row) == wanted).collect();
        let keys = rows.iter().map(|&row| (random(row as u64) % 1000) as i64).collect();
        let times = rows.iter().map(|&row| row as i64 * 10).collect();
        let columns = vec![
            Column::from_i64(Type::I64, keys),
            Column::new(Type::Str, false),
            Column::from_i64(Type::Timestamp, times),
        ];
        Batch { columns, len: rows.len() }
    };
    let arrivals = rows.clone().map(|row| ty(row) as u32).collect();
    Chunk { batches: vec![pick(0), pick(1)], arrivals, lines: Vec::new() }
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    one_type("1,000 integer keys, in order", 1000, false, 0, 0);
    one_type("1,000,000 integer keys, in order", 1_000_000, false, 0, 0);
    one_type("1,000 text keys, in order", 1000, true, 0, 0);
    one_type("1,000,000 text keys, in order", 1_000_000, true, 0, 0);
    one_type("1,000 integer keys, in order, lateness 100 rows", 1000, false, 0, 1000);
    one_type("1,000 integer keys, in order, lateness 100k rows", 1000, false, 0, 1_000_000);
    one_type("1,000 integer keys, disorder of 100 rows", 1000, false, 1000, 1000);
    one_type("1,000 integer keys, disorder of 10k rows", 1000, false, 100_000, 100_000);
    let what = "1,000 integer keys, two types, in order";
    if wanted(what) {
        let rounds: Vec<_> =
            (0..12).map(|number| vec![two_types(number * ROWS..(number + 1) * ROWS)]).collect();
        report(what, &program(&[0, 1], false, 0), &rounds);
    }
}
