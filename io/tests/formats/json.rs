//! JSON lines, as a user meets them.

use crate::common::{Said, json, schema};
use portent_io::JsonOptions;
use portent_rt::{EventSchema, Value};
use proptest::prelude::*;

fn read(text: &str, schemas: &[EventSchema]) -> Said {
    json(text.as_bytes(), schemas, JsonOptions::default(), usize::MAX, usize::MAX)
}

fn one(text: &str, fields: &str) -> Said {
    read(text, &[schema("Row", fields)])
}

#[test]
fn values_of_every_type() {
    let text = r#"{"b":true,"i":-5,"f":1.5e3,"s":"a\u00e9\ud83d\ude00\n","t":7,"d":9}
        {"d":"1h30m", "t" : "1970-01-01T00:00:01.5+00:00" ,"s":"","f":2,"i":5.0,"b":false, "new":[{"x":"]}"}]}
        {"b":null,"i":1e3,"f":null,"s":null,"t":0}
    "#;
    let said = one(text, "b: bool?, i: i64, f: f64?, s: str?, t: timestamp(s), d: duration?");
    assert_eq!(said.messages(), [""; 0]);
    assert_eq!(said.field(0), [Value::Bool(true), Value::Bool(false), Value::Null]);
    assert_eq!(said.field(1), [-5, 5, 1000].map(Value::I64));
    assert_eq!(said.field(2), [Value::F64(1500.0), Value::F64(2.0), Value::Null]);
    assert_eq!(said.field(3), [Value::Str("aé😀\n".into()), Value::Str("".into()), Value::Null]);
    assert_eq!(said.field(4), [7_000_000_000, 1_500_000_000, 0].map(Value::Timestamp));
    assert_eq!(said.field(5), [Value::Duration(9), Value::Duration(5_400_000_000_000), Value::Null]);
}

#[test]
fn bad_rows_append_nothing_and_say_why() {
    let text = r#"{"a":1}
{"a":"1"}
{"a":1.5}
{}

{"a":null}
[1]
{"a":1} x
{"a":01}
{"a":1,}
{"a":99999999999999999999}
{"a":true}
{"type":"Other","a":1}
{"type":7,"a":1}
{"a":1,"a":2}
"#;
    let said = one(text, "a: i64");
    assert_eq!(said.lines(), [1, 15]);
    assert_eq!(said.field(0), [Value::I64(1), Value::I64(2)]);
    assert_eq!(
        said.messages(),
        [
            "line 2: field `a`: `\"1\"` is not an i64: it is text, not a number",
            "line 3: field `a`: `1.5` is not an i64: it has a fraction",
            "line 4: field `a`: missing, and it may not be null",
            "line 6: field `a`: null, in a field that may not be null",
            "line 7: not a JSON object",
            "line 8: invalid JSON at byte 9: text after the object",
            "line 9: invalid JSON at byte 6: a number may not begin with a zero",
            "line 10: invalid JSON at byte 8: a key in quotes was expected",
            "line 11: field `a`: `99999999999999999999` is out of the range of i64",
            "line 12: field `a`: `true` is not an i64",
            "line 13: `Other` is not an event type that the rules read",
            "line 14: `7` is not an event type that the rules read",
        ]
    );
    assert_eq!(said.bad[7].2, b"{\"a\":1,}");
}

