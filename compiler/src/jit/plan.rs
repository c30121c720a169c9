//! The plan: what the runtime needs to know of a program, with its kernels.

mod window;

use super::code::{Code, KernelId};
use super::translate::RuleUnit;
use super::{list_max, runs_max};
use crate::hir::Policy;
use crate::lir::{
    self, EventType, Expr, ExprKind, FieldId, GuardId, Input, Program, Rows, Rule, Source, Stmt, TypeId,
    walk_block,
};
use portent_rt::plan::{
    ColumnPlan, GuardPlan, IndexPlan, IndexRange, InputPlan, KeyPlan, OperatorPlan, Placement, Plan,
    RuleInput, RulePlan, Step, nothing,
};
use portent_rt::schema::{EventSchema, FieldSchema};
use portent_rt::state::KernelFn;

/// Puts a plan together.
pub(super) fn plan(program: &Program, units: &[RuleUnit<'_>], code: Code) -> Plan {
    let inputs = program.types.iter().enumerate().filter_map(|(index, ty)| match &ty.source {
        Source::Input { lateness, time } => Some(InputPlan {
            schema: schema(ty),
            fingerprint: program.fingerprints[index],
            lateness: *lateness,
            time: code.kernel(KernelId::Time(TypeId(index as u32))),
            time_field: time.as_ref().and_then(plain_field),
        }),
        Source::Rule { .. } | Source::Window(_) => None,
    });
    let guards = (0..).map(GuardId).zip(&program.guards).map(|(id, guard)| GuardPlan {
        ty: guard.ty.0,
        kernel: code.kernel(KernelId::Guard(id)).unwrap_or(nothing),
    });
    let columns = program.types.iter().enumerate().flat_map(|(index, ty)| {
        let id = TypeId(index as u32);
        let code = &code;
        ty.computed.iter().enumerate().map(move |(number, value)| ColumnPlan {
            ty: id.0,
            value: value.ty.kind,
            nullable: value.ty.nullable,
            kernel: kernel(code, KernelId::Column(id, number)),
        })
    });
    let operators =
        program.types.iter().zip(&program.fingerprints).filter_map(|(ty, fingerprint)| match &ty.source {
            Source::Input { .. } => None,
            Source::Rule { rule, .. } => {
                let plan = rule_plan(program, *rule, *fingerprint, &units[*rule], &code);
                Some(OperatorPlan::Rule(plan))
            }
            Source::Window(window) => {
                Some(OperatorPlan::Window(window::plan(program, *fingerprint, &program.windows[*window])))
            }
        });
    Plan {
        inputs: inputs.collect(),
        outputs: program.rules.iter().map(|rule| rule.output.clone()).collect(),
        columns: columns.collect(),
        guards: guards.collect(),
        indexes: program.indexes.iter().map(index).collect(),
        operators: operators.collect(),
        placements: program.placements.iter().map(placement).collect(),
        code: Box::new(code),
    }
}

fn index(index: &lir::Index) -> IndexPlan {
    let range = |range: &lir::IndexRange| IndexRange {
        least: range.least,
        greatest: range.greatest,
        guard: range.guard.0,
        exact: range.exact,
    };
    IndexPlan { ty: index.ty.0, field: index.field.index(), ranges: index.ranges.iter().map(range).collect() }
}

fn placement(placement: &lir::Placement) -> Placement {
    match placement {
        lir::Placement::Whole(number) => Placement::Whole(*number),
        lir::Placement::ByKey(keys) => Placement::ByKey(keys.iter().map(key).collect()),
        lir::Placement::InTurn => Placement::InTurn,
        lir::Placement::Beside => Placement::Beside,
    }
}

fn key(key: &lir::Key) -> KeyPlan {
    KeyPlan { ty: key.kind, fields: key.fields.iter().map(|field| field.index()).collect() }
}

/// The field that an expression is, if it is one without nulls.
fn plain_field(expr: &Expr) -> Option<usize> {
    match expr.kind {
        ExprKind::Column(field) if !expr.ty.nullable => Some(field.index()),
        _ => None,
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

fn rule_plan(
    program: &Program,
    index: usize,
    fingerprint: u64,
    unit: &RuleUnit<'_>,
    code: &Code,
) -> RulePlan {
    let RuleUnit { rule, layout, shape, .. } = unit;
    let event_columns = match &program.types[rule.output_type.index()].source {
        Source::Rule { columns, .. } => columns.clone(),
        Source::Input { .. } | Source::Window(_) => unreachable!("a rule's events come from it"),
    };
    RulePlan {
        inputs: rule.inputs.iter().map(input).collect(),
        keys: rule.keys.iter().map(key).collect(),
        guards: guards(rule),
        step: match rule.projected() {
            Some(fields) => Step::Project(fields.into_iter().map(FieldId::index).collect()),
            None => Step::Kernel(kernel(code, KernelId::Step(index))),
        },
        timer: code.kernel(KernelId::Timer(index)),
        sweep: code.kernel(KernelId::Sweep(index)),
        event_columns,
        run_shape: shape.clone(),
        fingerprint,
        run_bytes: layout.run.bytes,
        slot_bytes: layout.slot.bytes,
        match_bytes: layout.matched.bytes,
        match_fields: layout.match_fields(&lists(rule)),
        runs_max: runs_max(&rule.limits),
        list_max: list_max(&rule.limits),
        partitions_max: u32::try_from(rule.limits.partitions.max).unwrap_or(u32::MAX),
        partitions_fail: rule.limits.partitions.policy == Policy::Fail,
        idle_ns: rule.limits.idle,
    }
}

/// The guards that the kernels of a rule read.
fn guards(rule: &Rule) -> Vec<u32> {
    let mut found = Vec::new();
    for kernel in [Some(&rule.step), rule.timer.as_ref(), rule.sweep.as_ref()].into_iter().flatten() {
        walk_block(&kernel.body, &mut |stmt| {
            for expr in stmt.exprs() {
                expr.walk(&mut |expr: &Expr| {
                    if let ExprKind::Guard(guard) = expr.kind {
                        found.push(guard.0);
                    }
                });
            }
        });
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// For each column of the output the list field of the rule's input that it is copied from, if it is.
fn lists(rule: &Rule) -> Vec<Option<usize>> {
    let mut lists = vec![None; rule.output.columns.len()];
    walk_block(&rule.step.body, &mut |stmt| {
        let Stmt::Emit { values, .. } = stmt else { return };
        for (value, list) in values.iter().zip(&mut lists) {
            if let Expr { kind: ExprKind::ListColumn(field), .. } = value {
                *list = Some(field.index());
            }
        }
    });
    lists
}

/// Which rows; none: all.
fn rows(rows: &Rows) -> Option<Vec<u32>> {
    match rows {
        Rows::All => None,
        Rows::Any(guards) => Some(guards.iter().map(|guard| guard.0).collect()),
    }
}

fn input(input: &Input) -> RuleInput {
    RuleInput { ty: input.ty.0, wants: rows(&input.wants), opens: rows(&input.opens) }
}
