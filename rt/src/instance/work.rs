//! The working batch: up to some thousand rows of all event types in time order, and which guards hold for them.
//!
//! Input types come first; the events of each operator are added as it has emitted them, so that later rules read them like
//! any others.

use alloc::vec::Vec;
use core::ptr::{null, null_mut};

use super::front::{Front, Part};
use super::index::Index;
use super::rows::{FieldShape, TypeRows};
use super::share::{self, Need, Share};
use crate::bitmap::Bitmap;
use crate::bytes::ByteArena;
use crate::output::OutputColumn;
use crate::plan::{OperatorPlan, Plan};
use crate::shard::Shard;
use crate::state::{BatchRef, Context, KernelFn};

/// Addresses that kernels are given. They are written anew before each use.
#[derive(Debug, Default)]
struct Addresses {
    batches: Vec<BatchRef>,
    guards: Vec<*mut u64>,
}

// SAFETY: the addresses are only followed by kernels, which are called right after they were written.
unsafe impl Send for Addresses {}
// SAFETY: as above.
unsafe impl Sync for Addresses {}

/// Guards of indexes: of most of them no row of a batch is wanted, and these cost nothing.
#[derive(Debug)]
struct Indexed {
    /// By type.
    indexes: Vec<Vec<Index>>,
    /// For each guard whether it is in an index, and whether it has a kernel.
    guards: Vec<(bool, bool)>,
    /// For each guard whether it is in an index and no row of the batch at hand is wanted: its bits are then `zeros`.
    quiet: Vec<bool>,
    /// The others of those that are in indexes.
    awake: Vec<u32>,
    /// For each of these guards the first and the last word of its bits that may not be 0. The bits of quiet ones are.
    spans: Vec<(u32, u32)>,
    zeros: Bitmap,
}

impl Indexed {
    fn new(plan: &Plan, shapes: &[Vec<FieldShape>]) -> Self {
        let mut indexes: Vec<Vec<Index>> = shapes.iter().map(|_| Vec::new()).collect();
        let mut guards = alloc::vec![(false, true); plan.guards.len()];
        for index in &plan.indexes {
            let shape = shapes[index.ty as usize][index.field];
            indexes[index.ty as usize].push(Index::new(index, shape.ty, shape.nullable));
            index.ranges.iter().for_each(|range| guards[range.guard as usize] = (true, !range.exact));
        }
        let quiet = guards.iter().map(|(indexed, _)| *indexed).collect();
        let spans = alloc::vec![(0, 0); guards.len()];
        Self { indexes, guards, quiet, awake: Vec::new(), spans, zeros: Bitmap::new() }
    }
}

/// The rows of all types.
#[derive(Debug)]
pub(crate) struct Work {
    /// By type: inputs, then operators.
    types: Vec<TypeRows>,
    /// How many types are inputs.
    inputs: usize,
    /// By type: whether an operator reads its rows.
    read: Vec<bool>,
    /// The computed columns of each type, if they are needed.
    columns_of: Vec<Vec<u32>>,
    /// By guard.
    guards: Vec<Bitmap>,
    /// The guards of each type that are always needed, and behind them those that are if it is this worker's turn; but for those of
    /// indexes.
    guards_of: Vec<(Vec<u32>, usize)>,
    indexed: Indexed,
    shard: Shard,
    /// How many working batches with rows there have been.
    batches: u64,
    /// The types that have rows, some of them more than once.
    filled: Vec<usize>,
    /// Whether the one at hand has rows.
    has_rows: bool,
    /// What workers find out together of an input.
    front: Front,
    /// By input type: where its rows begin in the input at hand, if they lie there.
    places: Vec<Option<usize>>,
    addresses: Addresses,
    scratch: ByteArena,
    /// Faults of guard and time kernels.
    pub(crate) faults: u64,
}

