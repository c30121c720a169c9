//! Matches as CSV, with a header.

use std::io::{self, Write};

use portent_rt::column::Values;
use portent_rt::{Matches, OutputSchema};

use super::text::{Field, plain};
use super::{WRITTEN_BYTES, Writer, write_out};
use crate::value::timestamp;

/// Writes matches as CSV (RFC 4180, with line feeds).
///
/// The columns are `ts` and the fields where one rule emits; where several do, `type`, `ts` and the fields
/// of all rules by name, empty where a rule does not have them. Null is empty and an empty text is `""`; a text
/// that readers take for null is quoted. Lists and whole events are JSON in a cell.
pub struct CsvWriter {
    rules: Vec<Rule>,
    /// The header, until it is written.
    header: Vec<u8>,
    /// Whether there is a column for the type.
    typed: bool,
    text: Vec<u8>,
    /// For what is to be quoted.
    scratch: Vec<u8>,
    written: u64,
}

/// What a rule emits, ready to be written.
struct Rule {
    /// The name as a cell.
    name: Vec<u8>,
    /// For each column, the rule's field.
    cells: Vec<Option<Field>>,
}

impl CsvWriter {
    /// A writer of what the given rules emit.
    pub fn new(schemas: &[OutputSchema]) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for field in schemas.iter().flat_map(|schema| &schema.fields) {
            if !names.contains(&field.name.as_str()) {
                names.push(&field.name);
            }
        }
        let rule = |schema: &OutputSchema| {
            let mut name = Vec::new();
            cell(schema.name.as_bytes(), &mut name);
            let field = |name: &&str| schema.fields.iter().find(|field| field.name == *name).map(Field::new);
            Rule { name, cells: names.iter().map(field).collect() }
        };
        let typed = schemas.len() != 1;
        let mut header = if typed { b"type,ts".to_vec() } else { b"ts".to_vec() };
        for name in &names {
            header.push(b',');
            cell(name.as_bytes(), &mut header);
        }
        header.push(b'\n');
        Self {
            rules: schemas.iter().map(rule).collect(),
            header,
            typed,
            text: Vec::new(),
            scratch: Vec::new(),
            written: 0,
        }
    }

    fn row(&mut self, matches: &Matches, rule: usize, row: usize) {
        let (rule, batch) = (&self.rules[rule], &matches.outputs[rule]);
        let out = &mut self.text;
        if self.typed {
            out.extend_from_slice(&rule.name);
            out.push(b',');
        }
        timestamp::write(batch.ts[row], out);
        for field in &rule.cells {
            out.push(b',');
            let Some(field) = field else { continue };
            if field.is_null(&batch.columns, row) {
                continue;
            }
            match field.scalar().map(|column| &batch.columns[column]) {
                Some(column) => match column.values() {
                    Values::Str(values) => cell(values.get(row).as_bytes(), out),
                    _ => plain(column, row, out),
                },
                None => {
                    self.scratch.clear();
                    field.value(&batch.columns, row, &mut self.scratch);
                    cell(&self.scratch, out);
                }
            }
        }
        out.push(b'\n');
    }
}

impl Writer for CsvWriter {
    /// Writes all of `matches`, in order; the first call writes the header before, if there are matches or not.
    fn write(&mut self, matches: &Matches, out: &mut dyn Write) -> io::Result<()> {
        self.text.append(&mut self.header);
        for at in &matches.order {
            self.row(matches, at.rule as usize, at.row as usize);
            if self.text.len() >= WRITTEN_BYTES {
                write_out(&mut self.text, &mut self.written, out)?;
            }
        }
        write_out(&mut self.text, &mut self.written, out)
    }

    fn bytes(&self) -> u64 {
        self.written
    }

    fn resume(&mut self, bytes: u64) {
        self.written = bytes;
        if bytes > 0 {
            self.header.clear();
        }
    }
}

/// Appends `text` as a cell, in quotes if it would not be read as that text otherwise.
fn cell(text: &[u8], out: &mut Vec<u8>) {
    let special = |byte: &u8| matches!(byte, b'"' | b',' | b'\n' | b'\r');
    if !matches!(text, b"" | b"NA" | b"null") && !text.iter().any(special) {
        return out.extend_from_slice(text);
    }
    out.push(b'"');
    for part in text.split_inclusive(|&byte| byte == b'"') {
        out.extend_from_slice(part);
        if part.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}
