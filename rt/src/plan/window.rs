//! A window operator: which rows it takes, by what it groups them, how it cuts them into windows, and what it makes of each.
//!
//! It holds no expressions: what is not a plain field is a computed column ([`super::ColumnPlan`]), conditions are guards,
//! and `emit` and `having` are a stateless rule over its rows. Queries that agree in everything but their aggregates may
//! share one operator.

use alloc::string::String;
use alloc::vec::Vec;

use crate::output::OutputColumn;
use crate::schema::Type;

/// A window operator.
#[derive(Clone, Debug)]
pub struct WindowPlan {
    /// The name of the query, for errors and statistics.
    pub name: String,
    /// A hash of what it means, as that of a rule.
    pub fingerprint: u64,
    /// The event type that it reads.
    pub ty: u32,
    /// Which rows it takes: those for which one of the guards holds; none: all.
    pub wants: Option<Vec<u32>>,
    /// The fields by which rows are grouped; none: one group.
    pub keys: Vec<usize>,
    /// How rows are cut into windows.
    pub window: Window,
    /// What is computed for each window. Each is the value of exactly one column.
    pub aggregates: Vec<AggregatePlan>,
    /// What its rows hold: the fields of its event type.
    pub columns: Vec<WindowColumn>,
    /// `limit partitions`: groups.
    pub groups_max: u32,
    /// Whether that stops the program (otherwise rows of a new group are dropped and counted).
    pub groups_fail: bool,
    /// `limit rows`: rows that a window of a group keeps one by one (sliding windows, `last N`, `collect`, percentiles and
    /// `distinct`; in a hopping window those of each slice).
    pub rows_max: u32,
    /// What happens then.
    pub rows_policy: RowsPolicy,
}

/// What happens at `limit rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsPolicy {
    /// The oldest row of the window is forgotten. Only where windows move: sliding ones and `last N`.
    DropOldest,
    /// The new row is not seen.
    DropNew,
    /// The program stops.
    Fail,
}

/// How the rows of a group are cut into windows. Lengths are nanoseconds and positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Rows with time in `[k * every + offset, k * every + offset + size)`, for each `k`. Tumbling if `size` is `every`.
    Hopping {
        /// The length.
        size: i64,
        /// From one start to the next.
        every: i64,
        /// Of the starts, from the epoch.
        offset: i64,
    },
    /// For each row at `t` those in `(t - size, t]`.
    Sliding {
        /// The length.
        size: i64,
    },
    /// Rows less than `gap` apart.
    Session {
        /// The gap.
        gap: i64,
        /// The greatest length, if there is one.
        max: Option<i64>,
    },
    /// For each row the last so many.
    Last(u64),
    /// Each so many rows.
    Batch {
        /// How many.
        count: u64,
        /// Whether a rest gives a row at the end of input.
        partial: bool,
    },
    /// For each row all so far.
    Running,
}

/// An aggregate over the rows of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregatePlan {
    /// What is computed.
    pub function: Function,
    /// The field of its argument; none for `count()`.
    pub argument: Option<usize>,
    /// The field whose extreme `arg_max` and `arg_min` look for.
    pub by: Option<usize>,
    /// The guard of `filter (where …)`: other rows are not seen.
    pub filter: Option<u32>,
    /// Whether equal values count once.
    pub distinct: bool,
}

/// What an aggregate computes. Nulls are skipped but by `First`, `Last`, `Collect` and a `Count` without argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// Rows, or values that are not null.
    Count,
    /// The sum; null if it is out of range (a fault), and for none.
    Sum,
    /// The mean; null for none.
    Avg,
    /// The least value; null for none.
    Min,
    /// The greatest value; null for none.
    Max,
    /// The value of the first row, which may be null.
    First,
    /// The value of the last row, which may be null.
    Last,
    /// The variance of the sample (n - 1); null for fewer than two.
    Variance,
    /// Its square root.
    Stddev,
    /// The variance of the values themselves (n); null for none.
    VariancePop,
    /// Its square root.
    StddevPop,
    /// Interpolated between the closest ranks; `0.5` is the median. Null for none.
    Percentile(f64),
    /// About how many different values there are, of which the argument is the hash.
    ApproxDistinct,
    /// The percentile of the values rounded to seven significant bits. Null for none.
    ApproxPercentile(f64),
    /// All values, nulls included, in order.
    Collect,
    /// The argument in the earliest row with the greatest `by`; rows whose `by` is null are skipped.
    ArgMax,
    /// The argument in the earliest row with the least `by`.
    ArgMin,
    /// Whether any value is true; null for none.
    Any,
    /// Whether all values are true; null for none.
    All,
}

/// A column of a window operator's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowColumn {
    /// What it holds.
    pub value: WindowValue,
    /// Its shape, which is that of the value: see [`Function::result`].
    pub shape: OutputColumn,
    /// Whether anything reads it. Otherwise it may be left empty.
    pub used: bool,
}

/// What a column of a window operator's rows holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowValue {
    /// A component of the group's key, by its number.
    Key(usize),
    /// An aggregate, by its number.
    Aggregate(usize),
    /// `window.start`, a timestamp.
    Start,
    /// `window.end`, a timestamp.
    End,
}

impl Function {
    /// What the function gives for an argument of type `of` (none without an argument); none if it does not take it.
    pub const fn result(self, of: Option<Type>) -> Option<OutputColumn> {
        let Some(of) = of else {
            return match self {
                Self::Count => Some(OutputColumn { ty: Type::I64, nullable: false, list: false }),
                _ => None,
            };
        };
        let ty = match (self, of) {
            (Self::Count, _) | (Self::ApproxDistinct, Type::I64) => {
                return Some(OutputColumn { ty: Type::I64, nullable: false, list: false });
            }
            (Self::Collect, _) => return Some(OutputColumn { ty: of, nullable: true, list: true }),
            (Self::Min | Self::Max | Self::First | Self::Last | Self::ArgMax | Self::ArgMin, _)
            | (Self::Sum, Type::I64 | Type::F64 | Type::Duration)
            | (Self::Avg | Self::Percentile(_) | Self::ApproxPercentile(_), Type::F64 | Type::Duration)
            | (Self::Any | Self::All, Type::Bool) => of,
            (Self::Avg | Self::Percentile(_) | Self::ApproxPercentile(_), Type::I64)
            | (Self::Variance | Self::Stddev | Self::VariancePop | Self::StddevPop, Type::I64 | Type::F64) => {
                Type::F64
            }
            _ => return None,
        };
        Some(OutputColumn { ty, nullable: true, list: false })
    }
}
