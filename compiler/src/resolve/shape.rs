//! Patterns in normal form, over what was written: groups dissolved, negations put where they count, names not yet
//! resolved. What it checks is where things stand; whether they make sense together is checked in `fit`.

use super::Context;
use crate::ast::{self, Negation, Pattern, PatternKind, Quantifier};
use crate::diag::{Code, Diagnostic};
use crate::hir::Arrow;
use crate::span::{Span, Spanned};

/// The whole pattern.
pub(super) struct Shape<'a> {
    /// Negations before the first step.
    pub(super) leading: Vec<&'a Negation>,
    /// What is to come.
    pub(super) body: Sequence<'a>,
    /// Negations after the last step.
    pub(super) trailing: Vec<&'a Negation>,
}

/// Parts that follow each other. Empty only after a reported mistake.
pub(super) struct Sequence<'a> {
    pub(super) parts: Vec<Part<'a>>,
    pub(super) span: Span,
}

/// A part, how it follows, and what may not come before it.
pub(super) struct Part<'a> {
    pub(super) arrow: Arrow,
    pub(super) absent: Vec<&'a Negation>,
    pub(super) element: Element<'a>,
    pub(super) span: Span,
}

/// What a part is. The numbers tell the elements of a pattern apart.
pub(super) enum Element<'a> {
    Step(&'a ast::Step),
    Any(u32, Vec<Sequence<'a>>),
    All(u32, Vec<Sequence<'a>>),
    Repeat(u32, Repeat<'a>),
}

/// A repetition.
pub(super) struct Repeat<'a> {
    pub(super) body: Sequence<'a>,
    pub(super) min: u32,
    pub(super) max: Option<u32>,
    pub(super) greedy: bool,
    pub(super) quantifier: Span,
}

/// The greatest count of a repetition.
const COUNT_MAX: u32 = 1000;

/// Brings a pattern into normal form.
pub(super) fn shape<'a>(pattern: &'a Pattern, context: &mut Context<'_>) -> Shape<'a> {
    let mut builder = Builder { context, elements: 0 };
    let Elements { before, parts, after } = builder.elements_of(once(pattern));
    Shape { leading: before, body: Sequence { parts, span: pattern.span }, trailing: after }
}

/// What `{1}` stands behind.
fn once(pattern: &Pattern) -> &Pattern {
    match &pattern.kind {
        PatternKind::Repeat(body, Quantifier { min: 1, max: Some(1), .. }) => once(body),
        _ => pattern,
    }
}

const fn arrow_of(arrow: ast::Arrow) -> Arrow {
    match arrow {
        ast::Arrow::SkipTillNext => Arrow::SkipTillNext,
        ast::Arrow::Strict => Arrow::Strict,
        ast::Arrow::SkipTillAny => Arrow::SkipTillAny,
    }
}

struct Builder<'c, 'd> {
    context: &'c mut Context<'d>,
    elements: u32,
}

/// The elements of a sequence, sorted by what they are.
#[derive(Default)]
struct Elements<'a> {
    before: Vec<&'a Negation>,
    parts: Vec<Part<'a>>,
    after: Vec<&'a Negation>,
}

/// An element behind another, with the arrow between them.
type Linked = (Spanned<ast::Arrow>, ast::Element);

impl Builder<'_, '_> {
    fn number(&mut self) -> u32 {
        self.elements += 1;
        self.elements
    }

    /// The elements of a pattern that stands as a whole, or in parentheses.
    fn elements_of<'a>(&mut self, pattern: &'a Pattern) -> Elements<'a> {
        let PatternKind::Sequence { first, rest } = &pattern.kind else {
            return Elements { parts: vec![self.part(pattern)], ..Elements::default() };
        };
        let mut all = Elements::default();
        match first.as_ref() {
            ast::Element::Not(negation) => all.before.push(negation),
            ast::Element::Match(pattern) => all.parts = self.parts(once(pattern)),
        }
        let mut pending = Vec::new();
        for (index, (arrow, element)) in rest.iter().enumerate() {
            match element {
                ast::Element::Not(negation) => {
                    self.arrow_before_negation(arrow, &rest[index + 1..]);
                    if all.parts.is_empty() { &mut all.before } else { &mut pending }.push(negation);
                }
                ast::Element::Match(pattern) => {
                    let mut parts = self.parts(once(pattern));
                    if all.parts.is_empty() {
                        self.arrow_before_first(arrow);
                    } else if let Some(part) = parts.first_mut() {
                        part.arrow = arrow_of(arrow.value);
                        pending.iter().for_each(|negation| self.for_between(negation));
                        part.absent.append(&mut pending);
                    }
                    all.parts.append(&mut parts);
                }
            }
        }
        all.after = pending;
        all
    }

    /// The parts of a pattern between arrows: several, if it is a group without a quantifier.
    fn parts<'a>(&mut self, pattern: &'a Pattern) -> Vec<Part<'a>> {
        match &pattern.kind {
            PatternKind::Sequence { .. } => self.group(pattern).parts,
            _ => vec![self.part(pattern)],
        }
    }

    /// A pattern in parentheses, or a side: it may not begin or end with a negation.
    fn group<'a>(&mut self, pattern: &'a Pattern) -> Sequence<'a> {
        let Elements { before, mut parts, after } = self.elements_of(once(pattern));
        self.negations_at_end(&before, "begins", "before");
        self.negations_at_end(&after, "ends", "behind");
        // Their guards are still to be checked.
        if let Some(part) = parts.last_mut() {
            part.absent.extend(before.into_iter().chain(after));
        }
        Sequence { parts, span: pattern.span }
    }

    /// A part that is no sequence.
    fn part<'a>(&mut self, pattern: &'a Pattern) -> Part<'a> {
        let element = match &pattern.kind {
            PatternKind::Step(step) => Element::Step(step),
            PatternKind::Alternatives(sides) => Element::Any(self.number(), self.alternatives(sides)),
            PatternKind::All(sides) => {
                Element::All(self.number(), sides.iter().map(|side| self.group(side)).collect())
            }
            PatternKind::Repeat(body, quantifier) => {
                Element::Repeat(self.number(), self.repeat(body, *quantifier))
            }
            PatternKind::Sequence { .. } => unreachable!("callers take sequences apart"),
        };
        Part { arrow: Arrow::SkipTillNext, absent: Vec::new(), element, span: pattern.span }
    }

    /// The sides of `|`; a side that is a choice itself adds its sides, as `(A | (B | C))` is `(A | B | C)`.
    fn alternatives<'a>(&mut self, sides: &'a [Pattern]) -> Vec<Sequence<'a>> {
        let mut all = Vec::with_capacity(sides.len());
        for side in sides.iter().map(once) {
            match &side.kind {
                PatternKind::Alternatives(inner) => all.extend(self.alternatives(inner)),
                _ => all.push(self.group(side)),
            }
        }
        all
    }

    fn repeat<'a>(&mut self, body: &'a Pattern, quantifier: Quantifier) -> Repeat<'a> {
        let Quantifier { mut min, mut max, greedy, span } = quantifier;
        if let Some(most) = max.filter(|&most| most == 0 || most < min) {
            let message = match most {
                0 => "a repetition of at most zero steps".to_string(),
                _ => format!("a repetition of at least {min} and at most {most} steps"),
            };
            self.report(
                Code::BadRepetition,
                span,
                message,
                "no count satisfies this",
                "write the lesser count first, and at least one as the greater",
            );
            (min, max) = (1, None);
        } else if min.max(max.unwrap_or(0)) > COUNT_MAX {
            let message = format!("a repetition counts to at most {COUNT_MAX}");
            self.report(
                Code::RepetitionTooLong,
                span,
                message,
                "too many",
                "repeat without an upper bound and ask for `count` of the variable in `where`",
            );
            (min, max) = (1, None);
        }
        Repeat { body: self.group(body), min, max, greedy: greedy && max != Some(min), quantifier: span }
    }

    fn report(&mut self, code: Code, span: Span, message: impl Into<String>, label: &str, help: &str) {
        self.context.report(Diagnostic::new(code, span, message).label(span, label).help(help));
    }

    fn negations_at_end(&mut self, negations: &[&Negation], does: &str, place: &str) {
        for negation in negations {
            let message = format!("a group in parentheses {does} with a negation");
            let help = format!("write it {place} the parentheses, or between two steps within them");
            self.report(
                Code::MisplacedNegation,
                negation.span,
                message,
                "has a step on one side only",
                &help,
            );
        }
    }

    /// The arrow before a negation: `->`, or that of the step that it guards, so that none is ignored.
    fn arrow_before_negation(&mut self, arrow: &Spanned<ast::Arrow>, rest: &[Linked]) {
        let follows = rest.iter().find(|(_, element)| matches!(element, ast::Element::Match(_)));
        let same = follows.is_some_and(|(next, _)| next.value == arrow.value);
        if arrow.value != ast::Arrow::SkipTillNext && !same {
            let help = match follows {
                Some(_) => "write `->` here; how the step follows is said by the arrow right before it",
                None => "write `->`",
            };
            self.report(
                Code::ArrowBeforeNegation,
                arrow.span,
                "the arrow before a negation says nothing",
                "followed by a negation",
                help,
            );
        }
    }

    fn arrow_before_first(&mut self, arrow: &Spanned<ast::Arrow>) {
        if arrow.value != ast::Arrow::SkipTillNext {
            let message = "the arrow before the first step says nothing";
            self.report(
                Code::ArrowBeforeNegation,
                arrow.span,
                message,
                "no step comes before it",
                "write `->`",
            );
        }
    }

    fn for_between(&mut self, negation: &Negation) {
        if let Some(hold) = &negation.hold {
            let help = "leave out `for`, or compare the times of the two steps in the guard of the second";
            self.report(
                Code::NegationFor,
                hold.span,
                "`for` on a negation between two steps",
                "the negation lasts from step to step",
                help,
            );
        }
    }
}
