//! Makes a module of each case of the corpus that is executed, and of some random programs: `PORTENT_GENERATED_PROGRAMS` sets how many.

use portent_compiler::emit::{EmitOptions, rust};
use portent_fuzz::case;
use portent_fuzz::compiled::Compiled;
use std::fmt::Write;
use std::path::Path;

/// How many random programs, if the environment does not say.
const PROGRAMS: u64 = 40;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = root.join("../cases");
    println!("cargo::rerun-if-changed={}", cases.display());
    println!("cargo::rerun-if-env-changed=PORTENT_GENERATED_PROGRAMS");
    let wanted = std::env::var("PORTENT_GENERATED_PROGRAMS").ok().and_then(|text| text.parse().ok());
    let programs: u64 = wanted.unwrap_or(PROGRAMS);
    println!("cargo::rustc-env=PORTENT_GENERATED_PROGRAMS={programs}");
    let mut sources: Vec<(String, String)> = Vec::new();
    for file in case::load(&cases)? {
        let cases = file.cases.iter().filter(|case| case.events.is_some());
        sources.extend(cases.map(|case| (format!("{}.md:{}", file.name, case.line), case.rules.text.clone())));
    }
    sources.extend((0..programs).map(|seed| (format!("seed {seed}"), portent_fuzz::generate::rules(seed))));
    let (mut modules, mut table) = (String::new(), String::new());
    let mut known = Vec::new();
    for (source, text) in sources {
        let Some(rules) = Compiled::new(&text).rules else { continue };
        let key = portent_rt::scalar::hash::bytes(format!("{:?}", rules.lir).as_bytes());
        if known.contains(&key) {
            continue;
        }
        let module = format!("case_{}", known.len());
        let runtime = "::portent_rt::compiled".to_owned();
        let options = EmitOptions { runtime, module: Some(module.clone()), source, dynamic: true };
        modules += &rust(&rules.lir, &options);
        writeln!(table, "    ({key}, crate::run::<{module}::Rules>),")?;
        known.push(key);
    }
    modules += &snapshots(&root.join("../../compiler/tests/emit"))?;
    let text = format!(
        "{modules}\n/// Every program, by a hash of its LIR.\npub(crate) static PROGRAMS: &[(i64, crate::Run)] = &[\n{table}];\n"
    );
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("cases.rs"), text)?;
    Ok(())
}

/// The rules whose generated code is reviewed as files: here it is compiled.
fn snapshots(folder: &Path) -> Result<String, Box<dyn std::error::Error>> {
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
            let options = EmitOptions { runtime, module: Some(name.clone()), source: name, dynamic: false };
            modules += &rust(&rules.lir, &options);
        }
    }
    Ok(modules)
}
