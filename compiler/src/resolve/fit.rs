//! Whether the parts of a pattern make sense together: that a match needs an event, that repetitions know when to end,
//! that negations have a deadline, that the automaton is of bearable size.

use super::Context;
use super::shape::{Element, Part, Repeat, Sequence, Shape};
use crate::ast::{Clause, Negation, Within};
use crate::diag::{Code, Diagnostic};
use crate::hir::Deadline;
use crate::span::Span;

/// The greatest length of a pattern with its repetitions written out.
const STEPS_MAX: u64 = 10_000;

/// What the rule says of time, and whether negations end it.
#[derive(Clone, Copy)]
struct End {
    within: Option<Within>,
    negated: bool,
}

/// What a sequence is.
#[derive(Clone, Copy)]
enum Role {
    Whole(End),
    /// Of `|` or `&`.
    Side,
    Body,
}

/// Checks a whole pattern and reports what makes no sense.
pub(super) fn check(shape: &Shape<'_>, within: Option<&Clause<Within>>, context: &mut Context<'_>) {
    let end = End { within: within.map(|within| within.value), negated: !shape.trailing.is_empty() };
    let mut fit = Fit { context };
    fit.sequence(&shape.body, Role::Whole(end), false);
    fit.size(&shape.body);
    if let Some(within) = within {
        fit.room(&shape.body, within);
    }
    let has_steps = !shape.body.parts.is_empty();
    for negation in shape.leading.iter().filter(|negation| has_steps && negation.hold.is_none()) {
        let diagnostic = Diagnostic::new(
            Code::LeadingNegation,
            negation.span,
            "a negation before the first step has no duration",
        )
        .label(negation.span, "since when?")
        .help(format!("say how long before the first step: `!{} for 5m`", negation.step.ty.name));
        fit.context.report(diagnostic);
    }
}

/// The deadline of the negations at the end; `None` if there are none or a mistake was reported.
pub(super) fn deadline(
    trailing: &[&Negation],
    within: Option<&Clause<Within>>,
    context: &mut Context<'_>,
) -> Option<Deadline> {
    let first = trailing.first()?;
    let hold = |negation: &Negation| negation.hold.as_ref().map(|hold| hold.value);
    if let Some(other) = trailing.iter().find(|other| hold(other) != hold(first)) {
        let diagnostic = Diagnostic::new(
            Code::TrailingNegations,
            other.span,
            "the negations at the end have different deadlines",
        )
        .label(first.span, "is awaited for another time")
        .label(other.span, "than this")
        .help("write the same `for` behind each, or `within` and no `for`");
        context.report(diagnostic);
        return None;
    }
    match (hold(first), within.map(|within| within.value)) {
        (Some(duration), _) => Some(Deadline::After(duration)),
        (None, Some(Within::Time(_))) => Some(Deadline::Within),
        (None, other) => {
            let mut diagnostic =
                Diagnostic::new(Code::NegationNeedsTime, first.span, "a negation at the end needs a time")
                    .label(first.span, "until when?")
                    .help("say it with `within 30s`, or behind the negation with `for 30s`");
            if let (Some(Within::Events(_)), Some(clause)) = (other, within) {
                diagnostic = diagnostic.label(clause.span, "a number of events is no time");
            }
            context.report(diagnostic);
            None
        }
    }
}

fn can_be_empty(part: &Part<'_>) -> bool {
    // Other elements hold only sequences that need an event, or a mistake was reported.
    matches!(part.element, Element::Repeat(_, Repeat { min: 0, .. }))
}

/// How many events a sequence takes at least.
fn events_min(sequence: &Sequence<'_>) -> u64 {
    let part = |part: &Part<'_>| match &part.element {
        Element::Step(_) => 1,
        Element::Any(_, sides) => sides.iter().map(events_min).min().unwrap_or(0),
        Element::All(_, sides) => sides.iter().map(events_min).fold(0, u64::saturating_add),
        Element::Repeat(_, repeat) => events_min(&repeat.body).saturating_mul(repeat.min.into()),
    };
    sequence.parts.iter().map(part).fold(0, u64::saturating_add)
}

/// How many steps a sequence has with its repetitions written out.
fn steps(sequence: &Sequence<'_>) -> u64 {
    let part = |part: &Part<'_>| match &part.element {
        Element::Step(_) => 1,
        Element::Any(_, sides) | Element::All(_, sides) => {
            sides.iter().map(steps).fold(0, u64::saturating_add)
        }
        Element::Repeat(_, repeat) => {
            steps(&repeat.body).saturating_mul(u64::from(repeat.max.unwrap_or(repeat.min).max(1)))
        }
    };
    sequence.parts.iter().map(part).fold(0, u64::saturating_add)
}

struct Fit<'c, 'd> {
    context: &'c mut Context<'d>,
}

impl Fit<'_, '_> {
    fn report(&mut self, code: Code, span: Span, message: impl Into<String>, label: &str, help: &str) {
        self.context.report(Diagnostic::new(code, span, message).label(span, label).help(help));
    }

