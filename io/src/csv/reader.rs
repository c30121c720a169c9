//! The CSV reader: takes rows from the window, decodes them, and finds its way after rows that are bad.

use std::io::{Cursor, Read};
use std::ops::Range;
use std::sync::Arc;

use memchr::memchr;
use portent_rt::{Chunk, EventSchema, Type};

use super::dialect::{CsvDialect, without_quotes};
use super::header::Header;
use super::scan::{Index, Scan};
use crate::bad::{BadRow, BadRowReason};
use crate::buffer::Buffer;
use crate::cell::{BLOCK_BYTES_MAX, Cell};
use crate::decode::{Decode, Failure};
use crate::error::ReadError;
use crate::pending::{self, Pending, trim_line_end};
use crate::position::{Position, Texts};
use crate::reader::{ROW_BYTES_MAX, ReadOutcome, Reader};

/// Text that is indexed at once: with its index it stays in the second-level cache while the columns are
/// decoded one after the other.
const INDEXED_BYTES: usize = 64 << 10;

/// How often a reader goes back to the line after a quote that is never closed. Each time may cost a scan of
/// a row of the greatest size, so the number is bounded; after that such a quote swallows what follows it.
const RESUMPTIONS_MAX: u32 = 64;

/// How CSV text is read.
#[derive(Clone, Debug)]
pub struct CsvOptions {
    /// Texts that are null: empty, `NA` and `null`, unless others are given.
    pub nulls: Vec<String>,
    /// What stands between fields, one ASCII character: a comma, unless another is given.
    pub delimiter: u8,
    /// The longest row, in bytes. At most 1 GiB.
    pub row_bytes_max: usize,
    /// Whether to return as soon as the device gave a whole row, rather than wait for as many as asked for.
    pub live: bool,
}

impl Default for CsvOptions {
    fn default() -> Self {
        let nulls = ["", "NA", "null"].map(str::to_owned).to_vec();
        Self { nulls, delimiter: b',', row_bytes_max: ROW_BYTES_MAX, live: true }
    }
}

/// Reads events of one type from CSV with a header.
pub struct CsvReader {
    buffer: Buffer,
    options: CsvOptions,
    schema: EventSchema,
    type_number: usize,
    types: usize,
    dialect: CsvDialect,
    /// There once the header was read.
    header: Option<Header>,
    /// It, as it stands in the input.
    header_text: Option<Arc<[u8]>>,
    index: Index,
    /// Rows of the indexed text that have as many fields as the header; those before `next` were taken.
    rows: Vec<Row>,
    next: usize,
    /// Bytes of the window that were made into rows, or dropped.
    done: usize,
    /// The line on which the next row to be indexed starts.
    line: u64,
    pending: Vec<Pending>,
    failures: Vec<Failure>,
    /// Whether the window begins in a line that is over the limit and was reported.
    skipping: bool,
    resumptions: u32,
    /// The rows that were appended, if they are kept.
    texts: Option<Texts>,
}

/// A row of the index.
#[derive(Clone, Copy)]
struct Row {
    /// The number of its first field.
    first: u32,
    line: u64,
}

impl CsvReader {
    /// A reader of events of type `schema`, which has number `type_number` among the `types` of the program.
    /// The header is read with the first rows.
    pub fn new(
        read: Box<dyn Read + Send>,
        schema: &EventSchema,
        type_number: usize,
        types: usize,
        mut options: CsvOptions,
    ) -> Self {
        options.row_bytes_max = options.row_bytes_max.min(BLOCK_BYTES_MAX);
        Self {
            buffer: Buffer::new(read),
            schema: schema.clone(),
            type_number,
            types,
            dialect: CsvDialect::new(&options.nulls),
            options,
            header: None,
            header_text: None,
            index: Index::default(),
            rows: Vec::new(),
            next: 0,
            done: 0,
            line: 1,
            pending: Vec::new(),
            failures: Vec::new(),
            skipping: false,
            resumptions: 0,
            texts: None,
        }
    }

