//! `portent run`: events in, matches out.
//!
//! ```text
//!  inputs (format, types, files)        [`inputs`]
//!    -> feeds (a thread reads each)     [`feed`]     -> bad rows    [`bad`]
//!    -> workers                         [`pump`]     -> late events [`late`]
//!    -> matches                         [`output`]
//!    -> what is to be told at the end   [`report`], [`stats`]
//! ```
//!
//! While an input is silent time passes by the clock ([`pace`], [`clock`]). Signals end a run in good order ([`signal`]).

mod bad;
mod clock;
mod feed;
mod inputs;
mod late;
mod memory;
mod output;
mod pace;
mod progress;
mod pump;
mod report;
mod signal;
mod stats;

pub(crate) use memory::size;
pub(crate) use signal::Signal;
pub(crate) use stats::{bytes, grouped};

use crate::args::{RunArgs, TimeBy};
use crate::failure::Failure;
use crate::rules::{RuleText, counted};
use crate::term;
use bad::BadRows;
use feed::Feeds;
use late::LateEvents;
use output::Output;
use pace::{Pace, Paced};
use portent::jit::{Engine, WorkersOptions};
use portent_rt::Matches;
use portent_rt::plan::Plan;
use portent_rt::workers::IN_FLIGHT;
use progress::Progress;
use pump::{Pump, PumpInput};
use report::Report;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Runs rules over events.
pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let named = inputs::named(args)?;
    let (engine, compile_time) = compile(args)?;
    let schemas = engine.inputs();
    let inputs = inputs::plan(&named, args, schemas)?;
    output::refuse_clashes(args, &inputs)?;
    let inputs = inputs::open(inputs, args, schemas)?;
    warn_of_no_pipe(args, inputs.iter().any(|input| input.live));
    let mut output = Output::create(args, engine.outputs(), inputs.iter().any(|input| input.live))?;
    let progress = Progress::new(args, &inputs, &output);
    let bad = Arc::new(Mutex::new(BadRows::new(args, progress.clone())?));
    let late = LateEvents::create(args)?;

    let ordered = args.ordered || !args.unordered && !output.is_terminal();
    let options = WorkersOptions { count: args.workers, pin: args.pin, ordered, ..WorkersOptions::default() };
    let mut workers =
        engine.workers(&options).map_err(|error| Failure::Io(format!("no workers: {error}")))?;
    let paced = inputs.iter().map(|input| paced(input, workers.plan())).collect();
    let pace = Pace::new(args.clock, args.idle, paced);
    let mut matches = Matches::new(engine.outputs());
    let mut add = |input: &inputs::Input| {
        let source = workers.add_source(&input.types, &mut matches);
        let source = source.map_err(|error| Failure::Io(error.to_string()))?;
        Ok(PumpInput { name: input.name.clone(), source, json: input.json })
    };
    let pumped = inputs.iter().map(&mut add).collect::<Result<_, Failure>>()?;
    let report = Report::new(workers.plan(), compile_time);
    let feeds = Feeds::start(inputs, schemas, &bad, feed::CHUNKS + ahead(workers.count()))?;
    // Who sees each match at once, or ends at a row, waits for the workers after each piece.
    let in_step = pace.any_live() || args.strict;
    let (under_way, bytes_max) = (VecDeque::new(), args.memory_max);
    let mut pump = Pump {
        workers,
        in_step,
        under_way,
        inputs: pumped,
        feeds,
        pace,
        bad,
        late,
        report,
        bytes_max,
        tells_silence: !args.quiet && args.idle.is_none(),
    };
    let result = pump.run(engine.outputs(), &mut output, &progress);
    progress.finish();
    pump.end(args, result)
}

/// What is about pipes has no effect on files.
fn warn_of_no_pipe(args: &RunArgs, live: bool) {
    if live || args.quiet {
        return;
    }
    let options = [(args.idle.is_some(), "--idle"), (args.clock == TimeBy::Wall, "--clock wall")];
    for (_, option) in options.into_iter().filter(|(given, _)| *given) {
        term::warning(&format!("{option} has no effect: all inputs are files, which are never silent"));
    }
}

/// Chunks of each input that workers may have.
const fn ahead(workers: usize) -> usize {
    if workers > 1 { IN_FLIGHT } else { 0 }
}

/// How time passes for an input.
fn paced(input: &inputs::Input, plan: &Plan) -> Paced {
    let types = input.types.iter().map(|&ty| &plan.inputs[ty]);
    let lateness = types.clone().map(|ty| ty.lateness).max().unwrap_or(0);
    Paced::new(input.live, lateness, types.clone().all(|ty| ty.time.is_none()))
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
