//! Typed expressions and their constructors.
//!
//! Each constructor checks the types of its operands (a wrong one is a bug of the caller, which reports the user's mistakes
//! before) and computes the type of the whole, null included. Constants are folded as they are built.

use super::{FieldId, VarId};
use crate::scalar::{self, Binary, Cast, Compare, Func, Kind, Type, Unary, Value};

/// A typed expression without side effects.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    kind: ExprKind,
    ty: Type,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Const(Value),
    /// A field of the event at hand: the one that a guard tests, or the row of a query.
    Field(FieldId),
    /// A field of a variable that is bound at most once; in a repeated group, of this iteration's event. Null if it is not bound.
    Var(VarId, FieldId),
    /// A field of the event of a repeated variable that an aggregate is looking at.
    Item(FieldId),
    /// An aggregate over the events of a repeated variable: all of the match, or in its own guard those bound so far.
    Aggregate {
        /// Which.
        op: AggOp,
        /// The repeated variable.
        variable: VarId,
        /// The value of each event, over [`ExprKind::Item`]s; `None` for `count(b)`.
        item: Option<Box<Expr>>,
    },
    /// `-x`
    Unary(Unary, Box<Expr>),
    /// Arithmetic.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// A comparison.
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// Conjunction of two or more, with three values: false wins over null.
    And(Vec<Expr>),
    /// Disjunction of two or more, with three values: true wins over null.
    Or(Vec<Expr>),
    /// Negation; null stays null.
    Not(Box<Expr>),
    /// Whether null; never null itself.
    IsNull(Box<Expr>),
    /// The first if it is not null, else the second.
    Coalesce(Box<Expr>, Box<Expr>),
    /// The second where the first is true, else (false or null) the third.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A conversion.
    Cast(Cast, Box<Expr>),
    /// A function.
    Call(Func, Vec<Expr>),
    /// `like`: `%` any text, `_` one character, `\` takes the next one as it is.
    Like(Box<Expr>, String),
    /// `matches`: whether the regular expression is found in the text. It has been compiled once, so it is valid.
    Matches(Box<Expr>, String),
}

/// Aggregates over a repeated variable. Nulls are skipped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AggOp {
    /// How many events, or how many values that are not null; i64, 0 if there are none.
    Count,
    /// The value of the first event (which may be null; so does null stand for no event).
    First,
    /// The value of the last event.
    Last,
    /// Sum. Of i64 and durations exact, as of unbounded integers, and null if it does not fit. Of f64 compensated (Neumaier):
    /// from `sum = 0.0, c = 0.0`, each `x` in order of binding gives `t = sum + x`, then `c += (sum - t) + x` if
    /// `|sum| >= |x|` and `c += (x - t) + sum` otherwise, then `sum = t`; the result is `sum + c`, or `sum` alone where `sum`
    /// is not finite. Null if there are none.
    Sum,
    /// Mean. Of f64 the sum divided by the count; of i64 the exact sum as the nearest f64, divided by the count; of durations
    /// the exact sum divided by the count, to the nearest, ties to even, a duration. Null if there are none.
    Avg,
    /// Least; of f64 a number rather than NaN, and `-0.0` below `0.0`. Null if there are none.
    Min,
    /// Greatest; likewise. Null if there are none.
    Max,
    /// Sample standard deviation, by Welford's recurrence in order of binding: from `mean = 0.0, m2 = 0.0`, the n-th `x`
    /// gives `d = x - mean; mean += d / n; m2 += d * (x - mean)`; the result is `sqrt(m2 / (n - 1))`. Null for fewer than two.
    Stddev,
}

const fn bool_type(nullable: bool) -> Type {
    Type { kind: Kind::Bool, nullable }
}

impl Expr {
    /// The form.
    pub const fn kind(&self) -> &ExprKind {
        &self.kind
    }

    /// The type.
    pub const fn ty(&self) -> Type {
        self.ty
    }

    /// The value, if it is known.
    pub const fn constant(&self) -> Option<&Value> {
        match &self.kind {
            ExprKind::Const(value) => Some(value),
            _ => None,
        }
    }

    fn make(kind: ExprKind, ty: Type) -> Self {
        Self { kind, ty }
    }

    /// A constant of a kind; `Value::Null` makes a null of that kind.
    pub fn constant_of(value: Value, kind: Kind) -> Self {
        let nullable = value == Value::Null;
        Self::make(ExprKind::Const(value), Type { kind, nullable })
    }

    /// A field of the event at hand, of the given type.
    pub fn field(field: FieldId, ty: Type) -> Self {
        Self::make(ExprKind::Field(field), ty)
    }

    /// A field of a variable; `optional` if the variable may be unbound here.
    pub fn var(variable: VarId, field: FieldId, ty: Type, optional: bool) -> Self {
        Self::make(ExprKind::Var(variable, field), ty.or_null(optional))
    }

    /// A field of the item of an aggregate.
    pub fn item(field: FieldId, ty: Type) -> Self {
        Self::make(ExprKind::Item(field), ty)
    }

