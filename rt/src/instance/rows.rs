//! The rows of one event type in the working batch, as kernels see them.
//!
//! Where they lie: in the columns of whoever called (a stretch of its rows, not copied), in columns that are gathered here
//! from rows that waited for the watermark, or, of a rule's events, in the columns of its matches.

use alloc::vec::Vec;

use super::times::Times;
use crate::bitmap::Bitmap;
use crate::column::{Column, Values};
use crate::reorder::store::Store;
use crate::schema::Type;
use crate::state::{BatchRef, ColumnRef};
use crate::string::RawStr;

/// What a field is, for kernels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldShape {
    /// The type of its values.
    pub(crate) ty: Type,
    /// Whether kernels expect a validity bitmap.
    pub(crate) nullable: bool,
    /// Whether kernels read it.
    pub(crate) used: bool,
}

/// Where a held row lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The segment of the store.
    pub(crate) segment: u32,
    /// The row of it.
    pub(crate) row: u32,
}

/// Values of a computed column, and which of them are there.
#[derive(Debug, Default)]
struct Computed {
    /// Whole words, whatever the width of a value is.
    values: Vec<u64>,
    validity: Bitmap,
}

const UNSEEN: ColumnRef = ColumnRef { values: core::ptr::null(), validity: core::ptr::null() };

/// Empties a list; what it held is kept, unless more is kept already.
fn lay_aside(values: &mut Vec<i64>, stale: &mut Vec<i64>) {
    if values.len() > stale.len() {
        core::mem::swap(values, stale);
    }
    values.clear();
}

/// Values that were gathered.
#[derive(Debug)]
enum Gathered {
    Bool(Vec<u8>),
    I64(Vec<i64>),
    F64(Vec<f64>),
    /// Long ones point into the store.
    Str(Vec<RawStr>),
}

impl Gathered {
    const fn new(ty: Type) -> Self {
        match ty {
            Type::Bool => Self::Bool(Vec::new()),
            Type::F64 => Self::F64(Vec::new()),
            Type::Str => Self::Str(Vec::new()),
            Type::I64 | Type::Timestamp | Type::Duration => Self::I64(Vec::new()),
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Bool(values) => values.clear(),
            Self::I64(values) => values.clear(),
            Self::F64(values) => values.clear(),
            Self::Str(values) => values.clear(),
        }
    }

    fn extend(&mut self, from: &Column, places: &[Place]) {
        let rows = places.iter().map(|place| place.row as usize);
        match (self, from.values()) {
            (Self::Bool(to), Values::Bool(from)) => to.extend(rows.map(|row| from[row])),
            (Self::I64(to), Values::I64(from)) => to.extend(rows.map(|row| from[row])),
            (Self::F64(to), Values::F64(from)) => to.extend(rows.map(|row| from[row])),
            (Self::Str(to), Values::Str(from)) => to.extend(rows.map(|row| from.views()[row])),
            _ => unreachable!("the store has the program's columns"),
        }
    }

    fn data(&self) -> *const u8 {
        match self {
            Self::Bool(values) => values.as_ptr(),
            Self::I64(values) => values.as_ptr().cast(),
            Self::F64(values) => values.as_ptr().cast(),
            Self::Str(values) => values.as_ptr().cast(),
        }
    }
}

/// The rows of one type.
///
/// Invariant: unless `len` is 0, every column of a used field points to `len` values of the field's type, and its
/// validity, there exactly if the field is nullable, to `len` bits; `times` and `seqs` have `len` items.
#[derive(Debug)]
pub(crate) struct TypeRows {
    /// The declared ones, then the computed ones.
    fields: Vec<FieldShape>,
    /// Of the computed ones; each that the batch has rows for points to its values here.
    computed: Vec<Computed>,
    columns: Vec<ColumnRef>,
    /// For each field a bitmap that starts at its first row, where the column has none that does.
    validity: Vec<Bitmap>,
    gathered: Vec<Gathered>,
    /// The time of each row.
    pub(crate) times: Times,
    /// The sequence number of each row.
    pub(crate) seqs: Vec<i64>,
    /// Sequence numbers of rows that are gone.
    ///
    /// PERF: those to come are written over them, rather than over zeros that were written first.
    stale: Vec<i64>,
    len: usize,
}

// SAFETY: the pointers are into columns that are borrowed or owned during a call of the instance, and never followed
// after it: `clear` comes at the end of each working batch.
unsafe impl Send for TypeRows {}
// SAFETY: as above; nothing is followed through a shared reference between calls.
unsafe impl Sync for TypeRows {}

impl TypeRows {
    /// No rows of a type with these fields, of which the last so many are computed.
    pub(crate) fn new(fields: Vec<FieldShape>, computed: usize) -> Self {
        Self {
            computed: (0..computed).map(|_| Computed::default()).collect(),
            columns: alloc::vec![UNSEEN; fields.len()],
            validity: alloc::vec![Bitmap::new(); fields.len()],
            gathered: fields.iter().map(|field| Gathered::new(field.ty)).collect(),
            fields,
            times: Times::default(),
            seqs: Vec::new(),
            stale: Vec::new(),
            len: 0,
        }
    }

    /// Rows.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// A column: see the invariant.
    pub(crate) fn column(&self, field: usize) -> ColumnRef {
        self.columns[field]
    }

