//! The grammar of JSON values (RFC 8259): where a value ends, without making anything of it.
//!
//! Every text is a line that ends in a line feed, with padding after it. A line feed is no part of any value, so
//! that nothing here runs past the line.

use memchr::memchr;

use crate::value::Word;

/// What is wrong, and at which byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SyntaxError {
    pub(super) what: &'static str,
    pub(super) at: usize,
}

/// A position after what was read, or what is wrong.
pub(super) type Scanned<T = usize> = Result<T, SyntaxError>;

pub(super) const fn error<T>(what: &'static str, at: usize) -> Scanned<T> {
    Err(SyntaxError { what, at })
}

/// The byte at `at`; past all text, a line feed.
#[inline(always)]
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(b'\n')
}

/// Skips white space, but for line feeds.
#[inline(always)]
pub(super) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while matches!(byte(text, at), b' ' | b'\t' | b'\r') {
        at += 1;
    }
    at
}

/// The end of the value that starts at `at`, and whether it is a string with escapes.
#[inline(always)]
pub(super) fn value_end(text: &[u8], at: usize) -> Scanned<(usize, bool)> {
    match byte(text, at) {
        b'"' => string_end(text, at + 1),
        b'-' | b'0'..=b'9' => Ok((number_end(text, at)?, false)),
        b'{' | b'[' => Ok((nested_end(text, at)?, false)),
        _ => Ok((word_end(text, at)?, false)),
    }
}

/// The end of `true`, `false` or `null`.
#[inline(always)]
fn word_end(text: &[u8], at: usize) -> Scanned {
    let rest = &text[at.min(text.len())..];
    match rest {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => Ok(at + 4),
        [b'f', b'a', b'l', b's', b'e', ..] => Ok(at + 5),
        _ => error("a value was expected", at),
    }
}

/// The end of the string whose text starts at `at`, after its quote, and whether it has escapes.
#[inline(always)]
pub(super) fn string_end(text: &[u8], mut at: usize) -> Scanned<(usize, bool)> {
    while let Some(word) = Word::load(text, at) {
        let stops = word.eq_first(b'"') | word.eq_first(b'\\') | word.below_first(0x20);
        if stops != 0 {
            at += stops.trailing_zeros() as usize / 8;
            return match text[at] {
                b'"' => Ok((at + 1, false)),
                _ => Ok((escaped_string_end(text, at)?, true)),
            };
        }
        at += 8;
    }
    error("a string is not closed", at)
}

/// The end of a string from its first escape, or from a byte that may not stand in one.
#[cold]
fn escaped_string_end(text: &[u8], mut at: usize) -> Scanned {
    loop {
        match byte(text, at) {
            b'"' => return Ok(at + 1),
            b'\\' => at = escape_end(text, at + 1)?,
            b'\n' => return error("a string is not closed", at),
            0..0x20 => return error("a control character in a string", at),
            _ => at += 1,
        }
    }
}

fn escape_end(text: &[u8], at: usize) -> Scanned {
    match byte(text, at) {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 1),
        b'u' if text.get(at + 1..at + 5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) => {
            Ok(at + 5)
        }
        _ => error("no such escape", at),
    }
}

/// The end of the number that starts at `at`.
#[inline(always)]
fn number_end(text: &[u8], at: usize) -> Scanned {
    let first = at + usize::from(text[at] == b'-');
    let mut end = digits_end(text, first);
    if end == first {
        return error("a digit was expected", end);
    }
    if end > first + 1 && text[first] == b'0' {
        return error("a number may not begin with a zero", first);
    }
    if byte(text, end) == b'.' {
        let fraction = end + 1;
        end = digits_end(text, fraction);
        if end == fraction {
            return error("a digit was expected", end);
        }
    }
    if byte(text, end) | 0x20 == b'e' {
        let exponent = end + 1 + usize::from(matches!(byte(text, end + 1), b'+' | b'-'));
        end = digits_end(text, exponent);
        if end == exponent {
            return error("a digit was expected", end);
        }
    }
    Ok(end)
}

