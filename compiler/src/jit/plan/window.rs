//! The plan of a window operator, which has no kernels: only numbers of fields and guards.

use super::rows;
use crate::hir::{self, Policy, WindowOp};
use crate::lir::{self, FieldId, Program};
use portent_rt::output::OutputColumn;
use portent_rt::plan::window::{
    AggregatePlan, Function, RowsPolicy, Window, WindowColumn, WindowPlan, WindowValue,
};

/// The plan of an operator.
pub(super) fn plan(program: &Program, fingerprint: u64, window: &lir::Window) -> WindowPlan {
    let index = |field: &FieldId| field.index();
    let aggregate = |aggregate: &lir::Aggregate| AggregatePlan {
        function: function(aggregate.op),
        argument: aggregate.value.as_ref().map(index),
        by: aggregate.by.as_ref().map(index),
        filter: aggregate.filter.map(|guard| guard.0),
        distinct: aggregate.distinct,
    };
    WindowPlan {
        name: window.name.clone(),
        fingerprint,
        ty: window.input.0,
        wants: rows(&window.wants),
        keys: window.keys.iter().map(index).collect(),
        window: kind(window.window),
        aggregates: window.aggregates.iter().map(aggregate).collect(),
        columns: columns(program, window),
        groups_max: u32::try_from(window.limits.partitions.max).unwrap_or(u32::MAX),
        groups_fail: window.limits.partitions.policy == Policy::Fail,
        rows_max: u32::try_from(window.limits.rows.max).unwrap_or(u32::MAX),
        rows_policy: match window.limits.rows.policy {
            Policy::DropOldest => RowsPolicy::DropOldest,
            Policy::DropNew => RowsPolicy::DropNew,
            Policy::Fail => RowsPolicy::Fail,
        },
    }
}

/// The fields of its rows, in order: keys, bounds, aggregates.
fn columns(program: &Program, window: &lir::Window) -> Vec<WindowColumn> {
    let bounds: &[WindowValue] = match window.window.is_timed() {
        true => &[WindowValue::Start, WindowValue::End],
        false => &[],
    };
    let keys = (0..window.keys.len()).map(WindowValue::Key);
    let aggregates = (0..window.aggregates.len()).map(WindowValue::Aggregate);
    let values = keys.chain(bounds.iter().copied()).chain(aggregates);
    let fields = &program.types[window.output_type.index()].fields;
    let column = |(value, field): (WindowValue, &lir::Field)| WindowColumn {
        value,
        // The items of a list may be null.
        shape: OutputColumn {
            ty: field.ty.kind,
            nullable: field.ty.nullable || field.list,
            list: field.list,
        },
        used: field.used,
    };
    values.zip(fields).map(column).collect()
}

const fn kind(window: hir::Window) -> Window {
    match window {
        hir::Window::Running => Window::Running,
        hir::Window::Hopping { size, every, offset } => Window::Hopping { size, every, offset },
        hir::Window::Sliding { size } => Window::Sliding { size },
        hir::Window::Session { gap, max } => Window::Session { gap, max },
        hir::Window::Last(rows) => Window::Last(rows),
        hir::Window::Batch { rows, partial } => Window::Batch { count: rows, partial },
    }
}

const fn function(op: WindowOp) -> Function {
    match op {
        WindowOp::Count => Function::Count,
        WindowOp::Sum => Function::Sum,
        WindowOp::Avg => Function::Avg,
        WindowOp::Min => Function::Min,
        WindowOp::Max => Function::Max,
        WindowOp::First => Function::First,
        WindowOp::Last => Function::Last,
        WindowOp::Variance => Function::Variance,
        WindowOp::Stddev => Function::Stddev,
        WindowOp::VarPop => Function::VariancePop,
        WindowOp::StddevPop => Function::StddevPop,
        WindowOp::Percentile(share) => Function::Percentile(share),
        WindowOp::ApproxDistinct => Function::ApproxDistinct,
        WindowOp::ApproxPercentile(share) => Function::ApproxPercentile(share),
        WindowOp::Collect => Function::Collect,
        WindowOp::ArgMax => Function::ArgMax,
        WindowOp::ArgMin => Function::ArgMin,
        WindowOp::Any => Function::Any,
        WindowOp::All => Function::All,
    }
}
