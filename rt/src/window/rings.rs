//! Which rows the moving window of each group holds: of a length in time, or the last so many.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::Full;
use crate::plan::window::RowsPolicy;
use crate::snapshot::codec::{Corrupt, Persist, Reader};

/// How far back a window reaches.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach {
    /// Rows later than this long before the row at hand.
    Time(i64),
    /// So many rows.
    Rows(u64),
}

/// The times of the rows in the window of each group.
#[derive(Debug)]
pub(crate) struct Rings {
    reach: Reach,
    rows_max: usize,
    policy: RowsPolicy,
    /// By group; its number is that of its cell.
    times: Vec<VecDeque<i64>>,
    /// Rows that have left a window because there were too many.
    pub(crate) dropped: u64,
}

impl Rings {
    /// No rows.
    pub(crate) const fn new(reach: Reach, rows_max: u32, policy: RowsPolicy) -> Self {
        Self { reach, rows_max: rows_max as usize, policy, times: Vec::new(), dropped: 0 }
    }

    /// Makes room for so many groups.
    pub(crate) fn reserve(&mut self, groups: usize) {
        self.times.resize_with(groups.max(self.times.len()), VecDeque::new);
    }

    /// Adds a row to the window of its group: how many rows leave it for that.
    #[inline]
    pub(crate) fn push(&mut self, group: u32, time: i64) -> Result<u32, Full> {
        let times = &mut self.times[group as usize];
        let before = times.len();
        match self.reach {
            Reach::Time(size) => {
                let from = time.saturating_sub(size);
                // The saturated bound is the least time there is, and a row at it is inside.
                let whole = time.checked_sub(size).is_none();
                while times.pop_front_if(|row| *row <= from && !whole).is_some() {}
            }
            Reach::Rows(count) => {
                while times.len() as u64 >= count {
                    times.pop_front();
                }
            }
        }
        if times.len() >= self.rows_max {
            match self.policy {
                RowsPolicy::DropOldest => {
                    times.pop_front();
                    self.dropped += 1;
                }
                RowsPolicy::DropNew => return Err(Full::Drop((before - times.len()) as u32)),
                RowsPolicy::Fail => return Err(Full::Fail),
            }
        }
        let evicted = before - times.len();
        times.push_back(time);
        Ok(evicted as u32)
    }

    /// Adds rows to the window of one group, and appends for each how many rows leave it for that. False if they are to be added one by one,
    /// for their number is bounded.
    pub(crate) fn push_all(&mut self, group: u32, added: &[i64], evict: &mut Vec<u32>) -> bool {
        let Reach::Time(size) = self.reach else { return false };
        let times = &mut self.times[group as usize];
        if times.len() + added.len() > self.rows_max {
            return false;
        }
        // PERF: all are added first, so that what leaves is found by one walk over what is there.
        times.extend(added);
        let mut oldest = times.iter().copied();
        let (mut first, mut left) = (oldest.next(), 0);
        evict.extend(added.iter().map(|&time| {
            // The least time there is has nothing so long before it.
            let from = time.checked_sub(size);
            let mut count = 0;
            while let (Some(row), Some(from)) = (first, from)
                && row <= from
            {
                first = oldest.next();
                count += 1;
            }
            left += count as usize;
            count
        }));
        times.drain(..left);
        true
    }

    /// How long windows are, if that is a time.
    pub(crate) const fn length(&self) -> Option<i64> {
        match self.reach {
            Reach::Time(size) => Some(size),
            Reach::Rows(_) => None,
        }
    }

    /// The time of the first row in the window of a group.
    pub(crate) fn first(&self, group: u32) -> Option<i64> {
        self.times[group as usize].front().copied()
    }

    /// Whether a row of a group can still be in a window at `now` or later.
    pub(crate) fn holds(&self, group: u32, now: i64) -> bool {
        let last = self.times.get(group as usize).and_then(VecDeque::back);
        last.is_some_and(|&last| match self.reach {
            Reach::Time(size) => now.saturating_sub(size) < last,
            Reach::Rows(_) => true,
        })
    }

    /// Forgets the rows of a group, and their memory.
    pub(crate) fn vacate(&mut self, group: u32) {
        if let Some(times) = self.times.get_mut(group as usize) {
            *times = VecDeque::new();
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let held: usize = self.times.iter().map(|times| times.capacity() * 8).sum();
        self.times.capacity() * size_of::<VecDeque<i64>>() + held
    }

    /// Writes the times of the rows of each group.
    pub(crate) fn save(&self, out: &mut Vec<u8>) {
        self.dropped.save(out);
        let held = || (0u32..).zip(&self.times).filter(|(_, times)| !times.is_empty());
        held().count().save(out);
        for (slot, times) in held() {
            slot.save(out);
            times.save(out);
        }
    }

    /// Takes over what was written. `place` gives the group of each, if it is not left out.
    pub(crate) fn absorb(
        &mut self,
        from: &mut Reader<'_>,
        counts: bool,
        mut place: impl FnMut(u32) -> Option<u32>,
    ) -> Result<(), Corrupt> {
        let dropped: u64 = from.read()?;
        self.dropped += if counts { dropped } else { 0 };
        for _ in 0..from.len()? {
            let (slot, times): (u32, VecDeque<i64>) = from.read()?;
            if let Some(slot) = place(slot) {
                self.times[slot as usize] = times;
            }
        }
        Ok(())
    }
}
