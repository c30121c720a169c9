//! The smaller variants of a rule file, by number: each leaves out or simplifies one thing. Whether it still compiles is not
//! known here.

use super::expr::{condition, value};
use portent_compiler::ast::{
    AfterMatch, Arrow, Clause, Element, Event, File, Item, Pattern, PatternKind, PatternRule, QueryRule, Step,
};
use portent_compiler::span::Spanned;

/// The places at which something can be changed, counted while they are visited.
pub(super) struct Sites {
    target: usize,
    seen: usize,
}

impl Sites {
    /// Whether the change at hand is the one to make.
    pub(super) fn hit(&mut self) -> bool {
        self.seen += 1;
        self.seen - 1 == self.target
    }
}

/// Variant `number` of a file; `None` if there are not so many.
pub(super) fn mutant(file: &File, number: usize) -> Option<File> {
    let mut sites = Sites { target: number, seen: 0 };
    let mut mutated = file.clone();
    if let Some(index) = (0..file.items.len()).rev().find(|_| sites.hit()) {
        mutated.items.remove(index);
        return Some(mutated);
    }
    for item in &mut mutated.items {
        match item {
            Item::Event(event) => self::event(event, &mut sites),
            Item::Pattern(rule) => pattern_rule(rule, &mut sites),
            Item::Query(rule) => query(rule, &mut sites),
        }
    }
    (sites.seen > number).then_some(mutated)
}

/// Leaves out what is optional.
fn clear<T>(option: &mut Option<T>, sites: &mut Sites) {
    if option.is_some() && sites.hit() {
        *option = None;
    }
}

/// Leaves out one of several.
fn shorten<T>(list: &mut Vec<T>, sites: &mut Sites) {
    if list.len() > 1
        && let Some(index) = (0..list.len()).rev().find(|_| sites.hit())
    {
        list.remove(index);
    }
}

fn event(event: &mut Event, sites: &mut Sites) {
    shorten(&mut event.fields, sites);
    clear(&mut event.lateness, sites);
    clear(&mut event.time, sites);
    if let Some(time) = &mut event.time {
        value(&mut time.value, sites);
    }
    for field in &mut event.fields {
        if field.ty.nullable && sites.hit() {
            field.ty.nullable = false;
        }
    }
}

fn pattern_rule(rule: &mut PatternRule, sites: &mut Sites) {
    clear(&mut rule.limits, sites);
    clear(&mut rule.skip, sites);
    clear(&mut rule.filter, sites);
    clear(&mut rule.partition, sites);
    clear(&mut rule.within, sites);
    if let Some(limits) = &mut rule.limits {
        shorten(&mut limits.value, sites);
    }
    if let Some(partition) = &mut rule.partition {
        shorten(&mut partition.value, sites);
    }
    if let Some(emit) = &mut rule.emit {
        shorten(&mut emit.value, sites);
        emit.value.iter_mut().for_each(|item| value(&mut item.value, sites));
    }
    if let Some(skip) = &mut rule.skip
        && skip.value != AfterMatch::None
        && sites.hit()
    {
        skip.value = AfterMatch::None;
    }
    optional_condition(&mut rule.filter, sites);
    pattern(&mut rule.pattern.value, sites);
}

fn query(rule: &mut QueryRule, sites: &mut Sites) {
    clear(&mut rule.having, sites);
    clear(&mut rule.window, sites);
    clear(&mut rule.group_by, sites);
    if let Some(keys) = &mut rule.group_by {
        shorten(&mut keys.value, sites);
    }
    shorten(&mut rule.emit.value.items, sites);
    rule.emit.value.items.iter_mut().for_each(|item| value(&mut item.value, sites));
    optional_condition(&mut rule.having, sites);
    step(&mut rule.from.value, sites);
}

fn optional_condition(clause: &mut Option<Clause<portent_compiler::ast::Expr>>, sites: &mut Sites) {
    if let Some(clause) = clause {
        condition(&mut clause.value, sites);
    }
}

fn step(step: &mut Step, sites: &mut Sites) {
    clear(&mut step.guard, sites);
    clear(&mut step.variable, sites);
    if let Some(guard) = &mut step.guard {
        condition(guard, sites);
    }
}

fn pattern(at: &mut Pattern, sites: &mut Sites) {
    match &mut at.kind {
        PatternKind::Step(inner) => step(inner, sites),
        PatternKind::Repeat(inner, quantifier) => {
            if sites.hit() {
                *at = (**inner).clone();
                return;
            }
            if quantifier.greedy && sites.hit() {
                quantifier.greedy = false;
            }
            if quantifier.max.is_some_and(|max| max > quantifier.min.max(1)) && sites.hit() {
                quantifier.max = quantifier.max.map(|max| max - 1);
            }
            if quantifier.min > 0 && sites.hit() {
                quantifier.min -= 1;
            }
            pattern(inner, sites);
        }
        PatternKind::Alternatives(sides) | PatternKind::All(sides) => {
            if let Some(index) = (0..sides.len()).find(|_| sites.hit()) {
                *at = sides[index].clone();
                return;
            }
            if sides.len() > 2 {
                shorten(sides, sites);
            }
            sides.iter_mut().for_each(|side| pattern(side, sites));
        }
        PatternKind::Sequence { first, rest } => {
            let mut all: Vec<(Spanned<Arrow>, Element)> = Vec::new();
            all.push((Spanned::new(Arrow::SkipTillNext, at.span), (**first).clone()));
            all.extend(rest.iter().cloned());
            let before = all.len();
            shorten(&mut all, sites);
            if all.len() == before {
                sequence(&mut all, sites);
            }
            put(at, all);
        }
    }
}

fn sequence(all: &mut [(Spanned<Arrow>, Element)], sites: &mut Sites) {
    for (arrow, element) in all {
        if arrow.value != Arrow::SkipTillNext && sites.hit() {
            arrow.value = Arrow::SkipTillNext;
        }
        match element {
            Element::Match(inner) => pattern(inner, sites),
            Element::Not(negation) => {
                clear(&mut negation.hold, sites);
                step(&mut negation.step, sites);
            }
        }
    }
}

/// Puts a list of elements back, the first without its arrow.
fn put(at: &mut Pattern, mut all: Vec<(Spanned<Arrow>, Element)>) {
    let (_, first) = all.remove(0);
    at.kind = match (first, all.is_empty()) {
        (Element::Match(only), true) => only.kind,
        (first, _) => PatternKind::Sequence { first: Box::new(first), rest: all },
    };
}
