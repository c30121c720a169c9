//! Builds expressions: applies the precedences to the flat lists of operands and operators that the grammar leaves.

use super::{Builder, Built, Pair, Reported, expect};
use crate::ast::*;
use crate::diag::{Code, Diagnostic};
use crate::dsl::Rule;
use crate::dsl::literals::{self, Number};
use crate::dsl::timestamp;
use crate::span::{Span, Spanned};
use std::iter::Peekable;

/// How deep an expression tree may be: later stages recurse over it.
pub(in crate::dsl) const EXPRESSION_DEPTH_MAX: usize = 256;

/// How tightly an operator binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Compare,
    Coalesce,
    Add,
    Mul,
    Cast,
}

/// An expression and the depth of its tree.
struct Node {
    expr: Expr,
    depth: usize,
}

type Parts<'s> = Peekable<pest::iterators::Pairs<'s, Rule>>;

impl<'s> Builder<'s, '_> {
    pub(super) fn expr(&mut self, pair: Pair<'s>) -> Built<Expr> {
        self.node(pair).map(|node| node.expr)
    }

    pub(super) fn name_expr(&mut self, name: &Pair<'s>) -> Expr {
        let ident = self.ident(name);
        Expr { span: ident.span, kind: ExprKind::Name(ident) }
    }

    fn node(&mut self, pair: Pair<'s>) -> Built<Node> {
        self.climb(&mut pair.into_inner().peekable(), Level::Or)
    }

    /// An operand and all operators behind it that bind at least as tightly as `min`.
    fn climb(&mut self, parts: &mut Parts<'s>, min: Level) -> Built<Node> {
        let left = self.prefixed(parts, min)?;
        self.tails(left, parts, min)
    }

    /// An operand with its prefixes. The prefixes are a list, not a recursion, as there may be any number.
    fn prefixed(&mut self, parts: &mut Parts<'s>, min: Level) -> Built<Node> {
        let mut nots = Vec::new();
        let mut minuses = Vec::new();
        while let Some(prefix) = parts.next_if(|part| part.as_rule() == Rule::prefix) {
            let token = super::last(prefix);
            let span = self.span(&token);
            match token.as_rule() {
                Rule::minus => minuses.push(span),
                _ if minuses.is_empty() => {
                    self.check_not(&token, min);
                    nots.push(span);
                }
                _ => return Err(self.needs_parentheses(span)),
            }
        }
        let mut node = self.primary(parts, &mut minuses)?;
        for minus in minuses.into_iter().rev() {
            node = self.unary(UnaryOp::Neg, minus, node)?;
        }
        if !nots.is_empty() {
            node = self.tails(node, parts, Level::Compare)?;
        }
        for not in nots.into_iter().rev() {
            node = self.unary(UnaryOp::Not, not, node)?;
        }
        Ok(node)
    }

    fn check_not(&mut self, token: &Pair<'s>, min: Level) {
        let span = self.span(token);
        if token.as_rule() == Rule::wrong_not {
            self.report(
                Diagnostic::new(Code::ForeignSpelling, span, "negation is written `not`").help("write `not`"),
            );
        } else if min > Level::Not {
            self.needs_parentheses(span);
        }
    }

    fn needs_parentheses(&mut self, span: Span) -> Reported {
        let message = "`not` as an operand needs parentheses";
        self.report(Diagnostic::new(Code::NeedsParentheses, span, message).help("write `(not …)`"));
        Reported
    }

    fn unary(&mut self, op: UnaryOp, span: Span, operand: Node) -> Built<Node> {
        let span = span.to(operand.expr.span);
        let depth = operand.depth;
        self.parent(ExprKind::Unary(op, Box::new(operand.expr)), span, depth)
    }

    /// Operators and what stands right of them, as long as they bind at least as tightly as `min`.
    fn tails(&mut self, mut left: Node, parts: &mut Parts<'s>, min: Level) -> Built<Node> {
        let mut compared: Option<Span> = None;
        while let Some(tail) = parts.peek() {
            let level = level(tail);
            if level < min {
                break;
            }
            let tail = expect(parts.next());
            let span = self.span(&tail);
            if level == Level::Compare
                && let Some(first) = compared.replace(span)
            {
                let diagnostic = Diagnostic::new(Code::ChainedComparison, span, "comparisons do not chain")
                    .label(first, "the first comparison")
                    .label(span, "the second one");
                self.report(diagnostic.help("join two comparisons with `and`, or use parentheses"));
                return Err(Reported);
            }
            left = match tail.as_rule() {
                Rule::is_null => self.is_null(left, tail)?,
                Rule::in_list => self.in_list(left, tail)?,
                Rule::cast => self.cast(left, tail)?,
                _ => self.infix(left, tail, level, parts)?,
            };
        }
        Ok(left)
    }

    fn is_null(&mut self, left: Node, tail: Pair<'s>) -> Built<Node> {
        let span = left.expr.span.to(self.span(&tail));
        let negated = tail.into_inner().any(|part| part.as_rule() == Rule::kw_not);
        self.parent(ExprKind::IsNull { operand: Box::new(left.expr), negated }, span, left.depth)
    }

    fn in_list(&mut self, left: Node, tail: Pair<'s>) -> Built<Node> {
        let span = left.expr.span.to(self.span(&tail));
        let mut depth = left.depth;
        let mut list = Vec::new();
        let mut negated = false;
        for part in tail.into_inner() {
            match part.as_rule() {
                Rule::kw_not => negated = true,
                Rule::expr => {
                    let node = self.node(part)?;
                    depth = depth.max(node.depth);
                    list.push(node.expr);
                }
                _ => {}
            }
        }
        self.parent(ExprKind::In { operand: Box::new(left.expr), list, negated }, span, depth)
    }

    fn cast(&mut self, left: Node, tail: Pair<'s>) -> Built<Node> {
        let span = left.expr.span.to(self.span(&tail));
        let ty = self.type_ref(super::last(tail))?;
        if ty.unit.is_some() || ty.nullable {
            let message = "a cast names a plain type";
            let help = "leave out the unit and `?`; a cast that fails gives null";
            self.report(Diagnostic::new(Code::CastTarget, ty.span, message).help(help));
        }
        self.parent(ExprKind::Cast { operand: Box::new(left.expr), ty }, span, left.depth)
    }

    fn infix(&mut self, left: Node, tail: Pair<'s>, level: Level, parts: &mut Parts<'s>) -> Built<Node> {
        let op_span = self.span(&tail);
        let mut negated = false;
        let mut word = None;
        for part in tail.into_inner() {
            match part.as_rule() {
                Rule::kw_not => negated = true,
                _ => word = Some(part),
            }
        }
        let word = expect(word);
        match word.as_rule() {
            Rule::kw_between => self.between(left, op_span, negated, parts),
            Rule::kw_like => self.text_match(TextMatchOp::Like, left, negated, parts),
            Rule::kw_matches => self.text_match(TextMatchOp::Matches, left, negated, parts),
            _ => {
                let op = self.binary_op(&word);
                let right = self.climb(parts, tighter(level))?;
                let depth = left.depth.max(right.depth);
                let span = left.expr.span.to(right.expr.span);
                let op = Spanned::new(op, op_span);
                self.parent(ExprKind::Binary(op, Box::new(left.expr), Box::new(right.expr)), span, depth)
            }
        }
    }

    fn between(&mut self, left: Node, op: Span, negated: bool, parts: &mut Parts<'s>) -> Built<Node> {
        let low = self.climb(parts, Level::Coalesce)?;
        let is_and = |part: &Pair<'s>| matches!(part.as_str(), "and" | "&&");
        if parts.next_if(is_and).is_none() {
            let message = "`between` needs two bounds";
            self.report(
                Diagnostic::new(Code::UnexpectedToken, op, message).help("write `x between low and high`"),
            );
            return Err(Reported);
        }
        let high = self.climb(parts, Level::Coalesce)?;
        let depth = left.depth.max(low.depth).max(high.depth);
        let span = left.expr.span.to(high.expr.span);
        let kind = ExprKind::Between {
            operand: Box::new(left.expr),
            low: Box::new(low.expr),
            high: Box::new(high.expr),
            negated,
        };
        self.parent(kind, span, depth)
    }

    fn text_match(
        &mut self,
        op: TextMatchOp,
        left: Node,
        negated: bool,
        parts: &mut Parts<'s>,
    ) -> Built<Node> {
        let pattern = self.climb(parts, Level::Coalesce)?;
        let depth = left.depth.max(pattern.depth);
        let span = left.expr.span.to(pattern.expr.span);
        let kind = ExprKind::TextMatch {
            op,
            operand: Box::new(left.expr),
            pattern: Box::new(pattern.expr),
            negated,
        };
        self.parent(kind, span, depth)
    }

    fn binary_op(&mut self, symbol: &Pair<'s>) -> BinaryOp {
        let (op, wrong) = match symbol.as_str() {
            "=" => (BinaryOp::Eq, true),
            "<>" => (BinaryOp::Ne, true),
            "&&" => (BinaryOp::And, true),
            "||" => (BinaryOp::Or, true),
            text => (expect(BINARY_OPS.iter().find(|op| op.symbol() == text).copied()), false),
        };
        if wrong {
            let message = format!("`{}` is written `{}`", symbol.as_str(), op.symbol());
            let diagnostic = Diagnostic::new(Code::ForeignSpelling, self.span(symbol), message);
            self.report(diagnostic.help(format!("write `{}`", op.symbol())));
        }
        op
    }

    /// An operand without its prefixes, but with the last minus where it belongs to a literal.
    fn primary(&mut self, parts: &mut Parts<'s>, minuses: &mut Vec<Span>) -> Built<Node> {
        let token = expect(parts.next());
        let mut node = self.atom(token, minuses)?;
        while let Some(access) = parts.next_if(|part| part.as_rule() == Rule::access) {
            let field = self.ident(&super::last(access));
            let span = node.expr.span.to(field.span);
            node = self.parent(ExprKind::Field { base: Box::new(node.expr), field }, span, node.depth)?;
        }
        Ok(node)
    }

    fn atom(&mut self, token: Pair<'s>, minuses: &mut Vec<Span>) -> Built<Node> {
        let span = self.span(&token);
        let kind = match token.as_rule() {
            Rule::paren => return self.node(super::inner(token, Rule::expr)),
            Rule::if_expr => return self.if_expr(token, span),
            Rule::call_or_name => return self.call_or_name(token, span),
            Rule::number => return self.number_literal(&token, span, minuses),
            Rule::kw_true => ExprKind::Bool(true),
            Rule::kw_false => ExprKind::Bool(false),
            Rule::kw_null => ExprKind::Null,
            Rule::single_quoted => self.single_quoted(&token, span),
            Rule::string => ExprKind::Str(self.string(&token, span)?),
            _ => ExprKind::Timestamp(self.timestamp(&token, span)?),
        };
        Ok(leaf(kind, span))
    }

    fn if_expr(&mut self, pair: Pair<'s>, span: Span) -> Built<Node> {
        let mut branches = pair.into_inner().filter(|part| part.as_rule() == Rule::expr);
        let mut next = || self.node(expect(branches.next()));
        let (condition, then, otherwise) = (next()?, next()?, next()?);
        let depth = condition.depth.max(then.depth).max(otherwise.depth);
        let kind = ExprKind::If {
            condition: Box::new(condition.expr),
            then: Box::new(then.expr),
            otherwise: Box::new(otherwise.expr),
        };
        self.parent(kind, span, depth)
    }

    fn call_or_name(&mut self, pair: Pair<'s>, span: Span) -> Built<Node> {
        let mut parts = pair.into_inner();
        let name = expect(parts.next());
        let Some(arguments) = parts.next() else {
            return Ok(leaf(ExprKind::Name(self.ident(&name)), span));
        };
        let mut args = Vec::new();
        let mut filter = None;
        let mut distinct = false;
        let mut depth = 0;
        for part in arguments.into_inner() {
            match part.as_rule() {
                Rule::kw_distinct => distinct = true,
                Rule::expr => {
                    let node = self.node(part)?;
                    depth = depth.max(node.depth);
                    args.push(node.expr);
                }
                Rule::filter => {
                    let node = self.node(super::inner(part, Rule::expr))?;
                    depth = depth.max(node.depth);
                    filter = Some(Box::new(node.expr));
                }
                _ => {}
            }
        }
        if distinct && args.is_empty() {
            let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, "`distinct` needs an argument");
            self.report(diagnostic.help("write `count(distinct x)`"));
        }
        self.parent(ExprKind::Call { function: self.ident(&name), distinct, args, filter }, span, depth)
    }

    fn number_literal(&mut self, token: &Pair<'s>, span: Span, minuses: &mut Vec<Span>) -> Built<Node> {
        let value = self.number(token)?;
        let (span, negative) = match minuses.pop() {
            Some(minus) => (minus.to(span), true),
            None => (span, false),
        };
        let kind = match value {
            Number::Int(value) if negative => ExprKind::Int((value as i64).wrapping_neg()),
            Number::Int(value) => match i64::try_from(value) {
                Ok(value) => ExprKind::Int(value),
                Err(_) => {
                    let diagnostic =
                        Diagnostic::new(Code::BadNumber, span, "the integer does not fit 64 bits");
                    self.report(diagnostic.help("the largest is 9_223_372_036_854_775_807"));
                    return Err(Reported);
                }
            },
            Number::Float(value) => ExprKind::Float(if negative { -value } else { value }),
            Number::Duration(value) => ExprKind::Duration(if negative { -value } else { value }),
        };
        Ok(leaf(kind, span))
    }

    fn single_quoted(&mut self, token: &Pair<'s>, span: Span) -> ExprKind {
        let text = token.as_str().trim_matches('\'');
        let diagnostic = Diagnostic::new(Code::SingleQuotes, span, "texts are written in double quotes");
        self.report(diagnostic.help(format!("write `{}`", literals::string_text(text))));
        ExprKind::Str(text.to_string())
    }

    fn string(&mut self, token: &Pair<'s>, span: Span) -> Built<String> {
        literals::string(token.as_str()).map_err(|(range, help)| {
            let start = span.start as usize;
            let place = Span::new(start + range.start, start + range.end);
            self.report(Diagnostic::new(Code::BadEscape, place, "unknown escape in a text").help(help));
            Reported
        })
    }

    fn timestamp(&mut self, token: &Pair<'s>, span: Span) -> Built<i64> {
        timestamp::parse(token.as_str()).map_err(|problem| {
            let diagnostic = Diagnostic::new(Code::BadTimestamp, span, format!("not a timestamp: {problem}"));
            self.report(diagnostic.help("write it like `@2013-01-01T10:00:00Z`"));
            Reported
        })
    }

    /// A node over others of which the deepest has `depth`.
    fn parent(&mut self, kind: ExprKind, span: Span, depth: usize) -> Built<Node> {
        let depth = depth + 1;
        if depth > EXPRESSION_DEPTH_MAX {
            let message = format!("the expression is more than {EXPRESSION_DEPTH_MAX} levels deep");
            let diagnostic = Diagnostic::new(Code::ExpressionTooLong, span, message);
            self.report(diagnostic.help("use `x in (…)` for lists of values, or split the rule"));
            return Err(Reported);
        }
        Ok(Node { expr: Expr { kind, span }, depth })
    }
}

