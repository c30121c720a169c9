//! Rows of events: of one type ([`Batch`]), and of several as they arrive ([`Chunk`]).

use alloc::vec::Vec;

use crate::column::{Column, Value};
use crate::schema::EventSchema;

/// Events of one type, by column.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// One for each field, in declaration order; that of an unused field is empty.
    pub columns: Vec<Column>,
    /// Rows.
    pub len: usize,
}

impl Batch {
    /// No rows of the given type.
    pub fn new(schema: &EventSchema) -> Self {
        let columns = schema.fields.iter().map(|field| Column::new(field.ty, field.nullable)).collect();
        Self { columns, len: 0 }
    }

    /// Appends one event: a value for each field; those of unused fields are skipped.
    ///
    /// # Panics
    /// If a value is not of its field's type.
    pub fn push(&mut self, schema: &EventSchema, values: &[Value]) {
        for ((column, field), value) in self.columns.iter_mut().zip(&schema.fields).zip(values) {
            if field.used {
                column.push(value);
            }
        }
        self.len += 1;
    }

    /// Forgets all rows, keeping the memory.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(Column::clear);
        self.len = 0;
    }
}

/// A stretch of one input: events of every type, in the order in which they arrived.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// One for each event type of the program, by its number in the program's input schema.
    pub batches: Vec<Batch>,
    /// The type of each arrival, in order: the n-th mention of a type is row n of its batch.
    /// Empty where only one type has rows (then its rows are the order).
    pub arrivals: Vec<u32>,
    /// Where each arrival stood in the input (line numbers, from 1), in the same order; may be empty.
    pub lines: Vec<u64>,
}

impl Chunk {
    /// No rows, with a batch for each type of `schema`.
    pub fn new(schema: &[EventSchema]) -> Self {
        Self { batches: schema.iter().map(Batch::new).collect(), arrivals: Vec::new(), lines: Vec::new() }
    }

    /// Events of all types.
    pub fn len(&self) -> usize {
        self.batches.iter().map(|batch| batch.len).sum()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends one event of type number `ty`.
    pub fn push(&mut self, schema: &[EventSchema], ty: usize, values: &[Value]) {
        self.batches[ty].push(&schema[ty], values);
        self.arrivals.push(ty as u32);
    }

    /// Forgets all events, keeping the memory.
    pub fn clear(&mut self) {
        self.batches.iter_mut().for_each(Batch::clear);
        self.arrivals.clear();
        self.lines.clear();
    }
}
