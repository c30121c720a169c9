//! Precedence, literals and forms of expressions. A tree is written with all its parentheses.

use super::{compare, mistake, parsed};
use crate::ast::*;

/// The tree of an expression in a fully parenthesised form.
fn tree(source: &str) -> String {
    let file = parsed(&format!("pattern P match A[{source}]"));
    let Item::Pattern(rule) = &file.items[0] else { panic!("a pattern") };
    let PatternKind::Step(step) = &rule.pattern.value.kind else { panic!("a step") };
    text(step.guard.as_ref().expect("a guard"))
}

fn text(expr: &Expr) -> String {
    let not = |negated: &bool| if *negated { "not " } else { "" };
    let all = |exprs: &[Expr]| exprs.iter().map(text).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Int(value) => value.to_string(),
        ExprKind::Float(value) => format!("{value:?}"),
        ExprKind::Str(value) => format!("{value:?}"),
        ExprKind::Duration(nanos) => format!("{nanos}ns"),
        ExprKind::Timestamp(nanos) => format!("@{nanos}"),
        ExprKind::Name(ident) => ident.name.clone(),
        ExprKind::Field { base, field } => format!("{}.{}", text(base), field.name),
        ExprKind::Call { function, distinct, args, filter } => {
            let distinct = if *distinct { "distinct " } else { "" };
            let filter =
                filter.as_ref().map(|filter| format!(" filter {}", text(filter))).unwrap_or_default();
            format!("{}({distinct}{}){filter}", function.name, all(args))
        }
        ExprKind::Unary(UnaryOp::Not, inner) => format!("(not {})", text(inner)),
        ExprKind::Unary(UnaryOp::Neg, inner) => format!("(-{})", text(inner)),
        ExprKind::Binary(op, left, right) => {
            format!("({} {} {})", text(left), op.value.symbol(), text(right))
        }
        ExprKind::IsNull { operand, negated } => format!("({} is {}null)", text(operand), not(negated)),
        ExprKind::In { operand, list, negated } => {
            format!("({} {}in [{}])", text(operand), not(negated), all(list))
        }
        ExprKind::Between { operand, low, high, negated } => {
            format!("({} {}between {} {})", text(operand), not(negated), text(low), text(high))
        }
        ExprKind::TextMatch { op, operand, pattern, negated } => {
            format!("({} {}{op:?} {})", text(operand), not(negated), text(pattern))
        }
        ExprKind::If { condition, then, otherwise } => {
            format!("(if {} {} {})", text(condition), text(then), text(otherwise))
        }
        ExprKind::Cast { operand, ty } => format!("({} as {:?})", text(operand), ty.scalar),
    }
}

#[test]
fn precedence() {
    let cases = [
        ("a or b and not c == d", "(a or (b and (not (c == d))))"),
        ("a and b or c and d or e", "(((a and b) or (c and d)) or e)"),
        ("a ?? b + c * -d.e", "(a ?? (b + (c * (-d.e))))"),
        ("a == b ?? c", "(a == (b ?? c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b % c * d", "(((a / b) % c) * d)"),
        ("(a or b) and c", "((a or b) and c)"),
        ("a + b between c and d + e and f", "(((a + b) between c (d + e)) and f)"),
        ("a not between 1 and 2 or b", "((a not between 1 2) or b)"),
        ("a + 1 in (1, 2 or c,) and b", "(((a + 1) in [1, (2 or c)]) and b)"),
        ("a not in (1)", "(a not in [1])"),
        ("not a in (1)", "(not (a in [1]))"),
        ("a + b is not null and c is null", "(((a + b) is not null) and (c is null))"),
        ("a like \"x%\" or b not matches \"y\"", "((a Like \"x%\") or (b not Matches \"y\"))"),
        ("-a as f64 * b as i64", "(((-a) as F64) * (b as I64))"),
        ("a * b as int as float", "(a * ((b as I64) as F64))"),
        ("not not a", "(not (not a))"),
        ("not - - a > b and c", "((not ((-(-a)) > b)) and c)"),
        ("if a then b else c + 1", "(if a b (c + 1))"),
        ("1 + if a then b else if c then d else e", "(1 + (if a b (if c d e)))"),
        ("count(distinct x) filter (where a or b) > 1", "(count(distinct x) filter (a or b) > 1)"),
        ("first(b).f.g + last(b, 2,).f", "(first(b).f.g + last(b, 2).f)"),
        ("count()", "count()"),
        ("last + first.max - `and`.`or`", "((last + first.max) - and.or)"),
    ];
    compare(&cases, tree);
}

