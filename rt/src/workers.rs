//! One program on several cores, with the output of one [`Instance`].
//!
//! ```text
//!                     ┌── bounded channel ──► worker 0: an instance with shard 0 ──┐
//!  caller ──command──►│                                                            ├──► matches in order   [`merge`]
//!                     └── bounded channel ──► worker 1: an instance with shard 1 ──┘
//! ```
//!
//! Workers share nothing that changes. Every command (a chunk of input, a watermark, an end) goes to all of them; columns are shared,
//! not copied. So every worker gives each event the same time and number, and holds the same events to be late; of what
//! an operator then does it does its share, as the plan's [`Placement`](crate::plan::Placement)s say. What the workers have
//! matched is merged by time, number and rule: the output is that of one instance, whatever their number.
//!
//! At most [`IN_FLIGHT`] commands are under way. Who gives one more waits for the oldest, so a caller that writes matches to a slow
//! place, or a slow worker, slows the input, and nothing grows.

mod command;
mod error;
mod merge;
mod stats;
mod thread;

use std::collections::VecDeque;
use std::io;
use std::mem::take;
use std::sync::Arc;
use std::vec::Vec;

pub use self::error::{ResumeError, WorkersError};

use self::command::{Command, Task};
use self::thread::{Answer, Buffers, Known, Worker};
use crate::batch::{Batch, Chunk};
use crate::instance::{Carried, Changes, Instance, Options, Rejected, SourceId, Stats};
use crate::output::Matches;
use crate::plan::Plan;
use crate::shard::Shard;
use crate::snapshot::{Image, Snapshot, Tracker};

/// How many commands are under way at most. PERF: enough that a worker seldom waits for another, few enough that what they
/// bring stays in a cache.
pub const IN_FLIGHT: usize = 4;

/// How a program is spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkersOptions {
    /// How many workers; 0 is as 1. A single one runs on the caller's thread.
    pub count: usize,
    /// Whether each is bound to a core of its own (the first again, if there are more workers); then a single one has a
    /// thread, too.
    pub pin: bool,
    /// Whether matches come in the order of one instance. Otherwise those of each worker come as soon as it has done a command: in
    /// order among themselves, but not with those of others.
    pub ordered: bool,
    /// Whether input comes back by [`Workers::take_done`], which is then to be called, since it is kept until it is asked for.
    pub gives_back: bool,
    /// How each runs.
    pub instance: Options,
}

impl Default for WorkersOptions {
    fn default() -> Self {
        Self { count: 1, pin: false, ordered: true, gives_back: false, instance: Options::default() }
    }
}

/// Input that all workers are done with, and what of it was not let in.
#[derive(Debug)]
pub struct Done {
    /// Where it came from.
    pub source: SourceId,
    /// What was given.
    pub input: Given,
    /// The events that were not let in.
    pub rejected: Vec<Rejected>,
}

/// Input as it was given.
#[derive(Debug)]
pub enum Given {
    /// Rows of several types, to be filled again.
    Chunk(Chunk),
    /// Rows of one type.
    Batch(usize, Arc<Batch>),
}

/// A running program on several workers.
///
/// It is called as an [`Instance`] is, but input is handed over, and matches come some commands later: with each call those that
/// are known by then, and all with [`Workers::drain`] and [`Workers::finish`]. They come in the order of an instance.
#[derive(Debug)]
pub struct Workers {
    plan: Arc<Plan>,
    team: Team,
    /// As of the last command that is done.
    known: Known,
    /// How many sources were asked for.
    sources: u32,
    /// Whether input has been taken.
    begun: bool,
    clock: Option<i64>,
    /// Input to be given back, if that is wanted.
    done: Option<VecDeque<Done>>,
    failed: Option<WorkersError>,
}

/// Who does the work.
#[derive(Debug)]
enum Team {
    /// The caller's thread.
    One(std::boxed::Box<(Instance, Tracker)>),
    Many(Many),
}

