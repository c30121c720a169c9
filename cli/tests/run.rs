//! `run`: events in, matches out, and how it ends.

mod common;

use common::{Folder, RISE, RISES, TICKS, portent, repository, run, run_with};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

const TWO: &str = "\
event Order { id: i64, at: timestamp(s) } time at
event Payment { id: i64, at: timestamp(s) } time at
pattern Paid partition by id match o: Order -> p: Payment emit { id: o.id, took: p.at - o.at }
";

fn json_ticks(rows: std::ops::Range<i64>) -> String {
    rows.map(|at| format!("{{\"symbol\":\"IBM\",\"price\":{at}.0,\"at\":{at}}}\n")).collect()
}

#[test]
fn csv_to_json_lines() {
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.csv", TICKS)]);
    let (rules, ticks) = (folder.path("rise.ptn"), folder.path("ticks.csv"));
    for input in [ticks.clone(), format!("Tick={ticks}")] {
        let ran = run(&["run", &rules, "--input", &input]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, RISES, ""));
    }
    let ran = run_with(&["run", &rules, "--format", "csv"], TICKS);
    assert_eq!((ran.code, ran.out.as_str()), (0, RISES));
}

#[test]
fn json_lines_to_csv() {
    let folder = Folder::with(&[("rise.ptn", RISE)]);
    let out = folder.path("out.csv");
    let ran = run_with(&["run", &folder.path("rise.ptn"), "--output", &out], &json_ticks(1..3));
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    assert_eq!(folder.read("out.csv"), "ts,symbol,from,to\n1970-01-01T00:00:02Z,IBM,1.0,2.0\n");
    let ran = run_with(&["run", &folder.path("rise.ptn"), "--output-format", "csv"], "");
    assert_eq!((ran.code, ran.out.as_str()), (0, "ts,symbol,from,to\n"), "a header without rows");
}

#[test]
fn several_inputs_are_merged_by_time() {
    let orders: String = (1..=9).map(|id| format!("{id},{}\n", id * 10)).collect();
    let payments: String = (1..=9).map(|id| format!("{id},{}\n", id * 10 + 3)).collect();
    let folder = Folder::with(&[
        ("two.ptn", TWO),
        ("orders.csv", &format!("id,at\n{orders}")),
        ("payments.csv", &format!("id,at\n{payments}")),
    ]);
    let (o, p) = (folder.path("orders.csv"), folder.path("payments.csv"));
    let (o, p) = (format!("Order={o}"), format!("Payment={p}"));
    let both = run(&["run", &folder.path("two.ptn"), "--input", &o, "--input", &p]);
    let turned = run(&["run", &folder.path("two.ptn"), "--input", &p, "--input", &o]);
    assert_eq!(both.code, 0, "{}", both.err);
    assert_eq!(both.out.lines().count(), 9);
    assert_eq!(both.out, turned.out);
    assert!(
        both.out
            .starts_with("{\"type\":\"Paid\",\"ts\":\"1970-01-01T00:00:13Z\",\"id\":1,\"took\":\"3s\"}\n"),
        "{}",
        both.out
    );

    let ran = run(&["run", &folder.path("two.ptn"), "--input", &o]);
    assert!(ran.err.contains("no input brings `Payment`"), "{}", ran.err);
    let ran = run(&["run", &folder.path("two.ptn"), "--input", &folder.path("orders.csv")]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("--input Order="), "{}", ran.err);
    let ran = run(&["run", &folder.path("two.ptn"), "--input", "Ordr=x.csv"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean `Order`?"), "{}", ran.err);
}

#[test]
fn one_file_of_json_lines_holds_all_types() {
    let folder = Folder::with(&[("two.ptn", TWO)]);
    let events = "{\"kind\":\"Order\",\"id\":1,\"at\":1}\n{\"kind\":\"Payment\",\"id\":1,\"at\":5}\n";
    let ran = run_with(&["run", &folder.path("two.ptn"), "--type-field", "kind"], events);
    assert_eq!(
        ran.out, "{\"type\":\"Paid\",\"ts\":\"1970-01-01T00:00:05Z\",\"id\":1,\"took\":\"4s\"}\n",
        "{}",
        ran.err
    );
}

#[test]
fn the_output_of_one_run_is_the_input_of_another() {
    let next = "event Rise { symbol: str, to: f64, ts: timestamp } time ts\nquery High from Rise[to > 2.0] emit { symbol }";
    let folder = Folder::with(&[("rise.ptn", RISE), ("next.ptn", next), ("ticks.csv", TICKS)]);
    let rises = run(&["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.csv")]);
    let ran = run_with(&["run", &folder.path("next.ptn")], &rises.out);
    assert_eq!(
        ran.out, "{\"type\":\"High\",\"ts\":\"1970-01-01T00:00:02Z\",\"symbol\":\"IBM\"}\n",
        "{}",
        ran.err
    );
}

#[test]
fn bad_rows_are_counted_shown_and_kept() {
    let mut ticks = TICKS.to_owned();
    (0..7).for_each(|row| ticks += &format!("IBM,x{row},9\n"));
    ticks += "IBM,1.0\nIBM,9.0,8\n";
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.csv", &ticks)]);
    let (rules, input, bad) = (folder.path("rise.ptn"), folder.path("ticks.csv"), folder.path("bad.txt"));
    let ran = run(&["run", &rules, "--input", &input, "--bad-rows", &bad]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.out.lines().count(), 2, "the row after the bad ones is read");
    assert_eq!(ran.err.matches("bad row in").count(), 5, "{}", ran.err);
    assert!(ran.err.contains("line 5: field `price`: `x0` is not an f64"), "{}", ran.err);
    assert!(ran.err.contains("8 bad rows were not read"), "{}", ran.err);
    assert!(ran.err.contains("7  field `price`: not of type f64"), "{}", ran.err);
    assert_eq!(folder.read("bad.txt").lines().next(), Some("IBM,x0,9"));
    assert_eq!(folder.read("bad.txt").lines().count(), 8);
    assert_eq!(run(&["run", &rules, "--input", &input, "--quiet"]).err, "");
}

#[test]
fn strict_stops_at_the_first_bad_row() {
    let ticks = "symbol,price,at\nIBM,1.0,1\nIBM,2.5,2\nIBM,oops,3\nIBM,1.0,4\nIBM,2.0,5\n";
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.csv", ticks)]);
    let ran = run(&["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.csv"), "--strict"]);
    assert_eq!((ran.code, ran.out.as_str()), (3, RISES), "what came before the bad row stands");
    assert!(ran.err.contains("ticks.csv: line 4: field `price`: `oops`"), "{}", ran.err);
}

