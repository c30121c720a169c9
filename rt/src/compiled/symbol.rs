//! Text that events and runs hold: cheap to copy and to compare.

#[cfg(feature = "alloc")]
use alloc::{string::String, sync::Arc};
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Deref;

/// The longest text that lies in the symbol itself, in bytes.
const INLINE: usize = 22;

/// A text of 24 bytes: up to 22 bytes of UTF-8 are in it, a longer text is shared. Cloning one never allocates. Without the
/// feature `alloc` there are only the former.
#[cfg_attr(
    feature = "alloc",
    doc = r#"
```
use portent_rt::compiled::Symbol;

let card = Symbol::new("4711");
assert_eq!(card, *"4711");
assert_eq!(card.as_str().len(), 4);
assert!(card.clone() < Symbol::from("4712"));
```"#
)]
#[derive(Clone)]
pub struct Symbol(Repr);

/// Invariant: the first `len` of `bytes` are UTF-8, `len` is at most [`INLINE`], and the others are zero.
#[derive(Clone)]
enum Repr {
    Inline {
        len: u8,
        bytes: [u8; INLINE],
    },
    #[cfg(feature = "alloc")]
    Shared(Arc<str>),
}

impl Symbol {
    /// The empty text.
    pub const EMPTY: Self = Self(Repr::Inline { len: 0, bytes: [0; INLINE] });

    /// A symbol of a text. Allocates if it is longer than 22 bytes.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn new(text: &str) -> Self {
        Self::inline(text).unwrap_or_else(|| Self(Repr::Shared(text.into())))
    }

    /// A symbol of a text of at most 22 bytes. Never allocates.
    #[inline]
    pub fn inline(text: &str) -> Option<Self> {
        let from = text.as_bytes();
        let mut bytes = [0; INLINE];
        bytes.get_mut(..from.len())?.copy_from_slice(from);
        Some(Self(Repr::Inline { len: from.len() as u8, bytes }))
    }

    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // SAFETY: the invariant of `Repr`: both are only made from whole texts.
            Repr::Inline { len, bytes } => unsafe {
                core::str::from_utf8_unchecked(&bytes[..usize::from(*len)])
            },
            #[cfg(feature = "alloc")]
            Repr::Shared(text) => text,
        }
    }
}

impl Default for Symbol {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Deref for Symbol {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Symbol {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Symbol {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

#[cfg(feature = "alloc")]
impl From<&str> for Symbol {
    #[inline]
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

#[cfg(feature = "alloc")]
impl From<String> for Symbol {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl PartialEq for Symbol {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            // PERF: bytes behind the text are zero, so all of them are compared, at a known length.
            (Repr::Inline { len, bytes }, Repr::Inline { len: other_len, bytes: other }) => {
                len == other_len && bytes == other
            }
            #[cfg(feature = "alloc")]
            (Repr::Shared(text), Repr::Shared(other)) => text == other,
            #[cfg(feature = "alloc")]
            _ => false,
        }
    }
}

impl Eq for Symbol {}

impl PartialEq<str> for Symbol {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Symbol {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Symbol {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Symbol {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn short_and_long_texts_are_what_they_were() {
        assert_eq!(size_of::<Symbol>(), 24);
        for length in [0, 1, 21, 22, 23, 100] {
            let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
            let symbol = Symbol::new(&text);
            assert_eq!(symbol.to_string(), text);
            assert_eq!(symbol, symbol.clone());
            assert!(symbol == *text && symbol < Symbol::new(&(text + "a")));
        }
    }
}
