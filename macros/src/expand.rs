//! The second half of `#[pattern]`: with the schemas of its event types, compiles the rule and prints the matcher.

use crate::event::argument_of;
use crate::hosts::{self, Host};
use crate::params::{self, Asks, Param};
use crate::pattern::steps;
use crate::schema::{Field, Schema};
use crate::source::Source;
use portent_compiler::ast::{File, Item};
use portent_compiler::diag::{Code, Diagnostics};
use portent_compiler::emit::{self, EmitOptions, EventNames, Module, OutputNames, RowNames};
use portent_compiler::{dsl, lir, lower, resolve};
use portent_rt::output::{OutputColumn, OutputField, Shape};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, ItemFn, Result, ReturnType, Visibility, braced};

/// What the events' macros have passed on.
pub(crate) struct Input {
    argument: TokenStream,
    function: ItemFn,
    schemas: Vec<Schema>,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (payload, argument, said);
        braced!(payload in input);
        braced!(argument in payload);
        let (argument, function) = (argument.parse()?, payload.parse()?);
        braced!(said in input);
        let mut schemas = Vec::new();
        while !said.is_empty() {
            schemas.push(said.parse()?);
        }
        Ok(Self { argument, function, schemas })
    }
}

/// The module of the matcher, to stand beside the function.
pub(crate) fn expand(input: &Input) -> Result<TokenStream> {
    let (source, params) = source(input)?;
    let (program, hosts, diagnostics) = program(&source, &input.schemas)?;
    let rule = &program.rules[0];
    let asked = params
        .iter()
        .zip(&rule.output.fields)
        .map(|(param, field)| params::check(param, &field.shape, &rule.output.columns));
    if let Some(error) = asked.filter_map(Result::err).reduce(combined) {
        return Err(error);
    }
    let options = EmitOptions { source: input.function.sig.ident.to_string(), ..EmitOptions::default() };
    let module = emit::module(&program, &options);
    let columns = &rule.output.columns;
    let at = Span::call_site().located_at(input.function.sig.ident.span());
    let matcher = Printed { input, params: &params, module: &module, hosts: &hosts, columns, at }.tokens();
    let warnings = source.warnings(&diagnostics, &lints(&input.function));
    Ok(quote! { #matcher #warnings })
}

/// The attributes of a function that say what becomes of warnings. `expect` is not among them: it is for one warning of many.
fn lints(function: &ItemFn) -> Vec<&Attribute> {
    let says = |attribute: &&Attribute| {
        ["allow", "warn", "deny", "forbid"].iter().any(|level| attribute.path().is_ident(level))
    };
    function.attrs.iter().filter(says).collect()
}

fn combined(mut all: Error, error: Error) -> Error {
    all.combine(error);
    all
}

/// The whole rule text: the event types, the pattern, and an `emit` of what the parameters ask for.
fn source(input: &Input) -> Result<(Source, Vec<Param>)> {
    let mut source = Source::default();
    input.schemas.iter().for_each(|schema| source.plain(&schema.declaration()));
    let name = rule_name(&input.function.sig.ident, &input.schemas);
    source.plain(&format!("pattern `{name}` "));
    source.argument(&input.argument);
    let mut diagnostics = Diagnostics::new();
    let file = dsl::parse(&source.text, &mut diagnostics);
    if let Some(error) = source.errors(&diagnostics) {
        return Err(error);
    }
    let Some(Item::Pattern(rule)) = file.items.last() else {
        return Err(Error::new_spanned(&input.argument, "here stands one pattern"));
    };
    let params = params::params(&input.function, &steps(rule))?;
    source.plain("\nemit { ");
    for (number, param) in params.iter().enumerate() {
        source.plain(&format!("part_{number}: "));
        match &param.asks {
            Asks::Variable { .. } => source.plain(&format!("`{}`", param.name.unraw())),
            Asks::Value(tokens) => source.bare(tokens),
        }
        source.plain(", ");
    }
    source.plain(if params.is_empty() { "nothing: true }" } else { "}" });
    Ok((source, params))
}

/// `card_testing` as `CardTesting`, or with `Found` behind it if that is an event type.
fn rule_name(function: &Ident, schemas: &[Schema]) -> String {
    let mut name = String::new();
    for word in function.unraw().to_string().split('_') {
        let mut chars = word.chars();
        name.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        name.extend(chars);
    }
    while name.is_empty() || schemas.iter().any(|schema| schema.name == name) {
        name.push_str("Found");
    }
    name
}

/// The rule text, compiled, with the warnings about it. Functions that the language does not know are looked for in Rust.
fn program(source: &Source, schemas: &[Schema]) -> Result<(lir::Program, Vec<Host>, Diagnostics)> {
    let mut diagnostics = Diagnostics::new();
    let mut file: File = dsl::parse(&source.text, &mut diagnostics);
    let mut resolved = resolve::resolve(&file, &mut diagnostics);
    let mut hosts = Vec::new();
    if diagnostics.iter().any(|diagnostic| diagnostic.code == Code::UnknownFunction) {
        hosts = hosts::replace(&mut file, &diagnostics, schemas, source)?;
        diagnostics = Diagnostics::new();
        resolved = resolve::resolve(&file, &mut diagnostics);
    }
    if let Some(error) = source.errors(&diagnostics) {
        return Err(error);
    }
    let resolved = resolved.expect("what is not right is reported");
    let lir = lower::program(&resolved, &source.text).map_err(|refused| {
        let mut diagnostics = Diagnostics::new();
        refused.into_iter().for_each(|diagnostic| diagnostics.push(diagnostic));
        source.errors(&diagnostics).expect("what is refused is reported")
    })?;
    if let Err(broken) = lir::verify::verify(&lir) {
        panic!("invariant of lir::verify broken: {broken}");
    }
    Ok((lir, hosts, diagnostics))
}

/// What is as visible one module further in: the matcher must not be more visible than what the function returns.
fn inside(visibility: &Visibility) -> TokenStream {
    match visibility {
        Visibility::Inherited => quote! { pub(super) },
        Visibility::Restricted(to) if to.path.is_ident("self") => quote! { pub(super) },
        Visibility::Restricted(to) if to.path.is_ident("super") => quote! { pub(in super::super) },
        Visibility::Restricted(to)
            if to.path.segments.first().is_some_and(|first| first.ident == "super") =>
        {
            let path = &to.path;
            quote! { pub(in super::#path) }
        }
        _ => quote! { #visibility },
    }
}

fn first_span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span())
}

/// A compiled pattern, to be printed.
struct Printed<'a> {
    input: &'a Input,
    params: &'a [Param],
    module: &'a Module,
    hosts: &'a [Host],
    /// Of the match.
    columns: &'a [OutputColumn],
    /// Where rustc says that something is wrong with what is printed: at the function, not at the struct whose macro came last.
    at: Span,
}

impl Printed<'_> {
    fn tokens(&self) -> TokenStream {
        let at = self.at;
        let (name, visibility) = (&self.input.function.sig.ident, &self.input.function.vis);
        let inner = inside(visibility);
        let (items, output) = (&self.module.items, self.output());
        let about = format!(" The matcher of the pattern [`{name}`](fn@{name}).");
        let takes = self
            .input
            .schemas
            .iter()
            .zip(&self.module.events)
            .map(|(schema, names)| self.takes(schema, names));
        let found = self.found();
        let runtime = quote_spanned! { at => ::portent::compiled };
        quote_spanned! { at =>
            #[doc = #about]
            #[allow(dead_code, unreachable_pub, reason = "an interface of which a program uses what it needs")]
            #visibility mod #name {
                #[doc(hidden)]
                #[allow(clippy::all, unused_imports, unused_variables, missing_docs, non_snake_case, non_camel_case_types, reason = "generated")]
                pub mod rules { #items }

                /// Takes events in, gives matches out.
                #[derive(Debug)]
                #inner struct Matcher {
                    #[doc(hidden)]
                    pub rules: rules::Rules,
                }

                /// A matcher that has seen nothing.
                #inner fn matcher(limits: #runtime::Limits) -> Matcher {
                    Matcher { rules: rules::Rules::new(limits) }
                }

                impl Matcher {
                    /// What was counted so far.
                    #inner fn stats(&self) -> #runtime::Stats {
                        self.rules.stats()
                    }
                }
            }

            impl #runtime::Matcher for #name::Matcher {
                type Output = #output;
            }

            #(#takes)*

            #[allow(dead_code, reason = "an interface of which a program uses what it needs")]
            impl #name::Matcher {
                /// Takes an event of any type that the pattern names.
                ///
                /// # Errors
                /// If a limit is reached that is to be an error.
                #[inline]
                #visibility fn push(
                    &mut self,
                    event: &impl #runtime::Feed<Self>,
                    sink: &mut impl #runtime::Sink<#output>,
                ) -> ::core::result::Result<#runtime::Arrival, #runtime::Stopped> {
                    event.feed(self, sink)
                }

                /// Notes that no event before `time`, in nanoseconds since 1970, will come.
                ///
                /// # Errors
                /// If a limit is reached that is to be an error.
                #visibility fn watermark(
                    &mut self,
                    time: i64,
                    sink: &mut impl #runtime::Sink<#output>,
                ) -> ::core::result::Result<(), #runtime::Stopped> {
                    self.rules.watermark(time, &mut |found: #name::rules::Match| Self::found(&found, sink))
                }

                /// Notes that no more events will come.
                ///
                /// # Errors
                /// If a limit is reached that is to be an error.
                #visibility fn finish(
                    &mut self,
                    sink: &mut impl #runtime::Sink<#output>,
                ) -> ::core::result::Result<(), #runtime::Stopped> {
                    self.rules.finish(&mut |found: #name::rules::Match| Self::found(&found, sink))
                }

                #found
            }
        }
    }

    /// What the function returns, or may return, if that is an `Option`.
    fn output(&self) -> TokenStream {
        let at = self.at;
        match &self.input.function.sig.output {
            ReturnType::Default => quote_spanned! { at => () },
            ReturnType::Type(_, ty) => match argument_of(ty, "Option") {
                Some(ty) => quote_spanned! { at => #ty },
                None => quote_spanned! { at => #ty },
            },
        }
    }

    /// Takes a struct of the user and gives the rules what they look at.
    fn takes(&self, schema: &Schema, names: &EventNames) -> TokenStream {
        let at = self.at;
        let EventNames { push, ty, .. } = names;
        let (function, event) = (&self.input.function.sig.ident, &schema.name);
        let (visibility, output) = (&self.input.function.vis, self.output());
        let about = format!(" Takes an event `{event}`.");
        let taken = match &names.row {
            Some(RowNames { ty, fields, see }) => {
                let values = self.values(schema, fields.iter().map(Option::as_ref), "see");
                quote_spanned! { at => self.rules.#see(&#function::rules::#ty { #(#values),* }, sink) }
            }
            None => {
                let values = self.values(schema, names.fields.iter().map(Some), "keep");
                quote_spanned! { at => self.rules.#push(#function::rules::#ty { #(#values),* }, sink) }
            }
        };
        let (generics, event) = match schema.borrows {
            true => (quote_spanned! { at => <'event> }, quote_spanned! { at => #event<'event> }),
            false => (quote_spanned! { at =>}, quote_spanned! { at => #event }),
        };
        quote_spanned! { at =>
            #[allow(dead_code, reason = "an interface of which a program uses what it needs")]
            impl #function::Matcher {
                #[doc = #about]
                ///
                /// # Errors
                /// If a limit is reached that is to be an error.
                #[inline]
                #visibility fn #push #generics(
                    &mut self,
                    event: &#event,
                    sink: &mut impl ::portent::compiled::Sink<#output>,
                ) -> ::core::result::Result<::portent::compiled::Arrival, ::portent::compiled::Stopped> {
                    ::portent::compiled::Takes::take(self, event, sink)
                }
            }

            impl #generics ::portent::compiled::Takes<#event> for #function::Matcher {
                #[inline]
                fn take(
                    &mut self,
                    event: &#event,
                    sink: &mut impl ::portent::compiled::Sink<<Self as ::portent::compiled::Matcher>::Output>,
                ) -> ::core::result::Result<::portent::compiled::Arrival, ::portent::compiled::Stopped> {
                    let sink = &mut |found: #function::rules::Match| Self::found(&found, sink);
                    #taken
                }
            }
        }
    }

    /// What rules are given of a struct of the user, by fields that have names: those of the struct, then what functions of the program
    /// say of it. `how` rules get hold of them is a method of `EventField`.
    fn values<'n>(
        &self,
        schema: &Schema,
        mut names: impl Iterator<Item = Option<&'n Ident>>,
        how: &str,
    ) -> Vec<TokenStream> {
        let (at, how) = (self.at, Ident::new(how, self.at));
        let field = |(field, name): (&Field, Option<&Ident>)| {
            let (name, own, unit) = (name?, &field.ident, field.unit);
            let value = quote_spanned! { at => ::portent::compiled::EventField::#how(&event.#own) };
            Some(match unit {
                1 => quote_spanned! { at => #name: #value },
                _ => quote_spanned! { at => #name: ::portent::compiled::Scale::to_nanos(#value, #unit) },
            })
        };
        let mut values: Vec<_> = schema.fields.iter().zip(&mut names).filter_map(field).collect();
        let calls = self.hosts.iter().filter(|host| schema.name == host.ty).zip(names);
        values.extend(
            calls.filter_map(|(Host { call, .. }, name)| {
                name.map(|name| quote_spanned! { at => #name: #call })
            }),
        );
        values
    }

    /// Calls the function with what was kept.
    fn found(&self) -> TokenStream {
        let at = self.at;
        let (function, output) = (&self.input.function.sig.ident, self.output());
        let (variant, fields) = &self.module.outputs[0];
        let locals: Vec<_> = (0..self.params.len()).map(|number| format_ident!("part_{number}")).collect();
        let bound = self.params.iter().zip(fields).zip(&locals).map(|((param, field), local)| {
            let value = self.restored(param, field);
            quote_spanned! { at => let #local = #value; }
        });
        let arguments = self.params.iter().zip(fields).zip(&locals).map(|((param, field), local)| {
            match (&param.asks, &field.shape) {
                (Asks::Value(value), _) => {
                    let mut local = local.clone();
                    local.set_span(at.located_at(first_span(value)));
                    quote! { #local }
                }
                (_, Shape::Record { present: Some(_), .. }) => quote_spanned! { at => #local.as_ref() },
                _ => quote_spanned! { at => &#local },
            }
        });
        let call = quote_spanned! { at => #function(#(#arguments),*) };
        let accept = match &self.input.function.sig.output {
            ReturnType::Type(_, ty) if argument_of(ty, "Option").is_some() => {
                quote_spanned! { at => if let ::core::option::Option::Some(output) = #call { sink.accept(output); } }
            }
            _ => quote_spanned! { at => sink.accept(#call); },
        };
        quote_spanned! { at =>
            #[allow(clippy::unit_arg, reason = "a pattern may have nothing to say but that it was found")]
            fn found(found: &#function::rules::Match, sink: &mut impl ::portent::compiled::Sink<#output>) {
                let #function::rules::Match::#variant(found) = found;
                #(#bound)*
                #accept
            }
        }
    }

    /// The user's own events, of what was kept of them.
    fn restored(&self, param: &Param, field: &OutputNames) -> TokenStream {
        let at = self.at;
        let name = &field.field;
        let Asks::Variable { of } = &param.asks else { return quote_spanned! { at => found.#name.clone() } };
        let schema =
            self.input.schemas.iter().find(|schema| schema.name == *of).expect("types were asked for");
        let (event, own) = (&schema.name, schema.fields.iter().map(|field| &field.ident));
        let (Shape::Record { fields: shapes, .. } | Shape::Records(shapes)) = &field.shape else {
            unreachable!("a variable is an event or several")
        };
        let values = schema.fields.iter().zip(&field.fields).zip(shapes).map(|((field, ident), shape)| {
            let unit = field.unit;
            let kept = match self.is_null_if_missing(shape) && !field.ty.ends_with('?') {
                true => quote_spanned! { at => event.#ident.as_ref()? },
                false => quote_spanned! { at => &event.#ident },
            };
            let value = quote_spanned! { at => ::portent::compiled::EventField::restore(#kept) };
            match unit {
                1 => value,
                _ => quote_spanned! { at => ::portent::compiled::Scale::in_unit(#value, #unit) },
            }
        });
        let event = quote_spanned! { at => #event { #(#own: #values),* } };
        match &field.shape {
            Shape::Record { present: None, .. } => {
                quote_spanned! { at => { let event = &found.#name; #event } }
            }
            Shape::Record { present: Some(_), .. } => {
                quote_spanned! { at => found.#name.as_ref().and_then(|event| ::core::option::Option::Some(#event)) }
            }
            _ => {
                quote_spanned! { at => found.#name.iter().map(|event| #event).collect::<::std::vec::Vec<_>>() }
            }
        }
    }

    /// Whether a field of an emitted event may be null: of an event that may be missing, every field may.
    fn is_null_if_missing(&self, field: &OutputField) -> bool {
        matches!(field.shape, Shape::Scalar(column) if self.columns[column].nullable)
    }
}
