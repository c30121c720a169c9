//! Case files as text: titles and fenced blocks, with the lines at which they stand. Nothing is compiled here.

use std::ops::Range;

/// A file of cases.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// Its path below the folder of cases, without `.md`.
    pub name: String,
    /// The lines of the text.
    pub lines: Vec<String>,
    /// In order.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub title: String,
    /// The line of the title, from 1.
    pub line: usize,
    /// The `ptn` block.
    pub rules: Block,
    /// The `events` block.
    pub events: Option<Block>,
    /// The `matches` block.
    pub matches: Option<Block>,
    /// The `stats` block.
    pub stats: Option<Block>,
    /// The `errors` block.
    pub errors: Option<Block>,
}

/// What stands between fences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its lines, as indices from 0 of the file's lines.
    pub lines: Range<usize>,
    /// The text, without the fences.
    pub text: String,
}

impl Block {
    /// The lines that are not blank, with their numbers from 1 in the file.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        (self.lines.start + 1..).zip(self.text.lines()).filter(|(_, line)| !line.trim().is_empty())
    }
}

/// A case as far as it has been read.
struct Open {
    title: String,
    line: usize,
    blocks: Vec<(String, Block)>,
}

impl CaseFile {
    /// Reads a file.
    ///
    /// # Errors
    /// `line: what is wrong`.
    pub fn parse(name: &str, text: &str) -> Result<CaseFile, String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut open: Vec<Open> = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            let line = &lines[at];
            if let Some(title) = line.strip_prefix("## ") {
                open.push(Open { title: title.trim().to_owned(), line: at + 1, blocks: Vec::new() });
            } else if let Some(kind) = line.strip_prefix("```") {
                let Some(length) = lines[at + 1..].iter().position(|line| line.starts_with("```")) else {
                    return Err(format!("{}: a block without an end", at + 1));
                };
                let range = at + 1..at + 1 + length;
                let Some(case) = open.last_mut() else {
                    return Err(format!("{}: a block without a title", at + 1));
                };
                if case.blocks.iter().any(|(other, _)| other == kind) {
                    return Err(format!("{}: a second block `{kind}`", at + 1));
                }
                let text = lines[range.clone()].join("\n");
                at = range.end;
                case.blocks.push((kind.to_owned(), Block { lines: range, text }));
            }
            at += 1;
        }
        let cases = open.into_iter().map(Case::new).collect::<Result<Vec<Case>, String>>()?;
        for (index, case) in cases.iter().enumerate() {
            if cases[..index].iter().any(|other| other.title == case.title) {
                return Err(format!("{}: the title is used twice", case.line));
            }
        }
        Ok(CaseFile { name: name.to_owned(), lines, cases })
    }
}

impl Case {
    fn new(open: Open) -> Result<Case, String> {
        let Open { title, line, mut blocks } = open;
        let mut take = |kind: &str| {
            let index = blocks.iter().position(|(other, _)| other == kind)?;
            Some(blocks.remove(index).1)
        };
        let rules = take("ptn").ok_or_else(|| format!("{line}: a case without a block `ptn`"))?;
        let (events, matches, stats, errors) =
            (take("events"), take("matches"), take("stats"), take("errors"));
        let case = Case { title, line, rules, events, matches, stats, errors };
        match blocks.first() {
            Some((kind, block)) => Err(format!("{}: there is no block `{kind}`", block.lines.start)),
            None if !case.is_refused() && case.events.is_none() => {
                Err(format!("{line}: a case without a block `events` or `errors`"))
            }
            None if case.is_refused() && case.events.is_some() => {
                Err(format!("{line}: a case of errors has no events"))
            }
            None => Ok(case),
        }
    }

    /// Whether its rules are not to compile.
    pub fn is_refused(&self) -> bool {
        let is_error = |line: &str| line.trim_start().starts_with('P');
        match &self.errors {
            Some(block) => block.text.lines().any(is_error) || self.events.is_none(),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_their_lines() {
        let text = "# File\n\n## one\nprose\n```ptn\nevent A {}\n```\n```events\nA\n\n```\n## two\n```ptn\n```\n```errors\nP1\n```\n";
        let file = CaseFile::parse("f", text).unwrap();
        let [one, two] = &file.cases[..] else { panic!("two cases") };
        assert_eq!((one.title.as_str(), one.line, one.is_refused()), ("one", 3, false));
        assert_eq!(one.rules, Block { lines: 5..6, text: "event A {}".into() });
        assert_eq!(one.events.as_ref().unwrap().numbered().collect::<Vec<_>>(), [(9, "A")]);
        assert!(two.is_refused());
    }

    #[test]
    fn nothing_is_ignored() {
        for wrong in [
            "```ptn\n```",
            "## a\n```ptn\n",
            "## a\n```ptn\n```\n",
            "## a\n```ptn\n```\n```events\n```\n```event\n```\n",
            "## a\n```ptn\n```\n```ptn\n```\n```events\n```\n",
            "## a\n```ptn\n```\n```events\n```\n## a\n```ptn\n```\n```events\n```\n",
        ] {
            assert!(CaseFile::parse("f", wrong).is_err(), "{wrong}");
        }
    }
}
