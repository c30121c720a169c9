//! Conversions: widening, casts, and what to write where two types do not go together.

use super::operators::Placed;
use super::typer::{Operand, Typer};
use crate::ast;
use crate::diag::{Code, Diagnostic};
use crate::hir::Expr;
use crate::scalar::{Cast, Kind, Value};
use crate::span::Span;

/// `i64` mixed with `f64` widens; nothing else converts by itself.
pub(super) fn widened(expr: Expr, to: Kind) -> Expr {
    if expr.ty().kind == Kind::I64 && to == Kind::F64 {
        Expr::cast(Cast::IntToFloat, expr, Kind::F64)
    } else {
        expr
    }
}

/// The kind that holds values of both, if there is one.
pub(super) fn common(a: Kind, b: Kind) -> Option<Kind> {
    match (a, b) {
        _ if a == b => Some(a),
        (Kind::I64, Kind::F64) | (Kind::F64, Kind::I64) => Some(Kind::F64),
        _ => None,
    }
}

impl Typer<'_, '_> {
    /// `x as T`
    pub(super) fn cast(&mut self, span: Span, operand: &ast::Expr, ty: &ast::TypeRef) -> Option<Expr> {
        let to = kind_of(ty.scalar);
        let expr = match self.operand(operand) {
            Operand::Known(expr) => expr,
            Operand::Null => return Some(Expr::constant_of(Value::Null, to)),
            Operand::Broken => return None,
        };
        let from = expr.ty().kind;
        if from == to {
            return Some(expr);
        }
        if let Some(cast) = cast_of(from, to) {
            return Some(Expr::cast(cast, expr, to));
        }
        let message = format!("there is no cast from `{}` to `{}`", from.name(), to.name());
        let diagnostic = Diagnostic::new(Code::BadCast, span, message)
            .label(operand.span, format!("this is of type `{}`", expr.ty()))
            .help(cast_help(from, to));
        self.context.report(diagnostic);
        None
    }
}

/// The kind of a type's name.
pub(super) const fn kind_of(name: ast::ScalarName) -> Kind {
    match name {
        ast::ScalarName::Bool => Kind::Bool,
        ast::ScalarName::I64 => Kind::I64,
        ast::ScalarName::F64 => Kind::F64,
        ast::ScalarName::Str => Kind::Str,
        ast::ScalarName::Timestamp => Kind::Timestamp,
        ast::ScalarName::Duration => Kind::Duration,
    }
}

/// The conversion between two different kinds, if there is one.
const fn cast_of(from: Kind, to: Kind) -> Option<Cast> {
    use Kind::{Bool, Duration, F64, I64, Str, Timestamp};
    Some(match (from, to) {
        (I64, F64) => Cast::IntToFloat,
        (F64, I64) => Cast::FloatToInt,
        (Bool, I64) => Cast::BoolToInt,
        (I64, Bool) => Cast::IntToBool,
        (I64, Timestamp | Duration) | (Timestamp | Duration, I64) => Cast::SameBits,
        (Str, Bool) => Cast::StrToBool,
        (Str, I64) => Cast::StrToInt,
        (Str, F64) => Cast::StrToFloat,
        (Str, Timestamp) => Cast::StrToTimestamp,
        (_, Str) => Cast::ToStr,
        _ => return None,
    })
}

fn cast_help(from: Kind, to: Kind) -> String {
    match (from, to) {
        (Kind::F64, Kind::Timestamp | Kind::Duration) => {
            format!("go by way of nanoseconds: `(x as i64) as {}`", to.name())
        }
        (Kind::Duration, Kind::F64) => "divide by a unit: `x / 1s` is a number of seconds".to_string(),
        (Kind::Timestamp, Kind::F64) => {
            "take a difference and divide it by a unit: `(x - y) / 1s`".to_string()
        }
        (Kind::Bool, Kind::F64) => "choose: `if x then 1.0 else 0.0`".to_string(),
        (Kind::F64, Kind::Bool) => "compare: `x != 0.0`".to_string(),
        (Kind::Timestamp, Kind::Duration) => "take a difference of two timestamps".to_string(),
        (Kind::Duration, Kind::Timestamp) => "add it to a timestamp".to_string(),
        _ => "the reference lists the casts there are".to_string(),
    }
}

/// The way out of two operands that do not go together.
pub(super) fn conversion_help(left: &Placed, right: &Placed) -> String {
    use Kind::{Bool, Duration, F64, I64, Str, Timestamp};
    let text = [left, right].into_iter().find_map(|(expr, _)| match expr.constant() {
        Some(Value::Str(text)) => Some(text.as_str()),
        _ => None,
    });
    let kinds = [left.0.ty().kind, right.0.ty().kind];
    let has = |kind| kinds.contains(&kind);
    match () {
        () if has(Timestamp) && has(Str) => match text {
            Some(text) => format!("write a timestamp literal: `{}`", timestamp_like(text)),
            None => "convert the text: `x as timestamp`".to_string(),
        },
        () if has(Timestamp) && (has(I64) || has(F64)) => {
            "write a timestamp, such as `@2026-01-01T00:00:00Z`, or a duration, such as `5s`".to_string()
        }
        () if has(Timestamp) && has(Duration) => {
            "a difference of two timestamps is a duration: `b.at - a.at < 5s`".to_string()
        }
        () if kinds == [Timestamp, Timestamp] => {
            "the difference of two timestamps is written `-`".to_string()
        }
        () if has(Duration) && (has(I64) || has(F64)) => {
            "write a duration with its unit, such as `5s`".to_string()
        }
        () if has(Str) && (has(I64) || has(F64)) => {
            match text.and_then(|text| text.parse::<f64>().ok().map(|_| text)) {
                Some(number) => format!("write the number without quotes: `{number}`"),
                None => match [left, right].into_iter().find_map(|(expr, _)| expr.constant()) {
                    Some(Value::I64(number)) => format!("write the number as a text: `\"{number}\"`"),
                    _ => "convert the text: `x as f64`, or the number: `x as str`".to_string(),
                },
            }
        }
        () if kinds == [Str, Str] => "texts are joined by `concat(a, b)`".to_string(),
        () if has(Bool) => "a condition is used as it is, or joined by `and` and `or`".to_string(),
        () => "convert one of them with `as`".to_string(),
    }
}

/// A timestamp literal like a text that was meant for one.
fn timestamp_like(text: &str) -> String {
    let date =
        |text: &str| text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let Some(day) = text.get(..10).filter(|day| date(day)) else {
        return "@2026-01-01T00:00:00Z".to_string();
    };
    let clock = text[10..].trim_start_matches(['T', ' ']);
    let clock: String = clock.chars().take_while(|c| c.is_ascii_digit() || matches!(c, ':' | '.')).collect();
    let clock = if clock.len() == "00:00".len() { clock + ":00" } else { clock };
    format!("@{day}T{}Z", if clock.len() < "00:00:00".len() { "00:00:00" } else { &clock })
}
