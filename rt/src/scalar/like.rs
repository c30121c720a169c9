//! `like`: `%` stands for any text, `_` for one character, `\` takes the next character as it is.

/// What a pattern asks that has `%` at its ends at most, and no other sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Simple<'a> {
    /// Whether the text is this one.
    Is(&'a str),
    /// Whether it begins with this.
    Starts(&'a str),
    /// Whether it ends with this.
    Ends(&'a str),
    /// Whether it contains this.
    Contains(&'a str),
}

impl<'a> Simple<'a> {
    /// What a pattern asks, if it is one of these.
    pub fn of(pattern: &'a str) -> Option<Self> {
        let (before, rest) = pattern.strip_prefix('%').map_or((false, pattern), |rest| (true, rest));
        let (behind, part) = rest.strip_suffix('%').map_or((false, rest), |part| (true, part));
        let simple = match (before, behind) {
            (false, false) => Self::Is(part),
            (false, true) => Self::Starts(part),
            (true, false) => Self::Ends(part),
            (true, true) => Self::Contains(part),
        };
        (!part.contains(['%', '_', '\\'])).then_some(simple)
    }
}

/// One element of a pattern.
enum Token {
    Any,
    One,
    Literal(char),
}

/// The first token of a pattern, and the pattern behind it. A `\` at the end stands for itself.
fn next(pattern: &str) -> Option<(Token, &str)> {
    let mut chars = pattern.chars();
    let token = match chars.next()? {
        '%' => Token::Any,
        '_' => Token::One,
        '\\' => Token::Literal(chars.next().unwrap_or('\\')),
        literal => Token::Literal(literal),
    };
    Some((token, chars.as_str()))
}

/// Whether the whole of `text` fits `pattern`.
///
/// Only the last `%` is ever reconsidered (what an earlier one stood for cannot matter once the text up to the next has
/// been found as early as possible), so the time is at most that of text × pattern, and linear where `%` stands alone.
pub fn like(text: &str, pattern: &str) -> bool {
    let (mut text, mut pattern) = (text, pattern);
    let mut retry: Option<(&str, &str)> = None;
    loop {
        let fits = match next(pattern) {
            None => text.is_empty().then_some((text, pattern)),
            Some((Token::Any, "")) => return true,
            Some((Token::Any, rest)) => {
                retry = Some((text, rest));
                Some((text, rest))
            }
            Some((token, rest)) => {
                let mut chars = text.chars();
                let fits = match (token, chars.next()) {
                    (Token::Literal(literal), Some(character)) => literal == character,
                    (_, character) => character.is_some(),
                };
                fits.then_some((chars.as_str(), rest))
            }
        };
        (text, pattern) = match fits {
            Some(("", "")) => return true,
            Some(both) => both,
            None => {
                // The last `%` takes one character more.
                let Some((start, rest)) = retry else { return false };
                let mut chars = start.chars();
                if chars.next().is_none() {
                    return false;
                }
                retry = Some((chars.as_str(), rest));
                (chars.as_str(), rest)
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Simple, like};
    use alloc::string::String;

    #[test]
    fn wildcards() {
        for (text, pattern) in [
            ("", ""),
            ("", "%"),
            ("abc", "abc"),
            ("abc", "a%"),
            ("abc", "%c"),
            ("abc", "%b%"),
            ("abc", "a_c"),
            ("aXbXc", "a%b%c"),
            ("aab", "%ab"),
            ("héllo", "h_llo"),
            ("50%", "50\\%"),
            ("a\\", "a\\"),
            ("mississippi", "m%iss%ip%"),
            ("abab", "%ab"),
        ] {
            assert!(like(text, pattern), "{text:?} like {pattern:?}");
        }
        for (text, pattern) in [
            ("a", ""),
            ("", "_"),
            ("abc", "ab"),
            ("abc", "bc"),
            ("abc", "a_"),
            ("50x", "50\\%"),
            ("abc", "%d%"),
            ("héllo", "h__llo"),
            ("aba", "%ab"),
        ] {
            assert!(!like(text, pattern), "{text:?} not like {pattern:?}");
        }
    }

    #[test]
    fn simple_patterns_ask_the_same() {
        let asks = |simple: Simple<'_>, text: &str| match simple {
            Simple::Is(part) => text == part,
            Simple::Starts(part) => text.starts_with(part),
            Simple::Ends(part) => text.ends_with(part),
            Simple::Contains(part) => text.contains(part),
        };
        for pattern in ["", "%", "%%", "ab", "ab%", "%ab", "%ab%", "%é%"] {
            let simple = Simple::of(pattern).expect("a simple pattern");
            for text in ["", "ab", "a", "xab", "abx", "xabx", "é", "aéb"] {
                assert_eq!(asks(simple, text), like(text, pattern), "{text:?} like {pattern:?}");
            }
        }
        for other in ["%%%", "a%b", "_", "a\\", "\\%", "%a_"] {
            assert_eq!(Simple::of(other), None, "{other:?}");
        }
    }

    #[test]
    fn many_wildcards_do_not_explode() {
        let text: String = "a".repeat(2_000);
        let pattern: String = "%a".repeat(200) + "b";
        assert!(!like(&text, &pattern));
    }
}
