//! Matches as text, and that text read back.

use crate::common::{csv, json, schema};
use portent_io::{CsvOptions, CsvWriter, JsonLinesWriter, JsonOptions, Writer};
use portent_rt::output::{MatchRef, OutputColumn, OutputField, Shape};
use portent_rt::{Matches, OutputSchema, Type, Value};
use proptest::prelude::*;

fn column(ty: Type) -> OutputColumn {
    OutputColumn { ty, nullable: true, list: false }
}

fn list(ty: Type) -> OutputColumn {
    OutputColumn { ty, nullable: false, list: true }
}

fn field(name: &str, shape: Shape) -> OutputField {
    OutputField { name: name.into(), shape }
}

/// A rule whose fields are all scalars.
fn flat(name: &str, fields: &[(&str, Type)]) -> OutputSchema {
    OutputSchema {
        name: name.into(),
        fields: fields.iter().enumerate().map(|(at, (name, _))| field(name, Shape::Scalar(at))).collect(),
        columns: fields.iter().map(|(_, ty)| column(*ty)).collect(),
    }
}

fn push(matches: &mut Matches, rule: u32, ts: i64, values: &[Value]) {
    let batch = &mut matches.outputs[rule as usize];
    matches.order.push(MatchRef { rule, row: batch.ts.len() as u32 });
    batch.ts.push(ts);
    batch.columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
}

