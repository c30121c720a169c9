//! What everything is called: the user's names where they can stay, and ours beside them, none of them twice.

use crate::lir::{EventType, ExprKind, Guard, Program, RegisterKind, Rule, Source, Stmt, Window};
use portent_rt::output::Shape;
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use std::collections::BTreeSet;

/// What generated code may import of the runtime.
pub(super) const RUNTIME: &[&str] = &[
    "Arrival",
    "Bound",
    "Clock",
    "Counters",
    "Cursor",
    "Deadline",
    "Deadlines",
    "Dynamic",
    "Faults",
    "FromValue",
    "Idle",
    "Limits",
    "Moments",
    "Partition",
    "PartitionLimit",
    "Partitions",
    "Pattern",
    "Program",
    "Room",
    "RuleStats",
    "RunList",
    "Runs",
    "Sink",
    "Stats",
    "Stopped",
    "SumF",
    "SumI",
    "Symbol",
    "TextRef",
    "ToTree",
    "Waiting",
    "acc",
    "and",
    "blocks",
    "days",
    "float_key",
    "hours",
    "index",
    "millis",
    "minutes",
    "or",
    "scalar",
    "seconds",
    "select",
    "window",
    "written",
];

/// Of these, what `compiled::fixed` has in arrays.
pub(super) const IN_ARRAYS: &[&str] = &["Deadlines", "Partitions", "Runs", "Stats", "Waiting"];

/// Types that are there in every module, or are ours, and that no type of the user may hide.
const RESERVED: &[&str] = &[
    "Event",
    "Match",
    "Rules",
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Vec",
    "String",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Drop",
    "Eq",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Into",
    "Iterator",
    "PartialEq",
    "Self",
    "Send",
    "Sync",
    "bool",
    "f64",
    "i64",
    "u32",
    "u64",
    "usize",
    "str",
];

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A name as an identifier; a keyword as a raw one, or, of the few that cannot be raw, with an underscore.
pub(super) fn ident(name: &str) -> Ident {
    match name {
        "self" | "Self" | "super" | "crate" | "_" => Ident::new(&format!("{name}_"), Span::call_site()),
        name if KEYWORDS.contains(&name) => Ident::new_raw(name, Span::call_site()),
        name => Ident::new(name, Span::call_site()),
    }
}

/// The text of an identifier, to be a part of another.
fn unraw(name: &Ident) -> String {
    name.to_string().trim_start_matches("r#").to_owned()
}

/// Names of one kind in one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope(BTreeSet<String>);

impl Scope {
    pub(super) fn with(taken: &[&str]) -> Self {
        Self(taken.iter().map(|name| (*name).to_owned()).collect())
    }

    /// `base`, or `base` with the first suffix that is free.
    pub(super) fn fresh(&mut self, base: &str) -> Ident {
        let mut name = base.to_owned();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!(
                "{base}{}{number}",
                if base.ends_with(|c: char| c.is_ascii_digit()) { "_" } else { "" }
            );
            number += 1;
        }
        ident(&name)
    }

    /// A type of the user.
    fn user_type(&mut self, name: &str) -> Ident {
        match self.0.contains(name) {
            true => self.fresh(&format!("{name}Event")),
            false => self.fresh(name),
        }
    }
}

/// `CardTesting` as `card_testing`.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in name.chars() {
        if c.is_uppercase() && lower {
            out.push('_');
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        out.extend(c.to_lowercase());
    }
    words(&out, '_')
}

/// `awaits small` as `AwaitsSmall`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::new();
    for word in words(name, ' ').split(['_', ' ']) {
        let mut chars = word.chars();
        out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        out.extend(chars);
    }
    if out.starts_with(|c: char| c.is_ascii_digit()) { format!("N{out}") } else { out }
}

/// The words of a text, whatever is between them, with `separator` there.
fn words(text: &str, separator: char) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join(&separator.to_string());
    if joined.is_empty() { "x".to_owned() } else { joined }
}

/// `text` as documentation.
pub(super) fn doc(text: &str) -> TokenStream {
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote! { #(#[doc = #lines])* }
}

/// Rule text within documentation.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

/// Every identifier in `tokens`.
pub(super) fn mentioned(tokens: &TokenStream) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    visit(tokens, &mut |name| {
        all.insert(name);
    });
    all
}

