//! Where a run stands in its pattern: plain data, and the positions at the beginning of things.

use crate::hir::{Element, PatternRule, Sequence, VarId};
use std::collections::BTreeSet;

/// A place in a sequence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Position {
    /// The part that is waited for, or that has begun.
    pub(super) part: usize,
    /// Whether that part has taken an event; if not, it is *fresh*.
    pub(super) begun: bool,
    /// The place in the part.
    pub(super) at: At,
}

/// A place in a part.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum At {
    /// Before the event of a step.
    Step,
    /// In each side of a `|`; `None` if it was dropped.
    Any(Vec<Option<Position>>),
    /// In each side of a `&`; `None` if it is done.
    All(Vec<Option<Position>>),
    /// At a boundary of a repetition: some iterations complete, none begun.
    Boundary {
        /// How many are complete, fewer than the most there may be.
        done: u32,
        /// The way of another iteration, in its body; `None` if it is closed.
        stay: Option<Box<Position>>,
        /// The way out, in the same sequence from the next part on. `None` if it is closed, if too few iterations are
        /// complete, or if there is no next part.
        leave: Option<Box<Position>>,
    },
    /// Within an iteration.
    Iteration {
        /// How many are complete.
        done: u32,
        /// The place in the body.
        body: Box<Position>,
    },
}

impl Position {
    /// Whether the sequence has taken an event.
    pub(super) fn sequence_has_begun(&self) -> bool {
        self.part > 0 || self.begun
    }
}

/// The place before the first event of a sequence.
pub(super) fn start(sequence: &Sequence) -> Position {
    fresh(sequence, 0)
}

/// The place before the first event of part `part`.
pub(super) fn fresh(sequence: &Sequence, part: usize) -> Position {
    let at = match &sequence.parts[part].element {
        Element::Step(_) => At::Step,
        Element::Any(sides) => At::Any(sides.iter().map(|side| Some(start(side))).collect()),
        Element::All(sides) => At::All(sides.iter().map(|side| Some(start(side))).collect()),
        Element::Repeat(_) => boundary(sequence, part, 0),
    };
    Position { part, begun: false, at }
}

/// The boundary behind `done` iterations of part `part`, a repetition, with both ways open.
pub(super) fn boundary(sequence: &Sequence, part: usize, done: u32) -> At {
    let Element::Repeat(repeat) = &sequence.parts[part].element else {
        panic!("only repetitions have boundaries")
    };
    let may_leave = done >= repeat.min && part + 1 < sequence.parts.len();
    At::Boundary {
        done,
        stay: Some(Box::new(start(&repeat.body))),
        leave: may_leave.then(|| Box::new(fresh(sequence, part + 1))),
    }
}

/// Whether the pattern ends with a greedy repetition that `within` brings to its end.
pub(super) fn ends_greedily(rule: &PatternRule) -> bool {
    match rule.body.parts.last().map(|part| &part.element) {
        Some(Element::Repeat(repeat)) => repeat.greedy && repeat.max != Some(repeat.min),
        _ => false,
    }
}

/// Whether a run of the pattern stands where it completes when `within` runs out: at a boundary of the greedy repetition at
/// the end, often enough repeated, or of one before it, with nothing behind it that needs an event. Ways that are closed do not
/// matter: the run needs no other event.
pub(super) fn is_at_greedy_end(rule: &PatternRule, position: &Position) -> bool {
    let empty = |element: &Element| matches!(element, Element::Repeat(repeat) if repeat.min == 0);
    let behind = &rule.body.parts[position.part + 1..];
    match (&rule.body.parts[position.part].element, &position.at) {
        (Element::Repeat(repeat), At::Boundary { done, .. }) => {
            ends_greedily(rule) && *done >= repeat.min && behind.iter().all(|part| empty(&part.element))
        }
        _ => false,
    }
}

/// The variables that a sequence may bind.
pub(super) fn variables(sequence: &Sequence) -> BTreeSet<VarId> {
    let mut all = BTreeSet::new();
    for part in &sequence.parts {
        match &part.element {
            Element::Step(step) => all.extend(step.variable),
            Element::Any(sides) | Element::All(sides) => all.extend(sides.iter().flat_map(variables)),
            Element::Repeat(repeat) => all.extend(variables(&repeat.body)),
        }
    }
    all
}
