//! The text that a JSON string with escapes stands for.

use crate::bad::BadRowReason;
use crate::value::Parsed;

/// The text of `raw`, a string without its quotes that the grammar has passed.
pub(super) fn unescape(raw: &[u8]) -> Parsed<String> {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..at]);
        rest = push_escape(&rest[at + 1..], &mut text)?;
    }
    text.extend_from_slice(rest);
    String::from_utf8(text).map_err(|_| BadRowReason::NotUtf8)
}

/// Appends the character of the escape after a backslash; what follows it.
fn push_escape<'a>(escape: &'a [u8], text: &mut Vec<u8>) -> Parsed<&'a [u8]> {
    let Some((&kind, rest)) = escape.split_first() else { return Err(BadRowReason::NotUtf8) };
    let plain = match kind {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return push_code_point(rest, text),
        other => other,
    };
    text.push(plain);
    Ok(rest)
}

/// Appends the character of four hexadecimal digits, or of two such escapes that make up a surrogate pair.
fn push_code_point<'a>(escape: &'a [u8], text: &mut Vec<u8>) -> Parsed<&'a [u8]> {
    let (high, rest) = unit(escape)?;
    let (code, rest) = match (high, rest) {
        (0xd800..0xdc00, [b'\\', b'u', pair @ ..]) => match unit(pair)? {
            (low @ 0xdc00..0xe000, rest) => (0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00)), rest),
            _ => (high, rest),
        },
        _ => (high, rest),
    };
    // A surrogate alone is no character.
    let character = char::from_u32(code).ok_or(BadRowReason::NotUtf8)?;
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(rest)
}

fn unit(escape: &[u8]) -> Parsed<(u32, &[u8])> {
    let (digits, rest) = escape.split_at_checked(4).ok_or(BadRowReason::NotUtf8)?;
    let value = |unit: u32, digit: &u8| Some(unit << 4 | char::from(*digit).to_digit(16)?);
    digits.iter().try_fold(0, value).map(|unit| (unit, rest)).ok_or(BadRowReason::NotUtf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn surrogates() {
        assert_eq!(unescape(br"a\ud83d\ude00\n").unwrap(), "a\u{1f600}\n");
        for text in [r"\ud83d", r"\ude00", r"\ud83dx", r"\ud83d\u0041", r"\ud83d\n"] {
            assert_eq!(unescape(text.as_bytes()), Err(BadRowReason::NotUtf8), "{text}");
        }
    }

    proptest! {
        #[test]
        fn escapes_are_what_serde_says(text in r#"(\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\ud8[0-9a-f]{2}\\udc[0-9a-f]{2}|[a-zé]){0,8}"#) {
            let expected = serde_json::from_str::<String>(&format!("\"{text}\"")).ok();
            prop_assert_eq!(unescape(text.as_bytes()).ok(), expected);
        }
    }
}