#[test]
fn a_row_without_a_time_is_a_bad_row() {
    let rules = RISE.replace("timestamp(s)", "timestamp(s)?");
    let ticks = TICKS.replace("IBM,2.0,3", "IBM,2.0,NA");
    let folder = Folder::with(&[("rise.ptn", &rules), ("ticks.csv", &ticks)]);
    let args = ["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.csv"), "--strict"];
    let ran = run(&args[..4]);
    assert_eq!((ran.code, ran.out.as_str()), (0, RISES));
    assert!(ran.err.contains("line 4: its time is null"), "{}", ran.err);
    assert_eq!(run(&args).code, 3);
}

#[test]
fn late_events_are_told() {
    let ticks = format!("{TICKS}IBM,9.0,1\nIBM,9.0,2\n");
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.csv", &ticks)]);
    let ran = run(&["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.csv")]);
    assert_eq!((ran.code, ran.out.as_str()), (0, RISES));
    assert!(ran.err.contains("2 `Tick` events were late"), "{}", ran.err);
    assert!(ran.err.contains("the first at line 5") && ran.err.contains("lateness"), "{}", ran.err);
}

#[test]
fn stats_tell_everything() {
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.csv", TICKS)]);
    let ran = run(&["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.csv"), "--stats"]);
    assert_eq!(ran.out, RISES);
    for part in ["Tick ", "Rise ", "events/s", "MB/s", "compiled in", "nothing was bad, late or dropped"] {
        assert!(ran.err.contains(part), "{part} is not in\n{}", ran.err);
    }
}

#[test]
fn stats_tell_of_idle_partitions() {
    let rules = RISE.replace("    emit ", "    limit partition idle 10s\n    emit ");
    let ticks = "symbol,price,at\nIBM,1.0,1\nSAP,1.0,5\nIBM,2.5,20\nIBM,3.0,30\nSAP,2.0,15000\n";
    let folder = Folder::with(&[("rise.ptn", &rules), ("ticks.csv", ticks)]);
    let ran = run(&["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.csv"), "--stats"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("\"from\":2.5,\"to\":3.0") && ran.out.lines().count() == 1, "{}", ran.out);
    assert!(
        ran.err.contains("           3  Rise: partitions ended by `limit partition idle`"),
        "{}",
        ran.err
    );
}

#[test]
fn a_limit_that_is_an_error_ends_the_run() {
    let rules = RISE.replace("    emit", "    limit  partitions 1 fail\n    emit");
    let ticks = format!("{TICKS}AMD,1.0,4\n");
    let folder = Folder::with(&[("rise.ptn", &rules), ("ticks.csv", &ticks)]);
    let ran = run(&["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.csv")]);
    assert_eq!((ran.code, ran.out.as_str()), (4, RISES), "{}", ran.err);
    assert!(ran.err.contains("rule `Rise`: the limit of 1 partitions is reached"), "{}", ran.err);
}

