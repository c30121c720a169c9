//! The command line: what may be said, and the help that teaches it.

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Finds patterns in events: rules are compiled to machine code and run over CSV or JSON lines.
#[derive(Debug, Parser)]
#[command(name = "portent", version, max_term_width = 100, after_help = EXAMPLES, after_long_help = LONG)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to write colors (`NO_COLOR` is respected by `auto`)
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub(crate) color: Color,
}

const EXAMPLES: &str = "\
Examples:
  portent run fraud.ptn --input auth.csv              matches as JSON lines on standard output
  tail -f auth.jsonl | portent run fraud.ptn          as a filter: a match as soon as its event has come
  portent check rules/*.ptn                           is it right?
  portent explain fraud.ptn                           what does it do, and what does it cost?
  portent explain P0202                               what does this error mean?
  portent new alerts --template macro                 a Rust project that finds patterns";

const LONG: &str = "\
A rule file:

  event Auth { card: str, amount: f64, country: str, at: timestamp(s) } time at lateness 5s

  /// Used in two countries within an hour.
  pattern ImpossibleTravel
      partition by card
      match  a: Auth -> b: Auth[country != a.country]
      within 1h
      emit   { card: a.card, from: a.country, to: b.country }

Examples:
  portent run fraud.ptn --input auth.csv
  portent run fraud.ptn --input Auth=auth.csv.gz --input Login=login.csv --output alerts.csv --stats
  tail -f auth.jsonl | portent run fraud.ptn | jq .card
  portent run stage1.ptn --input auth.csv | portent run stage2.ptn
  portent check rules/*.ptn && portent fmt --check rules/*.ptn
  portent explain fraud.ptn --stage asm --rule ImpossibleTravel

Exit codes:
  0    all went well (also if whoever reads the output stops reading)
  1    the rules have errors; with `fmt --check`: a file is not in canonical layout
  2    the command line makes no sense
  3    a bad row, under --strict
  4    something could not be read or written, or a limit was reached that is to be an error
  129, 130, 143  SIGHUP, Ctrl-C, SIGTERM: all that was found until then is written";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run rules over events and write their matches
    Run(RunArgs),
    /// Check rule files and report every mistake
    Check(CheckArgs),
    /// Rewrite rule files in the canonical layout
    Fmt(FmtArgs),
    /// Show what rules compile to, or what the code of an error means
    Explain(ExplainArgs),
    /// Make a Rust project that uses Portent, from a template
    New(NewArgs),
    /// Look at the checkpoints that `run --checkpoint` keeps
    #[command(subcommand)]
    Checkpoint(CheckpointCommand),
}

/// When to write colors.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Color {
    /// To a terminal.
    #[default]
    Auto,
    Always,
    Never,
}

const RUN_HELP: &str = "\
Matches go to standard output (or --output), in the order of the events that completed them; everything else goes to \
standard error. Rows that cannot be read and events that come too late never stop a run: they are counted and reported.

Examples:
  portent run fraud.ptn --input auth.csv                      one event type: no need to name it
  portent run fraud.ptn --input Auth=a.csv --input Tx=t.csv   a CSV file holds one type
  portent run fraud.ptn --input events.jsonl                  JSON lines hold any types, in `type`
  portent run fraud.ptn < events.jsonl                        standard input is JSON lines
  tail -f a.jsonl | portent run fraud.ptn --late late.jsonl   keeps what came too late
  zstdcat big.csv.zst | portent run fraud.ptn --format csv --input - --output alerts.jsonl --stats
  portent run fraud.ptn --input auth.csv --output alerts.jsonl --checkpoint state --every 30s

Exit codes: 0 ok, 1 rule errors, 2 usage, 3 bad row under --strict, 4 input, output or limit failed, 130 Ctrl-C, \
143 SIGTERM.";

#[derive(Debug, ClapArgs)]
#[command(after_help = RUN_HELP)]
pub(crate) struct RunArgs {
    /// The rule file (`-`: standard input)
    pub(crate) rules: PathBuf,

    /// Events: a file, or `-` for standard input, which is the default unless it is a terminal. Repeat it for several
    /// inputs; they are merged by time. gzip and zstd are recognised by content. `Type=` says which event type the
    /// rows are
    #[arg(short, long, value_name = "[Type=]FILE", value_parser = OsStringValueParser::new().map(InputArg::new))]
    pub(crate) input: Vec<InputArg>,

    /// The format of every input [default: by extension; of standard input: jsonl]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    /// The key of JSON lines that says the type of an event
    #[arg(long, value_name = "NAME", default_value = "type")]
    pub(crate) type_field: String,

    /// A text that means null in CSV; repeatable. Replaces the defaults, which are the empty text, `NA` and `null`
    #[arg(long, value_name = "TEXT")]
    pub(crate) null: Vec<String>,

    /// Where matches go (`-`: standard output)
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,

    /// The format of matches [default: by the extension of --output; otherwise jsonl]
    #[arg(long, value_enum)]
    pub(crate) output_format: Option<OutputFormat>,

    /// Keep late events, as they stand in the input, with how late they were: JSON lines
    #[arg(long, value_name = "FILE")]
    pub(crate) late: Option<PathBuf>,

    /// How long a pipe may be silent until the other inputs do not wait for it any more, such as `10s` [default: they wait
    /// until it ends]
    #[arg(long, value_name = "DURATION", value_parser = positive_duration)]
    pub(crate) idle: Option<i64>,

    /// What makes time pass while a pipe is silent
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) clock: TimeBy,

    /// The most that rules, windows and waiting events may hold, such as `512MiB`: near it new keys are dropped where rules allow that [default: no bound]
    #[arg(long, value_name = "SIZE", value_parser = crate::run::size)]
    pub(crate) memory_max: Option<u64>,

    /// How many threads evaluate the rules. The matches and their order are the same for every number
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = workers)]
    pub(crate) workers: usize,

    /// Bind each of them to a core of its own
    #[arg(long)]
    pub(crate) pin: bool,

    /// Write matches in the order of the events that completed them. This is the default, unless they go to a terminal
    #[arg(long, overrides_with = "unordered")]
    pub(crate) ordered: bool,

    /// Write matches of each worker as soon as it has them. This is the default if they go to a terminal
    #[arg(long)]
    pub(crate) unordered: bool,

    /// Keep checkpoints in this folder, so that the same command goes on after any end (a crash, `kill -9`, a reboot) as if there had been
    /// none: no match is lost and none is written twice. Inputs and outputs have to be files
    #[arg(long, value_name = "DIR", conflicts_with = "unordered")]
    pub(crate) checkpoint: Option<PathBuf>,

    /// How often
    #[arg(long, value_name = "DURATION", value_parser = positive_duration, default_value = "10s", requires = "checkpoint")]
    pub(crate) every: i64,

    /// How many checkpoints are kept (and those that they need), in case the last one is damaged
    #[arg(long, value_name = "N", default_value_t = 3, requires = "checkpoint", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) keep: u32,

    /// Go on although the rules were changed: those that were not keep their state, the others begin anew
    #[arg(long, requires = "checkpoint")]
    pub(crate) changed_rules: bool,

    /// Print counts, speed, state and what was dropped, at the end
    #[arg(long)]
    pub(crate) stats: bool,

    /// Stop at the first bad row, with exit code 3
    #[arg(long)]
    pub(crate) strict: bool,

    /// Keep the bad rows, as they stand in the input
    #[arg(long, value_name = "FILE")]
    pub(crate) bad_rows: Option<PathBuf>,

    /// Say nothing on standard error but errors (and what --stats prints)
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// The most workers: more than any machine has cores.
const WORKERS_MAX: usize = 1024;

/// A number of workers.
fn workers(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=WORKERS_MAX).contains(count));
    count.ok_or_else(|| format!("the number of workers is from 1 to {WORKERS_MAX}"))
}

/// `[Type=]FILE`
#[derive(Clone, Debug)]
pub(crate) struct InputArg {
    /// The event type, if it is said.
    pub(crate) ty: Option<String>,
    /// The file; `-`: standard input.
    pub(crate) path: PathBuf,
}

impl InputArg {
    /// What stands before the first `=` is a type if it is a name; `./a=b.csv` is a file.
    fn new(text: OsString) -> Self {
        let parts = text.to_str().and_then(|text| text.split_once('='));
        let named = |(ty, _): &(&str, &str)| {
            ty.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && ty.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        match parts.filter(named) {
            Some((ty, path)) => Self { ty: Some(ty.to_owned()), path: path.into() },
            None => Self { ty: None, path: text.into() },
        }
    }
}

/// What makes time pass while an input that is not a file is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimeBy {
    /// The clock, if the newest event is of now, give or take a minute; otherwise events.
    #[default]
    Auto,
    /// Events alone: what is found depends on the input and on nothing else.
    Event,
    /// The clock, however old events are.
    Wall,
}

/// A duration as rules write it: `10s`, `1m30s`.
fn positive_duration(text: &str) -> Result<i64, String> {
    match portent_rt::scalar::parse::duration(text) {
        Some(nanos) if nanos > 0 => Ok(nanos),
        _ => Err("a duration is written like 10s, 500ms or 1m30s, and is more than 0".to_owned()),
    }
}

/// A format of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A header and rows of one event type; tabs separate in files that end in `.tsv`.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// A format of matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// One JSON object a line, which can be the input of another run.
    Jsonl,
    /// A header and rows.
    Csv,
}

/// What to do with checkpoints.
#[derive(Debug, Subcommand)]
pub(crate) enum CheckpointCommand {
    /// Show what is in a folder: how far each checkpoint came, what it holds, and whether it can be used
    Inspect(InspectArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InspectArgs {
    /// The folder of `run --checkpoint`
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

const NEW_HELP: &str = "\
Examples:
  portent new alerts --template macro --path ~/src/portent    with the Portent of a checkout
  portent new alerts --template service                       with the published one";

#[derive(Debug, ClapArgs)]
#[command(after_help = NEW_HELP)]
pub(crate) struct NewArgs {
    /// The folder to make; its last part is the name of the package
    #[arg(value_name = "NAME")]
    pub(crate) folder: PathBuf,

    /// How rules come into the program
    #[arg(short, long, value_enum)]
    pub(crate) template: Template,

    /// A checkout of Portent to build with, instead of the published crates
    #[arg(long, value_name = "DIR")]
    pub(crate) path: Option<PathBuf>,
}

/// A starter project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// A rule file that a build script compiles to Rust.
    BuildScript,
    /// `#[derive(Event)]` on a struct and `#[pattern]` on a function.
    Macro,
    /// A service that compiles its rules to machine code when it starts.
    Service,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// Rule files (`-`: standard input)
    #[arg(required = true)]
    pub(crate) rules: Vec<PathBuf>,

    /// Print diagnostics as JSON lines to standard output
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct FmtArgs {
    /// Rule files (`-`: standard input, to standard output)
    #[arg(required = true)]
    pub(crate) rules: Vec<PathBuf>,

    /// Change nothing: print what would change and exit with 1 if there is anything
    #[arg(long)]
    pub(crate) check: bool,
}

const EXPLAIN_HELP: &str = "\
Stages:
  ast   the syntax tree of the text
  hir   what it means: names and types resolved
  lir   what runs: guards, registers and kernels
  clif  the kernels as given to the code generator
  asm   the machine code for this processor

Examples:
  portent explain fraud.ptn                             a summary of each rule and its cost
  portent explain fraud.ptn --stage lir --rule Spend    one rule at one stage
  portent explain P0202                                 an error or warning of the compiler";

#[derive(Debug, ClapArgs)]
#[command(after_help = EXPLAIN_HELP)]
pub(crate) struct ExplainArgs {
    /// A rule file (`-`: standard input), or the code of an error or a warning
    #[arg(value_name = "RULES|CODE", required_unless_present = "list")]
    pub(crate) target: Option<PathBuf>,

    /// The stage of compilation to show [default: a summary]
    #[arg(long, value_enum, conflicts_with = "list")]
    pub(crate) stage: Option<Stage>,

    /// Only this rule
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    pub(crate) rule: Option<String>,

    /// List all codes
    #[arg(long, conflicts_with = "target")]
    pub(crate) list: bool,
}

/// A stage of compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    Ast,
    Hir,
    Lir,
    Clif,
    Asm,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn clap_finds_no_fault() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_type_is_a_name_before_the_equals_sign() {
        let parse = |text: &str| {
            let input = InputArg::new(text.into());
            (input.ty, input.path.to_str().unwrap().to_owned())
        };
        assert_eq!(parse("a.csv"), (None, "a.csv".into()));
        assert_eq!(parse("Auth=a.csv"), (Some("Auth".into()), "a.csv".into()));
        assert_eq!(parse("Auth=a=b.csv"), (Some("Auth".into()), "a=b.csv".into()));
        assert_eq!(parse("./a=b.csv"), (None, "./a=b.csv".into()));
        assert_eq!(parse("-"), (None, "-".into()));
    }
}
