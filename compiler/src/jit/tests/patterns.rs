//! Patterns of every kind, on events of few keys and small values, so that much happens.

use super::{Event, Random, check};
use portent_rt::Value;

/// Types A, B and C, alike.
const TYPES: &str = "
event A { k: str, v: i64, w: f64?, s: str?, at: timestamp(ns) } time at
event B { k: str, v: i64, w: f64?, s: str?, at: timestamp(ns) } time at
event C { k: str, v: i64, w: f64?, s: str?, at: timestamp(ns) } time at
";

const TEXTS: [&str; 5] = [
    "",
    "short",
    "twelve bytes",
    "a text that is longer than twelve bytes",
    "a text that is as long as that one",
];

fn events(seed: u64, count: usize) -> Vec<Event> {
    let mut random = Random(seed);
    let mut at = 0;
    let mut event = || {
        at += random.below(3) as i64;
        let key = ["x", "y", "a key that is longer than twelve bytes"][random.below(3) as usize];
        let w = match random.below(5) {
            0 => Value::Null,
            n => Value::F64(n as f64 * 0.1),
        };
        let s = match random.below(6) {
            0 => Value::Null,
            n => Value::Str(TEXTS[n as usize - 1].into()),
        };
        let values =
            vec![Value::Str(key.into()), Value::I64(random.below(10) as i64), w, s, Value::Timestamp(at)];
        (random.below(3) as usize, values)
    };
    (0..count).map(|_| event()).collect()
}

fn check_pattern(rest: &str) {
    let source = format!("{TYPES} pattern P {rest}");
    let matches: usize = (1..=3).map(|seed| check(&source, &events(seed, 150))).sum();
    assert!(matches > 0, "{source} has matches to compare");
}

#[test]
fn sequences() {
    for rest in [
        "match a: A -> b: B within 20ns emit { x: a.v, y: b.v, t: a.s }",
        "partition by k match a: A -> b: B within 20ns emit { k: a.k, x: a.v, y: b.v, s: a.s, w: b.w }",
        "partition by k match a: A -> b: B[v > a.v and s != a.s] within 20ns emit { x: a.v, y: b.v, s: a.s, t: b.s }",
        "partition by k match a: A => b: B emit { x: a.v, y: b.v }",
        "partition by k match a: A ~> b: B within 9ns emit { x: a.v, s: a.s, y: b.v }",
        "match a: A ~> b: B ~> c: C within 6ns emit { x: a.v, s: a.s, y: b.v, t: b.s, z: c.v }",
        "partition by k match a: A -> b: B -> c: C within 5 events emit { x: a.v, y: b.v, z: c.v }",
        "partition by k match a: A -> !C[v > 5] -> b: B within 20ns emit { x: a.v, y: b.v }",
        "match a: A[v > 3] -> b: A[v < a.v] where a.w < b.w within 30ns emit { x: a.v, y: b.v, d: b.at - a.at }",
        "match a: A[s == 'short'] -> b: B[s == a.s or s is null] within 30ns emit { x: a.v, y: b.s }",
        "partition by k, v match a: A -> b: B within 60ns emit { k: a.k, v: a.v }",
    ] {
        check_pattern(rest.replace('\'', "\"").as_str());
    }
}

#[test]
fn skips() {
    for skip in ["none", "to next", "past last", "to first b", "to last b"] {
        check_pattern(&format!(
            "partition by k match a: A -> b: B[v > 2] -> c: C within 30ns after match skip {skip} emit {{ x: a.v, y: b.v, s: b.s, z: c.v }}"
        ));
        check_pattern(&format!(
            "match a: A ~> b: B+ -> c: C within 9ns after match skip {skip} emit {{ x: a.v, y: sum(b.v), s: last(b).s, z: c.v }}"
        ));
    }
}

