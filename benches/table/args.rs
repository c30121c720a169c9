//! What the command line says.

use std::path::PathBuf;
use std::str::FromStr;

use portent_workloads::Workload;

pub(crate) const USAGE: &str = "cargo bench --bench table -- [OPTION]…

    --only TEXT        the workloads whose names begin with TEXT; may be given more than once
    --events N         N events instead of as many as each workload says
    --rounds N         N rounds instead of 7
    --instructions     count instructions, too (under valgrind, which has to be there)
    --csv FILE         write what was measured to FILE
    --guard            only count the instructions of generated and machine code, and compare with what was noted
    --bless            with --guard: note them
    --profile WORKLOAD ENGINE
                       run one workload in one engine (hand, generated or jit), for a profiler";

/// What executes a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// The code by hand.
    Hand,
    /// What Portent generates.
    Generated,
    /// Machine code.
    Jit,
    /// The interpreter that is the definition.
    Oracle,
}

impl Engine {
    pub(crate) const ALL: [Self; 4] = [Self::Hand, Self::Generated, Self::Jit, Self::Oracle];

    /// As it is written.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Generated => "generated",
            Self::Jit => "jit",
            Self::Oracle => "oracle",
        }
    }

    /// Whether it has code for a workload.
    pub(crate) const fn has(self, workload: &Workload) -> bool {
        match self {
            Self::Hand => workload.by_hand.is_some(),
            Self::Generated => workload.generated.is_some(),
            Self::Jit => true,
            Self::Oracle => workload.oracle_events > 0,
        }
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let engine = Self::ALL.into_iter().find(|engine| engine.name() == name);
        engine.ok_or_else(|| format!("`{name}` is no engine: hand, generated, jit or oracle"))
    }
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Command {
    /// Print the table.
    Table,
    /// Be one cell of it.
    Cell { workload: String, engine: Engine },
    /// Compare instructions with those noted.
    Guard,
    /// Run one cell for a profiler.
    Profile { workload: String, engine: Engine },
    /// Say what can be done.
    Help,
}

/// The command line.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) command: Command,
    /// Whether Cargo runs this as a benchmark. As a test (`cargo test --benches`) it takes few events and times nothing.
    pub(crate) timed: bool,
    pub(crate) only: Vec<String>,
    pub(crate) events: Option<usize>,
    pub(crate) rounds: usize,
    pub(crate) instructions: bool,
    pub(crate) csv: Option<PathBuf>,
    pub(crate) bless: bool,
}

impl Args {
    pub(crate) fn parse(given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Self {
            command: Command::Table,
            timed: false,
            only: Vec::new(),
            events: None,
            rounds: 7,
            instructions: false,
            csv: None,
            bless: false,
        };
        let mut given = given;
        while let Some(option) = given.next() {
            let mut next = || given.next().ok_or_else(|| format!("{option}: something has to follow"));
            match option.as_str() {
                "--bench" => args.timed = true,
                "--only" => args.only.push(next()?),
                "--events" => args.events = Some(number(&next()?)?),
                "--rounds" => args.rounds = number(&next()?)?,
                "--instructions" => args.instructions = true,
                "--csv" => args.csv = Some(next()?.into()),
                "--guard" => args.command = Command::Guard,
                "--bless" => args.bless = true,
                "--cell" => args.command = Command::Cell { workload: next()?, engine: next()?.parse()? },
                "--profile" => {
                    args.command = Command::Profile { workload: next()?, engine: next()?.parse()? };
                }
                "--help" => args.command = Command::Help,
                other => return Err(format!("`{other}` is no option")),
            }
        }
        match (args.bless, &args.command) {
            (true, Command::Guard) | (false, _) => Ok(args),
            (true, _) => Err("--bless: only with --guard".to_owned()),
        }
    }

    /// How many events of a workload are run.
    pub(crate) fn events_of(&self, workload: &Workload) -> usize {
        self.events.unwrap_or(if self.timed { workload.events } else { workload.events.min(20_000) })
    }

    /// The workloads that are asked for.
    pub(crate) fn chosen(&self) -> Result<Vec<Workload>, String> {
        let all = portent_workloads::all();
        let named = |workload: &Workload, only: &String| workload.name.starts_with(only.as_str());
        if let Some(none) = self.only.iter().find(|only| !all.iter().any(|workload| named(workload, only))) {
            return Err(format!("no workload has a name that begins with `{none}`"));
        }
        let wanted =
            |workload: &Workload| self.only.is_empty() || self.only.iter().any(|only| named(workload, only));
        Ok(all.into_iter().filter(wanted).collect())
    }
}

fn number(text: &str) -> Result<usize, String> {
    let number = text.replace('_', "").parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("`{text}` is not a number above 0"))
}
