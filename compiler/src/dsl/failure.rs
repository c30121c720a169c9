//! From "the grammar did not match here" to a message for people: what was expected, in words, and what was likely meant.

use super::Rule;
use super::literals::unit_meant;
use super::scan::Chunk;
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::span::Span;
use pest::error::{Error, ErrorVariant, InputLocation};

/// A declaration that the grammar did not match.
pub(super) struct Failure {
    /// Where, from the beginning of the source.
    pub(super) at: usize,
    /// What stands before could be a declaration by itself.
    pub(super) after_declaration: bool,
    /// What to tell.
    pub(super) diagnostic: Diagnostic,
}

impl Failure {
    /// Explains an error of the grammar in the text of `chunk`.
    pub(super) fn of(error: &Error<Rule>, source: &str, chunk: &Chunk) -> Failure {
        let base = chunk.span.start as usize;
        let (InputLocation::Pos(offset) | InputLocation::Span((offset, _))) = error.location;
        let expected = match &error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives.as_slice(),
            ErrorVariant::CustomError { .. } => &[],
        };
        let place = Place::new(source, base + offset, chunk);
        let after_declaration = expected.contains(&Rule::EOI);
        Failure { at: base + offset, after_declaration, diagnostic: place.explain(expected) }
    }
}

/// The place of a mistake, and what is around it.
struct Place<'a> {
    /// The token that did not fit; empty at the end of the declaration.
    token: &'a str,
    span: Span,
    /// The declaration up to the token, without blanks before it.
    before: &'a str,
    /// Where `before` ends in the source.
    before_end: usize,
    /// From the token on.
    after: &'a str,
    /// What of an operator stands right before the token: the first `==` of `===`.
    glued: &'a str,
    /// `event`, `pattern` or `query`.
    kind: &'a str,
}

/// Words that a declaration may hold beside names.
const KEYWORDS: &[&str] = &[
    "event",
    "pattern",
    "query",
    "time",
    "lateness",
    "partition",
    "by",
    "match",
    "where",
    "within",
    "events",
    "after",
    "skip",
    "none",
    "to",
    "next",
    "past",
    "first",
    "last",
    "limit",
    "runs",
    "partitions",
    "repetition",
    "rows",
    "idle",
    "drop",
    "oldest",
    "new",
    "fail",
    "emit",
    "partial",
    "from",
    "window",
    "tumbling",
    "hopping",
    "every",
    "sliding",
    "session",
    "max",
    "batch",
    "offset",
    "group",
    "having",
    "for",
    "not",
    "and",
    "or",
    "in",
    "is",
    "null",
    "between",
    "like",
    "matches",
    "as",
    "if",
    "then",
    "else",
    "true",
    "false",
    "distinct",
    "filter",
];

/// Of these, the words that are no names; as in `reserved` of the grammar.
pub(super) const RESERVED: &[&str] = &[
    "event", "pattern", "query", "matches", "match", "where", "within", "emit", "having", "and", "or", "not",
    "in", "is", "between", "null", "like", "if", "then", "else", "as", "true", "false", "distinct",
];

impl<'a> Place<'a> {
    fn new(source: &'a str, at: usize, chunk: &Chunk) -> Place<'a> {
        let end = chunk.span.end as usize;
        let after = &source[at..end];
        let token = token(after);
        let before = source[chunk.span.start as usize..at].trim_end();
        let before_end = chunk.span.start as usize + before.len();
        let glued = if before_end == at { last_operator(before) } else { "" };
        let span = if token.is_empty() {
            let start = before_end - before.chars().next_back().map_or(0, char::len_utf8);
            Span::new(start, before_end)
        } else {
            Span::new(at, at + token.len())
        };
        Place { token, span, before, before_end, after, glued, kind: &source[chunk.keyword.range()] }
    }

    fn explain(&self, expected: &[Rule]) -> Diagnostic {
        self.other_code(expected).unwrap_or_else(|| {
            let words = in_words(expected);
            let found = match self.token {
                "" => format!("the {} ends too early", self.kind),
                token => format!("unexpected `{token}`"),
            };
            let message = match or_list(&words) {
                Some(list) => format!("{found}: expected {list}"),
                None => found,
            };
            let diagnostic = Diagnostic::new(Code::UnexpectedToken, self.span, message);
            match self.hint(expected) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            }
        })
    }

