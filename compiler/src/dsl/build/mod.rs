//! From the grammar's token tree to the AST: declarations, events, and what all builders share.
//!
//! The grammar takes more than the language does; what is too much is reported here, with what was meant. Where that is
//! beyond doubt the AST holds it, so that later stages can go on and report their own.

mod clauses;
mod expr;
mod pattern;
mod rules;

use super::Rule;
use super::literals::{self, LiteralError, Number};
use crate::ast::{Event, Field, Ident, Item, ScalarName, TimeUnit, TypeRef};
use crate::diag::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::span::{Span, Spanned};
use clauses::Clauses;
pub(super) use expr::EXPRESSION_DEPTH_MAX;

pub(super) type Pair<'s> = pest::iterators::Pair<'s, Rule>;

/// A mistake that leaves no node; it has been reported.
#[derive(Debug)]
pub(super) struct Reported;

type Built<T> = Result<T, Reported>;

/// Builds the declaration of one chunk.
pub(super) struct Builder<'s, 'd> {
    source: &'s str,
    /// Where the chunk begins in the source.
    base: usize,
    diagnostics: &'d mut Diagnostics,
}

impl<'s, 'd> Builder<'s, 'd> {
    pub(super) fn new(source: &'s str, base: usize, diagnostics: &'d mut Diagnostics) -> Self {
        Builder { source, base, diagnostics }
    }

