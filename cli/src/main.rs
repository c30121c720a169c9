//! The `portent` command: runs, checks, formats and explains rule files.
//!
//! ```text
//! args --> check    diagnostics
//!      --> fmt      canonical layout
//!      --> explain  what a rule compiles to, what a code means
//!      --> new      a starter project
//!      --> checkpoint  what `run --checkpoint` keeps
//!      --> run      events --> matches
//! ```
//!
//! Matches and answers go to standard output, everything else to standard error. How a command ends is a
//! [`failure::Failure`] or none, and the exit code follows from it.

mod args;
mod check;
mod checkpoint;
mod explain;
mod failure;
mod fmt;
mod new;
mod rules;
mod run;
mod term;

use args::{Args, CheckpointCommand, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    term::choose_colors(args.color);
    let result = match &args.command {
        Command::Run(args) => run::run(args),
        Command::Check(args) => check::check(args),
        Command::Fmt(args) => fmt::fmt(args),
        Command::Explain(args) => explain::explain(args),
        Command::New(args) => new::new(args),
        Command::Checkpoint(CheckpointCommand::Inspect(args)) => checkpoint::inspect(args),
    };
    let Err(failure) = result else { return ExitCode::SUCCESS };
    if let Some(message) = failure.message() {
        term::error(message);
    }
    failure.exit_code()
}
