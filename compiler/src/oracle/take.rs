//! One run and one event: what the event does to the run's position.
//!
//! Nothing here changes a run. Guards see the variables as they were before the event; what taking it does to them is a list of
//! [`Effect`]s.

use super::Event;
use super::expr::{Binding, Scope, holds};
use super::position::{At, Position, boundary, ends_greedily, fresh, variables};
use crate::hir::{Absence, Arrow, Element, PatternRule, Repeat, Sequence, Step, VarId};
use std::collections::BTreeSet;

/// What an event does to a position `P`.
pub(super) enum Taken<P> {
    /// The event is part of the match.
    Took {
        /// The position behind it; `None` if what was waited for is done.
        next: Option<P>,
        /// Whether a copy goes on waiting (`~>`).
        fork: bool,
        /// What it does to the variables, in order.
        effects: Vec<Effect>,
    },
    /// The event is passed over; the position may have lost some of its ways.
    Passed(P),
    /// There is no way on.
    Broken,
}

/// What taking an event does to the variables of a run.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    /// The variable is bound to the event.
    Bind(VarId),
    /// An iteration begins in which these have no event yet.
    Iterate(BTreeSet<VarId>),
    /// These are not part of the match, whatever they were bound to.
    Unbind(BTreeSet<VarId>),
}

/// Applies effects of taking the event `seq`.
pub(super) fn apply(effects: &[Effect], seq: usize, bindings: &mut [Binding]) {
    for effect in effects {
        match effect {
            Effect::Bind(variable) => {
                let binding = &mut bindings[variable.0 as usize];
                binding.events.push(seq);
                binding.current = Some(seq);
            }
            Effect::Iterate(all) => {
                all.iter().for_each(|variable| bindings[variable.0 as usize].current = None)
            }
            Effect::Unbind(all) => {
                all.iter().for_each(|variable| bindings[variable.0 as usize] = Binding::default());
            }
        }
    }
}

/// An event that a run looks at.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    /// The rule.
    pub(super) rule: &'a PatternRule,
    /// What it reads.
    pub(super) events: &'a [&'a Event],
    /// The variables of the run.
    pub(super) bindings: &'a [Binding],
    /// The event.
    pub(super) event: &'a Event,
    /// Whether it would be the first event of the run.
    pub(super) first: bool,
    /// Whether it may fit steps; if not, it is *an event that fits nothing*, for which absences are tested as usual.
    pub(super) fits: bool,
}

impl<P> Taken<P> {
    /// The same with another kind of position.
    fn map<Q>(self, place: impl FnOnce(P) -> Q) -> Taken<Q> {
        match self {
            Taken::Took { next, fork, effects } => Taken::Took { next: next.map(place), fork, effects },
            Taken::Passed(at) => Taken::Passed(place(at)),
            Taken::Broken => Taken::Broken,
        }
    }
}