/// Whether `tokens` use a variable before they bind it anew.
pub(super) fn uses(tokens: &TokenStream, name: &Ident) -> bool {
    let mut before_is_let = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Ident(ident) if ident == name && before_is_let => return false,
            TokenTree::Ident(ident) if ident == name => return true,
            TokenTree::Group(group) if uses(&group.stream(), name) => return true,
            _ => {}
        }
        before_is_let = matches!(&token, TokenTree::Ident(ident) if ident == "let");
    }
    false
}

/// Whether `tokens` call a function, or begin a path, of this name.
pub(super) fn calls(tokens: &TokenStream, name: &str) -> bool {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is = |at: Option<usize>, c: char| {
        at.and_then(|at| all.get(at))
            .is_some_and(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == c))
    };
    all.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Group(group) => calls(&group.stream(), name),
        TokenTree::Ident(ident) if ident == name => {
            let opens = matches!(all.get(at + 1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
            !is(at.checked_sub(1), '.') && (opens || is(Some(at + 1), ':') && is(Some(at + 2), ':'))
        }
        _ => false,
    })
}

/// Whether `tokens` use a field or a method of `self`.
pub(super) fn has_field(tokens: &TokenStream, name: &str) -> bool {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_ident = |token: &TokenTree, text: &str| matches!(token, TokenTree::Ident(ident) if ident == text);
    all.windows(3).any(|three| {
        is_ident(&three[0], "self")
            && matches!(&three[1], TokenTree::Punct(dot) if dot.as_char() == '.')
            && is_ident(&three[2], name)
    }) || all.iter().any(|token| matches!(token, TokenTree::Group(group) if has_field(&group.stream(), name)))
}

/// How often an identifier is in `tokens`.
pub(super) fn mentions(tokens: &TokenStream, name: &Ident) -> usize {
    let (mut count, name) = (0, name.to_string());
    visit(tokens, &mut |other| count += usize::from(other == name));
    count
}

