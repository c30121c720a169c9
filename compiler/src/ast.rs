//! What the user wrote: one type for each construct of the rule language, with spans.
//!
//! Names are not resolved and types not checked here; `hir` is where that has happened. There are no nodes for
//! parentheses: the tree says what they said, and the printer puts back those that are needed.

use crate::span::{Span, Spanned};
use std::collections::BTreeMap;

/// A name, without its backquotes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    /// The name.
    pub name: String,
    /// Where it was written.
    pub span: Span,
}

/// A rule file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// The declarations that could be parsed, in the order written.
    pub items: Vec<Item>,
    /// Names of declarations that could not be parsed and were reported: using one is no further mistake.
    pub broken: Vec<Ident>,
    /// Ordinary comments, for the formatter alone.
    pub comments: Comments,
}

/// Ordinary comments (`//`, `/* */`) by the node that they stand at. Nodes with comments are declarations (keyed by
/// their keyword), event fields, clauses (keyed by their first word) and emitted items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// Comments by the offset at which their node starts.
    pub by_node: BTreeMap<u32, NodeComments>,
    /// Comments behind the last declaration.
    pub at_end: Vec<String>,
}

/// The comments of one node, with their delimiters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeComments {
    /// On lines of their own before the node, or hoisted from within it.
    pub before: Vec<String>,
    /// Behind the node, on the line where it ends.
    pub after: Vec<String>,
    /// Behind the opening of the node, before whatever follows inside and belongs to nothing there: comments before a
    /// closing brace.
    pub inside_end: Vec<String>,
}

/// A declaration.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `event …`
    Event(Event),
    /// `pattern …`
    Pattern(PatternRule),
    /// `query …`
    Query(QueryRule),
}

impl Item {
    /// The declared name.
    pub fn name(&self) -> &Ident {
        match self {
            Item::Event(event) => &event.name,
            Item::Pattern(rule) => &rule.name,
            Item::Query(rule) => &rule.name,
        }
    }

    /// From the keyword to the end of the last clause.
    pub fn span(&self) -> Span {
        match self {
            Item::Event(event) => event.span,
            Item::Pattern(rule) => rule.span,
            Item::Query(rule) => rule.span,
        }
    }
}

/// `event NAME { fields } [time …] [lateness D]`
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Text of the `///` lines, without the slashes and one following blank, joined by newlines; empty if there are none.
    pub doc: String,
    /// The event type's name.
    pub name: Ident,
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// `time FIELD` or `time (EXPR)`.
    pub time: Option<Clause<Expr>>,
    /// `lateness D`, in nanoseconds.
    pub lateness: Option<Clause<i64>>,
    /// The whole declaration, without its documentation.
    pub span: Span,
}

/// `name: type,` of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// As [`Event::doc`].
    pub doc: String,
    /// The field's name.
    pub name: Ident,
    /// Its type.
    pub ty: TypeRef,
    /// Name and type.
    pub span: Span,
}

/// A type as written: `f64`, `timestamp(ms)`, `str?`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeRef {
    /// The scalar type; aliases (`int`, `float`) are already resolved.
    pub scalar: ScalarName,
    /// The unit of an integer in the input; of `timestamp` only.
    pub unit: Option<TimeUnit>,
    /// Written with `?`.
    pub nullable: bool,
    /// Where.
    pub span: Span,
}

/// The scalar types by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScalarName {
    /// `bool`
    Bool,
    /// `i64`, `int`
    I64,
    /// `f64`, `float`
    F64,
    /// `str`
    Str,
    /// `timestamp`
    Timestamp,
    /// `duration`
    Duration,
}

/// The unit of `timestamp(…)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Nanoseconds.
    Ns,
}

/// A clause: its content, and its span from the keyword on.
pub type Clause<T> = Spanned<T>;

/// `pattern NAME …`
#[derive(Clone, Debug, PartialEq)]
pub struct PatternRule {
    /// As [`Event::doc`].
    pub doc: String,
    /// The rule's name, also the event type of its matches.
    pub name: Ident,
    /// `partition by …`
    pub partition: Option<Clause<Vec<PartitionItem>>>,
    /// `match …`
    pub pattern: Clause<Pattern>,
    /// `where …`
    pub filter: Option<Clause<Expr>>,
    /// `within …`
    pub within: Option<Clause<Within>>,
    /// `after match skip …`
    pub skip: Option<Clause<AfterMatch>>,
    /// `limit …`
    pub limits: Option<Clause<Vec<Limit>>>,
    /// `emit { … }`; without it every variable, whole.
    pub emit: Option<Clause<Vec<EmitItem>>>,
    /// The whole declaration, without its documentation.
    pub span: Span,
}

/// One part of a partition key.
#[derive(Clone, Debug, PartialEq)]
pub enum PartitionItem {
    /// A field of this name in every event type of the pattern.
    Field(Ident),
    /// `Type.field = Other.field = …`; two or more.
    Equal(Vec<QualifiedField>),
}

