//! Flights as they are in a file, CSV or JSON lines: what is measured begins with bytes and ends with matches.
//!
//! The file is that of `examples/flights`, again and again, a year later each time.

mod by_hand;

use std::io::Cursor;

use portent_io::{CsvOptions, CsvReader, JsonLinesReader, JsonOptions, Reader};
use portent_rt::Chunk;
use portent_rt::column::{Column, Values};
use portent_rt::schema::{EventSchema, FieldSchema, TimeUnit, Type};

use super::{Format, Found, Input, Out, Workload};

mod generated {
    #![allow(missing_docs, unreachable_pub, dead_code, reason = "it is private here")]
    include!(concat!(env!("OUT_DIR"), "/flights.rs"));
}

use generated::flights::{Flight, Match, Rules};

const FILE: &str = include_str!("../../../examples/flights/flights.csv");
/// The year that all rows of the file are of.
const YEAR: usize = 2013;
/// Columns whose values are texts in JSON.
const TEXTS: [&str; 5] = ["carrier", "tailnum", "origin", "dest", "time_hour"];
/// Rows that are read at once.
const PIECE_ROWS: usize = 16 << 10;

pub(crate) fn workloads() -> Vec<Workload> {
    let of = Workload {
        rules: include_str!("../rules/flights.ptn"),
        events: 244_160,
        // The interpreter reads columns. That these matches are right is checked on the examples.
        oracle_events: 0,
        generated: Some(run),
        ..Workload::DEFAULT
    };
    vec![
        Workload {
            name: "flights: CSV",
            matches: 120,
            make: csv,
            by_hand: Some(|input| by_hand::csv(input.text())),
            ..of
        },
        Workload {
            name: "flights: JSON lines",
            matches: 120,
            make: json_lines,
            by_hand: Some(|input| by_hand::json_lines(input.text())),
            ..of
        },
    ]
}

/// The rows of the file, a year later each time that it begins anew.
fn rows(count: usize) -> impl Iterator<Item = String> {
    let copies = (YEAR..).flat_map(|year| FILE.lines().skip(1).map(move |line| (year, line)));
    copies.take(count).map(|(year, line)| line.replace(&YEAR.to_string(), &year.to_string()))
}

fn header() -> &'static str {
    FILE.lines().next().unwrap_or_default()
}

fn csv(count: usize) -> Input {
    let lines = std::iter::once(header().to_owned()).chain(rows(count));
    text(Format::Csv, lines, count)
}

fn json_lines(count: usize) -> Input {
    let names: Vec<&str> = header().split(',').collect();
    let object = |row: String| {
        let pairs = names.iter().zip(row.split(',')).map(|(name, value)| match value {
            "NA" => format!("\"{name}\":null"),
            text if TEXTS.contains(name) => format!("\"{name}\":\"{text}\""),
            number => format!("\"{name}\":{number}"),
        });
        format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
    };
    text(Format::JsonLines, rows(count).map(object), count)
}

fn text(format: Format, lines: impl Iterator<Item = String>, rows: usize) -> Input {
    let mut bytes = Vec::new();
    for line in lines {
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
    }
    // It lives as long as the process, as readers ask of what they read.
    Input::Text { format, bytes: bytes.leak(), rows }
}

/// What the rules read, for a reader.
fn schema() -> EventSchema {
    let field = |name: &str, ty, nullable| FieldSchema {
        name: name.to_owned(),
        ty,
        nullable,
        unit: TimeUnit::default(),
        used: true,
    };
    let fields = vec![
        field("dep_delay", Type::I64, true),
        field("arr_delay", Type::I64, true),
        field("tailnum", Type::Str, true),
        field("minute", Type::I64, false),
        field("time_hour", Type::Timestamp, false),
    ];
    EventSchema { name: "Flight".to_owned(), fields }
}

/// A reader of text, of the one type that there is.
pub fn reader(format: Format, bytes: &'static [u8], schema: &EventSchema) -> Box<dyn Reader> {
    let read = Box::new(Cursor::new(bytes));
    match format {
        Format::Csv => {
            let options = CsvOptions { live: false, ..CsvOptions::default() };
            Box::new(CsvReader::new(read, schema, 0, 1, options))
        }
        Format::JsonLines => {
            let options = JsonOptions { live: false, ..JsonOptions::default() };
            Box::new(JsonLinesReader::new(read, std::slice::from_ref(schema), options))
        }
    }
}

/// Reads text in pieces and gives each to a function.
pub fn read(format: Format, bytes: &'static [u8], schema: &EventSchema, mut take: impl FnMut(&Chunk)) {
    let mut reader = reader(format, bytes, schema);
    let mut chunk = Chunk::new(std::slice::from_ref(schema));
    loop {
        chunk.clear();
        let outcome =
            reader.read(&mut chunk, PIECE_ROWS, &mut |bad| panic!("line {}: {}", bad.line, bad.reason));
        let outcome = outcome.expect("memory can be read");
        take(&chunk);
        if outcome.end {
            return;
        }
    }
}

/// The reader that Portent has, and generated Rust.
fn run(input: &Input) -> Found {
    let Input::Text { format, bytes, .. } = input else { panic!("a workload over text") };
    let mut rules = Rules::new(portent_rt::compiled::Limits::default());
    let mut out = Out::new(|Match::Recovered(found)| found.value.map_or(0.0, |value| value as f64));
    read(*format, bytes, &schema(), |chunk| {
        let batch = &chunk.batches[0];
        for row in 0..batch.len {
            rules.push_flight(flight(&batch.columns, row), &mut out).expect("no limit is reached");
        }
    });
    rules.finish(&mut out).expect("no limit is reached");
    out.found()
}

fn flight(columns: &[Column], row: usize) -> Flight {
    let integer = |column: &Column| match column.values() {
        Values::I64(values) => values[row],
        _ => unreachable!("a column of integers"),
    };
    let nullable = |column: &Column| (!column.is_null(row)).then(|| integer(column));
    let Values::Str(tails) = columns[2].values() else { unreachable!("a column of texts") };
    Flight {
        dep_delay: nullable(&columns[0]),
        arr_delay: nullable(&columns[1]),
        tailnum: (!columns[2].is_null(row)).then(|| portent_rt::compiled::Symbol::new(tails.get(row))),
        minute: integer(&columns[3]),
        time_hour: integer(&columns[4]),
    }
}
