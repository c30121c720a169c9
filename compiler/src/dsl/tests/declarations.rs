//! Events, patterns and queries: every clause and operator of the language.

use super::{CARDS, codes, compare, mistake, parsed};
use crate::ast::*;

fn pattern(source: &str) -> PatternRule {
    match parsed(source).items.remove(0) {
        Item::Pattern(rule) => rule,
        other => panic!("{other:?}"),
    }
}

fn matched(source: &str) -> Pattern {
    pattern(&format!("pattern P match {source}")).pattern.value
}

fn query(clauses: &str) -> QueryRule {
    match parsed(&format!("query Q from A {clauses}")).items.remove(0) {
        Item::Query(rule) => rule,
        other => panic!("{other:?}"),
    }
}

/// The form of a pattern, in prefix notation.
fn form(pattern: &Pattern) -> String {
    let all = |patterns: &[Pattern]| patterns.iter().map(form).collect::<Vec<_>>().join(" ");
    match &pattern.kind {
        PatternKind::Step(step) => step_form(step),
        PatternKind::Alternatives(sides) => format!("(| {})", all(sides)),
        PatternKind::All(sides) => format!("(& {})", all(sides)),
        PatternKind::Repeat(inner, quantifier) => {
            let greedy = if quantifier.greedy { " greedy" } else { "" };
            let max = quantifier.max.map_or("".to_string(), |max| max.to_string());
            format!("(repeat {}..{max}{greedy} {})", quantifier.min, form(inner))
        }
        PatternKind::Sequence { first, rest } => {
            let rest =
                rest.iter().map(|(arrow, next)| format!(" {} {}", arrow.value.symbol(), element_form(next)));
            format!("({}{})", element_form(first), rest.collect::<String>())
        }
    }
}

fn element_form(element: &Element) -> String {
    match element {
        Element::Match(pattern) => form(pattern),
        Element::Not(negation) => {
            let hold = negation.hold.as_ref().map(|hold| format!(" for {}", hold.value)).unwrap_or_default();
            format!("!{}{hold}", step_form(&negation.step))
        }
    }
}

fn step_form(step: &Step) -> String {
    let variable = step.variable.as_ref().map(|variable| format!("{}:", variable.name)).unwrap_or_default();
    format!("{variable}{}{}", step.ty.name, if step.guard.is_some() { "[]" } else { "" })
}

#[test]
fn the_documented_file() {
    let file = parsed(CARDS);
    let names: Vec<&str> = file.items.iter().map(|item| item.name().name.as_str()).collect();
    assert_eq!(names, ["Auth", "CardTesting", "ImpossibleTravel", "Abandoned", "Spend", "SpendJump"]);
    let Item::Event(auth) = &file.items[0] else { panic!("an event") };
    assert_eq!(auth.doc, "A card authorisation.");
    assert_eq!(auth.fields[4].ty.unit, Some(TimeUnit::Ms));
    assert_eq!(auth.lateness.as_ref().map(|clause| clause.value), Some(5_000_000_000));
}

#[test]
fn operators_of_patterns() {
    let cases = [
        ("a: A", "a:A"),
        ("A[x > 1]", "A[]"),
        ("a: A -> b: B => c: C ~> d: D", "(a:A -> b:B => c:C ~> d:D)"),
        ("A{2}", "(repeat 2..2 A)"),
        ("A{ 2 , }", "(repeat 2.. A)"),
        ("A{2,5}+", "(repeat 2..5 greedy A)"),
        ("A{2}+", "(repeat 2..2 greedy A)"),
        ("A[x]+ -> B++", "((repeat 1.. A[]) -> (repeat 1.. greedy B))"),
        ("A* -> B*+", "((repeat 0.. A) -> (repeat 0.. greedy B))"),
        ("A? -> B?+", "((repeat 0..1 A) -> (repeat 0..1 greedy B))"),
        ("(A -> B){3}", "(repeat 3..3 (A -> B))"),
        ("(A{2}){3}", "(repeat 3..3 (repeat 2..2 A))"),
        ("(A | B | C) -> (D & E)", "((| A B C) -> (& D E))"),
        ("A | (B | C)", "(| A (| B C))"),
        ("((A)) -> (B -> C)", "(A -> (B -> C))"),
        ("A -> !N -> B", "(A -> !N -> B)"),
        ("A -> !N[x] for 5s", "(A -> !N[] for 5000000000)"),
        ("!N for 1m -> A", "(!N for 60000000000 -> A)"),
        ("!N", "(!N)"),
        ("to: A -> from: B", "(to:A -> from:B)"),
    ];
    compare(&cases, |source| form(&matched(source)));
}

