//! A program as tokens, with the names that other generated code needs to use it: what `#[pattern]` is made of.

use super::{EmitOptions, Emitter, types::record_fields};
use crate::lir::{self, TypeId};
use portent_rt::output::Shape;
use proc_macro2::{Ident, TokenStream};
use quote::format_ident;

/// The items of a program and what they are called.
#[derive(Clone, Debug)]
pub struct Module {
    /// The items.
    pub items: TokenStream,
    /// The declared event types, in order.
    pub events: Vec<EventNames>,
    /// For each rule in order of evaluation, the struct of its matches, which is also the name of the variant of `Match`, and
    /// its fields.
    pub outputs: Vec<(Ident, Vec<OutputNames>)>,
}

/// What belongs to an event type.
#[derive(Clone, Debug)]
pub struct EventNames {
    /// Its struct.
    pub ty: Ident,
    /// The fields of the struct, in order.
    pub fields: Vec<Ident>,
    /// The method that takes one.
    pub push: Ident,
    /// What rules look at of one, if that is something else and can be given instead.
    pub row: Option<RowNames>,
}

/// What belongs to a row of references.
#[derive(Clone, Debug)]
pub struct RowNames {
    /// Its struct, which has a lifetime.
    pub ty: Ident,
    /// For each field of the event its field, if it has one: rules read it.
    pub fields: Vec<Option<Ident>>,
    /// The method that looks at one.
    pub see: Ident,
}

/// What belongs to an emitted field.
#[derive(Clone, Debug)]
pub struct OutputNames {
    /// Its name in the struct of the match.
    pub field: Ident,
    /// Its form, in columns of the rule's output.
    pub shape: Shape,
    /// If it is an event or several, what their fields are called.
    pub fields: Vec<Ident>,
}

/// A verified program as items.
///
/// # Panics
/// If `options.runtime` is no path.
pub fn module(program: &lir::Program, options: &EmitOptions) -> Module {
    let emitter = Emitter::new(program, options);
    let waits = emitter.lateness() > 0;
    let events = emitter.inputs().map(|(number, ty)| {
        let names = &emitter.names.events[number];
        let row = || {
            let fields = ty.fields.iter().zip(&names.fields);
            RowNames {
                ty: emitter.names.rows[number].clone(),
                fields: fields.map(|(field, name)| field.used.then(|| name.clone())).collect(),
                see: format_ident!("see_{}", names.snake),
            }
        };
        EventNames {
            ty: names.ty.clone(),
            fields: names.fields.clone(),
            push: format_ident!("push_{}", names.snake),
            row: (!waits && emitter.has_row(TypeId(number as u32))).then(row),
        }
    });
    let outputs = program.rules.iter().enumerate().map(|(number, rule)| {
        let fields = rule.output.fields.iter().zip(&emitter.names.rules[number].outputs);
        let fields = fields.map(|(field, ident)| OutputNames {
            field: ident.clone(),
            shape: field.shape.clone(),
            fields: match &field.shape {
                Shape::Record { fields, .. } | Shape::Records(fields) => record_fields(fields),
                Shape::Scalar(_) | Shape::List(_) => Vec::new(),
            },
        });
        (emitter.names.events[rule.output_type.index()].ty.clone(), fields.collect())
    });
    let (events, outputs) = (events.collect(), outputs.collect());
    let open = Emitter { open: true, ..emitter };
    Module { items: super::items(open), events, outputs }
}
