//! The driver of `portent-rt` under hand-written kernels: what it selects, orders, counts and drops, without a compiler.
//!
//! What kernels of real rules do is tested where they are made; here they are as simple as can be.

mod allocation;
mod kernels;
mod limits;
mod metamorphic;
mod model;
mod program;
mod sources;
mod speed;
mod workers;
