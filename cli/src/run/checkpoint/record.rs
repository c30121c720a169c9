//! What a checkpoint says beside the state of the rules.

use crate::run::bad::BadRecord;
use portent_io::Position;
use portent_rt::snapshot::checksum;
use portent_rt::snapshot::codec::{Corrupt, Persist, Reader, load_bytes, save_bytes};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// Bytes before a position that are looked at when a run goes on, to see that the file is still the same.
const TAIL: u64 = 4096;

/// What a run that goes on has to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// When it was made, in nanoseconds since the epoch.
    pub(crate) at: i64,
    /// Whether the run has come to its end.
    pub(crate) finished: bool,
    /// What was said on the command line, by name, as far as it is to be the same.
    pub(crate) setup: Vec<(String, String)>,
    pub(crate) inputs: Vec<InputRecord>,
    /// Bytes of matches.
    pub(crate) output_bytes: u64,
    /// Bytes of late events.
    pub(crate) late_bytes: u64,
    pub(crate) bad: BadRecord,
}

/// Where an input goes on.
#[derive(Clone, Debug, Default)]
pub(crate) struct InputRecord {
    pub(crate) name: String,
    pub(crate) position: Position,
    /// A hash of the bytes before it, of a file that is not compressed.
    pub(crate) tail: Option<u64>,
}

impl Persist for Record {
    fn save(&self, out: &mut Vec<u8>) {
        (self.at, self.finished).save(out);
        self.setup.save(out);
        self.inputs.save(out);
        (self.output_bytes, self.late_bytes).save(out);
        self.bad.save(out);
    }

    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (at, finished) = from.read()?;
        let (setup, inputs) = (from.read()?, from.read()?);
        let (output_bytes, late_bytes) = from.read()?;
        Ok(Self { at, finished, setup, inputs, output_bytes, late_bytes, bad: from.read()? })
    }
}

impl Persist for InputRecord {
    fn save(&self, out: &mut Vec<u8>) {
        self.name.save(out);
        self.tail.save(out);
        let Position { bytes, line, header, in_long_line, unclosed_quotes } = &self.position;
        (*bytes, *line, *in_long_line, *unclosed_quotes).save(out);
        header.is_some().save(out);
        if let Some(header) = header {
            save_bytes(header, out);
        }
    }

    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (name, tail) = (from.read()?, from.read()?);
        let (bytes, line, in_long_line, unclosed_quotes) = from.read()?;
        let header = match from.read()? {
            true => Some(Arc::from(load_bytes(from)?)),
            false => None,
        };
        Ok(Self { name, tail, position: Position { bytes, line, header, in_long_line, unclosed_quotes } })
    }
}

/// A hash of the bytes of a file before a position.
pub(crate) fn tail(path: &Path, position: u64) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let from = position.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(position - from).read_to_end(&mut bytes)?;
    Ok(checksum(&bytes))
}
