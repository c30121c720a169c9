//! What an expression is in machine words.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};

use super::Translator;
use crate::scalar::Kind;

/// The payload of a value.
///
/// Of a null it is a value all the same: a bool is false, a text is one whose bytes may be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Payload {
    /// A bool (i8, 0 or 1), a double (f64) or anything else (i64).
    Word(Value),
    /// The two words of a text, the tail a pointer if it is long.
    Text(Value, Value),
}

/// A value that may be null.
#[derive(Clone, Copy, Debug)]
pub(super) struct Val {
    pub(super) payload: Payload,
    /// Whether it is there (i8, 0 or 1). None: it is.
    pub(super) valid: Option<Value>,
}

impl Val {
    /// A word that is there.
    pub(super) const fn word(value: Value) -> Self {
        Self { payload: Payload::Word(value), valid: None }
    }

    /// A word that may be null.
    pub(super) const fn optional(value: Value, valid: Option<Value>) -> Self {
        Self { payload: Payload::Word(value), valid }
    }

    /// A text that may be null.
    pub(super) const fn text(head: Value, tail: Value, valid: Option<Value>) -> Self {
        Self { payload: Payload::Text(head, tail), valid }
    }

    /// The word.
    pub(super) fn as_word(self) -> Value {
        match self.payload {
            Payload::Word(value) => value,
            Payload::Text(..) => unreachable!("a text is not one word"),
        }
    }

    /// The words of a text.
    pub(super) fn as_text(self) -> (Value, Value) {
        match self.payload {
            Payload::Text(head, tail) => (head, tail),
            Payload::Word(_) => unreachable!("a word is no text"),
        }
    }
}

/// What holds a value of a kind that is one word.
pub(super) const fn word_type(kind: Kind) -> Type {
    match kind {
        Kind::Bool => types::I8,
        Kind::F64 => types::F64,
        _ => types::I64,
    }
}

impl Translator<'_, '_> {
    /// Zero of a type.
    pub(super) fn zero(&mut self, ty: Type) -> Value {
        match ty {
            types::F64 => self.b.ins().f64const(0.0),
            _ => self.b.ins().iconst(ty, 0),
        }
    }

    /// A constant i64.
    pub(super) fn int(&mut self, value: i64) -> Value {
        self.b.ins().iconst(types::I64, value)
    }

    /// A constant bool.
    pub(super) fn truth(&mut self, value: bool) -> Value {
        self.b.ins().iconst(types::I8, i64::from(value))
    }

    /// The opposite of a bool.
    pub(super) fn not(&mut self, value: Value) -> Value {
        self.b.ins().bxor_imm_u(value, 1)
    }

    /// Both of two conditions, where none is true.
    pub(super) fn both(&mut self, first: Option<Value>, second: Option<Value>) -> Option<Value> {
        match (first, second) {
            (Some(first), Some(second)) => Some(self.b.ins().band(first, second)),
            (one, other) => one.or(other),
        }
    }

    /// A comparison of an integer with a constant.
    pub(super) fn compare_int(&mut self, op: IntCC, value: Value, constant: i64) -> Value {
        self.b.ins().icmp_imm_s(op, value, constant)
    }

    /// One of two values of one kind, without a branch.
    pub(super) fn select(&mut self, condition: Value, then: Val, otherwise: Val) -> Val {
        let payload = match (then.payload, otherwise.payload) {
            (Payload::Word(a), Payload::Word(b)) => Payload::Word(self.b.ins().select(condition, a, b)),
            (Payload::Text(a, b), Payload::Text(c, d)) => {
                let head = self.b.ins().select(condition, a, c);
                Payload::Text(head, self.b.ins().select(condition, b, d))
            }
            _ => unreachable!("both values are of one kind"),
        };
        let valid = (then.valid.is_some() || otherwise.valid.is_some()).then(|| {
            let (a, b) = (self.valid(then), self.valid(otherwise));
            self.b.ins().select(condition, a, b)
        });
        Val { payload, valid }
    }

    /// Whether a value is there, as a bool.
    pub(super) fn valid(&mut self, value: Val) -> Value {
        match value.valid {
            Some(valid) => valid,
            None => self.truth(true),
        }
    }

    /// The words of a value, to be passed to a block: payload, then whether it is there.
    pub(super) fn words(&mut self, value: Val, nullable: bool) -> Vec<Value> {
        let mut words = match value.payload {
            Payload::Word(word) => vec![word],
            Payload::Text(head, tail) => vec![head, tail],
        };
        if nullable {
            words.push(self.valid(value));
        }
        words
    }

    /// The types of [`Translator::words`].
    pub(super) fn word_types(kind: Kind, nullable: bool) -> Vec<Type> {
        let mut types = match kind {
            Kind::Str => vec![types::I64, types::I64],
            _ => vec![word_type(kind)],
        };
        if nullable {
            types.push(types::I8);
        }
        types
    }

    /// The value of [`Translator::words`].
    pub(super) fn from_words(words: &[Value], kind: Kind, nullable: bool) -> Val {
        let valid = nullable.then(|| words[words.len() - 1]);
        match kind {
            Kind::Str => Val::text(words[0], words[1], valid),
            _ => Val::optional(words[0], valid),
        }
    }
}
