//! A reader that is dropped after each piece, and another one that goes on where it stood.

use portent_io::{
    BadRow, CsvOptions, CsvReader, CsvWriter, JsonLinesReader, JsonLinesWriter, JsonOptions, Position,
    ReadError, ReadOutcome, Reader, Texts, Writer,
};
use portent_rt::{Chunk, EventSchema, OutputSchema};
use proptest::prelude::*;

use crate::common::{Dribble, Said, csv, json, read_all, schema};
use crate::write::nested;

/// A new reader for each piece.
struct Resuming<F> {
    reader: Box<dyn Reader>,
    make: F,
}

impl<F: Fn(&Position) -> Box<dyn Reader> + Send> Resuming<F> {
    fn new(make: F) -> Self {
        Self { reader: make(&Position::default()), make }
    }
}

impl<F: Fn(&Position) -> Box<dyn Reader> + Send> Reader for Resuming<F> {
    fn read(
        &mut self,
        chunk: &mut Chunk,
        rows_max: usize,
        bad: &mut dyn FnMut(BadRow<'_>),
    ) -> Result<ReadOutcome, ReadError> {
        let outcome = self.reader.read(chunk, rows_max, bad)?;
        let position = self.reader.position();
        self.reader = (self.make)(&position);
        assert_eq!(self.reader.position(), position, "it stands where the other one stood");
        Ok(outcome)
    }

    fn position(&self) -> Position {
        self.reader.position()
    }

    fn keep_texts(&mut self) {
        self.reader.keep_texts();
    }

    fn swap_texts(&mut self, texts: &mut Texts) {
        self.reader.swap_texts(texts);
    }
}

/// The input from a position on.
fn rest(text: &[u8], position: &Position, bytes_max: usize) -> Box<Dribble> {
    Box::new(Dribble { text: text[position.bytes as usize..].to_vec(), at: 0, bytes_max })
}

fn resumed_csv(text: &[u8], fields: &str, options: &CsvOptions, bytes_max: usize, rows_max: usize) -> Said {
    let schemas = [schema("Row", fields)];
    let (text, options, schema) = (text.to_vec(), options.clone(), schemas[0].clone());
    let mut reader = Resuming::new(move |position| {
        let read = rest(&text, position, bytes_max);
        Box::new(CsvReader::resume(read, &schema, 0, 1, options.clone(), position).unwrap())
            as Box<dyn Reader>
    });
    read_all(&mut reader, &schemas, rows_max)
}

fn resumed_json(
    text: &[u8],
    schemas: &[EventSchema],
    options: &JsonOptions,
    bytes_max: usize,
    rows_max: usize,
) -> Said {
    let (text, options, of) = (text.to_vec(), options.clone(), schemas.to_vec());
    let mut reader = Resuming::new(move |position| {
        let read = rest(&text, position, bytes_max);
        Box::new(JsonLinesReader::resume(read, &of, options.clone(), position)) as Box<dyn Reader>
    });
    read_all(&mut reader, schemas, rows_max)
}

#[test]
fn a_cut_at_every_row_changes_nothing() {
    let text = b"\xef\xbb\xbfa,\"b\"\n1,\"x\ny\"\n\n2,\"\"\"\n\"\r\nz,3\n4\n5,\"open\n6,w";
    let whole = csv(text, "a: i64, b: str", CsvOptions::default(), usize::MAX, usize::MAX);
    assert_eq!((whole.lines(), whole.bad.len()), (vec![2, 5, 10], 3), "{:?}", whole.bad);
    for rows_max in [1, 2] {
        let options = CsvOptions::default();
        assert_eq!(resumed_csv(text, "a: i64, b: str", &options, usize::MAX, rows_max), whole);
    }
    let text = b"\xef\xbb\xbf{\"type\":\"A\",\"v\":1}\n\n{\"type\":\"B\",\"v\":2}\r\n{\"type\":\"A\"}\n[]\n{\"type\":\"A\",\"v\":3}";
    let schemas = [schema("A", "v: i64"), schema("B", "v: i64")];
    let whole = json(text, &schemas, JsonOptions::default(), usize::MAX, usize::MAX);
    assert_eq!((whole.lines(), whole.bad.len()), (vec![1, 3, 6], 2));
    assert_eq!(resumed_json(text, &schemas, &JsonOptions::default(), usize::MAX, 1), whole);
}

#[test]
fn the_end_is_not_behind_the_input() {
    let schemas = [schema("Row", "a: i64")];
    let mut csv = CsvReader::new(Box::new(&b"a\n1\n2"[..]), &schemas[0], 0, 1, CsvOptions::default());
    read_all(&mut csv, &schemas, 9);
    assert_eq!(csv.position().bytes, 5);
    let mut json = JsonLinesReader::new(Box::new(&b"{\"a\":1}"[..]), &schemas, JsonOptions::default());
    read_all(&mut json, &schemas, 9);
    assert_eq!(json.position().bytes, 7);
}

#[test]
fn texts_are_those_of_the_rows() {
    let schemas = [schema("Row", "a: i64")];
    let mut csv = CsvReader::new(
        Box::new(&b"_x,a\nz,1\r\n\"q\n\",2\nx,x\ny,3"[..]),
        &schemas[0],
        0,
        1,
        CsvOptions::default(),
    );
    let mut json = JsonLinesReader::new(
        Box::new(&b"{\"a\":1}\n{\"a\":0.5}\n {\"a\":2} \r\n"[..]),
        &schemas,
        JsonOptions::default(),
    );
    let wanted: [&[&[u8]]; 2] = [&[b"z,1", b"\"q\n\",2", b"y,3"], &[b"{\"a\":1}", b" {\"a\":2} "]];
    for (reader, wanted) in [(&mut csv as &mut dyn Reader, wanted[0]), (&mut json, wanted[1])] {
        let mut texts = Texts::default();
        reader.keep_texts();
        let mut found = Vec::new();
        let mut chunk = Chunk::new(&schemas);
        while !reader.read(&mut chunk, 2, &mut |_| {}).unwrap().end {
            reader.swap_texts(&mut texts);
            found.extend((0..texts.len()).map(|row| texts.get(row).unwrap().to_vec()));
        }
        reader.swap_texts(&mut texts);
        found.extend((0..texts.len()).map(|row| texts.get(row).unwrap().to_vec()));
        assert_eq!(found, wanted);
        assert_eq!(texts.get(texts.len()), None);
    }
}

#[test]
fn a_writer_goes_on_behind_another_one() {
    let (schemas, matches) = nested();
    type New = fn(&[OutputSchema]) -> Box<dyn Writer>;
    let writers: [New; 2] =
        [|schemas| Box::new(JsonLinesWriter::new(schemas)), |schemas| Box::new(CsvWriter::new(schemas))];
    for new in writers {
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        let mut writer = new(&schemas);
        writer.write(&matches, &mut once).unwrap();
        writer.write(&matches, &mut once).unwrap();
        assert_eq!(writer.bytes(), once.len() as u64);
        for _ in 0..2 {
            let mut writer = new(&schemas);
            writer.resume(twice.len() as u64);
            writer.write(&matches, &mut twice).unwrap();
            assert_eq!(writer.bytes(), twice.len() as u64);
        }
        assert_eq!(once, twice);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_csv_can_be_cut_anywhere(
        text in prop_oneof![
            "a,b\n([\",\n\r1xNA.-]{0,12}\n?){0,30}".prop_map(String::into_bytes),
            prop::collection::vec(prop_oneof![Just(b','), Just(b'\n'), Just(b'"'), any::<u8>()], 0..300)
                .prop_map(|tail| [b"a,b\n".to_vec(), tail].concat()),
        ],
        bytes_max in 1usize..70,
        rows_max in 1usize..4,
        live in any::<bool>(),
        row_bytes_max in prop_oneof![Just(1 << 20), 5usize..200],
    ) {
        let options = CsvOptions { row_bytes_max, live, ..CsvOptions::default() };
        let whole = csv(&text, "b: str?, a: i64", options.clone(), usize::MAX, usize::MAX);
        prop_assert_eq!(resumed_csv(&text, "b: str?, a: i64", &options, bytes_max, rows_max), whole);
    }

    #[test]
    fn any_json_lines_can_be_cut_anywhere(
        rows in prop::collection::vec("(\\{\"type\":\"[AB]\",\"v\":[0-9]{1,3}\\}|[ {}\"x]{0,40})\r?", 0..20),
        end in "\n?",
        bytes_max in 1usize..70,
        rows_max in 1usize..4,
        live in any::<bool>(),
        row_bytes_max in prop_oneof![Just(1 << 20), 5usize..60],
    ) {
        let text = (rows.join("\n") + &end).into_bytes();
        let schemas = [schema("A", "v: i64"), schema("B", "v: i64")];
        let options = JsonOptions { row_bytes_max, live, ..JsonOptions::default() };
        let whole = json(&text, &schemas, options.clone(), usize::MAX, usize::MAX);
        prop_assert_eq!(resumed_json(&text, &schemas, &options, bytes_max, rows_max), whole);
    }
}
