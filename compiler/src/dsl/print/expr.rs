//! Prints expressions, with the parentheses that the precedences ask for and no others.

use super::{INDENT, KEYWORD_WIDTH, WIDTH_MAX, name, type_ref};
use crate::ast::*;
use crate::dsl::literals::{duration_text, float_text, string_text};
use crate::dsl::timestamp;

/// How tightly an expression's outermost operator binds; loosest first. As in `build/expr.rs`, with the forms that are
/// no operators of two operands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    If,
    Or,
    And,
    Not,
    Compare,
    Coalesce,
    Add,
    Mul,
    Cast,
    Neg,
    Atom,
}

/// An expression on one line.
pub(super) fn expr(expr: &Expr) -> String {
    let mut out = String::new();
    put(&mut out, expr);
    out
}

/// A condition on one line or, if that is too long, one line for each operand of the outermost `and` or `or`.
pub(super) fn expr_lines(whole: &Expr) -> Vec<String> {
    let one_line = expr(whole);
    let ExprKind::Binary(op, ..) = &whole.kind else {
        return vec![one_line];
    };
    let fits = one_line.chars().count() + INDENT.len() + KEYWORD_WIDTH <= WIDTH_MAX;
    if fits || !matches!(op.value, BinaryOp::And | BinaryOp::Or) {
        return vec![one_line];
    }
    let mut lines = Vec::new();
    let mut left = whole;
    while let ExprKind::Binary(inner, next, right) = &left.kind {
        if inner.value != op.value {
            break;
        }
        let mut line = format!("{} ", op.value.symbol());
        operand(&mut line, right, above(binary_level(op.value)));
        lines.push(line);
        left = next;
    }
    let mut first = String::new();
    operand(&mut first, left, binary_level(op.value));
    lines.push(first);
    lines.reverse();
    lines
}

/// Prints an operand where at least `min` is needed, in parentheses if it binds looser.
fn operand(out: &mut String, operand: &Expr, min: Level) {
    match level(operand) < min {
        true => in_parentheses(out, operand),
        false => put(out, operand),
    }
}

fn put(out: &mut String, expr: &Expr) {
    match &expr.kind {
        ExprKind::Null => out.push_str("null"),
        ExprKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        ExprKind::Int(value) => out.push_str(&value.to_string()),
        ExprKind::Float(value) => out.push_str(&float_text(*value)),
        ExprKind::Str(value) => out.push_str(&string_text(value)),
        ExprKind::Duration(nanos) => out.push_str(&duration_text(*nanos)),
        ExprKind::Timestamp(nanos) => out.push_str(&timestamp::text(*nanos)),
        ExprKind::Name(ident) => out.push_str(&name(ident)),
        ExprKind::Field { base, field } => {
            match takes_sign(base) {
                true => in_parentheses(out, base),
                false => operand(out, base, Level::Atom),
            }
            out.push('.');
            out.push_str(&name(field));
        }
        ExprKind::Call { function, distinct, args, filter } => {
            call(out, function, *distinct, args, filter.as_deref())
        }
        ExprKind::Unary(UnaryOp::Not, inner) => {
            out.push_str("not ");
            operand(out, inner, Level::Not);
        }
        ExprKind::Unary(UnaryOp::Neg, inner) => negative(out, inner),
        ExprKind::Binary(op, left, right) => {
            let level = binary_level(op.value);
            // Comparisons do not chain, so neither side may be one.
            operand(out, left, if level == Level::Compare { above(level) } else { level });
            out.push_str(&format!(" {} ", op.value.symbol()));
            operand(out, right, above(level));
        }
        ExprKind::IsNull { operand: inner, negated } => {
            operand(out, inner, Level::Coalesce);
            out.push_str(if *negated { " is not null" } else { " is null" });
        }
        ExprKind::In { operand: inner, list, negated } => {
            operand(out, inner, Level::Coalesce);
            out.push_str(if *negated { " not in (" } else { " in (" });
            commas(out, list);
            out.push(')');
        }
        ExprKind::Between { operand: inner, low, high, negated } => {
            operand(out, inner, Level::Coalesce);
            out.push_str(if *negated { " not between " } else { " between " });
            operand(out, low, Level::Coalesce);
            out.push_str(" and ");
            operand(out, high, Level::Coalesce);
        }
        ExprKind::TextMatch { op, operand: inner, pattern, negated } => {
            operand(out, inner, Level::Coalesce);
            out.push_str(if *negated { " not " } else { " " });
            out.push_str(match op {
                TextMatchOp::Like => "like ",
                TextMatchOp::Matches => "matches ",
            });
            operand(out, pattern, Level::Coalesce);
        }
        ExprKind::If { condition, then, otherwise } => {
            out.push_str("if ");
            put(out, condition);
            out.push_str(" then ");
            put(out, then);
            out.push_str(" else ");
            put(out, otherwise);
        }
        ExprKind::Cast { operand: inner, ty } => {
            operand(out, inner, Level::Cast);
            out.push_str(" as ");
            out.push_str(&type_ref(ty));
        }
    }
}

fn call(out: &mut String, function: &Ident, distinct: bool, args: &[Expr], filter: Option<&Expr>) {
    out.push_str(&name(function));
    out.push('(');
    if distinct {
        out.push_str("distinct ");
    }
    commas(out, args);
    out.push(')');
    if let Some(filter) = filter {
        out.push_str(" filter (where ");
        put(out, filter);
        out.push(')');
    }
}

fn commas(out: &mut String, items: &[Expr]) {
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        put(out, item);
    }
}

/// A minus sign. Right before a literal it would become part of that, so a literal gets parentheses.
fn negative(out: &mut String, inner: &Expr) {
    out.push('-');
    match takes_sign(inner) {
        true => in_parentheses(out, inner),
        false => operand(out, inner, Level::Neg),
    }
}

/// Whether a minus sign right before the expression is part of it.
fn takes_sign(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Duration(_))
}

fn in_parentheses(out: &mut String, inner: &Expr) {
    out.push('(');
    put(out, inner);
    out.push(')');
}

fn level(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::If { .. } => Level::If,
        ExprKind::Binary(op, ..) => binary_level(op.value),
        ExprKind::Unary(UnaryOp::Not, _) => Level::Not,
        ExprKind::Unary(UnaryOp::Neg, _) => Level::Neg,
        ExprKind::IsNull { .. }
        | ExprKind::In { .. }
        | ExprKind::Between { .. }
        | ExprKind::TextMatch { .. } => Level::Compare,
        ExprKind::Cast { .. } => Level::Cast,
        _ => Level::Atom,
    }
}

fn binary_level(op: BinaryOp) -> Level {
    match op {
        BinaryOp::Or => Level::Or,
        BinaryOp::And => Level::And,
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
            Level::Compare
        }
        BinaryOp::Coalesce => Level::Coalesce,
        BinaryOp::Add | BinaryOp::Sub => Level::Add,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => Level::Mul,
    }
}

/// The next tighter level.
fn above(level: Level) -> Level {
    match level {
        Level::If => Level::Or,
        Level::Or => Level::And,
        Level::And => Level::Not,
        Level::Not => Level::Compare,
        Level::Compare => Level::Coalesce,
        Level::Coalesce => Level::Add,
        Level::Add => Level::Mul,
        Level::Mul => Level::Cast,
        Level::Cast => Level::Neg,
        Level::Neg | Level::Atom => Level::Atom,
    }
}
