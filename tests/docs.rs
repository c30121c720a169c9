//! The rules in the documentation compile, or fail for the reason that is given.
//!
//! Every fenced block of `README.md` and of the pages of `docs/` that begins with ```` ```ptn ```` is looked at. A block that
//! declares no event stands below the last block before it that declares nothing but events. A block whose fence says
//! ```` ```ptn,fails P0901 ```` has to fail with that code and no other. Where blocks of `events` and `matches` follow rules, these
//! give the matches, as in the cases of `tests/cases`. `docs/errors.md` has a test of its own.

use portent_compiler::ast::Item;
use portent_compiler::diag::{Diagnostics, Severity, render};
use portent_compiler::dsl;
use portent_fuzz::case::{self, CaseFile};
use portent_fuzz::compiled::Compiled;
use portent_fuzz::engine::{self, Cut};
use std::path::{Path, PathBuf};

/// A fenced block of rules.
#[derive(Debug)]
struct Block {
    /// The line of the fence, from 1.
    line: usize,
    /// The code with which it has to fail.
    fails: Option<String>,
    text: String,
    /// The events that are shown below it, and what comes of them.
    example: Option<(String, String)>,
}

#[test]
fn every_rule_in_the_documentation_does_what_it_is_said_to_do() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page can be read");
        let name = page.file_name().expect("a page has a name").to_string_lossy().into_owned();
        let mut events = String::new();
        for block in blocks(&text) {
            count += 1;
            let (declares, only_events) = declarations(&block.text);
            let source = if declares { block.text.clone() } else { format!("{events}{}", block.text) };
            if let Err(problem) = check(&block, &source) {
                wrong.push(format!("{name}:{}: {problem}", block.line));
            }
            if only_events {
                events = block.text;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(count > 0, "the documentation shows rules");
}

/// `README.md` and the pages of `docs/`.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).expect("there is documentation");
    let mut pages: Vec<PathBuf> = docs.map(|entry| entry.expect("the folder can be read").path()).collect();
    pages.push(root.join("README.md"));
    pages.retain(|page| {
        page.extension().is_some_and(|extension| extension == "md")
            && !page.ends_with("errors.md")
            && page.exists()
    });
    pages.sort();
    pages
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
        let text = body.join("\n") + "\n";
        let last: Option<&mut Block> = blocks.last_mut();
        match (info, last) {
            ("events", Some(rules)) => rules.example = Some((text, String::new())),
            ("matches", Some(Block { example: Some((_, matches)), .. })) => *matches = text,
            _ => {}
        }
        let mut words = info.split_whitespace();
        let fails = match words.next() {
            Some("ptn") => None,
            Some("ptn,fails") => Some(words.next().expect("a block that fails names the code").to_owned()),
            _ => continue,
        };
        let text = body.join("\n") + "\n";
        blocks.push(Block { line: index + 1, fails, text, example: None });
    }
    blocks
}

/// Whether rules declare an event, and whether they declare nothing else.
fn declarations(text: &str) -> (bool, bool) {
    let file = dsl::parse(text, &mut Diagnostics::new());
    let is_event = |item: &Item| matches!(item, Item::Event(_));
    let declares = file.items.iter().any(is_event);
    (declares, declares && file.items.iter().all(is_event))
}

fn check(block: &Block, source: &str) -> Result<(), String> {
    let mut diagnostics = Diagnostics::new();
    let compiled = portent_compiler::compile(source, &mut diagnostics).is_some();
    let mut errors = diagnostics.iter().filter(|found| found.severity() == Severity::Error);
    let shown = || render(&diagnostics, "rules", source, false);
    match &block.fails {
        None if compiled => block.example.as_ref().map_or(Ok(()), |example| run(source, example)),
        None => Err(format!("the rules do not compile:\n{}", shown())),
        Some(code) if compiled => Err(format!("the rules compile, and were to fail with {code}")),
        Some(code) if errors.all(|found| found.code.as_str() == code) => Ok(()),
        Some(code) => Err(format!("the rules do not fail with {code} alone:\n{}", shown())),
    }
}

/// Runs rules over events, with every engine.
fn run(source: &str, (events, matches): &(String, String)) -> Result<(), String> {
    let text = format!(
        "# Page\n\n## Example\n```ptn\n{source}```\n```events\n{events}```\n```matches\n{matches}```\n"
    );
    let file = CaseFile::parse("docs", &text)?;
    let case = &file.cases[0];
    let compiled = Compiled::new(&case.rules.text);
    let (Some(rules), Some(schema)) = (&compiled.rules, compiled.schema()) else {
        return Err("the rules do not compile".to_owned());
    };
    let inputs = case::inputs(case, &schema)?;
    engine::all()
        .into_iter()
        .try_for_each(|engine| case::check_outcome(case, &engine.run(rules, &inputs, Cut::Whole)?, &schema))
}
