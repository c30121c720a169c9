//! Time in `run`: late events, the clock.

mod common;

use common::{Folder, RISE, RISES, TICKS, portent, run, run_with};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

#[test]
fn late_events_are_kept_as_they_stand() {
    let ticks = format!("{TICKS}\"IBM\",9.0,1\nIBM,x,9\nIBM,9.0,2\n");
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.csv", &ticks)]);
    let (rules, input, late) = (folder.path("rise.ptn"), folder.path("ticks.csv"), folder.path("late.jsonl"));
    let ran = run(&["run", &rules, "--quiet", "--input", &input, "--late", &late]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, RISES, ""));
    let lines = format!(
        "{{\"late_by\":\"2s\",\"input\":\"{input}\",\"line\":5,\"type\":\"Tick\",\"row\":\"\\\"IBM\\\",9.0,1\"}}\n\
         {{\"late_by\":\"1s\",\"input\":\"{input}\",\"line\":7,\"type\":\"Tick\",\"row\":\"IBM,9.0,2\"}}\n"
    );
    assert_eq!(folder.read("late.jsonl"), lines);

    let events = "{\"symbol\":\"IBM\",\"price\":1.0,\"at\":9}\n{\"symbol\":\"IBM\", \"price\":2, \"at\":5, \"note\":\"read by no rule\"}\n";
    let ran = run_with(&["run", &rules, "--late", &late], events);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = "{\"late_by\":\"4s\",\"input\":\"<stdin>\",\"line\":2,\"type\":\"Tick\",\"event\":{\"symbol\":\"IBM\", \
                \"price\":2, \"at\":5, \"note\":\"read by no rule\"}}\n";
    assert_eq!(folder.read("late.jsonl"), line);
    let ran = run_with(&["run", &rules, "--late", &late], "");
    assert_eq!((ran.code, folder.read("late.jsonl").as_str()), (0, ""), "a file that says that none was");
}

