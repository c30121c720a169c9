//! What the rules mean: names resolved, types known, patterns in normal form. The front ends meet here.
//!
//! Expressions are made by the smart constructors of `expr`, so an ill-typed one cannot exist. Types and rules share
//! one numbering of event types: declared ones come from outside, the others from the rule of the same name.
//!
//! `oracle` interprets this stage and `lower` compiles it; `docs/semantics.md` is what both mean.

mod expr;
mod pattern;
mod window;

pub use expr::{AggOp, Expr, ExprKind};
pub use pattern::{
    Absence, AfterMatch, Arrow, Bound, Deadline, Element, Limits, Part, PatternRule, Policy, Repeat,
    Sequence, Step, Trailing, Variable, Within,
};
pub use window::{Aggregate, Window, WindowOp, WindowRule};

use crate::scalar::Type;
use crate::span::Span;
use portent_rt::TimeUnit;

/// An event type: an index of [`Program::types`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TypeId(pub u32);

/// A field of an event type: an index of [`EventType::fields`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FieldId(pub u32);

/// A rule: an index of [`Program::rules`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RuleId(pub u32);

/// A variable of a pattern: an index of [`PatternRule::variables`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct VarId(pub u32);

/// A whole rule file.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Event types: the declared ones in order, then one for each rule.
    pub types: Vec<EventType>,
    /// Rules in evaluation order: each after those whose events it reads, otherwise as declared.
    pub rules: Vec<Rule>,
}

impl Program {
    /// An event type.
    pub fn ty(&self, id: TypeId) -> &EventType {
        &self.types[id.0 as usize]
    }

    /// A rule.
    pub fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[id.0 as usize]
    }
}

/// An event type, and the stream of its events.
#[derive(Clone, Debug, PartialEq)]
pub struct EventType {
    /// Its name.
    pub name: String,
    /// Its fields. Of a rule's type only what is one scalar; lists and whole events can be written out, not read.
    pub fields: Vec<Field>,
    /// Where its events come from.
    pub source: Source,
    /// The `///` text.
    pub doc: String,
    /// The name in the declaration.
    pub span: Span,
}

/// A field of an event type.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// How integers of the input are read.
    pub unit: TimeUnit,
    /// The `///` text.
    pub doc: String,
    /// The name in the declaration.
    pub span: Span,
}

/// Where events come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// From outside.
    Input {
        /// The event time, over [`ExprKind::Field`]s of the event: a timestamp, perhaps null (then the row is bad).
        /// `None`: the time of arrival.
        time: Option<Expr>,
        /// How far an event may lag behind the latest one, in nanoseconds.
        lateness: i64,
    },
    /// The matches of a rule; their time is that of completion.
    Rule(RuleId),
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The type of what it emits.
    pub output: TypeId,
    /// What it detects.
    pub body: RuleBody,
    /// What it emits for each match, in order.
    pub emit: Vec<Emit>,
    /// The `///` text.
    pub doc: String,
    /// The whole declaration.
    pub span: Span,
}

/// The kinds of rule.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleBody {
    /// A pattern over sequences of events.
    Pattern(PatternRule),
    /// A filter and projection, one row for each event; expressions are over [`ExprKind::Field`]s of it.
    Select(SelectRule),
    /// Aggregates over windows of the events of each group; expressions of `emit` are over [`ExprKind::Field`]s of the row.
    Window(WindowRule),
}

/// A query without window and aggregates.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectRule {
    /// The events that it reads.
    pub from: TypeId,
    /// Which of them.
    pub guard: Option<Expr>,
    /// `having`, with emitted names replaced by what they stand for.
    pub having: Option<Expr>,
}

/// One emitted field.
#[derive(Clone, Debug, PartialEq)]
pub struct Emit {
    /// Its name.
    pub name: String,
    /// What is emitted.
    pub value: EmitValue,
    /// Where it was written.
    pub span: Span,
}

/// What may be emitted.
#[derive(Clone, Debug, PartialEq)]
pub enum EmitValue {
    /// One value; its type is that of the field of the rule's event type.
    Scalar(Expr),
    /// `collect(b.f)`: the values of a field (or of an expression over [`ExprKind::Item`]) of a repeated variable.
    List {
        /// The repeated variable.
        variable: VarId,
        /// The collected value of each of its events.
        item: Expr,
    },
    /// `collect(x)` of a query: this column of the row, of which each item has this type.
    Collected(FieldId, Type),
    /// A variable that is bound once, whole: null, or an object of all fields of its type.
    Record(VarId),
    /// A repeated variable, whole: a list of objects.
    Records(VarId),
}