    /// Mistakes that have a code of their own.
    fn other_code(&self, expected: &[Rule]) -> Option<Diagnostic> {
        if self.after.starts_with("///") {
            let diagnostic = Diagnostic::new(Code::MisplacedDoc, self.span, "this documents nothing");
            return Some(diagnostic.help("write `//` for an ordinary comment"));
        }
        if let Some(diagnostic) = self.capitals() {
            return Some(diagnostic);
        }
        if RESERVED.contains(&self.token) && self.in_place_of_a_name() {
            let message = format!("`{}` is a reserved word", self.token);
            let diagnostic = Diagnostic::new(Code::ReservedWord, self.span, message);
            return Some(diagnostic.help(format!("write it in backquotes: `` `{}` ``", self.token)));
        }
        if let Some(diagnostic) = self.split_operator().or_else(|| self.split_number()) {
            return Some(diagnostic);
        }
        let foreign = |message: &str, help: &str| {
            Some(Diagnostic::new(Code::ForeignSpelling, self.span, message).help(help))
        };
        let in_pattern = expected.contains(&Rule::pattern_op);
        match self.token {
            ";" => foreign("nothing ends or is separated with `;`", "remove it, or write `,` in a list"),
            "'" => {
                let diagnostic =
                    Diagnostic::new(Code::SingleQuotes, self.span, "texts are written in double quotes");
                Some(diagnostic.help("write `\"text\"`"))
            }
            "=>" if !in_pattern => foreign("`=>` is no comparison", "write `>=`"),
            "=" if in_pattern => foreign("a variable is bound by `:`", "write `a: Type`"),
            "&&" => {
                foreign("`&&` is no operator here", "write `and` between conditions, `&` between patterns")
            }
            "||" => {
                foreign("`||` is no operator here", "write `or` between conditions, `|` between patterns")
            }
            "&" if !in_pattern => foreign("`&` is no operator here", "write `and`"),
            "|" if !in_pattern => foreign("`|` is no operator here", "write `or`"),
            "#" | "--" => foreign("not a comment", "comments begin with `//`"),
            _ => None,
        }
    }

    /// An operator of which the grammar took the beginning for another one.
    fn split_operator(&self) -> Option<Diagnostic> {
        let start = self.before_end - self.glued.len();
        let span = Span::new(start, self.before_end + self.token.len());
        let (code, message, help) = match (self.glued, self.token) {
            ("==", "=") => (Code::ForeignSpelling, "`===` is no comparison", "write `==`"),
            ("!=", "=") => (Code::ForeignSpelling, "`!==` is no comparison", "write `!=`"),
            ("=", "<") => (Code::ForeignSpelling, "`=<` is no comparison", "write `<=`"),
            ("-", ">") => (
                Code::UnexpectedToken,
                "`->` stands between steps, and this is within an expression",
                "the condition of a single step is written in brackets: `A[price > 5.0] -> B`",
            ),
            _ => return None,
        };
        Some(Diagnostic::new(code, span, message).help(help))
    }

