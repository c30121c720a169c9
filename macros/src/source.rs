//! The text of a pattern, from a string literal or from bare tokens, and where each part of it stands in the Rust source.

use portent_compiler::diag::{Diagnostic, Diagnostics, Severity};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use std::ops::Range;
use syn::LitStr;

/// Text with its places.
#[derive(Default)]
pub(crate) struct Source {
    pub(crate) text: String,
    places: Vec<(Range<usize>, Span)>,
    /// Where the content of a string literal stands, which has one span as a whole.
    literal: Option<(Range<usize>, LitStr)>,
}

impl Source {
    /// Adds text that the user has not written.
    pub(crate) fn plain(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds the argument of `#[pattern(…)]`: a string literal, or rule text bare.
    pub(crate) fn argument(&mut self, tokens: &TokenStream) {
        match syn::parse2::<LitStr>(tokens.clone()) {
            Ok(literal) => {
                let start = self.text.len();
                self.text.push_str(&literal.value());
                self.literal = Some((start..self.text.len(), literal));
            }
            Err(_) => self.bare(tokens),
        }
    }

    /// Adds bare tokens, as far apart as they were written: rule text has literals that are several tokens to Rust.
    pub(crate) fn bare(&mut self, tokens: &TokenStream) {
        let mut last = None;
        self.tokens(tokens.clone(), &mut last);
    }

    fn tokens(&mut self, tokens: TokenStream, last: &mut Option<Span>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    self.token(open, group.span_open(), last);
                    self.tokens(group.stream(), last);
                    self.token(close, group.span_close(), last);
                }
                token => self.token(&token.to_string(), token.span(), last),
            }
        }
    }

    fn token(&mut self, text: &str, span: Span, last: &mut Option<Span>) {
        if last.is_some_and(|last| !touch(last, span)) {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(text);
        self.places.push((start..self.text.len(), span));
        *last = Some(span);
    }

    /// The first and the last token of a stretch of text. `None` where the user has written nothing.
    fn spans(&self, range: &Range<usize>) -> Option<(Span, Span)> {
        if let Some((content, literal)) = &self.literal
            && range.start >= content.start
            && range.start <= content.end
        {
            return Some((literal.span(), literal.span()));
        }
        let overlaps = |(place, _): &&(Range<usize>, Span)| {
            place.start < range.end.max(range.start + 1) && range.start < place.end
        };
        let first = self.places.iter().find(overlaps);
        let last = self.places.iter().rfind(overlaps);
        match (first, last) {
            (Some((_, first)), Some((_, last))) => Some((*first, *last)),
            // Behind the end of what was written: the last token before.
            _ => self
                .places
                .iter()
                .rfind(|(place, _)| place.end <= range.start)
                .map(|(_, span)| (*span, *span)),
        }
    }

    /// The span of the token that holds a place.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        self.spans(&range).map_or_else(Span::call_site, |(first, _)| first)
    }

    /// A mistake at a place of the text.
    pub(crate) fn error(&self, range: Range<usize>, message: &str) -> syn::Error {
        let shown = self.excerpt(&range).unwrap_or_default();
        syn::Error::new_spanned(Placed(self, range), format!("{message}{shown}"))
    }

    /// The line of a string literal with the place marked below it: rustc can only show the literal as a whole.
    fn excerpt(&self, range: &Range<usize>) -> Option<String> {
        let (content, literal) = self.literal.as_ref()?;
        if range.start < content.start || range.start > content.end {
            return None;
        }
        let text = &self.text[content.clone()];
        let (start, end) = (range.start - content.start, range.end.min(content.end) - content.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = &text[line_start..line_end];
        let indent = line.len() - line.trim_start().len();
        let column = text[line_start..start].chars().count().saturating_sub(indent);
        let marks = text[start..end.clamp(start, line_end)].chars().count().max(1);
        let position = position(literal, text, start);
        Some(format!(
            "\n{position}\n    {}\n    {}{}",
            line.trim_start().trim_end(),
            " ".repeat(column),
            "^".repeat(marks)
        ))
    }

    /// Every error as rustc shows it. `None` if there is none.
    pub(crate) fn errors(&self, diagnostics: &Diagnostics) -> Option<syn::Error> {
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
        errors.map(|diagnostic| self.diagnostic(diagnostic)).reduce(|mut all, error| {
            all.combine(error);
            all
        })
    }

    /// Every warning about what the user has written, as rustc shows warnings of macros on its stable channel: as the use of
    /// something deprecated. `lints` are attributes that say what becomes of it.
    pub(crate) fn warnings(&self, diagnostics: &Diagnostics, lints: &[&syn::Attribute]) -> TokenStream {
        let warnings = diagnostics.iter().filter(|diagnostic| {
            diagnostic.severity() == Severity::Warning && self.is_written(&diagnostic.span.range())
        });
        let warnings = warnings.map(|diagnostic| {
            let range = diagnostic.span.range();
            let note = self.explained(diagnostic);
            let place = Ident::new("PATTERN", self.span(range));
            quote! {
                #(#lints)*
                const _: () = {
                    #[deprecated(note = #note)]
                    const PATTERN: () = ();
                    #place
                };
            }
        });
        warnings.collect()
    }

    /// Whether a place is in what the user has written, not in what was added to it.
    fn is_written(&self, range: &Range<usize>) -> bool {
        let literal = self.literal.iter().map(|(content, _)| content);
        let mut written = literal.chain(self.places.iter().map(|(place, _)| place));
        written.any(|place| place.contains(&range.start))
    }

    fn diagnostic(&self, diagnostic: &Diagnostic) -> syn::Error {
        syn::Error::new_spanned(Placed(self, diagnostic.span.range()), self.explained(diagnostic))
    }

    /// All that a diagnostic says.
    fn explained(&self, diagnostic: &Diagnostic) -> String {
        let mut text = format!("{} [{}]", diagnostic.message, diagnostic.code);
        text += &self.excerpt(&diagnostic.span.range()).unwrap_or_default();
        for (span, label) in &diagnostic.labels {
            let of = self.text.get(span.range()).unwrap_or_default();
            text += &match *span == diagnostic.span || of.contains('\n') {
                true => format!("\n{label}"),
                false => format!("\n`{of}`: {label}"),
            };
        }
        diagnostic.notes.iter().for_each(|note| text += &format!("\nnote: {note}"));
        diagnostic.help.iter().for_each(|help| text += &format!("\nhelp: {help}"));
        text
    }
}

