//! Generated Rust as files to look at: each `tests/emit/NAME.ptn` has its `NAME.rs` beside it, and `docs/generated.md` shows one.
//!
//! `PORTENT_BLESS=1 cargo test -p portent-compiler --test emit` rewrites them.

use portent_compiler::diag::{Diagnostics, render};
use portent_compiler::emit::{EmitOptions, rust};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emit")
}

fn generated(path: &Path) -> String {
    let source = std::fs::read_to_string(path).expect("a rule file");
    let name = path.file_name().expect("a file").to_string_lossy();
    let mut diagnostics = Diagnostics::new();
    let rules = portent_compiler::compile(&source, &mut diagnostics);
    let rules = rules.unwrap_or_else(|| panic!("{}", render(&diagnostics, &name, &source, false)));
    let options = EmitOptions { source: name.into_owned(), ..EmitOptions::default() };
    let text = rust(&rules.lir, &options);
    assert_eq!(text, rust(&rules.lir, &options), "what is printed is the same each time");
    text
}

/// Compares a file with what it is to be, or writes it.
fn check(path: &Path, wanted: &str, differ: &mut Vec<String>) {
    if std::env::var_os("PORTENT_BLESS").is_some() {
        std::fs::write(path, wanted).expect("the file can be written");
    } else if std::fs::read_to_string(path).ok().as_deref() != Some(wanted) {
        differ.push(path.display().to_string());
    }
}

#[test]
fn generated_rust_is_what_was_reviewed() {
    let mut differ = Vec::new();
    let files = std::fs::read_dir(folder()).expect("the folder").map(|entry| entry.expect("an entry").path());
    let mut rules: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|it| it == "ptn")).collect();
    rules.sort();
    for path in rules {
        let text = generated(&path);
        assert!(!text.contains("unsafe"), "{}: generated Rust is safe", path.display());
        check(&path.with_extension("rs"), &text, &mut differ);
    }
    assert!(differ.is_empty(), "changed; look at the difference that PORTENT_BLESS=1 makes: {differ:#?}");
}

#[test]
fn the_documentation_shows_what_is_generated() {
    let path = folder().join("card_testing.ptn");
    let source = std::fs::read_to_string(&path).expect("a rule file");
    let text = format!("{INTRODUCTION}\n```ptn\n{source}```\n\n{USE}\n```rust\n{}```\n", generated(&path));
    let mut differ = Vec::new();
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/generated.md"), &text, &mut differ);
    assert!(differ.is_empty(), "PORTENT_BLESS=1 rewrites {differ:?}");
}

const INTRODUCTION: &str = "\
# What Portent generates

A rule file becomes a module of safe Rust: a struct for each event type, one for what each rule emits, and `Rules`, which
takes events and gives matches. This is the whole module for one rule, as it is written to `OUT_DIR`.
";

const USE: &str = "\
In `build.rs`, `portent_compiler::build::rules(\"rules/fraud.ptn\")`; then, in the crate:

```rust,ignore
portent::include_rules!(\"fraud\");

let mut rules = fraud::Rules::new(Default::default());
let mut matches = Vec::new();
rules.push_auth(fraud::Auth { card: \"4711\".into(), amount: 1.0, country: \"DE\".into(), approved: true, at }, &mut matches)?;
rules.finish(&mut matches)?;
```

A `Vec` is a sink for matches; so is a closure, `&mut |found: fraud::Match| …`. Text is a `Symbol`: up to 22 bytes lie in it, longer
text is shared, and keeping one in a run never allocates. `push_auth_columns` takes texts as `&str`: rules look at them where they lie, and a
symbol is made of one that a rule keeps or emits. Times and durations are nanoseconds.
";
