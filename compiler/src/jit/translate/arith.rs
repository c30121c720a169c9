//! Arithmetic, comparisons of numbers, and conversions between them.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::Translator;
use super::value::Val;
use crate::jit::shims::Shim;
use crate::lir::{Expr, ExprKind};
use crate::scalar::{Binary, Cast, Compare, Kind, Unary, Value as Constant};

/// 2^63, the first double that is too large for an i64.
const LIMIT: f64 = 9_223_372_036_854_775_808.0;

impl Translator<'_, '_> {
    pub(super) fn unary(&mut self, op: Unary, a: &Expr) -> Val {
        let a = self.expr(a);
        let x = a.as_word();
        match op {
            Unary::NegF => Val::optional(self.b.ins().fneg(x), a.valid),
            Unary::NegI => {
                let result = self.b.ins().ineg(x);
                let ok = self.compare_int(IntCC::NotEqual, x, i64::MIN);
                self.checked(result, ok, a.valid)
            }
        }
    }

    pub(super) fn binary(&mut self, op: Binary, a: &Expr, b: &Expr) -> Val {
        use Binary::*;
        let (left, right) = (self.expr(a), self.expr(b));
        let valid = self.both(left.valid, right.valid);
        let (x, y) = (left.as_word(), right.as_word());
        match op {
            AddI | SubI | MulI => {
                let (result, overflow) = match op {
                    AddI => self.b.ins().sadd_overflow(x, y),
                    SubI => self.b.ins().ssub_overflow(x, y),
                    _ => self.b.ins().smul_overflow(x, y),
                };
                let ok = self.not(overflow);
                self.checked(result, ok, valid)
            }
            DivI => self.divide(x, y, b, valid),
            RemI => self.remainder(x, y, b, valid),
            AddF => Val::optional(self.b.ins().fadd(x, y), valid),
            SubF => Val::optional(self.b.ins().fsub(x, y), valid),
            MulF => Val::optional(self.b.ins().fmul(x, y), valid),
            DivF => Val::optional(self.b.ins().fdiv(x, y), valid),
            RemF => Val::optional(self.call_value(Shim::Rem, &[x, y]), valid),
            ScaleDuration | DivideDuration => {
                let x = self.b.ins().fcvt_from_sint(types::F64, x);
                let exact = match op {
                    ScaleDuration => self.b.ins().fmul(x, y),
                    _ => self.b.ins().fdiv(x, y),
                };
                // To the nearest, ties to even.
                let rounded = self.b.ins().nearest(exact);
                self.float_to_int(rounded, valid)
            }
            Ratio => {
                let ok = self.compare_int(IntCC::NotEqual, y, 0);
                let (x, y) =
                    (self.b.ins().fcvt_from_sint(types::F64, x), self.b.ins().fcvt_from_sint(types::F64, y));
                let quotient = self.b.ins().fdiv(x, y);
                self.checked(quotient, ok, valid)
            }
        }
    }

    fn divide(&mut self, x: Value, y: Value, divisor: &Expr, valid: Option<Value>) -> Val {
        if let Some(constant) = safe_divisor(divisor) {
            return Val::optional(self.b.ins().sdiv_imm_s(x, constant), valid);
        }
        // The instruction traps where the quotient does not exist, so it divides by 1 there.
        let by_zero = self.compare_int(IntCC::Equal, y, 0);
        let least = self.compare_int(IntCC::Equal, x, i64::MIN);
        let minus_one = self.compare_int(IntCC::Equal, y, -1);
        let overflow = self.b.ins().band(least, minus_one);
        let failed = self.b.ins().bor(by_zero, overflow);
        let one = self.int(1);
        let safe = self.b.ins().select(failed, one, y);
        let quotient = self.b.ins().sdiv(x, safe);
        let ok = self.not(failed);
        self.checked(quotient, ok, valid)
    }

    fn remainder(&mut self, x: Value, y: Value, divisor: &Expr, valid: Option<Value>) -> Val {
        if let Some(constant) = safe_divisor(divisor) {
            return Val::optional(self.b.ins().srem_imm_s(x, constant), valid);
        }
        // Modulo 0 there is none; modulo -1 it is 0, as modulo 1.
        let by_zero = self.compare_int(IntCC::Equal, y, 0);
        let minus_one = self.compare_int(IntCC::Equal, y, -1);
        let unsafe_divisor = self.b.ins().bor(by_zero, minus_one);
        let one = self.int(1);
        let safe = self.b.ins().select(unsafe_divisor, one, y);
        let remainder = self.b.ins().srem(x, safe);
        let ok = self.not(by_zero);
        self.checked(remainder, ok, valid)
    }