/// `Type.field`
#[derive(Clone, Debug, PartialEq)]
pub struct QualifiedField {
    /// The event type.
    pub ty: Ident,
    /// Its field.
    pub field: Ident,
}

/// What `match` describes.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Which form.
    pub kind: PatternKind,
    /// Where, without surrounding parentheses.
    pub span: Span,
}

/// The forms of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// `a: T[guard]`
    Step(Step),
    /// `A -> B => …`. Has a `rest`, unless `first` is a negation that stands alone.
    Sequence {
        /// The first element.
        first: Box<Element>,
        /// The others, each with the arrow before it.
        rest: Vec<(Spanned<Arrow>, Element)>,
    },
    /// `P | Q | …`, two or more.
    Alternatives(Vec<Pattern>),
    /// `P & Q & …`, two or more, in any order.
    All(Vec<Pattern>),
    /// `P{n,m}` and its short forms.
    Repeat(Box<Pattern>, Quantifier),
}

/// `a: T[guard]`
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The variable; always `None` in a negation.
    pub variable: Option<Ident>,
    /// The event type (or the rule whose matches are meant).
    pub ty: Ident,
    /// The guard.
    pub guard: Option<Expr>,
    /// Where.
    pub span: Span,
}

/// What stands between the arrows of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A pattern that is to match.
    Match(Pattern),
    /// `!N` or `!N for D`
    Not(Negation),
}

impl Element {
    /// Where it was written.
    pub fn span(&self) -> Span {
        match self {
            Element::Match(pattern) => pattern.span,
            Element::Not(negation) => negation.span,
        }
    }
}

/// `!N` or `!N for D`
#[derive(Clone, Debug, PartialEq)]
pub struct Negation {
    /// What must not come.
    pub step: Step,
    /// `for D`, in nanoseconds.
    pub hold: Option<Spanned<i64>>,
    /// From the `!` on.
    pub span: Span,
}

/// How an element follows the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrow {
    /// `->`: skip till next match.
    SkipTillNext,
    /// `=>`: strict contiguity.
    Strict,
    /// `~>`: skip till any match.
    SkipTillAny,
}

/// How often: `{n}`, `{n,}`, `{n,m}`, `+`, `*`, `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantifier {
    /// At least so often.
    pub min: u32,
    /// At most so often; `None`: no bound but the limit on repetitions.
    pub max: Option<u32>,
    /// Written with a `+` after the quantifier.
    pub greedy: bool,
    /// Where, with the `+`.
    pub span: Span,
}

/// `within …`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// A duration in nanoseconds.
    Time(i64),
    /// `N events`
    Events(u64),
}

/// `after match skip …`
#[derive(Clone, Debug, PartialEq)]
pub enum AfterMatch {
    /// `none`
    None,
    /// `to next`
    ToNext,
    /// `past last`
    PastLast,
    /// `to first VAR`
    ToFirst(Ident),
    /// `to last VAR`
    ToLast(Ident),
}

/// One bound of a `limit` clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// What is bounded.
    pub what: LimitKind,
    /// The bound; of `partition idle` in nanoseconds.
    pub bound: Spanned<u64>,
    /// What happens at the bound, if written.
    pub policy: Option<Spanned<LimitPolicy>>,
    /// Where.
    pub span: Span,
}

/// What a limit bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// `runs`: live runs of a partition.
    Runs,
    /// `partitions`: partitions of the rule.
    Partitions,
    /// `repetition`: events of one repetition.
    Repetition,
    /// `rows`: events that a window keeps one by one.
    Rows,
    /// `partition idle`: time without an event of a partition.
    Idle,
}

/// What happens at a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitPolicy {
    /// `drop oldest`
    DropOldest,
    /// `drop new`
    DropNew,
    /// `fail`
    Fail,
}

/// `name: expr`, or a bare field or variable.
#[derive(Clone, Debug, PartialEq)]
pub struct EmitItem {
    /// The name, if written.
    pub name: Option<Ident>,
    /// The value; an [`ExprKind::Name`] or [`ExprKind::Field`] when there is no name.
    pub value: Expr,
    /// Where.
    pub span: Span,
}

/// `query NAME …`
#[derive(Clone, Debug, PartialEq)]
pub struct QueryRule {
    /// As [`Event::doc`].
    pub doc: String,
    /// The rule's name, also the event type of its rows.
    pub name: Ident,
    /// `from Type[guard]`; never with a variable.
    pub from: Clause<Step>,
    /// `window …`
    pub window: Option<Clause<Window>>,
    /// `group by …`
    pub group_by: Option<Clause<Vec<Expr>>>,
    /// `limit …`
    pub limits: Option<Clause<Vec<Limit>>>,
    /// `emit …`
    pub emit: Clause<QueryEmit>,
    /// `having …`
    pub having: Option<Clause<Expr>>,
    /// The whole declaration, without its documentation.
    pub span: Span,
}

