//! Moving windows of which the least or greatest value is wanted.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::aggregate::Output;
use super::fold::Extreme;
use super::sliding::{FEW, Window};
use super::source::{Seen, Source};
use crate::snapshot::codec::{Corrupt, Persist, Reader};

/// The values of a window that are better than all later ones, or as good, with the numbers of their rows. So the
/// first is the best.
#[derive(Debug)]
pub(super) struct Queue<S: Source> {
    best: VecDeque<(u64, S::Own)>,
    /// How many rows have left the window, and how many have entered.
    left: u64,
    entered: u64,
    /// Rows of a batch that are kept, last first.
    later: Vec<usize>,
}

impl<S: Source> Default for Queue<S> {
    fn default() -> Self {
        Self { best: VecDeque::new(), left: 0, entered: 0, later: Vec::new() }
    }
}

impl<S: Source> Queue<S> {
    /// How many of the rows to come are in one window with the first of them, by how many leave it for each.
    fn together(&self, evict: &[u32]) -> usize {
        let mut room = self.entered - self.left;
        let leaves_one = |&evict: &u32| {
            let left = room.checked_sub(evict.into());
            room = left.unwrap_or(0);
            left.is_none()
        };
        evict.iter().position(leaves_one).unwrap_or(evict.len())
    }

    /// Takes rows that leave the window with none of each other: what is best in it is the best one of the queue or the best
    /// one of these rows so far. Those that are to be kept are found from the last to the first.
    ///
    /// PERF: whether a row ends others in the queue is not foreseen; here, nearly always, none is the best so far.
    #[inline]
    fn pass<'a>(
        &mut self,
        fold: &Extreme<S>,
        rows: &[u32],
        evict: &[u32],
        row_at: &impl Fn(u32) -> Seen<S::Item<'a>>,
        out: &mut Output<'_>,
    ) {
        let Self { best, left, entered, later } = self;
        let (mut gone, mut queue, mut found) = (0, best.iter(), None);
        let mut first = queue.next();
        S::write_each(rows.len(), out.column, |at| {
            *left += u64::from(evict[at]);
            while let Some((row, _)) = first
                && *row < *left
            {
                first = queue.next();
                gone += 1;
            }
            if let Seen::Value(item) = row_at(rows[at])
                && found.is_none_or(|found| fold.outdoes(item, found))
            {
                found = Some(item);
            }
            match (first, found) {
                (Some((_, own)), Some(found)) if !fold.outdoes(found, S::item(own)) => Some(S::item(own)),
                (Some((_, own)), None) => Some(S::item(own)),
                (_, found) => found.map(S::shorten),
            }
        });
        best.drain(..gone);
        if let Some(found) = found {
            while best.back().is_some_and(|(_, last)| fold.outdoes(found, S::item(last))) {
                best.pop_back();
            }
        }
        let mut latest = None;
        for (at, &row) in rows.iter().enumerate().rev() {
            if let Seen::Value(item) = row_at(row)
                && latest.is_none_or(|latest| !fold.outdoes(latest, item))
            {
                latest = Some(item);
                later.push(at);
            }
        }
        best.extend(later.drain(..).rev().filter_map(|at| match row_at(rows[at]) {
            Seen::Value(item) => {
                let mut own = S::Own::default();
                S::keep(item, &mut own);
                Some((*entered + at as u64, own))
            }
            Seen::Not | Seen::Null => None,
        }));
        *entered += rows.len() as u64;
    }
}

impl<S: Source> Window for Queue<S> {
    type Fold = Extreme<S>;

    #[inline]
    fn evict(&mut self, _: &Extreme<S>, count: u32) {
        self.left += u64::from(count);
        while self.best.front().is_some_and(|(row, _)| *row < self.left) {
            self.best.pop_front();
        }
    }

    #[inline]
    fn push(&mut self, fold: &Extreme<S>, seen: Seen<S::Item<'_>>) {
        let number = self.entered;
        self.entered += 1;
        let Seen::Value(item) = seen else { return };
        while self.best.back().is_some_and(|(_, last)| fold.outdoes(item, S::item(last))) {
            self.best.pop_back();
        }
        let mut own = S::Own::default();
        S::keep(item, &mut own);
        self.best.push_back((number, own));
    }

    // PERF: see [`Queue::pass`].
    #[inline]
    fn slide<'a>(
        &mut self,
        fold: &Extreme<S>,
        mut rows: &[u32],
        mut evict: &[u32],
        row_at: impl Fn(u32) -> Seen<S::Item<'a>>,
        out: &mut Output<'_>,
    ) -> u64 {
        while rows.len() >= FEW {
            let count = self.together(evict);
            if count < FEW {
                self.slide_each(fold, &rows[..FEW], &evict[..FEW], &row_at, out);
                (rows, evict) = (&rows[FEW..], &evict[FEW..]);
                continue;
            }
            self.pass(fold, &rows[..count], &evict[..count], &row_at, out);
            (rows, evict) = (&rows[count..], &evict[count..]);
        }
        self.slide_each(fold, rows, evict, row_at, out)
    }

    #[inline]
    fn lower(&mut self, _: &Extreme<S>, out: &mut Output<'_>) -> bool {
        S::write(self.best.front().map(|(_, own)| S::item(own)), out.column);
        false
    }

    fn held(&self) -> usize {
        self.best.capacity() * size_of::<(u64, S::Own)>() + self.later.capacity() * 8
    }

    fn save(&self, _: &Extreme<S>, out: &mut Vec<u8>) {
        self.best.save(out);
        (self.left, self.entered).save(out);
    }

    fn load(_: &Extreme<S>, from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let best = from.read()?;
        let (left, entered) = from.read()?;
        Ok(Self { best, left, entered, later: Vec::new() })
    }
}