    /// Makes room for the values of a computed column, which its kernel is to fill: where values and validity bits go.
    pub(crate) fn compute(&mut self, number: usize) -> (*mut u64, *mut u64) {
        let field = self.fields.len() - self.computed.len() + number;
        let (shape, column) = (self.fields[field], &mut self.computed[number]);
        column.values.clear();
        column.values.resize((self.len * shape.ty.width()).div_ceil(8), 0);
        column.validity.reset(self.len);
        let (values, validity) = (column.values.as_mut_ptr(), column.validity.words_mut().as_mut_ptr());
        let seen = if shape.nullable { validity.cast_const() } else { core::ptr::null() };
        self.columns[field] = ColumnRef { values: values.cast_const().cast(), validity: seen };
        (values, validity)
    }

    /// What a kernel is given.
    pub(crate) fn batch_ref(&self) -> BatchRef {
        BatchRef {
            columns: self.columns.as_ptr(),
            times: self.times.as_ptr(),
            seqs: self.seqs.as_ptr(),
            len: self.len as u64,
        }
    }

    /// Forgets the rows.
    pub(crate) fn clear(&mut self) {
        if self.len > 0 {
            self.columns.fill(UNSEEN);
        }
        self.times.clear();
        lay_aside(&mut self.seqs, &mut self.stale);
        self.len = 0;
    }

    /// Room for the sequence numbers of `count` more rows.
    pub(crate) fn more_seqs(&mut self, count: usize) -> &mut [i64] {
        let len = self.seqs.len();
        if len == 0 {
            core::mem::swap(&mut self.seqs, &mut self.stale);
        }
        self.seqs.resize(len + count, 0);
        &mut self.seqs[len..]
    }

    /// Becomes `len` rows from row `from` of `columns` (one for each field), where they lie. Times and sequence numbers are
    /// the caller's to set.
    ///
    /// # Panics
    /// If a used column does not fit its field or has fewer rows.
    pub(crate) fn borrow<'a>(&mut self, columns: impl Iterator<Item = &'a Column>, from: usize, len: usize) {
        self.len = len;
        for (index, column) in columns.enumerate() {
            let field = self.fields[index];
            if field.used {
                assert!(
                    from + len <= column.len() && holds(column, field.ty),
                    "a column that does not fit its field"
                );
                let values = column.data().wrapping_add(from * field.ty.width());
                let validity = match field.nullable {
                    true => self.validity_from(index, column, from, len),
                    false => core::ptr::null(),
                };
                self.columns[index] = ColumnRef { values, validity };
            }
        }
    }

    /// Validity bits that start at row `from`: those of the column if that is at a word, otherwise a copy.
    fn validity_from(&mut self, index: usize, column: &Column, from: usize, len: usize) -> *const u64 {
        let own = &mut self.validity[index];
        match column.validity() {
            Some(bits) if from.is_multiple_of(64) => {
                assert!(from + len <= bits.len(), "a column whose validity is as long as its values");
                return bits.words()[from / 64..].as_ptr();
            }
            Some(bits) => own.copy_range(bits, from, len),
            None => {
                own.clear();
                own.extend(true, len);
            }
        }
        own.words().as_ptr()
    }

    /// Becomes the rows at `places` of the store, gathered. Times and sequence numbers are the caller's to set.
    pub(crate) fn gather(&mut self, store: &Store, places: &[Place]) {
        self.len = places.len();
        let declared = self.fields.len() - self.computed.len();
        let fields = self.fields[..declared].iter().enumerate();
        for (index, field) in fields.filter(|(_, field)| field.used) {
            let (values, bits) = (&mut self.gathered[index], &mut self.validity[index]);
            values.clear();
            bits.clear();
            for stretch in places.chunk_by(|a, b| a.segment == b.segment) {
                let column = &store.segment(stretch[0].segment).batch.columns[index];
                values.extend(column, stretch);
                if let (true, Some(from)) = (field.nullable, column.validity()) {
                    stretch.iter().for_each(|place| bits.push(from.get(place.row as usize)));
                }
            }
            let validity = if field.nullable { bits.words().as_ptr() } else { core::ptr::null() };
            self.columns[index] = ColumnRef { values: values.data(), validity };
        }
    }
}

/// Whether the values of a column are held as those of `ty` are.
fn holds(column: &Column, ty: Type) -> bool {
    matches!(
        (column.values(), ty),
        (Values::Bool(_), Type::Bool)
            | (Values::I64(_), Type::I64 | Type::Timestamp | Type::Duration)
            | (Values::F64(_), Type::F64)
            | (Values::Str(_), Type::Str)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Value;

    #[test]
    fn a_stretch_in_the_middle_keeps_its_nulls() {
        let mut column = Column::new(Type::I64, true);
        for row in 0..200 {
            column.push(&if row % 3 == 0 { Value::Null } else { Value::I64(row) });
        }
        let mut rows =
            TypeRows::new(alloc::vec![FieldShape { ty: Type::I64, nullable: true, used: true }], 0);
        for (from, len) in [(0, 200), (64, 100), (70, 64), (199, 1)] {
            rows.borrow([&column].into_iter(), from, len);
            let seen = rows.column(0);
            for row in 0..len {
                // SAFETY: `borrow` made both point to `len` rows of `column`, which is not changed meanwhile.
                let (value, word) =
                    unsafe { (*seen.values.cast::<i64>().add(row), *seen.validity.add(row / 64)) };
                let valid = word >> (row % 64) & 1 == 1;
                assert_eq!(valid, !(from + row).is_multiple_of(3));
                assert!(!valid || value == (from + row) as i64);
            }
        }
    }
}
