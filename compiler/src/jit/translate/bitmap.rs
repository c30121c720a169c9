//! Guard and time kernels: every row of a batch, 64 to a word of the bitmap.

use std::mem::offset_of;

use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_codegen::isa::TargetFrontendConfig;

use super::inputs::Needs;
use super::memory::{Region, context};
use super::{Row, Translator};
use crate::lir::{Expr, GuardId, TypeId};
use portent_rt::state::BatchRef;

impl Translator<'_, '_> {
    /// Translates a guard: bit `i` of its bitmap is whether the condition is true of row `i`.
    pub(in crate::jit) fn guard(mut self, guard: GuardId, frontend: TargetFrontendConfig) {
        let guard_of = &self.program.guards[guard.index()];
        let (ty, condition) = (guard_of.ty, &guard_of.condition);
        let guards = self.load_context(context::GUARDS);
        let bitmap = self.load(Region::Input, types::I64, guards, guard.index() * 8);
        self.bitmap(ty, condition, bitmap, |t| t.holds(condition));
        self.finish(frontend);
    }

    /// Translates the computation of event times: the times, and whether they are there.
    pub(in crate::jit) fn times(mut self, ty: TypeId, time: &Expr, frontend: TargetFrontendConfig) {
        let times = self.load_context(context::TIMES);
        let bitmap = self.load_context(context::TIMES_VALID);
        self.bitmap(ty, time, bitmap, |t| {
            let value = t.expr(time);
            let row = t.env.row.expect("a row").index;
            let address = t.element(times, row, 8);
            t.store(Region::Record, value.as_word(), address, 0);
            t.valid(value)
        });
        self.finish(frontend);
    }

    /// Fills a bitmap with what `bit` gives for each row; bits past the rows are zero.
    fn bitmap(&mut self, ty: TypeId, expr: &Expr, bitmap: Value, mut bit: impl FnMut(&mut Self) -> Value) {
        self.hoist(&Needs::of_expr(expr, ty), &[ty]);
        let batch = self.batch(ty);
        let len = self.load(Region::Input, types::I64, batch, offset_of!(BatchRef, len));
        let words = self.b.ins().iadd_imm_s(len, 63);
        let words = self.b.ins().ushr_imm_u(words, 6);
        self.count_to(words, |t, word| {
            let first = t.b.ins().ishl_imm_u(word, 6);
            let left = t.b.ins().isub(len, first);
            let most = t.int(64);
            let rows = t.b.ins().umin(left, most);
            let zero = t.int(0);
            let bits = t.variable(types::I64, zero);
            t.count_to(rows, |t, index| {
                let row = t.b.ins().iadd(first, index);
                t.env.row = Some(Row { index: row, ty: Some(ty), input: None });
                let holds = bit(t);
                let holds = t.widen_bool(holds);
                let holds = t.b.ins().ishl(holds, index);
                let old = t.b.use_var(bits);
                let new = t.b.ins().bor(old, holds);
                t.b.def_var(bits, new);
            });
            let address = t.element(bitmap, word, 8);
            let bits = t.b.use_var(bits);
            t.store(Region::Record, bits, address, 0);
        });
        self.env.row = None;
    }
}
