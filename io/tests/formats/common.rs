//! What the tests of readers and writers share: schemas in short, rows as values, slow devices.

use std::io::{self, Read};

use portent_io::{CsvOptions, CsvReader, JsonLinesReader, JsonOptions, Reader};
use portent_rt::{Chunk, EventSchema, FieldSchema, TimeUnit, Type, Value};

/// An event type from fields like `price: f64?`; a name that begins with `_` is of a field that no rule reads.
pub(crate) fn schema(name: &str, fields: &str) -> EventSchema {
    let field = |text: &str| {
        let (name, ty) = text.trim().split_once(": ").expect("name: type");
        let (ty, nullable) = (ty.trim_end_matches('?'), ty.ends_with('?'));
        let (ty, unit) = match ty {
            "bool" => (Type::Bool, TimeUnit::Nanos),
            "i64" => (Type::I64, TimeUnit::Nanos),
            "f64" => (Type::F64, TimeUnit::Nanos),
            "str" => (Type::Str, TimeUnit::Nanos),
            "timestamp" => (Type::Timestamp, TimeUnit::Nanos),
            "timestamp(s)" => (Type::Timestamp, TimeUnit::Seconds),
            "duration" => (Type::Duration, TimeUnit::Nanos),
            _ => panic!("no type {ty}"),
        };
        FieldSchema { name: name.into(), ty, nullable, unit, used: !name.starts_with('_') }
    };
    EventSchema { name: name.into(), fields: fields.split(',').map(field).collect() }
}

/// A device that gives at most so many bytes at a time.
pub(crate) struct Dribble {
    pub(crate) text: Vec<u8>,
    pub(crate) at: usize,
    pub(crate) bytes_max: usize,
}

impl Read for Dribble {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = into.len().min(self.bytes_max).min(self.text.len() - self.at);
        into[..count].copy_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// All that a reader says of an input.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Said {
    /// Line, type number, values of the used fields.
    pub(crate) rows: Vec<(u64, u32, Vec<Value>)>,
    /// Line, message, text.
    pub(crate) bad: Vec<(u64, String, Vec<u8>)>,
}

impl Said {
    pub(crate) fn lines(&self) -> Vec<u64> {
        self.rows.iter().map(|row| row.0).collect()
    }

    /// The messages of the bad rows.
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.bad.iter().map(|bad| bad.1.as_str()).collect()
    }

    /// The values of one field, by number among the used ones.
    pub(crate) fn field(&self, field: usize) -> Vec<Value> {
        self.rows.iter().map(|row| row.2[field].clone()).collect()
    }
}

/// Reads all of an input, `rows_max` rows at a time, with one chunk for all.
pub(crate) fn read_all(reader: &mut dyn Reader, schemas: &[EventSchema], rows_max: usize) -> Said {
    let mut said = Said::default();
    let mut chunk = Chunk::new(schemas);
    loop {
        let (before, bad_before) = (chunk.len(), said.bad.len());
        let outcome = reader
            .read(&mut chunk, rows_max, &mut |bad| {
                said.bad.push((bad.line, bad.to_string(), bad.text.to_vec()))
            })
            .expect("a readable input");
        assert!(outcome.rows <= rows_max);
        assert_eq!((chunk.len() - before, said.bad.len() - bad_before), (outcome.rows, outcome.bad));
        assert!(outcome.end || outcome.rows + outcome.bad > 0, "progress or the end");
        if outcome.end {
            break;
        }
    }
    let mut next = vec![0; schemas.len()];
    assert_eq!(chunk.lines.len(), chunk.len());
    for (index, &line) in chunk.lines.iter().enumerate() {
        let ty = if schemas.len() > 1 { chunk.arrivals[index] } else { 0 };
        let used = schemas[ty as usize].fields.iter().zip(&chunk.batches[ty as usize].columns);
        let used = used.filter(|(field, column)| {
            assert_eq!(column.len(), if field.used { chunk.batches[ty as usize].len } else { 0 });
            assert_eq!(column.validity().is_some(), field.nullable);
            assert!(column.validity().is_none_or(|bits| bits.len() == column.len()));
            field.used
        });
        let values = used.map(|(_, column)| column.get(next[ty as usize])).collect();
        said.rows.push((line, ty, values));
        next[ty as usize] += 1;
    }
    said
}

/// Reads CSV of one type.
pub(crate) fn csv(text: &[u8], fields: &str, options: CsvOptions, bytes_max: usize, rows_max: usize) -> Said {
    let schemas = [schema("Row", fields)];
    let read = Dribble { text: text.to_vec(), at: 0, bytes_max };
    read_all(&mut CsvReader::new(Box::new(read), &schemas[0], 0, 1, options), &schemas, rows_max)
}

/// Reads JSON lines.
pub(crate) fn json(
    text: &[u8],
    schemas: &[EventSchema],
    options: JsonOptions,
    bytes_max: usize,
    rows_max: usize,
) -> Said {
    let read = Dribble { text: text.to_vec(), at: 0, bytes_max };
    read_all(&mut JsonLinesReader::new(Box::new(read), schemas, options), schemas, rows_max)
}
