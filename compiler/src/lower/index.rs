//! Guards that want one field in a range of its own each, as of a thousand rules over one stream: indexes find them together.

use std::collections::BTreeMap;

use super::guards::{Span, spans};
use crate::lir::{ExprKind, FieldId, Guard, GuardId, Index, IndexRange, TypeId};
use crate::scalar::Value;
use portent_rt::kernels::key;

/// Fewer guards over a field are cheaper one by one.
const GUARDS_MIN: usize = 24;
/// So many guards of an index at most want one value: where more do, looking at each is cheaper than noting each hit.
const SHARED_MAX: usize = 16;

/// The indexes of a program.
pub(super) fn indexes(guards: &[Guard]) -> Vec<Index> {
    let wanted: Vec<Vec<(FieldId, IndexRange)>> =
        (0..).zip(guards).map(|(number, guard)| ranges(GuardId(number), guard)).collect();
    let mut popular: BTreeMap<(TypeId, FieldId), usize> = BTreeMap::new();
    for (guard, ranges) in guards.iter().zip(&wanted) {
        ranges.iter().for_each(|(field, _)| *popular.entry((guard.ty, *field)).or_default() += 1);
    }
    // Of the fields that a guard has ranges of, the one that most guards have.
    let mut by_field: BTreeMap<(TypeId, FieldId), Vec<IndexRange>> = BTreeMap::new();
    for (guard, ranges) in guards.iter().zip(wanted) {
        if let Some((field, range)) = ranges.into_iter().max_by_key(|(field, _)| popular[&(guard.ty, *field)])
        {
            by_field.entry((guard.ty, field)).or_default().push(range);
        }
    }
    let index = |((ty, field), ranges)| Index { ty, field, ranges: narrow_ones(ranges) };
    by_field.into_iter().map(index).filter(|index| index.ranges.len() >= GUARDS_MIN).collect()
}

/// Leaves ranges, the narrowest first, of which only so many meet others; in the order of guards.
fn narrow_ones(mut ranges: Vec<IndexRange>) -> Vec<IndexRange> {
    ranges.sort_by_key(|range| (range.greatest.wrapping_sub(range.least) as u64, range.guard));
    let mut ends: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
    let (mut taken, mut widest) = (Vec::new(), 0);
    for range in ranges {
        let (least, greatest) = (range.least, range.greatest);
        // Ranges are found by their greatest values; none that is taken is wider than this one.
        let to = greatest.saturating_add(widest);
        let met = ends.range(least..=to).flat_map(|(_, of)| of).filter(|(first, _)| *first <= greatest);
        if met.take(SHARED_MAX).count() < SHARED_MAX {
            widest = widest.max(greatest.checked_sub(least).unwrap_or(i64::MAX));
            ends.entry(greatest).or_default().push((least, greatest));
            taken.push(range);
        }
    }
    taken.sort_by_key(|range| range.guard);
    taken
}

/// The ranges that a guard wants all of, those with two ends, one for each field.
fn ranges(number: GuardId, guard: &Guard) -> Vec<(FieldId, IndexRange)> {
    let mut all = Vec::new();
    spans(&guard.condition, &mut all);
    let parts = match &guard.condition.kind {
        ExprKind::And(parts) => parts.len(),
        _ => 1,
    };
    let mut fields: Vec<FieldId> = all.iter().map(|span| span.field).collect();
    fields.sort_unstable();
    fields.dedup();
    let range = |field: FieldId| {
        let of_field = || all.iter().filter(|span| span.field == field);
        let ends = of_field().map(ends).collect::<Option<Vec<_>>>()?;
        let least = ends.iter().filter_map(|(least, _)| *least).max()?;
        let greatest = ends.iter().filter_map(|(_, greatest)| *greatest).min()?;
        let exact = of_field().count() == parts;
        (least <= greatest).then_some((field, IndexRange { least, greatest, guard: number, exact }))
    };
    fields.into_iter().filter_map(range).collect()
}

