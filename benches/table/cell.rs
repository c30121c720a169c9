//! The process of one cell: a workload in an engine. It does what it reads from its input, a line each, and answers with a line.
//!
//! | read | done | answered |
//! | --- | --- | --- |
//! | (at the start) | input and code are made | `ready ROWS BYTES COMPILED_NS`: the bytes that the engine reads of all rows |
//! | `round` | one run, timed | `round NS MATCHES SUM` |
//! | `check ROWS` | one run of the first rows | `check MATCHES SUM` |
//! | `latency` | events are pushed one by one | `latency NS…`: at each mark of the distribution |
//! | `memory` | one run of all rows and one of half of them, counted | `memory ALLOCATIONS PEAK RESIDENT` |

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use portent::{Matches, Type};
use portent_workloads::{Events, Found, Input, Workload};

use crate::args::Engine;
use crate::latency::{self, Distribution};
use crate::{allocator, jit, oracle};

/// A workload that is ready to run in an engine.
struct Cell {
    rows: usize,
    bytes: usize,
    compiled: Duration,
    run: Box<dyn FnMut() -> Found>,
}

impl Cell {
    fn new(workload: &Workload, engine: Engine, input: Input) -> Self {
        let compiled = jit::engine(workload);
        let (rows, bytes) = (input.rows(), bytes(&compiled, &input));
        let compile_time = compiled.compile_time();
        let native = |run: Option<portent_workloads::Run>, input: Input| -> Box<dyn FnMut() -> Found> {
            let run = run.expect("cells are made of engines that there are");
            Box::new(move || run(&input))
        };
        let run = match engine {
            Engine::Hand => native(workload.by_hand, input),
            Engine::Generated => native(workload.generated, input),
            Engine::Jit => machine_code(compiled, input),
            Engine::Oracle => oracle::prepare(workload, &input),
        };
        Self { rows, bytes, compiled: compile_time, run }
    }
}

fn machine_code(compiled: portent::jit::Engine, input: Input) -> Box<dyn FnMut() -> Found> {
    let mut matches = Matches::new(compiled.outputs());
    match input {
        Input::Columns(events) => {
            let pieces = jit::pieces(&compiled, &events);
            Box::new(move || jit::run(&compiled, &pieces, &mut matches))
        }
        Input::Text { format, bytes, .. } => {
            Box::new(move || jit::run_text(&compiled, format, bytes, &mut matches))
        }
    }
}

/// The bytes of all columns that the rules read, or of the text.
fn bytes(engine: &portent::jit::Engine, input: &Input) -> usize {
    match input {
        Input::Columns(events) => {
            let used = engine.inputs()[0].fields.iter().filter(|field| field.used);
            let columns = used.map(|field| match field.ty {
                // Views, and what does not lie in them.
                Type::Str => {
                    16 * events.len()
                        + events
                            .text
                            .iter()
                            .filter(|text| text.len() > 12)
                            .map(|text| text.len())
                            .sum::<usize>()
                }
                ty => ty.width() * events.len(),
            });
            columns.sum()
        }
        Input::Text { bytes, .. } => bytes.len(),
    }
}

fn find(workload: &str) -> Result<Workload, String> {
    portent_workloads::named(workload).ok_or_else(|| format!("there is no workload `{workload}`"))
}

/// The first `rows` events of a workload: the same, however many come after them.
fn input(workload: &Workload, rows: Option<usize>) -> Input {
    (workload.make)(rows.unwrap_or(workload.events))
}

/// Is a cell until its input ends.
pub(crate) fn serve(workload: &str, engine: Engine, events: Option<usize>) -> Result<(), String> {
    let workload = find(workload)?;
    let mut cell = Cell::new(&workload, engine, input(&workload, events));
    // What making the input took does not count. Where the system cannot forget it, it does.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    answer(&format!("ready {} {} {}", cell.rows, cell.bytes, cell.compiled.as_nanos()));
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let mut words = line.split(' ');
        match (words.next(), words.next().and_then(|word| word.parse().ok())) {
            (Some("round"), None) => {
                let start = Instant::now();
                let found = black_box((cell.run)());
                let took = start.elapsed().as_nanos();
                answer(&format!("round {took} {} {:?}", found.matches, found.sum));
            }
            (Some("check"), Some(rows)) => {
                let found = (Cell::new(&workload, engine, input(&workload, Some(rows))).run)();
                answer(&format!("check {} {:?}", found.matches, found.sum));
            }
            (Some("latency"), None) => {
                let input = input(&workload, Some(cell.rows.min(latency::EVENTS)));
                let took = latencies(&workload, engine, input.events())?;
                answer(&format!("latency {}", took.map(|took| took.to_string()).join(" ")));
            }
            (Some("memory"), None) => {
                let resident = resident_most();
                let mut half = Cell::new(&workload, engine, input(&workload, Some(cell.rows / 2)));
                let (_, first) = allocator::during(&mut half.run);
                drop(half);
                let (_, all) = allocator::during(&mut cell.run);
                let after = all.allocations.saturating_sub(first.allocations);
                answer(&format!("memory {after} {} {resident}", all.most));
            }
            _ => return Err(format!("a cell does not know `{line}`")),
        }
    }
    Ok(())
}

fn latencies(workload: &Workload, engine: Engine, events: &Events) -> Result<Distribution, String> {
    match (engine, workload.generated_each) {
        (Engine::Generated, Some(each)) => Ok(latency::generated(each, events)),
        (Engine::Jit, _) => Ok(latency::machine_code(&jit::engine(workload), events)),
        _ => Err(format!("{}: not an event at a time", engine.name())),
    }
}

/// Runs a cell once to warm it up, then some times for a profiler. That is told to count what [`profiled`] calls:
/// `--toggle-collect='*profiled*'`.
pub(crate) fn profile(
    workload: &str,
    engine: Engine,
    events: Option<usize>,
    rounds: usize,
) -> Result<(), String> {
    let workload = find(workload)?;
    if !engine.has(&workload) {
        return Err(format!("`{}` has no code of the engine {}", workload.name, engine.name()));
    }
    let mut cell = Cell::new(&workload, engine, input(&workload, events));
    black_box((cell.run)());
    for _ in 0..rounds {
        profiled(&mut cell.run);
    }
    Ok(())
}

/// By this name a profiler tells the runs from what is made before them.
#[inline(never)]
fn profiled(run: &mut dyn FnMut() -> Found) {
    black_box(run());
}

fn answer(line: &str) {
    let mut out = std::io::stdout().lock();
    // Who asked is gone if this fails, and the input ends.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// The most bytes of this process that were resident, where the system says it.
fn resident_most() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
