//! `query` rules: filters and projections, and aggregates over windows of the events of groups.

use super::Context;
use super::aggregates::is_aggregate;
use super::emit::{self, Emitted};
use super::grouping::Grouping;
use super::limits;
use super::scope::{Clause, Row, Scope};
use super::typer::Typer;
use super::variables::{Place, Variables};
use crate::ast::{self, ExprKind};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Expr, RuleBody, SelectRule, TypeId, Window, WindowRule};

/// Pieces that a window may be cut into: how many overlap, or nearly so.
const SLICES_MAX: i64 = 1 << 16;

/// Resolves a query: what it does (`None` after a reported mistake), and what it emits.
pub(super) fn query(rule: &ast::QueryRule, context: &mut Context<'_>) -> (Option<RuleBody>, Emitted) {
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
    let mut grouping = aggregates(rule).then(|| {
        let keys = group_by(rule, &scope(Clause::From), context);
        let window = window(rule, context);
        let broken_keys = keys.is_none();
        Grouping { window, keys: keys.unwrap_or_default(), broken_keys, aggregates: Vec::new() }
    });
    if grouping.is_none() {
        partial_without_batch(rule, context);
    }
    let scope = scope(Clause::Query);
    let emitted = emit::emit(&rule.emit.value.items, &scope, grouping.as_mut(), context);
    let values = emitted.values();
    let having = having(rule, &Scope { emitted: &values, ..scope }, grouping.as_mut(), context);
    (body(from, guard, grouping, having, rule.limits.as_ref(), context), emitted)
}

fn body(
    from: Option<TypeId>,
    guard: Option<Option<Expr>>,
    grouping: Option<Grouping>,
    having: Option<Option<Expr>>,
    limits: Option<&ast::Clause<Vec<ast::Limit>>>,
    context: &mut Context<'_>,
) -> Option<RuleBody> {
    let (from, guard, having) = (from?, guard?, having?);
    let Some(grouping) = grouping else {
        if let Some(limits) = limits {
            limits::of_nothing(limits, context);
        }
        return Some(RuleBody::Select(SelectRule { from, guard, having }));
    };
    let window = grouping.window?;
    let mut rule = WindowRule {
        from,
        guard,
        window,
        keys: (!grouping.broken_keys).then_some(grouping.keys)?,
        aggregates: grouping.aggregates,
        having,
        limits: window.limits(),
    };
    if let Some(limits) = limits {
        rule.limits = limits::of_query(limits, &rule, context);
    }
    Some(RuleBody::Window(rule))
}

/// Whether a query is about groups of events: it says so, or there is an aggregate in it.
fn aggregates(rule: &ast::QueryRule) -> bool {
    let emitted = rule.emit.value.items.iter().map(|item| &item.value);
    let having = rule.having.iter().map(|having| &having.value);
    rule.window.is_some() || rule.group_by.is_some() || emitted.chain(having).any(has_aggregate)
}

fn has_aggregate(expr: &ast::Expr) -> bool {
    let is_one = matches!(&expr.kind, ExprKind::Call { function, args, .. } if is_aggregate(&function.name, args.len()));
    is_one || expr.children().into_iter().any(has_aggregate)
}

/// The keys; `None` after a reported mistake.
fn group_by(rule: &ast::QueryRule, scope: &Scope<'_>, context: &mut Context<'_>) -> Option<Vec<Expr>> {
    let keys = rule.group_by.iter().flat_map(|clause| &clause.value);
    let keys: Vec<Option<Expr>> = keys.map(|key| Typer::new(context, scope).value(key)).collect();
    keys.into_iter().collect()
}

/// What the window is; `None` after a reported mistake.
fn window(rule: &ast::QueryRule, context: &mut Context<'_>) -> Option<Window> {
    let partial = rule.emit.value.partial;
    let Some(clause) = &rule.window else {
        partial_without_batch(rule, context);
        return Some(Window::Running);
    };
    let window = match clause.value {
        ast::Window::Batch(rows) => return Some(Window::Batch { rows, partial }),
        ast::Window::Tumbling { size, offset } => hopping(size, size, offset),
        ast::Window::Hopping { size, every, offset } => {
            refuse_hop(size, every, clause, context)?;
            hopping(size, every, offset)
        }
        ast::Window::Sliding { size } => Window::Sliding { size },
        ast::Window::Session { gap, max } => Window::Session { gap, max },
        ast::Window::Last(rows) => Window::Last(rows),
    };
    partial_without_batch(rule, context);
    Some(window)
}

/// Offsets that differ by whole hops are the same.
fn hopping(size: i64, every: i64, offset: Option<i64>) -> Window {
    Window::Hopping { size, every, offset: offset.unwrap_or(0).rem_euclid(every) }
}

/// `None` after reporting a hop that leaves events out, or one that makes too many windows.
fn refuse_hop(
    size: i64,
    every: i64,
    clause: &ast::Clause<ast::Window>,
    context: &mut Context<'_>,
) -> Option<()> {
    let (message, label, help) = if every > size {
        (
            "the windows start further apart than they are long",
            "events between them are in no window",
            "write a greater length, or a guard that chooses the events by their time",
        )
    } else if size / common_divisor(size, every) > SLICES_MAX {
        (
            "the windows overlap too often",
            "each window is made of more than 65,536 pieces",
            "write a greater hop, one that divides the length, or a `sliding` window",
        )
    } else {
        return Some(());
    };
    let diagnostic = Diagnostic::new(Code::WindowHop, clause.span, message).label(clause.span, label);
    context.report(diagnostic.help(help));
    None
}

const fn common_divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn partial_without_batch(rule: &ast::QueryRule, context: &mut Context<'_>) {
    if rule.emit.value.partial {
        let diagnostic =
            Diagnostic::new(Code::PartialWindow, rule.emit.span, "`emit partial` without `window batch`");
        context.report(
            diagnostic.help("leave out `partial`: nothing is left unfinished at the end of the input"),
        );
    }
}

/// `having`; the outer `None` after a reported mistake.
fn having(
    rule: &ast::QueryRule,
    scope: &Scope<'_>,
    grouping: Option<&mut Grouping>,
    context: &mut Context<'_>,
) -> Option<Option<Expr>> {
    let Some(clause) = &rule.having else { return Some(None) };
    let mut typer = Typer::new(context, scope);
    typer.grouping = grouping;
    typer.deciding(&clause.value, "`having`").map(Some)
}
