//! The loop of a run: pieces of inputs go through the instance, matches go to the output, and time passes.
//!
//! With several inputs it is the one that is furthest behind in event time that is taken from, so that no more waits in
//! memory than the disorder of each. Only if that one is live and silent do others go on, up to a bound.
//!
//! Between two turns of the loop everything that was taken is done, matches included: that is where a run can be ended.

use super::bad::{self, BadRows};
use super::feed::{Feeds, Piece};
use super::late::{LateEvent, LateEvents};
use super::memory;
use super::output::Output;
use super::pace::Pace;
use super::progress::Progress;
use super::report::Report;
use super::signal::Signal;
use super::stats;
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::term;
use portent::jit::Instance;
use portent_rt::instance::{Cause, EngineError, SourceId};
use portent_rt::{Matches, OutputSchema};
use std::sync::{Arc, Mutex};

/// Events that may wait before no other input goes on without one that is silent.
const AHEAD_MAX: usize = 256 << 10;

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
}

/// Moves events from the feeds through the instance to the output.
pub(crate) struct Pump {
    pub(crate) instance: Instance,
    pub(crate) inputs: Vec<PumpInput>,
    pub(crate) feeds: Feeds,
    pub(crate) pace: Pace,
    pub(crate) bad: Arc<Mutex<BadRows>>,
    pub(crate) late: LateEvents,
    pub(crate) report: Report,
    /// The most that may be held.
    pub(crate) bytes_max: Option<u64>,
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
        let result = self.take_all(&mut matches, output, progress);
        if matches!(result, Err(Failure::BrokenPipe)) {
            return result;
        }
        // What was matched is written even if the run ends before its input does, and the header of CSV even if nothing was.
        output.write(&mut matches)?;
        output.finish()?;
        result
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
                if self.feeds.running().next().is_none() {
                    break Ending::Inputs;
                }
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
        };
        self.report.sample(&self.instance);
        if ending == Ending::Inputs {
            self.instance.finish(matches).map_err(limit)?;
        }
        Ok(ending)
    }

    fn watermark(&self, input: usize) -> i64 {
        self.instance.source_watermark(self.inputs[input].source)
    }

    fn is_idle(&self, input: usize) -> bool {
        self.instance.is_idle(self.inputs[input].source)
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
        let due = self.instance.next_due();
        let may = self.instance.waiting() < AHEAD_MAX || due.is_some_and(|due| self.watermark(other) < due);
        if may { self.feeds.take(other) } else { None }
    }

    fn take(&mut self, mut piece: Piece, matches: &mut Matches) -> Result<(), Failure> {
        let (input, now) = (piece.input, self.feeds.now());
        let source = self.inputs[input].source;
        let before = self.watermark(input);
        self.instance.set_clock(self.pace.arrival(input, now));
        self.instance.on_chunk(source, &piece.chunk, matches).map_err(limit)?;
        let watermark = self.watermark(input);
        if watermark > before {
            self.pace.raised(input, watermark, now);
        }
        self.report.took(&self.instance, &piece);
        self.note_rejected(&piece)?;
        if let Some(message) = piece.strict_stop.take() {
            return Err(Failure::BadInput(message));
        }
        let outcome = std::mem::replace(&mut piece.result, Ok(Default::default()));
        let outcome =
            outcome.map_err(|error| Failure::Io(format!("{}: {error}", self.inputs[input].name)))?;
        if outcome.end {
            self.instance.finish_source(source, matches).map_err(limit)?;
        }
        self.feeds.give_back(piece);
        memory::check(&self.instance, self.bytes_max)
    }

    /// Has inputs be idle that are, and does what is due by the clock.
    fn pass_time(&mut self, matches: &mut Matches) -> Result<(), Failure> {
        if !self.pace.any_live() {
            return Ok(());
        }
        let now = self.feeds.now();
        let is_due = |at: Option<i64>| at.is_some_and(|at| at <= now);
        let silent: Vec<usize> = self.feeds.running().filter(|&input| is_due(self.idle_at(input))).collect();
        for input in silent {
            self.instance.set_idle(self.inputs[input].source, true, matches).map_err(limit)?;
        }
        while let Some(timer) = self.timer().filter(|timer| timer.at <= now) {
            for input in timer.inputs {
                let source = self.inputs[input].source;
                self.instance.on_source_watermark(source, timer.due, matches).map_err(limit)?;
            }
        }
        Ok(())
    }

    /// When there is something to do although nothing has come.
    fn wake_at(&self) -> Option<i64> {
        let idle = self.feeds.running().filter_map(|input| self.idle_at(input));
        idle.chain(self.timer().map(|timer| timer.at)).min()
    }

    /// When an input will be idle, if it brings nothing until then.
    fn idle_at(&self, input: usize) -> Option<i64> {
        let silent = !self.is_idle(input) && !self.feeds.is_ready(input);
        silent.then(|| self.pace.idle_at(input, self.feeds.heard(input))).flatten()
    }

    /// What is due next, if the clock brings the inputs there that hold it back.
    fn timer(&self) -> Option<Timer> {
        let due = self.instance.next_due()?;
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
    fn note_rejected(&mut self, piece: &Piece) -> Result<(), Failure> {
        let input = &self.inputs[piece.input];
        for row in self.instance.rejected() {
            let text = piece.texts.get(row.arrival).unwrap_or_default();
            match row.cause {
                Cause::Late { by } => {
                    self.report.late(&input.name, row);
                    let ty = &self.report.inputs[row.ty as usize];
                    let (line, json) = (row.line, input.json);
                    self.late.keep(&LateEvent { by, input: &input.name, line, ty, text, json });
                }
                Cause::Untimed => {
                    let message = bad::lock(&self.bad).untimed(&input.name, row.line, text);
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
        let stats = self.instance.stats();
        let names: Vec<String> = self.inputs.iter().map(|input| input.name.clone()).collect();
        let far = || self.report.far(&stats, &names);
        let result = match result {
            Ok(Ending::Inputs) => Ok(()),
            Ok(Ending::Signal(signal)) => {
                if !args.quiet {
                    term::note(&format!("stopped by {}: {}; all of it is written\n", signal.name(), far()));
                }
                Err(Failure::Stopped(signal))
            }
            Err(Failure::Io(message)) => Err(Failure::Io(format!("{message}; {}", far()))),
            Err(failure) => Err(failure),
        };
        let mut bad = bad::lock(&self.bad);
        let kept = bad.finish().and(self.late.flush());
        if args.stats {
            term::note(&stats::text(&stats, &self.report, &bad));
        }
        if !args.quiet {
            self.report.closing(&stats, &bad);
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

fn limit(error: EngineError) -> Failure {
    Failure::Io(error.to_string())
}
