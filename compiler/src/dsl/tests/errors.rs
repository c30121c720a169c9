//! Recovery, and the messages for what the grammar does not match.

use super::{codes, compare, mistake};
use crate::diag::{Code, Diagnostics};
use crate::dsl::parse;

#[test]
fn one_bad_declaration_does_not_hide_the_others() {
    let source = "event A { x: i64 y: i64 }\npattern P match a: A -> \nquery Q from A emit { x }\nevent B { z: money }";
    let mut diagnostics = Diagnostics::new();
    let file = parse(source, &mut diagnostics);
    let names: Vec<&str> = file.items.iter().map(|item| item.name().name.as_str()).collect();
    let broken: Vec<&str> = file.broken.iter().map(|ident| ident.name.as_str()).collect();
    assert_eq!(names, ["Q"]);
    assert_eq!(broken, ["A", "P", "B"]);
    assert_eq!(
        diagnostics.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(),
        ["P0101", "P0101", "P0209"]
    );
}

#[test]
fn several_mistakes_of_one_declaration() {
    let source = "pattern P within 5min match a: A[x = 1 && y == 'z'] -> b: B{3,2} emit { a.x, x + 1 }";
    assert_eq!(codes(source), ["P0106", "P0110", "P0108", "P0108", "P0109", "P0405", "P0211"]);
}

#[test]
fn a_complete_declaration_before_stray_text_is_kept() {
    let mut diagnostics = Diagnostics::new();
    let file = parse("event A { x: i64 } time x\nstream B { y: i64 }\nevent C {}", &mut diagnostics);
    assert_eq!(file.items.len(), 2);
    assert_eq!(diagnostics.len(), 1);
}

#[test]
fn messages() {
    let cases = [
        (
            "event A { bid: f64 ask: f64 }",
            "P0101 unexpected `ask`: expected `(`, `}`, `,` or `?`; items of a list are separated by commas",
        ),
        ("event A { bid f64 }", "P0101 unexpected `f64`: expected `:`; "),
        ("event { x: i64 }", "P0101 unexpected `{`: expected a name; "),
        ("event A", "P0101 the event ends too early: expected `{`; "),
        ("event A { where: str }", "P0115 `where` is a reserved word; write it in backquotes: `` `where` ``"),
        ("event A { event: str }", "P0115 `event` is a reserved word; write it in backquotes: `` `event` ``"),
        (
            "event A { x: i64; y: i64 }",
            "P0108 nothing ends or is separated with `;`; remove it, or write `,` in a list",
        ),
        (
            "event A { x: i64 } tme x",
            "P0101 unexpected `tme`: expected `time`, `lateness` or the next declaration; did you mean `time`?",
        ),
        (
            "pattern P match A witin 5s",
            "P0101 unexpected `witin`: expected a quantifier, `[`, `:`, an arrow, another clause, `for` or the next declaration; did you mean `within`?",
        ),
        ("pattern P MATCH A", "P0117 keywords are written in lower case; write `match`"),
        ("pattern P match A WITHIN 5s", "P0117 keywords are written in lower case; write `within`"),
        ("Pattern P match A", "P0117 keywords are written in lower case; write `pattern`"),
        (
            "patern P match A",
            "P0118 a rule file consists of declarations: `event`, `pattern` or `query`; did you mean `pattern`?",
        ),
        ("SELECT x FROM A", "P0118 a rule file consists of declarations: `event`, `pattern` or `query`; "),
        (
            "query Q match a: A",
            "P0101 unexpected `match`: expected another clause or the next declaration; this clause belongs to patterns",
        ),
        (
            "pattern P match A\n/// doc\nwithin 5s",
            "P0116 this documents nothing; write `//` for an ordinary comment",
        ),
        ("/// doc", "P0116 this documents nothing; write `//` for an ordinary comment"),
        (
            "pattern P match A after match skip past last row",
            "P0101 unexpected `row`: expected another clause or the next declaration; leave it out",
        ),
        (
            "event Größe { x: i64 }",
            "P0101 unexpected `öße`: expected `{`; names consist of ASCII letters, digits and `_`",
        ),
        (
            "pattern P match A[x == \"a]",
            "P0103 the text has no end; end it with `\"` on the same line; write `\\n` for a line break",
        ),
        ("pattern P match A[x === 5]", "P0108 `===` is no comparison; write `==`"),
        ("pattern P match A[x =< 5]", "P0108 `=<` is no comparison; write `<=`"),
        ("pattern P match A[x > 5.]", "P0105 a float has digits on both sides of the point; write `5.0`"),
        ("pattern P match A[x > .5]", "P0105 a float has digits on both sides of the point; write `0.5`"),
        (
            "pattern P match A within 10 minutes",
            "P0106 there is no blank between the number and the unit of a duration; write `10m`",
        ),
        (
            "event A { x: i64 } patern P match A",
            "P0101 unexpected `patern`: expected `time`, `lateness` or the next declaration; did you mean `pattern`?",
        ),
        ("event A { x: i64", "P0102 the bracket is never closed; close it with `}`"),
    ];
    compare(&cases, mistake);
}

#[test]
fn examples_of_syntax_codes_show_them() {
    // Codes of later stages: their bad examples are well-formed.
    let written = [
        "P0209", "P0211", "P0212", "P0310", "P0311", "P0401", "P0402", "P0405", "P0406", "P0407", "P0506",
        "P0602", "P0603", "P0605",
    ];
    for code in Code::all() {
        let (bad, good) = code.examples();
        let found = |source: &str| codes(&format!("{}\n{source}", Code::EXAMPLE_EVENTS));
        assert_eq!(found(good), [""; 0], "the good example of {code}");
        if code.as_str().starts_with("P01") || written.contains(&code.as_str()) {
            // Stray text is only called so before the first declaration.
            let shown = if *code == Code::NothingDeclared { codes(bad) } else { found(bad) };
            assert!(
                !shown.is_empty() && shown.iter().all(|shown| *shown == code.as_str()),
                "{code}: {shown:?}"
            );
        } else {
            assert_eq!(found(bad), [""; 0], "the bad example of {code}");
        }
    }
}
