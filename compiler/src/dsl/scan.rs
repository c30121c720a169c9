//! The first look at a rule text: splits it into declarations, collects comments, and rejects what the grammar must not
//! be given: unbalanced brackets, texts without end, and nesting that would eat the stack.
//!
//! Not a tokenizer: the grammar reads the text again. One pass, linear in the text's length.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::span::Span;

/// How deep brackets, and `if` within `if`, may nest.
pub const NESTING_MAX: usize = 64;

/// The words that begin declarations.
pub(crate) const DECLARATION_WORDS: &[&str] = &["event", "pattern", "query"];

/// Words that end whatever expression was open outside of all brackets.
const CLAUSE_WORDS: &[&str] = &["where", "within", "match", "emit", "having"];

/// What the scan found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// The declarations, in order.
    pub(crate) chunks: Vec<Chunk>,
    /// Ordinary comments, in order, without the line break.
    pub(crate) comments: Vec<Span>,
    /// The first token before any declaration, or documentation of none.
    pub(crate) stray: Option<Span>,
}

/// The text of one declaration.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// From its documentation to the next declaration.
    pub(crate) span: Span,
    /// The word that begins it.
    pub(crate) keyword: Span,
    /// Already reported; the grammar must not be given it.
    pub(crate) broken: bool,
}

/// An open bracket.
struct Open {
    bracket: u8,
    at: usize,
    /// How many `if` are open directly within.
    ifs: usize,
    /// No token has followed yet.
    empty: bool,
}

struct Scanner<'a> {
    source: &'a str,
    bytes: &'a [u8],
    at: usize,
    scan: Scan,
    /// Where the documentation before the next declaration begins.
    doc_start: Option<usize>,
    open: Vec<Open>,
    /// `if` outside of all brackets.
    ifs: usize,
    /// Sum of brackets and `if` that are open.
    depth: usize,
    /// No token but comments yet on this line.
    line_begins: bool,
    diagnostics: &'a mut Diagnostics,
}

/// Scans a whole source.
pub(crate) fn scan(source: &str, diagnostics: &mut Diagnostics) -> Scan {
    let mut scanner = Scanner {
        source,
        bytes: source.as_bytes(),
        at: 0,
        scan: Scan::default(),
        doc_start: None,
        open: Vec::new(),
        ifs: 0,
        depth: 0,
        line_begins: true,
        diagnostics,
    };
    while scanner.at < source.len() {
        scanner.token();
    }
    scanner.end_chunk(source.len());
    if let (true, Some(doc)) = (scanner.scan.chunks.is_empty(), scanner.doc_start) {
        scanner.scan.stray.get_or_insert(Span::new(doc, doc + "///".len()));
    }
    scanner.scan
}

