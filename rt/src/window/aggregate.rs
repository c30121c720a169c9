//! The states of one aggregate in all windows, and what is done to them a batch at a time: one dynamic call for a batch, one
//! loop without another for its rows.
//!
//! States are numbered: a *cell* is a number under which every aggregate of an operator has a state.

use alloc::vec::Vec;
use core::fmt::Debug;

use super::fold::{Block, Fold};
use super::source::{Args, Reading, Seen};
use crate::column::Column;
use crate::kernels::Kernels;
use crate::plan::window::Function;
use crate::prefetch::fetch;
use crate::snapshot::codec::{Corrupt, Persist, Reader as Bytes};
use crate::state::NONE;

/// One aggregate of an operator.
pub(crate) trait Aggregate: Debug + Send + Sync {
    /// Makes room for so many cells.
    fn reserve(&mut self, cells: usize);
    /// Adds rows, each to its cell.
    fn update(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>);
    /// Adds the chosen rows of each run to its cell.
    fn reduce(&mut self, runs: &[Run], chosen: &Chosen<'_>, args: &Args<'_>);
    /// Adds rows, each to its cell, and appends what the cell then gives; how many results were out of range.
    fn scan(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>, out: &mut Output<'_>) -> u64;
    /// Moves the windows of cells on: for each row so many old ones leave, it enters, and the result is appended.
    fn slide(
        &mut self,
        rows: &[u32],
        cells: &[u32],
        evict: &[u32],
        args: &Args<'_>,
        out: &mut Output<'_>,
    ) -> u64;
    /// Takes so many old rows out of the window of a cell.
    fn evict(&mut self, cell: u32, count: u32);
    /// Joins cells with cells of later rows.
    fn combine(&mut self, pairs: &[(u32, u32)]);
    /// Appends what cells give.
    fn lower(&mut self, cells: &[u32], out: &mut Output<'_>) -> u64;
    /// Makes a cell that of no rows, without memory.
    fn clear(&mut self, cell: u32);
    /// Bytes held.
    fn bytes(&self) -> usize;
    /// Writes the state of a cell to a snapshot.
    fn save(&self, cell: u32, out: &mut Vec<u8>);
    /// Reads the state of a cell.
    fn load(&mut self, cell: u32, from: &mut Bytes<'_>) -> Result<(), Corrupt>;
}

/// A stretch of the batch of which the chosen rows belong to one cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) cell: u32,
}

/// Which rows of a batch are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen<'a> {
    /// A bit for each row.
    pub(crate) rows: &'a [u64],
    /// The number of row 0, counted from the first that the operator saw.
    pub(crate) first: usize,
    pub(crate) kernels: &'static Kernels,
}

/// Where results go, and which of the functions that share a state is meant.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    pub(crate) function: Function,
    pub(crate) column: &'a mut Column,
}

impl Output<'_> {
    /// Appends what a state gives; whether that was out of range.
    #[inline]
    pub(crate) fn of<F: Fold>(&mut self, fold: &F, state: &mut F::State) -> bool {
        fold.lower(self.function, state, self.column)
    }
}

/// From so many bytes of states on, those of rows to come are fetched ahead.
const FAR: usize = 1 << 18;
/// How many rows ahead.
const AHEAD: usize = 16;

/// Cells of windows that grow until they close.
#[derive(Debug)]
pub(super) struct Cells<F: Fold> {
    fold: F,
    states: Vec<F::State>,
    /// What the rows of one cell are gathered in, and the cell; [`NONE`] if nothing is.
    gathered: F::Gathered,
    gathers: u32,
    /// The rows that count, of those chosen.
    mask: Vec<u64>,
}

impl<F: Fold> Cells<F> {
    /// No cells.
    pub(super) fn new(fold: F) -> Self {
        Self { fold, states: Vec::new(), gathered: F::Gathered::default(), gathers: NONE, mask: Vec::new() }
    }

    /// Joins what was gathered with its state.
    fn settle(&mut self) {
        if self.gathers != NONE {
            let gathered = core::mem::take(&mut self.gathered);
            self.fold.settle(&mut self.states[self.gathers as usize], gathered);
            self.gathers = NONE;
        }
    }

