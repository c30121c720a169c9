//! The event types of a file by name, and their fields. Not variables: those belong to a pattern (`variables`).

use super::Context;
use crate::ast::Ident;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::hir::{self, FieldId, TypeId};
use crate::scalar::Type;
use crate::span::Span;
use portent_rt::TimeUnit;
use std::collections::HashMap;

/// Every event type of the file.
#[derive(Default)]
pub(super) struct Catalog {
    types: Vec<TypeInfo>,
    /// `None`: the declaration could not be parsed, which was reported.
    by_name: HashMap<String, Option<TypeId>>,
}

/// What is known of an event type.
pub(super) struct TypeInfo {
    pub(super) name: String,
    pub(super) fields: Vec<FieldInfo>,
    /// Whether `fields` is all there is. Not so for a rule in a circle, or one with mistakes: an unknown field is then
    /// no further mistake.
    pub(super) complete: bool,
}

/// What is known of a field.
pub(super) struct FieldInfo {
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) span: Span,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// One value.
    Scalar(FieldId, Type),
    /// A list or a whole event: of rules alone, and not readable.
    Composite,
    /// A mistake that was reported.
    Broken,
}

impl Catalog {
    /// A name that is declared somehow, but nothing is known of it.
    pub(super) fn add_broken(&mut self, name: &str) {
        self.by_name.entry(name.to_string()).or_insert(None);
    }

    /// A type that nothing is known of yet; the first of a name is the one that the name means.
    pub(super) fn add(&mut self, name: &str) -> TypeId {
        let id = TypeId(self.types.len() as u32);
        self.types.push(TypeInfo { name: name.to_string(), fields: Vec::new(), complete: false });
        self.by_name.entry(name.to_string()).or_insert(Some(id));
        id
    }

    /// Says what fields a type has.
    pub(super) fn define(&mut self, id: TypeId, fields: Vec<FieldInfo>, complete: bool) {
        let info = &mut self.types[id.0 as usize];
        info.fields = fields;
        info.complete = complete;
    }

    /// A type.
    pub(super) fn info(&self, id: TypeId) -> &TypeInfo {
        &self.types[id.0 as usize]
    }

    /// The type of a name: `Some(None)` if its declaration is broken.
    pub(super) fn find(&self, name: &str) -> Option<Option<TypeId>> {
        self.by_name.get(name).copied()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

impl TypeInfo {
    /// The field of a name.
    pub(super) fn field(&self, name: &str) -> Option<&FieldInfo> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields that can be read, for the next stage; those of rules, which have no documentation of their own.
    pub(super) fn readable(&self) -> Vec<hir::Field> {
        let field = |field: &FieldInfo| match field.content {
            Content::Scalar(_, ty) => Some(hir::Field {
                name: field.name.clone(),
                ty,
                unit: TimeUnit::default(),
                doc: String::new(),
                span: field.span,
            }),
            Content::Composite | Content::Broken => None,
        };
        self.fields.iter().filter_map(field).collect()
    }

    /// The fields' names, for suggestions.
    pub(super) fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// "`a`, `b` and `c`", at most eight of them; for the way out where no name is near.
    pub(super) fn field_list(&self) -> String {
        const SHOWN_MAX: usize = 8;
        let mut names: Vec<String> =
            self.field_names().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect();
        if self.fields.len() > SHOWN_MAX {
            names.push("…".to_string());
        }
        names.join(", ")
    }
}

impl Context<'_> {
    /// The event type that `name` means; reports if there is none.
    pub(super) fn type_named(&mut self, name: &Ident) -> Option<TypeId> {
        if let Some(found) = self.catalog.find(&name.name) {
            return found;
        }
        let message = format!("there is no event or rule `{}`", name.name);
        let mut diagnostic =
            Diagnostic::new(Code::UnknownEvent, name.span, message).label(name.span, "not declared");
        // Sorted, so that of two names equally near always the same is suggested.
        let mut names: Vec<&str> = self.catalog.names().collect();
        names.sort_unstable();
        diagnostic = match did_you_mean(&name.name, names) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("declare it: `event {} {{ … }}`", name.name)),
        };
        self.report(diagnostic);
        None
    }

    /// The field `name` of a type, if it is one value; reports otherwise.
    pub(super) fn field_of(&mut self, ty: TypeId, name: &Ident) -> Option<(FieldId, Type)> {
        let info = self.catalog.info(ty);
        match info.field(&name.name).map(|field| field.content) {
            Some(Content::Scalar(field, ty)) => Some((field, ty)),
            Some(Content::Broken) => None,
            Some(Content::Composite) => {
                let message = format!(
                    "`{}` of `{}` can be written out, but not read by another rule",
                    name.name, info.name
                );
                let diagnostic = Diagnostic::new(Code::NotReadable, name.span, message)
                    .label(name.span, "a list or a whole event")
                    .help(format!(
                        "let `{}` also emit the value that is needed here, as a field of its own",
                        info.name
                    ));
                self.report(diagnostic);
                None
            }
            None if !info.complete => None,
            None => {
                let message = format!("`{}` has no field `{}`", info.name, name.name);
                let diagnostic =
                    Diagnostic::new(Code::UnknownField, name.span, message).label(name.span, "no such field");
                let help = field_help(info, &name.name);
                self.report(diagnostic.help(help));
                None
            }
        }
    }
}

/// The way out of a field that a type does not have.
fn field_help(info: &TypeInfo, name: &str) -> String {
    match did_you_mean(name, info.field_names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if info.fields.is_empty() => format!("`{}` has no fields", info.name),
        None => format!("the fields of `{}` are {}", info.name, info.field_list()),
    }
}
