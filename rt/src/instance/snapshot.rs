//! The state of an instance as a snapshot, and back.
//!
//! Regions of worker `w` (0 where there is one): `w/engine` what time and counts are, `w/waiting` the events that wait for the
//! watermark, `w/rule/NAME…` and `w/window/NAME…` what operators hold. The first two are the same in all workers.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::ingest::InputStats;
use super::operator::Operator;
use super::pending::Pending;
use super::rule::Part;
use super::share::Share;
use super::source::Saved as SavedSources;
use super::{EngineError, Instance, Options, SourceId};
use crate::partition::saved::Key;
use crate::plan::{OperatorPlan, Placement, Plan};
use crate::shard::Shard;
use crate::snapshot::codec::{Corrupt, Persist, Reader, persist};
use crate::snapshot::{Image, Sink, Snapshot, Tracker};

/// What is to happen if the rules are not those that the snapshot was taken of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Changes {
    /// It is refused.
    #[default]
    Refuse,
    /// Rules that did not change keep their state; others begin anew.
    Allow,
}

/// What has become of the rules of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Rules whose state was taken over.
    pub kept: Vec<String>,
    /// Rules that begin anew, since they are new or were changed.
    pub fresh: Vec<String>,
    /// Rules of the snapshot that there are no more, or were changed: what they held is gone.
    pub dropped: Vec<String>,
}

/// Why a program cannot go on from a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// A region is not there or not what it should be.
    Corrupt(String),
    /// The snapshot is of other rules.
    Rules(Carried),
    /// An event type is declared otherwise, or not at all, and may not be, or events of it wait.
    Input(String),
    /// Events of this type wait, and rules now read a field that was not kept of them.
    Waiting(String),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt(region) => write!(f, "the part `{region}` is missing or damaged"),
            Self::Rules(changed) => {
                f.write_str("it was taken of other rules")?;
                for (what, names) in
                    [("new or changed", &changed.fresh), ("gone or changed", &changed.dropped)]
                {
                    if !names.is_empty() {
                        write!(f, "; {what}: {}", names.join(", "))?;
                    }
                }
                Ok(())
            }
            Self::Input(name) => {
                write!(f, "the event type `{name}` is declared otherwise than when events of it were taken")
            }
            Self::Waiting(name) => write!(
                f,
                "events of `{name}` wait for the watermark, and the rules now read fields that were not kept of them"
            ),
        }
    }
}

impl core::error::Error for RestoreError {}

/// An event type, as the snapshot knows it.
struct SavedInput {
    name: String,
    fingerprint: u64,
    /// Which fields are read.
    used: Vec<bool>,
    stats: InputStats,
}

persist!(SavedInput { name, fingerprint, used, stats });
persist!(InputStats { events, late, untimed });

/// What is of no operator.
struct Engine {
    inputs: Vec<SavedInput>,
    sources: SavedSources,
    seq: i64,
    clock: Option<i64>,
    faults: u64,
    /// The name and the fingerprint of each operator.
    operators: Vec<(String, u64)>,
}

impl Persist for Engine {
    fn save(&self, out: &mut Vec<u8>) {
        (self.seq, self.clock, self.faults).save(out);
        self.inputs.save(out);
        self.sources.save(out);
        self.operators.save(out);
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (seq, clock, faults) = from.read()?;
        Ok(Self { inputs: from.read()?, sources: from.read()?, operators: from.read()?, seq, clock, faults })
    }
}

/// The name of an operator in snapshots, and its fingerprint.
fn identity(plan: &Plan, number: usize) -> (String, u64) {
    match &plan.operators[number] {
        OperatorPlan::Rule(rule) => {
            let before = &plan.operators[..number];
            let rules = before.iter().filter(|operator| matches!(operator, OperatorPlan::Rule(_))).count();
            (format!("rule/{}", plan.outputs[rules].name), rule.fingerprint)
        }
        OperatorPlan::Window(window) => (format!("window/{}", window.name), window.fingerprint),
    }
}

impl Instance {
    /// Takes a whole snapshot. A [`Tracker`] takes smaller ones, of what has changed.
    ///
    /// # Errors
    /// If the instance has failed.
    pub fn snapshot(&self) -> Result<Snapshot, EngineError> {
        Tracker::new().take(|sink| self.save(sink))
    }

