//! The loop of a run: pieces of inputs go through the workers, matches go to the output, and time passes.
//!
//! With several inputs it is the one that is furthest behind in event time that is taken from, so that no more waits in
//! memory than the disorder of each. Only if that one is live and silent do others go on, up to a bound.
//!
//! A single worker has done everything that was taken, matches included, between two turns of the loop. Several may be
//! some pieces behind; where someone waits for each match, or where the run is to end at a certain row, they are waited for.

use super::bad::BadRows;
use super::checkpoint::Checkpoints;
use super::checkpoint::record::{self, InputRecord, Record};
use super::feed::{Feeds, Piece};
use super::late::{LateEvent, LateEvents};
use super::memory;
use super::output::Output;
use super::pace::Pace;
use super::progress::Progress;
use super::report::Report;
use super::signal::Signal;
use super::stats::{self, amount};
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::term;
use portent::jit::{Done, Given, Workers, WorkersError};
use portent_io::Position;
use portent_rt::instance::{Cause, Rejected, SourceId, Stats};
use portent_rt::{Matches, OutputSchema};
use std::collections::VecDeque;
use std::path::PathBuf;

/// Events that may wait before no other input goes on without one that is silent.
const AHEAD_MAX: usize = 256 << 10;

/// How long an input is silent that others wait for until that is said, in nanoseconds: 10 s.
const SILENT: i64 = 10_000_000_000;

/// How the events of a run came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All inputs have ended, and time with them.
    Inputs,
    /// A signal came. What was taken is done; nothing says that no more would come.
    Signal(Signal),
}

/// An input as the loop knows it.
pub(crate) struct PumpInput {
    /// For messages.
    pub(crate) name: String,
    /// Its watermark.
    pub(crate) source: SourceId,
    /// Whether its rows are JSON.
    pub(crate) json: bool,
    /// The file, if it is one that is not compressed.
    pub(crate) plain: Option<PathBuf>,
    /// Where it goes on, behind all that is done.
    pub(crate) position: Position,
}

/// Moves events from the feeds through the workers to the output.
pub(crate) struct Pump {
    pub(crate) workers: Workers,
    /// Whether workers are waited for after each piece.
    pub(crate) in_step: bool,
    /// The pieces that they have been given and are not done with, oldest first.
    pub(crate) under_way: VecDeque<UnderWay>,
    pub(crate) inputs: Vec<PumpInput>,
    pub(crate) feeds: Feeds,
    pub(crate) pace: Pace,
    pub(crate) bad: BadRows,
    pub(crate) late: LateEvents,
    pub(crate) report: Report,
    /// The most that may be held.
    pub(crate) bytes_max: Option<u64>,
    /// Whether to say that an input is waited for that is silent: once, and not if `--idle` says what to do about it.
    pub(crate) tells_silence: bool,
    /// Where the run would go on.
    pub(crate) checkpoints: Option<Checkpoints>,
}

/// A piece without its rows, which the workers have.
pub(crate) struct UnderWay {
    piece: Piece,
    /// The watermark of its input when it was taken, and the time by the clock.
    before: i64,
    now: i64,
}

impl Pump {
    /// Takes all events, or those until a signal, and writes all matches.
    pub(crate) fn run(
        &mut self,
        schemas: &[OutputSchema],
        output: &mut Output,
        progress: &Progress,
    ) -> Result<Ending, Failure> {
        let mut matches = Matches::new(schemas);
        let mut result = self.take_all(&mut matches, output, progress);
        if matches!(result, Err(Failure::BrokenPipe)) {
            return result;
        }
        if result.is_err() {
            // What has stopped the run is told, not that workers will do no more.
            let _ = self.workers.drain(&mut matches);
        } else if let Err(failure) = self.drain(&mut matches) {
            result = Err(failure);
        }
        // What was matched is written even if the run ends before its input does, and the header of CSV even if nothing was.
        output.write(&mut matches)?;
        output.finish()?;
        if let (Ok(ending), true) = (&result, self.checkpoints.is_some()) {
            self.checkpoint(&mut matches, output, *ending == Ending::Inputs)?;
            self.checkpoints.as_mut().map_or(Ok(()), Checkpoints::finish)?;
        }
        result
    }

