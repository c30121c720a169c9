//! Expressions: leaves, and who translates the rest.
//!
//! An expression that no call can occur in is *cheap* and is evaluated without branches, whatever its parts turn out to be;
//! costly operands of `and`, `or`, `if` and `??` are evaluated only where they matter.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::Translator;
use super::memory::{Region, context};
use super::value::{Val, word_type};
use crate::jit::layout::Place;
use crate::lir::{CellId, Expr, ExprKind, LocalId, RegId};
use crate::scalar::{Cast, Compare, Func, Kind, Type, Value as Constant};
use portent_rt::state::RuleState;
use portent_rt::string::{INLINE_MAX, RawStr};

/// Whether an expression calls a function on its usual path.
pub(super) fn is_costly(expr: &Expr) -> bool {
    let mut costly = false;
    expr.walk(&mut |inner| {
        costly |= match &inner.kind {
            ExprKind::Call(func, _) => !is_inline(*func),
            ExprKind::Cast(cast, _) => {
                use Cast::{StrToBool, StrToFloat, StrToInt, StrToTimestamp, ToStr};
                matches!(cast, StrToBool | StrToInt | StrToFloat | StrToTimestamp | ToStr)
            }
            ExprKind::Compare(op, a, _) => a.ty.kind == Kind::Str && !matches!(op, Compare::Eq | Compare::Ne),
            ExprKind::Like(..) | ExprKind::Matches(..) => true,
            _ => false,
        };
    });
    costly
}

const fn is_inline(func: Func) -> bool {
    use Func::*;
    matches!(
        func,
        AbsI | AbsF
            | AbsDuration
            | SignI
            | SignF
            | SignDuration
            | MinI
            | MinF
            | MinTimestamp
            | MinDuration
            | MaxI
            | MaxF
            | MaxTimestamp
            | MaxDuration
            | Floor
            | Ceil
            | Sqrt
    )
}

impl Translator<'_, '_> {
    /// The value of an expression. What its type says is there has no validity.
    pub(super) fn expr(&mut self, expr: &Expr) -> Val {
        let mut value = self.form(expr);
        if !expr.ty.nullable {
            value.valid = None;
        }
        value
    }

