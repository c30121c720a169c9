//! What is hard about single patterns.

use super::build::*;
use crate::hir::{AfterMatch, AggOp, Arrow, Bound, Deadline, Element, FieldId, Part, Policy, VarId, Within};
use crate::oracle::Limited;
use crate::scalar::Compare;

#[test]
fn copies_wait_behind_their_runs() {
    let chain = || pattern("ABC", [next(step(0, A)), any_later(step(1, B)), any_later(step(2, C))]);
    assert_eq!(
        chain().finds("A1 B2 B3 C4 C5"),
        "(1,2,4)@3 (1,3,4)@3 (1,2,5)@4 (1,3,5)@4",
        "a run passes a second B that its copy takes"
    );
    assert_eq!(chain().skip(AfterMatch::ToNext).finds("A1 B2 B3 C4 C5"), "(1,2,4)@3");
}

#[test]
fn the_bound_on_runs() {
    let ab = |max, policy| {
        let pattern = pattern("AB", [next(step(0, A)), next(step(1, B))]);
        pattern.change(|rule| rule.limits.runs = Bound { max, policy })
    };
    let oldest = ab(2, Policy::DropOldest).outcome("A1 A2 A3 B4");
    assert_eq!((show(&oldest.matches).as_str(), oldest.dropped.runs), ("(2,4)@3 (3,4)@3", 1));
    let new = ab(2, Policy::DropNew).outcome("A1 A2 A3 B4");
    assert_eq!((show(&new.matches).as_str(), new.dropped.runs), ("(1,4)@3 (2,4)@3", 1));
    let fail = ab(2, Policy::Fail).outcome("A1 B2 A3 A4 A5 B6");
    assert_eq!(show(&fail.matches), "(1,2)@1");
    assert_eq!(fail.error.map(|error| (error.what, error.limit)), Some((Limited::Runs, 2)));
    let copy = pattern("AB", [next(step(0, A)), any_later(step(1, B))])
        .change(|rule| rule.limits.runs = Bound { max: 1, policy: Policy::DropOldest });
    assert_eq!(copy.finds("A1 B2 B3"), "(1,2)@1", "the copy gives way to the run that takes");
}

#[test]
fn skips_end_the_runs_they_name() {
    let abb =
        || pattern("AaB", [next(step(0, A)), next(repeat(step(1, A), 2, Some(2), false)), next(step(2, B))]);
    assert_eq!(abb().finds("A1 A2 A3 A4 B5"), "(1,[2,3],5)@4 (2,[3,4],5)@4");
    let to_first = abb().skip(AfterMatch::ToFirst(VarId(1)));
    assert_eq!(to_first.finds("A1 A2 A3 A4 B5"), "(1,[2,3],5)@4 (2,[3,4],5)@4", "A2 is not before A2");
    let to_last = abb().skip(AfterMatch::ToLast(VarId(1)));
    assert_eq!(to_last.finds("A1 A2 A3 A4 B5"), "(1,[2,3],5)@4", "A2 is before A3");
    let past_last = pattern("A", [next(step(0, A))]).skip(AfterMatch::PastLast);
    assert_eq!(past_last.finds("A1 A2"), "(1)@0 (2)@1");
}

#[test]
fn where_ends_the_run_without_a_skip() {
    let rule = pattern("AB", [next(step(0, A)), next(step(1, B))]).skip(AfterMatch::PastLast);
    let rule = rule.change(|rule| rule.filter = Some(compare(Compare::Lt, v_of(0), v_of(1))));
    assert_eq!(rule.finds("A5 A1 B3 B9"), "(1,3)@2", "the run of A5 is over at B3");
}

#[test]
fn deadlines_complete_in_their_own_order() {
    let rule =
        || pattern("AB", [next(step(0, A)), next(step(1, B))]).trailing(C, Deadline::After(10 * SECOND));
    assert_eq!(rule().finds("A1@0 B2@1 A3@2 B4@3"), "(1,2)@11 (3,4)@13");
    assert_eq!(rule().finds("A1@0 B2@1 C3@11"), "", "an event at exactly the deadline counts");
    assert_eq!(rule().finds("A1@0 B2@1 C3@12"), "(1,2)@11");
    let bounded = rule().within(1);
    assert_eq!(bounded.finds("A1@0 B2@1 A3@5 B4@9"), "(1,2)@11", "within bounds the steps alone");
}

