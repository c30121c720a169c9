//! Time kernels, those of computed columns, and what guards compute row by row: a bit or a value for every row of a batch.
//!
//! PERF: what is cheap is done for eight rows without a branch, and their bits are stored as one byte.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_codegen::isa::TargetFrontendConfig;

use super::expr::is_costly;
use super::inputs::Needs;
use super::memory::{Region, context};
use super::value::{Payload, Val};
use super::{Row, Translator};
use crate::jit::shims::Shim;
use crate::lir::{Expr, ExprKind, TypeId};
use portent_rt::state::BatchRef;

/// Rows whose bits make a byte.
const BYTE: i64 = 8;
/// The largest expression, in operators and leaves, of which there are eight copies.
const UNROLLED_MAX: usize = 16;

/// What computes the bit of the current row.
pub(super) type Bit<'a> = &'a dyn Fn(&mut Translator<'_, '_>) -> Value;

impl Translator<'_, '_> {
    /// Translates the computation of event times: the times, and whether they are there.
    pub(in crate::jit) fn times(mut self, ty: TypeId, time: &Expr, frontend: TargetFrontendConfig) {
        let times = self.load_context(context::TIMES);
        let bitmap = self.load_context(context::TIMES_VALID);
        if let ExprKind::Column(field) = time.kind
            && !self.program.types[ty.index()].fields[field.index()].ty.nullable
        {
            self.hoist(&Needs::of_expr(time, ty), &[ty]);
            let (values, len) = (self.column_at(ty, field).values, self.batch_len(ty));
            self.call(Shim::CopyTimes, &[times, bitmap, values, len]);
            return self.finish(frontend);
        }
        self.bitmap(ty, time, bitmap, &|t| {
            let value = t.expr(time);
            let row = t.env.row.expect("a row").index;
            let address = t.element(times, row, 8);
            t.store(Region::Record, value.as_word(), address, 0);
            t.valid(value)
        });
        self.finish(frontend);
    }

    /// Translates a computed column: its values, and where they may be null, whether they are there.
    pub(in crate::jit) fn computed(mut self, ty: TypeId, value: &Expr, frontend: TargetFrontendConfig) {
        let values = self.load_context(context::TIMES);
        if value.ty.nullable {
            let valid = self.load_context(context::TIMES_VALID);
            self.bitmap(ty, value, valid, &|t| {
                let result = t.store_computed(value, values);
                t.valid(result)
            });
            return self.finish(frontend);
        }
        self.hoist(&Needs::of_expr(value, ty), &[ty]);
        let len = self.batch_len(ty);
        self.count_to(len, |t, row| {
            t.env.row = Some(Row { number: row, index: row, ty: Some(ty), input: None });
            t.store_computed(value, values);
        });
        self.env.row = None;
        self.finish(frontend);
    }

    /// Writes the value for the current row to its place in a column.
    fn store_computed(&mut self, value: &Expr, values: Value) -> Val {
        let result = self.expr(value);
        let row = self.env.row.expect("a row").index;
        let address = self.element(values, row, value.ty.kind.width());
        match result.payload {
            Payload::Word(word) => self.store(Region::Record, word, address, 0),
            Payload::Text(head, tail) => {
                self.store(Region::Record, head, address, 0);
                self.store(Region::Record, tail, address, 8);
            }
        }
        result
    }

    /// Fills a bitmap with what `bit` gives for each row; bits past the rows are zero.
    pub(super) fn bitmap(&mut self, ty: TypeId, expr: &Expr, bitmap: Value, bit: Bit<'_>) {
        self.hoist(&Needs::of_expr(expr, ty), &[ty]);
        let len = self.batch_len(ty);
        let mut size = 0;
        expr.walk(&mut |_| size += 1);
        self.clear_last_word(bitmap, len);
        let bytes = self.b.ins().ushr_imm_u(len, 3);
        self.count_to(bytes, |t, byte| {
            let first = t.b.ins().ishl_imm_u(byte, 3);
            let bits = match size <= UNROLLED_MAX && !is_costly(expr) {
                true => t.eight_bits(ty, first, bit),
                false => {
                    let all = t.int(BYTE);
                    t.some_bits(ty, first, all, bit)
                }
            };
            t.store_byte(bitmap, byte, bits);
        });
        let rest = self.b.ins().band_imm_u(len, BYTE - 1);
        let (some, exit) = (self.b.create_block(), self.b.create_block());
        self.branch(rest, some, exit);
        self.enter(some);
        let first = self.b.ins().isub(len, rest);
        let bits = self.some_bits(ty, first, rest, bit);
        self.store_byte(bitmap, bytes, bits);
        self.jump(exit);
        self.enter(exit);
        self.env.row = None;
    }

    pub(super) fn batch_len(&mut self, ty: TypeId) -> Value {
        let batch = self.batch(ty);
        self.load(Region::Input, types::I64, batch, offset_of!(BatchRef, len))
    }

    /// Sets the last word to zero if not all its bits belong to rows.
    fn clear_last_word(&mut self, bitmap: Value, len: Value) {
        let partial = self.b.ins().band_imm_u(len, 63);
        let word = self.b.ins().ushr_imm_u(len, 6);
        let (some, on) = (self.b.create_block(), self.b.create_block());
        let is_partial = self.compare_int(IntCC::NotEqual, partial, 0);
        self.branch(is_partial, some, on);
        self.enter(some);
        let (address, zero) = (self.element(bitmap, word, 8), self.int(0));
        self.store(Region::Record, zero, address, 0);
        self.jump(on);
        self.enter(on);
    }

    fn store_byte(&mut self, bitmap: Value, byte: Value, bits: Value) {
        let address = self.b.ins().iadd(bitmap, byte);
        let bits = self.b.ins().ireduce(types::I8, bits);
        self.store(Region::Record, bits, address, 0);
    }

    fn bit_of_row(&mut self, ty: TypeId, row: Value, bit: Bit<'_>) -> Value {
        self.env.row = Some(Row { number: row, index: row, ty: Some(ty), input: None });
        let bit = bit(self);
        self.widen_bool(bit)
    }

    fn eight_bits(&mut self, ty: TypeId, first: Value, bit: Bit<'_>) -> Value {
        let mut bits = self.bit_of_row(ty, first, bit);
        for number in 1..BYTE {
            let row = self.b.ins().iadd_imm_s(first, number);
            let next = self.bit_of_row(ty, row, bit);
            let next = self.b.ins().ishl_imm_u(next, number);
            bits = self.b.ins().bor(bits, next);
        }
        bits
    }

    fn some_bits(&mut self, ty: TypeId, first: Value, count: Value, bit: Bit<'_>) -> Value {
        let zero = self.int(0);
        let bits = self.variable(types::I64, zero);
        self.count_to(count, |t, index| {
            let row = t.b.ins().iadd(first, index);
            let next = t.bit_of_row(ty, row, bit);
            let next = t.b.ins().ishl(next, index);
            let old = t.b.use_var(bits);
            let new = t.b.ins().bor(old, next);
            t.b.def_var(bits, new);
        });
        self.b.use_var(bits)
    }
}
