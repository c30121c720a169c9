//! Operators of expressions: which operand types go together, and what comes of them.

use super::conversions::{common, conversion_help, widened};
use super::typer::{Operand, Typer};
use crate::ast::{self, BinaryOp};
use crate::diag::{Code, Diagnostic};
use crate::hir::Expr;
use crate::scalar::{Binary, Compare, Kind, Unary, Value};
use crate::span::{Span, Spanned};

/// An operand and where it was written.
pub(super) type Placed = (Expr, Span);

impl Typer<'_, '_> {
    /// Operands brought to one kind; reports the first that does not fit the ones before it.
    pub(super) fn one_kind(&mut self, operands: Vec<Placed>, what: &str) -> Option<Vec<Expr>> {
        let (first, first_span) = operands.first()?;
        let first_ty = first.ty();
        let mut kind = first_ty.kind;
        for (operand, span) in &operands[1..] {
            let Some(both) = common(kind, operand.ty().kind) else {
                let message = format!(
                    "{what} are of different types, `{}` and `{}`",
                    kind.name(),
                    operand.ty().kind.name()
                );
                let mut diagnostic = Diagnostic::new(Code::BranchTypes, *span, message)
                    .label(*first_span, format!("this is of type `{first_ty}`"))
                    .label(*span, format!("this is of type `{}`", operand.ty()));
                diagnostic = diagnostic.help(conversion_help(&operands[0], &(operand.clone(), *span)));
                self.context.report(diagnostic);
                return None;
            };
            kind = both;
        }
        Some(operands.into_iter().map(|(operand, _)| widened(operand, kind)).collect())
    }

    /// `-x`
    pub(super) fn negated(&mut self, span: Span, operand: &ast::Expr) -> Option<Expr> {
        let expr = self.value(operand)?;
        match expr.ty().kind {
            Kind::I64 | Kind::Duration => Some(Expr::unary(Unary::NegI, expr)),
            Kind::F64 => Some(Expr::unary(Unary::NegF, expr)),
            _ => {
                let diagnostic =
                    Diagnostic::new(Code::TypeMismatch, span, "only numbers and durations have a negative")
                        .label(operand.span, format!("this is of type `{}`", expr.ty()));
                let help = if expr.ty().kind == Kind::Bool {
                    "the opposite of a condition is `not …`"
                } else {
                    "leave out the minus sign"
                };
                self.context.report(diagnostic.help(help));
                None
            }
        }
    }

    /// A comparison, or arithmetic.
    pub(super) fn binary(
        &mut self,
        op: &Spanned<BinaryOp>,
        left: &ast::Expr,
        right: &ast::Expr,
    ) -> Option<Expr> {
        let comparison = compare_of(op.value);
        if let Some(compare) = comparison {
            let operands = (self.operand(left), self.operand(right));
            if operands.0 == Operand::Null || operands.1 == Operand::Null {
                self.compared_with_null(compare, op.span.to(left.span).to(right.span));
                return None;
            }
            let (Operand::Known(a), Operand::Known(b)) = operands else { return None };
            let expr = self.comparison(compare, op.span, (a, left.span), (b, right.span))?;
            self.warn_of_constant(&expr, left.span.to(right.span));
            return Some(expr);
        }
        let operands = (self.value(left), self.value(right));
        self.arithmetic(op, (operands.0?, left.span), (operands.1?, right.span))
    }

    fn compared_with_null(&mut self, compare: Compare, span: Span) {
        let help = match compare {
            Compare::Eq => "write `is null`",
            Compare::Ne => "write `is not null`",
            _ => "nothing is less or greater than null; `is null` asks for it",
        };
        let message = "a comparison with `null` is never true";
        self.context
            .report(Diagnostic::new(Code::CompareNull, span, message).label(span, "always null").help(help));
    }

    fn comparison(&mut self, compare: Compare, at: Span, left: Placed, right: Placed) -> Option<Expr> {
        match common(left.0.ty().kind, right.0.ty().kind) {
            Some(kind) => Some(Expr::compare(compare, widened(left.0, kind), widened(right.0, kind))),
            None => {
                let message = format!(
                    "`{}` and `{}` do not compare",
                    left.0.ty().kind.name(),
                    right.0.ty().kind.name()
                );
                self.mismatch(at, message, &left, &right);
                None
            }
        }
    }

    fn mismatch(&mut self, at: Span, message: String, left: &Placed, right: &Placed) {
        let diagnostic = Diagnostic::new(Code::TypeMismatch, at, message)
            .label(left.1, format!("this is of type `{}`", left.0.ty()))
            .label(right.1, format!("this is of type `{}`", right.0.ty()))
            .help(conversion_help(left, right));
        self.context.report(diagnostic);
    }

    fn arithmetic(&mut self, op: &Spanned<BinaryOp>, left: Placed, right: Placed) -> Option<Expr> {
        if matches!(op.value, BinaryOp::Div | BinaryOp::Rem) && is_zero(&right.0) {
            let gives = if right.0.ty().kind == Kind::F64 { "an infinity or NaN" } else { "null" };
            let diagnostic = Diagnostic::new(Code::DivisionByZero, right.1, "a division by zero")
                .label(right.1, format!("gives {gives}"))
                .help("correct the divisor");
            self.context.report(diagnostic);
        }
        let kinds = (left.0.ty().kind, right.0.ty().kind);
        let Some(Rule { op: chosen, swap, widen, result }) = rule(op.value, kinds) else {
            let message = format!(
                "`{}` does not go with `{}` and `{}`",
                op.value.symbol(),
                kinds.0.name(),
                kinds.1.name()
            );
            self.mismatch(op.span, message, &left, &right);
            return None;
        };
        let (mut left, mut right) = (left.0, right.0);
        if let Some(kind) = widen {
            (left, right) = (widened(left, kind), widened(right, kind));
        }
        if swap {
            std::mem::swap(&mut left, &mut right);
        }
        Some(Expr::binary(chosen, left, right, result))
    }

