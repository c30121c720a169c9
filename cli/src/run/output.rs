//! Where matches go.

use super::inputs::InputPlan;
use crate::args::{OutputFormat, RunArgs};
use crate::failure::Failure;
use portent_io::{CsvWriter, JsonLinesWriter, Writer};
use portent_rt::{Matches, OutputSchema};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

/// Bytes that are gathered before they go out, if nobody waits for them.
const BUFFER_BYTES: usize = 64 << 10;

/// The writer of matches.
pub(crate) struct Output {
    name: String,
    out: BufWriter<Box<dyn Write>>,
    writer: Box<dyn Writer>,
    /// Whether someone waits for each match: what is written goes out at once.
    live: bool,
    terminal: bool,
}

impl Output {
    /// Creates the file, or takes standard output.
    pub(crate) fn create(
        args: &RunArgs,
        schemas: &[OutputSchema],
        live_input: bool,
    ) -> Result<Self, Failure> {
        let standard = args.output == Path::new("-");
        let name = if standard { "standard output".to_owned() } else { args.output.display().to_string() };
        let out: Box<dyn Write> = match standard {
            true => Box::new(io::stdout().lock()),
            false => Box::new(File::create(&args.output).map_err(|error| Failure::writing(&name, &error))?),
        };
        let terminal = standard && io::stdout().is_terminal();
        let writer: Box<dyn Writer> = match format(args) {
            OutputFormat::Jsonl => Box::new(JsonLinesWriter::new(schemas)),
            OutputFormat::Csv => Box::new(CsvWriter::new(schemas)),
        };
        let out = BufWriter::with_capacity(BUFFER_BYTES, out);
        Ok(Self { name, out, writer, live: live_input || terminal, terminal })
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
        result.map_err(|error| Failure::writing(&self.name, &error))
    }

    /// Writes out what is left.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| Failure::writing(&self.name, &error))
    }
}

fn format(args: &RunArgs) -> OutputFormat {
    let csv = args.output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    args.output_format.unwrap_or(if csv { OutputFormat::Csv } else { OutputFormat::Jsonl })
}

/// Refuses an output file that is an input: it would be emptied before it is read.
pub(crate) fn refuse_inputs(output: &Path, inputs: &[InputPlan]) -> Result<(), Failure> {
    let Ok(output) = output.canonicalize() else { return Ok(()) };
    let same =
        |input: &&InputPlan| output.is_file() && input.path.canonicalize().is_ok_and(|path| path == output);
    match inputs.iter().find(same) {
        Some(input) => {
            Err(Failure::Usage(format!("{} is an input, and would be overwritten", input.path.display())))
        }
        None => Ok(()),
    }
}
