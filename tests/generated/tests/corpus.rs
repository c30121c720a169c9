//! Every case of the corpus through generated Rust, as events and as columns, also with redundant watermarks.

use portent_fuzz::case;
use portent_fuzz::compiled::Compiled;
use portent_fuzz::engine::{Cut, Engine, with_redundant_watermarks};
use portent_generated::CORPUS;
use std::path::Path;

#[test]
fn every_case_agrees() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    let (mut agree, mut differ) = (0, Vec::new());
    for file in case::load(&folder).expect("the corpus can be read") {
        for case in file.cases.iter().filter(|case| case.events.is_some()) {
            match run(case) {
                Ok(()) => agree += 1,
                Err(error) => differ.push(format!("{}.md:{} {}: {error}", file.name, case.line, case.title)),
            }
        }
    }
    assert!(differ.is_empty(), "{agree} agree, {} differ:\n{}", differ.len(), differ.join("\n"));
}

fn run(case: &case::Case) -> Result<(), String> {
    let compiled = Compiled::new(&case.rules.text);
    let (Some(rules), Some(schema)) = (&compiled.rules, compiled.schema()) else {
        return Err("the rules do not compile".to_owned());
    };
    let inputs = case::inputs(case, &schema)?;
    for inputs in [with_redundant_watermarks(rules, &inputs), inputs] {
        for cut in Cut::FIXED {
            let outcome = CORPUS.run(rules, &inputs, cut)?;
            case::check_outcome(case, &outcome, &schema).map_err(|error| format!("{cut:?}: {error}"))?;
        }
    }
    Ok(())
}
