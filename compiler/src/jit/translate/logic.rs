//! Truth: three-valued logic, and conditions, in which null counts as false.

use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

use super::Translator;
use super::expr::is_costly;
use super::value::Val;
use crate::lir::{Expr, ExprKind};
use crate::scalar::Type;
use cranelift_codegen::ir::Block;

impl Translator<'_, '_> {
    /// Whether an expression is true (and not null).
    pub(super) fn holds(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::And(all) => self.decide(all, Self::holds, false),
            ExprKind::Or(all) => self.decide(all, Self::holds, true),
            ExprKind::Not(a) => self.fails(a),
            // A null bool has a false payload.
            _ => self.expr(expr).as_word(),
        }
    }

    /// Whether an expression is false (and not null).
    fn fails(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::And(all) => self.decide(all, Self::fails, true),
            ExprKind::Or(all) => self.decide(all, Self::fails, false),
            ExprKind::Not(a) => self.holds(a),
            _ => {
                let value = self.expr(expr);
                let not = self.not(value.as_word());
                match value.valid {
                    Some(valid) => self.b.ins().band(valid, not),
                    None => not,
                }
            }
        }
    }

    /// Whether `test` holds of one (`any`) or of all expressions. Costly ones are tested last, and only if it is still open.
    fn decide(&mut self, all: &[Expr], test: fn(&mut Self, &Expr) -> Value, any: bool) -> Value {
        let (costly, cheap): (Vec<_>, Vec<_>) = all.iter().partition(|expr| is_costly(expr));
        let mut so_far = None;
        for expr in cheap {
            let next = test(self, expr);
            so_far = Some(match so_far {
                None => next,
                Some(before) if any => self.b.ins().bor(before, next),
                Some(before) => self.b.ins().band(before, next),
            });
        }
        for expr in costly {
            so_far = Some(match so_far {
                None => test(self, expr),
                Some(before) => self.unless(before, any, |t| test(t, expr)),
            });
        }
        so_far.expect("a junction of two or more")
    }

    /// `before` if it is `decided`, else the bool that `rest` computes.
    fn unless(&mut self, before: Value, decided: bool, rest: impl FnOnce(&mut Self) -> Value) -> Value {
        let (open, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I8);
        let decided_value = [BlockArg::Value(before)];
        match decided {
            true => self.b.ins().brif(before, done, &decided_value, open, &[]),
            false => self.b.ins().brif(before, open, &[], done, &decided_value),
        };
        self.enter(open);
        let value = rest(self);
        self.b.ins().jump(done, &[BlockArg::Value(value)]);
        self.enter(done);
        result
    }

    /// Goes to `then` where an expression is true, else to `otherwise`.
    pub(super) fn condition(&mut self, expr: &Expr, then: Block, otherwise: Block) {
        let holds = self.holds(expr);
        self.branch(holds, then, otherwise);
    }

    /// `and` (`winner` false) or `or` (`winner` true) with three values.
    pub(super) fn junction(&mut self, all: &[Expr], winner: bool) -> Val {
        let (costly, cheap): (Vec<_>, Vec<_>) = all.iter().partition(|expr| is_costly(expr));
        let mut so_far: Option<Val> = None;
        for expr in cheap {
            let next = self.expr(expr);
            so_far = Some(match so_far {
                None => next,
                Some(before) => self.combine(before, next, winner),
            });
        }
        for expr in costly {
            so_far = Some(match so_far {
                None => self.expr(expr),
                Some(before) => self.combine_costly(before, expr, winner),
            });
        }
        so_far.expect("a junction of two or more")
    }

    fn combine(&mut self, a: Val, b: Val, winner: bool) -> Val {
        let (x, y) = (a.as_word(), b.as_word());
        if a.valid.is_none() && b.valid.is_none() {
            return Val::word(if winner { self.b.ins().bor(x, y) } else { self.b.ins().band(x, y) });
        }
        let (p, q) = (self.valid(a), self.valid(b));
        let both = self.b.ins().band(p, q);
        if winner {
            // True if one is; there if one is true or both are there.
            let payload = self.b.ins().bor(x, y);
            return Val::optional(payload, Some(self.b.ins().bor(payload, both)));
        }
        // True if both are; there if one is false or both are there.
        let payload = self.b.ins().band(x, y);
        let (not_x, not_y) = (self.b.ins().band_not(p, x), self.b.ins().band_not(q, y));
        let either = self.b.ins().bor(not_x, not_y);
        Val::optional(payload, Some(self.b.ins().bor(either, both)))
    }

    fn combine_costly(&mut self, before: Val, expr: &Expr, winner: bool) -> Val {
        let nullable = before.valid.is_some() || expr.ty.nullable;
        let decided = match (winner, before.valid) {
            (true, _) => before.as_word(),
            (false, None) => self.not(before.as_word()),
            (false, Some(valid)) => self.b.ins().band_not(valid, before.as_word()),
        };
        let kind = expr.ty.kind;
        self.choose(
            decided,
            Type { kind, nullable },
            |_| before,
            |t| {
                let next = t.expr(expr);
                t.combine(before, next, winner)
            },
        )
    }

    /// One of two values, only one of which is computed.
    fn choose(
        &mut self,
        condition: Value,
        ty: Type,
        then: impl FnOnce(&mut Self) -> Val,
        otherwise: impl FnOnce(&mut Self) -> Val,
    ) -> Val {
        let (first, second, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let types = Self::word_types(ty.kind, ty.nullable);
        let words: Vec<_> = types.iter().map(|ty| self.b.append_block_param(done, *ty)).collect();
        self.branch(condition, first, second);
        self.enter(first);
        let value = then(self);
        self.pass(done, value, ty);
        self.enter(second);
        let value = otherwise(self);
        self.pass(done, value, ty);
        self.enter(done);
        Self::from_words(&words, ty.kind, ty.nullable)
    }

    fn pass(&mut self, to: Block, value: Val, ty: Type) {
        let words = self.words(value, ty.nullable);
        let arguments: Vec<_> = words.into_iter().map(BlockArg::Value).collect();
        self.b.ins().jump(to, &arguments);
    }

    /// `not`; null stays null, with a false payload.
    pub(super) fn negation(&mut self, expr: &Expr) -> Val {
        let value = self.expr(expr);
        let not = self.not(value.as_word());
        match value.valid {
            Some(valid) => Val::optional(self.b.ins().band(not, valid), Some(valid)),
            None => Val::word(not),
        }
    }

    /// `a ?? b`
    pub(super) fn coalesce(&mut self, a: &Expr, b: &Expr) -> Val {
        let first = self.expr(a);
        let Some(valid) = first.valid else { return first };
        let there = Val { valid: None, ..first };
        if is_costly(b) {
            return self.choose(valid, b.ty, |_| there, |t| t.expr(b));
        }
        let second = self.expr(b);
        self.select(valid, there, second)
    }

    /// `if condition then a else b`
    pub(super) fn choice(&mut self, condition: &Expr, a: &Expr, b: &Expr, ty: Type) -> Val {
        let condition = self.holds(condition);
        if is_costly(a) || is_costly(b) {
            return self.choose(condition, ty, |t| t.expr(a), |t| t.expr(b));
        }
        let (then, otherwise) = (self.expr(a), self.expr(b));
        self.select(condition, then, otherwise)
    }
}
