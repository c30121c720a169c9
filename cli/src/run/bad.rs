//! Bad rows: counted by cause, the first few shown, kept in a file if that is wanted.

use super::progress::Progress;
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::term;
use portent_io::{BadRow, BadRowReason};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    /// The first error; after it nothing more is written.
    failed: Option<io::Error>,
}

/// The bad rows, whichever thread has failed meanwhile.
pub(crate) fn lock(bad: &Mutex<BadRows>) -> MutexGuard<'_, BadRows> {
    bad.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BadRows {
    /// None so far.
    pub(crate) fn new(args: &RunArgs, progress: Progress) -> Result<Self, Failure> {
        let keep = args.bad_rows.as_ref().map(|path| {
            let name = path.display().to_string();
            let file = File::create(path).map_err(|error| Failure::writing(&name, &error))?;
            Ok(Keep { name, file: BufWriter::new(file), failed: None })
        });
        let keep = keep.transpose()?;
        Ok(Self { strict: args.strict, quiet: args.quiet, progress, keep, count: 0, causes: BTreeMap::new() })
    }

    /// Notes a row of an input. Under `--strict` the message to stop with.
    pub(crate) fn report(&mut self, input: &str, row: &BadRow<'_>) -> Option<String> {
        if let Some(keep) = &mut self.keep {
            keep.write(row.text);
        }
        self.note(input, row, || cause(row))
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
