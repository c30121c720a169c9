//! Late events: counted by the instance, kept here if that is wanted.

use super::output;
use crate::args::RunArgs;
use crate::failure::Failure;
use portent_io::json_string;
use portent_rt::scalar::print;
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// The file of `--late`, if there is to be one.
pub(crate) struct LateEvents(Option<Keep>);

struct Keep {
    name: String,
    file: BufWriter<File>,
    line: Vec<u8>,
    /// What was written to it, runs before included.
    bytes: u64,
    /// The first error; after it nothing more is written.
    failed: Option<io::Error>,
}

/// An event that came too late.
pub(crate) struct LateEvent<'a> {
    /// How much older than the watermark, in nanoseconds.
    pub(crate) by: i64,
    /// The input.
    pub(crate) input: &'a str,
    /// Where it stood.
    pub(crate) line: Option<u64>,
    /// Its type.
    pub(crate) ty: &'a str,
    /// As it stands in the input.
    pub(crate) text: &'a [u8],
    /// Whether that is JSON.
    pub(crate) json: bool,
}

impl LateEvents {
    /// Creates the file, or opens it behind so many bytes.
    pub(crate) fn create(args: &RunArgs, before: Option<u64>) -> Result<Self, Failure> {
        let keep = args.late.as_ref().map(|path| {
            let name = path.display().to_string();
            let file = output::file(path, before)?;
            let bytes = before.unwrap_or(0);
            Ok(Keep { name, file: BufWriter::new(file), line: Vec::new(), bytes, failed: None })
        });
        keep.transpose().map(Self)
    }

    /// Keeps an event.
    pub(crate) fn keep(&mut self, event: &LateEvent<'_>) {
        let Some(keep) = self.0.as_mut().filter(|keep| keep.failed.is_none()) else { return };
        keep.line.clear();
        event.write(&mut keep.line);
        keep.failed = keep.file.write_all(&keep.line).err();
        keep.bytes += keep.line.len() as u64;
    }

    /// Bytes of the file.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, |keep| keep.bytes)
    }

    /// The file, to be brought to the disk.
    pub(crate) fn file(&self) -> Option<io::Result<File>> {
        self.0.as_ref().map(|keep| keep.file.get_ref().try_clone())
    }

    /// Writes out what is kept.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let Some(keep) = &mut self.0 else { return Ok(()) };
        let result = match keep.failed.take() {
            Some(error) => Err(error),
            None => keep.file.flush(),
        };
        result.map_err(|error| Failure::Io(format!("cannot write to {}: {error}", keep.name)))
    }
}

impl LateEvent<'_> {
    /// `{"late_by":"3s","input":"auth.jsonl","line":7,"type":"Auth","event":{…}}`; of CSV the row is a text.
    fn write(&self, out: &mut Vec<u8>) {
        let mut by = String::new();
        print::duration(self.by, &mut by);
        out.extend_from_slice(format!("{{\"late_by\":\"{by}\",\"input\":").as_bytes());
        json_string(self.input, out);
        if let Some(line) = self.line {
            out.extend_from_slice(format!(",\"line\":{line}").as_bytes());
        }
        out.extend_from_slice(b",\"type\":");
        json_string(self.ty, out);
        if self.json {
            out.extend_from_slice(b",\"event\":");
            out.extend_from_slice(self.text.trim_ascii());
        } else {
            out.extend_from_slice(b",\"row\":");
            json_string(&String::from_utf8_lossy(self.text), out);
        }
        out.extend_from_slice(b"}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_and_how_late() {
        let event = LateEvent {
            by: 1_500_000_000,
            input: "a.csv",
            line: Some(7),
            ty: "Tick",
            text: b"\"a\nb\",1",
            json: false,
        };
        let mut out = Vec::new();
        event.write(&mut out);
        LateEvent { line: None, text: b" {\"v\":1} ", json: true, ..event }.write(&mut out);
        let wanted = concat!(
            r#"{"late_by":"1s500ms","input":"a.csv","line":7,"type":"Tick","row":"\"a\nb\",1"}"#,
            "\n",
            r#"{"late_by":"1s500ms","input":"a.csv","type":"Tick","event":{"v":1}}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }
}
