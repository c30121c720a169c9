//! Which rules read which, and the order in which they are evaluated. Only names are looked at here.

use super::Context;
use crate::ast::{Element, Ident, Item, Pattern, PatternKind};
use crate::diag::{Code, Diagnostic};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Indices of `rules` in evaluation order: each after those that it reads, otherwise as written. Circles are reported;
/// their members come last.
pub(super) fn evaluation_order(
    rules: &[&Item],
    events: &HashSet<&str>,
    context: &mut Context<'_>,
) -> Vec<usize> {
    let reads = dependencies(rules, events);
    let mut waiting: Vec<usize> = reads.iter().map(BTreeSet::len).collect();
    let mut readers = vec![Vec::new(); rules.len()];
    for (reader, read) in reads.iter().enumerate() {
        read.iter().for_each(|&rule| readers[rule].push(reader));
    }
    let mut ready: BTreeSet<usize> = (0..rules.len()).filter(|&rule| waiting[rule] == 0).collect();
    let mut order = Vec::with_capacity(rules.len());
    while let Some(rule) = ready.pop_first() {
        order.push(rule);
        for &reader in &readers[rule] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                ready.insert(reader);
            }
        }
    }
    let stuck: BTreeSet<usize> = (0..rules.len()).filter(|&rule| waiting[rule] > 0).collect();
    report_circles(rules, &reads, &stuck, context);
    order.extend(stuck);
    order
}

/// For each rule, the rules whose events it reads. A name that an event has too, which is reported, means the event.
fn dependencies(rules: &[&Item], events: &HashSet<&str>) -> Vec<BTreeSet<usize>> {
    let mut by_name = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        by_name.entry(rule.name().name.as_str()).or_insert(index);
    }
    let find = |name: &Ident| {
        by_name.get(name.name.as_str()).copied().filter(|_| !events.contains(name.name.as_str()))
    };
    rules.iter().map(|rule| type_names(rule).into_iter().filter_map(find).collect()).collect()
}

/// The event types that a rule names.
fn type_names(rule: &Item) -> Vec<&Ident> {
    let mut names = Vec::new();
    match rule {
        Item::Event(_) => {}
        Item::Pattern(rule) => pattern_names(&rule.pattern.value, &mut names),
        Item::Query(rule) => names.push(&rule.from.value.ty),
    }
    names
}

fn pattern_names<'a>(pattern: &'a Pattern, names: &mut Vec<&'a Ident>) {
    match &pattern.kind {
        PatternKind::Step(step) => names.push(&step.ty),
        PatternKind::Sequence { first, rest } => {
            element_names(first, names);
            rest.iter().for_each(|(_, element)| element_names(element, names));
        }
        PatternKind::Alternatives(sides) | PatternKind::All(sides) => {
            sides.iter().for_each(|side| pattern_names(side, names));
        }
        PatternKind::Repeat(body, _) => pattern_names(body, names),
    }
}

fn element_names<'a>(element: &'a Element, names: &mut Vec<&'a Ident>) {
    match element {
        Element::Match(pattern) => pattern_names(pattern, names),
        Element::Not(negation) => names.push(&negation.step.ty),
    }
}

/// One report for each circle: from its first member in the text, along the rules read, back to it.
fn report_circles(
    rules: &[&Item],
    reads: &[BTreeSet<usize>],
    stuck: &BTreeSet<usize>,
    context: &mut Context<'_>,
) {
    let mut reported = BTreeSet::new();
    for &start in stuck {
        if reported.contains(&start) {
            continue;
        }
        let Some(circle) = circle_from(start, reads, stuck) else { continue };
        reported.extend(circle.iter().copied());
        let name = |rule: usize| format!("`{}`", rules[rule].name().name);
        let path: Vec<String> = circle.iter().chain([&start]).map(|&rule| name(rule)).collect();
        let message = format!("{} reads its own output: {}", path[0], path.join(" reads "));
        let help = match circle.len() {
            1 => "let it read other events than its own output",
            _ => "let one of them read the events that the other reads, instead of its output",
        };
        let mut diagnostic = Diagnostic::new(Code::RuleCycle, rules[start].name().span, message).help(help);
        for (index, &rule) in circle.iter().enumerate() {
            let used = type_names(rules[rule])
                .into_iter()
                .find(|used| used.name == rules[circle[(index + 1) % circle.len()]].name().name);
            if let Some(used) = used {
                diagnostic =
                    diagnostic.label(used.span, format!("{} reads {} here", name(rule), path[index + 1]));
            }
        }
        context.report(diagnostic);
    }
}

/// A shortest way from a rule along the rules that it reads back to it.
fn circle_from(start: usize, reads: &[BTreeSet<usize>], stuck: &BTreeSet<usize>) -> Option<Vec<usize>> {
    let mut came_from: HashMap<usize, usize> = HashMap::new();
    let mut frontier = vec![start];
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for &rule in &frontier {
            for &read in reads[rule].intersection(stuck) {
                if read == start {
                    let back = std::iter::successors(Some(rule), |rule| came_from.get(rule).copied());
                    let mut path: Vec<usize> = back.collect();
                    path.reverse();
                    return Some(path);
                }
                if let std::collections::hash_map::Entry::Vacant(entry) = came_from.entry(read) {
                    entry.insert(rule);
                    next.push(read);
                }
            }
        }
        frontier = next;
    }
    None
}
