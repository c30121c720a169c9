//! Inputs and how far each has come: the watermark of a source, of all together, and what may be released.

use alloc::vec::Vec;

use crate::reorder::Key;
use crate::snapshot::codec::{Corrupt, persist};

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
    /// Whether the others do not wait for it.
    idle: bool,
}

impl Source {
    /// The time of an event that has none of its own: that of its arrival if that is known, otherwise the greatest time
    /// seen (0 if there is none). Never late.
    pub(crate) fn arrival_time(&self, clock: Option<i64>) -> i64 {
        clock.or(self.greatest).unwrap_or(0).max(self.watermark)
    }

    /// Whether an event at `time` is late.
    pub(crate) const fn is_late(&self, time: i64) -> bool {
        time < self.watermark
    }

    /// How much older than the watermark an event at `time` is.
    pub(crate) const fn late_by(&self, time: i64) -> i64 {
        self.watermark.saturating_sub(time)
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

    const fn has_ended(&self) -> bool {
        self.watermark == END
    }

    /// Whether it holds time back.
    const fn counts(&self) -> bool {
        !self.idle && !self.has_ended()
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
    /// How far all together had come when a source last became idle, awoke or ended: time does not go back from here.
    reached: i64,
}

impl Sources {
    /// One source of all types.
    pub(crate) fn new(lateness: Vec<i64>) -> Self {
        let types: Vec<usize> = (0..lateness.len()).collect();
        let mut sources = Self { all: Vec::new(), lateness, implicit: true, reached: i64::MIN };
        sources.push(&types);
        sources
    }

    fn push(&mut self, types: &[usize]) -> SourceId {
        let mut carries = alloc::vec![false; self.lateness.len()];
        types.iter().for_each(|&ty| carries[ty] = true);
        let lateness = types.iter().map(|&ty| self.lateness[ty]).max().unwrap_or(0);
        self.all.push(Source { carries, lateness, greatest: None, watermark: i64::MIN, idle: false });
        SourceId(self.all.len() as u32 - 1)
    }

    /// One more source; the first takes the place of the one that is there by itself. What a later one brings from before the
    /// time that all together have reached is late.
    pub(crate) fn add(&mut self, types: &[usize]) -> SourceId {
        if self.implicit && self.all[0].greatest.is_none() {
            self.all.clear();
        } else {
            self.reached = self.watermark();
        }
        self.implicit = false;
        let (id, reached) = (self.push(types), self.reached);
        self.get_mut(id).raise(reached);
        id
    }

    /// A source.
    pub(crate) fn get(&self, id: SourceId) -> &Source {
        &self.all[id.0 as usize]
    }

    /// A source.
    pub(crate) fn get_mut(&mut self, id: SourceId) -> &mut Source {
        &mut self.all[id.0 as usize]
    }

    /// The least time that an event of a source may have. An idle one begins where the others are.
    pub(crate) fn watermark_of(&self, id: SourceId) -> i64 {
        let source = self.get(id);
        if source.idle { source.watermark.max(self.watermark()) } else { source.watermark }
    }

    /// Says whether the others are to wait for a source.
    pub(crate) fn set_idle(&mut self, id: SourceId, idle: bool) {
        if self.get(id).idle == idle {
            return;
        }
        self.reached = self.watermark();
        let reached = self.reached;
        let source = self.get_mut(id);
        source.idle = idle;
        if !idle {
            source.raise(reached);
        }
    }

    /// Whether the others do not wait for a source.
    pub(crate) fn is_idle(&self, id: SourceId) -> bool {
        self.get(id).idle
    }

    /// Notes that a source will have no event before `time`.
    pub(crate) fn raise(&mut self, id: SourceId, time: i64) {
        if time == END {
            self.reached = self.watermark();
        }
        self.get_mut(id).raise(time);
    }

    /// Notes that no source will have an event before `time`.
    pub(crate) fn raise_all(&mut self, time: i64) {
        self.all.iter_mut().for_each(|source| source.raise(time));
    }

    /// How far all together have come: the least watermark of those that count. If none does, but some have not ended, the
    /// greatest: what has come waits for nobody.
    pub(crate) fn watermark(&self) -> i64 {
        let counting = self.all.iter().filter(|source| source.counts()).map(|source| source.watermark).min();
        if let Some(least) = counting {
            return least.max(self.reached);
        }
        if self.all.iter().all(Source::has_ended) {
            return END;
        }
        let come = |source: &Source| match source.has_ended() {
            true => source.greatest.unwrap_or(i64::MIN),
            false => source.watermark,
        };
        self.all.iter().map(come).fold(self.reached, i64::max)
    }

    /// The least key that an event still to come can have; [`END`] and the greatest source if none can.
    ///
    /// Rows up to it, itself included, can go: what comes later with the same key comes after them. The source counts, for
    /// at one time the events of the source with the lower number are first: those of the others wait until it is past. An
    /// idle source may awake at the watermark.
    pub(crate) fn bound(&self) -> Key {
        let watermark = self.watermark();
        let there = |source: &Source| !source.has_ended() && source.watermark <= watermark;
        let first = self.all.iter().position(there);
        first.map_or((END, u32::MAX), |number| (watermark, number as u32))
    }

    /// The least watermark of all together with which a row of this key can go.
    pub(crate) fn releases(&self, (time, number): Key) -> i64 {
        let first = self.all.iter().position(|source| !source.has_ended());
        match first.is_some_and(|first| first < number as usize) {
            true => time.saturating_add(1),
            false => time,
        }
    }
}

/// A source in a snapshot.
#[derive(Clone, Debug)]
struct SavedSource {
    /// The numbers of the types that it carries.
    carries: Vec<usize>,
    greatest: Option<i64>,
    watermark: i64,
    idle: bool,
}

/// All sources in a snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    sources: Vec<SavedSource>,
    implicit: bool,
    reached: i64,
}

persist!(SavedSource { carries, greatest, watermark, idle });
persist!(Saved { sources, implicit, reached });

impl Sources {
    /// Says anew of which types a source brings events.
    pub(crate) fn set_types(&mut self, id: SourceId, types: &[usize]) {
        let (lateness, source) = (&self.lateness, &mut self.all[id.0 as usize]);
        source.carries.fill(false);
        types.iter().for_each(|&ty| source.carries[ty] = true);
        source.lateness = types.iter().map(|&ty| lateness[ty]).max().unwrap_or(0);
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.all.len()
    }

