//! For build scripts: rule files to Rust in `OUT_DIR`, which `portent::include_rules!` brings in.
//!
//! ```text
//! // build.rs
//! fn main() {
//!     portent_compiler::build::rules("rules/fraud.ptn");
//! }
//! ```
//!
//! Unlike the rest of the compiler this does IO: it reads the files, writes the modules and talks to Cargo.

use crate::diag::{Diagnostics, did_you_mean, render};
use crate::emit::{self, Capacity, EmitOptions};
use crate::lir::Source;
use std::fmt;
use std::path::{Path, PathBuf};

/// Compiles a rule file, or every `.ptn` file of a folder, each to a module of its name. Cargo runs the build script again
/// when one changes. Warnings are Cargo's warnings; errors are shown as `portent check` shows them and end the build.
///
/// # Panics
/// Never: a failure ends the process, for a build script has nothing else to do with it. [`Build::run`] gives it back.
pub fn rules(path: impl AsRef<Path>) {
    Build::new().rules(path).compile();
}

/// What a build script has compiled, where there is more to say than which file.
///
/// ```no_run
/// portent_compiler::build::Build::new().rules("rules/fraud.ptn").event("Auth", "crate::Auth").compile();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Build {
    paths: Vec<PathBuf>,
    options: EmitOptions,
}

impl Build {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule file, or the `.ptn` files of a folder. Each file becomes a module of its name.
    #[must_use]
    pub fn rules(mut self, path: impl AsRef<Path>) -> Self {
        self.paths.push(path.as_ref().to_owned());
        self
    }

    /// Has an event type be a struct of the program's own: `push_auth` takes a `&crate::Auth` then. `path` is that of the
    /// struct, absolute or as it is seen from within the module.
    ///
    /// The struct has a field for each one that the rules declare, of the same name; it may have more. Its types are those that
    /// rules can read without loss:
    ///
    /// | in the rules | in the struct |
    /// | --- | --- |
    /// | `bool` | `bool` |
    /// | `i64` | an integer of up to 64 bits, but not `u64` |
    /// | `f64` | `f32`, `f64` |
    /// | `str` | `Symbol`, `String`, `&str` |
    /// | `timestamp(ms)` | `i64` in this unit (in nanoseconds where there is none), `SystemTime` |
    /// | `duration` | `i64` in nanoseconds, `Duration` |
    /// | a type with `?` | an `Option` of one |
    ///
    /// Where a field is missing or of another type, rustc says so when it compiles the module. The rules themselves stay as they
    /// are: what an event is in Rust is nothing to `portent check` and `portent run`.
    #[must_use]
    pub fn event(mut self, event: &str, path: &str) -> Self {
        self.options.structs.push((event.to_owned(), path.to_owned()));
        self
    }

    /// Where the generated code finds the runtime, if not at `::portent::compiled`.
    #[must_use]
    pub fn runtime(mut self, path: &str) -> Self {
        path.clone_into(&mut self.options.runtime);
        self
    }

    /// Has all state in arrays, as long as the limits that the rules state; what the rules do not limit has a `capacity`. Nothing
    /// is allocated then: the crate may do without an allocator, and depend on `portent-rt` with `default-features = false`
    /// in place of `portent`.
    ///
    /// Rules that need memory which grows are refused, with what to do about it.
    #[must_use]
    pub fn fixed(mut self, capacity: Capacity) -> Self {
        self.options.fixed = Some(capacity);
        self.runtime("::portent_rt::compiled")
    }

