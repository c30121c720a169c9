//! Warnings: names that are not in the usual style, variables and fields that nothing reads.

use super::Context;
use crate::ast::{self, Ident, Item};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::hir::{
    Absence, AfterMatch, Element, EmitValue, EventType, Expr, ExprKind, FieldId, PatternRule, Program,
    RuleBody, Sequence, Source, Step, TypeId, VarId,
};
use std::collections::HashSet;

/// Warns of names that are not in the usual style.
pub(super) fn names(file: &ast::File, context: &mut Context<'_>) {
    for item in &file.items {
        type_style(item.name(), context);
        match item {
            Item::Event(event) => event.fields.iter().for_each(|field| name_style(&field.name, context)),
            Item::Pattern(rule) => {
                variables(&rule.pattern.value, context);
                emitted(rule.emit.as_ref().map(|emit| emit.value.as_slice()), context);
            }
            Item::Query(rule) => emitted(Some(&rule.emit.value.items), context),
        }
    }
}

fn emitted(items: Option<&[ast::EmitItem]>, context: &mut Context<'_>) {
    items
        .into_iter()
        .flatten()
        .filter_map(|item| item.name.as_ref())
        .for_each(|name| name_style(name, context));
}

fn variables(pattern: &ast::Pattern, context: &mut Context<'_>) {
    match &pattern.kind {
        ast::PatternKind::Step(step) => step.variable.iter().for_each(|name| name_style(name, context)),
        ast::PatternKind::Sequence { first, rest } => {
            let all = std::iter::once(first.as_ref()).chain(rest.iter().map(|(_, element)| element));
            for element in all {
                if let ast::Element::Match(pattern) = element {
                    variables(pattern, context);
                }
            }
        }
        ast::PatternKind::Alternatives(sides) | ast::PatternKind::All(sides) => {
            sides.iter().for_each(|side| variables(side, context));
        }
        ast::PatternKind::Repeat(body, _) => variables(body, context),
    }
}

fn type_style(name: &Ident, context: &mut Context<'_>) {
    let words: Vec<&str> = name.name.split('_').filter(|word| !word.is_empty()).collect();
    let camel: String = words.iter().map(|word| word[..1].to_uppercase() + &word[1..]).collect();
    if camel != name.name.trim_start_matches('_') && !camel.is_empty() {
        let message = format!("`{}` is not in CamelCase", name.name);
        let diagnostic = Diagnostic::new(Code::TypeStyle, name.span, message);
        context.report(diagnostic.help(format!("write `{camel}`")));
    }
}

fn name_style(name: &Ident, context: &mut Context<'_>) {
    if !name.name.contains(|c: char| c.is_ascii_uppercase()) {
        return;
    }
    let mut snake = String::new();
    let mut before = '_';
    for c in name.name.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
        before = c;
    }
    let message = format!("`{}` is not in snake_case", name.name);
    context.report(Diagnostic::new(Code::NameStyle, name.span, message).help(format!("write `{snake}`")));
}

/// Warns of variables and fields that no rule reads. Of events that no rule speaks of nothing is said.
pub(super) fn unused(program: &Program, diagnostics: &mut Diagnostics) {
    let mut fields = HashSet::new();
    let mut spoken_of = HashSet::new();
    for (index, ty) in program.types.iter().enumerate() {
        if let Source::Input { time: Some(time), .. } = &ty.source {
            let mut reads = Reads::new(&[]);
            reads.expr(time, Some(TypeId(index as u32)), None);
            fields.extend(reads.fields);
        }
    }
    for rule in &program.rules {
        let variables = match &rule.body {
            RuleBody::Pattern(pattern) => pattern.variables.iter().map(|variable| variable.ty).collect(),
            RuleBody::Select(_) | RuleBody::Window(_) => Vec::new(),
        };
        let mut reads = Reads::new(&variables);
        match &rule.body {
            RuleBody::Pattern(pattern) => {
                spoken_of.extend(pattern.types.iter().copied());
                reads.pattern(pattern);
            }
            RuleBody::Select(select) => {
                spoken_of.insert(select.from);
                let both = select.guard.iter().chain(&select.having);
                both.for_each(|expr| reads.expr(expr, Some(select.from), None));
            }
            RuleBody::Window(window) => {
                spoken_of.insert(window.from);
                window.over_events().for_each(|expr| reads.expr(expr, Some(window.from), None));
            }
        }
        let row = match &rule.body {
            RuleBody::Select(select) => Some(select.from),
            RuleBody::Pattern(_) | RuleBody::Window(_) => None,
        };
        for emit in &rule.emit {
            reads.emitted(&emit.value, row, program);
        }
        if let RuleBody::Pattern(pattern) = &rule.body {
            unused_variables(pattern, &reads.variables, diagnostics);
        }
        fields.extend(reads.fields);
    }
    for (index, ty) in program.types.iter().enumerate() {
        let id = TypeId(index as u32);
        if matches!(ty.source, Source::Input { .. }) && spoken_of.contains(&id) {
            unused_fields(ty, |field| fields.contains(&(id, field)), diagnostics);
        }
    }
}

