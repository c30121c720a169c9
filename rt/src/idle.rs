//! When partitions in which nothing happens are looked for, so that their memory is given back (`limit partition idle`).
//!
//! That they have ended is told by the time of their last event wherever they are found; here it is about memory alone. Yet
//! `limit partitions` depends on what is in memory. So the times as of which they are looked for are multiples of half the bound, and each is
//! done behind all rows before it and before all others, wherever a batch ends. Invariant: no row has been done whose time is not before the next.
//!
//! PERF: a look costs as much as there are partitions, each of which has had an event within one and a half times the bound before.

/// Looks for idle partitions.
#[derive(Clone, Debug)]
pub struct Idle {
    step: i64,
    /// The next time as of which to look.
    next: i64,
}

impl Idle {
    /// Partitions may be idle for so many nanoseconds.
    pub const fn new(span_ns: i64) -> Self {
        let half = span_ns / 2;
        Self { step: if half > 0 { half } else { 1 }, next: i64::MIN }
    }

    /// The time as of which partitions are to be looked at before what comes at `time`, if that has not been done.
    #[inline]
    pub const fn due(&mut self, time: i64) -> Option<i64> {
        if time < self.next {
            return None;
        }
        let number = time.div_euclid(self.step);
        // Not the sum of the two: the first multiple there is may be before the first nanosecond of time.
        self.next = number.saturating_add(1).saturating_mul(self.step);
        Some(number.saturating_mul(self.step))
    }

    /// From what time on [`Idle::due`] says something.
    #[cfg(feature = "alloc")]
    pub(crate) const fn next(&self) -> i64 {
        self.next
    }

    /// Takes over what another has looked at whose next time this is. All that it knew is before that.
    #[cfg(feature = "alloc")]
    pub(crate) fn go_on(&mut self, next: i64) {
        self.next = self.next.max(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_due_once() {
        let mut idle = Idle::new(10);
        let due: [Option<i64>; 7] = [-7, -6, -5, -1, 4, 23, 24].map(|time| idle.due(time));
        assert_eq!(due, [Some(-10), None, Some(-5), None, Some(0), Some(20), None]);
    }

    #[test]
    fn the_first_step_of_time_is_shorter() {
        let mut idle = Idle::new(20);
        // A multiple of ten is 8 behind the first nanosecond.
        assert_eq!(idle.due(i64::MIN + 5), Some(i64::MIN));
        assert_eq!(idle.due(i64::MIN + 7), None);
        assert_eq!(idle.due(i64::MIN + 11), Some(i64::MIN + 8));
    }

    #[test]
    fn the_ends_of_time_are_no_exception() {
        for span in [1, 3, i64::MAX] {
            let mut idle = Idle::new(span);
            for time in [i64::MIN, -1, 0, i64::MAX] {
                assert!(idle.due(time).is_none_or(|from| from <= time), "{span} {time}");
            }
        }
    }
}
