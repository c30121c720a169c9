//! Makes Rust of the workloads' rules.

#[path = "src/many/spec.rs"]
mod spec;

use portent_compiler::build::try_rules;
use portent_compiler::emit::EmitOptions;
use std::fmt::Write as _;
use std::path::Path;

/// How many rules the workloads with many have, and whether Rust is generated of them.
const MANY: [(u64, bool); 4] = [(1, true), (10, true), (100, true), (1_000, true)];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/many/spec.rs");
    let options = EmitOptions { runtime: "::portent_rt::compiled".to_owned(), ..EmitOptions::default() };
    try_rules(Path::new("rules"), &options)?;
    let out = std::env::var("OUT_DIR")?;
    let rules = Path::new(&out).join("rules");
    std::fs::create_dir_all(&rules)?;
    for (count, generated) in MANY {
        let file = rules.join(format!("many_{count}.ptn"));
        let text = text(count);
        // A file that stays as it is keeps its date, so that nothing is compiled again.
        if std::fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            std::fs::write(&file, text)?;
        }
        if generated {
            try_rules(&file, &options)?;
            let value = value_of(count);
            std::fs::write(Path::new(&out).join(format!("many_{count}_value.rs")), value)?;
        }
    }
    Ok(())
}

/// A rule file with so many rules.
fn text(count: u64) -> String {
    let mut text = String::from(
        "/// What all rules read.\nevent E {\n    key: i64,\n    number: i64,\n    value: f64,\n    at: timestamp,\n} time at\n",
    );
    for (rule, guard) in spec::guards(count).into_iter().enumerate() {
        let guard = match guard {
            spec::Guard::Key(key) => format!("key == {key} and value < 50.0"),
            spec::Guard::Numbers(from) => format!("number >= {from} and number < {}", from + spec::NUMBERS),
        };
        text += &format!("\nquery R{rule}\n    from E[{guard}]\n    emit {{ key, number, value }}\n");
    }
    text
}

/// The function that gives the value of a match, whichever rule it is of.
fn value_of(count: u64) -> String {
    let mut code = String::from("fn value_of(matched: &Match) -> f64 {\n    match matched {\n");
    for rule in 0..count {
        let _ = writeln!(code, "        Match::R{rule}(found) => found.value,");
    }
    code + "    }\n}\n"
}
