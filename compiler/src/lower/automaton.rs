//! The automaton of a pattern: every position that a run can be in, and for each the decision tree over one event.

use std::collections::HashMap;

use super::guards::{Guards, split};
use super::position::{self, Outcome, Position, TestId, Truth};
use crate::hir::{Absence, Deadline, Element, Part, PatternRule, Sequence, Step, VarId};
use crate::lir::{GuardId, StateId, TypeId};

/// The most states and the most decisions that a pattern may need.
const STATES_MAX: usize = 4_096;
const DECISIONS_MAX: usize = 65_536;

/// A condition on one event: of a step or of an absence.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Test {
    pub(super) ty: TypeId,
    /// What the event alone decides.
    pub(super) guard: Option<GuardId>,
    /// What needs the run.
    pub(super) condition: Option<crate::hir::Expr>,
}

/// What to do with a run on an event.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Decision {
    /// By a test.
    If(TestId, Box<Decision>, Box<Decision>),
    /// Then.
    Then(Move),
}

/// A move of a run.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Move {
    /// Nothing.
    Stay,
    /// The event is passed over, but it closes ways.
    Shift(StateId),
    /// The run dies.
    Die,
    /// The event is taken.
    Take {
        /// Where that leads.
        to: Target,
        /// Whether a copy goes on waiting.
        fork: bool,
        /// The variables that are bound to it.
        binds: Vec<VarId>,
        /// Variables that lose their events.
        unbinds: Vec<VarId>,
        /// Variables that begin another iteration: they have no current event.
        renews: Vec<VarId>,
    },
    /// The event ends the greedy repetition at the end: the run is complete without it.
    Complete,
}

/// Where taking an event leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Target {
    /// To another state.
    State(StateId),
    /// To a complete match.
    Accept,
}

/// A state of a run.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// For people.
    pub(super) name: String,
    /// Whether the run is complete when its deadline passes.
    pub(super) completes: bool,
    /// Whether all steps have been taken, and only a trailing negation is waited out.
    pub(super) waits: bool,
    /// What each event type does; types that do nothing are left out.
    pub(super) decisions: Vec<(TypeId, Decision)>,
}

/// The automaton.
pub(super) struct Automaton {
    pub(super) tests: Vec<Test>,
    pub(super) states: Vec<State>,
    /// What an event does that begins a run: takes or nothing.
    pub(super) start: Vec<(TypeId, Decision)>,
}

impl Automaton {
    /// Whether events are taken by copies of runs, which go on waiting themselves.
    pub(super) fn forks(&self) -> bool {
        let decisions = self.states.iter().flat_map(|state| &state.decisions);
        decisions.into_iter().any(|(_, decision)| decision.forks())
    }
}

impl Decision {
    fn forks(&self) -> bool {
        match self {
            Self::If(_, then, otherwise) => then.forks() || otherwise.forks(),
            Self::Then(made) => matches!(made, Move::Take { fork: true, .. }),
        }
    }
}

/// Too many of something.
#[derive(Debug)]
pub(super) struct TooMany {
    pub(super) what: &'static str,
    pub(super) limit: usize,
}

/// Steps and absences by their address in the pattern: what identifies them while the automaton is built.
struct Catalog<'a> {
    rule: &'a PatternRule,
    steps: Vec<&'a Step>,
    step_tests: Vec<TestId>,
    absences: Vec<(&'a Absence, TestId)>,
    tests: Vec<Test>,
    types: &'a dyn Fn(crate::hir::TypeId) -> TypeId,
}

impl<'a> Catalog<'a> {
    fn add_sequence(
        &mut self,
        sequence: &'a Sequence,
        guards: &mut Guards,
        origin: &dyn Fn(crate::span::Span) -> String,
    ) {
        for part in &sequence.parts {
            for absence in &part.absent {
                let test = self.test(absence.ty, absence.guard.as_ref(), guards, &origin(absence.span));
                self.absences.push((absence, test));
            }
            match &part.element {
                Element::Step(step) => {
                    let test = self.test(step.ty, step.guard.as_ref(), guards, &origin(step.span));
                    self.steps.push(step);
                    self.step_tests.push(test);
                }
                Element::Any(sides) | Element::All(sides) => {
                    sides.iter().for_each(|side| self.add_sequence(side, guards, origin));
                }
                Element::Repeat(repeat) => self.add_sequence(&repeat.body, guards, origin),
            }
        }
    }

