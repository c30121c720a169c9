//! `run --checkpoint`: whenever a run is killed, the same command goes on, and in the end its files are those of a run that was not.

mod common;

use common::{Folder, Ran, portent, run};
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Patterns with runs, lists and deadlines, and windows of three kinds; events that wait, late ones, and bad rows.
const RULES: &str = "\
event E {
    card:   i64,
    name:   str,
    amount: i64,
    ok:     bool,
    at:     timestamp(ms),
} time at lateness 2s

pattern Probed
    partition by card
    match  a: E[not ok and amount > 700]{2} -> b: E[ok and amount > 700]
    within 10m
    emit   { card: b.card, name: b.name, before: collect(a.name) }

pattern Silent
    partition by name
    match  a: E[amount > 950] -> !E[ok]
    within 30s
    emit   { name: a.name, at: a.at }

query Totals
    from   E[ok]
    window tumbling 1m
    group  by card % 50
    emit   { k: card % 50, n: count(), total: sum(amount), middle: median(amount) }

query Moving
    from   E[ok and amount > 500]
    window sliding 2m
    group  by name
    emit   { name, mean: avg(amount) }
    having mean > 780.0
";

/// Events to be run over: about 300 rows a second of their time, some up to two seconds out of order, a few later than that.
fn events(rows: u64) -> String {
    let mut out = String::from("card,name,amount,ok,at\n");
    let (mut random, mut now) = (7_u64, 1_700_000_000_000_u64);
    let mut below = |bound: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % bound
    };
    for row in 0..rows {
        now += below(7);
        let (card, amount, ok, late) = (below(3_000), below(1_000), below(2) == 1, below(2_050));
        match row % 1_000 {
            999 => out.push_str("a row that is none\n"),
            _ => {
                let name = ["Ada", "Grace, of many names that are long"][(card % 2) as usize];
                out.push_str(&format!("{card},\"{name} {}\",{amount},{ok},{}\n", card % 90, now - late));
            }
        }
    }
    out
}

