//! From the shape of a pattern to its normal form in the HIR: types of steps found, guards resolved in their places.

use super::Context;
use super::scope::{Clause, Row, Scope};
use super::shape::{Element, Part, Repeat, Sequence};
use super::typer::Typer;
use super::variables::{Enclosing, Place, Variables};
use crate::ast;
use crate::hir::{self, Absence, TypeId, VarId};
use std::collections::BTreeSet;

/// Resolves the steps of one pattern, in order.
pub(super) struct Guards<'g, 'd> {
    context: &'g mut Context<'d>,
    variables: &'g Variables,
    place: Place,
    bound: u32,
    /// The event types met so far.
    pub(super) types: BTreeSet<TypeId>,
}

impl<'g, 'd> Guards<'g, 'd> {
    /// For a pattern with these variables.
    pub(super) fn new(context: &'g mut Context<'d>, variables: &'g Variables) -> Self {
        Self { context, variables, place: Place::default(), bound: 0, types: BTreeSet::new() }
    }

    /// Negations before the first step, whose guards are over the event alone: no variable is bound yet.
    pub(super) fn leading(&mut self, negations: &[&ast::Negation]) -> Option<Vec<(Absence, i64)>> {
        let all = negations.iter().map(|negation| {
            let absence = self.absence(negation);
            Some((absence?, negation.hold.as_ref()?.value))
        });
        collect(all)
    }

    /// Negations behind the last step.
    pub(super) fn trailing(&mut self, negations: &[&ast::Negation]) -> Option<Vec<Absence>> {
        self.place = Place::end();
        collect(negations.iter().map(|negation| self.absence(negation)))
    }

    /// A sequence. `None` after a reported mistake, but only when all of it has been looked at.
    pub(super) fn sequence(&mut self, sequence: &Sequence<'_>) -> Option<hir::Sequence> {
        let parts = collect(sequence.parts.iter().map(|part| self.part(part)));
        parts.map(|parts| hir::Sequence { parts })
    }

    /// Steps are counted as `variables` counts them.
    fn part(&mut self, part: &Part<'_>) -> Option<hir::Part> {
        let absent = collect(part.absent.iter().map(|negation| {
            self.place.step += 1;
            self.absence(negation)
        }));
        let element = match &part.element {
            Element::Step(step) => self.step(step).map(hir::Element::Step),
            Element::Any(number, sides) => {
                self.sides(sides, |side| Enclosing::any(*number, side)).map(hir::Element::Any)
            }
            Element::All(number, sides) => {
                self.sides(sides, |side| Enclosing::all(*number, side)).map(hir::Element::All)
            }
            Element::Repeat(number, repeat) => self.repeat(*number, repeat).map(hir::Element::Repeat),
        };
        Some(hir::Part { arrow: part.arrow, absent: absent?, element: element? })
    }

    fn sides(
        &mut self,
        sides: &[Sequence<'_>],
        enclosing: impl Fn(usize) -> Enclosing,
    ) -> Option<Vec<hir::Sequence>> {
        collect(sides.iter().enumerate().map(|(index, side)| self.within(enclosing(index), side)))
    }

    fn repeat(&mut self, number: u32, repeat: &Repeat<'_>) -> Option<hir::Repeat> {
        let Repeat { body, min, max, greedy, .. } = repeat;
        let body = self.within(Enclosing::repeat(number, *min, *max), body)?;
        Some(hir::Repeat { body, min: *min, max: *max, greedy: *greedy })
    }

    fn within(&mut self, enclosing: Enclosing, sequence: &Sequence<'_>) -> Option<hir::Sequence> {
        self.place.path.push(enclosing);
        let resolved = self.sequence(sequence);
        self.place.path.pop();
        resolved
    }

    fn step(&mut self, step: &ast::Step) -> Option<hir::Step> {
        self.place.step += 1;
        let variable = step.variable.as_ref().map(|_| {
            self.bound += 1;
            VarId(self.bound - 1)
        });
        let (ty, guard) = self.typed(step);
        Some(hir::Step { variable, ty: ty?, guard: guard?, span: step.span })
    }

    fn absence(&mut self, negation: &ast::Negation) -> Option<Absence> {
        let (ty, guard) = self.typed(&negation.step);
        Some(Absence { ty: ty?, guard: guard?, span: negation.span })
    }

    /// The type and the guard (which may be missing) of a step.
    fn typed(&mut self, step: &ast::Step) -> (Option<TypeId>, Option<Option<hir::Expr>>) {
        let ty = self.context.type_named(&step.ty);
        self.types.extend(ty);
        let Some(guard) = &step.guard else { return (ty, Some(None)) };
        let scope = Scope {
            clause: Clause::Guard,
            row: Row::of(ty),
            place: self.place.clone(),
            variables: self.variables,
            shared: &[],
            emitted: &[],
        };
        let guard = Typer::new(self.context, &scope).deciding(guard, "the guard");
        (ty, guard.map(Some))
    }
}

/// All of them, or `None` if one is missing; looks at each.
fn collect<T>(all: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    all.collect::<Vec<_>>().into_iter().collect()
}
