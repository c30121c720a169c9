//! What rules look at of an event: its struct, or, where they read texts of it, a row of references. Events that come from columns
//! are then never made, and a text that no rule keeps is not copied.

use super::Emitter;
use super::names::{code, doc};
use crate::lir::{EventType, Source, TypeId};
use crate::scalar::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

impl Emitter<'_> {
    /// Whether rules look at rows of a type, not at its struct. In arrays, texts are short, and there are no columns.
    pub(super) fn has_row(&self, ty: TypeId) -> bool {
        let ty = &self.program.types[ty.index()];
        let reads_text = ty.fields.iter().any(|field| field.used && field.ty.kind == Kind::Str);
        matches!(ty.source, Source::Input { .. }) && reads_text && self.options.fixed.is_none()
    }

    /// The type of what rules look at.
    pub(super) fn seen_type(&self, ty: TypeId) -> TokenStream {
        let (event, row) = (&self.names.events[ty.index()].ty, &self.names.rows[ty.index()]);
        match self.has_row(ty) {
            true => quote! { #row<'_> },
            false => quote! { #event },
        }
    }

    /// A reference to what rules look at of an event that `event` is a reference to.
    pub(super) fn as_seen(&self, ty: TypeId, event: &TokenStream) -> TokenStream {
        let row = &self.names.rows[ty.index()];
        match self.has_row(ty) {
            true => quote! { &#row::of(#event) },
            false => event.clone(),
        }
    }

    /// The row of references of an event type, if it has one.
    pub(super) fn row(&self, ty: TypeId) -> Option<TokenStream> {
        if !self.has_row(ty) {
            return None;
        }
        let of = &self.program.types[ty.index()];
        let (event, row) = (&self.names.events[ty.index()].ty, &self.names.rows[ty.index()]);
        let visible = self.open.then(|| quote! { pub });
        let fields = self.row_fields(ty).map(|(name, kind, nullable)| {
            let ty = match (kind, nullable) {
                (Kind::Str, false) => quote! { TextRef<'a> },
                (Kind::Str, true) => quote! { Option<TextRef<'a>> },
                _ => super::types::type_of(kind, nullable),
            };
            quote! { #visible #name: #ty }
        });
        let values = self.row_fields(ty).map(|(name, kind, nullable)| match (kind, nullable) {
            (Kind::Str, false) => quote! { #name: TextRef::Symbol(&event.#name) },
            (Kind::Str, true) => quote! { #name: event.#name.as_ref().map(TextRef::Symbol) },
            _ => quote! { #name: event.#name },
        });
        let about = doc(&format!("What the rules look at of an event {}.", code(&of.name)));
        Some(quote! {
            #about
            #[derive(Clone, Copy, Debug)]
            #visible struct #row<'a> { #(#fields),* }

            impl<'a> #row<'a> {
                #[inline]
                fn of(event: &'a #event) -> Self {
                    Self { #(#values),* }
                }
            }
        })
    }

    /// The row at number `row` of columns.
    pub(super) fn row_of_columns(&self, ty: TypeId) -> TokenStream {
        let values = self.row_fields(ty).map(|(name, kind, nullable)| match (kind, nullable) {
            (Kind::Str, false) => quote! { #name: TextRef::Str(self.#name[row]) },
            (Kind::Str, true) => quote! { #name: self.#name[row].map(TextRef::Str) },
            _ => quote! { #name: self.#name[row] },
        });
        let row = &self.names.rows[ty.index()];
        quote! { #row { #(#values),* } }
    }

    /// The fields that rules read, with their types.
    fn row_fields(&self, ty: TypeId) -> impl Iterator<Item = (&Ident, Kind, bool)> {
        let of: &EventType = &self.program.types[ty.index()];
        let fields = of.fields.iter().zip(&self.names.events[ty.index()].fields);
        fields.filter(|(field, _)| field.used).map(|(field, name)| (name, field.ty.kind, field.ty.nullable))
    }
}
