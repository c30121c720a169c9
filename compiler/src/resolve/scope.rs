//! What an expression can speak of, and what its names mean there.

use super::typer::{Operand, Typer};
use super::variables::{Place, Sight, Variables};
use crate::ast::{self, Ident};
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::hir::{AggOp, Expr, FieldId, TypeId, VarId};
use crate::span::Span;

/// What an expression can speak of.
pub(super) struct Scope<'s> {
    pub(super) clause: Clause,
    pub(super) row: Row,
    /// Where in the pattern; of no meaning outside of patterns.
    pub(super) place: Place,
    pub(super) variables: &'s Variables,
    /// Fields that every event of a match has in common, by the names that all types have for them.
    pub(super) shared: &'s [String],
    /// What a query emits, for `having`; `None` after a reported mistake.
    pub(super) emitted: &'s [(String, Option<Expr>)],
}

/// The clause that an expression stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Clause {
    /// The guard of a step or a negation.
    Guard,
    /// `where`
    Where,
    /// `emit` of a pattern.
    Emit,
    /// `time (…)`
    Time,
    /// The guard behind `from`.
    From,
    /// `emit` and `having` of a query.
    Query,
}

/// The event at hand, whose fields are bare names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Row {
    /// There is none.
    None,
    /// One of a type.
    Of(TypeId),
    /// One of a type that is not known, which was reported.
    Unknown,
}

impl Row {
    /// The event of a type that may have been found.
    pub(super) fn of(ty: Option<TypeId>) -> Self {
        ty.map_or(Row::Unknown, Row::Of)
    }
}

impl Clause {
    pub(super) const fn is_query(self) -> bool {
        matches!(self, Clause::From | Clause::Query)
    }

    pub(super) const fn in_pattern(self) -> bool {
        matches!(self, Clause::Guard | Clause::Where | Clause::Emit)
    }
}

impl Typer<'_, '_> {
    /// A bare name.
    pub(super) fn name(&mut self, name: &Ident) -> Operand {
        // Within an aggregate names are fields of the events that it is about.
        let emitted = if self.in_aggregate { &[] } else { self.scope.emitted };
        if let Some((_, value)) = emitted.iter().find(|(emitted, _)| *emitted == name.name) {
            return value.clone().into();
        }
        if name.name == "window" && self.scope.clause.is_query() {
            let message = "`window` alone is no value";
            return self.fail(
                Diagnostic::new(Code::WindowHere, name.span, message)
                    .help("write `window.start` or `window.end`"),
            );
        }
        match self.scope.row {
            Row::Of(ty) if self.context.catalog.info(ty).field(&name.name).is_some() => {
                self.row_field(ty, name)
            }
            Row::Unknown => Operand::Broken,
            row if self.scope.variables.find(&name.name).is_some() => self.event_as_value(name, row),
            Row::Of(ty) => {
                match did_you_mean(&name.name, self.scope.emitted.iter().map(|(name, _)| name.as_str())) {
                    Some(near) => {
                        let message = format!("there is no field and no output `{}`", name.name);
                        let diagnostic = Diagnostic::new(Code::UnknownField, name.span, message);
                        self.fail(
                            diagnostic
                                .label(name.span, "no such name")
                                .help(format!("did you mean `{near}`?")),
                        )
                    }
                    None => self.row_field(ty, name),
                }
            }
            Row::None => self.free_name(name),
        }
    }

    fn row_field(&mut self, ty: TypeId, name: &Ident) -> Operand {
        match self.context.field_of(ty, name).map(|(field, ty)| Expr::field(field, ty)) {
            Some(field) if self.over_groups() => self.grouped_field(name, field),
            found => found.into(),
        }
    }

