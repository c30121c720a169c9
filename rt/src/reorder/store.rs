//! The columns of rows that wait for the watermark, in segments that are filled once and freed whole.
//!
//! Rows are only ever appended to a segment, and its memory is used again when the last of its rows is gone. As rows leave
//! nearly in the order in which they came, a segment does not outlive its first row by much.

use alloc::vec::Vec;

use crate::batch::Batch;
use crate::column::Column;
use crate::schema::EventSchema;

/// A segment that has so many rows gets no more.
const SEGMENT_ROWS: usize = 4096;

/// Rows of one event type.
#[derive(Debug)]
pub(crate) struct Segment {
    /// The type.
    pub(crate) ty: u32,
    /// The rows, gone ones included.
    pub(crate) batch: Batch,
    /// Rows that are not gone.
    live: usize,
}

/// All segments.
///
/// Invariant: a segment without live rows is in `free` of its type, or `open` and empty.
#[derive(Debug, Default)]
pub(crate) struct Store {
    segments: Vec<Segment>,
    /// For each type, the segment that takes rows.
    open: Vec<Option<u32>>,
    /// For each type, empty segments.
    free: Vec<Vec<u32>>,
}

impl Store {
    /// An empty store for so many event types.
    pub(crate) fn new(types: usize) -> Self {
        Self { segments: Vec::new(), open: alloc::vec![None; types], free: alloc::vec![Vec::new(); types] }
    }

    /// A segment.
    pub(crate) fn segment(&self, segment: u32) -> &Segment {
        &self.segments[segment as usize]
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let columns = self.segments.iter().flat_map(|segment| &segment.batch.columns);
        columns.map(crate::column::Column::bytes).sum()
    }

    /// Copies rows in; they lie side by side from the given row of the given segment on.
    pub(crate) fn append(
        &mut self,
        ty: usize,
        schema: &EventSchema,
        from: &Batch,
        rows: &[u32],
    ) -> (u32, u32) {
        self.extend(ty, schema, rows.len(), |column, number| column.extend_from(&from.columns[number], rows))
    }

    /// Copies one row in.
    pub(crate) fn append_row(
        &mut self,
        ty: usize,
        schema: &EventSchema,
        from: &[Column],
        row: u32,
    ) -> (u32, u32) {
        self.extend(ty, schema, 1, |column, number| column.push_from(&from[number], row as usize))
    }

    /// Has each used column take so many rows.
    fn extend(
        &mut self,
        ty: usize,
        schema: &EventSchema,
        count: usize,
        take: impl Fn(&mut Column, usize),
    ) -> (u32, u32) {
        let number = match self.open[ty] {
            Some(number) if self.segment(number).batch.len < SEGMENT_ROWS => number,
            _ => self.next(ty, schema),
        };
        let segment = &mut self.segments[number as usize];
        let first = segment.batch.len as u32;
        let columns = segment.batch.columns.iter_mut().zip(&schema.fields).enumerate();
        columns.filter(|(_, (_, field))| field.used).for_each(|(number, (column, _))| take(column, number));
        segment.batch.len += count;
        segment.live += count;
        (number, first)
    }

    /// An empty segment, which from now on takes the rows of its type.
    fn next(&mut self, ty: usize, schema: &EventSchema) -> u32 {
        let number = self.free[ty].pop().unwrap_or_else(|| {
            self.segments.push(Segment { ty: ty as u32, batch: Batch::new(schema), live: 0 });
            self.segments.len() as u32 - 1
        });
        self.open[ty] = Some(number);
        number
    }

    /// Notes that a row is gone. Its columns stay as they are until [`Store::recycle`].
    pub(crate) fn leave(&mut self, segment: u32) {
        self.segments[segment as usize].live -= 1;
    }

    /// Empties a segment if all its rows are gone.
    pub(crate) fn recycle(&mut self, number: u32) {
        let segment = &mut self.segments[number as usize];
        if segment.live > 0 || segment.batch.len == 0 {
            return;
        }
        segment.batch.clear();
        let ty = segment.ty as usize;
        if self.open[ty] != Some(number) {
            self.free[ty].push(number);
        }
    }
}
