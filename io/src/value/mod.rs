//! Texts of single values, both ways. What is null and what is quoted is the formats' affair.

pub(crate) mod duration;
pub(crate) mod float;
pub(crate) mod int;
pub(crate) mod timestamp;
mod word;

pub(crate) use word::{Word, load16};

use crate::bad::BadRowReason;

/// A value of a fixed width, or why there is none.
pub(crate) type Parsed<T> = Result<T, BadRowReason>;

/// Why a text is no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wrong {
    /// It is not of the form.
    Form,
    /// It is not of the form, and what would be.
    Hint(&'static str),
    /// It is, but the type cannot hold it.
    Range,
}

impl Wrong {
    /// The reason to report for `text`.
    pub(crate) fn reason(self, ty: portent_rt::Type, text: &[u8]) -> BadRowReason {
        match self {
            Wrong::Form => BadRowReason::not_a(ty, text),
            Wrong::Hint(hint) => BadRowReason::not_a_because(ty, text, hint),
            Wrong::Range => BadRowReason::out_of_range(ty, text),
        }
    }
}
