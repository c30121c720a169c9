//! What a plan must be for its kernels to be called: every number in it is of something that is there, and of the right type.
//!
//! This is about the compiler's mistakes, not the user's: it panics. What a kernel does with what it is given cannot be checked.

use super::rows::FieldShape;
use super::work::shapes;
use crate::plan::{Plan, RulePlan};
use crate::state::{MATCH_HEADER, RUN_HEADER, SLOT_HEADER};

/// # Panics
/// If the plan contradicts itself.
pub(crate) fn check(plan: &Plan) {
    assert_eq!(plan.rules.len(), plan.outputs.len(), "plan: an output for each rule");
    let types = plan.inputs.len() + plan.rules.len();
    assert!(plan.guards.iter().all(|guard| (guard.ty as usize) < types), "plan: guards are of types");
    for (number, rule) in plan.rules.iter().enumerate() {
        let columns = &plan.outputs[number].columns;
        let scalar = |&column: &usize| columns.get(column).is_some_and(|column| !column.list);
        assert!(rule.event_columns.iter().all(scalar), "plan: an event has columns of its rule's output");
        check_records(rule, columns.len());
    }
    let shapes = shapes(plan);
    for (number, rule) in plan.rules.iter().enumerate() {
        check_inputs(plan, rule, plan.inputs.len() + number);
        check_keys(rule, |ty, field| shapes[ty].get(field).copied());
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
}

fn check_keys(rule: &RulePlan, shape: impl Fn(usize, usize) -> Option<FieldShape>) {
    for key in &rule.keys {
        assert_eq!(key.fields.len(), rule.inputs.len(), "plan: a key has a field in each input");
        for (input, &field) in rule.inputs.iter().zip(&key.fields) {
            let fits = shape(input.ty as usize, field).is_some_and(|field| field.used && field.ty == key.ty);
            assert!(fits, "plan: a key is a used field of its type");
        }
    }
}
