//! Where a run stands in a pattern, and what one event does to it: `take` of the documented semantics, run symbolically.
//!
//! Whether a step's or an absence's condition holds is not known here. [`take`] asks a [`Truth`]; where that does not know, it
//! gives up naming the test, and the caller tries again with either answer. So the same few functions serve to find
//! every state and to build the decision tree of each.

use crate::hir::{Arrow, Element, Part, Repeat, Sequence, Step};

/// A condition that one event may satisfy: an index of [`super::automaton::Automaton::tests`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct TestId(pub(super) u32);

/// The position in a sequence: in its part number `part`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Position {
    pub(super) part: usize,
    pub(super) at: At,
}

impl Position {
    /// Before the first event.
    pub(super) const FRESH: Position = Position { part: 0, at: At::Fresh };

    fn is_fresh(&self) -> bool {
        self.part == 0 && !self.at.is_begun()
    }
}

/// The position in a part.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum At {
    /// No event of it has been taken, and all its ways are open.
    Fresh,
    /// `|`: the position in each side that is still alive, and whether any side has taken an event.
    Any { sides: Vec<Option<Position>>, begun: bool },
    /// `&`: the position in each side that is not done.
    All(Vec<Option<Position>>),
    /// In an iteration of a repetition, after `done` complete ones.
    Iteration { done: u32, inner: Box<Position> },
    /// Between iterations: the ways that are open.
    Boundary {
        /// Complete iterations (never more than `min` where there is no `max`).
        done: u32,
        /// Another iteration.
        stay: Option<Box<Position>>,
        /// The next part.
        leave: Option<Box<At>>,
    },
}

impl At {
    fn is_begun(&self) -> bool {
        match self {
            At::Fresh => false,
            At::Any { begun, .. } => *begun,
            At::All(sides) => sides.iter().any(|side| side.as_ref().is_none_or(|side| !side.is_fresh())),
            At::Iteration { .. } => true,
            At::Boundary { done, .. } => *done > 0,
        }
    }
}

/// What an event did.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Outcome<P> {
    /// It was passed over.
    Passed(P),
    /// The attempt is over.
    Broken,
    /// It was taken.
    Took(Took<P>),
}

/// An event that was taken.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Took<P> {
    /// The position behind it; `None`: done.
    pub(super) next: Option<P>,
    /// Whether a copy goes on waiting (`~>`).
    pub(super) fork: bool,
    /// The steps that it was taken as, by number.
    pub(super) steps: Vec<usize>,
    /// Steps of sides that lost: their variables are unbound.
    pub(super) lost: Vec<usize>,
    /// Steps of bodies whose iteration this event completed: their variables have no event of the next iteration yet.
    pub(super) iterated: Vec<usize>,
}

impl<P> Default for Took<P> {
    fn default() -> Self {
        Self { next: None, fork: false, steps: vec![], lost: vec![], iterated: vec![] }
    }
}

impl<P> Outcome<P> {
    fn map<Q>(self, f: impl Fn(P) -> Q) -> Outcome<Q> {
        match self {
            Outcome::Passed(position) => Outcome::Passed(f(position)),
            Outcome::Broken => Outcome::Broken,
            Outcome::Took(took) => Outcome::Took(Took {
                next: took.next.map(f),
                fork: took.fork,
                steps: took.steps,
                lost: took.lost,
                iterated: took.iterated,
            }),
        }
    }
}

impl Outcome<At> {
    /// A taken event with another position behind it.
    fn with_next(self, next: Option<At>) -> Self {
        match self {
            Outcome::Took(took) => Outcome::Took(Took { next, ..took }),
            other => other,
        }
    }
}

/// What is known of the tests for one event; `Err` names one that has to be decided.
pub(super) trait Truth {
    /// Whether the event satisfies a step.
    fn step(&self, step: &Step) -> Result<Option<usize>, TestId>;
    /// Whether the event satisfies one of the absences of a part.
    fn absent(&self, part: &Part) -> Result<bool, TestId>;
    /// The numbers of all steps in a sequence.
    fn steps_of(&self, sequence: &Sequence) -> Vec<usize>;
    /// Whether this is the first event of a run.
    fn is_first(&self) -> bool;
}

type Try<T> = Result<T, TestId>;

/// How `take` looks at a sequence.
#[derive(Clone, Copy)]
struct Look<'a> {
    truth: &'a dyn Truth,
    /// Whether steps may take the event; otherwise it fits nothing.
    taking: bool,
    /// How the first step follows, if it has not begun.
    arrow: Arrow,
    /// Whether the sequence is the whole pattern.
    whole: bool,
}