    /// A variable where a value is needed.
    pub(super) fn event_as_value(&mut self, name: &Ident, row: Row) -> Operand {
        let variable = self.scope.variables.find(&name.name).map(|id| self.scope.variables.get(id));
        let field = variable
            .and_then(|variable| variable.ty)
            .and_then(|ty| self.context.catalog.info(ty).field_names().next())
            .unwrap_or("field");
        let of = if variable.is_some_and(|variable| variable.repeated()) {
            format!("last({})", name.name)
        } else {
            name.name.clone()
        };
        let message = format!("`{}` is an event, not a value", name.name);
        let mut diagnostic = Diagnostic::new(Code::EventAsValue, name.span, message)
            .label(name.span, "a variable")
            .help(format!("name a field of it, such as `{of}.{field}`"));
        if let Row::Of(ty) = row {
            diagnostic = diagnostic.note(format!(
                "bare names are the fields of the event at hand, a `{}`",
                self.context.catalog.info(ty).name
            ));
        }
        self.fail(diagnostic)
    }

    /// A bare name where there is no event at hand: a field that all events of the match have in common, or a mistake.
    fn free_name(&mut self, name: &Ident) -> Operand {
        let with_field: Vec<(VarId, &str)> = self
            .scope
            .variables
            .iter()
            .filter(|(_, variable)| {
                variable.ty.is_some_and(|ty| self.context.catalog.info(ty).field(&name.name).is_some())
            })
            .map(|(id, variable)| (id, variable.name.as_str()))
            .collect();
        if self.scope.shared.contains(&name.name) {
            let certain = with_field.iter().find(|(id, _)| self.sight(*id) == Sight::One { optional: false });
            if let Some(&(id, _)) = certain {
                return self.variable_field(id, name, name.span);
            }
        }
        let message = match with_field.is_empty() {
            true => format!("there is no variable `{}`", name.name),
            false => format!("`{}` is a field, and it is not said of which event", name.name),
        };
        let diagnostic =
            Diagnostic::new(Code::UnknownVariable, name.span, message).label(name.span, "names no event");
        let near = did_you_mean(&name.name, self.scope.variables.names());
        let help = match (with_field.first(), near) {
            (Some((id, variable)), _) if matches!(self.sight(*id), Sight::Many { .. }) => {
                format!("say of which event: `first({variable}).{}`", name.name)
            }
            (Some((_, variable)), _) => format!("say of which event: `{variable}.{}`", name.name),
            (None, Some(near)) => format!("did you mean `{near}`?"),
            (None, None) => "name a step, as in `a: A`, and a field of it: `a.field`".to_string(),
        };
        self.fail(diagnostic.help(help))
    }

    /// `x.f`
    pub(super) fn field_access(&mut self, whole: &ast::Expr, base: &ast::Expr, field: &Ident) -> Operand {
        match &base.kind {
            ast::ExprKind::Name(name) if name.name == "window" && self.scope.clause.is_query() => {
                self.window(whole.span, field)
            }
            ast::ExprKind::Name(name)
                if self.scope.variables.find(&name.name).is_none() && self.row_has(name) =>
            {
                self.field_of_value(base, field)
            }
            ast::ExprKind::Name(name) => match self.variable_named(name) {
                Some(id) => self.variable_field(id, field, whole.span),
                None => Operand::Broken,
            },
            ast::ExprKind::Call { function, args, .. }
                if matches!(function.name.as_str(), "first" | "last") =>
            {
                let op = if function.name == "first" { AggOp::First } else { AggOp::Last };
                self.picked_field(op, function, args, field)
            }
            _ => self.field_of_value(base, field),
        }
    }

    /// A dot behind something that is no event: a mistake, if its left side is none already.
    fn field_of_value(&mut self, base: &ast::Expr, field: &Ident) -> Operand {
        if self.operand(base) == Operand::Broken {
            return Operand::Broken;
        }
        let diagnostic = Diagnostic::new(Code::UnknownField, field.span, "a value has no fields")
            .label(base.span, "a value");
        self.fail(diagnostic.help("fields are those of variables: `a.field`"))
    }

    /// Whether a name is a field of the event at hand, or the fields of that are not known.
    pub(super) fn is_field(&self, name: &Ident) -> bool {
        self.scope.row == Row::Unknown || self.row_has(name)
    }

    fn row_has(&self, name: &Ident) -> bool {
        matches!(self.scope.row, Row::Of(ty) if self.context.catalog.info(ty).field(&name.name).is_some())
    }

