//! Machine code, through the runtime's instance.

use super::{Cut, Engine, Prepared};
use crate::outcome::{Failed, Match, Outcome};
use portent_compiler::Rules;
use portent_compiler::jit::{self, JitOptions, Opt};
use portent_compiler::oracle::{Input, Limited};
use portent_rt::instance::{Bound, Changes, EngineError, Instance, Options, SourceId, Stats};
use portent_rt::plan::Plan;
use portent_rt::snapshot::{Image, Snapshot, Tracker};
use portent_rt::{Chunk, EventSchema, Matches};
use std::mem::take;
use std::sync::Arc;

/// The machine-code engine, with one source.
#[derive(Clone, Copy, Debug)]
pub struct Jit;

impl Engine for Jit {
    fn name(&self) -> &'static str {
        "jit"
    }

    fn run(&self, rules: &Rules, inputs: &[Input], cut: Cut) -> Result<Outcome, String> {
        self.prepare(rules)?(inputs, cut)
    }

    fn prepare<'a>(&'a self, rules: &'a Rules) -> Result<Box<Prepared<'a>>, String> {
        prepare(rules, false)
    }
}

/// The same, but that after every call the program is thrown away and another one goes on from a snapshot of it: now and then
/// from a whole one, otherwise from what has changed since.
#[derive(Clone, Copy, Debug)]
pub struct Restored;

impl Engine for Restored {
    fn name(&self) -> &'static str {
        "restored"
    }

    fn run(&self, rules: &Rules, inputs: &[Input], cut: Cut) -> Result<Outcome, String> {
        self.prepare(rules)?(inputs, cut)
    }

    fn prepare<'a>(&'a self, rules: &'a Rules) -> Result<Box<Prepared<'a>>, String> {
        prepare(rules, true)
    }
}

fn prepare(rules: &Rules, restores: bool) -> Result<Box<Prepared<'_>>, String> {
    // PERF: generating code is most of the time of a small program. The quick settings differ in what Cranelift does, not in
    // what we do, so most programs run with them.
    let kernels = rules.lir.rules.len() + rules.lir.guards.len();
    let opt = if kernels % 8 == 1 { Opt::Speed } else { Opt::None };
    let plan = jit::compile(&rules.lir, &JitOptions { opt }).map_err(|error| error.to_string())?;
    let plan = Arc::new(plan);
    Ok(Box::new(move |inputs, cut| {
        // The least working batch, so that small inputs have several.
        let options = Options { batch_rows: 64, ..Options::default() };
        let mut run = Run::new(plan.clone(), options);
        run.snapshots = restores.then(Snapshots::default);
        let failed = run.all(inputs, cut).err();
        run.outcome(failed)
    }))
}

/// What a program is restored from.
#[derive(Default)]
struct Snapshots {
    tracker: Tracker,
    image: Image,
    taken: usize,
}

/// How many snapshots there are from a whole one to the next.
const CHAIN: usize = 7;

impl Snapshots {
    /// Another program in the state of this one.
    fn exchange(&mut self, instance: &Instance, options: Options) -> Result<Instance, String> {
        if self.taken.is_multiple_of(CHAIN) {
            self.tracker.restart();
        }
        self.taken += 1;
        let taken = self.tracker.take(|sink| instance.save(sink)).map_err(|error| error.to_string())?;
        let read = Snapshot::from_bytes(&taken.to_bytes()).map_err(|error| error.to_string())?;
        self.image.apply(read).map_err(|error| error.to_string())?;
        let restored = Instance::restore(instance.plan().clone(), options, &self.image, Changes::Refuse);
        restored.map(|(instance, _)| instance).map_err(|error| error.to_string())
    }
}

struct Run {
    options: Options,
    /// If the program is exchanged after each call.
    snapshots: Option<Snapshots>,
    plan: Arc<Plan>,
    schemas: Vec<EventSchema>,
    instance: Instance,
    matches: Matches,
}

impl Run {
    fn new(plan: Arc<Plan>, options: Options) -> Run {
        let schemas: Vec<EventSchema> = plan.inputs.iter().map(|input| input.schema.clone()).collect();
        Run {
            matches: Matches::new(&plan.outputs),
            instance: Instance::new(plan.clone(), options.clone()),
            options,
            snapshots: None,
            schemas,
            plan,
        }
    }

