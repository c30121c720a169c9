//! Bad rows: what is wrong with a row of input, in words for the person who has to mend it.
//!
//! A bad row appends nothing to the chunk and never stops the reader; failures that do are in [`crate::error`].

use std::fmt;

use portent_rt::Type;

/// The longest piece of the input that a message quotes, in characters.
const QUOTED_CHARS_MAX: usize = 40;

/// A row that was not taken.
#[derive(Clone, Debug)]
pub struct BadRow<'a> {
    /// The line on which the row starts, from 1.
    pub line: u64,
    /// The field at fault, if it is one.
    pub field: Option<&'a str>,
    /// What is wrong.
    pub reason: BadRowReason,
    /// The row as it stands in the input, without its line ending. Of a row over the size limit, what was read.
    pub text: &'a [u8],
}

impl fmt::Display for BadRow<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(out, "line {}: field `{field}`: {}", self.line, self.reason),
            None => write!(out, "line {}: {}", self.line, self.reason),
        }
    }
}

/// What is wrong with a row. Texts are shortened to what a message can show.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BadRowReason {
    /// A value that is not one of its field's type.
    NotA {
        /// The field's type.
        ty: Type,
        /// What is there instead.
        text: String,
        /// What would be right, where that is not plain.
        hint: Option<&'static str>,
    },
    /// A number or time that its type cannot hold.
    OutOfRange {
        /// The field's type.
        ty: Type,
        /// The value.
        text: String,
    },
    /// Null where none may be.
    Null,
    /// A key that is missing where the field may not be null (JSON).
    Missing,
    /// Text that is not UTF-8.
    NotUtf8,
    /// A row with too few or too many fields (CSV).
    FieldCount {
        /// Columns of the header.
        expected: usize,
        /// Fields of the row.
        found: usize,
    },
    /// A quote that is opened and not closed before the end of the input or the size limit (CSV).
    UnclosedQuote,
    /// Text between a closing quote and the next delimiter (CSV).
    TextAfterQuote,
    /// A row longer than the reader takes.
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Not JSON.
    InvalidJson {
        /// What is wrong.
        what: &'static str,
        /// Where, in bytes from the start of the line, from 1.
        column: usize,
    },
    /// JSON, but not an object.
    NotAnObject,
    /// No type field, and more than one type that the row could be.
    NoType {
        /// The name of the type field.
        field: String,
    },
    /// A type that no rule takes as input.
    UnknownType {
        /// The type.
        name: String,
        /// Input types of similar names.
        similar: Vec<String>,
    },
    /// Two type fields that differ.
    TwoTypes,
}

impl BadRowReason {
    /// `text` is not a `ty`.
    pub(crate) fn not_a(ty: Type, text: &[u8]) -> Self {
        Self::NotA { ty, text: shorten(text), hint: None }
    }

    /// `text` is not a `ty`, and `hint` says what would be.
    pub(crate) fn not_a_because(ty: Type, text: &[u8], hint: &'static str) -> Self {
        Self::NotA { ty, text: shorten(text), hint: Some(hint) }
    }

    /// `text` does not fit a `ty`.
    pub(crate) fn out_of_range(ty: Type, text: &[u8]) -> Self {
        Self::OutOfRange { ty, text: shorten(text) }
    }
}

/// `text` as a message shows it: valid, printable, and not long.
pub(crate) fn shorten(text: &[u8]) -> String {
    let head = &text[..text.len().min(4 * QUOTED_CHARS_MAX)];
    let valid = String::from_utf8_lossy(head);
    let mut shown: String = valid.chars().flat_map(char::escape_debug).take(QUOTED_CHARS_MAX).collect();
    if text.len() > shown.len() && valid.chars().count() > QUOTED_CHARS_MAX || head.len() < text.len() {
        shown.push('…');
    }
    shown.replace("\\\"", "\"").replace("\\'", "'")
}

/// `a name`, with the right article.
fn article(ty: Type) -> &'static str {
    match ty {
        Type::I64 | Type::F64 => "an",
        _ => "a",
    }
}

impl fmt::Display for BadRowReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotA { ty, text, hint } => {
                write!(out, "`{text}` is not {} {}", article(*ty), ty.name())?;
                hint.map_or(Ok(()), |hint| write!(out, ": {hint}"))
            }
            Self::OutOfRange { ty, text } => write!(out, "`{text}` is out of the range of {}", ty.name()),
            Self::Null => write!(out, "null, in a field that may not be null"),
            Self::Missing => write!(out, "missing, and it may not be null"),
            Self::NotUtf8 => write!(out, "the text is not UTF-8"),
            Self::FieldCount { expected, found } => {
                write!(out, "{found} fields, where the header has {expected}")
            }
            Self::UnclosedQuote => write!(out, "a quote is opened and never closed"),
            Self::TextAfterQuote => write!(out, "text after a closing quote"),
            Self::TooLong { limit } => write!(out, "longer than {limit} bytes, the limit for a row"),
            Self::InvalidJson { what, column } => write!(out, "invalid JSON at byte {column}: {what}"),
            Self::NotAnObject => write!(out, "not a JSON object"),
            Self::NoType { field } => write!(out, "no `{field}`, which says the type of the event"),
            Self::UnknownType { name, similar } => {
                write!(out, "`{name}` is not an event type that the rules read")?;
                write!(out, "{}", DidYouMean(similar))
            }
            Self::TwoTypes => write!(out, "two type fields that differ"),
        }
    }
}

/// `; did you mean `a` or `b`?`, or nothing.
pub(crate) struct DidYouMean<'a>(pub(crate) &'a [String]);

impl fmt::Display for DidYouMean<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            write!(out, "{} `{name}`", if index == 0 { "; did you mean" } else { " or" })?;
        }
        write!(out, "{}", if self.0.is_empty() { "" } else { "?" })
    }
}

/// The names that someone who wrote `given` may have meant, nearest first, three at the most.
pub(crate) fn similar<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let given = given.to_lowercase();
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&given, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= name.chars().count().max(3) / 3)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_plain_words() {
        let reason = BadRowReason::not_a(Type::I64, b"5.0");
        assert_eq!(reason.to_string(), "`5.0` is not an i64");
        let row = BadRow { line: 7, field: Some("at"), reason: BadRowReason::Null, text: b"" };
        assert_eq!(row.to_string(), "line 7: field `at`: null, in a field that may not be null");
        let similar = similar("Carrier", ["carrier", "origin", "carriers"]);
        let reason = BadRowReason::UnknownType { name: "x".into(), similar };
        assert!(reason.to_string().ends_with("did you mean `carrier` or `carriers`?"), "{reason}");
    }

    #[test]
    fn long_and_odd_texts_are_shortened() {
        assert_eq!(shorten(b"a\tb\"c\""), "a\\tb\"c\"");
        assert_eq!(shorten(&[b'x'; 500]).chars().count(), QUOTED_CHARS_MAX + 1);
        assert_eq!(shorten(&[b'x'; 41]).chars().count(), QUOTED_CHARS_MAX + 1);
        assert_eq!(shorten(&[b'x'; 40]).chars().count(), QUOTED_CHARS_MAX);
        assert!(shorten(&[0xff; 3]).contains('\u{fffd}'));
    }
}
