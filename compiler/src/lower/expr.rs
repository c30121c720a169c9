//! Expressions: the same forms, with the leaves replaced by what holds their values at run time.

use crate::hir;
use crate::lir::{Expr, ExprKind};

/// What stands for the leaves of an expression here.
pub(super) trait Leaves {
    /// What stands for a field, a variable, an item or an aggregate.
    fn leaf(&mut self, leaf: &hir::Expr) -> Expr;
}

impl<F: FnMut(&hir::Expr) -> Expr> Leaves for F {
    fn leaf(&mut self, leaf: &hir::Expr) -> Expr {
        self(leaf)
    }
}

/// Leaves of an expression over one event alone: its columns.
pub(super) fn columns(leaf: &hir::Expr) -> Expr {
    match leaf.kind() {
        hir::ExprKind::Field(field) | hir::ExprKind::Item(field) => {
            Expr::new(ExprKind::Column(super::field(*field)), leaf.ty())
        }
        other => unreachable!("an expression over one event has only its fields, not {other:?}"),
    }
}

/// Lowers `expr`, with `leaves` for its leaves.
pub(super) fn lower(expr: &hir::Expr, leaves: &mut dyn Leaves) -> Expr {
    use hir::ExprKind as H;
    let mut one = |operand: &hir::Expr| Box::new(lower(operand, leaves));
    let kind = match expr.kind() {
        H::Field(_) | H::Var(..) | H::Item(_) | H::Aggregate { .. } => return leaves.leaf(expr),
        H::Const(value) => ExprKind::Const(value.clone()),
        H::Unary(op, a) => ExprKind::Unary(*op, one(a)),
        H::Binary(op, a, b) => ExprKind::Binary(*op, one(a), one(b)),
        H::Compare(op, a, b) => ExprKind::Compare(*op, one(a), one(b)),
        H::Not(a) => ExprKind::Not(one(a)),
        H::IsNull(a) => ExprKind::IsNull(one(a)),
        H::Coalesce(a, b) => ExprKind::Coalesce(one(a), one(b)),
        H::If(a, b, c) => ExprKind::If(one(a), one(b), one(c)),
        H::Cast(cast, a) => ExprKind::Cast(*cast, one(a)),
        H::Like(a, pattern) => ExprKind::Like(one(a), pattern.clone()),
        H::Matches(a, regex) => ExprKind::Matches(one(a), regex.clone()),
        H::And(all) => ExprKind::And(all.iter().map(|operand| lower(operand, leaves)).collect()),
        H::Or(all) => ExprKind::Or(all.iter().map(|operand| lower(operand, leaves)).collect()),
        H::Call(func, all) => {
            ExprKind::Call(*func, all.iter().map(|operand| lower(operand, leaves)).collect())
        }
    };
    Expr::new(kind, expr.ty())
}