#[test]
fn a_skip_at_a_deadline_ends_other_runs() {
    let rule = pattern("A", [next(step(0, A))]).within(5).trailing(B, Deadline::Within);
    assert_eq!(rule.skip(AfterMatch::PastLast).finds("A1@0 A2@3 C3@20"), "(1)@5 (2)@8", "A2 began after A1");
    let rule = pattern("AB", [next(step(0, A)), next(step(1, B))]).within(5).trailing(C, Deadline::Within);
    assert_eq!(rule.skip(AfterMatch::PastLast).finds("A1@0 A2@1 B3@3"), "(1,3)@5");
}

#[test]
fn leading_absences_look_back() {
    let rule =
        || pattern("A", [next(step(0, A))]).change(|rule| rule.leading = vec![(absence(B), 5 * SECOND)]);
    assert_eq!(rule().finds("A1@0 B2@1 A3@6 A4@7"), "(1)@0 (4)@7");
    let itself =
        pattern("A", [next(step(0, A))]).change(|rule| rule.leading = vec![(absence(A), 5 * SECOND)]);
    assert_eq!(itself.finds("A1@0 A2@0 A3@5 A4@11"), "(1)@0 (4)@11");
}

#[test]
fn within_events_counts_those_of_the_pattern() {
    let rule = |types: &[crate::hir::TypeId]| {
        let rule = pattern("AB", [next(step(0, A)), next(step(1, B))]).types(types);
        rule.change(|rule| rule.within = Some(Within::Events(2)))
    };
    assert_eq!(rule(&[A, B, C]).finds("A1 C2 B3 A4 B5"), "(4,5)@4");
    assert_eq!(rule(&[A, B]).finds("A1 C2 B3 A4 B5"), "(1,3)@2 (4,5)@4");
}

#[test]
fn a_greedy_end_waits_for_within() {
    let rule = |arrow| {
        let some = Part { arrow, ..next(repeat(step(1, B), 1, None, true)) };
        pattern("Ab", [next(step(0, A)), some]).within(5)
    };
    assert_eq!(rule(Arrow::SkipTillNext).finds("A1@0 B2@1 C3@2 B4@5 B5@6"), "(1,[2,4])@5");
    assert_eq!(rule(Arrow::Strict).finds("A1@0 B2@1 B3@2 C4@3 B5@4"), "(1,[2,3])@3", "ended by C");
    assert_eq!(rule(Arrow::Strict).finds("A1@0 C2@1 B3@2"), "", "ended before its minimum");
    let reluctant = pattern("Ab", [next(step(0, A)), next(repeat(step(1, B), 2, None, false))]);
    assert_eq!(reluctant.finds("A1 B2 B3 B4"), "(1,[2,3])@2");
    let optional = pattern("Ab", [next(step(0, A)), next(repeat(step(1, B), 0, None, true))]).within(5);
    assert_eq!(optional.finds("A1@0 C2@9"), "(1,[])@5");
}

#[test]
fn closed_ways_stay_closed_until_another_iteration() {
    let rule =
        || pattern("AbC", [next(step(0, A)), next(repeat(step(1, B), 0, None, false)), strict(step(2, C))]);
    assert_eq!(rule().finds("A1 C2"), "(1,[],2)@1");
    assert_eq!(rule().finds("A1 A2 C3"), "(2,[],3)@2", "A2 closed the way out of the first run");
    assert_eq!(rule().finds("A1 A2 B3 C4"), "(1,[3],4)@3 (2,[3],4)@3", "B3 opened it again");
}

#[test]
fn absences_behind_what_may_be_left_are_pending() {
    let rule = || {
        let b = next(repeat(step(1, B), 0, None, false));
        pattern("Ab", [next(step(0, A)), b, without(C, step_if(0, A, compare(Compare::Gt, v(), int(5))))])
    };
    assert_eq!(rule().finds("A1 C2 A7"), "");
    assert_eq!(rule().outcome("A1 B2 A7").matches.len(), 1);
}

