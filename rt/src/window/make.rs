//! Which algorithm keeps an aggregate: by its function, the type of its argument, and what its windows do.

use alloc::boxed::Box;
use core::marker::PhantomData;

use super::aggregate::{Aggregate, Cells};
use super::estimate::{CountedEstimate, Estimate};
use super::fold::{Count, Edge, Extreme, Fold, Inverse, Moments, Quantified, SumFloat, SumInt};
use super::keep::{Collect, Percentile};
use super::once::{CountOf, Distinct, Tally, Widened};
use super::ranked::{Ranked, Ranking};
use super::sliding::{Listing, Monotonic, Refolding, Sliding, Subtracting};
use super::source::{Float, Int, IntAsFloat, Pair, Source, Text, Truth};
use super::summary::{SummaryFloat, SummaryInt};
use crate::plan::window::{AggregatePlan, Function};
use crate::schema::Type;

/// When results are due, and whether rows leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// At the end of a window, to which rows are only added.
    Closes,
    /// For each row that is added.
    Runs,
    /// For each row that is added; older ones leave.
    Slides,
}

/// What an aggregate is made for.
#[derive(Clone, Copy, Debug)]
struct Maker {
    life: Life,
    distinct: bool,
}

impl Maker {
    const fn slides(self) -> bool {
        matches!(self.life, Life::Slides)
    }

    /// An aggregate whose states join in constant time.
    fn small<F: Fold>(self, fold: F) -> Box<dyn Aggregate> {
        match (self.distinct, self.slides()) {
            (true, _) => self.large(Distinct { fold }),
            (false, true) => Box::new(Sliding::new(fold)),
            (false, false) => Box::new(Cells::new(fold)),
        }
    }

    /// An aggregate whose states are as large as the window.
    fn large<F: Fold>(self, fold: F) -> Box<dyn Aggregate> {
        match self.slides() {
            true => Box::new(Refolding::new(fold)),
            false => Box::new(Cells::new(fold)),
        }
    }

    /// An aggregate of which states are taken from another again.
    fn inverted<F: Inverse>(self, fold: F) -> Box<dyn Aggregate> {
        match (self.slides(), self.distinct) {
            (true, true) => Box::new(Subtracting::new(Tally { fold })),
            (true, false) => Box::new(Subtracting::new(fold)),
            _ => self.small(fold),
        }
    }

    /// The least or greatest value.
    fn extreme<S: Source>(self, greatest: bool) -> Box<dyn Aggregate> {
        let fold = Extreme::<S> { greatest, source: PhantomData };
        match (self.slides(), self.distinct) {
            (true, false) => Box::new(Monotonic::new(fold)),
            _ => self.small(fold),
        }
    }

    /// Percentiles.
    fn ranked<S: Ranking>(self, rounds: bool) -> Box<dyn Aggregate> {
        match (self.life, rounds, self.distinct) {
            (Life::Closes, false, false) => self.large(Percentile::<S> { source: PhantomData }),
            (Life::Closes, false, true) => {
                self.large(Distinct { fold: Percentile::<S> { source: PhantomData } })
            }
            _ => self.inverted(Ranked::<S> { rounds, source: PhantomData }),
        }
    }

    /// Percentiles of a type; none if it has none.
    fn percentile(self, of: Type, rounds: bool) -> Option<Box<dyn Aggregate>> {
        Some(match of {
            // Which of the two zeros stands for both is said by the first.
            Type::F64 if self.distinct => {
                self.large(Distinct { fold: Ranked::<Float> { rounds, source: PhantomData } })
            }
            Type::F64 => self.ranked::<Float>(rounds),
            Type::I64 if self.distinct => {
                self.inverted(Widened { fold: Ranked::<IntAsFloat> { rounds, source: PhantomData } })
            }
            Type::I64 => self.ranked::<IntAsFloat>(rounds),
            Type::Duration => self.ranked::<Int>(rounds),
            _ => return None,
        })
    }

    fn moments(self, of: Type) -> Option<Box<dyn Aggregate>> {
        Some(match of {
            Type::F64 => self.small(Moments::<Float> { source: PhantomData }),
            Type::I64 if self.distinct => {
                self.small(Widened { fold: Moments::<IntAsFloat> { source: PhantomData } })
            }
            Type::I64 => self.small(Moments::<IntAsFloat> { source: PhantomData }),
            _ => return None,
        })
    }

    /// All values.
    fn collected<S: Source>(self) -> Box<dyn Aggregate> {
        let fold = Collect::<S> { source: PhantomData };
        match (self.slides(), self.distinct) {
            (true, false) => Box::new(Listing::new(fold)),
            _ => self.small(fold),
        }
    }

