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
pub(crate) mod checkpoint;
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
pub(crate) use stats::{amount, bytes, grouped};

use crate::args::{RunArgs, TimeBy};
use crate::failure::Failure;
use crate::rules::{RuleText, counted};
use crate::term;
use bad::BadRows;
use checkpoint::{Checkpoints, Resumed};
use feed::Feeds;
use late::LateEvents;
use output::Output;
use pace::{Pace, Paced};
use portent::jit::{Changes, Engine, RestoreError, ResumeError, Workers, WorkersOptions};
use portent_rt::plan::Plan;
use portent_rt::workers::IN_FLIGHT;
use portent_rt::{Matches, Options};
use progress::Progress;
use pump::{Pump, PumpInput};
use report::Report;
use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

/// Runs rules over events.
pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    let named = inputs::named(args)?;
    let (engine, compile_time) = compile(args)?;
    let schemas = engine.inputs();
    let inputs = inputs::plan(&named, args, schemas)?;
    output::refuse_clashes(args, &inputs)?;
    let (mut checkpoints, resumed) = Checkpoints::open(args, &inputs, schemas)?.unzip();
    let resumed = resumed.flatten();
    if let (Some(checkpoints), Some(resumed)) = (&checkpoints, &resumed) {
        let number = checkpoints.last().unwrap_or_default();
        if resumed.record.finished {
            let done =
                "the run of this folder has come to its end; to run again, name another one or remove it";
            tell(args, &format!("checkpoint {number}: {done}"));
            return Ok(());
        }
        tell(args, &checkpoint::told(number, &resumed.record));
    }
    let before = resumed.as_ref().map(|resumed| &resumed.record);
    let inputs = inputs::open(inputs, args, schemas, before.map(|before| before.inputs.as_slice()))?;
    let any_live = inputs.iter().any(|input| input.live);
    warn_of_no_pipe(args, any_live);
    let mut output =
        Output::create(args, engine.outputs(), any_live, before.map(|before| before.output_bytes))?;
    let progress = Progress::new(args, &inputs, &output);
    let bad = BadRows::new(args, progress.clone(), before.map(|before| &before.bad))?;
    let late = LateEvents::create(args, before.map(|before| before.late_bytes))?;

    let mut workers = start(args, &engine, &output, resumed.as_ref())?;
    let paced = inputs.iter().map(|input| paced(input, workers.plan())).collect();
    let pace = Pace::new(args.clock, args.idle, paced);
    let mut matches = Matches::new(engine.outputs());
    let mut known = workers.sources();
    let mut add = |input: &inputs::Input| {
        let source = match known.next() {
            // Of changed rules there may be other types than there were.
            Some(source) => workers.set_source_types(source, &input.types, &mut matches).map(|()| source),
            None => workers.add_source(&input.types, &mut matches),
        };
        let source = source.map_err(|error| Failure::Io(error.to_string()))?;
        let (name, plain, position) = (input.name.clone(), input.plain.clone(), input.position.clone());
        Ok(PumpInput { name, source, json: input.json, plain, position })
    };
    let pumped = inputs.iter().map(&mut add).collect::<Result<_, Failure>>()?;
    let report = Report::new(workers.plan(), compile_time);
    let feeds = Feeds::start(inputs, schemas, args, feed::CHUNKS + ahead(workers.count()))?;
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
        checkpoints: checkpoints.take(),
    };
    let result = pump.run(engine.outputs(), &mut output, &progress);
    progress.finish();
    pump.end(args, result)
}

/// The workers: anew, or where those of a checkpoint were.
fn start(
    args: &RunArgs,
    engine: &Engine,
    output: &Output,
    resumed: Option<&Resumed>,
) -> Result<Workers, Failure> {
    let ordered = args.ordered || !args.unordered && !output.is_terminal();
    let (count, pin) = (args.workers, args.pin);
    // Each worker has its part of the memory.
    let memory_max = args.memory_max.map(|bytes| bytes / count.max(1) as u64);
    let instance = Options { memory_max, ..Options::default() };
    let options = WorkersOptions { count, pin, ordered, gives_back: true, instance };
    let Some(resumed) = resumed else {
        return engine.workers(&options).map_err(|error| Failure::Io(format!("no workers: {error}")));
    };
    let changes = if args.changed_rules { Changes::Allow } else { Changes::Refuse };
    let (workers, carried) =
        engine.resume_workers(&resumed.image, &options, changes).map_err(|error| match error {
            ResumeError::Restore(error @ RestoreError::Rules(_)) => Failure::Usage(format!(
                "the checkpoint cannot be gone on with: {error}; --changed-rules keeps the state of the others"
            )),
            error => Failure::Io(format!("the checkpoint cannot be gone on with: {error}")),
        })?;
    for (what, names) in [("begin anew", &carried.fresh), ("are given up", &carried.dropped)] {
        if !names.is_empty() {
            tell(args, &format!("rules that {what}: {}", names.join(", ")));
        }
    }
    Ok(workers)
}

fn tell(args: &RunArgs, what: &str) {
    if !args.quiet {
        term::note(&format!("{what}\n"));
    }
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
