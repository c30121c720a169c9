//! Every table against a map from keys to partitions.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::column::{Column, Value};
use crate::instance::rows::{FieldShape, TypeRows};
use crate::plan::{KeyPlan, RuleInput};
use crate::state::Context;

unsafe extern "C" fn nothing(_: *mut Context) {}

fn plan(key: &[Type], max: u32) -> RulePlan {
    RulePlan {
        guards: Vec::new(),
        inputs: alloc::vec![RuleInput { ty: 0, wants: None, opens: None }],
        keys: key.iter().enumerate().map(|(field, &ty)| KeyPlan { ty, fields: alloc::vec![field] }).collect(),
        step: crate::plan::Step::Kernel(nothing),
        timer: None,
        sweep: None,
        event_columns: Vec::new(),
        run_shape: crate::plan::RunShape::default(),
        fingerprint: 0,
        run_bytes: 8,
        slot_bytes: 16,
        match_bytes: 16,
        match_fields: Vec::new(),
        runs_max: 1,
        list_max: 1,
        partitions_max: max,
        idle_ns: None,
        partitions_fail: false,
    }
}

/// A key as the model compares it.
fn canonical(key: &[Value]) -> String {
    let one = |value: &Value| match value {
        Value::F64(value) if value.is_nan() => String::from("NaN"),
        Value::F64(value) => format!("{:?}", value + 0.0),
        other => format!("{other:?}"),
    };
    key.iter().map(one).collect::<Vec<_>>().join("|")
}

/// Rows with keys of these types, and which of them may open a partition.
type Piece = Vec<(Vec<Value>, bool)>;

fn value(ty: Type) -> BoxedStrategy<Value> {
    let some = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::F64 => prop::sample::select(&[0.0, -0.0, f64::NAN, -f64::NAN, 1.5, f64::INFINITY][..])
            .prop_map(Value::F64)
            .boxed(),
        Type::Str => {
            prop::sample::select(&["", "a", "b", "twelve bytes", "thirteen byte", "thirteen bytf"][..])
                .prop_map(|text| Value::Str(text.into()))
                .boxed()
        }
        _ => (-40..40i64).prop_map(Value::I64).boxed(),
    };
    prop_oneof![6 => some, 1 => Just(Value::Null)].boxed()
}

fn pieces(key: &'static [Type]) -> impl Strategy<Value = Vec<(Piece, u64)>> {
    let row = (key.iter().map(|&ty| value(ty)).collect::<Vec<_>>(), prop::bool::weighted(0.8));
    prop::collection::vec((prop::collection::vec(row, 0..60), any::<u64>()), 0..8)
}

/// After each piece, partitions whose number has its bit set in the mask are given up.
fn check(key: &[Type], pieces: Vec<(Piece, u64)>, max: u32) {
    let plan = plan(key, max);
    let mut slots = Arena::new(16);
    let mut partitions = Partitions::new(&plan, &mut slots);
    let mut model: HashMap<String, u32> = HashMap::new();
    let shape = |&ty: &Type| FieldShape { ty, nullable: true, used: true };
    let mut rows = TypeRows::new(key.iter().map(shape).collect(), 0);
    let (mut columns, mut dropped) = (Vec::new(), 0);
    for (piece, mask) in pieces {
        let mut values: Vec<Column> = key.iter().map(|&ty| Column::new(ty, true)).collect();
        piece.iter().for_each(|(row, _)| values.iter_mut().zip(row).for_each(|(to, value)| to.push(value)));
        rows.borrow(values.iter(), 0, piece.len());
        // SAFETY: `values` and `rows` stand while the columns are read.
        unsafe { key::collect(&plan, |_| &rows, &mut columns) };
        let selected: Vec<u32> = (0..piece.len() as u32).collect();
        let at_hand = KeyRows { rows: &selected, inputs: &[], columns: &columns, components: key.len() };
        let mut entries = Entries::default();
        partitions.prepare(&at_hand);
        let assigned =
            partitions.assign(0..at_hand.rows.len(), &at_hand, |at| piece[at].1, &mut slots, &mut entries);
        assert_eq!(assigned, Assigned::All);

        let mut expected = Vec::new();
        for (row, (key, opens)) in (0..).zip(&piece) {
            let key = canonical(key);
            let slot = entries.rows.iter().find(|entry| entry.row == row).map(|entry| entry.slot);
            if !model.contains_key(&key) && *opens {
                if model.len() < max as usize {
                    assert!(!model.values().any(|other| Some(*other) == slot), "a slot of its own");
                    model.insert(key.clone(), slot.expect("a partition is opened"));
                } else {
                    dropped += 1;
                }
            }
            expected.extend(model.get(&key).map(|&slot| Entry { row, slot }));
        }
        assert_eq!(entries.rows, expected);
        assert_eq!((partitions.dropped(), slots.live as usize), (dropped, model.len()));

        model.retain(|_, slot| {
            let keep = mask >> (*slot % 64) & 1 == 0;
            slots.set_word(*slot, USED, u32::from(keep));
            keep
        });
        partitions.give_up(&mut slots);
        assert_eq!(slots.live as usize, model.len());
    }
}

proptest! {
    #[test]
    fn integers(pieces in pieces(&[Type::I64]), max in 1..100u32) {
        check(&[Type::I64], pieces, max);
    }

    #[test]
    fn doubles(pieces in pieces(&[Type::F64])) {
        check(&[Type::F64], pieces, 100);
    }

    #[test]
    fn truth_values(pieces in pieces(&[Type::Bool])) {
        check(&[Type::Bool], pieces, 2);
    }

    #[test]
    fn texts(pieces in pieces(&[Type::Str])) {
        check(&[Type::Str], pieces, 5);
    }

    #[test]
    fn several_components(pieces in pieces(&[Type::F64, Type::Str, Type::Bool])) {
        check(&[Type::F64, Type::Str, Type::Bool], pieces, 30);
    }
}

#[test]
fn many_integers() {
    let numbers: Vec<i64> = (0..40_000).map(|number| number * 4096).collect();
    let plan = plan(&[Type::I64], u32::MAX);
    let mut slots = Arena::new(16);
    let mut partitions = Partitions::new(&plan, &mut slots);
    for round in 0..2 {
        for piece in numbers.chunks(1000) {
            let column = Column::from_i64(Type::I64, piece.to_vec());
            let mut rows =
                TypeRows::new(alloc::vec![FieldShape { ty: Type::I64, nullable: false, used: true }], 0);
            rows.borrow([&column].into_iter(), 0, piece.len());
            let mut columns = Vec::new();
            // SAFETY: `column` and `rows` stand while the columns are read.
            unsafe { key::collect(&plan, |_| &rows, &mut columns) };
            let selected: Vec<u32> = (0..piece.len() as u32).collect();
            let at_hand = KeyRows { rows: &selected, inputs: &[], columns: &columns, components: 1 };
            let mut entries = Entries::default();
            partitions.prepare(&at_hand);
            partitions.assign(0..at_hand.rows.len(), &at_hand, |_| round == 0, &mut slots, &mut entries);
            assert_eq!(entries.rows.len(), 1000, "found again in round {round}");
        }
        assert_eq!(slots.live, 40_000);
    }
}
