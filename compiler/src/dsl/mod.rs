//! The front end of rule files: text to [`ast`], and back in canonical layout.
//!
//! ```text
//! source -- scan --> declarations -- grammar --> token tree -- build --> ast::File -- print --> source
//! ```
//!
//! Parsing never fails and never panics: it returns what could be read, and the rest is diagnostics. It resolves no
//! names and checks no types.

mod build;
mod comments;
mod failure;
mod literals;
mod print;
mod scan;
mod timestamp;

#[cfg(test)]
mod tests;

pub use literals::duration_text;
pub use print::print;
pub use scan::NESTING_MAX;

use crate::ast;
use crate::diag::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::span::Span;
use pest::Parser;

/// The longest source that is read, in bytes.
pub const SOURCE_BYTES_MAX: usize = 1 << 20;

/// How deep an expression tree may be.
pub const EXPRESSION_DEPTH_MAX: usize = build::EXPRESSION_DEPTH_MAX;

/// The parser that pest makes of the grammar; apart, because it is public where it stands and has no docs.
mod grammar {
    #![allow(missing_docs)]

    #[derive(pest_derive::Parser)]
    #[grammar = "dsl/grammar.pest"]
    pub(crate) struct Grammar;
}
use grammar::{Grammar, Rule};

/// Reads a rule file. What could not be read is reported, and the names of its declarations are in `broken`.
pub fn parse(source: &str, diagnostics: &mut Diagnostics) -> ast::File {
    if source.len() > SOURCE_BYTES_MAX {
        let message = format!("the rule text has {} bytes, more than {SOURCE_BYTES_MAX}", source.len());
        let diagnostic = Diagnostic::new(Code::SourceTooLong, Span::new(0, 0), message);
        diagnostics.push(diagnostic.help("split it into several files"));
        return ast::File::default();
    }
    let scan = scan::scan(source, diagnostics);
    if let Some(span) = scan.stray {
        diagnostics.push(stray(span, source));
    }
    let mut file = ast::File::default();
    for chunk in &scan.chunks {
        match declaration(source, chunk, diagnostics) {
            Some(item) => file.items.push(item),
            None => file.broken.extend(declared_name(source, chunk)),
        }
    }
    file.comments = comments::attach(source, &file.items, &scan.comments);
    file
}

fn declaration(source: &str, chunk: &scan::Chunk, diagnostics: &mut Diagnostics) -> Option<ast::Item> {
    if chunk.broken {
        return None;
    }
    let base = chunk.span.start as usize;
    let build = |text, diagnostics: &mut Diagnostics| {
        let mut pairs = Grammar::parse(Rule::declaration, text).map_err(Box::new)?;
        let built = pairs
            .next()
            .and_then(|pair| build::Builder::new(source, base, diagnostics).declaration(pair).ok());
        Ok(built)
    };
    let text = &source[chunk.span.range()];
    build(text, diagnostics).unwrap_or_else(|error: Box<pest::error::Error<Rule>>| {
        let failure = failure::Failure::of(&error, source, chunk);
        diagnostics.push(failure.diagnostic);
        // An event that ends before the mistake stays usable. A rule does not: without its other clauses it would be
        // reported for what they say.
        let mut follow_ups = Diagnostics::new();
        let before = text.get(..failure.at - base).filter(|_| failure.after_declaration)?;
        let item = build(before, &mut follow_ups).ok()?.filter(|_| follow_ups.is_empty());
        item.filter(|item| matches!(item, ast::Item::Event(_)))
    })
}

/// The name of a declaration that could not be read, if it has one.
fn declared_name(source: &str, chunk: &scan::Chunk) -> Option<ast::Ident> {
    let rest = &source[chunk.keyword.end as usize..chunk.span.end as usize];
    let trimmed = rest.trim_start().trim_start_matches('`');
    let start = chunk.keyword.end as usize + (rest.len() - trimmed.len());
    let length = trimmed.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(trimmed.len());
    let name = trimmed[..length].to_string();
    (length > 0).then(|| ast::Ident { name, span: Span::new(start, start + length) })
}

/// Text before the first declaration.
fn stray(span: Span, source: &str) -> Diagnostic {
    let text = &source[span.range()];
    if text == "///" {
        return Diagnostic::new(Code::MisplacedDoc, span, "this documents nothing")
            .help("write `//` for an ordinary comment");
    }
    let message = "a rule file consists of declarations: `event`, `pattern` or `query`";
    let diagnostic = Diagnostic::new(Code::NothingDeclared, span, message);
    match did_you_mean(text, scan::DECLARATION_WORDS.iter().copied()) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic.label(span, "not the beginning of a declaration"),
    }
}
