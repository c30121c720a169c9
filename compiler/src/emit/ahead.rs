//! What is found out of a block of rows before rules look at them: which rows any rule wants, and where their partitions are.
//!
//! PERF: rules wait for memory, and for branches that cannot be foreseen. Where guards are numbers that are compared with
//! constants, rows that no rule wants are left out without a branch, and the partitions of all others are fetched together.

use super::Emitter;
use super::rule::Key;
use crate::lir::{Expr, ExprKind, GuardId, Input, Rows, Rule, TypeId};
use crate::scalar::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// More guards than this cost more than they spare.
const GUARDS_MAX: usize = 16;
/// More are joined into fewer comparisons than vector units make.
const GUARDS_OF_COLUMNS_MAX: usize = 2;

impl Emitter<'_> {
    /// Has `looks` done for the rows of a block of columns that a rule may want, where finding them is worth a pass of its own. `at` is the
    /// column of times.
    pub(super) fn chosen(
        &self,
        ty: TypeId,
        at: &Ident,
        looks: &dyn Fn(TokenStream) -> TokenStream,
    ) -> Option<TokenStream> {
        let guards = self.guards_wanted(ty)?;
        let keyed: Vec<_> = self.readers(ty).filter(|(_, rule, _)| !rule.keys.is_empty()).collect();
        let seen = self.seen_in_columns(ty);
        let choice = match self.rows_wanted(&guards) {
            Some(wanted) if guards.len() <= GUARDS_OF_COLUMNS_MAX => {
                quote! { sieve.by_columns(columns.#at.len(), |block| #wanted) }
            }
            _ if keyed.is_empty() || !guards.iter().all(|guard| self.is_cheap(*guard)) => return None,
            _ => {
                let calls = guards.iter().map(|guard| {
                    let function = &self.names.guards[guard.index()].function;
                    quote! { #function(event) }
                });
                quote! {
                    sieve.by_rows(columns.#at.len(), |row| {
                        let event = #seen;
                        #(#calls)|*
                    })
                }
            }
        };
        let at_chosen = looks(quote! { chosen.iter().map(|row| usize::from(*row)) });
        if self.readers(ty).all(|(_, rule, _)| rule.states.is_empty()) {
            let at_each = looks(quote! { 0..columns.#at.len() });
            return Some(quote! {
                match #choice {
                    Some(chosen) => { #at_chosen }
                    None => { #at_each }
                }
            });
        }
        // PERF: rules with state are long. What calls them once is what they are inlined into.
        let fetches =
            keyed.into_iter().filter_map(|(number, rule, index)| self.fetch(number, rule, index, &seen));
        Some(quote! {
            let chosen = #choice.unwrap_or_else(|| select::all(columns.#at.len()));
            #(#fetches)*
            #at_chosen
        })
    }

    /// The rules that read a type, with their number and that of the type among their inputs.
    fn readers(&self, ty: TypeId) -> impl Iterator<Item = (usize, &Rule, usize)> {
        self.program.rules.iter().enumerate().filter_map(move |(number, rule)| {
            Some((number, rule, rule.inputs.iter().position(|input| input.ty == ty)?))
        })
    }

    /// The guards one of which holds for whatever anything looks at of a type, if they are few.
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
        (guards.len() <= GUARDS_MAX).then_some(guards)
    }

    /// The rows of `block` for which one of these guards may hold, if vector units can say it. Rules ask them again.
    fn rows_wanted(&self, guards: &[GuardId]) -> Option<TokenStream> {
        if let [only] = guards {
            let guard = &self.program.guards[only.index()];
            if let ExprKind::And(all) = &guard.condition.kind {
                let [first, rest @ ..] = &all[..] else { return None };
                let first = self.rows_within(guard.ty, first)?;
                let rest = self.rows_joined(guard.ty, rest, &quote! { & })?;
                return Some(quote! { #first.narrowed(|| #rest) });
            }
        }
        self.rows_of_any(guards)
    }

    fn is_cheap(&self, guard: GuardId) -> bool {
        is_cheap(&self.program.guards[guard.index()].condition)
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
        Some(quote! {
            let keys = chosen.iter().map(|row| {
                let row = usize::from(*row);
                let event = #seen;
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
