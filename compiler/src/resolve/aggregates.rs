//! Aggregates over the events of a repeated variable, in patterns. Those of queries go on to `grouping`.

use super::scope::Clause;
use super::typer::{Operand, Typer};
use super::variables::Sight;
use crate::ast::{self, ExprKind, Ident};
use crate::diag::{Code, Diagnostic};
use crate::hir::{AggOp, Expr, VarId};
use crate::span::Span;

/// Aggregates of patterns; `collect` aside, which gives a list.
const IN_PATTERNS: [(&str, AggOp); 8] = [
    ("count", AggOp::Count),
    ("first", AggOp::First),
    ("last", AggOp::Last),
    ("sum", AggOp::Sum),
    ("avg", AggOp::Avg),
    ("min", AggOp::Min),
    ("max", AggOp::Max),
    ("stddev", AggOp::Stddev),
];

/// Aggregates of queries alone.
const IN_QUERIES: [&str; 11] = [
    "variance",
    "stddev_pop",
    "var_pop",
    "median",
    "percentile",
    "arg_max",
    "arg_min",
    "any",
    "all",
    "approx_distinct",
    "approx_percentile",
];

/// Whether a call is one of an aggregate: `min` and `max` of several arguments are functions.
pub(super) fn is_aggregate(name: &str, arguments: usize) -> bool {
    match name {
        "min" | "max" => arguments < 2,
        _ => names().any(|known| known == name),
    }
}

/// Every aggregate's name.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    IN_PATTERNS.iter().map(|(name, _)| *name).chain(IN_QUERIES).chain(["collect"])
}

impl Typer<'_, '_> {
    /// A call of an aggregate, in an expression.
    pub(super) fn aggregate(
        &mut self,
        span: Span,
        function: &Ident,
        distinct: bool,
        args: &[ast::Expr],
        filter: Option<&ast::Expr>,
    ) -> Operand {
        if self.item.is_some() || self.in_aggregate {
            let diagnostic = Diagnostic::new(Code::NestedAggregate, span, "an aggregate within an aggregate")
                .label(span, "is about all events, not one")
                .help("leave out the inner aggregate, or apply it to the result of the outer one");
            return self.fail(diagnostic);
        }
        match self.scope.clause {
            Clause::Guard | Clause::Where | Clause::Emit => {}
            Clause::Query => return self.windowed(span, function, distinct, args, filter),
            Clause::Time | Clause::From => {
                let diagnostic = Diagnostic::new(
                    Code::AggregateHere,
                    span,
                    format!("`{}` cannot stand here", function.name),
                )
                .label(span, "an aggregate")
                .help("only the fields of one event are known here; aggregates stand in `emit` and `having`");
                return self.fail(diagnostic);
            }
        }
        if self.refused_form(span, function, distinct, filter) {
            return Operand::Broken;
        }
        let Some((_, op)) = IN_PATTERNS.iter().find(|(name, _)| *name == function.name) else {
            let message = "`collect` gives a list, and lists can only be emitted";
            let diagnostic =
                Diagnostic::new(Code::CollectHere, span, message).label(span, "within an expression");
            return self
                .fail(diagnostic.help(
                    "emit it as it is, or use `first`, `last`, `count`, `min`, `max`, `sum` or `avg`",
                ));
        };
        self.over_events(*op, span, function, args).into()
    }

    /// `collect(…)` as the whole of an emitted value: the variable and what is collected of each event.
    pub(super) fn collect(
        &mut self,
        span: Span,
        function: &Ident,
        distinct: bool,
        args: &[ast::Expr],
        filter: Option<&ast::Expr>,
    ) -> Option<(VarId, Expr)> {
        if self.refused_form(span, function, distinct, filter) {
            return None;
        }
        let (variable, item, _) = self.argument(span, function, args)?;
        let Some(item) = item else {
            let name = written(args);
            let diagnostic =
                Diagnostic::new(Code::ArgumentType, span, "`collect` takes a value of each event")
                    .help(format!("write `collect({name}.field)`, or emit the whole events: `{name}`"));
            self.context.report(diagnostic);
            return None;
        };
        Some((variable, item))
    }

    /// What this version refuses or the language does not have in patterns.
    fn refused_form(
        &mut self,
        span: Span,
        function: &Ident,
        distinct: bool,
        filter: Option<&ast::Expr>,
    ) -> bool {
        if IN_QUERIES.contains(&function.name.as_str()) {
            let message = format!("`{}` is an aggregate of queries", function.name);
            let diagnostic =
                Diagnostic::new(Code::AggregateHere, span, message).label(function.span, "not in patterns");
            self.fail(
                diagnostic.help("patterns have count, first, last, sum, avg, min, max, stddev and collect"),
            );
            return true;
        }
        let what = match (distinct, filter) {
            (true, _) => "`distinct`",
            (_, Some(_)) => "`filter`",
            _ => return false,
        };
        let message = format!("{what} in an aggregate is not executed by this version yet");
        let help = "write the condition into the guard of the repeated step where that is possible";
        self.fail(
            Diagnostic::new(Code::NotExecuted, span, message)
                .label(span, "refused, rather than ignored")
                .help(help),
        );
        true
    }

