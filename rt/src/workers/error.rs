//! Why a program on several workers stops.

use std::fmt;
use std::io;
use std::string::String;

use crate::instance::{EngineError, RestoreError};

/// Why a program on several workers has stopped. Every further call gives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkersError {
    /// A bound was reached that is to be an error. What was matched before is not lost.
    Stopped(EngineError),
    /// A worker has panicked, which is a bug, or input did not fit the program.
    Panicked {
        /// Its number.
        worker: u32,
        /// What it said.
        message: String,
    },
}

impl fmt::Display for WorkersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(error) => error.fmt(f),
            Self::Panicked { worker, message } => write!(f, "worker {worker} has panicked: {message}"),
        }
    }
}

impl std::error::Error for WorkersError {}

/// Why workers cannot go on from a snapshot.
#[derive(Debug)]
pub enum ResumeError {
    /// The state does not fit.
    Restore(RestoreError),
    /// A thread cannot be started.
    Start(io::Error),
}

impl From<io::Error> for ResumeError {
    fn from(error: io::Error) -> Self {
        Self::Start(error)
    }
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restore(error) => error.fmt(f),
            Self::Start(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ResumeError {}
