//! The worked examples of the documentation, and what is hard about patterns, on programs built by hand.

mod build;
mod patterns;
mod program;

use crate::hir::{AfterMatch, Arrow, Deadline, Element, Part};
use crate::scalar::Compare;
use build::*;

#[test]
fn worked_examples_of_arrows() {
    let ab = |arrow| {
        let b = Part { arrow, ..next(step(1, B)) };
        pattern("AB", [next(step(0, A)), b])
    };
    assert_eq!(ab(Arrow::SkipTillNext).finds("A1 A2 B3 B4"), "(1,3)@2 (2,3)@2", "1");
    assert_eq!(ab(Arrow::Strict).finds("A1 A2 B3"), "(2,3)@2", "2");
    assert_eq!(ab(Arrow::SkipTillAny).finds("A1 B2 B3"), "(1,2)@1 (1,3)@2", "3");
    let rising = step_if(1, B, compare(Compare::Gt, v(), v_of(0)));
    assert_eq!(pattern("AB", [next(step(0, A)), next(rising)]).finds("A5 B3 B9"), "(5,9)@2", "4");
    let aa = || pattern("AA", [next(step(0, A)), next(step(1, A))]);
    assert_eq!(aa().finds("A1 A2 A3"), "(1,2)@1 (2,3)@2", "12");
    assert_eq!(aa().skip(AfterMatch::PastLast).finds("A1 A2 A3 A4"), "(1,2)@1 (3,4)@3", "13");
    let soon = ab(Arrow::SkipTillNext).within(5);
    assert_eq!(soon.finds("A1@0 B2@5 A3@10 B4@16"), "(1,2)@5", "14");
}

#[test]
fn worked_examples_of_negation() {
    let not_between = pattern("AB", [next(step(0, A)), without(C, step(1, B))]);
    assert_eq!(not_between.finds("A1 C2 A3 B4"), "(3,4)@3", "5");
    let not_after = pattern("A", [next(step(0, A))]).within(5).trailing(B, Deadline::Within);
    assert_eq!(not_after.finds("A1@0 B2@3 A3@10 C4@20"), "(3)@15", "11");
}

#[test]
fn worked_examples_of_repetition() {
    let twice = pattern("bC", [next(repeat(step(0, B), 2, Some(2), false)), next(step(1, C))]);
    assert_eq!(twice.finds("B1 B2 B3 C4"), "([1,2],4)@3 ([2,3],4)@3", "6");
    let some = pattern("AbC", [next(step(0, A)), next(repeat(step(1, B), 1, None, false)), next(step(2, C))]);
    assert_eq!(some.finds("A1 B2 B3 C4 B5 C6"), "(1,[2,3],4)@3", "7");
    let overlapping = |greedy| {
        let low = step_if(1, B, compare(Compare::Lt, v(), int(9)));
        let high = step_if(2, B, compare(Compare::Gt, v(), int(5)));
        pattern("AbB", [next(step(0, A)), next(repeat(low, 1, None, greedy)), next(high)])
    };
    assert_eq!(overlapping(false).finds("A1 B2 B7 B8"), "(1,[2],7)@2", "8");
    assert_eq!(overlapping(true).finds("A1 B2 B7 B9"), "(1,[2,7],9)@3", "9");
}

#[test]
fn worked_examples_of_groups() {
    let sides = || vec![sequence([next(step(0, A))]), sequence([next(step(1, B))])];
    let both = pattern("ABC", [next(Element::All(sides())), next(step(2, C))]);
    assert_eq!(both.finds("B1 A2 C3"), "(2,1,3)@2", "10");
    let either = Element::Any(vec![sequence([next(step(1, B))]), sequence([next(step(2, C))])]);
    assert_eq!(pattern("ABC", [next(step(0, A)), next(either)]).finds("A1 C2 B3"), "(1,-,2)@1", "15");
}
