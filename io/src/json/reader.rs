//! The reader of JSON lines: takes lines from the window, scans and decodes them.

use std::io::Read;

use memchr::{memchr, memrchr};
use portent_rt::{Chunk, EventSchema};

use super::dialect::JsonDialect;
use super::scan::{RowError, Rows, Scanned, Scanner};
use super::syntax::line_end;
use crate::bad::{BadRow, BadRowReason};
use crate::buffer::Buffer;
use crate::cell::BLOCK_BYTES_MAX;
use crate::decode::{Decode, Failure};
use crate::error::ReadError;
use crate::pending::{self, Pending, trim_line_end};
use crate::position::{Position, Texts};
use crate::reader::{ROW_BYTES_MAX, ReadOutcome, Reader};

/// Text that is scanned before its columns are decoded, so that it is still in the cache then.
const SCANNED_BYTES: usize = 64 << 10;

/// How JSON lines are read.
#[derive(Clone, Debug)]
pub struct JsonOptions {
    /// The key whose value names the event type: `type`, unless another is given. Where there is one type, rows
    /// need not have it, and an event type that declares a field of that name has just that field.
    pub type_field: String,
    /// The number of the one type that all rows have, where the schemas are several.
    pub only_type: Option<usize>,
    /// The longest row, in bytes. At most 1 GiB.
    pub row_bytes_max: usize,
    /// Whether to return as soon as the device gave a whole row, rather than wait for as many as asked for.
    pub live: bool,
}

impl Default for JsonOptions {
    fn default() -> Self {
        Self { type_field: "type".into(), only_type: None, row_bytes_max: ROW_BYTES_MAX, live: true }
    }
}

/// Reads events of any number of types from JSON, one object a line.
pub struct JsonLinesReader {
    buffer: Buffer,
    schemas: Vec<EventSchema>,
    row_bytes_max: usize,
    live: bool,
    scanner: Scanner,
    /// What was scanned and not decoded yet, by type.
    rows: Vec<Rows>,
    arrivals: Vec<Arrival>,
    pending: Vec<Pending>,
    /// The line on which the window starts.
    line: u64,
    /// Whether the window begins in a line that is over the limit and was reported.
    skipping: bool,
    /// The rows that were appended, if they are kept.
    texts: Option<Texts>,
}

/// A row that was scanned, in the order of the input.
struct Arrival {
    ty: usize,
    line: u64,
    start: usize,
    end: usize,
    /// Whether a value of it turned out to be none.
    bad: bool,
}

impl JsonLinesReader {
    /// A reader of events of the types `schemas`; their numbers are those of the chunk's batches.
    ///
    /// # Panics
    /// If `only_type` is not a number of `schemas`.
    pub fn new(read: Box<dyn Read + Send>, schemas: &[EventSchema], options: JsonOptions) -> Self {
        let only = options.only_type.or((schemas.len() == 1).then_some(0));
        assert!(only.is_none_or(|ty| ty < schemas.len()), "only_type is one of the types");
        Self {
            buffer: Buffer::new(read),
            scanner: Scanner::new(schemas, &options.type_field, only),
            schemas: schemas.to_vec(),
            row_bytes_max: options.row_bytes_max.min(BLOCK_BYTES_MAX),
            live: options.live,
            rows: schemas.iter().map(|_| Rows::default()).collect(),
            arrivals: Vec::new(),
            pending: Vec::new(),
            line: 1,
            skipping: false,
            texts: None,
        }
    }

    /// A reader that goes on at a position of an earlier one, over bytes that begin there.
    ///
    /// # Panics
    /// As [`JsonLinesReader::new`].
    pub fn resume(
        read: Box<dyn Read + Send>,
        schemas: &[EventSchema],
        options: JsonOptions,
        position: &Position,
    ) -> Self {
        let mut reader = Self::new(read, schemas, options);
        reader.buffer.begins_at(position.bytes);
        reader.line = position.line;
        reader.skipping = position.in_long_line;
        reader
    }

