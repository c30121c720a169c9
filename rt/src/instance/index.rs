//! Guards that want one column in a range of its own each, all at once: one look at each value instead of one for each guard.
//!
//! ```text
//!  ends of ranges, ascending    |  3  |  5  |  8  |  12 |      between two of them: a list of guards
//!  buckets of the values        |   0    |   1    |   2  |     where in the ends to look
//! ```

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::rows::TypeRows;
use crate::kernels::key;
use crate::plan::IndexPlan;
use crate::schema::Type;

/// Buckets for each end. PERF: so that there is seldom more than one end in a bucket.
const BUCKETS_PER_END: usize = 4;
/// Buckets at most. PERF: they stay in a near cache.
const BUCKETS_MAX: usize = 1 << 14;
/// Of values that no guard wants most are told by one bit; so many for each end, and at most.
const BITS_PER_END: usize = 32;
const BITS_MAX: usize = 1 << 16;

/// Ranges of one column, and the guards that want them.
#[derive(Debug)]
pub(crate) struct Index {
    field: usize,
    ty: Type,
    nullable: bool,
    /// Where the list of guards changes, ascending; the guards of a stretch are `guards[lists[i]..lists[i + 1]]`.
    ends: Vec<i64>,
    lists: Vec<u32>,
    guards: Vec<u32>,
    /// For each bucket of values the number of ends in those before it; one more at the end.
    buckets: Vec<u32>,
    shift: u32,
    /// For each smaller bucket whether any guard wants a value of it.
    wanted: Vec<u64>,
    wanted_shift: u32,
}

/// How far to shift values of a span for so many buckets at most.
fn shift(span: u64, buckets: usize) -> u32 {
    (u64::BITS - span.leading_zeros()).saturating_sub(buckets.ilog2())
}

impl Index {
    /// The index of a plan, over a field of this type.
    pub(crate) fn new(plan: &IndexPlan, ty: Type, nullable: bool) -> Self {
        let ends: BTreeSet<i64> = plan
            .ranges
            .iter()
            .flat_map(|range| [Some(range.least), range.greatest.checked_add(1)])
            .flatten()
            .collect();
        let ends: Vec<i64> = ends.into_iter().collect();
        let mut stretches = alloc::vec![Vec::new(); ends.len()];
        for range in &plan.ranges {
            let first = ends.partition_point(|end| *end < range.least);
            let to = ends.partition_point(|end| *end <= range.greatest);
            stretches[first..to].iter_mut().for_each(|stretch| stretch.push(range.guard));
        }
        let mut lists = alloc::vec![0];
        let mut guards = Vec::new();
        for stretch in stretches {
            guards.extend(stretch);
            lists.push(guards.len() as u32);
        }
        // The last end, which is not there if it would be behind all values.
        let last = plan.ranges.iter().map(|range| range.greatest.saturating_add(1)).max().unwrap_or(ends[0]);
        let span = last.wrapping_sub(ends[0]) as u64;
        let buckets_max = |per_end: usize, max: usize| (ends.len() * per_end).next_power_of_two().min(max);
        let (shift, wanted_shift) = (
            shift(span, buckets_max(BUCKETS_PER_END, BUCKETS_MAX)),
            shift(span, buckets_max(BITS_PER_END, BITS_MAX)),
        );
        let count = (span >> shift) as usize + 1;
        let bucket = |end: &i64| (end.wrapping_sub(ends[0]) as u64 >> shift) as usize;
        let buckets = (0..=count).map(|at| ends.partition_point(|end| bucket(end) < at) as u32).collect();
        let mut wanted = alloc::vec![0; (span >> wanted_shift) as usize / 64 + 1];
        for range in &plan.ranges {
            let place = |value: i64| value.wrapping_sub(ends[0]) as u64 >> wanted_shift;
            (place(range.least)..=place(range.greatest))
                .for_each(|bit| wanted[bit as usize / 64] |= 1 << (bit % 64));
        }
        Self { field: plan.field, ty, nullable, ends, lists, guards, buckets, shift, wanted, wanted_shift }
    }

    /// Calls `hit` with each row and each guard that wants its value, in the order of rows.
    ///
    /// # Safety
    /// The column has as many values as there are rows, of the type of this, which stand; if they may be null, as many bits.
    pub(crate) unsafe fn find(&self, rows: &TypeRows, mut hit: impl FnMut(u32, u32)) {
        let column = rows.column(self.field);
        let each = |row: usize, place: i64, hit: &mut dyn FnMut(u32, u32)| {
            // SAFETY: the caller's promise.
            if self.nullable && unsafe { *column.validity.add(row / 64) } >> (row % 64) & 1 == 0 {
                return;
            }
            self.wanted(place).iter().for_each(|guard| hit(row as u32, *guard));
        };
        if self.ty == Type::F64 {
            // SAFETY: the caller's promise.
            let values = unsafe { core::slice::from_raw_parts(column.values.cast::<f64>(), rows.len()) };
            for (row, value) in values.iter().enumerate() {
                let place = float_place(*value);
                if self.may_want(place) {
                    each(row, place, &mut hit);
                }
            }
        } else {
            // SAFETY: the caller's promise.
            let values = unsafe { core::slice::from_raw_parts(column.values.cast::<i64>(), rows.len()) };
            for (row, place) in values.iter().enumerate() {
                if self.may_want(*place) {
                    each(row, *place, &mut hit);
                }
            }
        }
    }

