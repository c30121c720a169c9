//! Inputs and how far each has come: the watermark of a source, of all together, and what may be released.

use alloc::vec::Vec;

use crate::reorder::Key;

/// The end of time: the watermark of an input that has ended.
pub(crate) const END: i64 = i64::MAX;

/// An input with a watermark of its own. The default is the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub(crate) u32);

/// One input.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// For each input type of the program, whether its events come this way.
    carries: Vec<bool>,
    /// The greatest lateness of these types, in nanoseconds.
    lateness: i64,
    /// The greatest time seen.
    greatest: Option<i64>,
    watermark: i64,
}

impl Source {
    /// The time of an event that has none of its own: that of its arrival if that is known, otherwise the greatest time
    /// seen (0 if there is none). Never late.
    pub(crate) fn arrival_time(&self, clock: Option<i64>) -> i64 {
        clock.or(self.greatest).unwrap_or(0).max(self.watermark)
    }

    /// The least time that an event may have.
    pub(crate) const fn watermark(&self) -> i64 {
        self.watermark
    }

    /// Whether an event at `time` is late.
    pub(crate) const fn is_late(&self, time: i64) -> bool {
        time < self.watermark
    }

    /// Notes that an event at `time` has come.
    pub(crate) fn see(&mut self, time: i64) {
        self.greatest = Some(self.greatest.map_or(time, |greatest| greatest.max(time)));
        self.raise(time.saturating_sub(self.lateness));
    }

    /// Notes that no event before `time` will come.
    pub(crate) fn raise(&mut self, time: i64) {
        self.watermark = self.watermark.max(time);
    }

    /// Whether events of this type come this way.
    pub(crate) fn carries(&self, ty: usize) -> bool {
        self.carries[ty]
    }
}

/// All inputs.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    all: Vec<Source>,
    /// The lateness of each input type.
    lateness: Vec<i64>,
    /// Whether the only source is the one that nobody asked for.
    implicit: bool,
}

impl Sources {
    /// One source of all types.
    pub(crate) fn new(lateness: Vec<i64>) -> Self {
        let types: Vec<usize> = (0..lateness.len()).collect();
        let mut sources = Self { all: Vec::new(), lateness, implicit: true };
        sources.push(&types);
        sources
    }

    fn push(&mut self, types: &[usize]) -> SourceId {
        let mut carries = alloc::vec![false; self.lateness.len()];
        types.iter().for_each(|&ty| carries[ty] = true);
        let lateness = types.iter().map(|&ty| self.lateness[ty]).max().unwrap_or(0);
        self.all.push(Source { carries, lateness, greatest: None, watermark: i64::MIN });
        SourceId(self.all.len() as u32 - 1)
    }

    /// One more source; the first takes the place of the one that is there by itself.
    pub(crate) fn add(&mut self, types: &[usize]) -> SourceId {
        if self.implicit && self.all[0].greatest.is_none() {
            self.all.clear();
        }
        self.implicit = false;
        self.push(types)
    }

    /// A source.
    pub(crate) fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0 as usize]
    }

    /// A source.
    pub(crate) fn get_mut(&mut self, id: SourceId) -> &mut Source {
        &mut self.all[id.0 as usize]
    }

    /// How far each has come.
    #[cfg(feature = "std")]
    pub(crate) fn watermarks(&self) -> impl Iterator<Item = i64> {
        self.all.iter().map(Source::watermark)
    }

    /// Notes that no source will have an event before `time`.
    pub(crate) fn raise_all(&mut self, time: i64) {
        self.all.iter_mut().for_each(|source| source.raise(time));
    }

    /// How far all together have come.
    pub(crate) fn watermark(&self) -> i64 {
        self.bound().0
    }

    /// The least key that an event still to come can have; [`END`] and the greatest source if none can.
    ///
    /// Rows up to it, itself included, can go: what comes later with the same key comes after them. The source counts, for
    /// at one time the events of the source with the lower number are first: those of the others wait until it is past.
    pub(crate) fn bound(&self) -> Key {
        let keys = (0..).zip(&self.all).filter(|(_, source)| source.watermark < END);
        keys.map(|(number, source)| (source.watermark, number)).min().unwrap_or((END, u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_lateness_counts() {
        let mut sources = Sources::new(alloc::vec![5, 20]);
        let source = sources.get_mut(SourceId(0));
        source.see(100);
        assert!(source.is_late(79) && !source.is_late(80));
        source.see(90);
        assert_eq!(sources.bound(), (80, 0));
    }

    #[test]
    fn the_slowest_source_holds_the_others_back() {
        let mut sources = Sources::new(alloc::vec![0, 0]);
        let (a, b) = (sources.add(&[0]), sources.add(&[1]));
        assert_eq!((a, b), (SourceId(0), SourceId(1)));
        sources.get_mut(a).see(50);
        assert_eq!(sources.bound(), (i64::MIN, 1));
        sources.get_mut(b).see(50);
        assert_eq!(sources.bound(), (50, 0), "an event of `a` at 50 may still come before those of `b`");
        sources.get_mut(a).raise(END);
        assert_eq!(sources.bound(), (50, 1));
        sources.get_mut(b).raise(END);
        assert_eq!(sources.bound(), (END, u32::MAX));
    }

    #[test]
    fn an_event_without_a_time_is_never_late() {
        let mut sources = Sources::new(alloc::vec![0]);
        let source = sources.get_mut(SourceId(0));
        assert_eq!(source.arrival_time(None), 0);
        source.see(40);
        assert_eq!((source.arrival_time(None), source.arrival_time(Some(70))), (40, 70));
        assert_eq!(source.arrival_time(Some(30)), 40);
    }
}
