//! The table as text and as CSV.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::args::Engine;
use crate::latency::{Distribution, MARKS};
use crate::limits::Limits;
use crate::measure::Row;

/// What was measured so far.
pub(crate) struct Report {
    limits: Limits,
    rows: Vec<(Row, Option<f64>)>,
}

const HEAD: &str = "workload,engine,events,matches,best_ns,median_ns,events_per_second,ratio_to_hand,\
bytes_per_event,part_of_limit,instructions_per_event,allocations,peak_bytes,resident_bytes,compile_ns,times_another,p50_ns,p90_ns,p99_ns,p999_ns,p9999_ns,max_ns";

impl Report {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, rows: Vec::new() }
    }

    pub(crate) fn head(&self) {
        println!(
            "{:<40} {:<9} {:>8} {:>6} {:>9} {:>6} {:>7} {:>6} {:>8} {:>8} {:>9} {:>8} {:>9}  times",
            "workload",
            "engine",
            "M ev/s",
            "/hand",
            "ns/ev",
            "B/ev",
            "MB/s",
            "limit",
            "ins/ev",
            "allocs",
            "peak kB",
            "JIT ms",
            "matches"
        );
    }

    /// The engines of one workload.
    pub(crate) fn add(&mut self, rows: Vec<Row>) {
        let hand = rows.iter().find(|row| row.engine == Engine::Hand).map(Row::rate);
        for row in rows {
            let ratio = hand.filter(|_| row.engine != Engine::Oracle).map(|hand| row.rate() / hand);
            self.print(&row, ratio);
            self.rows.push((row, ratio));
        }
    }

    fn print(&self, row: &Row, ratio: Option<f64>) {
        let optional = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let rate = row.rate() / 1e6;
        println!(
            "{:<40} {:<9} {:>8} {:>6} {:>9.1} {:>6.1} {:>7.0} {:>6} {:>8} {:>8} {:>9.0} {:>8} {:>9}  {}",
            if row.engine == Engine::Hand { row.workload.name } else { "" },
            row.engine.name(),
            format!("{rate:.*}", if rate < 10.0 { 3 } else { 1 }),
            optional(ratio, 2),
            1e3 / rate,
            row.bytes as f64 / row.events as f64,
            row.bytes as f64 / row.best().as_secs_f64() / 1e6,
            format!("{:.0} %", 100.0 * self.part_of_limit(row)),
            optional(row.instructions, 1),
            row.memory.allocations,
            row.memory.peak as f64 / 1e3,
            optional(row.compiled.map(|took| took.as_secs_f64() * 1e3), 2),
            row.found.matches,
            self.times_another(row).map_or_else(String::new, |times| format!("{times:.2}")),
        );
    }

    /// What an event costs, as a multiple of what it costs in the workload that this one is compared with.
    fn times_another(&self, row: &Row) -> Option<f64> {
        let against = row.workload.against?;
        let of = |other: &&Row| other.workload.name == against && other.engine == row.engine;
        Some(self.rows.iter().map(|(row, _)| row).find(of)?.rate() / row.rate())
    }

    /// The time that reading the input in a row and fetching state from random places take at least, as a part of the time taken.
    fn part_of_limit(&self, row: &Row) -> f64 {
        let reading = row.bytes as f64 / self.limits.read;
        let fetching = row.workload.random_lines * row.events as f64
            / self.limits.prefetched.max(self.limits.independent);
        (reading + fetching) / row.best().as_secs_f64()
    }

    /// What single events take.
    pub(crate) fn print_latencies(&self, clock: Distribution) {
        println!("\nnanoseconds for an event that is pushed alone, reading the clock included\n");
        print!("{:<40} {:<9}", "workload", "engine");
        MARKS.iter().for_each(|(name, _)| print!(" {name:>8}"));
        let line = |name: &str, engine: &str, took: Distribution| {
            print!("\n{name:<40} {engine:<9}");
            took.iter().for_each(|took| print!(" {took:>8}"));
        };
        line("(reading the clock)", "", clock);
        for (row, _) in &self.rows {
            if let Some(took) = row.latency {
                line(row.workload.name, row.engine.name(), took);
            }
        }
        println!();
    }

    /// All rows, below what the machine is.
    pub(crate) fn write_csv(&self, path: &Path) -> std::io::Result<()> {
        let mut text = String::new();
        let limits = &self.limits;
        // Writing to a `String` does not fail.
        for line in machine() {
            let _ = writeln!(text, "# {line}");
        }
        let _ = writeln!(
            text,
            "# read {:.2} GB/s; random lines, M/s: dependent {:.1}, independent {:.1}, prefetched {:.1}; branch miss {:.1} ns",
            limits.read / 1e9,
            limits.dependent / 1e6,
            limits.independent / 1e6,
            limits.prefetched / 1e6,
            limits.miss * 1e9
        );
        let _ = writeln!(text, "{HEAD}");
        for (row, ratio) in &self.rows {
            let optional = |value: Option<String>| value.unwrap_or_default();
            let _ = writeln!(
                text,
                "\"{}\",{},{},{},{},{},{:.0},{},{:.1},{:.4},{},{},{},{},{},{},{}",
                row.workload.name,
                row.engine.name(),
                row.events,
                row.found.matches,
                row.best().as_nanos(),
                row.median().as_nanos(),
                row.rate(),
                optional(ratio.map(|ratio| format!("{ratio:.3}"))),
                row.bytes as f64 / row.events as f64,
                self.part_of_limit(row),
                optional(row.instructions.map(|count| format!("{count:.1}"))),
                row.memory.allocations,
                row.memory.peak,
                row.memory.resident,
                optional(row.compiled.map(|took| took.as_nanos().to_string())),
                optional(self.times_another(row).map(|times| format!("{times:.3}"))),
                latency_csv(row.latency)
            );
        }
        std::fs::write(path, text)
    }
}

/// A value for each mark, or nothing for each.
fn latency_csv(took: Option<Distribution>) -> String {
    took.map_or([""; MARKS.len()].join(","), |took| took.map(|took| took.to_string()).join(","))
}

/// Processor, cores, memory and compiler, as far as the system says.
fn machine() -> Vec<String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    let cpu =
        value(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = value(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    vec![format!("{cpu}, {cores} cores, memory {memory}, {}", rustc.unwrap_or_default())]
}
