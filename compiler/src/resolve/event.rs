//! Event declarations.

use super::Context;
use super::conversions::kind_of;
use super::names::{Content, FieldInfo};
use super::scope::{Clause, Row, Scope};
use super::typer::Typer;
use super::variables::{Place, Variables};
use crate::ast;
use crate::diag::{Code, Diagnostic};
use crate::hir::{EventType, Expr, Field, FieldId, Source, TypeId};
use crate::scalar::{Kind, Type};
use portent_rt::TimeUnit;
use std::collections::HashMap;

/// Resolves an event and makes its fields known. `None` after a reported mistake.
pub(super) fn event(written: &ast::Event, id: TypeId, context: &mut Context<'_>) -> Option<EventType> {
    let fields = fields(written, context);
    let known = fields.iter().enumerate().map(|(index, field)| FieldInfo {
        name: field.name.clone(),
        content: Content::Scalar(FieldId(index as u32), field.ty),
        span: field.span,
    });
    context.catalog.define(id, known.collect(), true);
    let time = match &written.time {
        Some(clause) => Some(time(&clause.value, id, context)?),
        None => None,
    };
    let lateness = lateness(written, context)?;
    Some(EventType {
        name: written.name.name.clone(),
        fields,
        source: Source::Input { time, lateness },
        doc: written.doc.clone(),
        span: written.name.span,
    })
}

fn fields(written: &ast::Event, context: &mut Context<'_>) -> Vec<Field> {
    let mut seen = HashMap::new();
    let mut fields = Vec::with_capacity(written.fields.len());
    for field in &written.fields {
        if let Some(first) = seen.get(field.name.name.as_str()) {
            let message = format!("`{}` has two fields `{}`", written.name.name, field.name.name);
            let diagnostic = Diagnostic::new(Code::DuplicateField, field.name.span, message)
                .label(*first, "declared here first")
                .label(field.name.span, "declared again")
                .help("rename one of the two, or leave it out");
            context.report(diagnostic);
            continue;
        }
        seen.insert(field.name.name.as_str(), field.name.span);
        fields.push(Field {
            name: field.name.name.clone(),
            ty: Type { kind: kind_of(field.ty.scalar), nullable: field.ty.nullable },
            unit: field.ty.unit.map_or(TimeUnit::default(), unit_of),
            doc: field.doc.clone(),
            span: field.name.span,
        });
    }
    fields
}

const fn unit_of(unit: ast::TimeUnit) -> TimeUnit {
    match unit {
        ast::TimeUnit::S => TimeUnit::Seconds,
        ast::TimeUnit::Ms => TimeUnit::Millis,
        ast::TimeUnit::Us => TimeUnit::Micros,
        ast::TimeUnit::Ns => TimeUnit::Nanos,
    }
}

/// The event time: a timestamp over the event's own fields.
fn time(written: &ast::Expr, id: TypeId, context: &mut Context<'_>) -> Option<Expr> {
    let none = Variables::default();
    let scope = Scope {
        clause: Clause::Time,
        row: Row::Of(id),
        place: Place::default(),
        variables: &none,
        shared: &[],
        emitted: &[],
    };
    let expr = Typer::new(context, &scope).value(written)?;
    if expr.ty().kind == Kind::Timestamp {
        return Some(expr);
    }
    let help = match expr.ty().kind {
        Kind::I64 => "declare the field as `timestamp(s)` (or `ms`, `us`, `ns`: the unit of the number)",
        Kind::Str => "declare the field as `timestamp`, which also reads RFC 3339 text",
        _ => "name a field of type `timestamp`, or an expression of that type",
    };
    let diagnostic = Diagnostic::new(Code::TimeType, written.span, "the event time is not a timestamp")
        .label(written.span, format!("this is of type `{}`", expr.ty()))
        .help(help);
    context.report(diagnostic);
    None
}

fn lateness(written: &ast::Event, context: &mut Context<'_>) -> Option<i64> {
    let Some(clause) = &written.lateness else { return Some(0) };
    if written.time.is_none() {
        let diagnostic = Diagnostic::new(Code::LatenessWithoutTime, clause.span, "`lateness` without `time`")
            .label(clause.span, "events that take the time of their arrival are never late")
            .help("say which field is the event time: `time at lateness 5s`");
        context.report(diagnostic);
        return None;
    }
    if clause.value < 0 {
        let diagnostic = Diagnostic::new(Code::BadDuration, clause.span, "a lateness is not negative");
        context.report(diagnostic.help("write `lateness 0s`, or more"));
        return None;
    }
    Some(clause.value)
}
