//! The `generated` command: random programs as Rust, in batches of one crate each.
//!
//! A batch is a crate in the folder of differences, which depends on this one by path. It is built without optimisation, for
//! the time of a batch is that of the Rust compiler, and run once. What was built before (the runtime, the front end) is built once
//! for all batches. A crate with a difference is kept.

use super::GeneratedArguments;
use portent_fuzz::batch::Line;
use portent_fuzz::compiled::Compiled;
use portent_fuzz::generate;
use portent_fuzz::printed::Printed;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::time::Instant;

/// Checks all seeds, a batch after the other.
pub(super) fn run(arguments: &GeneratedArguments) -> ExitCode {
    let mut tally = Tally::default();
    let seeds: Vec<u64> = arguments.seeds.clone().collect();
    for (number, seeds) in seeds.chunks(arguments.batch.max(1)).enumerate() {
        let start = Instant::now();
        let batch = Batch { folder: arguments.folder.join(format!("generated-{}", seeds[0])), arguments };
        if let Err(error) = batch.run(seeds, &mut tally) {
            eprintln!("{}: {error}", batch.folder.display());
            return ExitCode::FAILURE;
        }
        println!("batch {number}: {} programs in {:.1?}; so far {tally:?}", seeds.len(), start.elapsed());
    }
    if tally.differing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Debug, Default)]
struct Tally {
    agree: u64,
    /// Of these, programs with matches.
    matching: u64,
    /// Programs that the front end does not take.
    refused: u64,
    differing: BTreeSet<u64>,
}

struct Batch<'a> {
    folder: PathBuf,
    arguments: &'a GeneratedArguments,
}

impl Batch<'_> {
    fn run(&self, seeds: &[u64], tally: &mut Tally) -> io::Result<()> {
        let before = tally.differing.len();
        let mut seeds = self.printable(seeds, tally);
        loop {
            self.write(&seeds)?;
            let output = self.cargo("build").output()?;
            if output.status.success() {
                break;
            }
            let wrong = mentioned_seeds(&output);
            if wrong.is_empty() || !seeds.iter().any(|seed| wrong.contains(seed)) {
                return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
            }
            for &seed in &wrong {
                tally.differs(seed, "its Rust does not compile");
            }
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            seeds.retain(|seed| !wrong.contains(seed));
        }
        self.check(&seeds, tally)?;
        if tally.differing.len() == before {
            fs::remove_dir_all(&self.folder)?;
        } else {
            println!("kept: {}", self.folder.display());
        }
        Ok(())
    }

    /// The seeds whose programs can be printed.
    fn printable(&self, seeds: &[u64], tally: &mut Tally) -> Vec<u64> {
        let prints = |seed: &u64| {
            let print = || {
                let rules = Compiled::new(&generate::rules(*seed)).rules;
                rules.map(|rules| Printed::default().module("program", "seed", &rules))
            };
            match catch_unwind(AssertUnwindSafe(print)) {
                Ok(Some(_)) => true,
                Ok(None) => {
                    tally.refused += 1;
                    false
                }
                Err(_) => {
                    tally.differs(*seed, "the compiler panics");
                    false
                }
            }
        };
        seeds.iter().copied().filter(prints).collect()
    }

    /// Writes the crate.
    fn write(&self, seeds: &[u64]) -> io::Result<()> {
        let source = self.folder.join("src");
        fs::create_dir_all(&source)?;
        let (mut printed, mut modules) = (Printed::default(), String::new());
        for &seed in seeds {
            let rules = Compiled::new(&generate::rules(seed)).rules;
            let (name, about) = (format!("seed_{seed}"), format!("seed {seed}"));
            if let Some(text) = rules.and_then(|rules| printed.module(&name, &about, &rules)) {
                fs::write(source.join(&name).with_extension("rs"), text)?;
                writeln!(modules, "    include!(\"{name}.rs\");").map_err(io::Error::other)?;
            }
        }
        let main = format!(
            "#![forbid(unsafe_code)]\n{}\nfn main() {{\n    \
             let programs = portent_fuzz::engine::Generated {{ name: \"rust\", programs: programs::PROGRAMS }};\n    \
             portent_fuzz::batch::check(&programs, &{seeds:?});\n}}\n",
            printed.whole("programs", &modules)
        );
        fs::write(source.join("main.rs"), main)?;
        fs::write(self.folder.join("Cargo.toml"), manifest())?;
        // The versions are those of the workspace, so that nothing has to be fetched.
        fs::copy(workspace().join("Cargo.lock"), self.folder.join("Cargo.lock"))?;
        Ok(())
    }

    fn cargo(&self, command: &str) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args([command, "--offline", "--quiet", "--message-format=short"])
            .arg("--manifest-path")
            .arg(self.folder.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(self.arguments.folder.join("target"))
            .env("CARGO_INCREMENTAL", "0");
        cargo
    }

    /// Runs the crate, and goes on behind a program that ends the process.
    fn check(&self, seeds: &[u64], tally: &mut Tally) -> io::Result<()> {
        let mut seeds = seeds.to_vec();
        while !seeds.is_empty() {
            let output = self.cargo("run").stderr(Stdio::inherit()).output()?;
            let mut at_hand = None;
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                match line.parse() {
                    Ok(Line::Begins(seed)) => at_hand = Some(seed),
                    Ok(Line::Agrees(_, matches)) => {
                        tally.agree += 1;
                        tally.matching += u64::from(matches > 0);
                        at_hand = None;
                    }
                    Ok(Line::Differs(seed)) => {
                        tally.differs(seed, "differs");
                        at_hand = None;
                    }
                    Err(()) => {}
                }
            }
            let Some(seed) = at_hand else {
                if output.status.success() {
                    return Ok(());
                }
                return Err(io::Error::other("the batch ends before its end"));
            };
            tally.differs(seed, "ends the process");
            seeds.retain(|other| *other > seed);
            self.write(&seeds)?;
        }
        Ok(())
    }
}

impl Tally {
    fn differs(&mut self, seed: u64, how: &str) {
        println!("seed {seed}: {how}\n{}", generate::rules(seed));
        self.differing.insert(seed);
    }
}

/// The folder of the workspace that this was built in.
fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn manifest() -> String {
    let path = |name: &str| workspace().join(name).display().to_string();
    format!(
        "[package]\nname = \"portent-batch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nportent-rt = {{ path = {:?}, features = [\"regex\"] }}\n\
         portent-fuzz = {{ path = {:?}, default-features = false }}\n\n\
         [profile.dev]\ndebug = false\n\n[profile.dev.package.\"*\"]\nopt-level = 1\n",
        path("rt"),
        path("fuzz")
    )
}

/// The seeds whose files the compiler complains of: lines that begin with `src/seed_7.rs:`.
fn mentioned_seeds(output: &Output) -> BTreeSet<u64> {
    let text = String::from_utf8_lossy(&output.stderr);
    let seed = |line: &str| {
        let (file, rest) = line.split_once(".rs:")?;
        let (_, seed) = file.rsplit_once("seed_")?;
        rest.contains("error").then(|| seed.parse().ok())?
    };
    text.lines().filter_map(seed).collect()
}
