//! What users see: a struct for each event type, one for each rule's output, `enum Event` and `enum Match`.

use super::Emitter;
use super::expr::{Binds, Place};
use super::names::{camel, code, doc};
use super::program::Shape as ProgramShape;
use crate::lir::{self, Expr, ExprKind, Kernel, RegId, Rule, Source, Stmt, TypeId, walk_block};
use crate::scalar::Kind;
use portent_rt::output::{OutputField, Shape};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// The Rust type of a value.
pub(super) fn type_of(kind: Kind, nullable: bool) -> TokenStream {
    let ty = match kind {
        Kind::Bool => quote! { bool },
        Kind::I64 | Kind::Timestamp | Kind::Duration => quote! { i64 },
        Kind::F64 => quote! { f64 },
        Kind::Str => quote! { Symbol },
    };
    if nullable {
        quote! { Option<#ty> }
    } else {
        ty
    }
}

/// What a reader of the type alone would not know.
fn unit(kind: Kind) -> &'static str {
    match kind {
        Kind::Timestamp => ", in nanoseconds since the Unix epoch",
        Kind::Duration => ", in nanoseconds",
        _ => "",
    }
}

/// Whether the items of a list register may be null.
pub(super) fn items_nullable(rule: &Rule, list: RegId) -> bool {
    let mut nullable = false;
    for kernel in [Some(&rule.step), rule.timer.as_ref()].into_iter().flatten() {
        walk_block(&kernel.body, &mut |stmt| match stmt {
            Stmt::Append { list: to, value } if *to == list => nullable |= value.ty.nullable,
            Stmt::Emit { values, .. } => {
                let columns = values.iter().zip(&rule.output.columns);
                nullable |= columns
                    .clone()
                    .any(|(value, column)| value.kind == ExprKind::List(list) && column.nullable);
            }
            _ => {}
        });
    }
    nullable
}