/// `emit { … }` or `emit partial { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct QueryEmit {
    /// Also what is unfinished at the end of input.
    pub partial: bool,
    /// The emitted fields.
    pub items: Vec<EmitItem>,
}

/// The kinds of window; durations in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// `tumbling D [offset D]`
    Tumbling {
        /// The length.
        size: i64,
        /// Of the window starts, from the epoch.
        offset: Option<i64>,
    },
    /// `hopping D every E [offset D]`
    Hopping {
        /// The length.
        size: i64,
        /// From one start to the next.
        every: i64,
        /// Of the window starts, from the epoch.
        offset: Option<i64>,
    },
    /// `sliding D`
    Sliding {
        /// The length.
        size: i64,
    },
    /// `session D [max D]`
    Session {
        /// Events less than this apart are of one session.
        gap: i64,
        /// The greatest length.
        max: Option<i64>,
    },
    /// `last N`
    Last(u64),
    /// `batch N`
    Batch(u64),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Which form.
    pub kind: ExprKind,
    /// Where, without surrounding parentheses.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `1_000`; a minus sign right before the literal is part of it.
    Int(i64),
    /// `1.5`, `1e-3`; finite.
    Float(f64),
    /// `"text"`, escapes resolved.
    Str(String),
    /// `1h30m`, in nanoseconds.
    Duration(i64),
    /// `@2013-01-01T10:00:00Z`, in nanoseconds since the Unix epoch.
    Timestamp(i64),
    /// A field, a variable, or `window`.
    Name(Ident),
    /// `x.f`, `first(b).f`
    Field {
        /// What is left of the dot.
        base: Box<Expr>,
        /// The field.
        field: Ident,
    },
    /// `f(x, y)`, `count(distinct x) filter (where g)`
    Call {
        /// The function or aggregate.
        function: Ident,
        /// Written with `distinct`.
        distinct: bool,
        /// The arguments.
        args: Vec<Expr>,
        /// `filter (where …)`
        filter: Option<Box<Expr>>,
    },
    /// `not x`, `-x`
    Unary(UnaryOp, Box<Expr>),
    /// `x + y`
    Binary(Spanned<BinaryOp>, Box<Expr>, Box<Expr>),
    /// `x is null`, `x is not null`
    IsNull {
        /// The operand.
        operand: Box<Expr>,
        /// With `not`.
        negated: bool,
    },
    /// `x in (a, b)`, `x not in (a, b)`
    In {
        /// The operand.
        operand: Box<Expr>,
        /// The list, not empty.
        list: Vec<Expr>,
        /// With `not`.
        negated: bool,
    },
    /// `x between a and b`, `x not between a and b`
    Between {
        /// The operand.
        operand: Box<Expr>,
        /// The lower bound, inclusive.
        low: Box<Expr>,
        /// The upper bound, inclusive.
        high: Box<Expr>,
        /// With `not`.
        negated: bool,
    },
    /// `x like p`, `x matches p`, and with `not`
    TextMatch {
        /// `like` or `matches`.
        op: TextMatchOp,
        /// The text.
        operand: Box<Expr>,
        /// The pattern.
        pattern: Box<Expr>,
        /// With `not`.
        negated: bool,
    },
    /// `if c then a else b`
    If {
        /// The condition.
        condition: Box<Expr>,
        /// Its value when the condition holds.
        then: Box<Expr>,
        /// Its value when not.
        otherwise: Box<Expr>,
    },
    /// `x as f64`
    Cast {
        /// The operand.
        operand: Box<Expr>,
        /// The type; without unit and `?`.
        ty: TypeRef,
    },
}

/// Operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Neg,
}

/// Operators of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `??`
    Coalesce,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

/// Matching text against a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextMatchOp {
    /// `like`: `%` any text, `_` any character.
    Like,
    /// `matches`: a regular expression.
    Matches,
}

impl Expr {
    /// The operands, in the order of the text.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Name(_)
            | ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Duration(_)
            | ExprKind::Timestamp(_) => vec![],
            ExprKind::Field { base: operand, .. }
            | ExprKind::Unary(_, operand)
            | ExprKind::IsNull { operand, .. }
            | ExprKind::Cast { operand, .. } => vec![operand],
            ExprKind::Binary(_, left, right) => vec![left, right],
            ExprKind::Between { operand, low, high, .. } => vec![operand, low, high],
            ExprKind::TextMatch { operand, pattern, .. } => vec![operand, pattern],
            ExprKind::If { condition, then, otherwise } => vec![condition, then, otherwise],
            ExprKind::In { operand, list, .. } => std::iter::once(operand.as_ref()).chain(list).collect(),
            ExprKind::Call { args, filter, .. } => args.iter().chain(filter.as_deref()).collect(),
        }
    }
}

impl BinaryOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::Coalesce => "??",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
        }
    }
}

impl Arrow {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            Arrow::SkipTillNext => "->",
            Arrow::Strict => "=>",
            Arrow::SkipTillAny => "~>",
        }
    }
}
