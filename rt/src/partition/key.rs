//! Key columns of selected rows, read from where the working batch has them.

use alloc::vec::Vec;

use crate::instance::rows::TypeRows;
use crate::plan::RulePlan;
use crate::schema::Type;
use crate::string::RawStr;

/// One component of the key in the rows of one type.
///
/// Invariant: `values` points to `len` values of `ty`, and `validity`, unless null, to `len` bits; they stand while the
/// working batch does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyColumn {
    ty: Type,
    values: *const u8,
    validity: *const u64,
    len: usize,
}

// SAFETY: as `TypeRows`, which it is made from: not followed after the call that made it.
unsafe impl Send for KeyColumn {}
// SAFETY: as above.
unsafe impl Sync for KeyColumn {}

impl KeyColumn {
    /// A used field of `rows`.
    ///
    /// # Safety
    /// The field is of type `ty`, and the column is not read after `rows` change.
    pub(crate) unsafe fn new(rows: &TypeRows, field: usize, ty: Type) -> Self {
        let column = rows.column(field);
        Self { ty, values: column.values, validity: column.validity, len: rows.len() }
    }

    /// The type of its values.
    pub(crate) const fn ty(&self) -> Type {
        self.ty
    }

    /// Whether any row may be null.
    pub(crate) const fn is_nullable(&self) -> bool {
        !self.validity.is_null()
    }

    /// Whether a row is null.
    #[inline]
    pub(crate) fn is_null(&self, row: u32) -> bool {
        let row = row as usize;
        assert!(row < self.len, "KeyColumn: a row of the batch");
        // SAFETY: the invariant; the row is below `len`.
        self.is_nullable() && unsafe { *self.validity.add(row / 64) } >> (row % 64) & 1 == 0
    }

    /// A row as 64 bits that are equal exactly if the values are.
    #[inline]
    pub(crate) fn word(&self, row: u32) -> u64 {
        let row = row as usize;
        assert!(row < self.len, "KeyColumn: a row of the batch");
        // SAFETY: the invariant; the row is below `len`, and each arm reads what the type's values are.
        unsafe {
            match self.ty {
                Type::Bool => u64::from(*self.values.add(row)),
                Type::F64 => canonical(*self.values.cast::<f64>().add(row)),
                Type::I64 | Type::Timestamp | Type::Duration => *self.values.cast::<u64>().add(row),
                Type::Str => unreachable!("a text is not a word"),
            }
        }
    }

    /// All rows, where a value is held as the 64 bits that [`KeyColumn::word`] gives.
    pub(crate) fn words(&self) -> Option<&[u64]> {
        match self.ty {
            _ if self.len == 0 => Some(&[]),
            Type::I64 | Type::Timestamp | Type::Duration => {
                // SAFETY: the invariant: `len` values of 8 bytes, which stand while the working batch does.
                Some(unsafe { core::slice::from_raw_parts(self.values.cast(), self.len) })
            }
            Type::Bool | Type::F64 | Type::Str => None,
        }
    }

    /// A row of text.
    #[inline]
    pub(crate) fn text(&self, row: u32) -> KeyText {
        let row = row as usize;
        assert!(row < self.len && self.ty == Type::Str, "KeyColumn: a text of the batch");
        // SAFETY: the invariant; the row is below `len` and the values are strings.
        KeyText(unsafe { *self.values.cast::<RawStr>().add(row) })
    }
}

/// A text of a key column.
///
/// Invariant: if it is long, its tail points to UTF-8 that stands while the working batch does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyText(RawStr);

impl KeyText {
    /// As it is in the column.
    pub(crate) const fn raw(self) -> RawStr {
        self.0
    }

    /// The text.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: the invariant.
        unsafe { self.0.text() }.as_bytes()
    }
}

fn canonical(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    }
}

/// The selected rows with the columns of their keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyRows<'a> {
    /// Rows, each of the batch of its type.
    pub(crate) rows: &'a [u32],
    /// The input of each; empty if there is one input.
    pub(crate) inputs: &'a [u8],
    /// By component, then by input.
    pub(crate) columns: &'a [KeyColumn],
    /// How many components.
    pub(crate) components: usize,
}

impl KeyRows<'_> {
    /// The column of a component in each input.
    pub(crate) fn component(&self, component: usize) -> &[KeyColumn] {
        let inputs = self.columns.len() / self.components.max(1);
        &self.columns[component * inputs..][..inputs]
    }

    /// The column that holds a component of the row at `at`.
    #[inline]
    pub(crate) fn column(&self, component: &[KeyColumn], at: usize) -> KeyColumn {
        component[self.inputs.get(at).map_or(0, |&input| usize::from(input))]
    }

    /// Whether any key may have a null.
    pub(crate) fn is_nullable(&self) -> bool {
        self.columns.iter().any(KeyColumn::is_nullable)
    }
}

/// Collects the key columns of a rule's inputs: by component, then by input.
///
/// # Safety
/// The columns are not read after the rows change.
pub(crate) unsafe fn collect<'a>(
    plan: &RulePlan,
    rows: impl Fn(usize) -> &'a TypeRows,
    out: &mut Vec<KeyColumn>,
) {
    out.clear();
    for key in &plan.keys {
        for (input, &field) in plan.inputs.iter().zip(&key.fields) {
            // SAFETY: the caller's; that keys have the type of their fields was checked when the instance was made.
            out.push(unsafe { KeyColumn::new(rows(input.ty as usize), field, key.ty) });
        }
    }
}
