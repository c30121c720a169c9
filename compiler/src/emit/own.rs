//! Events that are structs of the program's own: how the rules read them.

use super::Emitter;
use super::names::{code, doc};
use crate::lir::{EventType, Field, TypeId};
use crate::scalar::Kind;
use proc_macro2::TokenStream;
use quote::quote;

impl Emitter<'_> {
    /// The program's own struct for an event type, if it has been mapped onto one.
    pub(super) fn own(&self, ty: &EventType) -> Option<syn::TypePath> {
        let (_, path) = self.options.structs.iter().find(|(event, _)| *event == ty.name)?;
        Some(syn::parse_str(path).expect("a struct of the program is the path of a type"))
    }

    /// How an event, and what rules look at of one, are made of the program's own struct.
    pub(super) fn conversions(&self, number: usize, ty: &EventType) -> Option<TokenStream> {
        let own = self.own(ty)?;
        let names = &self.names.events[number];
        let event = &names.ty;
        let fields = ty.fields.iter().zip(&names.fields).map(|(field, name)| {
            let value = self.read(field);
            match (field.ty.kind, field.ty.nullable) {
                (Kind::Str, false) => quote! { #name: #value.keep() },
                (Kind::Str, true) => quote! { #name: #value.map(TextRef::keep) },
                _ => quote! { #name: #value },
            }
        });
        let unused = ty.fields.is_empty().then(|| quote! { let _ = event; });
        let row = self.has_row(TypeId(number as u32)).then(|| {
            let row = &self.names.rows[number];
            let fields = ty.fields.iter().zip(&names.fields).filter(|(field, _)| field.used);
            let fields = fields.map(|(field, name)| {
                let value = self.read(field);
                quote! { #name: #value }
            });
            quote! {
                impl<'a> From<&'a #own> for #row<'a> {
                    #[inline]
                    fn from(event: &'a #own) -> Self {
                        Self { #(#fields),* }
                    }
                }
            }
        });
        Some(quote! {
            impl From<&#own> for #event {
                #[inline]
                fn from(event: &#own) -> Self {
                    #unused
                    Self { #(#fields),* }
                }
            }

            #row
        })
    }

    /// A field of the program's own struct, as rules look at it.
    fn read(&self, field: &Field) -> TokenStream {
        let runtime: syn::Path = syn::parse_str(&self.options.runtime).expect("the path of the runtime");
        let kind = super::types::kind_name(field.ty.kind);
        let kind = match field.ty.nullable {
            true => quote! { #runtime::kind::Nullable<#runtime::kind::#kind> },
            false => quote! { #runtime::kind::#kind },
        };
        let unit = match field.ty.kind {
            Kind::Timestamp => proc_macro2::Literal::i64_unsuffixed(field.unit.nanos()),
            _ => proc_macro2::Literal::i64_unsuffixed(1),
        };
        // The user's field has the name that rules know; ours may have another.
        let own = super::names::ident(&field.name);
        quote! { #runtime::read::<#kind, _>(&event.#own, #unit) }
    }

    /// What an event type is, in documentation.
    pub(super) fn about_event(&self, ty: &EventType) -> TokenStream {
        let mut text = match ty.doc.as_str() {
            "" => format!("An event {}.", code(&ty.name)),
            written => written.to_owned(),
        };
        if let Some(own) = self.own(ty) {
            let own = quote! { #own }.to_string().replace(' ', "");
            text += &format!("\n\nThis is what rules look at of a {}.", code(&own));
        }
        doc(&text)
    }
}
