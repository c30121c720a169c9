//! Columns in blocks, as the clock lets them in.

use super::Clock;
use core::ops::Range;

/// How many rows a block has at most.
pub const BLOCK: usize = 1024;

/// The rows of columns as a clock lets them in, by their times.
#[inline]
pub const fn blocks(times: &[i64]) -> Blocks<'_> {
    Blocks { times, next: 0, unordered: 0 }
}

/// Columns in blocks that stay in the cache next to the core while they are read twice.
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    times: &'a [i64],
    /// The first row that the clock has not seen.
    next: usize,
    /// The rows before this one are of a block whose times do not ascend.
    unordered: usize,
}

impl Blocks<'_> {
    /// Lets in the next rows: at most [`BLOCK`], of which none is late, perhaps none at all. Behind the last there are no more.
    #[inline]
    pub fn admit(&mut self, clock: &mut Clock) -> Option<Range<usize>> {
        let start = self.next;
        if start >= self.unordered {
            if start == self.times.len() {
                return None;
            }
            let end = self.times.len().min(start + BLOCK);
            if clock.admit_all(&self.times[start..end]) {
                self.next = end;
                return Some(start..end);
            }
            self.unordered = end;
        }
        Some(self.admit_each(clock))
    }

    /// Lets in the rows of a block that is not in order, up to one that is late.
    #[cold]
    #[inline(never)]
    fn admit_each(&mut self, clock: &mut Clock) -> Range<usize> {
        let mut rest = self.next..self.unordered;
        let start = rest.find(|row| clock.admit(self.times[*row])).unwrap_or(self.unordered);
        let end = rest.find(|row| !clock.admit(self.times[*row])).unwrap_or(self.unordered);
        self.next = self.unordered.min(end + 1);
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_let_in_the_rows_that_a_clock_lets_in_one_by_one(
            steps in prop::collection::vec(prop::sample::select(&[0, 1, 1, 1, 5, 1, 1, -1, -7, i64::MAX / 2, i64::MIN / 2][..]), 0..40),
            stretches in prop::collection::vec(0_usize..700, 40),
        ) {
            let each = steps.iter().zip(&stretches).flat_map(|(step, len)| core::iter::once(*step).chain(core::iter::repeat_n(1, *len)));
            let times: Vec<i64> = each.scan(0_i64, |time, step| { *time = time.wrapping_add(step); Some(*time) }).collect();
            let (mut clock, mut one_by_one) = (Clock::new(0), Clock::new(0));
            let (mut blocks, mut rows) = (blocks(&times), Vec::new());
            while let Some(block) = blocks.admit(&mut clock) {
                prop_assert!(block.len() <= BLOCK);
                rows.extend(block);
            }
            let expected: Vec<usize> = (0..times.len()).filter(|row| one_by_one.admit(times[*row])).collect();
            prop_assert_eq!(rows, expected);
            prop_assert_eq!((clock.watermark(), clock.arrival()), (one_by_one.watermark(), one_by_one.arrival()));
            prop_assert_eq!((clock.events, clock.late), (one_by_one.events, one_by_one.late));
        }
    }
}