    fn test(
        &mut self,
        ty: crate::hir::TypeId,
        condition: Option<&crate::hir::Expr>,
        guards: &mut Guards,
        origin: &str,
    ) -> TestId {
        let ty = (self.types)(ty);
        let parts = condition.map(split);
        let (event, run) = parts.map_or((None, None), |parts| (parts.event, parts.run));
        let guard = event.map(|event| guards.intern(ty, &event, origin));
        let test = Test { ty, guard, condition: run };
        let known = self.tests.iter().position(|known| *known == test);
        let index = known.unwrap_or_else(|| {
            self.tests.push(test);
            self.tests.len() - 1
        });
        TestId(index as u32)
    }
}

/// What is assumed of one event of a type.
struct Assumption<'c, 'a> {
    catalog: &'c Catalog<'a>,
    ty: TypeId,
    known: HashMap<TestId, bool>,
    first: bool,
}

impl Assumption<'_, '_> {
    fn holds(&self, id: TestId) -> Result<bool, TestId> {
        let test = &self.catalog.tests[id.0 as usize];
        if test.ty != self.ty {
            return Ok(false);
        }
        if test.guard.is_none() && test.condition.is_none() {
            return Ok(true);
        }
        self.known.get(&id).copied().ok_or(id)
    }
}

impl Truth for Assumption<'_, '_> {
    fn step(&self, step: &Step) -> Result<Option<usize>, TestId> {
        let number = self
            .catalog
            .steps
            .iter()
            .position(|known| std::ptr::eq(*known, step))
            .expect("a step of the pattern");
        Ok(self.holds(self.catalog.step_tests[number])?.then_some(number))
    }

