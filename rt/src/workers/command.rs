//! What workers are told.

use std::boxed::Box;
use std::sync::{Arc, OnceLock};
use std::vec::Vec;

use crate::batch::{Batch, Chunk};
use crate::instance::front::Part;
use crate::instance::{EngineError, Input, Instance, SourceId};
use crate::output::Matches;

/// One call of an instance. Every worker is given every one, in the same order.
#[derive(Debug)]
pub(super) enum Command {
    AddSource(Vec<usize>),
    SourceTypes(SourceId, Vec<usize>),
    Clock(Option<i64>),
    Chunk(SourceId, Chunk),
    Batch(SourceId, usize, Arc<Batch>),
    Watermark(i64),
    SourceWatermark(SourceId, i64),
    Idle(SourceId, bool),
    Stats,
    /// Of all, or of what has changed since the last one.
    Snapshot {
        whole: bool,
    },
}

impl Command {
    /// Does it.
    pub(super) fn run(&self, instance: &mut Instance, matches: &mut Matches) -> Result<(), EngineError> {
        match self {
            Self::AddSource(types) => {
                instance.add_source(types);
                Ok(())
            }
            Self::SourceTypes(source, types) => {
                instance.set_source_types(*source, types);
                Ok(())
            }
            Self::Clock(now) => {
                instance.set_clock(*now);
                Ok(())
            }
            Self::Chunk(source, chunk) => instance.on_chunk(*source, chunk, matches),
            Self::Batch(source, ty, batch) => instance.on_batch(*source, *ty, batch, matches),
            Self::Watermark(time) => instance.on_watermark(*time, matches),
            Self::SourceWatermark(source, time) => instance.on_source_watermark(*source, *time, matches),
            Self::Idle(source, idle) => instance.set_idle(*source, *idle, matches),
            Self::Stats | Self::Snapshot { .. } => Ok(()),
        }
    }

    /// The events that it brings, if it does.
    pub(super) fn input(&self) -> Option<Input<'_>> {
        match self {
            Self::Chunk(_, chunk) => Some(Input::Chunk(chunk)),
            Self::Batch(_, ty, batch) => Some(Input::Batch(*ty, batch)),
            _ => None,
        }
    }
}

/// A command, and what workers find out for each other about what it brings.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) command: Command,
    /// By worker; none from one that has found out nothing, or is gone. Every worker sets its part before it waits for those of
    /// others, and one that panics sets those of all tasks that it is given, so nobody waits for ever.
    parts: Box<[OnceLock<Option<Part>>]>,
}

impl Task {
    /// A command for so many workers.
    pub(super) fn new(command: Command, workers: usize) -> Self {
        let workers = if command.input().is_some() { workers } else { 0 };
        Self { command, parts: (0..workers).map(|_| OnceLock::new()).collect() }
    }

    /// Finds out a worker's part, unless it has.
    pub(super) fn find_out(&self, index: u32, instance: &mut Instance) {
        if let (Some(part), Some(input)) = (self.parts.get(index as usize), self.command.input()) {
            part.get_or_init(|| instance.part(input));
        }
    }

    /// Says that a worker will find out nothing.
    pub(super) fn give_up(&self, index: u32) {
        if let Some(part) = self.parts.get(index as usize) {
            // It may have been found out before.
            let _ = part.set(None);
        }
    }

    /// Does the command, with the parts of all workers.
    pub(super) fn run(&self, instance: &mut Instance, matches: &mut Matches) -> Result<(), EngineError> {
        let parts = || self.parts.iter().map(|part| part.wait().as_ref());
        if !self.parts.is_empty() && parts().all(|part| part.is_some()) {
            instance.put_together(parts().flatten());
        }
        self.command.run(instance, matches)
    }
}