    /// An aggregate; `empty` if there may be no event.
    ///
    /// # Panics
    /// If the item is missing (but for `count`) or of a kind that the aggregate does not take; see [`AggOp::result`].
    pub fn aggregate(op: AggOp, variable: VarId, item: Option<Expr>, empty: bool) -> Self {
        let ty = op.result(item.as_ref().map(Expr::ty), empty).expect("the aggregate takes its item");
        Self::make(ExprKind::Aggregate { op, variable, item: item.map(Box::new) }, ty)
    }

    /// A negated number.
    pub fn unary(op: Unary, operand: Expr) -> Self {
        if let Some(value) = operand.constant() {
            return Self::constant_of(scalar::unary(op, value), operand.ty.kind);
        }
        let ty = operand.ty.or_null(op.can_fail());
        Self::make(ExprKind::Unary(op, Box::new(operand)), ty)
    }

    /// Arithmetic that gives a value of kind `result`.
    pub fn binary(op: Binary, left: Expr, right: Expr, result: Kind) -> Self {
        if let (Some(a), Some(b)) = (left.constant(), right.constant()) {
            return Self::constant_of(scalar::binary(op, a, b, result), result);
        }
        let nullable = left.ty.nullable || right.ty.nullable || op.can_fail();
        Self::make(ExprKind::Binary(op, Box::new(left), Box::new(right)), Type { kind: result, nullable })
    }

    /// A comparison.
    ///
    /// # Panics
    /// If the kinds differ.
    pub fn compare(op: Compare, left: Expr, right: Expr) -> Self {
        assert_eq!(left.ty.kind, right.ty.kind, "operands of a comparison are of one kind");
        if let (Some(a), Some(b)) = (left.constant(), right.constant()) {
            return Self::constant_of(scalar::compare(op, a, b), Kind::Bool);
        }
        let ty = bool_type(left.ty.nullable || right.ty.nullable);
        Self::make(ExprKind::Compare(op, Box::new(left), Box::new(right)), ty)
    }

    /// The conjunction of bools: flattened, with constants folded; true if there are none.
    pub fn and(operands: impl IntoIterator<Item = Expr>) -> Self {
        Self::junction(operands, false)
    }

    /// The disjunction of bools: flattened, with constants folded; false if there are none.
    pub fn or(operands: impl IntoIterator<Item = Expr>) -> Self {
        Self::junction(operands, true)
    }

    /// `winner` is the value that decides: false of a conjunction, true of a disjunction.
    fn junction(operands: impl IntoIterator<Item = Expr>, winner: bool) -> Self {
        let mut flat = Vec::new();
        for operand in operands {
            assert_eq!(operand.ty.kind, Kind::Bool, "operands of and/or are bools");
            match operand.kind {
                ExprKind::Const(Value::Bool(value)) if value == winner => {
                    return Self::constant_of(Value::Bool(winner), Kind::Bool);
                }
                ExprKind::Const(Value::Bool(_)) => {}
                ExprKind::And(inner) if !winner => flat.extend(inner),
                ExprKind::Or(inner) if winner => flat.extend(inner),
                _ => flat.push(operand),
            }
        }
        if flat.len() < 2 {
            return flat.pop().unwrap_or_else(|| Self::constant_of(Value::Bool(!winner), Kind::Bool));
        }
        let ty = bool_type(flat.iter().any(|operand| operand.ty.nullable));
        Self::make(if winner { ExprKind::Or(flat) } else { ExprKind::And(flat) }, ty)
    }

    /// Logical negation.
    ///
    /// # Panics
    /// If the operand is not a bool.
    #[expect(clippy::should_implement_trait, reason = "a constructor, as the others are")]
    pub fn not(operand: Expr) -> Self {
        assert_eq!(operand.ty.kind, Kind::Bool, "the operand of not is a bool");
        match operand.constant() {
            Some(Value::Bool(value)) => Self::constant_of(Value::Bool(!value), Kind::Bool),
            Some(_) => operand,
            None => {
                let ty = operand.ty;
                Self::make(ExprKind::Not(Box::new(operand)), ty)
            }
        }
    }

    /// Whether a value is null.
    pub fn is_null(operand: Expr) -> Self {
        if !operand.ty.nullable || operand.constant().is_some() {
            let null = operand.constant() == Some(&Value::Null);
            return Self::constant_of(Value::Bool(null), Kind::Bool);
        }
        Self::make(ExprKind::IsNull(Box::new(operand)), bool_type(false))
    }

    /// The first value unless it is null.
    ///
    /// # Panics
    /// If the kinds differ.
    pub fn coalesce(first: Expr, second: Expr) -> Self {
        assert_eq!(first.ty.kind, second.ty.kind, "operands of ?? are of one kind");
        if !first.ty.nullable {
            return first;
        }
        if first.constant() == Some(&Value::Null) {
            return second;
        }
        let ty = second.ty;
        Self::make(ExprKind::Coalesce(Box::new(first), Box::new(second)), ty)
    }

