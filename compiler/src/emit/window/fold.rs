//! Aggregates: what keeps one, how it takes an event, and what is read from it.

use super::super::Emitter;
use super::super::expr::Place;
use super::super::types::type_of;
use super::moves;
use crate::hir::{self, WindowOp};
use crate::lir::{Aggregate, Expr, GuardId, Window};
use crate::scalar::{Kind, Type};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// How an aggregate is printed.
pub(super) struct Fold<'a> {
    /// The type of what keeps it.
    pub(super) ty: TokenStream,
    op: WindowOp,
    /// Whether equal values count once.
    distinct: bool,
    way: Way,
    /// Whether integers are taken as doubles, by the aggregate itself.
    widened: bool,
    value: Option<Expr>,
    by: Option<Expr>,
    filter: Option<&'a Ident>,
}

/// Whether an aggregate sees nulls.
const fn sees_null(op: WindowOp) -> bool {
    matches!(op, WindowOp::First | WindowOp::Last | WindowOp::Collect | WindowOp::ArgMax | WindowOp::ArgMin)
}

/// Whether it is one of doubles.
const fn is_double(op: WindowOp) -> bool {
    matches!(
        op,
        WindowOp::Variance
            | WindowOp::VarPop
            | WindowOp::Stddev
            | WindowOp::StddevPop
            | WindowOp::Percentile(_)
            | WindowOp::ApproxPercentile(_)
    )
}

