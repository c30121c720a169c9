//! The corpus: every case of `tests/cases` through every engine.
//!
//! | trial | what has to hold |
//! | --- | --- |
//! | `topic::title::errors` | the diagnostics are those listed; of cases that are to compile, there is no error |
//! | `topic::title::ENGINE` | matches and counters are those listed |
//! | `topic::title::ENGINE cut` | they stay the same however the input is cut into calls, and with redundant watermarks |
//! | `topic::title::printed` | the rules mean the same when printed by `portent fmt` |
//!
//! `PORTENT_BLESS=1 cargo test --test cases` rewrites what the cases expect by what the oracle gives.

use libtest_mimic::{Arguments, Failed, Trial};
use portent_compiler::dsl;
use portent_fuzz::case::{self, Case, CaseFile};
use portent_fuzz::compiled::Compiled;
use portent_fuzz::engine::{self, Cut, Engine, Oracle, with_redundant_watermarks};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files = case::load(&folder)?;
    if std::env::var_os("PORTENT_BLESS").is_some() {
        for file in &files {
            let text = case::bless(file).map_err(|error| format!("{}: {error}", file.name))?;
            let path = folder.join(&file.name).with_extension("md");
            std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        files = case::load(&folder)?;
    }
    Ok(files.iter().flat_map(of_file).collect())
}

fn of_file(file: &CaseFile) -> Vec<Trial> {
    file.cases.iter().flat_map(|case| of_case(&file.name.replace('/', "::"), case)).collect()
}

fn of_case(topic: &str, case: &Case) -> Vec<Trial> {
    let case = Arc::new(case.clone());
    let trial = |what: String, run: fn(&Case, &'static dyn Engine) -> Result<(), String>, engine| {
        let (name, case) = (format!("{topic}::{}::{what}", case.title), case.clone());
        Trial::test(name, move || {
            run(&case, engine).map_err(|error| Failed::from(format!("line {}: {error}", case.line)))
        })
    };
    let mut trials = vec![trial("errors".into(), errors, &Oracle)];
    if case.events.is_some() {
        for engine in engine::all() {
            trials.push(trial(engine.name().into(), outcome, engine));
            trials.push(trial(format!("{} cut", engine.name()), cut, engine));
        }
        trials.push(trial("printed".into(), printed, &Oracle));
    }
    trials
}

fn errors(case: &Case, _: &'static dyn Engine) -> Result<(), String> {
    case::check_errors(case, &Compiled::new(&case.rules.text))
}

fn outcome(case: &Case, engine: &'static dyn Engine) -> Result<(), String> {
    run(case, &Compiled::new(&case.rules.text), engine, Cut::Whole, false)
}

fn cut(case: &Case, engine: &'static dyn Engine) -> Result<(), String> {
    let compiled = Compiled::new(&case.rules.text);
    for cut in Cut::FIXED {
        for watermarks in [false, true] {
            run(case, &compiled, engine, cut, watermarks)
                .map_err(|error| format!("{cut:?}, redundant watermarks: {watermarks}: {error}"))?;
        }
    }
    Ok(())
}

fn printed(case: &Case, engine: &'static dyn Engine) -> Result<(), String> {
    let rules = Compiled::new(&case.rules.text).rules.ok_or("the rules do not compile")?;
    let text = dsl::print(&rules.ast);
    let again = Compiled::new(&text);
    let reprinted = again.rules.as_ref().map(|rules| dsl::print(&rules.ast));
    if reprinted.as_ref() != Some(&text) {
        return Err(format!("printing again changes the text:\n{text}\n{:?}", again.error_lines()));
    }
    run(case, &again, engine, Cut::Whole, false)
}

fn run(
    case: &Case,
    compiled: &Compiled,
    engine: &'static dyn Engine,
    cut: Cut,
    watermarks: bool,
) -> Result<(), String> {
    let (Some(rules), Some(schema)) = (&compiled.rules, compiled.schema()) else {
        return Err(format!("the rules do not compile:\n{}", compiled.error_lines().join("\n")));
    };
    let mut inputs = case::inputs(case, &schema)?;
    if watermarks {
        inputs = with_redundant_watermarks(rules, &inputs);
    }
    case::check_outcome(case, &engine.run(rules, &inputs, cut)?, &schema)
}
