//! How far time has come, for a program that has a clock or sources that may be silent: what is due next, and which sources
//! are not waited for. What comes of it is in [`super::source`].

use super::source::SourceId;
use super::{EngineError, Instance};
use crate::output::Matches;

impl Instance {
    /// Says that a source is silent, so that the others do not wait for it, also if it has brought nothing yet; or that they
    /// are to wait for it. It counts again by itself as soon as it brings an event, and begins where the others are: what
    /// it brings from before the watermark is late.
    ///
    /// If all sources that have not ended are idle, time is at the greatest of their watermarks.
    ///
    /// # Errors
    /// As [`Instance::on_chunk`].
    pub fn set_idle(
        &mut self,
        source: SourceId,
        idle: bool,
        matches: &mut Matches,
    ) -> Result<(), EngineError> {
        self.sources.set_idle(source, idle);
        self.advance(matches)
    }

    /// Whether a source is idle: see [`Instance::set_idle`].
    pub fn is_idle(&self, source: SourceId) -> bool {
        self.sources.is_idle(source)
    }

    /// How far time has come: the least watermark of the sources that count. The least time there is before the first event,
    /// and the greatest after the end of all sources.
    pub fn watermark(&self) -> i64 {
        self.sources.watermark()
    }

    /// Events that wait for the watermark.
    pub const fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// The least watermark that would make something happen, if any would: a deadline fire, or an event go that waits. A program
    /// that has a clock says that watermark when it is time.
    pub fn next_due(&self) -> Option<i64> {
        let event = self.pending.first().map(|key| self.sources.releases(key));
        let deadline = self.next_deadline().map(|deadline| deadline.saturating_add(1));
        event.into_iter().chain(deadline).min()
    }
}
