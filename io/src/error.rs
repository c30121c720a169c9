//! Failures that stop a reader: of the device, and of a CSV header. A bad row is not one: see [`crate::bad`].

use std::{fmt, io};

use crate::bad::DidYouMean;

/// Why an input cannot be read (on).
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// The bytes could not be read or decompressed.
    Io(io::Error),
    /// A field that the rules read has no column in the CSV header.
    NoColumn {
        /// The event type.
        event: String,
        /// The field.
        field: String,
        /// Columns of similar names.
        similar: Vec<String>,
        /// All columns.
        header: Vec<String>,
    },
    /// Two columns of the CSV header have the same name.
    TwoColumns {
        /// The name.
        name: String,
    },
    /// The CSV header is not a row of names.
    BadHeader {
        /// What is wrong with it.
        what: &'static str,
    },
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(out, "cannot read the input: {error}"),
            Self::NoColumn { event, field, similar, header } => {
                write!(out, "the CSV header has no column `{field}`, which the rules read of `{event}`")?;
                if similar.is_empty() {
                    return write!(out, "; it has: {}", header.join(", "));
                }
                write!(out, "{}", DidYouMean(similar))
            }
            Self::TwoColumns { name } => write!(out, "the CSV header has two columns `{name}`"),
            Self::BadHeader { what } => write!(out, "the first line is not a CSV header: {what}"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}
