//! Where matches go.

use super::inputs::InputPlan;
use super::stats::amount;
use crate::args::{OutputFormat, RunArgs};
use crate::failure::Failure;
use portent_io::{CsvWriter, JsonLinesWriter, Writer};
use portent_rt::{Matches, OutputSchema};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Bytes that are gathered before they go out, if nobody waits for them.
const BUFFER_BYTES: usize = 64 << 10;

/// The writer of matches.
pub(crate) struct Output {
    name: String,
    out: BufWriter<Device>,
    writer: Box<dyn Writer>,
    /// Whether someone waits for each match: what is written goes out at once.
    live: bool,
    terminal: bool,
    /// The file, if it is one, to be brought to the disk.
    file: Option<File>,
}

impl Output {
    /// Creates the file, or takes standard output. Of a run that goes on: opens the file behind so many bytes.
    pub(crate) fn create(
        args: &RunArgs,
        schemas: &[OutputSchema],
        live_input: bool,
        before: Option<u64>,
    ) -> Result<Self, Failure> {
        let standard = args.output == Path::new("-");
        let name = if standard { "standard output".to_owned() } else { args.output.display().to_string() };
        let (out, file): (Box<dyn Write>, _) = match standard {
            true => (Box::new(io::stdout().lock()), None),
            false => {
                let file = file(&args.output, before)?;
                let again = file.try_clone().map_err(|error| Failure::writing(&name, &error))?;
                (Box::new(file), Some(again))
            }
        };
        let terminal = standard && io::stdout().is_terminal();
        let mut output = Self::to(out, name, format(args), schemas, live_input || terminal);
        if let Some(bytes) = before {
            output.writer.resume(bytes);
        }
        Ok(Self { terminal, file, ..output })
    }

    /// Writes to a device.
    pub(crate) fn to(
        out: Box<dyn Write>,
        name: String,
        format: OutputFormat,
        schemas: &[OutputSchema],
        live: bool,
    ) -> Self {
        let writer: Box<dyn Writer> = match format {
            OutputFormat::Jsonl => Box::new(JsonLinesWriter::new(schemas)),
            OutputFormat::Csv => Box::new(CsvWriter::new(schemas)),
        };
        let out = BufWriter::with_capacity(BUFFER_BYTES, Device { out, bytes: 0 });
        Self { name, out, writer, live, terminal: false, file: None }
    }

    /// Whether matches are shown on a terminal.
    pub(crate) const fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes matches and forgets them.
    pub(crate) fn write(&mut self, matches: &mut Matches) -> Result<(), Failure> {
        let result = self.writer.write(matches, &mut self.out);
        let result = result.and_then(|()| if self.live { self.out.flush() } else { Ok(()) });
        matches.clear();
        result.map_err(|error| self.failed(&error))
    }

    /// Writes out what is left.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| self.failed(&error))
    }

    /// Bytes of matches, those of runs before included.
    pub(crate) fn bytes(&self) -> u64 {
        self.writer.bytes()
    }

    /// The file, to be brought to the disk.
    pub(crate) fn file(&self) -> Option<io::Result<File>> {
        self.file.as_ref().map(File::try_clone)
    }

    /// Whether what is written goes out at once.
    pub(crate) const fn is_live(&self) -> bool {
        self.live
    }

    fn failed(&self, error: &io::Error) -> Failure {
        match Failure::writing(&self.name, error) {
            Failure::Io(message) => {
                let bytes = self.out.get_ref().bytes;
                Failure::Io(format!("{message}; {} of matches were written to it", amount(bytes, "byte")))
            }
            other => other,
        }
    }
}

/// Counts what goes out.
struct Device {
    out: Box<dyn Write>,
    bytes: u64,
}

impl Write for Device {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The format of matches.
pub(crate) fn format(args: &RunArgs) -> OutputFormat {
    let csv = args.output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    args.output_format.unwrap_or(if csv { OutputFormat::Csv } else { OutputFormat::Jsonl })
}

/// Creates a file; or opens one behind so many bytes, and cuts off what is there behind them.
pub(crate) fn file(path: &Path, before: Option<u64>) -> Result<File, Failure> {
    let name = path.display();
    let failed = |error| Failure::writing(path.display(), &error);
    let Some(bytes) = before else { return File::create(path).map_err(failed) };
    // One that a run before was to write nothing to may be gone.
    let mut file =
        File::options().write(true).create(bytes == 0).truncate(false).open(path).map_err(failed)?;
    let len = file.metadata().map_err(failed)?.len();
    if len < bytes {
        return Err(Failure::Io(format!(
            "{name} has {} and had {bytes} at the last checkpoint: it cannot be gone on with",
            amount(len, "byte")
        )));
    }
    file.set_len(bytes).and_then(|()| file.seek(SeekFrom::Start(bytes))).map_err(failed)?;
    Ok(file)
}

/// Refuses a file to write that is an input, and would be emptied before it is read, or that something else is written to.
pub(crate) fn refuse_clashes(args: &RunArgs, inputs: &[InputPlan]) -> Result<(), Failure> {
    let mut written: Vec<PathBuf> = Vec::new();
    for output in [Some(&args.output), args.late.as_ref(), args.bad_rows.as_ref()].into_iter().flatten() {
        let name = output.display();
        // One that is not there yet is what its name says.
        let path = output.canonicalize().unwrap_or_else(|_| output.clone());
        let same = |input: &InputPlan| input.path.canonicalize().is_ok_and(|input| input == path);
        if path.is_file() && inputs.iter().any(same) {
            return Err(Failure::Usage(format!("{name} is an input, and would be overwritten")));
        }
        let device = path == Path::new("-") || path.exists() && !path.is_file();
        if !device && written.contains(&path) {
            return Err(Failure::Usage(format!("{name} would be written to twice; name two files")));
        }
        written.push(path);
    }
    Ok(())
}
