//! `portent run`: events in, matches out.
//!
//! ```text
//!  inputs (format, types, files)        [`inputs`]
//!    -> feeds (a thread reads each)     [`feed`]     -> bad rows    [`bad`]
//!    -> the instance, here
//!    -> matches                         [`output`]
//!    -> what is to be told at the end   [`report`], [`stats`]
//! ```
//!
//! With several inputs it is always the one that is furthest behind in event time that is taken from, so that no
//! more waits in memory than the disorder of each.

mod bad;
mod feed;
mod inputs;
mod output;
mod progress;
mod report;
mod stats;

pub(crate) use stats::{bytes, grouped};

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::rules::{RuleText, counted};
use crate::term;
use bad::BadRows;
use feed::{Feeds, Piece};
use output::Output;
use portent::jit::{Engine, Instance};
use portent_rt::instance::{Cause, EngineError, SourceId};
use portent_rt::{Matches, OutputSchema};
use progress::Progress;
use report::Report;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Runs rules over events.
pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let named = inputs::named(args)?;
    let (engine, compile_time) = compile(args)?;
    let schemas = engine.inputs();
    let inputs = inputs::plan(&named, args, schemas)?;
    output::refuse_inputs(&args.output, &inputs)?;
    let inputs = inputs::open(inputs, args, schemas)?;
    let mut output = Output::create(args, engine.outputs(), inputs.iter().any(|input| input.live))?;
    let progress = Progress::new(args, &inputs, &output);
    let bad = Arc::new(Mutex::new(BadRows::new(args, progress.clone())?));

    let mut instance = engine.instance();
    let sources = inputs.iter().map(|input| instance.add_source(&input.types)).collect();
    let names = inputs.iter().map(|input| input.name.clone()).collect();
    let report = Report::new(instance.plan(), compile_time);
    let feeds = Feeds::start(inputs, schemas, &bad)?;
    let mut pump = Pump { instance, sources, names, feeds, bad, report };
    let result = pump.run(engine.outputs(), &mut output, &progress);
    progress.finish();
    pump.end(args, result)
}

/// The rules as machine code, and how long that took.
fn compile(args: &RunArgs) -> Result<(Engine, Duration), Failure> {
    let text = RuleText::read(&args.rules)?;
    let start = Instant::now();
    let (rules, warnings) = text.compile()?;
    let engine =
        Engine::of_rules(&rules).map_err(|error| Failure::BadRules(format!("{}: {error}", text.name)))?;
    let elapsed = start.elapsed();
    if warnings > 0 && !args.quiet {
        let message = format!("{} has {}", text.name, counted(warnings, "warning"));
        let hint = format!("\n  help: `portent check {}` shows what", text.name);
        term::warning(&if args.rules == Path::new("-") { message } else { message + &hint });
    }
    if engine.outputs().is_empty() && !args.quiet {
        term::warning(&format!("{} has no rule: nothing will match", text.name));
    }
    Ok((engine, elapsed))
}

/// Moves events from the feeds through the instance to the output.
struct Pump {
    instance: Instance,
    /// For each input.
    sources: Vec<SourceId>,
    /// For each input.
    names: Vec<String>,
    feeds: Feeds,
    bad: Arc<Mutex<BadRows>>,
    report: Report,
}

impl Pump {
    fn run(
        &mut self,
        schemas: &[OutputSchema],
        output: &mut Output,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let mut matches = Matches::new(schemas);
        let result = self.take_all(&mut matches, output, progress);
        if matches!(result, Err(Failure::BrokenPipe)) {
            return result;
        }
        // What was matched is written even if the run ends before its input does, and the header of CSV even if nothing was.
        output.write(&mut matches)?;
        output.finish()?;
        result
    }

    fn take_all(
        &mut self,
        matches: &mut Matches,
        output: &mut Output,
        progress: &Progress,
    ) -> Result<(), Failure> {
        while let Some(input) = self.furthest_behind() {
            let mut piece = self.feeds.next(input).ok_or(Failure::Interrupted)?;
            self.take(&mut piece, matches)?;
            output.write(matches)?;
            progress.update();
            self.feeds.give_back(piece);
        }
        self.report.sample(&self.instance);
        self.instance.finish(matches).map_err(|error| Failure::Io(error.to_string()))
    }

    /// Of the inputs that have not ended, the one whose watermark is lowest.
    fn furthest_behind(&self) -> Option<usize> {
        let running = (0..self.sources.len()).filter(|&input| !self.feeds.ended(input));
        running.min_by_key(|&input| self.instance.source_watermark(self.sources[input]))
    }

    fn take(&mut self, piece: &mut Piece, matches: &mut Matches) -> Result<(), Failure> {
        let source = self.sources[piece.input];
        let limit = |error: EngineError| Failure::Io(error.to_string());
        self.instance.on_chunk(source, &piece.chunk, matches).map_err(limit)?;
        self.report.took(&self.instance, piece);
        self.note_rejected(piece)?;
        if let Some(message) = piece.strict_stop.take() {
            return Err(Failure::BadInput(message));
        }
        let outcome = std::mem::replace(&mut piece.result, Ok(Default::default()));
        let outcome =
            outcome.map_err(|error| Failure::Io(format!("{}: {error}", self.names[piece.input])))?;
        if outcome.end {
            self.instance.finish_source(source, matches).map_err(limit)?;
        }
        Ok(())
    }

    /// Rows without a time are bad rows, and only the instance knows them.
    fn note_rejected(&mut self, piece: &Piece) -> Result<(), Failure> {
        for row in self.instance.rejected() {
            let name = &self.names[piece.input];
            match row.cause {
                Cause::Late { .. } => self.report.late(name, row),
                Cause::Untimed => {
                    let message = bad::lock(&self.bad).untimed(name, row.line);
                    message.map_or(Ok(()), |message| Err(Failure::BadInput(message)))?;
                }
            }
        }
        Ok(())
    }

    /// Tells what is to be told.
    fn end(self, args: &RunArgs, result: Result<(), Failure>) -> Result<(), Failure> {
        if matches!(result, Err(Failure::BrokenPipe)) {
            return result;
        }
        let interrupted = matches!(result, Err(Failure::Interrupted));
        let stats = self.instance.stats();
        let mut bad = bad::lock(&self.bad);
        let kept = bad.finish();
        if args.stats || interrupted && !args.quiet {
            term::note(&stats::text(&stats, &self.report, &bad));
        }
        if !args.quiet {
            self.report.closing(&stats, &bad);
        }
        result.and(kept)
    }
}
