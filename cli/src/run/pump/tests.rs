//! Runs by a clock that the test moves: what is emitted, and when.

use super::*;
use crate::args::{Args, Command, OutputFormat, TimeBy};
use crate::run::clock::{Clock, Script};
use crate::run::feed::Message;
use crate::run::pace::Paced;
use clap::Parser;
use portent::jit::{Engine, WorkersOptions};
use portent_io::{JsonLinesReader, JsonOptions, ReadOutcome, Reader, Texts};
use portent_rt::Chunk;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::time::Duration;

const S: i64 = 1_000_000_000;
/// 2026-01-01T00:00:00Z, when all scripts begin.
const START: i64 = 1_767_225_600 * S;

/// An A that no B follows.
const ALONE: &str = "\
event A { v: i64, at: timestamp(s) } time at
event B { v: i64, at: timestamp(s) } time at
pattern Alone match a: A -> !B within 30s emit { v: a.v }
";

/// Pairs, of events that may be 5 s late.
const PAIR: &str = "\
event A { v: i64, at: timestamp(s) } time at lateness 5s
event B { v: i64, at: timestamp(s) } time at lateness 5s
pattern Pair match a: A -> b: B emit { a: a.v, b: b.v }
";

/// What comes: at a second after the start.
#[derive(Clone, Copy)]
enum Comes {
    /// Of an input: type, `v`, and time in seconds after the start.
    Event(i64, usize, (&'static str, i64, i64)),
    End(i64, usize),
    Signal(i64, Signal),
}
use Comes::{End, Event};

/// What a run is like.
struct Setup {
    rules: &'static str,
    /// For each input the types that it brings.
    inputs: Vec<Vec<usize>>,
    by: TimeBy,
    idle: Option<i64>,
    /// From when to when the machine sleeps, in seconds after the start.
    sleep: Option<(i64, i64)>,
}

impl Setup {
    /// One input of all types.
    fn one(rules: &'static str) -> Self {
        Self { rules, inputs: vec![vec![0, 1]], by: TimeBy::Auto, idle: None, sleep: None }
    }

    /// An input for each of two types.
    fn two(rules: &'static str) -> Self {
        Self { inputs: vec![vec![0], vec![1]], ..Self::one(rules) }
    }

    /// What is written, each line with the time in seconds after the start at which it is, and how the run ended.
    fn run(&self, comes: &[Comes]) -> (Vec<(f64, String)>, Ending, Pump) {
        let engine = Engine::compile(self.rules).unwrap();
        let clock = Rc::new(Script::new(START, comes.iter().map(|comes| message(&engine, *comes))));
        if let Some((from, to)) = self.sleep {
            clock.sleep(START + from * S, START + to * S);
        }
        let mut feeds = Feeds::waiting(channel().1, Box::new(Rc::clone(&clock)));
        let mut workers =
            engine.workers(&WorkersOptions { gives_back: true, ..WorkersOptions::default() }).unwrap();
        let mut none = Matches::new(engine.outputs());
        let mut inputs = Vec::new();
        let mut paced = Vec::new();
        for types in &self.inputs {
            drop(feeds.add());
            let source = workers.add_source(types, &mut none).unwrap();
            let name = format!("<{}>", inputs.len());
            let position = Position::default();
            inputs.push(PumpInput { name, source, json: true, plain: None, position });
            let of = types.iter().map(|&ty| &workers.plan().inputs[ty]);
            let lateness = of.clone().map(|ty| ty.lateness).max().unwrap();
            paced.push(Paced::new(true, lateness, of.clone().all(|ty| ty.time.is_none())));
        }
        let Command::Run(args) = Args::parse_from(["portent", "run", "x"]).command else { unreachable!() };
        let bad = BadRows::new(&args, Progress::none(), None).unwrap();
        let report = Report::new(workers.plan(), Duration::ZERO);
        let late = LateEvents::create(&args, None).unwrap();
        let pace = Pace::new(self.by, self.idle, paced);
        let mut pump = Pump {
            workers,
            in_step: true,
            under_way: VecDeque::new(),
            inputs,
            feeds,
            pace,
            bad,
            late,
            report,
            bytes_max: None,
            tells_silence: true,
            checkpoints: None,
        };
        let sink = Sink { clock, lines: Rc::default() };
        let lines = Rc::clone(&sink.lines);
        let mut output =
            Output::to(Box::new(sink), "the test".to_owned(), OutputFormat::Jsonl, engine.outputs(), true);
        let ending = pump.run(engine.outputs(), &mut output, &Progress::none()).unwrap();
        (lines.take(), ending, pump)
    }
}

impl Pump {
    /// What was counted.
    fn counted(&mut self) -> Stats {
        let mut none = Matches::new(&self.workers.plan().outputs.clone());
        self.workers.stats(&mut none).unwrap()
    }
}

/// Notes when a line is written.
struct Sink {
    clock: Rc<Script>,
    lines: Rc<RefCell<Vec<(f64, String)>>>,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let at = ((self.clock.now() - START) / 1_000_000) as f64 / 1e3;
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        self.lines.borrow_mut().extend(text.lines().map(|line| (at, line.to_owned())));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn message(engine: &Engine, comes: Comes) -> (i64, Message) {
    let piece = |input, text: String, end| {
        let mut chunk = Chunk::new(engine.inputs());
        let text = io::Cursor::new(text);
        let mut reader = JsonLinesReader::new(Box::new(text), engine.inputs(), JsonOptions::default());
        reader.read(&mut chunk, 100, &mut |bad| panic!("{bad}")).unwrap();
        let result = Ok(ReadOutcome { rows: chunk.len(), bad: 0, end });
        let (position, texts) = (reader.position(), Texts::default());
        Message::Piece(Box::new(Piece {
            input,
            chunk,
            result,
            position,
            texts,
            bad: Vec::new(),
            stops: false,
        }))
    };
    match comes {
        Event(at, input, (ty, v, time)) => {
            let time = START / S + time;
            let text = format!("{{\"type\":\"{ty}\",\"v\":{v},\"at\":{time}}}\n");
            (START + at * S, piece(input, text, false))
        }
        End(at, input) => (START + at * S, piece(input, String::new(), true)),
        Comes::Signal(at, signal) => (START + at * S, Message::Signal(signal)),
    }
}

/// When which values were written.
fn told(lines: &[(f64, String)]) -> Vec<(f64, &str)> {
    let values = |line: &str| line.find("Z\",").map(|at| at + 3);
    lines.iter().map(|(at, line)| (*at, &line[values(line).unwrap()..line.len() - 1])).collect()
}

#[test]
fn a_timer_fires_on_a_silent_pipe() {
    let comes = [Event(1, 0, ("A", 1, 0)), Event(100, 0, ("A", 2, 99)), End(110, 0)];
    let (lines, ending, mut pump) = Setup::one(ALONE).run(&comes);
    assert_eq!(ending, Ending::Inputs);
    // The first event came 1 s after its time, so time 30 is at 31.
    assert_eq!(told(&lines), [(31.0, "\"v\":1"), (110.0, "\"v\":2")]);
    assert!(lines[0].1.contains("00:00:30Z"), "as of its deadline: {}", lines[0].1);
    assert_eq!(pump.counted().inputs[0].late, 0);
}

#[test]
fn an_event_in_time_keeps_the_timer_from_firing() {
    let comes =
        [Event(1, 0, ("A", 1, 0)), Event(30, 0, ("B", 1, 29)), Event(60, 0, ("B", 1, 1)), End(200, 0)];
    let (lines, _, mut pump) = Setup::one(ALONE).run(&comes);
    assert_eq!(told(&lines), []);
    assert_eq!(pump.counted().inputs[1].late, 1, "by events, not by the clock");
}

#[test]
fn what_came_while_the_machine_slept_is_seen_before_timers() {
    let comes =
        [Event(0, 0, ("A", 1, 0)), Event(12, 0, ("B", 1, 12)), Event(300, 0, ("A", 2, 300)), End(400, 0)];
    let (lines, _, mut pump) = Setup { sleep: Some((10, 200)), ..Setup::one(ALONE) }.run(&comes);
    assert_eq!(told(&lines), [(330.0, "\"v\":2")], "the B was in the pipe");
    assert_eq!(pump.counted().inputs[1].late, 0);
}

#[test]
fn old_events_are_in_a_time_of_their_own() {
    let comes = [Event(1, 0, ("A", 1, -4000)), Event(90, 0, ("B", 1, -3980)), End(100, 0)];
    let (lines, ..) = Setup::one(ALONE).run(&comes);
    assert_eq!(told(&lines), [], "a reader that stutters changes nothing");
    let (lines, ..) = Setup { by: TimeBy::Wall, ..Setup::one(ALONE) }.run(&comes);
    assert_eq!(told(&lines), [(31.0, "\"v\":1")], "unless the clock is to count");
    let comes = [Event(1, 0, ("A", 1, 0)), End(100, 0)];
    let (lines, ..) = Setup { by: TimeBy::Event, ..Setup::one(ALONE) }.run(&comes);
    assert_eq!(told(&lines), [(100.0, "\"v\":1")], "or is not");
}

#[test]
fn what_waits_for_late_events_waits_no_longer_than_that() {
    let comes = [Event(0, 0, ("A", 1, 0)), Event(1, 0, ("B", 2, 1)), Event(4, 0, ("A", 3, 0)), End(100, 0)];
    let (lines, _, mut pump) = Setup::one(PAIR).run(&comes);
    assert_eq!(told(&lines), [(6.0, "\"a\":1,\"b\":2"), (6.0, "\"a\":3,\"b\":2")]);
    assert_eq!(pump.counted().inputs[0].late, 0);
}

#[test]
fn an_input_that_brings_nothing_is_waited_for_unless_idle_says_how_long() {
    let comes = [
        Event(0, 1, ("B", 1, 0)),
        Event(3, 1, ("B", 2, 40)),
        Event(20, 0, ("A", 1, 30)),
        Event(20, 0, ("A", 2, 35)),
        End(25, 1),
        End(30, 0),
    ];
    let setup = Setup { by: TimeBy::Event, ..Setup::two(PAIR) };
    let (lines, _, mut pump) = setup.run(&comes);
    assert_eq!(told(&lines), [(30.0, "\"a\":1,\"b\":2"), (30.0, "\"a\":2,\"b\":2")]);
    assert_eq!(pump.counted().inputs[0].late, 0);

    let (lines, _, mut pump) = Setup { idle: Some(10 * S), ..setup }.run(&comes);
    // At 13 both are idle and time is at 35: A1 is late, A2 just not.
    assert_eq!(told(&lines), [(30.0, "\"a\":2,\"b\":2")]);
    assert_eq!(pump.counted().inputs[0].late, 1);
}

#[test]
fn that_others_wait_for_a_silent_input_is_said_once() {
    let comes = [Event(2, 1, ("B", 1, -4000)), Event(60, 1, ("B", 2, -3000)), End(70, 0), End(80, 1)];
    let (_, _, pump) = Setup::two(PAIR).run(&comes);
    assert!(!pump.tells_silence, "it was said");
    let comes = [Event(2, 1, ("B", 1, -4000)), End(9, 0), End(80, 1)];
    let (_, _, pump) = Setup::two(PAIR).run(&comes);
    assert!(pump.tells_silence, "it has ended in time");
    let comes = [Event(2, 0, ("A", 1, -4000)), End(80, 0)];
    let (_, _, pump) = Setup::one(PAIR).run(&comes);
    assert!(pump.tells_silence, "nobody else waits");
}

#[test]
fn an_input_goes_on_while_the_one_behind_it_is_silent() {
    let comes = [
        Event(0, 0, ("A", 1, 0)),
        Event(10, 1, ("B", 2, 10)),
        Event(11, 1, ("B", 3, 11)),
        End(50, 0),
        End(51, 1),
    ];
    let (lines, ..) = Setup::two(PAIR).run(&comes);
    // By the clock both are at 10 at 15: for the event that came at once, and for lateness.
    assert_eq!(told(&lines), [(15.0, "\"a\":1,\"b\":2")]);
}

#[test]
fn timers_fire_also_if_all_inputs_are_idle() {
    let comes = [Event(0, 0, ("A", 1, 0)), End(90, 0), End(100, 1)];
    let (lines, ..) = Setup { idle: Some(2 * S), ..Setup::two(ALONE) }.run(&comes);
    assert_eq!(told(&lines), [(30.0, "\"v\":1")]);
}

#[test]
fn the_time_of_arrival_is_that_of_the_clock() {
    let rules = "event A { v: i64 } pattern Slow match a: A -> !A within 5s emit { v: a.v }";
    let comes = [Event(1, 0, ("A", 1, 0)), Event(3, 0, ("A", 2, 0)), Event(60, 0, ("A", 3, 0)), End(61, 0)];
    let setup = Setup { inputs: vec![vec![0]], ..Setup::one(rules) };
    let (lines, ..) = setup.run(&comes);
    assert_eq!(told(&lines), [(8.0, "\"v\":2"), (61.0, "\"v\":3")]);
    assert!(lines[0].1.contains("2026-01-01T00:00:08Z"), "{}", lines[0].1);
}

#[test]
fn a_signal_ends_a_run_between_two_pieces_and_not_time() {
    let signal = Comes::Signal(7, Signal::Terminate);
    let comes = [Event(0, 0, ("A", 1, 0)), Event(7, 0, ("B", 2, 1)), signal, Event(8, 0, ("B", 3, 8))];
    let (lines, ending, mut pump) = Setup::one(PAIR).run(&comes);
    assert_eq!(ending, Ending::Signal(Signal::Terminate));
    assert_eq!(told(&lines), [], "the pair waits for late events");
    let stats = pump.counted();
    assert!(stats.waiting <= 2 && stats.watermark < Some(i64::MAX));
    let names = ["a pipe".to_owned()];
    assert!(
        pump.report.far(&stats, &names).contains("up to line 1 of a pipe"),
        "{}",
        pump.report.far(&stats, &names)
    );
}
