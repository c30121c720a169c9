//! The other end of a cell: a process that was started, and what it answers.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use portent_workloads::{Found, Workload};

use crate::args::Engine;
use crate::latency::Distribution;

/// A running cell.
pub(crate) struct Remote {
    pub(crate) engine: Engine,
    /// Events of a round.
    pub(crate) rows: usize,
    /// What the engine reads of them.
    pub(crate) bytes: usize,
    /// How long the rules took to compile to machine code.
    pub(crate) compiled: Duration,
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

/// What a cell needs of memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Allocations in the second half of the events.
    pub(crate) allocations: u64,
    /// Bytes beyond the input that were there at once, at most.
    pub(crate) peak: u64,
    /// Bytes of the process, input included, that were resident at once, at most.
    pub(crate) resident: u64,
}

impl Remote {
    pub(crate) fn start(workload: &Workload, engine: Engine, events: usize) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut process = Command::new(program)
            .args(["--cell", workload.name, engine.name(), "--events", &events.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start a process: {error}"))?;
        let (Some(to), Some(from)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("a process without pipes".to_owned());
        };
        let from = BufReader::new(from);
        let mut cell =
            Self { engine, rows: 0, bytes: 0, compiled: Duration::ZERO, process, to: Some(to), from };
        let words = cell.hear("ready")?;
        (cell.rows, cell.bytes) = (word(&words, 0)?, word(&words, 1)?);
        cell.compiled = Duration::from_nanos(word(&words, 2)?);
        Ok(cell)
    }

    /// One run over all events.
    pub(crate) fn round(&mut self) -> Result<(Duration, Found), String> {
        let words = self.ask("round", "round")?;
        let found = Found { matches: word(&words, 1)?, sum: word(&words, 2)? };
        Ok((Duration::from_nanos(word(&words, 0)?), found))
    }

    /// What it finds in the first events.
    pub(crate) fn check(&mut self, rows: usize) -> Result<Found, String> {
        let words = self.ask(&format!("check {rows}"), "check")?;
        Ok(Found { matches: word(&words, 0)?, sum: word(&words, 1)? })
    }

    /// How long events take that are pushed one by one.
    pub(crate) fn latency(&mut self) -> Result<Distribution, String> {
        let words = self.ask("latency", "latency")?;
        let mut took = Distribution::default();
        for (at, took) in took.iter_mut().enumerate() {
            *took = word(&words, at)?;
        }
        Ok(took)
    }

    pub(crate) fn memory(&mut self) -> Result<Memory, String> {
        let words = self.ask("memory", "memory")?;
        Ok(Memory { allocations: word(&words, 0)?, peak: word(&words, 1)?, resident: word(&words, 2)? })
    }

    fn ask(&mut self, what: &str, wanted: &str) -> Result<Vec<String>, String> {
        let to = self.to.as_mut().ok_or("the cell has ended")?;
        writeln!(to, "{what}").map_err(|error| format!("{}: {error}", self.engine.name()))?;
        self.hear(wanted)
    }

    /// The words behind the one that is wanted.
    fn hear(&mut self, wanted: &str) -> Result<Vec<String>, String> {
        let mut line = String::new();
        self.from.read_line(&mut line).map_err(|error| error.to_string())?;
        let mut words = line.split_whitespace().map(str::to_owned);
        match words.next() {
            Some(first) if first == wanted => Ok(words.collect()),
            Some(_) => Err(format!("{} has answered: {line}", self.engine.name())),
            None => Err(format!("{} has ended", self.engine.name())),
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // Without input it ends by itself.
        self.to = None;
        let _ = self.process.wait();
    }
}

fn word<T: FromStr>(words: &[String], at: usize) -> Result<T, String> {
    let parsed = words.get(at).and_then(|word| word.parse().ok());
    parsed.ok_or_else(|| format!("a cell has answered with {words:?}"))
}
