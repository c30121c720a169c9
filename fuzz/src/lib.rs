//! What rules mean, checked: cases that people wrote, and programs that nobody would.
//!
//! ```text
//!  tests/cases/*.md --case--> rules, inputs, expected matches --+
//!                                                               +--> each [`engine`] --> the same [`outcome`]
//!  seed --generate--> rules, inputs ----------------------------+
//!                                                               |
//!                            a difference --shrink--> a small case in the format of the corpus
//! ```
//!
//! The oracle is the definition; every other engine is compared with it, with the input cut into calls in different ways.
//! The tests of the workspace and the `portent-fuzz` command are thin shells over this library. It knows nothing of how an
//! engine works.

pub mod batch;
pub mod case;
pub mod compiled;
pub mod differential;
pub mod engine;
pub mod frontend;
pub mod generate;
pub mod outcome;
pub mod printed;
pub mod shrink;
pub mod text;