    /// A reader that goes on at a position of an earlier one, over bytes that begin there.
    ///
    /// # Errors
    /// If the header that the position has does not suit the event type.
    pub fn resume(
        read: Box<dyn Read + Send>,
        schema: &EventSchema,
        type_number: usize,
        types: usize,
        options: CsvOptions,
        position: &Position,
    ) -> Result<Self, ReadError> {
        let header = position.header.as_deref().unwrap_or_default().to_vec();
        let read = Box::new(Cursor::new(header).chain(read));
        let mut reader = Self::new(read, schema, type_number, types, options);
        if position.header.is_some() {
            reader.read_header()?;
        }
        reader.buffer.begins_at(position.bytes);
        reader.line = position.line;
        reader.skipping = position.in_long_line;
        reader.resumptions = position.unclosed_quotes;
        Ok(reader)
    }

    const fn scan(&self) -> Scan {
        Scan { delimiter: self.options.delimiter, enough: INDEXED_BYTES }
    }

    /// Reads the header; whether there is one.
    fn read_header(&mut self) -> Result<bool, ReadError> {
        while self.header.is_none() {
            let len = self.buffer.len();
            self.scan().run(self.buffer.padded(), len, &mut self.index);
            let Some(&end) = self.index.row_ends.first() else {
                if len > self.options.row_bytes_max {
                    return Err(ReadError::BadHeader { what: "it is too long" });
                }
                if self.buffer.ended() {
                    return match len {
                        0 => Ok(false),
                        _ => Err(ReadError::BadHeader { what: "its quotes do not match" }),
                    };
                }
                self.buffer.fill_line(self.options.row_bytes_max)?;
                continue;
            };
            if self.buffer.take_byte_order_mark() {
                continue;
            }
            let bounds = &self.index.bounds()[..=end as usize];
            let header = &self.buffer.window()[..bounds[end as usize] as usize];
            self.line += memchr::memchr_iter(b'\n', header).count() as u64;
            let cells = bounds.windows(2).map(|pair| &header[pair[0] as usize..pair[1] as usize - 1]);
            if !trim_line_end(header).is_empty() {
                self.header = Some(Header::new(cells.map(trim_line_end), &self.schema)?);
                self.header_text = Some(header.into());
            }
            self.buffer.take(header.len());
        }
        Ok(true)
    }

    /// Takes what was done off the window and indexes rows of the rest. Whether there was anything to do.
    fn index_rows(&mut self) -> bool {
        self.buffer.take(std::mem::take(&mut self.done));
        self.next = 0;
        self.rows.clear();
        if self.skipping {
            self.skip_line();
        }
        let len = self.buffer.len();
        if len == 0 {
            return false;
        }
        self.scan().run(self.buffer.padded(), len, &mut self.index);
        if !self.index.row_ends.is_empty() {
            self.collect_rows();
        } else if len <= self.options.row_bytes_max && self.buffer.ended() {
            self.drop_unclosed(len);
        }
        if self.done == 0 && len > self.options.row_bytes_max {
            self.drop_long_row();
        }
        self.done != 0
    }

    /// Sorts the indexed rows into those to decode and those of a wrong length, up to one over the limit.
    fn collect_rows(&mut self) {
        let columns = self.header.as_ref().map_or(0, |header| header.columns);
        let (bounds, window) = (self.index.bounds(), self.buffer.window());
        let mut quoted = self.index.quoted_line_feeds.iter().peekable();
        let mut first = 0;
        for &end in &self.index.row_ends {
            let text = bounds[first] as usize..bounds[end as usize] as usize;
            if text.len() > self.options.row_bytes_max {
                break;
            }
            let line = self.line;
            self.line += 1;
            while quoted.next_if(|&&at| (at as usize) < text.end).is_some() {
                self.line += 1;
            }
            self.done = text.end;
            let fields = end as usize - first;
            let blank = fields == 1 && text.len() <= 2 && trim_line_end(&window[text.clone()]).is_empty();
            if fields == columns && !blank {
                self.rows.push(Row { first: first as u32, line });
            } else if !blank {
                let reason = BadRowReason::FieldCount { expected: columns, found: fields };
                self.pending.push(Pending::row(line, text, reason));
            }
            first = end as usize;
        }
    }

