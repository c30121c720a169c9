//! Many rules over one event type: those whose guards are in indexes look at an event only where an index says that they may want it.

use super::Emitter;
use super::names::{code, doc};
use super::program::{Looks, Shape};
use crate::lir::{GuardId, TypeId};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

/// Fewer rules are asked one after the other.
const WOKEN_MIN: usize = 16;

/// What an operator does with an event.
pub(super) struct Step {
    pub(super) calls: TokenStream,
    /// The guards of indexes that have it look at an event; none: it looks at every event.
    pub(super) woken_by: Vec<GuardId>,
}

/// The steps of an event type, by indexes.
pub(super) struct Woken {
    /// The indexes: fields of `Rules`, and what makes them.
    pub(super) fields: Vec<TokenStream>,
    pub(super) made: Vec<TokenStream>,
    /// What looks at an event.
    pub(super) calls: TokenStream,
    /// The function that it calls.
    pub(super) items: TokenStream,
}

impl Emitter<'_> {
    /// The guards that have an operator look at an event of a type, if they all are in indexes.
    pub(super) fn woken_by(&self, ty: TypeId, wants: &[GuardId]) -> Vec<GuardId> {
        let indexes = || self.program.indexes.iter().filter(|index| index.ty == ty);
        let is_indexed =
            |guard: &GuardId| indexes().any(|index| index.ranges.iter().any(|range| range.guard == *guard));
        match self.options.fixed.is_none() && wants.iter().all(is_indexed) {
            true => wants.to_vec(),
            false => Vec::new(),
        }
    }

    /// The steps of a type by indexes, if so many are in some that it is worth it; `after` follows them.
    pub(super) fn woken(
        &self,
        ty: TypeId,
        steps: &[Step],
        after: &TokenStream,
        shape: &Shape,
    ) -> Option<Woken> {
        let sleepers = steps.iter().filter(|step| !step.woken_by.is_empty()).count();
        if sleepers < WOKEN_MIN {
            return None;
        }
        let names = &self.names.events[ty.index()];
        let (mut fields, mut made, mut wake, mut may_wake) = (vec![], vec![], vec![], vec![]);
        for (index, name) in self.program.indexes.iter().zip(&self.names.indexes) {
            let ranges = self.ranges(index, steps);
            if index.ty != ty || ranges.is_empty() {
                continue;
            }
            let field = &names.fields[index.field.index()];
            let about = doc(&format!(
                "Who wants an event {} by its {}.",
                code(&names.snake),
                code(&field.to_string())
            ));
            fields.push(quote! { #about #name: index::Index });
            made.push(quote! { #name: index::Index::new(&[#(#ranges),*]) });
            wake.push(quote! { self.#name.wake(event.#field, &mut woken); });
            may_wake.push(quote! { self.#name.may_wake(event.#field) });
        }
        let function = format_ident!("wake_{}", names.snake);
        let question = shape.question();
        let call = quote! { self.#function(event, time, sink)#question; };
        let calls = match sleepers == steps.len() {
            true => quote! { if #(#may_wake)||* { #call } },
            false => call,
        };
        let items = self.waking(ty, steps, &wake, after, shape);
        Some(Woken { fields, made, calls, items })
    }

    /// The functions that have the steps look at an event which the indexes have woken, as `by_index` says, or that look at every event.
    fn waking(
        &self,
        ty: TypeId,
        steps: &[Step],
        by_index: &[TokenStream],
        after: &TokenStream,
        shape: &Shape,
    ) -> TokenStream {
        let mut always = vec![0_u64; steps.len().div_ceil(64)];
        for (number, step) in steps.iter().enumerate() {
            always[number / 64] |= u64::from(step.woken_by.is_empty()) << (number % 64);
        }
        let always = always.into_iter().map(Literal::u64_unsuffixed);
        let arms = (0..).zip(steps).map(|(number, step)| {
            let (number, calls) = (Literal::u32_unsuffixed(number), &step.calls);
            quote! { #number => { #calls } }
        });
        let snake = &self.names.events[ty.index()].snake;
        let (function, one) = (format_ident!("wake_{snake}"), format_ident!("one_of_{snake}"));
        let question = shape.question();
        let body = quote! {
            let mut woken = index::Woken::new([#(#always),*]);
            #(#by_index)*
            for rule in woken {
                self.#one(rule, event, time, sink)#question;
            }
            #after
        };
        let looks = quote! {
            match rule {
                #(#arms)*
                _ => {}
            }
        };
        let event = code(&self.program.types[ty.index()].name);
        let about =
            doc(&format!("Has the rules look at an event {event} that may want it, in order of evaluation."));
        let about_one = doc(&format!("Has one of the rules look at an event {event}."));
        // PERF: in the loop over rules, LLVM would ask all guards before it.
        let inline = || quote! { #[inline(never)] };
        let wake = Looks { name: &function, about: &about, inline: inline(), first: quote! {} };
        let look = Looks { name: &one, about: &about_one, inline: inline(), first: quote! { rule: u32, } };
        let (wake, look) = (self.looks(ty, &wake, &body, shape), self.looks(ty, &look, &looks, shape));
        quote! { #wake #look }
    }

    /// The ranges of an index, each with the number of a step that wants it.
    fn ranges(&self, index: &crate::lir::Index, steps: &[Step]) -> Vec<TokenStream> {
        let mut all = Vec::new();
        for (number, step) in (0..).zip(steps) {
            for range in index.ranges.iter().filter(|range| step.woken_by.contains(&range.guard)) {
                let number = Literal::u32_unsuffixed(number);
                let [least, greatest] = [range.least, range.greatest].map(end);
                all.push(quote! { (#least, #greatest, #number) });
            }
        }
        all
    }
}

/// An end of a range.
fn end(value: i64) -> TokenStream {
    match value {
        i64::MIN => quote! { i64::MIN },
        _ => super::expr::int(value),
    }
}
