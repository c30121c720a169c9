//! To which windows, as cells, the rows of a batch belong, and which rows are due for that.

use alloc::vec::Vec;

use super::aggregate::Run;
use super::{Full, Open, Shape, WindowRun, gather};
use crate::instance::rows::TypeRows;
use crate::plan::window::{RowsPolicy, WindowPlan};
use crate::state::{Entry, Stop};

/// How many rows ahead what is known of a group is fetched.
const AHEAD: usize = 16;

/// The first bit that is set from `from` on.
fn next_set(words: &[u64], from: usize) -> Option<usize> {
    let word = words.get(from / 64)? & (u64::MAX << (from % 64));
    if word != 0 {
        return Some(from - from % 64 + word.trailing_zeros() as usize);
    }
    let later = words[from / 64 + 1..].iter().position(|word| *word != 0)? + from / 64 + 1;
    Some(later * 64 + words[later].trailing_zeros() as usize)
}

impl WindowRun {
    /// Whether a cell takes one more row; counts it, or the drop.
    fn room(&mut self, plan: &WindowPlan, cell: u32) -> Result<bool, Stop> {
        let rows = self.cells.rows(cell);
        if self.keeps && *rows >= plan.rows_max {
            if plan.rows_policy == RowsPolicy::Fail {
                return Err(Stop::Rows);
            }
            self.rows_dropped += 1;
            return Ok(false);
        }
        *rows = rows.saturating_add(1);
        Ok(true)
    }

    pub(super) fn assign_panes(
        &mut self,
        plan: &WindowPlan,
        batch: &TypeRows,
        entries: &[Entry],
    ) -> Result<(), Stop> {
        let mut rest = entries;
        while let Some(first) = rest.first() {
            let Shape::Panes(panes) = &mut self.shape else { unreachable!("windows in slices") };
            let Some(end) = panes.open(batch.times[first.row as usize]) else {
                rest = &rest[1..];
                continue;
            };
            // A row at the end of time is of the last slice that there is.
            let inside = rest.partition_point(|entry| batch.times[entry.row as usize] < end).max(1);
            let slice;
            (slice, rest) = rest.split_at(inside);
            if self.keeps {
                for &Entry { row, slot } in slice {
                    let Shape::Panes(panes) = &mut self.shape else { unreachable!("windows in slices") };
                    let cell = panes.cell_for(slot, || (self.cells.take(), Some(batch.seqs[row as usize])));
                    if self.room(plan, cell)? {
                        self.taken.push(row);
                        self.cell_of.push(cell);
                    }
                }
            } else {
                // PERF: without bounds on rows there is nothing to ask for each.
                let cells = &mut self.cells;
                self.taken.extend(slice.iter().map(|entry| entry.row));
                let large = panes.is_large();
                self.cell_of.extend(slice.iter().enumerate().map(|(at, entry)| {
                    if let (true, Some(ahead)) = (large, slice.get(at + AHEAD)) {
                        panes.fetch(ahead.slot);
                    }
                    panes.cell_for(entry.slot, || (cells.take(), Some(batch.seqs[entry.row as usize])))
                }));
            }
        }
        Ok(())
    }

    /// Cuts the chosen rows of the batch, all of one group, at the bounds of slices.
    pub(super) fn cut(&mut self, batch: &TypeRows, chosen: &[u64]) {
        let Shape::Panes(panes) = &mut self.shape else { unreachable!("windows in slices") };
        let times = &batch.times;
        panes.reserve(1);
        let mut from = 0;
        while let Some(row) = next_set(chosen, from) {
            let Some(end) = panes.open(times[row]) else {
                from = row + 1;
                continue;
            };
            let inside = match times.last() {
                Some(&last) if last < end => times.len() - row,
                _ => times[row..].partition_point(|&time| time < end).max(1),
            };
            let cell = panes.cell_for(0, || (self.cells.take(), Some(batch.seqs[row])));
            self.runs.push(Run { from: row as u32, to: (row + inside) as u32, cell });
            from = row + inside;
        }
    }

