//! `#[derive(Event)]`: a macro of the struct's name that hands its schema on, and what enums of events need.

use crate::schema::{Field, Schema};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{
    Data, DataEnum, DeriveInput, Error, Fields, GenericArgument, GenericParam, LitStr, PathArguments, Result,
    Type,
};

const TYPES: &str =
    "bool, i8 to i64, u8 to u32, f32, f64, Symbol, String, &str, Duration, SystemTime, or an Option of one";

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    match &input.data {
        Data::Enum(data) => of_enum(input, data),
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => of_struct(input, fields),
            _ => Err(Error::new_spanned(&input.ident, "an event is a struct with named fields")),
        },
        Data::Union(_) => Err(Error::new_spanned(&input.ident, "a union cannot be an event: use a struct")),
    }
}

/// `#[event(…)]` of a struct or a field.
#[derive(Default)]
struct Attributes {
    is_time: bool,
    timestamp: bool,
    unit: Option<LitStr>,
    name: Option<LitStr>,
    lateness: Option<LitStr>,
}

impl Attributes {
    fn of(attributes: &[syn::Attribute], is_field: bool) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("event")) {
            attribute.parse_nested_meta(|meta| found.add(&meta, is_field))?;
        }
        Ok(found)
    }

    fn add(&mut self, meta: &ParseNestedMeta<'_>, is_field: bool) -> Result<()> {
        let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match (is_field, key.as_str()) {
            (true, "time" | "timestamp") if self.timestamp => {
                return Err(
                    meta.error("a field says once that it is a time: `time` is a `timestamp` already")
                );
            }
            (true, "time") => {
                (self.is_time, self.timestamp) = (true, true);
                if meta.input.peek(syn::Token![=]) {
                    self.unit = Some(meta.value()?.parse()?);
                }
            }
            (true, "timestamp") => {
                self.timestamp = true;
                self.unit = Some(meta.value()?.parse()?);
            }
            (true, "name") => once(&mut self.name, meta)?,
            (false, "lateness") => once(&mut self.lateness, meta)?,
            (true, _) => {
                let known = "a field's attributes are `time`, `time = \"ms\"`, `timestamp = \"ms\"` and `name = \"…\"`";
                return Err(meta.error(known));
            }
            (false, _) => return Err(meta.error("an event's attribute is `lateness = \"5s\"`")),
        }
        Ok(())
    }
}

/// Takes the value of a key that is written once.
fn once(value: &mut Option<LitStr>, meta: &ParseNestedMeta<'_>) -> Result<()> {
    match value {
        Some(_) => Err(meta.error("this is said twice")),
        None => {
            *value = Some(meta.value()?.parse()?);
            Ok(())
        }
    }
}

