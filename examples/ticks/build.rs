//! Compiles `rules/book.ptn` to Rust that takes the program's own `Order`.

fn main() {
    portent_compiler::build::Build::new().rules("rules/book.ptn").event("Order", "crate::Order").compile();
}