    pub(super) fn assign_sessions(
        &mut self,
        plan: &WindowPlan,
        batch: &TypeRows,
        entries: &[Entry],
    ) -> Result<(), Stop> {
        for &Entry { row, slot } in entries {
            let Shape::Sessions(sessions) = &mut self.shape else { unreachable!("sessions") };
            let at = (batch.times[row as usize], batch.seqs[row as usize]);
            let cell = sessions.cell(slot, at, || self.cells.take());
            if self.room(plan, cell)? {
                self.taken.push(row);
                self.cell_of.push(cell);
            }
        }
        Ok(())
    }

    pub(super) fn assign_rings(&mut self, batch: &TypeRows, entries: &[Entry]) -> Result<(), Stop> {
        let Self { shape: Shape::Rings(rings), cells, .. } = self else { unreachable!("moving windows") };
        for aggregate in &mut cells.aggregates {
            aggregate.reserve(self.groups.len());
        }
        // What a dropped row has evicted, by group, until a row of the group is taken.
        let mut owed: Vec<(u32, u32)> = Vec::new();
        self.starts.clear();
        let (taken, cell_of, all_evict) = (&mut self.taken, &mut self.cell_of, &mut self.evict);
        taken.reserve(entries.len());
        cell_of.reserve(entries.len());
        all_evict.reserve(entries.len());
        let counts = rings.length().is_none();
        if let [first, .., last] = entries
            && self.groups.is_one()
        {
            debug_assert_eq!(first.slot, last.slot, "without a key there is one group");
            taken.extend(entries.iter().map(|entry| entry.row));
            gather(&mut self.firsts, &batch.times, taken);
            let done = rings.push_all(first.slot, &self.firsts, all_evict);
            self.firsts.clear();
            if done {
                cell_of.resize(entries.len(), first.slot);
                self.spans.clear();
                return Ok(());
            }
            taken.clear();
        }
        for &Entry { row, slot } in entries {
            let time = batch.times[row as usize];
            let mut evict = match rings.push(slot, time) {
                Ok(evict) => evict,
                Err(Full::Fail) => return Err(Stop::Rows),
                Err(Full::Drop(evict)) => {
                    self.rows_dropped += 1;
                    if evict > 0 {
                        owed.push((slot, evict));
                    }
                    continue;
                }
            };
            if !owed.is_empty() {
                evict += owed.extract_if(.., |(of, _)| *of == slot).map(|(_, evict)| evict).sum::<u32>();
            }
            taken.push(row);
            cell_of.push(slot);
            all_evict.push(evict);
            if counts {
                self.starts.push(rings.first(slot).unwrap_or(time));
            }
        }
        // No row of these groups followed.
        self.spans.clear();
        self.spans.append(&mut owed);
        Ok(())
    }

    pub(super) fn assign_batches(
        &mut self,
        plan: &WindowPlan,
        batch: &TypeRows,
        entries: &[Entry],
        count: u64,
    ) -> Result<(), Stop> {
        for &Entry { row, slot } in entries {
            let (time, seq) = (batch.times[row as usize], batch.seqs[row as usize]);
            let mut open = self.open[slot as usize].unwrap_or_else(|| Open {
                cell: self.cells.take(),
                start: time,
                last: time,
                first: seq as u64,
            });
            if !self.room(plan, open.cell)? {
                self.open[slot as usize] = Some(open);
                continue;
            }
            open.last = time;
            self.taken.push(row);
            self.cell_of.push(open.cell);
            let full = u64::from(*self.cells.rows(open.cell)) >= count;
            self.open[slot as usize] = (!full).then_some(open);
            if full {
                self.made.push((slot, open.cell), (time, seq), (open.start, time));
            }
        }
        Ok(())
    }

    pub(super) fn assign_running(
        &mut self,
        plan: &WindowPlan,
        batch: &TypeRows,
        entries: &[Entry],
    ) -> Result<(), Stop> {
        for &Entry { row, slot } in entries {
            let (time, seq) = (batch.times[row as usize], batch.seqs[row as usize]);
            let new = || Open { cell: self.cells.take(), start: time, last: time, first: seq as u64 };
            let open = *self.open[slot as usize].get_or_insert_with(new);
            if self.room(plan, open.cell)? {
                self.taken.push(row);
                self.cell_of.push(open.cell);
                self.made.push((slot, open.cell), (time, seq), (open.start, time));
            }
        }
        Ok(())
    }
}
