//! What an engine gives for an input, in one form for all engines, and whether two are the same.

use portent_compiler::oracle::Limited;
use portent_rt::Value;
use portent_rt::output::Tree;

/// A match.
#[derive(Clone, Debug)]
pub struct Match {
    /// The rule's name.
    pub rule: String,
    /// When it completed, in nanoseconds since the epoch.
    pub ts: i64,
    /// What was emitted.
    pub fields: Vec<(String, Tree)>,
}

/// Everything that can be seen of a run of a program.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The matches, in order of emission.
    pub matches: Vec<Match>,
    /// Events older than the watermark.
    pub late: u64,
    /// Events whose time is null.
    pub untimed: u64,
    /// Runs that `limit runs` ended or did not let start.
    pub dropped_runs: u64,
    /// Events that `limit partitions` kept from a rule.
    pub dropped_events: u64,
    /// Runs that `limit repetition` ended.
    pub dropped_repetitions: u64,
    /// Events that `limit rows` kept from windows, or had leave them early.
    pub dropped_rows: u64,
    /// The bound that stopped the program.
    pub failed: Option<Failed>,
}

/// A bound that stopped the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The rule whose bound it was.
    pub rule: String,
    /// `runs`, `partitions`, `repetition` or `rows`.
    pub what: &'static str,
}

impl Failed {
    /// Of a rule.
    pub fn new(rule: &str, what: Limited) -> Failed {
        let what = match what {
            Limited::Runs => "runs",
            Limited::Partitions => "partitions",
            Limited::Repetition => "repetition",
            Limited::Rows => "rows",
        };
        Failed { rule: rule.to_owned(), what }
    }
}

impl Outcome {
    /// Whether `other` is as this one, that of the definition, says. All NaNs are one value; `-0.0` is not `0.0`, for it is printed
    /// otherwise. Of a program that a bound stops only the matches of the rule that it stopped are compared: how much of the
    /// working batch at hand the other rules have done by then is not defined.
    pub fn is_same(&self, other: &Outcome) -> bool {
        if let Some(failed) = &self.failed {
            let of_rule = |of: &Outcome| -> Vec<Match> {
                of.matches.iter().filter(|matched| matched.rule == failed.rule).cloned().collect()
            };
            return self.failed == other.failed && same_matches(&of_rule(self), &of_rule(other));
        }
        let counts = |of: &Outcome| {
            [of.late, of.untimed, of.dropped_runs, of.dropped_events, of.dropped_repetitions, of.dropped_rows]
        };
        counts(self) == counts(other)
            && self.failed == other.failed
            && same_matches(&self.matches, &other.matches)
    }
}

impl Match {
    fn is_same(&self, other: &Match) -> bool {
        self.rule == other.rule && self.ts == other.ts && same_record(&self.fields, &other.fields)
    }
}

fn same_matches(a: &[Match], b: &[Match]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b))
}

fn same_record(a: &[(String, Tree)], b: &[(String, Tree)]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((a, x), (b, y))| a == b && same_tree(x, y))
}

fn same_tree(a: &Tree, b: &Tree) -> bool {
    match (a, b) {
        (Tree::Value(a), Tree::Value(b)) => same_value(a, b),
        (Tree::Record(a), Tree::Record(b)) => same_record(a, b),
        (Tree::Records(a), Tree::Records(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_record(a, b))
        }
        _ => false,
    }
}

fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::F64(a), Value::F64(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_value(a, b))
        }
        _ => a == b,
    }
}
