//! What a run learns on its way, for the closing summary and `--stats`.
//!
//! What was not let in or was dropped is told whether it is asked for or not: nobody should take a result for complete
//! that is not.

use super::bad::BadRows;
use super::feed::Piece;
use super::stats::{amount, grouped};
use crate::term;
use portent_io::Position;
use portent_rt::instance::{Rejected, Stats};
use portent_rt::plan::Plan;
use std::time::{Duration, Instant};

/// Rows between two looks at the size of the state.
const SAMPLE_ROWS: u64 = 16 << 10;
/// The same with several workers, which have to be waited for.
const WORKERS_SAMPLE_ROWS: u64 = 4 << 20;

/// What is known besides the counts of the instance.
pub(crate) struct Report {
    /// From text to machine code.
    pub(crate) compile_time: Duration,
    start: Instant,
    /// The names of the input types.
    pub(crate) inputs: Vec<String>,
    /// Where each input goes on.
    positions: Vec<Position>,
    rows: u64,
    sampled_at: u64,
    /// The largest state seen, by rule: runs, partitions, bytes.
    pub(crate) peaks: Vec<Peak>,
    /// The same, by window operator: groups, bytes.
    pub(crate) window_peaks: Vec<(u64, u64)>,
    /// The most events seen waiting for the watermark.
    pub(crate) waiting_peak: usize,
    /// The most bytes seen held for them.
    pub(crate) waiting_bytes_peak: u64,
    /// Checkpoints that could not be written.
    pub(crate) checkpoints_unwritten: u64,
    /// For each input type, where the first late event stood.
    first_late: Vec<Option<String>>,
}

/// The largest state of a rule that was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Peak {
    pub(crate) runs: u64,
    pub(crate) partitions: u64,
    pub(crate) bytes: u64,
}

impl Report {
    /// Nothing is known yet; the clock runs.
    pub(crate) fn new(plan: &Plan, compile_time: Duration) -> Self {
        Self {
            compile_time,
            start: Instant::now(),
            inputs: plan.inputs.iter().map(|input| input.schema.name.clone()).collect(),
            positions: Vec::new(),
            rows: 0,
            sampled_at: 0,
            peaks: vec![Peak::default(); plan.outputs.len()],
            window_peaks: vec![(0, 0); plan.operators.len() - plan.outputs.len()],
            waiting_peak: 0,
            waiting_bytes_peak: 0,
            checkpoints_unwritten: 0,
            first_late: vec![None; plan.inputs.len()],
        }
    }

    /// Notes that so many workers are done with a piece; whether it is time to look at the size of the state.
    pub(crate) fn took(&mut self, piece: &Piece, workers: usize) -> bool {
        if self.positions.len() <= piece.input {
            self.positions.resize(piece.input + 1, Position::default());
        }
        self.positions[piece.input] = piece.position.clone();
        self.rows += piece.chunk.len() as u64;
        let rows = if workers > 1 { WORKERS_SAMPLE_ROWS } else { SAMPLE_ROWS };
        self.rows - self.sampled_at >= rows
    }

    /// Looks at the size of the state.
    pub(crate) fn sample(&mut self, stats: &Stats) {
        self.sampled_at = self.rows;
        self.waiting_peak = self.waiting_peak.max(stats.waiting);
        self.waiting_bytes_peak = self.waiting_bytes_peak.max(stats.waiting_bytes);
        for ((groups, bytes), window) in self.window_peaks.iter_mut().zip(&stats.windows) {
            *groups = window.groups.max(*groups);
            *bytes = window.bytes.max(*bytes);
        }
        for (peak, rule) in self.peaks.iter_mut().zip(&stats.rules) {
            peak.runs = peak.runs.max(rule.runs);
            peak.partitions = peak.partitions.max(rule.partitions);
            peak.bytes = peak.bytes.max(rule.bytes);
        }
    }

    /// Notes a late event.
    pub(crate) fn late(&mut self, input: &str, row: &Rejected) {
        let place = || match row.line {
            Some(line) => format!("line {line} of {input}"),
            None => input.to_owned(),
        };
        self.first_late[row.ty as usize].get_or_insert_with(place);
    }

