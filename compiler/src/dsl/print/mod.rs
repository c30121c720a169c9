//! The canonical layout of a rule file: what `portent fmt` writes.
//!
//! The text parses back to the same tree, and printing that again gives the same text. It keeps documentation and
//! comments, puts parentheses only where they are needed, and breaks lines that would be longer than [`WIDTH_MAX`].

mod expr;
mod pattern;

use super::failure::RESERVED;
use super::literals::duration_text;
use crate::ast::*;
use crate::span::Span;
use expr::{expr, expr_lines};
use pattern::{pattern_lines, step};
use std::fmt::Write;

/// Lines are at most so long, in characters, where they can be broken.
pub(super) const WIDTH_MAX: usize = 100;

/// Keywords of clauses are padded to this width.
const KEYWORD_WIDTH: usize = 7;

/// What stands before a clause.
const INDENT: &str = "    ";

/// Prints a file. Declarations that could not be parsed are not in it: print only files without errors.
pub fn print(file: &File) -> String {
    let mut printer = Printer { out: String::new(), comments: &file.comments };
    for (index, item) in file.items.iter().enumerate() {
        if index > 0 {
            printer.out.push('\n');
        }
        printer.item(item);
    }
    if !file.comments.at_end.is_empty() {
        if !file.items.is_empty() {
            printer.out.push('\n');
        }
        printer.lines("", &file.comments.at_end);
    }
    printer.out
}

struct Printer<'a> {
    out: String,
    comments: &'a Comments,
}

impl<'a> Printer<'a> {
    fn item(&mut self, item: &Item) {
        if let Some(comments) = self.at(item.span()) {
            self.lines("", &comments.before);
        }
        match item {
            Item::Event(event) => self.event(event),
            Item::Pattern(rule) => self.pattern_rule(rule),
            Item::Query(rule) => self.query_rule(rule),
        }
        self.end_line(item.span());
    }

    /// Ends the line of a node with the comments behind it; the text so far must end with its line break.
    fn end_line(&mut self, node: Span) {
        if let Some(comments) = self.at(node).filter(|comments| !comments.after.is_empty()) {
            self.out.truncate(self.out.trim_end_matches('\n').len());
            for comment in &comments.after {
                self.out.push(' ');
                self.out.push_str(comment);
            }
            self.out.push('\n');
        }
    }

