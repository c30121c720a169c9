//! Columns, bitmaps, times: their addresses are read once, at the start of a kernel.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::offset_of;

use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::memory::{Region, context};
use super::value::Val;
use super::{Row, Translator};
use crate::lir::{Block, Expr, ExprKind, FieldId, GuardId, RowNumbers, Rule, Stmt, TypeId};
use crate::scalar::{Kind, Type};
use portent_rt::state::{BatchRef, ColumnRef};

/// What a kernel reads of its rows.
#[derive(Default)]
pub(super) struct Needs {
    columns: BTreeSet<(TypeId, FieldId)>,
    guards: BTreeSet<GuardId>,
    /// Whether the time of rows is read.
    pub(super) time: bool,
    /// Whether their sequence number is, and whether where their type is not known.
    seq: bool,
    seq_of_any: bool,
    /// Whether rows are told apart by their sequence numbers.
    numbers_of_events: bool,
}

/// The addresses that were read.
#[derive(Default)]
pub(super) struct Inputs {
    columns: BTreeMap<(TypeId, FieldId), ColumnAt>,
    guards: BTreeMap<GuardId, Value>,
    times: BTreeMap<TypeId, Value>,
    seqs: BTreeMap<TypeId, Value>,
    /// On the stack, by input: where several types have their times, and their sequence numbers.
    times_of_any: Option<Value>,
    seqs_of_any: Option<Value>,
}

/// Where a column is.
#[derive(Clone, Copy)]
pub(super) struct ColumnAt {
    pub(super) values: Value,
    pub(super) validity: Option<Value>,
    ty: Type,
}

impl Needs {
    /// What the step kernel of a rule reads.
    pub(super) fn of_step(rule: &Rule) -> Self {
        let numbers_of_events = rule.row_numbers == RowNumbers::OfEvents;
        let mut needs = Self { numbers_of_events, ..Self::default() };
        let ty = match &rule.inputs[..] {
            [only] => Some(only.ty),
            _ => None,
        };
        needs.block(&rule.step.body, ty);
        needs
    }

    /// What an expression over a row of a type reads.
    pub(super) fn of_expr(expr: &Expr, ty: TypeId) -> Self {
        let mut needs = Self::default();
        needs.expr(expr, Some(ty));
        needs
    }

    fn block(&mut self, block: &Block, ty: Option<TypeId>) {
        for stmt in block {
            stmt.exprs().into_iter().for_each(|expr| self.expr(expr, ty));
            match stmt {
                Stmt::OnType(arms) => arms.iter().for_each(|(arm, block)| self.block(block, Some(*arm))),
                _ => stmt.blocks().into_iter().for_each(|inner| self.block(inner, ty)),
            }
            match stmt {
                Stmt::Emit { at_deadline, .. } => {
                    self.time = true;
                    if !at_deadline {
                        self.read_seq(ty);
                    }
                }
                Stmt::Schedule(_) if self.numbers_of_events => self.read_seq(ty),
                _ => {}
            }
        }
    }

    fn read_seq(&mut self, ty: Option<TypeId>) {
        self.seq = true;
        self.seq_of_any |= ty.is_none();
    }

    fn expr(&mut self, expr: &Expr, ty: Option<TypeId>) {
        expr.walk(&mut |inner| match inner.kind {
            ExprKind::Column(field) => {
                self.columns.insert((ty.expect("a column of a row whose type is known"), field));
            }
            ExprKind::Guard(guard) => {
                self.guards.insert(guard);
            }
            ExprKind::Time | ExprKind::MoreThan(..) => self.time = true,
            ExprKind::Seq if self.numbers_of_events => self.read_seq(ty),
            _ => {}
        });
    }
}

impl Translator<'_, '_> {
    /// The address of a type's `BatchRef`.
    pub(super) fn batch(&mut self, ty: TypeId) -> Value {
        let batches = self.load_context(context::BATCHES);
        self.b.ins().iadd_imm_s(batches, (ty.index() * size_of::<BatchRef>()) as i64)
    }

