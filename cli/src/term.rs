//! The terminal: colors by its kind, `NO_COLOR` and `--color`; messages of one look; standard output that may be closed.

use crate::args::Color;
use crate::failure::Failure;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// Decides for the whole process whether colors are written.
pub(crate) fn choose_colors(color: Color) {
    let choice = match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    choice.write_global();
}

/// Whether standard error takes colors.
pub(crate) fn error_colors() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// Whether standard output takes colors.
pub(crate) fn output_colors() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// Says what went wrong.
pub(crate) fn error(message: &str) {
    say("error", AnsiColor::Red, message);
}

/// Says what may not be as meant.
pub(crate) fn warning(message: &str) {
    say("warning", AnsiColor::Yellow, message);
}

fn say(kind: &str, color: AnsiColor, message: &str) {
    let style = Style::new().bold().fg_color(Some(color.into()));
    // If standard error is gone there is nobody to tell.
    let _ = writeln!(anstream::stderr().lock(), "{style}{kind}{style:#}: {message}");
}

/// Writes text as it is to standard error.
pub(crate) fn note(text: &str) {
    // As above.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes an answer to standard output.
pub(crate) fn answer(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let result = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    result.map_err(|error| Failure::writing("standard output", &error))
}
