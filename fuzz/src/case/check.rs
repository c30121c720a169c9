//! Whether what came of a case is what it says.

use super::{Block, Case};
use crate::compiled::Compiled;
use crate::outcome::Outcome;
use crate::text::{Schema, normalized, parse_input, print_match, print_stats};
use portent_compiler::oracle::Input;
use std::fmt::Write;

/// The inputs of a case.
///
/// # Errors
/// If a line is no input: where, and why.
pub fn inputs(case: &Case, schema: &Schema) -> Result<Vec<Input>, String> {
    let lines =
        case.events.iter().flat_map(Block::numbered).filter(|(_, line)| !line.trim_start().starts_with('#'));
    lines
        .map(|(number, line)| parse_input(line, schema).map_err(|error| format!("line {number}: {error}")))
        .collect()
}

/// The lines of a block as they are compared.
pub fn split(block: Option<&Block>) -> Vec<String> {
    block.iter().flat_map(|block| block.numbered()).map(|(_, line)| normalized(line)).collect()
}

/// Whether the diagnostics are those that the case lists; a listed message may be the start of the real one.
///
/// # Errors
/// The difference, for people.
pub fn check_errors(case: &Case, compiled: &Compiled) -> Result<(), String> {
    let found = match &case.errors {
        Some(_) => compiled.diagnostic_lines(),
        None => compiled.error_lines(),
    };
    let expected = split(case.errors.as_ref());
    let agree = |(expected, found): (&String, &String)| found.starts_with(expected.as_str());
    if expected.len() == found.len() && expected.iter().zip(&found).all(agree) {
        return Ok(());
    }
    Err(difference("errors", &expected, &found))
}

/// Whether the outcome is the one that the case describes.
///
/// # Errors
/// The difference, for people.
pub fn check_outcome(case: &Case, outcome: &Outcome, schema: &Schema) -> Result<(), String> {
    let mut wrong = String::new();
    let found: Vec<String> =
        outcome.matches.iter().map(|matched| normalized(&print_match(matched, schema.unit()))).collect();
    let expected = split(case.matches.as_ref());
    if expected != found {
        wrong += &difference("matches", &expected, &found);
    }
    let expected: Vec<String> =
        split(case.stats.as_ref()).iter().flat_map(|line| line.split(' ')).map(str::to_owned).collect();
    let found = print_stats(outcome);
    let found: Vec<String> = found.split_whitespace().map(str::to_owned).collect();
    if expected != found {
        wrong += &difference("stats", &expected, &found);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Two lists of lines below each other: `-` what was expected, `+` what came, by a longest common subsequence.
fn difference(what: &str, expected: &[String], found: &[String]) -> String {
    let (rows, columns) = (expected.len(), found.len());
    let mut common = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            common[row][column] = match expected[row] == found[column] {
                true => common[row + 1][column + 1] + 1,
                false => common[row + 1][column].max(common[row][column + 1]),
            };
        }
    }
    let mut out = format!("{what} differ (- expected, + found):\n");
    let (mut row, mut column) = (0, 0);
    while row < rows || column < columns {
        let same = row < rows && column < columns && expected[row] == found[column];
        let (sign, line) = if same {
            (row, column) = (row + 1, column + 1);
            (' ', &found[column - 1])
        } else if column == columns || row < rows && common[row + 1][column] >= common[row][column + 1] {
            row += 1;
            ('-', &expected[row - 1])
        } else {
            column += 1;
            ('+', &found[column - 1])
        };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {sign} {line}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_keep_what_is_common() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let shown = difference("x", &lines("a b c d"), &lines("a c e d"));
        assert_eq!(shown, "x differ (- expected, + found):\n    a\n  - b\n    c\n  + e\n    d\n");
    }
}
