//! Aggregates: the definitions of `portent_rt::aggregate`, inline.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};

use super::Translator;
use super::memory::Region;
use super::value::Val;
use crate::jit::shims::Shim;
use crate::lir::{AccKind, AccRead, Expr, RegId, RegisterKind};
use crate::scalar::Kind;
use portent_rt::aggregate::{Moments, SumF, SumI};

impl Translator<'_, '_> {
    /// The address of an aggregate of the current run, and its kind.
    fn acc(&mut self, register: RegId) -> (Value, AccKind) {
        let unit = self.unit();
        let RegisterKind::Acc(kind) = unit.rule.registers[register.index()].kind else {
            unreachable!("an aggregate register")
        };
        let offset = unit.layout.run.places[register.index()].offset;
        let run = self.run_address();
        (self.b.ins().iadd_imm_s(run, offset as i64), kind)
    }

    fn part(&mut self, acc: Value, ty: Type, offset: usize) -> Value {
        self.load(Region::Record, ty, acc, offset)
    }

    fn set_part(&mut self, acc: Value, value: Value, offset: usize) {
        self.store(Region::Record, value, acc, offset);
    }

    /// Adds one to the count of a state; the new count.
    fn count_up(&mut self, acc: Value, offset: usize) -> Value {
        let count = self.part(acc, types::I64, offset);
        let count = self.b.ins().iadd_imm_s(count, 1);
        self.set_part(acc, count, offset);
        count
    }

    /// Adds a value, if it is there.
    pub(super) fn accumulate(&mut self, register: RegId, expr: &Expr) {
        let value = self.expr(expr);
        let (acc, kind) = self.acc(register);
        let mut word = value.as_word();
        if kind != AccKind::SumI && expr.ty.kind != Kind::F64 {
            word = self.b.ins().fcvt_from_sint(types::F64, word);
        }
        let push = |t: &mut Self| match kind {
            AccKind::SumI => t.push_int(acc, word),
            AccKind::SumF => t.push_float(acc, word),
            AccKind::Moments => t.push_moments(acc, word),
        };
        let Some(valid) = value.valid else { return push(self) };
        let (there, on) = (self.b.create_block(), self.b.create_block());
        self.branch(valid, there, on);
        self.enter(there);
        push(self);
        self.jump(on);
        self.enter(on);
    }

    fn push_int(&mut self, acc: Value, value: Value) {
        let (low_at, high_at) = (offset_of!(SumI, low), offset_of!(SumI, high));
        let low = self.part(acc, types::I64, low_at);
        let high = self.part(acc, types::I64, high_at);
        let sum = self.b.ins().iadd(low, value);
        let carry = self.b.ins().icmp(IntCC::UnsignedLessThan, sum, value);
        let carry = self.widen_bool(carry);
        let sign = self.b.ins().sshr_imm_u(value, 63);
        let high = self.b.ins().iadd(high, sign);
        let high = self.b.ins().iadd(high, carry);
        self.set_part(acc, sum, low_at);
        self.set_part(acc, high, high_at);
        self.count_up(acc, offset_of!(SumI, count));
    }

