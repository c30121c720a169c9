//! Patterns: normal form, and what is refused.

use super::*;
use crate::hir::{Arrow, Deadline, Element, Sequence};

/// The normal form as text: `A`, `~B` after its arrow, `[x|y]`, `[x&y]`, `(x){n,m}`, `!N` before the part it guards.
fn form(sequence: &Sequence, program: &Program) -> String {
    let mut text = String::new();
    for (index, part) in sequence.parts.iter().enumerate() {
        if index > 0 {
            text += match part.arrow {
                Arrow::SkipTillNext => " -> ",
                Arrow::Strict => " => ",
                Arrow::SkipTillAny => " ~> ",
            };
        }
        for absence in &part.absent {
            text += &format!("!{} ", program.ty(absence.ty).name);
        }
        let sides = |sides: &[Sequence], sign| {
            let sides: Vec<String> = sides.iter().map(|side| form(side, program)).collect();
            format!("[{}]", sides.join(sign))
        };
        text += &match &part.element {
            Element::Step(step) => program.ty(step.ty).name.clone(),
            Element::Any(all) => sides(all, "|"),
            Element::All(all) => sides(all, "&"),
            Element::Repeat(repeat) => {
                let max = repeat.max.map_or(String::new(), |max| max.to_string());
                let greedy = if repeat.greedy { "+" } else { "" };
                format!("({}){{{},{max}}}{greedy}", form(&repeat.body, program), repeat.min)
            }
        };
    }
    text
}

#[track_caller]
fn normal(pattern: &str, expected: &str) {
    let program = program(&format!("pattern P match {pattern} emit {{ one: 1 }}"));
    let RuleBody::Pattern(rule) = &program.rules[0].body else { panic!("a pattern") };
    assert_eq!(form(&rule.body, &program), expected);
}

#[test]
fn groups_dissolve() {
    normal("A -> (B => C) ~> A", "A -> B => C ~> A");
    normal("A => (B -> C)", "A => B -> C");
    normal("A -> !B -> (C => A)", "A -> !B C => A");
    normal("(A -> B){1} -> C{1,1}", "A -> B -> C");
    normal("((A)) -> ((B -> C)){2}", "A -> (B -> C){2,2}");
    normal("A -> (B | (C | (A -> B)))", "A -> [B|C|A -> B]");
    normal("A & (B & C)", "[A&[B&C]]");
    normal("(A -> B) & C{2}+", "[A -> B&(C){2,2}]");
}

#[test]
fn negations_guard_what_follows() {
    normal("A -> !B -> !C => A", "A -> !B !C".replace("-> !B !C", "=> !B !C A").as_str());
    normal("A ~> !B ~> C", "A ~> !B C");
    normal("A -> B? -> !C -> A", "A -> (B){0,1} -> !C A");
    let rule =
        pattern("pattern P match !A[v > 1] for 5s -> !B for 2s -> C -> !A -> !B within 1m emit { one: 1 }");
    let holds: Vec<i64> = rule.leading.iter().map(|(_, hold)| *hold).collect();
    assert_eq!(holds, [5_000_000_000, 2_000_000_000]);
    let trailing = rule.trailing.expect("negations at the end");
    assert_eq!((trailing.absent.len(), trailing.deadline), (2, Deadline::Within));
    let rule = pattern("pattern P match A -> !B for 2s emit { one: 1 }");
    assert_eq!(rule.trailing.map(|trailing| trailing.deadline), Some(Deadline::After(2_000_000_000)));
    assert_eq!(rule.types.len(), 2, "negations count among the types");
}

#[test]
fn misplaced_negations() {
    let refused = |pattern: &str, expected: &[(Code, &str)]| {
        errors(&format!("pattern P match {pattern} within 1m emit {{ one: 1 }}"), expected)
    };
    refused("!A -> B", &[(Code::LeadingNegation, "!A")]);
    refused("!A for 5s", &[(Code::EmptyMatch, "!A for 5s")]);
    refused("A -> (!B -> C)", &[(Code::MisplacedNegation, "!B")]);
    refused("A -> (B -> !C){2}", &[(Code::MisplacedNegation, "!C")]);
    refused("A | (B -> !C[x > 1])", &[(Code::MisplacedNegation, "!C[x > 1]"), (Code::UnknownField, "x")]);
    refused("A -> !B for 5s -> C", &[(Code::NegationFor, "5s")]);
    refused("A -> !B for 5s -> !C", &[(Code::TrailingNegations, "!C")]);
    refused("A -> !B for 5s -> !C for 6s", &[(Code::TrailingNegations, "!C for 6s")]);
    refused("A => !B -> C", &[(Code::ArrowBeforeNegation, "=>")]);
    refused("A ~> !B", &[(Code::ArrowBeforeNegation, "~>")]);
    refused("!A for 1s => B", &[(Code::ArrowBeforeNegation, "=>")]);
}

