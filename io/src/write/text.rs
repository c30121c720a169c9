//! Values of columns as JSON text, appended to bytes. Also what a CSV cell holds of lists and records.

use portent_rt::column::{ListValues, Values};
use portent_rt::output::{OutputField, Shape};
use portent_rt::{Column, Type};

use crate::value::{duration, float, timestamp};

/// An emitted field, ready to be written.
pub(super) struct Field {
    /// The name as JSON, with a colon: `"total":`.
    pub(super) key: Vec<u8>,
    shape: Plan,
}

/// How a field is made up of columns: [`Shape`] with ready names.
enum Plan {
    Scalar(usize),
    List(usize),
    Record { present: Option<usize>, fields: Vec<Field> },
    Records(Vec<Field>),
}

impl Field {
    pub(super) fn new(field: &OutputField) -> Self {
        let all = |fields: &[OutputField]| fields.iter().map(Field::new).collect();
        let shape = match &field.shape {
            Shape::Scalar(column) => Plan::Scalar(*column),
            Shape::List(column) => Plan::List(*column),
            Shape::Record { present, fields } => Plan::Record { present: *present, fields: all(fields) },
            Shape::Records(fields) => Plan::Records(all(fields)),
        };
        let mut key = Vec::new();
        string(&field.name, &mut key);
        key.push(b':');
        Self { key, shape }
    }

    /// The column of a field that is one value.
    pub(super) const fn scalar(&self) -> Option<usize> {
        match self.shape {
            Plan::Scalar(column) => Some(column),
            _ => None,
        }
    }

    /// Whether the field is null in `row`.
    pub(super) fn is_null(&self, columns: &[Column], row: usize) -> bool {
        match &self.shape {
            Plan::Scalar(column) | Plan::List(column) => columns[*column].is_null(row),
            Plan::Record { present, .. } => !present.is_none_or(|present| is_true(&columns[present], row)),
            Plan::Records(_) => false,
        }
    }

    /// Appends the field's value in `row`.
    pub(super) fn value(&self, columns: &[Column], row: usize, out: &mut Vec<u8>) {
        if self.is_null(columns, row) {
            return out.extend_from_slice(b"null");
        }
        match &self.shape {
            Plan::Scalar(column) => scalar(&columns[*column], row, out),
            Plan::List(column) => {
                let (items, from, to) = list(&columns[*column], row);
                separated((b'[', b']'), from..to, out, |item, out| scalar(items, item, out));
            }
            Plan::Record { fields, .. } => record(fields, columns, row, out),
            Plan::Records(fields) => records(fields, columns, row, out),
        }
    }
}

/// Appends an object of fields.
fn record(fields: &[Field], columns: &[Column], row: usize, out: &mut Vec<u8>) {
    separated((b'{', b'}'), fields.iter(), out, |field, out| {
        out.extend_from_slice(&field.key);
        field.value(columns, row, out);
    });
}

/// Appends the objects whose fields are the items of lists of one length.
fn records(fields: &[Field], columns: &[Column], row: usize, out: &mut Vec<u8>) {
    let lists = fields.iter().map(|field| match field.shape {
        Plan::List(column) => (&field.key, list(&columns[column], row)),
        _ => unreachable!("records are made of lists"),
    });
    let count = lists.clone().next().map_or(0, |(_, (_, from, to))| to - from);
    separated((b'[', b']'), 0..count, out, |item, out| {
        separated((b'{', b'}'), lists.clone(), out, |(key, (items, from, _)), out| {
            out.extend_from_slice(key);
            scalar(items, from + item, out);
        });
    });
}

/// Appends what `write` makes of each item, with commas between and brackets around.
fn separated<T>(
    (open, close): (u8, u8),
    items: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(open);
    for (index, item) in items.enumerate() {
        if index != 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(close);
}

/// The items of a list, and which of them are of `row`.
fn list(column: &Column, row: usize) -> (&Column, usize, usize) {
    let Values::List(ListValues { offsets, child }) = column.values() else {
        unreachable!("a list field has a list column")
    };
    (child, offsets[row] as usize, offsets[row + 1] as usize)
}

fn is_true(column: &Column, row: usize) -> bool {
    matches!(column.values(), Values::Bool(values) if values[row] != 0) && !column.is_null(row)
}

/// Appends one value. A double that is no number is null: JSON has no name for it.
fn scalar(column: &Column, row: usize, out: &mut Vec<u8>) {
    if column.is_null(row) {
        return out.extend_from_slice(b"null");
    }
    match column.values() {
        Values::Str(values) => string(values.get(row), out),
        Values::F64(values) if !values[row].is_finite() => out.extend_from_slice(b"null"),
        Values::I64(_) if column.ty() != Type::I64 => {
            out.push(b'"');
            plain(column, row, out);
            out.push(b'"');
        }
        _ => plain(column, row, out),
    }
}

/// Appends the bare text of a value that is there and is not a string.
pub(super) fn plain(column: &Column, row: usize, out: &mut Vec<u8>) {
    match (column.values(), column.ty()) {
        (Values::Bool(values), _) => out.extend_from_slice(if values[row] != 0 { b"true" } else { b"false" }),
        (Values::I64(values), Type::Timestamp) => timestamp::write(values[row], out),
        (Values::I64(values), Type::Duration) => duration::write(values[row], out),
        (Values::I64(values), _) => out.extend_from_slice(itoa::Buffer::new().format(values[row]).as_bytes()),
        (Values::F64(values), _) => match values[row] {
            value if value.is_finite() => float::write(value, out),
            value if value.is_nan() => out.extend_from_slice(b"NaN"),
            value => out.extend_from_slice(if value > 0.0 { b"inf" } else { b"-inf" }),
        },
        (Values::Str(_) | Values::List(_), _) => unreachable!("text and lists have ways of their own"),
    }
}

/// Appends `text` as a JSON string.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[done..at]);
        done = at + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                let digit = |value: u8| b"0123456789abcdef"[value as usize];
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}