    /// Makes a checkpoint of all that was taken.
    fn checkpoint(
        &mut self,
        matches: &mut Matches,
        output: &mut Output,
        finished: bool,
    ) -> Result<(), Failure> {
        let Some(whole) = self.checkpoints.as_ref().map(Checkpoints::wants_whole) else { return Ok(()) };
        let snapshot = match finished {
            true => None,
            false => Some(self.workers.snapshot(whole, matches).map_err(stopped)?),
        };
        self.settle(matches)?;
        output.write(matches)?;
        output.finish()?;
        self.late.flush()?;
        self.bad.finish()?;
        let inputs = self.inputs.iter().map(|input| {
            // A file that was removed meanwhile is read to its end, and cannot be looked at when a run goes on.
            let tail = input.plain.as_ref().and_then(|path| record::tail(path, input.position.bytes).ok());
            InputRecord { name: input.name.clone(), position: input.position.clone(), tail }
        });
        let inputs = inputs.collect();
        let files = [output.file(), self.late.file(), self.bad.file()].into_iter().flatten().collect();
        if let Some(checkpoints) = &mut self.checkpoints {
            let record = Record {
                at: self.feeds.now(),
                finished,
                setup: checkpoints.setup.clone(),
                inputs,
                output_bytes: output.bytes(),
                late_bytes: self.late.bytes(),
                bad: self.bad.record(),
            };
            checkpoints.write(record, snapshot, files);
        }
        Ok(())
    }

    fn take_all(
        &mut self,
        matches: &mut Matches,
        output: &mut Output,
        progress: &Progress,
    ) -> Result<Ending, Failure> {
        let ending = loop {
            if let Some(signal) = self.feeds.gather() {
                break Ending::Signal(signal);
            }
            self.pass_time(matches)?;
            let Some(piece) = self.next() else {
                output.write(matches)?;
                // Readers may wait for the chunks that workers have.
                if self.workers.wait_for_oldest(matches).map_err(stopped)? {
                    self.settle(matches)?;
                    continue;
                }
                if self.feeds.running().next().is_none() {
                    break Ending::Inputs;
                }
                self.tell_silence();
                match self.feeds.wait(self.wake_at()) {
                    Some(signal) => break Ending::Signal(signal),
                    None => continue,
                }
            };
            self.take(piece, matches)?;
            output.write(matches)?;
            if output.is_live() {
                self.late.flush()?;
            }
            progress.update();
            if self.checkpoints.as_mut().is_some_and(Checkpoints::is_due) {
                self.checkpoint(matches, output, false)?;
            }
        };
        let stats = self.stats(matches)?;
        self.report.sample(&stats);
        if ending == Ending::Inputs {
            self.workers.finish(matches).map_err(stopped)?;
        }
        Ok(ending)
    }

    fn watermark(&self, input: usize) -> i64 {
        self.workers.source_watermark(self.inputs[input].source)
    }

    fn is_idle(&self, input: usize) -> bool {
        self.workers.is_idle(self.inputs[input].source)
    }

    /// The next piece, if there is one to be taken now.
    fn next(&mut self) -> Option<Piece> {
        let waits_for = |&input: &usize| self.feeds.is_ready(input) || !self.is_idle(input);
        let behind = self.feeds.running().filter(waits_for).min_by_key(|&input| self.watermark(input))?;
        if self.feeds.is_ready(behind) {
            return self.feeds.take(behind);
        }
        if !self.pace.is_live(behind) {
            return None;
        }
        let ready = self.feeds.running().filter(|&input| self.feeds.is_ready(input));
        let other = ready.min_by_key(|&input| self.watermark(input))?;
        // One that is behind what waits does not make more wait, but less.
        let due = self.workers.next_due();
        let may = self.workers.waiting() < AHEAD_MAX || due.is_some_and(|due| self.watermark(other) < due);
        if may { self.feeds.take(other) } else { None }
    }

    /// Gives a piece to the workers.
    fn take(&mut self, mut piece: Piece, matches: &mut Matches) -> Result<(), Failure> {
        let (input, now) = (piece.input, self.feeds.now());
        let source = self.inputs[input].source;
        let before = self.watermark(input);
        self.workers.set_clock(self.pace.arrival(input, now), matches).map_err(stopped)?;
        let chunk = std::mem::take(&mut piece.chunk);
        let end = !piece.stops && piece.result.as_ref().is_ok_and(|outcome| outcome.end);
        let is_last = piece.is_last() && !end;
        self.under_way.push_back(UnderWay { piece, before, now });
        self.workers.on_chunk(source, chunk, matches).map_err(stopped)?;
        if end {
            self.workers.finish_source(source, matches).map_err(stopped)?;
        }
        if self.in_step || is_last {
            return self.drain(matches);
        }
        self.settle(matches)
    }

