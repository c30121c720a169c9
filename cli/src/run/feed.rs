//! Reading on threads: one for each input, at most two pieces ahead of the program.
//!
//! ```text
//!  reader thread --Piece--> one channel for all --> ready (by input) --> the program
//!       ^-------------- empty chunks ---------------------------------------'
//! ```
//!
//! An input that waits for its device blocks only its own thread, so that signals, which come through the same channel,
//! are heard at once, and time passes by the clock. Two chunks circulate for each input, which bounds what is held.

use super::bad::Bad;
use super::clock::{Clock, WallClock};
use super::inputs::Input;
use super::signal::{self, Signal};
use crate::args::RunArgs;
use crate::failure::Failure;
use portent_io::{Position, ReadError, ReadOutcome, Reader, Texts};
use portent_rt::{Chunk, EventSchema};
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Rows of a piece, at most. PERF: with the columns of a usual event type two pieces stay in the second-level cache.
const PIECE_ROWS: usize = 16 << 10;

/// Chunks of an input that are filled or wait to be; several workers have more.
pub(crate) const CHUNKS: usize = 2;

/// Who wakes up later than this, in nanoseconds, was asleep for other reasons: 1 s.
const OVERSLEPT: i64 = 1_000_000_000;

/// In which a reader brings what lies there, in nanoseconds: 200 ms.
const MOMENT: i64 = 200_000_000;

/// A stretch of an input.
pub(crate) struct Piece {
    /// The number of the input.
    pub(crate) input: usize,
    /// Its rows.
    pub(crate) chunk: Chunk,
    /// How reading went.
    pub(crate) result: Result<ReadOutcome, ReadError>,
    /// Where the input goes on.
    pub(crate) position: Position,
    /// Its rows as they stand in the input, if that is kept.
    pub(crate) texts: Texts,
    /// Its bad rows. Under `--strict` the first, which comes after the others.
    pub(crate) bad: Vec<Bad>,
    /// Under `--strict`: whether there is a bad row.
    pub(crate) stops: bool,
}

impl Piece {
    /// Whether nothing comes after it.
    pub(crate) fn is_last(&self) -> bool {
        self.stops || self.result.as_ref().map_or(true, |outcome| outcome.end)
    }
}

/// What comes from other threads.
pub(crate) enum Message {
    /// A stretch of an input.
    Piece(Box<Piece>),
    /// The run is to end.
    Signal(Signal),
}

/// All inputs.
pub(crate) struct Feeds {
    messages: Receiver<Message>,
    clock: Box<dyn Clock>,
    feeds: Vec<Feed>,
}

struct Feed {
    /// Chunks to be filled.
    free: Sender<Chunk>,
    ready: VecDeque<Piece>,
    /// When it last brought something; at first, when the run began.
    heard: i64,
    /// Whether the last piece was taken.
    ended: bool,
}

impl Feeds {
    /// Starts to read, and to listen for signals. So many chunks of each input circulate.
    pub(crate) fn start(
        inputs: Vec<Input>,
        schemas: &[EventSchema],
        args: &RunArgs,
        circulating: usize,
    ) -> Result<Self, Failure> {
        let (sender, messages) = channel();
        let to = sender.clone();
        // The program that would receive it may be at its end already.
        signal::listen(move |signal| drop(to.send(Message::Signal(signal))))
            .map_err(|error| Failure::Io(format!("cannot listen for signals: {error}")))?;
        let mut feeds = Self::waiting(messages, Box::new(WallClock::new()));
        for (number, input) in inputs.into_iter().enumerate() {
            let chunks = feeds.add();
            (0..circulating).for_each(|_| drop(feeds.feeds[number].free.send(Chunk::new(schemas))));
            let thread = ReadThread { number, input, strict: args.strict, keeps: args.bad_rows.is_some() };
            let sender = sender.clone();
            std::thread::Builder::new()
                .name(format!("read-{number}"))
                .spawn(move || thread.run(&chunks, &sender))
                .map_err(|error| Failure::Io(format!("cannot start a thread: {error}")))?;
        }
        Ok(feeds)
    }

    /// No inputs yet.
    pub(crate) fn waiting(messages: Receiver<Message>, clock: Box<dyn Clock>) -> Self {
        Self { messages, clock, feeds: Vec::new() }
    }

    /// One more input, and the chunks that it is to fill.
    pub(crate) fn add(&mut self) -> Receiver<Chunk> {
        let (free, chunks) = channel();
        let heard = self.clock.now();
        self.feeds.push(Feed { free, ready: VecDeque::new(), heard, ended: false });
        chunks
    }

