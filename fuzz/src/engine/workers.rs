//! Machine code on several workers: whatever their number, the outcome is that of one.

use super::jit::{Call, each_call, outcome};
use super::{Cut, Engine, Prepared};
use crate::outcome::Outcome;
use portent_compiler::Rules;
use portent_compiler::jit::{self, JitOptions, Opt};
use portent_compiler::oracle::Input;
use portent_rt::instance::{Changes, Options, SourceId};
use portent_rt::plan::Plan;
use portent_rt::snapshot::{Image, Snapshot};
use portent_rt::workers::{Done, Given, Workers, WorkersError, WorkersOptions};
use portent_rt::{Chunk, EventSchema, Matches};
use std::mem::{replace, take};
use std::sync::Arc;

/// How many workers a program is run with, one after the other.
const COUNTS: [usize; 4] = [1, 2, 3, 8];
/// How many calls there are until the program moves to another number of workers, in a run in which it does.
const CALLS: usize = 3;
/// To what numbers it moves, again and again.
const MOVES: [usize; 4] = [3, 1, 8, 2];
/// How many moves there are at most in a run: each costs the start of threads.
const MOVES_MAX: usize = 8;

/// The machine-code engine on several workers, with one source. The outcome is that of one worker, unless that of more is
/// another one.
#[derive(Clone, Copy, Debug)]
pub struct Spread;

impl Engine for Spread {
    fn name(&self) -> &'static str {
        "workers"
    }

    fn run(&self, rules: &Rules, inputs: &[Input], cut: Cut) -> Result<Outcome, String> {
        self.prepare(rules)?(inputs, cut)
    }

    fn prepare<'a>(&'a self, rules: &'a Rules) -> Result<Box<Prepared<'a>>, String> {
        let plan =
            jit::compile(&rules.lir, &JitOptions { opt: Opt::None }).map_err(|error| error.to_string())?;
        let plan = Arc::new(plan);
        Ok(Box::new(move |inputs, cut| {
            let mut one: Option<Outcome> = None;
            let runs = COUNTS.map(|count| (count, 0)).into_iter().chain([(2, MOVES_MAX)]);
            for (count, moves) in runs {
                let outcome = Run { moves, ..Run::new(&plan, count)? }.all(inputs, cut)?;
                match &one {
                    None => one = Some(outcome),
                    Some(one) if one.is_same(&outcome) && same_lengths(one, &outcome) => {}
                    Some(_) => return Ok(outcome),
                }
            }
            one.ok_or_else(|| "there is no number of workers".to_owned())
        }))
    }
}

/// Also of a program that a bound stops, all matches are those of one worker.
fn same_lengths(a: &Outcome, b: &Outcome) -> bool {
    let lines = |of: &Outcome| -> Vec<_> {
        of.matches.iter().map(|matched| (matched.rule.clone(), matched.ts)).collect()
    };
    lines(a) == lines(b)
}

/// So many workers.
fn options(count: usize) -> WorkersOptions {
    // The least working batch, so that small inputs have several.
    let instance = Options { batch_rows: 64, ..Options::default() };
    WorkersOptions { count, instance, gives_back: true, ..WorkersOptions::default() }
}

struct Run {
    plan: Arc<Plan>,
    schemas: Vec<EventSchema>,
    workers: Workers,
    matches: Matches,
    /// How often the program may still move to another number of workers.
    moves: usize,
    calls: usize,
    /// The state at the last move.
    image: Image,
}

impl Run {
    fn new(plan: &Arc<Plan>, count: usize) -> Result<Run, String> {
        let schemas: Vec<EventSchema> = plan.inputs.iter().map(|input| input.schema.clone()).collect();
        let options = options(count);
        let workers = Workers::start(plan.clone(), &options).map_err(|error| error.to_string())?;
        Ok(Run {
            matches: Matches::new(&plan.outputs),
            workers,
            schemas,
            plan: plan.clone(),
            moves: 0,
            calls: 0,
            image: Image::default(),
        })
    }

    /// Has the program go on from a snapshot on another number of workers.
    fn change_count(&mut self) -> Result<(), WorkersError> {
        let taken = self.workers.snapshot(true, &mut self.matches)?;
        let read = Snapshot::from_bytes(&taken.to_bytes()).expect("the bytes of a snapshot");
        self.image.apply(read).expect("a snapshot that is whole");
        self.moves -= 1;
        let options = options(MOVES[self.moves % MOVES.len()]);
        let restored = Workers::restore(self.plan.clone(), &options, &self.image, Changes::Refuse);
        (self.workers, _) = restored.expect("a program goes on from its own snapshot");
        Ok(())
    }

    fn all(mut self, inputs: &[Input], cut: Cut) -> Result<Outcome, String> {
        let failed = match self.give(inputs, cut) {
            Ok(()) => None,
            Err(WorkersError::Stopped(error)) => Some(error),
            Err(error @ WorkersError::Panicked { .. }) => return Err(error.to_string()),
        };
        let stats = self.workers.stats(&mut self.matches).map_err(|error| error.to_string())?;
        outcome(&self.plan, &self.matches, &stats, failed)
    }

    fn give(&mut self, inputs: &[Input], cut: Cut) -> Result<(), WorkersError> {
        let schemas = take(&mut self.schemas);
        each_call(inputs, cut, &schemas, |call| match call {
            Call::Chunk(chunk) => self.push(chunk, &schemas),
            Call::Watermark(at) => self.workers.on_watermark(at, &mut self.matches),
        })?;
        self.workers.finish(&mut self.matches)
    }

    fn push(&mut self, chunk: &mut Chunk, schemas: &[EventSchema]) -> Result<(), WorkersError> {
        let empty = match self.workers.take_done() {
            Some(Done { input: Given::Chunk(chunk), .. }) => chunk,
            _ => Chunk::new(schemas),
        };
        let full = replace(chunk, empty);
        self.workers.on_chunk(SourceId::default(), full, &mut self.matches)?;
        self.calls += 1;
        if self.moves > 0 && self.calls.is_multiple_of(CALLS) {
            self.change_count()?;
        }
        Ok(())
    }
}
