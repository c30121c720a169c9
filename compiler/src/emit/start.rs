//! New runs: the statements that set registers first, as the fields of a struct.

use super::expr::Place;
use crate::lir::{Block, Expr, ExprKind, RegId, RegisterKind, Stmt};
use crate::scalar::{Compare, Value};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeMap;

/// What a block does first to a run whose registers are at their start.
pub(super) struct Fields {
    /// The registers that have a value, as expressions.
    pub(super) values: BTreeMap<RegId, TokenStream>,
    /// What is left to do.
    pub(super) rest: Block,
}

/// Takes what sets registers from the front of `body`. A register that was not set is known to be zero or null there, so that
/// tests of it and counting on are decided.
pub(super) fn fields(place: &Place<'_>, body: &Block) -> Fields {
    let (_, rule, _) = place.rule.expect("a rule is current");
    let mut out = Fields { values: BTreeMap::new(), rest: Block::new() };
    for stmt in decided(body, &out) {
        let set = match &stmt {
            Stmt::Set(register, value) => Some((*register, value)),
            _ => None,
        };
        let taken = set.filter(|(register, value)| {
            out.rest.iter().all(|stmt| matches!(stmt, Stmt::Schedule(_)))
                && !out.values.contains_key(register)
                && (!reads_run(value) || is_count(*register, value))
        });
        let Some((register, value)) = taken else {
            out.rest.push(stmt);
            continue;
        };
        let RegisterKind::Scalar(ty) = rule.registers[register.index()].kind else {
            unreachable!("a scalar register")
        };
        let value = match is_count(register, value) {
            true => quote! { 1 },
            false => place.kept(value, ty.nullable),
        };
        out.values.insert(register, value);
    }
    out
}

/// The statements of a block, with those of choices that are decided at the start of a run.
fn decided(body: &Block, known: &Fields) -> Block {
    let mut out = Block::new();
    let mut set: Vec<RegId> = known.values.keys().copied().collect();
    for stmt in body {
        if let Stmt::If { condition, then, otherwise } = stmt
            && let Some(truth) = is_start(condition, &set)
        {
            let taken = if truth { then } else { otherwise };
            set.extend(taken.iter().filter_map(target));
            out.extend(taken.iter().cloned());
        } else {
            set.extend(target(stmt));
            out.push(stmt.clone());
        }
    }
    out
}

fn target(stmt: &Stmt) -> Option<RegId> {
    match stmt {
        Stmt::Set(register, _) | Stmt::Reset(register) | Stmt::Accumulate(register, _) => Some(*register),
        Stmt::Append { list, .. } => Some(*list),
        _ => None,
    }
}

/// Whether a condition holds of a register that has not been set: `r == 0`, `r is null`, or the latter or something.
fn is_start(condition: &Expr, set: &[RegId]) -> Option<bool> {
    let is_unset = |expr: &Expr| matches!(expr.kind, ExprKind::Reg(register) if !set.contains(&register));
    match &condition.kind {
        ExprKind::Compare(Compare::Eq, a, b) if is_unset(a) && !a.ty.nullable => {
            matches!(b.kind, ExprKind::Const(Value::I64(0))).then_some(true)
        }
        ExprKind::IsNull(a) if is_unset(a) && a.ty.nullable => Some(true),
        ExprKind::Or(all) => all.iter().any(|one| is_start(one, set) == Some(true)).then_some(true),
        _ => None,
    }
}

fn is_count(register: RegId, value: &Expr) -> bool {
    matches!(&value.kind, ExprKind::Next(of) if of.kind == ExprKind::Reg(register))
}

fn reads_run(expr: &Expr) -> bool {
    let mut reads = false;
    expr.walk(&mut |inner| {
        reads |= matches!(
            inner.kind,
            ExprKind::Reg(_) | ExprKind::Acc(..) | ExprKind::List(_) | ExprKind::ListFull(_)
        );
    });
    reads
}