    /// Drops the row at the start of the window, which is over the limit. What is done about it depends on
    /// the bytes up to the limit alone, not on how much more was read.
    fn drop_long_row(&mut self) {
        let limit = self.options.row_bytes_max;
        self.scan().run(self.buffer.padded(), limit, &mut self.index);
        let resumable = self.index.ends_quoted && self.resumptions < RESUMPTIONS_MAX;
        if resumable && memchr(b'\n', &self.buffer.window()[..limit]).is_some() {
            return self.drop_unclosed(limit);
        }
        self.skipping = true;
        self.drop_text(0..limit, BadRowReason::TooLong { limit });
    }

    /// Drops the first line of a row whose quote is not closed within `len` bytes, so that one stray quote
    /// costs one line.
    fn drop_unclosed(&mut self, len: usize) {
        let first_line = memchr(b'\n', &self.buffer.window()[..len]).map_or(len, |at| at + 1);
        let end = if self.resumptions < RESUMPTIONS_MAX { first_line } else { len };
        self.resumptions = self.resumptions.saturating_add(1);
        self.drop_text(0..end, BadRowReason::UnclosedQuote);
    }

    fn drop_text(&mut self, text: Range<usize>, reason: BadRowReason) {
        self.done = text.end;
        self.pending.push(Pending::row(self.line, text.clone(), reason));
        self.line += memchr::memchr_iter(b'\n', &self.buffer.window()[text]).count() as u64;
    }

    /// Takes the rest of a line off the window.
    fn skip_line(&mut self) {
        match memchr(b'\n', self.buffer.window()) {
            Some(at) => {
                self.buffer.take(at + 1);
                self.line += 1;
                self.skipping = false;
            }
            None => self.buffer.take(self.buffer.len()),
        }
    }

    /// Appends up to `rows_max` of the indexed rows to `chunk`. Returns how many were good.
    fn decode(&mut self, chunk: &mut Chunk, rows_max: usize) -> usize {
        let end = self.rows.len().min(self.next.saturating_add(rows_max));
        let rows = &self.rows[self.next..end];
        self.next = end;
        let start = chunk.batches[self.type_number].len;
        self.failures.clear();
        let (mut failures, mut texts) = (std::mem::take(&mut self.failures), self.texts.take());
        self.decode_columns(rows, chunk, &mut failures);
        let good = if failures.is_empty() {
            self.note(rows, chunk, texts.as_mut());
            rows.len()
        } else {
            // A row is all or nothing: the columns are decoded again without the rows that failed.
            chunk.batches[self.type_number].columns.iter_mut().for_each(|column| column.truncate(start));
            let good = self.good_rows(rows, &mut failures);
            for failure in failures.drain(..) {
                let pending = self.failed(rows[failure.row], failure);
                self.pending.push(pending);
            }
            self.decode_columns(&good, chunk, &mut failures);
            debug_assert!(failures.is_empty(), "rows without a failure decode");
            self.note(&good, chunk, texts.as_mut());
            good.len()
        };
        (self.failures, self.texts) = (failures, texts);
        chunk.batches[self.type_number].len = start + good;
        if self.types > 1 {
            chunk.arrivals.resize(chunk.arrivals.len() + good, self.type_number as u32);
        }
        good
    }

    /// Notes where the rows stand that were appended, and their texts if they are wanted.
    fn note(&self, rows: &[Row], chunk: &mut Chunk, texts: Option<&mut Texts>) {
        chunk.lines.extend(rows.iter().map(|row| row.line));
        let columns = self.header.as_ref().map_or(0, |header| header.columns);
        if let Some(texts) = texts {
            let (bounds, window) = (self.index.bounds(), self.buffer.window());
            for row in rows {
                let text = bounds[row.first as usize]..bounds[row.first as usize + columns];
                texts.push(trim_line_end(&window[text.start as usize..text.end as usize]));
            }
        }
    }

