//! Compiles the rules with all state in arrays.

use portent_compiler::build::Build;
use portent_compiler::emit::Capacity;

fn main() {
    Build::new().rules("rules/pump.ptn").fixed(Capacity { disorder: 16, deadlines: 16 }).compile();
}
