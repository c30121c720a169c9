//! A sink that is not read: the run stops reading, holds little, and goes on when it is read.
//!
//! That it has stopped is seen, not waited for: every thread sleeps, and none has run between two looks. Then nothing but a reader can have
//! it go on.
#![cfg(target_os = "linux")]

mod common;

use common::{Folder, RISE, portent};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const ROWS: u64 = 1_000_000;
/// Rows that are written at once.
const BLOCK: u64 = 500;

/// Each but the first is a rise.
fn rows(from: u64) -> String {
    (from..from + BLOCK).map(|at| format!("IBM,{at}.5,{at}\n")).collect()
}

/// The state of a thread and how often it has been on a processor.
fn thread(folder: &Path) -> Option<(char, u64)> {
    let status = fs::read_to_string(folder.join("status")).ok()?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    let switches = |name: &str| field(name)?.trim().parse::<u64>().ok();
    let state = field("State:")?.trim().chars().next()?;
    Some((state, switches("voluntary_ctxt_switches:")? + switches("nonvoluntary_ctxt_switches:")?))
}

/// How often the threads of a process have been on a processor, if all of them sleep.
fn asleep(id: u32) -> Option<Vec<u64>> {
    let threads = fs::read_dir(format!("/proc/{id}/task")).ok()?;
    let threads = threads.flatten().map(|entry| thread(&entry.path()));
    threads.map(|thread| thread.filter(|(state, _)| *state == 'S').map(|(_, switches)| switches)).collect()
}

/// The most memory that a process has had, in bytes.
fn memory(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("the process is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

/// Gives a run more than it may hold, reads nothing, and sees it stop; then reads all.
fn stops_and_goes_on(workers: &str) {
    let folder = Folder::with(&[("rise.ptn", RISE)]);
    let rules = folder.path("rise.ptn");
    let mut child = portent()
        .args(["run", &rules, "--input", "Tick=-", "--format", "csv", "--workers", workers, "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut input = child.stdin.take().expect("a pipe");
    let written = Arc::new(AtomicU64::new(0));
    let counted = written.clone();
    let writer = std::thread::Builder::new().name("gives-rows".to_owned()).spawn(move || {
        input.write_all(b"symbol,price,at\n").expect("the run reads");
        for from in (0..ROWS).step_by(BLOCK as usize) {
            input.write_all(rows(from).as_bytes()).expect("the run reads");
            counted.store(from + BLOCK, Ordering::Release);
        }
    });
    let writer = writer.expect("a thread");
    let end = Instant::now() + Duration::from_secs(120);
    let mut last = None;
    let given = loop {
        let now = asleep(child.id()).map(|switches| (switches, written.load(Ordering::Acquire)));
        match (&now, &last) {
            (Some(now), Some(last)) if now == last && now.1 > 0 && writer_sleeps() => break now.1,
            _ => last = now,
        }
        assert!(Instant::now() < end, "the run does not stop: {last:?}");
        assert!(written.load(Ordering::Acquire) < ROWS, "all was taken though nothing was read");
        std::thread::yield_now();
    };
    // Pieces on their way, and what the pipes hold; see `docs/reference.md`.
    assert!(given < ROWS / 2, "{given} of {ROWS} rows were taken");
    let held = memory(child.id());
    assert!(held < 256 << 20, "{held} bytes are held");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let (mut lines, mut line) = (0, String::new());
    while output.read_line(&mut line).expect("the run writes") > 0 {
        lines += 1;
        assert!(line.contains(&format!("\"to\":{lines}.5")), "match {lines}: {line}");
        line.clear();
    }
    assert_eq!(lines, ROWS - 1);
    writer.join().expect("all was taken");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(output.read(&mut [0]).expect("the end"), 0);
}

/// Whether the thread that gives rows waits for the run.
fn writer_sleeps() -> bool {
    let threads = fs::read_dir("/proc/self/task").expect("threads").flatten();
    let mut writers = threads.filter(|entry| {
        fs::read_to_string(entry.path().join("comm")).is_ok_and(|name| name.trim() == "gives-rows")
    });
    writers.any(|entry| thread(&entry.path()).is_some_and(|(state, _)| state == 'S'))
}

#[test]
fn a_slow_sink_holds_the_source_back() {
    // One after the other: there is one writer at a time.
    stops_and_goes_on("1");
    stops_and_goes_on("2");
}
