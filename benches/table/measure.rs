//! One workload in all its engines: who finds what, how fast, in how much memory.

use std::time::Duration;

use portent_workloads::{Found, Workload};

use crate::args::{Args, Engine};
use crate::callgrind;
use crate::child::{Memory, Remote};
use crate::latency::Distribution;

/// What one engine needs for one workload.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) workload: Workload,
    pub(crate) engine: Engine,
    pub(crate) events: usize,
    pub(crate) bytes: usize,
    pub(crate) found: Found,
    /// The time of each round, ascending.
    pub(crate) times: Vec<Duration>,
    pub(crate) memory: Memory,
    pub(crate) instructions: Option<f64>,
    /// What single events take, where that is measured.
    pub(crate) latency: Option<Distribution>,
    /// Of machine code: how long it took to make.
    pub(crate) compiled: Option<Duration>,
}

impl Row {
    /// The time of the best round.
    pub(crate) fn best(&self) -> Duration {
        self.times[0]
    }

    /// The time of the round in the middle.
    pub(crate) fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }

    /// Events in a second, in the best round.
    pub(crate) fn rate(&self) -> f64 {
        self.events as f64 / self.best().as_secs_f64()
    }
}

/// Measures a workload in all engines that have code for it.
pub(crate) fn workload(workload: &Workload, args: &Args) -> Result<Vec<Row>, String> {
    let events = args.events_of(workload);
    let engines = Engine::ALL.into_iter().filter(|engine| engine.has(workload));
    let (slow, fast): (Vec<_>, Vec<_>) = engines.partition(|engine| *engine == Engine::Oracle);
    let start = |engine: &Engine| Remote::start(workload, *engine, events);
    let mut cells = fast.iter().map(start).collect::<Result<Vec<_>, _>>()?;
    let found = agree(workload, events, &mut cells)?;
    let rounds = if args.timed { args.rounds } else { 1 };
    let mut times = vec![Vec::new(); cells.len()];
    for _ in 0..rounds {
        for (cell, times) in cells.iter_mut().zip(&mut times) {
            times.push(cell.round()?.0);
        }
    }
    let mut rows = Vec::new();
    for (cell, times) in cells.iter_mut().zip(times) {
        rows.push(row(workload, cell, found, times, args.instructions)?);
    }
    if !slow.is_empty() {
        rows.push(by_oracle(workload, events, &mut cells)?);
    }
    Ok(rows)
}

fn row(
    workload: &Workload,
    cell: &mut Remote,
    found: Found,
    mut times: Vec<Duration>,
    instructions: bool,
) -> Result<Row, String> {
    times.sort_unstable();
    let instructions = match instructions && cell.engine != Engine::Oracle {
        true => Some(callgrind::instructions(workload, cell.engine)?),
        false => None,
    };
    let alone = workload.generated_each.is_some() && matches!(cell.engine, Engine::Generated | Engine::Jit);
    let latency = if alone { Some(cell.latency()?) } else { None };
    Ok(Row {
        workload: *workload,
        engine: cell.engine,
        events: cell.rows,
        bytes: cell.bytes,
        found,
        times,
        memory: cell.memory()?,
        latency,
        instructions,
        compiled: (cell.engine == Engine::Jit).then_some(cell.compiled),
    })
}

/// A first round of each, which also warms it up: all have to find the same, and what is expected.
fn agree(workload: &Workload, events: usize, cells: &mut [Remote]) -> Result<Found, String> {
    let mut first: Option<Found> = None;
    for cell in cells {
        let (_, found) = cell.round()?;
        match first {
            Some(first) => same(cell.engine, found, first)?,
            None => first = Some(found),
        }
    }
    let found = first.ok_or("no engine has code for it")?;
    if events == workload.events && found.matches != workload.matches {
        let (found, expected) = (found.matches, workload.matches);
        return Err(format!("{found} matches of {events} events, where {expected} are written down"));
    }
    Ok(found)
}

fn same(engine: Engine, found: Found, wanted: Found) -> Result<(), String> {
    match wanted.same(found) {
        true => Ok(()),
        false => Err(format!("{} finds {found:?}, others {wanted:?}", engine.name())),
    }
}

/// The interpreter has fewer events, of which the others have to find the same.
fn by_oracle(workload: &Workload, events: usize, others: &mut [Remote]) -> Result<Row, String> {
    let events = workload.oracle_events.min(events);
    let mut cell = Remote::start(workload, Engine::Oracle, events)?;
    let (took, found) = cell.round()?;
    for other in others {
        same(other.engine, other.check(events)?, found)?;
    }
    row(workload, &mut cell, found, vec![took], false)
}
