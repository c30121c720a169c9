//! Text: comparisons, of which equality is inline, patterns and conversions.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

use super::Translator;
use super::memory::{Region, context};
use super::value::Val;
use crate::jit::shims::Shim;
use crate::lir::{Expr, ExprKind};
use crate::scalar::{Cast, Compare, Kind, Value as Constant};
use portent_rt::string::RawStr;

/// An operand of `==`.
struct Operand {
    head: Value,
    tail: Value,
    valid: Option<Value>,
    /// Whether the tail of a long one is an offset of the heap.
    in_heap: bool,
    constant: Option<RawStr>,
}

impl Translator<'_, '_> {
    pub(super) fn compare_text(&mut self, op: Compare, a: &Expr, b: &Expr) -> Val {
        if matches!(op, Compare::Eq | Compare::Ne) {
            let (left, right) = (self.operand(a), self.operand(b));
            let equal = self.text_equal(&left, &right);
            let result = if op == Compare::Ne { self.not(equal) } else { equal };
            return self.masked(result, left.valid, right.valid);
        }
        let (left, right) = (self.expr(a), self.expr(b));
        let order = self.text_order(left, right);
        let code = match op {
            Compare::Lt => IntCC::SignedLessThan,
            Compare::Le => IntCC::SignedLessThanOrEqual,
            Compare::Gt => IntCC::SignedGreaterThan,
            _ => IntCC::SignedGreaterThanOrEqual,
        };
        let result = self.compare_int(code, order, 0);
        self.masked(result, left.valid, right.valid)
    }

    /// -1, 0 or 1.
    pub(super) fn text_order(&mut self, left: Val, right: Val) -> Value {
        let ((a, b), (c, d)) = (left.as_text(), right.as_text());
        self.call_value(Shim::TextOrder, &[a, b, c, d])
    }

    fn operand(&mut self, expr: &Expr) -> Operand {
        let constant = match &expr.kind {
            ExprKind::Const(Constant::Str(text)) => Some(self.constant_text(text)),
            _ => None,
        };
        let in_heap = matches!(expr.kind, ExprKind::Reg(_));
        let value = match expr.kind {
            ExprKind::Reg(register) => self.raw_register(register, expr.ty),
            _ => self.expr(expr),
        };
        let (head, tail) = value.as_text();
        Operand { head, tail, valid: value.valid, in_heap, constant }
    }

    /// Two short texts are equal if both words are; two long ones of equal head are compared byte by byte.
    fn text_equal(&mut self, a: &Operand, b: &Operand) -> Value {
        let heads = self.b.ins().icmp(IntCC::Equal, a.head, b.head);
        let tails = self.b.ins().icmp(IntCC::Equal, a.tail, b.tail);
        let words = self.b.ins().band(heads, tails);
        let constant = a.constant.or(b.constant);
        if constant.is_some_and(|text| !text.is_long()) {
            return words;
        }
        let open = match constant {
            Some(_) => heads,
            None => {
                let long = self.is_long(a.head);
                self.b.ins().band(heads, long)
            }
        };
        let (cold, on) = (self.cold_block(), self.b.create_block());
        let result = self.b.append_block_param(on, types::I8);
        self.b.ins().brif(open, cold, &[], on, &[BlockArg::Value(words)]);
        self.enter(cold);
        let arguments = [a.head, self.pointer(a), b.head, self.pointer(b)];
        let same = self.call_out(Shim::TextSame, &arguments);
        let same = self.narrow_bool(same);
        self.b.ins().jump(on, &[BlockArg::Value(same)]);
        self.enter(on);
        result
    }

    fn pointer(&mut self, operand: &Operand) -> Value {
        if operand.in_heap { self.resolve(operand.head, operand.tail) } else { operand.tail }
    }

    pub(super) fn like(&mut self, text: &Expr, pattern: &str) -> Val {
        let address = self.pool.text(pattern);
        let text = self.expr(text);
        let (head, tail) = text.as_text();
        let (bytes, len) = (self.int(address), self.int(pattern.len() as i64));
        let result = self.call_value(Shim::Like, &[head, tail, bytes, len]);
        self.masked(result, text.valid, None)
    }

    pub(super) fn matches(&mut self, text: &Expr, regex: &str) -> Val {
        let address = self.pool.regex(regex);
        let text = self.expr(text);
        let (head, tail) = text.as_text();
        let regex = self.int(address);
        let result = self.call_value(Shim::Matches, &[head, tail, regex]);
        self.masked(result, text.valid, None)
    }

    /// A text as a value of another kind; null, and a fault, if it is none.
    pub(super) fn parse(&mut self, cast: Cast, text: Val) -> Val {
        let (shim, ty) = match cast {
            Cast::StrToBool => (Shim::ParseBool, types::I64),
            Cast::StrToInt => (Shim::ParseInt, types::I64),
            Cast::StrToFloat => (Shim::ParseFloat, types::F64),
            _ => (Shim::ParseTimestamp, types::I64),
        };
        let (head, tail) = text.as_text();
        let out = self.stack(8);
        let ok = self.call_value(shim, &[head, tail, out]);
        let mut value = self.load(Region::Record, ty, out, 0);
        if cast == Cast::StrToBool {
            let there = self.both(text.valid, Some(ok)).expect("a flag");
            let truth = self.narrow_bool(value);
            value = self.b.ins().band(truth, there);
        }
        self.checked(value, ok, text.valid)
    }

    /// A value as text.
    pub(super) fn print(&mut self, kind: Kind, value: Val) -> Val {
        let shim = match kind {
            Kind::Str => return value,
            Kind::Bool => Shim::PrintBool,
            Kind::I64 => Shim::PrintInt,
            Kind::F64 => Shim::PrintFloat,
            Kind::Timestamp => Shim::PrintTimestamp,
            Kind::Duration => Shim::PrintDuration,
        };
        let word = match kind {
            Kind::Bool => self.widen_bool(value.as_word()),
            _ => value.as_word(),
        };
        let scratch = self.load_context(context::SCRATCH);
        self.call_text(shim, &[scratch, word], value.valid)
    }

    /// Calls a function that gives a text through its last argument.
    pub(super) fn call_text(&mut self, shim: Shim, arguments: &[Value], valid: Option<Value>) -> Val {
        let out = self.stack(16);
        let arguments: Vec<_> = arguments.iter().copied().chain([out]).collect();
        self.call(shim, &arguments);
        let head = self.load(Region::Record, types::I64, out, 0);
        let tail = self.load(Region::Record, types::I64, out, 8);
        Val::text(head, tail, valid)
    }
}
