//! A compiled program as the runtime sees it: which rows go to which kernel, and how state and matches are laid out.
//!
//! The compiler makes a [`Plan`]; [`crate::instance::Instance`] executes it. Event types are numbered as in the program:
//! the inputs first, then one for each rule.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;

use crate::output::OutputSchema;
use crate::schema::{EventSchema, Type};
use crate::state::KernelFn;

/// A compiled program.
pub struct Plan {
    /// The event types that come from outside, in order.
    pub inputs: Vec<InputPlan>,
    /// What each rule emits, in evaluation order; rule `i` makes events of type `inputs.len() + i`.
    pub outputs: Vec<OutputSchema>,
    /// The guards.
    pub guards: Vec<GuardPlan>,
    /// The rules, in evaluation order.
    pub rules: Vec<RulePlan>,
    /// What keeps the kernels' code alive.
    pub code: Box<dyn Any + Send + Sync>,
}

impl core::fmt::Debug for Plan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Plan")
            .field("inputs", &self.inputs)
            .field("rules", &self.rules.len())
            .finish_non_exhaustive()
    }
}

/// A plan that many instances share.
pub type SharedPlan = Arc<Plan>;

/// An event type that comes from outside.
#[derive(Clone, Debug)]
pub struct InputPlan {
    /// Its shape.
    pub schema: EventSchema,
    /// In nanoseconds.
    pub lateness: i64,
    /// Computes the time of each row; none: the time of arrival.
    pub time: Option<KernelFn>,
}

/// A guard.
#[derive(Clone, Copy, Debug)]
pub struct GuardPlan {
    /// The event type of its rows.
    pub ty: u32,
    /// Fills the bitmap over the batch of the type: bits past the rows are zero.
    pub kernel: KernelFn,
}

/// A rule.
#[derive(Clone, Debug)]
pub struct RulePlan {
    /// The event types that it reads.
    pub inputs: Vec<RuleInput>,
    /// The components of its partition key; none: one partition.
    pub keys: Vec<KeyPlan>,
    /// Over rows.
    pub step: KernelFn,
    /// Over deadlines.
    pub timer: Option<KernelFn>,
    /// Over partitions.
    pub sweep: Option<KernelFn>,
    /// Fields of its event type: column numbers of its output.
    pub event_columns: Vec<usize>,
    /// Bytes of a run, of a slot and of a match.
    pub run_bytes: usize,
    /// Whole, with the header.
    pub slot_bytes: usize,
    /// Whole, with the header.
    pub match_bytes: usize,
    /// Where a match has its values: for each output column.
    pub match_fields: Vec<MatchField>,
    /// `limit runs`.
    pub runs_max: u32,
    /// `limit repetition`.
    pub list_max: u32,
    /// `limit partitions`.
    pub partitions_max: u32,
    /// Whether `limit partitions` stops the program (otherwise the new partition's rows are dropped and counted).
    pub partitions_fail: bool,
}

/// An event type that a rule reads.
#[derive(Clone, Debug)]
pub struct RuleInput {
    /// The type.
    pub ty: u32,
    /// Which rows the step kernel sees; none: all.
    pub wants: Option<Vec<u32>>,
    /// Which rows open a partition; none: all. An empty list: no row does.
    pub opens: Option<Vec<u32>>,
}

/// A component of a partition key.
#[derive(Clone, Debug)]
pub struct KeyPlan {
    /// The kind of value.
    pub ty: Type,
    /// Its field in each of the rule's inputs.
    pub fields: Vec<usize>,
}

/// Where a match has a value.
#[derive(Clone, Copy, Debug)]
pub struct MatchField {
    /// Bytes from the start of the match to the value: 8 bytes (a bool is 0 or 1), 16 of text (a `RawStr` with a
    /// pointer), or 16 of a list register whose nodes belong to the match.
    pub offset: usize,
    /// Bits from the start of the match to the bit that says that the value is there; none if it always is.
    pub valid_bit: Option<usize>,
}
