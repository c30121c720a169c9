//! A worker: an instance on a thread of its own, which does one command after the other.

use std::any::Any;
use std::collections::VecDeque;
use std::format;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::{String, ToString};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::vec::Vec;

use core_affinity::CoreId;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use super::command::{Command, Task};
use super::error::WorkersError;
use super::{IN_FLIGHT, Workers};
use crate::instance::{EngineError, Instance, Rejected, SourceId, Stats, Tags};
use crate::output::Matches;
use crate::plan::Plan;
use crate::snapshot::{Snapshot, Tracker};

/// How many commands a worker takes at once, to find out for others what it can about them. PERF: it keeps workers from waiting for each other
/// at every command.
const AHEAD: usize = 2;

/// What a worker fills.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) matches: Matches,
    pub(super) tags: Tags,
}

/// A command, and what to answer in.
#[derive(Debug)]
struct Order {
    task: Arc<Task>,
    buffers: Buffers,
}

/// What a worker says of a command that it has done.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) buffers: Buffers,
    pub(super) result: Result<(), EngineError>,
    /// The events of the command that were not let in, from the first worker alone: they are the same for all.
    pub(super) rejected: Vec<Rejected>,
    pub(super) known: Known,
    pub(super) stats: Option<Stats>,
    pub(super) snapshot: Option<Snapshot>,
}

/// What is known of an instance between commands.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// By source.
    pub(super) watermarks: Vec<i64>,
    pub(super) idle: Vec<bool>,
    pub(super) watermark: i64,
    pub(super) next_deadline: Option<i64>,
    pub(super) next_due: Option<i64>,
    pub(super) waiting: usize,
    pub(super) last_waiting: Option<(i64, SourceId)>,
    pub(super) bytes: u64,
}

impl Known {
    /// What is known of an instance.
    pub(super) fn read(&mut self, instance: &Instance) {
        self.watermarks.clear();
        self.watermarks.extend(instance.sources().map(|source| instance.source_watermark(source)));
        self.idle.clear();
        self.idle.extend(instance.sources().map(|source| instance.is_idle(source)));
        self.watermark = instance.watermark();
        self.next_deadline = instance.next_deadline();
        self.next_due = instance.next_due();
        self.waiting = instance.waiting();
        self.last_waiting = instance.last_waiting();
        self.bytes = instance.bytes();
    }

    /// What is known of all workers.
    pub(super) fn merge(&mut self, answers: &[Answer]) {
        let all = || answers.iter().map(|answer| &answer.known);
        self.clone_from(&answers[0].known);
        self.next_deadline = all().filter_map(|known| known.next_deadline).min();
        self.next_due = all().filter_map(|known| known.next_due).min();
        self.bytes = all().map(|known| known.bytes).sum();
    }
}

/// A thread, as its owner sees it.
#[derive(Debug)]
pub(super) struct Worker {
    index: u32,
    /// None once it is to end.
    orders: Option<Sender<Order>>,
    answers: Receiver<Result<Answer, String>>,
    started: Receiver<io::Result<()>>,
    /// Buffers that it may fill.
    pub(super) spare: Vec<Buffers>,
    /// Answers that have come, but for their matches, before they were asked for.
    early: VecDeque<Result<Answer, String>>,
    thread: Option<JoinHandle<()>>,
    plan: Arc<Plan>,
}

impl Worker {
    /// Starts a thread, bound to a core if one is given.
    pub(super) fn start(
        index: u32,
        instance: Instance,
        core: Option<CoreId>,
        plan: &Arc<Plan>,
    ) -> io::Result<Self> {
        let (orders, taken) = bounded(IN_FLIGHT);
        let (given, answers) = bounded(IN_FLIGHT);
        let (ready, started) = bounded(1);
        let body = move || {
            let bound = core.is_none_or(core_affinity::set_for_current);
            let failed = || io::Error::other(format!("worker {index} could not be bound to a core"));
            let result = if bound { Ok(()) } else { Err(failed()) };
            let runs = result.is_ok();
            if ready.send(result).is_ok() && runs {
                work(index, instance, &taken, &given);
            }
        };
        let thread = Builder::new().name(format!("worker {index}")).spawn(body)?;
        let (thread, plan) = (Some(thread), Arc::clone(plan));
        Ok(Self {
            index,
            orders: Some(orders),
            answers,
            started,
            spare: Vec::new(),
            early: VecDeque::new(),
            thread,
            plan,
        })
    }

    /// Waits until it runs.
    pub(super) fn ready(&self) -> io::Result<()> {
        self.started.recv().map_err(|_| io::Error::other("a worker did not start"))?
    }

    /// Gives it a command; there are fewer than [`IN_FLIGHT`].
    pub(super) fn give(&mut self, task: Arc<Task>) {
        let empty = || Buffers { matches: Matches::new(&self.plan.outputs), ..Buffers::default() };
        let buffers = self.spare.pop().unwrap_or_else(empty);
        if let Some(orders) = &self.orders {
            // If it is gone, its answer will say so.
            let _ = orders.send(Order { task, buffers });
        }
    }

