//! scratch
use portent_compiler::{diag::Diagnostics};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let source = std::fs::read_to_string(&args[1]).unwrap();
    let rules = portent_compiler::compile(&source, &mut Diagnostics::default()).unwrap();
    if args.len() > 2 { println!("{}", rules.lir); }
    println!("{}", portent_compiler::emit::rust(&rules.lir, &Default::default()));
}
