//! Prints patterns: steps, sequences, groups.

use super::expr::expr;
use super::{INDENT, KEYWORD_WIDTH, WIDTH_MAX, name};
use crate::ast::*;
use crate::dsl::literals::duration_text;

/// A pattern on one line or, if that is too long, one line for each element of the outermost level.
pub(super) fn pattern_lines(pattern: &Pattern) -> Vec<String> {
    let parts = parts(pattern);
    let one_line = parts.join(" ");
    if one_line.chars().count() + INDENT.len() + KEYWORD_WIDTH <= WIDTH_MAX { vec![one_line] } else { parts }
}

/// The elements of the outermost level, each with the operator before it.
fn parts(pattern: &Pattern) -> Vec<String> {
    let joined = |sides: &[Pattern], symbol: &str| {
        let side = |(index, side): (usize, &Pattern)| match index {
            0 => atom(side),
            _ => format!("{symbol} {}", atom(side)),
        };
        sides.iter().enumerate().map(side).collect()
    };
    match &pattern.kind {
        PatternKind::Step(_) | PatternKind::Repeat(..) => vec![atom(pattern)],
        PatternKind::Sequence { first, rest } => {
            let mut parts = vec![element(first)];
            parts.extend(
                rest.iter().map(|(arrow, next)| format!("{} {}", arrow.value.symbol(), element(next))),
            );
            parts
        }
        PatternKind::Alternatives(sides) => joined(sides, "|"),
        PatternKind::All(sides) => joined(sides, "&"),
    }
}

/// A pattern as an element of another: in parentheses, if it is made of several.
fn atom(pattern: &Pattern) -> String {
    match &pattern.kind {
        PatternKind::Step(inner) => step(inner),
        PatternKind::Repeat(inner, quantifier) => {
            let inner_text = match &inner.kind {
                // A quantifier takes no quantifier.
                PatternKind::Repeat(..) => format!("({})", atom(inner)),
                _ => atom(inner),
            };
            inner_text + &quantifier_text(quantifier)
        }
        _ => format!("({})", parts(pattern).join(" ")),
    }
}

fn element(element: &Element) -> String {
    match element {
        Element::Match(pattern) => atom(pattern),
        Element::Not(negation) => match &negation.hold {
            Some(hold) => format!("!{} for {}", step(&negation.step), duration_text(hold.value)),
            None => format!("!{}", step(&negation.step)),
        },
    }
}

pub(super) fn step(step: &Step) -> String {
    let variable = step.variable.as_ref().map(|variable| name(variable) + ": ").unwrap_or_default();
    let guard = step.guard.as_ref().map(|guard| format!("[{}]", expr(guard))).unwrap_or_default();
    format!("{variable}{}{guard}", name(&step.ty))
}

fn quantifier_text(quantifier: &Quantifier) -> String {
    let bounds = match (quantifier.min, quantifier.max) {
        (0, None) => "*".to_string(),
        (1, None) => "+".to_string(),
        (0, Some(1)) => "?".to_string(),
        (min, None) => format!("{{{min},}}"),
        (min, Some(max)) if min == max => format!("{{{min}}}"),
        (min, Some(max)) => format!("{{{min},{max}}}"),
    };
    if quantifier.greedy { bounds + "+" } else { bounds }
}