    /// The stretch that a value is in, if it is not before all.
    #[inline]
    fn stretch(&self, place: i64) -> Option<usize> {
        if place < self.ends[0] {
            return None;
        }
        let bucket = (place.wrapping_sub(self.ends[0]) as u64 >> self.shift) as usize;
        let bucket = bucket.min(self.buckets.len() - 2);
        let (mut at, to) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        if to - at > 8 {
            at += self.ends[at..to].partition_point(|end| *end <= place);
        } else {
            while at < to && self.ends[at] <= place {
                at += 1;
            }
        }
        Some(at - 1)
    }

    /// Whether any guard wants a value, or one near it.
    #[inline]
    fn may_want(&self, place: i64) -> bool {
        // What is before all is far behind them.
        let bit = place.wrapping_sub(self.ends[0]) as u64 >> self.wanted_shift;
        self.wanted.get(bit as usize / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    fn wanted(&self, place: i64) -> &[u32] {
        let list = |at: usize| &self.guards[self.lists[at] as usize..self.lists[at + 1] as usize];
        self.stretch(place).map_or(&[], list)
    }
}

/// The place of a double among all, both zeros being one.
#[inline]
const fn float_place(value: f64) -> i64 {
    key(value + 0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rows::FieldShape;
    use super::*;
    use crate::column::{Column, Value};
    use crate::plan::IndexRange;

    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![-20..20i64, Just(i64::MIN), Just(i64::MAX), any::<i64>(), 1000..1003i64]
    }

    fn rows(column: &Column, shape: FieldShape) -> TypeRows {
        let mut rows = TypeRows::new(alloc::vec![shape], 0);
        rows.borrow([column].into_iter(), 0, column.len());
        rows
    }

    proptest! {
        #[test]
        fn it_finds_what_each_guard_would(
            ranges in proptest::collection::vec((number(), number()), 1..60),
            values in proptest::collection::vec(proptest::option::of(number()), 1..200),
            is_float in any::<bool>(),
        ) {
            let ranges: Vec<IndexRange> = (0..).zip(ranges).map(|(guard, (a, b))| {
                let (least, greatest) = match is_float {
                    true => (float_place(a.min(b) as f64), float_place(a.max(b) as f64)),
                    false => (a.min(b), a.max(b)),
                };
                IndexRange { least, greatest, guard, exact: true }
            }).collect();
            let ty = if is_float { Type::F64 } else { Type::I64 };
            let mut column = Column::new(ty, true);
            for value in &values {
                column.push(&match value {
                    None => Value::Null,
                    Some(value) if is_float => Value::F64(*value as f64),
                    Some(value) => Value::I64(*value),
                });
            }
            let plan = IndexPlan { ty: 0, field: 0, ranges: ranges.clone() };
            let rows = rows(&column, FieldShape { ty, nullable: true, used: true });
            let mut found = Vec::new();
            // SAFETY: the rows are those of the column, which stands.
            unsafe { Index::new(&plan, ty, true).find(&rows, |row, guard| found.push((row, guard))) };
            let mut wanted = Vec::new();
            for (row, value) in (0..).zip(&values) {
                let Some(value) = value else { continue };
                let place = if is_float { float_place(*value as f64) } else { *value };
                wanted.extend(ranges.iter().filter(|range| range.least <= place && place <= range.greatest).map(|range| (row, range.guard)));
            }
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn a_range_may_reach_the_ends_of_integers() {
        for (least, greatest) in [(i64::MAX, i64::MAX), (i64::MIN, i64::MAX), (0, i64::MAX), (i64::MIN, 0)] {
            let ranges = (0..30).map(|guard| IndexRange { least, greatest, guard, exact: true });
            let plan = IndexPlan { ty: 0, field: 0, ranges: ranges.collect() };
            let index = Index::new(&plan, Type::I64, false);
            for value in [i64::MIN, -1, 0, 1, i64::MAX - 1, i64::MAX] {
                let wanted = (least..=greatest).contains(&value);
                assert_eq!(
                    index.may_want(value) && !index.wanted(value).is_empty(),
                    wanted,
                    "{least} {greatest} {value}"
                );
            }
        }
    }

    #[test]
    fn nan_is_in_no_range_and_zeros_are_one() {
        let range = |a: f64, b: f64, guard| IndexRange {
            least: float_place(a),
            greatest: float_place(b),
            guard,
            exact: true,
        };
        let ranges = alloc::vec![range(-0.0, 0.0, 0), range(f64::NEG_INFINITY, f64::INFINITY, 1)];
        let mut column = Column::new(Type::F64, false);
        let values = [0.0, -0.0, f64::NAN, -f64::NAN, f64::INFINITY];
        values.iter().for_each(|value| column.push(&Value::F64(*value)));
        let rows = rows(&column, FieldShape { ty: Type::F64, nullable: false, used: true });
        let mut found = Vec::new();
        let plan = IndexPlan { ty: 0, field: 0, ranges };
        // SAFETY: the rows are those of the column, which stands.
        unsafe { Index::new(&plan, Type::F64, false).find(&rows, |row, guard| found.push((row, guard))) };
        assert_eq!(found, [(0, 0), (0, 1), (1, 0), (1, 1), (4, 1)]);
    }
}