    /// Has the states of rows to come fetched, if they are likely to be far.
    #[inline]
    fn fetch(&self, cells: &[u32], at: usize) {
        if let Some(&cell) = cells.get(at + AHEAD) {
            fetch(self.states.as_ptr().wrapping_add(cell as usize).cast());
        }
    }
}

impl<F: Fold> Aggregate for Cells<F> {
    fn reserve(&mut self, cells: usize) {
        if self.states.len() < cells {
            self.states.resize_with(cells, F::State::default);
        }
    }

    fn update(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>) {
        let reading = Reading::<F::Source>::new(args);
        let far = self.states.len() * size_of::<F::State>() >= FAR;
        if reading.is_plain() {
            for (at, (&row, &cell)) in rows.iter().zip(cells).enumerate() {
                if far {
                    self.fetch(cells, at);
                }
                self.fold.push(&mut self.states[cell as usize], Seen::Value(reading.value(row)));
            }
        } else {
            for (at, (&row, &cell)) in rows.iter().zip(cells).enumerate() {
                if far {
                    self.fetch(cells, at);
                }
                self.fold.push(&mut self.states[cell as usize], reading.row(row));
            }
        }
    }

    fn reduce(&mut self, runs: &[Run], chosen: &Chosen<'_>, args: &Args<'_>) {
        let reading = Reading::<F::Source>::new(args);
        let mut mask = core::mem::take(&mut self.mask);
        reading.mask(chosen.rows, &mut mask);
        for &Run { from, to, cell } in runs {
            if cell != self.gathers {
                self.settle();
                self.gathers = cell;
            }
            let (from, to) = (from as usize, to as usize);
            let block = Block { reading: &reading, chosen, mask: &mask, from, to };
            self.fold.reduce(&mut self.states[cell as usize], &mut self.gathered, &block);
        }
        self.mask = mask;
    }

    fn scan(&mut self, rows: &[u32], cells: &[u32], args: &Args<'_>, out: &mut Output<'_>) -> u64 {
        let (reading, mut faults) = (Reading::<F::Source>::new(args), 0);
        for (&row, &cell) in rows.iter().zip(cells) {
            let state = &mut self.states[cell as usize];
            self.fold.push(state, reading.row(row));
            faults += u64::from(out.of(&self.fold, state));
        }
        faults
    }

    fn slide(&mut self, _: &[u32], _: &[u32], _: &[u32], _: &Args<'_>, _: &mut Output<'_>) -> u64 {
        unreachable!("windows that only grow do not slide")
    }

    fn evict(&mut self, _: u32, _: u32) {
        unreachable!("windows that only grow lose no rows")
    }

    fn combine(&mut self, pairs: &[(u32, u32)]) {
        self.settle();
        for &(into, from) in pairs {
            let [into, from] = self
                .states
                .get_disjoint_mut([into as usize, from as usize])
                .expect("a cell is joined with another");
            self.fold.combine(into, from);
        }
    }

    fn lower(&mut self, cells: &[u32], out: &mut Output<'_>) -> u64 {
        self.settle();
        let lowered = cells.iter().map(|&cell| out.of(&self.fold, &mut self.states[cell as usize]));
        lowered.map(u64::from).sum()
    }

    fn clear(&mut self, cell: u32) {
        if cell == self.gathers {
            self.settle();
        }
        self.states[cell as usize] = F::State::default();
    }

    fn bytes(&self) -> usize {
        let held: usize = self.states.iter().map(|state| self.fold.held(state)).sum();
        self.states.capacity() * size_of::<F::State>() + self.mask.capacity() * 8 + held
    }

    /// What was gathered is not settled: the order of summation does not depend on snapshots.
    fn save(&self, cell: u32, out: &mut Vec<u8>) {
        self.fold.save(&self.states[cell as usize], out);
        (cell == self.gathers).save(out);
        if cell == self.gathers {
            self.gathered.save(out);
        }
    }

    fn load(&mut self, cell: u32, from: &mut Bytes<'_>) -> Result<(), Corrupt> {
        self.states[cell as usize] = self.fold.load(from)?;
        if from.read()? {
            (self.gathers, self.gathered) = (cell, from.read()?);
        }
        Ok(())
    }
}
