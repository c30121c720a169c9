//! `pattern` rules: the clauses, put together.

use super::Context;
use super::emit::{self, Emitted};
use super::guards::Guards;
use super::scope::{Clause, Row, Scope};
use super::typer::Typer;
use super::variables::{Place, Variables};
use super::{fit, limits, partition, shape};
use crate::ast;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::hir::{AfterMatch, Expr, PatternRule, Trailing, VarId, Within};

/// Resolves a pattern: what it detects (`None` after a reported mistake), and what it emits.
pub(super) fn pattern(rule: &ast::PatternRule, context: &mut Context<'_>) -> (Option<PatternRule>, Emitted) {
    let shape = shape::shape(&rule.pattern.value, context);
    fit::check(&shape, rule.within.as_ref(), context);
    let deadline = fit::deadline(&shape.trailing, rule.within.as_ref(), context);
    let variables = Variables::of(&shape.body, context);

    let mut guards = Guards::new(context, &variables);
    let leading = guards.leading(&shape.leading);
    let body = guards.sequence(&shape.body);
    let absent = guards.trailing(&shape.trailing);
    let types = guards.types;

    let partition = partition::partition(rule.partition.as_ref(), &types, context);
    let scope = |clause| Scope {
        clause,
        row: Row::None,
        place: Place::end(),
        variables: &variables,
        shared: &partition.shared,
        emitted: &[],
    };
    let filter = filter(rule, &scope(Clause::Where), context);
    let skip = skip(rule, &variables, context);
    let limits = limits::limits(rule.limits.as_ref(), rule.partition.is_some(), context);
    let emitted = match &rule.emit {
        Some(clause) => emit::emit(&clause.value, &scope(Clause::Emit), None, context),
        // A pattern of negations alone was reported as such.
        None if shape.body.parts.is_empty() => Emitted::default(),
        None => whole_variables(rule, &variables, context),
    };
    let within = rule.within.as_ref().map(|within| self::within(within.value));
    let variables: Option<Vec<_>> = variables.iter().map(|(_, variable)| variable.to_hir()).collect();

    let whole = || {
        Some(PatternRule {
            types: types.into_iter().collect(),
            keys: partition.keys,
            variables: variables?,
            leading: leading?,
            body: body?,
            trailing: deadline.zip(absent).map(|(deadline, absent)| Trailing { absent, deadline }),
            filter: filter?,
            within,
            skip: skip?,
            limits,
        })
    };
    (whole(), emitted)
}

fn within(within: ast::Within) -> Within {
    match within {
        ast::Within::Time(duration) => Within::Time(duration),
        ast::Within::Events(count) => Within::Events(count),
    }
}

/// `where`; the outer `None` after a reported mistake.
fn filter(rule: &ast::PatternRule, scope: &Scope<'_>, context: &mut Context<'_>) -> Option<Option<Expr>> {
    let Some(clause) = &rule.filter else { return Some(None) };
    Typer::new(context, scope).deciding(&clause.value, "`where`").map(Some)
}

fn skip(rule: &ast::PatternRule, variables: &Variables, context: &mut Context<'_>) -> Option<AfterMatch> {
    let Some(clause) = &rule.skip else { return Some(AfterMatch::None) };
    match &clause.value {
        ast::AfterMatch::None => Some(AfterMatch::None),
        ast::AfterMatch::ToNext => Some(AfterMatch::ToNext),
        ast::AfterMatch::PastLast => Some(AfterMatch::PastLast),
        ast::AfterMatch::ToFirst(name) => skipped_to(name, variables, context).map(AfterMatch::ToFirst),
        ast::AfterMatch::ToLast(name) => skipped_to(name, variables, context).map(AfterMatch::ToLast),
    }
}

fn skipped_to(name: &ast::Ident, variables: &Variables, context: &mut Context<'_>) -> Option<VarId> {
    let found = variables.find(&name.name);
    if found.is_none() {
        let message = format!("there is no variable `{}`", name.name);
        let diagnostic = Diagnostic::new(Code::UnknownVariable, name.span, message)
            .label(name.span, "not bound by a step");
        context.report(match did_you_mean(&name.name, variables.names()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("name the step to skip to: `{}: …`", name.name)),
        });
    }
    found
}

/// What is emitted without `emit`.
fn whole_variables(rule: &ast::PatternRule, variables: &Variables, context: &mut Context<'_>) -> Emitted {
    if variables.names().next().is_none() {
        let message = format!("`{}` emits nothing", rule.name.name);
        let diagnostic = Diagnostic::new(Code::NothingToEmit, rule.pattern.value.span, message)
            .label(rule.pattern.value.span, "no step has a name")
            .help("name a step, as in `a: A`, or write `emit { … }`");
        context.report(diagnostic);
    }
    Emitted::variables(variables, context)
}
