//! `limit`: the bounds of a rule's state.

use super::Context;
use crate::ast::{Clause, Limit, LimitKind, LimitPolicy};
use crate::diag::{Code, Diagnostic};
use crate::hir::{Limits, Policy, Window, WindowRule};

/// Why a limit, or its policy, cannot be: what is said, beside it, and a way out.
struct Refusal {
    message: String,
    label: &'static str,
    help: &'static str,
}

/// The bounds that a pattern writes, the others as by default.
pub(super) fn limits(clause: Option<&Clause<Vec<Limit>>>, keyed: bool, context: &mut Context<'_>) -> Limits {
    let refuse = |limit: &Limit| match limit.what {
        LimitKind::Rows => Some(Refusal {
            message: "`rows` is a limit of queries".to_owned(),
            label: "patterns have no windows",
            help: "patterns have `limit runs`, `partitions`, `repetition` and `partition idle`",
        }),
        LimitKind::Idle if !keyed => Some(Refusal {
            message: "`partition idle` ends partitions, and there is one".to_owned(),
            label: "without `partition by`",
            help: "write `partition by`; to end runs with time, write `within`",
        }),
        _ => None,
    };
    clause.map_or_else(Limits::default, |clause| with(Limits::default(), clause, &refuse, context))
}

/// The bounds that a query writes, the others as by default.
pub(super) fn of_query(clause: &Clause<Vec<Limit>>, rule: &WindowRule, context: &mut Context<'_>) -> Limits {
    with(rule.limits, clause, &|limit| refused_in_query(limit, rule), context)
}

/// Refuses the bounds of a query that has no state.
pub(super) fn of_nothing(clause: &Clause<Vec<Limit>>, context: &mut Context<'_>) {
    let diagnostic = Diagnostic::new(Code::BadLimit, clause.span, "there is nothing to limit")
        .label(clause.span, "a query without window, groups and aggregates keeps nothing");
    context.report(diagnostic.help("leave the limit out"));
}

fn refused_in_query(limit: &Limit, rule: &WindowRule) -> Option<Refusal> {
    let refusal = |message: &str, label, help| Some(Refusal { message: message.to_owned(), label, help });
    let policy = limit.policy.as_ref().map(|policy| policy.value);
    match limit.what {
        LimitKind::Runs | LimitKind::Repetition => Some(Refusal {
            message: format!("`{}` is a limit of patterns", name(limit.what)),
            label: "queries have no runs",
            help: "queries have `limit rows` and `limit partitions`",
        }),
        LimitKind::Idle => Some(Refusal {
            message: "`partition idle` is a limit of patterns".to_owned(),
            label: "queries have groups",
            help: match rule.window {
                Window::Last(_) | Window::Batch { .. } | Window::Running => {
                    "a group without events ends with a window of time, as `sliding` or `session`"
                }
                _ => "leave it out: a group ends with its window",
            },
        }),
        LimitKind::Partitions if rule.keys.is_empty() => refusal(
            "`partitions` limits the groups, and there is one",
            "without `group by`",
            "leave it out, or write `group by`",
        ),
        LimitKind::Rows if !rule.keeps_rows() => refusal(
            "the windows of this query keep no events",
            "nothing to limit",
            "leave it out: it is for `sliding` and `last` windows, `collect`, percentiles and `distinct`",
        ),
        LimitKind::Rows if !rule.window.moves() && policy == Some(LimitPolicy::DropOldest) => refusal(
            "`rows` cannot `drop oldest` here",
            "a window without its first events would be another window",
            "write `drop new` or `fail`",
        ),
        LimitKind::Rows => match rule.window {
            Window::Batch { rows, .. } if rows > limit.bound.value && policy != Some(LimitPolicy::Fail) => {
                refusal(
                    "a batch would never be full",
                    "fewer events than make a batch",
                    "write a greater limit, or `fail`",
                )
            }
            _ => None,
        },
        LimitKind::Partitions => None,
    }
}

/// Some bounds, changed as is written.
fn with(
    mut limits: Limits,
    clause: &Clause<Vec<Limit>>,
    refuse: &dyn Fn(&Limit) -> Option<Refusal>,
    context: &mut Context<'_>,
) -> Limits {
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
        if let Some(Refusal { message, label, help }) = refuse(limit) {
            let diagnostic = Diagnostic::new(Code::BadLimit, limit.span, message).label(limit.span, label);
            context.report(diagnostic.help(help));
            continue;
        }
        if limit.bound.value == 0 {
            let diagnostic = Diagnostic::new(Code::BadLimit, limit.bound.span, "a limit is at least 1")
                .label(limit.bound.span, "nothing could be kept");
            context.report(diagnostic.help("write a greater number, or leave the limit out"));
        }
        let bound = match limit.what {
            LimitKind::Idle => {
                limits.idle = i64::try_from(limit.bound.value).ok();
                continue;
            }
            LimitKind::Runs => &mut limits.runs,
            LimitKind::Partitions => &mut limits.partitions,
            LimitKind::Repetition => &mut limits.repetition,
            LimitKind::Rows => &mut limits.rows,
        };
        bound.max = limit.bound.value;
        let Some(policy) = &limit.policy else { continue };
        let ages = matches!(limit.what, LimitKind::Runs | LimitKind::Rows);
        if policy.value == LimitPolicy::DropOldest && !ages {
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
        LimitKind::Rows => "rows",
        LimitKind::Idle => "partition idle",
    }
}