/// What the event that `truth` speaks of does to a run at `position` of the whole pattern.
pub(super) fn take(body: &Sequence, position: &Position, truth: &dyn Truth) -> Try<Outcome<Position>> {
    take_sequence(body, position, Look { truth, taking: true, arrow: Arrow::SkipTillNext, whole: true })
}

/// Whether the event satisfies an absence that is pending at `position` of the whole pattern.
pub(super) fn is_violated(body: &Sequence, position: &Position, truth: &dyn Truth) -> Try<bool> {
    is_absence_hit(body, position, Look { truth, taking: true, arrow: Arrow::SkipTillNext, whole: true })
}

/// Whether a run at `position` of the whole pattern completes when its time runs out: at a greedy repetition at the end.
pub(super) fn completes_in_time(body: &Sequence, position: &Position) -> bool {
    let (part, last) = (position.part, body.parts.len() - 1);
    let Element::Repeat(repeat) = &body.parts[part].element else { return false };
    let done = match &position.at {
        At::Fresh => 0,
        At::Boundary { done, .. } => *done,
        _ => return false,
    };
    done >= repeat.min
        && (part..=last).skip(1).all(|later| can_be_empty(&body.parts[later]))
        && ends_greedily(body)
}

/// Whether the last part is a greedy repetition that may take more or less.
pub(super) fn ends_greedily(body: &Sequence) -> bool {
    matches!(&body.parts[body.parts.len() - 1].element, Element::Repeat(last) if last.greedy && last.max != Some(last.min))
}

fn can_be_empty(part: &Part) -> bool {
    matches!(&part.element, Element::Repeat(repeat) if repeat.min == 0)
}

fn take_sequence(sequence: &Sequence, position: &Position, look: Look<'_>) -> Try<Outcome<Position>> {
    let outcome = take_part(sequence, position.part, &position.at, look)?;
    let taken = matches!(outcome, Outcome::Took(_) | Outcome::Broken);
    if !taken && is_absence_hit(sequence, position, look)? {
        return Ok(Outcome::Broken);
    }
    Ok(outcome)
}

/// Whether the event satisfies an absence that is pending: of the part at hand if it has not begun, and of those that
/// leaving it would reach.
fn is_absence_hit(sequence: &Sequence, position: &Position, look: Look<'_>) -> Try<bool> {
    let mut at = Some(&position.at);
    for part in &sequence.parts[position.part..] {
        let begun = at.is_some_and(At::is_begun);
        if !begun && look.truth.absent(part)? {
            return Ok(true);
        }
        if !is_leavable(part, at) {
            return Ok(false);
        }
        at = None;
    }
    Ok(false)
}

/// Whether a part at `at` (`None`: fresh) is a repetition between iterations that has its minimum.
fn is_leavable(part: &Part, at: Option<&At>) -> bool {
    let Element::Repeat(repeat) = &part.element else { return false };
    match at {
        None | Some(At::Fresh) => repeat.min == 0,
        Some(At::Boundary { done, .. }) => *done >= repeat.min,
        _ => false,
    }
}

/// What the event does at part number `part` and, where that may be left, at those after it.
fn take_part(sequence: &Sequence, part: usize, at: &At, look: Look<'_>) -> Try<Outcome<Position>> {
    let here = &sequence.parts[part];
    let look = Look { arrow: if part == 0 { look.arrow } else { here.arrow }, ..look };
    let behind = |outcome: Outcome<At>| behind(sequence, part, look.whole, outcome);
    Ok(match &here.element {
        Element::Step(step) => behind(take_step(step, look)?),
        Element::Any(sides) => behind(take_any(sides, at, look)?),
        Element::All(sides) => behind(take_all(sides, at, look)?),
        Element::Repeat(repeat) => take_repeat(sequence, part, repeat, at, look)?,
    })
}

/// From a position in a part to one in the sequence.
fn behind(sequence: &Sequence, part: usize, whole: bool, outcome: Outcome<At>) -> Outcome<Position> {
    let done = matches!(&outcome, Outcome::Took(took) if took.next.is_none());
    let mut outcome = outcome.map(|at| Position { part, at });
    if let (true, Outcome::Took(took)) = (done, &mut outcome) {
        took.next = after(sequence, part, whole);
    }
    outcome
}

