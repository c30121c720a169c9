//! Rewriting what cases expect by what the oracle and the front end give.

use super::check::{check_errors, check_outcome, inputs};
use super::{Block, Case, CaseFile};
use crate::compiled::Compiled;
use crate::engine::{Cut, Engine, Oracle};
use crate::text::{print_match, print_stats};
use std::ops::Range;

/// A replacement of lines; an empty range inserts.
type Edit = (Range<usize>, Vec<String>);

/// The text of a file with the expectations of each case as they should be; those that agree are left as they are written.
///
/// # Errors
/// If a case cannot be run: its title, and why.
pub fn bless(file: &CaseFile) -> Result<String, String> {
    let mut edits = Vec::new();
    for case in &file.cases {
        edits.extend(edits_of(case).map_err(|error| format!("{}: {error}", case.title))?);
    }
    let mut lines = file.lines.clone();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
    for (range, new) in edits {
        lines.splice(range, new);
    }
    Ok(lines.join("\n") + "\n")
}

fn edits_of(case: &Case) -> Result<Vec<Edit>, String> {
    let compiled = Compiled::new(&case.rules.text);
    let mut edits = Vec::new();
    if check_errors(case, &compiled).is_err() {
        if case.errors.is_none() {
            return Err(format!("the rules do not compile:\n{}", compiled.error_lines().join("\n")));
        }
        edits.extend(replace(
            case.errors.as_ref(),
            "errors",
            compiled.diagnostic_lines(),
            case.rules.lines.end,
        ));
    }
    let (Some(rules), Some(schema)) = (&compiled.rules, compiled.schema()) else { return Ok(edits) };
    let Some(events) = &case.events else { return Ok(edits) };
    let outcome = Oracle.run(rules, &inputs(case, &schema)?, Cut::Whole)?;
    if case.matches.is_some() && check_outcome(case, &outcome, &schema).is_ok() {
        return Ok(edits);
    }
    let matches = outcome.matches.iter().map(|matched| print_match(matched, schema.unit())).collect();
    edits.extend(replace(case.matches.as_ref(), "matches", matches, events.lines.end));
    let stats: Vec<String> =
        Some(print_stats(&outcome)).into_iter().filter(|stats| !stats.is_empty()).collect();
    let behind = case.matches.as_ref().unwrap_or(events).lines.end;
    match (&case.stats, stats.is_empty()) {
        (None, true) => {}
        (stats_block, _) => edits.extend(replace(stats_block.as_ref(), "stats", stats, behind)),
    }
    Ok(edits)
}

/// The content of a block replaced, or the block written behind the closing fence at line `behind`.
fn replace(block: Option<&Block>, kind: &str, content: Vec<String>, behind: usize) -> Option<Edit> {
    match block {
        Some(block) => Some((block.lines.clone(), content)),
        None => {
            let fenced = std::iter::once(format!("```{kind}")).chain(content).chain(["```".to_owned()]);
            Some((behind + 1..behind + 1, fenced.collect()))
        }
    }
}