#[test]
fn rows_without_a_time_are_kept_with_the_bad_ones() {
    let rules = RISE.replace("timestamp(s)", "timestamp(s)?");
    let ticks = TICKS.replace("IBM,2.0,3", "IBM,2.0,NA\nIBM,x,4");
    let folder = Folder::with(&[("rise.ptn", &rules), ("ticks.csv", &ticks)]);
    let (rules, input, bad) = (folder.path("rise.ptn"), folder.path("ticks.csv"), folder.path("bad.txt"));
    let ran = run(&["run", &rules, "--quiet", "--input", &input, "--bad-rows", &bad]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut kept: Vec<String> = folder.read("bad.txt").lines().map(str::to_owned).collect();
    kept.sort();
    assert_eq!(kept, ["IBM,2.0,NA", "IBM,x,4"]);
}

/// The pipe stays open and nothing more comes through it.
#[test]
fn a_timer_fires_on_a_silent_pipe() {
    let rules = "event A { v: i64 }\npattern Slow match a: A -> !A within 10ms emit { v: a.v }";
    let folder = Folder::with(&[("slow.ptn", rules)]);
    let mut child = portent()
        .args(["run", &folder.path("slow.ptn")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"{\"v\":7}\n").unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"type\":\"Slow\",\"ts\":\"20") && line.ends_with("\"v\":7}\n"), "{line}");
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// A regular file is read at its own pace, also as standard input: the time of arrival would mean nothing.
#[test]
fn a_file_has_no_time_of_arrival() {
    let rules = "event A { v: i64 }\nquery All from A emit { v }";
    let folder = Folder::with(&[("all.ptn", rules), ("a.jsonl", "{\"v\":7}\n")]);
    let (rules, input) = (folder.path("all.ptn"), folder.path("a.jsonl"));
    let wanted = "{\"type\":\"All\",\"ts\":\"1970-01-01T00:00:00Z\",\"v\":7}\n";
    assert_eq!(run(&["run", &rules, "--input", &input]).out, wanted);
    let file = std::fs::File::open(&input).unwrap();
    let ran = portent().args(["run", &rules]).stdin(file).output().unwrap();
    assert_eq!(String::from_utf8(ran.stdout).unwrap(), wanted);
    let ran = run_with(&["run", &rules, "--clock", "event"], "{\"v\":7}\n");
    assert_eq!(ran.out, wanted, "as if it were a file");
    let ran = run_with(&["run", &rules], "{\"v\":7}\n");
    assert!(ran.out.contains("\"ts\":\"20"), "{}", ran.out);
}

#[test]
fn durations_are_those_of_rules() {
    let folder = Folder::with(&[("rise.ptn", RISE)]);
    for idle in ["0s", "-1s", "10", "ten seconds"] {
        let ran = run(&["run", &folder.path("rise.ptn"), &format!("--idle={idle}")]);
        assert_eq!(ran.code, 2, "{idle}");
        assert!(ran.err.contains("a duration is written like 10s"), "{idle}: {}", ran.err);
    }
}

#[test]
fn memory_is_bounded_if_that_is_wanted() {
    let rules = "event A { k: i64, at: timestamp(s) } time at\n\
                 pattern Twice partition by k match a: A -> b: A within 7d LIMIT emit { k: a.k }\n\
                 query Many from A window tumbling 7d group by k LIMIT emit { k, n: count() }";
    let rows: String = (1..100_000).map(|k| format!("{k},{k}\n")).collect();
    let drops = rules.replace("LIMIT ", "").replace("tumbling 7d", "last 3");
    let fails = rules.replace("LIMIT", "limit partitions 10_000_000 fail");
    let files = [("drops.ptn", &*drops), ("fails.ptn", &fails), ("a.csv", &format!("k,at\n{rows}"))];
    let folder = Folder::with(&files);
    let (drops, fails, input) = (folder.path("drops.ptn"), folder.path("fails.ptn"), folder.path("a.csv"));
    let args = ["run", &fails, "--input", &input, "--memory-max"];
    let ran = run(&[&args[..], &["1MiB", "--quiet"]].concat());
    assert_eq!(ran.code, 4);
    for part in [
        "more than the 1.0 MiB of --memory-max",
        "rule `Twice`",
        "`limit partitions",
        "the window of `Many`",
        "had been read",
    ] {
        assert!(ran.err.contains(part), "{part} is not in {}", ran.err);
    }
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    // Where the policy is to drop, that is what is done about it; and counted, by whom and why.
    for workers in ["1", "2"] {
        let dropping = ["run", &drops, "--input", &input, "--stats", "--workers", workers, "--memory-max"];
        let ran = run(&[&dropping[..], &["6MiB"]].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        for part in [
            "Twice: events of new partitions dropped by --memory-max",
            "Many: events of new groups dropped by --memory-max",
            "rule `Twice`: ",
            "events of new keys were dropped: --memory-max leaves no room for them",
        ] {
            assert!(ran.err.contains(part), "{part} is not in {}", ran.err);
        }
    }
    let ran = run(&[&args[..], &["1GiB", "--stats"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("window of") && ran.err.contains("99,999"), "{}", ran.err);
    let ran = run(&[&args[..], &["much"]].concat());
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("a size is written like 512MiB"), "{}", ran.err);
}

#[test]
fn what_is_about_pipes_is_said_to_have_no_effect_on_files() {
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.csv", TICKS)]);
    let args = ["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.csv"), "--idle", "1s"];
    let ran = run(&args);
    assert_eq!((ran.code, ran.out.as_str()), (0, RISES));
    assert!(ran.err.contains("--idle has no effect"), "{}", ran.err);
    assert_eq!(run(&[&args[..], &["--quiet"]].concat()).err, "");
}

/// Named pipes are opened where they are read: the first one has no writer until the second one has had one.
#[cfg(unix)]
#[test]
fn named_pipes_are_opened_in_any_order() {
    let rules = "event A { k: i64, at: timestamp(s) } time at\nevent B { k: i64, at: timestamp(s) } time at\n\
                 pattern Both match a: A -> b: B within 1h emit { a: a.k, b: b.k }";
    let folder = Folder::with(&[("both.ptn", rules)]);
    let (a, b) = (folder.path("a.csv"), folder.path("b.csv"));
    assert!(std::process::Command::new("mkfifo").args([&a, &b]).status().unwrap().success());
    let child = portent()
        .args(["run", &folder.path("both.ptn"), "--input", &format!("A={a}"), "--input", &format!("B={b}")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::fs::write(&b, "k,at\n2,20\n").unwrap();
    std::fs::write(&a, "k,at\n1,10\n").unwrap();
    let ran = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    assert_eq!(out, "{\"type\":\"Both\",\"ts\":\"1970-01-01T00:00:20Z\",\"a\":1,\"b\":2}\n", "{err}");
    assert_eq!(ran.status.code(), Some(0), "{err}");
}
