//! Patterns in normal form.
//!
//! A pattern is a [`Sequence`] of parts; what is inside an alternative, an `&` or a repetition is a sequence again
//! (perhaps of one part). Groups without a quantifier are dissolved into the sequence around them. A negation is no part: it is
//! an [`Absence`] on the part behind it, or stands at the start or the end of the whole rule.
//!
//! What resolution guarantees:
//! - the whole pattern, each side of `|` and `&`, and each repeated body need at least one event;
//! - a greedy repetition without a fixed count does not end a side or a repeated body, and ends the whole pattern only with a
//!   `within` duration;
//! - sides of `|` inside a repetition are single steps;
//! - a guard reads only variables that are bound when it is tested: of steps before it, not of another side;
//! - a trailing negation has a deadline.

use super::{Expr, FieldId, TypeId, VarId};
use crate::span::Span;

/// A `pattern` rule.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternRule {
    /// The event types that the pattern names, negations included, in order of [`TypeId`].
    pub types: Vec<TypeId>,
    /// The partition key: for each component, its field in each of `types`. Empty: one partition.
    pub keys: Vec<Vec<FieldId>>,
    /// The variables, in order of appearance.
    pub variables: Vec<Variable>,
    /// `!N for D` at the start: each with D, in nanoseconds.
    pub leading: Vec<(Absence, i64)>,
    /// What is to come.
    pub body: Sequence,
    /// `!N` at the end.
    pub trailing: Option<Trailing>,
    /// `where`, over the complete match.
    pub filter: Option<Expr>,
    /// `within`.
    pub within: Option<Within>,
    /// `after match skip`.
    pub skip: AfterMatch,
    /// The bounds of its state.
    pub limits: Limits,
}

/// A variable: a step that has a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The type of its events.
    pub ty: TypeId,
    /// Whether it may be bound more than once, by a repetition of more than one.
    pub repeated: bool,
    /// Whether a complete match may leave it without an event.
    pub optional: bool,
    /// Where it was declared.
    pub span: Span,
}

/// Parts that follow each other. Never empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    /// The parts.
    pub parts: Vec<Part>,
}

/// A part of a sequence, and how it follows the one before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// How its first event follows. Of the first part of a sequence inside another pattern: unused, the arrow before the
    /// enclosing part counts; of the first part of the whole pattern: `SkipTillNext`.
    pub arrow: Arrow,
    /// What may not come before its first event. Empty for the first part of any sequence.
    pub absent: Vec<Absence>,
    /// What is to come.
    pub element: Element,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// One event.
    Step(Step),
    /// `|`: one of the sides.
    Any(Vec<Sequence>),
    /// `&`: all sides, interleaved as they come.
    All(Vec<Sequence>),
    /// Again and again.
    Repeat(Repeat),
}

/// One event of a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The variable that it binds.
    pub variable: Option<VarId>,
    /// The type of the event.
    pub ty: TypeId,
    /// A bool over the event ([`super::ExprKind::Field`]) and variables; holds only when true.
    pub guard: Option<Expr>,
    /// Where.
    pub span: Span,
}

/// A repetition. `B?` has `min` 0 and `max` 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// What repeats.
    pub body: Sequence,
    /// At least so often.
    pub min: u32,
    /// At most so often; at least 1, at least `min`.
    pub max: Option<u32>,
    /// Whether repeating wins over the step after it.
    pub greedy: bool,
}

/// An event that may not come.
#[derive(Clone, Debug, PartialEq)]
pub struct Absence {
    /// The type of the event.
    pub ty: TypeId,
    /// As of [`Step::guard`]; of a leading absence over the event alone.
    pub guard: Option<Expr>,
    /// Where.
    pub span: Span,
}

/// Negations at the end of the pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Trailing {
    /// What may not come; one or more.
    pub absent: Vec<Absence>,
    /// Until when.
    pub deadline: Deadline,
}

/// When a trailing negation is fulfilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// At time(first) + the rule's `within`.
    Within,
    /// So many nanoseconds after the last step.
    After(i64),
}

impl Deadline {
    /// The last time that a deadline can have; where one would be later, it is this. The end of the input is a watermark
    /// at the end of time, which is after all deadlines.
    pub const LAST: i64 = i64::MAX - 1;

    /// So many nanoseconds (not negative) after a time, as a deadline.
    pub const fn after(time: i64, nanos: i64) -> i64 {
        let due = time.saturating_add(nanos);
        if due < Self::LAST { due } else { Self::LAST }
    }
}

/// How an event follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrow {
    /// `->`
    SkipTillNext,
    /// `=>`
    Strict,
    /// `~>`
    SkipTillAny,
}

/// `within`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// Nanoseconds between the first event and the last.
    Time(i64),
    /// Events of the pattern's types in the partition, the first being 1.
    Events(u64),
}

/// `after match skip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterMatch {
    /// Keep all other runs.
    None,
    /// Drop the runs that began with the same event.
    ToNext,
    /// Drop every run that began at or before the last event of the match.
    PastLast,
    /// Drop the runs that began before the first event of the variable. Nothing if it has none.
    ToFirst(VarId),
    /// Drop the runs that began before the last event of the variable. Nothing if it has none.
    ToLast(VarId),
}

/// The bounds of a rule's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Live runs of a partition.
    pub runs: Bound,
    /// Partitions.
    pub partitions: Bound,
    /// Events of a repetition whose values are kept (by `collect` or a whole variable); the run that would take more
    /// ends (`DropNew`), or the program fails.
    pub repetition: Bound,
    /// Rows that a window of a group keeps one by one: of queries that move, collect, order or tell equal values apart.
    pub rows: Bound,
    /// How long a partition may be without an event, in nanoseconds.
    pub idle: Option<i64>,
}

/// A bound and what happens at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// How many there may be.
    pub max: u64,
    /// What happens to one more.
    pub policy: Policy,
}

/// What happens at a bound. Each is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The oldest gives way.
    DropOldest,
    /// The new one is not taken.
    DropNew,
    /// The program stops with an error.
    Fail,
}

impl Default for Limits {
    /// 65,536 runs of a partition (the oldest gives way), 4,194,304 partitions (a new one is not taken), 65,536 kept events of
    /// a repetition (the run ends), 67,108,864 rows of a window (a new one is not taken); partitions may be idle for ever.
    fn default() -> Self {
        Self {
            runs: Bound { max: 1 << 16, policy: Policy::DropOldest },
            partitions: Bound { max: 1 << 22, policy: Policy::DropNew },
            repetition: Bound { max: 1 << 16, policy: Policy::DropNew },
            rows: Bound { max: 1 << 26, policy: Policy::DropNew },
            idle: None,
        }
    }
}
