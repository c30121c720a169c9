//! The plan: what the runtime needs to know of a program, with its kernels.

use super::code::{Code, KernelId};
use super::layout::Layout;
use super::{list_max, runs_max};
use crate::hir::Policy;
use crate::lir::{EventType, Input, Program, Rows, Rule, Source, TypeId};
use portent_rt::plan::{GuardPlan, InputPlan, KeyPlan, OperatorPlan, Plan, RuleInput, RulePlan};
use portent_rt::schema::{EventSchema, FieldSchema};
use portent_rt::state::KernelFn;

/// Puts a plan together.
pub(super) fn plan(program: &Program, layouts: &[Layout], code: Code) -> Plan {
    let inputs = program.types.iter().enumerate().filter_map(|(index, ty)| match &ty.source {
        Source::Input { lateness, .. } => Some(InputPlan {
            schema: schema(ty),
            lateness: *lateness,
            time: code.kernel(KernelId::Time(TypeId(index as u32))),
        }),
        Source::Rule { .. } | Source::Window(_) => None,
    });
    let guards = program.guards.iter().enumerate().map(|(index, guard)| GuardPlan {
        ty: guard.ty.0,
        kernel: kernel(&code, KernelId::Guard(crate::lir::GuardId(index as u32))),
    });
    let rules = program.rules.iter().zip(layouts).enumerate();
    Plan {
        inputs: inputs.collect(),
        outputs: program.rules.iter().map(|rule| rule.output.clone()).collect(),
        columns: Vec::new(),
        guards: guards.collect(),
        operators: rules
            .map(|(index, (rule, layout))| OperatorPlan::Rule(rule_plan(program, index, rule, layout, &code)))
            .collect(),
        code: Box::new(code),
    }
}

fn kernel(code: &Code, id: KernelId) -> KernelFn {
    code.kernel(id).expect("the kernel has been compiled")
}

fn schema(ty: &EventType) -> EventSchema {
    let fields = ty.fields.iter().map(|field| FieldSchema {
        name: field.name.clone(),
        ty: field.ty.kind,
        nullable: field.ty.nullable,
        unit: field.unit,
        used: field.used,
    });
    EventSchema { name: ty.name.clone(), fields: fields.collect() }
}

fn rule_plan(program: &Program, index: usize, rule: &Rule, layout: &Layout, code: &Code) -> RulePlan {
    let key = |key: &crate::lir::Key| KeyPlan {
        ty: key.kind,
        fields: key.fields.iter().map(|field| field.index()).collect(),
    };
    let event_columns = match &program.types[rule.output_type.index()].source {
        Source::Rule { columns, .. } => columns.clone(),
        Source::Input { .. } | Source::Window(_) => unreachable!("a rule's events come from it"),
    };
    RulePlan {
        inputs: rule.inputs.iter().map(input).collect(),
        keys: rule.keys.iter().map(key).collect(),
        step: kernel(code, KernelId::Step(index)),
        timer: code.kernel(KernelId::Timer(index)),
        sweep: code.kernel(KernelId::Sweep(index)),
        event_columns,
        run_bytes: layout.run.bytes,
        slot_bytes: layout.slot.bytes,
        match_bytes: layout.matched.bytes,
        match_fields: layout.match_fields(),
        runs_max: runs_max(&rule.limits),
        list_max: list_max(&rule.limits),
        partitions_max: u32::try_from(rule.limits.partitions.max).unwrap_or(u32::MAX),
        partitions_fail: rule.limits.partitions.policy == Policy::Fail,
    }
}

fn input(input: &Input) -> RuleInput {
    let rows = |rows: &Rows| match rows {
        Rows::All => None,
        Rows::Any(guards) => Some(guards.iter().map(|guard| guard.0).collect()),
    };
    RuleInput { ty: input.ty.0, wants: rows(&input.wants), opens: rows(&input.opens) }
}
