//! Values as words.

use super::time::{Unit, parse_time, print_time};
use super::token::{Token, print_text};
use portent_rt::output::Tree;
use portent_rt::scalar::{parse, print};
use portent_rt::{Type, Value};

/// Reads a value of a field's type; `None` if the word is none.
pub(super) fn parse_value(token: &Token, ty: Type, unit: Unit) -> Option<Value> {
    let text = token.text.as_str();
    if !token.quoted && matches!(text, "_" | "null") {
        return Some(Value::Null);
    }
    match ty {
        Type::Str => Some(Value::Str(text.to_owned())),
        _ if token.quoted => None,
        Type::Bool => parse::bool(text).map(Value::Bool),
        Type::I64 => parse::int(text).map(Value::I64),
        Type::F64 => parse::float(text).map(Value::F64),
        Type::Timestamp => parse_time(text, unit).map(Value::Timestamp),
        Type::Duration => parse::duration(text).map(Value::Duration),
    }
}

/// Writes a value; times are numbers of `unit`.
pub fn print_value(value: &Value, unit: Unit, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Str(text) => print_text(text, out),
        Value::Timestamp(at) => print_time(*at, unit, out),
        Value::List(items) => list(items, out, |item, out| print_value(item, unit, out)),
        Value::Bool(_) | Value::I64(_) | Value::F64(_) | Value::Duration(_) => print::value(value, out),
    }
}

/// Writes an emitted value.
pub fn print_tree(tree: &Tree, unit: Unit, out: &mut String) {
    match tree {
        Tree::Value(value) => print_value(value, unit, out),
        Tree::Record(fields) => record(fields, unit, out),
        Tree::Records(rows) => list(rows, out, |row, out| record(row, unit, out)),
    }
}

fn record(fields: &[(String, Tree)], unit: Unit, out: &mut String) {
    out.push('{');
    for (index, (name, value)) in fields.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { " " });
        out.push_str(name);
        out.push('=');
        print_tree(value, unit, out);
    }
    out.push('}');
}

fn list<T>(items: &[T], out: &mut String, mut each: impl FnMut(&T, &mut String)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { ", " });
        each(item, out);
    }
    out.push(']');
}
