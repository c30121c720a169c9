//! One column of values, with its nulls.

use alloc::string::String;
use alloc::vec::Vec;

use crate::bitmap::Bitmap;
use crate::bytes::ByteArena;
use crate::schema::Type;
use crate::snapshot::codec::{Corrupt, Persist, Reader, load_bytes, save_bytes};
use crate::string::RawStr;

/// One value, for the edges: tests, writers, single events. Nothing on the hot path uses it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    I64(i64),
    /// A double.
    F64(f64),
    /// Text.
    Str(String),
    /// Nanoseconds since the epoch.
    Timestamp(i64),
    /// Nanoseconds.
    Duration(i64),
    /// What `collect` gives.
    List(Vec<Value>),
}

/// Strings of a column: 16-byte views, the long ones into the arena beside them.
#[derive(Debug, Default)]
pub struct StrValues {
    // Invariant: the tail of every long view points into `bytes`, which is only cleared with `views`.
    views: Vec<RawStr>,
    bytes: ByteArena,
}

// SAFETY: the pointers in `views` lead into `bytes`, which is owned and moves with them, and nobody
// writes through them.
unsafe impl Send for StrValues {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for StrValues {}

impl StrValues {
    /// Appends `text`.
    pub fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let view =
            RawStr::inline(bytes).unwrap_or_else(|| RawStr::long(bytes, self.bytes.push(bytes) as u64));
        self.views.push(view);
    }

    /// Appends the first `len` bytes of `window` if they are ASCII and at most 12; returns whether it did.
    /// What a reader that sees the text inside a longer buffer calls first: it copies 16 bytes, whatever `len`.
    #[inline]
    pub fn push_ascii(&mut self, window: &[u8; 16], len: usize) -> bool {
        if len > crate::string::INLINE_MAX {
            return false;
        }
        let bits = u128::from_le_bytes(*window) & ((1u128 << (8 * len)) - 1);
        if bits & 0x8080_8080_8080_8080_8080_8080_8080_8080 != 0 {
            return false;
        }
        self.views.push(RawStr { head: len as u64 | (bits as u64) << 32, tail: (bits >> 32) as u64 });
        true
    }

    /// Forgets the rows from `len` on. The memory of long strings is kept until the column is cleared.
    pub fn truncate(&mut self, len: usize) {
        self.views.truncate(len);
    }

    /// The text of row `index`.
    ///
    /// # Panics
    /// Past the end.
    pub fn get(&self, index: usize) -> &str {
        // SAFETY: views are made by `push` from UTF-8 text, inline or in our arena, and borrowed with us.
        unsafe { self.views[index].text() }
    }

    /// The views, for kernels. Long ones point into memory that lives as long as `self` is not changed.
    pub fn views(&self) -> &[RawStr] {
        &self.views
    }
}

impl Clone for StrValues {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        (0..self.views.len()).for_each(|index| copy.push(self.get(index)));
        copy
    }
}

/// A list column: row `i` is `child[offsets[i]..offsets[i + 1]]`.
#[derive(Clone, Debug)]
pub struct ListValues {
    /// One more than rows, the first 0.
    pub offsets: Vec<u32>,
    /// The items of all rows.
    pub child: alloc::boxed::Box<Column>,
}

/// The values of a column. A null row holds a zero (or the empty string or list).
#[derive(Clone, Debug)]
pub enum Values {
    /// Bytes that are 0 or 1.
    Bool(Vec<u8>),
    /// Integers, timestamps and durations.
    I64(Vec<i64>),
    /// Doubles.
    F64(Vec<f64>),
    /// Text.
    Str(StrValues),
    /// Lists.
    List(ListValues),
}

/// Appends so many values.
///
/// PERF: a loop of its own over room that is there, so that what values are made from stays in registers.
#[inline]
fn extend<T: Copy + Default>(values: &mut Vec<T>, count: usize, mut value_at: impl FnMut(usize) -> T) {
    let first = values.len();
    values.resize(first + count, T::default());
    for (at, value) in values[first..].iter_mut().enumerate() {
        *value = value_at(at);
    }
}

/// A column: values of one type and, if it is nullable, which of them are there.
#[derive(Clone, Debug)]
pub struct Column {
    ty: Type,
    values: Values,
    /// Invariant: there exactly if the column is nullable, and as long as the values.
    validity: Option<Bitmap>,
}