    /// A choice.
    ///
    /// # Panics
    /// If the condition is not a bool or the branches are of different kinds.
    pub fn choose(condition: Expr, then: Expr, otherwise: Expr) -> Self {
        assert_eq!(condition.ty.kind, Kind::Bool, "the condition of an if is a bool");
        assert_eq!(then.ty.kind, otherwise.ty.kind, "the branches of an if are of one kind");
        if let Some(value) = condition.constant() {
            let branch = if *value == Value::Bool(true) { &then } else { &otherwise };
            return branch.clone().widened(then.ty.nullable || otherwise.ty.nullable);
        }
        let ty = then.ty.or_null(otherwise.ty.nullable);
        Self::make(ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)), ty)
    }

    /// The same expression, its type nullable if `nullable`: what is constant may be typed more narrowly than its uses.
    fn widened(mut self, nullable: bool) -> Self {
        self.ty = self.ty.or_null(nullable);
        self
    }

    /// A conversion to kind `to`.
    pub fn cast(cast: Cast, operand: Expr, to: Kind) -> Self {
        if let Some(value) = operand.constant() {
            return Self::constant_of(scalar::cast(cast, value, to), to);
        }
        let nullable = operand.ty.nullable || cast.can_fail();
        Self::make(ExprKind::Cast(cast, Box::new(operand)), Type { kind: to, nullable })
    }

    /// A function call.
    ///
    /// # Panics
    /// If the arguments do not fit [`Func::signature`].
    pub fn call(func: Func, arguments: Vec<Expr>) -> Self {
        let signature = func.signature();
        let kinds = arguments.iter().map(|argument| argument.ty.kind);
        assert!(kinds.eq(signature.parameters.iter().copied()), "arguments of {func:?} fit its signature");
        if let Some(values) =
            arguments.iter().map(|argument| argument.constant().cloned()).collect::<Option<Vec<_>>>()
        {
            return Self::constant_of(scalar::call(func, &values), signature.result);
        }
        let nullable = signature.can_fail || arguments.iter().any(|argument| argument.ty.nullable);
        Self::make(ExprKind::Call(func, arguments), Type { kind: signature.result, nullable })
    }

    /// Text against a `like` pattern.
    pub fn like(text: Expr, pattern: String) -> Self {
        let ty = bool_type(text.ty.nullable);
        Self::make(ExprKind::Like(Box::new(text), pattern), ty)
    }

    /// Text against a regular expression, which the caller has checked.
    pub fn matches(text: Expr, regex: String) -> Self {
        let ty = bool_type(text.ty.nullable);
        Self::make(ExprKind::Matches(Box::new(text), regex), ty)
    }

    /// The operands.
    pub fn children(&self) -> Vec<&Expr> {
        use ExprKind::*;
        match &self.kind {
            Const(_) | Field(_) | Var(..) | Item(_) => vec![],
            Aggregate { item, .. } => item.iter().map(Box::as_ref).collect(),
            Unary(_, a) | Not(a) | IsNull(a) | Cast(_, a) | Like(a, _) | Matches(a, _) => vec![a],
            Binary(_, a, b) | Compare(_, a, b) | Coalesce(a, b) => vec![a, b],
            If(a, b, c) => vec![a, b, c],
            And(all) | Or(all) | Call(_, all) => all.iter().collect(),
        }
    }

    /// Calls `visit` for this expression and everything below it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        self.children().into_iter().for_each(|child| child.walk(visit));
    }
}

impl AggOp {
    /// The name in rule text.
    pub const fn name(self) -> &'static str {
        match self {
            AggOp::Count => "count",
            AggOp::First => "first",
            AggOp::Last => "last",
            AggOp::Sum => "sum",
            AggOp::Avg => "avg",
            AggOp::Min => "min",
            AggOp::Max => "max",
            AggOp::Stddev => "stddev",
        }
    }

    /// The type of the aggregate of an item (`None`: of events), or `None` if it does not take it. `empty`: there may be no
    /// event.
    pub fn result(self, item: Option<Type>, empty: bool) -> Option<Type> {
        let Some(item) = item else { return (self == AggOp::Count).then_some(Type::new(Kind::I64)) };
        let nullable = empty || item.nullable;
        let numeric = matches!(item.kind, Kind::I64 | Kind::F64 | Kind::Duration);
        match self {
            AggOp::Count => Some(Type::new(Kind::I64)),
            AggOp::First | AggOp::Last | AggOp::Min | AggOp::Max => Some(item.or_null(nullable)),
            AggOp::Sum if numeric => Some(item.or_null(nullable || item.kind != Kind::F64)),
            AggOp::Avg if item.kind == Kind::Duration => Some(Type::nullable(Kind::Duration)),
            AggOp::Avg if numeric => Some(Type { kind: Kind::F64, nullable }),
            AggOp::Stddev if matches!(item.kind, Kind::I64 | Kind::F64) => Some(Type::nullable(Kind::F64)),
            _ => None,
        }
    }
}
