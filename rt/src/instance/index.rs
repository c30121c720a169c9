//! Guards that want one column in a range of its own each, all at once: one look at each value instead of one for each guard.

use alloc::vec::Vec;

use super::rows::TypeRows;
use crate::plan::IndexPlan;
use crate::ranges::{Ranges, place};
use crate::schema::Type;

/// Ranges of one column, and the guards that want them.
#[derive(Debug)]
pub(crate) struct Index {
    field: usize,
    ty: Type,
    nullable: bool,
    ranges: Ranges,
}

impl Index {
    /// The index of a plan, over a field of this type.
    pub(crate) fn new(plan: &IndexPlan, ty: Type, nullable: bool) -> Self {
        let range = |range: &crate::plan::IndexRange| (range.least, range.greatest, range.guard);
        let ranges: Vec<_> = plan.ranges.iter().map(range).collect();
        Self { field: plan.field, ty, nullable, ranges: Ranges::new(&ranges) }
    }

    /// Calls `hit` with each row and each guard that wants its value, in the order of rows.
    ///
    /// # Safety
    /// The column has as many values as there are rows, of the type of this, which stand; if they may be null, as many bits.
    pub(crate) unsafe fn find(&self, rows: &TypeRows, mut hit: impl FnMut(u32, u32)) {
        let column = rows.column(self.field);
        // SAFETY: the caller's promise.
        let is_valid = |row: usize| unsafe { *column.validity.add(row / 64) } >> (row % 64) & 1 == 1;
        let mut each = |row: usize, value: i64| {
            if !self.nullable || is_valid(row) {
                self.ranges.wanting(value).iter().for_each(|guard| hit(row as u32, *guard));
            }
        };
        if self.ty == Type::F64 {
            // SAFETY: the caller's promise.
            let values = unsafe { core::slice::from_raw_parts(column.values.cast::<f64>(), rows.len()) };
            self.near(values, place, &mut each);
        } else {
            // SAFETY: the caller's promise.
            let values = unsafe { core::slice::from_raw_parts(column.values.cast::<i64>(), rows.len()) };
            self.near(values, |value| value, &mut each);
        }
    }

    /// Calls `each` with each row whose value is near one that is wanted, and the place of that value.
    ///
    /// PERF: nearly no value is; those that are have no branch of their own among the others.
    fn near<T: Copy>(&self, values: &[T], place: impl Fn(T) -> i64, each: &mut impl FnMut(usize, i64)) {
        let near = self.ranges.near();
        for (at, values) in values.chunks(64).enumerate() {
            let bit = |(row, value): (usize, &T)| u64::from(near.holds(place(*value))) << row;
            let mut rest = values.iter().enumerate().map(bit).fold(0, |word, bit| word | bit);
            while rest != 0 {
                let row = rest.trailing_zeros() as usize;
                each(at * 64 + row, place(values[row]));
                rest &= rest - 1;
            }
        }
    }
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
                    true => (place(a.min(b) as f64), place(a.max(b) as f64)),
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
                let at = if is_float { place(*value as f64) } else { *value };
                wanted.extend(ranges.iter().filter(|range| range.least <= at && at <= range.greatest).map(|range| (row, range.guard)));
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
                    index.ranges.may_want(value) && !index.ranges.wanting(value).is_empty(),
                    wanted,
                    "{least} {greatest} {value}"
                );
            }
        }
    }

    #[test]
    fn nan_is_in_no_range_and_zeros_are_one() {
        let range =
            |a: f64, b: f64, guard| IndexRange { least: place(a), greatest: place(b), guard, exact: true };
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
