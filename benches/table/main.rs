//! `cargo bench --bench table`: every workload in every engine, side by side in one run, beside the limits of the machine.
//!
//! ```text
//! main ── for each workload ──> a process for each engine (cell)     round 1: by hand, generated, JIT
//!  │                                ▲   │                            round 2: by hand, generated, JIT …
//!  │                                └───┘ "round" / what was found and how long it took
//!  └── report: the table, and CSV
//! ```
//!
//! An engine is a process of its own, so that neither memory nor what the allocator has learnt passes from one to the next; they
//! take turns, so that a slow moment of the machine meets all of them. The best round counts, for noise only ever adds time.
//! Engines that find different matches, or others than are written down in the workload, are an error.

mod allocator;
mod args;
mod callgrind;
mod cell;
mod child;
mod guard;
#[path = "../jit/mod.rs"]
mod jit;
mod latency;
mod limits;
mod measure;
mod oracle;
mod report;

use std::process::ExitCode;

use args::{Args, Command};

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(mistake) => {
            eprintln!("{mistake}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    let result = match &args.command {
        Command::Help => {
            println!("{}", args::USAGE);
            Ok(())
        }
        Command::Cell { workload, engine } => cell::serve(workload, *engine, args.events),
        Command::Profile { workload, engine } => cell::profile(workload, *engine, args.events, args.rounds),
        Command::Guard => guard::run(&args, args.bless),
        Command::Table => table(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and prints the whole table. What is wrong with one workload is told at the end, behind the others.
fn table(args: &Args) -> Result<(), String> {
    let chosen = args.chosen()?;
    let limits = limits::Limits::measure(!args.timed);
    limits.print();
    let mut report = report::Report::new(limits);
    report.head();
    let mut wrong = Vec::new();
    for workload in chosen {
        match measure::workload(&workload, args) {
            Ok(rows) => report.add(rows),
            Err(failure) => wrong.push(format!("{}: {failure}", workload.name)),
        }
    }
    report.print_latencies(latency::clock(if args.timed { latency::EVENTS } else { 1_000 }));
    if let Some(path) = &args.csv {
        report.write_csv(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("\nwrong:\n{}", wrong.join("\n"))) }
}
