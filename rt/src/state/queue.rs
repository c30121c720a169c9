//! Deadlines in ascending order: a ring buffer, for a rule's `within` and `for` are constants.

use alloc::vec::Vec;

/// A deadline of a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct DeadlineEntry {
    /// When.
    pub time: i64,
    /// Which partition.
    pub slot: u64,
    /// The number of the row that noted it, among all that the rule has been given.
    pub row: i64,
}

/// A ring of deadlines.
///
/// Invariant: `base` is the start of `memory`, whose length is `mask + 1`, a power of two (or zero with `mask` 0);
/// entries are at `(head + i) & mask` for `i` below `len`, in ascending order of time.
#[derive(Debug)]
#[repr(C)]
pub struct DeadlineQueue {
    /// The ring.
    pub base: *mut DeadlineEntry,
    /// Its length less one.
    pub mask: u64,
    /// The number of the first entry (not wrapped).
    pub head: u64,
    /// Entries.
    pub len: u64,
    pub(super) memory: Vec<DeadlineEntry>,
}

// SAFETY: `base` points into `memory`, which is owned and moves with it.
unsafe impl Send for DeadlineQueue {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for DeadlineQueue {}

impl Default for DeadlineQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl DeadlineQueue {
    /// A queue without memory.
    pub const fn new() -> Self {
        Self { base: core::ptr::null_mut(), mask: 0, head: 0, len: 0, memory: Vec::new() }
    }

    /// Adds a deadline behind the others.
    pub fn push(&mut self, entry: DeadlineEntry) {
        if self.len as usize == self.memory.len() {
            self.grow();
        }
        let at = (self.head + self.len) & self.mask;
        self.memory[at as usize] = entry;
        self.len += 1;
    }

    #[cold]
    fn grow(&mut self) {
        let mut larger = Vec::with_capacity((self.memory.len() * 2).max(64));
        larger.extend((0..self.len).map(|index| self.memory[((self.head + index) & self.mask) as usize]));
        larger.resize(larger.capacity().next_power_of_two(), DeadlineEntry::default());
        self.memory = larger;
        self.base = self.memory.as_mut_ptr();
        self.mask = self.memory.len() as u64 - 1;
        self.head = 0;
    }

    /// The first deadline.
    pub fn first(&self) -> Option<DeadlineEntry> {
        (self.len > 0).then(|| self.memory[(self.head & self.mask) as usize])
    }

    /// Removes and gives the first deadline, if it is before `now`.
    pub fn pop_before(&mut self, now: i64) -> Option<DeadlineEntry> {
        let first = *self.memory.get((self.head & self.mask) as usize)?;
        if self.len == 0 || first.time >= now {
            return None;
        }
        self.head += 1;
        self.len -= 1;
        Some(first)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.memory.capacity() * size_of::<DeadlineEntry>()
    }
}
