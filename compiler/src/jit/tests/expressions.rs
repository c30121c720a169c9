//! Every operator and function, on values at the edges.

use super::{Event, Random, check};
use portent_rt::Value;

const TYPE: &str = "event E { b: bool?, c: bool, i: i64?, j: i64, f: f64?, g: f64, s: str?, t: str, p: timestamp(ns)?, q: timestamp(ns), d: duration?, e: duration, at: timestamp(ns) } time at";

const INTS: [i64; 9] = [0, 1, -1, 2, 10, -7, i64::MAX, i64::MIN, 1_000_000_000_000];
const FLOATS: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    2.5,
    0.1,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    1e300,
    9.3e18,
    -9_223_372_036_854_775_808.0,
];
const TEXTS: [&str; 11] = [
    "",
    "a",
    "b",
    "12",
    "-7.5",
    "true",
    "twelve bytes",
    "thirteen byte",
    "2026-01-01T10:00:00.5Z",
    "Ärger, groß und, klein, überall",
    "a text that is longer than twelve bytes",
];

fn events(count: usize) -> Vec<Event> {
    let mut random = Random(7);
    let mut pick = |bound: usize| random.below(bound as u64) as usize;
    let mut event = |at: usize| {
        let mut or_null = |value: Value| if pick(6) == 0 { Value::Null } else { value };
        let mut values = vec![or_null(Value::Bool(at.is_multiple_of(3)))];
        values.push(Value::Bool(pick(2) == 0));
        for _ in 0..1 {
            values.push(if pick(6) == 0 { Value::Null } else { Value::I64(INTS[pick(9)]) });
        }
        values.push(Value::I64(INTS[pick(9)]));
        values.push(if pick(6) == 0 { Value::Null } else { Value::F64(FLOATS[pick(12)]) });
        values.push(Value::F64(FLOATS[pick(12)]));
        values.push(if pick(6) == 0 { Value::Null } else { Value::Str(TEXTS[pick(11)].into()) });
        values.push(Value::Str(TEXTS[pick(11)].into()));
        values.push(if pick(6) == 0 { Value::Null } else { Value::Timestamp(INTS[pick(9)]) });
        values.push(Value::Timestamp(INTS[pick(9)]));
        values.push(if pick(6) == 0 { Value::Null } else { Value::Duration(INTS[pick(9)]) });
        values.push(Value::Duration(INTS[pick(9)]));
        values.push(Value::Timestamp(at as i64));
        (0, values)
    };
    (0..count).map(&mut event).collect()
}

/// Checks expressions as emitted values, and those that are bools also as guards.
fn check_all(expressions: &[&str], guards: bool) {
    let events = events(400);
    for part in expressions.chunks(8) {
        let fields: Vec<_> = part.iter().enumerate().map(|(n, text)| format!("x{n}: {text}")).collect();
        check(&format!("{TYPE} query Q from E emit {{ {} }}", fields.join(", ")), &events);
    }
    if guards {
        for text in expressions {
            check(&format!("{TYPE} query Q from E[{text}] emit {{ at }}"), &events);
            check(&format!("{TYPE} query Q from E[not ({text})] emit {{ at }}"), &events);
        }
    }
}

#[test]
fn arithmetic() {
    check_all(
        &[
            "i + j",
            "i - j",
            "i * j",
            "i / j",
            "i % j",
            "j / i",
            "j / 3",
            "i % 7",
            "-i",
            "j + 1",
            "f + g",
            "f - g",
            "f * g",
            "f / g",
            "f % g",
            "-f",
            "i + g",
            "i as f64",
            "f as i64",
            "g as i64",
            "c as i64",
            "i as bool",
            "p - q",
            "p + e",
            "q - d",
            "e * 2",
            "e * g",
            "d * f",
            "e / 2",
            "d / g",
            "d / e",
            "p as i64",
            "j as duration",
        ],
        false,
    );
}

