//! Functions of rules: inline where CLIF has them, otherwise calls of the definitions.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::Translator;
use super::memory::{Region, context};
use super::value::{Payload, Val};
use crate::jit::shims::Shim;
use crate::lir::Expr;
use crate::scalar::{DateUnit, Func};

/// How a function that is not inline is called.
enum Call {
    /// It gives a word.
    Word(Shim),
    /// It gives a bool.
    Bool(Shim),
    /// It gives a part of an argument.
    Part(Shim),
    /// It makes a text.
    Made(Shim),
}

impl Translator<'_, '_> {
    pub(super) fn function(&mut self, func: Func, arguments: &[Expr]) -> Val {
        let values: Vec<_> = arguments.iter().map(|argument| self.expr(argument)).collect();
        let mut valid = None;
        for value in &values {
            valid = self.both(valid, value.valid);
        }
        match func {
            Func::DateTrunc(unit) => self.date_trunc(unit, values[0]),
            Func::MinStr | Func::MaxStr => self.text_extreme(func, values[0], values[1], valid),
            _ => self.inline(func, &values, valid).unwrap_or_else(|| self.outline(func, &values, valid)),
        }
    }

    fn outline(&mut self, func: Func, values: &[Val], valid: Option<Value>) -> Val {
        let mut words = Vec::new();
        for value in values {
            match value.payload {
                Payload::Word(word) if func == Func::HashBool => words.push(self.widen_bool(word)),
                Payload::Word(word) => words.push(word),
                Payload::Text(head, tail) => words.extend([head, tail]),
            }
        }
        match outlined(func) {
            Call::Word(shim) => Val::optional(self.call_value(shim, &words), valid),
            Call::Bool(shim) => {
                let result = self.call_value(shim, &words);
                self.masked(result, valid, None)
            }
            Call::Part(shim) => self.call_text(shim, &words, valid),
            Call::Made(shim) => {
                let scratch = self.load_context(context::SCRATCH);
                words.insert(0, scratch);
                self.call_text(shim, &words, valid)
            }
        }
    }

    fn inline(&mut self, func: Func, values: &[Val], valid: Option<Value>) -> Option<Val> {
        use Func::*;
        let x = match values[0].payload {
            Payload::Word(word) => word,
            Payload::Text(..) => return None,
        };
        let y = values.get(1).map_or(x, |value| value.as_word());
        let result = match func {
            AbsI | AbsDuration => {
                let magnitude = self.b.ins().iabs(x);
                let ok = self.compare_int(IntCC::NotEqual, x, i64::MIN);
                return Some(self.checked(magnitude, ok, valid));
            }
            SignI | SignDuration => self.sign(x),
            AbsF => self.b.ins().fabs(x),
            SignF => self.sign_float(x),
            MinI | MinTimestamp | MinDuration => self.b.ins().smin(x, y),
            MaxI | MaxTimestamp | MaxDuration => self.b.ins().smax(x, y),
            MinF | MaxF => self.float_extreme(func, x, y),
            Floor => self.b.ins().floor(x),
            Ceil => self.b.ins().ceil(x),
            Sqrt => self.b.ins().sqrt(x),
            _ => return None,
        };
        Some(Val::optional(result, valid))
    }

    fn sign(&mut self, x: Value) -> Value {
        let positive = self.compare_int(IntCC::SignedGreaterThan, x, 0);
        let positive = self.widen_bool(positive);
        let negative = self.b.ins().sshr_imm_u(x, 63);
        self.b.ins().bor(positive, negative)
    }

    fn sign_float(&mut self, x: Value) -> Value {
        let (zero, one) = (self.b.ins().f64const(0.0), self.b.ins().f64const(1.0));
        let minus = self.b.ins().f64const(-1.0);
        let (above, below) =
            (self.b.ins().fcmp(FloatCC::GreaterThan, x, zero), self.b.ins().fcmp(FloatCC::LessThan, x, zero));
        let not_above = self.b.ins().select(below, minus, x);
        self.b.ins().select(above, one, not_above)
    }

