//! What several workers have counted, as if one had.

use std::vec::Vec;

use crate::instance::Stats;

/// The counts of all. What each has seen alike is that of the first.
pub(super) fn merged(all: Vec<Stats>) -> Stats {
    let mut all = all.into_iter();
    let mut sum = all.next().expect("there is a worker");
    for one in all {
        sum.faults += one.faults;
        sum.waiting_bytes += one.waiting_bytes;
        for (sum, one) in sum.rules.iter_mut().zip(one.rules) {
            sum.selected += one.selected;
            sum.matches += one.matches;
            sum.runs += one.runs;
            sum.partitions += one.partitions;
            sum.bytes += one.bytes;
            sum.dropped_for_memory += one.dropped_for_memory;
            sum.counters.add(&one.counters);
        }
        for (sum, one) in sum.windows.iter_mut().zip(one.windows) {
            sum.selected += one.selected;
            sum.rows += one.rows;
            sum.groups += one.groups;
            sum.bytes += one.bytes;
            sum.dropped_for_memory += one.dropped_for_memory;
            sum.groups_dropped += one.groups_dropped;
            sum.rows_dropped += one.rows_dropped;
            sum.faults += one.faults;
        }
    }
    sum
}
