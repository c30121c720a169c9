//! Bad rows: counted by cause, the first few shown, kept in a file if that is wanted.

use super::output;
use super::progress::Progress;
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::term;
use portent_io::{BadRow, BadRowReason};
use portent_rt::snapshot::codec::{Corrupt, Persist, Reader};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// How many are shown as they come.
const SHOWN_MAX: u64 = 5;

/// Causes that are told apart; one is of the program's fields and the format, so there are not many.
const CAUSES_MAX: usize = 1000;

/// The bad rows of all inputs.
pub(crate) struct BadRows {
    strict: bool,
    quiet: bool,
    progress: Progress,
    keep: Option<Keep>,
    count: u64,
    causes: BTreeMap<String, u64>,
}

/// The file of `--bad-rows`.
struct Keep {
    name: String,
    file: BufWriter<File>,
    /// What was written to it, runs before included.
    bytes: u64,
    /// The first error; after it nothing more is written.
    failed: Option<io::Error>,
}

/// A bad row, as it goes from the thread that reads to the one that tells.
pub(crate) struct Bad {
    /// Where and what.
    message: String,
    /// What, without what is its own.
    cause: String,
    /// As it stands in the input.
    text: Vec<u8>,
}

impl Bad {
    /// A row, with its text if that is kept.
    pub(crate) fn new(row: &BadRow<'_>, with_text: bool) -> Self {
        let text = if with_text { row.text.to_vec() } else { Vec::new() };
        Self { message: row.to_string(), cause: cause(row), text }
    }
}

/// What a run that goes on has to know of the bad rows before.
#[derive(Clone, Debug, Default)]
pub(crate) struct BadRecord {
    count: u64,
    causes: Vec<(String, u64)>,
    /// Bytes of the file.
    bytes: u64,
}

impl Persist for BadRecord {
    fn save(&self, out: &mut Vec<u8>) {
        (self.count, self.bytes).save(out);
        self.causes.save(out);
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (count, bytes) = from.read()?;
        Ok(Self { count, causes: from.read()?, bytes })
    }
}

impl BadRows {
    /// None so far, or those of a run that goes on.
    pub(crate) fn new(
        args: &RunArgs,
        progress: Progress,
        before: Option<&BadRecord>,
    ) -> Result<Self, Failure> {
        let keep = args.bad_rows.as_ref().map(|path| {
            let name = path.display().to_string();
            let bytes = before.map_or(0, |before| before.bytes);
            let file = output::file(path, before.map(|before| before.bytes))?;
            Ok(Keep { name, file: BufWriter::new(file), bytes, failed: None })
        });
        let keep = keep.transpose()?;
        let BadRecord { count, causes, .. } = before.cloned().unwrap_or_default();
        let causes = causes.into_iter().collect();
        Ok(Self { strict: args.strict, quiet: args.quiet, progress, keep, count, causes })
    }

    /// What a run has to know to go on from here. The file is to be flushed.
    pub(crate) fn record(&self) -> BadRecord {
        BadRecord {
            count: self.count,
            causes: self.causes.iter().map(|(cause, count)| (cause.clone(), *count)).collect(),
            bytes: self.keep.as_ref().map_or(0, |keep| keep.bytes),
        }
    }

    /// The file, to be brought to the disk.
    pub(crate) fn file(&self) -> Option<io::Result<File>> {
        self.keep.as_ref().map(|keep| keep.file.get_ref().try_clone())
    }

    /// Notes a row of an input. Under `--strict` the message to stop with.
    pub(crate) fn report(&mut self, input: &str, row: Bad) -> Option<String> {
        if let Some(keep) = &mut self.keep {
            keep.write(&row.text);
        }
        self.note(input, &row.message, || row.cause)
    }

    /// Notes a row that has no time, as it stands in the input.
    pub(crate) fn untimed(&mut self, input: &str, line: Option<u64>, text: &[u8]) -> Option<String> {
        if let Some(keep) = &mut self.keep {
            keep.write(text);
        }
        let message = match line {
            Some(line) => format!("line {line}: its time is null"),
            None => "a row whose time is null".to_owned(),
        };
        self.note(input, &message, || "the time is null".to_owned())
    }

    fn note(
        &mut self,
        input: &str,
        message: &dyn std::fmt::Display,
        cause: impl FnOnce() -> String,
    ) -> Option<String> {
        self.count += 1;
        if self.strict {
            return Some(format!("{input}: {message}"));
        }
        let cause = cause();
        if self.causes.len() < CAUSES_MAX || self.causes.contains_key(&cause) {
            *self.causes.entry(cause).or_default() += 1;
        }
        if self.count <= SHOWN_MAX && !self.quiet {
            self.progress.aside(|| term::warning(&format!("bad row in {input}: {message}")));
        }
        None
    }

    /// How many.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// How many of each cause, the most frequent first.
    pub(crate) fn causes(&self) -> Vec<(&str, u64)> {
        let mut causes: Vec<_> = self.causes.iter().map(|(cause, &count)| (cause.as_str(), count)).collect();
        causes.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        causes
    }

    /// Whether there are more than were shown.
    pub(crate) const fn more_than_shown(&self) -> bool {
        self.count > SHOWN_MAX
    }

    /// Writes out what is kept.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        let Some(keep) = &mut self.keep else { return Ok(()) };
        let result = match keep.failed.take() {
            Some(error) => Err(error),
            None => keep.file.flush(),
        };
        result.map_err(|error| Failure::Io(format!("cannot write to {}: {error}", keep.name)))
    }
}

impl Keep {
    fn write(&mut self, row: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.file.write_all(row).and_then(|()| self.file.write_all(b"\n")).err();
            self.bytes += row.len() as u64 + 1;
        }
    }
}

/// What is wrong with a row, without what is its own.
fn cause(row: &BadRow<'_>) -> String {
    let what = match &row.reason {
        BadRowReason::NotA { ty, .. } => format!("not of type {}", ty.name()),
        BadRowReason::OutOfRange { ty, .. } => format!("out of the range of {}", ty.name()),
        BadRowReason::FieldCount { expected, .. } => format!("not the {expected} fields of the header"),
        BadRowReason::InvalidJson { .. } => "invalid JSON".to_owned(),
        BadRowReason::UnknownType { .. } => "an event type that the rules do not read".to_owned(),
        other => other.to_string(),
    };
    match row.field {
        Some(field) => format!("field `{field}`: {what}"),
        None => what,
    }
}
