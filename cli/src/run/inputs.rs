//! Inputs: which file is what, and the reader of each.

use super::checkpoint::record::{self, InputRecord};
use crate::args::{Format, InputArg, RunArgs};
use crate::failure::Failure;
use crate::term;
use portent_compiler::diag::did_you_mean;
use portent_io::{
    Compression, CsvOptions, CsvReader, JsonLinesReader, JsonOptions, Position, Reader, Source,
};
use portent_rt::EventSchema;
use std::io::{self, IsTerminal, Read, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// An input as it is to be read.
#[derive(Debug)]
pub(crate) struct InputPlan {
    /// The file; `-`: standard input.
    pub(crate) path: PathBuf,
    format: Format,
    /// Between the fields of CSV.
    delimiter: u8,
    /// The number of its event type, if it has only one.
    ty: Option<usize>,
}

impl InputPlan {
    /// What it is, for a run that goes on to be told the same.
    pub(crate) fn described(&self, schemas: &[EventSchema]) -> String {
        let (path, ty) = (self.path.display(), self.ty.map_or("any type", |ty| &schemas[ty].name));
        format!("{path} ({:?}, {ty})", self.format)
    }
}

/// An input that is open.
pub(crate) struct Input {
    /// For messages.
    pub(crate) name: String,
    /// Whether its rows are JSON.
    pub(crate) json: bool,
    /// The numbers of the event types that it may bring.
    pub(crate) types: Vec<usize>,
    /// Its rows.
    pub(crate) reader: Box<dyn Reader>,
    /// Whether rows may come in slowly.
    pub(crate) live: bool,
    /// The size of the file, if it is one.
    pub(crate) bytes_total: Option<u64>,
    /// Bytes of the file that were read.
    pub(crate) bytes_read: Arc<AtomicU64>,
    /// The file, if it is one that is not compressed.
    pub(crate) plain: Option<PathBuf>,
    /// Where it begins.
    pub(crate) position: Position,
}

/// The inputs that are named, or standard input; each device once.
pub(crate) fn named(args: &RunArgs) -> Result<Vec<InputArg>, Failure> {
    let inputs = match args.input.as_slice() {
        [] if stdin().is_terminal() => {
            let message = "no input: name one with --input FILE, or pipe events in".to_owned();
            return Err(Failure::Usage(message));
        }
        [] => vec![InputArg { ty: None, path: "-".into() }],
        inputs => inputs.to_vec(),
    };
    let paths = inputs.iter().map(|input| &input.path).chain([&args.rules]);
    if paths.filter(|path| **path == Path::new("-")).count() > 1 {
        let message = "standard input can be read once: as the rules or as one input".to_owned();
        return Err(Failure::Usage(message));
    }
    Ok(inputs)
}

/// Finds out how each input is to be read, before anything is opened.
pub(crate) fn plan(
    inputs: &[InputArg],
    args: &RunArgs,
    schemas: &[EventSchema],
) -> Result<Vec<InputPlan>, Failure> {
    if schemas.is_empty() {
        return Err(Failure::Usage("the rules declare no event, so there is nothing to read".to_owned()));
    }
    let plans = inputs.iter().map(|input| plan_one(input, args, schemas)).collect::<Result<Vec<_>, _>>()?;
    if plans.iter().all(|plan| plan.format == Format::Jsonl) && !args.null.is_empty() {
        return Err(Failure::Usage("--null is about CSV, and no input is".to_owned()));
    }
    warn_of_missing(&plans, args, schemas);
    Ok(plans)
}

fn plan_one(input: &InputArg, args: &RunArgs, schemas: &[EventSchema]) -> Result<InputPlan, Failure> {
    let (named, delimiter) = format_of(&input.path);
    let Some(format) = args.format.or(named) else {
        let message = format!("{}: is it CSV or JSON lines? say so with --format", input.path.display());
        return Err(Failure::Usage(message));
    };
    let ty = match &input.ty {
        Some(name) => Some(type_number(name, input, schemas)?),
        None => (schemas.len() == 1).then_some(0),
    };
    if format == Format::Csv && ty.is_none() {
        let types: Vec<&str> = schemas.iter().map(|schema| schema.name.as_str()).collect();
        let path = input.path.display();
        let example = format!("--input {}={path}", types[0]);
        let message =
            format!("{path}: a CSV file holds one event type; say which of {}: {example}", types.join(", "));
        return Err(Failure::Usage(message));
    }
    Ok(InputPlan { path: input.path.clone(), format, delimiter, ty })
}

fn type_number(name: &str, input: &InputArg, schemas: &[EventSchema]) -> Result<usize, Failure> {
    let names = schemas.iter().map(|schema| schema.name.as_str());
    names.clone().position(|known| known == name).ok_or_else(|| {
        let path = input.path.display();
        let way_out = match did_you_mean(name, names.clone()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!(
                "they read {}; if the file is named so, write ./{name}={path}",
                names.collect::<Vec<_>>().join(", ")
            ),
        };
        Failure::Usage(format!("{name}={path}: the rules read no event `{name}`; {way_out}"))
    })
}

/// What a name says about format and delimiter. Compression is seen in the bytes.
fn format_of(path: &Path) -> (Option<Format>, u8) {
    if path == Path::new("-") {
        return (Some(Format::Jsonl), b',');
    }
    let mut name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    for compressed in [".gz", ".zst", ".zstd"] {
        name = name.strip_suffix(compressed).map(str::to_owned).unwrap_or(name);
    }
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("csv") => (Some(Format::Csv), b','),
        Some("tsv") => (Some(Format::Csv), b'\t'),
        Some("jsonl" | "ndjson" | "json") => (Some(Format::Jsonl), b','),
        _ => (None, b','),
    }
}