    /// Towards zero; null for NaN and out of range.
    fn float_to_int(&mut self, x: Value, valid: Option<Value>) -> Val {
        let (least, limit) = (self.b.ins().f64const(-LIMIT), self.b.ins().f64const(LIMIT));
        let above = self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, x, least);
        let below = self.b.ins().fcmp(FloatCC::LessThan, x, limit);
        let ok = self.b.ins().band(above, below);
        let result = self.b.ins().fcvt_to_sint_sat(types::I64, x);
        self.checked(result, ok, valid)
    }

    pub(super) fn compare(&mut self, op: Compare, a: &Expr, b: &Expr) -> Val {
        if a.ty.kind == Kind::Str {
            return self.compare_text(op, a, b);
        }
        let (left, right) = (self.expr(a), self.expr(b));
        let (x, y) = (left.as_word(), right.as_word());
        let result = match a.ty.kind {
            Kind::F64 => {
                let nan = !(is_number(a) || is_number(b));
                self.compare_floats(op, x, y, nan)
            }
            Kind::Bool => self.b.ins().icmp(unsigned(op), x, y),
            _ => self.b.ins().icmp(signed(op), x, y),
        };
        self.masked(result, left.valid, right.valid)
    }

    /// A bool that is null, with a false payload, where an operand is.
    pub(super) fn masked(&mut self, result: Value, left: Option<Value>, right: Option<Value>) -> Val {
        match self.both(left, right) {
            Some(valid) => Val::optional(self.b.ins().band(result, valid), Some(valid)),
            None => Val::word(result),
        }
    }

    /// `nan`: whether both may be NaN, which are equal.
    fn compare_floats(&mut self, op: Compare, x: Value, y: Value, nan: bool) -> Value {
        let code = match op {
            Compare::Eq | Compare::Ne => FloatCC::Equal,
            Compare::Lt => FloatCC::LessThan,
            Compare::Le => FloatCC::LessThanOrEqual,
            Compare::Gt => FloatCC::GreaterThan,
            Compare::Ge => FloatCC::GreaterThanOrEqual,
        };
        let mut result = self.b.ins().fcmp(code, x, y);
        if !matches!(op, Compare::Eq | Compare::Ne) {
            return result;
        }
        if nan {
            let (x_nan, y_nan) =
                (self.b.ins().fcmp(FloatCC::Unordered, x, x), self.b.ins().fcmp(FloatCC::Unordered, y, y));
            let both = self.b.ins().band(x_nan, y_nan);
            result = self.b.ins().bor(result, both);
        }
        if op == Compare::Ne { self.not(result) } else { result }
    }

    pub(super) fn cast(&mut self, cast: Cast, a: &Expr) -> Val {
        let value = self.expr(a);
        match cast {
            Cast::IntToFloat => {
                Val::optional(self.b.ins().fcvt_from_sint(types::F64, value.as_word()), value.valid)
            }
            Cast::FloatToInt => self.float_to_int(value.as_word(), value.valid),
            Cast::BoolToInt => Val::optional(self.widen_bool(value.as_word()), value.valid),
            Cast::IntToBool => {
                let truth = self.compare_int(IntCC::NotEqual, value.as_word(), 0);
                self.masked(truth, value.valid, None)
            }
            Cast::SameBits => value,
            Cast::StrToBool | Cast::StrToInt | Cast::StrToFloat | Cast::StrToTimestamp => {
                self.parse(cast, value)
            }
            Cast::ToStr => self.print(a.ty.kind, value),
        }
    }
}

/// The constant of a divisor by which every number can be divided.
fn safe_divisor(divisor: &Expr) -> Option<i64> {
    match divisor.kind {
        ExprKind::Const(Constant::I64(value) | Constant::Duration(value)) if value != 0 && value != -1 => {
            Some(value)
        }
        _ => None,
    }
}

/// Whether it is known not to be NaN.
fn is_number(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Const(Constant::F64(value)) if !value.is_nan())
}

const fn signed(op: Compare) -> IntCC {
    match op {
        Compare::Eq => IntCC::Equal,
        Compare::Ne => IntCC::NotEqual,
        Compare::Lt => IntCC::SignedLessThan,
        Compare::Le => IntCC::SignedLessThanOrEqual,
        Compare::Gt => IntCC::SignedGreaterThan,
        Compare::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

fn unsigned(op: Compare) -> IntCC {
    signed(op).unsigned()
}
