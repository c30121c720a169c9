//! Every diagnostic has a case: what `tests/cases/errors` lists, and is checked to report by `tests/cases.rs`, holds each
//! code of the compiler's table. What would make too long a case is here.

use portent_compiler::diag::{Code, Severity};
use portent_compiler::dsl::SOURCE_BYTES_MAX;
use portent_fuzz::case;
use portent_fuzz::compiled::Compiled;
use std::collections::BTreeSet;
use std::path::Path;

/// Codes of texts that are too long for a case; each is tested below.
const TOO_LONG_FOR_A_CASE: [Code; 1] = [Code::SourceTooLong];

#[test]
fn every_code_has_a_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/errors");
    let files = case::load(&folder).expect("the cases can be read");
    let blocks = files.iter().flat_map(|file| &file.cases).filter_map(|case| case.errors.as_ref());
    let listed: BTreeSet<&str> = blocks
        .flat_map(|block| block.text.lines())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let without: Vec<&Code> = Code::all()
        .iter()
        .filter(|code| !listed.contains(code.as_str()) && !TOO_LONG_FOR_A_CASE.contains(code))
        .collect();
    assert!(without.is_empty(), "codes without a case in tests/cases/errors: {without:?}");
}

#[test]
fn a_text_that_is_too_long_is_refused_whole() {
    let compiled = Compiled::new(&"\n".repeat(SOURCE_BYTES_MAX + 1));
    assert!(compiled.rules.is_none());
    let found: Vec<(Code, Severity)> =
        compiled.diagnostics.iter().map(|diagnostic| (diagnostic.code, diagnostic.severity())).collect();
    assert_eq!(found, [(Code::SourceTooLong, Severity::Error)]);
}

#[test]
fn a_text_of_the_greatest_length_is_read() {
    assert_eq!(Compiled::new(&"\n".repeat(SOURCE_BYTES_MAX)).diagnostic_lines(), [""; 0]);
}