impl Column {
    /// An empty column.
    pub fn new(ty: Type, nullable: bool) -> Self {
        let values = match ty {
            Type::Bool => Values::Bool(Vec::new()),
            Type::F64 => Values::F64(Vec::new()),
            Type::Str => Values::Str(StrValues::default()),
            Type::I64 | Type::Timestamp | Type::Duration => Values::I64(Vec::new()),
        };
        Self { ty, values, validity: nullable.then(Bitmap::new) }
    }

    /// An empty column of lists of `ty`.
    pub fn list(ty: Type) -> Self {
        let child = alloc::boxed::Box::new(Column::new(ty, true));
        Self {
            ty,
            values: Values::List(ListValues { offsets: alloc::vec![0], child }),
            validity: Some(Bitmap::new()),
        }
    }

    /// A column of integers (or times: pass `Type::Timestamp`), without nulls and without a copy.
    ///
    /// # Panics
    /// If `ty` is not held as an integer.
    pub fn from_i64(ty: Type, values: Vec<i64>) -> Self {
        assert!(matches!(ty, Type::I64 | Type::Timestamp | Type::Duration), "a column of integers");
        Self { ty, values: Values::I64(values), validity: None }
    }

    /// A column of doubles, without nulls and without a copy.
    pub fn from_f64(values: Vec<f64>) -> Self {
        Self { ty: Type::F64, values: Values::F64(values), validity: None }
    }

    /// A column of truth values, without nulls.
    pub fn from_bool(values: Vec<bool>) -> Self {
        Self {
            ty: Type::Bool,
            values: Values::Bool(values.into_iter().map(u8::from).collect()),
            validity: None,
        }
    }