#[test]
fn what_cannot_be_opened() {
    let folder =
        Folder::with(&[("rise.ptn", RISE), ("wrong.ptn", "pattern P match a: Tick"), ("ticks.csv", TICKS)]);
    let (rules, ticks) = (folder.path("rise.ptn"), folder.path("ticks.csv"));
    let cases: &[(&[&str], i32, &str)] = &[
        (&["run", &rules, "--input", "missing.csv"], 4, "missing.csv"),
        (&["run", &rules, "--input", &rules], 2, "--format"),
        (&["run", &rules, "--input", &ticks, "--output", "/missing/out.jsonl"], 4, "/missing/out.jsonl"),
        (&["run", &rules, "--input", &ticks, "--output", &ticks], 2, "is an input"),
        (&["run", &rules, "--input", "-", "--input", "-"], 2, "standard input"),
        (&["run", "-", "--input", "-"], 2, "standard input"),
        (&["run", &rules, "--input", &ticks, "--null", "x", "--format", "jsonl"], 2, "--null is about CSV"),
        (&["run", &folder.path("wrong.ptn"), "--input", &ticks], 1, "P0201"),
        (&["run", &rules, "--input", &ticks, "--input"], 2, "--input"),
    ];
    for (args, code, part) in cases {
        let ran = run(args);
        assert_eq!((ran.code, ran.out.as_str()), (*code, ""), "{args:?}\n{}", ran.err);
        assert!(ran.err.contains(part), "{part} is not in\n{}", ran.err);
    }
    assert_eq!(folder.read("ticks.csv"), TICKS);
    let no_price = "symbol,prize,at\nIBM,1.0,1\n";
    let ran = run_with(&["run", &rules, "--format", "csv"], no_price);
    assert_eq!(ran.code, 4);
    assert!(ran.err.contains("no column `price`") && ran.err.contains("`prize`"), "{}", ran.err);
}

/// As a filter in a shell pipeline: each match is there before the next event is.
#[test]
fn a_match_is_printed_as_soon_as_its_event_has_been_read() {
    let folder = Folder::with(&[("rise.ptn", RISE)]);
    let mut child = portent()
        .args(["run", &folder.path("rise.ptn")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    input.write_all(json_ticks(1..2).as_bytes()).unwrap();
    for at in 2..6 {
        input.write_all(json_ticks(at..at + 1).as_bytes()).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.contains(&format!("\"to\":{at}.0")), "{line}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// `portent run … | head -1`
#[test]
fn a_broken_pipe_ends_quietly() {
    let folder = Folder::with(&[("rise.ptn", RISE), ("ticks.jsonl", &json_ticks(1..200_000))]);
    let mut child = portent()
        .args(["run", &folder.path("rise.ptn"), "--input", &folder.path("ticks.jsonl")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("{\"type\":\"Rise\""), "{line}");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn flights_in_two_weeks() {
    let file = |name: &str| repository("examples/flights").join(name).to_str().unwrap().to_owned();
    let ran = run(&["run", &file("flights.ptn"), "--input", &file("flights.csv")]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let count = |rule: &str| ran.out.matches(&format!("{{\"type\":\"{rule}\"")).count();
    // As `tests/flights_check.py` finds.
    assert_eq!(["Slipping", "Recovered", "CancelledTwice", "BadSpell"].map(count), [30, 6, 7, 50]);
}

/// Sessions of a symbol's ticks.
const SESSIONS: &str = "\
event Tick { symbol: str, price: f64?, at: timestamp(s) } time at

query Session
    from   Tick
    window session 5s
    group  by symbol
    emit   { symbol, prices: collect(price), high: max(price), from: window.start, lasted: last(at) - first(at) }
";

#[test]
fn a_query_gives_rows() {
    let ticks = "symbol,price,at\nIBM,1.0,1\nSAP,9.5,2\nIBM,,3\nIBM,2.5,20\n";
    let folder = Folder::with(&[("sessions.ptn", SESSIONS), ("ticks.csv", ticks)]);
    let (rules, ticks) = (folder.path("sessions.ptn"), folder.path("ticks.csv"));
    let ran = run(&["run", &rules, "--input", &ticks]);
    let row = |ts, symbol, prices, high, from, lasted| {
        format!(
            "{{\"type\":\"Session\",\"ts\":\"1970-01-01T00:00:{ts}Z\",\"symbol\":\"{symbol}\",\"prices\":{prices},\
             \"high\":{high},\"from\":\"1970-01-01T00:00:{from}Z\",\"lasted\":\"{lasted}\"}}\n"
        )
    };
    let wanted = row("07", "SAP", "[9.5]", "9.5", "02", "0s")
        + &row("08", "IBM", "[1.0,null]", "1.0", "01", "2s")
        + &row("25", "IBM", "[2.5]", "2.5", "20", "0s");
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, wanted.as_str(), ""));
    for (stage, shown) in [("lir", "Session { gap: 5000000000"), ("clif", "Session.step")] {
        let ran = run(&["explain", &rules, "--stage", stage]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.contains(shown), "{stage}: {}", ran.out);
    }
}