fn unused_variables(pattern: &PatternRule, read: &HashSet<VarId>, diagnostics: &mut Diagnostics) {
    for (index, variable) in pattern.variables.iter().enumerate() {
        if !read.contains(&VarId(index as u32)) && !variable.name.starts_with('_') {
            let message = format!("the variable `{}` is never read", variable.name);
            let diagnostic = Diagnostic::new(Code::UnusedVariable, variable.span, message);
            diagnostics.push(diagnostic.help("leave the name out, or let it begin with `_`"));
        }
    }
}

fn unused_fields(ty: &EventType, read: impl Fn(FieldId) -> bool, diagnostics: &mut Diagnostics) {
    let fields = ty.fields.iter().enumerate();
    let unread: Vec<_> = fields
        .filter(|(index, field)| !read(FieldId(*index as u32)) && !field.name.starts_with('_'))
        .map(|(_, field)| field)
        .collect();
    let Some(first) = unread.first() else { return };
    let names: Vec<String> = unread.iter().map(|field| format!("`{}`", field.name)).collect();
    let message = format!("no rule reads {} of `{}`", names.join(", "), ty.name);
    let mut diagnostic = Diagnostic::new(Code::UnusedField, first.span, message);
    for field in &unread {
        diagnostic = diagnostic.label(field.span, "never read");
    }
    diagnostics.push(diagnostic.help("leave them out of the declaration (the input may have more fields), or let their names begin with `_`"));
}

/// What one rule reads.
struct Reads<'p> {
    /// The types of the rule's variables.
    types: &'p [TypeId],
    fields: HashSet<(TypeId, FieldId)>,
    variables: HashSet<VarId>,
}

impl<'p> Reads<'p> {
    fn new(types: &'p [TypeId]) -> Self {
        Self { types, fields: HashSet::new(), variables: HashSet::new() }
    }

    fn ty(&self, variable: VarId) -> TypeId {
        self.types[variable.0 as usize]
    }

    fn pattern(&mut self, pattern: &PatternRule) {
        for key in &pattern.keys {
            self.fields.extend(pattern.types.iter().copied().zip(key.iter().copied()));
        }
        pattern.leading.iter().for_each(|(absence, _)| self.absence(absence));
        self.sequence(&pattern.body);
        pattern
            .trailing
            .iter()
            .flat_map(|trailing| &trailing.absent)
            .for_each(|absence| self.absence(absence));
        pattern.filter.iter().for_each(|filter| self.expr(filter, None, None));
        if let AfterMatch::ToFirst(variable) | AfterMatch::ToLast(variable) = pattern.skip {
            self.variables.insert(variable);
        }
    }

    fn sequence(&mut self, sequence: &Sequence) {
        for part in &sequence.parts {
            part.absent.iter().for_each(|absence| self.absence(absence));
            match &part.element {
                Element::Step(Step { ty, guard, .. }) => {
                    guard.iter().for_each(|guard| self.expr(guard, Some(*ty), None))
                }
                Element::Any(sides) | Element::All(sides) => {
                    sides.iter().for_each(|side| self.sequence(side))
                }
                Element::Repeat(repeat) => self.sequence(&repeat.body),
            }
        }
    }

    fn absence(&mut self, absence: &Absence) {
        absence.guard.iter().for_each(|guard| self.expr(guard, Some(absence.ty), None));
    }

    fn emitted(&mut self, value: &EmitValue, row: Option<TypeId>, program: &Program) {
        match value {
            EmitValue::Scalar(expr) => self.expr(expr, row, None),
            EmitValue::Collected(..) => {}
            EmitValue::List { variable, item } => {
                self.variables.insert(*variable);
                self.expr(item, None, Some(self.ty(*variable)));
            }
            EmitValue::Record(variable) | EmitValue::Records(variable) => {
                self.variables.insert(*variable);
                let ty = self.ty(*variable);
                self.fields.extend((0..program.ty(ty).fields.len()).map(|field| (ty, FieldId(field as u32))));
            }
        }
    }

    /// `row` is the type of the event at hand, `item` of the one that an aggregate looks at.
    fn expr(&mut self, expr: &Expr, row: Option<TypeId>, item: Option<TypeId>) {
        let mut inner = item;
        match expr.kind() {
            ExprKind::Field(field) => self.fields.extend(row.map(|ty| (ty, *field))),
            ExprKind::Item(field) => self.fields.extend(item.map(|ty| (ty, *field))),
            ExprKind::Var(variable, field) => {
                self.variables.insert(*variable);
                self.fields.insert((self.ty(*variable), *field));
            }
            ExprKind::Aggregate { variable, .. } => {
                self.variables.insert(*variable);
                inner = Some(self.ty(*variable));
            }
            _ => {}
        }
        expr.children().into_iter().for_each(|child| self.expr(child, row, inner));
    }
}
