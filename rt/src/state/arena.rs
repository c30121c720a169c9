//! Records of one size, addressed by a `u32`, with a chain of free ones.

use alloc::vec::Vec;

/// The index of no record.
pub const NONE: u32 = u32::MAX;

/// An arena of records of `stride` bytes, a multiple of eight.
///
/// Invariant: `base` is the start of `memory`, which holds `capacity` records; records `0..len` have been handed out at
/// some time; the free ones of them form a chain from `free` through their first four bytes.
#[derive(Debug)]
#[repr(C)]
pub struct Arena {
    /// The first record.
    pub base: *mut u8,
    /// Bytes of a record.
    pub stride: u64,
    /// Records handed out so far, freed ones included.
    pub len: u32,
    /// Records that there is memory for.
    pub capacity: u32,
    /// The first free record below `len`, or [`NONE`].
    pub free: u32,
    /// Records in use.
    pub live: u32,
    pub(super) memory: Vec<u64>,
}

// SAFETY: `base` points into `memory`, which is owned and moves with it (its heap block does not move).
unsafe impl Send for Arena {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for Arena {}

impl Arena {
    /// An arena without memory.
    pub fn new(stride: usize) -> Self {
        assert!(stride.is_multiple_of(8) && stride > 0, "Arena: records are multiples of 8 bytes");
        Self {
            base: core::ptr::NonNull::<u64>::dangling().as_ptr().cast(),
            stride: stride as u64,
            len: 0,
            capacity: 0,
            free: NONE,
            live: 0,
            memory: Vec::new(),
        }
    }

    /// Makes room for at least one more record past `len`. False if indices have run out.
    #[cold]
    pub fn grow(&mut self) -> bool {
        let wanted = (u64::from(self.capacity) * 2).clamp(64, u64::from(NONE - 1));
        if wanted <= u64::from(self.len) {
            return false;
        }
        self.memory.resize((wanted * self.stride / 8) as usize, 0);
        self.base = self.memory.as_mut_ptr().cast();
        self.capacity = wanted as u32;
        true
    }

    /// A zeroed record, or `None` if indices have run out.
    pub fn take(&mut self) -> Option<u32> {
        let index = if self.free == NONE {
            if self.len == self.capacity && !self.grow() {
                return None;
            }
            self.len += 1;
            self.len - 1
        } else {
            let index = self.free;
            self.free = self.word(index, 0);
            index
        };
        self.record_mut(index).fill(0);
        self.live += 1;
        Some(index)
    }

    /// Gives a record back.
    pub fn give(&mut self, index: u32) {
        let free = self.free;
        self.set_word(index, 0, free);
        self.free = index;
        self.live -= 1;
    }

    fn words(&self, index: u32) -> core::ops::Range<usize> {
        let words = (self.stride / 8) as usize;
        index as usize * words..(index as usize + 1) * words
    }

    /// The 8-byte words of a record.
    pub fn record(&self, index: u32) -> &[u64] {
        &self.memory[self.words(index)]
    }

    /// The 8-byte words of a record.
    pub fn record_mut(&mut self, index: u32) -> &mut [u64] {
        let words = self.words(index);
        &mut self.memory[words]
    }

    /// The `at`-th u32 of a record.
    pub fn word(&self, index: u32, at: usize) -> u32 {
        let word = self.record(index)[at / 2];
        (if at.is_multiple_of(2) { word } else { word >> 32 }) as u32
    }

    /// Sets the `at`-th u32 of a record.
    pub fn set_word(&mut self, index: u32, at: usize, value: u32) {
        let word = &mut self.record_mut(index)[at / 2];
        *word = match at.is_multiple_of(2) {
            true => *word & !0xffff_ffff | u64::from(value),
            false => *word & 0xffff_ffff | u64::from(value) << 32,
        };
    }

    /// Forgets all records, keeping the memory.
    pub fn clear(&mut self) {
        self.len = 0;
        self.free = NONE;
        self.live = 0;
    }

    /// How many more records there is memory for.
    pub(crate) const fn spare(&self) -> u32 {
        self.capacity - self.live
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.memory.capacity() * 8
    }
}
