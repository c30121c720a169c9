//! `emit` and `having` of a query that aggregates: what they may speak of is the row of a group, not the event at hand.
//!
//! An expression that equals one of `group by` is a column of the row, so is an aggregate, and so are the bounds of the window.
//! What stands within an aggregate is over the event again.

use super::Context;
use super::aggregates::mentioned;
use super::scope::{Clause, Scope};
use super::typer::{Operand, Typer};
use super::variables::Place;
use crate::ast::{self, ExprKind, Ident};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::hir::{Aggregate, Expr, FieldId, Window, WindowOp, WindowRule};
use crate::scalar::{Kind, Type, Value, is_same};
use crate::span::Span;

/// What the row of a group has, and what was asked of it so far.
pub(super) struct Grouping {
    /// `None`: a mistake in it was reported.
    pub(super) window: Option<Window>,
    /// Those that are known.
    pub(super) keys: Vec<Expr>,
    /// Whether a mistake in `group by` was reported: then a field may well be a key.
    pub(super) broken_keys: bool,
    /// Each once.
    pub(super) aggregates: Vec<Aggregate>,
}

impl Grouping {
    fn key(&self, expr: &Expr) -> Option<Expr> {
        let key = self.keys.iter().position(|key| is_same(key, expr))?;
        Some(Expr::field(WindowRule::key_column(key), expr.ty()))
    }

    /// The column of an aggregate; the same one for the same aggregate.
    fn column(&mut self, aggregate: Aggregate) -> Option<FieldId> {
        let known = self.aggregates.iter().position(|known| is_same(known, &aggregate));
        let index = known.unwrap_or_else(|| {
            self.aggregates.push(aggregate);
            self.aggregates.len() - 1
        });
        Some(WindowRule::aggregate_column(self.window?, self.keys.len(), index))
    }
}

impl Typer<'_, '_> {
    /// Whether names mean the row of a group.
    pub(super) fn over_groups(&self) -> bool {
        self.grouping.is_some() && !self.in_aggregate
    }

    /// An expression of several words that equals one of `group by`. It is typed as one over the event for that, in silence.
    pub(super) fn key_expression(&mut self, written: &ast::Expr) -> Option<Expr> {
        let grouping = self.grouping.as_deref()?;
        let is_field = |key: &Expr| matches!(key.kind(), crate::hir::ExprKind::Field(_));
        if matches!(written.kind, ExprKind::Name(_)) || grouping.keys.iter().all(is_field) {
            return None;
        }
        // A name that is emitted hides the field that `group by` speaks of.
        let mut names = Vec::new();
        mentioned(written, &mut names);
        let hidden = |name: &&Ident| self.scope.emitted.iter().any(|(emitted, _)| *emitted == name.name);
        if names.is_empty() || names.iter().any(hidden) {
            return None;
        }
        let mut silent = Diagnostics::new();
        let mut context =
            Context { catalog: std::mem::take(&mut self.context.catalog), diagnostics: &mut silent };
        let scope = Scope {
            clause: Clause::From,
            row: self.scope.row,
            place: Place::default(),
            variables: self.scope.variables,
            shared: &[],
            emitted: &[],
        };
        let typed = Typer::new(&mut context, &scope).value(written);
        self.context.catalog = context.catalog;
        grouping.key(&typed?)
    }

    /// A field of the event where the row of a group is meant: a key, or a mistake.
    pub(super) fn grouped_field(&mut self, name: &Ident, field: Expr) -> Operand {
        let Some(grouping) = self.grouping.as_deref() else { return Operand::Known(field) };
        if let Some(column) = grouping.key(&field) {
            return Operand::Known(column);
        }
        if grouping.broken_keys {
            return Operand::Broken;
        }
        let message = format!("`{}` is neither in `group by` nor in an aggregate", name.name);
        let diagnostic =
            Diagnostic::new(Code::UngroupedField, name.span, message).label(name.span, "of which event?");
        self.fail(diagnostic.help(format!(
            "write `last({0})` for that of the last event, or add `{0}` to `group by`",
            name.name
        )))
    }

    /// `window.start` or `window.end`.
    pub(super) fn window_bound(&mut self, span: Span, end: bool) -> Operand {
        if self.over_groups() {
            match self.grouping.as_deref().map(|grouping| (grouping.window, grouping.keys.len())) {
                Some((None, _)) => return Operand::Broken,
                Some((Some(window), keys)) if window.is_timed() => {
                    let column = WindowRule::bound_columns(keys)[usize::from(end)];
                    return Operand::Known(Expr::field(column, Type::new(Kind::Timestamp)));
                }
                _ => {}
            }
        }
        let diagnostic = Diagnostic::new(Code::WindowHere, span, "there is no window of time here")
            .label(span, "of which window?");
        self.fail(diagnostic.help(
            "`window.start` and `window.end` exist in `emit` and `having` of a query with a `window` of time",
        ))
    }

    /// An aggregate over the events of a window.
    pub(super) fn windowed(
        &mut self,
        span: Span,
        function: &Ident,
        distinct: bool,
        args: &[ast::Expr],
        filter: Option<&ast::Expr>,
    ) -> Operand {
        if function.name == "collect" {
            let message = "`collect` gives a list, and lists can only be emitted";
            let diagnostic = Diagnostic::new(Code::CollectHere, span, message);
            return self.fail(
                diagnostic
                    .label(span, "within an expression")
                    .help("emit it as it is, or use `first`, `last`, `count`, `min`, `max`, `sum` or `avg`"),
            );
        }
        let column = self.windowed_column(span, function, distinct, args, filter);
        column.map(|(column, ty)| Expr::field(column, ty)).into()
    }

