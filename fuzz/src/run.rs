//! The `run` command: workers, what they report, and going on behind a crash.

use super::RunArguments;
use portent_fuzz::differential::{Difference, Kind, Verdict, check_seed};
use portent_fuzz::{generate, shrink};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::time::{Duration, Instant};

/// Runs programs, in this process if it is a worker.
pub(super) fn run(arguments: &RunArguments) -> ExitCode {
    if let Err(error) = fs::create_dir_all(&arguments.folder) {
        eprintln!("{}: {error}", arguments.folder.display());
        return ExitCode::FAILURE;
    }
    match arguments.worker {
        Some(worker) => work(arguments, worker),
        None => supervise(arguments),
    }
}

/// Where a worker notes the seed at hand.
fn note(folder: &Path, worker: u64) -> PathBuf {
    folder.join(format!("seed.{worker}"))
}

fn supervise(arguments: &RunArguments) -> ExitCode {
    let start = Instant::now();
    let mut workers: Vec<(u64, Option<Child>)> = (0..arguments.threads)
        .map(|worker| (worker, spawn(arguments, worker, arguments.seed + worker, start)))
        .collect();
    let mut failed = false;
    while workers.iter().any(|(_, child)| child.is_some()) {
        for (worker, child) in &mut workers {
            let Some(Ok(Some(status))) = child.as_mut().map(Child::try_wait) else { continue };
            *child = None;
            failed |= !status.success();
            if status.code().is_some_and(|code| code <= 1) {
                continue;
            }
            let Some(seed) = fs::read_to_string(note(&arguments.folder, *worker))
                .ok()
                .and_then(|text| text.parse::<u64>().ok())
            else {
                continue;
            };
            println!("seed {seed} ends the process: {status}");
            let text = format!("{status}\n\n{}", generate::rules(seed));
            let _ = fs::write(arguments.folder.join(format!("crash-{seed}.ptn")), text);
            *child = spawn(arguments, *worker, seed + arguments.threads, start);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A worker that begins with a seed; `None` if time is up or nothing is left.
fn spawn(arguments: &RunArguments, worker: u64, seed: u64, start: Instant) -> Option<Child> {
    let left = arguments.seconds.checked_sub(start.elapsed().as_secs()).filter(|left| *left > 0)?;
    let end = arguments.seed.saturating_add(arguments.programs);
    let programs = end.checked_sub(seed).filter(|left| *left > 0)?;
    let folder = &arguments.folder;
    let child = Command::new(std::env::current_exe().ok()?)
        .arg("run")
        .arg(format!("--worker={worker}"))
        .arg(format!("--seed={seed}"))
        .arg(format!("--programs={programs}"))
        .arg(format!("--seconds={left}"))
        .arg(format!("--threads={}", arguments.threads))
        .arg(format!("--keep={}", arguments.keep))
        .arg(format!("--folder={}", folder.display()))
        .spawn();
    child.map_err(|error| eprintln!("a worker cannot be started: {error}")).ok()
}

#[derive(Default)]
struct Tally {
    programs: u64,
    refused: u64,
    /// Programs with matches, and matches.
    matching: u64,
    matches: u64,
    differing: BTreeMap<Kind, u64>,
    codes: BTreeMap<String, u64>,
}

fn work(arguments: &RunArguments, worker: u64) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let start = Instant::now();
    let note = note(&arguments.folder, worker);
    let mut tally = Tally::default();
    let mut seed = arguments.seed;
    let end = arguments.seed.saturating_add(arguments.programs);
    while seed < end && start.elapsed() < Duration::from_secs(arguments.seconds) {
        let _ = fs::write(&note, seed.to_string());
        tally.programs += 1;
        match check_seed(seed) {
            Verdict::Agree { matches } => {
                tally.matching += u64::from(matches > 0);
                tally.matches += matches as u64;
            }
            Verdict::Refused(errors) => {
                tally.refused += 1;
                let code = errors.first().and_then(|line| line.split(' ').next()).unwrap_or("none");
                *tally.codes.entry(code.to_owned()).or_default() += 1;
            }
            Verdict::Differ(difference) => tally.differs(arguments, seed, &difference),
        }
        seed += arguments.threads;
    }
    tally.print(worker, start.elapsed());
    if tally.differing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Tally {
    fn differs(&mut self, arguments: &RunArguments, seed: u64, difference: &Difference) {
        let count = self.differing.entry(difference.kind).or_default();
        *count += 1;
        if *count as usize > arguments.keep {
            return;
        }
        let case = match shrink::shrink_seed(seed) {
            Some(failing) => failing.to_case(&format!("seed {seed}")),
            None => format!(
                "## seed {seed}: does not fail again\n{}\n{}",
                difference.message,
                generate::rules(seed)
            ),
        };
        let path = arguments.folder.join(format!("{seed}.md"));
        println!("seed {seed}: {:?}, see {}", difference.kind, path.display());
        let _ = fs::write(path, case);
    }

    fn print(&self, worker: u64, time: Duration) {
        let percent = |part: u64| 100.0 * part as f64 / self.programs.max(1) as f64;
        println!(
            "worker {worker}: {} programs, {:.0}/s; {:.2} % refused {:?}; {:.1} % with matches, {} matches; differing: {:?}",
            self.programs,
            self.programs as f64 / time.as_secs_f64(),
            percent(self.refused),
            self.codes,
            percent(self.matching),
            self.matches,
            self.differing,
        );
    }
}
