//! What guards look for in texts: what one column of texts is asked against a constant, prepared once for a program.

use std::sync::Arc;

use crate::lir::{Expr, ExprKind, FieldId};
use crate::scalar::{Func, Value};
use memchr::memmem::Finder;
use portent_rt::scalar::like::Simple;
use regex::Regex;

/// What a text is asked, as the rules say it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sought {
    /// Whether it is one of these.
    Is(Vec<String>),
    /// Whether it begins with this.
    Starts(String),
    /// Whether it ends with this.
    Ends(String),
    /// Whether it contains this.
    Contains(String),
    /// Whether it fits a pattern of `like`.
    Like(String),
    /// Whether a regular expression is found in it.
    Matches(String),
}

impl Sought {
    /// What an expression asks of a column of texts, if that is all it does.
    pub(super) fn of(expr: &Expr) -> Option<(FieldId, Self)> {
        let column = |of: &Expr| match of.kind {
            ExprKind::Column(field) => Some(field),
            _ => None,
        };
        match &expr.kind {
            ExprKind::Call(func, arguments) => {
                let [text, Expr { kind: ExprKind::Const(Value::Str(part)), .. }] = &arguments[..] else {
                    return None;
                };
                let part = part.clone();
                let sought = match func {
                    Func::Contains => Self::Contains(part),
                    Func::StartsWith => Self::Starts(part),
                    Func::EndsWith => Self::Ends(part),
                    _ => return None,
                };
                Some((column(text)?, sought))
            }
            ExprKind::Like(text, pattern) => Some((column(text)?, Self::like(pattern))),
            ExprKind::Matches(text, regex) => Some((column(text)?, Self::Matches(regex.clone()))),
            _ => None,
        }
    }

    fn like(pattern: &str) -> Self {
        match Simple::of(pattern) {
            Some(Simple::Is(text)) => Self::Is(vec![text.to_owned()]),
            Some(Simple::Starts(part)) => Self::Starts(part.to_owned()),
            Some(Simple::Ends(part)) => Self::Ends(part.to_owned()),
            Some(Simple::Contains(part)) => Self::Contains(part.to_owned()),
            None => Self::Like(pattern.to_owned()),
        }
    }

    /// Whether each text has to be read for it.
    pub(super) const fn is_costly(&self) -> bool {
        !matches!(self, Self::Is(_))
    }
}

/// The same, prepared; but for equality, which a [`Wanted`](portent_rt::kernels::texts::Wanted) is prepared for.
#[derive(Debug)]
pub(super) enum Search {
    Starts(String),
    Ends(String),
    /// Contains this.
    Part(String),
    /// The same, of a part that the standard library has no vector instructions for.
    Find(Box<Finder<'static>>),
    Like(String),
    Matches(Arc<Regex>),
}

impl Search {
    /// What looks for a part of texts.
    ///
    /// PERF: on x86-64 the standard library looks for two to 32 bytes by vector instructions, which in texts of a line is
    /// faster than a prepared searcher.
    pub(super) fn part(part: &str) -> Self {
        match cfg!(target_arch = "x86_64") && (2..=32).contains(&part.len()) {
            true => Self::Part(part.to_owned()),
            false => Self::Find(Box::new(Finder::new(part).into_owned())),
        }
    }
}
