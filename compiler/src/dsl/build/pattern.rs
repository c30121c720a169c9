//! Builds what stands behind `match`: steps, arrows, alternatives, repetitions, negations.

use super::{Builder, Built, Pair, Reported, Zero, expect, inner, last};
use crate::ast::*;
use crate::diag::{Code, Diagnostic};
use crate::dsl::Rule;
use crate::span::{Span, Spanned};

/// The operators between the elements of one level of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Joint {
    Arrow(Arrow),
    Or,
    And,
}

impl<'s> Builder<'s, '_> {
    pub(super) fn pattern(&mut self, pair: Pair<'s>) -> Built<Pattern> {
        let mut elements = Vec::new();
        let mut joints = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::pattern_op => joints.push(Spanned::new(joint(part.as_str()), self.span(&part))),
                _ => elements.push(self.element(part)),
            }
        }
        let mut elements = elements.into_iter().collect::<Built<Vec<Element>>>()?;
        self.check_joints(&joints)?;
        let span = elements[0].span().to(elements[elements.len() - 1].span());
        let kind = match joints.first().map(|joint| joint.value) {
            None => match elements.remove(0) {
                Element::Match(pattern) => return Ok(pattern),
                first => PatternKind::Sequence { first: Box::new(first), rest: Vec::new() },
            },
            Some(Joint::Arrow(_)) => {
                let mut elements = elements.into_iter();
                let first = Box::new(expect(elements.next()));
                let rest = joints.iter().map(arrow).zip(elements).collect();
                PatternKind::Sequence { first, rest }
            }
            Some(Joint::Or) => PatternKind::Alternatives(self.sides(elements, "|")?),
            Some(Joint::And) => PatternKind::All(self.sides(elements, "&")?),
        };
        Ok(Pattern { kind, span })
    }

    /// One level has arrows only, `|` only or `&` only.
    fn check_joints(&mut self, joints: &[Spanned<Joint>]) -> Built<()> {
        let class = |joint: Joint| match joint {
            Joint::Arrow(_) => 0,
            Joint::Or => 1,
            Joint::And => 2,
        };
        let Some(first) = joints.first() else {
            return Ok(());
        };
        let Some(other) = joints.iter().find(|joint| class(joint.value) != class(first.value)) else {
            return Ok(());
        };
        let (left, right) = (&self.source[first.span.range()], &self.source[other.span.range()]);
        let example = match (class(first.value), class(other.value)) {
            (0, _) => format!("A {left} (B {right} C)"),
            _ => format!("(A {left} B) {right} C"),
        };
        let diagnostic =
            Diagnostic::new(Code::MixedOperators, other.span, format!("`{left}` and `{right}` do not mix"))
                .label(first.span, format!("with `{left}` here"))
                .label(other.span, format!("`{right}` needs parentheses"))
                .help(format!("write the parentheses that are meant, such as `{example}`"));
        self.report(diagnostic);
        Err(Reported)
    }

    /// The sides of `|` or `&`, none of which is a negation.
    fn sides(&mut self, elements: Vec<Element>, symbol: &str) -> Built<Vec<Pattern>> {
        let mut sides = Vec::new();
        for element in elements {
            match element {
                Element::Match(pattern) => sides.push(pattern),
                Element::Not(negation) => {
                    let message = format!("a negation cannot be a side of `{symbol}`");
                    let diagnostic = Diagnostic::new(Code::MisplacedNegation, negation.span, message);
                    self.report(diagnostic.help("put it into a sequence: `A -> !N -> B`"));
                    return Err(Reported);
                }
            }
        }
        Ok(sides)
    }

    fn element(&mut self, pair: Pair<'s>) -> Built<Element> {
        let span = self.span(&pair);
        let mut negated = false;
        let mut atom = None;
        let mut quantifiers = Vec::new();
        let mut hold = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::bang => negated = true,
                Rule::quantifier => quantifiers.push(part),
                Rule::hold => hold = Some(part),
                _ => atom = Some(part),
            }
        }
        let atom = expect(atom);
        if negated {
            return self.negation(atom, &quantifiers, hold, span).map(Element::Not);
        }
        let pattern = match atom.as_rule() {
            Rule::group => self.group(atom),
            _ => self.step(atom).map(|step| Pattern { span: step.span, kind: PatternKind::Step(step) }),
        };
        if let Some(hold) = hold {
            let diagnostic =
                Diagnostic::new(Code::MisplacedNegation, self.span(&hold), "`for` belongs to a negation");
            self.report(diagnostic.help("write `!N for D`, or bound the whole match by `within D`"));
        }
        let pattern = pattern?;
        match quantifiers.as_slice() {
            [] => Ok(Element::Match(pattern)),
            [quantifier, more @ ..] => {
                if let Some(second) = more.first() {
                    let diagnostic = Diagnostic::new(
                        Code::TwoQuantifiers,
                        self.span(second),
                        "a step takes one quantifier",
                    );
                    self.report(
                        diagnostic
                            .help("group to repeat a repetition: `(B{2}){3}`; a single `+` behind a quantifier makes it greedy"),
                    );
                }
                let quantifier = self.quantifier(quantifier.clone())?;
                let span = span.to(quantifier.span);
                Ok(Element::Match(Pattern { kind: PatternKind::Repeat(Box::new(pattern), quantifier), span }))
            }
        }
    }

    fn group(&mut self, pair: Pair<'s>) -> Built<Pattern> {
        let pattern = self.pattern(inner(pair, Rule::pattern))?;
        if matches!(&pattern.kind, PatternKind::Sequence { rest, .. } if rest.is_empty()) {
            let message = "a negation stands in a sequence, not in parentheses by itself";
            let diagnostic = Diagnostic::new(Code::MisplacedNegation, pattern.span, message);
            self.report(diagnostic.help("remove the parentheses: `A -> !N -> B`"));
            return Err(Reported);
        }
        Ok(pattern)
    }

    fn negation(
        &mut self,
        atom: Pair<'s>,
        quantifiers: &[Pair<'s>],
        hold: Option<Pair<'s>>,
        span: Span,
    ) -> Built<Negation> {
        if atom.as_rule() == Rule::group {
            let diagnostic =
                Diagnostic::new(Code::MisplacedNegation, self.span(&atom), "only a single step is negated");
            self.report(diagnostic.help("negate each: `A -> !B -> !C -> D`"));
            return Err(Reported);
        }
        if let Some(quantifier) = quantifiers.first() {
            let diagnostic =
                Diagnostic::new(Code::MisplacedNegation, self.span(quantifier), "a negation is not repeated");
            self.report(diagnostic.help("remove the quantifier: one such event is enough to end the run"));
        }
        let mut step = self.step(atom)?;
        if let Some(variable) = step.variable.take() {
            let message = "a negation binds no variable";
            let diagnostic = Diagnostic::new(Code::NegationBinds, variable.span, message);
            self.report(diagnostic.help(format!("write `!{}`", step.ty.name)));
        }
        let hold = hold.map(|hold| self.duration(&last(hold), Zero::Refused));
        Ok(Negation { step, hold, span })
    }

    pub(super) fn step(&mut self, pair: Pair<'s>) -> Built<Step> {
        let span = self.span(&pair);
        let mut names = Vec::new();
        let mut guard = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => names.push(self.ident(&part)),
                Rule::guard => guard = Some(self.expr(inner(part, Rule::expr))?),
                _ => {}
            }
        }
        let ty = expect(names.pop());
        Ok(Step { variable: names.pop(), ty, guard, span })
    }

    fn quantifier(&mut self, pair: Pair<'s>) -> Built<Quantifier> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let kind = expect(parts.next());
        let greedy = parts.next().is_some();
        let (min, max) = match kind.as_rule() {
            Rule::plus => (1, None),
            Rule::star => (0, None),
            Rule::question => (0, Some(1)),
            _ => self.counted(kind)?,
        };
        Ok(Quantifier { min, max, greedy, span })
    }

    /// `{n}`, `{n,}`, `{n,m}`
    fn counted(&mut self, pair: Pair<'s>) -> Built<(u32, Option<u32>)> {
        let span = self.span(&pair);
        let mut bounds = Vec::new();
        let mut open = false;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::number => bounds.push(self.count(&part, 0, u64::from(u32::MAX))?.value as u32),
                Rule::comma => open = true,
                _ => {}
            }
        }
        let min = bounds[0];
        let max = bounds.get(1).copied().or((!open).then_some(min));
        let problem = match max {
            Some(0) => "the repetition takes no event at all",
            Some(max) if max < min => "the bounds of the repetition are the wrong way round",
            _ => return Ok((min, max)),
        };
        let help = if max == Some(0) { "leave the step out" } else { "write the smaller number first" };
        self.report(Diagnostic::new(Code::BadRepetition, span, problem).help(help));
        Err(Reported)
    }
}

fn joint(symbol: &str) -> Joint {
    match symbol {
        "->" => Joint::Arrow(Arrow::SkipTillNext),
        "=>" => Joint::Arrow(Arrow::Strict),
        "~>" => Joint::Arrow(Arrow::SkipTillAny),
        "|" => Joint::Or,
        _ => Joint::And,
    }
}

/// The arrow of a level that [`Builder::check_joints`] found to have arrows only.
fn arrow(joint: &Spanned<Joint>) -> Spanned<Arrow> {
    match joint.value {
        Joint::Arrow(arrow) => Spanned::new(arrow, joint.span),
        Joint::Or | Joint::And => unreachable!("invariant: operators of one level are of one class"),
    }
}
