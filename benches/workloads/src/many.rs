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
many!(many_1000);

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
            matches: 5,
            rules: text!("many_1.ptn"),
            by_hand: Some(|input| one(input.events())),
            generated: Some(many_1::run),
            against: None,
            ..OF
        },
        Workload {
            name: "rules: 10",
            matches: 137,
            rules: text!("many_10.ptn"),
            by_hand: Some(|input| indexed(input.events(), 10)),
            generated: Some(many_10::run),
            ..OF
        },
        Workload {
            name: "rules: 100",
            matches: 1_461,
            rules: text!("many_100.ptn"),
            by_hand: Some(|input| indexed(input.events(), 100)),
            generated: Some(many_100::run),
            ..OF
        },
        Workload {
            name: "rules: 1,000",
            matches: 15_053,
            rules: text!("many_1000.ptn"),
            by_hand: Some(|input| indexed(input.events(), 1_000)),
            generated: Some(many_1000::run),
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

/// A set of numbers that is small enough for the nearest cache: what is not in it needs no look-up.
struct Filter(Vec<u64>);

impl Filter {
    const BITS: u32 = 16;

    fn new() -> Self {
        Self(vec![0; (1 << Self::BITS) / 64])
    }

    /// The word of a number, and its bit in it.
    fn place(number: i64) -> (usize, u64) {
        let hash = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - Self::BITS);
        (hash as usize / 64, 1 << (hash % 64))
    }

    fn insert(&mut self, number: i64) {
        let (word, bit) = Self::place(number);
        self.0[word] |= bit;
    }

    /// Whether a number was inserted; sometimes also of one that was not.
    fn may_have(&self, number: i64) -> bool {
        let (word, bit) = Self::place(number);
        self.0[word] & bit != 0
    }
}

/// Keys are looked up by hash, and numbers by the stretch that they lie in, if a filter has not ruled them out.
fn indexed(events: &Events, rules: u64) -> Found {
    const STRETCH: i64 = 16;
    let (mut keys, mut stretches) = (Filter::new(), Filter::new());
    let mut by_key: HashMap<i64, u32, FixedState> = HashMap::default();
    let mut by_stretch: HashMap<i64, Vec<(i64, u32)>, FixedState> = HashMap::default();
    for (rule, guard) in (0..).zip(guards(rules)) {
        match guard {
            Guard::Key(key) => {
                keys.insert(key);
                by_key.insert(key, rule);
            }
            Guard::Numbers(from) => {
                for stretch in from / STRETCH..=(from + NUMBERS - 1) / STRETCH {
                    stretches.insert(stretch);
                    by_stretch.entry(stretch).or_default().push((from, rule));
                }
            }
        }
    }
    let mut out = Out::new(|found: &Selected| found.4);
    for row in 0..events.len() {
        let (key, number, value) = (events.key[row], events.number[row], events.value[row]);
        if keys.may_have(key)
            && value < 50.0
            && let Some(rule) = by_key.get(&key)
        {
            out.push((*rule, events.at[row], key, number, value));
        }
        let stretch = number / STRETCH;
        if stretches.may_have(stretch) {
            for (from, rule) in by_stretch.get(&stretch).into_iter().flatten() {
                if (*from..from + NUMBERS).contains(&number) {
                    out.push((*rule, events.at[row], key, number, value));
                }
            }
        }
    }
    out.found()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One rule after the other.
    fn each(events: &Events, rules: u64) -> Found {
        let guards = guards(rules);
        let mut found = Found::default();
        for row in 0..events.len() {
            let (key, number, value) = (events.key[row], events.number[row], events.value[row]);
            let holds = |guard: &&Guard| match **guard {
                Guard::Key(of) => key == of && value < 50.0,
                Guard::Numbers(from) => number >= from && number < from + NUMBERS,
            };
            let rules = guards.iter().filter(holds).count();
            found.matches += rules as u64;
            found.sum += rules as f64 * value;
        }
        found
    }

    #[test]
    fn the_index_finds_what_each_rule_finds() {
        let input = events(300_000);
        for rules in [2, 10, 1_000] {
            let found = each(input.events(), rules);
            assert!(found.matches > 0);
            assert!(found.same(indexed(input.events(), rules)), "{rules} rules");
        }
        assert!(each(input.events(), 1).same(one(input.events())));
    }
}