fn of_struct(input: &DeriveInput, fields: &syn::FieldsNamed) -> Result<TokenStream> {
    let borrows = borrows(input)?;
    let attributes = Attributes::of(&input.attrs, false)?;
    let mut clauses = String::new();
    let mut all: Vec<Field> = Vec::new();
    for field in &fields.named {
        let (field, is_time) = field_of(field)?;
        if all.iter().any(|other| other.name == field.name) {
            return Err(Error::new_spanned(
                &field.ident,
                format!("there are two fields `{}` for rules", field.name),
            ));
        }
        if is_time {
            if !clauses.is_empty() {
                return Err(Error::new_spanned(
                    &field.ident,
                    "an event has one time: there is another field marked `time`",
                ));
            }
            clauses = format!("time `{}`", field.name);
        }
        all.push(field);
    }
    if clauses.is_empty() {
        return Err(Error::new_spanned(
            &input.ident,
            "an event has a time: mark its field with `#[event(time)]`, or `#[event(time = \"ms\")]` for another unit than nanoseconds",
        ));
    }
    if let Some(lateness) = attributes.lateness {
        clauses += &format!(" lateness {}", lateness_of(&lateness)?);
    }
    let schema = Schema { name: input.ident.clone(), borrows, clauses, fields: all };
    let handed_on = hand_on(input, &schema);
    let name = &input.ident;
    let (generics, taken) = match borrows {
        true => (quote! { #name<'_> }, quote! { for<'a> ::portent::compiled::Takes<#name<'a>> }),
        false => (quote! { #name }, quote! { ::portent::compiled::Takes<#name> }),
    };
    let feed = feed(&generics, &[taken], &quote! { matcher.take(self, sink) });
    Ok(quote! { #handed_on #feed })
}

/// Whether there is a lifetime; other parameters are refused.
fn borrows(input: &DeriveInput) -> Result<bool> {
    for parameter in &input.generics.params {
        if !matches!(parameter, GenericParam::Lifetime(_)) {
            return Err(Error::new_spanned(
                parameter,
                "an event has no type parameters: its fields are what rules can read",
            ));
        }
    }
    match input.generics.params.len() {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::new_spanned(
            &input.generics,
            "an event has at most one lifetime, which all its texts share",
        )),
    }
}

fn lateness_of(lateness: &LitStr) -> Result<String> {
    let text = lateness.value();
    let (mut rest, mut parts) = (text.as_str(), 0);
    while !rest.is_empty() {
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let unit = ["ns", "us", "ms", "s", "m", "h", "d"].into_iter().find(|unit| {
            digits
                .strip_prefix(*unit)
                .is_some_and(|next| !next.starts_with(|c: char| c.is_ascii_alphabetic()))
        });
        let Some(unit) = unit.filter(|_| digits.len() < rest.len()) else {
            return Err(Error::new_spanned(
                lateness,
                "a duration is written like \"5s\", \"100ms\" or \"1h30m\"",
            ));
        };
        rest = &digits[unit.len()..];
        parts += 1;
    }
    match parts {
        0 => Err(Error::new_spanned(lateness, "a duration is written like \"5s\", \"100ms\" or \"1h30m\"")),
        _ => Ok(text),
    }
}

fn field_of(field: &syn::Field) -> Result<(Field, bool)> {
    let attributes = Attributes::of(&field.attrs, true)?;
    let ident = field.ident.clone().expect("a named field");
    let (inner, nullable) = match argument_of(&field.ty, "Option") {
        Some(inner) => (inner, true),
        None => (&field.ty, false),
    };
    let unknown = || Error::new_spanned(&field.ty, format!("a field of an event is {TYPES}"));
    let rust = name_of(inner).ok_or_else(unknown)?;
    let mut scalar = match rust.as_str() {
        "bool" => "bool",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" => "i64",
        "f32" | "f64" => "f64",
        "Symbol" | "String" | "str" => "str",
        "Duration" => "duration",
        "SystemTime" => "timestamp",
        _ => return Err(unknown()),
    };
    let mut unit = 1;
    if attributes.timestamp {
        match rust.as_str() {
            "SystemTime" if attributes.unit.is_none() => {}
            "i64" => scalar = "timestamp",
            _ => {
                let message = "a time is an `i64`, with a unit, or a `SystemTime`, without one";
                return Err(Error::new_spanned(&field.ty, message));
            }
        }
        unit = attributes.unit.as_ref().map_or(Ok(1), nanos_of)?;
    }
    if attributes.is_time && nullable {
        return Err(Error::new_spanned(
            &field.ty,
            "the time of an event cannot be missing: take the `Option` away",
        ));
    }
    let name = match &attributes.name {
        None => ident.unraw().to_string(),
        Some(name) => {
            let text = name.value();
            let is_name = syn::parse_str::<proc_macro2::Ident>(&text).is_ok()
                || syn::parse_str::<proc_macro2::Ident>(&format!("r#{text}")).is_ok();
            if !is_name {
                return Err(Error::new_spanned(
                    name,
                    "a name is letters, digits and `_`, and does not begin with a digit",
                ));
            }
            text
        }
    };
    let ty = format!("{scalar}{}", if nullable { "?" } else { "" });
    Ok((Field { ident, name, ty, unit }, attributes.is_time))
}

fn nanos_of(unit: &LitStr) -> Result<i64> {
    match unit.value().as_str() {
        "s" => Ok(1_000_000_000),
        "ms" => Ok(1_000_000),
        "us" => Ok(1_000),
        "ns" => Ok(1),
        _ => Err(Error::new_spanned(unit, "the units of time are \"s\", \"ms\", \"us\" and \"ns\"")),
    }
}

/// The last name of a type's path; of `&str`, `str`.
fn name_of(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        Type::Reference(reference) if reference.mutability.is_none() => {
            name_of(&reference.elem).filter(|name| name == "str")
        }
        _ => None,
    }
}

/// `T` of `name<T>`.
pub(crate) fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// A macro of the event's name, that adds the schema to what the macros before it have said and asks the next.
fn hand_on(input: &DeriveInput, schema: &Schema) -> TokenStream {
    let (name, visibility) = (&input.ident, &input.vis);
    let hidden = format_ident!("__portent_event_{}", name.unraw());
    // A macro of this crate cannot be seen further than in it.
    let visibility = match visibility {
        syn::Visibility::Public(_) => quote! { pub(crate) },
        other => quote! { #other },
    };
    quote! {
        #[doc(hidden)]
        #[allow(unused_macros, reason = "an event that no pattern reads")]
        macro_rules! #hidden {
            ([] $payload:tt { $($said:tt)* }) => {
                ::portent::__pattern! { $payload { $($said)* #schema } }
            };
            ([$next:ident $($rest:ident)*] $payload:tt { $($said:tt)* }) => {
                $next! { [$($rest)*] $payload { $($said)* #schema } }
            };
        }
        #[doc(hidden)]
        #[allow(unused_imports, reason = "an event that no pattern reads")]
        #visibility use #hidden as #name;
    }
}

fn of_enum(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "an enum of events has no parameters"));
    }
    let attributes = input.attrs.iter().chain(data.variants.iter().flat_map(|variant| &variant.attrs));
    if let Some(attribute) = attributes.into_iter().find(|attribute| attribute.path().is_ident("event")) {
        let message = "an enum of events has no `#[event(…)]`: it belongs to the structs in it";
        return Err(Error::new_spanned(attribute, message));
    }
    let mut variants = Vec::new();
    for variant in &data.variants {
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                variants.push((&variant.ident, &fields.unnamed[0].ty));
            }
            _ => {
                let message =
                    format!("a variant of an enum of events holds one event: `{0}({0})`", variant.ident);
                return Err(Error::new_spanned(variant, message));
            }
        }
    }
    if variants.is_empty() {
        return Err(Error::new_spanned(&input.ident, "an enum of events has a variant for each"));
    }
    let name = &input.ident;
    let taken = variants.iter().map(|(_, ty)| quote! { ::portent::compiled::Takes<#ty> });
    let arms = variants.iter().map(|(variant, ty)| {
        quote! { Self::#variant(event) => <M as ::portent::compiled::Takes<#ty>>::take(matcher, event, sink) }
    });
    Ok(feed(&quote! { #name }, &taken.collect::<Vec<_>>(), &quote! { match self { #(#arms),* } }))
}

/// What `push` of a matcher needs, that takes what is asked for.
fn feed(event: &TokenStream, takes: &[TokenStream], body: &TokenStream) -> TokenStream {
    quote! {
        impl<M> ::portent::compiled::Feed<M> for #event
        where
            M: ::portent::compiled::Matcher #(+ #takes)*
        {
            #[inline]
            fn feed(
                &self,
                matcher: &mut M,
                sink: &mut impl ::portent::compiled::Sink<<M as ::portent::compiled::Matcher>::Output>,
            ) -> ::core::result::Result<::portent::compiled::Arrival, ::portent::compiled::Stopped> {
                #body
            }
        }
    }
}
