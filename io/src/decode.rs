//! A column at a time: cells to values. What the formats have in common; where they differ is [`Dialect`].
//!
//! Every value first tries the fast path of its type, which looks only at texts of the usual form and is the
//! same for all formats. What it declines goes to the dialect, which knows nulls, quotes and escapes and says
//! what is wrong.

use std::borrow::Cow;

use portent_rt::column::{StrValues, Values};
use portent_rt::{Column, FieldSchema, Type};

use crate::bad::BadRowReason;
use crate::cell::Cell;
use crate::value::{Parsed, float, int, load16, timestamp};

/// What a format says of a value that is not of the usual form.
pub(crate) trait Dialect {
    /// Whether a text that looks like a value may be null, so that nothing may take the fast path.
    fn numbers_may_be_null(&self) -> bool;

    /// The value of a cell in a field of a fixed width; nothing is null.
    fn value(&self, field: &FieldSchema, block: &[u8], cell: Cell) -> Parsed<Option<Scalar>>;

    /// The bounds of a cell's text, if it stands there as it is and is not null.
    fn plain_text(&self, block: &[u8], cell: Cell, nullable: bool) -> Option<Cell>;

    /// The text of any cell; nothing is null.
    fn text<'a>(&self, field: &FieldSchema, block: &'a [u8], cell: Cell) -> Parsed<Option<Cow<'a, str>>>;
}

/// A value of a fixed width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar {
    Bool(bool),
    I64(i64),
    F64(f64),
}

/// A row with a value that is none.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The row, among those decoded.
    pub(crate) row: usize,
    /// The field, in its event type.
    pub(crate) field: usize,
    pub(crate) reason: BadRowReason,
}

/// One column's worth of work.
pub(crate) struct Decode<'a, D> {
    pub(crate) dialect: &'a D,
    /// The text that cells point into, with padding after it.
    pub(crate) block: &'a [u8],
    pub(crate) field: &'a FieldSchema,
    pub(crate) field_number: usize,
    pub(crate) rows: usize,
}

impl<D: Dialect> Decode<'_, D> {
    /// Appends a value for each row to `column`; for a row without one a zero, and a failure.
    pub(crate) fn run(
        &self,
        cell: impl Fn(usize) -> Cell + Copy,
        column: &mut Column,
        failures: &mut Vec<Failure>,
    ) {
        let mut misses = Misses { first_row: column.len(), nulls: Vec::new(), failures };
        let unit = self.field.unit.nanos();
        let block = self.block;
        match (self.field.ty, column.values_mut()) {
            (Type::Bool, Values::Bool(values)) => {
                self.fill(values, cell, &mut misses, |cell| match cell.of(block) {
                    b"true" => Some(1),
                    b"false" => Some(0),
                    _ => None,
                })
            }
            (Type::I64, Values::I64(values)) => {
                self.fill(values, cell, &mut misses, |cell| int::fast(block, cell.start as usize, cell.len()))
            }
            (Type::F64, Values::F64(values)) => self
                .fill(values, cell, &mut misses, |cell| float::fast(block, cell.start as usize, cell.len())),
            (Type::Timestamp, Values::I64(values)) => {
                self.fill(values, cell, &mut misses, |cell| fast_timestamp(block, cell, unit))
            }
            (Type::Duration, Values::I64(values)) => {
                self.fill(values, cell, &mut misses, |cell| int::fast(block, cell.start as usize, cell.len()))
            }
            (Type::Str, Values::Str(values)) => self.fill_text(values, cell, &mut misses),
            _ => unreachable!("the column is of the field's type"),
        }
        let nulls = misses.nulls;
        column.extend_valid(nulls);
    }

    /// Values of a fixed width.
    #[inline(always)]
    fn fill<T: FromScalar>(
        &self,
        values: &mut Vec<T>,
        cell: impl Fn(usize) -> Cell,
        misses: &mut Misses<'_>,
        fast: impl Fn(Cell) -> Option<T>,
    ) {
        let slow_only = self.dialect.numbers_may_be_null();
        values.extend((0..self.rows).map(|row| {
            let cell = cell(row);
            match fast(cell) {
                Some(value) if !slow_only => value,
                _ => self.slow(row, cell, misses).map_or(T::default(), T::from_scalar),
            }
        }));
    }

    #[cold]
    fn slow(&self, row: usize, cell: Cell, misses: &mut Misses<'_>) -> Option<Scalar> {
        let value = self.dialect.value(self.field, self.block, cell);
        misses.note(self, row, value)
    }

    fn fill_text(&self, values: &mut StrValues, cell: impl Fn(usize) -> Cell, misses: &mut Misses<'_>) {
        for row in 0..self.rows {
            let cell = cell(row);
            let plain = self.dialect.plain_text(self.block, cell, self.field.nullable);
            let short =
                plain.and_then(|plain| Some((load16(self.block, plain.start as usize)?, plain.len())));
            if !short.is_some_and(|(window, len)| values.push_ascii(window, len)) {
                self.push_long(row, cell, plain, values, misses);
            }
        }
    }

    /// Text that is long, not ASCII, or not as it stands.
    #[inline(never)]
    fn push_long(
        &self,
        row: usize,
        cell: Cell,
        plain: Option<Cell>,
        values: &mut StrValues,
        misses: &mut Misses<'_>,
    ) {
        if let Some(text) = plain.and_then(|plain| str::from_utf8(plain.of(self.block)).ok()) {
            return values.push(text);
        }
        let text = self.dialect.text(self.field, self.block, cell);
        values.push(misses.note(self, row, text).as_deref().unwrap_or_default());
    }
}

/// A timestamp of the usual form: an integer, or RFC 3339 in whole seconds and UTC, quoted or not.
#[inline(always)]
fn fast_timestamp(block: &[u8], cell: Cell, unit: i64) -> Option<i64> {
    let (start, len) = (cell.start as usize, cell.len());
    match len {
        20 => timestamp::fast(block, start, 20),
        22 if block.get(start) == Some(&b'"') && block.get(start + 21) == Some(&b'"') => {
            timestamp::fast(block, start + 1, 20)
        }
        _ => int::fast(block, start, len)?.checked_mul(unit),
    }
}

/// The rows of a column that are null or bad.
struct Misses<'a> {
    /// Rows of the column before this work.
    first_row: usize,
    nulls: Vec<usize>,
    failures: &'a mut Vec<Failure>,
}

impl Misses<'_> {
    fn note<T, D>(&mut self, work: &Decode<'_, D>, row: usize, value: Parsed<Option<T>>) -> Option<T> {
        match value {
            Ok(Some(value)) => return Some(value),
            Ok(None) => self.nulls.push(self.first_row + row),
            Err(reason) => self.failures.push(Failure { row, field: work.field_number, reason }),
        }
        None
    }
}

/// What a column of a fixed width holds.
trait FromScalar: Default {
    fn from_scalar(scalar: Scalar) -> Self;
}

impl FromScalar for u8 {
    fn from_scalar(scalar: Scalar) -> Self {
        let Scalar::Bool(value) = scalar else { unreachable!("a dialect gives what the field holds") };
        u8::from(value)
    }
}

impl FromScalar for i64 {
    fn from_scalar(scalar: Scalar) -> Self {
        let Scalar::I64(value) = scalar else { unreachable!("a dialect gives what the field holds") };
        value
    }
}

impl FromScalar for f64 {
    fn from_scalar(scalar: Scalar) -> Self {
        let Scalar::F64(value) = scalar else { unreachable!("a dialect gives what the field holds") };
        value
    }
}
