//! What a code is, and the page that explains them all. The codes themselves are in `codes`.

use super::Code;
use std::fmt::Write;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The rules cannot run.
    Error,
    /// The rules run, perhaps not as meant.
    Warning,
}

impl Code {
    /// An error, or a warning: those begin with `W`.
    pub fn severity(self) -> Severity {
        if self.as_str().starts_with('W') { Severity::Warning } else { Severity::Error }
    }

    /// The code written `text`, such as `P0102`; case does not matter.
    pub fn parse(text: &str) -> Option<Code> {
        Code::all().iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Groups of codes by their first three characters.
const GROUPS: &[(&str, &str)] = &[
    ("P01", "Syntax"),
    ("P02", "Names"),
    ("P03", "Types and nulls"),
    ("P04", "Patterns"),
    ("P05", "Queries"),
    ("P06", "Limits"),
    ("P09", "Accepted by the language, not executed by this version"),
    ("W1", "Warnings"),
];

/// The page `docs/errors.md`.
pub fn errors_page() -> String {
    let mut page = format!(
        "# Errors and warnings\n\nEvery diagnostic of the compiler has a code: errors begin with `P`, warnings with `W`. \
         This page is made from the compiler's table of codes. Its examples stand below these declarations:\n\n\
         ```ptn\n{}\n```\n",
        Code::EXAMPLE_EVENTS
    );
    for (prefix, title) in GROUPS {
        let members: Vec<Code> =
            Code::all().iter().copied().filter(|code| code.as_str().starts_with(prefix)).collect();
        if members.is_empty() {
            continue;
        }
        // Writing to a String cannot fail.
        let _ = write!(page, "\n## {title}\n");
        for code in members {
            let _ = write!(page, "\n### {code}: {}\n\n{}\n", code.title(), code.explanation());
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_a_group() {
        for (index, code) in Code::all().iter().enumerate() {
            assert!(
                Code::all()[index + 1..].iter().all(|other| other.as_str() != code.as_str()),
                "{code} twice"
            );
            assert!(
                GROUPS.iter().any(|(prefix, _)| code.as_str().starts_with(prefix)),
                "{code} has no group"
            );
            assert_eq!(Code::parse(code.as_str()), Some(*code));
        }
        assert_eq!(Code::parse("P9999"), None);
    }

    #[test]
    fn every_error_explains_with_an_example() {
        for code in Code::all() {
            assert!(code.explanation().contains("```ptn"), "{code} shows no example");
            assert!(!code.title().ends_with('.') && !code.title().is_empty());
        }
    }

    #[test]
    fn the_page_holds_them_all() {
        let page = errors_page();
        for code in Code::all() {
            assert!(page.contains(&format!("### {code}: ")));
        }
    }
}
