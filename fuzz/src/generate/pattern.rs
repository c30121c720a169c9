//! Patterns: steps, sequences, groups, repetitions, negations, within the rules of where each may stand.

use super::Generator;
use super::expr::{Bound, Scope};
use std::collections::BTreeSet;

/// What a pattern may use.
pub(super) struct Frame {
    /// The numbers of the event types that steps may name.
    pub(super) types: Vec<usize>,
    /// The numbers of those that are named.
    pub(super) used: BTreeSet<usize>,
    /// Whether `within` bounds the time.
    pub(super) timed: bool,
    /// How many steps may still be written.
    pub(super) steps: usize,
}

/// Where a sequence stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is the whole pattern; negations may follow it.
    Whole { negated: bool },
    /// It is a side of `|` or `&`, or what a quantifier repeats.
    Inner,
}

/// The repetitions around a place.
#[derive(Clone, Copy, Default)]
struct Repeated {
    /// Whether there is one.
    at_all: bool,
    /// Whether there is one of more than one.
    many: bool,
}

/// What surrounds an element.
#[derive(Clone, Copy)]
struct Place {
    role: Role,
    repeated: Repeated,
    depth: u32,
    last: bool,
    /// Whether it has to take an event.
    needed: bool,
    /// Whether one behind it has to.
    needed_behind: bool,
}

impl Generator {
    /// A whole pattern, and the variables that it binds.
    pub(super) fn pattern(&mut self, frame: &mut Frame) -> (String, Vec<Bound>) {
        let negated = self.choice.chance(16);
        let mut text = String::new();
        if self.choice.chance(8) {
            let duration = self.choice.between(1, 4);
            text += &format!("!{} for {duration}s -> ", self.negation(frame, &[]));
        }
        let (sequence, bound) = self.sequence(frame, &[], Role::Whole { negated }, Repeated::default(), 2);
        text += &sequence;
        if negated {
            let hold = match frame.timed && self.choice.chance(50) {
                true => String::new(),
                false => format!(" for {}s", self.choice.between(1, 4)),
            };
            for _ in 0..self.choice.weighted(&[(1, 85), (2, 15)]) {
                text += &format!(" -> !{}{hold}", self.negation(frame, &bound));
            }
        }
        (text, bound)
    }

    /// The elements of a sequence with their arrows.
    fn sequence(
        &mut self,
        frame: &mut Frame,
        outer: &[Bound],
        role: Role,
        repeated: Repeated,
        depth: u32,
    ) -> (String, Vec<Bound>) {
        let weights: &[(usize, u32)] = match role {
            Role::Whole { .. } => &[(1, 14), (2, 50), (3, 28), (4, 8)],
            Role::Inner => &[(1, 55), (2, 38), (3, 7)],
        };
        let count = self.choice.weighted(weights).min(frame.steps.max(1));
        let needed = self.choice.below(count);
        let mut all = outer.to_vec();
        let mut text = String::new();
        for index in 0..count {
            if index > 0 {
                text += &self.arrow(frame, &all);
            }
            let (last, needed_behind) = (index + 1 == count, index < needed);
            let place = Place { role, repeated, depth, last, needed: index == needed, needed_behind };
            let (element, bound) = self.element(frame, &all, place);
            text += &element;
            all.extend(bound);
        }
        (text, all.split_off(outer.len()))
    }

    /// An arrow, perhaps with negations before it.
    fn arrow(&mut self, frame: &mut Frame, bound: &[Bound]) -> String {
        let arrow = self.choice.weighted(&[(" -> ", 55), (" => ", 27), (" ~> ", 18)]);
        self.forks += usize::from(arrow == " ~> ");
        match self.choice.chance(14) {
            true => format!(" -> !{}{arrow}", self.negation(frame, bound)),
            false => arrow.to_owned(),
        }
    }

    /// What may not come.
    fn negation(&mut self, frame: &mut Frame, bound: &[Bound]) -> String {
        let ty = *self.choice.pick(&frame.types);
        frame.used.insert(ty);
        let name = self.types[ty].name.clone();
        format!("{name}{}", self.guard(ty, bound, 60))
    }

