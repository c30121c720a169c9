//! What a JSON value says, of each type.

use std::borrow::Cow;

use portent_rt::{FieldSchema, Type};

use super::string::unescape;
use crate::bad::BadRowReason;
use crate::cell::Cell;
use crate::decode::{Dialect, Scalar};
use crate::value::{Parsed, Wrong, duration, float, int, timestamp};

/// JSON. Cells are whole values, strings with their quotes, and the grammar has passed them.
pub(super) struct JsonDialect;

impl Dialect for JsonDialect {
    #[inline(always)]
    fn numbers_may_be_null(&self) -> bool {
        false
    }

    fn value(&self, field: &FieldSchema, block: &[u8], cell: Cell) -> Parsed<Option<Scalar>> {
        if is_null(field, block, cell)? {
            return Ok(None);
        }
        let raw = cell.of(block);
        let value = match (field.ty, raw[0]) {
            (Type::Bool, b't') => Ok(Scalar::Bool(true)),
            (Type::Bool, b'f') => Ok(Scalar::Bool(false)),
            (Type::F64, b'-' | b'0'..=b'9') => float::parse(raw).map(Scalar::F64),
            (Type::I64 | Type::Duration, b'-' | b'0'..=b'9') => int::parse_exact(raw).map(Scalar::I64),
            (Type::Timestamp, b'-' | b'0'..=b'9') => int::parse_exact(raw)
                .and_then(|count| count.checked_mul(field.unit.nanos()).ok_or(Wrong::Range))
                .map(Scalar::I64),
            (Type::Timestamp, b'"') => timestamp::parse(string(block, cell)?.as_bytes()).map(Scalar::I64),
            (Type::Duration, b'"') => duration::parse(string(block, cell)?.as_bytes()).map(Scalar::I64),
            (Type::I64 | Type::F64, b'"') => Err(Wrong::Hint("it is text, not a number")),
            _ => Err(Wrong::Form),
        };
        value.map(Some).map_err(|wrong| wrong.reason(field.ty, raw))
    }

    #[inline(always)]
    fn plain_text(&self, block: &[u8], cell: Cell, _nullable: bool) -> Option<Cell> {
        let start = cell.start as usize;
        let plain = block.get(start) == Some(&b'"') && cell.len() >= 2 && !cell.is_escaped();
        plain.then(|| Cell::new(start + 1, start + cell.len() - 1))
    }

    fn text<'a>(&self, field: &FieldSchema, block: &'a [u8], cell: Cell) -> Parsed<Option<Cow<'a, str>>> {
        if is_null(field, block, cell)? {
            return Ok(None);
        }
        match cell.of(block) {
            [b'"', ..] => string(block, cell).map(Some),
            raw => Err(BadRowReason::not_a(field.ty, raw)),
        }
    }
}

/// Whether a value is null or not there, where it may be.
fn is_null(field: &FieldSchema, block: &[u8], cell: Cell) -> Parsed<bool> {
    match cell.of(block) {
        [] | b"null" if field.nullable => Ok(true),
        [] => Err(BadRowReason::Missing),
        b"null" => Err(BadRowReason::Null),
        _ => Ok(false),
    }
}

/// The text of a string.
pub(super) fn string(block: &[u8], cell: Cell) -> Parsed<Cow<'_, str>> {
    let raw = cell.of(block);
    let inner = &raw[1..raw.len() - 1];
    match cell.is_escaped() {
        true => unescape(inner).map(Cow::Owned),
        false => str::from_utf8(inner).map(Cow::Borrowed).map_err(|_| BadRowReason::NotUtf8),
    }
}
