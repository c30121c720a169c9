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
    /// Rows of windows that `limit rows` did not let be, or had leave early.
    pub rows_dropped: u64,
    /// Overflows, divisions by zero and failed conversions that gave null.
    pub faults: u64,
}