/// Threads, and what they have been given to do.
#[derive(Debug)]
struct Many {
    workers: Vec<Worker>,
    /// What is under way, oldest first.
    tasks: VecDeque<Arc<Task>>,
    /// The answers of all to the oldest, while they come in.
    answers: Vec<Answer>,
    merge: merge::Merge,
    ordered: bool,
}

impl Workers {
    /// A program that has seen nothing, with one source of all types.
    ///
    /// # Errors
    /// If a thread cannot be started, or cannot be bound to a core.
    ///
    /// # Panics
    /// If the plan contradicts itself.
    pub fn start(plan: Arc<Plan>, options: &WorkersOptions) -> io::Result<Self> {
        let instance = |shard| Ok(Instance::of_shard(Arc::clone(&plan), options.instance.clone(), shard));
        Self::with(&plan, options, instance)
    }

    /// A program that goes on where the one of a snapshot was, which any number of workers may have taken.
    ///
    /// # Errors
    /// If the snapshot is damaged, or of a program that differs in what matters; or as [`Workers::start`].
    ///
    /// # Panics
    /// If the plan contradicts itself.
    pub fn restore(
        plan: Arc<Plan>,
        options: &WorkersOptions,
        image: &Image,
        changes: Changes,
    ) -> Result<(Self, Carried), ResumeError> {
        let mut carried = Carried::default();
        let workers = Self::with::<ResumeError>(&plan, options, |shard| {
            let (plan, options) = (Arc::clone(&plan), options.instance.clone());
            let restored = Instance::restore_shard(plan, options, image, changes, shard);
            let (instance, of) = restored.map_err(ResumeError::Restore)?;
            carried = of;
            Ok(instance)
        })?;
        Ok((workers, carried))
    }

    fn with<E: From<io::Error>>(
        plan: &Arc<Plan>,
        options: &WorkersOptions,
        mut instance: impl FnMut(Shard) -> Result<Instance, E>,
    ) -> Result<Self, E> {
        let count = u32::try_from(options.count.max(1)).map_err(|_| io::ErrorKind::InvalidInput.into())?;
        let (mut known, mut sources) = (Known::default(), 0);
        let mut made = |shard| {
            let instance = instance(shard)?;
            known.read(&instance);
            sources = instance.sources_asked_for();
            Ok::<_, E>(instance)
        };
        let team = if count == 1 && !options.pin {
            Team::One(std::boxed::Box::new((made(Shard::ALL)?, Tracker::new())))
        } else {
            let cores = if options.pin { thread::cores()? } else { Vec::new() };
            let mut worker = |index: u32| {
                let core = cores.get(index as usize % cores.len().max(1)).copied();
                Ok::<_, E>(Worker::start(index, made(Shard::new(index, count))?, core, plan)?)
            };
            let workers = (0..count).map(&mut worker).collect::<Result<Vec<_>, E>>()?;
            workers.iter().try_for_each(Worker::ready)?;
            let merge = merge::Merge::new(plan);
            let (tasks, answers, ordered) = (VecDeque::new(), Vec::new(), options.ordered);
            Team::Many(Many { workers, tasks, answers, merge, ordered })
        };
        let (plan, done) = (Arc::clone(plan), options.gives_back.then(VecDeque::new));
        Ok(Self { plan, team, known, sources, begun: false, clock: None, done, failed: None })
    }

