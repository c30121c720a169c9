//! Expressions: from what was written to typed ones. Names are looked up in `scope`, operators typed in `operators`,
//! functions in `calls`, aggregates in `aggregates`.
//!
//! A mistake is reported once, where it is; what depends on it is [`Operand::Broken`], which is no further mistake.

use super::Context;
use super::grouping::Grouping;
use super::scope::Scope;
use crate::ast::{self, BinaryOp, ExprKind, UnaryOp};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Expr, VarId};
use crate::scalar::{Kind, Type, Value};
use crate::span::Span;

/// Turns the expressions of one place into typed ones.
pub(super) struct Typer<'t, 'd> {
    pub(super) context: &'t mut Context<'d>,
    pub(super) scope: &'t Scope<'t>,
    /// Within an aggregate: the variable whose events it looks at.
    pub(super) item: Option<VarId>,
    /// Within an aggregate of a query.
    pub(super) in_aggregate: bool,
    /// In a query that aggregates: the row that is spoken of outside of aggregates.
    pub(super) grouping: Option<&'t mut Grouping>,
    /// Nodes that were copied, by the forms that read an operand more than once.
    copied: usize,
}

/// What an operand turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    /// A typed expression.
    Known(Expr),
    /// The word `null`, whose type is that of its surroundings.
    Null,
    /// A mistake that was reported.
    Broken,
}

impl From<Option<Expr>> for Operand {
    fn from(expr: Option<Expr>) -> Self {
        expr.map_or(Operand::Broken, Operand::Known)
    }
}

/// How many nodes may be copied in one expression: `x in (…)` reads `x` for each value, and nested in itself it would
/// grow without bound.
const COPIED_MAX: usize = 1 << 16;

impl<'t, 'd> Typer<'t, 'd> {
    /// For the expressions of a place.
    pub(super) fn new(context: &'t mut Context<'d>, scope: &'t Scope<'t>) -> Self {
        Self { context, scope, item: None, in_aggregate: false, grouping: None, copied: 0 }
    }

    /// Reports a mistake.
    pub(super) fn fail(&mut self, diagnostic: Diagnostic) -> Operand {
        self.context.report(diagnostic);
        Operand::Broken
    }

    /// The value of an expression; `None` after a reported mistake.
    pub(super) fn value(&mut self, written: &ast::Expr) -> Option<Expr> {
        match self.operand(written) {
            Operand::Known(expr) => Some(expr),
            Operand::Broken => None,
            Operand::Null => {
                let diagnostic =
                    Diagnostic::new(Code::UntypedNull, written.span, "the type of this `null` is unknown")
                        .label(written.span, "null of what type?")
                        .help("say the type: `null as f64`");
                self.context.report(diagnostic);
                None
            }
        }
    }

    /// A condition: an expression that is a bool. `what` says of what, for the message.
    pub(super) fn condition(&mut self, written: &ast::Expr, what: &str) -> Option<Expr> {
        match self.operand(written) {
            Operand::Broken => None,
            Operand::Null => Some(Expr::constant_of(Value::Null, Kind::Bool)),
            Operand::Known(expr) if expr.ty().kind == Kind::Bool => Some(expr),
            Operand::Known(expr) => {
                let ty = expr.ty();
                let diagnostic = Diagnostic::new(
                    Code::NotABool,
                    written.span,
                    format!("{what} must be true or false, and this is of type `{ty}`"),
                )
                .label(written.span, "not a condition")
                .help(bool_help(ty));
                self.context.report(diagnostic);
                None
            }
        }
    }

    /// A condition that decides by itself whether there is a match: warns if it is always the same.
    pub(super) fn deciding(&mut self, written: &ast::Expr, what: &str) -> Option<Expr> {
        let expr = self.condition(written, what)?;
        self.warn_of_constant(&expr, written.span);
        Some(expr)
    }