    /// A number that the grammar took to end too early, or to begin too late.
    fn split_number(&self) -> Option<Diagnostic> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let message = "a float has digits on both sides of the point";
        if let Some(before) = self.before.strip_suffix('.').filter(|before| digits(last_word(before))) {
            let number = last_word(before);
            let span = Span::new(self.before_end - number.len() - 1, self.before_end);
            return Some(Diagnostic::new(Code::BadNumber, span, message).help(format!("write `{number}.0`")));
        }
        let fraction = self.after.strip_prefix('.').map(token).filter(|fraction| digits(fraction));
        if let Some(fraction) = fraction {
            let start = self.span.start as usize;
            let span = Span::new(start, start + 1 + fraction.len());
            return Some(
                Diagnostic::new(Code::BadNumber, span, message).help(format!("write `0.{fraction}`")),
            );
        }
        let number = last_word(self.before);
        let unit = unit_meant(self.token).filter(|_| digits(number))?;
        let span = Span::new(self.before_end - number.len(), self.span.end as usize);
        let message = "there is no blank between the number and the unit of a duration";
        Some(Diagnostic::new(Code::BadDuration, span, message).help(format!("write `{number}{unit}`")))
    }

    /// A keyword with capitals, here or right before.
    fn capitals(&self) -> Option<Diagnostic> {
        let in_comment = self.before.lines().next_back().is_some_and(|line| line.contains("//"));
        let last = if in_comment { "" } else { last_word(self.before) };
        let last_span = Span::new(self.before_end - last.len(), self.before_end);
        let is_keyword = |word: &str| {
            let lower = word.to_lowercase();
            lower != word && KEYWORDS.contains(&lower.as_str())
        };
        let (word, span) =
            [(self.token, self.span), (last, last_span)].into_iter().find(|(word, _)| is_keyword(word))?;
        let diagnostic = Diagnostic::new(Code::KeywordCase, span, "keywords are written in lower case");
        Some(diagnostic.help(format!("write `{}`", word.to_lowercase())))
    }

    /// Whether the text around says that a name was to stand here.
    fn in_place_of_a_name(&self) -> bool {
        let next = self.after[self.token.len()..].trim_start().chars().next();
        let declared = super::scan::DECLARATION_WORDS.contains(&last_word(self.before));
        declared || self.before.ends_with('.') || matches!(next, Some(':' | ',' | '.' | ')' | '}' | ']'))
    }

    /// A way out where the code is the general one.
    fn hint(&self, expected: &[Rule]) -> Option<String> {
        let has = |rule: Rule| expected.contains(&rule);
        let token = self.token;
        let in_pattern = has(Rule::pattern_op);
        let text = match token {
            "*" if self.before.ends_with('(') => "`count()` counts events",
            "," if in_pattern => "steps are joined by arrows: `a: A -> b: B`",
            _ if has(Rule::limit) => {
                "what is limited is `runs`, `partitions`, `repetition` or `partition idle`"
            }
            "(" if has(Rule::guard) || has(Rule::open_bracket) => {
                "a guard is written in brackets: `A[price > 5.0]`"
            }
            "row" | "rows" if self.before.contains("skip") => "leave it out",
            "select" => "a query says what it emits by `emit { … }`, behind `from`",
            "with" | "followed" | "then" if in_pattern => "steps are joined by arrows: `a: A -> b: B`",
            "partition" | "match" | "within" | "after" | "limit" if self.kind == "query" => {
                "this clause belongs to patterns"
            }
            "from" | "window" | "group" | "having" if self.kind == "pattern" => {
                "this clause belongs to queries"
            }
            _ if has(Rule::comma) && starts_value(token) => "items of a list are separated by commas",
            _ if !token.is_empty() && !token.is_ascii() => "names consist of ASCII letters, digits and `_`",
            _ if in_pattern && self.after[token.len()..].trim_start().starts_with(':') => {
                "steps are joined by arrows: `a: A -> b: B`"
            }
            _ => "",
        };
        if !text.is_empty() {
            return Some(text.to_string());
        }
        let declarations = super::scan::DECLARATION_WORDS.iter().copied().filter(|_| has(Rule::EOI));
        let keywords = expected_keywords(expected).chain(declarations);
        let meant = did_you_mean(token, keywords).filter(|_| starts_word(token));
        meant.map(|meant| format!("did you mean `{meant}`?"))
    }
}

/// The token at the beginning of a text: a word, an operator or a character.
fn token(text: &str) -> &str {
    let Some(first) = text.chars().next() else {
        return "";
    };
    let same: fn(char) -> bool = match first {
        c if c.is_alphanumeric() || c == '_' => |c| c.is_alphanumeric() || c == '_',
        '=' | '<' | '>' | '-' | '&' | '|' | '/' => |c| matches!(c, '=' | '<' | '>' | '-' | '&' | '|' | '/'),
        c => return &text[..c.len_utf8()],
    };
    let length = text.find(|c| !same(c)).unwrap_or(text.len());
    let shown = text.char_indices().map(|(index, c)| index + c.len_utf8()).take(TOKEN_CHARS_MAX).last();
    &text[..length.min(shown.unwrap_or(0))]
}

/// Longer tokens are cut when shown.
const TOKEN_CHARS_MAX: usize = 40;

fn last_word(text: &str) -> &str {
    let start = text
        .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .map_or(0, |index| index + text[index..].chars().next().map_or(0, char::len_utf8));
    &text[start..]
}

/// The characters of operators at the end of a text.
fn last_operator(text: &str) -> &str {
    let rest = text.trim_end_matches(['=', '<', '>', '-', '!']);
    &text[rest.len()..]
}

fn starts_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn starts_value(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '"' | '@' | '`'))
        && !KEYWORDS.contains(&token)
}

/// "`a`, `b` or `c`"
fn or_list(words: &[String]) -> Option<String> {
    match words {
        [] => None,
        [one] => Some(one.clone()),
        [head @ .., last] => Some(format!("{} or {last}", head.join(", "))),
    }
}

/// The keywords among the expected rules.
fn expected_keywords(expected: &[Rule]) -> impl Iterator<Item = &'static str> {
    expected.iter().filter_map(|rule| keyword(*rule))
}