    /// A column of text, without nulls.
    pub fn from_strs<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut strs = StrValues::default();
        values.into_iter().for_each(|text| strs.push(text));
        Self { ty: Type::Str, values: Values::Str(strs), validity: None }
    }

    /// The type of the values (of the items, in a list column).
    pub const fn ty(&self) -> Type {
        self.ty
    }

    /// Whether null is a value of it.
    pub const fn is_nullable(&self) -> bool {
        self.validity.is_some()
    }

    /// Makes the column nullable if it is not, every row so far being there.
    pub fn make_nullable(&mut self) {
        if self.validity.is_none() {
            let mut bits = Bitmap::new();
            bits.extend(true, self.len());
            self.validity = Some(bits);
        }
    }

    /// Bytes held, used or not.
    pub fn bytes(&self) -> usize {
        let values = match &self.values {
            Values::Bool(values) => values.capacity(),
            Values::I64(values) => values.capacity() * 8,
            Values::F64(values) => values.capacity() * 8,
            Values::Str(values) => values.views.capacity() * size_of::<RawStr>() + values.bytes.capacity(),
            Values::List(values) => values.offsets.capacity() * 4 + values.child.bytes(),
        };
        values + self.validity.as_ref().map_or(0, |bits| bits.len().div_ceil(8))
    }

    /// Rows.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Bool(values) => values.len(),
            Values::I64(values) => values.len(),
            Values::F64(values) => values.len(),
            Values::Str(values) => values.views.len(),
            Values::List(values) => values.offsets.len() - 1,
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values.
    pub const fn values(&self) -> &Values {
        &self.values
    }

    /// The values, to append to; keep the validity in step with [`Column::push_valid`].
    pub const fn values_mut(&mut self) -> &mut Values {
        &mut self.values
    }

    /// Which rows are not null, if the column is nullable.
    pub const fn validity(&self) -> Option<&Bitmap> {
        self.validity.as_ref()
    }

    /// Whether row `index` is null.
    pub fn is_null(&self, index: usize) -> bool {
        self.validity.as_ref().is_some_and(|bits| !bits.get(index))
    }

    /// Notes that the value just appended is there.
    #[inline]
    pub fn push_valid(&mut self) {
        if let Some(bits) = &mut self.validity {
            bits.push(true);
        }
    }

    /// Brings the validity in step with values that were appended through [`Column::values_mut`], all of
    /// them there but the rows `nulls`.
    ///
    /// # Panics
    /// If there are nulls and the column is not nullable, or a row of `nulls` is past the end.
    pub fn extend_valid(&mut self, nulls: impl IntoIterator<Item = usize>) {
        let len = self.len();
        if let Some(bits) = &mut self.validity {
            bits.extend(true, len - bits.len());
        }
        self.set_null(nulls);
    }

    /// Brings the validity in step with values that were appended through [`Column::values_mut`], by a bit for each of them.
    ///
    /// # Panics
    /// If there are fewer bits.
    pub(crate) fn extend_valid_words(&mut self, words: &[u64]) {
        let len = self.len();
        if let Some(bits) = &mut self.validity {
            bits.append_words(words, len - bits.len());
        }
    }

    /// Appends `count` integers, timestamps or durations, all of them there.
    ///
    /// # Panics
    /// If the column is of another type.
    #[inline]
    pub(crate) fn extend_i64(&mut self, count: usize, value_at: impl FnMut(usize) -> i64) {
        let Values::I64(values) = &mut self.values else {
            panic!("extend_i64 on a {} column", self.ty.name())
        };
        extend(values, count, value_at);
        self.extend_valid([]);
    }

    /// Appends `count` doubles, all of them there.
    ///
    /// # Panics
    /// If the column is of another type.
    #[inline]
    pub(crate) fn extend_f64(&mut self, count: usize, value_at: impl FnMut(usize) -> f64) {
        let Values::F64(values) = &mut self.values else {
            panic!("extend_f64 on a {} column", self.ty.name())
        };
        extend(values, count, value_at);
        self.extend_valid([]);
    }

    /// Appends `count` truth values, all of them there.
    ///
    /// # Panics
    /// If the column is of another type.
    #[inline]
    pub(crate) fn extend_bool(&mut self, count: usize, mut value_at: impl FnMut(usize) -> bool) {
        let Values::Bool(values) = &mut self.values else {
            panic!("extend_bool on a {} column", self.ty.name())
        };
        extend(values, count, |at| u8::from(value_at(at)));
        self.extend_valid([]);
    }

    /// Makes rows null, whose values are zero.
    ///
    /// # Panics
    /// If there are any and the column is not nullable, or one is past the end.
    pub(crate) fn set_null(&mut self, rows: impl IntoIterator<Item = usize>) {
        for row in rows {
            let bits = self.validity.as_mut().expect("a null in a column without nulls");
            bits.words_mut()[row / 64] &= !(1 << (row % 64));
        }
    }

    /// Forgets the rows from `len` on.
    pub fn truncate(&mut self, len: usize) {
        match &mut self.values {
            Values::Bool(values) => values.truncate(len),
            Values::I64(values) => values.truncate(len),
            Values::F64(values) => values.truncate(len),
            Values::Str(values) => values.truncate(len),
            Values::List(values) => {
                values.offsets.truncate(len + 1);
                values.child.truncate(values.offsets.last().map_or(0, |&end| end as usize));
            }
        }
        if let Some(bits) = &mut self.validity {
            bits.truncate(len);
        }
    }

    /// Appends a truth value.
    ///
    /// # Panics
    /// This and the other `push_` functions: if the column is of another type.
    #[inline]
    pub fn push_bool(&mut self, value: bool) {
        let Values::Bool(values) = &mut self.values else {
            panic!("push_bool on a {} column", self.ty.name())
        };
        values.push(u8::from(value));
        self.push_valid();
    }

    /// Appends an integer, a timestamp or a duration.
    #[inline]
    pub fn push_i64(&mut self, value: i64) {
        let Values::I64(values) = &mut self.values else { panic!("push_i64 on a {} column", self.ty.name()) };
        values.push(value);
        self.push_valid();
    }

    /// Appends a double.
    #[inline]
    pub fn push_f64(&mut self, value: f64) {
        let Values::F64(values) = &mut self.values else { panic!("push_f64 on a {} column", self.ty.name()) };
        values.push(value);
        self.push_valid();
    }

    /// Appends text.
    #[inline]
    pub fn push_str(&mut self, value: &str) {
        let Values::Str(values) = &mut self.values else { panic!("push_str on a {} column", self.ty.name()) };
        values.push(value);
        self.push_valid();
    }

    /// Appends null.
    ///
    /// # Panics
    /// If the column is not nullable.
    #[inline]
    pub fn push_null(&mut self) {
        match &mut self.values {
            Values::Bool(values) => values.push(0),
            Values::I64(values) => values.push(0),
            Values::F64(values) => values.push(0.0),
            Values::Str(values) => values.push(""),
            Values::List(values) => values.offsets.push(values.child.len() as u32),
        }
        self.validity.as_mut().expect("push_null on a column without nulls").push(false);
    }

    /// Appends any value.
    ///
    /// # Panics
    /// If the value is not of the column's type.
    pub fn push(&mut self, value: &Value) {
        match value {
            Value::Null => self.push_null(),
            Value::Bool(value) => self.push_bool(*value),
            Value::I64(value) | Value::Timestamp(value) | Value::Duration(value) => self.push_i64(*value),
            Value::F64(value) => self.push_f64(*value),
            Value::Str(value) => self.push_str(value),
            Value::List(items) => {
                let Values::List(list) = &mut self.values else {
                    panic!("a list on a {} column", self.ty.name())
                };
                items.iter().for_each(|item| list.child.push(item));
                list.offsets.push(list.child.len() as u32);
                self.push_valid();
            }
        }
    }

    /// Appends row `index` of `from`, which has the same type.
    ///
    /// # Panics
    /// If the types differ, or `from`'s row is null and `self` is not nullable.
    #[inline]
    pub fn push_from(&mut self, from: &Column, index: usize) {
        if from.is_null(index) {
            return self.push_null();
        }
        match (&mut self.values, &from.values) {
            (Values::Bool(to), Values::Bool(from)) => to.push(from[index]),
            (Values::I64(to), Values::I64(from)) => to.push(from[index]),
            (Values::F64(to), Values::F64(from)) => to.push(from[index]),
            (Values::Str(to), Values::Str(from)) => to.push(from.get(index)),
            (Values::List(to), Values::List(from)) => {
                for item in from.offsets[index]..from.offsets[index + 1] {
                    to.child.push_from(&from.child, item as usize);
                }
                to.offsets.push(to.child.len() as u32);
            }
            _ => panic!("push_from between columns of different types"),
        }
        self.push_valid();
    }

    /// Appends the given rows of `from`, which has the same type.
    ///
    /// # Panics
    /// As [`Column::push_from`]; of lists only that is there.
    pub fn extend_from(&mut self, from: &Column, rows: &[u32]) {
        match (&mut self.values, &from.values) {
            (Values::Bool(to), Values::Bool(from)) => to.extend(rows.iter().map(|&row| from[row as usize])),
            (Values::I64(to), Values::I64(from)) => to.extend(rows.iter().map(|&row| from[row as usize])),
            (Values::F64(to), Values::F64(from)) => to.extend(rows.iter().map(|&row| from[row as usize])),
            (Values::Str(to), Values::Str(from)) => {
                rows.iter().for_each(|&row| to.push(from.get(row as usize)));
            }
            _ => panic!("extend_from between columns of different types"),
        }
        match (&mut self.validity, &from.validity) {
            (None, None) => {}
            (Some(bits), None) => bits.extend(true, rows.len()),
            (Some(bits), Some(from)) => rows.iter().for_each(|&row| bits.push(from.get(row as usize))),
            (None, Some(from)) => {
                let there = rows.iter().all(|&row| from.get(row as usize));
                assert!(there, "extend_from: a null in a column without nulls");
            }
        }
    }

    /// Appends all rows of `from`, which has the same type.
    ///
    /// # Panics
    /// As [`Column::push_from`].
    pub fn append(&mut self, from: &Column) {
        let len = from.len();
        match (&mut self.values, &from.values) {
            (Values::Bool(to), Values::Bool(from)) => to.extend_from_slice(from),
            (Values::I64(to), Values::I64(from)) => to.extend_from_slice(from),
            (Values::F64(to), Values::F64(from)) => to.extend_from_slice(from),
            (Values::Str(to), Values::Str(from)) => (0..len).for_each(|row| to.push(from.get(row))),
            (Values::List(to), Values::List(from)) => {
                let base = to.child.len() as u32;
                to.offsets.extend(from.offsets[1..].iter().map(|offset| base + offset));
                to.child.append(&from.child);
            }
            _ => panic!("append between columns of different types"),
        }
        match (&mut self.validity, &from.validity) {
            (None, None) => {}
            (Some(bits), None) => bits.extend(true, len),
            (Some(bits), Some(from)) => bits.append(from),
            (None, Some(from)) => assert!(from.all(), "append: a null in a column without nulls"),
        }
    }

    /// Row `index`.
    ///
    /// # Panics
    /// Past the end.
    pub fn get(&self, index: usize) -> Value {
        if self.is_null(index) {
            return Value::Null;
        }
        match &self.values {
            Values::Bool(values) => Value::Bool(values[index] != 0),
            Values::I64(values) => match self.ty {
                Type::Timestamp => Value::Timestamp(values[index]),
                Type::Duration => Value::Duration(values[index]),
                _ => Value::I64(values[index]),
            },
            Values::F64(values) => Value::F64(values[index]),
            Values::Str(values) => Value::Str(values.get(index).into()),
            Values::List(list) => Value::List(
                (list.offsets[index]..list.offsets[index + 1])
                    .map(|item| list.child.get(item as usize))
                    .collect(),
            ),
        }
    }

    /// The address of the values, for kernels: bytes, 8-byte words or [`RawStr`]s.
    pub fn data(&self) -> *const u8 {
        match &self.values {
            Values::Bool(values) => values.as_ptr(),
            Values::I64(values) => values.as_ptr().cast(),
            Values::F64(values) => values.as_ptr().cast(),
            Values::Str(values) => values.views.as_ptr().cast(),
            Values::List(values) => values.offsets.as_ptr().cast(),
        }
    }

    /// Forgets all rows, keeping the memory.
    pub fn clear(&mut self) {
        match &mut self.values {
            Values::Bool(values) => values.clear(),
            Values::I64(values) => values.clear(),
            Values::F64(values) => values.clear(),
            Values::Str(values) => {
                values.views.clear();
                values.bytes.clear();
            }
            Values::List(values) => {
                values.offsets.truncate(1);
                values.child.clear();
            }
        }
        if let Some(bits) = &mut self.validity {
            bits.clear();
        }
    }
}

