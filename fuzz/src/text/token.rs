//! A line in words: split at blanks, but not within quotes, and texts quoted where they need it.

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Without quotes, escapes resolved.
    pub(super) text: String,
    /// Whether it stood in quotes.
    pub(super) quoted: bool,
}

/// The words of a line; or what is wrong with it.
pub(super) fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut all = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (token, behind) = match rest.strip_prefix('"') {
            Some(inner) => quoted(inner)?,
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (Token { text: rest[..end].to_owned(), quoted: false }, &rest[end..])
            }
        };
        all.push(token);
        rest = behind.trim_start();
    }
    Ok(all)
}

/// A text behind its opening quote, and what follows the closing one.
fn quoted(inner: &str) -> Result<(Token, &str), String> {
    let mut text = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((Token { text, quoted: true }, &inner[at + 1..])),
            '\\' => match chars.next().map(|(_, escape)| escape) {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some('0') => text.push('\0'),
                Some('u') => text.push(unicode(&mut chars)?),
                Some(same @ ('"' | '\\')) => text.push(same),
                other => return Err(format!("unknown escape {other:?} in a text")),
            },
            _ => text.push(c),
        }
    }
    Err("a text has no closing quote".to_owned())
}

/// The character of `{…}` behind `\u`.
fn unicode(chars: &mut std::str::CharIndices<'_>) -> Result<char, String> {
    let digits: String =
        chars.by_ref().map(|(_, c)| c).skip_while(|c| *c == '{').take_while(|c| *c != '}').collect();
    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
    code.ok_or_else(|| format!("`\\u{{{digits}}}` is no character"))
}

/// Words that mean something else than themselves.
const TAKEN: [&str; 5] = ["null", "true", "false", "NaN", "inf"];

/// A text, in quotes if it could be taken for anything else.
pub(super) fn print_text(text: &str, out: &mut String) {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !TAKEN.contains(&text);
    if bare {
        return out.push_str(text);
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_reads_back() {
        for text in ["IBM", "", "a b", "null", "1", "@3", "\"", "\\n\n\t\u{1}", "Zürich", "-x", "_"] {
            let mut printed = String::new();
            print_text(text, &mut printed);
            let read = tokens(&format!("  {printed} x")).unwrap();
            assert_eq!((read.len(), read[0].text.as_str()), (2, text), "{printed}");
            assert_eq!(read[0].quoted, printed.starts_with('"'));
        }
    }

    #[test]
    fn mistakes_are_reported() {
        for wrong in ["\"abc", "\"\\x\"", "\"\\u{110000}\""] {
            assert!(tokens(wrong).is_err(), "{wrong}");
        }
    }
}
