//! Regular expressions of rules, compiled when they are first needed.

use regex::Regex;
use std::sync::OnceLock;

/// A regular expression.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    regex: OnceLock<Regex>,
}

impl Pattern {
    /// A regular expression that the compiler has checked.
    pub const fn new(text: &'static str) -> Self {
        Self { text, regex: OnceLock::new() }
    }

    /// Whether it is found in `text`.
    ///
    /// # Panics
    /// If it is no regular expression.
    pub fn is_in(&self, text: &str) -> bool {
        self.regex.get_or_init(|| Regex::new(self.text).expect("a checked regular expression")).is_match(text)
    }
}