/// A type that no input brings may be meant so, or be forgotten.
fn warn_of_missing(plans: &[InputPlan], args: &RunArgs, schemas: &[EventSchema]) {
    if args.quiet || plans.iter().any(|plan| plan.ty.is_none()) {
        return;
    }
    for (number, schema) in schemas.iter().enumerate() {
        if plans.iter().all(|plan| plan.ty != Some(number)) {
            term::warning(&format!("no input brings `{}`", schema.name));
        }
    }
}

/// Opens all inputs; those of a run that goes on where they were.
pub(crate) fn open(
    plans: Vec<InputPlan>,
    args: &RunArgs,
    schemas: &[EventSchema],
    before: Option<&[InputRecord]>,
) -> Result<Vec<Input>, Failure> {
    let before = |number: usize| before.and_then(|inputs| inputs.get(number));
    plans.iter().enumerate().map(|(number, plan)| open_one(plan, args, schemas, before(number))).collect()
}

fn open_one(
    plan: &InputPlan,
    args: &RunArgs,
    schemas: &[EventSchema],
    before: Option<&InputRecord>,
) -> Result<Input, Failure> {
    let name = match plan.path == Path::new("-") {
        true => "<stdin>".to_owned(),
        false => plan.path.display().to_string(),
    };
    let failed = |error| Failure::Io(format!("cannot read {name}: {error}"));
    let live = Source::is_live(&plan.path).map_err(failed)?;
    let position = before.map(|before| before.position.clone()).unwrap_or_default();
    let (read, bytes_total, bytes_read, plain): (Box<dyn Read + Send>, _, _, _) = if live {
        (Box::new(Device { path: plan.path.clone(), read: None }), None, Arc::default(), None)
    } else {
        if let Some(tail) = before.and_then(|before| before.tail)
            && record::tail(&plan.path, position.bytes).map_err(failed)? != tail
        {
            return Err(Failure::Io(format!(
                "{name} is another file than at the last checkpoint: what stands before its line {} has changed",
                position.line
            )));
        }
        let source = Source::open_at(&plan.path, position.bytes).map_err(failed)?;
        let bytes_read = source.bytes_read();
        let plain = (source.compression == Compression::None).then(|| plan.path.clone());
        (source.read, source.bytes_total, bytes_read, plain)
    };
    let mut reader: Box<dyn Reader> = match (plan.format, plan.ty) {
        (Format::Csv, Some(ty)) => {
            let mut options = CsvOptions { delimiter: plan.delimiter, live, ..CsvOptions::default() };
            if !args.null.is_empty() {
                options.nulls = args.null.clone();
            }
            let reader = CsvReader::resume(read, &schemas[ty], ty, schemas.len(), options, &position);
            Box::new(reader.map_err(|error| Failure::Io(format!("{name}: {error}")))?)
        }
        (_, only_type) => {
            let type_field = args.type_field.clone();
            let options = JsonOptions { type_field, only_type, live, ..JsonOptions::default() };
            Box::new(JsonLinesReader::resume(read, schemas, options, &position))
        }
    };
    if args.late.is_some() || args.bad_rows.is_some() {
        reader.keep_texts();
    }
    let types = plan.ty.map_or_else(|| (0..schemas.len()).collect(), |ty| vec![ty]);
    let json = plan.format == Format::Jsonl;
    Ok(Input { name, json, types, reader, live, bytes_total, bytes_read, plain, position })
}

/// A pipe or the like. It is opened on the thread that reads it, for it may have no writer yet.
struct Device {
    path: PathBuf,
    read: Option<Box<dyn Read + Send>>,
}

impl Read for Device {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = match self.read.take() {
            Some(read) => read,
            None => Source::open(&self.path)?.read,
        };
        self.read.insert(read).read(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_says_the_format() {
        for (name, format) in [
            ("a.csv", Some(Format::Csv)),
            ("a.CSV.gz", Some(Format::Csv)),
            ("a.b.tsv.zst", Some(Format::Csv)),
            ("a.ndjson", Some(Format::Jsonl)),
            ("-", Some(Format::Jsonl)),
            ("a.parquet", None),
            ("csv", None),
        ] {
            assert_eq!(format_of(Path::new(name)).0, format, "{name}");
        }
    }
}
