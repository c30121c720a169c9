//! After warm-up nothing is allocated for an event: a million events through one rule of each kind, in generated Rust and as
//! machine code, under an allocator that counts.
//!
//! The events repeat every [`PERIOD`], so what the rules hold at most is known after some of them.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use portent::compiled::{Limits, Sink, Symbol};
use portent::jit::Engine;
use portent::{Batch, Event, Matches, pattern};
use portent_workloads::KINDS;
use portent_workloads::kinds::{E, Match, Rules};
use portent_workloads::texts;

/// Events until they repeat, but for their times.
const PERIOD: usize = 100_000;
const WARM_UP: usize = 3 * PERIOD;
const MEASURED: usize = 10 * PERIOD;
const NAMES: [&str; 4] =
    ["a", "of twelve by", "inline in a Symbol", "too long to lie in a Symbol or in a string of a batch"];

/// Counts what the current thread allocates.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: all it does besides counting is to pass the calls on.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `run` allocates.
fn allocations(run: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    run();
    ALLOCATIONS.get() - before
}

/// The fields of event number `index`; one in ten is before the one ahead of it.
fn event(index: usize) -> (i64, i64, f64, &'static str, i64) {
    let mut hash = (index % PERIOD) as u64 ^ 0x9e37_79b9;
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    let late = if hash.is_multiple_of(10) { 5_000_000 } else { 0 };
    let name = NAMES[(hash >> 8) as usize % NAMES.len()];
    let value = (hash >> 20) as u16 as f64 / 655.36;
    ((hash >> 40) as i64 % 50, (hash >> 16) as i64 % 6, value, name, index as i64 * 1_000_000 - late)
}

/// Counts the matches of each rule.
#[derive(Default)]
struct Counts([u64; 13]);

impl Sink<Match> for Counts {
    fn accept(&mut self, matched: Match) {
        let rule = match matched {
            Match::Filter(_) => 0,
            Match::Later(_) => 1,
            Match::Strict(_) => 2,
            Match::AnyLater(_) => 3,
            Match::Reluctant(_) => 4,
            Match::Greedy(_) => 5,
            Match::Either(_) => 6,
            Match::Both(_) => 7,
            Match::Between(_) => 8,
            Match::Silence(_) => 9,
            Match::Fresh(_) => 10,
            Match::Near(_) => 11,
            Match::OfMatches(_) => 12,
        };
        self.0[rule] += 1;
    }
}

#[test]
fn generated_rust_allocates_nothing() {
    let names = NAMES.map(Symbol::new);
    let symbol =
        |name: &str| names.iter().find(|symbol| symbol.as_str() == name).cloned().unwrap_or_default();
    let mut rules = Rules::new(Limits::default());
    let mut counts = Counts::default();
    let mut push = |index| {
        let (key, kind, value, name, at) = event(index);
        let event = E { key, kind, value, name: symbol(name), at };
        rules.push_e(event, &mut counts).expect("no limit is reached");
    };
    (0..WARM_UP).for_each(&mut push);
    let allocated = allocations(|| (WARM_UP..WARM_UP + MEASURED).for_each(&mut push));
    assert!(counts.0.iter().all(|count| *count > 100), "every rule matches: {:?}", counts.0);
    assert_eq!(allocated, 0, "allocations in {MEASURED} events");
}

/// Lines whose texts and hosts are too long to lie in a symbol, as columns.
#[derive(Default)]
struct Lines {
    host: Vec<&'static str>,
    level: Vec<Option<&'static str>>,
    text: Vec<&'static str>,
    code: Vec<i64>,
    at: Vec<i64>,
}

impl Lines {
    fn new(rows: std::ops::Range<usize>) -> Self {
        const HOSTS: [&str; 2] =
            ["first.of.all.the.hosts.example.org", "second.of.all.the.hosts.example.org"];
        const LEVELS: [Option<&str>; 3] = [Some("a level that is no error at all"), None, Some("error")];
        const TEXTS: [&str; 4] = [
            "begin of something that takes long",
            "nothing of interest, said at length",
            "the connection was refused, as ever",
            "something that took long has ended",
        ];
        let mut lines = Self::default();
        for row in rows {
            let (_, _, value, _, _) = event(row);
            lines.host.push(HOSTS[row % HOSTS.len()]);
            lines.level.push(LEVELS[value as usize % LEVELS.len()]);
            lines.text.push(TEXTS[(value * 100.0) as usize % TEXTS.len()]);
            lines.code.push(value as i64);
            lines.at.push(row as i64 * 1_000_000);
        }
        lines
    }

    fn columns(&self) -> texts::LineColumns<'_> {
        texts::LineColumns {
            host: &self.host,
            level: &self.level,
            text: &self.text,
            code: &self.code,
            at: &self.at,
        }
    }

    fn event(&self, row: usize) -> texts::Line {
        texts::Line {
            host: self.host[row].into(),
            level: self.level[row].map(Symbol::new),
            text: self.text[row].into(),
            code: self.code[row],
            at: self.at[row],
        }
    }
}