    /// Takes a snapshot of all workers at once: whole, or of what has changed since the last one that was taken (the first is whole).
    /// Waits for what is under way.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn snapshot(&mut self, whole: bool, matches: &mut Matches) -> Result<Snapshot, WorkersError> {
        self.drain(matches)?;
        let taken = match &mut self.team {
            Team::One(one) => {
                let (instance, tracker) = &mut **one;
                thread::take_snapshot(instance, tracker, whole).map_err(WorkersError::Stopped)
            }
            Team::Many(many) => many.snapshot(whole),
        };
        taken.map_err(|error| self.stopped(error))
    }

    /// The inputs that were added, in order.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..self.sources).map(SourceId)
    }

    /// How many workers there are.
    pub fn count(&self) -> usize {
        match &self.team {
            Team::One(_) => 1,
            Team::Many(many) => many.workers.len(),
        }
    }

    /// The program.
    pub const fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Adds an input: see [`Instance::add_source`].
    ///
    /// # Errors
    /// If the program has stopped.
    ///
    /// # Panics
    /// If input has been taken: sources are added before.
    pub fn add_source(&mut self, types: &[usize], matches: &mut Matches) -> Result<SourceId, WorkersError> {
        assert!(!self.begun, "Workers: sources are added before there is input");
        let id = SourceId(self.sources);
        self.sources += 1;
        self.give(Command::AddSource(types.to_vec()), matches)?;
        Ok(id)
    }

    /// Says anew of which types a source brings events: see [`Instance::set_source_types`].
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn set_source_types(
        &mut self,
        source: SourceId,
        types: &[usize],
        matches: &mut Matches,
    ) -> Result<(), WorkersError> {
        self.give(Command::SourceTypes(source, types.to_vec()), matches)
    }

    /// Sets the time of arrival of events to come: see [`Instance::set_clock`].
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn set_clock(&mut self, now: Option<i64>, matches: &mut Matches) -> Result<(), WorkersError> {
        if now == self.clock {
            return self.fail();
        }
        self.clock = now;
        self.give(Command::Clock(now), matches)
    }

    /// Takes rows of any types in the order in which they arrived from a source. They come back by [`Workers::take_done`], if that is wanted.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn on_chunk(
        &mut self,
        source: SourceId,
        chunk: Chunk,
        matches: &mut Matches,
    ) -> Result<(), WorkersError> {
        self.begun = true;
        self.give(Command::Chunk(source, chunk), matches)
    }

    /// Takes rows of type number `ty` from a source; they are not copied if they are in order and not held back.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn on_batch(
        &mut self,
        source: SourceId,
        ty: usize,
        batch: Arc<Batch>,
        matches: &mut Matches,
    ) -> Result<(), WorkersError> {
        self.begun = true;
        self.give(Command::Batch(source, ty, batch), matches)
    }

    /// Notes that no source will bring an event before `time`.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn on_watermark(&mut self, time: i64, matches: &mut Matches) -> Result<(), WorkersError> {
        self.give(Command::Watermark(time), matches)
    }

    /// Notes that a source will bring no event before `time`; others may.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn on_source_watermark(
        &mut self,
        source: SourceId,
        time: i64,
        matches: &mut Matches,
    ) -> Result<(), WorkersError> {
        self.give(Command::SourceWatermark(source, time), matches)
    }

    /// Says that a source is silent, or that it is to be waited for: see [`Instance::set_idle`].
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn set_idle(
        &mut self,
        source: SourceId,
        idle: bool,
        matches: &mut Matches,
    ) -> Result<(), WorkersError> {
        self.give(Command::Idle(source, idle), matches)
    }

    /// Notes that a source has ended. If all have, time is at its end.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn finish_source(&mut self, source: SourceId, matches: &mut Matches) -> Result<(), WorkersError> {
        self.give(Command::SourceWatermark(source, i64::MAX), matches)
    }

    /// Notes that all sources have ended, and waits for all matches.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn finish(&mut self, matches: &mut Matches) -> Result<(), WorkersError> {
        self.give(Command::Watermark(i64::MAX), matches)?;
        self.drain(matches)
    }

    /// Takes in what workers have answered, without waiting.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn poll(&mut self, matches: &mut Matches) -> Result<(), WorkersError> {
        self.fail()?;
        while self.take_answers(false, matches)? {}
        Ok(())
    }

    /// Waits until the oldest command that is under way is done; whether there was one.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn wait_for_oldest(&mut self, matches: &mut Matches) -> Result<bool, WorkersError> {
        self.fail()?;
        self.take_answers(true, matches)
    }

    /// Waits until all commands are done.
    ///
    /// # Errors
    /// If the program has stopped.
    pub fn drain(&mut self, matches: &mut Matches) -> Result<(), WorkersError> {
        self.fail()?;
        while self.take_answers(true, matches)? {}
        Ok(())
    }

    /// Input that all workers are done with, the oldest first; none without [`WorkersOptions::gives_back`].
    pub fn take_done(&mut self) -> Option<Done> {
        self.done.as_mut()?.pop_front()
    }

    /// How many commands are under way: at most [`IN_FLIGHT`].
    pub fn in_flight(&self) -> usize {
        match &self.team {
            Team::One(_) => 0,
            Team::Many(many) => many.tasks.len(),
        }
    }

    /// How far a source has come, as of the last command that is done.
    pub fn source_watermark(&self, source: SourceId) -> i64 {
        self.known.watermarks.get(source.0 as usize).copied().unwrap_or(i64::MIN)
    }

    /// Whether a source is idle, as of the last command that is done.
    pub fn is_idle(&self, source: SourceId) -> bool {
        self.known.idle.get(source.0 as usize).copied().unwrap_or(false)
    }

    /// How far time has come, as of the last command that is done.
    pub const fn watermark(&self) -> i64 {
        self.known.watermark
    }

    /// Events that wait for the watermark, as of the last command that is done.
    pub const fn waiting(&self) -> usize {
        self.known.waiting
    }

    /// The last event that waits, as of the last command that is done: see [`Instance::last_waiting`].
    pub const fn last_waiting(&self) -> Option<(i64, SourceId)> {
        self.known.last_waiting
    }

    /// When the next deadline is, if there is any, as of the last command that is done.
    pub const fn next_deadline(&self) -> Option<i64> {
        self.known.next_deadline
    }

    /// The least watermark that would make something happen, if any would, as of the last command that is done: see
    /// [`Instance::next_due`].
    pub const fn next_due(&self) -> Option<i64> {
        self.known.next_due
    }

    /// Bytes that all workers hold, as of the last command that is done. Each holds the events that wait.
    pub const fn bytes(&self) -> u64 {
        self.known.bytes
    }

    /// What was counted so far, over all workers; waits for what is under way. Faults in guards and times that each worker has evaluated
    /// for itself count for each.
    ///
    /// # Errors
    /// If a worker has panicked. That a bound has stopped the program is no error here.
    pub fn stats(&mut self, matches: &mut Matches) -> Result<Stats, WorkersError> {
        match self.drain(matches) {
            Err(error @ WorkersError::Panicked { .. }) => return Err(error),
            Ok(()) | Err(WorkersError::Stopped(_)) => {}
        }
        let stats = match &mut self.team {
            Team::One(one) => Ok(one.0.stats()),
            Team::Many(many) => many.stats(),
        };
        stats.map_err(|error| self.stopped(error))
    }

    fn fail(&self) -> Result<(), WorkersError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn give(&mut self, command: Command, matches: &mut Matches) -> Result<(), WorkersError> {
        self.fail()?;
        match &mut self.team {
            Team::One(one) => {
                let instance = &mut one.0;
                let result = command.run(instance, matches);
                let rejected =
                    if command.input().is_some() { instance.rejected().to_vec() } else { Vec::new() };
                self.known.read(instance);
                self.keep(command, rejected);
                result.map_err(|error| self.stopped(WorkersError::Stopped(error)))
            }
            Team::Many(_) => {
                while self.in_flight() >= IN_FLIGHT {
                    self.take_answers(true, matches)?;
                }
                let Team::Many(many) = &mut self.team else { unreachable!("a team does not change") };
                many.give(command);
                while self.take_answers(false, matches)? {}
                Ok(())
            }
        }
    }

    /// Takes in the answers to the oldest command, if there is one; unless it is to `wait`, only if all are there. Whether they were.
    fn take_answers(&mut self, wait: bool, matches: &mut Matches) -> Result<bool, WorkersError> {
        let Team::Many(many) = &mut self.team else { return Ok(false) };
        if !many.ordered {
            many.workers.iter_mut().for_each(|worker| worker.take_matches(matches));
        }
        match many.answers(wait) {
            Ok(false) => return Ok(false),
            Ok(true) => {}
            Err(error) => return Err(self.stopped(error)),
        }
        let failed = many.merge.take(&mut many.answers, matches);
        let rejected = take(&mut many.answers[0].rejected);
        self.known.merge(&many.answers);
        let task = many.tasks.pop_front().expect("an answer is to a command");
        many.recycle();
        let task = Arc::into_inner(task).expect("workers let go of a command before they answer");
        self.keep(task.command, rejected);
        match failed {
            Some(error) => Err(self.stopped(WorkersError::Stopped(error))),
            None => Ok(true),
        }
    }

    fn keep(&mut self, command: Command, rejected: Vec<Rejected>) {
        let Some(done) = &mut self.done else { return };
        let (source, input) = match command {
            Command::Chunk(source, chunk) => (source, Given::Chunk(chunk)),
            Command::Batch(source, ty, batch) => (source, Given::Batch(ty, batch)),
            _ => return,
        };
        done.push_back(Done { source, input, rejected });
    }

    fn stopped(&mut self, error: WorkersError) -> WorkersError {
        self.failed.get_or_insert(error).clone()
    }
}

