//! The smaller variants of an expression: one of its parts in its place, or a constant.

use super::mutant::Sites;
use portent_compiler::ast::{Expr, ExprKind};

/// Of a condition: `true`, too.
pub(super) fn condition(expr: &mut Expr, sites: &mut Sites) {
    if expr.kind != ExprKind::Bool(true) && sites.hit() {
        expr.kind = ExprKind::Bool(true);
        return;
    }
    value(expr, sites);
}

/// Of a value.
pub(super) fn value(expr: &mut Expr, sites: &mut Sites) {
    let constants = [ExprKind::Int(1), ExprKind::Str("a".to_owned()), ExprKind::Float(1.0)];
    if !matches!(expr.kind, ExprKind::Int(_) | ExprKind::Str(_) | ExprKind::Float(_) | ExprKind::Bool(_))
        && let Some(constant) = constants.into_iter().find(|_| sites.hit())
    {
        expr.kind = constant;
        return;
    }
    let part = children(expr).iter().find(|_| sites.hit()).map(|child| (**child).clone());
    match part {
        Some(part) => *expr = part,
        None => children(expr).into_iter().for_each(|child| value(child, sites)),
    }
}

fn children(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Duration(_)
        | ExprKind::Timestamp(_)
        | ExprKind::Name(_)
        | ExprKind::Field { .. } => Vec::new(),
        ExprKind::Call { args, filter, .. } => args.iter_mut().chain(filter.as_deref_mut()).collect(),
        ExprKind::Unary(_, a) | ExprKind::Cast { operand: a, .. } | ExprKind::IsNull { operand: a, .. } => {
            vec![a]
        }
        ExprKind::Binary(_, a, b) => vec![a, b],
        ExprKind::In { operand, list, .. } => {
            std::iter::once(&mut **operand).chain(list.iter_mut()).collect()
        }
        ExprKind::Between { operand, low, high, .. } => vec![operand, low, high],
        ExprKind::TextMatch { operand, .. } => vec![operand],
        ExprKind::If { condition, then, otherwise } => vec![condition, then, otherwise],
    }
}
