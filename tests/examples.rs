//! Each example writes what its documentation says that it writes: the block ```` ```output ```` at its top.

use std::error::Error;

#[path = "../examples/card_fraud.rs"]
#[allow(dead_code, reason = "an example has a `main`")]
mod card_fraud;
#[cfg(feature = "jit")]
#[path = "../examples/hot_rules.rs"]
#[allow(dead_code, reason = "an example has a `main`")]
mod hot_rules;

/// The block in the documentation of a file.
fn documented(file: &str) -> String {
    let lines = file.lines().map_while(|line| line.strip_prefix("//!"));
    let block =
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).skip_while(|line| *line != "```output");
    block.skip(1).take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect()
}

fn check(run: impl FnOnce(&mut Vec<u8>) -> Result<(), Box<dyn Error>>, file: &str) {
    let mut out = Vec::new();
    run(&mut out).expect("the example runs");
    assert_eq!(String::from_utf8(out).expect("text"), documented(file));
}

#[test]
fn card_fraud_writes_what_it_says() {
    check(card_fraud::run, include_str!("../examples/card_fraud.rs"));
}

#[cfg(feature = "jit")]
#[test]
fn hot_rules_writes_what_it_says() {
    check(hot_rules::run, include_str!("../examples/hot_rules.rs"));
}
