//! Strict contiguity: a price that falls, tick by tick, and then rises (a V), by symbol.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::events::{Random, STEP_NS};
use super::{Events, Found, Input, Out, Workload};

generated!(strict { VShape } [key, value, at]);

pub(crate) fn workloads() -> Vec<Workload> {
    vec![Workload {
        name: "strict A => B+ => C on ticks, 1 k keys",
        rules: strict::RULES,
        matches: 476_084,
        make: |count| Input::Columns(ticks(count, 1_000)),
        by_hand: Some(|input| v_shapes(input.events())),
        generated: Some(strict::run),
        generated_each: Some(strict::run_each),
        ..Workload::DEFAULT
    }]
}

/// Prices that walk at random in whole cents, up to twenty with each tick.
fn ticks(count: usize, symbols: u64) -> Events {
    let mut random = Random(3);
    let mut cents: Vec<i64> = (0..symbols as i64).map(|symbol| 10_000 + symbol).collect();
    let mut events = Events::default();
    for index in 0..count {
        let symbol = random.below(symbols) as usize;
        cents[symbol] = (cents[symbol] + random.below(41) as i64 - 20).max(100);
        events.key.push(symbol as i64);
        events.value.push(cents[symbol] as f64 / 100.0);
        events.at.push(index as i64 * STEP_NS);
    }
    events
}

/// What is known of a symbol: all runs of one fall rise together and the oldest skips the others, so one is enough.
struct Symbol {
    top: f64,
    last: f64,
    falls: i64,
}

fn v_shapes(events: &Events) -> Found {
    let mut symbols: HashMap<i64, Symbol, FixedState> = HashMap::default();
    let mut out = Out::new(|found: &(i64, i64, f64, f64, i64, f64)| found.5);
    for row in 0..events.len() {
        let (key, price) = (events.key[row], events.value[row]);
        let symbol = symbols.entry(key).or_insert(Symbol { top: price, last: price, falls: 0 });
        if price < symbol.last {
            if symbol.falls == 0 {
                symbol.top = symbol.last;
            }
            symbol.falls += 1;
        } else {
            if price > symbol.last && symbol.falls > 0 {
                out.push((events.at[row], key, symbol.top, symbol.last, symbol.falls, price));
            }
            symbol.falls = 0;
        }
        symbol.last = price;
    }
    out.found()
}