#[test]
fn literals() {
    let cases = [
        ("1_000", "1000"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("- 5", "-5"),
        ("--5", "(--5)"),
        ("-(5)", "(-5)"),
        ("2-1", "(2 - 1)"),
        ("1.5e+3", "1500.0"),
        ("-1e-3", "-0.001"),
        ("1h30m", "5400000000000ns"),
        ("-250ms", "-250000000ns"),
        ("1d2h3m4s5ms6us7ns", "93784005006007ns"),
        ("@2013-01-01T10:00:00Z-1s", "(@1357034400000000000 - 1000000000ns)"),
        ("@2013-01-01T10:00:00.000000001+00:30", "@1357032600000000001"),
        ("\"a\\\"b\\u{e9}\"", "\"a\\\"bé\""),
        ("true", "true"),
        ("null", "null"),
        ("trueish", "trueish"),
    ];
    compare(&cases, tree);
}

#[test]
fn literal_mistakes() {
    let cases = [
        (
            "a > 9223372036854775808",
            "P0105 the integer does not fit 64 bits; the largest is 9_223_372_036_854_775_807",
        ),
        ("a > 5min", "P0106 there is no unit `min`; write `5m`"),
        (
            "a > 1.5h",
            "P0106 durations are whole numbers of a unit; use a smaller unit: `1500ms` or `1s500ms` instead of `1.5s`",
        ),
        ("a > 5H", "P0106 there is no unit `H`; write `5h`"),
        (
            "a > @2013-02-30T00:00:00Z",
            "P0107 not a timestamp: the month has no such day; write it like `@2013-01-01T10:00:00Z`",
        ),
        ("a == \"\\d\"", "P0104 unknown escape in a text; for a backslash itself write two: `\\\\d`"),
        ("a == 'x\"y'", "P0109 texts are written in double quotes; write `\"x\\\"y\"`"),
    ];
    compare(&cases, |source| mistake(&format!("pattern P match A[{source}]")));
}

#[test]
fn spans_are_of_the_text() {
    let source = "pattern P match A[ ( a + b ) /* c */ > 5 ] // d\n";
    let file = parsed(source);
    let Item::Pattern(rule) = &file.items[0] else { panic!("a pattern") };
    let PatternKind::Step(step) = &rule.pattern.value.kind else { panic!("a step") };
    let guard = step.guard.as_ref().expect("a guard");
    assert_eq!(&source[guard.span.range()], "a + b ) /* c */ > 5");
    let ExprKind::Binary(op, left, _) = &guard.kind else { panic!("a comparison") };
    assert_eq!(&source[op.span.range()], ">");
    assert_eq!(&source[left.span.range()], "a + b");
    assert_eq!(&source[rule.span.range()], "pattern P match A[ ( a + b ) /* c */ > 5 ]");
}

#[test]
fn words_of_other_languages() {
    let cases = [
        ("a = 1", "P0108 `=` is written `==`; write `==`"),
        ("a <> 1", "P0108 `<>` is written `!=`; write `!=`"),
        ("a && b", "P0108 `&&` is written `and`; write `and`"),
        ("a || b", "P0108 `||` is written `or`; write `or`"),
        ("!a", "P0108 negation is written `not`; write `not`"),
        ("a => 1", "P0108 `=>` is no comparison; write `>=`"),
        ("a AND b", "P0117 keywords are written in lower case; write `and`"),
        ("NOT a", "P0117 keywords are written in lower case; write `not`"),
        ("a IS NULL", "P0117 keywords are written in lower case; write `is`"),
        ("a & b", "P0108 `&` is no operator here; write `and`"),
        (
            "count(*) > 1",
            "P0101 unexpected `*`: expected an expression, `)` or `distinct`; `count()` counts events",
        ),
        ("a == not b", "P0114 `not` as an operand needs parentheses; write `(not …)`"),
        ("a between 1", "P0101 `between` needs two bounds; write `x between low and high`"),
        ("a as string", "P0209 there is no type `string`; did you mean `str`?"),
        (
            "a as timestamp(s)",
            "P0311 a cast names a plain type; leave out the unit and `?`; a cast that fails gives null",
        ),
        ("a +", "P0101 unexpected `]`: expected an expression; "),
        (
            "a < b == (c < d)",
            "P0113 comparisons do not chain; join two comparisons with `and`, or use parentheses",
        ),
        ("a b", "P0101 unexpected `b`: expected an operator or `]`; "),
        ("", "P0101 unexpected `]`: expected an expression; "),
        ("a.where", "P0115 `where` is a reserved word; write it in backquotes: `` `where` ``"),
    ];
    compare(&cases, |source| mistake(&format!("pattern P match A[{source}]")));
}