fn leaf(kind: ExprKind, span: Span) -> Node {
    Node { expr: Expr { kind, span }, depth: 1 }
}

const BINARY_OPS: &[BinaryOp] = &[
    BinaryOp::Or,
    BinaryOp::And,
    BinaryOp::Eq,
    BinaryOp::Ne,
    BinaryOp::Lt,
    BinaryOp::Le,
    BinaryOp::Gt,
    BinaryOp::Ge,
    BinaryOp::Coalesce,
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
    BinaryOp::Div,
    BinaryOp::Rem,
];

/// How tightly what stands behind an operand binds.
fn level(tail: &Pair<'_>) -> Level {
    match (tail.as_rule(), tail.as_str().trim_end()) {
        (Rule::cast, _) => Level::Cast,
        (Rule::is_null | Rule::in_list, _) => Level::Compare,
        (_, "or" | "||") => Level::Or,
        (_, "and" | "&&") => Level::And,
        (_, "??") => Level::Coalesce,
        (_, "+" | "-") => Level::Add,
        (_, "*" | "/" | "%") => Level::Mul,
        _ => Level::Compare,
    }
}

/// The level of the right operand: all operators of two operands group to the left.
fn tighter(level: Level) -> Level {
    match level {
        Level::Or => Level::And,
        Level::And => Level::Not,
        Level::Not => Level::Compare,
        Level::Compare => Level::Coalesce,
        Level::Coalesce => Level::Add,
        Level::Add => Level::Mul,
        Level::Mul | Level::Cast => Level::Cast,
    }
}
