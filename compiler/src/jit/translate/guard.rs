//! Guards: which rows of a batch a condition holds for.
//!
//! What compares one column with constants is found out for the whole column by the vector units
//! (`portent_rt::kernels::condition`). Of the rest, what is cheap comes before that, for all rows; what is costly comes after it, for the
//! rows that are left.

use std::ops::RangeInclusive;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_codegen::isa::TargetFrontendConfig;
use portent_rt::kernels::condition::{Joint, Number};

use super::expr::is_costly;
use super::inputs::Needs;
use super::memory::{Region, context};
use super::{Row, Translator};
use crate::jit::search::Sought;
use crate::jit::shims::Shim;
use crate::jit::shims::guard::How;
use crate::lir::{Expr, ExprKind, FieldId, GuardId, TypeId};
use crate::scalar::{Compare, Kind, Value as Constant};

/// What a value of a column has to be.
#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    Int(RangeInclusive<i64>),
    Float(RangeInclusive<f64>),
    True,
    Text(Sought),
}

/// A condition on one column.
#[derive(Clone, Debug, PartialEq)]
struct Test {
    field: FieldId,
    wanted: Wanted,
    /// Whether the opposite is wanted.
    not: bool,
}

impl Test {
    /// The test that an expression is, if it is one.
    fn of(expr: &Expr) -> Option<Self> {
        match &expr.kind {
            ExprKind::Column(field) if expr.ty.kind == Kind::Bool => {
                Some(Self { field: *field, wanted: Wanted::True, not: false })
            }
            ExprKind::Not(inner) => {
                let inner = Self::of(inner)?;
                Some(Self { not: !inner.not, ..inner })
            }
            ExprKind::Call(..) | ExprKind::Like(..) | ExprKind::Matches(..) => {
                let (field, sought) = Sought::of(expr)?;
                Some(Self { field, wanted: Wanted::Text(sought), not: false })
            }
            ExprKind::Compare(op, a, b) => match (&a.kind, &b.kind) {
                (ExprKind::Column(field), ExprKind::Const(value)) => Self::compared(*field, *op, value),
                (ExprKind::Const(value), ExprKind::Column(field)) => {
                    Self::compared(*field, op.turned(), value)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn compared(field: FieldId, op: Compare, value: &Constant) -> Option<Self> {
        let wanted = match value {
            Constant::I64(value) | Constant::Timestamp(value) | Constant::Duration(value) => {
                Wanted::Int(range(op, *value))
            }
            // What is equal to NaN is not in a range.
            Constant::F64(value) if !value.is_nan() => Wanted::Float(range(op, *value)),
            Constant::Str(text) if matches!(op, Compare::Eq | Compare::Ne) => {
                Wanted::Text(Sought::Is(vec![text.clone()]))
            }
            _ => return None,
        };
        Some(Self { field, wanted, not: op == Compare::Ne })
    }

    /// Whether it looks into each text.
    const fn is_costly(&self) -> bool {
        matches!(&self.wanted, Wanted::Text(sought) if sought.is_costly())
    }
}

/// The values that compare so with a constant, which is a number; of `!=`, those that do not.
fn range<T: Number>(op: Compare, value: T) -> RangeInclusive<T> {
    match op {
        Compare::Eq | Compare::Ne => value.only(),
        Compare::Lt => value.below(),
        Compare::Le => value.up_to(),
        Compare::Gt => value.above(),
        Compare::Ge => value.from(),
    }
}

/// A condition, taken apart: what all of has to hold.
#[derive(Default)]
struct Parts {
    /// One of these, if there are any.
    either: Vec<Test>,
    /// All of these, the costly ones last.
    all: Vec<Test>,
    cheap: Vec<Expr>,
    costly: Vec<Expr>,
}

impl Parts {
    fn of(condition: &Expr) -> Self {
        let mut parts = Self::default();
        let all = match &condition.kind {
            ExprKind::And(all) => &all[..],
            _ => std::slice::from_ref(condition),
        };
        let mut junction = None;
        // What is costly is not to be asked first of all rows, if something else leaves fewer.
        let may_lead = |tests: &Vec<Test>| all.len() == 1 || !tests.iter().any(Test::is_costly);
        for expr in all {
            match &expr.kind {
                ExprKind::Or(any) if junction.is_none() => {
                    match any.iter().map(Test::of).collect::<Option<Vec<_>>>().filter(may_lead) {
                        Some(tests) => junction = Some((expr, tests)),
                        None => parts.add(expr),
                    }
                }
                _ => parts.add(expr),
            }
        }
        parts.all.sort_by_key(Test::is_costly);
        // It can only come first.
        match junction {
            Some((_, tests)) if parts.cheap.is_empty() => parts.either = together(tests),
            Some((expr, _)) => parts.cheap.push(expr.clone()),
            None => {}
        }
        parts
    }

    fn add(&mut self, expr: &Expr) {
        if let Some(test) = Test::of(expr) {
            return self.all.push(test);
        }
        if is_costly(expr) { self.costly.push(expr.clone()) } else { self.cheap.push(expr.clone()) }
    }
}

/// The tests one of which is to hold, with the texts that a column may be in one of them.
fn together(tests: Vec<Test>) -> Vec<Test> {
    let mut all: Vec<Test> = Vec::new();
    for test in tests {
        let same = all.iter_mut().find(|other| other.field == test.field && !other.not && !test.not);
        match (same.map(|other| &mut other.wanted), test) {
            (Some(Wanted::Text(Sought::Is(texts))), Test { wanted: Wanted::Text(Sought::Is(more)), .. }) => {
                texts.extend(more);
            }
            (_, test) => all.push(test),
        }
    }
    all
}

/// What holds if all do.
fn all(mut exprs: Vec<Expr>) -> Option<Expr> {
    match exprs.len() {
        0 | 1 => exprs.pop(),
        _ => {
            let ty = exprs[0].ty;
            let nullable = exprs.iter().any(|expr| expr.ty.nullable);
            Some(Expr { ty: crate::scalar::Type { nullable, ..ty }, kind: ExprKind::And(exprs) })
        }
    }
}

impl Translator<'_, '_> {
    /// Translates a guard: bit `i` of its bitmap is whether the condition is true of row `i`.
    pub(in crate::jit) fn guard(mut self, guard: GuardId, frontend: TargetFrontendConfig) {
        let guard_of = &self.program.guards[guard.index()];
        let (ty, condition) = (guard_of.ty, &guard_of.condition);
        let guards = self.load_context(context::GUARDS);
        let bits = self.load(Region::Input, types::I64, guards, guard.index() * 8);
        let parts = Parts::of(condition);
        if parts.either.is_empty() && parts.all.is_empty() {
            self.bitmap(ty, condition, bits, &|t| t.holds(condition));
            return self.finish(frontend);
        }
        self.hoist(&Needs::of_expr(condition, ty), &[ty]);
        let mut joint = Joint::Set;
        if let Some(cheap) = all(parts.cheap) {
            self.bitmap(ty, &cheap, bits, &|t| t.holds(&cheap));
            joint = Joint::And;
        }
        for test in &parts.either {
            self.join(ty, test, joint, bits);
            joint = Joint::Or;
        }
        if joint == Joint::Or {
            joint = Joint::And;
        }
        for test in &parts.all {
            self.join(ty, test, joint, bits);
            joint = Joint::And;
        }
        if let Some(costly) = all(parts.costly) {
            let len = self.batch_len(ty);
            let len = self.b.ins().iadd_imm_s(len, 63);
            let words = (self.int(0), self.b.ins().ushr_imm_u(len, 6));
            self.narrow(ty, bits, words, &costly);
        }
        self.finish(frontend);
    }

    /// Translates a guard of an index, which has found rows that may be wanted: leaves those for which the condition holds.
    pub(in crate::jit) fn narrowing_guard(mut self, guard: GuardId, frontend: TargetFrontendConfig) {
        let guard_of = &self.program.guards[guard.index()];
        let (ty, condition) = (guard_of.ty, &guard_of.condition);
        let guards = self.load_context(context::GUARDS);
        let bits = self.load(Region::Input, types::I64, guards, guard.index() * 8);
        self.hoist(&Needs::of_expr(condition, ty), &[ty]);
        let words = (self.load_context(context::FIRST), self.load_context(context::LEN));
        self.narrow(ty, bits, words, condition);
        self.finish(frontend);
    }

    /// Joins the rows for which a test holds with those that are there.
    fn join(&mut self, ty: TypeId, test: &Test, joint: Joint, bits: Value) {
        let column = self.column_at(ty, test.field);
        let none = self.int(0);
        let (len, validity) = (self.batch_len(ty), column.validity.unwrap_or(none));
        let how = self.int(How { joint, not: test.not }.word());
        let rows = [column.values, validity, bits, len, how];
        match &test.wanted {
            Wanted::Int(range) => {
                let range = [self.int(*range.start()), self.int(*range.end())];
                self.call(Shim::WithinInt, &[&rows[..], &range].concat());
            }
            Wanted::Float(range) => {
                let range = [*range.start(), *range.end()].map(|end| self.b.ins().f64const(end));
                self.call(Shim::WithinFloat, &[&rows[..], &range].concat());
            }
            Wanted::True => {
                self.call(Shim::Truths, &rows);
            }
            Wanted::Text(Sought::Is(texts)) => {
                let wanted = self.pool.wanted(texts);
                let wanted = self.int(wanted);
                self.call(Shim::AreTexts, &[&rows[..], &[wanted]].concat());
            }
            Wanted::Text(sought) => {
                let search = self.pool.search(sought);
                let search = self.int(search);
                self.call(Shim::FitTexts, &[&rows[..], &[search]].concat());
            }
        }
    }

    /// Of the rows that are left in the words of a bitmap from one number to another, leaves those for which a condition holds.
    fn narrow(&mut self, ty: TypeId, bits: Value, (from, to): (Value, Value), condition: &Expr) {
        self.count_between(from, to, |t, number| {
            let address = t.element(bits, number, 8);
            let word = t.load(Region::Record, types::I64, address, 0);
            let first = t.b.ins().ishl_imm_u(number, 6);
            let (rest, kept) = (t.variable(types::I64, word), t.variable(types::I64, word));
            let (head, body, exit) = (t.b.create_block(), t.b.create_block(), t.b.create_block());
            t.jump(head);
            t.b.switch_to_block(head);
            let left = t.b.use_var(rest);
            let more = t.compare_int(IntCC::NotEqual, left, 0);
            t.branch(more, body, exit);
            t.enter(body);
            let bit = t.b.ins().ctz(left);
            let row = t.b.ins().iadd(first, bit);
            t.env.row = Some(Row { number: row, index: row, ty: Some(ty), input: None });
            let holds = t.holds(condition);
            let fails = t.not(holds);
            let fails = t.widen_bool(fails);
            let fails = t.b.ins().ishl(fails, bit);
            let old = t.b.use_var(kept);
            let new = t.b.ins().bxor(old, fails);
            t.b.def_var(kept, new);
            let left = t.b.use_var(rest);
            let less = t.b.ins().iadd_imm_s(left, -1);
            let left = t.b.ins().band(left, less);
            t.b.def_var(rest, left);
            t.jump(head);
            t.b.seal_block(head);
            t.enter(exit);
            let kept = t.b.use_var(kept);
            t.store(Region::Record, kept, address, 0);
        });
        self.env.row = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a comparison holds, by way of its range.
    fn holds<T: PartialOrd>(op: Compare, range: &RangeInclusive<T>, value: &T) -> bool {
        range.contains(value) != (op == Compare::Ne)
    }

    const OPS: [Compare; 6] = [Compare::Eq, Compare::Ne, Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge];

    #[test]
    fn ranges_are_comparisons() {
        let numbers = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
        let tiny = f64::from_bits(1);
        let doubles = [f64::NEG_INFINITY, f64::MIN, -tiny, -0.0, 0.0, tiny, 1.0, f64::MAX, f64::INFINITY];
        for op in OPS {
            for (a, b) in numbers.iter().flat_map(|a| numbers.map(|b| (*a, b))) {
                assert_eq!(holds(op, &range(op, b), &a), wanted(op, &a, &b), "{a} {op:?} {b}");
            }
            for (a, b) in doubles.iter().chain(&[f64::NAN]).flat_map(|a| doubles.map(|b| (*a, b))) {
                assert_eq!(holds(op, &range(op, b), &a), wanted(op, &a, &b), "{a} {op:?} {b}");
            }
        }
    }

    fn wanted<T: PartialOrd>(op: Compare, a: &T, b: &T) -> bool {
        match op {
            Compare::Eq => a == b,
            Compare::Ne => a != b,
            Compare::Lt => a < b,
            Compare::Le => a <= b,
            Compare::Gt => a > b,
            Compare::Ge => a >= b,
        }
    }
}