fn visit(tokens: &TokenStream, found: &mut dyn FnMut(String)) {
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => visit(&group.stream(), found),
            TokenTree::Ident(name) => found(name.to_string()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The names of an event type.
pub(super) struct EventNames {
    /// The struct.
    pub(super) ty: Ident,
    /// The same in lower case, as a part of other names.
    pub(super) snake: String,
    /// Its fields.
    pub(super) fields: Vec<Ident>,
    /// For columns.
    pub(super) columns: Ident,
    /// What rules do with one.
    pub(super) on: Ident,
    /// The time, where it is more than a field.
    pub(super) time: Ident,
}

/// The names of a guard.
pub(super) struct GuardNames {
    /// The function.
    pub(super) function: Ident,
    /// What it said of the event at hand.
    pub(super) local: Ident,
}

/// The names of a rule.
pub(super) struct RuleNames {
    /// The field of `Rules`.
    pub(super) field: Ident,
    /// Its state.
    pub(super) state: Ident,
    /// A run.
    pub(super) run: Ident,
    /// Where a run is.
    pub(super) step: Ident,
    pub(super) steps: Vec<Ident>,
    /// What a partition keeps beside runs.
    pub(super) cells: Ident,
    pub(super) registers: Vec<Ident>,
    pub(super) cell_fields: Vec<Ident>,
    /// When it completed, in its output.
    pub(super) ts: Ident,
    /// The fields of its output.
    pub(super) outputs: Vec<Ident>,
    /// The structs of the records among these.
    pub(super) records: Vec<Option<Ident>>,
}

/// The names of a window operator.
pub(super) struct WindowNames {
    /// The field of `Rules`.
    pub(super) field: Ident,
    /// Its state.
    pub(super) state: Ident,
    /// What it keeps of a window.
    pub(super) totals: Ident,
    /// The aggregates, fields of that.
    pub(super) aggregates: Vec<Ident>,
    /// When a row is there, in its rows.
    pub(super) ts: Ident,
}

/// All names.
pub(super) struct Names {
    pub(super) events: Vec<EventNames>,
    pub(super) guards: Vec<GuardNames>,
    pub(super) rules: Vec<RuleNames>,
    pub(super) windows: Vec<WindowNames>,
    /// The regular expressions, each once.
    pub(super) patterns: Vec<(String, Ident)>,
    /// By event type: what rules look at of an event, where that is not its struct.
    pub(super) rows: Vec<Ident>,
    /// The fields of `Rules` that hold indexes.
    pub(super) indexes: Vec<Ident>,
}

impl Names {
    pub(super) fn new(program: &Program) -> Self {
        let mut types = Scope::with(RESERVED);
        types.0.extend(RUNTIME.iter().map(|name| (*name).to_owned()));
        let name = |ty: &EventType| match ty.source {
            Source::Window(_) => camel(&ty.name),
            Source::Input { .. } | Source::Rule { .. } => ty.name.clone(),
        };
        let structs: Vec<Ident> = program.types.iter().map(|ty| types.user_type(&name(ty))).collect();
        let methods = ["new", "push", "watermark", "finish", "stats", "release", "on_deadlines", "stop"];
        let mut methods = Scope::with(&methods);
        let mut functions = Scope::with(RUNTIME);
        let mut events = Vec::new();
        for (ty, name) in program.types.iter().zip(&structs) {
            let base = snake(&ty.name);
            let on = methods.fresh(&format!("on_{base}"));
            let snake = on.to_string().trim_start_matches("on_").to_owned();
            let mut fields = Scope::default();
            let field_names = match ty.source {
                Source::Window(number) => row_fields(program, number),
                _ => ty.fields.iter().map(|field| fields.fresh(&field.name)).collect(),
            };
            events.push(EventNames {
                ty: name.clone(),
                fields: field_names,
                columns: types.fresh(&format!("{}Columns", unraw(name))),
                time: functions.fresh(&format!("time_of_{snake}")),
                on,
                snake,
            });
        }
        let mut fields = Scope::with(&["clock", "waiting", "faults", "stopped"]);
        let mut rules: Vec<RuleNames> = Vec::new();
        for rule in &program.rules {
            let names = RuleNames::new(rule, &structs[rule.output_type.index()], &mut types, &mut fields);
            events[rule.output_type.index()].fields = rule
                .event_columns
                .iter()
                .map(|column| names.outputs[output_of(rule, *column)].clone())
                .collect();
            rules.push(names);
        }
        let windows = program.windows.iter().map(|window| {
            let rows = &events[window.output_type.index()];
            WindowNames::new(window, rows, &mut types, &mut fields)
        });
        let windows = windows.collect();
        let guards = program
            .guards
            .iter()
            .enumerate()
            .map(|(number, guard)| guard_names(number, guard, &mut functions));
        let guards = guards.collect();
        let patterns = patterns(program, &mut types);
        // Nobody else sees these names, so all others come first.
        let rows = structs.iter().map(|name| types.fresh(&format!("{}Row", unraw(name)))).collect();
        let indexes = program.indexes.iter().map(|index| {
            let of = &events[index.ty.index()];
            fields.fresh(&format!("{}_by_{}", of.snake, snake(&unraw(&of.fields[index.field.index()]))))
        });
        let indexes = indexes.collect();
        Self { events, guards, rules, windows, patterns, rows, indexes }
    }
}

/// The emitted field that is a column.
fn output_of(rule: &Rule, column: usize) -> usize {
    let is_it =
        |field: &portent_rt::output::OutputField| matches!(field.shape, Shape::Scalar(of) if of == column);
    rule.output.fields.iter().position(is_it).expect("a field of an event is a scalar that is emitted")
}

impl RuleNames {
    fn new(rule: &Rule, ty: &Ident, types: &mut Scope, fields: &mut Scope) -> Self {
        let (mut registers, mut cells) = (Scope::with(&["step"]), Scope::default());
        let (mut steps, mut outputs) = (Scope::default(), Scope::default());
        let base = unraw(ty);
        let names: Vec<Ident> = rule.output.fields.iter().map(|field| outputs.fresh(&field.name)).collect();
        let records = rule.output.fields.iter().map(|field| {
            let is_record = matches!(field.shape, Shape::Record { .. } | Shape::Records(_));
            is_record.then(|| types.fresh(&format!("{base}{}", camel(&field.name))))
        });
        Self {
            records: records.collect(),
            field: fields.fresh(&snake(&rule.name)),
            state: types.fresh(&format!("{base}State")),
            run: types.fresh(&format!("{base}Run")),
            step: types.fresh(&format!("{base}Step")),
            cells: types.fresh(&format!("{base}Cells")),
            steps: rule.states.iter().map(|state| steps.fresh(&camel(state))).collect(),
            registers: rule
                .registers
                .iter()
                .map(|register| registers.fresh(&snake(register.names().0)))
                .collect(),
            cell_fields: rule.cells.iter().map(|cell| cells.fresh(&snake(&cell.name))).collect(),
            ts: outputs.fresh("ts"),
            outputs: names,
        }
    }
}

impl WindowNames {
    fn new(window: &Window, rows: &EventNames, types: &mut Scope, fields: &mut Scope) -> Self {
        let aggregates = rows.fields[rows.fields.len() - window.aggregates.len()..].to_vec();
        let mut own = Scope::default();
        rows.fields.iter().for_each(|field| drop(own.fresh(&unraw(field))));
        let base = camel(&window.name);
        Self {
            field: fields.fresh(&format!("{}_windows", snake(&window.name))),
            state: types.fresh(&format!("{base}Windows")),
            totals: types.fresh(&format!("{base}Totals")),
            aggregates,
            ts: own.fresh("ts"),
        }
    }
}

/// The fields of a window operator's rows: what is emitted as it is has the name under which it is emitted.
fn row_fields(program: &Program, number: usize) -> Vec<Ident> {
    let window = &program.windows[number];
    let mut emitted: Vec<Option<&str>> = vec![None; program.types[window.output_type.index()].fields.len()];
    for rule in program.rules.iter().filter(|rule| rule.inputs[0].ty == window.output_type) {
        crate::lir::walk_block(&rule.step.body, &mut |stmt| {
            let Stmt::Emit { values, .. } = stmt else { return };
            for field in &rule.output.fields {
                let (Shape::Scalar(column) | Shape::List(column)) = field.shape else { continue };
                let value = match &values[column].kind {
                    ExprKind::Coalesce(value, _) => &value.kind,
                    kind => kind,
                };
                if let ExprKind::Column(of) | ExprKind::ListColumn(of) = value {
                    emitted[of.index()].get_or_insert(&field.name);
                }
            }
        });
    }
    let mut scope = Scope::default();
    let fields = program.types[window.output_type.index()].fields.iter().zip(emitted);
    fields
        .map(|(field, emitted)| scope.fresh(&emitted.map_or_else(|| snake(&field.name), str::to_owned)))
        .collect()
}

/// A guard is called after the variable whose step it is of.
fn guard_names(number: usize, guard: &Guard, functions: &mut Scope) -> GuardNames {
    let text = guard.origin.split_once(": ").map_or("", |(_, text)| text);
    let variable = text.split_once(':').map(|(variable, _)| variable.trim_matches('`'));
    let is_name =
        |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let base =
        variable.filter(is_name).map_or_else(|| format!("guard_{number}"), |name| format!("guard_{name}"));
    let function = functions.fresh(&base);
    let local = ident(&function.to_string().replacen("guard_", "is_", 1));
    GuardNames { function, local }
}

/// The regular expressions of a program.
fn patterns(program: &Program, types: &mut Scope) -> Vec<(String, Ident)> {
    let mut all: Vec<(String, Ident)> = Vec::new();
    super::expr::walk(program, &mut |expr| {
        if let crate::lir::ExprKind::Matches(_, regex) = &expr.kind
            && !all.iter().any(|(known, _)| known == regex)
        {
            all.push((regex.clone(), types.fresh(&format!("PATTERN_{}", all.len() + 1))));
        }
    });
    all
}

/// Whether the runs of a rule can be copied as bytes.
pub(super) fn is_plain(rule: &Rule) -> bool {
    rule.registers.iter().all(|register| match register.kind {
        RegisterKind::Scalar(ty) => ty.kind != crate::scalar::Kind::Str,
        RegisterKind::Acc(_) => true,
        RegisterKind::List(_) => false,
    })
}
