//! What a plan must be for its kernels to be called: every number in it is of something that is there, and of the right type.
//!
//! This is about the compiler's mistakes, not the user's: it panics. What a kernel does with what it is given cannot be checked.

use alloc::vec::Vec;

use super::rows::FieldShape;
use super::work::shapes;
use crate::output::OutputColumn;
use crate::plan::window::{AggregatePlan, Function, RowsPolicy, Window, WindowPlan, WindowValue};
use crate::plan::{KeyPlan, OperatorPlan, Placement, Plan, RulePlan};
use crate::schema::Type;
use crate::state::{MATCH_HEADER, RUN_HEADER, SLOT_HEADER};
use crate::window::keeps_rows;

/// # Panics
/// If the plan contradicts itself.
pub(crate) fn check(plan: &Plan) {
    assert_eq!(plan.rules().count(), plan.outputs.len(), "plan: an output for each rule");
    let types = plan.inputs.len() + plan.operators.len();
    assert!(plan.columns.iter().all(|column| (column.ty as usize) < types), "plan: columns are of types");
    assert!(plan.guards.iter().all(|guard| (guard.ty as usize) < types), "plan: guards are of types");
    for (rule, output) in plan.rules().zip(&plan.outputs) {
        let columns = &output.columns;
        let scalar = |&column: &usize| columns.get(column).is_some_and(|column| !column.list);
        assert!(rule.event_columns.iter().all(scalar), "plan: an event has columns of its rule's output");
        check_records(rule, columns.len());
    }
    assert_eq!(plan.placements.len(), plan.operators.len(), "plan: a place for each operator");
    let shapes = shapes(plan);
    let shape = |ty: usize, field: usize| shapes[ty].get(field).copied();
    check_indexes(plan, shape);
    for (number, operator) in plan.operators.iter().enumerate() {
        let own = plan.inputs.len() + number;
        match operator {
            OperatorPlan::Rule(rule) => {
                check_inputs(plan, rule, own);
                let inputs: Vec<u32> = rule.inputs.iter().map(|input| input.ty).collect();
                check_keys(&inputs, &rule.keys, shape);
                check_place(plan, number, &inputs, shape);
            }
            OperatorPlan::Window(window) => {
                check_window(plan, window, own, shape);
                check_place(plan, number, &[window.ty], shape);
            }
        }
    }
}

/// A guard is in one index, and that is of its type and of a field that is held as words.
fn check_indexes(plan: &Plan, shape: impl Fn(usize, usize) -> Option<FieldShape>) {
    let mut seen = alloc::vec![false; plan.guards.len()];
    for index in &plan.indexes {
        let of = shape(index.ty as usize, index.field);
        assert!(
            of.is_some_and(|of| of.used && !matches!(of.ty, Type::Bool | Type::Str))
                && !index.ranges.is_empty(),
            "plan: an index is over a field of words"
        );
        for range in &index.ranges {
            let guard = range.guard as usize;
            assert!(
                plan.guards[guard].ty == index.ty && range.least <= range.greatest && !seen[guard],
                "plan: a guard of an index is of its type, in no other, and wants something"
            );
            seen[guard] = true;
        }
    }
}

/// What an operator is to read has to be where it runs, once.
fn check_place(
    plan: &Plan,
    number: usize,
    reads: &[u32],
    shape: impl Fn(usize, usize) -> Option<FieldShape>,
) {
    let before = |ty: u32| (ty as usize).checked_sub(plan.inputs.len());
    match &plan.placements[number] {
        own @ Placement::Whole(_) => {
            let beside = reads.iter().filter_map(|&ty| before(ty)).all(|read| plan.placements[read] == *own);
            assert!(beside, "plan: what is whole reads inputs, and what is whole on the same worker");
        }
        Placement::ByKey(keys) => {
            assert!(!keys.is_empty(), "plan: what is divided by key has one");
            assert!(reads.iter().all(|&ty| before(ty).is_none()), "plan: inputs are divided by key");
            check_keys(reads, keys, shape);
        }
        Placement::InTurn => {
            let stateless =
                matches!(&plan.operators[number], OperatorPlan::Rule(rule) if rule.keys.is_empty());
            assert!(
                stateless && matches!(reads, [ty] if before(*ty).is_none()),
                "plan: rows of an input in turn"
            );
        }
        Placement::Beside => {
            let divided = |read: usize| !matches!(plan.placements[read], Placement::Whole(_));
            let reads = matches!(reads, [ty] if before(*ty).is_some_and(divided));
            assert!(reads, "plan: beside what is divided");
        }
    }
}

