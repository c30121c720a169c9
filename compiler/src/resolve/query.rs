//! `query` rules: filters and projections. Windows, groups and aggregates are checked and refused: this version does not
//! execute them.

use super::Context;
use super::emit::{self, Emitted};
use super::scope::{Clause, Row, Scope};
use super::typer::Typer;
use super::variables::{Place, Variables};
use crate::ast::{self, Window};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Expr, SelectRule};
use crate::span::Span;

/// Resolves a query: what it reads (`None` after a reported mistake), and what it emits.
pub(super) fn query(rule: &ast::QueryRule, context: &mut Context<'_>) -> (Option<SelectRule>, Emitted) {
    let from = context.type_named(&rule.from.value.ty);
    let none = Variables::default();
    let scope = |clause| Scope {
        clause,
        row: Row::of(from),
        place: Place::default(),
        variables: &none,
        shared: &[],
        emitted: &[],
    };
    let guard = match &rule.from.value.guard {
        Some(guard) => Typer::new(context, &scope(Clause::From)).deciding(guard, "the guard").map(Some),
        None => Some(None),
    };
    let clause = Clause::Query { window: rule.window.is_some() };
    window(rule, context);
    group_by(rule, &scope(clause), context);
    let (emitted, aggregates) = emit::emit(&rule.emit.value.items, &scope(clause), context);
    refuse_aggregates(&aggregates, "emit", context);
    let values = emitted.values();
    let having = having(rule, &Scope { emitted: &values, ..scope(clause) }, context);

    let whole = || Some(SelectRule { from: from?, guard: guard?, having: having? });
    (whole(), emitted)
}

fn window(rule: &ast::QueryRule, context: &mut Context<'_>) {
    if let Some(window) = &rule.window {
        let diagnostic = Diagnostic::new(
            Code::WindowNotExecuted,
            window.span,
            "windows are not executed by this version yet",
        )
        .label(window.span, "refused, rather than ignored")
        .help("patterns count and sum over repetitions: `match b: B{3,} within 5m emit { n: count(b) }`");
        context.report(diagnostic);
    }
    let batch = matches!(rule.window.as_ref().map(|window| window.value), Some(Window::Batch(_)));
    if rule.emit.value.partial && !batch {
        let diagnostic =
            Diagnostic::new(Code::PartialWindow, rule.emit.span, "`emit partial` without `window batch`");
        context.report(
            diagnostic.help("leave out `partial`: nothing is left unfinished at the end of the input"),
        );
    }
}

fn group_by(rule: &ast::QueryRule, scope: &Scope<'_>, context: &mut Context<'_>) {
    let Some(clause) = &rule.group_by else { return };
    for key in &clause.value {
        Typer::new(context, scope).value(key);
    }
    let diagnostic =
        Diagnostic::new(Code::NotExecuted, clause.span, "`group by` is not executed by this version yet")
            .label(clause.span, "refused, rather than ignored")
            .help("a query without windows and aggregates has a row for each event and needs no groups");
    context.report(diagnostic);
}

/// `having`; the outer `None` after a reported mistake.
fn having(rule: &ast::QueryRule, scope: &Scope<'_>, context: &mut Context<'_>) -> Option<Option<Expr>> {
    let Some(clause) = &rule.having else { return Some(None) };
    let mut typer = Typer::new(context, scope);
    let having = typer.deciding(&clause.value, "`having`");
    let aggregates = std::mem::take(&mut typer.query_aggregates);
    refuse_aggregates(&aggregates, "having", context);
    having.map(Some)
}

fn refuse_aggregates(aggregates: &[Span], clause: &str, context: &mut Context<'_>) {
    let [first, others @ ..] = aggregates else { return };
    let message = format!("aggregates in `{clause}` of a query are not executed by this version yet");
    let mut diagnostic = Diagnostic::new(Code::AggregateNotExecuted, *first, message)
        .label(*first, "refused, rather than ignored")
        .help("patterns aggregate over repetitions: `match b: B{3,} within 5m emit { total: sum(b.field) }`");
    for other in others {
        diagnostic = diagnostic.label(*other, "also");
    }
    context.report(diagnostic);
}