    /// Compiles all of it, or shows what is wrong and ends the build.
    pub fn compile(self) {
        if let Err(error) = self.run() {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }

    /// Compiles all of it, and gives the files that were written.
    ///
    /// # Errors
    /// If a file cannot be read or written, its rules are not right, or an event that was mapped is none of theirs.
    pub fn run(self) -> Result<Vec<PathBuf>, BuildError> {
        let folder = std::env::var_os("OUT_DIR")
            .ok_or_else(|| BuildError("OUT_DIR is not set: this is for build scripts".into()))?;
        check_paths(&self.options)?;
        let mut declared = Vec::new();
        let mut written = Vec::new();
        for path in &self.paths {
            println!("cargo::rerun-if-changed={}", path.display());
            let files = if path.is_dir() { rule_files(path)? } else { vec![path.clone()] };
            for file in files {
                written.push(compile(&file, Path::new(&folder), &self.options, &mut declared)?);
            }
        }
        check_events(&self.options, &declared)?;
        Ok(written)
    }
}

/// As [`rules`], with a say in how they are printed (the module and the source are named after the file all the same). Gives
/// the files that were written.
///
/// # Errors
/// As [`Build::run`].
pub fn try_rules(path: &Path, options: &EmitOptions) -> Result<Vec<PathBuf>, BuildError> {
    Build { paths: vec![path.to_owned()], options: options.clone() }.run()
}

/// Whether each mapped event is mapped once, and to what can be a struct.
fn check_paths(options: &EmitOptions) -> Result<(), BuildError> {
    for (index, (event, path)) in options.structs.iter().enumerate() {
        if options.structs[..index].iter().any(|(other, _)| other == event) {
            return Err(BuildError(format!("event `{event}` is mapped twice")));
        }
        if syn::parse_str::<syn::TypePath>(path).is_err() {
            let message = format!(
                "event `{event}` is mapped to `{path}`, which is not the path of a struct, such as `crate::{event}`"
            );
            return Err(BuildError(message));
        }
    }
    Ok(())
}

/// Whether each mapped event is declared in one of the files.
fn check_events(options: &EmitOptions, declared: &[String]) -> Result<(), BuildError> {
    let missing = options.structs.iter().map(|(event, _)| event).find(|event| !declared.contains(event));
    let Some(event) = missing else { return Ok(()) };
    let meant = did_you_mean(event, declared.iter().map(String::as_str));
    let help = meant.map_or_else(String::new, |name| format!(": did you mean `{name}`?"));
    Err(BuildError(format!("the rules declare no event `{event}`{help}")))
}

/// Why there is no code: text to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError(String);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> BuildError {
    move |error| BuildError(format!("{}: {error}", path.display()))
}

