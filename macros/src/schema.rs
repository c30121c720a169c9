//! What an event type says of itself: passed as tokens from `#[derive(Event)]` to `#[pattern]`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{LitBool, LitInt, LitStr, Token, braced, bracketed};

/// An event type.
pub(crate) struct Schema {
    pub(crate) name: Ident,
    /// Whether the struct has a lifetime.
    pub(crate) borrows: bool,
    /// `time x lateness 5s`, as in rule text.
    pub(crate) clauses: String,
    pub(crate) fields: Vec<Field>,
}

/// A field of an event type.
pub(crate) struct Field {
    /// In the struct.
    pub(crate) ident: Ident,
    /// In rules.
    pub(crate) name: String,
    /// The type in rules, as `str?`.
    pub(crate) ty: String,
    /// Nanoseconds in a unit of an integer that is a time, else 1.
    pub(crate) unit: i64,
}

impl Schema {
    /// The declaration of the event type in rule text.
    pub(crate) fn declaration(&self) -> String {
        let fields: Vec<_> =
            self.fields.iter().map(|field| format!("`{}`: {}", field.name, field.ty)).collect();
        format!("event `{}` {{ {} }} {}\n", self.name, fields.join(", "), self.clauses)
    }
}

impl ToTokens for Schema {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { name, borrows, clauses, fields } = self;
        tokens.extend(quote! { [#name #borrows #clauses { #(#fields)* }] });
    }
}

impl ToTokens for Field {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { ident, name, ty, unit } = self;
        tokens.extend(quote! { #ident #name #ty #unit, });
    }
}

impl Parse for Schema {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (content, inner);
        bracketed!(content in input);
        let name = content.parse()?;
        let borrows = content.parse::<LitBool>()?.value;
        let clauses = content.parse::<LitStr>()?.value();
        braced!(inner in content);
        let mut fields = Vec::new();
        while !inner.is_empty() {
            fields.push(inner.parse()?);
        }
        Ok(Self { name, borrows, clauses, fields })
    }
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (ident, name, ty): (_, LitStr, LitStr) = (input.parse()?, input.parse()?, input.parse()?);
        let unit = input.parse::<LitInt>()?.base10_parse()?;
        input.parse::<Token![,]>()?;
        Ok(Self { ident, name: name.value(), ty: ty.value(), unit })
    }
}
