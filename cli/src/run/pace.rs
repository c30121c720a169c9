//! How time passes for inputs that may be silent: by the clock of the system, and by `--idle`.
//!
//! Regular files are read as fast as they can be, so nothing here is about them: what they give does not depend on a clock.
//!
//! A live input *follows the clock* if its events are of now (or `--clock wall` says so): while it is silent its watermark goes
//! on at the pace of the clock, from where its newest event has brought it. That is where it would be if an event came
//! that is as prompt as that one. It is raised only as far as something is due, so that an event is late only if a timer has
//! fired that is after it.

use crate::args::TimeBy;

/// How far from the clock events of now may be: 1 minute.
const NEAR: i64 = 60_000_000_000;

/// How time passes for all inputs.
#[derive(Debug)]
pub(crate) struct Pace {
    by: TimeBy,
    /// How long an input may be silent until the others do not wait for it.
    idle: Option<i64>,
    inputs: Vec<Paced>,
}

/// How time passes for an input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paced {
    live: bool,
    /// The greatest lateness of its types.
    lateness: i64,
    /// Whether no type of it has a time of its own.
    untimed: bool,
    /// The watermark that its events have brought it to, and when.
    anchor: Option<(i64, i64)>,
    follows: bool,
}

impl Paced {
    /// An input that has brought nothing.
    pub(crate) const fn new(live: bool, lateness: i64, untimed: bool) -> Self {
        Self { live, lateness, untimed, anchor: None, follows: false }
    }
}

impl Pace {
    /// Of inputs that have brought nothing.
    pub(crate) fn new(by: TimeBy, idle: Option<i64>, inputs: Vec<Paced>) -> Self {
        Self { by, idle, inputs }
    }

    /// Whether rows of an input may come in slowly.
    pub(crate) fn is_live(&self, input: usize) -> bool {
        self.inputs[input].live
    }

    /// Whether there is anything to look at the clock for.
    pub(crate) fn any_live(&self) -> bool {
        self.inputs.iter().any(|input| input.live)
    }

    /// The time of arrival, for types that have no time of their own. None: the greatest time that the input has brought.
    pub(crate) fn arrival(&self, input: usize, now: i64) -> Option<i64> {
        let Paced { live, untimed, follows, .. } = self.inputs[input];
        let clock = match self.by {
            TimeBy::Event => false,
            TimeBy::Wall => live,
            // Among events of last year one of now would be as if no others were to come.
            TimeBy::Auto => live && (untimed || follows),
        };
        clock.then_some(now)
    }

    /// Notes that an event of an input has raised its watermark.
    pub(crate) fn raised(&mut self, input: usize, watermark: i64, now: i64) {
        let paced = &mut self.inputs[input];
        paced.anchor = Some((watermark, now));
        let newest = watermark.saturating_add(paced.lateness);
        let near = newest.abs_diff(now) <= NEAR as u64;
        paced.follows = paced.live
            && match self.by {
                TimeBy::Auto => near,
                TimeBy::Event => false,
                TimeBy::Wall => true,
            };
    }

    /// When the watermark of a silent input is at `watermark` by the clock, if it follows it.
    pub(crate) fn reaches(&self, input: usize, watermark: i64) -> Option<i64> {
        let paced = self.inputs[input];
        let (from, at) = paced.anchor.filter(|_| paced.follows)?;
        Some(at.saturating_add(watermark.saturating_sub(from)))
    }

    /// When an input that was last heard at a time is idle, if it may be.
    pub(crate) fn idle_at(&self, input: usize, heard: i64) -> Option<i64> {
        self.idle.filter(|_| self.inputs[input].live).map(|idle| heard.saturating_add(idle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000_000;
    const NOW: i64 = 1_700_000_000 * S;

    fn pace(by: TimeBy, live: bool, untimed: bool) -> Pace {
        Pace::new(by, None, vec![Paced::new(live, 5 * S, untimed)])
    }

    #[test]
    fn events_of_now_follow_the_clock() {
        let mut pace = pace(TimeBy::Auto, true, false);
        assert_eq!((pace.reaches(0, NOW), pace.arrival(0, NOW)), (None, None), "nothing has come");
        // An event that is 2 s old.
        pace.raised(0, NOW - 7 * S, NOW);
        assert_eq!(pace.reaches(0, NOW), Some(NOW + 7 * S));
        assert_eq!(pace.arrival(0, NOW), Some(NOW));
        pace.raised(0, NOW - 100 * S, NOW);
        assert_eq!((pace.reaches(0, NOW), pace.arrival(0, NOW)), (None, None), "one that is 95 s old");
    }

    #[test]
    fn the_clock_can_be_chosen() {
        for (by, live, follows) in [
            (TimeBy::Auto, false, false),
            (TimeBy::Event, true, false),
            (TimeBy::Wall, true, true),
            (TimeBy::Wall, false, false),
        ] {
            let mut pace = pace(by, live, false);
            pace.raised(0, 0, NOW);
            assert_eq!(pace.reaches(0, 3 * S), follows.then_some(NOW + 3 * S), "{by:?} {live}");
            assert_eq!(pace.arrival(0, NOW).is_some(), follows, "{by:?} {live}");
        }
    }

    #[test]
    fn types_without_a_time_have_that_of_their_arrival_if_it_means_something() {
        assert_eq!(pace(TimeBy::Auto, true, true).arrival(0, NOW), Some(NOW));
        assert_eq!(pace(TimeBy::Auto, false, true).arrival(0, NOW), None, "a file");
        assert_eq!(pace(TimeBy::Event, true, true).arrival(0, NOW), None);
    }
}
