//! `like` and `matches`: patterns over texts, checked when the rules are compiled.

use super::typer::Typer;
use crate::ast::{self, ExprKind, TextMatchOp};
use crate::diag::{Code, Diagnostic};
use crate::hir::Expr;
use crate::scalar::Kind;
use crate::span::Span;

/// The greatest size of a compiled regular expression, in bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;

impl Typer<'_, '_> {
    /// `x like p`, `x matches p`.
    pub(super) fn text_match(
        &mut self,
        op: TextMatchOp,
        operand: &ast::Expr,
        pattern: &ast::Expr,
        negated: bool,
    ) -> Option<Expr> {
        let word = match op {
            TextMatchOp::Like => "like",
            TextMatchOp::Matches => "matches",
        };
        let text = self.text(operand, word);
        let ExprKind::Str(literal) = &pattern.kind else {
            // Looked at for its own mistakes too.
            self.operand(pattern);
            let message = format!("the pattern of `{word}` must be a literal text");
            let diagnostic = Diagnostic::new(Code::BadTextPattern, pattern.span, message)
                .label(pattern.span, "not a literal");
            self.context.report(
                diagnostic
                    .help("to look for a computed text use `contains`, `starts_with`, `ends_with` or `==`"),
            );
            return None;
        };
        let checked = match op {
            TextMatchOp::Like => check_like(literal),
            TextMatchOp::Matches => check_regex(literal),
        };
        if let Err((problem, help)) = checked {
            let message = format!("the pattern of `{word}` cannot be compiled: {problem}");
            self.context.report(
                Diagnostic::new(Code::BadTextPattern, pattern.span, message)
                    .label(pattern.span, problem)
                    .help(help),
            );
            return None;
        }
        let text = text?;
        let found = match op {
            TextMatchOp::Like => Expr::like(text, literal.clone()),
            TextMatchOp::Matches => Expr::matches(text, literal.clone()),
        };
        Some(if negated { Expr::not(found) } else { found })
    }

    fn text(&mut self, operand: &ast::Expr, word: &str) -> Option<Expr> {
        let text = self.value(operand)?;
        if text.ty().kind == Kind::Str {
            return Some(text);
        }
        self.not_text(operand.span, &text, word);
        None
    }

    fn not_text(&mut self, span: Span, operand: &Expr, word: &str) {
        let message = format!("`{word}` looks at a text, and this is of type `{}`", operand.ty());
        let diagnostic = Diagnostic::new(Code::TypeMismatch, span, message).label(span, "not a text");
        self.context.report(diagnostic.help("convert it: `x as str`"));
    }
}

/// What is wrong, and the way out.
type Problem = (String, String);

fn check_like(pattern: &str) -> Result<(), Problem> {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.next().is_none() {
            let problem = "it ends with a backslash, which takes the next character as it is";
            return Err((problem.to_string(), "for a backslash itself write `\\\\\\\\`".to_string()));
        }
    }
    Ok(())
}

fn check_regex(pattern: &str) -> Result<(), Problem> {
    let mut builder = regex::RegexBuilder::new(pattern);
    let error = match builder.size_limit(REGEX_BYTES_MAX).build() {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    if let regex::Error::CompiledTooBig(_) = error {
        let problem = format!("it takes more than {REGEX_BYTES_MAX} bytes when compiled");
        return Err((
            problem,
            "use smaller counted repetitions, or `[a-z]` instead of classes such as `\\\\w`".to_string(),
        ));
    }
    // The last line of the library's report says what is wrong; those before it show where, in a drawing.
    let text = error.to_string();
    let problem = text.lines().last().unwrap_or("it is not valid").trim_start_matches("error: ").to_string();
    let help = match problem.contains("look-around") || problem.contains("backreference") {
        true => "write several conditions, joined by `and`".to_string(),
        false => "a character with a meaning of its own is taken as it is behind two backslashes: `\\\\.`"
            .to_string(),
    };
    Err((problem, help))
}
