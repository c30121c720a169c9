//! `portent explain`: what rules compile to, and what the codes of diagnostics mean.

mod stage;
mod summary;
mod used;

use crate::args::{ExplainArgs, Stage};
use crate::failure::Failure;
use crate::rules::RuleText;
use crate::term;
use anstyle::Style;
use portent_compiler::Rules;
use portent_compiler::diag::{Code, did_you_mean};
use std::fmt::Write;

/// Explains a code or a rule file.
pub(crate) fn explain(args: &ExplainArgs) -> Result<(), Failure> {
    let Some(target) = args.target.as_ref().filter(|_| !args.list) else { return term::answer(&list()) };
    if let Some(code) = target.to_str().and_then(Code::parse) {
        if args.stage.is_some() || args.rule.is_some() {
            return Err(Failure::Usage(format!(
                "--stage and --rule are about rule files, and {code} is a code"
            )));
        }
        return term::answer(&explanation(code));
    }
    if target.to_str().is_some_and(|text| looks_like_code(text) && !target.exists()) {
        let name = target.display().to_string().to_uppercase();
        let known = did_you_mean(&name, Code::all().iter().map(|code| code.as_str()));
        let hint = known
            .map_or("`portent explain --list` shows all".to_owned(), |code| format!("did you mean {code}?"));
        return Err(Failure::Usage(format!("there is no code {name}; {hint}")));
    }
    let text = RuleText::read(target)?;
    // The tree is there even if the rules are not right.
    if args.stage == Some(Stage::Ast) {
        return stage::ast(&text, args.rule.as_deref());
    }
    let (rules, _) = text.compile()?;
    if let Some(name) = &args.rule {
        known_rule(&rules, name)?;
    }
    let shown = match args.stage {
        None | Some(Stage::Ast) => summary::text(&rules, &text, args.rule.as_deref())?,
        Some(stage) => stage::text(&rules, stage, args.rule.as_deref())?,
    };
    term::answer(&shown)
}

/// `P0102`, or something near it.
fn looks_like_code(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('P' | 'p' | 'W' | 'w')) && text.len() > 2 && chars.all(|c| c.is_ascii_digit())
}

fn known_rule(rules: &Rules, name: &str) -> Result<(), Failure> {
    let names = || rules.hir.rules.iter().map(|rule| rule.name.as_str());
    if names().any(|known| known == name) {
        return Ok(());
    }
    Err(unknown_rule(name, names()))
}

fn unknown_rule<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Failure {
    let hint = did_you_mean(name, names).map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    Failure::Usage(format!("there is no rule `{name}`{hint}"))
}

/// All codes with their titles.
fn list() -> String {
    Code::all().iter().map(|code| format!("{code}  {}\n", code.title())).collect()
}

/// What a code means. The text is Markdown; on a terminal its code blocks are set off.
fn explanation(code: Code) -> String {
    let mut out = String::new();
    let color = term::output_colors();
    let bold = if color { Style::new().bold() } else { Style::new() };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{bold}{code}: {}{bold:#}\n", code.title());
    let mut in_block = false;
    for line in code.explanation().lines() {
        match (line.starts_with("```"), in_block) {
            (true, _) => in_block = !in_block,
            (false, true) => out.push_str(&format!("    {line}\n")),
            (false, false) => wrap(&mut out, line),
        }
    }
    out
}

/// Breaks a line at blanks, to what is read well.
fn wrap(out: &mut String, line: &str) {
    const WIDTH: usize = 96;
    let mut column = 0;
    for word in line.split(' ') {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out.push('\n');
}
