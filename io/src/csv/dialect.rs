//! What a CSV field says: nulls, quotes, and the spellings that CSV files have for values.

use std::borrow::Cow;

use memchr::memchr;
use portent_rt::{FieldSchema, Type};

use crate::bad::BadRowReason;
use crate::cell::Cell;
use crate::decode::{Dialect, Scalar};
use crate::value::{Parsed, Wrong, duration, float, int, timestamp};

/// CSV with given texts for null.
pub(super) struct CsvDialect {
    nulls: Nulls,
    numbers_may_be_null: bool,
}

impl CsvDialect {
    pub(super) fn new(nulls: &[String]) -> Self {
        let looks_like_value = |text: &String| {
            let text = text.as_bytes();
            int::parse(text).is_ok()
                || float::parse(text).is_ok_and(f64::is_finite)
                || timestamp::parse(text).is_ok()
                || matches!(text, b"true" | b"false")
        };
        Self { numbers_may_be_null: nulls.iter().any(looks_like_value), nulls: Nulls::new(nulls) }
    }
}

impl Dialect for CsvDialect {
    fn numbers_may_be_null(&self) -> bool {
        self.numbers_may_be_null
    }

    fn value(&self, field: &FieldSchema, block: &[u8], cell: Cell) -> Parsed<Option<Scalar>> {
        let unquoted = unquote(cell.of(block))?;
        let text = unquoted.trim_ascii();
        if self.nulls.contain(text) {
            return if field.nullable { Ok(None) } else { Err(BadRowReason::Null) };
        }
        if text.is_empty() {
            return Err(BadRowReason::not_a_because(field.ty, text, "it is empty"));
        }
        let value = match field.ty {
            Type::Bool => bool(text).map(Scalar::Bool),
            Type::F64 => float::parse(text).map(Scalar::F64),
            Type::I64 => int::parse(text).map(Scalar::I64),
            Type::Timestamp => match int::parse(text) {
                Ok(count) => count.checked_mul(field.unit.nanos()).ok_or(Wrong::Range),
                Err(Wrong::Range) => Err(Wrong::Range),
                Err(_) => timestamp::parse(text),
            }
            .map(Scalar::I64),
            Type::Duration => match int::parse(text) {
                Err(Wrong::Form | Wrong::Hint(_)) => duration::parse(text),
                nanos => nanos,
            }
            .map(Scalar::I64),
            Type::Str => unreachable!("text is not of a fixed width"),
        };
        value.map(Some).map_err(|wrong| wrong.reason(field.ty, text))
    }

    #[inline(always)]
    fn plain_text(&self, block: &[u8], cell: Cell, nullable: bool) -> Option<Cell> {
        let first = *block.get(cell.start as usize)?;
        if first == b'"' && cell.len() != 0 {
            // What is in quotes is text, whatever it says.
            let inner = without_quotes(cell, block);
            return (inner != cell && memchr(b'"', inner.of(block)).is_none()).then_some(inner);
        }
        let may_be_null = nullable && self.nulls.may_contain(first, cell.len());
        (!may_be_null).then_some(cell)
    }

    fn text<'a>(&self, field: &FieldSchema, block: &'a [u8], cell: Cell) -> Parsed<Option<Cow<'a, str>>> {
        let raw = cell.of(block);
        if field.nullable && self.nulls.contain(raw) {
            return Ok(None);
        }
        let text = match unquote(raw)? {
            Cow::Borrowed(text) => str::from_utf8(text).ok().map(Cow::Borrowed),
            Cow::Owned(text) => String::from_utf8(text).ok().map(Cow::Owned),
        };
        text.map(Some).ok_or(BadRowReason::NotUtf8)
    }
}

/// The cell between its quotes, if it begins and ends with one. For a value of a fixed width, which has no quote
/// in it, that is all there is to quotes.
#[inline(always)]
pub(super) fn without_quotes(cell: Cell, block: &[u8]) -> Cell {
    let (start, len) = (cell.start as usize, cell.len());
    match len >= 2 && block[start] == b'"' && block[start + len - 1] == b'"' {
        true => Cell::new(start + 1, start + len - 1),
        false => cell,
    }
}

fn bool(text: &[u8]) -> Result<bool, Wrong> {
    match text {
        b"true" | b"TRUE" | b"True" | b"t" | b"1" => Ok(true),
        b"false" | b"FALSE" | b"False" | b"f" | b"0" => Ok(false),
        _ => Err(Wrong::Hint("write true or false, t or f, 1 or 0")),
    }
}

