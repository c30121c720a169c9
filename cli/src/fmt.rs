//! `portent fmt`: rule files in their canonical layout.
//!
//! A file that cannot be parsed is reported and left alone. A file is replaced as a whole or not at all.

use crate::args::FmtArgs;
use crate::failure::Failure;
use crate::rules::{RuleText, counted};
use crate::term;
use portent_compiler::diag::Diagnostics;
use portent_compiler::dsl;
use similar::TextDiff;
use std::io::Write;
use std::path::Path;

/// Formats each file.
pub(crate) fn fmt(args: &FmtArgs) -> Result<(), Failure> {
    let (mut broken, mut changed) = (false, Vec::new());
    for path in &args.rules {
        let rules = RuleText::read(path)?;
        let Some(formatted) = formatted(&rules)? else {
            broken = true;
            continue;
        };
        let same = formatted == rules.text;
        if args.check {
            if !same {
                term::answer(&diff(&rules, &formatted))?;
                changed.push(rules.name);
            }
        } else if path == Path::new("-") {
            term::answer(&formatted)?;
        } else if !same {
            replace(path, &formatted).map_err(|error| Failure::writing(&rules.name, &error))?;
            term::note(&format!("formatted {}\n", rules.name));
        }
    }
    if !changed.is_empty() {
        let files = counted(changed.len(), "file");
        term::error(&format!("not in canonical layout: {files} ({})", changed.join(", ")));
    }
    if broken || !changed.is_empty() { Err(Failure::Rules) } else { Ok(()) }
}

/// The text in canonical layout; none if it cannot be parsed, which is shown.
fn formatted(rules: &RuleText) -> Result<Option<String>, Failure> {
    let Some(formatted) = reprint(rules, &rules.text) else { return Ok(None) };
    // A formatter must not break what it is given. This costs little and catches a mistake of ours before it is written.
    let again = RuleText { name: format!("{} (formatted)", rules.name), text: formatted };
    match reprint(&again, &again.text) {
        Some(twice) if twice == again.text => Ok(Some(again.text)),
        _ => Err(Failure::Io(format!(
            "{}: the formatter does not agree with itself; the file is left alone",
            rules.name
        ))),
    }
}

fn reprint(rules: &RuleText, text: &str) -> Option<String> {
    let mut diagnostics = Diagnostics::new();
    let file = dsl::parse(text, &mut diagnostics);
    if diagnostics.has_errors() {
        rules.show(&diagnostics);
        return None;
    }
    Some(dsl::print(&file))
}

fn diff(rules: &RuleText, formatted: &str) -> String {
    let diff = TextDiff::from_lines(rules.text.as_str(), formatted);
    let formatted_name = format!("{} (formatted)", rules.name);
    diff.unified_diff().context_radius(2).header(&rules.name, &formatted_name).to_string()
}

/// Replaces the content of a file: another one is written beside it and takes its name and permissions.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    // The file itself, not a link to it.
    let path = path.canonicalize()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(path.metadata()?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}