    fn form(&mut self, expr: &Expr) -> Val {
        match &expr.kind {
            ExprKind::Const(value) => self.constant(value, expr.ty.kind),
            ExprKind::Column(field) => self.column(*field),
            ExprKind::Guard(guard) => Val::word(self.guard_bit(*guard)),
            ExprKind::Time => Val::word(self.time()),
            ExprKind::Seq => Val::word(self.row_number()),
            ExprKind::Reg(register) => self.register(*register),
            ExprKind::Acc(register, read) => self.read_acc(*register, *read),
            ExprKind::List(_) | ExprKind::ListColumn(_) => unreachable!("a list is only emitted"),
            ExprKind::ListFull(register) => Val::word(self.list_full(*register)),
            ExprKind::Cell(cell) => self.cell(*cell),
            ExprKind::Local(local) => self.local(*local),
            ExprKind::NoRuns => Val::word(self.no_runs()),
            ExprKind::MoreThan(since, nanos) => Val::word(self.more_than(since, *nanos)),
            ExprKind::Later(from, nanos) => Val::word(self.later(from, *nanos)),
            ExprKind::Next(of) => {
                let value = self.expr(of).as_word();
                Val::word(self.b.ins().iadd_imm_s(value, 1))
            }
            ExprKind::Minus(a, b) => {
                let (a, b) = (self.expr(a).as_word(), self.expr(b).as_word());
                Val::word(self.b.ins().isub(a, b))
            }
            ExprKind::Unary(op, a) => self.unary(*op, a),
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b),
            ExprKind::Compare(op, a, b) => self.compare(*op, a, b),
            ExprKind::And(all) => self.junction(all, false),
            ExprKind::Or(all) => self.junction(all, true),
            ExprKind::Not(a) => self.negation(a),
            ExprKind::IsNull(a) => {
                let value = self.expr(a);
                let valid = self.valid(value);
                Val::word(self.not(valid))
            }
            ExprKind::Coalesce(a, b) => self.coalesce(a, b),
            ExprKind::If(condition, a, b) => self.choice(condition, a, b, expr.ty),
            ExprKind::Cast(cast, a) => self.cast(*cast, a),
            ExprKind::Call(func, arguments) => self.function(*func, arguments),
            ExprKind::Like(text, pattern) => self.like(text, pattern),
            ExprKind::Matches(text, regex) => self.matches(text, regex),
        }
    }

    fn constant(&mut self, value: &Constant, kind: Kind) -> Val {
        match value {
            Constant::Null => self.null(kind),
            Constant::Bool(value) => Val::word(self.truth(*value)),
            Constant::I64(value) | Constant::Timestamp(value) | Constant::Duration(value) => {
                Val::word(self.int(*value))
            }
            Constant::F64(value) => Val::word(self.b.ins().f64const(*value)),
            Constant::Str(text) => {
                let raw = self.constant_text(text);
                let (head, tail) = (self.int(raw.head as i64), self.int(raw.tail as i64));
                Val::text(head, tail, None)
            }
            Constant::List(_) => unreachable!("a constant is a scalar"),
        }
    }

    /// A null.
    pub(super) fn null(&mut self, kind: Kind) -> Val {
        let no = self.truth(false);
        match kind {
            Kind::Str => {
                let zero = self.int(0);
                Val::text(zero, zero, Some(no))
            }
            _ => Val::optional(self.zero(word_type(kind)), Some(no)),
        }
    }

    /// The words of a constant text; a long one is in the pool.
    pub(super) fn constant_text(&mut self, text: &str) -> RawStr {
        let bytes = text.as_bytes();
        RawStr::inline(bytes).unwrap_or_else(|| RawStr::long(bytes, self.pool.text(text) as u64))
    }

    pub(super) fn time(&mut self) -> Value {
        match self.env.time {
            Some(time) => time,
            None => self.load_context(context::NOW),
        }
    }

    fn more_than(&mut self, since: &Expr, nanos: i64) -> Value {
        let since = self.expr(since).as_word();
        let now = self.time();
        // As unsigned numbers, for the difference may be more than an i64 holds.
        let passed = self.b.ins().isub(now, since);
        self.compare_int(IntCC::UnsignedGreaterThan, passed, nanos)
    }

    fn later(&mut self, from: &Expr, nanos: i64) -> Value {
        let from = self.expr(from).as_word();
        let sum = self.b.ins().iadd_imm_s(from, nanos);
        let (wrapped, end) = match nanos >= 0 {
            true => (self.b.ins().icmp(IntCC::SignedLessThan, sum, from), i64::MAX),
            false => (self.b.ins().icmp(IntCC::SignedGreaterThan, sum, from), i64::MIN),
        };
        let end = self.int(end);
        self.b.ins().select(wrapped, end, sum)
    }

    fn register(&mut self, register: RegId) -> Val {
        let unit = self.unit();
        let place = unit.layout.run.places[register.index()];
        let crate::lir::RegisterKind::Scalar(ty) = unit.rule.registers[register.index()].kind else {
            unreachable!("a scalar register")
        };
        let run = self.run_address();
        let value = self.load_place(run, place, ty);
        match ty.kind {
            Kind::Str => {
                let (head, tail) = value.as_text();
                let tail = self.resolve(head, tail);
                Val::text(head, tail, value.valid)
            }
            _ => value,
        }
    }

    /// The words of a text register as they are, a long one's tail an offset of the heap; and whether it is there.
    pub(super) fn raw_register(&mut self, register: RegId, ty: Type) -> Val {
        let place = self.unit().layout.run.places[register.index()];
        let run = self.run_address();
        self.load_place(run, place, ty)
    }

    /// The tail of a text of the state as a pointer.
    pub(super) fn resolve(&mut self, head: Value, tail: Value) -> Value {
        let heap = self.load_state(types::I64, offset_of!(RuleState, heap.base));
        let pointer = self.b.ins().iadd(tail, heap);
        let long = self.is_long(head);
        self.b.ins().select(long, pointer, tail)
    }

    /// Whether the text of a head is long.
    pub(super) fn is_long(&mut self, head: Value) -> Value {
        let length = self.b.ins().ireduce(types::I32, head);
        self.compare_int(IntCC::UnsignedGreaterThan, length, INLINE_MAX as i64)
    }

    fn cell(&mut self, cell: CellId) -> Val {
        let unit = self.unit();
        let place = unit.layout.slot.places[cell.index()];
        let ty = unit.rule.cells[cell.index()].ty;
        let slot = self.slot();
        self.load_place(slot.address, place, ty)
    }

    fn load_place(&mut self, record: Value, place: Place, ty: Type) -> Val {
        let valid = place.valid_bit.map(|bit| {
            let byte = self.load(Region::Record, types::I8, record, bit / 8);
            let shifted = self.b.ins().ushr_imm_u(byte, (bit % 8) as i64);
            self.b.ins().band_imm_u(shifted, 1)
        });
        match ty.kind {
            Kind::Str => {
                let head = self.load(Region::Record, types::I64, record, place.offset);
                let tail = self.load(Region::Record, types::I64, record, place.offset + 8);
                Val::text(head, tail, valid)
            }
            kind => Val::optional(self.load(Region::Record, word_type(kind), record, place.offset), valid),
        }
    }

    fn local(&mut self, local: LocalId) -> Val {
        let variable = self.locals[local.index()];
        let word = self.b.use_var(variable.word);
        let valid = variable.valid.map(|valid| self.b.use_var(valid));
        Val::optional(word, valid)
    }

    /// Counts a fault where `failed` is true.
    pub(super) fn fault(&mut self, failed: Value) {
        self.rarely(failed, |t| {
            let (base, offset) = match t.unit {
                Some(_) => (t.state, offset_of!(RuleState, counters.faults)),
                None => (t.load_context(context::FAULTS), 0),
            };
            let count = t.load(Region::State, types::I64, base, offset);
            let count = t.b.ins().iadd_imm_s(count, 1);
            t.store(Region::State, count, base, offset);
        });
    }

    /// A value that is null where `ok` is false, besides where it is null already. The former is counted as a fault.
    pub(super) fn checked(&mut self, value: Value, ok: Value, valid: Option<Value>) -> Val {
        let not_ok = self.not(ok);
        let failed = match valid {
            Some(valid) => self.b.ins().band(valid, not_ok),
            None => not_ok,
        };
        self.fault(failed);
        Val::optional(value, self.both(valid, Some(ok)))
    }
}