#[test]
fn mistakes_in_patterns() {
    let cases = [
        (
            "A -> B | C",
            "P0401 `->` and `|` do not mix; write the parentheses that are meant, such as `A -> (B | C)`",
        ),
        (
            "A & B => C",
            "P0401 `&` and `=>` do not mix; write the parentheses that are meant, such as `(A & B) => C`",
        ),
        (
            "A | B & C",
            "P0401 `|` and `&` do not mix; write the parentheses that are meant, such as `(A | B) & C`",
        ),
        ("A | !B", "P0402 a negation cannot be a side of `|`; put it into a sequence: `A -> !N -> B`"),
        ("A -> !(B | C) -> D", "P0402 only a single step is negated; negate each: `A -> !B -> !C -> D`"),
        (
            "A -> !B+ -> C",
            "P0402 a negation is not repeated; remove the quantifier: one such event is enough to end the run",
        ),
        (
            "A -> (!B) -> C",
            "P0402 a negation stands in a sequence, not in parentheses by itself; remove the parentheses: `A -> !N -> B`",
        ),
        (
            "A for 5s -> C",
            "P0402 `for` belongs to a negation; write `!N for D`, or bound the whole match by `within D`",
        ),
        ("A -> !b: B -> C", "P0407 a negation binds no variable; write `!B`"),
        (
            "A{3,2}",
            "P0405 the bounds of the repetition are the wrong way round; write the smaller number first",
        ),
        ("A{0}", "P0405 the repetition takes no event at all; leave the step out"),
        (
            "A{2}{3}",
            "P0406 a step takes one quantifier; group to repeat a repetition: `(B{2}){3}`; a single `+` behind a quantifier makes it greedy",
        ),
        ("A{5000000000}", "P0105 the number is at most 4294967295; write a smaller one"),
        ("A -> !B for 5", "P0106 a duration needs a unit; write a unit behind it, such as `5s`"),
        ("A -> !B for 0s", "P0106 the duration is zero; write a longer one"),
        (
            "a: A, b: B",
            "P0101 unexpected `,`: expected a quantifier, `[`, an arrow, another clause, `for` or the next declaration; steps are joined by arrows: `a: A -> b: B`",
        ),
        ("a = A", "P0108 a variable is bound by `:`; write `a: Type`"),
        (
            "A(x > 5)",
            "P0101 unexpected `(`: expected a quantifier, `[`, `:`, an arrow, another clause, `for` or the next declaration; a guard is written in brackets: `A[price > 5.0]`",
        ),
        ("A && B", "P0108 `&&` is no operator here; write `and` between conditions, `&` between patterns"),
        ("A ->", "P0101 the pattern ends too early: expected a step; "),
        ("A -> within 5s", "P0101 unexpected `within`: expected a step; "),
    ];
    compare(&cases, |source| mistake(&format!("pattern P match {source}")));
}

#[test]
fn clauses_of_patterns() {
    let rule = pattern(
        "pattern P partition by Tick.symbol = Order.sym = Halt.s, `where` match a: A -> b: B where a.x < b.x \
         within 5 events after match skip to last b limit runs 10 drop oldest, partitions 5 fail, repetition 1_000, \
         partition idle 1h30m emit { a.x, n: b.y + 1, b, }",
    );
    let partition = rule.partition.expect("a key").value;
    assert!(
        matches!(&partition[0], PartitionItem::Equal(fields) if fields.len() == 3 && fields[2].field.name == "s")
    );
    assert!(matches!(&partition[1], PartitionItem::Field(field) if field.name == "where"));
    assert_eq!(rule.within.expect("a bound").value, Within::Events(5));
    assert!(matches!(rule.skip.expect("a skip").value, AfterMatch::ToLast(variable) if variable.name == "b"));
    let limits = rule.limits.expect("limits").value;
    let limits: Vec<_> = limits
        .iter()
        .map(|limit| (limit.what, limit.bound.value, limit.policy.as_ref().map(|policy| policy.value)))
        .collect();
    assert_eq!(
        limits,
        [
            (LimitKind::Runs, 10, Some(LimitPolicy::DropOldest)),
            (LimitKind::Partitions, 5, Some(LimitPolicy::Fail)),
            (LimitKind::Repetition, 1000, None),
            (LimitKind::Idle, 5_400_000_000_000, None),
        ]
    );
    assert_eq!(rule.emit.expect("an emit").value.len(), 3);
    for (skip, expected) in
        [("none", AfterMatch::None), ("to next", AfterMatch::ToNext), ("past last", AfterMatch::PastLast)]
    {
        let rule = pattern(&format!("pattern P match A after match skip {skip}"));
        assert_eq!(rule.skip.map(|clause| clause.value), Some(expected));
    }
}