impl Many {
    /// Hands a command to all workers. That one of them is gone shows when its answer is missed.
    fn give(&mut self, command: Command) {
        let task = Arc::new(Task::new(command, self.workers.len()));
        self.workers.iter_mut().for_each(|worker| worker.give(Arc::clone(&task)));
        self.tasks.push_back(task);
    }

    /// Whether the answers of all workers to the oldest command are there; if it is to `wait` and there is a command, they are.
    fn answers(&mut self, wait: bool) -> Result<bool, WorkersError> {
        if self.tasks.is_empty() {
            return Ok(false);
        }
        while let Some(worker) = self.workers.get_mut(self.answers.len()) {
            match worker.answer(wait)? {
                Some(answer) => self.answers.push(answer),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Gives workers back what they answered with, to be filled again.
    fn recycle(&mut self) {
        for (worker, answer) in self.workers.iter_mut().zip(self.answers.drain(..)) {
            let Buffers { mut matches, mut tags } = answer.buffers;
            matches.clear();
            tags.clear();
            worker.spare.push(Buffers { matches, tags });
        }
    }

    /// A snapshot of all. Nothing is under way.
    fn snapshot(&mut self, whole: bool) -> Result<Snapshot, WorkersError> {
        self.give(Command::Snapshot { whole });
        self.answers(true)?;
        self.tasks.clear();
        let failed = self.answers.iter().find_map(|answer| answer.result.clone().err());
        let parts = self.answers.iter_mut().filter_map(|answer| answer.snapshot.take()).collect();
        self.recycle();
        match failed {
            Some(error) => Err(WorkersError::Stopped(error)),
            None => Ok(Snapshot::join(parts).expect("all workers were told the same")),
        }
    }

    /// What all have counted. Of a program that has stopped there may be commands under way, whose matches do not count.
    fn stats(&mut self) -> Result<Stats, WorkersError> {
        while self.answers(true)? {
            self.tasks.pop_front();
            self.recycle();
        }
        self.give(Command::Stats);
        self.answers(true)?;
        self.tasks.clear();
        let all = self.answers.iter_mut().filter_map(|answer| answer.stats.take()).collect();
        self.recycle();
        Ok(stats::merged(all))
    }
}