    /// The column of an aggregate, and its type (of `collect` that of an item).
    pub(super) fn windowed_column(
        &mut self,
        span: Span,
        function: &Ident,
        distinct: bool,
        args: &[ast::Expr],
        filter: Option<&ast::Expr>,
    ) -> Option<(FieldId, Type)> {
        self.in_aggregate = true;
        let aggregate = self.windowed_aggregate(span, function, distinct, args, filter);
        self.in_aggregate = false;
        let aggregate = aggregate?;
        let ty = aggregate.ty;
        Some((self.grouping.as_deref_mut()?.column(aggregate)?, ty))
    }

    fn windowed_aggregate(
        &mut self,
        span: Span,
        function: &Ident,
        distinct: bool,
        args: &[ast::Expr],
        filter: Option<&ast::Expr>,
    ) -> Option<Aggregate> {
        let filter = filter.map(|filter| self.condition(filter, "the condition of `filter`"));
        let values: Vec<Option<Expr>> = args.iter().map(|arg| self.value(arg)).collect();
        let op = match (function.name.as_str(), WindowOp::from_name(&function.name)) {
            ("percentile", _) => WindowOp::Percentile(0.0),
            ("approx_percentile", _) => WindowOp::ApproxPercentile(0.0),
            (name, op) => op.unwrap_or_else(|| unreachable!("`{name}` is an aggregate")),
        };
        if distinct && args.is_empty() {
            // The parser has reported it.
            return None;
        }
        let (least, most, takes) = match op {
            WindowOp::Count => (0, 1, "a value or nothing"),
            WindowOp::ArgMax | WindowOp::ArgMin => (2, 2, "two arguments: what, and by what"),
            WindowOp::Percentile(_) | WindowOp::ApproxPercentile(_) if function.name != "median" => {
                (2, 2, "two arguments: of what, and a share of it")
            }
            _ => (1, 1, "one argument"),
        };
        if args.len() < least || args.len() > most {
            let message = format!("`{}` takes {takes}, and {} are given", function.name, args.len());
            self.fail(
                Diagnostic::new(Code::ArgumentCount, span, message)
                    .help("as in `count()`, `sum(x)`, `percentile(x, 0.9)`, `arg_max(x, by)`"),
            );
            return None;
        }
        if distinct && !op.takes_distinct() {
            let reason = match op {
                WindowOp::ApproxDistinct => "counts each value once anyway",
                _ => "is about events, not values",
            };
            let message = format!("`distinct` in `{}`, which {reason}", function.name);
            self.fail(Diagnostic::new(Code::NotAnAggregate, span, message).help("leave out `distinct`"));
            return None;
        }
        let filter = match filter {
            Some(filter) => Some(filter?),
            None => None,
        };
        let mut values = values.into_iter().collect::<Option<Vec<Expr>>>()?.into_iter();
        let (value, second) = (values.next(), values.next());
        let empty = filter.is_some() || second.as_ref().is_some_and(|by| by.ty().nullable);
        let Some(value) = value else {
            let ty = Type::new(Kind::I64);
            return Some(Aggregate { op, distinct, value: None, by: None, filter, ty });
        };
        let (op, by) = match (op, second) {
            (WindowOp::Percentile(_), Some(share)) => {
                (WindowOp::Percentile(self.share(&share, args[1].span)?), None)
            }
            (WindowOp::ApproxPercentile(_), Some(share)) => {
                (WindowOp::ApproxPercentile(self.share(&share, args[1].span)?), None)
            }
            (op, by) => (op, by),
        };
        let Some(ty) = op.result(value.ty(), empty) else {
            self.wrong_value(op, function, value.ty(), args[0].span);
            return None;
        };
        Some(Aggregate { op, distinct, value: Some(value), by, filter, ty })
    }

    /// The share of a percentile: a constant in `0..=1`.
    fn share(&mut self, share: &Expr, span: Span) -> Option<f64> {
        let share = match share.constant() {
            Some(Value::F64(share)) => Some(*share),
            Some(Value::I64(share)) => Some(*share as f64),
            _ => None,
        };
        match share {
            Some(share) if (0.0..=1.0).contains(&share) => Some(share.abs()),
            _ => {
                let message = "the share of a percentile is a constant from 0 to 1";
                let diagnostic =
                    Diagnostic::new(Code::PercentileShare, span, message).label(span, "not a share");
                self.fail(diagnostic.help("write 0.9 for the value that nine of ten are not above"));
                None
            }
        }
    }

    fn wrong_value(&mut self, op: WindowOp, function: &Ident, ty: Type, span: Span) {
        let takes = match op {
            WindowOp::Any | WindowOp::All => "conditions",
            WindowOp::Sum | WindowOp::Avg | WindowOp::Percentile(_) | WindowOp::ApproxPercentile(_) => {
                "numbers and durations"
            }
            _ => "numbers",
        };
        let help = match ty.kind {
            Kind::Duration => "divide it by a unit, as in `x / 1s`",
            Kind::Bool => "count what holds: `count() filter (where x)`",
            _ => "`count`, `min`, `max`, `first` and `last` take values of any type",
        };
        let diagnostic =
            Diagnostic::new(Code::ArgumentType, span, format!("`{}` takes {takes}", function.name))
                .label(span, format!("this is of type `{ty}`"));
        self.fail(diagnostic.help(help));
    }
}