#[inline(always)]
fn digits_end(text: &[u8], mut at: usize) -> usize {
    while let Some(word) = Word::load(text, at) {
        let stops = word.not_digits();
        if stops != 0 {
            return at + stops.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while byte(text, at).is_ascii_digit() {
        at += 1;
    }
    at
}

/// The end of the object or array that starts at `at`. Depth costs memory of one bit a level, no stack.
#[inline(never)]
fn nested_end(text: &[u8], mut at: usize) -> Scanned {
    let mut open = Levels::default();
    loop {
        // A value starts at `at`.
        match byte(text, at) {
            opening @ (b'{' | b'[') => {
                let object = opening == b'{';
                at = skip_space(text, at + 1);
                if byte(text, at) != if object { b'}' } else { b']' } {
                    open.push(object);
                    at = if object { key_end(text, at)? } else { at };
                    continue;
                }
                at += 1;
            }
            _ => at = scalar_end(text, at)?,
        }
        // A value ended at `at`; so may the objects and arrays that it is the last of.
        loop {
            let Some(object) = open.last() else { return Ok(at) };
            at = skip_space(text, at);
            match byte(text, at) {
                b',' => {
                    at = skip_space(text, at + 1);
                    at = if object { key_end(text, at)? } else { at };
                    break;
                }
                b'}' if object => at += 1,
                b']' if !object => at += 1,
                _ if object => return error("`,` or `}` was expected", at),
                _ => return error("`,` or `]` was expected", at),
            }
            open.pop();
        }
    }
}

fn scalar_end(text: &[u8], at: usize) -> Scanned {
    match byte(text, at) {
        b'"' => Ok(string_end(text, at + 1)?.0),
        b'-' | b'0'..=b'9' => number_end(text, at),
        _ => word_end(text, at),
    }
}

/// Where the value of the key that starts at `at` starts.
pub(super) fn key_end(text: &[u8], at: usize) -> Scanned {
    if byte(text, at) != b'"' {
        return error("a key in quotes was expected", at);
    }
    let at = skip_space(text, string_end(text, at + 1)?.0);
    if byte(text, at) != b':' {
        return error("`:` was expected", at);
    }
    Ok(skip_space(text, at + 1))
}

/// Which of the open levels are objects (true) and which arrays: a stack of bits.
#[derive(Default)]
struct Levels {
    words: Vec<u64>,
    /// The bits of the last, unfinished word.
    top: u64,
    depth: usize,
}

impl Levels {
    fn push(&mut self, object: bool) {
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.words.push(self.top);
        }
        self.top = self.top << 1 | u64::from(object);
        self.depth += 1;
    }

    fn last(&self) -> Option<bool> {
        (self.depth != 0).then_some(self.top & 1 == 1)
    }

    fn pop(&mut self) {
        self.top >>= 1;
        self.depth -= 1;
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.top = self.words.pop().unwrap_or(0);
        }
    }
}

/// The end of the line that `at` is in, which is its line feed.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    memchr(b'\n', &text[at..]).map_or(text.len(), |after| at + after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ends_at(text: &str) -> Scanned {
        let line = format!("{text}\n{}", "\"".repeat(64));
        value_end(line.as_bytes(), 0).map(|(end, _)| end)
    }

    #[test]
    fn values() {
        for text in [
            "0",
            "-0.5e+10",
            "12345678901",
            "\"a\\u00e9\\n\"",
            "true",
            "null",
            "[]",
            "{}",
            "[[[]],{}]",
            "{\"a\" : [1, {\"b\":2 }] , \"c\":\"]\"}",
            "\"\u{7f}é\"",
        ] {
            assert_eq!(ends_at(text), Ok(text.len()), "{text}");
        }
        for text in [
            "",
            "-",
            "01",
            "1.",
            ".5",
            "1e",
            "+1",
            "tru",
            "\"a",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\t\"",
            "[1,]",
            "[1",
            "{\"a\"}",
            "{\"a\":1,}",
            "{a:1}",
            "[1}",
            "{\"a\":1]",
            "nul",
        ] {
            let wrong = ends_at(text).map(|end| end == text.len());
            assert_ne!(wrong, Ok(true), "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        for depth in [63, 64, 65, 127, 128, 129, 1_000_000] {
            let text = ["[".repeat(depth), "]".repeat(depth)].concat();
            assert_eq!(ends_at(&text), Ok(2 * depth));
            let text = ["[{\"a\":".repeat(depth), "1".into(), "}]".repeat(depth)].concat();
            assert_eq!(ends_at(&text), Ok(text.len()));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn what_is_json_is_what_serde_takes(text in "[\\[\\]{}:, \"\\\\a0-9.eE+\\-tu]{0,12}|(\\[|\\{|\\}|\\]|\"a\"|:|,|1|-1\\.5e3|true| ){0,12}") {
            let expected = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            let start = text.len() - text.trim_start().len();
            let line = format!("{text}\n{}", " ".repeat(64));
            let end = value_end(line.as_bytes(), start).map(|(end, _)| skip_space(line.as_bytes(), end));
            prop_assert_eq!(end == Ok(text.len()), expected, "{:?}", end);
        }
    }
}