    /// Warns of a condition whose value is known.
    pub(super) fn warn_of_constant(&mut self, expr: &Expr, span: Span) {
        let (code, message, help) = match expr.constant() {
            None => return,
            Some(Value::Bool(true)) => (Code::AlwaysTrue, "this always holds", "leave it out"),
            Some(Value::Null) => (
                Code::NeverTrue,
                "this is always null, and so never holds",
                "ask `is null` where null is meant",
            ),
            Some(_) => (Code::NeverTrue, "this never holds", "correct it, or leave the rule out"),
        };
        self.context.report(Diagnostic::new(code, span, message).help(help));
    }

    /// A copy of an operand that is read more than once; reports if the expression grows too large by it.
    pub(super) fn copy(&mut self, expr: &Expr, span: Span) -> Option<Expr> {
        let mut nodes = 0;
        expr.walk(&mut |_| nodes += 1);
        self.copied = self.copied.saturating_add(nodes);
        if self.copied <= COPIED_MAX {
            return Some(expr.clone());
        }
        let diagnostic = Diagnostic::new(Code::ExpressionTooLong, span, "the expression grows too large")
            .label(span, "read more than once")
            .help("`in`, `between` and `nullif` within each other multiply; split the rule");
        self.context.report(diagnostic);
        None
    }

    /// An expression, or the word `null`.
    pub(super) fn operand(&mut self, written: &ast::Expr) -> Operand {
        if self.over_groups()
            && let Some(key) = self.key_expression(written)
        {
            return Operand::Known(key);
        }
        let constant = |value, kind| Operand::Known(Expr::constant_of(value, kind));
        match &written.kind {
            ExprKind::Null => Operand::Null,
            ExprKind::Bool(value) => constant(Value::Bool(*value), Kind::Bool),
            ExprKind::Int(value) => constant(Value::I64(*value), Kind::I64),
            ExprKind::Float(value) => constant(Value::F64(*value), Kind::F64),
            ExprKind::Str(value) => constant(Value::Str(value.clone()), Kind::Str),
            ExprKind::Duration(value) => constant(Value::Duration(*value), Kind::Duration),
            ExprKind::Timestamp(value) => constant(Value::Timestamp(*value), Kind::Timestamp),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Field { base, field } => self.field_access(written, base, field),
            ExprKind::Call { function, distinct, args, filter } => {
                self.call(written.span, function, *distinct, args, filter.as_deref())
            }
            ExprKind::Unary(UnaryOp::Not, operand) => {
                self.condition(operand, "the operand of `not`").map(Expr::not).into()
            }
            ExprKind::Unary(UnaryOp::Neg, operand) => self.negated(written.span, operand).into(),
            ExprKind::Binary(op, left, right) => match op.value {
                BinaryOp::And | BinaryOp::Or => self.junction(op.value, left, right).into(),
                BinaryOp::Coalesce => self.coalesce(&[left, right]),
                _ => self.binary(op, left, right).into(),
            },
            ExprKind::IsNull { operand, negated } => self.is_null(written.span, operand, *negated).into(),
            ExprKind::In { operand, list, negated } => {
                self.in_list(written.span, operand, list, *negated).into()
            }
            ExprKind::Between { operand, low, high, negated } => {
                self.between(written.span, operand, [low, high], *negated).into()
            }
            ExprKind::TextMatch { op, operand, pattern, negated } => {
                self.text_match(*op, operand, pattern, *negated).into()
            }
            ExprKind::If { condition, then, otherwise } => self.choice(condition, then, otherwise),
            ExprKind::Cast { operand, ty } => self.cast(written.span, operand, ty).into(),
        }
    }

    fn junction(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr) -> Option<Expr> {
        let what = format!("an operand of `{}`", op.symbol());
        let left = self.condition(left, &what);
        let right = self.condition(right, &what);
        let both = [left?, right?];
        Some(if op == BinaryOp::And { Expr::and(both) } else { Expr::or(both) })
    }

