//! Builds patterns and queries: the clauses around the pattern itself.

use super::clauses::{self, Clauses};
use super::{Builder, Built, Pair, Reported, UNREAD_DURATION, Zero, expect, inner, last};
use crate::ast::*;
use crate::diag::{Code, Diagnostic};
use crate::dsl::Rule;
use crate::span::Spanned;

impl<'s> Builder<'s, '_> {
    pub(super) fn pattern_rule(&mut self, pair: Pair<'s>, doc: String) -> Built<PatternRule> {
        let span = self.span(&pair);
        let (name, mut clauses) = self.rule_clauses(pair, clauses::PATTERN);
        // All are built before any failure is acted on, so that every clause reports its mistakes.
        let partition = self.clause(clauses.take(Rule::partition_clause), Self::partition);
        let pattern = clauses.take_required(self, Rule::match_clause);
        let pattern = pattern.and_then(|pair| {
            self.clause_of(pair, |builder, pair| builder.pattern(inner(pair, Rule::pattern)))
        });
        let filter = self.clause(clauses.take(Rule::where_clause), |builder, pair| builder.expr(last(pair)));
        let within = self.clause(clauses.take(Rule::within_clause), Self::within);
        let skip = self.clause(clauses.take(Rule::after_clause), Self::after_match);
        let limits = self.clause(clauses.take(Rule::limit_clause), Self::limits);
        let emit = self.clause(clauses.take(Rule::emit_clause), Self::pattern_emit);
        Ok(PatternRule {
            doc,
            name,
            partition: partition?,
            pattern: pattern?,
            filter: filter?,
            within: within?,
            skip: skip?,
            limits: limits?,
            emit: emit?,
            span,
        })
    }

    pub(super) fn query_rule(&mut self, pair: Pair<'s>, doc: String) -> Built<QueryRule> {
        let span = self.span(&pair);
        let (name, mut clauses) = self.rule_clauses(pair, clauses::QUERY);
        let from = clauses.take_required(self, Rule::from_clause);
        let from = from.and_then(|pair| self.clause_of(pair, Self::from));
        let window = self.clause(clauses.take(Rule::window_clause), Self::window);
        let group_by = self.clause(clauses.take(Rule::group_clause), Self::group_by);
        let limits = self.clause(clauses.take(Rule::limit_clause), Self::limits);
        let having = self.clause(clauses.take(Rule::having_clause), |builder, pair| builder.expr(last(pair)));
        let emit = clauses.take_required(self, Rule::emit_clause);
        let emit = emit.and_then(|pair| self.clause_of(pair, Self::query_emit));
        let (window, emit) = (window?, emit?);
        if emit.value.partial && !matches!(window, Some(Spanned { value: Window::Batch(_), .. })) {
            let message = "`emit partial` is for `window batch` only";
            self.report(Diagnostic::new(Code::PartialWindow, emit.span, message).help("remove `partial`"));
        }
        Ok(QueryRule {
            doc,
            name,
            from: from?,
            window,
            group_by: group_by?,
            limits: limits?,
            emit,
            having: having?,
            span,
        })
    }

    fn rule_clauses(
        &mut self,
        pair: Pair<'s>,
        order: &'static [(Rule, &'static str)],
    ) -> (Ident, Clauses<'s>) {
        let mut clauses = Clauses::new(order, self.span(&pair));
        let mut name = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.ident(&part)),
                _ => clauses.push(self, part),
            }
        }
        (expect(name), clauses)
    }

    fn clause<T>(
        &mut self,
        pair: Option<Pair<'s>>,
        build: impl FnOnce(&mut Self, Pair<'s>) -> Built<T>,
    ) -> Built<Option<Clause<T>>> {
        pair.map(|pair| self.clause_of(pair, build)).transpose()
    }

    fn clause_of<T>(
        &mut self,
        pair: Pair<'s>,
        build: impl FnOnce(&mut Self, Pair<'s>) -> Built<T>,
    ) -> Built<Clause<T>> {
        let span = self.span(&pair);
        Ok(Spanned::new(build(self, pair)?, span))
    }

    fn partition(&mut self, pair: Pair<'s>) -> Built<Vec<PartitionItem>> {
        let items = pair.into_inner().filter(|part| part.as_rule() == Rule::partition_item);
        // Collected first: every item reports its mistakes.
        items.map(|item| self.partition_item(item)).collect::<Vec<_>>().into_iter().collect()
    }

    fn partition_item(&mut self, pair: Pair<'s>) -> Built<PartitionItem> {
        let span = self.span(&pair);
        let mut names = Vec::new();
        let mut dots = 0;
        let mut equals = 0;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => names.push(self.ident(&part)),
                Rule::dot => dots += 1,
                _ => {
                    equals += 1;
                    if part.as_str() == "==" {
                        let message = "keys are set equal by `=`";
                        let diagnostic = Diagnostic::new(Code::ForeignSpelling, self.span(&part), message);
                        self.report(diagnostic.help("write `Type.field = Other.field`"));
                    }
                }
            }
        }
        match (names.len(), dots, equals) {
            (1, ..) => Ok(PartitionItem::Field(names.remove(0))),
            (_, dots, equals) if equals > 0 && dots == equals + 1 => {
                let mut names = names.into_iter();
                let pairs =
                    std::iter::from_fn(|| Some(QualifiedField { ty: names.next()?, field: names.next()? }));
                Ok(PartitionItem::Equal(pairs.collect()))
            }
            _ => {
                let message = "a key is a field of all event types, or `Type.field = Other.field`";
                let field = names[usize::from(dots > 0)].name.clone();
                let diagnostic = Diagnostic::new(Code::UnexpectedToken, span, message);
                self.report(diagnostic.help(format!("write `{field}` if every event type has that field")));
                Err(Reported)
            }
        }
    }

    fn within(&mut self, pair: Pair<'s>) -> Built<Within> {
        let mut parts = pair.into_inner().skip(1);
        let number = expect(parts.next());
        match parts.next() {
            Some(_) => Ok(Within::Events(self.count(&number, 1, i64::MAX as u64)?.value)),
            None if number.as_str().bytes().all(|b| b.is_ascii_digit() || b == b'_') => {
                let count = number.as_str();
                let diagnostic =
                    Diagnostic::new(Code::BadDuration, self.span(&number), "`within` needs a unit");
                self.report(diagnostic.help(format!("write `{count}s`, or `{count} events`")));
                Ok(Within::Time(UNREAD_DURATION))
            }
            None => Ok(Within::Time(self.duration(&number, Zero::Refused).value)),
        }
    }

    fn after_match(&mut self, pair: Pair<'s>) -> Built<AfterMatch> {
        let mode = last(pair);
        Ok(match mode.as_rule() {
            Rule::kw_none => AfterMatch::None,
            Rule::after_past => AfterMatch::PastLast,
            _ => {
                let parts: Vec<Pair<'s>> = mode.into_inner().collect();
                match parts[1].as_rule() {
                    Rule::kw_next => AfterMatch::ToNext,
                    Rule::kw_first => AfterMatch::ToFirst(self.ident(&parts[2])),
                    _ => AfterMatch::ToLast(self.ident(&parts[2])),
                }
            }
        })
    }

    fn limits(&mut self, pair: Pair<'s>) -> Built<Vec<Limit>> {
        let mut limits: Vec<Limit> = Vec::new();
        for part in pair.into_inner().filter(|part| part.as_rule() == Rule::limit) {
            let limit = self.limit(part)?;
            if let Some(first) = limits.iter().find(|known| known.what == limit.what) {
                let diagnostic = Diagnostic::new(Code::BadLimit, limit.span, "the limit is written twice");
                self.report(diagnostic.label(first.span, "the first one").help("remove one of them"));
            }
            limits.push(limit);
        }
        Ok(limits)
    }

    fn limit(&mut self, pair: Pair<'s>) -> Built<Limit> {
        let span = self.span(&pair);
        let parts: Vec<Pair<'s>> = pair.into_inner().collect();
        let what = match parts[0].as_rule() {
            Rule::kw_runs => LimitKind::Runs,
            Rule::kw_partitions => LimitKind::Partitions,
            Rule::kw_rows => LimitKind::Rows,
            Rule::idle => LimitKind::Idle,
            _ => LimitKind::Repetition,
        };
        let bound = match what {
            LimitKind::Idle => {
                let span = self.duration(&parts[1], Zero::Refused);
                Spanned::new(span.value.unsigned_abs(), span.span)
            }
            _ => self.count(&parts[1], 0, i64::MAX as u64)?,
        };
        if bound.value == 0 {
            let diagnostic = Diagnostic::new(Code::BadLimit, bound.span, "a limit is at least 1");
            self.report(diagnostic.help("leave the limit out for its default"));
        }
        let policy = parts.get(2).map(|policy| {
            let span = self.span(policy);
            let value = match last(policy.clone()).as_rule() {
                Rule::kw_oldest => LimitPolicy::DropOldest,
                Rule::kw_new => LimitPolicy::DropNew,
                _ => LimitPolicy::Fail,
            };
            Spanned::new(value, span)
        });
        if let Some(policy) = &policy {
            self.check_policy(what, policy);
        }
        Ok(Limit { what, bound, policy, span })
    }

    fn check_policy(&mut self, what: LimitKind, policy: &Spanned<LimitPolicy>) {
        let (message, help) = match (what, policy.value) {
            (LimitKind::Partitions, LimitPolicy::DropOldest) => {
                ("partitions are not dropped by age", "write `drop new` or `fail`")
            }
            (LimitKind::Repetition, _) => {
                ("a repetition at its bound takes no more; there is nothing to choose", "remove it")
            }
            (LimitKind::Idle, _) => ("an idle partition ends; there is nothing to choose", "remove it"),
            _ => return,
        };
        self.report(Diagnostic::new(Code::BadLimit, policy.span, message).help(help));
    }

    fn pattern_emit(&mut self, pair: Pair<'s>) -> Built<Vec<EmitItem>> {
        if let Some(partial) = pair.clone().into_inner().find(|part| part.as_rule() == Rule::kw_partial) {
            let message = "`emit partial` is for `window batch` of a query only";
            self.report(
                Diagnostic::new(Code::PartialWindow, self.span(&partial), message).help("remove `partial`"),
            );
        }
        self.emit_items(pair)
    }

    fn query_emit(&mut self, pair: Pair<'s>) -> Built<QueryEmit> {
        let partial = pair.clone().into_inner().any(|part| part.as_rule() == Rule::kw_partial);
        Ok(QueryEmit { partial, items: self.emit_items(pair)? })
    }

    fn emit_items(&mut self, pair: Pair<'s>) -> Built<Vec<EmitItem>> {
        let items = pair.into_inner().filter(|part| part.as_rule() == Rule::emit_item);
        items.map(|item| self.emit_item(item)).collect::<Vec<_>>().into_iter().collect()
    }

    fn emit_item(&mut self, pair: Pair<'s>) -> Built<EmitItem> {
        let span = self.span(&pair);
        let mut name = None;
        let mut value = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::emit_name => name = Some(self.ident(&inner(part, Rule::name))),
                _ => value = Some(self.expr(part)?),
            }
        }
        let value = expect(value);
        if name.is_none() && !matches!(value.kind, ExprKind::Name(_) | ExprKind::Field { .. }) {
            let diagnostic =
                Diagnostic::new(Code::OutputNeedsName, value.span, "the emitted expression has no name");
            self.report(diagnostic.help(format!("write `name: {}`", &self.source[value.span.range()])));
        }
        Ok(EmitItem { name, value, span })
    }

    fn from(&mut self, pair: Pair<'s>) -> Built<Step> {
        let step = self.step(last(pair))?;
        if let Some(variable) = &step.variable {
            let message = "the events of a query have no variable";
            let diagnostic = Diagnostic::new(Code::UnexpectedToken, variable.span, message);
            self.report(diagnostic.help("fields are named by themselves: `price`"));
        }
        Ok(step)
    }

    fn group_by(&mut self, pair: Pair<'s>) -> Built<Vec<Expr>> {
        let exprs = pair.into_inner().filter(|part| part.as_rule() == Rule::expr);
        exprs.map(|expr| self.expr(expr)).collect::<Vec<_>>().into_iter().collect()
    }

    fn window(&mut self, pair: Pair<'s>) -> Built<Window> {
        let kind = last(pair);
        let rule = kind.as_rule();
        let mut numbers = Vec::new();
        let mut offset = None;
        for part in kind.into_inner() {
            match part.as_rule() {
                Rule::number => numbers.push(part),
                Rule::offset => offset = Some(self.duration(&last(part), Zero::Allowed).value),
                _ => {}
            }
        }
        if let Rule::last_rows | Rule::batch = rule {
            let rows = self.count(&numbers[0], 1, i64::MAX as u64)?.value;
            return Ok(if rule == Rule::batch { Window::Batch(rows) } else { Window::Last(rows) });
        }
        let durations: Vec<i64> =
            numbers.iter().map(|number| self.duration(number, Zero::Refused).value).collect();
        let size = durations[0];
        Ok(match rule {
            Rule::tumbling => Window::Tumbling { size, offset },
            Rule::hopping => Window::Hopping { size, every: durations[1], offset },
            Rule::sliding => Window::Sliding { size },
            _ => Window::Session { gap: size, max: durations.get(1).copied() },
        })
    }
}