impl Work {
    /// Room for the rows of a plan's types, of which the operators do these shares.
    pub(crate) fn new(plan: &Plan, shares: &[Share], shard: Shard, front: Front) -> Self {
        let (guards_needed, columns_needed) = share::needs(plan, shares);
        let mut columns_of = alloc::vec![Vec::new(); plan.inputs.len() + plan.operators.len()];
        (0..).zip(&plan.columns).for_each(|(number, column)| columns_of[column.ty as usize].push(number));
        let shapes = shapes(plan);
        let indexed = Indexed::new(plan, &shapes);
        let types = shapes.into_iter().zip(&columns_of);
        let types: Vec<_> = types.map(|(shape, computed)| TypeRows::new(shape, computed.len())).collect();
        let needed = columns_of.iter_mut().zip(columns_needed);
        needed.filter(|(_, need)| *need == Need::Never).for_each(|(columns, _)| columns.clear());
        let mut guards_of = alloc::vec![(Vec::new(), 0); types.len()];
        for wanted in [Need::Always, Need::InTurn] {
            let guards = (0..).zip(&plan.guards).zip(&guards_needed);
            for ((number, guard), _) in guards.filter(|(_, need)| **need == wanted) {
                let (of, always): &mut (Vec<u32>, usize) = &mut guards_of[guard.ty as usize];
                if !indexed.guards[number as usize].0 {
                    of.push(number);
                    *always += usize::from(wanted == Need::Always);
                }
            }
        }
        let mut read = alloc::vec![false; types.len()];
        plan.operators.iter().flat_map(share::reads).for_each(|ty| read[ty as usize] = true);
        let addresses = Addresses {
            batches: types.iter().map(TypeRows::batch_ref).collect(),
            guards: alloc::vec![null_mut(); plan.guards.len()],
        };
        let guards = alloc::vec![Bitmap::new(); plan.guards.len()];
        Self {
            types,
            inputs: plan.inputs.len(),
            read,
            columns_of,
            guards,
            guards_of,
            indexed,
            shard,
            batches: 0,
            filled: Vec::new(),
            has_rows: false,
            front,
            places: alloc::vec![None; plan.inputs.len()],
            addresses,
            scratch: ByteArena::new(),
            faults: 0,
        }
    }

    /// Notes that all rows of a working batch are there.
    pub(crate) fn begin(&mut self) {
        self.has_rows = self.types[..self.inputs].iter().any(|rows| rows.len() > 0);
        self.batches += u64::from(self.has_rows);
    }

    /// The number of the batch, the same on all workers; of one without rows, which not all have, it is odd.
    pub(crate) const fn stage(&self) -> u64 {
        2 * self.batches + if self.has_rows { 0 } else { 1 }
    }

    /// Whether what workers do in turn is for this one to do.
    pub(crate) const fn is_turn(&self) -> bool {
        self.batches % self.shard.of() as u64 == self.shard.index() as u64
    }

    /// Whether the events of a type come from outside. Their sequence numbers have no gaps.
    pub(crate) const fn is_input(&self, ty: u32) -> bool {
        (ty as usize) < self.inputs
    }

    /// Whether an operator reads the rows of a type.
    pub(crate) fn is_read(&self, ty: usize) -> bool {
        self.read[ty]
    }

    /// The rows of a type.
    pub(crate) fn rows(&self, ty: usize) -> &TypeRows {
        &self.types[ty]
    }

    /// The rows of a type, to fill; [`Work::publish`] follows.
    pub(crate) fn rows_mut(&mut self, ty: usize) -> &mut TypeRows {
        &mut self.types[ty]
    }

    /// The bits of a guard, over the rows of its type.
    pub(crate) fn guard(&self, guard: u32) -> &Bitmap {
        match self.indexed.quiet[guard as usize] {
            true => &self.indexed.zeros,
            false => &self.guards[guard as usize],
        }
    }

    /// The words of a guard that may not be 0, and the row that they begin with, if an index has found some.
    ///
    /// PERF: of a thousand guards over a batch most hold for a row or two.
    pub(crate) fn found(&self, guard: u32) -> Option<(&[u64], u32)> {
        let number = guard as usize;
        if !self.indexed.guards[number].0 || self.indexed.quiet[number] {
            return None;
        }
        let (first, last) = self.indexed.spans[number];
        Some((&self.guards[number].words()[first as usize..=last as usize], first * 64))
    }

    /// The guards of indexes that hold for a row, or may, in the order in which that was found out.
    pub(crate) fn holding(&self) -> &[u32] {
        &self.indexed.awake
    }

    /// Whether it has come out by the way that a guard holds for no row.
    pub(crate) fn is_quiet(&self, guard: u32) -> bool {
        self.indexed.quiet[guard as usize]
    }

    /// Lets kernels see the rows of a type as they are now.
    pub(crate) fn publish(&mut self, ty: usize) {
        self.addresses.batches[ty] = self.types[ty].batch_ref();
        if self.types[ty].len() > 0 {
            self.filled.push(ty);
        }
    }