/// The keyword that a rule begins with.
fn keyword(rule: Rule) -> Option<&'static str> {
    let word = match rule {
        Rule::time_clause => "time",
        Rule::lateness_clause => "lateness",
        Rule::partition_clause => "partition",
        Rule::match_clause => "match",
        Rule::where_clause => "where",
        Rule::within_clause => "within",
        Rule::after_clause => "after",
        Rule::limit_clause => "limit",
        Rule::emit_clause => "emit",
        Rule::from_clause => "from",
        Rule::window_clause => "window",
        Rule::group_clause => "group",
        Rule::having_clause => "having",
        Rule::hold => "for",
        Rule::filter => "filter",
        Rule::event => "event",
        Rule::pattern_rule => "pattern",
        Rule::query_rule => "query",
        Rule::after_past => "past",
        Rule::after_to => "to",
        Rule::limit_policy => "drop",
        Rule::idle => "partition",
        Rule::offset => "offset",
        Rule::tumbling => "tumbling",
        Rule::hopping => "hopping",
        Rule::sliding => "sliding",
        Rule::session => "session",
        Rule::last_rows => "last",
        Rule::batch => "batch",
        other => {
            let name = format!("{other:?}");
            let name = name.strip_prefix("kw_")?;
            return KEYWORDS.iter().find(|word| **word == name).copied();
        }
    };
    Some(word)
}

/// Expected rules in the user's words, the specific before the general.
fn in_words(expected: &[Rule]) -> Vec<String> {
    let has = |rule: Rule| expected.contains(&rule);
    let operand = has(Rule::expr) || has(Rule::timestamp);
    let operator = has(Rule::infix) || has(Rule::symbol);
    let clauses = expected.iter().filter(|rule| is_clause(**rule)).count();
    let mut words: Vec<String> = Vec::new();
    for rule in expected {
        let word = match rule {
            rule if operand && begins_operand(*rule) => "an expression".to_string(),
            rule if operator && follows_operand(*rule) => "an operator".to_string(),
            rule if clauses > 3 && is_clause(*rule) => "another clause".to_string(),
            Rule::doc | Rule::semicolon | Rule::wrong_not | Rule::single_quoted => continue,
            Rule::EOI => continue,
            rule => match keyword(*rule) {
                Some(keyword) => format!("`{keyword}`"),
                None => described(*rule),
            },
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if has(Rule::EOI) {
        words.push("the next declaration".to_string());
    }
    words
}

fn is_clause(rule: Rule) -> bool {
    format!("{rule:?}").ends_with("_clause")
        || matches!(
            rule,
            Rule::kw_time
                | Rule::kw_lateness
                | Rule::kw_partition
                | Rule::kw_match
                | Rule::kw_where
                | Rule::kw_within
                | Rule::kw_after
                | Rule::kw_limit
                | Rule::kw_emit
                | Rule::kw_from
                | Rule::kw_window
                | Rule::kw_group
                | Rule::kw_having
        )
}

fn begins_operand(rule: Rule) -> bool {
    use Rule::*;
    matches!(
        rule,
        expr | prefix
            | kw_not
            | minus
            | wrong_not
            | paren
            | open_paren
            | if_expr
            | kw_if
            | kw_true
            | kw_false
            | kw_null
            | call_or_name
            | name
            | number
            | string
            | single_quoted
            | timestamp
    )
}

fn follows_operand(rule: Rule) -> bool {
    use Rule::*;
    matches!(
        rule,
        is_null
            | in_list
            | cast
            | infix
            | kw_is
            | kw_in
            | kw_as
            | kw_not
            | kw_or
            | kw_and
            | kw_between
            | kw_like
            | kw_matches
            | symbol
            | access
            | dot
            | arguments
            | open_paren
    )
}

fn described(rule: Rule) -> String {
    let text = match rule {
        Rule::name => "a name",
        Rule::word => "a word",
        Rule::type_ref => "a type",
        Rule::field => "a field",
        Rule::number => "a number",
        Rule::string => "a text",
        Rule::expr => "an expression",
        Rule::symbol | Rule::infix => "an operator",
        Rule::pattern | Rule::element | Rule::step | Rule::group => "a step",
        Rule::pattern_op => "an arrow",
        Rule::quantifier | Rule::counted => "a quantifier",
        Rule::guard | Rule::open_bracket => "`[`",
        Rule::limit => "a limit",
        Rule::emit_item => "a field to emit",
        Rule::partition_item => "a field",
        Rule::arguments | Rule::open_paren | Rule::paren => "`(`",
        Rule::access | Rule::dot => "`.`",
        Rule::close_paren => "`)`",
        Rule::close_bracket => "`]`",
        Rule::open_brace => "`{`",
        Rule::close_brace => "`}`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::bang => "`!`",
        Rule::question => "`?`",
        Rule::plus => "`+`",
        Rule::star => "`*`",
        Rule::minus => "`-`",
        Rule::equals => "`=`",
        _ => "something else",
    };
    text.to_string()
}
