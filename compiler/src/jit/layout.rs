//! Where records have what: the offsets of registers, cells and emitted values.
//!
//! After the header of `portent_rt::state` come the words of validity bits, then 16-byte values (text, lists), then the
//! 24-byte states of aggregates, then 8-byte values (a bool is 0 or 1). Everything is a multiple of eight bytes.

use crate::lir::{RegisterKind, Rule};
use crate::scalar::Kind;
use portent_rt::aggregate::STATE_BYTES;
use portent_rt::plan::MatchField;
use portent_rt::state::{MATCH_HEADER, RUN_HEADER, SLOT_HEADER};

/// The place of a value in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Bytes from the start of the record.
    pub(super) offset: usize,
    /// The bit that says that it is there: bits from the start of the record. None if it always is.
    pub(super) valid_bit: Option<usize>,
}

/// The places in one kind of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// In order of the registers, cells or columns.
    pub(super) places: Vec<Place>,
    /// Bytes of validity bits, right behind the header.
    pub(super) valid_bytes: usize,
    /// Bytes of the whole record.
    pub(super) bytes: usize,
}

/// The layouts of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) run: Record,
    pub(super) slot: Record,
    pub(super) matched: Record,
}

/// A value to be placed.
struct Item {
    bytes: usize,
    nullable: bool,
}

impl Item {
    fn scalar(kind: Kind, nullable: bool) -> Self {
        Self { bytes: if kind == Kind::Str { 16 } else { 8 }, nullable }
    }
}

impl Layout {
    pub(super) fn new(rule: &Rule) -> Self {
        let registers = rule.registers.iter().map(|register| match register.kind {
            RegisterKind::Scalar(ty) => Item::scalar(ty.kind, ty.nullable),
            RegisterKind::Acc(_) => Item { bytes: STATE_BYTES, nullable: false },
            RegisterKind::List(_) => Item { bytes: 16, nullable: false },
        });
        let cells = rule.cells.iter().map(|cell| Item::scalar(cell.ty.kind, cell.ty.nullable));
        let columns = rule.output.columns.iter().map(|column| match column.list {
            true => Item { bytes: 16, nullable: column.nullable },
            false => Item::scalar(column.ty, column.nullable),
        });
        Self {
            run: record(RUN_HEADER, &registers.collect::<Vec<_>>()),
            slot: record(SLOT_HEADER, &cells.collect::<Vec<_>>()),
            matched: record(MATCH_HEADER, &columns.collect::<Vec<_>>()),
        }
    }

    /// Where the runtime finds the values of a match; for each the list field of the rule's input that it copies, if it does.
    pub(super) fn match_fields(&self, lists: &[Option<usize>]) -> Vec<MatchField> {
        let field = |(place, list_of): (&Place, &Option<usize>)| MatchField {
            offset: place.offset,
            valid_bit: place.valid_bit,
            list_of: *list_of,
        };
        self.matched.places.iter().zip(lists).map(field).collect()
    }
}

fn record(header: usize, items: &[Item]) -> Record {
    let valid_bytes = items.iter().filter(|item| item.nullable).count().div_ceil(64) * 8;
    let mut places: Vec<_> = items.iter().map(|_| Place { offset: 0, valid_bit: None }).collect();
    let mut bytes = header + valid_bytes;
    for class in [16, STATE_BYTES, 8] {
        for (item, place) in items.iter().zip(&mut places).filter(|(item, _)| item.bytes == class) {
            place.offset = bytes;
            bytes += item.bytes;
        }
    }
    let nullable = items.iter().zip(&mut places).filter(|(item, _)| item.nullable);
    nullable.enumerate().for_each(|(bit, (_, place))| place.valid_bit = Some(header * 8 + bit));
    Record { places, valid_bytes, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_placed_by_size_behind_their_validity() {
        let items = [
            Item { bytes: 8, nullable: true },
            Item { bytes: 16, nullable: false },
            Item { bytes: 24, nullable: false },
            Item { bytes: 8, nullable: true },
        ];
        let record = record(8, &items);
        let offsets: Vec<_> = record.places.iter().map(|place| place.offset).collect();
        let bits: Vec<_> = record.places.iter().map(|place| place.valid_bit).collect();
        assert_eq!((offsets, record.valid_bytes, record.bytes), (vec![56, 16, 32, 64], 8, 72));
        assert_eq!(bits, [Some(64), None, None, Some(65)]);
    }
}