/// The types in the order of their numbers in snapshots.
const TYPES: [Type; 6] = [Type::Bool, Type::I64, Type::F64, Type::Str, Type::Timestamp, Type::Duration];

impl Persist for Column {
    /// Only of columns that hold no lists, which is what events have.
    fn save(&self, out: &mut Vec<u8>) {
        (self.ty as u8).save(out);
        self.validity.as_ref().map(|bits| (bits.len(), bits.words().to_vec())).save(out);
        match &self.values {
            Values::Bool(values) => save_bytes(values, out),
            Values::I64(values) => values.save(out),
            Values::F64(values) => values.save(out),
            Values::Str(values) => {
                values.views.len().save(out);
                (0..values.views.len()).for_each(|row| save_bytes(values.get(row).as_bytes(), out));
            }
            Values::List(_) => unreachable!("events have no lists"),
        }
    }

    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let ty = *TYPES.get(usize::from(from.read::<u8>()?)).ok_or(Corrupt)?;
        let validity: Option<(usize, Vec<u64>)> = from.read()?;
        let mut column = Self::new(ty, validity.is_some());
        match &mut column.values {
            Values::Bool(values) => {
                let bytes = load_bytes(from)?;
                values.extend(bytes.iter().map(|byte| u8::from(*byte != 0)));
            }
            Values::I64(values) => *values = from.read()?,
            Values::F64(values) => *values = from.read()?,
            Values::Str(values) => {
                for _ in 0..from.len()? {
                    values.push(core::str::from_utf8(load_bytes(from)?).map_err(|_| Corrupt)?);
                }
            }
            Values::List(_) => unreachable!("events have no lists"),
        }
        if let Some((len, words)) = validity {
            let bits = column.validity.as_mut().ok_or(Corrupt)?;
            for row in 0..len {
                bits.push(words.get(row / 64).ok_or(Corrupt)? >> (row % 64) & 1 == 1);
            }
            if len != column.len() {
                return Err(Corrupt);
            }
        }
        Ok(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ascii_is_taken_from_a_window() {
        let mut strs = StrValues::default();
        for len in 0..=12 {
            assert!(strs.push_ascii(b"abcdefghijkl\xff\xff\xff\xff", len));
            assert_eq!(strs.get(len), &"abcdefghijkl"[..len]);
            assert_eq!(
                strs.views()[len].to_bytes(),
                RawStr::inline(&b"abcdefghijkl"[..len]).unwrap().to_bytes()
            );
        }
        assert!(!strs.push_ascii(&[b'a'; 16], 13));
        assert!(!strs.push_ascii("aé              ".as_bytes()[..16].try_into().unwrap(), 3));
        assert_eq!(strs.views().len(), 13);
    }

    #[test]
    fn bulk_appends_have_validity() {
        let mut column = Column::new(Type::I64, true);
        column.push_null();
        let Values::I64(values) = column.values_mut() else { unreachable!("a column of integers") };
        values.extend(0..100);
        column.extend_valid([1, 70]);
        assert_eq!(column.len(), 101);
        assert_eq!((0..101).filter(|&row| column.is_null(row)).collect::<Vec<_>>(), [0, 1, 70]);
        column.truncate(70);
        column.push_i64(5);
        assert_eq!((column.len(), column.get(70)), (71, Value::I64(5)));
    }

    #[test]
    fn lists_are_truncated_with_their_items() {
        let mut column = Column::list(Type::I64);
        column.push(&Value::List(alloc::vec![Value::I64(1)]));
        column.push(&Value::List(alloc::vec![Value::I64(2), Value::I64(3)]));
        column.truncate(1);
        column.push(&Value::List(alloc::vec![Value::I64(4)]));
        assert_eq!(column.get(1), Value::List(alloc::vec![Value::I64(4)]));
    }
}
