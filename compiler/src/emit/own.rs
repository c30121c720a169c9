//! Events that are structs of the program's own: how the rules read them.

use super::Emitter;
use super::names::{code, doc};
use crate::lir::EventType;
use crate::scalar::Kind;
use proc_macro2::TokenStream;
use quote::quote;

impl Emitter<'_> {
    /// The program's own struct for an event type, if it has been mapped onto one.
    pub(super) fn own(&self, ty: &EventType) -> Option<syn::TypePath> {
        let (_, path) = self.options.structs.iter().find(|(event, _)| *event == ty.name)?;
        Some(syn::parse_str(path).expect("a struct of the program is the path of a type"))
    }

    /// How an event is made of the program's own struct.
    pub(super) fn conversion(&self, number: usize, ty: &EventType) -> Option<TokenStream> {
        let own = self.own(ty)?;
        let names = &self.names.events[number];
        let runtime: syn::Path = syn::parse_str(&self.options.runtime).expect("the path of the runtime");
        let event = &names.ty;
        let fields = ty.fields.iter().zip(&names.fields).map(|(field, name)| {
            let kind = super::types::kind_name(field.ty.kind);
            let kind = quote! { #runtime::kind::#kind };
            let kind = if field.ty.nullable {
                quote! { #runtime::kind::Nullable<#kind> }
            } else {
                kind
            };
            let unit = match field.ty.kind {
                Kind::Timestamp => proc_macro2::Literal::i64_unsuffixed(field.unit.nanos()),
                _ => proc_macro2::Literal::i64_unsuffixed(1),
            };
            // The user's field has the name that rules know; ours may have another.
            let own = super::names::ident(&field.name);
            quote! { #name: #runtime::read::<#kind, _>(&event.#own, #unit) }
        });
        let unused = ty.fields.is_empty().then(|| quote! { let _ = event; });
        Some(quote! {
            impl From<&#own> for #event {
                #[inline]
                fn from(event: &#own) -> Self {
                    #unused
                    Self { #(#fields),* }
                }
            }
        })
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