    /// `window.start` and `window.end`.
    fn window(&mut self, span: Span, field: &Ident) -> Operand {
        if !matches!(field.name.as_str(), "start" | "end") {
            let message = format!("a window has no `{}`", field.name);
            return self.fail(
                Diagnostic::new(Code::UnknownField, field.span, message).help("it has `start` and `end`"),
            );
        }
        self.window_bound(span, field.name == "end")
    }

    /// The variable of a name; reports if there is none.
    pub(super) fn variable_named(&mut self, name: &Ident) -> Option<VarId> {
        if let Some(id) = self.scope.variables.find(&name.name) {
            return Some(id);
        }
        let message = format!("there is no variable `{}`", name.name);
        let diagnostic = Diagnostic::new(Code::UnknownVariable, name.span, message)
            .label(name.span, "not bound by a step");
        let near = did_you_mean(&name.name, self.scope.variables.names());
        let help = match (near, self.context.catalog.find(&name.name)) {
            (_, Some(_)) => {
                format!("`{0}` is a type of events; name the step, as in `x: {0}`, and write `x`", name.name)
            }
            (Some(near), _) => format!("did you mean `{near}`?"),
            _ if self.scope.clause.in_pattern() => format!("name the step that is meant: `{}: …`", name.name),
            _ => "fields of the event are written as bare names".to_string(),
        };
        self.context.report(diagnostic.help(help));
        None
    }

    fn sight(&self, id: VarId) -> Sight {
        self.scope.variables.get(id).seen_from(&self.scope.place)
    }

    /// A field of a variable that is one event.
    fn variable_field(&mut self, id: VarId, field: &Ident, span: Span) -> Operand {
        let variable = self.scope.variables.get(id);
        let found = variable.ty.and_then(|ty| self.context.field_of(ty, field));
        if self.item == Some(id) {
            return found.map(|(field, ty)| Expr::item(field, ty)).into();
        }
        match self.sight(id) {
            Sight::One { optional } => found.map(|(field, ty)| Expr::var(id, field, ty, optional)).into(),
            Sight::Many { .. } => self.several(id, field, span),
            unbound => self.unbound(id, unbound, field, span),
        }
    }

    fn several(&mut self, id: VarId, field: &Ident, span: Span) -> Operand {
        let variable = self.scope.variables.get(id);
        let (name, field) = (&variable.name, &field.name);
        let message = format!("`{name}` is several events here");
        let diagnostic = Diagnostic::new(Code::RepeatedVariable, span, message)
            .label(variable.span, "repeated")
            .label(span, "of which of them?")
            .help(format!("write `first({name}).{field}`, `last({name}).{field}` or an aggregate such as `max({name}.{field})`"));
        self.fail(diagnostic)
    }

    /// Reports a variable that is not bound where it is read.
    pub(super) fn unbound(&mut self, id: VarId, sight: Sight, field: &Ident, span: Span) -> Operand {
        let variable = self.scope.variables.get(id);
        let (name, field) = (&variable.name, &field.name);
        let (message, help) = match sight {
            Sight::Own if variable.repeated() => (
                format!("`{name}` is bound by this very step"),
                format!(
                    "the event at hand is meant by `{field}`, the one taken before it by `last({name}).{field}`"
                ),
            ),
            Sight::Own => (
                format!("`{name}` is bound by this very step"),
                format!("the event at hand is meant by `{field}`"),
            ),
            Sight::OtherSide => (
                format!("`{name}` is of another side, and not bound here"),
                "write the condition in `where`, which sees the complete match".to_string(),
            ),
            _ => (
                format!("`{name}` is not yet bound here"),
                format!("write the condition in the guard of `{name}`, or in `where`"),
            ),
        };
        let diagnostic = Diagnostic::new(Code::NotYetBound, span, message)
            .label(variable.span, "bound here")
            .label(span, "read here")
            .help(help);
        self.fail(diagnostic)
    }

    /// A field of the event that an aggregate looks at.
    pub(super) fn item_field(&mut self, id: VarId, field: &Ident) -> Option<Expr> {
        let ty = self.scope.variables.get(id).ty?;
        let (field, ty): (FieldId, _) = self.context.field_of(ty, field)?;
        Some(Expr::item(field, ty))
    }
}
