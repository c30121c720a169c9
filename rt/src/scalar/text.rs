//! Functions of text. Positions and lengths are in characters, from 1, as in SQL. What is a part of its argument is
//! borrowed from it; what is new is appended to a buffer of the caller.

#[cfg(feature = "alloc")]
use alloc::string::String;

/// The number of characters.
#[inline]
pub fn length(text: &str) -> i64 {
    text.chars().count() as i64
}

/// Every character in lower case.
#[cfg(feature = "alloc")]
pub fn lower(text: &str, out: &mut String) {
    out.extend(text.chars().flat_map(char::to_lowercase));
}

/// Every character in upper case.
#[cfg(feature = "alloc")]
pub fn upper(text: &str, out: &mut String) {
    out.extend(text.chars().flat_map(char::to_uppercase));
}

/// Without white space at either end.
#[inline]
pub fn trim(text: &str) -> &str {
    text.trim()
}

/// The text from character `index` (from 0) on.
fn behind(text: &str, index: i64) -> &str {
    let index = usize::try_from(index).unwrap_or(0);
    text.char_indices().nth(index).map_or("", |(at, _)| &text[at..])
}

/// The characters from position `start` on; all of them for a position before the first.
pub fn substr_from(text: &str, start: i64) -> &str {
    behind(text, start.saturating_sub(1))
}

/// The characters at positions `start` to `start + length - 1`, as far as there are any. A position before the first
/// counts towards the length, as in SQL: `substr("abc", 0, 2)` is `a`.
pub fn substr(text: &str, start: i64, length: i64) -> &str {
    let end = start.saturating_add(length.max(0)).saturating_sub(1);
    let start = start.saturating_sub(1).max(0);
    let rest = behind(text, start);
    let length = end.saturating_sub(start).max(0);
    &rest[..rest.len() - behind(rest, length).len()]
}

/// One after the other.
#[cfg(feature = "alloc")]
pub fn concat(first: &str, second: &str, out: &mut String) {
    out.push_str(first);
    out.push_str(second);
}

/// Whether `part` is somewhere in `text`.
#[inline]
pub fn contains(text: &str, part: &str) -> bool {
    text.contains(part)
}

/// Whether `text` begins with `part`.
#[inline]
pub fn starts_with(text: &str, part: &str) -> bool {
    text.starts_with(part)
}

/// Whether `text` ends with `part`.
#[inline]
pub fn ends_with(text: &str, part: &str) -> bool {
    text.ends_with(part)
}

/// `text` with `to` for each `from`, left to right, those that do not overlap; unchanged if `from` is empty.
#[cfg(feature = "alloc")]
pub fn replace(text: &str, from: &str, to: &str, out: &mut String) {
    if from.is_empty() {
        return out.push_str(text);
    }
    let mut parts = text.split(from);
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(to);
        out.push_str(part);
    }
}

/// Part `number` of `text` cut at each `separator`: from 1, from the end if negative; empty if there is none. An empty
/// separator does not cut.
pub fn split_part<'a>(text: &'a str, separator: &str, number: i64) -> &'a str {
    if separator.is_empty() {
        return if number == 1 || number == -1 { text } else { "" };
    }
    let index = |number: u64| usize::try_from(number - 1).ok();
    let part = match number {
        0 => None,
        1.. => index(number as u64).and_then(|index| text.split(separator).nth(index)),
        // Counted from the front: separators are found left to right, also where they could overlap.
        _ => (text.split(separator).count() as u64)
            .checked_sub(number.unsigned_abs())
            .and_then(|index| text.split(separator).nth(index as usize)),
    };
    part.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substr_is_that_of_sql() {
        for (start, length, expected) in [
            (1, 2, "hé"),
            (2, 100, "éllo"),
            (0, 2, "h"),
            (-3, 5, "h"),
            (-3, 4, ""),
            (6, 1, ""),
            (2, 0, ""),
            (2, -1, ""),
            (i64::MIN, i64::MAX, ""),
            (2, i64::MAX, "éllo"),
            (i64::MAX, i64::MAX, ""),
        ] {
            assert_eq!(substr("héllo", start, length), expected, "substr({start}, {length})");
        }
        assert_eq!(
            (substr_from("héllo", 2), substr_from("héllo", -1), substr_from("héllo", 9)),
            ("éllo", "héllo", "")
        );
    }

    #[test]
    fn split_part_counts_from_both_ends() {
        let part = |number| split_part("a,b,,c", ",", number);
        assert_eq!((part(1), part(3), part(4), part(5), part(0)), ("a", "", "c", "", ""));
        assert_eq!((part(-1), part(-4), part(-5), part(i64::MIN)), ("c", "a", "", ""));
        assert_eq!(split_part("aaa", "aa", -1), "a");
        assert_eq!((split_part("ab", "", 1), split_part("ab", "", 2)), ("ab", ""));
    }

    #[test]
    fn new_text_is_appended() {
        let mut out = String::from(">");
        lower("ÀB", &mut out);
        upper("ß", &mut out);
        replace("a-b-", "-", "+", &mut out);
        replace("x", "", "y", &mut out);
        concat("p", "q", &mut out);
        assert_eq!(out, ">àbSSa+b+xpq");
    }
}
