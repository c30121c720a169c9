//! CSV files, as a user meets them.

use crate::common::{Said, csv, schema};
use portent_io::{CsvOptions, CsvReader, ReadError, Reader};
use portent_rt::{Chunk, Value};
use proptest::prelude::*;

fn read(text: &str, fields: &str) -> Said {
    csv(text.as_bytes(), fields, CsvOptions::default(), usize::MAX, usize::MAX)
}

fn strs(values: &[&str]) -> Vec<Value> {
    values.iter().map(|text| Value::Str((*text).into())).collect()
}

#[test]
fn used_columns_are_decoded() {
    let text = "a,b,c,at\n1,x,2.5,2013-01-01T00:00:00Z\n-7,y,,1356998401\n";
    let said = read(text, "at: timestamp(s), c: f64?, _b: str, a: i64");
    assert_eq!(said.lines(), [2, 3]);
    assert_eq!(said.field(0), [1_356_998_400, 1_356_998_401].map(|s| Value::Timestamp(s * 1_000_000_000)));
    assert_eq!(said.field(1), [Value::F64(2.5), Value::Null]);
    assert_eq!(said.field(2), [Value::I64(1), Value::I64(-7)]);
    assert_eq!(said.messages(), [""; 0]);
}

#[test]
fn quotes_line_ends_and_byte_order_mark() {
    let text = "\u{feff}\"a\",b\r\n\"x, \"\"y\"\"\n\",1\r\n\r\nplain \"text\",2\n\n\"\",3";
    let said = read(text, "a: str, b: i64");
    assert_eq!(said.field(0), strs(&["x, \"y\"\n", "plain \"text\"", ""]));
    assert_eq!(said.field(1), [1, 2, 3].map(Value::I64));
    assert_eq!(said.lines(), [2, 5, 7]);
    assert_eq!(said.messages(), [""; 0]);
}

#[test]
fn null_and_text() {
    let text = "a,b\nNA,NA\n,\n\"\",\"NA\"\nnull,x\n";
    let said = read(text, "a: str?, b: str");
    assert_eq!(said.field(0), [Value::Null, Value::Null, Value::Str("".into()), Value::Null]);
    assert_eq!(said.field(1), strs(&["NA", "", "NA", "x"]));
    let options = CsvOptions { nulls: vec!["-9".into()], delimiter: b';', ..CsvOptions::default() };
    let said = csv(b"a;b\n-9;-9\n1;NA\n;x\n", "a: i64?, b: str?", options, 3, 1);
    assert_eq!(said.field(0), [Value::Null, Value::I64(1)]);
    assert_eq!(said.field(1), [Value::Null, Value::Str("NA".into())]);
    assert_eq!(said.messages(), ["line 4: field `a`: `` is not an i64: it is empty"]);
}

#[test]
fn bad_rows_append_nothing_and_say_why() {
    let text =
        "a,b,at\n1,x,0\n5.0,y,1\n,z,2\n2,w\n3,v,4,5\n6,u,10:00\nx,t,\n7,s,2013-01-01T10:00:00\n8,r,3\n";
    let said = read(text, "a: i64, b: str, at: timestamp");
    assert_eq!(said.lines(), [2, 10]);
    assert_eq!(said.field(1), strs(&["x", "r"]));
    assert_eq!(
        said.messages(),
        [
            "line 3: field `a`: `5.0` is not an i64",
            "line 4: field `a`: null, in a field that may not be null",
            "line 5: 2 fields, where the header has 3",
            "line 6: 4 fields, where the header has 3",
            "line 7: field `at`: `10:00` is not a timestamp: a timestamp is written like 2013-01-01T10:00:00Z",
            "line 8: field `a`: `x` is not an i64",
            "line 9: field `at`: `2013-01-01T10:00:00` is not a timestamp: it has no time zone: put Z after it for UTC, \
             or an offset like +02:00",
        ]
    );
    assert_eq!(said.bad[2].2, b"2,w");
}

#[test]
fn text_that_is_not_utf8_is_bad_only_where_it_is_read() {
    let text = b"a,b\n\xff,1\nx,2\nlonger than twelve \xe9\xe9,3\n";
    let said = csv(text, "a: str, b: i64", CsvOptions::default(), usize::MAX, usize::MAX);
    assert_eq!((said.lines(), said.bad.len()), (vec![3], 2));
    assert!(said.bad[0].1.ends_with("the text is not UTF-8"));
    let said = csv(text, "_a: str, b: i64", CsvOptions::default(), usize::MAX, usize::MAX);
    assert_eq!((said.rows.len(), said.bad.len()), (3, 0));
}

#[test]
fn a_quote_that_is_never_closed_costs_one_line() {
    let said = read("a,b\n1,\"x\n2,y\n3,z\n", "a: i64, b: str");
    assert_eq!(said.lines(), [3, 4]);
    assert_eq!(said.messages(), ["line 2: a quote is opened and never closed"]);
    assert_eq!(said.bad[0].2, b"1,\"x");
}

