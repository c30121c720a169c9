//! The clauses of one declaration: each at most once, in the documented order.

use super::{Builder, Pair, expect};
use crate::diag::{Code, Diagnostic};
use crate::dsl::Rule;
use crate::span::Span;

/// Clauses in their order, with the words that begin them.
type Order = &'static [(Rule, &'static str)];

pub(super) const EVENT: Order = &[(Rule::time_clause, "time"), (Rule::lateness_clause, "lateness")];

pub(super) const PATTERN: Order = &[
    (Rule::partition_clause, "partition by"),
    (Rule::match_clause, "match"),
    (Rule::where_clause, "where"),
    (Rule::within_clause, "within"),
    (Rule::after_clause, "after match skip"),
    (Rule::limit_clause, "limit"),
    (Rule::emit_clause, "emit"),
];

/// `having` may stand before `emit`, too; that is looked at in [`Clauses::push`].
pub(super) const QUERY: Order = &[
    (Rule::from_clause, "from"),
    (Rule::window_clause, "window"),
    (Rule::group_clause, "group by"),
    (Rule::limit_clause, "limit"),
    (Rule::emit_clause, "emit"),
    (Rule::having_clause, "having"),
];

/// The clauses read so far, by their place in the order.
pub(super) struct Clauses<'s> {
    order: Order,
    found: Vec<Option<(Pair<'s>, Span)>>,
    /// Of the declaration.
    span: Span,
}

impl<'s> Clauses<'s> {
    pub(super) fn new(order: Order, span: Span) -> Self {
        Clauses { order, found: order.iter().map(|_| None).collect(), span }
    }

    /// Adds a part of the declaration; what is no clause is passed over, but for semicolons.
    pub(super) fn push(&mut self, builder: &mut Builder<'s, '_>, pair: Pair<'s>) {
        let span = builder.span(&pair);
        if pair.as_rule() == Rule::semicolon {
            let message = "clauses and declarations end without `;`";
            builder.report(Diagnostic::new(Code::ForeignSpelling, span, message).help("remove it"));
            return;
        }
        let Some(place) = self.order.iter().position(|(rule, _)| *rule == pair.as_rule()) else {
            return;
        };
        let words = self.order[place].1;
        if let Some((_, first)) = &self.found[place] {
            let help = match pair.as_rule() {
                Rule::where_clause | Rule::having_clause => "join the conditions with `and`",
                Rule::partition_clause | Rule::group_clause | Rule::limit_clause => {
                    "write one list, with commas"
                }
                Rule::emit_clause => "write one list, in one pair of braces",
                _ => "remove one of them",
            };
            let diagnostic = Diagnostic::new(Code::ClauseTwice, span, format!("`{words}` is written twice"));
            builder
                .report(diagnostic.label(*first, "the first one").label(span, "the second one").help(help));
            return;
        }
        self.check_order(builder, place, span);
        self.found[place] = Some((pair, span));
    }

    fn check_order(&self, builder: &mut Builder<'s, '_>, place: usize, span: Span) {
        let (rule, words) = self.order[place];
        let later =
            self.order.iter().zip(&self.found).skip(place + 1).find_map(|((later, later_words), found)| {
                let free = rule == Rule::emit_clause && *later == Rule::having_clause;
                found.as_ref().filter(|_| !free).map(|(_, span)| (*later_words, *span))
            });
        if let Some((later_words, later_span)) = later {
            let order: Vec<String> = self.order.iter().map(|(_, words)| format!("`{words}`")).collect();
            let message = format!("`{words}` belongs before `{later_words}`");
            let diagnostic = Diagnostic::new(Code::ClauseOrder, span, message)
                .label(later_span, "this comes later")
                .label(span, "this comes first")
                .help(format!("the order is {}", order.join(", ")));
            builder.report(diagnostic);
        }
    }

    /// The clause of a kind, if it was written.
    pub(super) fn take(&mut self, rule: Rule) -> Option<Pair<'s>> {
        let place = expect(self.order.iter().position(|(known, _)| *known == rule));
        self.found[place].take().map(|(pair, _)| pair)
    }

    /// The clause of a kind, or a diagnostic that it is missing.
    pub(super) fn take_required(
        &mut self,
        builder: &mut Builder<'s, '_>,
        rule: Rule,
    ) -> super::Built<Pair<'s>> {
        self.take(rule).ok_or_else(|| {
            let words = expect(self.order.iter().find(|(known, _)| *known == rule)).1;
            let (kind, example) = match rule {
                Rule::match_clause => ("pattern", "match a: A -> b: B"),
                Rule::from_clause => ("query", "from A[guard]"),
                _ => ("query", "emit { field, name: expression }"),
            };
            let message = format!("the {kind} has no `{words}`");
            builder.report(
                Diagnostic::new(Code::ClauseMissing, self.span, message).help(format!("write `{example}`")),
            );
            super::Reported
        })
    }
}
