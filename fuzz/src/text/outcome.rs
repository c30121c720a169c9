//! Matches and counters as lines: `Rise @3 from=100.0 to=101.0` and `late=1`.

use super::time::{Unit, print_time};
use super::value::print_tree;
use crate::outcome::{Match, Outcome};

/// A match as one line.
pub fn print_match(matched: &Match, unit: Unit) -> String {
    let mut line = matched.rule.clone();
    line.push(' ');
    print_time(matched.ts, unit, &mut line);
    for (name, value) in &matched.fields {
        line.push(' ');
        line.push_str(name);
        line.push('=');
        print_tree(value, unit, &mut line);
    }
    line
}

/// The counters that are not zero, and why the program stopped if it did; empty if there is nothing to say.
pub fn print_stats(outcome: &Outcome) -> String {
    let counters = [
        ("late", outcome.late),
        ("untimed", outcome.untimed),
        ("dropped_runs", outcome.dropped_runs),
        ("dropped_events", outcome.dropped_events),
        ("dropped_repetitions", outcome.dropped_repetitions),
        ("dropped_rows", outcome.dropped_rows),
    ];
    let counted =
        counters.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name}={count}"));
    let failed = outcome.failed.iter().map(|failed| format!("failed={}.{}", failed.rule, failed.what));
    counted.chain(failed).collect::<Vec<String>>().join(" ")
}

/// A line with one blank wherever there are several outside of quotes, and none at the ends: how lines are compared.
pub fn normalized(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let (mut within, mut escaped) = (false, false);
    for c in line.trim().chars() {
        if within || !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
        within ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_count_only_within_quotes() {
        assert_eq!(normalized("  a   b=\"x  \\\"  y\"   c "), "a b=\"x  \\\"  y\" c");
        assert_eq!(normalized("a \"\"  b"), "a \"\" b");
    }
}
