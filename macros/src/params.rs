//! The parameters of a `#[pattern]` function: variables of the pattern, or single values.

use crate::event::argument_of;
use portent_compiler::ast::Step;
use portent_rt::output::{OutputColumn, Shape};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Error, FnArg, ItemFn, Pat, Result, Type};

/// A parameter.
pub(crate) struct Param {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) asks: Asks,
}

/// What a parameter is given.
pub(crate) enum Asks {
    /// The event or the events of a variable, of a type.
    Variable {
        /// The name of the variable's event type.
        of: String,
    },
    /// The value of an expression of rule text.
    Value(TokenStream),
}

/// The parameters of a function over a pattern of these steps.
pub(crate) fn params(function: &ItemFn, steps: &[&Step]) -> Result<Vec<Param>> {
    let signature = &function.sig;
    if let Some(asyncness) = &signature.asyncness {
        return Err(Error::new_spanned(
            asyncness,
            "the function of a pattern is called when the match is complete: it cannot be async",
        ));
    }
    if let Some(parameter) = signature.generics.type_params().next() {
        return Err(Error::new_spanned(
            parameter,
            "the function of a pattern has no type parameters: its events are known",
        ));
    }
    signature.inputs.iter().map(|input| param(input, steps)).collect()
}

fn param(input: &FnArg, steps: &[&Step]) -> Result<Param> {
    let FnArg::Typed(input) = input else {
        return Err(Error::new_spanned(input, "the function of a pattern is no method"));
    };
    let Pat::Ident(pattern) = &*input.pat else {
        return Err(Error::new_spanned(&input.pat, "a parameter is the name of a variable of the pattern"));
    };
    let name = pattern.ident.clone();
    let value = input.attrs.iter().find(|attribute| attribute.path().is_ident("emit"));
    let asks = match value {
        Some(attribute) => Asks::Value(attribute.meta.require_list()?.tokens.clone()),
        None => Asks::Variable { of: type_of(&name, steps)? },
    };
    Ok(Param { name, ty: (*input.ty).clone(), asks })
}

fn type_of(name: &Ident, steps: &[&Step]) -> Result<String> {
    let text = name.unraw().to_string();
    let named = |step: &&&Step| step.variable.as_ref().is_some_and(|variable| variable.name == text);
    if let Some(step) = steps.iter().find(named) {
        return Ok(step.ty.name.clone());
    }
    let names: Vec<_> =
        steps.iter().filter_map(|step| step.variable.as_ref()).map(|v| format!("`{}`", v.name)).collect();
    let has = match names.as_slice() {
        [] => "it names none: write `a: Type` in the pattern".to_owned(),
        [one] => format!("it has {one}"),
        [all @ .., last] => format!("it has {} and {last}", all.join(", ")),
    };
    Err(Error::new_spanned(
        name,
        format!(
            "the pattern has no variable `{text}`: {has}; for a single value, write `#[emit(…)] {text}: …`"
        ),
    ))
}

/// Whether a parameter's type is that of what it asks for.
pub(crate) fn check(param: &Param, shape: &Shape, columns: &[OutputColumn]) -> Result<()> {
    match &param.asks {
        Asks::Variable { of } => check_variable(param, of, shape),
        Asks::Value(value) => check_value(param, value, shape, columns),
    }
}

fn check_variable(param: &Param, of: &str, shape: &Shape) -> Result<()> {
    let reference = |ty: &Type| match ty {
        Type::Reference(reference) if reference.mutability.is_none() => Some((*reference.elem).clone()),
        _ => None,
    };
    let is_event = |ty: &Type| match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == of),
        _ => false,
    };
    let (is_right, expected, why) = match shape {
        Shape::Record { present: None, .. } => {
            (reference(&param.ty).is_some_and(|ty| is_event(&ty)), format!("&{of}"), "is bound once")
        }
        Shape::Record { present: Some(_), .. } => (
            argument_of(&param.ty, "Option").and_then(reference).is_some_and(|ty| is_event(&ty)),
            format!("Option<&{of}>"),
            "may be missing from a match",
        ),
        _ => {
            let slice = match reference(&param.ty) {
                Some(Type::Slice(slice)) => is_event(&slice.elem),
                _ => argument_of(&param.ty, "Kleene").is_some_and(is_event),
            };
            (slice, format!("Kleene<'_, {of}>"), "is repeated")
        }
    };
    match is_right {
        true => Ok(()),
        false => {
            let message = format!("`{}` is an event `{of}` that {why}: its type is `{expected}`", param.name);
            Err(Error::new_spanned(&param.ty, message))
        }
    }
}

/// A type of the program that has a name of its own may be any; of the usual ones it is told which it has to be.
fn check_value(param: &Param, value: &TokenStream, shape: &Shape, columns: &[OutputColumn]) -> Result<()> {
    let expected = match shape {
        Shape::Scalar(column) => rust_type(columns[*column]),
        Shape::List(column) => format!("Vec<{}>", rust_type(columns[*column])),
        Shape::Record { .. } | Shape::Records(_) => {
            let message =
                format!("`{value}` is a whole event: a parameter of its name, without `#[emit]`, has it");
            return Err(Error::new_spanned(value, message));
        }
    };
    let ty = &param.ty;
    let written = quote! { #ty }.to_string().replace(' ', "");
    let innermost = written.trim_start_matches("Vec<").trim_start_matches("Option<").trim_end_matches('>');
    match written == expected || !USUAL.contains(&innermost) {
        true => Ok(()),
        false => Err(Error::new_spanned(ty, format!("this value is of type `{expected}`"))),
    }
}

/// Types by which one might expect a value to come.
const USUAL: [&str; 16] = [
    "bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "f32", "f64", "Symbol", "String",
    "&str", "Duration",
];

fn rust_type(column: OutputColumn) -> String {
    let ty = match column.ty {
        portent_rt::Type::Bool => "bool",
        portent_rt::Type::F64 => "f64",
        portent_rt::Type::Str => "Symbol",
        _ => "i64",
    };
    if column.nullable { format!("Option<{ty}>") } else { ty.to_owned() }
}
