//! Reading on threads: one for each input, at most two pieces ahead of the program.
//!
//! ```text
//!  reader thread --Piece--> one channel for all --> ready (by input) --> the program
//!       ^-------------- empty chunks ---------------------------------------'
//! ```
//!
//! An input that waits for its device blocks only its own thread, so that Ctrl-C, which comes through the same channel,
//! is heard at once. Two chunks circulate for each input, which bounds what is held.

use super::bad::{self, BadRows};
use super::inputs::Input;
use crate::failure::Failure;
use portent_io::{Position, ReadError, ReadOutcome, Reader};
use portent_rt::{Chunk, EventSchema};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};

/// Rows of a piece, at most. PERF: with the columns of a usual event type two pieces stay in the second-level cache.
const PIECE_ROWS: usize = 16 << 10;

/// Chunks of an input that are filled or wait to be.
const CHUNKS: usize = 2;

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
    /// Under `--strict`: the bad row that came after these.
    pub(crate) strict_stop: Option<String>,
}

impl Piece {
    /// Whether nothing comes after it.
    fn is_last(&self) -> bool {
        self.strict_stop.is_some() || self.result.as_ref().map_or(true, |outcome| outcome.end)
    }
}

enum Message {
    Piece(Box<Piece>),
    Interrupt,
}

/// All inputs.
pub(crate) struct Feeds {
    messages: Receiver<Message>,
    feeds: Vec<Feed>,
}

struct Feed {
    /// Chunks to be filled.
    free: Sender<Chunk>,
    ready: VecDeque<Piece>,
    /// Whether the last piece was taken.
    ended: bool,
}

impl Feeds {
    /// Starts to read, and to listen for Ctrl-C.
    pub(crate) fn start(
        inputs: Vec<Input>,
        schemas: &[EventSchema],
        bad: &Arc<Mutex<BadRows>>,
    ) -> Result<Self, Failure> {
        let (sender, messages) = channel();
        listen(sender.clone())?;
        let mut feeds = Vec::new();
        for (number, input) in inputs.into_iter().enumerate() {
            let (free, chunks) = channel();
            (0..CHUNKS).for_each(|_| drop(free.send(Chunk::new(schemas))));
            let thread = ReadThread { number, input, bad: Arc::clone(bad) };
            let sender = sender.clone();
            std::thread::Builder::new()
                .name(format!("read-{number}"))
                .spawn(move || thread.run(&chunks, &sender))
                .map_err(|error| Failure::Io(format!("cannot start a thread: {error}")))?;
            feeds.push(Feed { free, ready: VecDeque::new(), ended: false });
        }
        Ok(Self { messages, feeds })
    }

    /// Whether the last piece of an input was taken.
    pub(crate) fn ended(&self, input: usize) -> bool {
        self.feeds[input].ended
    }

    /// The next piece of an input that has not ended; waits for it. None after Ctrl-C.
    pub(crate) fn next(&mut self, input: usize) -> Option<Piece> {
        loop {
            match self.messages.try_recv() {
                Ok(message) => self.sort(message)?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => unreachable!("the listener for Ctrl-C never ends"),
            }
        }
        while self.feeds[input].ready.is_empty() {
            let message = self.messages.recv().expect("the listener for Ctrl-C never ends");
            self.sort(message)?;
        }
        let piece = self.feeds[input].ready.pop_front()?;
        self.feeds[input].ended = piece.is_last();
        Some(piece)
    }

    /// Puts a piece where it belongs. None for Ctrl-C.
    fn sort(&mut self, message: Message) -> Option<()> {
        match message {
            Message::Piece(piece) => self.feeds[piece.input].ready.push_back(*piece),
            Message::Interrupt => return None,
        }
        Some(())
    }

    /// Has the memory of a piece filled again.
    pub(crate) fn give_back(&self, piece: Piece) {
        // The thread is gone if that was its last piece.
        let _ = self.feeds[piece.input].free.send(piece.chunk);
    }
}

/// The first Ctrl-C ends the run in good order, a second one at once.
fn listen(sender: Sender<Message>) -> Result<(), Failure> {
    let interrupted = AtomicBool::new(false);
    let handler = move || {
        if interrupted.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        // The program that would receive it may be at its end already.
        let _ = sender.send(Message::Interrupt);
    };
    ctrlc::set_handler(handler).map_err(|error| Failure::Io(format!("cannot listen for Ctrl-C: {error}")))
}

struct ReadThread {
    number: usize,
    input: Input,
    bad: Arc<Mutex<BadRows>>,
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
        let (bad, name) = (&self.bad, &self.input.name);
        let mut stop: Option<(u64, String)> = None;
        let reader: &mut dyn Reader = self.input.reader.as_mut();
        let result = reader.read(&mut chunk, PIECE_ROWS, &mut |row| {
            if stop.is_none() {
                stop = bad::lock(bad).report(name, &row).map(|message| (row.line, message));
            }
        });
        if let Some((line, _)) = &stop {
            keep_before(&mut chunk, *line);
        }
        let strict_stop = stop.map(|(_, message)| message);
        Piece { input: self.number, chunk, result, position: reader.position(), strict_stop }
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