fn folder(rows: u64) -> Folder {
    let folder = Folder::with(&[("rules.ptn", RULES), ("events.csv", &events(rows))]);
    let ran = run(&args(&folder, "whole", &[]).iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(files(&folder, "whole").iter().all(|file| file.len() > 100), "all files have something in them");
    folder
}

/// The arguments of a run whose files begin with `prefix`.
fn args(folder: &Folder, prefix: &str, more: &[&str]) -> Vec<String> {
    let path = |name: &str| folder.path(name);
    let named = |name: &str| folder.path(&format!("{prefix}.{name}"));
    let mut args =
        ["run", &path("rules.ptn"), "--input", &path("events.csv"), "--quiet"].map(String::from).to_vec();
    for (option, name) in [("--output", "jsonl"), ("--late", "late"), ("--bad-rows", "bad")] {
        args.extend([option.to_owned(), named(name)]);
    }
    args.extend(more.iter().map(|arg| (*arg).to_owned()));
    args
}

/// What a run has written.
fn files(folder: &Folder, prefix: &str) -> [Vec<u8>; 3] {
    ["jsonl", "late", "bad"].map(|name| fs::read(folder.path(&format!("{prefix}.{name}"))).unwrap())
}

fn start(args: &[String]) -> Child {
    portent().args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn ran(args: &[String]) -> Ran {
    run(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Waits until a folder has a file with this in its name; false if the run ends first.
fn appears(folder: &Path, what: &str, child: &mut Child) -> bool {
    let end = Instant::now() + Duration::from_secs(120);
    while Instant::now() < end {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        if files.map(|file| file.file_name()).any(|name| name.to_string_lossy().contains(what)) {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
    panic!("no {what} in two minutes");
}

/// Killed right behind each of some checkpoints, with other numbers of workers each time.
#[test]
fn a_run_that_is_killed_goes_on_as_if_it_had_not_been() {
    let folder = folder(400_000);
    let state = folder.path("state");
    let (mut kills, mut next) = (0, 1);
    loop {
        let workers = ["1", "3", "2"][kills % 3];
        let more = ["--checkpoint", &state, "--every", "1ms", "--keep", "100", "--workers", workers];
        let mut child = start(&args(&folder, "killed", &more));
        if kills < 6 && appears(Path::new(&state), &format!("{next:06}."), &mut child) {
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            let made = fs::read_dir(&state).unwrap().flatten().filter_map(|file| {
                file.file_name().to_str().and_then(|name| name.split('.').next()?.parse::<usize>().ok())
            });
            next = made.max().unwrap() + 2;
            continue;
        }
        assert!(child.wait().unwrap().success());
        break;
    }
    assert!(kills > 2, "the run was too short to be killed");
    assert_eq!(files(&folder, "killed"), files(&folder, "whole"));
    let again = ran(&args(&folder, "killed", &["--checkpoint", &state]));
    assert_eq!(again.code, 0);
    assert_eq!(files(&folder, "killed"), files(&folder, "whole"), "a run that has ended is not run again");
}

/// How often a run is killed at random: `PORTENT_KILLS`, else this.
const KILLS: usize = 8;

/// Random numbers below a bound.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Kills a run so often or until it comes to its end, and has it come there then; how often it was killed.
fn kill_at_random(folder: &Folder, prefix: &str, most: usize, random: &mut Random) -> usize {
    let (state, out) = (folder.path(&format!("{prefix}.state")), folder.path(&format!("{prefix}.jsonl")));
    let length = || fs::metadata(&out).map_or(0, |file| file.len());
    let whole = fs::metadata(folder.path("whole.jsonl")).unwrap().len();
    let mut kills = 0;
    while kills < most {
        let workers = ["1", "2", "3"][kills % 3];
        let more = ["--checkpoint", &state, "--every", "1ms", "--workers", workers];
        let upto = length() + random.below(whole / KILLS as u64);
        let mut child = start(&args(folder, prefix, &more));
        // Every fifth is killed at once: while it starts, or goes on.
        while kills % 5 != 4 && length() < upto && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            break;
        }
        kills += 1;
    }
    assert_eq!(ran(&args(folder, prefix, &["--checkpoint", &state])).code, 0);
    assert_eq!(files(folder, prefix), files(folder, "whole"), "killed {kills} times");
    kills
}

/// Killed wherever it happens to be: while it starts or goes on, reads, matches, writes matches or checkpoints. Where is told by how long the
/// output has become, in random steps.
#[test]
fn a_run_that_is_killed_at_random_goes_on_as_if_it_had_not_been() {
    let wanted = std::env::var("PORTENT_KILLS");
    let wanted = wanted.map_or(KILLS, |count| count.parse().expect("PORTENT_KILLS is a number"));
    let folder = folder(400_000);
    let (mut kills, mut random) = (0, Random(0x2545_f491_4f6c_dd1d));
    for run in 0.. {
        let more = kill_at_random(&folder, &format!("random{run}"), wanted - kills, &mut random);
        assert!(more > 0, "the run was too short to be killed");
        kills += more;
        if kills >= wanted {
            return;
        }
    }
}

/// What a service manager does.
#[cfg(unix)]
#[test]
fn a_run_that_is_told_to_end_goes_on_later() {
    let folder = folder(400_000);
    let state = folder.path("state");
    let arguments = args(&folder, "stopped", &["--checkpoint", &state, "--every", "1ms"]);
    let mut child = start(&arguments);
    assert!(appears(Path::new(&state), "000001.", &mut child));
    let status = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(status.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0), "it can be gone on with");
    assert_eq!(ran(&arguments).code, 0);
    assert_eq!(files(&folder, "stopped"), files(&folder, "whole"));
}

/// A folder of checkpoints of a run that was killed.
fn interrupted(folder: &Folder) -> (String, Vec<String>) {
    let state = folder.path("state");
    let arguments = args(folder, "cut", &["--checkpoint", &state, "--every", "1ms", "--keep", "100"]);
    let mut child = start(&arguments);
    assert!(appears(Path::new(&state), "000003.", &mut child));
    child.kill().unwrap();
    child.wait().unwrap();
    (state, arguments)
}

#[test]
fn a_damaged_checkpoint_is_told_and_the_one_before_it_counts() {
    let folder = folder(400_000);
    let (state, arguments) = interrupted(&folder);
    let mut found: Vec<_> = fs::read_dir(&state).unwrap().flatten().map(|file| file.path()).collect();
    found.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('0')));
    found.sort();
    let last = found.last().unwrap();
    let bytes = fs::read(last).unwrap();
    fs::write(last, &bytes[..bytes.len() / 2]).unwrap();
    let shown = run(&["checkpoint", "inspect", &state]);
    assert!(shown.out.contains("cannot be used") && shown.out.contains("would go on from"), "{}", shown.out);
    let ran = ran(&arguments);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("cannot be used, the one before it is tried"), "{}", ran.err);
    assert_eq!(files(&folder, "cut"), files(&folder, "whole"));
}

#[test]
fn what_does_not_fit_is_refused() {
    let folder = folder(400_000);
    let (state, mut arguments) = interrupted(&folder);
    let refused = |arguments: &[String], wanted: &str| {
        let ran = ran(arguments);
        assert!(ran.code == 2 || ran.code == 4, "{}", ran.err);
        assert!(ran.err.contains(wanted), "{wanted}: {}", ran.err);
    };
    let mut other = arguments.clone();
    let output = other.iter().position(|arg| arg.ends_with("cut.jsonl")).unwrap();
    other[output] = folder.path("other.jsonl");
    refused(&other, "the checkpoint is of another run: --output was");

    // A rule that was changed; the others would go on.
    fs::write(folder.path("rules.ptn"), RULES.replace("amount > 950", "amount > 951")).unwrap();
    refused(&arguments, "new or changed: Silent; gone or changed: Silent; --changed-rules");
    fs::write(folder.path("rules.ptn"), RULES).unwrap();

    // An input that is not what it was.
    let text = fs::read_to_string(folder.path("events.csv")).unwrap();
    fs::write(folder.path("events.csv"), text.replace("true", "True")).unwrap();
    refused(&arguments, "is another file than at the last checkpoint");
    fs::write(folder.path("events.csv"), "card,name,amount,ok,at\n").unwrap();
    refused(&arguments, "events.csv");
    fs::write(folder.path("events.csv"), text).unwrap();

    // An output that lacks what was written.
    let whole = fs::read(folder.path("cut.jsonl")).unwrap();
    fs::write(folder.path("cut.jsonl"), "").unwrap();
    refused(&arguments, "at the last checkpoint: it cannot be gone on with");
    fs::write(folder.path("cut.jsonl"), whole).unwrap();

    // With leave, the rules that did not change go on.
    fs::write(folder.path("rules.ptn"), RULES.replace("amount > 950", "amount > 951")).unwrap();
    arguments.push("--changed-rules".to_owned());
    arguments.retain(|arg| arg != "--quiet");
    let ran = ran(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("rules that begin anew: Silent"), "{}", ran.err);
    let of = |prefix: &str, rule: &str| -> Vec<String> {
        let text = fs::read_to_string(folder.path(&format!("{prefix}.jsonl"))).unwrap();
        text.lines().filter(|line| line.contains(rule)).map(String::from).collect()
    };
    for rule in ["\"Probed\"", "\"Totals\"", "\"Moving\""] {
        assert!(of("cut", rule) == of("whole", rule), "{rule} is as if nothing had been");
    }
    assert!(Path::new(&state).exists());
}

/// An event type with a field more, and one more event type, from an input that brings any: what waits is of another type, and what
/// a rule holds that reads the changed one is given up.
#[test]
fn event_types_may_be_changed_with_the_rules() {
    let rules = "\
event A { v: i64, at: timestamp(ms) } time at
event B { v: i64, at: timestamp(ms) } time at lateness 1s
pattern OfA match a: A[v == 1] -> b: A[v == 2] emit { at: b.at }
pattern OfB match a: B[v == 1] -> b: B[v == 2] emit { at: b.at }
";
    let line = |ty: &str, v: u64, at: u64| format!("{{\"type\":\"{ty}\",\"v\":{v},\"w\":5,\"at\":{at}}}\n");
    let mut events = line("A", 1, 1) + &line("B", 1, 2);
    (0..400_000).for_each(|at| events += &line("B", 0, 10 + at));
    events += &(line("A", 2, 500_000) + &line("B", 2, 500_001) + &line("C", 7, 500_002));
    let folder = Folder::with(&[("rules.ptn", rules), ("events.jsonl", &events)]);
    let (state, out) = (folder.path("state"), folder.path("out.jsonl"));
    let paths = [folder.path("rules.ptn"), folder.path("events.jsonl")];
    let arguments: Vec<String> =
        ["run", &paths[0], "--input", &paths[1], "--output", &out, "--checkpoint", &state]
            .iter()
            .chain(&["--every", "1ms", "--changed-rules"])
            .map(|arg| (*arg).to_owned())
            .collect();
    let mut child = start(&arguments);
    assert!(appears(Path::new(&state), "000002.", &mut child));
    child.kill().unwrap();
    child.wait().unwrap();

    let changed = rules.replace("event B { v: i64,", "event B { v: i64, w: i64,");
    fs::write(&paths[0], &changed).unwrap();
    let refused = ran(&arguments);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(
        refused.err.contains("`B` is declared otherwise than when events of it were taken"),
        "{}",
        refused.err
    );

    let changed = rules.replace("event A { v: i64,", "event A { v: i64, w: i64,")
        + "event C { v: i64, at: timestamp(ms) } time at\nquery OfC from C emit { v }\n";
    fs::write(&paths[0], &changed).unwrap();
    let ran = ran(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let text = fs::read_to_string(&out).unwrap();
    let found: Vec<&str> = ["OfA", "OfB", "OfC"].into_iter().filter(|rule| text.contains(rule)).collect();
    assert_eq!(found, ["OfB", "OfC"], "{text}");
}

#[test]
fn streams_and_folders_that_cannot_be_written_are_refused_at_once() {
    let folder = Folder::with(&[("rules.ptn", RULES), ("events.csv", &events(10)), ("file", "")]);
    let (rules, events, state) = (folder.path("rules.ptn"), folder.path("events.csv"), folder.path("state"));
    let out = folder.path("out.jsonl");
    let refused = |more: &[&str], code: i32, wanted: &str| {
        let ran = run(&[&["run", &rules, "--checkpoint"], more].concat());
        assert_eq!(ran.code, code, "{}", ran.err);
        assert!(ran.err.contains(wanted), "{wanted}: {}", ran.err);
    };
    refused(
        &[&state, "--input", "E=-", "--format", "csv", "--output", &out],
        2,
        "standard input cannot be read again",
    );
    refused(&[&state, "--input", &events], 2, "standard output cannot be gone on with");
    refused(&[&folder.path("file"), "--input", &events, "--output", &out], 4, "cannot keep checkpoints in");
    // An order that nothing decides is not that of a run that never ended.
    refused(&[&state, "--input", &events, "--output", &out, "--unordered"], 2, "cannot be used with");
    let ran = run(&["run", &rules, "--input", &events, "--every", "1s"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--checkpoint"), "{}", ran.err);
    let shown = run(&["checkpoint", "inspect", &folder.path("nowhere")]);
    assert_eq!(shown.code, 4);
}