fn written(writer: &mut dyn Writer, matches: &Matches) -> String {
    let mut out = Vec::new();
    writer.write(matches, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Two rules: one flat, one with a list, an event that may be missing and the events of a repetition.
pub(crate) fn nested() -> (Vec<OutputSchema>, Matches) {
    let deep = OutputSchema {
        name: "Deep".into(),
        fields: vec![
            field("n", Shape::List(0)),
            field("a", Shape::Record { present: Some(1), fields: vec![field("x\"y", Shape::Scalar(2))] }),
            field("b", Shape::Records(vec![field("f", Shape::List(3)), field("s", Shape::List(4))])),
        ],
        columns: vec![
            list(Type::I64),
            column(Type::Bool),
            column(Type::Str),
            list(Type::F64),
            list(Type::Str),
        ],
    };
    let schemas = vec![flat("Flat", &[("n", Type::Str), ("d", Type::Duration)]), deep];
    let mut matches = Matches::new(&schemas);
    push(&mut matches, 0, 500_000_000, &[Value::Str("a,\"b".into()), Value::Duration(5_400_000_000_000)]);
    let doubles = Value::List(vec![Value::F64(0.5), Value::F64(f64::NAN)]);
    let texts = Value::List(vec![Value::Str("\n".into()), Value::Null]);
    push(
        &mut matches,
        1,
        1,
        &[
            Value::List(vec![Value::I64(1), Value::Null]),
            Value::Bool(true),
            Value::Str("é".into()),
            doubles,
            texts,
        ],
    );
    push(
        &mut matches,
        1,
        2,
        &[Value::List(vec![]), Value::Bool(false), Value::Null, Value::List(vec![]), Value::List(vec![])],
    );
    push(&mut matches, 0, -1, &[Value::Null, Value::Null]);
    (schemas, matches)
}

#[test]
fn json_lines() {
    let (schemas, matches) = nested();
    assert_eq!(
        written(&mut JsonLinesWriter::new(&schemas), &matches),
        r#"{"type":"Flat","ts":"1970-01-01T00:00:00.5Z","n":"a,\"b","d":"1h30m"}
{"type":"Deep","ts":"1970-01-01T00:00:00.000000001Z","n":[1,null],"a":{"x\"y":"é"},"b":[{"f":0.5,"s":"\n"},{"f":null,"s":null}]}
{"type":"Deep","ts":"1970-01-01T00:00:00.000000002Z","n":[],"a":null,"b":[]}
{"type":"Flat","ts":"1969-12-31T23:59:59.999999999Z","n":null,"d":null}
"#
    );
}

#[test]
fn csv_of_several_rules_has_the_columns_of_all() {
    let (schemas, matches) = nested();
    let mut writer = CsvWriter::new(&schemas);
    assert_eq!(
        written(&mut writer, &matches),
        r#"type,ts,n,d,a,b
Flat,1970-01-01T00:00:00.5Z,"a,""b",1h30m,,
Deep,1970-01-01T00:00:00.000000001Z,"[1,null]",,"{""x\""y"":""é""}","[{""f"":0.5,""s"":""\n""},{""f"":null,""s"":null}]"
Deep,1970-01-01T00:00:00.000000002Z,[],,,[]
Flat,1969-12-31T23:59:59.999999999Z,,,,
"#
    );
    assert_eq!(written(&mut writer, &Matches::new(&schemas)), "", "the header is written once");
}

#[test]
fn csv_of_one_rule_has_no_type() {
    let schemas = [flat("Flat", &[("a", Type::Str), ("x", Type::F64)])];
    let mut matches = Matches::new(&schemas);
    assert_eq!(written(&mut CsvWriter::new(&schemas), &matches), "ts,a,x\n");
    push(&mut matches, 0, 0, &[Value::Str("".into()), Value::F64(f64::NEG_INFINITY)]);
    push(&mut matches, 0, 0, &[Value::Str("NA".into()), Value::F64(1e300)]);
    let text = written(&mut CsvWriter::new(&schemas), &matches);
    assert_eq!(text, "ts,a,x\n1970-01-01T00:00:00Z,\"\",-inf\n1970-01-01T00:00:00Z,\"NA\",1e+300\n");
}

fn values() -> impl Strategy<Value = Vec<Value>> {
    fn or_null(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
        prop_oneof![1 => Just(Value::Null), 4 => values]
    }
    (
        or_null(any::<bool>().prop_map(Value::Bool)),
        or_null(any::<i64>().prop_map(Value::I64)),
        or_null(any::<f64>().prop_filter("JSON has no others", |f| f.is_finite()).prop_map(Value::F64)),
        or_null("([a-zA-Z,\"\\\\\n\r\t\u{1}é😀]{0,20}|NA|null)".prop_map(Value::Str)),
        or_null(any::<i64>().prop_map(Value::Timestamp)),
        or_null(any::<i64>().prop_map(Value::Duration)),
    )
        .prop_map(|(b, i, f, s, t, d)| vec![b, i, f, s, t, d])
}

proptest! {
    #[test]
    fn what_is_written_reads_back(rows in prop::collection::vec((any::<i64>(), values()), 0..30)) {
        let types = [Type::Bool, Type::I64, Type::F64, Type::Str, Type::Timestamp, Type::Duration];
        let fields: Vec<_> = ["b", "i", "f", "s", "t", "d"].into_iter().zip(types).collect();
        let schemas = [flat("Alert", &fields)];
        let mut matches = Matches::new(&schemas);
        for (ts, values) in &rows {
            push(&mut matches, 0, *ts, values);
        }
        let input = "ts: timestamp, b: bool?, i: i64?, f: f64?, s: str?, t: timestamp?, d: duration?";
        let text = written(&mut JsonLinesWriter::new(&schemas), &matches);
        let from_json = json(text.as_bytes(), &[schema("Alert", input)], JsonOptions::default(), 1000, 7);
        let text = written(&mut CsvWriter::new(&schemas), &matches);
        let from_csv = csv(text.as_bytes(), input, CsvOptions::default(), 1000, 7);
        for said in [from_json, from_csv] {
            prop_assert_eq!(said.messages(), [""; 0]);
            let expected = rows.iter().map(|(ts, values)| [&[Value::Timestamp(*ts)], &values[..]].concat());
            let expected: Vec<_> = expected.collect();
            let read: Vec<_> = said.rows.into_iter().map(|row| row.2).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