    fn sequence(&mut self, sequence: &Sequence<'_>, role: Role, repeated: bool) {
        if self.needs_an_event(sequence, role) {
            self.end(sequence, role);
        }
        for part in &sequence.parts {
            match &part.element {
                Element::Step(_) => {}
                Element::Any(_, sides) => {
                    for side in sides {
                        self.sequence(side, Role::Side, repeated);
                        self.single_step(side, repeated);
                    }
                }
                Element::All(_, sides) => {
                    sides.iter().for_each(|side| self.sequence(side, Role::Side, repeated))
                }
                Element::Repeat(_, repeat) => self.sequence(&repeat.body, Role::Body, true),
            }
        }
    }

    /// Reports, and says no, if there may be none: of such a sequence nothing else is worth telling.
    fn needs_an_event(&mut self, sequence: &Sequence<'_>, role: Role) -> bool {
        if !sequence.parts.iter().all(can_be_empty) {
            return true;
        }
        let (message, help) = match role {
            Role::Whole(_) if sequence.parts.is_empty() => (
                "a pattern of negations alone",
                "add the step that they come before, as in `!N for 5m -> a: A`, or behind",
            ),
            Role::Whole(_) => (
                "the pattern may match without any event",
                "let a step be needed: `+` instead of `*`, no `?`",
            ),
            Role::Side => (
                "a side may match without any event",
                "let the side need an event, and make the whole group optional: `(A | B)?`",
            ),
            Role::Body => (
                "what repeats may match without any event",
                "leave out the inner `?` or `*`, or the outer quantifier",
            ),
        };
        self.report(Code::EmptyMatch, sequence.span, message, "needs no event", help);
        false
    }

    /// Checks what ends a sequence, back to the first part that is always needed.
    fn end(&mut self, sequence: &Sequence<'_>, role: Role) {
        let last = sequence.parts.len().saturating_sub(1);
        let mut greedy_end = false;
        for (index, part) in sequence.parts.iter().enumerate().rev() {
            let Element::Repeat(_, repeat) = &part.element else { return };
            if repeat.greedy {
                self.greedy(repeat, role, index == last);
                greedy_end = true;
            } else if repeat.min == 0 && greedy_end {
                let help = "let the repetition at the end need one event, or this step not be optional";
                self.report(
                    Code::GreedyEnd,
                    part.span,
                    "an optional step before a greedy repetition that may be empty",
                    "both may be left out",
                    help,
                );
            } else if repeat.min == 0 {
                let help = "make it greedy (`?+`, `*+`, with a `within`), or demand an event (`+`)";
                self.report(
                    Code::NeverTaken,
                    part.span,
                    "this step never takes an event",
                    "the match is complete before it",
                    help,
                );
            }
            if !can_be_empty(part) {
                return;
            }
        }
    }

    /// A greedy repetition behind which nothing is needed.
    fn greedy(&mut self, repeat: &Repeat<'_>, role: Role, last: bool) {
        let single = matches!(repeat.body.parts.as_slice(), [Part { element: Element::Step(_), .. }]);
        let (message, help) = match role {
            Role::Side => {
                ("a greedy repetition at the end of a side", "give it a fixed count, or make it reluctant")
            }
            Role::Body => (
                "a greedy repetition at the end of what repeats",
                "give it a fixed count, or make it reluctant",
            ),
            Role::Whole(_) if !last => (
                "a greedy repetition before what is optional",
                "let a step behind it be needed, or let it stand at the end",
            ),
            Role::Whole(End { negated: true, .. }) => (
                "a greedy repetition right before a negation at the end",
                "give it a fixed count, or make it reluctant",
            ),
            Role::Whole(End { within: None, .. }) => {
                ("a greedy repetition at the end needs a `within`", "add `within 5m`, or a step behind it")
            }
            Role::Whole(End { within: Some(Within::Events(_)), .. }) => (
                "a greedy repetition at the end needs a `within` of time",
                "write `within 5m` instead of a number of events, or a step behind it",
            ),
            Role::Whole(_) if !single => (
                "a greedy repetition at the end must repeat a single step",
                "add a step behind it, or make it reluctant",
            ),
            Role::Whole(_) => return,
        };
        self.report(Code::GreedyEnd, repeat.quantifier, message, "nothing ends it", help);
    }

    fn single_step(&mut self, side: &Sequence<'_>, repeated: bool) {
        let single = matches!(side.parts.as_slice(), [] | [Part { element: Element::Step(_), .. }]);
        if repeated && !single {
            let help = "repeat the sides on their own: `(A{3} | (B -> C){3})`";
            self.report(
                Code::SideInRepetition,
                side.span,
                "a side of `|` inside a repetition must be a single step",
                "more than one step",
                help,
            );
        }
    }

    fn size(&mut self, body: &Sequence<'_>) {
        let steps = steps(body);
        if steps > STEPS_MAX {
            let message = format!(
                "the pattern is {steps} steps long with its repetitions written out, and at most {STEPS_MAX} are possible"
            );
            self.report(
                Code::RepetitionTooLong,
                body.span,
                message,
                "too long",
                "repeat without upper bounds and ask for `count` of the variables in `where`",
            );
        }
    }

    /// Whether `within N events` leaves room for a match.
    fn room(&mut self, body: &Sequence<'_>, within: &Clause<Within>) {
        let Within::Events(bound) = within.value else { return };
        let needed = events_min(body);
        if needed > bound {
            let message = format!("a match takes at least {needed} events, but is to lie within {bound}");
            self.report(
                Code::NeverTrue,
                within.span,
                message,
                "too few",
                &format!("write `within {needed} events` or more"),
            );
        }
    }
}
