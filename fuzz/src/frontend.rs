//! Texts that no one would call rules, for the front end: it reports what it does not understand, and never panics.

use crate::compiled::Compiled;
use crate::generate;
use fastrand::Rng;
use portent_compiler::dsl;

/// Pieces of rule text.
const PIECES: [&str; 72] = [
    "event",
    "pattern",
    "query",
    "match",
    "partition by",
    "where",
    "within",
    "emit",
    "having",
    "limit",
    "after match skip",
    "from",
    "window",
    "group by",
    "time",
    "lateness",
    "for",
    "and",
    "or",
    "not",
    "in",
    "is null",
    "between",
    "like",
    "matches",
    "if",
    "then",
    "else",
    "as",
    "null",
    "true",
    "count(",
    "sum(",
    "first(",
    "collect(",
    "A",
    "B",
    "P0",
    "n0",
    "v",
    "k",
    "at",
    "n0.v",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "->",
    "=>",
    "~>",
    "|",
    "&",
    "!",
    "+",
    "*",
    "?",
    "{2}",
    "{1,}",
    ":",
    ",",
    ".",
    "==",
    "<",
    "-",
    "5s",
    "1",
    "9e999",
    "\"",
    "@1970-01-01T00:00:00Z",
    "ß",
];

/// A text by its seed: a program with mistakes, pieces in any order, or any characters.
pub fn text(seed: u64) -> String {
    let mut rng = Rng::with_seed(seed);
    match rng.u32(0..10) {
        0 => (0..rng.usize(0..200)).map(|_| char::from(rng.u8(..))).collect(),
        1 => (0..rng.usize(0..60)).map(|_| format!("{} ", PIECES[rng.usize(..PIECES.len())])).collect(),
        _ => mutated(generate::rules(seed), &mut rng),
    }
}

/// A text with one to six mistakes: stretches left out, doubled, replaced, moved.
fn mutated(text: String, rng: &mut Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..rng.usize(1..=6) {
        let start = rng.usize(0..=chars.len());
        let end = (start + rng.usize(0..12)).min(chars.len());
        match rng.u32(0..5) {
            0 => drop(chars.drain(start..end)),
            1 => {
                let stretch = chars[start..end].to_vec();
                let at = rng.usize(0..=chars.len());
                chars.splice(at..at, stretch);
            }
            2 => drop(chars.splice(start..end, [rng.char(..)])),
            3 => chars.truncate(rng.usize(chars.len() / 2..=chars.len())),
            _ => drop(chars.splice(start..end, format!(" {} ", PIECES[rng.usize(..PIECES.len())]).chars())),
        }
    }
    chars.into_iter().collect()
}

/// Checks what holds for every text: it gives rules or an error, and rules that are printed read as the same.
///
/// # Errors
/// What does not hold.
///
/// # Panics
/// If the front end does, which is what the caller looks for.
pub fn check(text: &str) -> Result<(), String> {
    let compiled = Compiled::new(text);
    if compiled.rules.is_none() == compiled.error_lines().is_empty() {
        return Err("there are rules and errors, or neither".to_owned());
    }
    let Some(rules) = compiled.rules else { return Ok(()) };
    let printed = dsl::print(&rules.ast);
    let again = Compiled::new(&printed);
    match again.rules {
        None => Err(format!("printed it does not compile: {:?}\n{printed}", again.error_lines())),
        Some(again) if dsl::print(&again.ast) != printed => {
            Err(format!("printed twice it is another:\n{printed}"))
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_end_survives_any_text() {
        for seed in 0..20_000 {
            let text = text(seed);
            if let Err(wrong) = check(&text) {
                panic!("seed {seed}: {wrong}\n---\n{text}");
            }
        }
    }
}