    /// Waits for all that was given.
    fn drain(&mut self, matches: &mut Matches) -> Result<(), Failure> {
        self.workers.drain(matches).map_err(stopped)?;
        self.settle(matches)
    }

    /// Does what there is to do about the pieces that workers are done with.
    fn settle(&mut self, matches: &mut Matches) -> Result<(), Failure> {
        while let Some(Done { input: Given::Chunk(chunk), rejected, .. }) = self.workers.take_done() {
            let UnderWay { mut piece, before, now } = self.under_way.pop_front().expect("a piece was given");
            piece.chunk = chunk;
            let watermark = self.watermark(piece.input);
            if watermark > before {
                self.pace.raised(piece.input, watermark, now);
            }
            if self.report.took(&piece, self.workers.count()) {
                let stats = self.workers.stats(matches).map_err(stopped)?;
                self.report.sample(&stats);
            }
            self.note_rejected(&piece, &rejected)?;
            for row in piece.bad.drain(..) {
                let message = self.bad.report(&self.inputs[piece.input].name, row);
                message.map_or(Ok(()), |message| Err(Failure::BadInput(message)))?;
            }
            self.inputs[piece.input].position = piece.position.clone();
            let outcome = std::mem::replace(&mut piece.result, Ok(Default::default()));
            outcome.map_err(|error| Failure::Io(format!("{}: {error}", self.inputs[piece.input].name)))?;
            self.feeds.give_back(piece);
            if let Some(bytes_max) = self.bytes_max.filter(|&bytes_max| self.workers.bytes() > bytes_max) {
                let stats = self.workers.stats(matches).map_err(stopped)?;
                return Err(Failure::Io(memory::message(&stats, bytes_max)));
            }
        }
        Ok(())
    }

    /// What was counted of all that was taken.
    fn stats(&mut self, matches: &mut Matches) -> Result<Stats, Failure> {
        self.drain(matches)?;
        self.workers.stats(matches).map_err(stopped)
    }

    /// Has inputs be idle that are, and does what is due by the clock.
    fn pass_time(&mut self, matches: &mut Matches) -> Result<(), Failure> {
        if !self.pace.any_live() {
            return Ok(());
        }
        let now = self.feeds.now();
        let is_due = |at: Option<i64>| at.is_some_and(|at| at <= now);
        let silent: Vec<usize> = self.feeds.running().filter(|&input| is_due(self.idle_at(input))).collect();
        for &input in &silent {
            self.workers.set_idle(self.inputs[input].source, true, matches).map_err(stopped)?;
        }
        if !silent.is_empty() {
            self.drain(matches)?;
        }
        while let Some(timer) = self.timer().filter(|timer| timer.at <= now) {
            for input in timer.inputs {
                let source = self.inputs[input].source;
                self.workers.on_source_watermark(source, timer.due, matches).map_err(stopped)?;
            }
            // What is due next is known when that is done.
            self.drain(matches)?;
        }
        Ok(())
    }

    /// When there is something to do although nothing has come.
    fn wake_at(&self) -> Option<i64> {
        let idle = self.feeds.running().filter_map(|input| self.idle_at(input));
        let silence = self.silence().map(|(at, _)| at);
        idle.chain(self.timer().map(|timer| timer.at)).chain(silence).min()
    }

    /// When an input will be idle, if it brings nothing until then.
    fn idle_at(&self, input: usize) -> Option<i64> {
        let silent = !self.is_idle(input) && !self.feeds.is_ready(input);
        silent.then(|| self.pace.idle_at(input, self.feeds.heard(input))).flatten()
    }

    /// The input that events of others wait for without anything to end that, and when that is to be said.
    fn silence(&self) -> Option<(i64, usize)> {
        if !self.tells_silence || self.timer().is_some() {
            return None;
        }
        let (_, waits) = self.workers.last_waiting()?;
        let counting = self.feeds.running().filter(|&input| !self.is_idle(input));
        let behind = counting.min_by_key(|&input| self.watermark(input))?;
        let others = waits != self.inputs[behind].source;
        let silent = others && self.pace.is_live(behind) && !self.feeds.is_ready(behind);
        silent.then(|| (self.feeds.heard(behind).saturating_add(SILENT), behind))
    }