    /// Writes the state to a [`Tracker`], or elsewhere. It has to be called between other calls, so nothing is half done.
    ///
    /// # Errors
    /// If the instance has failed.
    pub fn save(&self, sink: &mut dyn Sink) -> Result<(), EngineError> {
        self.fail()?;
        let worker = self.shard.index();
        if worker == 0 {
            self.save_engine(sink);
        }
        for (number, operator) in self.operators.iter().enumerate() {
            if matches!(self.shares[number], Share::Nothing) {
                continue;
            }
            let name = format!("{worker}/{}", identity(&self.plan, number).0);
            match (operator, &self.plan.operators[number]) {
                (Operator::Rule(rule), OperatorPlan::Rule(of)) => rule.save(of, &name, sink),
                (Operator::Window(window), OperatorPlan::Window(_)) => window.save(&name, sink),
                _ => unreachable!("operators are those of the plan"),
            }
        }
        Ok(())
    }

    /// What is the same on all workers.
    fn save_engine(&self, sink: &mut dyn Sink) {
        let inputs = self.plan.inputs.iter().zip(&self.ingest.stats).map(|(input, stats)| SavedInput {
            name: input.schema.name.clone(),
            fingerprint: input.fingerprint,
            used: input.schema.fields.iter().map(|field| field.used).collect(),
            stats: *stats,
        });
        let engine = Engine {
            inputs: inputs.collect(),
            sources: self.sources.save(),
            seq: self.seq,
            clock: self.clock,
            faults: self.work.faults,
            operators: (0..self.operators.len()).map(|number| identity(&self.plan, number)).collect(),
        };
        let mut out = Vec::new();
        engine.save(&mut out);
        sink.region("0/engine", &out);
        out.clear();
        self.pending.save(&self.plan, &mut out);
        sink.region("0/waiting", &out);
    }

    /// A program that goes on where the one of a snapshot was.
    ///
    /// # Errors
    /// If the snapshot is damaged, or of a program that differs in what matters.
    ///
    /// # Panics
    /// If the plan contradicts itself.
    pub fn restore(
        plan: Arc<Plan>,
        options: Options,
        image: &Image,
        changes: Changes,
    ) -> Result<(Self, Carried), RestoreError> {
        Self::restore_shard(plan, options, image, changes, Shard::ALL)
    }

    /// The same of one of several workers, of a snapshot that any number of workers took.
    pub(crate) fn restore_shard(
        plan: Arc<Plan>,
        options: Options,
        image: &Image,
        changes: Changes,
        shard: Shard,
    ) -> Result<(Self, Carried), RestoreError> {
        let regions: BTreeMap<&str, &[u8]> = image.regions().collect();
        let region = |name: &str| regions.get(name).copied();
        let corrupt = |name: &str| RestoreError::Corrupt(name.into());
        let read = |name: &str| region(name).ok_or_else(|| corrupt(name)).map(Reader::new);
        let engine: Engine = read("0/engine")?.read().map_err(|Corrupt| corrupt("0/engine"))?;
        let carried = carried(&plan, &engine);
        if changes == Changes::Refuse && !(carried.fresh.is_empty() && carried.dropped.is_empty()) {
            return Err(RestoreError::Rules(carried));
        }
        let types = types(&plan, &engine, changes)?;
        let mut instance = Self::of_shard(plan, options, shard);
        instance.take_engine(&engine, &types).map_err(|Corrupt| corrupt("0/engine"))?;
        instance.take_waiting(&engine, &types, read("0/waiting")?)?;
        for number in 0..instance.operators.len() {
            let known = identity(&instance.plan, number);
            if engine.operators.contains(&known) {
                let parts = image.workers().map(|worker| format!("{worker}/{}", known.0));
                let parts: Vec<String> = parts.filter(|name| region(name).is_some()).collect();
                instance.take_operator(number, &region, &parts).map_err(|Corrupt| corrupt(&known.0))?;
            }
        }
        Ok((instance, carried))
    }

