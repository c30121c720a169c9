//! State in arrays: how long they are, and which rules that is for.
//!
//! A rule's arrays are as long as its limits, so that they hold whatever the rule may. What has no limit in the language (events
//! that wait, deadlines) has a capacity beside it, at which the program stops with an error.

use super::Emitter;
use super::stmt::max;
use crate::lir::{self, Expr, ExprKind, Kernel, RegisterKind, Rule, Source, Stmt, walk_block};
use crate::scalar::{Cast, Func, Kind, Value};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use std::fmt;

/// The most runs, and the most partitions, that a rule may have in arrays. Its default limits are above.
const ARRAY_MAX: u64 = 1 << 15;

/// The capacities of what no rule limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Events that wait for the watermark, where events may be late.
    pub disorder: usize,
    /// Deadlines of a rule that are not due yet: for trailing negations. Each event that begins one notes one.
    pub deadlines: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { disorder: 64, deadlines: 64 }
    }
}

/// Why a rule cannot have its state in arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFixed {
    /// The rule, if it is one's.
    pub rule: Option<String>,
    /// Why.
    pub why: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for NotFixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, why, help } = self;
        let of = rule.as_ref().map_or_else(String::new, |rule| format!("rule `{rule}`: "));
        write!(f, "error: {of}{why}\n  = help: {help}")
    }
}

/// What keeps a program from having its state in arrays; empty if nothing does.
pub fn obstacles(program: &lir::Program) -> Vec<NotFixed> {
    let mut found = Vec::new();
    let mut texts = Vec::new();
    for guard in &program.guards {
        guard.condition.walk(&mut |expr| texts.extend(needs_memory(expr)));
    }
    for ty in &program.types {
        if let Source::Input { time: Some(time), .. } = &ty.source {
            time.walk(&mut |expr| texts.extend(needs_memory(expr)));
        }
    }
    let of_program = |why: &str| NotFixed { rule: None, why: why.to_owned(), help: PLAIN.to_owned() };
    found.extend(texts.first().map(|why| of_program(why)));
    for window in &program.windows {
        found.push(NotFixed {
            rule: Some(window.name.clone()),
            why: "it keeps what it aggregates, which takes memory that grows".to_owned(),
            help: "count and add up in a repetition of a pattern, or outside".to_owned(),
        });
    }
    for rule in &program.rules {
        let of_rule = |(why, help): (String, &str)| NotFixed {
            rule: Some(rule.name.clone()),
            why,
            help: help.to_owned(),
        };
        found.extend(of_a_rule(program, rule).into_iter().map(of_rule));
    }
    found
}

const PLAIN: &str = "compare texts as they are, and emit fields of events";
const SMALLER: &str =
    "write small limits, as `limit runs 8, partitions 64`: memory for all of them is there from the start";

fn of_a_rule(program: &lir::Program, rule: &Rule) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let is_list = |kind: RegisterKind| matches!(kind, RegisterKind::List(_));
    if rule.registers.iter().any(|register| is_list(register.kind)) {
        let why = "it keeps every event of a repetition, which takes memory that grows".to_owned();
        found.push((why, "emit aggregates, as `count(b)` or `max(b.v)`, in place of `b` or `collect(…)`"));
    }
    let is_read =
        program.rules.iter().flat_map(|rule| &rule.inputs).any(|input| input.ty == rule.output_type);
    if is_read {
        let why = "another rule reads what it emits, which takes memory that grows".to_owned();
        found.push((
            why,
            "compile the two into modules of their own, and push the matches of one into the other",
        ));
    }
    let (runs, partitions) = (runs(rule), partitions(rule));
    if runs > ARRAY_MAX {
        let why = format!("it may have {runs} runs, and an array holds {ARRAY_MAX} at most");
        found.push((why, SMALLER));
    } else if partitions > ARRAY_MAX {
        let why = format!("it may have {partitions} partitions, and an array holds {ARRAY_MAX} at most");
        found.push((why, SMALLER));
    }
    let mut text = None;
    let mut later = false;
    for (kernel, is_timer) in kernels(rule) {
        walk_block(&kernel.body, &mut |stmt| {
            later |= is_timer && matches!(stmt, Stmt::Schedule(_));
            let exprs = stmt.exprs();
            exprs.iter().for_each(|expr| expr.walk(&mut |expr| text = text.or(needs_memory(expr))));
            let keeps = matches!(stmt, Stmt::Set(..) | Stmt::Let(..) | Stmt::SetCell(..) | Stmt::Emit { .. });
            if keeps && exprs.iter().any(|expr| !is_place(expr)) {
                text = text.or(Some(MADE));
            }
        });
    }
    found.extend(text.map(|why| (why.to_owned(), PLAIN)));
    if later {
        found.push((
            "a deadline of it begins another".to_owned(),
            "write the negations as rules of their own",
        ));
    }
    found
}