/// The least and the greatest value of a span, as far as it has such ends; none if an index cannot have it.
fn ends(span: &Span<'_>) -> Option<(Option<i64>, Option<i64>)> {
    let end = |end: Option<(&Value, bool)>, outside: i64| match end {
        None => Some(None),
        Some((value, true)) => place(value).map(Some),
        Some((value, false)) => place(value)?.checked_add(outside).map(Some),
    };
    Some((end(span.low, 1)?, end(span.high, -1)?))
}

/// The place of a value among all of its type, if an index has them.
fn place(value: &Value) -> Option<i64> {
    match value {
        Value::I64(value) | Value::Timestamp(value) | Value::Duration(value) => Some(*value),
        Value::F64(value) if !value.is_nan() => Some(key(*value + 0.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lir::Expr;
    use crate::scalar::{Compare, Kind, Type};

    fn compare(field: u32, op: Compare, value: Value) -> Expr {
        let ty = Type::new(Kind::I64);
        let column = Expr::new(ExprKind::Column(FieldId(field)), ty);
        let value = Expr::new(ExprKind::Const(value), ty);
        Expr::bool(ExprKind::Compare(op, Box::new(column), Box::new(value)))
    }

    fn guard(parts: Vec<Expr>) -> Guard {
        let condition = match <[Expr; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => Expr::bool(ExprKind::And(parts)),
        };
        Guard { ty: TypeId(0), condition, origin: String::new() }
    }

    fn range(guard: &Guard) -> Vec<(u32, i64, i64, bool)> {
        let ranges = ranges(GuardId(0), guard).into_iter();
        ranges.map(|(field, range)| (field.0, range.least, range.greatest, range.exact)).collect()
    }

    #[test]
    fn ranges_have_two_ends() {
        use Compare::{Eq, Ge, Gt, Le, Lt, Ne};
        let int = Value::I64;
        assert_eq!(range(&guard(vec![compare(0, Eq, int(7))])), [(0, 7, 7, true)]);
        let two = guard(vec![compare(0, Gt, int(7)), compare(0, Le, int(9))]);
        assert_eq!(range(&two), [(0, 8, 9, true)]);
        let mixed = guard(vec![compare(0, Ge, int(7)), compare(1, Eq, int(1)), compare(0, Lt, int(9))]);
        assert_eq!(range(&mixed), [(0, 7, 8, false), (1, 1, 1, false)]);
        for none in [
            vec![compare(0, Gt, int(7))],
            vec![compare(0, Ne, int(7))],
            vec![compare(0, Gt, int(7)), compare(0, Lt, int(8))],
            vec![compare(0, Gt, int(i64::MAX)), compare(0, Le, int(i64::MAX))],
            vec![compare(0, Eq, Value::F64(f64::NAN))],
            vec![compare(0, Eq, Value::Str("x".to_owned()))],
        ] {
            let guard = guard(none);
            assert_eq!(range(&guard), [], "{guard:?}");
        }
        let open = guard(vec![compare(0, Gt, Value::F64(-0.0)), compare(0, Lt, Value::F64(1.0))]);
        assert_eq!(range(&open), [(0, key(f64::from_bits(1)), key(1.0_f64.next_down()), true)]);
    }

    #[test]
    fn what_many_share_is_left_to_each() {
        use Compare::{Eq, Ge, Lt};
        let point = |value| guard(vec![compare(0, Eq, Value::I64(value))]);
        let wide = guard(vec![compare(0, Ge, Value::I64(0)), compare(0, Lt, Value::I64(1000))]);
        assert!(indexes(&vec![point(1); GUARDS_MIN - 1]).is_empty());
        let mut guards: Vec<Guard> = (0..100).map(point).collect();
        guards.push(wide);
        let of = indexes(&guards);
        assert_eq!((of.len(), of[0].ranges.len()), (1, 100), "not the wide one");
        guards.extend(vec![point(5); 40]);
        assert_eq!(indexes(&guards)[0].ranges.len(), 99 + SHARED_MAX);
    }
}
