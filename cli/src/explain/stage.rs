//! The stages of compilation as text, of all rules or of one.

use super::used;
use crate::args::Stage;
use crate::failure::Failure;
use crate::rules::RuleText;
use crate::term;
use portent_compiler::diag::Diagnostics;
use portent_compiler::jit::{self, JitOptions};
use portent_compiler::lir::text::{RuleText as LirRule, expr_text};
use portent_compiler::{Rules, dsl, lir};
use std::collections::HashSet;
use std::fmt::Write;

/// The syntax tree; of text with mistakes what could be read of it.
pub(super) fn ast(rules: &RuleText, only: Option<&str>) -> Result<(), Failure> {
    let mut diagnostics = Diagnostics::new();
    let file = dsl::parse(&rules.text, &mut diagnostics);
    rules.show(&diagnostics);
    let names = || file.items.iter().map(|item| item.name().name.as_str());
    if let Some(name) = only.filter(|name| names().all(|known| known != *name)) {
        return Err(super::unknown_rule(name, names()));
    }
    let wanted = file.items.iter().filter(|item| only.is_none_or(|name| item.name().name == name));
    term::answer(&wanted.map(|item| tree(item)).collect::<String>())?;
    if diagnostics.has_errors() { Err(Failure::Rules) } else { Ok(()) }
}

/// A tree, each span of it on one line: `12..20`.
fn tree(node: &dyn std::fmt::Debug) -> String {
    let text = format!("{node:#?}");
    let mut lines = text.lines();
    let mut out = String::new();
    while let Some(line) = lines.next() {
        out.push_str(line.strip_suffix("Span {").unwrap_or(line));
        if line.ends_with("Span {") {
            let mut number =
                || lines.next().and_then(|line| line.split_once(": ")).map_or("?", |(_, number)| number);
            let (start, end) = (number().trim_end_matches(','), number());
            out.push_str(&format!("{start}..{end}"));
            // The closing brace.
            lines.next();
        }
        out.push('\n');
    }
    out
}

/// A stage after the syntax tree.
pub(super) fn text(rules: &Rules, stage: Stage, only: Option<&str>) -> Result<String, Failure> {
    let program = &rules.lir;
    let failed = |error: jit::JitError| Failure::BadRules(error.to_string());
    Ok(match stage {
        Stage::Ast => unreachable!("the tree is shown before the rules are understood"),
        Stage::Hir => hir(rules, only),
        Stage::Lir => match only {
            None => program.to_string(),
            Some(name) => one_rule(program, name),
        },
        Stage::Clif => kernels(program, &jit::clif(program).map_err(failed)?, only),
        Stage::Asm => {
            kernels(program, &jit::disassembly(program, &JitOptions::default()).map_err(failed)?, only)
        }
    })
}

fn hir(rules: &Rules, only: Option<&str>) -> String {
    let types = rules.hir.types.iter().filter(|_| only.is_none()).map(|ty| tree(ty));
    let wanted = rules.hir.rules.iter().filter(|rule| only.is_none_or(|name| rule.name == name));
    types.chain(wanted.map(|rule| tree(rule))).collect()
}

/// The LIR of a rule, after the guards that it asks about.
fn one_rule(program: &lir::Program, name: &str) -> String {
    let mut out = String::new();
    for rule in program.rules.iter().filter(|rule| rule.name == name) {
        for id in used::guards(rule) {
            let guard = &program.guards[id.index()];
            let ty = &program.types[guard.ty.index()].name;
            let condition = expr_text(program, guard.ty, &guard.condition);
            // Writing to a String cannot fail.
            let _ = writeln!(out, "guard {id}: {ty} = {condition}    // line {}", guard.origin);
        }
        let _ = write!(out, "{}", LirRule { program, rule });
    }
    out
}

/// The part of a listing that a rule has to do with: its kernels, its guards, the times of its events.
///
/// In a listing each kernel begins with its name as a comment.
fn kernels(program: &lir::Program, listing: &str, only: Option<&str>) -> String {
    let Some(name) = only else { return listing.to_owned() };
    let wanted: HashSet<String> = program
        .rules
        .iter()
        .filter(|rule| rule.name == name)
        .flat_map(|rule| kernel_names(program, rule))
        .collect();
    let all: HashSet<String> = program.rules.iter().flat_map(|rule| kernel_names(program, rule)).collect();
    let mut out = String::new();
    let mut inside = false;
    for line in listing.lines() {
        if let Some(heading) = line.strip_prefix("; ").filter(|heading| all.contains(*heading)) {
            inside = wanted.contains(heading);
        }
        if inside {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn kernel_names(program: &lir::Program, rule: &lir::Rule) -> Vec<String> {
    let own = ["step", "timer", "sweep"].map(|kernel| format!("{}.{kernel}", rule.name));
    let guards = used::guards(rule).into_iter().map(|guard| guard.to_string());
    let times = used::timed_inputs(program, rule).into_iter();
    let times = times.map(|ty| format!("{}.time", program.types[ty.index()].name));
    own.into_iter().chain(guards).chain(times).collect()
}
