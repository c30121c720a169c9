//! The third engine: every case of the corpus as Rust that the build script has generated, in one crate without `unsafe`.

#![forbid(unsafe_code)]

use portent_fuzz::engine::Generated;

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// Generated Rust, for the programs of the corpus.
pub static CORPUS: Generated = Generated { name: "rust", programs: cases::PROGRAMS };
