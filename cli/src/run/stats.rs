//! The text of `--stats`.

use super::bad::BadRows;
use super::report::Report;
use portent_rt::instance::Stats;
use std::fmt::Write;
use std::time::Duration;

/// Everything that was counted and measured.
pub(crate) fn text(stats: &Stats, report: &Report, bad: &BadRows) -> String {
    let mut out = String::new();
    out.push_str(&table(&inputs(stats, report)));
    if report.waiting_peak > 0 {
        let waiting = grouped(report.waiting_peak as u64);
        // Writing to a String cannot fail.
        let held = bytes(report.waiting_bytes_peak);
        let _ = writeln!(out, "out of order: up to {waiting} events waited for the watermark ({held})");
    }
    out.push('\n');
    out.push_str(&table(&rules(stats, report)));
    out.push('\n');
    if !stats.windows.is_empty() {
        out.push_str(&table(&windows(stats, report)));
        out.push('\n');
    }
    causes(&mut out, stats, report, bad);
    speed(&mut out, stats, report);
    out
}

fn inputs(stats: &Stats, report: &Report) -> Vec<Vec<String>> {
    let mut rows = vec![cells(["input", "events", "late", "without time"])];
    for (name, input) in report.inputs.iter().zip(&stats.inputs) {
        rows.push(vec![name.clone(), grouped(input.events), grouped(input.late), grouped(input.untimed)]);
    }
    rows
}

fn rules(stats: &Stats, report: &Report) -> Vec<Vec<String>> {
    let mut rows = vec![cells([
        "rule",
        "selected",
        "matches",
        "runs (peak)",
        "partitions (peak)",
        "state (peak)",
        "faults",
    ])];
    for (rule, peak) in stats.rules.iter().zip(&report.peaks) {
        rows.push(vec![
            rule.name.clone(),
            grouped(rule.selected),
            grouped(rule.matches),
            grouped(peak.runs),
            grouped(peak.partitions),
            bytes(peak.bytes),
            grouped(rule.counters.faults),
        ]);
    }
    rows
}

fn windows(stats: &Stats, report: &Report) -> Vec<Vec<String>> {
    let mut rows = vec![cells(["window of", "selected", "rows", "groups (peak)", "state (peak)"])];
    for (window, &(groups, held)) in stats.windows.iter().zip(&report.window_peaks) {
        let numbers = [grouped(window.selected), grouped(window.rows), grouped(groups), bytes(held)];
        rows.push([window.name.clone()].into_iter().chain(numbers).collect());
    }
    rows
}

/// What was not let in or dropped, by cause.
fn causes(out: &mut String, stats: &Stats, report: &Report, bad: &BadRows) {
    let mut lines: Vec<(u64, String)> =
        bad.causes().iter().map(|(cause, count)| (*count, format!("bad rows: {cause}"))).collect();
    let late = stats.inputs.iter().map(|input| input.late).sum();
    lines.push((late, "late events".to_owned()));
    lines.push((stats.faults, "faults in guards and times (null instead of a value)".to_owned()));
    for rule in &stats.rules {
        let (name, counters) = (&rule.name, &rule.counters);
        lines.push((counters.runs_dropped, format!("{name}: runs dropped by `limit runs`")));
        lines.push((counters.lists_dropped, format!("{name}: runs ended by `limit repetition`")));
        lines.push((
            rule.dropped_for_memory,
            format!("{name}: events of new partitions dropped by --memory-max"),
        ));
        lines.push((counters.partitions_idle, format!("{name}: partitions ended by `limit partition idle`")));
        lines.push((counters.partitions_dropped, format!("{name}: events dropped by `limit partitions`")));
    }
    for window in &stats.windows {
        let name = &window.name;
        lines.push((window.faults, format!("{name}: sums out of range (null instead of a value)")));
        lines.push((
            window.dropped_for_memory,
            format!("{name}: events of new groups dropped by --memory-max"),
        ));
        lines.push((window.groups_dropped, format!("{name}: events of groups of which there were too many")));
        lines.push((window.rows_dropped, format!("{name}: events of windows that held too many")));
    }
    lines.push((report.checkpoints_unwritten, "checkpoints that could not be written".to_owned()));
    lines.retain(|(count, _)| *count > 0);
    for (count, cause) in &lines {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:>12}  {cause}", grouped(*count));
    }
    out.push_str(if lines.is_empty() { "nothing was bad, late or dropped\n\n" } else { "\n" });
}

fn speed(out: &mut String, stats: &Stats, report: &Report) {
    let events: u64 = stats.inputs.iter().map(|input| input.events).sum();
    let elapsed = report.elapsed();
    let seconds = elapsed.as_secs_f64().max(1e-9);
    let (per_second, megabytes) = (events as f64 / seconds, report.bytes() as f64 / 1e6);
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{} events, {megabytes:.1} MB in {}: {} events/s, {:.1} MB/s; compiled in {}",
        grouped(events),
        duration(elapsed),
        grouped(per_second as u64),
        megabytes / seconds,
        duration(report.compile_time),
    );
}

fn cells<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

/// Rows of cells as text: the first column to the left, the others to the right.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        // Writing to a String cannot fail.
        let _ = write!(out, "{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            let _ = write!(out, "  {cell:>width$}");
        }
        out.push('\n');
    }
    out
}

/// `336,776`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 event`, `3 events`, `2 matches`.
pub(crate) fn amount(count: u64, noun: &str) -> String {
    let end = match (count, noun.ends_with("ch")) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {noun}{end}", grouped(count))
}

/// `12.5 KiB`
pub(crate) fn bytes(number: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = number as f64;
    let mut unit = "B";
    for next in units {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, next);
    }
    if unit == "B" { format!("{number} B") } else { format!("{value:.1} {unit}") }
}

fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 12, 999, 1000, 336_776].map(grouped), ["0", "12", "999", "1,000", "336,776"]);
        assert_eq!([0, 1023, 1536].map(bytes), ["0 B", "1023 B", "1.5 KiB"]);
        assert_eq!(duration(Duration::from_micros(1500)), "1.5 ms");
    }
}
