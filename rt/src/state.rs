//! The state of a rule, laid out for compiled code: arenas addressed by index, no pointers inside.
//!
//! Machine code reads and writes these `#[repr(C)]` structures directly and calls the functions of [`arena`], [`heap`]
//! and [`queue`] only where memory has to grow. What is *in* a record (which register at which offset) is the
//! compiler's business; here a record is bytes of a fixed stride, but for the links at its front:
//!
//! ```text
//! slot:  | head: u32 | tail: u32 | count: u32 | used: u32 | cells … |            runs of a partition, oldest first
//! run:   | next: u32 | state: u32 | registers … |
//! node:  | next: u32 | valid: u32 | value: 16 bytes |                             one item of a list register
//! match: | ts: i64 | seq: i64 | values … |                                        what Emit wrote
//! ```
//!
//! A list register is `| head: u32 | tail: u32 | length: u32 | unused: u32 |` (16 bytes). Index [`NONE`] ends a chain.
//! Records are zeroed when they are handed out, but for the links: a slot starts with `head` and `tail` [`NONE`] and
//! `used` 1. A sweep kernel frees a slot by setting `used` to 0; the driver then takes it out of the partition table and
//! gives it back to the arena (only then does its first word become a link). Deadlines of a slot that is not in use are void.

pub mod arena;
pub mod heap;
pub mod queue;
pub(crate) mod saved;

pub use arena::{Arena, NONE};
pub use heap::TextHeap;
pub use queue::DeadlineQueue;

use crate::bytes::ByteArena;
pub use crate::counters::Counters;

/// Bytes of a slot before its cells.
pub const SLOT_HEADER: usize = 16;
/// Bytes of a run before its registers.
pub const RUN_HEADER: usize = 8;
/// Bytes of a list node.
pub const NODE_BYTES: usize = 24;
/// Bytes of a match before its values.
pub const MATCH_HEADER: usize = 16;
/// The `seq` of a match that a deadline completed: this, so that it is after those of all events at that time, and the number of the
/// row that noted the deadline. See [`rank`].
pub const AT_DEADLINE: i64 = 1 << 62;
/// The `seq` of a row that the end of a window makes: this, and the number of the first event in it, where that is one of an
/// input. See [`rank`].
pub const AT_END: i64 = -AT_DEADLINE;

/// The place of a sequence number among matches of one time: ends of windows, then events in order, then deadlines. What else
/// is in the number orders matches of one rule that different workers have made.
pub const fn rank(seq: i64) -> i64 {
    if seq <= 0 {
        0
    } else if seq < AT_DEADLINE {
        seq
    } else {
        AT_DEADLINE
    }
}

/// Why a kernel stopped before its end. Zero is: it did not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Stop {
    /// `limit runs … fail` was reached.
    Runs = 1,
    /// `limit repetition … fail` was reached.
    Repetition = 2,
    /// `limit partitions … fail` was reached.
    Partitions = 3,
    /// Four thousand million records of one kind.
    Memory = 4,
    /// `limit rows … fail` was reached.
    Rows = 5,
}

impl Stop {
    /// The reason that a kernel left in [`RuleState::stop`]; none for 0.
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            0 => None,
            1 => Some(Self::Runs),
            2 => Some(Self::Repetition),
            3 => Some(Self::Partitions),
            5 => Some(Self::Rows),
            _ => Some(Self::Memory),
        }
    }
}

/// The state of one rule.
///
/// Invariant: `slots` has a record for each partition; every index in a record is of a live record or `NONE`.
#[derive(Debug)]
#[repr(C)]
pub struct RuleState {
    /// Runs of all partitions.
    pub runs: Arena,
    /// Partitions.
    pub slots: Arena,
    /// Items of list registers.
    pub nodes: Arena,
    /// Matches since they were last taken.
    pub matches: Arena,
    /// Deadlines, in ascending order.
    pub deadlines: DeadlineQueue,
    /// The bytes of long strings in registers.
    pub heap: TextHeap,
    /// What is counted.
    pub counters: Counters,
    /// A [`Stop`], or 0.
    pub stop: u32,
    /// `limit runs`, as the most runs of a slot.
    pub runs_max: u32,
    /// `limit repetition`.
    pub list_max: u32,
    /// Unused.
    pub reserved: u32,
    /// The bytes of long strings in matches; lives until the matches are taken.
    pub match_text: ByteArena,
}

impl RuleState {
    /// An empty state for records of the given sizes in bytes (whole records, headers included).
    pub fn new(
        run_bytes: usize,
        slot_bytes: usize,
        match_bytes: usize,
        runs_max: u32,
        list_max: u32,
    ) -> Self {
        Self {
            runs: Arena::new(run_bytes),
            slots: Arena::new(slot_bytes),
            nodes: Arena::new(NODE_BYTES),
            matches: Arena::new(match_bytes),
            deadlines: DeadlineQueue::new(),
            heap: TextHeap::new(),
            counters: Counters::default(),
            stop: 0,
            runs_max,
            list_max,
            reserved: 0,
            match_text: ByteArena::new(),
        }
    }
}

/// One selected row: where it lies and whose partition it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Entry {
    /// The row of its type's batch.
    pub row: u32,
    /// Its partition.
    pub slot: u32,
}

/// One column as kernels see it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct ColumnRef {
    /// Bytes, 8-byte words or 16-byte `RawStr`s with pointers; null for a column that is not decoded.
    pub values: *const u8,
    /// One bit for each row that is not null; null pointer if the column is not nullable.
    pub validity: *const u64,
}

/// The rows of one event type as kernels see them.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct BatchRef {
    /// A [`ColumnRef`] for each field.
    pub columns: *const ColumnRef,
    /// The time of each row.
    pub times: *const i64,
    /// The sequence number of each row.
    pub seqs: *const i64,
    /// Rows.
    pub len: u64,
}

/// What a kernel is called with. A step kernel reads all of it; time and guard kernels the first three.
#[derive(Debug)]
#[repr(C)]
pub struct Context {
    /// A [`BatchRef`] for each event type of the program.
    pub batches: *const BatchRef,
    /// For each guard of the program its bitmap over the rows of its type.
    pub guards: *const *mut u64,
    /// Texts that expressions make; cleared between batches.
    pub scratch: *mut ByteArena,
    /// The rule's state.
    pub state: *mut RuleState,
    /// The selected rows, in time order.
    pub entries: *const Entry,
    /// The event type of each entry (the number in the rule's `inputs`); null if the rule has one input.
    pub inputs: *const u8,
    /// How many entries. For the kernel of a guard that an index narrows down: the number of the word behind the last of its bitmap that may have bits.
    pub len: u64,
    /// The number of the first entry among all that the rule has ever been given. For the kernel of such a guard: the number of the first word.
    pub first: i64,
    /// For the timer: deadlines before this are due. For the sweep: the current time.
    pub now: i64,
    /// Where a time kernel writes the time of each row.
    pub times: *mut i64,
    /// Where a time kernel writes whether it is there.
    pub times_valid: *mut u64,
    /// Faults of guard and time kernels.
    pub faults: *mut u64,
}

/// A compiled kernel.
pub type KernelFn = unsafe extern "C" fn(*mut Context);
