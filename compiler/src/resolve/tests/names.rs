//! Names: of events, fields, rules; and the order of rules.

use super::*;
use crate::hir::Source;
use crate::scalar::{Kind, Type};

#[test]
fn unknown_names_are_reported_once_and_hide_nothing() {
    errors(
        "pattern P match a: Aa[x > 1] -> b: B[vv > a.y and a.z == zz]\npattern Q match b: B[w > \"x\"]",
        &[
            (Code::UnknownEvent, "Aa"),
            (Code::UnknownField, "vv"),
            (Code::UnknownField, "zz"),
            (Code::TypeMismatch, ">"),
        ],
    );
}

#[test]
fn broken_declarations_are_known() {
    errors(
        "event D { x: , }\npattern P match d: D[x > 1 and y] emit { z: d.x + 1 }",
        &[(Code::UnexpectedToken, ",")],
    );
}

#[test]
fn near_names_are_suggested() {
    let (_, diagnostics) =
        run("event Tick { price: f64 } pattern P match t: Tock[prize > 1.0] -> u: Tick[prize > 1.0]");
    let helps: Vec<&str> = diagnostics.iter().filter_map(|diagnostic| diagnostic.help.as_deref()).collect();
    assert_eq!(helps, ["did you mean `Tick`?", "did you mean `price`?"]);
}

#[test]
fn declared_twice() {
    errors(
        "event D { x: i64, x: f64 }\npattern D match a: A emit { v: a.v }\npattern P match d: D[x > 0]",
        &[(Code::DuplicateField, "x"), (Code::DuplicateDeclaration, "D")],
    );
}

#[test]
fn event_time() {
    errors("event D { x: i64 } time x", &[(Code::TimeType, "x")]);
    errors("event D { x: i64 } time (y as timestamp)", &[(Code::UnknownField, "y")]);
    errors("event D { x: i64 } lateness 5s", &[(Code::LatenessWithoutTime, "lateness 5s")]);
    let program = program(
        "event D { x: i64, t: timestamp(us)? } time (x as timestamp + 5s) lateness 2s event E { t: timestamp? } time t",
    );
    let Source::Input { time, lateness } = &program.types[3].source else { panic!("an input") };
    assert_eq!(time.as_ref().map(Expr::ty), Some(Type::nullable(Kind::Timestamp)));
    assert_eq!(*lateness, 2_000_000_000);
    assert_eq!(program.types[3].fields[1].unit, portent_rt::TimeUnit::Micros);
    assert_eq!(program.types[3].fields[1].ty, Type::nullable(Kind::Timestamp));
}

#[test]
fn rules_are_ordered_by_what_they_read() {
    let program = program(
        "pattern Third match a: Second[n > 0] emit { n: a.n }
         pattern Second match a: First -> !Zeroth -> b: First within 5m emit { n: b.n }
         pattern First match a: A emit { n: a.v, whole: a }
         pattern Zeroth match a: A emit { n: a.v }",
    );
    let names: Vec<&str> = program.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["First", "Zeroth", "Second", "Third"]);
    for (index, rule) in program.rules.iter().enumerate() {
        assert_eq!(program.ty(rule.output).source, Source::Rule(crate::hir::RuleId(index as u32)));
        assert_eq!(program.ty(rule.output).name, rule.name);
    }
    let fields: Vec<&str> = program.types[3].fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(fields, ["n"], "only what is one value can be read");
}

#[test]
fn circles() {
    errors("pattern P match p: P[n > 0] emit { n: p.n }", &[(Code::RuleCycle, "P")]);
    let rules = "pattern P match q: Q emit { n: q.n }
                 query Q from R emit { n }
                 pattern R match p: P -> a: A[vv > 1] emit { n: p.n }
                 pattern S match r: R[q > 1] emit { v: r.n }";
    errors(rules, &[(Code::RuleCycle, "P"), (Code::UnknownField, "vv"), (Code::UnknownField, "q")]);
    let (_, diagnostics) = run(&format!("{EVENTS}{rules}"));
    let circle = diagnostics.iter().find(|diagnostic| diagnostic.code == Code::RuleCycle).expect("reported");
    assert!(circle.message.ends_with("`P` reads `Q` reads `R` reads `P`"), "{}", circle.message);
}

#[test]
fn outputs_that_cannot_be_read() {
    errors(
        "pattern P match a: A{2} -> b: B emit { a, b, vs: collect(a.v), bad: a.v, n: count(a) }
         pattern Q match p: P[a.v > 1 and vs == 3 and b == 4 and bad == 5 and n > 2]",
        &[
            (Code::RepeatedVariable, "a.v"),
            (Code::NotReadable, "a"),
            (Code::NotReadable, "vs"),
            (Code::NotReadable, "b"),
        ],
    );
}
