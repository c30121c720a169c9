//! `portent-fuzz`: random programs through every engine, for as long as wanted.
//!
//! A crash of machine code ends a process. So `run` has others do the work, which note the seed at hand in a file, and goes on
//! behind the seed at which one ended.

mod generated;
mod run;

use clap::{Parser, Subcommand};
use portent_fuzz::differential::{Verdict, check_seed};
use portent_fuzz::{generate, shrink};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "Random rule files through every engine; the oracle says what is right.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Many programs; what differs is shrunk and written to a folder.
    Run(RunArguments),
    /// Many programs as generated Rust, compiled in batches; what differs is printed, and its crate kept.
    Generated(GeneratedArguments),
    /// Prints the program of a seed, runs it, and shrinks it if it differs.
    One {
        /// The seed.
        #[arg(long)]
        seed: u64,
        /// Prints the program, and does not run it.
        #[arg(long)]
        print: bool,
    },
}

#[derive(clap::Args, Clone)]
struct RunArguments {
    /// The first seed; each program takes the next one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many programs.
    #[arg(long, default_value_t = u64::MAX)]
    programs: u64,
    /// For how many seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many processes.
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// Where differences are written.
    #[arg(long, default_value = "target/fuzz")]
    folder: PathBuf,
    /// How many differences are shrunk at most by each process; more are counted.
    #[arg(long, default_value_t = 20)]
    keep: usize,
    /// Of a worker: its number.
    #[arg(long, hide = true)]
    worker: Option<u64>,
}

#[derive(clap::Args)]
struct GeneratedArguments {
    /// The seeds, as `0..200`.
    #[arg(long, value_parser = seeds)]
    seeds: Range<u64>,
    /// How many programs are compiled as one crate.
    #[arg(long, default_value_t = 150)]
    batch: usize,
    /// Where the crates are.
    #[arg(long, default_value = "target/fuzz")]
    folder: PathBuf,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.parse().map_err(|error| format!("`{text}`: {error}"));
    let (start, end) = text.split_once("..").ok_or("two numbers with `..` between them, as `0..200`")?;
    Ok(number(start)?..number(end)?)
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Generated(arguments) => generated::run(&arguments),
        Command::One { seed, print } => one(seed, print),
    }
}

fn one(seed: u64, print: bool) -> ExitCode {
    let source = generate::rules(seed);
    println!("{source}");
    if print {
        return ExitCode::SUCCESS;
    }
    match check_seed(seed) {
        Verdict::Agree { matches } => println!("all agree, on {matches} matches"),
        Verdict::Refused(errors) => println!("refused:\n{}", errors.join("\n")),
        Verdict::Differ(difference) => {
            println!("{:?}\n{}\n", difference.kind, difference.message);
            std::panic::set_hook(Box::new(|_| {}));
            let failing = shrink::shrink_seed(seed);
            println!(
                "{}",
                failing.map_or_else(
                    || "it does not fail again".to_owned(),
                    |f| f.to_case(&format!("seed {seed}"))
                )
            );
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