    fn guard(&mut self, ty: usize, bound: &[Bound], percent: u32) -> String {
        if !self.choice.chance(percent) {
            return String::new();
        }
        let scope = Scope { row: Some(self.types[ty].clone()), bound: bound.to_vec() };
        let depth = self.choice.weighted(&[(0, 45), (1, 35), (2, 20)]);
        format!("[{}]", self.condition(&scope, depth))
    }

    fn element(&mut self, frame: &mut Frame, outer: &[Bound], place: Place) -> (String, Vec<Bound>) {
        let groups = u32::from(place.depth > 0 && frame.steps > 1);
        match self.choice.weighted(&[(0, 62), (1, 22), (2, 6 * groups), (3, 8 * groups), (4, 8 * groups)]) {
            0 => self.step(frame, outer, place.repeated.many),
            1 => self.repetition(frame, outer, place, false),
            2 => self.repetition(frame, outer, place, true),
            3 => self.sides(frame, outer, place, " | "),
            _ => self.sides(frame, outer, place, " & "),
        }
    }

    fn step(&mut self, frame: &mut Frame, outer: &[Bound], repeated: bool) -> (String, Vec<Bound>) {
        frame.steps = frame.steps.saturating_sub(1);
        let ty = *self.choice.pick(&frame.types);
        frame.used.insert(ty);
        let event = self.types[ty].name.clone();
        if self.choice.chance(12) {
            return (format!("{event}{}", self.guard(ty, outer, 60)), Vec::new());
        }
        let name = format!("n{}", self.variables);
        self.variables += 1;
        let own = Bound { name: name.clone(), ty, single: false, many: repeated };
        let mut scope = outer.to_vec();
        scope.push(own.clone());
        let guard = self.guard(ty, &scope, 55);
        (format!("{name}: {event}{guard}"), vec![Bound { single: true, ..own }])
    }

    /// A quantified step, or group.
    fn repetition(
        &mut self,
        frame: &mut Frame,
        outer: &[Bound],
        place: Place,
        group: bool,
    ) -> (String, Vec<Bound>) {
        let needed: &[(&str, u32)] =
            &[("+", 40), ("{2}", 15), ("{1,2}", 15), ("{2,}", 10), ("{2,3}", 10), ("{1,3}", 10)];
        let any: &[(&str, u32)] =
            &[("*", 25), ("?", 20), ("{0,2}", 10), ("+", 20), ("{2}", 10), ("{1,2}", 10), ("{2,}", 5)];
        let quantifier = self.choice.weighted(if place.needed { needed } else { any });
        let many = quantifier != "?";
        let until_time =
            place.last && place.role == (Role::Whole { negated: false }) && frame.timed && !group;
        let greedy = (place.needed_behind || until_time) && self.choice.chance(45);
        let repeated = Repeated { at_all: true, many: place.repeated.many || many };
        let (body, bound) = match group {
            false => self.step(frame, outer, repeated.many),
            true => {
                let (body, bound) = self.sequence(frame, outer, Role::Inner, repeated, place.depth - 1);
                (format!("({body})"), bound)
            }
        };
        let behind =
            bound.into_iter().map(|bound| Bound { single: bound.single && !many, ..bound }).collect();
        (format!("{body}{quantifier}{}", if greedy { "+" } else { "" }), behind)
    }

    /// `(P | Q)` or `(P & Q)`.
    fn sides(
        &mut self,
        frame: &mut Frame,
        outer: &[Bound],
        place: Place,
        symbol: &str,
    ) -> (String, Vec<Bound>) {
        let count = self.choice.weighted(&[(2, 80), (3, 20)]);
        // Within a repetition, each side of a choice is a single step.
        let single = symbol == " | " && place.repeated.at_all;
        let (mut texts, mut all) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (text, bound) = match single {
                true => self.step(frame, outer, place.repeated.many),
                false => self.sequence(frame, outer, Role::Inner, place.repeated, place.depth - 1),
            };
            let plain = single || !text.contains(['>', '|', '&']);
            texts.push(if plain { text } else { format!("({text})") });
            all.extend(bound);
        }
        (format!("({})", texts.join(symbol)), all)
    }
}
