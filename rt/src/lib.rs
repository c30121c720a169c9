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
//! Programs use it through the crate `portent`, or, where there is no standard library, through what
//! `portent_compiler::build` generates, which is written in [`compiled`] alone.
//!
//! This crate knows no rule text and no compiler: a program reaches it as a [`schema`] and a set of
//! compiled kernels over the `#[repr(C)]` layouts of [`state`]. It does no IO; only [`workers`] start threads.
//!
//! | feature | |
//! | --- | --- |
//! | `std` (default) | threads and clocks |
//! | `alloc` (with `std`) | all of the above; without it there is [`compiled`] alone, and of that what needs no allocator: [`compiled::fixed`] |
//! | `regex` | regular expressions in generated Rust |
#![no_std]
#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod aggregate;
pub mod compiled;
pub mod scalar;

mod bound;
mod counters;
mod idle;
mod room;

#[cfg(feature = "alloc")]
pub mod batch;
#[cfg(feature = "alloc")]
pub mod bitmap;
#[cfg(feature = "alloc")]
pub mod bytes;
#[cfg(feature = "alloc")]
pub mod column;
#[cfg(feature = "alloc")]
pub mod instance;
#[cfg(feature = "alloc")]
pub mod kernels;
#[cfg(feature = "alloc")]
pub mod output;
#[cfg(feature = "alloc")]
mod partition;
#[cfg(feature = "alloc")]
pub mod plan;
#[cfg(feature = "alloc")]
mod prefetch;
#[cfg(feature = "alloc")]
mod ranges;
#[cfg(feature = "alloc")]
mod reorder;
#[cfg(feature = "alloc")]
pub mod schema;
#[cfg(feature = "alloc")]
mod select;
#[cfg(feature = "alloc")]
pub mod shard;
#[cfg(feature = "alloc")]
pub mod snapshot;
#[cfg(feature = "alloc")]
pub mod state;
#[cfg(feature = "alloc")]
pub mod string;
#[cfg(feature = "alloc")]
pub mod window;
#[cfg(feature = "std")]
pub mod workers;

#[cfg(feature = "alloc")]
pub use {
    batch::{Batch, Chunk},
    column::{Column, Value},
    instance::{EngineError, Instance, Options, SourceId},
    output::{Matches, OutputSchema},
    schema::{EventSchema, FieldSchema, TimeUnit, Type},
};
