//! The first half of `#[pattern]`: reads the text for the event types it names and asks each for its schema.

use crate::source::Source;
use portent_compiler::ast::{self, Element, Pattern, PatternKind, PatternRule, Step};
use portent_compiler::diag::Diagnostics;
use portent_compiler::dsl;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Error, FnArg, Item, ItemFn, Pat, Result};

/// Asks the event types; their macros end in `__pattern`.
pub(crate) fn ask(argument: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function = match syn::parse2(item)? {
        Item::Fn(function) => function,
        other => return Ok(not_a_function(&other)),
    };
    // The function stays whatever happens, so that who calls it is not told that it is not there.
    let kept = without_attributes(function.clone());
    let matcher = match types(&argument, &function) {
        Ok(types) => {
            let (first, rest) = types.split_first().expect("a pattern has a step");
            let conditions = function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
            quote! { #(#conditions)* #first! { [#(#rest)*] { { #argument } #function } {} } }
        }
        Err(error) => error.into_compile_error(),
    };
    Ok(quote! { #kept #matcher })
}

/// Says where a pattern can stand, and keeps what it stands on.
fn not_a_function(item: &Item) -> TokenStream {
    let (place, message) = match item {
        Item::Struct(item) => (
            item.struct_token.span,
            "`#[pattern]` stands on a function: its parameters are variables of the pattern, and a struct like this one is what it returns",
        ),
        item => (
            item.to_token_stream().into_iter().next().map_or_else(Span::call_site, |first| first.span()),
            "`#[pattern]` stands on a function: its parameters are variables of the pattern",
        ),
    };
    let error = Error::new(place, message).into_compile_error();
    quote! { #error #item }
}

/// The event types that a pattern names, each once.
fn types(argument: &TokenStream, function: &ItemFn) -> Result<Vec<Ident>> {
    let mut source = Source::default();
    source.plain("pattern P ");
    source.argument(argument);
    let mut diagnostics = Diagnostics::new();
    let file = dsl::parse(&source.text, &mut diagnostics);
    if let Some(error) = source.errors(&diagnostics) {
        return Err(error);
    }
    let [ast::Item::Pattern(rule)] = file.items.as_slice() else {
        let end = source.text.len();
        return Err(source.error(10..end, "here stands one pattern: `match …`, and what belongs to it"));
    };
    if let Some(emit) = &rule.emit {
        let message = "a `#[pattern]` has no `emit`: its function makes what is found";
        return Err(source.error(emit.span.range(), message));
    }
    let parameters = parameters(function);
    let mut types: Vec<Ident> = Vec::new();
    for step in steps(rule) {
        if parameters.contains(&step.ty.name) {
            let message = format!("`{0}` stands for an event type here: write `{0}: Type`", step.ty.name);
            return Err(source.error(step.ty.span.range(), &message));
        }
        if !types.iter().any(|known| *known == step.ty.name) {
            let mut name = syn::parse_str::<Ident>(&step.ty.name)
                .map_err(|_| source.error(step.ty.span.range(), "an event type is the name of a struct"))?;
            name.set_span(source.span(step.ty.span.range()));
            types.push(name);
        }
    }
    Ok(types)
}

/// The names of a function's parameters.
fn parameters(function: &ItemFn) -> Vec<String> {
    let name = |input: &FnArg| match input {
        FnArg::Typed(input) => match &*input.pat {
            Pat::Ident(pattern) => Some(pattern.ident.unraw().to_string()),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    };
    function.sig.inputs.iter().filter_map(name).collect()
}

/// The steps of a pattern, those that must not come among them.
pub(crate) fn steps(rule: &PatternRule) -> Vec<&Step> {
    let mut all = Vec::new();
    collect(&rule.pattern.value, &mut all);
    all
}

fn collect<'a>(pattern: &'a Pattern, all: &mut Vec<&'a Step>) {
    let element = |element: &'a Element, all: &mut Vec<&'a Step>| match element {
        Element::Match(pattern) => collect(pattern, all),
        Element::Not(negation) => all.push(&negation.step),
    };
    match &pattern.kind {
        PatternKind::Step(step) => all.push(step),
        PatternKind::Sequence { first, rest } => {
            element(first, all);
            rest.iter().for_each(|(_, next)| element(next, all));
        }
        PatternKind::Alternatives(parts) | PatternKind::All(parts) => {
            parts.iter().for_each(|part| collect(part, all));
        }
        PatternKind::Repeat(inner, _) => collect(inner, all),
    }
}

/// A function without the attributes on its parameters, which are ours.
fn without_attributes(mut function: ItemFn) -> ItemFn {
    for input in &mut function.sig.inputs {
        if let syn::FnArg::Typed(input) = input {
            input.attrs.retain(|attribute| !attribute.path().is_ident("emit"));
        }
    }
    function
}
