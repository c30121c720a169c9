//! What each rule does and what it costs, for whoever wrote it.

use super::used;
use crate::failure::Failure;
use crate::rules::RuleText;
use crate::run::{bytes, grouped};
use portent_compiler::ast::{self, Item};
use portent_compiler::dsl::duration_text;
use portent_compiler::hir::{Bound, Policy, RuleBody};
use portent_compiler::jit::{self, JitOptions};
use portent_compiler::lir::text::expr_text;
use portent_compiler::lir::{self, GuardId, Placement, Rows, Strategy, TypeId};
use portent_compiler::span::Span;
use portent_compiler::{Rules, hir};
use portent_rt::OutputSchema;
use portent_rt::output::{OutputField, Shape};
use portent_rt::plan::{Plan, RulePlan};
use std::fmt::Write;

/// Names of lines are padded to this width.
const NAME_WIDTH: usize = 12;

/// What stands under the text of a line.
const INDENT: usize = 4 + NAME_WIDTH;

/// The summary of all rules, or of one.
pub(super) fn text(rules: &Rules, source: &RuleText, only: Option<&str>) -> Result<String, Failure> {
    let plan = jit::compile(&rules.lir, &JitOptions::default())
        .map_err(|error| Failure::BadRules(error.to_string()))?;
    let summary = Summary { rules, source, plan: &plan };
    let mut out = String::new();
    for (number, rule) in rules.lir.rules.iter().enumerate() {
        if only.is_none_or(|name| rule.name == name) {
            summary.rule(&mut out, number, rule);
        }
    }
    if only.is_none() {
        summary.guards(&mut out);
    }
    Ok(out)
}

struct Summary<'a> {
    rules: &'a Rules,
    source: &'a RuleText,
    plan: &'a Plan,
}

