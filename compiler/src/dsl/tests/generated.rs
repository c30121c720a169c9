//! The round trip of random trees: printing loses nothing, and what is printed is canonical.

use super::trees::file;
use super::{parsed, shape};
use crate::dsl::print;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_survive_printing((printed, shape_before) in file().prop_map(|file| (print(&file), shape(&file)))) {
        let read = parsed(&printed);
        prop_assert_eq!(shape(&read), shape_before, "{}", printed);
        prop_assert_eq!(print(&read), printed);
    }
}