    /// Fills the computed columns of a type, and finds out for which rows its guards hold. The rows are published and have
    /// times and numbers.
    pub(crate) fn evaluate(&mut self, plan: &Plan, ty: usize) {
        let rows = &self.types[ty];
        assert!(
            rows.times.len() == rows.len() && rows.seqs.len() == rows.len(),
            "Work: every row has a time and a number"
        );
        let len = rows.len();
        if len == 0 {
            return;
        }
        for number in 0..self.columns_of[ty].len() {
            let kernel = plan.columns[self.columns_of[ty][number] as usize].kernel;
            let (values, validity) = self.types[ty].compute(number);
            let mut context = self.context();
            context.times = values.cast();
            context.times_valid = validity;
            // SAFETY: the plan's promise: a column kernel reads the rows of its type, which are published and stand, and
            // writes as many values and bits, for which `compute` made room.
            unsafe { kernel(&raw mut context) };
        }
        self.look_up(plan, ty, len);
        let (guards, always) = &self.guards_of[ty];
        let place = self.places.get(ty).copied().flatten();
        for index in 0..if self.is_turn() { guards.len() } else { *always } {
            let guard = self.guards_of[ty].0[index] as usize;
            if !self.copy_guard(guard, place, len) {
                self.evaluate_guard(plan, guard, len);
            }
        }
    }

    /// Finds out for which rows the guards of the indexes of a type hold.
    fn look_up(&mut self, plan: &Plan, ty: usize, len: usize) {
        if self.indexed.indexes[ty].is_empty() {
            return;
        }
        let Self { indexed, guards, addresses, .. } = self;
        let Indexed { indexes, quiet, awake, spans, zeros, .. } = indexed;
        if zeros.len() < len {
            zeros.reset(len);
            let zeros = zeros.words_mut().as_mut_ptr();
            let all = addresses.guards.iter_mut().zip(quiet.iter());
            all.filter(|(_, quiet)| **quiet).for_each(|(address, _)| *address = zeros);
        }
        let first = awake.len();
        for index in &indexes[ty] {
            let hit = |row: u32, guard: u32| {
                let (bits, word) = (&mut guards[guard as usize], row / 64);
                if quiet[guard as usize] {
                    quiet[guard as usize] = false;
                    if bits.len() < len {
                        bits.reset(len);
                    }
                    awake.push(guard);
                    spans[guard as usize].0 = word;
                    addresses.guards[guard as usize] = bits.words_mut().as_mut_ptr();
                }
                bits.words_mut()[word as usize] |= 1 << (row % 64);
                spans[guard as usize].1 = word;
            };
            // SAFETY: the rows of the type are published and stand; that the field is of its type was checked with the plan.
            unsafe { index.find(&self.types[ty], hit) };
        }
        for at in first..self.indexed.awake.len() {
            let guard = self.indexed.awake[at] as usize;
            if self.indexed.guards[guard].1 {
                let (first, last) = self.indexed.spans[guard];
                self.call_between(plan.guards[guard].kernel, first, last + 1);
            }
        }
    }

    /// Takes the bits of a guard from what workers have found out together of the input at hand; whether they have.
    fn copy_guard(&mut self, guard: usize, place: Option<usize>, len: usize) -> bool {
        let Some(words) = place.and_then(|from| self.front.bits(guard as u32, from)) else { return false };
        self.guards[guard].copy_words(words, len);
        self.addresses.guards[guard] = self.guards[guard].words_mut().as_mut_ptr();
        true
    }

    fn evaluate_guard(&mut self, plan: &Plan, guard: usize, len: usize) {
        self.guards[guard].reset(len);
        self.addresses.guards[guard] = self.guards[guard].words_mut().as_mut_ptr();
        self.call(plan.guards[guard].kernel);
    }

    /// What is found out together with other workers.
    pub(crate) const fn front_mut(&mut self) -> &mut Front {
        &mut self.front
    }

    /// Says that the rows of an input type are those of the input at hand from row `from` on.
    pub(crate) fn lies_at(&mut self, ty: usize, from: usize) {
        self.places[ty] = Some(from);
    }

    /// Which rows of a type are of this worker's shard, by a way of division, if that is known.
    pub(crate) fn shard_mask(&self, number: usize, ty: u32) -> Option<impl Iterator<Item = u64>> {
        self.front.mask(number, self.places.get(ty as usize).copied().flatten()?)
    }