#[test]
fn several_types_in_one_input() {
    let schemas = [
        schema("Auth", "card: str, amount: f64"),
        schema("Login", "card: str, _at: i64"),
        schema("Ping", "_x: i64"),
    ];
    let text = r#"{"type":"Auth","card":"c1","amount":1}
{"type":"Login","card":"c2"}
{"card":"c3","amount":2,"type":"Auth"}
{"type":"Auth","card":"c4","amount":"x"}
{"type":"Ping"}
{"type":"\u0041uth","card":"c5","amount":3}
{"card":"c6"}
{"type":"auth"}
{"type":"Auth","type":"Login","card":"c7"}
{"type":"Login","card":"c8"}
"#;
    let said = read(text, &schemas);
    let rows: Vec<_> = said.rows.iter().map(|(line, ty, values)| (*line, *ty, values.len())).collect();
    assert_eq!(rows, [(1, 0, 2), (2, 1, 1), (3, 0, 2), (5, 2, 0), (6, 0, 2), (10, 1, 1)]);
    assert_eq!(said.rows[2].2, [Value::Str("c3".into()), Value::F64(2.0)]);
    assert_eq!(
        said.messages(),
        [
            "line 4: field `amount`: `\"x\"` is not an f64: it is text, not a number",
            "line 7: no `type`, which says the type of the event",
            "line 8: `auth` is not an event type that the rules read; did you mean `Auth`?",
            "line 9: two type fields that differ",
        ]
    );
    let options = JsonOptions { only_type: Some(1), ..JsonOptions::default() };
    let said = json(text.as_bytes(), &schemas, options, usize::MAX, usize::MAX);
    assert_eq!(said.lines(), [2, 7, 10]);
}

#[test]
fn the_type_field_can_be_named_and_be_data() {
    let options = JsonOptions { type_field: "kind".into(), ..JsonOptions::default() };
    let schemas = [schema("A", "kind: str, type: i64"), schema("B", "type: i64")];
    let text = "{\"type\":1,\"kind\":\"A\"}\n{\"kind\":\"B\",\"type\":2}\n";
    let said = json(text.as_bytes(), &schemas, options, usize::MAX, usize::MAX);
    assert_eq!(said.rows[0].2, [Value::Str("A".into()), Value::I64(1)]);
    assert_eq!(said.rows[1].2, [Value::I64(2)]);
    // The only type has a field of that name: it is just that field.
    assert_eq!(one("{\"type\":\"x\"}\n", "type: str").field(0), [Value::Str("x".into())]);
}

#[test]
fn text_that_is_not_utf8_is_bad_only_where_it_is_read() {
    let text = b"{\"a\":\"\xff\",\"b\":\"\xff\"}\n{\"a\":\"x\",\"b\":\"\xff\"}\n{\"a\":\"longer than twelve \xff\"}\n{\"a\":\"\\ud800\"}\n";
    let said = json(text, &[schema("Row", "a: str")], JsonOptions::default(), usize::MAX, usize::MAX);
    assert_eq!((said.lines(), said.bad.len()), (vec![2], 3));
    assert!(said.bad[0].1.ends_with("the text is not UTF-8"));
}

#[test]
fn rows_over_the_limit_are_bad_however_they_arrive() {
    let long = "x".repeat(100);
    let text = format!("{{\"a\":1}}\n{{\"a\":2,\"b\":\"{long}\"}}\n{long}\n{{\"a\":3}}\n{long}");
    let options = JsonOptions { row_bytes_max: 60, ..JsonOptions::default() };
    let schemas = [schema("Row", "a: i64")];
    let whole = json(text.as_bytes(), &schemas, options.clone(), usize::MAX, usize::MAX);
    assert_eq!((whole.lines(), whole.bad.len()), (vec![1, 4], 3));
    for bytes_max in [1, 2, 7, 61, 64, 100] {
        assert_eq!(json(text.as_bytes(), &schemas, options.clone(), bytes_max, 3), whole, "{bytes_max}");
    }
}

#[test]
fn more_keys_than_are_remembered() {
    let schemas = [schema("A", "last: i64"), schema("B", "k3: i64")];
    let row = |from: usize| {
        let keys: String = (from..from + 5000).map(|key| format!("\"k{key}\":{key},")).collect();
        format!("{{{keys}\"last\":{from},\"type\":\"A\"}}\n{{{keys}\"type\":\"B\"}}\n")
    };
    let text: String = (0..3).map(row).collect();
    let said = read(&text, &schemas);
    assert_eq!(said.messages(), [""; 0]);
    assert_eq!(said.field(0), [0, 3, 1, 3, 2, 3].map(Value::I64));
}