#[test]
fn comparisons() {
    check_all(
        &[
            "i == j",
            "i != j",
            "i < j",
            "i <= 10",
            "i > j",
            "i >= j",
            "f == g",
            "f != g",
            "f < g",
            "f <= g",
            "f > g",
            "f >= 0.0",
            "f == 0.0",
            "b == c",
            "b != c",
            "b < c",
            "b >= c",
            "s == t",
            "s != t",
            "s < t",
            "s <= t",
            "s > t",
            "s >= t",
            "s == \"a\"",
            "t != \"a text that is longer than twelve bytes\"",
            "p < q",
            "d >= e",
            "i in (1, 2, 10)",
            "t in (\"a\", \"twelve bytes\", \"thirteen byte\")",
            "i between -7 and 10",
            "f is null",
            "s is not null",
        ],
        true,
    );
}

#[test]
fn logic() {
    check_all(
        &[
            "b and c",
            "b or c",
            "not b",
            "b and i > 0",
            "b or i > 0",
            "b and i > 0 and f < 1.0",
            "(b or i > 0) and not (f < 1.0)",
            "b and t like \"%t%\"",
            "b or t like \"a%\"",
            "s like \"%e\" and s like \"t%\" and i > 0",
            "not (b and s like \"_\")",
            "(b and c) is null",
            "(b or s like \"%a%\") is null",
            "if b then i > 0 else c",
            "b ?? c",
            "b ?? (t like \"a%\")",
            "if t like \"a%\" then s like \"%a\" else b",
        ],
        true,
    );
    check_all(
        &[
            "if b then i else j",
            "if b then s else t",
            "if t like \"a%\" then upper(s) else t",
            "i ?? j",
            "f ?? g",
            "s ?? t",
            "s ?? lower(t)",
            "if i > 0 then f else g",
            "coalesce(i, j, 1)",
            "nullif(i, j)",
        ],
        false,
    );
}

#[test]
fn text() {
    check_all(
        &[
            "length(s)",
            "lower(s)",
            "upper(t)",
            "trim(s)",
            "substr(s, 2)",
            "substr(t, 2, j)",
            "substr(t, i, 20)",
            "concat(s, t)",
            "replace(t, \"t\", s)",
            "split_part(t, \",\", 2)",
            "split_part(t, \",\", j)",
            "s as i64",
            "s as f64",
            "s as bool",
            "t as timestamp",
            "i as str",
            "f as str",
            "b as str",
            "p as str",
            "d as str",
            "hash(s)",
            "hash(i)",
            "hash(f)",
            "hash(b)",
            "min(s, t)",
            "max(s, t)",
            "concat(upper(t), concat(s, t))",
        ],
        false,
    );
    check_all(
        &[
            "contains(s, \"te\")",
            "starts_with(t, s)",
            "ends_with(t, \"bytes\")",
            "s like \"%by%\"",
            "t matches \"^[a-z ]+$\"",
            "s matches \"t.*n\"",
            "upper(s) == upper(t)",
            "lower(concat(s, t)) != concat(s, t)",
        ],
        true,
    );
}

#[test]
fn functions() {
    check_all(
        &[
            "abs(i)",
            "abs(f)",
            "abs(d)",
            "sign(i)",
            "sign(f)",
            "sign(d)",
            "min(i, j)",
            "min(f, g)",
            "min(p, q)",
            "max(i, j)",
            "max(f, g)",
            "max(d, e)",
            "round(f)",
            "round(f, 2)",
            "round(g, j)",
            "floor(f)",
            "ceil(f)",
            "sqrt(f)",
            "exp(f)",
            "ln(f)",
            "log10(g)",
            "pow(f, g)",
            "sin(f)",
            "cos(g)",
            "atan2(f, g)",
            "year(p)",
            "month(q)",
            "day(p)",
            "hour(p)",
            "minute(q)",
            "second(q)",
            "day_of_week(q)",
            "date_trunc(\"day\", p)",
            "date_trunc(\"month\", q)",
        ],
        false,
    );
}

#[test]
fn computed_times() {
    let source =
        "event E { n: i64?, t: timestamp(ns) } time (t + (n as duration)) query Q from E emit { n, t }";
    let events: Vec<Event> = (0..300i64)
        .map(|at| {
            let n = if at % 7 == 0 { Value::Null } else { Value::I64(at * 3) };
            (0, vec![n, Value::Timestamp(at)])
        })
        .collect();
    assert!(check(source, &events) > 0);
}
