//! Matches as JSON lines: `{"type":"CardTesting","ts":"2026-01-01T10:00:00.5Z","card":"c1"}`.

use std::io::{self, Write};

use portent_rt::{Matches, OutputSchema};

use super::text::{Field, string};
use super::{WRITTEN_BYTES, Writer, write_out};
use crate::value::timestamp;

/// Writes matches as JSON lines, which can be the input of another run.
///
/// Timestamps are RFC 3339 in UTC, durations texts like `1h30m`; a double that is not finite is null. Whole events are
/// objects, lists are arrays.
pub struct JsonLinesWriter {
    rules: Vec<Rule>,
    text: Vec<u8>,
    written: u64,
}

/// What a rule emits, ready to be written.
struct Rule {
    /// All before the time: `{"type":"CardTesting","ts":"`.
    head: Vec<u8>,
    fields: Vec<Field>,
}

impl JsonLinesWriter {
    /// A writer of what the given rules emit.
    pub fn new(schemas: &[OutputSchema]) -> Self {
        let rule = |schema: &OutputSchema| {
            let mut head = b"{\"type\":".to_vec();
            string(&schema.name, &mut head);
            head.extend_from_slice(b",\"ts\":\"");
            Rule { head, fields: schema.fields.iter().map(Field::new).collect() }
        };
        Self { rules: schemas.iter().map(rule).collect(), text: Vec::new(), written: 0 }
    }
}

impl Writer for JsonLinesWriter {
    fn write(&mut self, matches: &Matches, out: &mut dyn Write) -> io::Result<()> {
        for at in &matches.order {
            let (rule, batch) = (&self.rules[at.rule as usize], &matches.outputs[at.rule as usize]);
            let (text, row) = (&mut self.text, at.row as usize);
            text.extend_from_slice(&rule.head);
            timestamp::write(batch.ts[row], text);
            text.push(b'"');
            for field in &rule.fields {
                text.push(b',');
                text.extend_from_slice(&field.key);
                field.value(&batch.columns, row, text);
            }
            text.extend_from_slice(b"}\n");
            if text.len() >= WRITTEN_BYTES {
                write_out(text, &mut self.written, out)?;
            }
        }
        write_out(&mut self.text, &mut self.written, out)
    }

    fn bytes(&self) -> u64 {
        self.written
    }

    fn resume(&mut self, bytes: u64) {
        self.written = bytes;
    }
}
