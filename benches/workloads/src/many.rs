//! 1, 10, 100 and 1,000 rules over one stream, each of which selects one event in some hundred thousand: what do the others cost?

mod spec;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::events::{Random, STEP_NS};
use super::{Events, Found, Input, Out, Workload};
use spec::{Guard, NUMBERS, guards};

/// The rules of so many, and what Portent generates of them if that is compiled in.
macro_rules! many {
    ($name:ident) => {
        mod $name {
            #![allow(
                missing_docs,
                unreachable_pub,
                dead_code,
                clippy::module_inception,
                reason = "it is private here"
            )]
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), "_value.rs"));
            use $name::{EColumns, Match, Rules};

            pub(crate) fn run(input: &crate::Input) -> crate::Found {
                let crate::Events { key, number, value, at, .. } = input.events();
                let mut rules = Rules::new(portent_rt::compiled::Limits::default());
                let mut out = crate::Out::new(value_of);
                for rows in input.events().pieces() {
                    let columns = EColumns {
                        key: &key[rows.clone()],
                        number: &number[rows.clone()],
                        value: &value[rows.clone()],
                        at: &at[rows],
                    };
                    rules.push_e_columns(columns, &mut out).expect("no limit is reached");
                }
                rules.finish(&mut out).expect("no limit is reached");
                out.found()
            }
        }
    };
}

many!(many_1);
many!(many_10);
many!(many_100);

macro_rules! text {
    ($file:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/rules/", $file))
    };
}

pub(crate) fn workloads() -> Vec<Workload> {
    const OF: Workload = Workload { make: events, against: Some("rules: 1"), ..Workload::DEFAULT };
    vec![
        Workload {
            name: "rules: 1",
            rules: text!("many_1.ptn"),
            by_hand: Some(|input| one(input.events())),
            generated: Some(many_1::run),
            against: None,
            ..OF
        },
        Workload {
            name: "rules: 10",
            rules: text!("many_10.ptn"),
            by_hand: Some(|input| each(input.events(), 10)),
            generated: Some(many_10::run),
            ..OF
        },
        Workload {
            name: "rules: 100",
            rules: text!("many_100.ptn"),
            by_hand: Some(|input| indexed(input.events(), 100)),
            generated: Some(many_100::run),
            ..OF
        },
        // A thousand queries of Rust take rustc a minute, so there is only machine code of them.
        Workload {
            name: "rules: 1,000",
            rules: text!("many_1000.ptn"),
            by_hand: Some(|input| indexed(input.events(), 1_000)),
            ..OF
        },
    ]
}

fn events(count: usize) -> Input {
    let mut random = Random(3);
    let mut events = Events::default();
    for index in 0..count {
        events.key.push(random.below(100_000) as i64);
        events.number.push(random.below(1_000_000) as i64);
        events.value.push(random.below(10_000) as f64 / 100.0);
        events.at.push(index as i64 * STEP_NS);
    }
    Input::Columns(events)
}

/// What the code by hand emits: rule, time, key, number, value.
type Selected = (u32, i64, i64, i64, f64);

/// The only rule there is.
fn one(events: &Events) -> Found {
    let mut out = Out::new(|found: &Selected| found.4);
    for row in 0..events.len() {
        if events.key[row] == 0 && events.value[row] < 50.0 {
            out.push((0, events.at[row], events.key[row], events.number[row], events.value[row]));
        }
    }
    out.found()
}

/// One rule after the other: for few of them nothing is faster.
fn each(events: &Events, rules: u64) -> Found {
    let guards = guards(rules);
    let mut out = Out::new(|found: &Selected| found.4);
    for row in 0..events.len() {
        let (key, number, value) = (events.key[row], events.number[row], events.value[row]);
        for (rule, guard) in guards.iter().enumerate() {
            let holds = match *guard {
                Guard::Key(of) => key == of && value < 50.0,
                Guard::Numbers(from) => number >= from && number < from + NUMBERS,
            };
            if holds {
                out.push((rule as u32, events.at[row], key, number, value));
            }
        }
    }
    out.found()
}

/// Keys are looked up by their hash, numbers in stretches of a table, each with the few ranges that begin in it or before.
fn indexed(events: &Events, rules: u64) -> Found {
    const STRETCH: i64 = 1 << 10;
    let mut by_key: HashMap<i64, u32, FixedState> = HashMap::default();
    let mut by_number: Vec<Vec<(i64, u32)>> = vec![Vec::new(); (1_000_000 / STRETCH + 1) as usize];
    for (rule, guard) in (0..).zip(guards(rules)) {
        match guard {
            Guard::Key(key) => drop(by_key.insert(key, rule)),
            Guard::Numbers(from) => {
                let last = ((from + NUMBERS - 1) / STRETCH) as usize;
                for stretch in &mut by_number[(from / STRETCH) as usize..=last] {
                    stretch.push((from, rule));
                }
            }
        }
    }
    let mut out = Out::new(|found: &Selected| found.4);
    for row in 0..events.len() {
        let (key, number, value) = (events.key[row], events.number[row], events.value[row]);
        if value < 50.0
            && let Some(rule) = by_key.get(&key)
        {
            out.push((*rule, events.at[row], key, number, value));
        }
        for (from, rule) in &by_number[(number / STRETCH) as usize] {
            if (number - from) as u64 <= NUMBERS as u64 - 1 {
                out.push((*rule, events.at[row], key, number, value));
            }
        }
    }
    out.found()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_finds_what_each_rule_finds() {
        let input = events(300_000);
        for rules in [1, 2, 10, 100] {
            let found = each(input.events(), rules);
            assert!(found.matches > 0);
            assert!(found.same(indexed(input.events(), rules)), "{rules} rules");
        }
    }
}