    /// Takes over what is this worker's of an operator.
    fn take_operator<'b>(
        &mut self,
        number: usize,
        regions: &dyn Fn(&str) -> Option<&'b [u8]>,
        parts: &[String],
    ) -> Result<(), Corrupt> {
        let Self { shares, plan, operators, shard, .. } = self;
        let whole = match &shares[number] {
            Share::Nothing => return Ok(()),
            Share::All => matches!(plan.placements[number], Placement::Whole(_)) || shard.is_all(),
            Share::Shard(_) | Share::Turns => false,
        };
        let all = |_: Key<'_>| true;
        let mine = |key: Key<'_>| key.hash().is_none_or(|hash| shard.has(hash));
        let keep: &dyn Fn(Key<'_>) -> bool = if whole { &all } else { &mine };
        // What was counted is one worker's, and so is a rule without a key.
        let counts = whole || shard.index() == 0;
        let mut deadlines = Vec::new();
        for name in parts {
            let part = Part { regions, name, keep, whole: parts.len() == 1 && whole, counts };
            match (&mut operators[number], &plan.operators[number]) {
                (Operator::Rule(rule), OperatorPlan::Rule(of)) => rule.absorb(of, &part, &mut deadlines)?,
                (Operator::Window(window), OperatorPlan::Window(of)) => window.absorb(of, &part)?,
                _ => unreachable!("operators are those of the plan"),
            }
        }
        match &mut operators[number] {
            Operator::Rule(rule) => rule.settle(deadlines),
            Operator::Window(window) => window.settle(),
        }
        Ok(())
    }

    /// The same program with other rules: what did not change goes on, and no event is lost.
    ///
    /// # Errors
    /// As [`Instance::restore`]. The instance is then as it was.
    pub fn replace(&mut self, plan: Arc<Plan>) -> Result<Carried, ReplaceError> {
        let image = Image::new(self.snapshot()?).map_err(|_| RestoreError::Corrupt(String::new()))?;
        let (instance, carried) = Self::restore(plan, self.options.clone(), &image, Changes::Allow)?;
        *self = instance;
        Ok(carried)
    }

    /// How many inputs were added.
    #[cfg(feature = "std")]
    pub(crate) fn sources_asked_for(&self) -> u32 {
        self.sources.asked_for() as u32
    }

    /// Says anew of which types a source brings events: after a change of rules there may be others.
    ///
    /// # Panics
    /// If there is no such type or source.
    pub fn set_source_types(&mut self, source: SourceId, types: &[usize]) {
        self.sources.set_types(source, types);
    }

    /// The inputs that the program has.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..self.sources.len() as u32).map(SourceId)
    }

    fn take_engine(&mut self, engine: &Engine, types: &[Option<usize>]) -> Result<(), Corrupt> {
        (self.seq, self.clock, self.work.faults) = (engine.seq, engine.clock, engine.faults);
        for (input, now) in engine.inputs.iter().zip(types) {
            if let &Some(now) = now {
                self.ingest.stats[now] = input.stats;
            }
        }
        self.sources.load(&engine.sources, types)
    }

    fn take_waiting(
        &mut self,
        engine: &Engine,
        types: &[Option<usize>],
        mut from: Reader<'_>,
    ) -> Result<(), RestoreError> {
        let corrupt = |Corrupt| RestoreError::Corrupt("0/waiting".into());
        let fields: Vec<usize> = engine.inputs.iter().map(|input| input.used.len()).collect();
        let mut any = from;
        if any.read::<u64>().map_err(corrupt)? == 0 {
            return Ok(());
        }
        let waits = Pending::waiting_types(from, types.len()).map_err(corrupt)?;
        for ((input, now), _) in engine.inputs.iter().zip(types).zip(waits).filter(|(_, waits)| *waits) {
            let Some(now) = now.map(|now| &self.plan.inputs[now]) else { continue };
            if now.fingerprint != input.fingerprint {
                return Err(RestoreError::Input(input.name.clone()));
            }
            if now.schema.fields.iter().zip(&input.used).any(|(field, used)| field.used && !used) {
                return Err(RestoreError::Waiting(input.name.clone()));
            }
        }
        self.pending.load(&self.plan, types, &fields, &mut from).map_err(corrupt)
    }
}

/// Why rules could not be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplaceError {
    /// The program has failed before.
    Engine(EngineError),
    /// Its state does not fit the new rules.
    Restore(RestoreError),
}

impl From<EngineError> for ReplaceError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<RestoreError> for ReplaceError {
    fn from(error: RestoreError) -> Self {
        Self::Restore(error)
    }
}

impl fmt::Display for ReplaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => error.fmt(f),
            Self::Restore(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ReplaceError {}

/// Which rules keep their state. Windows are told by the rules that read them, which change with them.
fn carried(plan: &Plan, engine: &Engine) -> Carried {
    let now: Vec<(String, u64)> = (0..plan.operators.len()).map(|number| identity(plan, number)).collect();
    let rule = |name: &str| name.strip_prefix("rule/").map(String::from);
    let mut carried = Carried::default();
    for known in &now {
        let of = if engine.operators.contains(known) { &mut carried.kept } else { &mut carried.fresh };
        of.extend(rule(&known.0));
    }
    for known in engine.operators.iter().filter(|known| !now.contains(known)) {
        carried.dropped.extend(rule(&known.0));
    }
    carried
}

/// For each event type of the snapshot which it is now, by its name.
fn types(plan: &Plan, engine: &Engine, changes: Changes) -> Result<Vec<Option<usize>>, RestoreError> {
    let now = |input: &SavedInput| {
        let found = plan.inputs.iter().position(|now| now.schema.name == input.name);
        let same = found.is_some_and(|now| plan.inputs[now].fingerprint == input.fingerprint);
        match changes {
            Changes::Refuse if !same => Err(RestoreError::Input(input.name.clone())),
            _ => Ok(found),
        }
    };
    engine.inputs.iter().map(now).collect()
}