    fn absent(&self, part: &Part) -> Result<bool, TestId> {
        for absence in &part.absent {
            let known = self.catalog.absences.iter().find(|(known, _)| std::ptr::eq(*known, absence));
            if self.holds(known.expect("an absence of the pattern").1)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn steps_of(&self, sequence: &Sequence) -> Vec<usize> {
        let mut inside = Vec::new();
        each_step(sequence, &mut |step| {
            inside.extend(self.catalog.steps.iter().position(|known| std::ptr::eq(*known, step)));
        });
        inside
    }

    fn is_first(&self) -> bool {
        self.first
    }
}

fn each_step<'s>(sequence: &'s Sequence, visit: &mut dyn FnMut(&'s Step)) {
    for part in &sequence.parts {
        match &part.element {
            Element::Step(step) => visit(step),
            Element::Any(sides) | Element::All(sides) => sides.iter().for_each(|side| each_step(side, visit)),
            Element::Repeat(repeat) => each_step(&repeat.body, visit),
        }
    }
}

/// Builds the automaton of `rule`.
pub(super) fn build(
    rule: &PatternRule,
    types: &dyn Fn(crate::hir::TypeId) -> TypeId,
    guards: &mut Guards,
    origin: &dyn Fn(crate::span::Span) -> String,
) -> Result<Automaton, TooMany> {
    let mut catalog =
        Catalog { rule, steps: vec![], step_tests: vec![], absences: vec![], tests: vec![], types };
    catalog.add_sequence(&rule.body, guards, origin);
    if let Some(trailing) = &rule.trailing {
        for absence in &trailing.absent {
            let test = catalog.test(absence.ty, absence.guard.as_ref(), guards, &origin(absence.span));
            catalog.absences.push((absence, test));
        }
    }
    let mut builder = Builder { catalog: &catalog, positions: vec![], decisions: 0 };
    let event_types: Vec<TypeId> = rule.types.iter().map(|ty| types(*ty)).collect();
    let start = builder.decisions(&event_types, &mut |builder, assumption| builder.begin(assumption))?;
    let mut states = Vec::new();
    while let Some(place) = builder.positions.get(states.len()).cloned() {
        states.push(builder.state(&place, &event_types)?);
    }
    let tests = catalog.tests;
    Ok(Automaton { tests, states, start })
}

/// Where a run may be: what a state is made of.
#[derive(Clone, PartialEq)]
enum Place {
    Body(Position),
    /// Behind the last step, waiting out a trailing negation.
    Waiting,
}

struct Builder<'c, 'a> {
    catalog: &'c Catalog<'a>,
    /// The place of each state, found so far.
    positions: Vec<Place>,
    decisions: usize,
}

type MoveOf<'f, 'c, 'a> =
    &'f mut dyn FnMut(&mut Builder<'c, 'a>, &Assumption<'c, 'a>) -> Result<Move, TestId>;

impl<'c, 'a> Builder<'c, 'a> {
    /// The decision trees of all types that do something.
    fn decisions(
        &mut self,
        types: &[TypeId],
        of: MoveOf<'_, 'c, 'a>,
    ) -> Result<Vec<(TypeId, Decision)>, TooMany> {
        let mut all = Vec::new();
        for ty in types {
            let known = HashMap::new();
            let mut assumption = Assumption { catalog: self.catalog, ty: *ty, known, first: false };
            let decision = self.decide(&mut assumption, of)?;
            if decision != Decision::Then(Move::Stay) {
                all.push((*ty, decision));
            }
        }
        match self.positions.len() > STATES_MAX {
            true => Err(TooMany { what: "states", limit: STATES_MAX }),
            false => Ok(all),
        }
    }

    /// Tries; where the answer hangs on a test that is not decided, tries with either answer.
    fn decide(
        &mut self,
        assumption: &mut Assumption<'c, 'a>,
        of: MoveOf<'_, 'c, 'a>,
    ) -> Result<Decision, TooMany> {
        self.decisions += 1;
        if self.decisions > DECISIONS_MAX {
            return Err(TooMany { what: "decisions", limit: DECISIONS_MAX });
        }
        let test = match of(self, assumption) {
            Ok(made) => return Ok(Decision::Then(made)),
            Err(test) => test,
        };
        assumption.known.insert(test, true);
        let then = self.decide(assumption, of)?;
        assumption.known.insert(test, false);
        let otherwise = self.decide(assumption, of)?;
        assumption.known.remove(&test);
        Ok(match then == otherwise {
            true => then,
            false => Decision::If(test, Box::new(then), Box::new(otherwise)),
        })
    }

    fn begin(&mut self, assumption: &Assumption<'c, 'a>) -> Result<Move, TestId> {
        let first = Assumption { first: true, known: assumption.known.clone(), ..*assumption };
        Ok(match position::take(&self.catalog.rule.body, &Position::FRESH, &first)? {
            Outcome::Took(took) => self.taken(took, false),
            Outcome::Passed(_) | Outcome::Broken => Move::Stay,
        })
    }

    fn state(&mut self, place: &Place, types: &[TypeId]) -> Result<State, TooMany> {
        let decisions = self.decisions(types, &mut |builder, assumption| match place {
            Place::Body(position) => builder.step(position, assumption),
            Place::Waiting => builder.wait(assumption),
        })?;
        let (name, completes) = match place {
            Place::Body(position) => {
                (self.name(position), position::completes_in_time(&self.catalog.rule.body, position))
            }
            Place::Waiting => ("waits".to_owned(), true),
        };
        Ok(State { name, completes, waits: *place == Place::Waiting, decisions })
    }

    fn step(&mut self, position: &Position, assumption: &Assumption<'c, 'a>) -> Result<Move, TestId> {
        let body = &self.catalog.rule.body;
        Ok(match position::take(body, position, assumption)? {
            Outcome::Passed(next) if next == *position => Move::Stay,
            Outcome::Passed(next) => Move::Shift(self.id(Place::Body(next))),
            Outcome::Broken
                if position::completes_in_time(body, position)
                    && !position::is_violated(body, position, assumption)? =>
            {
                Move::Complete
            }
            Outcome::Broken => Move::Die,
            Outcome::Took(took) => {
                let fork = took.fork;
                self.taken(took, fork)
            }
        })
    }

    fn taken(&mut self, took: position::Took<Position>, fork: bool) -> Move {
        let to = match (took.next, &self.catalog.rule.trailing) {
            (Some(position), _) => Target::State(self.id(Place::Body(position))),
            (None, Some(_)) => Target::State(self.id(Place::Waiting)),
            (None, None) => Target::Accept,
        };
        let variables = |steps: &[usize]| -> Vec<VarId> {
            let mut all: Vec<_> =
                steps.iter().filter_map(|step| self.catalog.steps[*step].variable).collect();
            all.sort();
            all.dedup();
            all
        };
        let renews = variables(&took.iterated);
        Move::Take { to, fork, binds: variables(&took.steps), unbinds: variables(&took.lost), renews }
    }

    fn wait(&mut self, assumption: &Assumption<'c, 'a>) -> Result<Move, TestId> {
        let trailing = self.catalog.rule.trailing.as_ref().expect("only a trailing negation is waited out");
        for absence in &trailing.absent {
            let known = self.catalog.absences.iter().find(|(known, _)| std::ptr::eq(*known, absence));
            if assumption.holds(known.expect("an absence of the pattern").1)? {
                return Ok(Move::Die);
            }
        }
        Ok(Move::Stay)
    }

    fn id(&mut self, place: Place) -> StateId {
        let known = self.positions.iter().position(|known| *known == place);
        let index = known.unwrap_or_else(|| {
            self.positions.push(place);
            self.positions.len() - 1
        });
        StateId(index as u32)
    }

    /// A name for people: the number of the part and what is going on there.
    fn name(&self, position: &Position) -> String {
        let part = &self.catalog.rule.body.parts[position.part];
        let mut waits_for = Vec::new();
        let sequence = Sequence { parts: vec![part.clone()] };
        each_step(&sequence, &mut |step| {
            let variable =
                step.variable.map(|variable| self.catalog.rule.variables[variable.0 as usize].name.clone());
            waits_for.push(variable.unwrap_or_else(|| "_".to_owned()));
        });
        format!("awaits {}", waits_for.join(" | "))
    }
}

/// Whether any step of the pattern follows by strict contiguity, so that events that fit nothing matter.
pub(super) fn is_strict_somewhere(sequence: &Sequence) -> bool {
    sequence.parts.iter().any(|part| {
        part.arrow == crate::hir::Arrow::Strict
            || match &part.element {
                Element::Step(_) => false,
                Element::Any(sides) | Element::All(sides) => sides.iter().any(is_strict_somewhere),
                Element::Repeat(repeat) => is_strict_somewhere(&repeat.body),
            }
    })
}

/// The variables of which an iteration of a repetition may do without an event, though the repetition binds them again and
/// again: an earlier iteration's event must not be read in a later one.
pub(super) fn loose_variables(sequence: &Sequence) -> Vec<VarId> {
    fn visit(sequence: &Sequence, repeated: bool, optional: bool, found: &mut Vec<VarId>) {
        for part in &sequence.parts {
            match &part.element {
                Element::Step(step) => found.extend(step.variable.filter(|_| repeated && optional)),
                Element::Any(sides) => sides.iter().for_each(|side| visit(side, repeated, true, found)),
                Element::All(sides) => sides.iter().for_each(|side| visit(side, repeated, optional, found)),
                Element::Repeat(repeat) if repeat.max == Some(1) => {
                    visit(&repeat.body, repeated, true, found)
                }
                Element::Repeat(repeat) => visit(&repeat.body, true, false, found),
            }
        }
    }
    let mut found = Vec::new();
    visit(sequence, false, false, &mut found);
    found
}

/// Whether deadlines are at `within` after the first event (rather than `for` after the last, or nowhere).
pub(super) fn ends_at_within(rule: &PatternRule) -> bool {
    match &rule.trailing {
        Some(trailing) => trailing.deadline == Deadline::Within,
        None => position::ends_greedily(&rule.body),
    }
}
