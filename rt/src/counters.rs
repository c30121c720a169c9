//! What a rule counts, in machine code and in generated Rust.

/// What a rule counts.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Counters {
    /// Runs dropped (or not started) by `limit runs`.
    pub runs_dropped: u64,
    /// Runs ended by `limit repetition`.
    pub lists_dropped: u64,
    /// Rows of partitions that `limit partitions` did not let be.
    pub partitions_dropped: u64,
    /// Partitions that `limit partition idle` ended, and that were found in memory.
    pub partitions_idle: u64,
    /// Rows of windows that `limit rows` did not let be, or had leave early.
    pub rows_dropped: u64,
    /// Overflows, divisions by zero and failed conversions that gave null.
    pub faults: u64,
}

#[cfg(feature = "alloc")]
crate::snapshot::codec::persist!(Counters {
    runs_dropped,
    lists_dropped,
    partitions_dropped,
    partitions_idle,
    rows_dropped,
    faults
});

#[cfg(feature = "alloc")]
impl Counters {
    /// Adds what another has counted.
    pub(crate) const fn add(&mut self, other: &Self) {
        self.runs_dropped += other.runs_dropped;
        self.lists_dropped += other.lists_dropped;
        self.partitions_dropped += other.partitions_dropped;
        self.partitions_idle += other.partitions_idle;
        self.rows_dropped += other.rows_dropped;
        self.faults += other.faults;
    }
}
