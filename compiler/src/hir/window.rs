//! Queries that aggregate: a window over the events of each group, and a row for it.
//!
//! A query has two halves. The first makes *rows*: of the events that pass the guard, by group and window, it fills the columns
//! of a row — the keys, the bounds of the window if it is one of time, the aggregates, in this order. The second is a filter and
//! a projection of these rows: `having` and `emit`, whose [`ExprKind::Field`](super::ExprKind::Field)s are the row's columns.

use super::{Expr, FieldId, Limits, TypeId};
use crate::scalar::{Kind, Type};

/// A query with a window, groups or aggregates.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowRule {
    /// The events that it reads.
    pub from: TypeId,
    /// Which of them; over the fields of the event.
    pub guard: Option<Expr>,
    /// Which events of a group a row is about, and when there is one.
    pub window: Window,
    /// `group by`: what events of a group have in common, over the fields of the event. Empty: one group.
    pub keys: Vec<Expr>,
    /// What is computed of the events of a window.
    pub aggregates: Vec<Aggregate>,
    /// `having`, over the columns of the row.
    pub having: Option<Expr>,
    /// The bounds of its state.
    pub limits: Limits,
}

/// Which events of a group a row is about. Durations are in nanoseconds and positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// All of them so far; a row for each event.
    Running,
    /// Those with a time in `[k*every + offset, k*every + offset + size)`; a row when that has passed, for each `k`. A tumbling
    /// window is one with `every` equal to `size`.
    Hopping {
        /// The length; at least `every`.
        size: i64,
        /// From one start to the next.
        every: i64,
        /// Of the starts from the epoch; not negative, less than `every`.
        offset: i64,
    },
    /// Those in `(t - size, t]`; a row for each event, at `t`.
    Sliding {
        /// The length.
        size: i64,
    },
    /// Those less than `gap` after each other; a row when the gap has passed.
    Session {
        /// An event this long after the last one is of another session.
        gap: i64,
        /// An event this long after the first one is of another session, too.
        max: Option<i64>,
    },
    /// So many, up to the event at hand; a row for each event.
    Last(u64),
    /// So many, and then so many others; a row for the last one of each.
    Batch {
        /// How many.
        rows: u64,
        /// Whether there is a row at the end of the input for those that are left over.
        partial: bool,
    },
}

/// What is computed of the events of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub op: WindowOp,
    /// Whether of equal values only the first counts.
    pub distinct: bool,
    /// The value of each event, over its fields; `None` for `count()`.
    pub value: Option<Expr>,
    /// By what `arg_max` and `arg_min` choose, over the fields of the event.
    pub by: Option<Expr>,
    /// `filter (where …)`: which events count, over their fields.
    pub filter: Option<Expr>,
    /// The type of the result; of `collect` that of an item.
    pub ty: Type,
}

/// The aggregates of queries; `docs/semantics.md` defines each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowOp {
    /// How many events, or values that are not null.
    Count,
    /// Sum.
    Sum,
    /// Mean.
    Avg,
    /// Least value.
    Min,
    /// Greatest value.
    Max,
    /// The value of the first event, also null.
    First,
    /// The value of the last event, also null.
    Last,
    /// Variance of a sample.
    Variance,
    /// Standard deviation of a sample.
    Stddev,
    /// Variance of a population.
    VarPop,
    /// Standard deviation of a population.
    StddevPop,
    /// The value that a share of the others is below, interpolated; the share is in `0..=1`. `median` is that of 0.5.
    Percentile(f64),
    /// About how many different values there are: HyperLogLog over their hashes.
    ApproxDistinct,
    /// The percentile of the values rounded to seven significant bits.
    ApproxPercentile(f64),
    /// A list of the values, also null, in order.
    Collect,
    /// The value of the event where another one is greatest.
    ArgMax,
    /// The value of the event where another one is least.
    ArgMin,
    /// Whether it holds for one of the values.
    Any,
    /// Whether it holds for all of the values.
    All,
}

impl Window {
    /// Whether it has `window.start` and `window.end`.
    pub const fn is_timed(self) -> bool {
        matches!(self, Window::Hopping { .. } | Window::Sliding { .. } | Window::Session { .. })
    }
}

impl WindowRule {
    /// The column of the row that holds a key.
    pub const fn key_column(key: usize) -> FieldId {
        FieldId(key as u32)
    }

    /// The columns of `window.start` and `window.end`, of a query with so many keys and a window of time.
    pub const fn bound_columns(keys: usize) -> [FieldId; 2] {
        [FieldId(keys as u32), FieldId(keys as u32 + 1)]
    }

