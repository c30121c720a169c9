//! A full disk, as a bound on the size of files: what a run says and leaves behind. (What `/dev/full` does is in `endings.rs`.)
#![cfg(unix)]

mod common;

use common::{Folder, Ran, run};
use std::path::Path;
use std::process::Command;

/// Few matches, and a state that grows with each event.
const RULES: &str = "\
event E {
    k:  i64,
    v:  i64,
    at: timestamp(ms),
} time at

pattern Pair
    partition by k
    match  a: E[v == 0] -> b: E[v == 1]
    emit   { k: a.k, from: a.at, to: b.at }
";

/// Events of which one in a hundred completes a match.
fn events(rows: u64) -> String {
    let row = |at: u64| match at % 100 {
        99 => format!("{},1,{at}\n", at - 50),
        _ => format!("{at},0,{at}\n"),
    };
    "k,v,at\n".to_owned() + &(0..rows).map(row).collect::<String>()
}

/// The command where no file can be longer than so many blocks of 512 bytes. What would be a signal is an error of the write, as on a full
/// disk.
fn limited(blocks: u64, args: &[&str]) -> Ran {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let portent = env!("CARGO_BIN_EXE_portent");
    let ended = Command::new("sh").args(["-c", &script, portent]).args(args).output().expect("a shell");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code: ended.status.code().expect("no signal"), out: text(ended.stdout), err: text(ended.stderr) }
}

struct Case {
    folder: Folder,
    args: Vec<String>,
    out: String,
    state: String,
}

impl Case {
    fn new(rows: u64, more: &[&str]) -> Self {
        let folder = Folder::with(&[("rules.ptn", RULES), ("events.csv", &events(rows))]);
        let (out, state) = (folder.path("out.jsonl"), folder.path("state"));
        let (rules, input) = (folder.path("rules.ptn"), folder.path("events.csv"));
        let whole = run(&["run", &rules, "--input", &input, "--output", &folder.path("whole.jsonl")]);
        assert_eq!(whole.code, 0, "{}", whole.err);
        let args = ["run", &rules, "--input", &input, "--output", &out, "--checkpoint", &state];
        let args = args.iter().chain(more).map(|arg| (*arg).to_owned()).collect();
        Self { folder, args, out, state }
    }

    fn args(&self) -> Vec<&str> {
        self.args.iter().map(String::as_str).collect()
    }

    /// The same command, when there is room again, ends with the output of a run that always had room.
    fn goes_on(&self) {
        let ran = run(&self.args());
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(
            self.folder.read("out.jsonl") == self.folder.read("whole.jsonl"),
            "the output is another one"
        );
    }
}

#[test]
fn matches_that_cannot_be_written_end_the_run_which_goes_on_when_there_is_room() {
    let case = Case::new(400_000, &["--every", "1h"]);
    let bytes = case.folder.read("whole.jsonl").len() as u64;
    let ran = limited(bytes / 512 / 2, &case.args());
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains(&format!("error: cannot write to {}: File too large", case.out)), "{}", ran.err);
    let written = std::fs::metadata(&case.out).expect("the output").len();
    assert!(written > 0 && written < bytes, "{written} of {bytes}");
    assert!(ran.err.contains("bytes of matches were written to it; "), "{}", ran.err);
    case.goes_on();
}

#[test]
fn checkpoints_that_cannot_be_written_are_counted_and_the_run_goes_on() {
    let case = Case::new(400_000, &["--every", "1ms", "--stats"]);
    // The output needs less room than the state, of about fifty bytes for each event.
    let bytes = case.folder.read("whole.jsonl").len() as u64;
    let ran = limited(bytes / 512 + 64, &case.args());
    assert_eq!(ran.code, 0, "the last one has no state: {}", ran.err);
    assert!(case.folder.read("out.jsonl") == case.folder.read("whole.jsonl"), "no match is missing");
    assert!(ran.err.contains("cannot be written (") && ran.err.contains("File too large"), "{}", ran.err);
    let counted = |begin: &str, text: &str| {
        let mut lines = ran.err.lines().filter(|line| line.trim_start().starts_with(begin));
        let line = lines.find(|line| line.contains(text)).unwrap_or_else(|| panic!("{}", ran.err));
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u64>().expect("a number")
    };
    let stats = counted("", "checkpoints that could not be written");
    let told = counted("warning: ", " could not be written");
    assert!(stats > 0 && stats == told, "{stats} and {told}: {}", ran.err);
    let left = std::fs::read_dir(&case.state).expect("the folder").flatten();
    let long = left.filter(|file| file.metadata().is_ok_and(|file| file.len() > bytes + 64 * 512));
    assert_eq!(long.count(), 0);
}

/// Of a run that ends without its last checkpoint the exit code says so, and it goes on from the one before.
#[test]
fn a_folder_that_becomes_unwritable_is_told() {
    let case = Case::new(200_000, &["--every", "1h"]);
    // What is to be the folder of checkpoints cannot be one.
    std::fs::write(&case.state, "").expect("a file");
    let ran = run(&case.args());
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("cannot keep checkpoints in"), "{}", ran.err);
    assert!(!Path::new(&case.out).exists(), "nothing was begun");
    std::fs::remove_file(&case.state).expect("it can be removed");
    // No file can have anything in it, so not even the last checkpoint, which is small.
    let nothing = case.folder.path("nothing.csv");
    std::fs::write(&nothing, "k,v,at\n").expect("a file");
    let args = case.args.iter().map(|arg| if arg.ends_with("events.csv") { &nothing } else { arg });
    let ran = limited(0, &args.map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ran.code, 4, "{}", ran.err);
    assert!(ran.err.contains("1 checkpoint could not be written"), "{}", ran.err);
    assert!(ran.err.contains("the same command would go on from the beginning"), "{}", ran.err);
    case.goes_on();
}