impl Summary<'_> {
    fn rule(&self, out: &mut String, number: usize, rule: &lir::Rule) {
        let written = self.rules.ast.items.iter().find(|item| item.name().name == rule.name);
        let meant = self.rules.hir.rules.iter().find(|meant| meant.name == rule.name);
        let (Some(written), Some(meant)) = (written, meant) else { return };
        let kind = if matches!(written, Item::Query(_)) { "query" } else { "pattern" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{kind} {}    {}:{}", rule.name, self.source.name, self.line(written.span()));
        out.extend(rule.doc.lines().map(|line| format!("    {line}\n")));
        match written {
            Item::Pattern(pattern) => self.pattern(out, pattern),
            Item::Query(query) => self.query(out, query),
            Item::Event(_) => {}
        }
        self.line_of(out, "reads", self.reads(rule));
        self.costs(out, rule, meant, self.plan.rules().nth(number).expect("a plan for each rule"));
        self.line_of(out, "workers", self.workers(rule));
        self.line_of(out, "emits", emits(&self.plan.outputs[number]));
        out.push('\n');
    }

    /// The clauses as they are written.
    fn pattern(&self, out: &mut String, rule: &ast::PatternRule) {
        if let Some(partition) = &rule.partition {
            self.line_of(out, "partition", self.after_keyword(partition.span));
        }
        self.line_of(out, "match", self.after_keyword(rule.pattern.span));
        for (name, clause) in [
            ("where", rule.filter.as_ref().map(|clause| clause.span)),
            ("within", rule.within.as_ref().map(|clause| clause.span)),
            ("after match", rule.skip.as_ref().map(|clause| clause.span)),
        ] {
            if let Some(span) = clause {
                let text = self.after_keyword(span);
                self.line_of(out, name, text.strip_prefix("match ").unwrap_or(&text));
            }
        }
    }

    /// The clauses as they are written.
    fn query(&self, out: &mut String, rule: &ast::QueryRule) {
        self.line_of(out, "from", self.after_keyword(rule.from.span));
        let window = rule.window.as_ref().map(|clause| clause.span);
        if let Some(span) = window {
            self.line_of(out, "window", self.after_keyword(span));
        }
        if let Some(clause) = &rule.group_by {
            let text = self.after_keyword(clause.span);
            self.line_of(out, "group by", text.trim_start_matches("by").trim_start());
        }
        if let Some(clause) = &rule.having {
            self.line_of(out, "having", self.after_keyword(clause.span));
        }
    }

    /// The window operator whose rows a rule reads.
    fn window(&self, rule: &lir::Rule) -> Option<&lir::Window> {
        match self.rules.lir.types[rule.inputs[0].ty.index()].source {
            lir::Source::Window(number) => Some(&self.rules.lir.windows[number]),
            lir::Source::Input { .. } | lir::Source::Rule { .. } => None,
        }
    }

    /// The event types, and which of their rows are looked at.
    fn reads(&self, rule: &lir::Rule) -> String {
        let one = |ty: TypeId, wants: &Rows| {
            let ty = &self.rules.lir.types[ty.index()].name;
            match wants {
                Rows::All => format!("{ty}: every event"),
                Rows::Any(guards) if guards.is_empty() => format!("{ty}: no event"),
                Rows::Any(guards) => {
                    let names: Vec<String> = guards.iter().map(GuardId::to_string).collect();
                    format!("{ty}: events of {}", names.join(" or "))
                }
            }
        };
        if let Some(window) = self.window(rule) {
            return one(window.input, &window.wants);
        }
        rule.inputs.iter().map(|input| one(input.ty, &input.wants)).collect::<Vec<_>>().join("; ")
    }

    /// Where it runs with `--workers`.
    fn workers(&self, rule: &lir::Rule) -> String {
        let lir = &self.rules.lir;
        let (ty, input) = match self.window(rule) {
            Some(window) => (window.output_type, window.input),
            None => (rule.output_type, rule.inputs[0].ty),
        };
        match lir.placement(ty) {
            Some(Placement::ByKey(keys)) => {
                let fields = &lir.types[input.index()].fields;
                let name = |key: &lir::Key| {
                    fields.get(key.fields[0].index()).map_or("a computed value", |field| field.name.as_str())
                };
                format!("divided by {}", keys.iter().map(name).collect::<Vec<_>>().join(", "))
            }
            Some(Placement::InTurn) => "divided, batch by batch".to_owned(),
            Some(Placement::Beside) => "divided as what it reads".to_owned(),
            Some(Placement::Whole(number)) => format!("one: number {number} modulo their count"),
            None => String::new(),
        }
    }

    fn costs(&self, out: &mut String, rule: &lir::Rule, meant: &hir::Rule, plan: &RulePlan) {
        let strategy = match rule.strategy {
            Strategy::Stateless | Strategy::Projection if let Some(window) = self.window(rule) => {
                self.line_of(out, "strategy", window_strategy(window));
                let limits = [("groups", window.limits.partitions), ("rows", window.limits.rows)];
                let limits: Vec<String> = limits.iter().map(|(name, bound)| limit(name, bound)).collect();
                self.line_of(out, "limits", limits.join(", "));
                return;
            }
            Strategy::Stateless => "stateless: each event on its own, nothing is kept",
            Strategy::Projection => "projection: fields of each event as they are, nothing is kept",
            Strategy::Runs => {
                "runs: an event that is looked at costs a look at each live run of its partition"
            }
        };
        self.line_of(out, "strategy", strategy);
        if rule.strategy != Strategy::Runs {
            return;
        }
        let kept: Vec<&str> = rule.registers.iter().map(|register| register.name.as_str()).collect();
        let kept = if kept.is_empty() { "nothing of its events".to_owned() } else { kept.join(", ") };
        self.line_of(out, "a run", format!("{}, keeps {kept}", bytes(plan.run_bytes as u64)));
        self.line_of(out, "a partition", format!("{} and its key", bytes(plan.slot_bytes as u64)));
        if let RuleBody::Pattern(pattern) = &meant.body {
            let limits = &pattern.limits;
            let parts =
                [("runs", limits.runs), ("partitions", limits.partitions), ("repetition", limits.repetition)];
            let idle = limits.idle.map(|nanos| format!("partition idle {}", duration_text(nanos)));
            let parts: Vec<String> =
                parts.iter().map(|(name, bound)| limit(name, bound)).chain(idle).collect();
            self.line_of(out, "limits", parts.join(", "));
        }
    }

    /// Every guard with the rules that share it.
    fn guards(&self, out: &mut String) {
        let program = &self.rules.lir;
        if program.guards.is_empty() {
            return;
        }
        out.push_str("guards, each computed once for an event however many rules ask\n");
        for (number, guard) in program.guards.iter().enumerate() {
            let id = GuardId(number as u32);
            let users: Vec<&str> = program
                .rules
                .iter()
                .filter(|rule| {
                    used::guards(rule).contains(&id)
                        || self
                            .window(rule)
                            .is_some_and(|window| used::guards_of_window(window).contains(&id))
                })
                .map(|rule| rule.name.as_str())
                .collect();
            let TypeId(ty) = guard.ty;
            let condition = expr_text(program, guard.ty, &guard.condition);
            let ty = &program.types[ty as usize].name;
            // Writing to a String cannot fail.
            let _ = writeln!(out, "    {:<4} {ty}[{condition}]    {}", id.to_string(), users.join(", "));
        }
    }

    fn line_of(&self, out: &mut String, name: &str, text: impl AsRef<str>) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "    {name:<NAME_WIDTH$}{}", text.as_ref());
    }

    /// What stands behind the first word of a clause; its lines below each other.
    fn after_keyword(&self, span: Span) -> String {
        let text = self.source.text.get(span.range()).unwrap_or_default();
        let text = text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.join(&format!("\n{:INDENT$}", ""))
    }

    /// The line on which something stands.
    fn line(&self, span: Span) -> usize {
        1 + self.source.text.bytes().take(span.start as usize).filter(|&byte| byte == b'\n').count()
    }
}

