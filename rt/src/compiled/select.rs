//! Which rows of a block of columns count: those that rules look at, and those that a query without groups folds at once.
//!
//! ```text
//!  columns --> [`Block::lt`] … --> [`Rows`]: a bit for each --> [`Sieve`]: rules look at them
//!                                                          \--> [`Summary::take`] …: a window folds them
//! ```
//!
//! [`Summary::take`]: super::window::Summary::take

mod rows;
mod sieve;

pub use rows::{Block, Compared, Rows};
pub use sieve::{Sieve, all};
