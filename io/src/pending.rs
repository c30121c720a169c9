//! Bad rows that were found and are still to be reported, in the order of the input.

use std::ops::Range;

use crate::bad::{BadRow, BadRowReason};

/// A bad row of the block at hand.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) line: u64,
    /// Where it stands in the block, without its line ending.
    pub(crate) text: Range<usize>,
    /// The event type and the field at fault.
    pub(crate) field: Option<(usize, usize)>,
    pub(crate) reason: BadRowReason,
}

impl Pending {
    /// A row without a field at fault.
    pub(crate) fn row(line: u64, text: Range<usize>, reason: BadRowReason) -> Self {
        Self { line, text, field: None, reason }
    }
}

/// Reports those of `pending` that stand before line `end` and forgets them; returns how many.
pub(crate) fn report<'n>(
    pending: &mut Vec<Pending>,
    end: u64,
    block: &[u8],
    field_name: impl Fn(usize, usize) -> &'n str,
    bad: &mut dyn FnMut(BadRow<'_>),
) -> usize {
    pending.sort_by_key(|pending| pending.line);
    let count = pending.partition_point(|pending| pending.line < end);
    for Pending { line, text, field, reason } in pending.drain(..count) {
        let field = field.map(|(ty, field)| field_name(ty, field));
        bad(BadRow { line, field, reason, text: trim_line_end(&block[text]) });
    }
    count
}

/// `line` without a line feed, or carriage return and line feed, at its end.
pub(crate) fn trim_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