#[test]
fn repetitions() {
    for rest in [
        "partition by k match a: A -> b: B+ -> c: C within 40ns emit { n: count(b), s: sum(b.v), m: avg(b.v), d: stddev(b.w), f: first(b).s, l: last(b).s }",
        "partition by k match a: A -> b: B{2,4} -> c: C within 40ns emit { s: sum(b.w), m: avg(b.w), lo: min(b.v), hi: max(b.w) }",
        "partition by k match a: A -> b: B++ -> c: C[v > 5] within 40ns emit { v: collect(b.v), s: collect(b.s), w: collect(b.w) }",
        "partition by k match a: A ~> b: B{1,3} -> c: C within 9ns emit { s: collect(b.s), t: a.s }",
        "match a: A -> b: B[v > last(b).v ?? a.v]+ -> c: C within 20ns emit { v: collect(b.v) }",
        "match a: A -> b: B* -> c: C within 20ns emit { n: count(b), s: sum(b.v), l: last(b).s }",
        "match a: A -> b: B? -> c: C within 20ns emit { y: b.v, s: b.s, w: b.w }",
        "match a: A -> b: B++ within 12ns emit { v: collect(b.v), s: collect(b.s) }",
        "match (a: A -> b: B){2} -> c: C within 40ns emit { n: count(a), v: collect(b.v) }",
        "match b: B{3} within 40ns emit { b }",
    ] {
        check_pattern(rest);
    }
}

#[test]
fn groups() {
    for rest in [
        "match (a: A & b: B) -> c: C within 20ns emit { x: a.v, s: b.s, z: c.v }",
        "match a: A -> (b: B | c: C) within 20ns emit { x: a.v, y: b.v, s: c.s }",
        "match a: A -> ((b: B -> d: A) | (c: C -> e: B)) within 20ns emit { x: a.v, y: b.v, s: c.s, d: d.v, e: e.s }",
        "match a: A -> (b: B & c: C) within 20ns emit { x: a, y: b.v, s: c.s }",
    ] {
        check_pattern(rest);
    }
}

#[test]
fn deadlines() {
    for rest in [
        "partition by k match a: A -> !B within 7ns emit { x: a.v, s: a.s, t: a.at }",
        "partition by k match a: A -> !B[v > a.v] within 7ns emit { x: a.v, s: a.s }",
        "partition by k match a: A -> b: B -> !C for 4ns within 30ns emit { x: a.v, s: b.s }",
        "partition by k match a: A -> b: B -> !C for 4ns within 30ns after match skip past last emit { x: a.v, s: b.s }",
        "partition by k match !C for 4ns -> a: A -> b: B within 30ns emit { x: a.v, s: b.s }",
    ] {
        check_pattern(rest);
    }
}

#[test]
fn sweeps() {
    let mut random = Random(5);
    let events: Vec<Event> = (0..5000u64)
        .map(|at| {
            let key = Value::Str(format!("a key of its own {}", at / 4));
            let at = Value::Timestamp(at as i64);
            (random.below(2) as usize, vec![key, Value::I64(1), Value::Null, Value::Null, at])
        })
        .collect();
    for rest in [
        "partition by k match a: A -> b: B within 3ns emit { k: a.k, x: a.at, y: b.at }",
        "partition by k match a: A -> !B within 2ns emit { k: a.k, x: a.at }",
        "partition by k match !B for 2ns -> a: A emit { k: a.k, x: a.at }",
    ] {
        assert!(check(&format!("{TYPES} pattern P {rest}"), &events) > 0);
    }
}

#[test]
fn limits() {
    for policy in ["drop oldest", "drop new", "fail"] {
        for max in [1, 2, 5] {
            let source = format!(
                "{TYPES} pattern P partition by k match a: A ~> b: B -> c: C within 40ns limit runs {max} {policy} emit {{ x: a.s, y: b.s, z: c.v }}"
            );
            (1..=3).for_each(|seed| {
                check(&source, &events(seed, 150));
            });
        }
    }
}

#[test]
fn rules_read_rules() {
    let source = format!(
        "{TYPES}
         query Q from A[v > 2] emit {{ k, v, s, t: s ?? \"none\" }}
         pattern P partition by k match a: Q -> b: B[v >= a.v] within 20ns emit {{ k: a.k, s: a.s, t: a.t, v: b.v }}
         pattern R match p: P -> q: Q within 20ns emit {{ x: p.s, y: q.t, k: q.k }}"
    );
    assert!((1..=3).map(|seed| check(&source, &events(seed, 200))).sum::<usize>() > 0);
}
