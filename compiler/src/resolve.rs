//! Name resolution and type checking: [`ast`] to [`hir`](crate::hir).
//!
//! ```text
//! ast::File -- order --> rules in evaluation order
//!    each pattern -- shape --> normal form -- fit --> checked -- variables, guards --> hir::Sequence
//!    each expression -- typer (scope, operators, conversions, calls, aggregates, text) --> hir::Expr
//! hir::Program -- lints --> warnings of what is never read
//! ```
//!
//! All mistakes of a file are found in one pass: what depends on a mistake is no further mistake. Nothing that is
//! written is ignored: it is in the result, or it was reported.

mod aggregates;
mod calls;
mod conversions;
mod emit;
mod event;
mod fit;
mod grouping;
mod guards;
mod limits;
mod lints;
mod names;
mod operators;
mod order;
mod partition;
mod pattern;
mod query;
mod scope;
mod shape;
mod text;
mod typer;
mod variables;

#[cfg(test)]
mod tests;

use crate::ast::{self, Item};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::hir::{EventType, Program, Rule, RuleBody, RuleId, Source, TypeId};
use names::Catalog;
use std::collections::HashMap;

/// What every part of resolution needs: the event types, and where to report.
struct Context<'d> {
    catalog: Catalog,
    diagnostics: &'d mut Diagnostics,
}

impl Context<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// Resolves and checks a file. `None` if there is an error, of this stage or of one before; warnings alone do not prevent.
pub fn resolve(file: &ast::File, diagnostics: &mut Diagnostics) -> Option<Program> {
    let mut context = Context { catalog: Catalog::default(), diagnostics };
    declared_twice(file, &mut context);
    lints::names(file, &mut context);

    let written: Vec<&Item> = file.items.iter().filter(|item| !matches!(item, Item::Event(_))).collect();
    let events: Vec<&ast::Event> = file.items.iter().filter_map(event_of).collect();
    let event_names = events.iter().map(|event| event.name.name.as_str()).collect();
    let order = order::evaluation_order(&written, &event_names, &mut context);
    let event_ids: Vec<TypeId> = events.iter().map(|event| context.catalog.add(&event.name.name)).collect();
    let rule_ids: Vec<TypeId> =
        order.iter().map(|&rule| context.catalog.add(&written[rule].name().name)).collect();
    file.broken.iter().for_each(|name| context.catalog.add_broken(&name.name));

    let mut types: Vec<Option<EventType>> =
        events.iter().zip(event_ids).map(|(event, id)| event::event(event, id, &mut context)).collect();
    let mut rules = Vec::with_capacity(order.len());
    for (number, (&index, output)) in order.iter().zip(rule_ids).enumerate() {
        let resolved = rule(written[index], output, &mut context);
        types.push(
            resolved.as_ref().map(|rule| output_type(rule, RuleId(number as u32), written[index], &context)),
        );
        rules.push(resolved);
    }
    if context.diagnostics.has_errors() {
        return None;
    }
    let types: Option<Vec<EventType>> = types.into_iter().collect();
    let rules: Option<Vec<Rule>> = rules.into_iter().collect();
    let program = Program {
        types: types.expect("what is not resolved was reported"),
        rules: rules.expect("what is not resolved was reported"),
    };
    lints::unused(&program, context.diagnostics);
    Some(program)
}

fn event_of(item: &Item) -> Option<&ast::Event> {
    match item {
        Item::Event(event) => Some(event),
        Item::Pattern(_) | Item::Query(_) => None,
    }
}

/// Events and rules share one space of names.
fn declared_twice(file: &ast::File, context: &mut Context<'_>) {
    let mut seen = HashMap::new();
    for item in &file.items {
        let name = item.name();
        let Some(first) = seen.insert(name.name.as_str(), name.span) else { continue };
        seen.insert(name.name.as_str(), first);
        let diagnostic = Diagnostic::new(
            Code::DuplicateDeclaration,
            name.span,
            format!("`{}` is declared twice", name.name),
        )
        .label(first, "declared here first")
        .label(name.span, "declared again")
        .help("events, patterns and queries share one space of names; rename one of the two");
        context.report(diagnostic);
    }
}

/// Resolves a rule and makes what it emits known. `None` after a reported mistake.
fn rule(written: &Item, output: TypeId, context: &mut Context<'_>) -> Option<Rule> {
    let (body, emitted) = match written {
        Item::Event(_) => unreachable!("only rules are resolved as rules"),
        Item::Pattern(rule) => {
            let (body, emitted) = pattern::pattern(rule, context);
            (body.map(RuleBody::Pattern), emitted)
        }
        Item::Query(rule) => query::query(rule, context),
    };
    context.catalog.define(output, emitted.fields(), true);
    let (name, doc) = match written {
        Item::Event(_) => unreachable!("only rules are resolved as rules"),
        Item::Pattern(rule) => (&rule.name, &rule.doc),
        Item::Query(rule) => (&rule.name, &rule.doc),
    };
    let emit = emitted.into_hir();
    Some(Rule {
        name: name.name.clone(),
        output,
        body: body?,
        emit: emit?,
        doc: doc.clone(),
        span: written.span(),
    })
}

/// The event type of what a rule emits: the fields that are one value.
fn output_type(rule: &Rule, id: RuleId, written: &Item, context: &Context<'_>) -> EventType {
    let fields = context.catalog.info(rule.output).readable();
    EventType {
        name: rule.name.clone(),
        fields,
        source: Source::Rule(id),
        doc: rule.doc.clone(),
        span: written.name().span,
    }
}