#[test]
fn texts_in_columns_are_only_looked_at() {
    let (first, then) = (Lines::new(0..WARM_UP), Lines::new(WARM_UP..WARM_UP + MEASURED));
    let mut rules = texts::Rules::new(Limits::default());
    let mut counts = [0_u64; 2];
    let mut count = |matched: texts::Match| match matched {
        texts::Match::Refused(found) => counts[0] += u64::from(found.length > 22),
        texts::Match::Again(_) => counts[1] += 1,
    };
    rules.push_line_columns(first.columns(), &mut count).expect("no limit is reached");
    let push = || rules.push_line_columns(then.columns(), &mut count).expect("no limit is reached");
    let allocated = allocations(push);
    assert!(counts.iter().all(|count| *count > 100), "every rule matches: {counts:?}");
    assert_eq!(allocated, 0, "allocations in {MEASURED} rows");
}

#[test]
fn columns_of_texts_are_what_events_are() {
    let lines = Lines::new(0..10_000);
    let (mut rules, mut found) = (texts::Rules::new(Limits::default()), Vec::new());
    rules.push_line_columns(lines.columns(), &mut found).expect("no limit is reached");
    let (mut rules, mut wanted) = (texts::Rules::new(Limits::default()), Vec::new());
    for row in 0..lines.at.len() {
        rules.push_line(lines.event(row), &mut wanted).expect("no limit is reached");
    }
    assert!(wanted.len() > 100);
    assert_eq!(found, wanted);
}

/// A struct of the program's own, with texts that are too long to lie in a symbol.
#[derive(Event)]
struct Request {
    host: String,
    agent: Option<String>,
    path: &'static str,
    status: u16,
    #[event(time = "ns")]
    at: i64,
}

#[pattern(
    "match refused: Request[status == 403 and path like \"/admin%\" and agent is not null] -> Request[status == 200 and host == refused.host]
     within 1s
     limit runs 100"
)]
fn got_in(#[emit(refused.status)] status: i64) -> i64 {
    status
}

#[test]
fn texts_of_own_structs_are_only_looked_at() {
    let request = |row: usize| {
        let (key, _, value, _, _) = event(row);
        Request {
            host: format!("{key} of all the hosts of example.org"),
            agent: (value > 20.0).then(|| "an agent that says at length what it is".to_owned()),
            path: ["/admin/page/that/nobody/finds", "/a/page/that/everybody/reads"][row % 2],
            status: [200, 403, 404][value as usize % 3],
            at: row as i64 * 1_000_000,
        }
    };
    // None of these is kept, for all of them are refused somewhere else.
    let looked_at: Vec<_> = (0..PERIOD).map(request).filter(|request| request.status != 403).collect();
    let (mut matcher, mut found) = (got_in::matcher(Limits::default()), 0);
    let mut push = |request: &Request| {
        matcher.push(request, &mut |_: i64| found += 1).expect("no limit is reached");
    };
    (0..1_000).for_each(|row| push(&request(row)));
    let allocated = allocations(|| looked_at.iter().for_each(&mut push));
    assert!(looked_at.len() > 10_000);
    assert_eq!(allocated, 0, "allocations in {} events", looked_at.len());
    assert!(found > 10, "{found} matches");
}

#[test]
fn machine_code_allocates_nothing() {
    // What lies in a batch repeats, too, as events do: otherwise one of other events could be the first to need so much room.
    const BATCH: usize = PERIOD / 25;
    let engine = Engine::compile(KINDS).expect("the rules are right");
    let batch = |first: usize| -> Batch {
        let events: Vec<_> = (first..first + BATCH).map(event).collect();
        let columns = engine.columns("E").i64("key", events.iter().map(|event| event.0).collect());
        let columns = columns.i64("kind", events.iter().map(|event| event.1).collect());
        let columns = columns.f64("value", events.iter().map(|event| event.2).collect());
        let columns = columns.str("name", events.iter().map(|event| event.3));
        columns.timestamp("at", events.iter().map(|event| event.4).collect()).build().expect("columns of E")
    };
    let mut instance = engine.instance();
    let mut matches = Matches::new(engine.outputs());
    let mut counts = vec![0; engine.outputs().len()];
    let (mut allocated, mut done) = (0, 0);
    while done < WARM_UP + MEASURED {
        let events = batch(done);
        let during = allocations(|| {
            instance.push_columns("E", &events, &mut matches).expect("no limit is reached");
            matches.outputs.iter().zip(&mut counts).for_each(|(output, count)| *count += output.ts.len());
            matches.clear();
        });
        done += BATCH;
        if done > WARM_UP {
            allocated += during;
        }
    }
    assert!(counts.iter().all(|count| *count > 100), "every rule matches: {counts:?}");
    assert_eq!(allocated, 0, "allocations in {MEASURED} events");
}
