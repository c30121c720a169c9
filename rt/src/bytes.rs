//! A bump arena for the bytes of long strings: what it hands out stays where it is until `clear`.

use alloc::vec::Vec;

const CHUNK_BYTES: usize = 16 * 1024;

/// Bytes at stable addresses, freed together.
///
/// Invariant: no chunk ever grows past its capacity, so that pointers into it stay valid until
/// [`ByteArena::clear`].
#[derive(Debug, Default)]
pub struct ByteArena {
    chunks: Vec<Vec<u8>>,
    current: usize,
}

impl ByteArena {
    /// An arena without memory.
    pub const fn new() -> Self {
        Self { chunks: Vec::new(), current: 0 }
    }

    /// Copies `bytes` in and returns where they are now.
    pub fn push(&mut self, bytes: &[u8]) -> *const u8 {
        let chunk = self.room(bytes.len());
        let start = chunk.len();
        chunk.extend_from_slice(bytes);
        chunk[start..].as_ptr()
    }

    /// A chunk with room for `len` more bytes. Chunks that `clear` emptied are used again.
    fn room(&mut self, len: usize) -> &mut Vec<u8> {
        while self.current < self.chunks.len() {
            let chunk = &self.chunks[self.current];
            if chunk.capacity() - chunk.len() >= len {
                break;
            }
            self.current += 1;
        }
        if self.current == self.chunks.len() {
            self.chunks.push(Vec::with_capacity(len.max(CHUNK_BYTES)));
        }
        &mut self.chunks[self.current]
    }

    /// Forgets everything, keeping the memory. Every pointer handed out is dead.
    pub fn clear(&mut self) {
        self.chunks.iter_mut().for_each(Vec::clear);
        self.current = 0;
    }

    /// Bytes held, used or not.
    pub fn capacity(&self) -> usize {
        self.chunks.iter().map(Vec::capacity).sum()
    }
}
