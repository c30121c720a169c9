//! Prints the programs: each case of the corpus that is executed, the rules of the snapshots, and random ones.

use portent_compiler::emit::{EmitOptions, rust};
use portent_fuzz::compiled::Compiled;
use portent_fuzz::printed::Printed;
use portent_fuzz::{case, generate};
use std::path::Path;

/// The seeds of the random programs. `portent-fuzz generated` runs others.
const SEEDS: std::ops::Range<u64> = 0..150;

/// The seeds of those that are tried with their state in arrays.
const FIXED_SEEDS: std::ops::Range<u64> = 1000..1040;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = std::env::var("OUT_DIR")?;
    let snapshots = snapshots(&root.join("../../compiler/tests/emit"))?;
    std::fs::write(Path::new(&out).join("cases.rs"), corpus(&root.join("../cases"), snapshots)?)?;
    std::fs::write(Path::new(&out).join("random.rs"), random())?;
    std::fs::write(Path::new(&out).join("fixed.rs"), fixed(&root.join("../cases"))?)?;
    Ok(())
}

fn corpus(folder: &Path, mut modules: String) -> Outcome<String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut printed = Printed::default();
    for file in case::load(folder)? {
        for case in file.cases.iter().filter(|case| case.events.is_some()) {
            let Some(rules) = Compiled::new(&case.rules.text).rules else { continue };
            let name = format!("case_{}", printed.len());
            let source = format!("{}.md:{}", file.name, case.line);
            modules.extend(printed.module(&name, &source, &rules));
        }
    }
    Ok(printed.whole("cases", &modules))
}

/// The rules whose generated code is reviewed as files: here it is compiled.
fn snapshots(folder: &Path) -> Outcome<String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut modules = String::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "ptn") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let rules = Compiled::new(&std::fs::read_to_string(&path)?)
                .rules
                .ok_or_else(|| format!("{name} compiles"))?;
            let runtime = "::portent_rt::compiled".to_owned();
            let options =
                EmitOptions { runtime, module: Some(name.clone()), source: name, ..EmitOptions::default() };
            modules += &rust(&rules.lir, &options);
        }
    }
    Ok(modules)
}

/// The test knows which seeds there are, and counts those that the front end refuses.
fn random() -> String {
    let (mut printed, mut modules) = (Printed::default(), String::new());
    for seed in SEEDS {
        let Some(rules) = Compiled::new(&generate::rules(seed)).rules else { continue };
        modules.extend(printed.module(&format!("seed_{seed}"), &format!("seed {seed}"), &rules));
    }
    let seeds =
        format!("\n/// The seeds of the programs.\nconst SEEDS: ::core::ops::Range<u64> = {SEEDS:?};\n");
    printed.whole("random", &modules) + &seeds
}

/// Those of the corpus, and of some random programs, that can have their state in arrays.
fn fixed(folder: &Path) -> Outcome<String> {
    let (mut printed, mut modules) = (Printed::fixed(), String::new());
    for file in case::load(folder)? {
        for case in file.cases.iter().filter(|case| case.events.is_some()) {
            let Some(rules) = Compiled::new(&case.rules.text).rules else { continue };
            let name = format!("case_{}", printed.len());
            modules.extend(printed.module(&name, &format!("{}.md:{}", file.name, case.line), &rules));
        }
    }
    for seed in FIXED_SEEDS {
        let Some(rules) = Compiled::new(&generate::rules(seed)).rules else { continue };
        modules.extend(printed.module(&format!("seed_{seed}"), &format!("seed {seed}"), &rules));
    }
    let seeds = format!(
        "\n/// The seeds of the programs.\nconst SEEDS: ::core::ops::Range<u64> = {FIXED_SEEDS:?};\n"
    );
    Ok(printed.whole("fixed", &modules) + &seeds)
}
