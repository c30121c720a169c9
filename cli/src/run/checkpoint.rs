//! Checkpoints: what a run needs to go on after any end, also a sudden one.
//!
//! ```text
//!  positions of inputs + state + positions of outputs   ([`record`], snapshots)
//!    -> a file, written beside the run                   [`store`]
//!    -> the same command goes on from there              [`Resumed`]
//! ```
//!
//! Before a checkpoint counts, what was written before it is on the disk. What is written after it is cut off when a run goes on from it, so
//! that the outputs are those of a run that never ended.

pub(crate) mod record;
pub(crate) mod store;

use super::inputs::InputPlan;
use super::stats::amount;
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::term;
use portent_rt::EventSchema;
use portent_rt::snapshot::{Image, Snapshot};
use record::Record;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use store::{Entry, Loaded, Store};

/// After so many checkpoints comes a whole one again.
const CHAIN: u64 = 10;

/// The checkpoints of a run.
pub(crate) struct Checkpoints {
    store: Store,
    every: Duration,
    due: Instant,
    number: u64,
    /// Whether the next one has to be whole.
    whole: bool,
    /// What is to be the same in a run that goes on.
    pub(crate) setup: Vec<(String, String)>,
    writing: Option<JoinHandle<(Store, Result<(), String>)>>,
    /// The last that is on the disk.
    last: Option<u64>,
    /// Whether the one after it could not be written.
    failed: bool,
    /// How many could not be written.
    unwritten: u64,
    quiet: bool,
}

/// What a run goes on from.
pub(crate) struct Resumed {
    pub(crate) record: Record,
    pub(crate) image: Image,
}

impl Checkpoints {
    /// Opens the folder of `--checkpoint`, if there is to be one, and gives what is to be gone on from.
    pub(crate) fn open(
        args: &RunArgs,
        inputs: &[InputPlan],
        schemas: &[EventSchema],
    ) -> Result<Option<(Self, Option<Resumed>)>, Failure> {
        let Some(folder) = &args.checkpoint else { return Ok(None) };
        refuse_streams(args, inputs)?;
        let mut store = Store::open(folder, args.keep as usize).map_err(|error| {
            Failure::Io(format!("cannot keep checkpoints in {}: {error}", folder.display()))
        })?;
        let (found, damaged) = store.load();
        for (path, why) in &damaged {
            term::warning(&format!("{} cannot be used, the one before it is tried: {why}", path.display()));
        }
        if found.is_none() && !damaged.is_empty() {
            let folder = folder.display();
            return Err(Failure::Io(format!(
                "no checkpoint in {folder} can be used; to begin anew, name another folder or remove this one"
            )));
        }
        let number = store.entries().last().map_or(0, |entry| entry.number);
        let last = found.as_ref().map(|found| found.entry.number);
        let every = Duration::from_nanos(args.every.unsigned_abs());
        let checkpoints = Self {
            store,
            every,
            due: Instant::now() + every,
            number,
            whole: true,
            setup: setup(args, inputs, schemas),
            writing: None,
            last,
            failed: false,
            unwritten: 0,
            quiet: args.quiet,
        };
        let resumed = found.map(|Loaded { record, image, .. }| Resumed { record, image });
        if let Some(resumed) = &resumed {
            checkpoints.check(&resumed.record)?;
        }
        Ok(Some((checkpoints, resumed)))
    }

    /// Refuses a record of a run that was told something else.
    fn check(&self, record: &Record) -> Result<(), Failure> {
        let differs = |(name, now): &(String, String)| {
            let before = record.setup.iter().find(|(known, _)| known == name).map(|(_, before)| before);
            (before != Some(now)).then(|| {
                let before = before.map_or("nothing", String::as_str);
                format!("{name} was {before} and is {now}")
            })
        };
        let differing: Vec<String> = self.setup.iter().filter_map(differs).collect();
        match differing.is_empty() {
            true => Ok(()),
            false => Err(Failure::Usage(format!(
                "the checkpoint is of another run: {}; to begin anew, name another folder",
                differing.join("; ")
            ))),
        }
    }

    /// The number of the last checkpoint that is on the disk.
    pub(crate) const fn last(&self) -> Option<u64> {
        self.last
    }

    /// How many could not be written.
    pub(crate) const fn unwritten(&self) -> u64 {
        self.unwritten
    }

