//! Which guards and event types a rule has to do with.

use portent_compiler::lir::{
    Block, Expr, ExprKind, GuardId, Program, Rows, Rule, Source, TypeId, Window, walk_block,
};
use std::collections::BTreeSet;

/// The guards that a rule asks about, in its choice of rows and in its kernels.
pub(super) fn guards(rule: &Rule) -> BTreeSet<GuardId> {
    let mut found = BTreeSet::new();
    for input in &rule.inputs {
        for rows in [&input.wants, &input.opens] {
            if let Rows::Any(guards) = rows {
                found.extend(guards);
            }
        }
    }
    for block in blocks(rule) {
        walk_block(block, &mut |stmt| {
            for expr in stmt.exprs() {
                expr.walk(&mut |expr: &Expr| {
                    if let ExprKind::Guard(guard) = expr.kind {
                        found.insert(guard);
                    }
                });
            }
        });
    }
    found
}

/// The guards that a window operator asks about.
pub(super) fn guards_of_window(window: &Window) -> BTreeSet<GuardId> {
    let filters = window.aggregates.iter().filter_map(|aggregate| aggregate.filter);
    let wants = match &window.wants {
        Rows::All => &[][..],
        Rows::Any(guards) => guards,
    };
    filters.chain(wants.iter().copied()).collect()
}

fn blocks(rule: &Rule) -> impl Iterator<Item = &Block> {
    let others = [&rule.timer, &rule.sweep].into_iter().flatten();
    std::iter::once(&rule.step).chain(others).map(|kernel| &kernel.body)
}

/// The event types from outside whose time the program computes, of those that a rule reads.
pub(super) fn timed_inputs(program: &Program, rule: &Rule) -> Vec<TypeId> {
    let timed = |ty: &TypeId| matches!(program.types[ty.index()].source, Source::Input { time: Some(_), .. });
    rule.inputs.iter().map(|input| input.ty).filter(timed).collect()
}