impl Scanner<'_> {
    fn token(&mut self) {
        let rest = &self.bytes[self.at..];
        match rest {
            [b'\n', ..] => {
                self.line_begins = true;
                self.at += 1;
                return;
            }
            [b' ' | b'\t' | b'\r', ..] => {
                self.at += 1;
                return;
            }
            [0xEF, 0xBB, 0xBF, ..] => {
                self.at += 3;
                return;
            }
            [b'/', b'/', ..] => return self.line_comment(),
            [b'/', b'*', ..] => return self.block_comment(),
            _ => {}
        }
        let (start, began) = (self.at, self.line_begins);
        self.line_begins = false;
        let after_bracket =
            self.open.last_mut().is_some_and(|open| std::mem::replace(&mut open.empty, false));
        match rest[0] {
            b'"' => self.text(),
            b'\'' | b'`' => self.quoted(rest[0]),
            b'(' | b'[' | b'{' => self.open_bracket(rest[0]),
            b')' | b']' | b'}' => self.close_bracket(rest[0]),
            b',' => self.comma(),
            b if is_word(b) => self.word(began, after_bracket),
            _ => self.at += 1,
        }
        self.doc_start = None;
        if self.scan.chunks.is_empty() && self.scan.stray.is_none() {
            let end = (start + 1..=self.source.len()).find(|end| self.source.is_char_boundary(*end));
            self.scan.stray =
                Some(Span::new(start, end.unwrap_or(start).max(self.at.min(self.source.len()))));
        }
    }

    fn line_end(&self) -> usize {
        self.source[self.at..].find('\n').map_or(self.source.len(), |length| self.at + length)
    }

    fn line_comment(&mut self) {
        let end = self.line_end();
        let text = self.source[self.at..end].trim_end();
        if text.starts_with("///") && !text.starts_with("////") {
            self.doc_start.get_or_insert(self.at);
        } else {
            self.scan.comments.push(Span::new(self.at, self.at + text.len()));
        }
        self.at = end;
    }

    fn block_comment(&mut self) {
        let span = match self.source[self.at + 2..].find("*/") {
            Some(length) => Span::new(self.at, self.at + 2 + length + 2),
            None => {
                let opening = Span::new(self.at, self.at + 2);
                self.report(
                    Diagnostic::new(Code::Unterminated, opening, "the comment has no end")
                        .help("end it with `*/`"),
                );
                Span::new(self.at, self.source.len())
            }
        };
        self.scan.comments.push(span);
        self.at = span.end as usize;
    }

    /// A text in double quotes, escapes and all.
    fn text(&mut self) {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\n' | b'\r' => break,
                b'\\' if !matches!(self.bytes.get(self.at + 1), None | Some(b'\n' | b'\r')) => self.at += 2,
                _ => self.at += 1,
            }
        }
        let help = "end it with `\"` on the same line; write `\\n` for a line break";
        self.report(
            Diagnostic::new(Code::Unterminated, Span::new(start, self.at), "the text has no end").help(help),
        );
    }

    /// A name in backquotes or, by mistake, a text in single quotes.
    fn quoted(&mut self, quote: u8) {
        let start = self.at;
        self.at += 1;
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| *byte == quote || *byte == b'\n').unwrap_or(rest.len());
        if rest.get(length) == Some(&quote) {
            self.at += length + 1;
            return;
        }
        if quote == b'`' {
            let span = Span::new(start, self.at);
            self.report(
                Diagnostic::new(Code::Unterminated, span, "the quoted name has no end")
                    .help("end it with a backquote"),
            );
        }
    }

    fn open_bracket(&mut self, bracket: u8) {
        self.open.push(Open { bracket, at: self.at, ifs: 0, empty: true });
        self.at += 1;
        self.deeper();
    }

    fn close_bracket(&mut self, bracket: u8) {
        let span = Span::new(self.at, self.at + 1);
        self.at += 1;
        match self.open.pop() {
            Some(open) if closing(open.bracket) == bracket => self.depth -= 1 + open.ifs,
            Some(open) => {
                let (left, right) = (open.bracket as char, bracket as char);
                let message = format!("`{right}` does not close `{left}`");
                let diagnostic = Diagnostic::new(Code::UnbalancedBrackets, span, message)
                    .label(span, format!("`{}` expected before this", closing(open.bracket) as char))
                    .label(Span::new(open.at, open.at + 1), "opened here")
                    .help(format!(
                        "close each with its own: `{left}` with `{}`",
                        closing(open.bracket) as char
                    ));
                self.report_brackets(diagnostic);
                self.depth -= 1 + open.ifs;
                // The usual cause is one missing bracket: then the one outside of it is meant.
                if self.open.last().is_some_and(|outer| closing(outer.bracket) == bracket) {
                    self.depth -= 1 + self.open.pop().map_or(0, |outer| outer.ifs);
                }
            }
            None => {
                let message = format!("`{}` closes nothing", bracket as char);
                self.report_brackets(
                    Diagnostic::new(Code::UnbalancedBrackets, span, message).help("remove it"),
                );
            }
        }
    }

    fn comma(&mut self) {
        self.at += 1;
        let ifs = self.open.last_mut().map_or(&mut self.ifs, |open| &mut open.ifs);
        self.depth -= std::mem::take(ifs);
    }

    fn word(&mut self, line_begins: bool, after_bracket: bool) {
        let start = self.at;
        let length = self.bytes[start..].iter().take_while(|b| is_word(**b)).count();
        self.at += length;
        let word = &self.source[start..self.at];
        if self.begins_declaration(word, line_begins) {
            self.end_chunk(self.doc_start.unwrap_or(start));
            let span = Span::new(self.doc_start.unwrap_or(start), self.source.len());
            self.scan.chunks.push(Chunk { span, keyword: Span::new(start, self.at), broken: false });
        } else if word == "if" && !after_bracket {
            // `(if` is one level, not two: the formatter may have to write it for an `if` that was one.
            *self.open.last_mut().map_or(&mut self.ifs, |open| &mut open.ifs) += 1;
            self.deeper();
        } else if self.open.is_empty() && CLAUSE_WORDS.contains(&word) {
            self.depth -= std::mem::take(&mut self.ifs);
        }
    }

    /// Whether a word that was just read begins a declaration. Within brackets only at the beginning of a line, where
    /// it shows that a bracket was left open; with capitals only where nothing else could be meant.
    fn begins_declaration(&self, word: &str, line_begins: bool) -> bool {
        let exact = DECLARATION_WORDS.contains(&word);
        let rest = &self.bytes[self.at..];
        let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
        let before_name =
            rest.get(blanks).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_' || *b == b'`');
        let after_dot = self.at > word.len() && self.bytes[self.at - word.len() - 1] == b'.';
        if exact {
            let at_end = rest.get(blanks).is_none_or(|b| matches!(b, b'{' | b'/'));
            return !after_dot
                && (line_begins && (before_name || at_end) || self.open.is_empty() && before_name);
        }
        let similar = DECLARATION_WORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word));
        similar && line_begins && self.open.is_empty() && before_name
    }

    /// Ends the current declaration, and with it all brackets.
    fn end_chunk(&mut self, end: usize) {
        if let Some(open) = self.open.first() {
            let span = Span::new(open.at, open.at + 1);
            let diagnostic = Diagnostic::new(Code::UnbalancedBrackets, span, "the bracket is never closed")
                .help(format!("close it with `{}`", closing(open.bracket) as char));
            self.report_brackets(diagnostic);
        }
        self.open.clear();
        self.ifs = 0;
        self.depth = 0;
        if let Some(chunk) = self.scan.chunks.last_mut() {
            chunk.span.end = end as u32;
        }
    }

    fn deeper(&mut self) {
        self.depth += 1;
        if self.depth == NESTING_MAX + 1 {
            let at = self.open.last().map_or(self.at - 1, |open| open.at);
            let span = Span::new(at, at + 1);
            let message = format!("more than {NESTING_MAX} levels of nesting");
            self.report_brackets(
                Diagnostic::new(Code::NestedTooDeep, span, message).help("split the expression or the rule"),
            );
        }
    }

    /// Only the first such mistake of a declaration is worth telling: the others follow from it.
    fn report_brackets(&mut self, diagnostic: Diagnostic) {
        if !self.scan.chunks.last().is_some_and(|chunk| chunk.broken) {
            self.report(diagnostic);
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
        if let Some(chunk) = self.scan.chunks.last_mut() {
            chunk.broken = true;
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn closing(bracket: u8) -> u8 {
    match bracket {
        b'(' => b')',
        b'[' => b']',
        _ => b'}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(source: &str) -> (Vec<&str>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let scan = scan(source, &mut diagnostics);
        (scan.chunks.iter().map(|chunk| source[chunk.span.range()].trim_end()).collect(), diagnostics)
    }

    fn codes(source: &str) -> Vec<&'static str> {
        chunks(source).1.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
    }

    #[test]
    fn declarations_are_split() {
        let (found, diagnostics) =
            chunks("// c\n/// A.\nevent A { x: i64 } time x pattern P match a: A\n/// Q.\nquery Q from A");
        assert!(diagnostics.is_empty());
        assert_eq!(
            found,
            ["/// A.\nevent A { x: i64 } time x", "pattern P match a: A", "/// Q.\nquery Q from A"]
        );
    }

    #[test]
    fn words_within_texts_and_names_do_not_split() {
        let source = "pattern P match a: A[x == \"event \\\" query q\" and `event` == b.query and event_x > 5] // query r\n";
        assert_eq!(chunks(source).0.len(), 1);
    }

    #[test]
    fn a_field_named_by_a_keyword_does_not_split() {
        assert_eq!(chunks("event A {\n  event: str,\n  query: i64 }").0.len(), 1);
    }

    #[test]
    fn an_open_bracket_ends_with_the_next_declaration() {
        let source = "event A { x: i64\nevent B { y: i64 }";
        assert_eq!(chunks(source).0, ["event A { x: i64", "event B { y: i64 }"]);
        assert_eq!(codes(source), ["P0102"]);
    }

    #[test]
    fn bracket_mistakes_are_told_once() {
        assert_eq!(codes("event A { (x: i64 } )))]]"), ["P0102"]);
        assert_eq!(codes("pattern P match a: A[x > (1]"), ["P0102"]);
        assert_eq!(codes("pattern P match a: A[x]]"), ["P0102"]);
    }

    #[test]
    fn what_has_no_end() {
        assert_eq!(codes("pattern P match a: A[x == \"abc]\nevent B { y: i64 }"), ["P0103"]);
        assert_eq!(codes("event A { x: i64 } /* abc"), ["P0103"]);
        assert_eq!(codes("event `A { x: i64 }"), ["P0103"]);
    }

    #[test]
    fn nesting_counts_brackets_and_ifs() {
        let nested =
            |count: usize| format!("pattern P match a: A[{}1{}]", "(".repeat(count), ")".repeat(count));
        assert!(codes(&nested(NESTING_MAX - 1)).is_empty());
        assert_eq!(codes(&nested(NESTING_MAX)), ["P0602"]);
        let ifs = |count: usize| format!("pattern P match a: A[{} d]", "if a then b else ".repeat(count));
        assert!(codes(&ifs(NESTING_MAX)).is_empty());
        assert_eq!(codes(&ifs(NESTING_MAX + 1)), ["P0602"]);
        let list = "if a then b else c, ".repeat(1000);
        assert!(codes(&format!("pattern P match a: A emit {{ {list} }}")).is_empty());
    }

    #[test]
    fn text_before_the_first_declaration() {
        let mut diagnostics = Diagnostics::new();
        assert_eq!(scan(" é event A {}", &mut diagnostics).stray, Some(Span::new(1, 3)));
        assert_eq!(scan("stream A {}", &mut diagnostics).stray, Some(Span::new(0, 6)));
        assert_eq!(scan("// c\n", &mut diagnostics).stray, None);
    }
}
