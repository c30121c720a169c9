//! Readers and writers through their public face.

mod common;
mod csv;
mod json;
mod resume;
mod write;