    /// Bytes of all inputs, decompressed.
    pub(crate) fn bytes(&self) -> u64 {
        self.positions.iter().map(|position| position.bytes).sum()
    }

    /// Whether anything was taken.
    pub(crate) const fn has_begun(&self) -> bool {
        self.rows > 0
    }

    /// How far a run came that did not come to its end.
    pub(crate) fn far(&self, stats: &Stats, names: &[String]) -> String {
        let events: u64 = stats.inputs.iter().map(|input| input.events).sum();
        if events == 0 {
            return "nothing had been read".to_owned();
        }
        let matches = stats.rules.iter().map(|rule| rule.matches).sum();
        let place = |(at, name): (&Position, &String)| format!("line {} of {name}", grouped(at.line - 1));
        let read = self.positions.iter().zip(names).filter(|(at, _)| at.line > 1);
        let places: Vec<_> = read.map(place).collect();
        let places =
            if places.is_empty() { String::new() } else { format!(", up to {}", places.join(" and ")) };
        let (events, matches) = (amount(events, "event"), amount(matches, "match"));
        format!("{events} had been read{places}, with {matches}")
    }

    /// Since the first event could have been read.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Tells what was not let in and what was dropped; nothing if all is well.
    pub(crate) fn closing(&self, stats: &Stats, bad: &BadRows) {
        tell_bad(bad);
        if bad.count() > 0 && stats.inputs.iter().all(|input| input.events == 0) {
            term::warning(
                "no row could be read\n  help: if the input is of another format, say which with `--format`",
            );
        }
        self.tell_late(stats);
        tell_dropped(stats);
        if self.checkpoints_unwritten > 0 {
            let lost = amount(self.checkpoints_unwritten, "checkpoint");
            term::warning(&format!("{lost} could not be written"));
        }
    }

    fn tell_late(&self, stats: &Stats) {
        for (number, input) in stats.inputs.iter().enumerate().filter(|(_, input)| input.late > 0) {
            let name = &self.inputs[number];
            let were = if input.late == 1 { "event was" } else { "events were" };
            let first = self.first_late[number]
                .as_deref()
                .map_or(String::new(), |place| format!(", the first at {place}"));
            term::warning(&format!(
                "{} `{name}` {were} late and seen by no rule{first}\n  help: a greater `lateness` of `event {name}` lets them in",
                grouped(input.late)
            ));
        }
    }
}

fn tell_bad(bad: &BadRows) {
    if !bad.more_than_shown() {
        return;
    }
    let line = |(cause, count): &(&str, u64)| format!("\n  {:>9}  {cause}", grouped(*count));
    let causes: String = bad.causes().iter().map(line).collect();
    term::warning(&format!("{} bad rows were not read:{causes}", grouped(bad.count())));
}

fn tell_dropped(stats: &Stats) {
    for rule in &stats.rules {
        let counters = &rule.counters;
        let drops = [
            (counters.runs_dropped, "runs were dropped", "limit runs"),
            (counters.lists_dropped, "runs were ended", "limit repetition"),
            (counters.partitions_dropped, "events of new partitions were dropped", "limit partitions"),
        ];
        for (count, what, limit) in drops.into_iter().filter(|(count, ..)| *count > 0) {
            let name = &rule.name;
            term::warning(&format!("rule `{name}`: {} {what}; `{limit} N` raises the bound", grouped(count)));
        }
    }
    let of_rules = stats.rules.iter().map(|rule| ("rule", &rule.name, rule.dropped_for_memory));
    let of_windows = stats.windows.iter().map(|window| ("query", &window.name, window.dropped_for_memory));
    for (what, name, count) in of_rules.chain(of_windows).filter(|(.., count)| *count > 0) {
        term::warning(&format!(
            "{what} `{name}`: {} events of new keys were dropped: --memory-max leaves no room for them",
            grouped(count)
        ));
    }
    for window in &stats.windows {
        let drops = [
            (window.groups_dropped, "events of new groups were dropped: there were too many groups"),
            (window.rows_dropped, "events left their window early: it held too many"),
        ];
        for (count, what) in drops.into_iter().filter(|(count, _)| *count > 0) {
            term::warning(&format!("query `{}`: {} {what}", window.name, grouped(count)));
        }
    }
}
