//! `-- --guard`: instructions for an event, compared with those that were noted before.
//!
//! Valgrind counts the same on every run, so what has changed is the code. Timings would say more and repeat less.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use portent_workloads::Workload;

use crate::args::{Args, Engine};
use crate::callgrind;

/// What is compared: code that Portent has made.
const ENGINES: [Engine; 2] = [Engine::Generated, Engine::Jit];
/// By how much of what was noted a count may differ.
const TOLERANCE: f64 = 0.02;
const HEAD: &str = "# Instructions an event under callgrind: cargo bench --bench table -- --guard --bless\nworkload,engine,instructions\n";

/// Counts by workload and engine.
type Counts = BTreeMap<(String, String), f64>;

/// Counts, and compares or notes.
pub(crate) fn run(args: &Args, bless: bool) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/results/instructions.csv");
    let noted = read(&path)?;
    // Of workloads that there are no more nothing stays; of those that were not counted, what was noted.
    let mut counts = if args.only.is_empty() { Counts::new() } else { noted.clone() };
    println!("instructions an event\n");
    println!("{:<40} {:<9} {:>10} {:>10} {:>9}", "workload", "engine", "noted", "now", "change");
    let mut risen = Vec::new();
    for workload in args.chosen()? {
        for engine in ENGINES.into_iter().filter(|engine| engine.has(&workload)) {
            let now = callgrind::instructions(&workload, engine)?;
            let key = (workload.name.to_owned(), engine.name().to_owned());
            let before = noted.get(&key).copied();
            counts.insert(key, now);
            let verdict = compare(before, now);
            println!("{}", line(&workload, engine, before, now));
            if verdict == Verdict::Risen {
                risen.push(line(&workload, engine, before, now));
            } else if verdict == Verdict::Unknown && !bless {
                risen.push(format!("{} (not noted yet: --bless)", line(&workload, engine, before, now)));
            }
        }
    }
    if bless {
        return std::fs::write(&path, written(&counts)).map_err(|error| failed(&path, &error));
    }
    match risen.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "\nmore instructions than noted, by over {:.0} %:\n{}\n\nIf this is as it has to be: cargo bench --bench table -- --guard --bless",
            100.0 * TOLERANCE,
            risen.join("\n")
        )),
    }
}

/// How a count compares with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// There was none.
    Unknown,
    /// It is more, by over the tolerance.
    Risen,
    /// It is about the same, or less.
    Fine,
}

fn compare(before: Option<f64>, now: f64) -> Verdict {
    match before {
        None => Verdict::Unknown,
        Some(before) if now > before * (1.0 + TOLERANCE) => Verdict::Risen,
        Some(_) => Verdict::Fine,
    }
}

fn line(workload: &Workload, engine: Engine, before: Option<f64>, now: f64) -> String {
    let (noted, change) = match before {
        Some(before) => (format!("{before:.1}"), format!("{:+.1} %", 100.0 * (now / before - 1.0))),
        None => ("-".to_owned(), String::new()),
    };
    format!("{:<40} {:<9} {noted:>10} {now:>10.1} {change:>9}", workload.name, engine.name())
}

fn failed(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// What was noted; nothing if there is no file yet.
fn read(path: &PathBuf) -> Result<Counts, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => parsed(&text).ok_or_else(|| format!("{}: not what --bless has written", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Counts::new()),
        Err(error) => Err(failed(path, &error)),
    }
}

/// The counts in a file. Names may have commas and are in quotes.
fn parsed(text: &str) -> Option<Counts> {
    let lines = text.lines().skip_while(|line| line.starts_with('#')).skip(1);
    let count = |line: &str| {
        let (name, rest) = line.strip_prefix('"')?.split_once("\",")?;
        let (engine, count) = rest.split_once(',')?;
        Some(((name.to_owned(), engine.to_owned()), count.parse().ok()?))
    };
    lines.map(count).collect()
}

fn written(counts: &Counts) -> String {
    let mut text = HEAD.to_owned();
    for ((name, engine), count) in counts {
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "\"{name}\",{engine},{count:.1}");
    }
    text
}