/// Tokens at a place of the text, for an error to stand at.
struct Placed<'a>(&'a Source, Range<usize>);

impl quote::ToTokens for Placed<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let (first, last) = self.0.spans(&self.1).unwrap_or((Span::call_site(), Span::call_site()));
        tokens.extend(quote_spanned! { first => x });
        tokens.extend(quote_spanned! { last => x });
    }
}

/// Where a place of a literal's content stands in the file. A literal with escapes tells no columns, for they are shorter
/// in the content than in the file.
fn position(literal: &LitStr, content: &str, at: usize) -> String {
    let written = literal.token().to_string();
    let span = literal.span().unwrap();
    let Some(prefix) = written.find('"').filter(|prefix| written[prefix + 1..].starts_with(content)) else {
        return "in the pattern:".to_owned();
    };
    let lines = content[..at].matches('\n').count();
    let column = match content[..at].rfind('\n') {
        Some(newline) => content[newline + 1..at].chars().count() + 1,
        None => span.column() + prefix + 1 + content[..at].chars().count(),
    };
    format!("at line {}, column {column}:", span.line() + lines)
}

/// Whether two tokens stand side by side.
fn touch(first: Span, second: Span) -> bool {
    let (end, start) = (first.unwrap().end(), second.unwrap().start());
    (end.line(), end.column()) == (start.line(), start.column())
}