    /// Reads the addresses that the kernel needs; `types` are those of its rows, in order of the inputs.
    pub(super) fn hoist(&mut self, needs: &Needs, types: &[TypeId]) {
        for (ty, field) in &needs.columns {
            let column = self.hoist_column(*ty, *field);
            self.inputs.columns.insert((*ty, *field), column);
        }
        if !needs.guards.is_empty() {
            let guards = self.load_context(context::GUARDS);
            for guard in &needs.guards {
                let bitmap = self.load(Region::Input, types::I64, guards, guard.index() * 8);
                self.inputs.guards.insert(*guard, bitmap);
            }
        }
        for ty in types {
            let batch = self.batch(*ty);
            if needs.time {
                let times = self.load(Region::Input, types::I64, batch, offset_of!(BatchRef, times));
                self.inputs.times.insert(*ty, times);
            }
            if needs.seq {
                let seqs = self.load(Region::Input, types::I64, batch, offset_of!(BatchRef, seqs));
                self.inputs.seqs.insert(*ty, seqs);
            }
        }
        if types.len() > 1 {
            let times: Vec<_> = self.inputs.times.values().copied().collect();
            let seqs: Vec<_> = self.inputs.seqs.values().copied().collect();
            self.inputs.times_of_any = needs.time.then(|| self.table(&times));
            self.inputs.seqs_of_any = needs.seq_of_any.then(|| self.table(&seqs));
        }
    }

    fn hoist_column(&mut self, ty: TypeId, field: FieldId) -> ColumnAt {
        let batch = self.batch(ty);
        let columns = self.load(Region::Input, types::I64, batch, offset_of!(BatchRef, columns));
        let at = field.index() * size_of::<ColumnRef>();
        let values = self.load(Region::Input, types::I64, columns, at + offset_of!(ColumnRef, values));
        let ty =
            self.program.types[ty.index()].field(field).expect("verify: a column is a field of its type");
        let validity = ty
            .nullable
            .then(|| self.load(Region::Input, types::I64, columns, at + offset_of!(ColumnRef, validity)));
        ColumnAt { values, validity, ty }
    }

    /// A table on the stack.
    fn table(&mut self, addresses: &[Value]) -> Value {
        let table = self.stack(addresses.len() as u32 * 8);
        for (index, address) in addresses.iter().enumerate() {
            self.store(Region::Record, *address, table, index * 8);
        }
        table
    }

    fn row(&self) -> Row {
        self.env.row.expect("a row is current")
    }

    /// Where the values of a field are.
    pub(super) fn column_at(&self, ty: TypeId, field: FieldId) -> ColumnAt {
        self.inputs.columns[&(ty, field)]
    }

    /// A field of the current row.
    pub(super) fn column(&mut self, field: FieldId) -> Val {
        let row = self.row();
        let ty = row.ty.expect("a column of a row whose type is known");
        let at = self.inputs.columns[&(ty, field)];
        let valid = at.validity.map(|validity| self.bit(validity, row.index));
        match at.ty.kind {
            Kind::Str => {
                let address = self.element(at.values, row.index, 16);
                let head = self.load(Region::Input, types::I64, address, 0);
                let tail = self.load(Region::Input, types::I64, address, 8);
                Val::text(head, tail, valid)
            }
            kind => {
                let address = self.element(at.values, row.index, kind.width());
                let ty = super::value::word_type(kind);
                Val::optional(self.load(Region::Input, ty, address, 0), valid)
            }
        }
    }

    /// Whether a guard holds for the current row.
    pub(super) fn guard_bit(&mut self, guard: GuardId) -> Value {
        let (bitmap, row) = (self.inputs.guards[&guard], self.row());
        self.bit(bitmap, row.index)
    }

    /// The time of a row.
    pub(super) fn row_time(&mut self, row: Row) -> Value {
        let times = match (row.ty, row.input) {
            (Some(ty), _) => self.inputs.times[&ty],
            (None, input) => {
                let table = self.inputs.times_of_any.expect("a table of times");
                self.table_entry(table, input)
            }
        };
        let address = self.element(times, row.index, 8);
        self.load(Region::Input, types::I64, address, 0)
    }

    /// The number of the current row, or of the one that noted the deadline, by which rows are told apart.
    pub(super) fn row_number(&mut self) -> Value {
        if let Some(number) = self.env.row_number {
            return number;
        }
        if self.unit().rule.row_numbers == RowNumbers::OfEvents {
            return self.row_seq();
        }
        let row = self.row();
        let first = self.load_context(context::FIRST);
        self.b.ins().iadd(first, row.number)
    }

    /// The sequence number of the current row, which orders matches.
    pub(super) fn row_seq(&mut self) -> Value {
        let row = self.row();
        let seqs = match (row.ty, row.input) {
            (Some(ty), _) => self.inputs.seqs[&ty],
            (None, input) => {
                let table = self.inputs.seqs_of_any.expect("a table of sequence numbers");
                self.table_entry(table, input)
            }
        };
        let address = self.element(seqs, row.index, 8);
        self.load(Region::Input, types::I64, address, 0)
    }

    fn table_entry(&mut self, table: Value, input: Option<Value>) -> Value {
        let input = input.expect("the input of a row of any type");
        let address = self.element(table, input, 8);
        self.load(Region::Record, types::I64, address, 0)
    }
}
