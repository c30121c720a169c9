//! Guards of the whole program, each once; and the splitting of a step's condition into what one event decides alone and
//! what needs a run.

use super::automaton::Test;
use super::expr::{columns, lower};
use crate::hir;
use crate::lir::{Expr, ExprKind, Guard, GuardId, TypeId};
use crate::scalar::{Kind, Type, Value, is_same};

/// The guards found so far.
#[derive(Default)]
pub(super) struct Guards {
    pub(super) all: Vec<Guard>,
}

impl Guards {
    /// The guard for `condition` on events of `ty`, new or known.
    pub(super) fn intern(&mut self, ty: TypeId, condition: &hir::Expr, origin: &str) -> GuardId {
        self.intern_lowered(ty, lower(condition, &mut columns), origin)
    }

    /// The guard for what is left of a test on the first event of a run, when no variable has an event and no aggregate a
    /// value.
    pub(super) fn intern_first(&mut self, test: &Test) -> Option<GuardId> {
        let Some(condition) = &test.condition else { return test.guard };
        let condition = lower(condition, &mut |leaf: &hir::Expr| match leaf.kind() {
            hir::ExprKind::Aggregate { op: hir::AggOp::Count, .. } => {
                Expr::new(ExprKind::Const(Value::I64(0)), leaf.ty())
            }
            hir::ExprKind::Var(..) | hir::ExprKind::Aggregate { .. } => {
                Expr::new(ExprKind::Const(Value::Null), Type::nullable(leaf.ty().kind))
            }
            _ => columns(leaf),
        });
        let event = test.guard.map(|guard| self.all[guard.index()].clone());
        let origin = event.as_ref().map_or(String::new(), |guard| guard.origin.clone());
        let condition = match event {
            None => condition,
            Some(guard) => {
                Expr::new(ExprKind::And(vec![guard.condition, condition]), Type::nullable(Kind::Bool))
            }
        };
        Some(self.intern_lowered(test.ty, condition, &origin))
    }

    /// The guard for a condition over columns.
    pub(super) fn intern_lowered(&mut self, ty: TypeId, condition: Expr, origin: &str) -> GuardId {
        let known = self.all.iter().position(|guard| guard.ty == ty && is_same(&guard.condition, &condition));
        let index = known.unwrap_or_else(|| {
            self.all.push(Guard { ty, condition, origin: origin.to_owned() });
            self.all.len() - 1
        });
        GuardId(index as u32)
    }
}

/// A condition, split at its outermost `and`s. Under `and`, the whole is true exactly if both parts are.
pub(super) struct Split {
    /// What the event alone decides.
    pub(super) event: Option<hir::Expr>,
    /// What reads the run.
    pub(super) run: Option<hir::Expr>,
}

/// Splits `condition`.
pub(super) fn split(condition: &hir::Expr) -> Split {
    let conjuncts = match condition.kind() {
        hir::ExprKind::And(all) => all.clone(),
        _ => vec![condition.clone()],
    };
    let (event, run): (Vec<_>, Vec<_>) = conjuncts.into_iter().partition(is_over_event);
    let join = |parts: Vec<hir::Expr>| (!parts.is_empty()).then(|| hir::Expr::and(parts));
    Split { event: join(event), run: join(run) }
}

fn is_over_event(expr: &hir::Expr) -> bool {
    let mut only_fields = true;
    expr.walk(&mut |inner| {
        use hir::ExprKind::{Aggregate, Item, Var};
        only_fields &= !matches!(inner.kind(), Var(..) | Aggregate { .. } | Item(_));
    });
    only_fields
}
