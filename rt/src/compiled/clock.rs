//! How far time has come, and which events are late. One source, of all event types.

/// What became of an event that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The rules have seen it, or will when the watermark reaches it.
    Taken,
    /// It is older than the watermark and was counted; no rule sees it.
    Late,
    /// It has no time (the expression of its time is null) and was counted; no rule sees it.
    Untimed,
}

/// The clock of a program.
#[derive(Clone, Debug)]
pub struct Clock {
    lateness: i64,
    greatest: Option<i64>,
    watermark: i64,
    pub(super) events: u64,
    pub(super) late: u64,
    pub(super) untimed: u64,
}

impl Clock {
    /// A clock at the beginning of time; events may be so many nanoseconds late.
    pub const fn new(lateness: i64) -> Self {
        Self { lateness, greatest: None, watermark: i64::MIN, events: 0, late: 0, untimed: 0 }
    }

    /// Lets an event in, unless it is late. Moves the watermark.
    #[inline]
    pub const fn admit(&mut self, time: i64) -> bool {
        self.events += 1;
        if time < self.watermark {
            self.late += 1;
            return false;
        }
        match self.greatest {
            Some(greatest) if greatest >= time => {}
            _ => self.greatest = Some(time),
        }
        self.raise(time.saturating_sub(self.lateness));
        true
    }

    /// Lets in events of these times, one after the other, if it is seen at a glance that none is before another one or late.
    /// Otherwise none is let in, and they are to come one by one.
    #[inline]
    pub fn admit_all(&mut self, times: &[i64]) -> bool {
        let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return true };
        // PERF: the bits of all steps, without a way out in between, take a few vector instructions. Where each step is so
        // small that all of them together do not overflow, the last time is the sum of the first and of steps that go ahead,
        // unless that sum overflows, once, to a time before the first. Greater steps come one by one.
        let steps =
            times.iter().zip(&times[1..]).fold(0, |steps, (one, next)| steps | next.wrapping_sub(*one));
        let is_small = steps as u64 <= i64::MAX as u64 / times.len() as u64;
        if first < self.watermark || !is_small || last < first {
            return false;
        }
        self.events += times.len() as u64;
        self.greatest = Some(self.greatest.map_or(last, |greatest| greatest.max(last)));
        self.raise(last.saturating_sub(self.lateness));
        true
    }

    /// Counts an event without a time.
    pub const fn reject(&mut self) {
        self.events += 1;
        self.untimed += 1;
    }

    /// The time of an event that is that of its arrival: the greatest seen, at first 0. Never late.
    pub fn arrival(&self) -> i64 {
        self.greatest.unwrap_or(0).max(self.watermark)
    }

    /// Notes that no event before `time` will come.
    #[inline]
    pub const fn raise(&mut self, time: i64) {
        if time > self.watermark {
            self.watermark = time;
        }
    }

    /// No event before this time is let in any more.
    #[inline]
    pub const fn watermark(&self) -> i64 {
        self.watermark
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_bounds_disorder() {
        let mut clock = Clock::new(20);
        assert_eq!(clock.arrival(), 0);
        assert!(clock.admit(100) && clock.admit(80) && !clock.admit(79));
        assert_eq!((clock.watermark(), clock.arrival(), clock.late), (80, 100, 1));
        clock.raise(150);
        assert_eq!(clock.arrival(), 150);
    }

    #[test]
    fn a_block_is_let_in_whole_or_not_at_all() {
        let mut clock = Clock::new(0);
        assert!(clock.admit_all(&[]) && clock.admit_all(&[5]) && clock.admit_all(&[5, 6, 6]));
        assert_eq!((clock.watermark(), clock.arrival(), clock.events), (6, 6, 4));
        assert!(!clock.admit_all(&[5, 7]) && !clock.admit_all(&[7, 9, 8]));
        assert!(!clock.admit_all(&[7, i64::MAX, i64::MIN, 8]) && !clock.admit_all(&[7, i64::MAX, 6]));
        assert_eq!((clock.watermark(), clock.events, clock.late), (6, 4, 0));
        assert!(Clock::new(0).admit_all(&[-7, -7, 5]) && !Clock::new(0).admit_all(&[i64::MAX - 1, i64::MIN]));
    }
}
