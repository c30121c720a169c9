//! What prettyplease leaves out: blank lines between items.

/// Puts a blank line between neighbouring items that have a body or a comment.
pub(super) fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut before = "";
    for line in text.lines() {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let ends = matches!(before.trim(), "}" | "};")
            || before.trim_start().starts_with("use ")
            || before.trim() == "})";
        let starts = ["///", "#[", "pub ", "fn ", "impl ", "impl<", "struct ", "enum ", "const ", "static "];
        let begins = starts.iter().any(|start| line.trim_start().starts_with(start));
        if ends && begins && indent(before) == indent(line) {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        before = line;
    }
    out
}