#[test]
fn clauses_of_queries() {
    let rule =
        query("window hopping 10m every 1m offset 30s group by a, b + 1 having n > 1 emit { a, n: count() }");
    let minute = 60_000_000_000;
    let hopping = Window::Hopping { size: 10 * minute, every: minute, offset: Some(minute / 2) };
    assert_eq!(rule.window.map(|clause| clause.value), Some(hopping));
    assert_eq!(rule.group_by.expect("keys").value.len(), 2);
    assert!(rule.having.is_some());
    for (window, expected) in [
        ("tumbling 1m", Window::Tumbling { size: minute, offset: None }),
        ("tumbling 1m offset 0s", Window::Tumbling { size: minute, offset: Some(0) }),
        ("sliding 1m", Window::Sliding { size: minute }),
        ("session 1m", Window::Session { gap: minute, max: None }),
        ("session 1m max 2m", Window::Session { gap: minute, max: Some(2 * minute) }),
        ("last 5", Window::Last(5)),
        ("batch 5", Window::Batch(5)),
    ] {
        let rule = query(&format!("window {window} emit {{}}"));
        assert_eq!(rule.window.map(|clause| clause.value), Some(expected), "{window}");
    }
    assert!(query("window batch 5 emit partial { n: count() }").emit.value.partial);
}

#[test]
fn events_with_documentation_and_time() {
    let file = parsed(
        "/// One.\n///\n///  Two.\nevent E { /// F.\n f: str?, /// G.\n g: timestamp, } time (g + 1s) lateness 0s",
    );
    let Item::Event(event) = &file.items[0] else { panic!("an event") };
    assert_eq!(event.doc, "One.\n\n Two.");
    assert_eq!(event.fields[0].doc, "F.");
    assert!(event.fields[0].ty.nullable && event.fields[1].ty.unit.is_none());
    assert!(matches!(event.time.as_ref().expect("a time").value.kind, ExprKind::Binary(..)));
    parsed("event Empty {}");
    parsed("");
    parsed("// nothing but a comment");
}

#[test]
fn clause_mistakes() {
    let cases = [
        ("pattern P within 5s match A", "P0110"),
        ("pattern P match A within 5s within 6s", "P0111"),
        ("pattern P within 5s", "P0112"),
        ("query Q from A", "P0112"),
        ("query Q emit { x }", "P0112"),
        ("query Q emit { x } from A", "P0110"),
        ("event E { x: i64 } lateness 5s time x", "P0110"),
        ("event E { x: i64 } time x;", "P0108"),
        ("pattern P match A; within 5s;", "P0108 P0108"),
        ("pattern P match A emit { x + 1 }", "P0211"),
        ("pattern P match A emit partial { x }", "P0506"),
        ("query Q from A window last 5 emit partial { x }", "P0506"),
        ("query Q from a: A emit { x }", "P0101"),
        ("pattern P match A within 5", "P0106"),
        ("pattern P match A within 0s", "P0106"),
        ("pattern P match A within 0 events", "P0105"),
        ("pattern P match A within 5s events", "P0105"),
        ("pattern P match A limit runs 0", "P0605"),
        ("pattern P match A limit runs 5, runs 6", "P0605"),
        ("pattern P match A limit partitions 5 drop oldest", "P0605"),
        ("pattern P partition by a.b match A", "P0101"),
        ("pattern P partition by A.b = b match A", "P0101"),
        ("pattern P partition by A.b == B.b match A", "P0108"),
        ("query Q from A window last 5s emit { x }", "P0105"),
        ("query Q from A window tumbling 5 emit { x }", "P0106"),
        ("event E { x: i64(ms) }", "P0310"),
        ("event E { x: timestamp(sec) }", "P0212"),
        ("event E { x: strin }", "P0209"),
        ("pattern P match A emit { n: count(distinct) }", "P0101"),
    ];
    compare(&cases, |source| codes(source).join(" "));
}