#[test]
fn trailing_negations_need_a_time() {
    errors("pattern P match a: A -> !B", &[(Code::NegationNeedsTime, "!B")]);
    errors("pattern P match a: A -> !B within 5 events", &[(Code::NegationNeedsTime, "!B")]);
    errors("pattern P match a: A -> !B for 5s within 5 events", &[]);
}

#[test]
fn matches_need_an_event() {
    errors("pattern P match a: A*", &[(Code::EmptyMatch, "a: A*")]);
    errors("pattern P match a: A? -> b: B{0,5}", &[(Code::EmptyMatch, "a: A? -> b: B{0,5}")]);
    errors("pattern P match a: A -> (b: B? | c: C) -> d: A", &[(Code::EmptyMatch, "b: B?")]);
    errors("pattern P match a: A -> (b: B? & c: C) -> d: A", &[(Code::EmptyMatch, "b: B?")]);
    errors("pattern P match a: A -> (b: B?){2} -> d: A", &[(Code::EmptyMatch, "b: B?")]);
}

#[test]
fn counts() {
    errors("pattern P match a: A{0} -> b: B", &[(Code::BadRepetition, "{0}")]);
    errors("pattern P match a: A{5,2} -> b: B", &[(Code::BadRepetition, "{5,2}")]);
    errors(
        "pattern P match a: A{1001} -> b: B{2,1001}",
        &[(Code::RepetitionTooLong, "{1001}"), (Code::RepetitionTooLong, "{2,1001}")],
    );
    errors("pattern P match ((a: A{1000}){1000})", &[(Code::RepetitionTooLong, "(a: A{1000}){1000}")]);
    errors("pattern P match a: A{1000}", &[]);
    warnings("pattern P match a: A{3} within 2 events", &[(Code::NeverTrue, "within 2 events")]);
}

#[test]
fn greedy_ends() {
    errors("pattern P match a: A -> b: B++", &[(Code::GreedyEnd, "++")]);
    errors("pattern P match a: A -> b: B++ within 5 events", &[(Code::GreedyEnd, "++")]);
    errors("pattern P match a: A -> b: B++ within 5s", &[]);
    errors("pattern P match a: A -> b: B{3}+", &[]);
    errors("pattern P match a: A -> b: B*+ within 5s", &[]);
    errors("pattern P match a: A -> (b: B -> c: C)++ within 5s", &[(Code::GreedyEnd, "++")]);
    errors("pattern P match a: A -> b: B++ -> c: C? within 5s", &[(Code::GreedyEnd, "++")]);
    errors("pattern P match a: A -> b: B++ -> c: C", &[]);
    errors("pattern P match a: A -> b: B++ -> !C within 5s", &[(Code::GreedyEnd, "++")]);
    errors("pattern P match (a: A -> b: B++){2} -> c: C within 5s", &[(Code::GreedyEnd, "++")]);
    errors("pattern P match (a: A -> b: B++) & c: C within 5s", &[(Code::GreedyEnd, "++")]);
    errors("pattern P match a: A -> b: B? -> c: C*+ within 5s", &[(Code::GreedyEnd, "b: B?")]);
    errors("pattern P match a: A -> b: B? -> c: C++ within 5s", &[]);
}

#[test]
fn steps_that_never_take_an_event() {
    warnings(
        "pattern P match a: A -> b: B? -> c: C*",
        &[(Code::NeverTaken, "b: B?"), (Code::NeverTaken, "c: C*")],
    );
    warnings("pattern P match a: A -> b: B+", &[]);
    warnings("pattern P match a: A -> b: B? -> c: C", &[]);
}

#[test]
fn repeated_choices() {
    errors("pattern P match (a: A | b: B -> c: C){2}", &[(Code::MixedOperators, "->")]);
    errors("pattern P match (a: A | (b: B -> c: C)){2}", &[(Code::SideInRepetition, "b: B -> c: C")]);
    errors("pattern P match (a: A | b: B{2})+ -> c: C", &[(Code::SideInRepetition, "b: B{2}")]);
    errors("pattern P match (a: A | (b: B | c: C)){2}", &[]);
    errors("pattern P match (a: A & (b: B -> c: C)){2}", &[]);
}
