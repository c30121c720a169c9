//! Signals that end a run in good order: Ctrl-C, SIGTERM, SIGHUP. A second one ends it at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// What asked for the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What a service manager sends.
    Terminate,
    /// The terminal is gone.
    HangUp,
}

impl Signal {
    /// As a person knows it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "Ctrl-C",
            Self::Terminate => "SIGTERM",
            Self::HangUp => "SIGHUP",
        }
    }

    /// The exit code of a program that it ended, as shells have it: 128 and its number.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
            Self::HangUp => 129,
        }
    }
}

/// Tells of the first signal; the second one ends the process.
pub(crate) fn listen(tell: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    let told = AtomicBool::new(false);
    on_each(move |signal| match told.swap(true, Ordering::Relaxed) {
        false => tell(signal),
        true => std::process::exit(signal.exit_code().into()),
    })
}

/// Calls a function for each signal, on a thread of its own.
#[cfg(unix)]
fn on_each(tell: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let known = [(SIGINT, Signal::Interrupt), (SIGTERM, Signal::Terminate), (SIGHUP, Signal::HangUp)];
    let ignored = ignored();
    let heard = known.iter().map(|(number, _)| *number).filter(|number| ignored >> (number - 1) & 1 == 0);
    let mut signals = signal_hook::iterator::Signals::new(heard)?;
    let listen = move || {
        for number in signals.forever() {
            known.iter().filter(|(known, _)| *known == number).for_each(|(_, signal)| tell(*signal));
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map(drop)
}

/// The signals that whoever started us wants to be ignored (`nohup`, a job in the background of a script), a bit each, as far
/// as the system says it.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Calls a function for each Ctrl-C.
#[cfg(not(unix))]
fn on_each(tell: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(move || tell(Signal::Interrupt)).map_err(io::Error::other)
}