    /// Scans up to `rows_max` rows of the window, or enough text; returns where it stopped.
    fn scan(&mut self, rows_max: usize) -> usize {
        self.arrivals.clear();
        for rows in &mut self.rows {
            (rows.count, _) = (0, rows.cells.clear());
        }
        let complete = memrchr(b'\n', self.buffer.window()).map_or(0, |at| at + 1);
        let text = self.buffer.padded();
        let mut at = 0;
        while at < complete.min(SCANNED_BYTES) && self.arrivals.len() < rows_max {
            let line = self.line;
            self.line += 1;
            let start = at;
            match self.scanner.row(text, start, &mut self.rows) {
                Ok(Scanned { ty, end }) if end - start < self.row_bytes_max => {
                    self.arrivals.push(Arrival { ty, line, start, end, bad: false });
                    at = end + 1;
                }
                Ok(Scanned { ty, end }) => {
                    self.rows[ty].remove_last();
                    let reason = BadRowReason::TooLong { limit: self.row_bytes_max };
                    self.pending.push(Pending::row(line, start..start + self.row_bytes_max, reason));
                    at = end + 1;
                }
                Err(error) => {
                    let end = line_end(text, start);
                    self.pending.extend(bad_line(text, start..end, line, self.row_bytes_max, error));
                    at = end + 1;
                }
            }
        }
        at
    }

    /// Appends what was scanned to `chunk`; returns how many rows were good.
    fn decode(&mut self, chunk: &mut Chunk) -> usize {
        for ty in 0..self.schemas.len() {
            if self.rows[ty].count != 0 {
                self.decode_type(ty, chunk);
            }
        }
        let good = self.arrivals.iter().filter(|arrival| !arrival.bad);
        let before = chunk.lines.len();
        chunk.lines.extend(good.clone().map(|arrival| arrival.line));
        if let Some(texts) = &mut self.texts {
            let window = self.buffer.window();
            good.clone().for_each(|row| texts.push(trim_line_end(&window[row.start..row.end])));
        }
        if self.schemas.len() > 1 {
            chunk.arrivals.extend(good.map(|arrival| arrival.ty as u32));
        }
        chunk.lines.len() - before
    }

    fn decode_type(&mut self, ty: usize, chunk: &mut Chunk) {
        let batch = &mut chunk.batches[ty];
        let mut failures = Vec::new();
        decode_columns(
            &self.schemas[ty],
            self.buffer.padded(),
            &self.rows[ty],
            &mut batch.columns,
            &mut failures,
        );
        if !failures.is_empty() {
            // A row is all or nothing: the columns are decoded again without the rows that failed.
            batch.columns.iter_mut().for_each(|column| column.truncate(batch.len));
            self.drop_failed(ty, &mut failures);
            decode_columns(
                &self.schemas[ty],
                self.buffer.padded(),
                &self.rows[ty],
                &mut batch.columns,
                &mut failures,
            );
            debug_assert!(failures.is_empty(), "rows without a failure decode");
        }
        batch.len += self.rows[ty].count;
    }

    /// Takes the rows that failed out of those of type `ty`, to be reported.
    fn drop_failed(&mut self, ty: usize, failures: &mut Vec<Failure>) {
        failures.sort_by_key(|failure| failure.row);
        failures.dedup_by_key(|failure| failure.row);
        self.rows[ty].remove(failures);
        let mut of_type: Vec<&mut Arrival> =
            self.arrivals.iter_mut().filter(|arrival| arrival.ty == ty).collect();
        for Failure { row, field, reason } in failures.drain(..) {
            let arrival = &mut of_type[row];
            arrival.bad = true;
            let text = arrival.start..arrival.end;
            self.pending.push(Pending { line: arrival.line, text, field: Some((ty, field)), reason });
        }
    }