#[test]
fn rows_over_the_limit_are_bad_however_they_arrive() {
    let long = "x".repeat(100);
    let quoted = "\"l\n".repeat(60);
    let text = format!("a,b\n1,x\n2,{long}\n3,y\n4,\"{long}\n5,z\n6,{quoted}7,w\n8,{}", &long[..50]);
    let options = CsvOptions { row_bytes_max: 60, ..CsvOptions::default() };
    let whole = csv(text.as_bytes(), "a: i64, b: str", options.clone(), usize::MAX, usize::MAX);
    assert!(
        whole.messages().contains(&"line 3: longer than 60 bytes, the limit for a row"),
        "{:?}",
        whole.messages()
    );
    assert_eq!(whole.bad[0].2.len(), 60);
    for bytes_max in [1, 2, 7, 61, 64, 100] {
        assert_eq!(
            csv(text.as_bytes(), "a: i64, b: str", options.clone(), bytes_max, 3),
            whole,
            "{bytes_max}"
        );
    }
}

#[test]
fn files_without_rows() {
    assert_eq!(read("", "a: i64"), Said::default());
    assert_eq!(read("a", "a: i64"), Said::default());
    assert_eq!(read("\n\na\n\n", "a: i64"), Said::default());
}

#[test]
fn a_header_that_lacks_a_field_is_an_error() {
    let read = |text: &'static str| {
        let schema = schema("Row", "volume: i64?");
        let mut reader = CsvReader::new(Box::new(text.as_bytes()), &schema, 0, 1, CsvOptions::default());
        let mut chunk = Chunk::new(std::slice::from_ref(&schema));
        reader.read(&mut chunk, 10, &mut |_| {}).unwrap_err()
    };
    assert!(read("price,volumes\n1,2\n").to_string().ends_with("did you mean `volumes`?"));
    assert!(matches!(read("volume,volume\n"), ReadError::TwoColumns { .. }));
    assert!(matches!(read("\"volume\n1\n"), ReadError::BadHeader { .. }));
}

#[test]
fn a_live_reader_returns_with_what_is_there() {
    let schemas = [schema("Row", "a: i64")];
    let (mut write, read) = pipe();
    let mut reader = CsvReader::new(Box::new(read), &schemas[0], 0, 1, CsvOptions::default());
    let mut chunk = Chunk::new(&schemas);
    std::io::Write::write_all(&mut write, b"a\n1\n2\n3").unwrap();
    let outcome = reader.read(&mut chunk, 1000, &mut |bad| panic!("{bad}")).unwrap();
    assert_eq!((outcome.rows, outcome.end, reader.position().bytes), (2, false, 6));
    drop(write);
    let outcome = reader.read(&mut chunk, 1000, &mut |bad| panic!("{bad}")).unwrap();
    assert_eq!((outcome.rows, outcome.end), (1, true));
}

fn pipe() -> (std::io::PipeWriter, std::io::PipeReader) {
    let (read, write) = std::io::pipe().unwrap();
    (write, read)
}

#[test]
fn arrivals_are_kept_where_there_are_several_types() {
    let schemas = [schema("Other", "x: i64"), schema("Row", "a: i64")];
    let mut reader = CsvReader::new(Box::new(&b"a\n1\n2\n"[..]), &schemas[1], 1, 2, CsvOptions::default());
    let mut chunk = Chunk::new(&schemas);
    reader.read(&mut chunk, 1000, &mut |bad| panic!("{bad}")).unwrap();
    assert_eq!((chunk.arrivals, chunk.batches[1].len), (vec![1, 1], 2));
}

/// A field as it may be quoted or not.
fn field(text: &str, quote: bool) -> String {
    match quote || text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever the bytes, how they arrive changes nothing, and nothing panics.
    #[test]
    fn any_bytes_at_any_pace(
        text in prop_oneof![
            "a,b\n([\",\n\r1xNA.-]{0,12}\n?){0,30}".prop_map(String::into_bytes),
            prop::collection::vec(prop_oneof![Just(b','), Just(b'\n'), Just(b'"'), any::<u8>()], 0..300)
                .prop_map(|tail| [b"a,b\n".to_vec(), tail].concat()),
        ],
        bytes_max in 1usize..70,
        rows_max in 1usize..9,
        live in any::<bool>(),
        row_bytes_max in prop_oneof![Just(1 << 20), 5usize..200],
    ) {
        let options = CsvOptions { row_bytes_max, live, ..CsvOptions::default() };
        let whole = csv(&text, "b: str?, a: i64", options.clone(), usize::MAX, usize::MAX);
        prop_assert_eq!(csv(&text, "b: str?, a: i64", options, bytes_max, rows_max), whole);
    }

    /// What is quoted by the rules is read back.
    #[test]
    fn rows_read_back(rows in prop::collection::vec(
        (any::<i64>(), "[a\",\n\ré]{0,20}", prop::option::of(any::<f64>()), any::<bool>()), 0..40), bytes_max in 1usize..500) {
        let mut text = String::from("n,unused,s,x\n");
        for (n, s, x, quote) in &rows {
            let x = x.map_or_else(|| "NA".to_owned(), |x| x.to_string());
            text += &format!("{},{},{},{x}\r\n", field(&n.to_string(), *quote), field(s, *quote), field(s, *quote));
        }
        let said = csv(text.as_bytes(), "x: f64?, n: i64, s: str", CsvOptions::default(), bytes_max, 7);
        prop_assert_eq!(said.messages(), [""; 0]);
        prop_assert_eq!(said.rows.len(), rows.len());
        for ((_, _, values), (n, s, x, _)) in said.rows.iter().zip(&rows) {
            let x = x.map_or(Value::Null, Value::F64);
            let expected = [x, Value::I64(*n), Value::Str(s.clone())];
            // By text, for NaN.
            prop_assert_eq!(format!("{values:?}"), format!("{expected:?}"));
        }
    }
}
