//! A compiled program as the runtime sees it: which rows go to which kernel, and how state and matches are laid out.
//!
//! The compiler makes a [`Plan`]; [`crate::instance::Instance`] executes it. Event types are numbered as in the program:
//! the inputs first, then one for each operator: a rule, or a window operator ([`window`]), whose rows only rules see.

pub mod window;

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
    /// What each rule emits, in evaluation order: the n-th [`OperatorPlan::Rule`] of `operators` emits the n-th of these.
    pub outputs: Vec<OutputSchema>,
    /// The computed columns.
    pub columns: Vec<ColumnPlan>,
    /// The guards.
    pub guards: Vec<GuardPlan>,
    /// Which of them are found together.
    pub indexes: Vec<IndexPlan>,
    /// The operators, in evaluation order; number `i` makes events of type `inputs.len() + i`.
    pub operators: Vec<OperatorPlan>,
    /// Where each operator runs if there are several workers.
    pub placements: Vec<Placement>,
    /// What keeps the kernels' code alive.
    pub code: Box<dyn Any + Send + Sync>,
}

impl core::fmt::Debug for Plan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Plan")
            .field("inputs", &self.inputs)
            .field("operators", &self.operators.len())
            .finish_non_exhaustive()
    }
}

impl Plan {
    /// The rules, in the order of `outputs`.
    pub fn rules(&self) -> impl Iterator<Item = &RulePlan> {
        self.operators.iter().filter_map(|operator| match operator {
            OperatorPlan::Rule(rule) => Some(rule),
            OperatorPlan::Window(_) => None,
        })
    }
}

/// A plan that many instances share.
pub type SharedPlan = Arc<Plan>;

/// An event type that comes from outside.
#[derive(Clone, Debug)]
pub struct InputPlan {
    /// Its shape.
    pub schema: EventSchema,
    /// A hash of its declaration.
    pub fingerprint: u64,
    /// In nanoseconds.
    pub lateness: i64,
    /// Computes the time of each row; none: the time of arrival.
    pub time: Option<KernelFn>,
    /// The field that the time is, if it is that of a field without nulls: then it is read from there.
    pub time_field: Option<usize>,
}

/// A column that is computed for each batch of an event type, before its guards are: a further field of the type.
///
/// Its field number is that of the columns of its type in order, behind the declared fields (of a window operator's type:
/// behind its columns). The kernel may read the declared fields and the computed ones before it. It writes `len` values at
/// [`crate::state::Context::times`], as wide as they are in a column, and, if the column is nullable, validity bits at
/// [`crate::state::Context::times_valid`], zero past the rows. Long texts may lie in the batch or in the scratch memory.
#[derive(Clone, Copy, Debug)]
pub struct ColumnPlan {
    /// The event type of its rows.
    pub ty: u32,
    /// The type of its values.
    pub value: Type,
    /// Whether null is one of them.
    pub nullable: bool,
    /// Fills it.
    pub kernel: KernelFn,
}

/// What makes events out of events.
#[derive(Clone, Debug)]
pub enum OperatorPlan {
    /// A rule: kernels. What it emits are matches.
    Rule(RulePlan),
    /// A window of a query: code of the runtime's own. Its rows are not matches; a stateless rule makes these of them.
    Window(window::WindowPlan),
}

/// Where an operator runs if there are several workers, each of which sees all input.
///
/// A worker has its [`Shard`](crate::shard::Shard) of what is divided by key. Unless a rule is placed [`Placement::Whole`],
/// the partition of a key is on the worker of the shard that the rule's own key hashes into, also if it is placed
/// [`Placement::Beside`] what it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Whole, on the worker of this number, modulo how many there are.
    Whole(u32),
    /// On every worker, over the rows of inputs whose key is of its shard.
    ByKey(Vec<KeyPlan>),
    /// On every worker, over one working batch after the other in turn. It has no state and reads an input.
    InTurn,
    /// On every worker, over what an operator that is placed otherwise than [`Placement::Whole`] has made there.
    Beside,
}

/// A guard.
#[derive(Clone, Copy, Debug)]
pub struct GuardPlan {
    /// The event type of its rows.
    pub ty: u32,
    /// Fills the bitmap over the batch of the type: bits past the rows are zero.
    pub kernel: KernelFn,
}

/// Guards that want one field in a range of its own each. What they have in common is looked up once for each row.
#[derive(Clone, Debug)]
pub struct IndexPlan {
    /// The event type.
    pub ty: u32,
    /// The field, of integers, timestamps, durations or doubles.
    pub field: usize,
    /// The ranges, at least one; a guard is in one of one index at most.
    pub ranges: Vec<IndexRange>,
}

/// What a guard wants. Of doubles, ends are their [keys](crate::kernels::key), both zeros being `0.0`.
#[derive(Clone, Debug)]
pub struct IndexRange {
    /// The least value.
    pub least: i64,
    /// The greatest, not less.
    pub greatest: i64,
    /// The guard.
    pub guard: u32,
    /// Whether this is all that it wants. If not, its kernel takes bits away from those that are there.
    pub exact: bool,
}

/// The kernel of a guard that is in an index and wants nothing else.
///
/// # Safety
/// None is needed: it does nothing.
pub const unsafe extern "C" fn nothing(_: *mut crate::state::Context) {}

/// A rule.
#[derive(Clone, Debug)]
pub struct RulePlan {
    /// The event types that it reads.
    pub inputs: Vec<RuleInput>,
    /// The components of its partition key; none: one partition.
    pub keys: Vec<KeyPlan>,
    /// The guards that its kernels read; those that choose rows aside.
    pub guards: Vec<u32>,
    /// What it does with rows.
    pub step: Step,
    /// Over deadlines.
    pub timer: Option<KernelFn>,
    /// Over partitions.
    pub sweep: Option<KernelFn>,
    /// Fields of its event type: column numbers of its output.
    pub event_columns: Vec<usize>,
    /// What runs own beside their record.
    pub run_shape: RunShape,
    /// A hash of what the rule means: two rules of one name that have the same may take over each other's state.
    pub fingerprint: u64,
    /// Bytes of a run, whole, with the header.
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
    /// `limit partition idle`, in nanoseconds.
    pub idle_ns: Option<i64>,
    /// Whether `limit partitions` stops the program (otherwise the new partition's rows are dropped and counted).
    pub partitions_fail: bool,
}

/// What a rule does with the rows that it sees.
#[derive(Clone, Debug)]
pub enum Step {
    /// Whatever the kernel does.
    Kernel(KernelFn),
    /// A match for each, of fields of its only input as they are: for each column of the output the field. It has neither a key nor a
    /// timer, and no columns of lists.
    Project(Vec<usize>),
}

/// What the runs of a rule own beside their record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunShape {
    /// Where text registers are: bytes from the start of a run.
    pub texts: Vec<usize>,
    /// Where list registers are, and whether their items are text.
    pub lists: Vec<(usize, bool)>,
}

impl RunShape {
    /// Whether there is anything to own.
    pub const fn is_plain(&self) -> bool {
        self.texts.is_empty() && self.lists.is_empty()
    }
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// For a list that is copied from a list field of the rule's only input: the field. At the offset is then the row, as
    /// 8 bytes.
    pub list_of: Option<usize>,
    /// Bits from the start of the match to the bit that says that the value is there; none if it always is.
    pub valid_bit: Option<usize>,
}
