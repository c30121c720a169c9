//! What rustc says to mistakes in `#[derive(Event)]` and `#[pattern]`: each file of `ui/` with the text beside it.
//!
//! `TRYBUILD=overwrite cargo test -p portent-macros --test ui` writes the texts anew; read the difference.

#[test]
fn mistakes_are_explained_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/event/*.rs");
    cases.compile_fail("tests/ui/pattern/*.rs");
    cases.compile_fail("tests/ui/warning/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
