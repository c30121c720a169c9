//! `limit`: the bounds of a rule's state.

use super::Context;
use crate::ast::{Clause, Limit, LimitKind, LimitPolicy};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Limits, Policy};

/// The bounds that a rule writes, the others as by default.
pub(super) fn limits(clause: Option<&Clause<Vec<Limit>>>, context: &mut Context<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(clause) = clause else { return limits };
    for (index, limit) in clause.value.iter().enumerate() {
        let name = name(limit.what);
        if let Some(first) = clause.value[..index].iter().find(|earlier| earlier.what == limit.what) {
            let diagnostic =
                Diagnostic::new(Code::BadLimit, limit.span, format!("`{name}` is limited twice"))
                    .label(first.span, "limited here first")
                    .label(limit.span, "limited again");
            context.report(diagnostic.help("leave one of them out"));
            continue;
        }
        if limit.bound.value == 0 {
            let diagnostic = Diagnostic::new(Code::BadLimit, limit.bound.span, "a limit is at least 1")
                .label(limit.bound.span, "nothing could be kept");
            context.report(diagnostic.help("write a greater number, or leave the limit out"));
        }
        let bound = match limit.what {
            LimitKind::Runs => &mut limits.runs,
            LimitKind::Partitions => &mut limits.partitions,
            LimitKind::Repetition => &mut limits.repetition,
        };
        bound.max = limit.bound.value;
        let Some(policy) = &limit.policy else { continue };
        if policy.value == LimitPolicy::DropOldest && limit.what != LimitKind::Runs {
            let message = format!("`{name}` cannot `drop oldest`");
            let reason = match limit.what {
                LimitKind::Repetition => "a match without its first events would be another match",
                _ => "the partitions have no order of age",
            };
            let diagnostic = Diagnostic::new(Code::BadLimit, policy.span, message).label(policy.span, reason);
            context.report(diagnostic.help("write `drop new` or `fail`"));
        }
        bound.policy = match policy.value {
            LimitPolicy::DropOldest => Policy::DropOldest,
            LimitPolicy::DropNew => Policy::DropNew,
            LimitPolicy::Fail => Policy::Fail,
        };
    }
    limits
}

const fn name(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Runs => "runs",
        LimitKind::Partitions => "partitions",
        LimitKind::Repetition => "repetition",
    }
}
