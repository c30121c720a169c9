//! Matches and events by name, for those who run programs that they do not know.

use super::Emitter;
use super::types::{kind_name, record_fields};
use crate::lir::Rule;
use portent_rt::output::{OutputField, Shape};
use proc_macro2::TokenStream;
use quote::quote;

impl Emitter<'_> {
    pub(super) fn dynamic(&self) -> TokenStream {
        let runtime: syn::Path = syn::parse_str(&self.options.runtime).expect("the path of the runtime");
        let rules = &self.program.rules;
        let ty = |rule: &Rule| &self.names.events[rule.output_type.index()].ty;
        let names = rules.iter().map(|rule| {
            let (ty, name) = (ty(rule), &rule.name);
            quote! { Self::#ty(_) => #name }
        });
        let fields = rules.iter().enumerate().map(|(number, rule)| {
            let (ty, fields) = (ty(rule), self.trees(number, rule));
            quote! { Self::#ty(matched) => [#(#fields),*].into() }
        });
        let events = self.inputs().enumerate().map(|(input, (number, ty))| {
            let names = &self.names.events[number];
            let (name, push) = (&names.ty, quote::format_ident!("push_{}", names.snake));
            let fields = names.fields.iter().enumerate().map(|(at, field)| {
                quote! { #field: FromValue::from_value(&values[#at]) }
            });
            let _ = ty;
            quote! { #input => self.#push(#name { #(#fields),* }, out) }
        });
        let columns = self.inputs().enumerate().filter_map(|(input, (number, _))| {
            let names = &self.names.events[number];
            self.has_columns(number).then(|| {
                let (columns, push) = (&names.columns, quote::format_ident!("push_{}_columns", names.snake));
                let fields = names.fields.iter().enumerate().map(|(at, field)| {
                    quote! { #field: &#runtime::column(rows, #at) }
                });
                quote! { #input => self.#push(#columns { #(#fields),* }, out) }
            })
        });
        let columns: Vec<_> = columns.collect();
        let push_rows = (!columns.is_empty()).then(|| {
            quote! {
                fn push_rows(
                    &mut self,
                    ty: usize,
                    rows: &[&[#runtime::Value]],
                    out: &mut Vec<Match>,
                ) -> Result<(), Stopped> {
                    match ty {
                        #(#columns,)*
                        _ => rows.iter().try_for_each(|values| self.push_values(ty, values, out).map(drop)),
                    }
                }
            }
        });
        let (grown, stats) = match self.options.fixed {
            Some(_) => (quote! { .into() }, quote! { #runtime::Stats }),
            None => (quote! {}, quote! { Stats }),
        };
        quote! {
            impl Dynamic for Match {
                fn rule(&self) -> &'static str {
                    match self { #(#names),* }
                }

                fn ts(&self) -> i64 {
                    self.ts()
                }

                fn fields(&self) -> Vec<(String, #runtime::Tree)> {
                    match self { #(#fields),* }
                }
            }

            impl Program for Rules {
                type Match = Match;

                fn start(limits: Limits) -> Self {
                    Self::new(limits)
                }

                fn push_values(
                    &mut self,
                    ty: usize,
                    values: &[#runtime::Value],
                    out: &mut Vec<Match>,
                ) -> Result<Arrival, Stopped> {
                    match ty {
                        #(#events,)*
                        other => panic!("event type {other} of the program"),
                    }
                }

                #push_rows

                fn raise(&mut self, time: i64, out: &mut Vec<Match>) -> Result<(), Stopped> {
                    self.watermark(time, out)
                }

                fn counted(&self) -> #stats {
                    self.stats()#grown
                }
            }
        }
    }

    fn trees(&self, number: usize, rule: &Rule) -> Vec<TokenStream> {
        let runtime: syn::Path = syn::parse_str(&self.options.runtime).expect("the path of the runtime");
        let kind = |column: usize| {
            let kind = kind_name(rule.output.columns[column].ty);
            quote! { #runtime::Type::#kind }
        };
        let record = |fields: &[OutputField]| {
            let items = fields.iter().zip(record_fields(fields)).map(|(field, ident)| {
                let (Shape::Scalar(column) | Shape::List(column)) = field.shape else {
                    unreachable!("events are flat")
                };
                let (name, kind) = (&field.name, kind(column));
                quote! { (#name.into(), event.#ident.to_tree(#kind)) }
            });
            quote! { [#(#items),*].into() }
        };
        let fields = rule.output.fields.iter().zip(&self.names.rules[number].outputs);
        let trees = fields.map(|(field, ident)| {
            let name = &field.name;
            let tree = match &field.shape {
                Shape::Scalar(column) | Shape::List(column) => {
                    let kind = kind(*column);
                    quote! { matched.#ident.to_tree(#kind) }
                }
                Shape::Record { present: None, fields } => {
                    let record = record(fields);
                    let binding = (!fields.is_empty()).then(|| quote! { let event = &matched.#ident; });
                    quote! { { #binding #runtime::Tree::Record(#record) } }
                }
                Shape::Record { present: Some(_), fields } => {
                    let record = record(fields);
                    quote! {
                        matched.#ident.as_ref().map_or(
                            #runtime::Tree::Value(#runtime::Value::Null),
                            |event| #runtime::Tree::Record(#record),
                        )
                    }
                }
                Shape::Records(fields) => {
                    let record = record(fields);
                    quote! { #runtime::Tree::Records(matched.#ident.iter().map(|event| #record).collect()) }
                }
            };
            quote! { (#name.into(), #tree) }
        });
        trees.collect()
    }
}
