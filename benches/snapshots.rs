//! `cargo bench --bench snapshots`: what snapshots of a program with a million live partitions cost.
//!
//! *Pause* is the time in which the program takes no event: what [`Tracker::take`] takes. Writing the bytes to a disk comes after it and
//! does not hold the program up.

use std::time::{Duration, Instant};

use portent::jit::{Changes, Engine, Image, Instance, Options, SourceId, Tracker};
use portent::{Batch, Column, Matches, Type};

const RULES: &str = "
event E { key: i64, kind: i64, value: f64, at: timestamp } time at
pattern Rise
    partition by key
    match  a: E[kind == 0] -> b: E[kind == 1 and value > a.value]
    within 10h
    emit   { key: b.key, before: a.value, after: b.value }
";

/// Events between two incremental snapshots.
const BETWEEN: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Events `from..to`: all keys in turn for `kind` 0, later ones at random.
fn batch(keys: usize, from: usize, to: usize) -> Batch {
    let key = |number: usize| match number < keys {
        true => number as i64,
        false => ((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as i64 % keys as i64,
    };
    let numbers = || from..to;
    Batch {
        columns: vec![
            // Keys that no array holds, as customers' numbers are.
            Column::from_i64(Type::I64, numbers().map(|number| key(number) * 1_000_003).collect()),
            Column::from_i64(Type::I64, numbers().map(|number| i64::from(number >= keys)).collect()),
            Column::from_f64(numbers().map(|number| (number * 7919 % 1000) as f64).collect()),
            Column::from_i64(Type::Timestamp, numbers().map(|number| number as i64 * 1_000).collect()),
        ],
        len: to - from,
    }
}

fn push(instance: &mut Instance, matches: &mut Matches, batch: &Batch) {
    instance.on_batch(SourceId::default(), 0, batch, matches).expect("no limit is reached");
    matches.clear();
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = what();
    (result, start.elapsed())
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn main() {
    let keys = if std::env::args().any(|argument| argument == "--bench") { 1_000_000 } else { 10_000 };
    let engine = Engine::compile(RULES).expect("rules without mistakes");
    let (mut instance, mut matches) = (engine.instance(), Matches::new(engine.outputs()));
    let mut at = keys;
    push(&mut instance, &mut matches, &batch(keys, 0, keys));
    println!("{} live partitions, a run in each\n", instance.stats().rules[0].partitions);
    println!("{:<34} {:>9} {:>10} {:>10}", "snapshot", "pause ms", "state MB", "written MB");

    let mut tracker = Tracker::new();
    let mut take = |instance: &Instance, name: &str| {
        let (snapshot, pause) =
            timed(|| tracker.take(|sink| instance.save(sink)).expect("it has not failed"));
        let (state, held) = (megabytes(snapshot.state_bytes()), megabytes(snapshot.held_bytes()));
        println!("{name:<34} {:>9.1} {state:>10.1} {held:>10.1}", pause.as_secs_f64() * 1e3);
        snapshot
    };
    let whole = take(&instance, "whole");
    let mut chain = Vec::new();
    for events in BETWEEN {
        let events = events.min(keys);
        let next = batch(keys, at, at + events);
        push(&mut instance, &mut matches, &next);
        at += events;
        chain.push(take(&instance, &format!("incremental, {events} events later")));
    }

    let (bytes, writing) = timed(|| whole.to_bytes());
    println!("\nwhole snapshot as {:.1} MB of a file: {:.0} ms", megabytes(bytes.len()), ms(writing));
    let (image, reading) = timed(|| {
        let mut image = Image::new(whole).expect("a whole snapshot");
        chain.into_iter().for_each(|next| image.apply(next).expect("a snapshot that follows"));
        image
    });
    let (restored, restoring) =
        timed(|| engine.restore(&image, Options::default(), Changes::Refuse).expect("the same rules").0);
    println!("putting {} snapshots together: {:.0} ms", BETWEEN.len() + 1, ms(reading));
    println!("restoring: {:.0} ms", ms(restoring));
    let counts = |instance: &Instance| {
        let rule = &instance.stats().rules[0];
        (rule.matches, rule.runs, rule.partitions)
    };
    assert_eq!(counts(&restored), counts(&instance), "the same program");
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