    pub(super) fn declaration(&mut self, pair: Pair<'s>) -> Built<Item> {
        let mut doc = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::doc => doc.push(part),
                Rule::event => return self.event(part, doc_text(&doc)).map(Item::Event),
                Rule::pattern_rule => return self.pattern_rule(part, doc_text(&doc)).map(Item::Pattern),
                Rule::query_rule => return self.query_rule(part, doc_text(&doc)).map(Item::Query),
                other => unreachable!("invariant: a declaration holds no {other:?}"),
            }
        }
        unreachable!("invariant: a declaration holds an event or a rule")
    }

    fn event(&mut self, pair: Pair<'s>, doc: String) -> Built<Event> {
        let span = self.span(&pair);
        let mut name = None;
        let mut fields = Vec::new();
        let mut clauses = Clauses::new(clauses::EVENT, span);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.ident(&part)),
                Rule::field => fields.push(self.field(part)),
                _ => clauses.push(self, part),
            }
        }
        let time = clauses.take(Rule::time_clause).map(|pair| self.time(pair)).transpose()?;
        let lateness = clauses.take(Rule::lateness_clause).map(|pair| {
            let span = self.span(&pair);
            Ok(Spanned::new(self.duration(&last(pair), Zero::Allowed).value, span))
        });
        let lateness = lateness.transpose()?;
        let fields = fields.into_iter().collect::<Built<Vec<Field>>>()?;
        Ok(Event { doc, name: expect(name), fields, time, lateness, span })
    }

    fn field(&mut self, pair: Pair<'s>) -> Built<Field> {
        let mut doc = Vec::new();
        let mut name = None;
        let mut ty = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::doc => doc.push(part),
                Rule::name => name = Some(self.ident(&part)),
                Rule::type_ref => ty = Some(self.type_ref(part)?),
                _ => {}
            }
        }
        let (name, ty) = (expect(name), expect(ty));
        let span = name.span.to(ty.span);
        Ok(Field { doc: doc_text(&doc), name, ty, span })
    }

    fn time(&mut self, pair: Pair<'s>) -> Built<Spanned<crate::ast::Expr>> {
        let span = self.span(&pair);
        let value = last(pair);
        let expr = match value.as_rule() {
            Rule::name => self.name_expr(&value),
            _ => self.expr(inner(value, Rule::expr))?,
        };
        Ok(Spanned::new(expr, span))
    }

    fn type_ref(&mut self, pair: Pair<'s>) -> Built<TypeRef> {
        let span = self.span(&pair);
        let mut words = Vec::new();
        let mut nullable = false;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::word => words.push(part),
                Rule::question => nullable = true,
                _ => {}
            }
        }
        let scalar = self.scalar(&words[0])?;
        let unit = words.get(1).map(|unit| self.time_unit(unit)).transpose()?;
        if let (Some(unit), true) = (words.get(1), scalar != ScalarName::Timestamp) {
            let message = format!("`{}` has no unit", words[0].as_str());
            let diagnostic = Diagnostic::new(Code::UnitOnType, self.span(unit), message);
            self.report(diagnostic.help("only `timestamp` takes one"));
        }
        Ok(TypeRef { scalar, unit, nullable, span })
    }

    fn scalar(&mut self, word: &Pair<'s>) -> Built<ScalarName> {
        let text = word.as_str();
        if let Some((_, scalar)) = SCALARS.iter().find(|(name, _)| *name == text) {
            return Ok(*scalar);
        }
        let span = self.span(word);
        let diagnostic = Diagnostic::new(Code::UnknownType, span, format!("there is no type `{text}`"));
        let lower = text.to_lowercase();
        let foreign =
            FOREIGN_TYPES.iter().find(|(names, _)| names.contains(&lower.as_str())).map(|(_, meant)| *meant);
        let known = SCALARS.iter().map(|(name, _)| *name);
        match foreign.map(str::to_string).or_else(|| did_you_mean(text, known)) {
            Some(meant) => {
                self.report(diagnostic.help(format!("did you mean `{meant}`?")));
                // What is likely meant stands in, so that rules over the event are still checked.
                return SCALARS
                    .iter()
                    .find(|(name, _)| *name == meant)
                    .map(|(_, scalar)| *scalar)
                    .ok_or(Reported);
            }
            None => self.report(diagnostic.help("the types are `bool i64 f64 str timestamp duration`")),
        }
        Err(Reported)
    }

    fn time_unit(&mut self, word: &Pair<'s>) -> Built<TimeUnit> {
        match word.as_str() {
            "s" => Ok(TimeUnit::S),
            "ms" => Ok(TimeUnit::Ms),
            "us" => Ok(TimeUnit::Us),
            "ns" => Ok(TimeUnit::Ns),
            other => {
                let message = format!("there is no time unit `{other}`");
                self.report(
                    Diagnostic::new(Code::UnknownUnit, self.span(word), message)
                        .help("the units are `s`, `ms`, `us` and `ns`"),
                );
                Err(Reported)
            }
        }
    }

    /// A duration token where nothing else may be. One that cannot be read is reported, and another stands in for it:
    /// the rest of the declaration is still checked.
    fn duration(&mut self, token: &Pair<'s>, zero: Zero) -> Spanned<i64> {
        let span = self.span(token);
        let unread = Spanned::new(UNREAD_DURATION, span);
        let Ok(number) = self.number(token) else { return unread };
        let (message, help) = match number {
            Number::Duration(0) if zero == Zero::Refused => {
                ("the duration is zero", "write a longer one".to_string())
            }
            Number::Duration(nanos) => return Spanned::new(nanos, span),
            Number::Int(0) if zero == Zero::Allowed => ("a duration needs a unit", "write `0s`".to_string()),
            Number::Int(_) => {
                let help = format!("write a unit behind it, such as `{}s`", token.as_str());
                ("a duration needs a unit", help)
            }
            Number::Float(_) => ("a duration needs a unit", "the units are `ns us ms s m h d`".to_string()),
        };
        self.report(Diagnostic::new(Code::BadDuration, span, message).help(help));
        unread
    }

    /// An integer token where nothing else may be; at least `min`.
    fn count(&mut self, token: &Pair<'s>, min: u64, max: u64) -> Built<Spanned<u64>> {
        let span = self.span(token);
        match self.number(token)? {
            Number::Int(value) if (min..=max).contains(&value) => Ok(Spanned::new(value, span)),
            Number::Int(value) => {
                let (message, help) = match value < min {
                    true => (format!("the number is at least {min}"), "write a greater one"),
                    false => (format!("the number is at most {max}"), "write a smaller one"),
                };
                self.report(Diagnostic::new(Code::BadNumber, span, message).help(help));
                Err(Reported)
            }
            _ => {
                let message = format!("`{}` is not a count", token.as_str());
                self.report(Diagnostic::new(Code::BadNumber, span, message).help("write a whole number"));
                Err(Reported)
            }
        }
    }

    fn number(&mut self, token: &Pair<'s>) -> Built<Number> {
        literals::number(token.as_str()).map_err(|error| {
            let span = self.span(token);
            self.report(match error {
                LiteralError::Number(message, help) => {
                    Diagnostic::new(Code::BadNumber, span, message).help(help)
                }
                LiteralError::Duration(message, help) => {
                    Diagnostic::new(Code::BadDuration, span, message).help(help)
                }
            });
            Reported
        })
    }

    fn ident(&self, pair: &Pair<'s>) -> Ident {
        Ident { name: pair.as_str().trim_matches('`').to_string(), span: self.span(pair) }
    }

    /// From the first to the last token: pest's own spans reach over blanks to the next token.
    fn span(&self, pair: &Pair<'s>) -> Span {
        let mut end = pair.as_span().end();
        let mut next = pair.clone().into_inner().next_back();
        while let Some(last) = next {
            end = last.as_span().end();
            next = last.into_inner().next_back();
        }
        Span::new(self.base + pair.as_span().start(), self.base + end)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// What stands in for a duration that could not be read, which was reported.
const UNREAD_DURATION: i64 = 1_000_000_000;

/// Whether a duration may be zero.
#[derive(Clone, Copy, PartialEq)]
enum Zero {
    Allowed,
    Refused,
}

const SCALARS: &[(&str, ScalarName)] = &[
    ("bool", ScalarName::Bool),
    ("i64", ScalarName::I64),
    ("int", ScalarName::I64),
    ("f64", ScalarName::F64),
    ("float", ScalarName::F64),
    ("str", ScalarName::Str),
    ("timestamp", ScalarName::Timestamp),
    ("duration", ScalarName::Duration),
];

/// Names that other languages have for the types.
const FOREIGN_TYPES: &[(&[&str], &str)] = &[
    (&["string", "varchar", "text", "utf8", "char"], "str"),
    (
        &[
            "int64", "integer", "long", "bigint", "i32", "int32", "u32", "u64", "i8", "i16", "smallint",
            "number",
        ],
        "i64",
    ),
    (&["float64", "double", "f32", "float32", "real", "decimal", "numeric"], "f64"),
    (&["boolean"], "bool"),
    (&["datetime", "time", "date", "instant"], "timestamp"),
    (&["interval", "timedelta"], "duration"),
];

/// The lines of documentation, without slashes and one blank.
fn doc_text(lines: &[Pair<'_>]) -> String {
    let line = |pair: &Pair<'_>| {
        let text = pair.as_str()["///".len()..].trim_end();
        text.strip_prefix(' ').unwrap_or(text).to_string()
    };
    lines.iter().map(line).collect::<Vec<String>>().join("\n")
}

/// The last token or rule within.
fn last(pair: Pair<'_>) -> Pair<'_> {
    expect(pair.into_inner().next_back())
}

/// The first part of a kind.
fn inner(pair: Pair<'_>, rule: Rule) -> Pair<'_> {
    expect(pair.into_inner().find(|part| part.as_rule() == rule))
}

/// A part that the grammar makes sure of.
fn expect<T>(part: Option<T>) -> T {
    part.expect("invariant: the grammar has this part")
}