/// What a window costs.
const fn window_strategy(window: &lir::Window) -> &'static str {
    match window.window {
        hir::Window::Hopping { size, every, .. } if size == every => {
            "tumbling: an event costs an update of each aggregate of its group; nothing else of it is kept"
        }
        hir::Window::Hopping { .. } => {
            "hopping: an event costs an update of each aggregate in one slice; windows are joined of slices"
        }
        hir::Window::Session { .. } => "session: an event costs an update of each aggregate of its session",
        hir::Window::Sliding { .. } | hir::Window::Last(_) => {
            "moving: an event enters and leaves the window of its group, and is kept in between"
        }
        hir::Window::Batch { .. } => "batch: an event costs an update of each aggregate of its group",
        hir::Window::Running => "running: an event costs an update of each aggregate of its group",
    }
}

fn limit(name: &str, bound: &Bound) -> String {
    let policy = match bound.policy {
        Policy::DropOldest => "drop oldest",
        Policy::DropNew => "drop new",
        Policy::Fail => "fail",
    };
    format!("{name} {} {policy}", grouped(bound.max))
}

/// The event type that a rule emits.
fn emits(schema: &OutputSchema) -> String {
    let fields: Vec<String> = schema.fields.iter().map(|field| emitted(schema, field)).collect();
    format!("{} {{ {} }}", schema.name, fields.join(", "))
}

fn emitted(schema: &OutputSchema, field: &OutputField) -> String {
    let inner = |fields: &[OutputField]| {
        fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let column = |number: usize| &schema.columns[number];
    let null = |nullable: bool| if nullable { "?" } else { "" };
    let shape = match &field.shape {
        Shape::Scalar(number) => format!("{}{}", column(*number).ty.name(), null(column(*number).nullable)),
        Shape::List(number) => format!("list of {}", column(*number).ty.name()),
        Shape::Record { present, fields } => format!("event{} of {}", null(present.is_some()), inner(fields)),
        Shape::Records(fields) => format!("list of events of {}", inner(fields)),
    };
    format!("{}: {shape}", field.name)
}
