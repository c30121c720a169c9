//! Makes Rust of the workloads' rules.

use portent_compiler::build::try_rules;
use portent_compiler::emit::EmitOptions;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = EmitOptions { runtime: "::portent_rt::compiled".to_owned(), ..EmitOptions::default() };
    try_rules(Path::new("rules"), &options)?;
    Ok(())
}