/// What the definition says of a line, by serde_json.
fn expected(line: &str) -> Option<Vec<Value>> {
    let serde_json::Value::Object(object) = serde_json::from_str(line).ok()? else { return None };
    let i = match object.get("i")? {
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(i) => i,
            None => number.as_f64().filter(|f| f.fract() == 0.0 && f.abs() < 1e15)? as i64,
        },
        _ => return None,
    };
    let s = match object.get("s").unwrap_or(&serde_json::Value::Null) {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::String(text) => Value::Str(text.clone()),
        _ => return None,
    };
    Some(vec![Value::I64(i), s])
}

fn value_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,3})?(e[+-]?[0-3])?",
        "\"([a-zé \\]}{]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-7][0-9a-f]|\\\\ud83d\\\\ude0[0-9]){0,15}\"",
        "true|false|null|\\[\\]|\\{\\}|\\[1, \\{\"i\":2\\}\\]|\\{\"s\": \\[\"\\]\"\\]\\}",
        "[01\\-.e\"\\\\u\\[{]{1,4}",
    ]
}

/// A line that is often an object, with keys often the same.
fn line() -> impl Strategy<Value = String> {
    let key = prop_oneof![4 => Just("i"), 4 => Just("s"), 1 => Just("\\u0069"), 1 => Just("other")];
    let space = prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\t")];
    let pair = (key, space.clone(), value_text(), space)
        .prop_map(|(key, before, value, after)| format!("\"{key}\":{before}{value}{after}"));
    let typical = prop::sample::select(vec![
        "{\"i\":1,\"s\":\"x\"}",
        "{\"i\":22,\"s\":null}",
        "{\"s\":\"a\\\"b\",\"i\":-3}",
    ]);
    prop_oneof![
        3 => typical.prop_map(str::to_owned),
        3 => prop::collection::vec(pair, 0..4).prop_map(|pairs| format!("{{{}}}", pairs.join(","))),
        1 => "[\\[\\]{}:, \"\\\\a0-9.eE+\\-isntru]{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn rows_are_what_serde_says(lines in prop::collection::vec(line(), 0..20), bytes_max in 1usize..100) {
        let text = lines.join("\n");
        let said = json(text.as_bytes(), &[schema("Row", "i: i64, s: str?")], JsonOptions::default(), bytes_max, 5);
        let good = lines.iter().enumerate().filter_map(|(at, line)| Some((at as u64 + 1, 0, expected(line)?)));
        prop_assert_eq!(&said.rows, &good.collect::<Vec<_>>(), "{:?}", said.bad);
        let blank = lines.iter().filter(|line| line.trim().is_empty()).count();
        prop_assert_eq!(said.rows.len() + said.bad.len() + blank, lines.len());
    }

    /// Whatever the bytes, how they arrive changes nothing, and nothing panics.
    #[test]
    fn any_bytes_at_any_pace(
        text in prop_oneof![
            prop::collection::vec(line(), 0..20).prop_map(|lines| lines.join("\n").into_bytes()),
            prop::collection::vec(prop_oneof![prop::sample::select(b"{}[]\",:\n\\u0atrue".to_vec()), any::<u8>()], 0..300),
        ],
        bytes_max in 1usize..70,
        rows_max in 1usize..9,
        live in any::<bool>(),
        row_bytes_max in prop_oneof![Just(1 << 20), 5usize..60],
        types in 1usize..3,
    ) {
        let schemas = [schema("a", "i: f64, s: str?"), schema("b", "s: timestamp?")];
        let options = JsonOptions { row_bytes_max, live, type_field: "other".into(), only_type: None };
        let whole = json(&text, &schemas[..types], options.clone(), usize::MAX, usize::MAX);
        prop_assert_eq!(json(&text, &schemas[..types], options, bytes_max, rows_max), whole);
    }
}