    /// `x in (…)`: the disjunction of equalities.
    pub(super) fn in_list(
        &mut self,
        span: Span,
        operand: &ast::Expr,
        list: &[ast::Expr],
        negated: bool,
    ) -> Option<Expr> {
        let subject = self.value(operand);
        let items: Vec<Operand> = list.iter().map(|item| self.operand(item)).collect();
        let mut equalities = Some(Vec::with_capacity(items.len()));
        for (item, written) in items.into_iter().zip(list) {
            let one = match (&subject, item) {
                (_, Operand::Null) => {
                    self.compared_with_null(Compare::Eq, written.span);
                    None
                }
                (Some(subject), Operand::Known(item)) => {
                    let copy = self.copy(subject, operand.span);
                    copy.and_then(|copy| {
                        self.comparison(Compare::Eq, written.span, (copy, operand.span), (item, written.span))
                    })
                }
                _ => None,
            };
            equalities = equalities.zip(one).map(|(mut all, one)| {
                all.push(one);
                all
            });
        }
        let any = Expr::or(equalities?);
        self.warn_of_constant(&any, span);
        Some(if negated { Expr::not(any) } else { any })
    }

    /// `x between a and b`: two comparisons.
    pub(super) fn between(
        &mut self,
        span: Span,
        operand: &ast::Expr,
        bounds: [&ast::Expr; 2],
        negated: bool,
    ) -> Option<Expr> {
        let subject = self.operand(operand);
        let [low, high] = bounds.map(|bound| self.operand(bound));
        if [&subject, &low, &high].contains(&&Operand::Null) {
            self.compared_with_null(Compare::Le, span);
            return None;
        }
        let (Operand::Known(subject), Operand::Known(low), Operand::Known(high)) = (subject, low, high)
        else {
            return None;
        };
        let copy = self.copy(&subject, operand.span)?;
        let empty = low.ty().kind == high.ty().kind
            && Expr::compare(Compare::Gt, low.clone(), high.clone()).constant() == Some(&Value::Bool(true));
        if empty {
            let message = "nothing lies between these bounds";
            let diagnostic = Diagnostic::new(Code::NeverTrue, span, message)
                .label(bounds[0].span.to(bounds[1].span), "the lower bound is the greater");
            self.context.report(diagnostic.help("write the lesser bound first"));
        }
        let above = self.comparison(Compare::Ge, bounds[0].span, (copy, operand.span), (low, bounds[0].span));
        let below =
            self.comparison(Compare::Le, bounds[1].span, (subject, operand.span), (high, bounds[1].span));
        let both = Expr::and([above?, below?]);
        Some(if negated { Expr::not(both) } else { both })
    }
}

/// How arithmetic on two kinds is done.
struct Rule {
    op: Binary,
    /// Whether the operands change places.
    swap: bool,
    /// To what kind numbers widen before.
    widen: Option<Kind>,
    result: Kind,
}

/// The table of arithmetic.
fn rule(op: BinaryOp, kinds: (Kind, Kind)) -> Option<Rule> {
    use Binary::*;
    use BinaryOp::{Add, Div, Mul, Rem, Sub};
    use Kind::{Duration, F64, I64, Timestamp};
    let plain = |op, result| Some(Rule { op, swap: false, widen: None, result });
    let swapped = |op, result| Some(Rule { op, swap: true, widen: None, result });
    match (op, kinds.0, kinds.1) {
        (Add, Timestamp, Duration) | (Add, Duration, Timestamp) | (Sub, Timestamp, Duration) => {
            plain(if op == Add { AddI } else { SubI }, Timestamp)
        }
        (Sub, Timestamp, Timestamp) => plain(SubI, Duration),
        (Add, Duration, Duration) => plain(AddI, Duration),
        (Sub, Duration, Duration) => plain(SubI, Duration),
        (Mul, Duration, I64) | (Mul, I64, Duration) => plain(MulI, Duration),
        (Mul, Duration, F64) => plain(ScaleDuration, Duration),
        (Mul, F64, Duration) => swapped(ScaleDuration, Duration),
        (Div, Duration, I64) => plain(DivI, Duration),
        (Div, Duration, F64) => plain(DivideDuration, Duration),
        (Div, Duration, Duration) => plain(Ratio, F64),
        (Rem, Duration, Duration) => plain(RemI, Duration),
        (_, I64, I64) => {
            let op = match op {
                Add => AddI,
                Sub => SubI,
                Mul => MulI,
                Div => DivI,
                Rem => RemI,
                _ => return None,
            };
            plain(op, I64)
        }
        (_, I64 | F64, I64 | F64) => {
            let op = match op {
                Add => AddF,
                Sub => SubF,
                Mul => MulF,
                Div => DivF,
                Rem => RemF,
                _ => return None,
            };
            Some(Rule { op, swap: false, widen: Some(F64), result: F64 })
        }
        _ => None,
    }
}

const fn compare_of(op: BinaryOp) -> Option<Compare> {
    Some(match op {
        BinaryOp::Eq => Compare::Eq,
        BinaryOp::Ne => Compare::Ne,
        BinaryOp::Lt => Compare::Lt,
        BinaryOp::Le => Compare::Le,
        BinaryOp::Gt => Compare::Gt,
        BinaryOp::Ge => Compare::Ge,
        _ => return None,
    })
}

fn is_zero(expr: &Expr) -> bool {
    match expr.constant() {
        Some(Value::I64(value) | Value::Duration(value)) => *value == 0,
        Some(Value::F64(value)) => *value == 0.0,
        _ => false,
    }
}
