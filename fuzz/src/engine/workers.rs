//! Machine code on several workers: whatever their number, the outcome is that of one.

use super::jit::stopped;
use super::{Cut, Engine, Prepared};
use crate::outcome::{Match, Outcome};
use portent_compiler::Rules;
use portent_compiler::jit::{self, JitOptions, Opt};
use portent_compiler::oracle::Input;
use portent_rt::instance::{Options, SourceId};
use portent_rt::plan::Plan;
use portent_rt::workers::{Done, Given, Workers, WorkersError, WorkersOptions};
use portent_rt::{Chunk, EventSchema, Matches};
use std::sync::Arc;

/// How many workers a program is run with, one after the other.
const COUNTS: [usize; 4] = [1, 2, 3, 8];

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
            for count in COUNTS {
                let outcome = Run::new(&plan, count)?.all(inputs, cut)?;
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

struct Run {
    plan: Arc<Plan>,
    schemas: Vec<EventSchema>,
    workers: Workers,
    chunk: Chunk,
    matches: Matches,
}

impl Run {
    fn new(plan: &Arc<Plan>, count: usize) -> Result<Run, String> {
        let schemas: Vec<EventSchema> = plan.inputs.iter().map(|input| input.schema.clone()).collect();
        // The least working batch, so that small inputs have several.
        let instance = Options { batch_rows: 64, ..Options::default() };
        let options = WorkersOptions { count, instance, ..WorkersOptions::default() };
        let workers = Workers::start(plan.clone(), &options).map_err(|error| error.to_string())?;
        Ok(Run {
            chunk: Chunk::new(&schemas),
            matches: Matches::new(&plan.outputs),
            workers,
            schemas,
            plan: plan.clone(),
        })
    }

    fn all(mut self, inputs: &[Input], cut: Cut) -> Result<Outcome, String> {
        let failed = match self.give(inputs, cut) {
            Ok(()) => None,
            Err(WorkersError::Stopped(error)) => Some(error),
            Err(error @ WorkersError::Panicked { .. }) => return Err(error.to_string()),
        };
        let stats = self.workers.stats(&mut self.matches).map_err(|error| error.to_string())?;
        let matched = |matched: portent_rt::output::Match<'_>| Match {
            rule: matched.schema.name.clone(),
            ts: matched.ts(),
            fields: matched.fields(),
        };
        Ok(Outcome {
            matches: self.matches.iter(&self.plan.outputs).map(matched).collect(),
            late: stats.inputs.iter().map(|input| input.late).sum(),
            untimed: stats.inputs.iter().map(|input| input.untimed).sum(),
            dropped_runs: stats.rules.iter().map(|rule| rule.counters.runs_dropped).sum(),
            dropped_events: stats.rules.iter().map(|rule| rule.counters.partitions_dropped).sum(),
            dropped_repetitions: stats.rules.iter().map(|rule| rule.counters.lists_dropped).sum(),
            failed: failed.map(stopped).transpose()?,
        })
    }

    fn give(&mut self, inputs: &[Input], cut: Cut) -> Result<(), WorkersError> {
        let mut sizes = cut.sizes();
        let mut size = sizes.next().unwrap_or(usize::MAX);
        for input in inputs {
            match input {
                Input::Event(event) => {
                    self.chunk.push(&self.schemas, event.ty.0 as usize, &event.values);
                    if self.chunk.len() >= size {
                        self.push()?;
                        size = sizes.next().unwrap_or(usize::MAX);
                    }
                }
                Input::Watermark(at) => {
                    self.push()?;
                    self.workers.on_watermark(*at, &mut self.matches)?;
                }
            }
        }
        self.push()?;
        self.workers.finish(&mut self.matches)
    }

    fn push(&mut self) -> Result<(), WorkersError> {
        let mut empty = match self.workers.take_done() {
            Some(Done { input: Given::Chunk(chunk), .. }) => chunk,
            _ => Chunk::new(&self.schemas),
        };
        empty.clear();
        let full = std::mem::replace(&mut self.chunk, empty);
        self.workers.on_chunk(SourceId::default(), full, &mut self.matches)
    }
}