    /// Whether it is time for one, and the last one is written.
    pub(crate) fn is_due(&mut self) -> bool {
        if Instant::now() < self.due {
            return false;
        }
        if self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) {
            return false;
        }
        self.settle();
        true
    }

    /// Whether the next one is to be whole.
    pub(crate) const fn wants_whole(&self) -> bool {
        self.whole || self.number.is_multiple_of(CHAIN)
    }

    /// Has a checkpoint written on another thread, behind the files that it speaks of.
    pub(crate) fn write(&mut self, record: Record, snapshot: Option<Snapshot>, files: Vec<io::Result<File>>) {
        self.settle();
        self.number += 1;
        self.due = Instant::now() + self.every;
        self.whole = false;
        let whole = snapshot.as_ref().is_none_or(|snapshot| !snapshot.is_incremental());
        let entry = Entry { number: self.number, whole };
        let mut store = self.store.clone();
        let work = move || {
            let result = sync(files).and_then(|()| store.write(entry, &record, snapshot.as_ref()));
            (store, result.map_err(|error| error.to_string()))
        };
        match std::thread::Builder::new().name("checkpoint".to_owned()).spawn(work) {
            Ok(writing) => self.writing = Some(writing),
            Err(error) => self.lost(&error.to_string()),
        }
    }

    /// Waits for the one that is being written.
    pub(crate) fn settle(&mut self) {
        let Some(writing) = self.writing.take() else { return };
        match writing.join() {
            Ok((store, Ok(()))) => {
                self.store = store;
                self.last = Some(self.number);
                self.failed = false;
            }
            Ok((_, Err(error))) => self.lost(&error),
            Err(_) => self.lost("the thread that writes it has panicked"),
        }
    }

    /// A checkpoint could not be written: the run goes on, and would be gone on with from the one before.
    fn lost(&mut self, error: &str) {
        if !self.failed && !self.quiet {
            let number = self.number;
            let before = match self.last {
                Some(last) => format!("checkpoint {last} stays"),
                None => "there is none yet".to_owned(),
            };
            term::warning(&format!("checkpoint {number} cannot be written ({before}): {error}"));
        }
        (self.failed, self.whole) = (true, true);
        self.unwritten += 1;
    }

    /// After the last one: that it is written.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.settle();
        match self.failed {
            false => Ok(()),
            true => Err(Failure::Io(format!(
                "the last checkpoint could not be written; the same command would go on from {}",
                self.last.map_or("the beginning".to_owned(), |last| format!("checkpoint {last}"))
            ))),
        }
    }
}

/// Brings files to the disk.
fn sync(files: Vec<io::Result<File>>) -> io::Result<()> {
    files.into_iter().try_for_each(|file| file?.sync_data())
}

/// What cannot be read or written again from where it was has no checkpoint.
fn refuse_streams(args: &RunArgs, inputs: &[InputPlan]) -> Result<(), Failure> {
    for input in inputs {
        if !input.path.is_file() {
            return Err(Failure::Usage(format!(
                "--checkpoint: {} cannot be read again from where it was; name a file",
                shown(&input.path, "standard input")
            )));
        }
    }
    for output in [Some(&args.output), args.late.as_ref(), args.bad_rows.as_ref()].into_iter().flatten() {
        if output == Path::new("-") || output.exists() && !output.is_file() {
            return Err(Failure::Usage(format!(
                "--checkpoint: {} cannot be gone on with; name a file, with --output say",
                shown(output, "standard output")
            )));
        }
    }
    Ok(())
}

fn shown(path: &Path, standard: &str) -> String {
    if path == Path::new("-") { standard.to_owned() } else { path.display().to_string() }
}

/// What is to be the same in a run that goes on, by name.
fn setup(args: &RunArgs, inputs: &[InputPlan], schemas: &[EventSchema]) -> Vec<(String, String)> {
    let file =
        |path: &Option<PathBuf>| path.as_ref().map_or("none".to_owned(), |path| path.display().to_string());
    let mut setup = vec![
        ("the number of inputs".to_owned(), inputs.len().to_string()),
        ("--output".to_owned(), args.output.display().to_string()),
        ("the format of the output".to_owned(), format!("{:?}", super::output::format(args))),
        ("--late".to_owned(), file(&args.late)),
        ("--bad-rows".to_owned(), file(&args.bad_rows)),
        ("--null".to_owned(), args.null.join(", ")),
        ("--type-field".to_owned(), args.type_field.clone()),
        ("--strict".to_owned(), args.strict.to_string()),
    ];
    let inputs = inputs.iter().zip(1..);
    setup.extend(inputs.map(|(input, number)| (format!("input {number}"), input.described(schemas))));
    setup
}

/// As a run tells where it goes on.
pub(crate) fn told(number: u64, record: &Record) -> String {
    let places = record.inputs.iter().map(|input| {
        let before = input.position.line.saturating_sub(1);
        format!("line {} of {}", super::grouped(before), input.name)
    });
    let places: Vec<String> = places.collect();
    format!(
        "going on from checkpoint {number}: behind {}, with {} of matches",
        places.join(" and "),
        amount(record.output_bytes, "byte")
    )
}
