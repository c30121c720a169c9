//! `emit`: what a match is written as, and what other rules can read of it.

use super::Context;
use super::grouping::Grouping;
use super::names::{Content, FieldInfo};
use super::scope::Scope;
use super::typer::Typer;
use super::variables::Variables;
use crate::ast::{EmitItem, Expr, ExprKind, Ident};
use crate::diag::{Code, Diagnostic};
use crate::hir::{self, Emit, EmitValue, FieldId};
use crate::span::Span;

/// What a rule emits.
#[derive(Default)]
pub(super) struct Emitted {
    items: Vec<EmittedItem>,
}

struct EmittedItem {
    name: String,
    /// `None` after a reported mistake.
    value: Option<EmitValue>,
    name_span: Span,
    span: Span,
}

/// Names that every match is written with.
const RESERVED: [(&str, &str); 2] =
    [("type", "the rule's name"), ("ts", "the time at which the match completed")];

impl Emitted {
    /// The fields of the rule's event type.
    pub(super) fn fields(&self) -> Vec<FieldInfo> {
        let mut scalars = 0;
        let field = |item: &EmittedItem| {
            let content = match &item.value {
                None => Content::Broken,
                Some(EmitValue::Scalar(expr)) => {
                    scalars += 1;
                    Content::Scalar(FieldId(scalars - 1), expr.ty())
                }
                Some(_) => Content::Composite,
            };
            FieldInfo { name: item.name.clone(), content, span: item.name_span }
        };
        self.items.iter().map(field).collect()
    }

    /// For the next stage; `None` after a reported mistake.
    pub(super) fn into_hir(self) -> Option<Vec<Emit>> {
        let emit =
            |item: EmittedItem| item.value.map(|value| Emit { name: item.name, value, span: item.span });
        self.items.into_iter().map(emit).collect()
    }

    /// The names with their values, where each is one value: for `having`.
    pub(super) fn values(&self) -> Vec<(String, Option<hir::Expr>)> {
        let value = |item: &EmittedItem| match &item.value {
            Some(EmitValue::Scalar(expr)) => Some(expr.clone()),
            _ => None,
        };
        self.items.iter().map(|item| (item.name.clone(), value(item))).collect()
    }

    /// Every variable, whole: what a pattern without `emit` emits.
    pub(super) fn variables(variables: &Variables, context: &mut Context<'_>) -> Self {
        let mut emitted = Self::default();
        for (id, variable) in variables.iter() {
            let value = if variable.repeated() { EmitValue::Records(id) } else { EmitValue::Record(id) };
            let name = Ident { name: variable.name.clone(), span: variable.span };
            // A variable bound twice was reported as such.
            if variables.find(&variable.name) == Some(id) {
                emitted.add(&name, variable.span, Some(value), context);
            }
        }
        emitted
    }

    fn add(&mut self, name: &Ident, span: Span, value: Option<EmitValue>, context: &mut Context<'_>) {
        if let Some((_, what)) = RESERVED.iter().find(|(reserved, _)| *reserved == name.name) {
            let diagnostic = Diagnostic::new(
                Code::ReservedOutput,
                name.span,
                format!("`{}` cannot be emitted", name.name),
            )
            .label(name.span, format!("every match has it already: {what}"))
            .help("choose another name");
            context.report(diagnostic);
            return;
        }
        if let Some(first) = self.items.iter().find(|item| item.name == name.name) {
            let message = format!("`{}` is emitted twice", name.name);
            let diagnostic = Diagnostic::new(Code::DuplicateOutput, name.span, message)
                .label(first.name_span, "emitted here first")
                .label(name.span, "emitted again")
                .help("give one of the two another name: `name: value`");
            context.report(diagnostic);
            return;
        }
        self.items.push(EmittedItem { name: name.name.clone(), value, name_span: name.span, span });
    }
}

/// Resolves the items of an `emit` clause. `grouping` is that of a query that aggregates.
pub(super) fn emit(
    items: &[EmitItem],
    scope: &Scope<'_>,
    mut grouping: Option<&mut Grouping>,
    context: &mut Context<'_>,
) -> Emitted {
    let mut emitted = Emitted::default();
    for item in items {
        let mut typer = Typer::new(context, scope);
        typer.grouping = grouping.as_deref_mut();
        let value = typer.emitted_value(&item.value);
        match item.name.as_ref().or(own_name(&item.value)) {
            Some(name) => emitted.add(name, item.span, value, context),
            None => {
                let diagnostic =
                    Diagnostic::new(Code::OutputNeedsName, item.span, "an emitted expression has no name");
                context.report(diagnostic.help("write `name: ` before it"));
            }
        }
    }
    emitted
}

/// The name under which a value is emitted that was given none.
fn own_name(value: &Expr) -> Option<&Ident> {
    match &value.kind {
        ExprKind::Name(name) | ExprKind::Field { field: name, .. } => Some(name),
        _ => None,
    }
}

impl Typer<'_, '_> {
    /// A value, a list or whole events.
    fn emitted_value(&mut self, written: &Expr) -> Option<EmitValue> {
        if self.scope.clause.in_pattern() {
            match &written.kind {
                ExprKind::Name(name) => {
                    if let Some(id) = self.scope.variables.find(&name.name) {
                        let repeated = self.scope.variables.get(id).repeated();
                        return Some(if repeated { EmitValue::Records(id) } else { EmitValue::Record(id) });
                    }
                }
                ExprKind::Call { function, distinct, args, filter } if function.name == "collect" => {
                    let (variable, item) =
                        self.collect(written.span, function, *distinct, args, filter.as_deref())?;
                    return Some(EmitValue::List { variable, item });
                }
                _ => {}
            }
        }
        if let ExprKind::Call { function, distinct, args, filter } = &written.kind
            && function.name == "collect"
            && self.grouping.is_some()
        {
            let column = self.windowed_column(written.span, function, *distinct, args, filter.as_deref());
            return column.map(|(column, item)| EmitValue::Collected(column, item));
        }
        self.value(written).map(EmitValue::Scalar)
    }
}