#[test]
fn an_iteration_sees_its_own_events() {
    // (a: A -> b: B[v > a.v]){2,}, completed at its minimum.
    let rising = step_if(1, B, compare(Compare::Gt, v(), v_of(0)));
    let pair = sequence([next(step(0, A)), next(rising)]);
    let rule = pattern("ab", [next(group(pair, 2))]);
    assert_eq!(rule.finds("A1 B2 A5 B3 B6"), "([1,5],[2,6])@4");
    // (a: A? -> b: B[v > a.v ?? 9])+ -> C: a of the first iteration is not that of the second.
    let optional = next(repeat(step(0, A), 0, Some(1), false));
    let above = compare(Compare::Gt, v(), crate::hir::Expr::coalesce(v_of(0), int(9)));
    let body = sequence([optional, next(step_if(1, B, above))]);
    let rule = pattern("abC", [next(group(body, 1)), next(step(2, C))]);
    assert_eq!(rule.finds("A1 B2 B3 C4"), "([1],[2],4)@3", "B3 is not above 9");
}

#[test]
fn guards_see_what_was_bound_before() {
    let last = aggregate_v(AggOp::Last, 1);
    let rising = step_if(1, B, compare(Compare::Gt, v(), crate::hir::Expr::coalesce(last, v_of(0))));
    let rule = pattern("AbC", [next(step(0, A)), next(repeat(rising, 1, None, false)), next(step(2, C))]);
    assert_eq!(rule.finds("A5 B4 B6 B6 B8 C0"), "(5,[6,8],0)@5");
}

#[test]
fn the_leftmost_done_side_wins_and_others_are_unbound() {
    // a: A -> (b: B -> c: C | d: B)
    let sides = vec![sequence([next(step(1, B)), next(step(2, C))]), sequence([next(step(3, B))])];
    let rule = pattern("ABCB", [next(step(0, A)), next(Element::Any(sides))]);
    assert_eq!(rule.finds("A1 B2 C3"), "(1,-,-,2)@1");
    // b: B => c: C | d: C, the first event decides.
    let sides = vec![sequence([next(step(0, B)), strict(step(1, C))]), sequence([next(step(2, C))])];
    assert_eq!(pattern("BCC", [next(Element::Any(sides))]).finds("B1 A2 C3"), "(-,-,3)@2");
    // In a repetition a side keeps what earlier iterations bound.
    let sides = vec![sequence([next(step(0, A))]), sequence([next(step(1, B))])];
    let rule = pattern("abC", [next(repeat(Element::Any(sides), 2, None, false)), next(step(2, C))]);
    assert_eq!(rule.finds("A1 B2 A3 C4"), "([1,3],[2],4)@3 ([3],[2],4)@3");
}

#[test]
fn sides_of_all_use_an_event_once_and_keep_their_arrows() {
    let all = |first: Part| vec![sequence([next(step(0, A)), first]), sequence([next(step(2, B))])];
    let rule = |first| pattern("ABB", [next(Element::All(all(first)))]);
    assert_eq!(rule(next(step(1, B))).finds("A1 B2 B3"), "(1,2,3)@2");
    assert_eq!(rule(strict(step(1, B))).finds("A1 C2 B3 B4 B5"), "", "C2 fits nothing");
    assert_eq!(
        rule(strict(step(1, B))).finds("B1 C2 A3 B4"),
        "(3,4,1)@3",
        "a side that has not begun ignores C2"
    );
}

#[test]
fn partitions_are_apart_and_null_is_a_key() {
    let rule = || {
        let rule = pattern("AB", [next(step(0, A)), next(step(1, B))]);
        rule.change(|rule| rule.keys = vec![vec![FieldId(1); 3]])
    };
    assert_eq!(rule().finds("A1/x A2/y B3/y A4 B5/x B6"), "(2,3)@2 (1,5)@4 (4,6)@5");
    let bounded = rule().change(|rule| rule.limits.partitions = Bound { max: 1, policy: Policy::DropNew });
    let outcome = bounded.outcome("A1/x A2/y B3/y B4/x");
    assert_eq!(
        (show(&outcome.matches).as_str(), outcome.dropped.events),
        ("(1,4)@3", 1),
        "B3 would hold nothing"
    );
}

#[test]
fn a_repetition_too_long_to_keep_ends_the_run() {
    let rule = pattern("AbC", [next(step(0, A)), next(repeat(step(1, B), 1, None, false)), next(step(2, C))]);
    let rule = rule.change(|rule| rule.limits.repetition = Bound { max: 2, policy: Policy::DropNew });
    let outcome = rule.outcome("A1 B2 B3 A4 B5 B6 C7");
    assert_eq!((show(&outcome.matches).as_str(), outcome.dropped.repetitions), ("(4,[5,6],7)@6", 1));
}
