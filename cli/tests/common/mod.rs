//! What the tests of the command share: running it, and files to run it on.
#![allow(dead_code, reason = "each test file is a program of its own and uses a part of this")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Events of one type with a rule that tells of each rise.
pub(crate) const RISE: &str = "\
event Tick {
    symbol: str,
    price:  f64,
    at:     timestamp(s),
} time at

/// A price that rises.
pattern Rise
    partition by symbol
    match  a: Tick => b: Tick[price > a.price]
    emit   { symbol: a.symbol, from: a.price, to: b.price }
";

/// Three ticks: the second is a rise.
pub(crate) const TICKS: &str = "symbol,price,at\nIBM,1.0,1\nIBM,2.5,2\nIBM,2.0,3\n";

/// What `RISE` finds in `TICKS`.
pub(crate) const RISES: &str =
    "{\"type\":\"Rise\",\"ts\":\"1970-01-01T00:00:02Z\",\"symbol\":\"IBM\",\"from\":1.0,\"to\":2.5}\n";

/// How a run of the command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The command, ready to be given arguments.
pub(crate) fn portent() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portent"));
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// Runs it to its end without input.
pub(crate) fn run(args: &[&str]) -> Ran {
    run_with(args, "")
}

/// Runs it to its end on an input.
pub(crate) fn run_with(args: &[&str], input: &str) -> Ran {
    let mut command = portent();
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("it has an input");
    // It may end before it has read everything.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("the command ends");
    let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
    Ran {
        code: output.status.code().expect("no signal ended it"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// A folder of files that is removed at the end of a test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// With these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        files
            .iter()
            .for_each(|(name, text)| std::fs::write(folder.0.path().join(name), text).expect("a file"));
        folder
    }

    /// A file in it, there or not.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    /// The text of a file.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).expect("the file is there")
    }

    /// How many files there are.
    pub(crate) fn files(&self) -> usize {
        std::fs::read_dir(self.0.path()).expect("the folder is there").count()
    }
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
