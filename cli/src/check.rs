//! `portent check`: what the compiler has to say about rule files, without running them.

use crate::args::CheckArgs;
use crate::failure::Failure;
use crate::rules::{RuleText, count, counted};
use crate::term;
use portent_compiler::Rules;
use portent_compiler::diag::{Diagnostics, to_json};
use portent_compiler::hir::Source;

/// Checks each file on its own.
pub(crate) fn check(args: &CheckArgs) -> Result<(), Failure> {
    let mut result = Ok(());
    for path in &args.rules {
        match RuleText::read(path).and_then(|rules| check_one(&rules, args)) {
            Ok(()) => {}
            // Shown already; the other files are checked all the same.
            Err(Failure::Rules) => result = Err(Failure::Rules),
            Err(Failure::BadRules(message)) => {
                term::error(&message);
                result = Err(Failure::Rules);
            }
            Err(failure) => return Err(failure),
        }
    }
    result
}

fn check_one(rules: &RuleText, args: &CheckArgs) -> Result<(), Failure> {
    let mut diagnostics = Diagnostics::new();
    let compiled = portent_compiler::compile(&rules.text, &mut diagnostics);
    if args.json {
        term::answer(&json(rules, &diagnostics))?;
    } else {
        rules.show(&diagnostics);
    }
    let (errors, warnings) = count(&diagnostics);
    let Some(compiled) = compiled else {
        if !args.json {
            term::error(&format!("{}: {}{}", rules.name, counted(errors, "error"), and_warnings(warnings)));
        }
        return Err(Failure::Rules);
    };
    if args.json {
        return Ok(());
    }
    let name = if args.rules.len() > 1 { format!("{}: ", rules.name) } else { String::new() };
    term::answer(&format!("{name}ok: {}{}\n", contents(&compiled), and_warnings(warnings)))
}

fn and_warnings(warnings: usize) -> String {
    if warnings == 0 { String::new() } else { format!(", {}", counted(warnings, "warning")) }
}

fn contents(rules: &Rules) -> String {
    let inputs = rules.hir.types.iter().filter(|ty| matches!(ty.source, Source::Input { .. })).count();
    format!("{}, {}", counted(rules.hir.rules.len(), "rule"), counted(inputs, "event type"))
}

/// JSON lines, each with the file before all else.
fn json(rules: &RuleText, diagnostics: &Diagnostics) -> String {
    let file = rules.name.replace('\\', "\\\\").replace('"', "\\\"");
    let lines = to_json(diagnostics, &rules.text);
    lines.lines().map(|line| format!("{{\"file\":\"{file}\",{}\n", &line[1..])).collect()
}
