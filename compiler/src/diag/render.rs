//! Diagnostics as text for people and as JSON for tools.

use super::{Diagnostic, Diagnostics, Severity};
use crate::span::Span;
use ariadne::{Color, Config, IndexType, Label, Report, ReportKind, Source};
use std::fmt::Write;

/// All diagnostics as text with the source lines, each as a block of its own.
pub fn render(diagnostics: &Diagnostics, source_name: &str, source: &str, color: bool) -> String {
    let mut out = Vec::new();
    let cached = Source::from(source);
    for diagnostic in diagnostics.iter() {
        let report = report(diagnostic, source_name, source, color);
        // Writing to memory fails only if ariadne cannot find the source, which is right here.
        let _ = report.write((source_name, &cached), &mut out);
    }
    let mut text = String::from_utf8_lossy(&out).into_owned();
    if diagnostics.dropped() > 0 {
        let _ = writeln!(text, "… and {} more", diagnostics.dropped());
    }
    text.lines().map(|line| line.trim_end().to_string() + "\n").collect()
}

fn report<'a>(
    diagnostic: &'a Diagnostic,
    name: &'a str,
    source: &str,
    color: bool,
) -> Report<'a, (&'a str, std::ops::Range<usize>)> {
    let (kind, paint) = match diagnostic.severity() {
        Severity::Error => (ReportKind::Error, Color::Red),
        Severity::Warning => (ReportKind::Warning, Color::Yellow),
    };
    let main = clamp(diagnostic.span, source);
    let mut report = Report::build(kind, (name, main.clone()))
        .with_config(Config::default().with_color(color).with_index_type(IndexType::Byte))
        .with_code(diagnostic.code)
        .with_message(&diagnostic.message);
    if !diagnostic.labels.iter().any(|(span, _)| *span == diagnostic.span) {
        report = report.with_label(Label::new((name, main)).with_message("here").with_color(paint));
    }
    for (span, text) in &diagnostic.labels {
        let paint = if *span == diagnostic.span { paint } else { Color::Blue };
        report =
            report.with_label(Label::new((name, clamp(*span, source))).with_message(text).with_color(paint));
    }
    for note in &diagnostic.notes {
        report = report.with_note(note);
    }
    if let Some(help) = &diagnostic.help {
        report = report.with_help(help);
    }
    report.finish()
}

/// The span as a range within the source and on character bounds: what a renderer may slice by.
fn clamp(span: Span, source: &str) -> std::ops::Range<usize> {
    let floor = |offset: u32| {
        let mut at = (offset as usize).min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

/// All diagnostics as JSON lines: one object each with `code`, `severity`, `message`, `line`, `column`, `end_line`,
/// `end_column` (all from 1, columns in characters), `help` (or null), `notes` and `labels`.
pub fn to_json(diagnostics: &Diagnostics, source: &str) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics.iter() {
        object(&mut out, diagnostic, source);
        out.push('\n');
    }
    out
}

fn object(out: &mut String, diagnostic: &Diagnostic, source: &str) {
    let severity = match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    // Writing to a String cannot fail.
    let _ = write!(out, r#"{{"code":"{}","severity":"{severity}","message":"#, diagnostic.code);
    string(out, &diagnostic.message);
    place(out, diagnostic.span, source);
    out.push_str(r#","help":"#);
    match &diagnostic.help {
        Some(help) => string(out, help),
        None => out.push_str("null"),
    }
    out.push_str(r#","notes":["#);
    for (index, note) in diagnostic.notes.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "," });
        string(out, note);
    }
    out.push_str(r#"],"labels":["#);
    for (index, (span, text)) in diagnostic.labels.iter().enumerate() {
        out.push_str(if index == 0 { r#"{"message":"# } else { r#",{"message":"# });
        string(out, text);
        place(out, *span, source);
        out.push('}');
    }
    out.push_str("]}");
}

fn place(out: &mut String, span: Span, source: &str) {
    let range = clamp(span, source);
    let (line, column) = line_column(source, range.start);
    let (end_line, end_column) = line_column(source, range.end);
    let _ =
        write!(out, r#","line":{line},"column":{column},"end_line":{end_line},"end_column":{end_column}"#);
}

/// Line and column of a byte offset, from 1, the column in characters.
fn line_column(source: &str, offset: usize) -> (usize, usize) {
    let before = &source[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    const SOURCE: &str = "// é\nevent Tick { price: f46 }\n";

    fn one() -> Diagnostics {
        let span = Span::new(26, 29);
        assert_eq!(&SOURCE[span.range()], "f46");
        let mut all = Diagnostics::new();
        all.push(
            Diagnostic::new(Code::UnknownType, span, "there is no type `f46`")
                .label(span, "not a type")
                .help("did you mean `f64`?"),
        );
        all
    }

    #[test]
    fn text_points_at_bytes_not_characters() {
        let text = render(&one(), "tick.ptn", SOURCE, false);
        assert!(text.contains("tick.ptn:2:21"), "{text}");
        assert!(text.contains("did you mean `f64`?"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(render(&one(), "tick.ptn", SOURCE, true).contains('\u{1b}'));
    }

    #[test]
    fn json_has_lines_and_columns() {
        let json = to_json(&one(), SOURCE);
        assert!(json.starts_with(r#"{"code":"P0209","severity":"error","message":"there is no type `f46`","line":2,"column":21,"end_line":2,"end_column":24,"#), "{json}");
        assert!(json.ends_with("]}\n"));
    }

    #[test]
    fn spans_outside_the_source_do_no_harm() {
        let mut all = Diagnostics::new();
        all.push(Diagnostic::new(Code::UnexpectedToken, Span::new(900, 1000), "beyond"));
        all.push(Diagnostic::new(Code::UnexpectedToken, Span::new(4, 4), "within a character"));
        assert!(render(&all, "x", SOURCE, false).contains("beyond"));
        assert!(render(&all, "x", "", false).contains("beyond"));
        assert!(to_json(&all, SOURCE).contains("beyond"));
    }
}