    /// The time.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// The inputs whose last piece was not taken yet.
    pub(crate) fn running(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.feeds.len()).filter(|&input| !self.feeds[input].ended)
    }

    /// Whether there is a piece of an input to be taken.
    pub(crate) fn is_ready(&self, input: usize) -> bool {
        !self.feeds[input].ready.is_empty()
    }

    /// When an input last brought something; at first, when the run began.
    pub(crate) fn heard(&self, input: usize) -> i64 {
        self.feeds[input].heard
    }

    /// Takes in what has come meanwhile.
    pub(crate) fn gather(&mut self) -> Option<Signal> {
        while let Some(message) = self.clock.receive(&self.messages, Some(self.clock.now())) {
            if let Some(signal) = self.sort(message) {
                return Some(signal);
            }
        }
        None
    }

    /// Waits for something to come, but not longer than until the given time. If that is long over (the machine was asleep, or
    /// the process was stopped), readers that were asleep as well are given a moment to bring what lies there.
    pub(crate) fn wait(&mut self, until: Option<i64>) -> Option<Signal> {
        let mut message = self.clock.receive(&self.messages, until);
        let now = self.clock.now();
        if message.is_none() && until.is_some_and(|until| now.saturating_sub(until) > OVERSLEPT) {
            message = self.clock.receive(&self.messages, Some(now.saturating_add(MOMENT)));
        }
        self.sort(message?)
    }

    /// Puts a piece where it belongs.
    fn sort(&mut self, message: Message) -> Option<Signal> {
        match message {
            Message::Piece(piece) => {
                let feed = &mut self.feeds[piece.input];
                feed.heard = self.clock.now();
                feed.ready.push_back(*piece);
                None
            }
            Message::Signal(signal) => Some(signal),
        }
    }

    /// The next piece of an input, if one is ready.
    pub(crate) fn take(&mut self, input: usize) -> Option<Piece> {
        let now = self.clock.now();
        let feed = &mut self.feeds[input];
        let piece = feed.ready.pop_front()?;
        feed.ended = piece.is_last();
        // It was not silent meanwhile: what it brought had to wait.
        feed.heard = now;
        Some(piece)
    }

    /// Has the memory of a piece filled again.
    pub(crate) fn give_back(&self, piece: Piece) {
        // The thread is gone if that was its last piece.
        let _ = self.feeds[piece.input].free.send(piece.chunk);
    }
}

struct ReadThread {
    number: usize,
    input: Input,
    strict: bool,
    /// Whether the texts of bad rows are kept.
    keeps: bool,
}

impl ReadThread {
    fn run(mut self, chunks: &Receiver<Chunk>, sender: &Sender<Message>) {
        for chunk in chunks {
            let piece = self.read(chunk);
            let last = piece.is_last();
            // The program ends before its inputs do if its output fails.
            if sender.send(Message::Piece(Box::new(piece))).is_err() || last {
                return;
            }
        }
    }

    fn read(&mut self, mut chunk: Chunk) -> Piece {
        chunk.clear();
        let (strict, keeps) = (self.strict, self.keeps);
        let (mut bad, mut stop) = (Vec::new(), None);
        let reader: &mut dyn Reader = self.input.reader.as_mut();
        let result = reader.read(&mut chunk, PIECE_ROWS, &mut |row| {
            if stop.is_none() {
                bad.push(Bad::new(&row, keeps));
                stop = strict.then_some(row.line);
            }
        });
        if let Some(line) = stop {
            keep_before(&mut chunk, line);
        }
        let mut texts = Texts::default();
        reader.swap_texts(&mut texts);
        Piece {
            input: self.number,
            chunk,
            result,
            position: reader.position(),
            texts,
            bad,
            stops: stop.is_some(),
        }
    }
}

/// Drops the rows from `line` on.
fn keep_before(chunk: &mut Chunk, line: u64) {
    let count = chunk.lines.partition_point(|&at| at < line);
    chunk.lines.truncate(count);
    if chunk.arrivals.is_empty() {
        chunk.batches.iter_mut().filter(|batch| batch.len > 0).for_each(|batch| truncate(batch, count));
        return;
    }
    chunk.arrivals.truncate(count);
    for (ty, batch) in chunk.batches.iter_mut().enumerate() {
        let rows = chunk.arrivals.iter().filter(|&&arrival| arrival as usize == ty).count();
        truncate(batch, rows);
    }
}

fn truncate(batch: &mut portent_rt::Batch, rows: usize) {
    batch.columns.iter_mut().filter(|column| !column.is_empty()).for_each(|column| column.truncate(rows));
    batch.len = rows;
}

#[cfg(test)]
mod tests {
    use super::*;
    use portent_rt::{FieldSchema, TimeUnit, Type, Value};

    #[test]
    fn rows_behind_a_bad_one_are_dropped() {
        let field = FieldSchema {
            name: "v".into(),
            ty: Type::I64,
            nullable: false,
            unit: TimeUnit::Nanos,
            used: true,
        };
        let schemas = ["A", "B"].map(|name| EventSchema { name: name.into(), fields: vec![field.clone()] });
        let mut chunk = Chunk::new(&schemas);
        for (line, ty) in [(2, 0), (3, 1), (5, 0), (6, 1), (7, 1)] {
            chunk.push(&schemas, ty, &[Value::I64(line)]);
            chunk.lines.push(line as u64);
        }
        keep_before(&mut chunk, 4);
        assert_eq!(
            (chunk.len(), chunk.lines.as_slice(), chunk.arrivals.as_slice()),
            (2, &[2, 3][..], &[0, 1][..])
        );
        keep_before(&mut chunk, 1);
        assert!(chunk.is_empty() && chunk.batches.iter().all(|batch| batch.columns[0].is_empty()));
    }
}
