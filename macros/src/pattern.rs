//! The first half of `#[pattern]`: reads the text for the event types it names and asks each for its schema.

use crate::source::Source;
use portent_compiler::ast::{Element, Item, Pattern, PatternKind, PatternRule, Step};
use portent_compiler::diag::Diagnostics;
use portent_compiler::dsl;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Error, ItemFn, Result};

/// Asks the event types; their macros end in `__pattern`.
pub(crate) fn ask(argument: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let function: ItemFn = syn::parse2(item).map_err(|error| {
        Error::new(
            error.span(),
            "`#[pattern]` stands on a function: its parameters are variables of the pattern",
        )
    })?;
    match types(&argument) {
        Ok(types) => {
            let (first, rest) = types.split_first().expect("a pattern has a step");
            Ok(quote! { #first! { [#(#rest)*] { { #argument } #function } {} } })
        }
        Err(error) => Err(error),
    }
    .or_else(|error: Error| {
        // The function stays, so that who calls it is not told that it is not there.
        let (error, kept) = (error.into_compile_error(), without_attributes(function));
        Ok(quote! { #error #kept })
    })
}

/// The event types that a pattern names, each once.
fn types(argument: &TokenStream) -> Result<Vec<Ident>> {
    let mut source = Source::default();
    source.plain("pattern P ");
    source.argument(argument);
    let mut diagnostics = Diagnostics::new();
    let file = dsl::parse(&source.text, &mut diagnostics);
    if let Some(error) = source.errors(&diagnostics) {
        return Err(error);
    }
    let [Item::Pattern(rule)] = file.items.as_slice() else {
        let end = source.text.len();
        return Err(source.error(10..end, "here stands one pattern: `match …`, and what belongs to it"));
    };
    if let Some(emit) = &rule.emit {
        let message = "a `#[pattern]` has no `emit`: its function makes what is found";
        return Err(source.error(emit.span.range(), message));
    }
    let mut types: Vec<Ident> = Vec::new();
    for step in steps(rule) {
        if !types.iter().any(|known| *known == step.ty.name) {
            let mut name = syn::parse_str::<Ident>(&step.ty.name)
                .map_err(|_| source.error(step.ty.span.range(), "an event type is the name of a struct"))?;
            name.set_span(source.span(step.ty.span.range()));
            types.push(name);
        }
    }
    Ok(types)
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
pub(crate) fn without_attributes(mut function: ItemFn) -> ItemFn {
    for input in &mut function.sig.inputs {
        if let syn::FnArg::Typed(input) = input {
            input.attrs.retain(|attribute| !attribute.path().is_ident("emit"));
        }
    }
    function
}