    fn over_events(&mut self, op: AggOp, span: Span, function: &Ident, args: &[ast::Expr]) -> Option<Expr> {
        let (variable, item, empty) = self.argument(span, function, args)?;
        let picks = matches!(op, AggOp::First | AggOp::Last);
        if picks {
            let name = &self.scope.variables.get(variable).name;
            let field = match args.first().map(|arg| &arg.kind) {
                Some(ExprKind::Field { field, .. }) => field.name.as_str(),
                _ => "field",
            };
            let (code, message) = match item {
                None => (Code::EventAsValue, "this is an event, not a value".to_string()),
                Some(_) => (
                    Code::AggregateVariables,
                    format!("`{}` picks an event, and the field comes after it", op.name()),
                ),
            };
            let help = format!("write `{}({name}).{field}`", op.name());
            self.context.report(Diagnostic::new(code, span, message).help(help));
            return None;
        }
        let ty = item.as_ref().map(Expr::ty);
        if op.result(ty, empty).is_some() {
            return Some(Expr::aggregate(op, variable, item, empty));
        }
        let name = op.name();
        let takes = if op == AggOp::Stddev { "numbers" } else { "numbers and durations" };
        let diagnostic = match ty {
            Some(ty) => Diagnostic::new(Code::ArgumentType, span, format!("`{name}` takes {takes}"))
                .label(args[0].span, format!("this is of type `{ty}`"))
                .help("`count`, `min`, `max`, `first` and `last` take values of any type"),
            None => {
                Diagnostic::new(Code::ArgumentType, span, format!("`{name}` takes a value of each event"))
                    .label(args[0].span, "these are events")
                    .help(format!("name a field: `{name}({}.field)`", written(args)))
            }
        };
        self.context.report(diagnostic);
        None
    }

    /// The argument of an aggregate: the repeated variable that it is about, the value of each of its events (`None` for the
    /// variable alone), and whether there may be no event.
    fn argument(
        &mut self,
        span: Span,
        function: &Ident,
        args: &[ast::Expr],
    ) -> Option<(VarId, Option<Expr>, bool)> {
        let [argument] = args else {
            let message = format!("`{}` takes one argument, and {} are given", function.name, args.len());
            let help = format!("write `{0}(b)` or `{0}(b.field)` for a repeated variable `b`", function.name);
            self.context.report(Diagnostic::new(Code::ArgumentCount, span, message).help(help));
            return None;
        };
        let variable = self.subject(span, function, argument)?;
        let empty = self.aggregated(variable, argument.span)?;
        if let ExprKind::Name(_) = argument.kind {
            return Some((variable, None, empty));
        }
        self.item = Some(variable);
        let item = self.value(argument);
        self.item = None;
        self.scope.variables.get(variable).ty?;
        Some((variable, Some(item?), empty))
    }

    /// Whether there may be no event of a repeated variable; `None` after a reported mistake.
    fn aggregated(&mut self, variable: VarId, span: Span) -> Option<bool> {
        match self.scope.variables.get(variable).aggregated_from(&self.scope.place) {
            Sight::Many { empty } => Some(empty),
            unbound => {
                let field = Ident { name: "field".to_string(), span };
                self.unbound(variable, unbound, &field, span);
                None
            }
        }
    }

    /// The one repeated variable that an argument speaks of.
    fn subject(&mut self, span: Span, function: &Ident, argument: &ast::Expr) -> Option<VarId> {
        let mut names = Vec::new();
        mentioned(argument, &mut names);
        let (mut repeated, mut others): (Vec<(VarId, &Ident)>, Vec<&Ident>) = (Vec::new(), Vec::new());
        for name in names {
            match self.scope.variables.find(&name.name) {
                Some(id) if self.scope.variables.get(id).repeated() => repeated.push((id, name)),
                _ => others.push(name),
            }
        }
        let Some(&(id, first)) = repeated.first() else {
            self.no_repeated(span, function, argument, &others);
            return None;
        };
        let other = repeated
            .iter()
            .find(|(other, _)| *other != id)
            .map(|(_, name)| *name)
            .or(others.first().copied());
        let Some(other) = other else { return Some(id) };
        let message = format!("`{}` is about the events of `{}` alone", function.name, first.name);
        let diagnostic = Diagnostic::new(Code::AggregateVariables, span, message)
            .label(first.span, format!("of each event of `{}`", first.name))
            .label(other.span, "not of it")
            .help(format!("apply what is not of `{}` to the result of the aggregate", first.name));
        self.context.report(diagnostic);
        None
    }