/// The text of a field: what is between the quotes if it begins with one, with doubled quotes made single.
pub(super) fn unquote(raw: &[u8]) -> Parsed<Cow<'_, [u8]>> {
    let [b'"', body @ ..] = raw else { return Ok(Cow::Borrowed(raw)) };
    let Some(first) = memchr(b'"', body) else { return Err(BadRowReason::UnclosedQuote) };
    if first + 1 == body.len() {
        return Ok(Cow::Borrowed(&body[..first]));
    }
    let (mut text, mut rest) = (Vec::new(), body);
    loop {
        let Some(quote) = memchr(b'"', rest) else { return Err(BadRowReason::UnclosedQuote) };
        match rest.get(quote + 1) {
            Some(b'"') => text.extend_from_slice(&rest[..=quote]),
            Some(_) => return Err(BadRowReason::TextAfterQuote),
            None => {
                text.extend_from_slice(&rest[..quote]);
                return Ok(Cow::Owned(text));
            }
        }
        rest = &rest[quote + 2..];
    }
}

/// The texts for null.
struct Nulls {
    texts: Vec<Vec<u8>>,
    /// Bit `n`: one of them has `n` bytes; bit 63: or more.
    lengths: u64,
    /// Their first bytes.
    firsts: [bool; 256],
    /// Whether one of them is empty.
    empty: bool,
}

impl Nulls {
    fn new(texts: &[String]) -> Self {
        let mut firsts = [false; 256];
        texts.iter().filter_map(|text| text.bytes().next()).for_each(|first| firsts[first as usize] = true);
        Self {
            texts: texts.iter().map(|text| text.as_bytes().to_vec()).collect(),
            lengths: texts.iter().fold(0, |bits, text| bits | 1 << text.len().min(63)),
            firsts,
            empty: texts.iter().any(String::is_empty),
        }
    }

    /// Whether a text that begins with `first` and has `len` bytes needs a closer look.
    #[inline(always)]
    fn may_contain(&self, first: u8, len: usize) -> bool {
        if len == 0 {
            self.empty
        } else {
            self.lengths >> len.min(63) & 1 == 1 && self.firsts[first as usize]
        }
    }

    fn contain(&self, text: &[u8]) -> bool {
        self.texts.iter().any(|null| null == text)
    }
}

#[cfg(test)]
mod tests {
    use portent_rt::TimeUnit;

    use super::*;

    fn value(ty: Type, text: &str) -> Parsed<Option<Scalar>> {
        let field = FieldSchema { name: "x".into(), ty, nullable: true, unit: TimeUnit::Millis, used: true };
        let nulls = ["", "NA", "null"].map(str::to_owned);
        CsvDialect::new(&nulls).value(&field, text.as_bytes(), Cell::new(0, text.len()))
    }

    #[test]
    fn spellings() {
        assert_eq!(value(Type::Bool, "TRUE"), Ok(Some(Scalar::Bool(true))));
        assert_eq!(value(Type::I64, "+5"), Ok(Some(Scalar::I64(5))));
        assert_eq!(value(Type::I64, "\" 5\""), Ok(Some(Scalar::I64(5))));
        assert_eq!(value(Type::F64, "-inf"), Ok(Some(Scalar::F64(f64::NEG_INFINITY))));
        assert_eq!(value(Type::Timestamp, "-1"), Ok(Some(Scalar::I64(-1_000_000))));
        assert_eq!(value(Type::Timestamp, "1970-01-02"), Ok(Some(Scalar::I64(86_400_000_000_000))));
        assert_eq!(value(Type::Duration, "5"), Ok(Some(Scalar::I64(5))));
        assert_eq!(value(Type::Duration, "1m"), Ok(Some(Scalar::I64(60_000_000_000))));
        for null in ["", "NA", " null ", "\"NA\""] {
            assert_eq!(value(Type::I64, null), Ok(None), "{null}");
        }
        assert!(matches!(value(Type::I64, "5.0"), Err(BadRowReason::NotA { .. })));
        assert!(matches!(value(Type::Bool, "yes"), Err(BadRowReason::NotA { .. })));
        assert!(matches!(
            value(Type::Timestamp, "9223372036854775807"),
            Err(BadRowReason::OutOfRange { .. })
        ));
        assert_eq!(value(Type::I64, "\"5\"x"), Err(BadRowReason::TextAfterQuote));
    }

    #[test]
    fn quotes() {
        assert_eq!(unquote(b"\"a\"\"b\"\"\"").unwrap().as_ref(), b"a\"b\"");
        assert_eq!(unquote(b"\"\"").unwrap().as_ref(), b"");
        assert_eq!(unquote(b"a\"b").unwrap().as_ref(), b"a\"b");
        assert_eq!(unquote(b"\"a\"b"), Err(BadRowReason::TextAfterQuote));
    }

    #[test]
    fn a_number_may_be_a_null_text() {
        assert!(CsvDialect::new(&["-999".into()]).numbers_may_be_null);
        assert!(!CsvDialect::new(&["NaN".into(), "-".into()]).numbers_may_be_null);
    }
}
