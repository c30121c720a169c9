//! How a run ends that does not end with its input: what it says, what it has written, with which exit code.

mod common;

use common::{Folder, RISE, RISES, TICKS, portent, run, run_with};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn json_ticks(rows: std::ops::Range<i64>) -> String {
    rows.map(|at| format!("{{\"symbol\":\"IBM\",\"price\":{at}.0,\"at\":{at}}}\n")).collect()
}

/// The command with its three streams piped.
fn start(args: &[&str]) -> Child {
    let mut command = portent();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the command starts")
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(status.expect("kill is there").success());
}

/// The input is open and silent when the signal comes.
#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_in_good_order() {
    for (name, code, told) in [("-INT", 130, "Ctrl-C"), ("-TERM", 143, "SIGTERM"), ("-HUP", 129, "SIGHUP")] {
        for quiet in [false, true] {
            let folder = Folder::with(&[("rise.ptn", RISE)]);
            let rules = folder.path("rise.ptn");
            let option = if quiet { "--quiet" } else { "--strict" };
            let mut child = start(&["run", option, &rules]);
            let mut input = child.stdin.take().unwrap();
            input.write_all(json_ticks(1..4).as_bytes()).unwrap();
            let mut output = BufReader::new(child.stdout.take().unwrap());
            for _ in 0..2 {
                output.read_line(&mut String::new()).unwrap();
            }
            signal(&child, name);
            let ended = child.wait_with_output().unwrap();
            drop(input);
            let err = String::from_utf8(ended.stderr).unwrap();
            assert_eq!(ended.status.code(), Some(code), "{err}");
            let far = "3 events had been read, up to line 3 of <stdin>, with 2 matches; all of it is written";
            let line = format!("stopped by {told}: {far}\n");
            assert_eq!(err, if quiet { String::new() } else { line });
        }
    }
}

/// Sixteen megabytes, of which a run has read a part when its output is not read any more.
fn stuck(folder: &Folder) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = start(&["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.jsonl")]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    (child, output)
}

#[test]
fn a_file_that_is_cut_while_it_is_read_is_an_error() {
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.jsonl", &json_ticks(1..400_000))]);
    let (child, mut output) = stuck(&folder);
    let path = folder.path("ticks.jsonl");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    let ended = child.wait_with_output().unwrap();
    let err = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(4), "{err}");
    let events = 2 + rest.lines().count();
    assert_eq!(err.lines().count(), 1, "{err}");
    let end = err.trim_end().rsplit_once("was cut").expect("it says so").1.replace(',', "");
    assert!(end.contains(&format!("{events} events had been read up to line {events} of")), "{err}");
    assert!(end.ends_with(&format!("with {} matches", events - 1)), "what was found is written: {err}");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_removed_while_it_is_read_is_read_to_its_end() {
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.jsonl", &json_ticks(1..100_000))]);
    let (child, mut output) = stuck(&folder);
    std::fs::remove_file(folder.path("ticks.jsonl")).unwrap();
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), rest.lines().count()), (Some(0), 99_997));
}

#[test]
fn a_writer_that_dies_is_the_end_and_half_a_line_a_bad_row() {
    let folder = Folder::with(&[("rise.ptn", RISE)]);
    let ran = run_with(&["run", &folder.path("rise.ptn")], &(json_ticks(1..3) + "{\"symbol\":\"IBM\",\"pri"));
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1), "{}", ran.err);
    assert!(ran.err.contains("bad row in <stdin>: line 3: invalid JSON"), "{}", ran.err);
}

#[test]
fn a_full_device_is_told_with_how_far_the_run_came() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let late = format!("{TICKS}IBM,1.0,1\nIBM,x,4\n");
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.csv", TICKS), ("late.csv", &late)]);
    let (rules, ticks, late) = (folder.path("rise.ptn"), folder.path("ticks.csv"), folder.path("late.csv"));
    let ran = run(&["run", &rules, "--input", &ticks, "--output", "/dev/full"]);
    assert_eq!(ran.code, 4);
    let wanted = format!(
        "error: cannot write to /dev/full: No space left on device (os error 28); 0 bytes of matches were written to it; \
         3 events had been read, up to line 4 of {ticks}, with 1 match\n"
    );
    assert_eq!(ran.err, wanted);
    for option in ["--late", "--bad-rows"] {
        let ran = run(&["run", &rules, "--quiet", "--input", &late, option, "/dev/full"]);
        assert_eq!((ran.code, ran.out.as_str()), (4, RISES), "{option}: {}", ran.err);
        assert!(ran.err.contains("cannot write to /dev/full"), "{option}: {}", ran.err);
    }
}

#[test]
fn a_file_is_written_to_for_one_purpose() {
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.csv", TICKS)]);
    let (rules, ticks, out) = (folder.path("rise.ptn"), folder.path("ticks.csv"), folder.path("out"));
    let ran = run(&["run", &rules, "--input", &ticks, "--late", &ticks]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("is an input, and would be overwritten"), "{}", ran.err);
    let ran = run(&["run", &rules, "--input", &ticks, "--late", &out, "--bad-rows", &out]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("would be written to twice"), "{}", ran.err);
    assert_eq!((folder.read("ticks.csv").as_str(), folder.files()), (TICKS, 2));
}
