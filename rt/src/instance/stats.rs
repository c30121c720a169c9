//! What an instance has counted and holds.

use alloc::string::String;
use alloc::vec::Vec;

use super::Instance;
use super::ingest::InputStats;
use super::operator::Operator;
use crate::state::Counters;

/// Counts since the start, and what is held now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// By input type, in the order of the plan.
    pub inputs: Vec<InputStats>,
    /// By rule, in evaluation order.
    pub rules: Vec<RuleStats>,
    /// By window operator, in evaluation order.
    pub windows: Vec<WindowStats>,
    /// Faults in guards and times: overflows, divisions by zero and failed conversions that gave null.
    pub faults: u64,
    /// How far time has come; none before the first event, and the greatest time there is after the last.
    pub watermark: Option<i64>,
    /// Events that wait for the watermark.
    pub waiting: usize,
    /// Bytes held for them.
    pub waiting_bytes: u64,
}

/// Counts of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleStats {
    /// Its name.
    pub name: String,
    /// Rows that it looked at.
    pub selected: u64,
    /// Matches.
    pub matches: u64,
    /// Live runs. Runs that have expired count until an event of their partition, or a sweep, finds them.
    pub runs: u64,
    /// Partitions, in the same sense.
    pub partitions: u64,
    /// Bytes held.
    pub bytes: u64,
    /// Rows of new partitions that [`super::Options::memory_max`] did not let be.
    pub dropped_for_memory: u64,
    /// What limits have dropped, and faults.
    pub counters: Counters,
}

/// Counts of one window operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowStats {
    /// The name of its query (of the first one, if several share it).
    pub name: String,
    /// Rows that it took.
    pub selected: u64,
    /// Rows that it made.
    pub rows: u64,
    /// Groups; those that hold nothing any more count until their memory is needed.
    pub groups: u64,
    /// Bytes held.
    pub bytes: u64,
    /// Rows of groups that `limit partitions` did not let be.
    pub groups_dropped: u64,
    /// Rows of new groups that [`super::Options::memory_max`] did not let be.
    pub dropped_for_memory: u64,
    /// Rows that `limit rows` dropped.
    pub rows_dropped: u64,
    /// Sums that were out of range.
    pub faults: u64,
}

impl Instance {
    /// What was counted so far.
    pub fn stats(&self) -> Stats {
        let rules = self.operators.iter().filter_map(Operator::rule).zip(&self.plan.outputs);
        let rules = rules.map(|(rule, output)| {
            let mut counters = rule.state.counters;
            counters.partitions_dropped += rule.partitions_dropped();
            RuleStats {
                name: output.name.clone(),
                selected: rule.selected,
                matches: rule.matches,
                runs: rule.state.runs.live.into(),
                partitions: rule.state.slots.live.into(),
                bytes: rule.bytes() as u64,
                dropped_for_memory: rule.dropped_for_memory(),
                counters,
            }
        });
        Stats {
            inputs: self.ingest.stats.clone(),
            rules: rules.collect(),
            windows: self
                .operators
                .iter()
                .zip(&self.plan.operators)
                .filter_map(Operator::window_stats)
                .collect(),
            faults: self.work.faults,
            watermark: Some(self.sources.watermark()).filter(|&watermark| watermark > i64::MIN),
            waiting: self.pending.len(),
            waiting_bytes: self.pending.bytes() as u64,
        }
    }

    /// Bytes held by all rules and windows, and for events that wait: the sum of what [`Instance::stats`] says.
    pub fn bytes(&self) -> u64 {
        self.operators.iter().map(Operator::bytes).sum::<u64>() + self.pending.bytes() as u64
    }
}