/// The position when part number `part` is done; `None` if the sequence is, for nothing more has to come.
fn after(sequence: &Sequence, part: usize, whole: bool) -> Option<Position> {
    let rest = &sequence.parts[part + 1..];
    let waits = whole && !rest.is_empty() && ends_greedily(sequence);
    (waits || !rest.iter().all(can_be_empty)).then_some(Position { part: part + 1, at: At::Fresh })
}

fn take_step(step: &Step, look: Look<'_>) -> Try<Outcome<At>> {
    let taken = if look.taking { look.truth.step(step)? } else { None };
    Ok(match (taken, look.arrow) {
        (Some(number), arrow) => {
            Outcome::Took(Took { fork: arrow == Arrow::SkipTillAny, steps: vec![number], ..Took::default() })
        }
        (None, Arrow::Strict) => Outcome::Broken,
        (None, _) => Outcome::Passed(At::Fresh),
    })
}

fn take_any(sides: &[Sequence], at: &At, look: Look<'_>) -> Try<Outcome<At>> {
    let (positions, begun) = match at {
        At::Any { sides, begun } => (sides.clone(), *begun),
        _ => (vec![Some(Position::FRESH); sides.len()], false),
    };
    let mut next = vec![None; sides.len()];
    let mut took = Took::default();
    let mut takers = vec![false; sides.len()];
    for (index, side) in sides.iter().enumerate() {
        let Some(position) = &positions[index] else { continue };
        match take_sequence(side, position, Look { whole: false, ..look })? {
            Outcome::Broken => {}
            Outcome::Passed(position) => next[index] = Some(position),
            Outcome::Took(mut won) if won.next.is_none() => {
                // What the others may have bound. A side of one step has bound nothing without being done.
                let losers =
                    sides.iter().enumerate().filter(|(loser, side)| *loser != index && !is_single_step(side));
                won.lost.extend(losers.flat_map(|(_, side)| look.truth.steps_of(side)));
                return Ok(Outcome::Took(won).map(|_| At::Fresh));
            }
            Outcome::Took(moved) => {
                next[index] = moved.next;
                takers[index] = true;
                took.fork |= moved.fork;
                took.steps.extend(moved.steps);
                took.lost.extend(moved.lost);
                took.iterated.extend(moved.iterated);
            }
        }
    }
    if takers.contains(&true) {
        if took.fork || look.truth.is_first() {
            next.iter_mut().zip(&takers).filter(|(_, taker)| !**taker).for_each(|(side, _)| *side = None);
        }
        return Ok(Outcome::Took(Took { next: Some(At::Any { sides: next, begun: true }), ..took }));
    }
    Ok(match next.iter().any(Option::is_some) {
        true if next.iter().all(|side| side.as_ref() == Some(&Position::FRESH)) => Outcome::Passed(At::Fresh),
        true => Outcome::Passed(At::Any { sides: next, begun }),
        false => Outcome::Broken,
    })
}

fn is_single_step(sequence: &Sequence) -> bool {
    matches!(&sequence.parts[..], [Part { element: Element::Step(_), .. }])
}

fn take_all(sides: &[Sequence], at: &At, look: Look<'_>) -> Try<Outcome<At>> {
    let positions = match at {
        At::All(positions) => positions.clone(),
        _ => vec![Some(Position::FRESH); sides.len()],
    };
    let mut next = positions.clone();
    for (index, side) in sides.iter().enumerate() {
        let Some(position) = &positions[index] else { continue };
        match take_sequence(side, position, Look { whole: false, ..look })? {
            Outcome::Took(took) => return others_of_all(sides, positions, index, took, look),
            Outcome::Passed(moved) => next[index] = Some(moved),
            // Broken, unless a later side takes the event and this one has not begun.
            Outcome::Broken => next[index] = None,
        }
    }
    let broken = positions.iter().zip(&next).any(|(before, after)| before.is_some() && after.is_none());
    Ok(match broken {
        true => Outcome::Broken,
        false if next.iter().all(|side| side.as_ref() == Some(&Position::FRESH)) => {
            Outcome::Passed(At::Fresh)
        }
        false => Outcome::Passed(At::All(next)),
    })
}