    /// `is null` and `is not null`.
    fn is_null(&mut self, span: Span, operand: &ast::Expr, negated: bool) -> Option<Expr> {
        let expr = Expr::is_null(self.value(operand)?);
        let expr = if negated { Expr::not(expr) } else { expr };
        if expr.constant().is_some() {
            let (code, message) = match expr.constant() {
                Some(Value::Bool(true)) => (Code::AlwaysTrue, "this always holds: the value is never null"),
                _ => (Code::NeverTrue, "this never holds: the value is never null"),
            };
            let help = "a field that may be null is declared with `?`, as in `f64?`";
            self.context.report(Diagnostic::new(code, span, message).help(help));
        }
        Some(expr)
    }

    /// Operands of one kind: `a ?? b`, and `coalesce` of any number.
    pub(super) fn coalesce(&mut self, written: &[&ast::Expr]) -> Operand {
        let operands: Vec<Operand> = written.iter().map(|operand| self.operand(operand)).collect();
        let mut known: Vec<(Expr, Span)> = Vec::new();
        for (operand, written) in operands.into_iter().zip(written) {
            match operand {
                Operand::Broken => return Operand::Broken,
                Operand::Null => {}
                Operand::Known(expr) => known.push((expr, written.span)),
            }
        }
        if known.is_empty() {
            return Operand::Null;
        }
        let never_null =
            known.iter().take(known.len() - 1).find(|(expr, _)| !expr.ty().nullable).map(|(_, span)| *span);
        if let Some(span) = never_null {
            let diagnostic = Diagnostic::new(
                Code::NeverNull,
                span,
                "this is never null, so what replaces it is never used",
            );
            self.context.report(diagnostic.help("leave out what stands behind it"));
        }
        self.one_kind(known, "the operands").map(|all| balanced(all, &Expr::coalesce)).into()
    }

    /// `if c then a else b`
    fn choice(&mut self, condition: &ast::Expr, then: &ast::Expr, otherwise: &ast::Expr) -> Operand {
        let condition = self.condition(condition, "the condition of `if`");
        let branches = (self.operand(then), self.operand(otherwise));
        let (then, otherwise) = match branches {
            (Operand::Broken, _) | (_, Operand::Broken) => return Operand::Broken,
            (Operand::Null, Operand::Null) => {
                return if condition.is_some() { Operand::Null } else { Operand::Broken };
            }
            (Operand::Known(then), Operand::Null) => {
                let kind = then.ty().kind;
                (then, Expr::constant_of(Value::Null, kind))
            }
            (Operand::Null, Operand::Known(otherwise)) => {
                (Expr::constant_of(Value::Null, otherwise.ty().kind), otherwise)
            }
            (Operand::Known(a), Operand::Known(b)) => {
                let Some(both) =
                    self.one_kind(vec![(a, then.span), (b, otherwise.span)], "the branches of `if`")
                else {
                    return Operand::Broken;
                };
                let Ok([then, otherwise]) = <[Expr; 2]>::try_from(both) else {
                    unreachable!("two go in, two come out")
                };
                (then, otherwise)
            }
        };
        condition.map(|condition| Expr::choose(condition, then, otherwise)).into()
    }
}

/// Combines operands of an associative operation as a balanced tree, so that many of them do not nest deeply.
pub(super) fn balanced(mut operands: Vec<Expr>, combine: &dyn Fn(Expr, Expr) -> Expr) -> Expr {
    while operands.len() > 1 {
        let mut halved = Vec::with_capacity(operands.len().div_ceil(2));
        let mut rest = operands.into_iter();
        while let Some(left) = rest.next() {
            halved.push(match rest.next() {
                Some(right) => combine(left, right),
                None => left,
            });
        }
        operands = halved;
    }
    operands.pop().expect("there is at least one operand")
}

/// How a value that is no bool becomes a condition.
fn bool_help(ty: Type) -> String {
    match ty.kind {
        Kind::I64 => "compare it, as in `x != 0`".to_string(),
        Kind::F64 => "compare it, as in `x > 0.0`".to_string(),
        Kind::Str => "compare it, as in `x == \"text\"`".to_string(),
        Kind::Timestamp => "compare it, as in `x > @2026-01-01T00:00:00Z`".to_string(),
        Kind::Duration => "compare it, as in `x > 5s`".to_string(),
        Kind::Bool => String::new(),
    }
}
