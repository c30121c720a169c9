//! Sessions: rows of a group less than a gap apart.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::END_MAX;
use crate::snapshot::codec::{Persist, persist};

/// An open session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) cell: u32,
    start: i64,
    last: i64,
    /// The number of its first row.
    first: u64,
    /// The sequence number of that row.
    seq: i64,
}

persist!(Session { cell, start, last, first, seq });

/// A session that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ended {
    pub(crate) end: i64,
    /// The number of its first row.
    pub(crate) first: u64,
    pub(crate) start: i64,
    /// The sequence number of that row.
    pub(crate) seq: i64,
    pub(crate) group: u32,
    pub(crate) cell: u32,
}

/// The sessions of all groups.
#[derive(Debug)]
pub(crate) struct Sessions {
    gap: i64,
    max: Option<i64>,
    open: Vec<Option<Session>>,
    /// For each open session a time at which it does not end later than it does, with its first row and group; also of
    /// sessions that have ended since.
    ///
    /// PERF: a session whose rows move its end is put back once the noted end comes, not for each row.
    ends: BinaryHeap<Reverse<(i64, u64, u32)>>,
    count: u64,
    /// What has ended and was not taken.
    ended: Vec<Ended>,
}

impl Sessions {
    /// None.
    pub(crate) const fn new(gap: i64, max: Option<i64>) -> Self {
        Self { gap, max, open: Vec::new(), ends: BinaryHeap::new(), count: 0, ended: Vec::new() }
    }

    /// Makes room for so many groups.
    pub(crate) fn reserve(&mut self, groups: usize) {
        self.open.resize(groups.max(self.open.len()), None);
    }

    fn end_of(&self, session: &Session) -> i64 {
        let end = session.last.saturating_add(self.gap);
        let end = self.max.map_or(end, |max| end.min(session.start.saturating_add(max)));
        end.min(END_MAX)
    }

    /// The cell of the session of a row at a time, with its sequence number: the group's open one, or a new one.
    pub(crate) fn cell(&mut self, group: u32, (time, seq): (i64, i64), take: impl FnOnce() -> u32) -> u32 {
        let number = self.count;
        self.count += 1;
        if let Some(mut session) = self.open[group as usize] {
            let end = self.end_of(&session);
            if time < end || end == END_MAX {
                session.last = time;
                self.open[group as usize] = Some(session);
                return session.cell;
            }
            self.end(group, session);
        }
        let session = Session { cell: take(), start: time, last: time, first: number, seq };
        self.open[group as usize] = Some(session);
        self.ends.push(Reverse((self.end_of(&session), number, group)));
        session.cell
    }

    fn end(&mut self, group: u32, session: Session) {
        self.open[group as usize] = None;
        let Session { cell, start, first, seq, .. } = session;
        self.ended.push(Ended { end: self.end_of(&session), first, start, seq, group, cell });
    }

    /// Ends the sessions whose end is at `now` or before, and gives all that have ended, in order of their end and then of
    /// their first row.
    pub(crate) fn close(&mut self, now: i64) -> &mut Vec<Ended> {
        while let Some(&Reverse((end, first, group))) = self.ends.peek()
            && (end <= now)
            && (end < END_MAX || now == i64::MAX)
        {
            self.ends.pop();
            let Some(session) = self.open[group as usize].filter(|session| session.first == first) else {
                continue;
            };
            match self.end_of(&session) {
                actual if actual > end => self.ends.push(Reverse((actual, first, group))),
                _ => self.end(group, session),
            }
        }
        self.ended.sort_unstable();
        &mut self.ended
    }

    /// A time before which no session ends.
    pub(crate) fn next_end(&self) -> Option<i64> {
        self.ends.peek().map(|Reverse((end, ..))| *end)
    }

    /// Whether a group has an open session.
    pub(crate) fn holds(&self, group: u32) -> bool {
        self.open.get(group as usize).is_some_and(Option::is_some)
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.open.capacity() * size_of::<Option<Session>>()
            + self.ends.capacity() * 24
            + self.ended.capacity() * size_of::<Ended>()
    }

    /// Writes the open sessions; `each` gets their cells.
    pub(crate) fn save(&self, out: &mut Vec<u8>, mut each: impl FnMut(u32)) {
        let open: Vec<(u32, Session)> =
            (0..).zip(&self.open).filter_map(|(slot, open)| Some((slot, (*open)?))).collect();
        open.iter().for_each(|(_, session)| each(session.cell));
        (self.count, open).save(out);
    }

    /// Takes over an open session.
    pub(crate) fn absorb(&mut self, group: u32, session: Session) {
        self.open[group as usize] = Some(session);
        self.ends.push(Reverse((self.end_of(&session), session.first, group)));
    }

    /// Notes that so many rows came before.
    pub(crate) fn begin_at(&mut self, count: u64) {
        self.count = self.count.max(count);
    }
}