/// What an event that side `taker` took does to the other sides of an `&`: to those that have begun it fits nothing; the
/// rest ignore it.
fn others_of_all(
    sides: &[Sequence],
    mut positions: Vec<Option<Position>>,
    taker: usize,
    took: Took<Position>,
    look: Look<'_>,
) -> Try<Outcome<At>> {
    for (index, side) in sides.iter().enumerate().filter(|(index, _)| *index != taker) {
        let Some(position) = positions[index].as_ref().filter(|position| !position.is_fresh()) else {
            continue;
        };
        match take_sequence(side, position, Look { whole: false, taking: false, ..look })? {
            Outcome::Passed(moved) => positions[index] = Some(moved),
            Outcome::Broken => return Ok(Outcome::Broken),
            Outcome::Took(_) => unreachable!("nothing is taken when no step may take"),
        }
    }
    positions[taker] = took.next.clone();
    let next = positions.iter().any(Option::is_some).then_some(At::All(positions));
    Ok(Outcome::Took(took).map(|_| At::Fresh).with_next(next))
}

fn take_repeat(
    sequence: &Sequence,
    part: usize,
    repeat: &Repeat,
    at: &At,
    look: Look<'_>,
) -> Try<Outcome<Position>> {
    let inside = Look { whole: false, ..look };
    let iteration = |done, outcome| iteration(sequence, part, repeat, done, look, outcome);
    let (done, mut stay, mut leave) = match at {
        At::Iteration { done, inner } => {
            return Ok(iteration(*done, take_sequence(&repeat.body, inner, inside)?));
        }
        At::Boundary { done, stay, leave } => (*done, stay.clone(), leave.clone()),
        _ => open_ways(sequence, part, repeat, 0),
    };
    for staying in if repeat.greedy { [true, false] } else { [false, true] } {
        match (staying, &stay, &leave) {
            (true, Some(position), _) => match take_sequence(&repeat.body, position, inside)? {
                took @ Outcome::Took(_) => return Ok(iteration(done, took)),
                Outcome::Passed(position) => stay = Some(Box::new(position)),
                Outcome::Broken => stay = None,
            },
            (false, _, Some(at)) => match take_part(sequence, part + 1, at, look)? {
                took @ Outcome::Took(_) => return Ok(took),
                Outcome::Passed(position) => leave = Some(Box::new(position.at)),
                Outcome::Broken => leave = None,
            },
            _ => {}
        }
    }
    if stay.is_none() && leave.is_none() {
        return Ok(Outcome::Broken);
    }
    let as_fresh = (done, stay.clone(), leave.clone()) == open_ways(sequence, part, repeat, 0);
    let at = if as_fresh { At::Fresh } else { At::Boundary { done, stay, leave } };
    Ok(Outcome::Passed(Position { part, at }))
}

type Ways = (u32, Option<Box<Position>>, Option<Box<At>>);

/// All ways on from a repetition after `done` iterations.
fn open_ways(sequence: &Sequence, part: usize, repeat: &Repeat, done: u32) -> Ways {
    let can_leave = done >= repeat.min && part + 1 < sequence.parts.len();
    (done, Some(Box::new(Position::FRESH)), can_leave.then(|| Box::new(At::Fresh)))
}

/// The position after what the body of a repetition made of an event, in the iteration behind `done` complete ones.
fn iteration(
    sequence: &Sequence,
    part: usize,
    repeat: &Repeat,
    done: u32,
    look: Look<'_>,
    outcome: Outcome<Position>,
) -> Outcome<Position> {
    let complete = matches!(&outcome, Outcome::Took(took) if took.next.is_none());
    let mut outcome =
        outcome.map(|inner| Position { part, at: At::Iteration { done, inner: Box::new(inner) } });
    if let (true, Outcome::Took(took)) = (complete, &mut outcome) {
        took.next = boundary(sequence, part, repeat, done + 1, look.whole);
        // What is optional (`max` 1) has no other iteration to come.
        if repeat.max != Some(1) {
            took.iterated.extend(look.truth.steps_of(&repeat.body));
        }
    }
    outcome
}

/// The position after `done` iterations; `None` if the sequence is done with that.
fn boundary(sequence: &Sequence, part: usize, repeat: &Repeat, done: u32, whole: bool) -> Option<Position> {
    if repeat.max == Some(done) {
        return after(sequence, part, whole);
    }
    // Without a maximum, iterations past the minimum are all alike (but none is not one).
    let done = if repeat.max.is_none() { done.min(repeat.min.max(1)) } else { done };
    let waits = whole && ends_greedily(sequence);
    if done >= repeat.min && !waits && sequence.parts[part + 1..].iter().all(can_be_empty) {
        return None;
    }
    let (done, stay, leave) = open_ways(sequence, part, repeat, done);
    Some(Position { part, at: At::Boundary { done, stay, leave } })
}