    /// The column of an aggregate, of a query with so many keys.
    pub const fn aggregate_column(window: Window, keys: usize, aggregate: usize) -> FieldId {
        FieldId((keys + if window.is_timed() { 2 } else { 0 } + aggregate) as u32)
    }

    /// The type of each column of the row; of `collect` that of an item.
    pub fn columns(&self) -> Vec<Type> {
        let bounds = if self.window.is_timed() { 2 } else { 0 };
        let keys = self.keys.iter().map(Expr::ty);
        let bounds = std::iter::repeat_n(Type::new(Kind::Timestamp), bounds);
        keys.chain(bounds).chain(self.aggregates.iter().map(|aggregate| aggregate.ty)).collect()
    }

    /// Every expression over the fields of the events that it reads.
    pub fn over_events(&self) -> impl Iterator<Item = &Expr> {
        let of_aggregates = self
            .aggregates
            .iter()
            .flat_map(|aggregate| aggregate.value.iter().chain(&aggregate.by).chain(&aggregate.filter));
        self.guard.iter().chain(&self.keys).chain(of_aggregates)
    }
}

impl WindowOp {
    /// Takes the aggregate of a name in rule text, those with a share aside.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, op)| *op)
    }

    const NAMED: [(&'static str, Self); 18] = [
        ("count", Self::Count),
        ("sum", Self::Sum),
        ("avg", Self::Avg),
        ("min", Self::Min),
        ("max", Self::Max),
        ("first", Self::First),
        ("last", Self::Last),
        ("variance", Self::Variance),
        ("stddev", Self::Stddev),
        ("var_pop", Self::VarPop),
        ("stddev_pop", Self::StddevPop),
        ("median", Self::Percentile(0.5)),
        ("approx_distinct", Self::ApproxDistinct),
        ("collect", Self::Collect),
        ("arg_max", Self::ArgMax),
        ("arg_min", Self::ArgMin),
        ("any", Self::Any),
        ("all", Self::All),
    ];

    /// The name in rule text.
    pub fn name(self) -> &'static str {
        let same = |other: &Self| std::mem::discriminant(other) == std::mem::discriminant(&self);
        match self {
            Self::Percentile(_) => "percentile",
            Self::ApproxPercentile(_) => "approx_percentile",
            _ => Self::NAMED.iter().find(|(_, op)| same(op)).map_or("", |(name, _)| name),
        }
    }

    /// Whether equal values may be left out of it: not of what speaks of events rather than values, nor of what leaves them out anyway.
    pub const fn takes_distinct(self) -> bool {
        !matches!(self, Self::First | Self::Last | Self::ArgMax | Self::ArgMin | Self::ApproxDistinct)
    }

    /// Whether it keeps the rows of a window one by one, in windows that close: then `limit rows` is on them.
    pub const fn keeps_rows(self, distinct: bool) -> bool {
        distinct || matches!(self, Self::Collect | Self::Percentile(_))
    }

    /// Whether it is a count, which is never null.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Count | Self::ApproxDistinct)
    }

    /// The type of the aggregate of values of a type, or `None` if it does not take them. `empty`: there may be no event.
    pub fn result(self, value: Type, empty: bool) -> Option<Type> {
        let nullable = empty || value.nullable;
        let number = matches!(value.kind, Kind::I64 | Kind::F64);
        match self {
            Self::Count | Self::ApproxDistinct => Some(Type::new(Kind::I64)),
            Self::First | Self::Last | Self::Min | Self::Max | Self::ArgMax | Self::ArgMin => {
                Some(value.or_null(nullable))
            }
            Self::Sum if number || value.kind == Kind::Duration => {
                Some(value.or_null(nullable || value.kind != Kind::F64))
            }
            Self::Avg | Self::Percentile(_) | Self::ApproxPercentile(_) if value.kind == Kind::Duration => {
                Some(Type { kind: Kind::Duration, nullable })
            }
            Self::Avg | Self::VarPop | Self::StddevPop | Self::Percentile(_) | Self::ApproxPercentile(_)
                if number =>
            {
                Some(Type { kind: Kind::F64, nullable })
            }
            Self::Variance | Self::Stddev if number => Some(Type::nullable(Kind::F64)),
            Self::Any | Self::All if value.kind == Kind::Bool => Some(value.or_null(nullable)),
            Self::Collect => Some(value),
            _ => None,
        }
    }
}
