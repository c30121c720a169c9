//! A program by names and values instead of its own types: for tests and tools that run any program.

use super::{Arrival, Limits, Stats, Stopped, Symbol};
use crate::column::Value;
use crate::output::Tree;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A match as what was emitted by name.
pub trait Dynamic {
    /// The rule.
    fn rule(&self) -> &'static str;
    /// When it completed, in nanoseconds since the epoch.
    fn ts(&self) -> i64;
    /// What was emitted, in order.
    fn fields(&self) -> Vec<(String, Tree)>;
}

/// A generated program.
pub trait Program: Sized {
    /// Its matches.
    type Match: Dynamic;

    /// A program that has seen nothing.
    fn start(limits: Limits) -> Self;
    /// Takes an event of input type number `ty`, in order of declaration, with a value for each field.
    ///
    /// # Errors
    /// If a bound is reached that is to be an error.
    fn push_values(
        &mut self,
        ty: usize,
        values: &[Value],
        out: &mut Vec<Self::Match>,
    ) -> Result<Arrival, Stopped>;
    /// Takes events of one input type, as columns where the program takes such.
    ///
    /// # Errors
    /// If a bound is reached that is to be an error.
    fn push_rows(&mut self, ty: usize, rows: &[&[Value]], out: &mut Vec<Self::Match>) -> Result<(), Stopped> {
        rows.iter().try_for_each(|values| self.push_values(ty, values, out).map(drop))
    }
    /// Notes that no event before `time` will come.
    ///
    /// # Errors
    /// If a bound is reached that is to be an error.
    fn raise(&mut self, time: i64, out: &mut Vec<Self::Match>) -> Result<(), Stopped>;
    /// What was counted.
    fn counted(&self) -> Stats;
}

/// A value of a field from one of any type.
pub trait FromValue {
    /// The value.
    ///
    /// # Panics
    /// If it is not of the type.
    fn from_value(value: &Value) -> Self;
}

/// A value of a column from one of any type: a text is that of the value.
pub trait FromRow<'a> {
    /// The value.
    ///
    /// # Panics
    /// If it is not of the type.
    fn from_row(value: &'a Value) -> Self;
}

/// The values of a column.
pub fn column<'a, T: FromRow<'a>>(rows: &[&'a [Value]], field: usize) -> Vec<T> {
    rows.iter().map(|values| T::from_row(&values[field])).collect()
}

/// A value of any type from one of a field.
pub trait ToTree {
    /// A timestamp or duration where `kind` says so, which as Rust types are integers.
    fn to_tree(&self, kind: crate::Type) -> Tree;
}

macro_rules! scalars {
    ($($name:ty: $($variant:ident)|+, $value:ident => $from:expr;)*) => {$(
        impl FromValue for $name {
            fn from_value(value: &Value) -> Self {
                match value {
                    $(Value::$variant($value))|+ => $from,
                    other => panic!("a value of the field's type, not {other:?}"),
                }
            }
        }

        impl FromRow<'_> for $name {
            fn from_row(value: &Value) -> Self {
                FromValue::from_value(value)
            }
        }
    )*};
}

scalars! {
    bool: Bool, value => *value;
    i64: I64 | Timestamp | Duration, value => *value;
    f64: F64, value => *value;
    Symbol: Str, value => Symbol::new(value);
}

impl<'a> FromRow<'a> for &'a str {
    fn from_row(value: &'a Value) -> Self {
        match value {
            Value::Str(text) => text,
            other => panic!("a value of the field's type, not {other:?}"),
        }
    }
}

impl<'a, T: FromRow<'a>> FromRow<'a> for Option<T> {
    fn from_row(value: &'a Value) -> Self {
        (*value != Value::Null).then(|| T::from_row(value))
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Self {
        (*value != Value::Null).then(|| T::from_value(value))
    }
}

impl ToTree for bool {
    fn to_tree(&self, _: crate::Type) -> Tree {
        Tree::Value(Value::Bool(*self))
    }
}

impl ToTree for i64 {
    fn to_tree(&self, kind: crate::Type) -> Tree {
        Tree::Value(match kind {
            crate::Type::Timestamp => Value::Timestamp(*self),
            crate::Type::Duration => Value::Duration(*self),
            _ => Value::I64(*self),
        })
    }
}

impl ToTree for f64 {
    fn to_tree(&self, _: crate::Type) -> Tree {
        Tree::Value(Value::F64(*self))
    }
}

impl ToTree for Symbol {
    fn to_tree(&self, _: crate::Type) -> Tree {
        Tree::Value(Value::Str(self.to_string()))
    }
}

impl<T: ToTree> ToTree for Option<T> {
    fn to_tree(&self, kind: crate::Type) -> Tree {
        self.as_ref().map_or(Tree::Value(Value::Null), |value| value.to_tree(kind))
    }
}

impl<T: ToTree> ToTree for Vec<T> {
    fn to_tree(&self, kind: crate::Type) -> Tree {
        let item = |item: &T| match item.to_tree(kind) {
            Tree::Value(value) => value,
            other => unreachable!("a list is of scalars, not {other:?}"),
        };
        Tree::Value(Value::List(self.iter().map(item).collect()))
    }
}