    /// Says that there is such an input.
    fn tell_silence(&mut self) {
        if let Some((_, input)) = self.silence().filter(|(at, _)| *at <= self.feeds.now()) {
            self.tells_silence = false;
            let (name, waiting) = (&self.inputs[input].name, amount(self.workers.waiting() as u64, "event"));
            term::warning(&format!(
                "{name} is silent and holds {waiting} back\n  help: with `--idle 10s` others would not wait for it"
            ));
        }
    }

    /// What is due next, if the clock brings the inputs there that hold it back.
    fn timer(&self) -> Option<Timer> {
        let due = self.workers.next_due()?;
        let (idle, counting): (Vec<usize>, Vec<usize>) =
            self.feeds.running().partition(|&input| self.is_idle(input));
        let reaches = |input: usize| match self.feeds.is_ready(input) {
            true => None,
            false => self.pace.reaches(input, due),
        };
        if counting.is_empty() {
            // Of idle inputs one that is there says that time is.
            let first = idle.into_iter().filter_map(|input| Some((reaches(input)?, input))).min();
            return first.map(|(at, input)| Timer { at, due, inputs: vec![input] });
        }
        let inputs: Vec<usize> = counting.into_iter().filter(|&input| self.watermark(input) < due).collect();
        let times = inputs.iter().map(|&input| reaches(input)).collect::<Option<Vec<_>>>()?;
        times.into_iter().max().map(|at| Timer { at, due, inputs })
    }

    /// Rows without a time are bad rows, and only the instance knows them, as it knows which are late.
    fn note_rejected(&mut self, piece: &Piece, rejected: &[Rejected]) -> Result<(), Failure> {
        let input = &self.inputs[piece.input];
        for row in rejected {
            let text = piece.texts.get(row.arrival).unwrap_or_default();
            match row.cause {
                Cause::Late { by } => {
                    self.report.late(&input.name, row);
                    let ty = &self.report.inputs[row.ty as usize];
                    let (line, json) = (row.line, input.json);
                    self.late.keep(&LateEvent { by, input: &input.name, line, ty, text, json });
                }
                Cause::Untimed => {
                    let message = self.bad.untimed(&input.name, row.line, text);
                    message.map_or(Ok(()), |message| Err(Failure::BadInput(message)))?;
                }
            }
        }
        Ok(())
    }

    /// Tells what is to be told.
    pub(crate) fn end(mut self, args: &RunArgs, result: Result<Ending, Failure>) -> Result<(), Failure> {
        if matches!(result, Err(Failure::BrokenPipe)) {
            return result.map(drop);
        }
        // Matches that come yet are of a run that has failed.
        let stats = self.workers.stats(&mut Matches::new(&self.workers.plan().outputs.clone()));
        let stats = match stats {
            Ok(stats) => stats,
            Err(error) => return result.map(drop).and(Err(stopped(error))),
        };
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.settle();
            self.report.checkpoints_unwritten = checkpoints.unwritten();
        }
        let names: Vec<String> = self.inputs.iter().map(|input| input.name.clone()).collect();
        let far = || self.report.far(&stats, &names);
        let result = match result {
            Ok(Ending::Inputs) => Ok(()),
            Ok(Ending::Signal(signal)) => {
                let last = self.checkpoints.as_ref().and_then(Checkpoints::last);
                let resumes = last.map_or(String::new(), |last| {
                    format!("; the same command goes on from there (checkpoint {last})")
                });
                if !args.quiet {
                    let name = signal.name();
                    term::note(&format!("stopped by {name}: {}; all of it is written{resumes}\n", far()));
                }
                // It can be gone on with, so nothing has gone wrong.
                if last.is_some() { Ok(()) } else { Err(Failure::Stopped(signal)) }
            }
            Err(Failure::Io(message)) if self.report.has_begun() => {
                Err(Failure::Io(format!("{message}; {}", far())))
            }
            Err(failure) => Err(failure),
        };
        let kept = self.bad.finish().and(self.late.flush());
        if args.stats {
            term::note(&stats::text(&stats, &self.report, &self.bad));
        }
        if !args.quiet {
            self.report.closing(&stats, &self.bad);
        }
        result.and(kept)
    }
}

/// Something that is due by the clock.
struct Timer {
    /// When, by the clock.
    at: i64,
    /// The watermark that does it.
    due: i64,
    /// The inputs that are to be there.
    inputs: Vec<usize>,
}

#[cfg(test)]
mod tests;

fn stopped(error: WorkersError) -> Failure {
    Failure::Io(error.to_string())
}
