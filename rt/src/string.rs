//! Strings as 16-byte values: short ones whole, long ones as a length, a prefix and an address.
//!
//! The layout is that of Umbra and of Arrow's string views, but for the address: a long string is
//! named by a pointer in a column and by an arena offset in a run's state (state holds no pointers).
//!
//! ```text
//! head: | length: u32 | first 4 bytes |      tail: | next 8 bytes, or the address of all bytes |
//! ```
//!
//! Unused bytes are zero, so that two short strings are equal exactly if both words are.

use core::cmp::Ordering;

/// The longest string that needs no memory beside its 16 bytes.
pub const INLINE_MAX: usize = 12;

/// A string in 16 bytes. Plain data: whoever holds a long one knows which memory it points into.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct RawStr {
    /// Length in the low 32 bits, the first four bytes in the high ones.
    pub head: u64,
    /// Bytes 4 to 11, or the address of the bytes of a long string.
    pub tail: u64,
}

impl RawStr {
    /// The string of `text` if it fits in 16 bytes.
    pub fn inline(text: &[u8]) -> Option<Self> {
        (text.len() <= INLINE_MAX).then(|| {
            let mut bytes = [0u8; 16];
            bytes[..4].copy_from_slice(&(text.len() as u32).to_le_bytes());
            bytes[4..4 + text.len()].copy_from_slice(text);
            Self::from_bytes(bytes)
        })
    }

    /// A long string at `address`; `text` gives the length and the prefix.
    ///
    /// # Panics
    /// If `text` is short enough to be inline, or 4 GiB and more.
    pub fn long(text: &[u8], address: u64) -> Self {
        assert!(text.len() > INLINE_MAX, "RawStr::long: a short string is inline");
        let length = u32::try_from(text.len()).expect("RawStr::long: under 4 GiB");
        let mut head = [0u8; 8];
        head[..4].copy_from_slice(&length.to_le_bytes());
        head[4..].copy_from_slice(&text[..4]);
        Self { head: u64::from_le_bytes(head), tail: address }
    }

    fn from_bytes(bytes: [u8; 16]) -> Self {
        let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
        Self { head: word(0), tail: word(8) }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        (self.head & 0xffff_ffff) as usize
    }

    /// Whether it is the empty string.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether its bytes are elsewhere.
    pub const fn is_long(self) -> bool {
        self.len() > INLINE_MAX
    }

    /// The 16 bytes in memory order.
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.head.to_le_bytes());
        bytes[8..].copy_from_slice(&self.tail.to_le_bytes());
        bytes
    }

    /// The text.
    ///
    /// # Safety
    /// The bytes must be UTF-8, and the tail of a long string must be a pointer to `len` bytes that
    /// live and do not change for `'a`; `self` must not move or change for `'a` either.
    pub unsafe fn text<'a>(&self) -> &'a str {
        let start = if self.is_long() {
            self.tail as *const u8
        } else {
            core::ptr::from_ref(self).cast::<u8>().wrapping_add(4)
        };
        // SAFETY: the caller's: `len` bytes of UTF-8 from `start`, inline or at the tail.
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(start, self.len())) }
    }

    /// Whether two strings are the same text.
    ///
    /// # Safety
    /// As for [`RawStr::text`], of both.
    pub unsafe fn same(&self, other: &Self) -> bool {
        if self.head != other.head {
            return false;
        }
        // SAFETY: the caller's.
        !self.is_long() && self.tail == other.tail || self.is_long() && unsafe { self.text() == other.text() }
    }

    /// The order of the two texts, byte by byte.
    ///
    /// # Safety
    /// As for [`RawStr::text`], of both.
    pub unsafe fn order(&self, other: &Self) -> Ordering {
        // SAFETY: the caller's.
        unsafe { self.text().cmp(other.text()) }
    }
}
