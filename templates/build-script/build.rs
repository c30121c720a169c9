//! Compiles `rules/alerts.ptn` to Rust; mistakes in it are shown here, as errors of the build.

fn main() {
    portent_compiler::build::rules("rules/alerts.ptn");
}