    /// How many were added.
    #[cfg(feature = "std")]
    pub(crate) const fn asked_for(&self) -> usize {
        if self.implicit { 0 } else { self.all.len() }
    }

    /// How far each has come.
    pub(crate) fn save(&self) -> Saved {
        let save = |source: &Source| SavedSource {
            carries: (0..source.carries.len()).filter(|&ty| source.carries[ty]).collect(),
            greatest: source.greatest,
            watermark: source.watermark,
            idle: source.idle,
        };
        Saved { sources: self.all.iter().map(save).collect(), implicit: self.implicit, reached: self.reached }
    }

    /// Makes the sources those of a snapshot. `types` says for each type there which it is now.
    pub(crate) fn load(&mut self, saved: &Saved, types: &[Option<usize>]) -> Result<(), Corrupt> {
        (self.implicit, self.reached) = (saved.implicit, saved.reached);
        if !saved.implicit {
            self.all.clear();
        } else if saved.sources.len() != 1 {
            return Err(Corrupt);
        }
        for (number, saved) in saved.sources.iter().enumerate() {
            // The source that is there by itself carries whatever there is.
            if !self.implicit {
                let carries: Option<Vec<_>> = saved.carries.iter().map(|&ty| types.get(ty)).collect();
                let carries = carries.ok_or(Corrupt)?.into_iter().flatten().copied();
                self.push(&carries.collect::<Vec<_>>());
            }
            let source = &mut self.all[number];
            (source.greatest, source.watermark) = (saved.greatest, saved.watermark);
            source.idle = saved.idle;
        }
        Ok(())
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
    fn an_idle_source_holds_nobody_back() {
        let mut sources = Sources::new(alloc::vec![0, 0, 0]);
        let [a, b, c] = [0, 1, 2].map(|ty| sources.add(&[ty]));
        sources.get_mut(b).see(50);
        sources.get_mut(c).see(70);
        assert_eq!(sources.watermark(), i64::MIN);
        sources.set_idle(a, true);
        assert_eq!(
            sources.bound(),
            (50, 0),
            "`a` may awake with an event at 50, which comes before those of `b`"
        );
        sources.set_idle(b, true);
        sources.set_idle(c, true);
        assert_eq!(
            (sources.watermark(), sources.watermark_of(a)),
            (70, 70),
            "what has come waits for nobody"
        );
        sources.set_idle(b, false);
        assert_eq!((sources.watermark(), sources.get(b).watermark), (70, 70), "time does not go back");
        assert!(sources.get(b).is_late(69) && sources.get(b).late_by(60) == 10);
        sources.get_mut(b).see(80);
        assert_eq!(sources.bound(), (80, 0));
        sources.raise(b, END);
        assert_eq!(sources.watermark(), 80, "it has ended; the others are idle, and may awake");
        sources.set_idle(a, false);
        assert_eq!(sources.bound(), (80, 0));
        sources.raise(a, END);
        sources.raise(c, END);
        assert_eq!(sources.bound(), (END, u32::MAX));
    }

    #[test]
    fn time_does_not_go_back_when_a_source_is_added_or_has_ended() {
        let mut sources = Sources::new(alloc::vec![0, 0]);
        let a = sources.add(&[0]);
        sources.get_mut(a).see(40);
        sources.raise(a, 90);
        let b = sources.add(&[1]);
        assert_eq!(sources.bound(), (90, 0));
        sources.set_idle(b, true);
        sources.raise(a, END);
        assert_eq!(sources.watermark(), 90);
    }

    #[test]
    fn the_watermark_that_lets_a_row_go() {
        let mut sources = Sources::new(alloc::vec![0, 0]);
        let (a, _) = (sources.add(&[0]), sources.add(&[1]));
        assert_eq!((sources.releases((50, 0)), sources.releases((50, 1))), (50, 51));
        sources.raise(a, END);
        assert_eq!(sources.releases((50, 1)), 50);
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