/// The rule files of a folder, by name.
fn rule_files(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "ptn") {
            println!("cargo::rerun-if-changed={}", path.display());
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn compile(
    path: &Path,
    folder: &Path,
    options: &EmitOptions,
    declared: &mut Vec<String>,
) -> Result<PathBuf, BuildError> {
    let source = std::fs::read_to_string(path).map_err(failed(path))?;
    let shown = path.display().to_string();
    let text = text(&source, &shown, &module_name(path), options, declared)?;
    let out = folder.join(module_name(path)).with_extension("rs");
    // A file that stays as it is keeps its date, so that nothing is compiled again.
    if std::fs::read_to_string(&out).ok().as_ref() != Some(&text) {
        std::fs::write(&out, text).map_err(failed(&out))?;
    }
    Ok(out)
}

/// The Rust of rule text: a module `module`. Warnings go to Cargo; the declared event types are noted.
fn text(
    source: &str,
    shown: &str,
    module: &str,
    options: &EmitOptions,
    declared: &mut Vec<String>,
) -> Result<String, BuildError> {
    let mut diagnostics = Diagnostics::new();
    let rules = crate::compile(source, &mut diagnostics);
    let rendered = render(&diagnostics, shown, source, false);
    let Some(rules) = rules else { return Err(BuildError(rendered)) };
    rendered.lines().for_each(|line| println!("cargo::warning={line}"));
    let inputs = rules.lir.types.iter().filter(|ty| matches!(ty.source, Source::Input { .. }));
    declared.extend(inputs.map(|ty| ty.name.clone()));
    let options =
        EmitOptions { module: Some(module.to_owned()), source: shown.to_owned(), ..options.clone() };
    let obstacles = options.fixed.map_or_else(Vec::new, |_| emit::obstacles(&rules.lir));
    if !obstacles.is_empty() {
        let lines = obstacles.iter().map(|obstacle| format!("{shown}: {obstacle}\n"));
        return Err(BuildError(lines.collect()));
    }
    Ok(emit::rust(&rules.lir, &options))
}

/// The file's name as the name of a module: what cannot be in one is `_`.
fn module_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_become_modules() {
        assert_eq!(module_name(Path::new("rules/card-fraud.ptn")), "card_fraud");
        assert_eq!(module_name(Path::new("2024.ptn")), "_2024");
        let source = "event A { v: i64 } query Q from A emit { v }";
        let text = text(source, "rules/a.ptn", "a", &EmitOptions::default(), &mut Vec::new()).unwrap();
        assert!(
            text.starts_with("// Generated by portent from rules/a.ptn.") && text.contains("pub mod a {"),
            "{text}"
        );
    }

    #[test]
    fn rules_that_need_memory_are_refused_where_there_is_none() {
        let options = EmitOptions { fixed: Some(Capacity::default()), ..EmitOptions::default() };
        let compiled = |rule: &str| {
            let source = format!("event A {{ k: i64, s: str, at: timestamp }} time at {rule}");
            text(&source, "a.ptn", "a", &options, &mut Vec::new()).map_err(|error| error.to_string())
        };
        let sized = compiled(
            "pattern P partition by k match a: A -> b: A[s == a.s] within 1s limit runs 4, partitions 8 emit { s: a.s }",
        );
        let sized = sized.unwrap();
        assert!(sized.contains("Runs<PRun, 32>") && sized.contains("Partitions<i64, (), 8>"), "{sized}");
        let refused = [
            ("pattern P match a: A -> b: A emit { k: a.k }", "65536 runs"),
            ("pattern P partition by k match a: A -> b: A limit runs 4 emit { k: a.k }", "16777216 runs"),
            ("pattern P match a: A -> b: A limit runs 4 emit { s: upper(a.s) }", "a text is made"),
            (
                "pattern P match a: A -> b: A limit runs 4 emit { s: if a.k > 1 then a.s else b.s }",
                "a text is made",
            ),
            (
                "pattern P match a: A[s matches \"^x\"] -> b: A limit runs 4 emit { k: a.k }",
                "regular expression",
            ),
            (
                "pattern P match a: A+ -> b: A limit runs 4 emit { all: collect(a.k) }",
                "every event of a repetition",
            ),
            ("query Q from A emit { k } pattern P match q: Q[k > 1] emit { k: q.k }", "another rule reads"),
        ];
        for (rule, why) in refused {
            let error = compiled(rule).unwrap_err();
            assert!(error.contains(why) && error.contains("= help: "), "{rule}: {error}");
        }
    }

    #[test]
    fn mistakes_are_shown_where_they_are() {
        let source = "event A { v: i64 }\nquery Q from A emit { w }";
        let error = text(source, "a.ptn", "a", &EmitOptions::default(), &mut Vec::new());
        let shown = error.unwrap_err().to_string();
        assert!(shown.contains("a.ptn:2:") && shown.contains('w'), "{shown}");
    }

    #[test]
    fn events_are_mapped_once_to_structs_and_declared() {
        let mapped = |structs: &[(&str, &str)]| EmitOptions {
            structs: structs.iter().map(|(event, path)| ((*event).to_owned(), (*path).to_owned())).collect(),
            ..EmitOptions::default()
        };
        let said = |result: Result<(), BuildError>| result.unwrap_err().to_string();
        assert_eq!(
            said(check_paths(&mapped(&[("A", "crate::A"), ("A", "crate::B")]))),
            "event `A` is mapped twice"
        );
        assert!(said(check_paths(&mapped(&[("A", "crate A")]))).contains("not the path of a struct"));
        let declared = ["Auth".to_owned()];
        let typo = said(check_events(&mapped(&[("Auht", "crate::Auth")]), &declared));
        assert_eq!(typo, "the rules declare no event `Auht`: did you mean `Auth`?");
        assert_eq!(check_events(&mapped(&[("Auth", "crate::Auth")]), &declared), Ok(()));
    }

    #[test]
    fn a_mapped_event_is_taken_as_the_struct_that_it_is_mapped_to() {
        let source = "/// A card.\nevent A { v: i64?, at: timestamp(ms) } time at query Q from A emit { v }";
        let structs = vec![("A".to_owned(), "crate::Own<'_>".to_owned())];
        let options = EmitOptions { structs, ..EmitOptions::default() };
        let text = text(source, "a.ptn", "a", &options, &mut Vec::new()).unwrap();
        for part in [
            "impl From<&crate::Own<'_>> for A",
            "kind::Nullable<::portent::compiled::kind::I64>",
            "(&event.at, 1000000)",
            "event: &crate::Own<'_>",
            "events: &[crate::Own<'_>]",
            "/// A card.",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