fn kernels(rule: &Rule) -> impl Iterator<Item = (&Kernel, bool)> {
    let others = [(rule.timer.as_ref(), true), (rule.sweep.as_ref(), false)];
    let others = others.into_iter().filter_map(|(kernel, is_timer)| Some((kernel?, is_timer)));
    std::iter::once((&rule.step, false)).chain(others)
}

const MADE: &str = "a text is made, which takes memory that grows";

/// What it would take memory for, if it does.
fn needs_memory(expr: &Expr) -> Option<&'static str> {
    use Func::{Concat, Lower, Replace, Upper};
    match &expr.kind {
        ExprKind::Matches(..) => Some("a regular expression takes memory that grows"),
        ExprKind::Call(Lower | Upper | Concat | Replace, _) | ExprKind::Cast(Cast::ToStr, _) => Some(MADE),
        _ => None,
    }
}

/// Whether a value is kept as it is: a text is, where it lies in a field, a register or a cell.
fn is_place(expr: &Expr) -> bool {
    expr.ty.kind != Kind::Str
        || matches!(
            expr.kind,
            ExprKind::Column(_)
                | ExprKind::Reg(_)
                | ExprKind::Cell(_)
                | ExprKind::Local(_)
                | ExprKind::List(_)
                | ExprKind::Const(Value::Null)
        )
}

/// How many partitions a rule may have.
fn partitions(rule: &Rule) -> u64 {
    if rule.keys.is_empty() || !keeps(rule) { 1 } else { rule.limits.partitions.max }
}

/// How many runs a rule may have.
fn runs(rule: &Rule) -> u64 {
    if starts(rule) { rule.limits.runs.max.saturating_mul(partitions(rule)) } else { 0 }
}

/// Whether it looks at anything that is kept by partition.
fn keeps(rule: &Rule) -> bool {
    let mut keeps = false;
    walk_block(&rule.step.body, &mut |stmt| {
        use Stmt::{ForRuns, Schedule, SetCell, Start};
        keeps |= matches!(stmt, ForRuns(_) | Start { .. } | SetCell(..) | Schedule(_));
        let reads = |expr: &Expr| matches!(expr.kind, ExprKind::Cell(_) | ExprKind::NoRuns);
        stmt.exprs().iter().for_each(|expr| expr.walk(&mut |inner| keeps |= reads(inner)));
    });
    keeps
}

fn starts(rule: &Rule) -> bool {
    let mut starts = false;
    walk_block(&rule.step.body, &mut |stmt| starts |= matches!(stmt, Stmt::Start { .. }));
    starts
}

impl Emitter<'_> {
    /// `, N` behind the other parameters of a type of state: nothing, where it grows.
    fn length(&self, length: impl FnOnce(Capacity) -> u64) -> Option<TokenStream> {
        self.options.fixed.map(|capacity| {
            let length = max(length(capacity));
            quote! { , #length }
        })
    }

    pub(super) fn runs_length(&self, rule: &Rule) -> Option<TokenStream> {
        self.length(|_| runs(rule))
    }

    pub(super) fn partitions_length(&self, rule: &Rule) -> Option<TokenStream> {
        self.length(|_| partitions(rule))
    }

    pub(super) fn disorder_length(&self) -> Option<TokenStream> {
        self.length(|capacity| capacity.disorder as u64)
    }

    /// `<N>` of the queue of deadlines.
    pub(super) fn deadlines_length(&self) -> Option<TokenStream> {
        let capacity = self.options.fixed?;
        let length = max(capacity.deadlines as u64);
        Some(quote! { <#length> })
    }

    /// `<N>` of what is counted.
    pub(super) fn rules_length(&self) -> Option<TokenStream> {
        self.options.fixed?;
        let length = Literal::usize_unsuffixed(self.program.rules.len());
        Some(quote! { <#length> })
    }

    /// What follows the note of a deadline.
    pub(super) fn noted(&self, rule: &Rule) -> Option<TokenStream> {
        let length = max(self.options.fixed?.deadlines as u64);
        let name = &rule.name;
        Some(quote! { .map_err(|bound| Stopped::rule(#name, bound, #length))? })
    }
}
