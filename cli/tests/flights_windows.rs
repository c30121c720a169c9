//! The queries of `examples/flights/windows.ptn` against rows that another engine made: see
//! `tests/flights_windows_check.py`, which also checks all later ones.

mod common;

use common::{repository, run};
use serde_json::Value;

/// The rows that are committed are those up to this time.
const UNTIL: &str = "2013-01-01T17:00:00Z";

/// Rows in an order that is that of both: time, then the text of all that is not a double.
fn sorted(lines: &str) -> Vec<Value> {
    let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line is a row"));
    let mut rows: Vec<Value> = rows.filter(|row| row["ts"].as_str().expect("a time") <= UNTIL).collect();
    rows.sort_by_cached_key(|row| {
        let fields = row.as_object().expect("a row").iter().filter(|(_, value)| !value.is_f64());
        (row["ts"].to_string(), fields.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>())
    });
    rows
}

fn same(left: &Value, right: &Value) -> bool {
    match (left.as_object(), right.as_object()) {
        (Some(left), Some(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ if left.is_f64() || right.is_f64() => {
            let (left, right) = (left.as_f64().unwrap_or(f64::NAN), right.as_f64().unwrap_or(f64::NAN));
            (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
        }
        _ => left == right,
    }
}

#[test]
fn flights_by_windows() {
    let path = |name: &str| repository("examples/flights").join(name);
    let file = |name: &str| path(name).to_str().expect("a path").to_owned();
    let ran = run(&["run", &file("windows.ptn"), "--input", &file("flights.csv")]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let expected =
        std::fs::read_to_string(path("windows.expected.jsonl")).expect("the rows of another engine");
    let (found, expected) = (sorted(&ran.out), sorted(&expected));
    for (found, expected) in found.iter().zip(&expected) {
        assert!(same(found, expected), "{found} instead of {expected}");
    }
    assert_eq!(found.len(), expected.len());
    // As `tests/flights_windows_check.py` finds for all two weeks.
    let count = |query: &str| ran.out.matches(&format!("{{\"type\":\"{query}\"")).count();
    assert_eq!(["Hourly", "Recent", "Activity"].map(count), [4280, 12126, 10792]);
}