    fn at(&self, node: Span) -> Option<&'a NodeComments> {
        self.comments.by_node.get(&node.start)
    }

    fn lines(&mut self, indent: &str, lines: &[String]) {
        for line in lines {
            if !line.is_empty() {
                self.out.push_str(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    fn doc(&mut self, indent: &str, doc: &str) {
        if doc.is_empty() {
            return;
        }
        for line in doc.split('\n') {
            let blank = if line.is_empty() { "" } else { " " };
            self.put(format_args!("{indent}///{blank}{line}\n"));
        }
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.out.write_fmt(text);
    }

    fn event(&mut self, event: &Event) {
        self.doc("", &event.doc);
        self.put(format_args!("event {} {{", name(&event.name)));
        let inside_end = self.at(event.span).map_or(&[][..], |comments| &comments.inside_end);
        if !event.fields.is_empty() || !inside_end.is_empty() {
            self.out.push('\n');
            let width = event.fields.iter().map(|field| name(&field.name).len()).max().unwrap_or(0) + 1;
            for field in &event.fields {
                self.field(field, width);
            }
            self.lines(INDENT, inside_end);
        }
        self.out.push('}');
        if let Some(time) = &event.time {
            match &time.value.kind {
                ExprKind::Name(ident) => self.put(format_args!(" time {}", name(ident))),
                _ => self.put(format_args!(" time ({})", expr(&time.value))),
            }
        }
        if let Some(lateness) = &event.lateness {
            self.put(format_args!(" lateness {}", duration_text(lateness.value)));
        }
        self.out.push('\n');
    }

    fn field(&mut self, field: &Field, width: usize) {
        if let Some(comments) = self.at(field.span) {
            self.lines(INDENT, &comments.before);
        }
        self.doc(INDENT, &field.doc);
        let label = name(&field.name) + ":";
        self.put(format_args!("{INDENT}{label:width$} {},\n", type_ref(&field.ty)));
        self.end_line(field.span);
    }

    fn pattern_rule(&mut self, rule: &PatternRule) {
        self.doc("", &rule.doc);
        self.put(format_args!("pattern {}\n", name(&rule.name)));
        self.clause(&rule.partition, "partition by", |items| vec![list(items, partition_item)]);
        self.clause_of(&rule.pattern, "match", pattern_lines);
        self.clause(&rule.filter, "where", expr_lines);
        self.clause(&rule.within, "within", |within| vec![within_text(within)]);
        self.clause(&rule.skip, "after match skip", |skip| vec![after_match(skip)]);
        self.clause(&rule.limits, "limit", |limits| vec![list(limits, limit)]);
        if let Some(emit) = &rule.emit {
            self.emit(emit.span, "emit", &emit.value);
        }
    }

    fn query_rule(&mut self, rule: &QueryRule) {
        self.doc("", &rule.doc);
        self.put(format_args!("query {}\n", name(&rule.name)));
        self.clause_of(&rule.from, "from", |from| vec![step(from)]);
        self.clause(&rule.window, "window", |window| vec![window_text(window)]);
        self.clause(&rule.group_by, "group  by", |keys| vec![list(keys, expr)]);
        self.clause(&rule.limits, "limit", |limits| vec![list(limits, limit)]);
        let keyword = if rule.emit.value.partial { "emit partial" } else { "emit" };
        self.emit(rule.emit.span, keyword, &rule.emit.value.items);
        self.clause(&rule.having, "having", expr_lines);
    }

    fn clause<T>(&mut self, clause: &Option<Clause<T>>, keyword: &str, lines: impl Fn(&T) -> Vec<String>) {
        if let Some(clause) = clause {
            self.clause_of(clause, keyword, lines);
        }
    }

    /// A clause whose content is one line or several: these stand below each other.
    fn clause_of<T>(&mut self, clause: &Clause<T>, keyword: &str, lines: impl Fn(&T) -> Vec<String>) {
        self.comments_before(clause.span);
        let head = clause_head(keyword);
        let indent = INDENT.len() + KEYWORD_WIDTH;
        for (index, line) in lines(&clause.value).iter().enumerate() {
            match index {
                0 => self.put(format_args!("{head}{line}\n")),
                _ => self.put(format_args!("{:indent$}{line}\n", "")),
            }
        }
        self.end_line(clause.span);
    }

    fn comments_before(&mut self, node: Span) {
        if let Some(comments) = self.at(node) {
            self.lines(INDENT, &comments.before);
        }
    }

    fn emit(&mut self, span: Span, keyword: &str, items: &[EmitItem]) {
        self.comments_before(span);
        let head = clause_head(keyword);
        let inside_end = self.at(span).map_or(&[][..], |comments| &comments.inside_end);
        let one_line = match items {
            [] => format!("{head}{{}}"),
            items => format!("{head}{{ {} }}", list(items, emit_item)),
        };
        let commented = !inside_end.is_empty() || items.iter().any(|item| self.at(item.span).is_some());
        if !commented && (items.len() <= 1 || one_line.chars().count() <= WIDTH_MAX) {
            self.out.push_str(&one_line);
            self.out.push('\n');
        } else {
            self.put(format_args!("{head}{{\n"));
            let indent = INDENT.repeat(2);
            for item in items {
                if let Some(comments) = self.at(item.span) {
                    self.lines(&indent, &comments.before);
                }
                self.put(format_args!("{indent}{},\n", emit_item(item)));
                self.end_line(item.span);
            }
            self.lines(&indent, inside_end);
            self.put(format_args!("{INDENT}}}\n"));
        }
        self.end_line(span);
    }
}

/// A clause's keyword, padded so that contents stand below each other.
fn clause_head(keyword: &str) -> String {
    if keyword.len() < KEYWORD_WIDTH {
        format!("{INDENT}{keyword:KEYWORD_WIDTH$}")
    } else {
        format!("{INDENT}{keyword} ")
    }
}

/// A name, in backquotes if it is a reserved word.
fn name(ident: &Ident) -> String {
    if RESERVED.contains(&ident.name.as_str()) { format!("`{}`", ident.name) } else { ident.name.clone() }
}

fn list<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<String>>().join(", ")
}

fn type_ref(ty: &TypeRef) -> String {
    let scalar = match ty.scalar {
        ScalarName::Bool => "bool",
        ScalarName::I64 => "i64",
        ScalarName::F64 => "f64",
        ScalarName::Str => "str",
        ScalarName::Timestamp => "timestamp",
        ScalarName::Duration => "duration",
    };
    let unit = match ty.unit {
        None => "",
        Some(TimeUnit::S) => "(s)",
        Some(TimeUnit::Ms) => "(ms)",
        Some(TimeUnit::Us) => "(us)",
        Some(TimeUnit::Ns) => "(ns)",
    };
    format!("{scalar}{unit}{}", if ty.nullable { "?" } else { "" })
}

fn partition_item(item: &PartitionItem) -> String {
    match item {
        PartitionItem::Field(field) => name(field),
        PartitionItem::Equal(fields) => {
            let field = |field: &QualifiedField| format!("{}.{}", name(&field.ty), name(&field.field));
            fields.iter().map(field).collect::<Vec<String>>().join(" = ")
        }
    }
}

fn within_text(within: &Within) -> String {
    match within {
        Within::Time(nanos) => duration_text(*nanos),
        Within::Events(count) => format!("{count} events"),
    }
}

fn after_match(skip: &AfterMatch) -> String {
    match skip {
        AfterMatch::None => "none".to_string(),
        AfterMatch::ToNext => "to next".to_string(),
        AfterMatch::PastLast => "past last".to_string(),
        AfterMatch::ToFirst(variable) => format!("to first {}", name(variable)),
        AfterMatch::ToLast(variable) => format!("to last {}", name(variable)),
    }
}

fn limit(limit: &Limit) -> String {
    let what = match limit.what {
        LimitKind::Idle => {
            return format!(
                "partition idle {}",
                duration_text(limit.bound.value.try_into().unwrap_or(i64::MAX))
            );
        }
        LimitKind::Runs => "runs",
        LimitKind::Partitions => "partitions",
        LimitKind::Repetition => "repetition",
        LimitKind::Rows => "rows",
    };
    let policy = match limit.policy.as_ref().map(|policy| policy.value) {
        None => "",
        Some(LimitPolicy::DropOldest) => " drop oldest",
        Some(LimitPolicy::DropNew) => " drop new",
        Some(LimitPolicy::Fail) => " fail",
    };
    format!("{what} {}{policy}", limit.bound.value)
}

fn emit_item(item: &EmitItem) -> String {
    match &item.name {
        Some(ident) => format!("{}: {}", name(ident), expr(&item.value)),
        None => expr(&item.value),
    }
}

fn window_text(window: &Window) -> String {
    let with = |keyword: &str, nanos: Option<i64>| match nanos {
        Some(nanos) => format!(" {keyword} {}", duration_text(nanos)),
        None => String::new(),
    };
    match *window {
        Window::Tumbling { size, offset } => {
            format!("tumbling {}{}", duration_text(size), with("offset", offset))
        }
        Window::Hopping { size, every, offset } => {
            format!(
                "hopping {} every {}{}",
                duration_text(size),
                duration_text(every),
                with("offset", offset)
            )
        }
        Window::Sliding { size } => format!("sliding {}", duration_text(size)),
        Window::Session { gap, max } => format!("session {}{}", duration_text(gap), with("max", max)),
        Window::Last(count) => format!("last {count}"),
        Window::Batch(count) => format!("batch {count}"),
    }
}
