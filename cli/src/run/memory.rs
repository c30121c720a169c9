//! `--memory-max`: what rules and windows hold, and events that wait, is looked at after each piece of input. A run that would hold
//! more ends, and says who holds it and which `limit` would do something about it.

use super::stats::{bytes, grouped};
use portent_rt::instance::{RuleStats, Stats, WindowStats};

/// How many of the largest are named.
const NAMED_MAX: usize = 3;

/// What is held, and by whom.
pub(crate) fn message(stats: &Stats, bytes_max: u64) -> String {
    let rules = stats.rules.iter().map(|rule| (rule.bytes, of_rule(rule)));
    let windows = stats.windows.iter().map(|window| (window.bytes, of_window(window)));
    let waiting = (
        stats.waiting_bytes,
        format!(
            "{} wait for the watermark ({}): a smaller `lateness`, or `--idle` for a silent input, keeps fewer",
            super::stats::amount(stats.waiting as u64, "event"),
            bytes(stats.waiting_bytes)
        ),
    );
    let mut all: Vec<(u64, String)> = rules.chain(windows).chain([waiting]).collect();
    let total: u64 = all.iter().map(|(bytes, _)| bytes).sum();
    all.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
    // What is less than a tenth is not the reason.
    let named = all.iter().take(NAMED_MAX).filter(|(bytes, _)| *bytes >= total / 10);
    let named: Vec<&str> = named.map(|(_, text)| text.as_str()).collect();
    let (total, most) = (bytes(total), bytes(bytes_max));
    format!("{total} are held, more than the {most} of --memory-max: {}", named.join("; "))
}

/// A rule, and the limit that would have it hold half.
fn of_rule(rule: &RuleStats) -> String {
    let RuleStats { name, runs, partitions, .. } = rule;
    let (of_each, half) = (runs / (*partitions).max(1) / 2, partitions / 2);
    let way_out = match (of_each, half) {
        (1.., _) => format!("`limit runs {of_each}` or a shorter `within`"),
        (0, 1..) => format!("`limit partitions {half}` or a shorter `within`"),
        (0, 0) => "a shorter `within`".to_owned(),
    };
    let (held, runs, partitions) = (bytes(rule.bytes), grouped(*runs), grouped(*partitions));
    format!("rule `{name}` {held} (runs: {runs}, partitions: {partitions}): {way_out} would hold less")
}

fn of_window(window: &WindowStats) -> String {
    let (name, held, groups) = (&window.name, bytes(window.bytes), grouped(window.groups));
    format!(
        "the window of `{name}` {held} (groups: {groups}): a shorter window or fewer groups would hold less"
    )
}

/// A number of bytes: `1000000`, `512MiB`, `2GB`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: Option<u64> = match text[digits..].trim_start() {
        "" | "B" => Some(1),
        "kB" | "KB" => Some(1000),
        "MB" => Some(1000_u64.pow(2)),
        "GB" => Some(1000_u64.pow(3)),
        "TB" => Some(1000_u64.pow(4)),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        "TiB" => Some(1 << 40),
        _ => None,
    };
    let count: Option<u64> = text[..digits].parse().ok();
    let size = count.zip(unit).and_then(|(count, unit)| count.checked_mul(unit));
    size.ok_or_else(|| "a size is written like 512MiB, 2GiB or 500MB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [("0", 0), ("1000", 1000), ("512MiB", 512 << 20), ("2 GB", 2_000_000_000)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "1.5GiB", "-1", "12m", "99999999999TiB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_largest_are_named_with_a_way_out() {
        let rule = |name: &str, bytes, runs, partitions| RuleStats {
            name: name.to_owned(),
            selected: 0,
            matches: 0,
            runs,
            partitions,
            bytes,
            dropped_for_memory: 0,
            counters: Default::default(),
        };
        let stats = Stats {
            inputs: Vec::new(),
            rules: vec![
                rule("Small", 10, 1, 1),
                rule("Many", 4 << 20, 1000, 1000),
                rule("Deep", 6 << 20, 4000, 2),
            ],
            windows: Vec::new(),
            faults: 0,
            watermark: None,
            waiting: 7,
            waiting_bytes: 2 << 20,
        };
        assert_eq!(
            message(&stats, 8 << 20),
            "12.0 MiB are held, more than the 8.0 MiB of --memory-max: rule `Deep` 6.0 MiB (runs: 4,000, partitions: 2): \
             `limit runs 1000` or a shorter `within` would hold less; rule `Many` 4.0 MiB (runs: 1,000, partitions: 1,000): \
             `limit partitions 500` or a shorter `within` would hold less; 7 events wait for the watermark (2.0 MiB): a \
             smaller `lateness`, or `--idle` for a silent input, keeps fewer"
        );
    }
}
