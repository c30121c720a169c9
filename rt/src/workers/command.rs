//! What workers are told.

use std::sync::Arc;
use std::vec::Vec;

use crate::batch::{Batch, Chunk};
use crate::instance::{EngineError, Instance, SourceId};
use crate::output::Matches;

/// One call of an instance. Every worker is given every one, in the same order.
#[derive(Debug)]
pub(super) enum Command {
    AddSource(Vec<usize>),
    Clock(Option<i64>),
    Chunk(SourceId, Chunk),
    Batch(SourceId, usize, Arc<Batch>),
    Watermark(i64),
    SourceWatermark(SourceId, i64),
    Stats,
}

impl Command {
    /// Does it.
    pub(super) fn run(&self, instance: &mut Instance, matches: &mut Matches) -> Result<(), EngineError> {
        match self {
            Self::AddSource(types) => {
                instance.add_source(types);
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
            Self::Stats => Ok(()),
        }
    }

    /// Whether it brings events.
    pub(super) const fn is_input(&self) -> bool {
        matches!(self, Self::Chunk(..) | Self::Batch(..))
    }
}
