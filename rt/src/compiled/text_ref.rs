//! Text where it lies: in a column, in an event, or in a struct of the program's own.

use super::Symbol;

/// A text that somebody else holds. What looks at it need not know who; what keeps it copies no more than it has to.
///
#[cfg_attr(
    feature = "alloc",
    doc = r#"
```
use portent_rt::compiled::{Symbol, TextRef};

let symbol = Symbol::new("card declined by the bank");
let (held, lent) = (TextRef::Symbol(&symbol), TextRef::Str("card declined by the bank"));
assert_eq!(held.as_str(), lent.as_str());
assert_eq!(held.keep(), lent.keep());
```"#
)]
#[derive(Clone, Copy, Debug)]
pub enum TextRef<'a> {
    /// In a column or in a struct of the program's own.
    #[cfg(feature = "alloc")]
    Str(&'a str),
    /// In an event.
    Symbol(&'a Symbol),
}

impl<'a> TextRef<'a> {
    /// The text.
    #[inline]
    pub fn as_str(self) -> &'a str {
        match self {
            #[cfg(feature = "alloc")]
            Self::Str(text) => text,
            Self::Symbol(symbol) => symbol.as_str(),
        }
    }

    /// A symbol of it. Allocates if it is no symbol yet and longer than 22 bytes.
    #[inline]
    pub fn keep(self) -> Symbol {
        match self {
            #[cfg(feature = "alloc")]
            Self::Str(text) => Symbol::new(text),
            Self::Symbol(symbol) => symbol.clone(),
        }
    }
}

impl PartialEq for TextRef<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Symbol(symbol), Self::Symbol(other)) => symbol == other,
            #[cfg(feature = "alloc")]
            _ => self.as_str() == other.as_str(),
        }
    }
}

impl PartialEq<&str> for TextRef<'_> {
    #[inline]
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<Symbol> for TextRef<'_> {
    #[inline]
    fn eq(&self, other: &Symbol) -> bool {
        *self == TextRef::Symbol(other)
    }
}

impl PartialEq<TextRef<'_>> for Symbol {
    #[inline]
    fn eq(&self, other: &TextRef<'_>) -> bool {
        TextRef::Symbol(self) == *other
    }
}
