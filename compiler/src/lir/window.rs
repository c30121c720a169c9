//! Window operators: what the runtime does by itself, so it has no kernels.

use super::{FieldId, GuardId, Rows, TypeId};
use crate::hir::{self, Limits, WindowOp};

/// A window operator: of the rows of an event type it makes rows of another, one for each group and window. The fields of that type
/// are the keys, `window.start` and `window.end` if the window is one of time, and the aggregates. A stateless rule makes
/// matches of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The name of the query.
    pub name: String,
    /// The event type that it reads.
    pub input: TypeId,
    /// Which of its rows.
    pub wants: Rows,
    /// How rows are cut into windows.
    pub window: hir::Window,
    /// The fields by which they are grouped, perhaps computed ones.
    pub keys: Vec<FieldId>,
    /// What is computed for each window.
    pub aggregates: Vec<Aggregate>,
    /// The type of its rows.
    pub output_type: TypeId,
    /// The bounds of its state.
    pub limits: Limits,
}

/// What is computed for each window.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub op: WindowOp,
    /// Whether of equal values only the first counts.
    pub distinct: bool,
    /// The field of the values; none for `count()`.
    pub value: Option<FieldId>,
    /// The field by which `arg_max` and `arg_min` choose.
    pub by: Option<FieldId>,
    /// Which rows count.
    pub filter: Option<GuardId>,
}