    /// As `float::min` and `float::max` say: a number rather than NaN, and of two zeros the lesser or the greater.
    fn float_extreme(&mut self, func: Func, x: Value, y: Value) -> Value {
        let min = func == Func::MinF;
        let code = if min { FloatCC::LessThan } else { FloatCC::GreaterThan };
        let (x_nan, y_nan) =
            (self.b.ins().fcmp(FloatCC::Unordered, x, x), self.b.ins().fcmp(FloatCC::Unordered, y, y));
        let (x_wins, y_wins) = (self.b.ins().fcmp(code, x, y), self.b.ins().fcmp(code, y, x));
        let (take_x, take_y) = (self.b.ins().bor(x_wins, y_nan), self.b.ins().bor(y_wins, x_nan));
        let equal = if min { self.b.ins().bor(x, y) } else { self.b.ins().band(x, y) };
        let not_x = self.b.ins().select(take_y, y, equal);
        self.b.ins().select(take_x, x, not_x)
    }

    /// The first of two texts if they are equal, as `Ord::min`; the second, as `Ord::max`.
    fn text_extreme(&mut self, func: Func, a: Val, b: Val, valid: Option<Value>) -> Val {
        let order = self.text_order(a, b);
        let code = if func == Func::MinStr { IntCC::SignedLessThanOrEqual } else { IntCC::SignedGreaterThan };
        let first = self.compare_int(code, order, 0);
        Val { valid, ..self.select(first, a, b) }
    }

    fn date_trunc(&mut self, unit: DateUnit, at: Val) -> Val {
        let (unit, out) = (self.int(unit as i64), self.stack(8));
        let ok = self.call_value(Shim::DateTrunc, &[unit, at.as_word(), out]);
        let start = self.load(Region::Record, types::I64, out, 0);
        self.checked(start, ok, at.valid)
    }
}

fn outlined(func: Func) -> Call {
    use Call::{Bool, Made, Part, Word};
    match func {
        Func::Round => Word(Shim::Round),
        Func::RoundTo => Word(Shim::RoundTo),
        Func::Exp => Word(Shim::Exp),
        Func::Ln => Word(Shim::Ln),
        Func::Log10 => Word(Shim::Log10),
        Func::Pow => Word(Shim::Pow),
        Func::Sin => Word(Shim::Sin),
        Func::Cos => Word(Shim::Cos),
        Func::Atan2 => Word(Shim::Atan2),
        Func::Length => Word(Shim::Length),
        Func::Year => Word(Shim::Year),
        Func::Month => Word(Shim::Month),
        Func::Day => Word(Shim::Day),
        Func::Hour => Word(Shim::Hour),
        Func::Minute => Word(Shim::Minute),
        Func::Second => Word(Shim::Second),
        Func::DayOfWeek => Word(Shim::DayOfWeek),
        Func::HashBool => Word(Shim::HashBool),
        Func::HashI | Func::HashTimestamp | Func::HashDuration => Word(Shim::HashInt),
        Func::HashF => Word(Shim::HashFloat),
        Func::HashStr => Word(Shim::HashStr),
        Func::Contains => Bool(Shim::Contains),
        Func::StartsWith => Bool(Shim::StartsWith),
        Func::EndsWith => Bool(Shim::EndsWith),
        Func::Trim => Part(Shim::Trim),
        Func::SubstrFrom => Part(Shim::SubstrFrom),
        Func::Substr => Part(Shim::Substr),
        Func::SplitPart => Part(Shim::SplitPart),
        Func::Lower => Made(Shim::Lower),
        Func::Upper => Made(Shim::Upper),
        Func::Concat => Made(Shim::Concat),
        Func::Replace => Made(Shim::Replace),
        other => unreachable!("{other:?} is inline"),
    }
}
