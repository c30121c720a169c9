//! Cells: the numbers under which every aggregate of an operator has a state, and how many rows each holds.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::aggregate::Aggregate;

/// The cells of an operator and the states of its aggregates.
#[derive(Debug)]
pub(crate) struct Cells {
    /// States, each of one aggregate of the plan or of several.
    pub(crate) aggregates: Vec<Box<dyn Aggregate>>,
    free: Vec<u32>,
    /// By cell: rows.
    rows: Vec<u32>,
}

impl Cells {
    /// No cells.
    pub(crate) fn new(aggregates: Vec<Box<dyn Aggregate>>) -> Self {
        Self { aggregates, free: Vec::new(), rows: Vec::new() }
    }

    /// A cell without rows.
    pub(crate) fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.rows.push(0);
            (self.rows.len() - 1) as u32
        })
    }

    /// Has every aggregate make room for the cells that were taken.
    pub(crate) fn reserve(&mut self) {
        let len = self.rows.len();
        self.aggregates.iter_mut().for_each(|aggregate| aggregate.reserve(len));
    }

    /// Gives a cell back.
    pub(crate) fn give(&mut self, cell: u32) {
        self.aggregates.iter_mut().for_each(|aggregate| aggregate.clear(cell));
        self.rows[cell as usize] = 0;
        self.free.push(cell);
    }

    /// Rows of a cell.
    pub(crate) fn rows(&mut self, cell: u32) -> &mut u32 {
        &mut self.rows[cell as usize]
    }

    /// How many rows a cell has.
    pub(crate) fn count(&self, cell: u32) -> u32 {
        self.rows[cell as usize]
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        (self.free.capacity() + self.rows.capacity()) * 4
            + self.aggregates.iter().map(|aggregate| aggregate.bytes()).sum::<usize>()
    }
}
