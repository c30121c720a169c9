//! What compiled Portent rules run on: columns of events, time order, partitions, runs, matches.
//!
//! ```text
//!  Chunk (rows as they arrive)            [`batch`]
//!    -> Reorder (event-time order)        `reorder`
//!    -> guards (bitmaps over a Batch)     compiled
//!    -> Selection (rows in time order, partition of each)   `select`, `partition`
//!    -> steps (runs of each partition)    compiled, over [`state`]
//!    -> Matches (columns, in order)       [`output`]
//! ```
//!
//! [`instance`] drives all of it.
//!
//! This crate knows no rule text and no compiler: a program reaches it as a [`schema`] and a set of
//! compiled kernels over the `#[repr(C)]` layouts of [`state`]. It does no IO and starts no thread.
#![no_std]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod aggregate;
pub mod batch;
pub mod bitmap;
pub mod bytes;
pub mod column;
pub mod compiled;
pub mod instance;
pub mod kernels;
pub mod output;
mod partition;
pub mod plan;
mod prefetch;
mod reorder;
pub mod scalar;
pub mod schema;
mod select;
pub mod state;
pub mod string;
pub mod window;

pub use batch::{Batch, Chunk};
pub use column::{Column, Value};
pub use instance::{EngineError, Instance, Options, SourceId};
pub use output::{Matches, OutputSchema};
pub use schema::{EventSchema, FieldSchema, TimeUnit, Type};
