//! `partition by`: the key that events of a match have in common.

use super::Context;
use super::names::{Content, FieldInfo};
use crate::ast::{Clause, Ident, PartitionItem, QualifiedField};
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::hir::{FieldId, TypeId};
use crate::scalar::Kind;
use crate::span::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A resolved partition.
#[derive(Default)]
pub(super) struct Partition {
    /// For each component, its field in each event type of the pattern. Whole only if nothing was reported.
    pub(super) keys: Vec<Vec<FieldId>>,
    /// Names that mean the same field in every type.
    pub(super) shared: Vec<String>,
}

/// A type's field of a component, and where the component names it.
type Component = BTreeMap<TypeId, (FieldId, Kind, Span)>;

/// Resolves the clause of a pattern that names the event types `types`.
pub(super) fn partition(
    clause: Option<&Clause<Vec<PartitionItem>>>,
    types: &BTreeSet<TypeId>,
    context: &mut Context<'_>,
) -> Partition {
    let mut partition = Partition::default();
    for item in clause.iter().flat_map(|clause| &clause.value) {
        let component = match item {
            PartitionItem::Field(name) => {
                // A mistake in it is no reason to report its uses.
                partition.shared.push(name.name.clone());
                common_field(name, types, context)
            }
            PartitionItem::Equal(fields) => equal_fields(fields, types, context),
        };
        let Some(component) = component else { continue };
        if of_one_kind(&component, context) {
            partition.keys.push(component.values().map(|(field, ..)| *field).collect());
        }
    }
    partition
}

/// `partition by f`: a field of that name in every type.
fn common_field(name: &Ident, types: &BTreeSet<TypeId>, context: &mut Context<'_>) -> Option<Component> {
    let mut component = Component::new();
    let mut complete = true;
    for &ty in types {
        let info = context.catalog.info(ty);
        match info.field(&name.name).map(|field| field.content) {
            Some(Content::Scalar(field, of)) => {
                component.insert(ty, (field, of.kind, name.span));
            }
            Some(Content::Broken) => complete = false,
            None if !info.complete => complete = false,
            found => {
                complete = false;
                let what = if found.is_some() { "is not one value" } else { "is no field" };
                let message = format!("`{}` {what} of `{}`", name.name, info.name);
                let help = match did_you_mean(&name.name, info.field_names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!(
                        "every event type of the pattern needs the key; where it has another name write `Type.{} = {}.other`",
                        name.name, info.name
                    ),
                };
                let diagnostic = Diagnostic::new(Code::PartitionField, name.span, message)
                    .label(name.span, format!("the pattern names `{}`", info.name));
                context.report(diagnostic.help(help));
            }
        }
    }
    complete.then_some(component)
}

/// `partition by A.f = B.g`: a field of each type.
fn equal_fields(
    fields: &[QualifiedField],
    types: &BTreeSet<TypeId>,
    context: &mut Context<'_>,
) -> Option<Component> {
    let mut component = Component::new();
    let mut complete = true;
    for QualifiedField { ty: type_name, field } in fields {
        let span = type_name.span.to(field.span);
        let found = context.type_named(type_name);
        let Some((ty, (id, of))) = found.and_then(|ty| context.field_of(ty, field).map(|field| (ty, field)))
        else {
            complete = false;
            continue;
        };
        if !types.contains(&ty) {
            let message = format!("the pattern does not name `{}`", type_name.name);
            let diagnostic =
                Diagnostic::new(Code::PartitionField, span, message).label(type_name.span, "not in `match`");
            context.report(diagnostic.help("leave it out, or name the type in the pattern"));
            complete = false;
        } else if let Some((.., first)) = component.insert(ty, (id, of.kind, span)) {
            let message = format!("two fields of `{}` in one key", type_name.name);
            let diagnostic = Diagnostic::new(Code::PartitionField, span, message)
                .label(first, "named here first")
                .label(span, "named again");
            context.report(
                diagnostic
                    .help("write conditions over one event into its guard; separate several keys by commas"),
            );
            complete = false;
        }
    }
    if complete {
        for ty in types.iter().filter(|ty| !component.contains_key(ty)) {
            let name = &context.catalog.info(*ty).name;
            let span = fields.first()?.ty.span.to(fields.last()?.field.span);
            let diagnostic =
                Diagnostic::new(Code::PartitionField, span, format!("the key has no field of `{name}`"))
                    .label(span, format!("the pattern also names `{name}`"))
                    .help(format!("add ` = {name}.field`"));
            context.report(diagnostic);
            complete = false;
        }
    }
    complete.then_some(component)
}

fn of_one_kind(component: &Component, context: &mut Context<'_>) -> bool {
    let mut entries = component.iter();
    let Some((first, (first_field, kind, _))) = entries.next() else { return true };
    let Some((other, (other_field, other_kind, span))) = entries.find(|(_, (_, other, _))| other != kind)
    else {
        return true;
    };
    let field = |ty: TypeId, id: FieldId| {
        let info = context.catalog.info(ty);
        let this = |field: &&FieldInfo| matches!(field.content, Content::Scalar(found, _) if found == id);
        let name = info.fields.iter().find(this).map_or("", |field| &field.name);
        format!("`{}.{name}`", info.name)
    };
    let (one, two) = (field(*first, *first_field), field(*other, *other_field));
    let message = format!("{one} is `{}` and {two} is `{}`", kind.name(), other_kind.name());
    let diagnostic = Diagnostic::new(Code::PartitionField, *span, message)
        .label(*span, "keys of different types are never equal")
        .help("partition by fields of one type");
    context.report(diagnostic);
    false
}
