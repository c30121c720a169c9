//! Makes a module of each case of the corpus that is executed.

use portent_compiler::emit::{EmitOptions, rust};
use portent_fuzz::case;
use portent_fuzz::compiled::Compiled;
use std::fmt::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = root.join("../cases");
    println!("cargo::rerun-if-changed={}", cases.display());
    let (mut modules, mut table) = (String::new(), String::new());
    let mut known = Vec::new();
    for file in case::load(&cases)? {
        for case in file.cases.iter().filter(|case| case.events.is_some()) {
            let Some(rules) = Compiled::new(&case.rules.text).rules else { continue };
            let key = portent_rt::scalar::hash::bytes(format!("{:?}", rules.lir).as_bytes());
            if known.contains(&key) {
                continue;
            }
            let module = format!("case_{}", known.len());
            let options = EmitOptions {
                runtime: "::portent_rt::compiled".to_owned(),
                module: Some(module.clone()),
                source: format!("{}.md:{}", file.name, case.line),
                dynamic: true,
            };
            modules += &rust(&rules.lir, &options);
            writeln!(table, "    ({key}, crate::run::<{module}::Rules>),")?;
            known.push(key);
        }
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