impl Emitter<'_> {
    /// The declared event types, with their numbers.
    pub(super) fn inputs(&self) -> impl Iterator<Item = (usize, &lir::EventType)> {
        let is_input = |(_, ty): &(usize, &lir::EventType)| matches!(ty.source, Source::Input { .. });
        self.program.types.iter().enumerate().filter(is_input)
    }

    pub(super) fn types(&self, shape: &ProgramShape) -> TokenStream {
        let events = self.inputs().map(|(number, ty)| self.event(number, ty, shape));
        let outputs = self.program.rules.iter().enumerate().map(|(number, rule)| self.output(number, rule));
        let (event, matched) = (self.any_event(), self.any_match());
        quote! { #(#events)* #event #(#outputs)* #matched }
    }

    fn event(&self, number: usize, ty: &lir::EventType, shape: &ProgramShape) -> TokenStream {
        let names = &self.names.events[number];
        let fields = ty.fields.iter().zip(&names.fields).map(|(field, name)| {
            let declared =
                format!("{}{}.", code(&format!("{}: {}", field.name, field.ty)), unit(field.ty.kind));
            let doc = match field.doc.as_str() {
                "" => doc(&declared),
                written => doc(&format!("{written}\n\n{declared}")),
            };
            let ty = type_of(field.ty.kind, field.ty.nullable);
            quote! { #doc pub #name: #ty }
        });
        let columns = ty.fields.iter().zip(&names.fields).map(|(field, name)| {
            let doc = doc(&format!("{} of each row.", code(&field.name)));
            let ty = match (field.ty.kind, field.ty.nullable) {
                (Kind::Str, false) => quote! { &'a str },
                (Kind::Str, true) => quote! { Option<&'a str> },
                (kind, nullable) => type_of(kind, nullable),
            };
            quote! { #doc pub #name: &'a [#ty] }
        });
        let (name, column_type) = (&names.ty, &names.columns);
        let (about, conversions) = (self.about_event(ty), self.conversions(number, ty));
        let about_columns = doc(&format!("Events {} as columns of equal length.", code(&ty.name)));
        let (cut, row) = (self.columns(number, ty, shape), self.row(TypeId(number as u32)));
        let by_columns = (!ty.fields.is_empty() && self.options.fixed.is_none()).then(|| {
            quote! {
                #about_columns
                #[derive(Clone, Copy, Debug)]
                pub struct #column_type<'a> { #(#columns),* }
                #cut
            }
        });
        quote! {
            #about
            #[derive(Clone, Debug, PartialEq)]
            pub struct #name { #(#fields),* }
            #conversions
            #by_columns
            #row
        }
    }

    fn any_event(&self) -> TokenStream {
        let variants = self.inputs().map(|(number, ty)| {
            let (name, doc) = (&self.names.events[number].ty, doc(&format!("An {}.", code(&ty.name))));
            quote! { #doc #name(#name) }
        });
        quote! {
            /// An event of any type.
            #[derive(Clone, Debug, PartialEq)]
            pub enum Event { #(#variants),* }
        }
    }

    fn any_match(&self) -> TokenStream {
        let names = |rule: &Rule| &self.names.events[rule.output_type.index()].ty;
        let rules = &self.program.rules;
        let variants = rules.iter().map(|rule| {
            let (name, doc) = (names(rule), doc(&format!("A match of {}.", code(&rule.name))));
            quote! { #doc #name(#name) }
        });
        let times = rules.iter().enumerate().map(|(number, rule)| {
            let (name, ts) = (names(rule), &self.names.rules[number].ts);
            quote! { Self::#name(matched) => matched.#ts }
        });
        let time = if rules.is_empty() {
            quote! { *self }
        } else {
            quote! { self }
        };
        quote! {
            /// What the rules emit.
            #[derive(Clone, Debug, PartialEq)]
            pub enum Match { #(#variants),* }

            impl Match {
                /// When it completed, in nanoseconds since the Unix epoch.
                pub fn ts(&self) -> i64 {
                    match #time { #(#times),* }
                }
            }
        }
    }

    fn output(&self, number: usize, rule: &Rule) -> TokenStream {
        let names = &self.names.rules[number];
        let ty = &self.names.events[rule.output_type.index()].ty;
        let mut records = Vec::new();
        let fields: Vec<_> = (0..rule.output.fields.len())
            .map(|at| self.output_field(number, rule, at, &mut records))
            .collect();
        let about = match rule.doc.as_str() {
            "" => doc(&format!("What {} emits.", code(&rule.name))),
            text => doc(text),
        };
        let ts = &names.ts;
        quote! {
            #(#records)*
            #about
            #[derive(Clone, Debug, PartialEq)]
            pub struct #ty {
                /// When the match completed, in nanoseconds since the Unix epoch.
                pub #ts: i64,
                #(#fields),*
            }
        }
    }

    fn output_field(
        &self,
        number: usize,
        rule: &Rule,
        at: usize,
        records: &mut Vec<TokenStream>,
    ) -> TokenStream {
        let names = &self.names.rules[number];
        let (field, name) = (&rule.output.fields[at], &names.outputs[at]);
        let column = |column: usize| &rule.output.columns[column];
        let (about, ty) = match &field.shape {
            Shape::Scalar(of) => {
                let of = column(*of);
                let doc = format!("{}{}.", code(&field.name), unit(of.ty));
                (doc, type_of(of.ty, of.nullable))
            }
            Shape::List(of) => {
                let (of, item) = (column(*of), type_of(column(*of).ty, column(*of).nullable));
                (format!("{} of each event{}.", code(&field.name), unit(of.ty)), quote! { Vec<#item> })
            }
            Shape::Record { fields, present } => {
                let record = names.records[at].as_ref().expect("a record has a name");
                records.push(self.record(rule, field, fields, record));
                let ty = if present.is_some() {
                    quote! { Option<#record> }
                } else {
                    quote! { #record }
                };
                (format!("The event {}.", code(&field.name)), ty)
            }
            Shape::Records(fields) => {
                let record = names.records[at].as_ref().expect("a record has a name");
                records.push(self.record(rule, field, fields, record));
                (format!("The events {}.", code(&field.name)), quote! { Vec<#record> })
            }
        };
        let about = doc(&about);
        quote! { #about pub #name: #ty }
    }

    /// The struct of an emitted event.
    fn record(&self, rule: &Rule, of: &OutputField, fields: &[OutputField], name: &Ident) -> TokenStream {
        let about = doc(&format!("An event {} of {}.", code(&of.name), code(&rule.name)));
        let fields = fields.iter().zip(record_fields(fields)).map(|(field, name)| {
            let (Shape::Scalar(column) | Shape::List(column)) = field.shape else {
                unreachable!("events are flat")
            };
            let column = rule.output.columns[column];
            let (about, ty) = (
                doc(&format!("{}{}.", code(&field.name), unit(column.ty))),
                type_of(column.ty, column.nullable),
            );
            quote! { #about pub #name: #ty }
        });
        quote! {
            #about
            #[derive(Clone, Debug, PartialEq)]
            pub struct #name { #(#fields),* }
        }
    }

    /// Makes a match and gives it to the sink.
    pub(super) fn emit(
        &self,
        number: usize,
        rule: &Rule,
        _kernel: &Kernel,
        place: &Place<'_>,
        values: &[Expr],
    ) -> TokenStream {
        let (names, ty) = (&self.names.rules[number], &self.names.events[rule.output_type.index()].ty);
        let fields = (0..rule.output.fields.len()).map(|at| {
            let (name, value) = (&names.outputs[at], self.emitted(number, rule, at, place, values));
            quote! { #name: #value }
        });
        let (ts, time) = (&names.ts, &place.time);
        let matched = quote! { #ty { #ts: #time, #(#fields),* } };
        match self.is_read(rule) {
            false => quote! { sink.accept(Match::#ty(#matched)); },
            true => quote! {
                let matched = #matched;
                self.emitted.push(matched.clone());
                sink.accept(Match::#ty(matched));
            },
        }
    }

    fn emitted(
        &self,
        number: usize,
        rule: &Rule,
        at: usize,
        place: &Place<'_>,
        values: &[Expr],
    ) -> TokenStream {
        let scalar = |column: usize| place.kept(&values[column], rule.output.columns[column].nullable);
        let record = || self.names.rules[number].records[at].as_ref().expect("a record has a name");
        let list = |column: usize| match values[column].kind {
            ExprKind::List(register) => {
                let (run, field) = (&place.run, &self.names.rules[number].registers[register.index()]);
                quote! { #run.#field }
            }
            ExprKind::ListColumn(field) => {
                let row = place.row.expect("a row is current");
                let field = &self.names.events[row.index()].fields[field.index()];
                quote! { event.#field }
            }
            _ => unreachable!("a list column holds a list"),
        };
        match &rule.output.fields[at].shape {
            Shape::Scalar(column) => scalar(*column),
            Shape::List(column) => {
                let list = list(*column);
                quote! { #list.clone() }
            }
            Shape::Record { present, fields } => {
                let (record, names) = (record(), record_fields(fields));
                let columns = columns(fields).map(scalar);
                let event = quote! { #record { #(#names: #columns),* } };
                match present {
                    None => event,
                    Some(present) => {
                        let there = place.truth_at(&values[*present], Binds::Tight);
                        match values[*present] == Expr::truth() {
                            true => quote! { Some(#event) },
                            false => quote! { #there.then_some(#event) },
                        }
                    }
                }
            }
            Shape::Records(fields) => {
                let (record, names) = (record(), record_fields(fields));
                let lists: Vec<_> = columns(fields).map(list).collect();
                let length = lists.first().map_or(quote! { 0 }, |list| quote! { #list.len() });
                let items = columns(fields).zip(&lists).map(|(column, list)| {
                    let clone = (rule.output.columns[column].ty == Kind::Str).then(|| quote! { .clone() });
                    quote! { #list[at] #clone }
                });
                quote! { (0..#length).map(|at| #record { #(#names: #items),* }).collect() }
            }
        }
    }

    /// Whether another rule, or a window, reads what a rule emits.
    pub(super) fn is_read(&self, rule: &Rule) -> bool {
        let windows = self.program.windows.iter().map(|window| window.input);
        let rules = self.program.rules.iter().flat_map(|rule| &rule.inputs).map(|input| input.ty);
        rules.chain(windows).any(|ty| ty == rule.output_type)
    }
}

/// The columns of flat fields.
fn columns(fields: &[OutputField]) -> impl Iterator<Item = usize> {
    fields.iter().map(|field| match field.shape {
        Shape::Scalar(column) | Shape::List(column) => column,
        _ => unreachable!("events are flat"),
    })
}

/// The names of the fields of an emitted event.
pub(super) fn record_fields(fields: &[OutputField]) -> Vec<Ident> {
    let mut scope = super::names::Scope::default();
    fields.iter().map(|field| scope.fresh(&field.name)).collect()
}

/// The variant of the runtime's `Type` for a kind.
pub(super) fn kind_name(kind: Kind) -> Ident {
    format_ident!("{}", camel(&format!("{kind:?}")))
}