    fn decode_columns(&self, rows: &[Row], chunk: &mut Chunk, failures: &mut Vec<Failure>) {
        let Some(header) = &self.header else { return };
        let (block, bounds) = (self.buffer.padded(), self.index.bounds());
        for used in &header.used {
            let work = Decode {
                dialect: &self.dialect,
                block,
                field: &self.schema.fields[used.field],
                field_number: used.field,
                rows: rows.len(),
            };
            let cell = |row: usize| {
                let at = rows[row].first as usize + used.column;
                Cell::new(bounds[at] as usize, bounds[at + 1] as usize - 1)
            };
            let last = used.column + 1 == header.columns;
            let unquote = self.index.has_quotes && work.field.ty != Type::Str;
            let trimmed = |row| {
                let cell = if last { without_carriage_return(cell(row), block) } else { cell(row) };
                if unquote { without_quotes(cell, block) } else { cell }
            };
            let column = &mut chunk.batches[self.type_number].columns[used.field];
            // PERF: most columns need neither, which is worth a tenth of the whole.
            match last || unquote {
                true => work.run(trimmed, column, failures),
                false => work.run(cell, column, failures),
            }
        }
    }

    /// The rows without a failure; of the failures, the first of each row stays.
    fn good_rows(&self, rows: &[Row], failures: &mut Vec<Failure>) -> Vec<Row> {
        failures.sort_by_key(|failure| failure.row);
        failures.dedup_by_key(|failure| failure.row);
        let mut failed = failures.iter().map(|failure| failure.row).peekable();
        let good = rows.iter().enumerate().filter(|(row, _)| failed.next_if_eq(row).is_none());
        good.map(|(_, row)| *row).collect()
    }

    fn failed(&self, row: Row, failure: Failure) -> Pending {
        let ends = &self.index.row_ends;
        let end = ends[ends.partition_point(|&end| end <= row.first)];
        let bound = |at: u32| self.index.bounds()[at as usize] as usize;
        let field = Some((0, failure.field));
        Pending { line: row.line, text: bound(row.first)..bound(end), field, reason: failure.reason }
    }

    /// Reports the bad rows before the next row to be decoded.
    fn report(&mut self, bad: &mut dyn FnMut(BadRow<'_>)) -> usize {
        let end = self.rows.get(self.next).map_or(u64::MAX, |row| row.line);
        let name = |_, field: usize| self.schema.fields[field].name.as_str();
        pending::report(&mut self.pending, end, self.buffer.window(), name, bad)
    }
}

/// In a last column, the carriage return before the line feed is not text.
#[inline(always)]
fn without_carriage_return(cell: Cell, block: &[u8]) -> Cell {
    let (start, end) = (cell.start as usize, cell.start as usize + cell.len());
    Cell::new(start, end - usize::from(cell.len() != 0 && block[end - 1] == b'\r'))
}

impl Reader for CsvReader {
    fn read(
        &mut self,
        chunk: &mut Chunk,
        rows_max: usize,
        bad: &mut dyn FnMut(BadRow<'_>),
    ) -> Result<ReadOutcome, ReadError> {
        let mut outcome = ReadOutcome::default();
        if self.header.is_none() && !self.read_header()? {
            return Ok(ReadOutcome { end: true, ..outcome });
        }
        loop {
            outcome.rows += self.decode(chunk, rows_max - outcome.rows - outcome.bad);
            outcome.bad += self.report(bad);
            if outcome.rows + outcome.bad >= rows_max {
                return Ok(outcome);
            }
            if self.next < self.rows.len() || self.index_rows() {
                continue;
            }
            if self.buffer.ended() {
                return Ok(ReadOutcome { end: true, ..outcome });
            }
            if self.options.live && outcome.rows + outcome.bad > 0 {
                return Ok(outcome);
            }
            self.buffer.fill_line(self.options.row_bytes_max)?;
        }
    }

    fn position(&self) -> Position {
        let row = self.rows.get(self.next);
        let done = row.map_or(self.done, |row| self.index.bounds()[row.first as usize] as usize);
        Position {
            bytes: self.buffer.taken(done),
            line: row.map_or(self.line, |row| row.line),
            header: self.header_text.clone(),
            in_long_line: self.skipping,
            unclosed_quotes: self.resumptions,
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