fn check_records(rule: &RulePlan, columns: usize) {
    let sizes =
        [(rule.run_bytes, RUN_HEADER), (rule.slot_bytes, SLOT_HEADER), (rule.match_bytes, MATCH_HEADER)];
    let fits = |(bytes, header): (usize, usize)| bytes >= header && bytes.is_multiple_of(8);
    assert!(sizes.into_iter().all(fits), "plan: records have a header and whole words");
    assert_eq!(rule.match_fields.len(), columns, "plan: a match has a value for each column");
    for field in &rule.match_fields {
        assert!(
            field.offset.is_multiple_of(8) && field.offset < rule.match_bytes,
            "plan: values lie in the match"
        );
        assert!(field.valid_bit.is_none_or(|bit| bit / 8 < rule.match_bytes), "plan: bits lie in the match");
    }
}

fn check_inputs(plan: &Plan, rule: &RulePlan, own: usize) {
    assert!((1..=256).contains(&rule.inputs.len()), "plan: a rule reads 1 to 256 types");
    for input in &rule.inputs {
        assert!((input.ty as usize) < own, "plan: a rule reads inputs and earlier rules");
        let guards = input.wants.iter().chain(&input.opens).flatten();
        let of = |&guard: &u32| plan.guards.get(guard as usize).is_some_and(|guard| guard.ty == input.ty);
        assert!(guards.into_iter().all(of), "plan: rows are chosen by guards of their type");
    }
    let known = |guard: &u32| (*guard as usize) < plan.guards.len();
    assert!(rule.guards.iter().all(known), "plan: kernels read guards that there are");
}

fn check_window(
    plan: &Plan,
    window: &WindowPlan,
    own: usize,
    shape: impl Fn(usize, usize) -> Option<FieldShape>,
) {
    assert!((window.ty as usize) < own, "plan: a window reads inputs and earlier operators");
    let guards = window.wants.iter().flatten().chain(window.aggregates.iter().flat_map(|of| &of.filter));
    let of = |&guard: &u32| plan.guards.get(guard as usize).is_some_and(|guard| guard.ty == window.ty);
    assert!(guards.into_iter().all(of), "plan: rows are chosen by guards of their type");
    let field = |field: usize| {
        let shape = shape(window.ty as usize, field).filter(|field| field.used);
        shape.expect("plan: keys and arguments are used fields")
    };
    let result = |of: &AggregatePlan| {
        let by = matches!(of.function, Function::ArgMax | Function::ArgMin);
        assert_eq!(by, of.by.is_some(), "plan: `arg_max` and `arg_min` have a `by`");
        of.by.map(field);
        let result = of.function.result(of.argument.map(|argument| field(argument).ty));
        result.expect("plan: an aggregate is of values that it takes")
    };
    for column in &window.columns {
        let time = OutputColumn { ty: Type::Timestamp, nullable: false, list: false };
        let of = match column.value {
            WindowValue::Key(key) => {
                let FieldShape { ty, nullable, .. } = field(window.keys[key]);
                OutputColumn { ty, nullable, list: false }
            }
            WindowValue::Aggregate(aggregate) => result(&window.aggregates[aggregate]),
            WindowValue::Start | WindowValue::End => time,
        };
        assert_eq!(column.shape, of, "plan: a column has the shape of its value");
    }
    for number in 0..window.aggregates.len() {
        let columns = window.columns.iter().filter(|of| of.value == WindowValue::Aggregate(number));
        assert_eq!(columns.count(), 1, "plan: each aggregate has a column");
    }
    let moves = matches!(window.window, Window::Sliding { .. } | Window::Last(_));
    assert!(
        moves || !keeps_rows(window) || window.rows_policy != RowsPolicy::DropOldest,
        "plan: only windows that move forget their oldest row"
    );
    let positive = match window.window {
        Window::Hopping { size, every, .. } => size > 0 && every > 0,
        Window::Sliding { size } => size > 0,
        Window::Session { gap, max } => gap > 0 && max.is_none_or(|max| max > 0),
        Window::Last(count) | Window::Batch { count, .. } => count > 0,
        Window::Running => true,
    };
    assert!(positive && window.rows_max > 0, "plan: windows have a length");
}

fn check_keys(inputs: &[u32], keys: &[KeyPlan], shape: impl Fn(usize, usize) -> Option<FieldShape>) {
    for key in keys {
        assert_eq!(key.fields.len(), inputs.len(), "plan: a key has a field in each input");
        for (&ty, &field) in inputs.iter().zip(&key.fields) {
            let fits = shape(ty as usize, field).is_some_and(|field| field.used && field.ty == key.ty);
            assert!(fits, "plan: a key is a used field of its type");
        }
    }
}
