//! Tumbling and hopping windows by slices: each row goes to one slice, and a window is what its slices are together.
//!
//! A slice is as long as the greatest common divisor of length and hop, so that every window is whole slices. J. Li,
//! D. Maier, K. Tufte, V. Papadimos, P. A. Tucker, "No Pane, No Gain", SIGMOD Record 34 (2005); J. Traub et al., "Scotty",
//! ICDE 2018.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::END_MAX;
use crate::prefetch::fetch;
use crate::snapshot::codec::{Corrupt, Persist, Reader};
use crate::state::NONE;

/// A window that closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Of a window that ends with time: how many that do begin before it.
    pub(crate) hop: i64,
}

/// A slice that has rows.
#[derive(Debug)]
struct Slice {
    start: i128,
    /// Groups and their cells, in order of their first row.
    cells: Vec<(u32, u32)>,
    /// The sequence number of each one's first row, where these are kept.
    firsts: Vec<i64>,
}

/// Windows of one length at regular starts.
#[derive(Debug)]
pub(crate) struct Panes {
    size: i128,
    every: i128,
    offset: i128,
    width: i128,
    /// In order of time.
    slices: VecDeque<Slice>,
    /// The window that closed last.
    closed: Option<i128>,
    /// By group: the number of the slice of its latest row (counted from the start), and its cell in it.
    current: Vec<(u32, u32)>,
    /// How many slices there have been, modulo 2^32.
    count: u32,
    /// The vectors of slices that have gone.
    spare: Vec<Spare>,
}

/// The memory of a slice.
type Spare = (Vec<(u32, u32)>, Vec<i64>);

const fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Panes {
    /// No rows.
    pub(crate) fn new(size: i64, every: i64, offset: i64) -> Self {
        Self {
            size: size.into(),
            every: every.into(),
            offset: offset.into(),
            width: gcd(size, every).into(),
            slices: VecDeque::new(),
            closed: None,
            current: Vec::new(),
            count: 0,
            spare: Vec::new(),
        }
    }

    /// Whether each window is one slice.
    pub(crate) fn is_tumbling(&self) -> bool {
        self.width == self.size
    }

    /// For how many groups there is room.
    #[inline]
    pub(crate) const fn groups(&self) -> u32 {
        self.current.len() as u32
    }

    /// Makes room for so many groups.
    pub(crate) fn reserve(&mut self, groups: usize) {
        self.current.resize(groups.max(self.current.len()), (0, NONE));
    }

    /// Where the slice of a time begins.
    fn slice_of(&self, time: i64) -> i128 {
        (i128::from(time) - self.offset).div_euclid(self.width) * self.width + self.offset
    }

    /// The end of the slice of a time, whether or not it is in a window.
    pub(crate) fn until(&self, time: i64) -> i64 {
        i64::try_from(self.slice_of(time) + self.width).unwrap_or(i64::MAX)
    }

    /// Begins the slice of a time, unless it has begun. None, if the time is in no window; else the end of the slice.
    pub(crate) fn open(&mut self, time: i64) -> Option<i64> {
        let start = self.slice_of(time);
        if (start - self.offset).rem_euclid(self.every) >= self.size {
            return None;
        }
        if self.slices.back().is_none_or(|slice| slice.start != start) {
            let (cells, firsts) = self.spare.pop().unwrap_or_default();
            self.slices.push_back(Slice { start, cells, firsts });
            self.count = self.count.wrapping_add(1);
            if self.count == 0 {
                // Numbers begin again: those of long ago are forgotten, and 0 is that of no slice.
                self.current.fill((0, 0));
                self.count = 1;
            }
        }
        Some(i64::try_from(start + self.width).unwrap_or(i64::MAX))
    }

    /// The cell of a group in the slice that was opened last.
    #[inline]
    pub(crate) fn cell(&mut self, group: u32, take: impl FnOnce() -> u32) -> u32 {
        self.cell_for(group, || (take(), None))
    }

    /// The cell of a group in the slice that was opened last; `take` gives one and, if these are kept, the sequence number of the row
    /// at hand, which is the first of the group in the slice.
    #[inline]
    pub(crate) fn cell_for(&mut self, group: u32, take: impl FnOnce() -> (u32, Option<i64>)) -> u32 {
        let current = &mut self.current[group as usize];
        if current.0 != self.count {
            let (cell, first) = take();
            *current = (self.count, cell);
            let slice = self.slices.back_mut().expect("a slice was opened");
            slice.cells.push((group, cell));
            slice.firsts.extend(first);
        }
        current.1
    }

    /// Has fetched what [`Panes::cell`] will look at.
    #[inline]
    pub(crate) fn fetch(&self, group: u32) {
        fetch(self.current.as_ptr().wrapping_add(group as usize).cast());
    }

    /// Whether what is known of groups is more than is at hand in the caches next to the core.
    pub(crate) fn is_large(&self) -> bool {
        self.current.len() >= 1 << 15
    }

    fn next(&self) -> Option<i128> {
        let oldest = self.slices.front()?;
        let first = (oldest.start - self.offset - self.size).div_euclid(self.every) + 1;
        Some(self.closed.map_or(first, |closed| first.max(closed + 1)))
    }

    fn end_of(&self, window: i128) -> i128 {
        window * self.every + self.offset + self.size
    }

    /// When the next window closes.
    pub(crate) fn next_end(&self) -> Option<i64> {
        self.next().map(|window| self.end_of(window).min(END_MAX.into()) as i64)
    }

    /// Closes the next window if its end is at `now` or before: gives its groups and their cells, slice after slice.
    pub(crate) fn close(&mut self, now: i64, cells: &mut Vec<(u32, u32)>) -> Option<Span> {
        let window = self.next()?;
        let end = self.end_of(window);
        // What would close behind the end of time closes when time is at its end.
        if end > now.min(END_MAX - 1).into() && now < i64::MAX {
            return None;
        }
        self.closed = Some(window);
        let start = end - self.size;
        let inside = self.slices.iter().take_while(|slice| slice.start < end);
        inside.for_each(|slice| cells.extend_from_slice(&slice.cells));
        let last = i128::from(END_MAX);
        // The first window that ends with time is the first whose end is not before the last time.
        let first = (last - self.offset - self.size + self.every - 1).div_euclid(self.every);
        let hop = if end < last { 0 } else { (window - first) as i64 };
        Some(Span { start: start.max(i64::MIN.into()) as i64, end: end.min(last) as i64, hop })
    }

    /// For what [`Panes::close`] has given last, the sequence numbers of first rows.
    pub(crate) fn firsts(&self, firsts: &mut Vec<i64>) {
        let Some(closed) = self.closed else { return };
        let end = self.end_of(closed);
        let inside = self.slices.iter().take_while(|slice| slice.start < end);
        inside.for_each(|slice| firsts.extend_from_slice(&slice.firsts));
    }

    /// Forgets the slices that no later window holds; `give` gets their cells.
    pub(crate) fn drop_closed(&mut self, mut give: impl FnMut(u32)) {
        let Some(closed) = self.closed else { return };
        let next = self.end_of(closed + 1) - self.size;
        while let Some(mut slice) = self.slices.pop_front_if(|slice| slice.start < next) {
            slice.cells.drain(..).for_each(|(_, cell)| give(cell));
            slice.firsts.clear();
            self.spare.push((slice.cells, slice.firsts));
        }
    }

    /// Calls `mark` for every group that has rows.
    pub(crate) fn mark(&self, mut mark: impl FnMut(u32)) {
        self.slices.iter().flat_map(|slice| &slice.cells).for_each(|&(group, _)| mark(group));
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let bytes = |cells: &Vec<(u32, u32)>, firsts: &Vec<i64>| (cells.capacity() + firsts.capacity()) * 8;
        let held: usize = self.slices.iter().map(|slice| bytes(&slice.cells, &slice.firsts)).sum();
        let spare: usize = self.spare.iter().map(|(cells, firsts)| bytes(cells, firsts)).sum();
        self.current.capacity() * 8 + held + spare
    }

    /// Writes which groups have which cells in each slice; `each` gets the cells.
    pub(crate) fn save(&self, out: &mut Vec<u8>, mut each: impl FnMut(u32)) {
        self.closed.save(out);
        self.slices.len().save(out);
        for slice in &self.slices {
            slice.start.save(out);
            slice.cells.save(out);
            slice.firsts.save(out);
            slice.cells.iter().for_each(|(_, cell)| each(*cell));
        }
    }

    /// Takes over what was written. `place` gives the group and the new cell of each, if it is not left out.
    pub(crate) fn absorb(
        &mut self,
        from: &mut Reader<'_>,
        mut place: impl FnMut(u32, u32) -> Option<(u32, u32)>,
    ) -> Result<(), Corrupt> {
        self.closed = self.closed.max(from.read()?);
        for _ in 0..from.len()? {
            let (start, cells, firsts): (i128, Vec<(u32, u32)>, Vec<i64>) = from.read()?;
            if firsts.len() != cells.len() {
                return Err(Corrupt);
            }
            let at = self.slices.partition_point(|slice| slice.start < start);
            if self.slices.get(at).is_none_or(|slice| slice.start != start) {
                self.slices.insert(at, Slice { start, cells: Vec::new(), firsts: Vec::new() });
            }
            let slice = &mut self.slices[at];
            for ((slot, cell), first) in cells.into_iter().zip(firsts) {
                if let Some(placed) = place(slot, cell) {
                    slice.cells.push(placed);
                    slice.firsts.push(first);
                }
            }
        }
        Ok(())
    }

    /// After all parts were taken over: brings groups into the order of their first rows.
    pub(crate) fn settle(&mut self) {
        for slice in &mut self.slices {
            let mut both: Vec<_> = slice.firsts.drain(..).zip(slice.cells.drain(..)).collect();
            both.sort_by_key(|(first, _)| *first);
            (slice.firsts, slice.cells) = both.into_iter().unzip();
        }
        // Only in the last slice a group is looked for again.
        self.count = 1;
        if let Some(last) = self.slices.back() {
            last.cells.iter().for_each(|&(group, cell)| self.current[group as usize] = (1, cell));
        }
    }
}