impl Emitter<'_> {
    /// How an aggregate is printed.
    pub(super) fn fold(&self, window: &Window, of: &Aggregate) -> Fold<'_> {
        let expr = |field| self.field_value(window.input, field);
        let (value, by) = (of.value.map(expr), of.by.map(expr));
        let widens = is_double(of.op) && value.as_ref().is_some_and(|value| value.ty.kind == Kind::I64);
        let kind = value.as_ref().map(|value| value.ty.kind);
        let distinct = of.distinct && !repeats_are_idle(of.op, kind);
        let of = &Aggregate { distinct, ..of.clone() };
        let moves = moves(window);
        let way = Way::of(of.op, distinct, kind, moves);
        let at_hand = moves || window.window == hir::Window::Running;
        let plain =
            plain_type(of, at_hand, moves, value.as_ref().map(|value| value.ty), by.as_ref().map(|by| by.ty));
        let plain = if widens && of.distinct {
            quote! { window::Widened<#plain> }
        } else {
            plain
        };
        let inner = match (distinct, way) {
            (true, Way::Subtracts) => quote! { window::Tally<#plain> },
            (true, _) => quote! { window::Distinct<#plain> },
            _ => plain,
        };
        let ty = match way {
            Way::Grows | Way::Subtracts => inner,
            Way::Joins => quote! { window::Sliding<#inner> },
            Way::Keeps => quote! { window::Kept<#inner> },
        };
        let local = |guard: GuardId| &self.names.guards[guard.index()].local;
        let (op, filter) = (of.op, of.filter.map(local));
        Fold { ty, op, distinct, way, widened: widens, value, by, filter }
    }
}

/// How an aggregate follows its window.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nothing leaves the window.
    Grows,
    /// What leaves is taken out again.
    Subtracts,
    /// Parts are joined.
    Joins,
    /// It is made anew of what is in the window.
    Keeps,
}

impl Way {
    const fn of(op: WindowOp, distinct: bool, kind: Option<Kind>, moves: bool) -> Self {
        let doubles = matches!(kind, Some(Kind::F64));
        match op {
            _ if !moves => Self::Grows,
            WindowOp::Count | WindowOp::Any | WindowOp::All | WindowOp::ApproxDistinct => Self::Subtracts,
            WindowOp::Sum | WindowOp::Avg if !doubles => Self::Subtracts,
            // Of distinct ones the first says which zero it is.
            WindowOp::Percentile(_) | WindowOp::ApproxPercentile(_) if !(doubles && distinct) => {
                Self::Subtracts
            }
            WindowOp::Collect | WindowOp::Percentile(_) | WindowOp::ApproxPercentile(_) => Self::Keeps,
            _ if distinct => Self::Keeps,
            _ => Self::Joins,
        }
    }
}

/// Whether it makes no difference that a value comes again: equal ones but zeros are one and the same.
const fn repeats_are_idle(op: WindowOp, kind: Option<Kind>) -> bool {
    match op {
        WindowOp::Min | WindowOp::Max => !matches!(kind, Some(Kind::F64)),
        WindowOp::Any | WindowOp::All => true,
        _ => false,
    }
}

/// What keeps an aggregate of all values of a window, at hand at any time, and so that values can leave.
fn plain_type(
    of: &Aggregate,
    at_hand: bool,
    moves: bool,
    value: Option<Type>,
    by: Option<Type>,
) -> TokenStream {
    let typed = |ty: Option<Type>, nullable: bool| {
        let ty = ty.expect("an aggregate with an argument");
        type_of(ty.kind, ty.nullable && nullable)
    };
    let kind = value.map(|value| value.kind);
    match of.op {
        WindowOp::Count if of.distinct => {
            let value = typed(value, false);
            quote! { window::CountOf<#value> }
        }
        WindowOp::Count => quote! { window::Count },
        WindowOp::Sum | WindowOp::Avg if kind == Some(Kind::F64) => quote! { window::Sum },
        WindowOp::Sum | WindowOp::Avg => quote! { window::SumInt },
        WindowOp::Variance | WindowOp::VarPop | WindowOp::Stddev | WindowOp::StddevPop => {
            quote! { window::Spread }
        }
        WindowOp::Percentile(_) | WindowOp::ApproxPercentile(_) => {
            let name = match of.op {
                WindowOp::ApproxPercentile(_) => quote! { ApproxPercentile },
                _ if at_hand => quote! { Ranked },
                _ => quote! { Percentiles },
            };
            let value = if kind == Some(Kind::Duration) {
                quote! { i64 }
            } else {
                quote! { f64 }
            };
            quote! { window::#name<#value> }
        }
        WindowOp::ApproxDistinct if moves => quote! { window::MovingApproxDistinct },
        WindowOp::ApproxDistinct => quote! { window::ApproxDistinct },
        WindowOp::Any | WindowOp::All => quote! { window::Truths },
        WindowOp::Min | WindowOp::Max | WindowOp::First | WindowOp::Last | WindowOp::Collect => {
            let value = typed(value, sees_null(of.op));
            let name = match of.op {
                WindowOp::Min => quote! { Min },
                WindowOp::Max => quote! { Max },
                WindowOp::First => quote! { First },
                WindowOp::Last => quote! { Last },
                _ => quote! { Collect },
            };
            quote! { window::#name<#value> }
        }
        WindowOp::ArgMax | WindowOp::ArgMin => {
            let (value, by) = (typed(value, true), typed(by, false));
            let name = if of.op == WindowOp::ArgMax {
                quote! { ArgMax }
            } else {
                quote! { ArgMin }
            };
            quote! { window::#name<#value, #by> }
        }
    }
}

impl Fold<'_> {
    /// Whether reading its result changes it.
    pub(super) const fn changes_to_read(&self) -> bool {
        let percentile = matches!(self.op, WindowOp::Percentile(_) | WindowOp::ApproxPercentile(_));
        matches!(self.way, Way::Grows) && (self.distinct || percentile)
    }

    /// A value as the aggregate takes it.
    fn item(&self, value: &TokenStream) -> TokenStream {
        match self.widened && !self.distinct {
            true => quote! { scalar::int::to_float(#value) },
            false => value.clone(),
        }
    }

    /// Has the aggregate `to` take an event.
    pub(super) fn take(&self, place: &Place<'_>, to: &TokenStream) -> TokenStream {
        match self.way {
            Way::Grows => {}
            // It has taken the row.
            Way::Subtracts => return quote! {},
            Way::Joins | Way::Keeps => {
                let value = self.value_if_counted(place);
                return quote! { #to.push(#value); };
            }
        }
        let push = |item: TokenStream| quote! { #to.push(#item); };
        let taken = match (&self.value, &self.by) {
            (Some(value), Some(by)) => {
                let kept = place.kept(value, value.ty.nullable);
                let chosen = place.kept(by, by.ty.nullable);
                match by.ty.nullable {
                    false => push(quote! { (#kept, #chosen) }),
                    true => {
                        let push = push(quote! { (#kept, by) });
                        quote! { if let Some(by) = #chosen { #push } }
                    }
                }
            }
            (Some(value), None) => self.take_value(place, value, &push),
            (None, _) => push(quote! { () }),
        };
        match self.filter {
            Some(filter) => quote! { if #filter { #taken } },
            None => taken,
        }
    }

    /// Whether what leaves a moving window is taken out of it again.
    pub(super) fn subtracts(&self) -> bool {
        self.way == Way::Subtracts
    }

    /// What has to be known of an event when it leaves a moving window, and its type, if anything has.
    pub(super) fn row(&self, place: &Place<'_>) -> Option<(TokenStream, TokenStream)> {
        if !self.subtracts() {
            return None;
        }
        let item = self.item_type();
        Some(match self.always(place) {
            Some(value) => (value, item),
            None => (self.value_if_counted(place), quote! { Option<#item> }),
        })
    }

    /// Has the aggregate `to` do something with the part of a row that is its own.
    fn with_row(
        &self,
        place: &Place<'_>,
        row: &TokenStream,
        call: impl Fn(&TokenStream) -> TokenStream,
    ) -> TokenStream {
        // Of what is only counted there is nothing to know but that it is there.
        let is_unit = self.value.is_none() || self.counts();
        let value = if is_unit {
            quote! { () }
        } else {
            quote! { value }
        };
        match self.always(place) {
            Some(_) if is_unit => call(&value),
            Some(_) => call(row),
            None => {
                let call = call(&value);
                quote! { if let Some(#value) = #row { #call } }
            }
        }
    }

    /// What the aggregate `to` of a moving window does when a row enters; `row` is the part of it that is its own.
    pub(super) fn enter(
        &self,
        place: &Place<'_>,
        to: &TokenStream,
        row: &TokenStream,
    ) -> Option<TokenStream> {
        let is_text = self.value.as_ref().is_some_and(|value| value.ty.kind == Kind::Str) && !self.counts();
        let row = if is_text {
            quote! { #row.clone() }
        } else {
            row.clone()
        };
        (self.way == Way::Subtracts).then(|| self.with_row(place, &row, |value| quote! { #to.push(#value); }))
    }

    /// What the aggregate `to` of a moving window does when a row leaves.
    pub(super) fn leave(&self, place: &Place<'_>, to: &TokenStream, row: &TokenStream) -> TokenStream {
        match self.way {
            Way::Subtracts => self.with_row(place, row, |value| quote! { #to.pull(#value); }),
            _ => quote! { #to.leave(); },
        }
    }

    /// The type of what it takes.
    fn item_type(&self) -> TokenStream {
        match &self.value {
            Some(_) if self.counts() => quote! { () },
            Some(_) if self.widened && !self.distinct => type_of(Kind::F64, false),
            Some(value) => type_of(value.ty.kind, false),
            None => quote! { () },
        }
    }

    /// Whether it takes no values, but that they are there.
    fn counts(&self) -> bool {
        self.op == WindowOp::Count && !self.distinct
    }

    /// What each event adds to a moving window, if each adds something.
    fn always(&self, place: &Place<'_>) -> Option<TokenStream> {
        if self.filter.is_some() {
            return None;
        }
        match &self.value {
            Some(value) if value.ty.nullable => None,
            Some(value) if !self.counts() => Some(self.item(&place.kept(value, false))),
            _ => Some(quote! { () }),
        }
    }

    /// What an event adds to a moving window, if it counts.
    fn value_if_counted(&self, place: &Place<'_>) -> TokenStream {
        let value = self.value_or_none(place);
        match self.filter {
            Some(filter) => quote! { if #filter { #value } else { None } },
            None => value,
        }
    }

    fn take_value(
        &self,
        place: &Place<'_>,
        value: &Expr,
        push: &dyn Fn(TokenStream) -> TokenStream,
    ) -> TokenStream {
        let counts = self.counts();
        let kept = place.kept(value, value.ty.nullable);
        match value.ty.nullable && !sees_null(self.op) {
            false if counts => push(quote! { () }),
            true if counts => {
                let (there, push) = (self.is_there(place, value), push(quote! { () }));
                quote! { if #there { #push } }
            }
            false => push(self.item(&kept)),
            true => {
                let push = push(self.item(&quote! { value }));
                let kept = typed_null(&kept, value.ty);
                quote! { if let Some(value) = #kept { #push } }
            }
        }
    }

    /// Whether a value is there.
    fn is_there(&self, place: &Place<'_>, value: &Expr) -> TokenStream {
        place.truth(&Expr {
            kind: crate::lir::ExprKind::Not(Box::new(Expr {
                kind: crate::lir::ExprKind::IsNull(Box::new(value.clone())),
                ty: Type::new(Kind::Bool),
            })),
            ty: Type::new(Kind::Bool),
        })
    }

    /// What an event adds to a moving window: `Option` of an item.
    fn value_or_none(&self, place: &Place<'_>) -> TokenStream {
        let Some(value) = &self.value else { return quote! { Some(()) } };
        let kept = place.kept(value, value.ty.nullable);
        if let Some(by) = &self.by {
            let chosen = place.kept(by, by.ty.nullable);
            return match by.ty.nullable {
                false => quote! { Some((#kept, #chosen)) },
                true => quote! { #chosen.map(|by| (#kept, by)) },
            };
        }
        let counts = self.counts();
        match value.ty.nullable && !sees_null(self.op) {
            false if counts => quote! { Some(()) },
            true if counts => {
                let there = self.is_there(place, value);
                quote! { (#there).then_some(()) }
            }
            false => {
                let item = self.item(&kept);
                quote! { Some(#item) }
            }
            true if self.widened && !self.distinct => {
                let kept = typed_null(&kept, value.ty);
                quote! { #kept.map(scalar::int::to_float) }
            }
            true => kept,
        }
    }

    /// What is read from the aggregate `of`.
    pub(super) fn result(&self, of: &TokenStream) -> TokenStream {
        let mut of = match self.way {
            Way::Grows | Way::Subtracts => of.clone(),
            Way::Joins | Way::Keeps => quote! { #of.total() },
        };
        if self.distinct {
            of = quote! { #of.total() };
        }
        if self.widened && self.distinct {
            of = quote! { #of.inner() };
        }
        let kind = self.value.as_ref().map(|value| value.ty.kind);
        let flat = self.value.as_ref().is_some_and(|value| value.ty.nullable).then(|| quote! { .flatten() });
        match self.op {
            WindowOp::Count
            | WindowOp::ApproxDistinct
            | WindowOp::Min
            | WindowOp::Max
            | WindowOp::Collect => quote! { #of.value() },
            WindowOp::First | WindowOp::Last | WindowOp::ArgMax | WindowOp::ArgMin => {
                quote! { #of.value() #flat }
            }
            WindowOp::Sum if kind == Some(Kind::F64) => quote! { #of.sum() },
            WindowOp::Sum => quote! { #of.sum(&self.faults) },
            WindowOp::Avg if kind == Some(Kind::Duration) => quote! { #of.mean_whole() },
            WindowOp::Avg => quote! { #of.mean() },
            WindowOp::Variance => quote! { #of.variance() },
            WindowOp::Stddev => quote! { #of.stddev() },
            WindowOp::VarPop => quote! { #of.var_pop() },
            WindowOp::StddevPop => quote! { #of.stddev_pop() },
            WindowOp::Percentile(share) | WindowOp::ApproxPercentile(share) => quote! { #of.at(#share) },
            WindowOp::Any => quote! { #of.any() },
            WindowOp::All => quote! { #of.all() },
        }
    }
}

/// A value that may be null, with its type where it is nothing but null.
fn typed_null(kept: &TokenStream, ty: Type) -> TokenStream {
    match kept.to_string() == "None" {
        true => {
            let ty = type_of(ty.kind, false);
            quote! { None::<#ty> }
        }
        false => kept.clone(),
    }
}