    /// Adds to a part what there is to find out of the rows of an input type, which are published; it has no other rows.
    pub(crate) fn find_out(&mut self, plan: &Plan, ty: u32, part: &mut Part) {
        let len = self.types[ty as usize].len();
        for number in 0..self.front.guards().len() {
            let guard = self.front.guards()[number] as usize;
            if plan.guards[guard].ty == ty {
                self.evaluate_guard(plan, guard, len);
                part.set(number, self.guards[guard].words());
            }
        }
        let Self { front, types, .. } = self;
        front.number_rows(ty, &types[ty as usize], part);
        self.clear();
    }

    /// Has a time kernel write the time of each row of a type, and for which rows there is one.
    pub(crate) fn evaluate_times(&mut self, kernel: KernelFn, times: &mut [i64], valid: &mut Bitmap) {
        let mut context = self.context();
        context.times = times.as_mut_ptr();
        context.times_valid = valid.words_mut().as_mut_ptr();
        // SAFETY: the plan's promise: a time kernel reads the rows of its type, which are published and stand, and writes
        // as many times and bits, for which the caller made room.
        unsafe { kernel(&raw mut context) };
    }

    fn call(&mut self, kernel: KernelFn) {
        self.call_between(kernel, 0, 0);
    }

    /// Calls the kernel of a guard; of one that is in an index, for these words of its bits.
    fn call_between(&mut self, kernel: KernelFn, from: u32, to: u32) {
        let mut context = Context { first: from.into(), len: to.into(), ..self.context() };
        // SAFETY: the plan's promise: a guard kernel reads the rows of its type, which are published and stand, and writes
        // the words of its bitmap, which has one bit for each of them.
        unsafe { kernel(&raw mut context) };
    }

    /// What every kernel is given; pointers to state are the caller's to add.
    pub(crate) fn context(&mut self) -> Context {
        Context {
            batches: self.addresses.batches.as_ptr(),
            guards: self.addresses.guards.as_ptr(),
            scratch: &raw mut self.scratch,
            state: null_mut(),
            entries: null(),
            inputs: null(),
            len: 0,
            first: 0,
            now: 0,
            times: null_mut(),
            times_valid: null_mut(),
            faults: &raw mut self.faults,
        }
    }

    /// Forgets all rows.
    pub(crate) fn clear(&mut self) {
        for ty in self.filled.drain(..) {
            self.types[ty].clear();
            self.addresses.batches[ty] = self.types[ty].batch_ref();
        }
        let Indexed { quiet, awake, spans, zeros, .. } = &mut self.indexed;
        let zeros = zeros.words_mut().as_mut_ptr();
        for guard in awake.drain(..) {
            quiet[guard as usize] = true;
            let (first, last) = spans[guard as usize];
            self.guards[guard as usize].words_mut()[first as usize..=last as usize].fill(0);
            self.addresses.guards[guard as usize] = zeros;
        }
        self.places.fill(None);
        self.scratch.clear();
    }
}

/// The fields of every event type of a plan.
pub(crate) fn shapes(plan: &Plan) -> Vec<Vec<FieldShape>> {
    let inputs = plan.inputs.iter().map(|input| {
        let shape = |field: &crate::schema::FieldSchema| FieldShape {
            ty: field.ty,
            nullable: field.nullable,
            used: field.used,
        };
        input.schema.fields.iter().map(shape).collect()
    });
    let shape =
        |column: OutputColumn| FieldShape { ty: column.ty, nullable: column.nullable, used: !column.list };
    let mut outputs = plan.outputs.iter();
    let operators = plan.operators.iter().map(|operator| match operator {
        OperatorPlan::Rule(rule) => {
            let output = outputs.next().expect("plan: an output for each rule");
            rule.event_columns.iter().map(|&column| shape(output.columns[column])).collect()
        }
        OperatorPlan::Window(window) => {
            let columns = window.columns.iter().map(|column| (column.used, shape(column.shape)));
            columns.map(|(used, shape)| FieldShape { used: used && shape.used, ..shape }).collect()
        }
    });
    let mut shapes: Vec<Vec<FieldShape>> = inputs.chain(operators).collect();
    for column in &plan.columns {
        let shape = FieldShape { ty: column.value, nullable: column.nullable, used: true };
        shapes[column.ty as usize].push(shape);
    }
    shapes
}