    /// Appends the matches of all answers that are there, which come later without them.
    pub(super) fn take_matches(&mut self, out: &mut Matches) {
        for mut answer in self.answers.try_iter() {
            if let Ok(answer) = &mut answer {
                let Buffers { matches, tags } = &mut answer.buffers;
                out.append(matches);
                matches.clear();
                tags.seqs.clear();
            }
            self.early.push_back(answer);
        }
    }

    /// Its next answer, if it is there or is to be waited for.
    pub(super) fn answer(&mut self, wait: bool) -> Result<Option<Answer>, WorkersError> {
        let answer = match (self.early.pop_front(), wait) {
            (Some(early), _) => Ok(early),
            (None, true) => self.answers.recv().map_err(|_| TryRecvError::Disconnected),
            (None, false) => self.answers.try_recv(),
        };
        let message = match answer {
            Ok(Ok(answer)) => return Ok(Some(answer)),
            Err(TryRecvError::Empty) => return Ok(None),
            Ok(Err(message)) => message,
            Err(TryRecvError::Disconnected) => "it is gone".to_string(),
        };
        Err(WorkersError::Panicked { worker: self.index, message })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Without orders it ends; what it answers until then has room.
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been answered, or is of no interest any more.
            let _ = thread.join();
        }
    }
}

/// Does commands until there are no more, or one panics.
fn work(
    index: u32,
    mut instance: Instance,
    orders: &Receiver<Order>,
    answers: &Sender<Result<Answer, String>>,
) {
    let (mut taken, mut tracker) = (VecDeque::<Order>::new(), Tracker::new());
    loop {
        // What it finds out for others comes first, also of what it will do only later, so that nobody has to wait.
        taken.extend(orders.try_iter().take(AHEAD - taken.len().min(AHEAD)));
        if taken.is_empty() {
            match orders.recv() {
                Ok(order) => taken.push_back(order),
                Err(_) => return,
            }
        }
        let result = catch_unwind(AssertUnwindSafe(|| {
            taken.iter().for_each(|order| order.task.find_out(index, &mut instance));
            answer(index, &mut instance, &mut tracker, &mut taken)
        }));
        let panicked = result.is_err();
        if panicked {
            taken.iter().for_each(|order| order.task.give_up(index));
        }
        if answers.send(result.map_err(message)).is_err() {
            return;
        }
        if panicked {
            // Others may be waiting for what it was to find out.
            orders.iter().for_each(|order| order.task.give_up(index));
            return;
        }
    }
}

/// Does the first of the commands that it has taken.
fn answer(index: u32, instance: &mut Instance, tracker: &mut Tracker, taken: &mut VecDeque<Order>) -> Answer {
    let first = taken.front_mut().expect("a command was taken");
    let (task, mut buffers) = (Arc::clone(&first.task), core::mem::take(&mut first.buffers));
    if let Some(tags) = instance.tags_mut() {
        core::mem::swap(tags, &mut buffers.tags);
    }
    let result = task.run(instance, &mut buffers.matches);
    if let Some(tags) = instance.tags_mut() {
        core::mem::swap(tags, &mut buffers.tags);
    }
    let first = index == 0 && task.command.input().is_some();
    let rejected = if first { instance.rejected().to_vec() } else { Vec::new() };
    let mut known = Known::default();
    known.read(instance);
    let stats = matches!(task.command, Command::Stats).then(|| instance.stats());
    let (mut result, mut snapshot) = (result, None);
    if let Command::Snapshot { whole } = task.command {
        match take_snapshot(instance, tracker, whole) {
            Ok(taken) => snapshot = Some(taken),
            Err(error) => result = Err(error),
        }
    }
    taken.pop_front();
    Answer { buffers, result, rejected, known, stats, snapshot }
}

/// A snapshot of an instance: whole, or of what has changed since the last one.
pub(super) fn take_snapshot(
    instance: &Instance,
    tracker: &mut Tracker,
    whole: bool,
) -> Result<Snapshot, EngineError> {
    if whole {
        tracker.restart();
    }
    tracker.take(|sink| instance.save(sink))
}

/// What a panic says.
fn message(panic: std::boxed::Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(other) => {
            other.downcast_ref::<&str>().map_or_else(|| "a panic".to_string(), |text| text.to_string())
        }
    }
}

/// The cores that workers may be bound to.
pub(super) fn cores() -> io::Result<Vec<CoreId>> {
    let cores = core_affinity::get_core_ids().filter(|cores| !cores.is_empty());
    cores.ok_or_else(|| {
        io::Error::other("the cores of this machine are not known, so no worker can be bound to one")
    })
}

/// What crosses threads may.
const _: fn() = || {
    fn may_cross<T: Send>() {}
    may_cross::<Instance>();
    may_cross::<Workers>();
};
