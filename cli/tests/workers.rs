//! `run --workers`: whatever their number, a run gives the same, and ends the same way.

mod common;

use common::{Folder, portent, run};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// One rule of each way to be divided: by key, by another key, batch by batch, by groups, beside what it reads, and not at all.
const RULES: &str = "\
event Order { id: i64, shop: str, amount: f64, at: timestamp(ms) } time at lateness 50ms
event Payment { id: i64, shop: str, amount: f64, at: timestamp(ms) } time at lateness 50ms

pattern Paid partition by id match o: Order -> p: Payment within 1s emit { id: o.id, shop: o.shop, took: p.at - o.at }
pattern Unpaid partition by id match o: Order -> !Payment within 300ms emit { id: o.id, shop: o.shop }
pattern Rise partition by shop match a: Order => b: Order[amount > a.amount] emit { shop: b.shop, amount: b.amount }
query Large from Order[amount > 90.0] emit { id, amount }
query Sales from Order window tumbling 1s group by shop emit { shop, total: sum(amount), n: count() }
pattern Better partition by shop match a: Sales -> b: Sales[total > a.total] emit { shop: b.shop, total: b.total }
pattern Any match a: Order[amount > 99.0] -> b: Payment[amount > 99.0] within 2s emit { a: a.id, b: b.id }
";

/// Orders and payments, somewhat out of order: `id,shop,amount,at`.
fn events(seed: u64, rows: u64, step: u64) -> String {
    let mut state = seed;
    let mut random = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut text = "id,shop,amount,at\n".to_owned();
    for row in 0..rows {
        let (id, shop, amount) = (random(5_000), random(40), random(10_000) as f64 / 100.0);
        // Now and then one that is late.
        let back = if random(1_000) == 0 { 500 } else { random(40) };
        let at = (1_000 + row * step).saturating_sub(back);
        writeln!(text, "{id},shop {shop} of a long name,{amount:?},{at}").expect("a String takes all");
    }
    text
}

fn folder() -> Folder {
    Folder::with(&[
        ("rules.ptn", RULES),
        ("orders.csv", &events(1, 120_000, 1)),
        ("payments.csv", &events(2, 60_000, 2)),
    ])
}

#[test]
fn any_number_of_workers_writes_the_same() {
    let folder = folder();
    let run = |more: &[&str]| {
        let (o, p) = (folder.path("orders.csv"), folder.path("payments.csv"));
        let (o, p, late) = (format!("Order={o}"), format!("Payment={p}"), folder.path("late.jsonl"));
        let rules = folder.path("rules.ptn");
        let args = ["run", &rules, "--input", &o, "--input", &p, "--late", &late];
        let ran = run(&[&args[..], more].concat());
        assert_eq!(ran.code, 0, "{more:?}: {}", ran.err);
        (ran.out, ran.err, folder.read("late.jsonl"))
    };
    let one = run(&[]);
    for rule in ["Paid", "Unpaid", "Rise", "Large", "Sales", "Better", "Any"] {
        assert!(one.0.contains(&format!("{{\"type\":\"{rule}\"")), "{rule} is found");
    }
    assert!(one.2.lines().count() > 50, "some are late");
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    for more in [&["--workers", "2"][..], &["--workers", "3", "--pin"], &["--workers", "8", "--ordered"]] {
        let many = run(more);
        assert!(many.0 == one.0, "{more:?}: matches");
        // Of two inputs either may be read a piece ahead.
        assert_eq!((&many.1, sorted(&many.2)), (&one.1, sorted(&one.2)), "{more:?}: late events");
    }
    let unordered = run(&["--workers", "3", "--unordered"]);
    assert!(sorted(&unordered.0) == sorted(&one.0), "the same matches in another order");
}

#[test]
fn a_bad_row_ends_a_strict_run_at_the_same_match() {
    let mut orders = events(1, 60_000, 1);
    orders.push_str("7,x,not a number,70000\n");
    orders.push_str(&events(1, 1_000, 1).replace("id,shop,amount,at\n", ""));
    let folder = Folder::with(&[("rules.ptn", RULES), ("orders.csv", &orders)]);
    let order = format!("Order={}", folder.path("orders.csv"));
    let rules = folder.path("rules.ptn");
    let run = |workers| run(&["run", &rules, "--input", &order, "--strict", "--workers", workers]);
    let (one, many) = (run("1"), run("3"));
    assert_eq!((one.code, many.code), (3, 3));
    assert!(!one.out.is_empty() && one.out == many.out, "{}", many.err);
    assert_eq!(one.err, many.err);
}

#[test]
fn a_reader_that_has_enough_ends_the_run() {
    let folder = folder();
    let mut command = portent();
    command.args(["run", &folder.path("rules.ptn"), "--workers", "3"]);
    command.arg("--input").arg(format!("Order={}", folder.path("orders.csv")));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the command starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("an output")).read_line(&mut line).expect("a line");
    assert!(line.starts_with("{\"type\":"));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn the_number_of_workers_is_a_number() {
    for text in ["0", "-1", "many", "1025"] {
        let ran = run(&["run", "rules.ptn", &format!("--workers={text}")]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("the number of workers is from 1 to 1024"), "{}", ran.err);
    }
}