    /// An aggregate that takes values of any type.
    fn any<S: Source>(self, function: Function, by: Option<Type>) -> Option<Box<dyn Aggregate>> {
        let source = PhantomData;
        Some(match function {
            Function::Count => self.inverted(CountOf::<S> { source }),
            Function::Min => self.extreme::<S>(false),
            Function::Max => self.extreme::<S>(true),
            Function::First => self.small(Edge::<S> { last: false, source }),
            Function::Last => self.small(Edge::<S> { last: true, source }),
            Function::Collect => self.collected::<S>(),
            Function::ArgMax | Function::ArgMin => {
                let greatest = function == Function::ArgMax;
                match by? {
                    Type::Bool => self.extreme::<Pair<S, Truth>>(greatest),
                    Type::F64 => self.extreme::<Pair<S, Float>>(greatest),
                    Type::Str => self.extreme::<Pair<S, Text>>(greatest),
                    Type::I64 | Type::Timestamp | Type::Duration => self.extreme::<Pair<S, Int>>(greatest),
                }
            }
            _ => return None,
        })
    }
}

/// Whether an aggregate of values of a type is one of those that a summary gives: of it and its like, if there are others.
pub(crate) fn in_summary(plan: &AggregatePlan, of: Option<Type>) -> bool {
    let function = matches!(plan.function, Function::Sum | Function::Avg | Function::Min | Function::Max);
    function && !plan.distinct && matches!(of, Some(Type::F64 | Type::I64 | Type::Duration))
}

/// Sum, mean, least and greatest value at once, of values of a type.
pub(crate) fn make_summary(of: Option<Type>) -> Box<dyn Aggregate> {
    match of {
        Some(Type::F64) => Box::new(Cells::new(SummaryFloat)),
        Some(of @ (Type::I64 | Type::Duration)) => {
            Box::new(Cells::new(SummaryInt(SumInt { whole: of == Type::Duration })))
        }
        _ => unreachable!("summaries are of numbers"),
    }
}

/// Whether two aggregates may have the same states, from which each reads what it gives; also those that one summary gives,
/// if that is asked for.
pub(crate) fn share(a: &AggregatePlan, b: &AggregatePlan, summary: bool) -> bool {
    let of = |plan: &AggregatePlan| match plan.function {
        Function::Min | Function::Max if summary => Function::Sum,
        Function::Avg => Function::Sum,
        Function::Stddev | Function::VariancePop | Function::StddevPop => Function::Variance,
        Function::Percentile(_) => Function::Percentile(0.5),
        Function::ApproxPercentile(_) => Function::ApproxPercentile(0.5),
        Function::All => Function::Any,
        other => other,
    };
    of(a) == of(b) && AggregatePlan { function: b.function, ..a.clone() } == *b
}

/// The aggregate of a plan over an argument and a `by` of these types.
///
/// # Panics
/// If the function does not take such an argument.
pub(crate) fn make(
    plan: &AggregatePlan,
    of: Option<Type>,
    by: Option<Type>,
    life: Life,
) -> Box<dyn Aggregate> {
    // Equal values but zeros are one and the same, and that it comes again changes neither extremes nor whether there is one.
    let idle = match plan.function {
        Function::Min | Function::Max => of != Some(Type::F64),
        Function::Any | Function::All => true,
        _ => false,
    };
    let maker = Maker { life, distinct: plan.distinct && !idle };
    numeric(plan, of, maker)
        .or_else(|| match of? {
            Type::Bool => maker.any::<Truth>(plan.function, by),
            Type::F64 => maker.any::<Float>(plan.function, by),
            Type::Str => maker.any::<Text>(plan.function, by),
            Type::I64 | Type::Timestamp | Type::Duration => maker.any::<Int>(plan.function, by),
        })
        .expect("plan: an aggregate is of values that it takes")
}

fn numeric(plan: &AggregatePlan, of: Option<Type>, maker: Maker) -> Option<Box<dyn Aggregate>> {
    Some(match (plan.function, of) {
        (Function::Count, None) => Maker { distinct: false, ..maker }.inverted(Count { nulls: true }),
        (Function::Count, Some(_)) if !plan.distinct => maker.inverted(Count { nulls: false }),
        (Function::Sum | Function::Avg, Some(of)) => match of {
            Type::I64 => maker.inverted(SumInt { whole: false }),
            Type::Duration => maker.inverted(SumInt { whole: true }),
            Type::F64 => maker.small(SumFloat),
            _ => return None,
        },
        (Function::Variance | Function::Stddev | Function::VariancePop | Function::StddevPop, Some(of)) => {
            return maker.moments(of);
        }
        (Function::Percentile(_), Some(of)) => return maker.percentile(of, false),
        (Function::ApproxPercentile(_), Some(of)) => return maker.percentile(of, true),
        (Function::ApproxDistinct, Some(Type::I64)) => match maker.life {
            Life::Slides => Box::new(Subtracting::new(CountedEstimate)),
            Life::Closes | Life::Runs => Box::new(Cells::new(Estimate)),
        },
        (Function::Any | Function::All, Some(Type::Bool)) => maker.inverted(Quantified),
        _ => return None,
    })
}
