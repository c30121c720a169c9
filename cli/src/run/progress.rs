//! The progress bar: on a terminal, while files are read, unless matches go to the same terminal.

use super::inputs::Input;
use super::output::Output;
use crate::args::RunArgs;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A bar, or nothing.
#[derive(Clone)]
pub(crate) struct Progress(Option<Bar>);

#[derive(Clone)]
struct Bar {
    bar: ProgressBar,
    read: Vec<Arc<AtomicU64>>,
}

impl Progress {
    /// Nothing to be shown.
    #[cfg(test)]
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// A bar if all inputs are files.
    pub(crate) fn new(args: &RunArgs, inputs: &[Input], output: &Output) -> Self {
        let total: Option<u64> = inputs.iter().map(|input| input.bytes_total).sum();
        match total {
            Some(total) if !args.quiet && !output.is_terminal() && stderr().is_terminal() => {
                let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
                let template = "{bar:32} {percent:>3} %  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
                if let Ok(style) = ProgressStyle::with_template(template) {
                    bar.set_style(style);
                }
                Self(Some(Bar {
                    bar,
                    read: inputs.iter().map(|input| Arc::clone(&input.bytes_read)).collect(),
                }))
            }
            _ => Self(None),
        }
    }

    /// Shows how far the inputs have been read.
    pub(crate) fn update(&self) {
        if let Self(Some(Bar { bar, read })) = self {
            bar.set_position(read.iter().map(|count| count.load(Ordering::Relaxed)).sum());
        }
    }

    /// Writes something else to the terminal.
    pub(crate) fn aside(&self, write: impl FnOnce()) {
        match &self.0 {
            Some(Bar { bar, .. }) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Self(Some(Bar { bar, .. })) = self {
            bar.finish_and_clear();
        }
    }
}
