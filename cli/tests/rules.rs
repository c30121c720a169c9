//! `check`, `fmt`, `explain` and `new`: what they say, and how they end.

mod common;

use common::{Folder, RISE, repository, run, run_with};
use serde_json::Value;

const MISTAKES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ten_mistakes.ptn");

/// The expected code and marked text of each line of the file of mistakes that has one.
fn expected_mistakes() -> Vec<(u64, String, String)> {
    let text = std::fs::read_to_string(MISTAKES).unwrap();
    let expected = |(index, line): (usize, &str)| {
        let (_, words) = line.split_once("// P")?;
        let (code, marked) = words.split_once(' ')?;
        Some((index as u64 + 1, format!("P{code}"), marked.to_owned()))
    };
    text.lines().enumerate().filter_map(expected).collect()
}

#[test]
fn check_reports_ten_mistakes_at_their_places() {
    let expected = expected_mistakes();
    assert_eq!(expected.len(), 10);
    let ran = run(&["check", "--json", MISTAKES]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let text = std::fs::read_to_string(MISTAKES).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let found: Vec<(u64, String, String)> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|found| found["severity"] == "error")
        .map(|found| {
            assert_eq!(found["file"], MISTAKES);
            let number = |name: &str| found[name].as_u64().unwrap();
            let (line, column, end) = (number("line"), number("column"), number("end_column"));
            let marked: String = lines[line as usize - 1]
                .chars()
                .skip(column as usize - 1)
                .take((end - column) as usize)
                .collect();
            (line, found["code"].as_str().unwrap().to_owned(), marked)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn check_shows_the_lines_and_says_how_many() {
    let ran = run(&["check", MISTAKES]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    for (line, code, _) in expected_mistakes() {
        assert!(ran.err.contains(&format!("ten_mistakes.ptn:{line}:")), "{}", ran.err);
        assert!(ran.err.contains(&code), "{}", ran.err);
    }
    assert!(ran.err.contains("10 errors"), "{}", ran.err);
    assert!(!ran.err.contains('\u{1b}'), "no colors in a pipe");
    assert!(run(&["--color", "always", "check", MISTAKES]).err.contains('\u{1b}'));
}

#[test]
fn check_counts_what_is_right() {
    let ran = run_with(&["check", "-"], RISE);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "ok: 1 rule, 1 event type\n", ""));
    let warned = run_with(&["check", "-"], &RISE.replace("from: a.price, ", "").replace("a.price", "1.0"));
    assert_eq!((warned.code, warned.out.as_str()), (0, "ok: 1 rule, 1 event type\n"));
}

#[test]
fn check_goes_on_after_a_wrong_file() {
    let folder = Folder::with(&[("wrong.ptn", "pattern P match a: Nothing"), ("right.ptn", RISE)]);
    let ran = run(&["check", &folder.path("wrong.ptn"), &folder.path("right.ptn")]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("P0201"), "{}", ran.err);
    assert!(ran.out.ends_with("right.ptn: ok: 1 rule, 1 event type\n"), "{}", ran.out);
}

#[test]
fn files_that_are_none() {
    let folder = Folder::with(&[]);
    let ran = run(&["check", &folder.path("missing.ptn")]);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("missing.ptn"), "{}", ran.err);
    let ran = run(&["check", &folder.path(".")]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("is a folder"), "{}", ran.err);
}

#[test]
fn fmt_rewrites_in_place_and_check_does_not() {
    let crooked = RISE.replace("    match  a: Tick => b", "  match a :Tick=>b");
    let folder = Folder::with(&[("a.ptn", &crooked), ("b.ptn", RISE)]);
    let (a, b) = (folder.path("a.ptn"), folder.path("b.ptn"));
    let ran = run(&["fmt", "--check", &a, &b]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("a.ptn") && !ran.err.contains("b.ptn"), "{}", ran.err);
    assert!(ran.out.contains("-  match a :Tick=>b"), "{}", ran.out);
    assert_eq!(folder.read("a.ptn"), crooked);

    assert_eq!(run(&["fmt", &a, &b]).code, 0);
    assert_eq!((folder.read("a.ptn"), folder.read("b.ptn")), (RISE.to_owned(), RISE.to_owned()));
    assert_eq!(folder.files(), 2, "nothing is left behind");
    assert_eq!(run(&["fmt", "--check", &a, &b]).code, 0);
    let ran = run_with(&["fmt", "-"], &crooked);
    assert_eq!((ran.code, ran.out.as_str()), (0, RISE));
}

#[test]
fn fmt_leaves_a_broken_file_alone() {
    let broken = "event  Tick { price f64 }";
    let folder = Folder::with(&[("a.ptn", broken)]);
    let ran = run(&["fmt", &folder.path("a.ptn")]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("P0101"), "{}", ran.err);
    assert_eq!(folder.read("a.ptn"), broken);
}

#[cfg(unix)]
#[test]
fn fmt_keeps_permissions_and_links() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::with(&[("a.ptn", &RISE.replace("    emit", "  emit"))]);
    let (file, link) = (folder.path("a.ptn"), folder.path("link.ptn"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&file, &link).unwrap();
    assert_eq!(run(&["fmt", &link]).code, 0);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(folder.read("a.ptn"), RISE);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn explain_knows_codes() {
    let ran = run(&["explain", "p0202"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.starts_with("P0202: the event has no such field\n"), "{}", ran.out);
    assert!(ran.out.contains("    pattern P match a: Tick[prize > 5.0]\n"), "{}", ran.out);
    let list = run(&["explain", "--list"]);
    assert!(list.out.lines().count() > 80 && list.out.contains("\nP0202  the event has"), "{}", list.out);
    let ran = run(&["explain", "P9202"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is no code P9202"), "{}", ran.err);
}

#[test]
fn explain_summarizes_rules() {
    let ran = run(&["explain", repository("examples/flights/flights.ptn").to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in [
        "pattern Slipping ",
        "    partition   by tailnum\n",
        "    strategy    runs: ",
        "guards, each computed once",
    ] {
        assert!(ran.out.contains(part), "{part} is not in\n{}", ran.out);
    }
    assert!(
        ran.out.contains("emits       BadSpell { carrier: str, origin: str, flights: i64, mean: f64"),
        "{}",
        ran.out
    );
}

#[test]
fn explain_shows_each_stage_of_one_rule() {
    let rules = repository("examples/flights/flights.ptn");
    let stage = |stage: &str, rule: &str| {
        run(&["explain", rules.to_str().unwrap(), "--stage", stage, "--rule", rule])
    };
    for name in ["ast", "hir", "lir", "clif", "asm"] {
        let ran = stage(name, "Slipping");
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        assert!(ran.out.contains("Slipping") && !ran.out.contains("BadSpell"), "{name}:\n{}", ran.out);
        let other = stage(name, "Sliping");
        assert_eq!(other.code, 2);
        assert!(other.err.contains("did you mean `Slipping`?"), "{}", other.err);
    }
    let whole = run(&["explain", rules.to_str().unwrap(), "--stage", "lir"]);
    assert!(whole.out.contains("rule Slipping") && whole.out.contains("rule BadSpell"), "{}", whole.out);
}

#[test]
fn usage() {
    assert_eq!(run(&[]).code, 2);
    assert_eq!(run(&["fmt"]).code, 2);
    assert_eq!(run(&["explain"]).code, 2);
    assert_eq!(run(&["explain", "P0202", "--stage", "lir"]).code, 2);
    assert_eq!(run(&["--version"]).out, format!("portent {}\n", env!("CARGO_PKG_VERSION")));
    let help = run(&["--help"]);
    assert!(help.out.contains("Exit codes:") && help.out.contains("tail -f"), "{}", help.out);
}

/// The templates themselves are built and tested as members of the workspace; here it is about the copy.
#[test]
fn new_copies_a_template_under_a_name() {
    let folder = Folder::with(&[]);
    let at = folder.path("night-watch");
    let portent = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for template in ["build-script", "macro", "service"] {
        let ran = run(&["new", &at, "--template", template, "--path", portent]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
        let manifest = std::fs::read_to_string(format!("{at}/Cargo.toml")).unwrap();
        assert!(manifest.contains("name = \"night-watch\"") && !manifest.contains(".."), "{manifest}");
        let cargo = std::process::Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
            .arg(format!("{at}/Cargo.toml"))
            .output()
            .unwrap();
        assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
        let again = run(&["new", &at, "--template", template]);
        assert!(again.code == 2 && again.err.contains("exists"), "{again:?}");
        std::fs::remove_dir_all(&at).unwrap();
        assert_eq!(run(&["new", &at, "--template", template]).code, 0);
        let manifest = std::fs::read_to_string(format!("{at}/Cargo.toml")).unwrap();
        assert!(manifest.contains("version = \"0.1.0\"") && !manifest.contains("path ="), "{manifest}");
        std::fs::remove_dir_all(&at).unwrap();
    }
    assert_eq!(run(&["new", "7/8", "--template", "macro"]).code, 2);
    assert_eq!(run(&["new", &at, "--template", "macro", "--path", &at]).code, 2);
}