impl Look<'_> {
    /// The event and a whole pattern.
    pub(super) fn at(&self, position: &Position) -> Taken<Position> {
        self.sequence(&self.rule.body, position, Arrow::SkipTillNext)
    }

    /// Whether the event is what may not come.
    pub(super) fn is(&self, absence: &Absence) -> bool {
        self.event.ty == absence.ty && holds(absence.guard.as_ref(), &self.scope())
    }

    fn scope(&self) -> Scope<'_> {
        Scope { row: &self.event.values, item: &[], events: self.events, bindings: self.bindings }
    }

    /// A sequence, of which the first part follows by `inherited`. A taken event is never a violation.
    fn sequence(&self, sequence: &Sequence, position: &Position, inherited: Arrow) -> Taken<Position> {
        match self.parts(sequence, position, inherited) {
            Taken::Passed(_) if self.violates(sequence, position) => Taken::Broken,
            other => other,
        }
    }

    /// Whether the event satisfies a pending absence: one before the part that is fresh, and before those behind it that are
    /// reached by leaving repetitions.
    pub(super) fn violates(&self, sequence: &Sequence, position: &Position) -> bool {
        let absent = |part: usize| sequence.parts[part].absent.iter().any(|absence| self.is(absence));
        let leavable = |part: usize, at: &At| match (&sequence.parts[part].element, at) {
            (Element::Repeat(repeat), At::Boundary { done, .. }) => *done >= repeat.min,
            _ => false,
        };
        if !position.begun && absent(position.part) {
            return true;
        }
        let mut may_leave = leavable(position.part, &position.at);
        for part in position.part + 1..sequence.parts.len() {
            if !may_leave {
                return false;
            }
            if absent(part) {
                return true;
            }
            may_leave = leavable(part, &fresh(sequence, part).at);
        }
        false
    }

    /// A sequence but for its absences.
    fn parts(&self, sequence: &Sequence, position: &Position, inherited: Arrow) -> Taken<Position> {
        let part = &sequence.parts[position.part];
        let arrow = if position.part == 0 { inherited } else { part.arrow };
        let taken = match (&part.element, &position.at) {
            (Element::Step(step), At::Step) => self.step(step, arrow),
            (Element::Any(sides), At::Any(at)) => self.any(sides, at, arrow).map(At::Any),
            (Element::All(sides), At::All(at)) => self.all(sides, at, arrow).map(At::All),
            (Element::Repeat(repeat), At::Iteration { done, body }) => {
                let taken = self.sequence(&repeat.body, body, arrow);
                return self.iterated(sequence, position, repeat, *done, taken);
            }
            (Element::Repeat(repeat), At::Boundary { .. }) => {
                return self.at_boundary(sequence, position, repeat, arrow);
            }
            _ => panic!("a position is in its own pattern"),
        };
        match taken {
            Taken::Took { next: Some(at), fork, effects } => {
                let next = Some(Position { part: position.part, begun: true, at });
                Taken::Took { next, fork, effects }
            }
            Taken::Took { next: None, fork, effects } => {
                Taken::Took { next: self.behind(sequence, position.part), fork, effects }
            }
            Taken::Passed(at) => Taken::Passed(Position { at, ..position.clone() }),
            Taken::Broken => Taken::Broken,
        }
    }

    /// The place behind a part that is done; `None` if so is the sequence.
    fn behind(&self, sequence: &Sequence, part: usize) -> Option<Position> {
        (!self.may_end_before(sequence, part + 1)).then(|| fresh(sequence, part + 1))
    }

    /// Whether the parts from `part` on may all be empty, and none waits for `within` to end.
    fn may_end_before(&self, sequence: &Sequence, part: usize) -> bool {
        let rest = &sequence.parts[part..];
        let empty = |element: &Element| matches!(element, Element::Repeat(repeat) if repeat.min == 0);
        let waits = std::ptr::eq(sequence, &self.rule.body) && ends_greedily(self.rule);
        rest.is_empty() || !waits && rest.iter().all(|part| empty(&part.element))
    }

    fn step(&self, step: &Step, arrow: Arrow) -> Taken<At> {
        if self.fits && self.event.ty == step.ty && holds(step.guard.as_ref(), &self.scope()) {
            let effects = step.variable.into_iter().map(Effect::Bind).collect();
            return Taken::Took { next: None, fork: arrow == Arrow::SkipTillAny, effects };
        }
        match arrow {
            Arrow::Strict => Taken::Broken,
            Arrow::SkipTillNext | Arrow::SkipTillAny => Taken::Passed(At::Step),
        }
    }

    /// What the iteration after `done` complete ones becomes.
    fn iterated(
        &self,
        sequence: &Sequence,
        position: &Position,
        repeat: &Repeat,
        done: u32,
        taken: Taken<Position>,
    ) -> Taken<Position> {
        let part = position.part;
        let within = |body| Position { part, begun: true, at: At::Iteration { done, body: Box::new(body) } };
        let Taken::Took { next: None, fork, effects } = taken else { return taken.map(within) };
        let done = done + 1;
        let next = if repeat.max == Some(done) {
            self.behind(sequence, part)
        } else if !repeat.greedy && done >= repeat.min && self.may_end_before(sequence, part + 1) {
            None
        } else {
            Some(Position { part, begun: true, at: boundary(sequence, part, done) })
        };
        Taken::Took { next, fork, effects }
    }

    /// A boundary of a repetition: the preferred way that takes the event wins. If neither does, those that are broken are
    /// closed until another iteration is complete.
    fn at_boundary(
        &self,
        sequence: &Sequence,
        position: &Position,
        repeat: &Repeat,
        arrow: Arrow,
    ) -> Taken<Position> {
        let At::Boundary { done, stay, leave } = &position.at else { panic!("a boundary") };
        let leaving = leave.as_ref().map(|rest| self.parts(sequence, rest, arrow));
        let staying = stay.as_ref().map(|body| self.next_iteration(repeat, body, arrow));
        let stays = matches!(staying, Some(Taken::Took { .. }));
        let leaves = matches!(leaving, Some(Taken::Took { .. }));
        if leaves && (!repeat.greedy || !stays) {
            return leaving.expect("it takes the event");
        }
        if stays {
            return self.iterated(sequence, position, repeat, *done, staying.expect("it takes the event"));
        }
        let open = |way: Option<Taken<Position>>| match way {
            Some(Taken::Passed(at)) => Some(Box::new(at)),
            _ => None,
        };
        let (stay, leave) = (open(staying), open(leaving));
        if stay.is_none() && leave.is_none() {
            return Taken::Broken;
        }
        Taken::Passed(Position { at: At::Boundary { done: *done, stay, leave }, ..position.clone() })
    }

    /// The first event of an iteration, in which the variables of the body have no event yet.
    fn next_iteration(&self, repeat: &Repeat, body: &Position, arrow: Arrow) -> Taken<Position> {
        let begin = Effect::Iterate(variables(&repeat.body));
        let mut bindings = self.bindings.to_vec();
        apply(std::slice::from_ref(&begin), 0, &mut bindings);
        match (Look { bindings: &bindings, ..*self }).sequence(&repeat.body, body, arrow) {
            Taken::Took { next, fork, mut effects } => {
                effects.insert(0, begin);
                Taken::Took { next, fork, effects }
            }
            other => other,
        }
    }

    /// `|`: each side still alive looks at the event on its own.
    fn any(&self, sides: &[Sequence], at: &[Option<Position>], arrow: Arrow) -> Taken<Vec<Option<Position>>> {
        let looks: Vec<Option<Taken<Position>>> = sides
            .iter()
            .zip(at)
            .map(|(side, at)| at.as_ref().map(|at| self.sequence(side, at, arrow)))
            .collect();
        // The leftmost done side wins.
        for (winner, look) in looks.iter().enumerate() {
            if let Some(Taken::Took { next: None, fork, effects }) = look {
                let losers = sides.iter().enumerate().filter(|(side, _)| *side != winner);
                // A side of one step has bound nothing before it is done. Other sides are not inside a repetition, so all
                // that their variables hold is of this attempt.
                let unbound =
                    losers.filter(|(_, side)| !is_one_step(side)).flat_map(|(_, side)| variables(side));
                let mut effects = effects.clone();
                effects.push(Effect::Unbind(unbound.collect()));
                return Taken::Took { next: None, fork: *fork, effects };
            }
        }
        let took = looks.iter().any(|look| matches!(look, Some(Taken::Took { .. })));
        let fork = looks.iter().any(|look| matches!(look, Some(Taken::Took { fork: true, .. })));
        let only_takers = took && (fork || self.first);
        let mut all_effects = Vec::new();
        let next: Vec<Option<Position>> = looks
            .into_iter()
            .map(|look| match look {
                Some(Taken::Took { next, effects, .. }) => {
                    all_effects.extend(effects);
                    next
                }
                Some(Taken::Passed(at)) if !only_takers => Some(at),
                _ => None,
            })
            .collect();
        if took {
            Taken::Took { next: Some(next), fork, effects: all_effects }
        } else if next.iter().all(Option::is_none) {
            Taken::Broken
        } else {
            Taken::Passed(next)
        }
    }

    /// `&`: the first side that takes the event has it.
    fn all(&self, sides: &[Sequence], at: &[Option<Position>], arrow: Arrow) -> Taken<Vec<Option<Position>>> {
        let blind = Look { fits: false, ..*self };
        for (taker, side) in sides.iter().enumerate() {
            let Some(position) = &at[taker] else { continue };
            let Taken::Took { next, fork, effects } = self.sequence(side, position, arrow) else { continue };
            // Each other side that has begun sees an event that fits nothing.
            let Some(mut after) = blind
                .sides(sides, at, arrow, |side, position| side != taker && position.sequence_has_begun())
            else {
                return Taken::Broken;
            };
            after[taker] = next;
            let done = after.iter().all(Option::is_none);
            return Taken::Took { next: (!done).then_some(after), fork, effects };
        }
        match blind.sides(sides, at, arrow, |_, _| true) {
            Some(after) => Taken::Passed(after),
            None => Taken::Broken,
        }
    }

    /// The sides of a `&` that are not done after those that `see` it have seen the event, which they do not take. `None` if
    /// it breaks one.
    fn sides(
        &self,
        sides: &[Sequence],
        at: &[Option<Position>],
        arrow: Arrow,
        see: impl Fn(usize, &Position) -> bool,
    ) -> Option<Vec<Option<Position>>> {
        let mut after = at.to_vec();
        for (index, side) in sides.iter().enumerate() {
            let Some(position) = &at[index] else { continue };
            if !see(index, position) {
                continue;
            }
            match self.sequence(side, position, arrow) {
                Taken::Passed(position) => after[index] = Some(position),
                Taken::Broken => return None,
                Taken::Took { .. } => panic!("an event that fits nothing is not taken"),
            }
        }
        Some(after)
    }
}

fn is_one_step(sequence: &Sequence) -> bool {
    matches!(&sequence.parts[..], [part] if matches!(part.element, Element::Step(_)))
}