    fn all(&mut self, inputs: &[Input], cut: Cut) -> Result<(), EngineError> {
        let schemas = take(&mut self.schemas);
        each_call(inputs, cut, &schemas, |call| match call {
            Call::Chunk(chunk) => self.push(chunk),
            Call::Watermark(at) => self.instance.on_watermark(at, &mut self.matches),
        })?;
        self.instance.finish(&mut self.matches)
    }

    fn push(&mut self, chunk: &Chunk) -> Result<(), EngineError> {
        let result = self.instance.on_chunk(SourceId::default(), chunk, &mut self.matches);
        if let Some(snapshots) = self.snapshots.as_mut().filter(|_| result.is_ok()) {
            self.instance = snapshots
                .exchange(&self.instance, self.options.clone())
                .unwrap_or_else(|error| panic!("a program goes on from its own snapshot: {error}"));
        }
        result
    }

    fn outcome(self, failed: Option<EngineError>) -> Result<Outcome, String> {
        outcome(&self.plan, &self.matches, &self.instance.stats(), failed)
    }
}

/// A call of the runtime. A chunk may be exchanged for another one.
pub(super) enum Call<'a> {
    Chunk(&'a mut Chunk),
    Watermark(i64),
}

/// Makes the calls that an input comes to, cut so.
pub(super) fn each_call<E>(
    inputs: &[Input],
    cut: Cut,
    schemas: &[EventSchema],
    mut make: impl FnMut(Call<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut sizes = cut.sizes();
    let mut size = sizes.next().unwrap_or(usize::MAX);
    let mut chunk = Chunk::new(schemas);
    let push = |chunk: &mut Chunk, make: &mut dyn FnMut(Call<'_>) -> Result<(), E>| {
        make(Call::Chunk(chunk))?;
        chunk.clear();
        Ok(())
    };
    for input in inputs {
        match input {
            Input::Event(event) => {
                chunk.push(schemas, event.ty.0 as usize, &event.values);
                if chunk.len() >= size {
                    push(&mut chunk, &mut make)?;
                    size = sizes.next().unwrap_or(usize::MAX);
                }
            }
            Input::Watermark(at) => {
                push(&mut chunk, &mut make)?;
                make(Call::Watermark(*at))?;
            }
        }
    }
    push(&mut chunk, &mut make)
}

/// What came out of a run.
pub(super) fn outcome(
    plan: &Plan,
    matches: &Matches,
    stats: &Stats,
    failed: Option<EngineError>,
) -> Result<Outcome, String> {
    let Stats { inputs, rules, windows, .. } = stats;
    let matched = |matched: portent_rt::output::Match<'_>| Match {
        rule: matched.schema.name.clone(),
        ts: matched.ts(),
        fields: matched.fields(),
    };
    Ok(Outcome {
        matches: matches.iter(&plan.outputs).map(matched).collect(),
        late: inputs.iter().map(|input| input.late).sum(),
        untimed: inputs.iter().map(|input| input.untimed).sum(),
        dropped_runs: rules.iter().map(|rule| rule.counters.runs_dropped).sum(),
        dropped_events: rules.iter().map(|rule| rule.counters.partitions_dropped).sum::<u64>()
            + windows.iter().map(|window| window.groups_dropped).sum::<u64>(),
        dropped_repetitions: rules.iter().map(|rule| rule.counters.lists_dropped).sum(),
        dropped_rows: windows.iter().map(|window| window.rows_dropped).sum(),
        failed: failed.map(stopped).transpose()?,
    })
}

/// The bound of a rule that stopped the program; others are no bounds of the language.
fn stopped(error: EngineError) -> Result<Failed, String> {
    let what = match error.bound {
        Bound::Runs => Limited::Runs,
        Bound::Partitions => Limited::Partitions,
        Bound::Repetition => Limited::Repetition,
        Bound::Rows => Limited::Rows,
        Bound::Records | Bound::Disorder => return Err(error.to_string()),
    };
    Ok(Failed::new(error.rule.as_deref().unwrap_or_default(), what))
}