    fn push_float(&mut self, acc: Value, value: Value) {
        let (sum_at, lost_at) = (offset_of!(SumF, sum), offset_of!(SumF, compensation));
        let old = self.part(acc, types::F64, sum_at);
        let lost = self.part(acc, types::F64, lost_at);
        let sum = self.b.ins().fadd(old, value);
        let (old_size, size) = (self.b.ins().fabs(old), self.b.ins().fabs(value));
        let old_larger = self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, old_size, size);
        let larger = self.b.ins().select(old_larger, old, value);
        let smaller = self.b.ins().select(old_larger, value, old);
        let error = self.b.ins().fsub(larger, sum);
        let error = self.b.ins().fadd(error, smaller);
        let lost = self.b.ins().fadd(lost, error);
        self.set_part(acc, sum, sum_at);
        self.set_part(acc, lost, lost_at);
        self.count_up(acc, offset_of!(SumF, count));
    }

    fn push_moments(&mut self, acc: Value, value: Value) {
        let (mean_at, squares_at) = (offset_of!(Moments, mean), offset_of!(Moments, squares));
        let count = self.count_up(acc, offset_of!(Moments, count));
        let count = self.b.ins().fcvt_from_uint(types::F64, count);
        let mean = self.part(acc, types::F64, mean_at);
        let squares = self.part(acc, types::F64, squares_at);
        let deviation = self.b.ins().fsub(value, mean);
        let step = self.b.ins().fdiv(deviation, count);
        let mean = self.b.ins().fadd(mean, step);
        let rest = self.b.ins().fsub(value, mean);
        let square = self.b.ins().fmul(deviation, rest);
        let squares = self.b.ins().fadd(squares, square);
        self.set_part(acc, mean, mean_at);
        self.set_part(acc, squares, squares_at);
    }

    /// What an aggregate amounts to.
    pub(super) fn read_acc(&mut self, register: RegId, read: AccRead) -> Val {
        let (acc, kind) = self.acc(register);
        let count_at = match kind {
            AccKind::SumI => offset_of!(SumI, count),
            AccKind::SumF => offset_of!(SumF, count),
            AccKind::Moments => offset_of!(Moments, count),
        };
        let count = self.part(acc, types::I64, count_at);
        let some = self.compare_int(IntCC::NotEqual, count, 0);
        match (read, kind) {
            (AccRead::Count, _) => Val::word(count),
            (AccRead::Sum, AccKind::SumI) => self.sum_int(acc, some),
            (AccRead::Sum, AccKind::SumF) => Val::optional(self.sum_float(acc), Some(some)),
            (AccRead::Avg, AccKind::SumI) => {
                Val::optional(self.call_value(Shim::MeanInt, &[acc]), Some(some))
            }
            (AccRead::AvgDuration, AccKind::SumI) => {
                Val::optional(self.call_value(Shim::MeanWhole, &[acc]), Some(some))
            }
            (AccRead::Avg, AccKind::SumF) => {
                let sum = self.sum_float(acc);
                let count = self.b.ins().fcvt_from_uint(types::F64, count);
                Val::optional(self.b.ins().fdiv(sum, count), Some(some))
            }
            (AccRead::Avg, AccKind::Moments) => {
                Val::optional(self.part(acc, types::F64, offset_of!(Moments, mean)), Some(some))
            }
            (AccRead::Stddev, AccKind::Moments) => self.stddev(acc, count),
            (read, kind) => unreachable!("{read:?} of {kind:?}"),
        }
    }

    /// Null if there is none, and, as a fault, if it is out of range.
    fn sum_int(&mut self, acc: Value, some: Value) -> Val {
        let low = self.part(acc, types::I64, offset_of!(SumI, low));
        let high = self.part(acc, types::I64, offset_of!(SumI, high));
        let sign = self.b.ins().sshr_imm_u(low, 63);
        let fits = self.b.ins().icmp(IntCC::Equal, high, sign);
        self.checked(low, fits, Some(some))
    }

    fn sum_float(&mut self, acc: Value) -> Value {
        let sum = self.part(acc, types::F64, offset_of!(SumF, sum));
        let lost = self.part(acc, types::F64, offset_of!(SumF, compensation));
        let whole = self.b.ins().fadd(sum, lost);
        let (size, infinity) = (self.b.ins().fabs(sum), self.b.ins().f64const(f64::INFINITY));
        let finite = self.b.ins().fcmp(FloatCC::LessThan, size, infinity);
        self.b.ins().select(finite, whole, sum)
    }

    fn stddev(&mut self, acc: Value, count: Value) -> Val {
        let squares = self.part(acc, types::F64, offset_of!(Moments, squares));
        let enough = self.compare_int(IntCC::UnsignedGreaterThanOrEqual, count, 2);
        let degrees = self.b.ins().iadd_imm_s(count, -1);
        let degrees = self.b.ins().fcvt_from_uint(types::F64, degrees);
        let variance = self.b.ins().fdiv(squares, degrees);
        Val::optional(self.b.ins().sqrt(variance), Some(enough))
    }
}