    /// Reports an aggregate without a repeated variable.
    fn no_repeated(&mut self, span: Span, function: &Ident, argument: &ast::Expr, others: &[&Ident]) {
        let variables = self.scope.variables;
        if let Some(single) = others.iter().find(|name| variables.find(&name.name).is_some()) {
            let message =
                format!("`{}` is a single event, over which `{}` says nothing", single.name, function.name);
            let help = match &argument.kind {
                ExprKind::Name(_) => {
                    format!("leave out `{}`, or repeat the step: `{}: …+`", function.name, single.name)
                }
                _ => format!("write the value itself, without `{}`", function.name),
            };
            let bound = variables.find(&single.name).map(|id| variables.get(id).span);
            let mut diagnostic = Diagnostic::new(Code::SingleVariable, span, message);
            if let Some(bound) = bound {
                diagnostic = diagnostic.label(bound, "bound once").label(span, "an aggregate");
            }
            self.context.report(diagnostic.help(help));
            return;
        }
        // An unknown variable is reported as such; a field or a constant is none.
        let repeated =
            || variables.iter().map(|(_, variable)| variable).filter(|variable| variable.repeated());
        let having = |field: &Ident| {
            repeated().find(|variable| {
                variable.ty.is_some_and(|ty| self.context.catalog.info(ty).field(&field.name).is_some())
            })
        };
        let unknown = others.iter().find(|name| !self.is_field(name) && having(name).is_none());
        if let Some(name) = unknown {
            self.variable_named(name);
            return;
        }
        let example = match others.iter().find_map(|field| having(field).zip(Some(field))) {
            Some((variable, field)) => format!("{}.{}", variable.name, field.name),
            None => format!("{}.field", repeated().next().map_or("b", |variable| &variable.name)),
        };
        let message = format!("`{}` names no repeated variable", function.name);
        let diagnostic =
            Diagnostic::new(Code::AggregateVariables, span, message).label(argument.span, "of which events?");
        self.context.report(diagnostic.help(format!("name the variable: `{}({example})`", function.name)));
    }

    /// `first(b).f` and `last(b).f`.
    pub(super) fn picked_field(
        &mut self,
        op: AggOp,
        function: &Ident,
        args: &[ast::Expr],
        field: &Ident,
    ) -> Operand {
        let span = function.span.to(field.span);
        let [ast::Expr { kind: ExprKind::Name(name), .. }] = args else {
            let message = format!("`{}` picks an event of a repeated variable", op.name());
            let help = format!("write `{}(b).{}` for a repeated variable `b`", op.name(), field.name);
            return self.fail(Diagnostic::new(Code::AggregateVariables, span, message).help(help));
        };
        if self.item.is_some() || !self.scope.clause.in_pattern() {
            let of = if self.item.is_some() { span } else { function.span };
            if self.aggregate(of, function, false, args, None) == Operand::Broken {
                return Operand::Broken;
            }
            let message = "a value has no fields";
            let help = format!("write `{}({})`", op.name(), field.name);
            return self.fail(Diagnostic::new(Code::UnknownField, field.span, message).help(help));
        }
        let Some(id) = self.variable_named(name) else { return Operand::Broken };
        let variable = self.scope.variables.get(id);
        if !variable.repeated() {
            let message = format!("`{}` is a single event, so there is no {} of it", name.name, op.name());
            let diagnostic = Diagnostic::new(Code::SingleVariable, span, message)
                .label(variable.span, "bound once")
                .label(span, "an aggregate");
            return self.fail(diagnostic.help(format!("write `{}.{}`", name.name, field.name)));
        }
        let item = self.item_field(id, field);
        let empty = self.aggregated(id, span);
        item.zip(empty).map(|(item, empty)| Expr::aggregate(op, id, Some(item), empty)).into()
    }
}

/// The variable's name, if the argument is one; for suggestions.
fn written(args: &[ast::Expr]) -> &str {
    let base = |expr: &ast::Expr| matches!(expr.kind, ExprKind::Name(_));
    match args.first().map(|arg| &arg.kind) {
        Some(ExprKind::Name(name)) => &name.name,
        Some(ExprKind::Field { base: inner, .. }) if base(inner) => match &inner.kind {
            ExprKind::Name(name) => &name.name,
            _ => "b",
        },
        _ => "b",
    }
}

/// The names that an expression speaks of: bare ones, and those before a dot.
pub(super) fn mentioned<'a>(expr: &'a ast::Expr, names: &mut Vec<&'a Ident>) {
    if let ExprKind::Name(name) = &expr.kind {
        names.push(name);
    }
    expr.children().into_iter().for_each(|child| mentioned(child, names));
}
