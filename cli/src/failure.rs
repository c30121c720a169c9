//! Why a command did not end well, and the exit code that says so.
//!
//! What the user is told is told here or has been told before; nothing below `main` ends the process.

use crate::run::Signal;
use std::fmt::Display;
use std::io;
use std::process::ExitCode;

/// The end of a command that did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The rules have errors (shown already), or a file is not in canonical form.
    Rules,
    /// The rules cannot be read as text, or not be compiled.
    BadRules(String),
    /// The command line makes no sense.
    Usage(String),
    /// A bad row under `--strict`.
    BadInput(String),
    /// Something could not be read or written, or a limit was reached that is to be an error.
    Io(String),
    /// Whoever read our output has enough of it: a quiet end.
    BrokenPipe,
    /// A signal ended the run in good order (told already).
    Stopped(Signal),
}

impl Failure {
    /// That of writing to `what`.
    pub(crate) fn writing(what: impl Display, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Io(format!("cannot write to {what}: {error}")),
        }
    }

    /// What is still to be said.
    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Self::BadRules(text) | Self::Usage(text) | Self::BadInput(text) | Self::Io(text) => Some(text),
            Self::Rules | Self::BrokenPipe | Self::Stopped(_) => None,
        }
    }

    /// The exit code, as `--help` lists it.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::BrokenPipe => 0,
            Self::Rules | Self::BadRules(_) => 1,
            Self::Usage(_) => 2,
            Self::BadInput(_) => 3,
            Self::Io(_) => 4,
            Self::Stopped(signal) => signal.exit_code(),
        })
    }
}