    /// Takes a line over the limit off the window, or what is there of it. Returns whether there was one.
    fn skip_long_line(&mut self, bad: &mut dyn FnMut(BadRow<'_>)) -> bool {
        let (limit, window) = (self.row_bytes_max, self.buffer.window());
        let end = memchr(b'\n', window);
        if self.skipping {
            self.skipping = end.is_none();
            self.line += u64::from(end.is_some());
            self.buffer.take(end.map_or(window.len(), |at| at + 1));
            return false;
        }
        if end.is_some() || window.len() <= limit {
            return false;
        }
        bad(BadRow {
            line: self.line,
            field: None,
            reason: BadRowReason::TooLong { limit },
            text: trim_line_end(&window[..limit]),
        });
        self.skipping = true;
        true
    }
}

/// A line that was not scanned; nothing if it is blank.
fn bad_line(
    text: &[u8],
    at: std::ops::Range<usize>,
    line: u64,
    limit: usize,
    error: RowError,
) -> Option<Pending> {
    if trim_line_end(&text[at.clone()]).trim_ascii().is_empty() {
        return None;
    }
    if at.len() >= limit {
        return Some(Pending::row(line, at.start..at.start + limit, BadRowReason::TooLong { limit }));
    }
    let reason = match error {
        RowError::Syntax(error) => {
            BadRowReason::InvalidJson { what: error.what, column: error.at - at.start + 1 }
        }
        RowError::Reason(reason) => reason,
    };
    Some(Pending::row(line, at, reason))
}

fn decode_columns(
    schema: &EventSchema,
    block: &[u8],
    rows: &Rows,
    columns: &mut [portent_rt::Column],
    failures: &mut Vec<Failure>,
) {
    let used = schema.fields.iter().enumerate().filter(|(_, field)| field.used);
    let width = used.clone().count();
    for (slot, (field_number, field)) in used.enumerate() {
        let work = Decode { dialect: &JsonDialect, block, field, field_number, rows: rows.count };
        work.run(|row| rows.cells[row * width + slot], &mut columns[field_number], failures);
    }
}

impl Rows {
    fn width(&self) -> usize {
        self.cells.len() / self.count.max(1)
    }

    fn remove_last(&mut self) {
        self.cells.truncate(self.cells.len() - self.width());
        self.count -= 1;
    }

    /// Removes the rows of `failures`, which are in order.
    fn remove(&mut self, failures: &[Failure]) {
        let width = self.width();
        let mut failed = failures.iter().map(|failure| failure.row).peekable();
        let mut kept = 0;
        for row in 0..self.count {
            if failed.next_if_eq(&row).is_none() {
                self.cells.copy_within(row * width..(row + 1) * width, kept * width);
                kept += 1;
            }
        }
        self.cells.truncate(kept * width);
        self.count = kept;
    }
}

impl Reader for JsonLinesReader {
    fn read(
        &mut self,
        chunk: &mut Chunk,
        rows_max: usize,
        bad: &mut dyn FnMut(BadRow<'_>),
    ) -> Result<ReadOutcome, ReadError> {
        let mut outcome = ReadOutcome::default();
        loop {
            if outcome.rows + outcome.bad >= rows_max {
                return Ok(outcome);
            }
            if self.skipping {
                self.skip_long_line(bad);
            }
            self.buffer.take_byte_order_mark();
            let done = self.scan(rows_max - outcome.rows - outcome.bad);
            outcome.rows += self.decode(chunk);
            let name = |ty: usize, field: usize| self.schemas[ty].fields[field].name.as_str();
            outcome.bad += pending::report(&mut self.pending, u64::MAX, self.buffer.window(), name, bad);
            self.buffer.take(done);
            if done != 0 {
                continue;
            }
            if !self.skipping && self.skip_long_line(bad) {
                outcome.bad += 1;
                continue;
            }
            if self.buffer.ended() {
                return Ok(ReadOutcome { end: true, ..outcome });
            }
            if self.live && outcome.rows + outcome.bad > 0 {
                return Ok(outcome);
            }
            self.buffer.fill_line(self.row_bytes_max)?;
        }
    }

    fn position(&self) -> Position {
        Position {
            bytes: self.buffer.taken(0),
            line: self.line,
            in_long_line: self.skipping,
            ..Position::default()
        }
    }

    fn keep_texts(&mut self) {
        self.texts.get_or_insert_default();
    }

    fn swap_texts(&mut self, texts: &mut Texts) {
        texts.clear();
        if let Some(kept) = &mut self.texts {
            std::mem::swap(kept, texts);
        }
    }
}
