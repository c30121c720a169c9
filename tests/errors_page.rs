//! `docs/errors.md` is what the compiler's table of codes says. `PORTENT_BLESS=1 cargo test --test errors_page` rewrites it.
//!
//! That the examples of the page are right and wrong as they say is tested beside the table.

use portent_compiler::diag::errors_page;
use std::path::Path;

#[test]
fn the_page_of_errors_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let expected = errors_page();
    if std::env::var_os("PORTENT_BLESS").is_some() {
        std::fs::write(&path, &expected).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/errors.md differs from the table of codes; write it with PORTENT_BLESS=1 cargo test --test errors_page"
    );
}
