//! What an instance has counted and holds.

use alloc::string::String;
use alloc::vec::Vec;

use super::Instance;
use super::ingest::InputStats;
use crate::state::Counters;

/// Counts since the start, and what is held now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// By input type, in the order of the plan.
    pub inputs: Vec<InputStats>,
    /// By rule, in evaluation order.
    pub rules: Vec<RuleStats>,
    /// Faults in guards and times: overflows, divisions by zero and failed conversions that gave null.
    pub faults: u64,
    /// How far time has come; none before the first event, and the greatest time there is after the last.
    pub watermark: Option<i64>,
    /// Events that wait for the watermark.
    pub waiting: usize,
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
    /// What limits have dropped, and faults.
    pub counters: Counters,
}

impl Instance {
    /// What was counted so far.
    pub fn stats(&self) -> Stats {
        let rules = self.rules.iter().zip(&self.plan.outputs).map(|(rule, output)| {
            let mut counters = rule.state.counters;
            counters.partitions_dropped += rule.partitions_dropped();
            RuleStats {
                name: output.name.clone(),
                selected: rule.selected,
                matches: rule.matches,
                runs: rule.state.runs.live.into(),
                partitions: rule.state.slots.live.into(),
                bytes: rule.bytes() as u64,
                counters,
            }
        });
        Stats {
            inputs: self.ingest.stats.clone(),
            rules: rules.collect(),
            faults: self.work.faults,
            watermark: Some(self.sources.watermark()).filter(|&watermark| watermark > i64::MIN),
            waiting: self.pending.len(),
        }
    }
}
