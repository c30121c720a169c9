//! Where operators run if there are several workers: what is divided, by what, and what is not.

use portent_compiler::compile;
use portent_compiler::diag::Diagnostics;
use portent_compiler::lir::Placement;

const EVENTS: &str = "\
event A { k: str, n: i64, v: f64, at: timestamp } time at
event B { k: str, n: i64, v: f64, at: timestamp } time at
";

/// The places of operators in order: `by k` names the fields of the first input, `in turn`, `beside`, `on N`.
fn places(rules: &str) -> Vec<String> {
    let source = format!("{EVENTS}{rules}");
    let mut diagnostics = Diagnostics::default();
    let Some(rules) = compile(&source, &mut diagnostics) else { panic!("{rules}: {diagnostics:?}") };
    let names = ["k", "n", "v", "at"];
    let name = |field: u32| names.get(field as usize).map_or("computed", |name| name);
    let place = |placement: &Placement| match placement {
        Placement::Whole(number) => format!("on {number}"),
        Placement::InTurn => "in turn".to_owned(),
        Placement::Beside => "beside".to_owned(),
        Placement::ByKey(keys) => {
            let keys: Vec<_> = keys.iter().map(|key| name(key.fields[0].0)).collect();
            format!("by {}", keys.join(" "))
        }
    };
    rules.lir.placements.iter().map(place).collect()
}

const PAIR: &str = "pattern P partition by k match a: A -> b: B within 10s emit { k: a.k, v: b.v }\n";

#[test]
fn rules_over_inputs_are_divided_by_their_key() {
    assert_eq!(places(PAIR), ["by k"]);
    assert_eq!(places("pattern P partition by k, n match a: A -> !B within 10s emit { k: a.k }"), ["by k n"]);
    assert_eq!(places("pattern P match a: A -> b: B within 10s"), ["on 0"]);
    // The operator, and the rule over its rows.
    assert_eq!(
        places("query Q from A window tumbling 1m group by n, k emit { n, k, c: count() }"),
        ["by n k", "beside"]
    );
    assert_eq!(
        places("query Q from A window last 3 group by upper(k) emit { c: count() }"),
        ["by computed", "beside"]
    );
    assert_eq!(places("query Q from A window tumbling 1m emit { c: count() }"), ["on 0", "on 0"]);
}

#[test]
fn what_has_no_state_is_divided_by_batches() {
    assert_eq!(places("query Q from A[v > 1.0] emit { v: v + 1.0 }"), ["in turn"]);
    assert_eq!(
        places("query Q from A[v > 1.0] emit { v }\nquery R from Q[v < 9.0] emit { w: v }"),
        ["in turn", "beside"]
    );
}

#[test]
fn rules_over_matches_are_beside_what_has_their_key() {
    let over = |rule: &str| places(&format!("{PAIR}{rule}"));
    assert_eq!(over("pattern O partition by k match x: P => y: P[v > x.v]"), ["by k", "beside"]);
    assert_eq!(over("query O from P[v > 1.0] emit { v }"), ["by k", "beside"]);
    // Another key, none, several types, a deadline, a window: whole, with what they read.
    assert_eq!(over("pattern O partition by v match x: P => y: P"), ["on 0", "on 0"]);
    assert_eq!(over("pattern O match x: P => y: P"), ["on 0", "on 0"]);
    assert_eq!(over("pattern O partition by k match x: P => y: A"), ["on 0", "on 0"]);
    assert_eq!(over("pattern O partition by k match x: P -> !P within 5s"), ["on 0", "on 0"]);
    assert_eq!(
        over("query O from P window tumbling 1m group by k emit { c: count() }"),
        ["on 0", "on 0", "on 0"]
    );
    // A query's groups are the partitions of what reads it.
    let query = "query Q from A window tumbling 1m group by k emit { who: k, c: count() }\n";
    assert_eq!(
        places(&format!("{query}pattern O partition by who match x: Q => y: Q[c > x.c]")),
        ["by k", "beside", "beside"]
    );
}

#[test]
fn the_key_of_what_reads_it_divides_what_has_no_state() {
    let clean = "query Clean from A[v > 1.0] emit { what: n, who: k, v }\n";
    assert_eq!(
        places(&format!("{clean}pattern O partition by who match x: Clean => y: Clean[v > x.v]")),
        ["by k", "on 0"].map(|place| place.replace("on 0", "beside"))
    );
    // Two that do not agree.
    let two = "pattern O partition by who match x: Clean => y: Clean\n\
               pattern R partition by what match x: Clean => y: Clean";
    assert_eq!(places(&format!("{clean}{two}")), ["on 0", "on 0", "on 0"]);
    // A key that is computed.
    assert_eq!(
        places(
            "query Upper from A emit { who: upper(k) }\n\
             pattern O partition by who match x: Upper => y: Upper"
        ),
        ["on 0", "on 0"]
    );
}

#[test]
fn a_key_that_a_match_may_lack_is_none() {
    let either = "pattern P partition by k match (a: A | b: B) -> A emit { k: a.k }\n";
    let over = "pattern O partition by k match x: P => y: P";
    assert_eq!(places(&format!("{either}{over}")), ["on 0", "on 0"]);
    let first = "pattern P partition by k match a: A{2,} -> b: B emit { k: first(a).k }\n";
    assert_eq!(places(&format!("{first}{over}")), ["by k", "beside"]);
}

#[test]
fn bounds_over_all_partitions_keep_a_rule_whole() {
    let with = |limit: &str| places(&PAIR.replace("emit", &format!("limit {limit} emit")));
    assert_eq!(with("partitions 100"), ["on 0"]);
    assert_eq!(with("runs 10 fail"), ["on 0"]);
    assert_eq!(with("runs 10"), ["by k"]);
}

#[test]
fn what_is_whole_is_on_workers_in_turn() {
    let two = "pattern P match a: A -> b: B within 10s emit { v: b.v }\n\
               query Q from A emit { v }\n\
               pattern R match a: B -> b: B within 10s\n\
               query S from P emit { w: v }\n";
    assert_eq!(places(two), ["on 0", "in turn", "on 2", "on 0"]);
}
