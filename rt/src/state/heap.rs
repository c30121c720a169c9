//! The bytes of long strings in a rule's state: blocks in powers of two, addressed by offset, freed one by one.

use alloc::vec::Vec;

const CLASSES: usize = 29;
const SMALLEST: usize = 16;

/// Text at offsets.
///
/// Invariant: `base` is the start of `memory`; free blocks of class `c` (16 << c bytes) are the offsets in `free[c]`.
#[derive(Debug)]
#[repr(C)]
pub struct TextHeap {
    /// Where offset 0 is.
    pub base: *const u8,
    memory: Vec<u8>,
    free: [Vec<u64>; CLASSES],
}

// SAFETY: `base` points into `memory`, which is owned and moves with it.
unsafe impl Send for TextHeap {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for TextHeap {}

impl Default for TextHeap {
    fn default() -> Self {
        Self::new()
    }
}

fn class(len: usize) -> usize {
    (len.max(SMALLEST).next_power_of_two() / SMALLEST).trailing_zeros() as usize
}

impl TextHeap {
    /// A heap without memory.
    pub const fn new() -> Self {
        Self { base: core::ptr::null(), memory: Vec::new(), free: [const { Vec::new() }; CLASSES] }
    }

    /// Copies `text` in; gives its offset.
    pub fn store(&mut self, text: &[u8]) -> u64 {
        let offset = self.reserve(text.len());
        self.memory[offset..][..text.len()].copy_from_slice(text);
        offset as u64
    }

    /// Copies what is at `offset`; gives the offset of the copy.
    pub fn duplicate(&mut self, offset: u64, len: usize) -> u64 {
        let copy = self.reserve(len);
        self.memory.copy_within(offset as usize..offset as usize + len, copy);
        copy as u64
    }

    /// A free block for `len` bytes.
    fn reserve(&mut self, len: usize) -> usize {
        let class = class(len);
        if let Some(offset) = self.free[class].pop() {
            return offset as usize;
        }
        let offset = self.memory.len();
        self.memory.resize(offset + (SMALLEST << class), 0);
        self.base = self.memory.as_ptr();
        offset
    }

    /// Frees what `store` put at `offset`.
    pub fn free(&mut self, offset: u64, len: usize) {
        self.free[class(len)].push(offset);
    }

    /// The bytes at `offset`.
    pub fn bytes(&self, offset: u64, len: usize) -> &[u8] {
        &self.memory[offset as usize..][..len]
    }

    /// All of its memory, freed blocks included.
    pub(crate) fn memory(&self) -> &[u8] {
        &self.memory
    }

    /// Bytes held.
    pub fn capacity(&self) -> usize {
        self.memory.capacity()
    }
}
