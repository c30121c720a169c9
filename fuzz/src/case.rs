//! A case: rules, events, and what has to come of them, in a Markdown file that people read.
//!
//! ````text
//! ## A title
//! Prose, anywhere.
//! ```ptn       the rules
//! ```events    one event a line, values in the order of the fields: `Tick IBM 100.0 @1`; or `watermark @5`
//! ```matches   what is emitted, in order: `Rise @3 from=100.0 to=101.0`; empty if nothing is
//! ```stats     counters that are not zero: `late=1 dropped_runs=2`, and the bound that stopped the program
//! ```errors    of rules that do not compile: `P0301 3:14 operands …`, code, place and the start of the message
//! ````
//!
//! A case has rules; then either errors, or events and matches. With an `errors` block of warnings alone it has both: the
//! block then lists all warnings, which are otherwise not looked at. In `events`, what follows `#` at the start of a line is a
//! comment. How a line is written is in [`crate::text`].

mod bless;
mod check;
mod markdown;

pub use bless::bless;
pub use check::{check_errors, check_outcome, inputs, split};
pub use markdown::{Block, Case, CaseFile};

use std::path::{Path, PathBuf};

/// All case files under a folder, in order of their paths.
///
/// # Errors
/// If a folder or file cannot be read, or a file is no file of cases.
pub fn load(folder: &Path) -> Result<Vec<CaseFile>, String> {
    let mut paths = Vec::new();
    collect(folder, &mut paths).map_err(|error| format!("{}: {error}", folder.display()))?;
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.strip_prefix(folder).unwrap_or(&path).with_extension("");
        CaseFile::parse(&name.to_string_lossy(), &text).map_err(|error| format!("{}:{error}", path.display()))
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
    Ok(())
}
