//! Instructions, counted by valgrind: the same on every run, whatever else the machine does.

use std::process::Command;

use portent_workloads::Workload;

use crate::args::Engine;

/// Of the events of a workload one in so many is counted, for a program runs some fifty times as long under valgrind; and at most so many.
const PART: usize = 20;
const EVENTS_MAX: usize = 100_000;

/// Events of a counted run.
pub(crate) fn events(workload: &Workload) -> usize {
    (workload.events / PART).min(EVENTS_MAX)
}

/// Instructions for an event, in a run that is not the first.
pub(crate) fn instructions(workload: &Workload, engine: Engine) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let events = events(workload);
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*profiled*", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--profile", workload.name, engine.name(), "--events", &events.to_string(), "--rounds", "1"])
        .output()
        .map_err(|error| format!("cannot run valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("valgrind has failed:\n{said}"));
    }
    let counted = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<u64>().ok());
    let counted = counted.ok_or_else(|| format!("valgrind has not said how many it has counted:\n{said}"))?;
    Ok(counted as f64 / events as f64)
}
