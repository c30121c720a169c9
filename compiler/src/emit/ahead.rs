//! What is found out of a block of rows before rules look at them: which rows any rule wants, and where their partitions are.
//!
//! PERF: rules by key wait for memory, and for branches that cannot be foreseen. Where guards are numbers that are compared with
//! constants, rows that no rule wants are left out without a branch, and the partitions of all others are fetched together.

use super::Emitter;
use super::rule::Key;
use crate::lir::{Expr, ExprKind, GuardId, Input, Rows, Rule, TypeId};
use crate::scalar::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// More guards than this cost more than they spare.
const GUARDS_MAX: usize = 16;

impl Emitter<'_> {
    /// `let chosen = …`: the rows of a block of columns that a rule wants, where that is worth a pass of its own. `at` is the column of times.
    pub(super) fn chosen(&self, ty: TypeId, at: &Ident) -> Option<TokenStream> {
        let guards = self.guards_wanted(ty)?;
        let keyed: Vec<(usize, &Rule, usize)> =
            self.readers(ty).filter(|(_, rule, _)| !rule.keys.is_empty()).collect();
        if keyed.is_empty() {
            return None;
        }
        let first = &self.names.events[ty.index()].fields[0];
        let seen = match self.has_row(ty) {
            true => quote! { columns.row(row) },
            false => quote! { columns.event(row) },
        };
        let calls = guards.iter().map(|guard| {
            let function = &self.names.guards[guard.index()].function;
            quote! { #function(&event) }
        });
        let fetches =
            keyed.into_iter().filter_map(|(number, rule, index)| self.fetch(number, rule, index, &seen));
        Some(quote! {
            let wants = |row: usize| {
                let event = #seen;
                #(#calls)|*
            };
            let chosen = match self.clock.admit_all(columns.#at) {
                true => choose(&mut places, columns.#first.len(), wants),
                false => choose(&mut places, columns.#first.len(), |row| self.clock.admit(columns.#at[row]) && wants(row)),
            };
            #(#fetches)*
        })
    }

    /// The rules that read a type, with their number and that of the type among their inputs.
    fn readers(&self, ty: TypeId) -> impl Iterator<Item = (usize, &Rule, usize)> {
        self.program.rules.iter().enumerate().filter_map(move |(number, rule)| {
            Some((number, rule, rule.inputs.iter().position(|input| input.ty == ty)?))
        })
    }

    /// The guards one of which holds for whatever anything looks at of a type, if they are cheap to ask twice.
    fn guards_wanted(&self, ty: TypeId) -> Option<Vec<GuardId>> {
        if self.program.windows.iter().any(|window| window.input == ty) {
            return None;
        }
        let mut guards = Vec::new();
        for (_, rule, index) in self.readers(ty) {
            let Input { wants: Rows::Any(wants), .. } = &rule.inputs[index] else { return None };
            guards.extend(wants);
        }
        guards.sort();
        guards.dedup();
        let is_cheap = |guard: &GuardId| is_cheap(&self.program.guards[guard.index()].condition);
        (!guards.is_empty() && guards.len() <= GUARDS_MAX && guards.iter().all(is_cheap)).then_some(guards)
    }

    /// Has the partitions of a rule fetched, unless they are known by texts.
    fn fetch(&self, number: usize, rule: &Rule, index: usize, seen: &TokenStream) -> Option<TokenStream> {
        // A match of one event needs no runs.
        if rule.states.is_empty() || rule.keys.iter().any(|key| key.kind == Kind::Str) {
            return None;
        }
        let field = &self.names.rules[number].field;
        let key = match self.key(number, rule, index, &rule.inputs[index]) {
            Key::Place(key) | Key::Made(key) => key,
            Key::Lent(_) => return None,
        };
        let event = format_ident!("event");
        Some(quote! {
            let keys = chosen.iter().map(|row| {
                let row = usize::from(*row);
                let #event = #seen;
                #key
            });
            self.#field.partitions.fetch(keys, &self.#field.runs);
        })
    }
}

/// Whether a condition is but comparisons of numbers of the event with constants.
fn is_cheap(condition: &Expr) -> bool {
    let is_number =
        |of: &Expr| of.ty.kind != Kind::Str && matches!(of.kind, ExprKind::Column(_) | ExprKind::Const(_));
    match &condition.kind {
        ExprKind::Compare(_, a, b) => is_number(a) && is_number(b),
        ExprKind::And(all) | ExprKind::Or(all) => all.iter().all(is_cheap),
        ExprKind::Not(of) => is_cheap(of),
        ExprKind::IsNull(of) => is_number(of),
        _ => is_number(condition),
    }
}
