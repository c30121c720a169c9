//! Why a program on several workers stops.

use std::fmt;
use std::string::String;

use crate::instance::EngineError;

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
