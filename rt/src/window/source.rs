//! What aggregates read: the values of a column of the batch, which of them are there, and which rows are filtered out.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt::Debug;

use super::fold::Block;
use crate::column::Column;
use crate::instance::rows::TypeRows;
use crate::kernels::Kernels;
use crate::schema::Type;
use crate::snapshot::codec::{Corrupt, Persist, Reader as Bytes};
use crate::string::RawStr;

/// The rows of a column of the batch.
///
/// Invariant: `values` points to `len` values of `ty`, and `validity`, unless null, to `len` bits, for `'a`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'a> {
    ty: Type,
    values: *const u8,
    validity: Option<&'a [u64]>,
    len: usize,
}

impl<'a> Values<'a> {
    /// A used field of the batch.
    ///
    /// # Safety
    /// The field is of type `ty`; the memory that `rows` refer to stands for `'a`.
    pub(crate) unsafe fn new(rows: &'a TypeRows, field: usize, ty: Type) -> Self {
        let (column, len) = (rows.column(field), rows.len());
        let words = len.div_ceil(64);
        let validity = (!column.validity.is_null() && len > 0)
            // SAFETY: the invariant of `TypeRows`: a bit for each row, in whole words.
            .then(|| unsafe { core::slice::from_raw_parts(column.validity, words) });
        Self { ty, values: column.values, validity, len }
    }

    /// Whether a row is not null.
    pub(crate) fn is_there(&self, row: usize) -> bool {
        self.validity.is_none_or(|words| words[row / 64] >> (row % 64) & 1 == 1)
    }

    /// A bit for each row, whether it is not null, if rows may be.
    pub(crate) const fn validity(&self) -> Option<&'a [u64]> {
        self.validity
    }

    /// Rows.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The values as a slice of what they are held as.
    pub(crate) fn slice<T: Plain>(&self) -> &'a [T] {
        assert!(T::holds(self.ty), "Values: values of another type");
        match self.len {
            0 => &[],
            // SAFETY: the invariant; `T` is what values of the type are held as.
            len => unsafe { core::slice::from_raw_parts(self.values.cast(), len) },
        }
    }
}

/// What values are held as in columns.
pub(crate) trait Plain: Copy {
    fn holds(ty: Type) -> bool;
}

impl Plain for u8 {
    fn holds(ty: Type) -> bool {
        ty == Type::Bool
    }
}

impl Plain for i64 {
    fn holds(ty: Type) -> bool {
        matches!(ty, Type::I64 | Type::Timestamp | Type::Duration)
    }
}

impl Plain for f64 {
    fn holds(ty: Type) -> bool {
        ty == Type::F64
    }
}

impl Plain for RawStr {
    fn holds(ty: Type) -> bool {
        ty == Type::Str
    }
}

/// What an aggregate is given of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Args<'a> {
    /// The argument, if there is one.
    pub(crate) value: Option<Values<'a>>,
    /// The `by` of `arg_max` and `arg_min`.
    pub(crate) by: Option<Values<'a>>,
    /// The rows that it sees; none: all.
    pub(crate) filter: Option<&'a [u64]>,
}

#[inline]
fn bit(words: Option<&[u64]>, row: u32) -> bool {
    words.is_none_or(|words| words[row as usize / 64] >> (row % 64) & 1 == 1)
}

/// How items of one kind are read, kept, compared and written.
pub(crate) trait Source: Debug + Send + Sync + 'static {
    /// A value.
    type Item<'a>: Copy;
    /// A value that is kept.
    type Own: Clone + Debug + Default + Persist + Send + Sync;
    /// The column or columns that are read.
    type Reader<'a>: Copy + Debug;
    /// Whether nothing tells values apart that are equal in order.
    const ALIKE: bool = true;

    /// The columns.
    fn reader<'a>(args: &Args<'a>) -> Self::Reader<'a>;
    /// Bits that say which rows have a value.
    fn validity<'a>(args: &Args<'a>) -> Option<&'a [u64]> {
        args.value.and_then(|values| values.validity)
    }
    /// The value of a row.
    fn read<'a>(reader: Self::Reader<'a>, row: u32) -> Self::Item<'a>;
    /// Keeps a value.
    fn keep(item: Self::Item<'_>, own: &mut Self::Own);
    /// A value that was kept.
    fn item(own: &Self::Own) -> Self::Item<'_>;
    /// The order of `min` and `max`, but for NaN, which is greater than all numbers.
    fn order(a: Self::Item<'_>, b: Self::Item<'_>) -> Ordering;
    /// Whether it is NaN.
    fn is_nan(_: Self::Item<'_>) -> bool {
        false
    }
    /// Whether a value is less, or greater, than another; any number is rather than NaN.
    #[inline]
    fn is_better(new: Self::Item<'_>, old: Self::Item<'_>, greatest: bool) -> bool {
        match (Self::is_nan(new), Self::is_nan(old)) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => {
                Self::order(new, old) == if greatest { Ordering::Greater } else { Ordering::Less }
            }
        }
    }
    /// A hash that is equal for values that `distinct` holds to be one.
    fn hash(item: Self::Item<'_>) -> u64;
    /// Whether two values are one for `distinct`.
    fn same(a: Self::Item<'_>, b: Self::Item<'_>) -> bool;
    /// Appends a value, there or not.
    fn write(item: Option<Self::Item<'_>>, out: &mut Column);
    /// Appends so many values, there or not, one after the other.
    #[inline]
    fn write_each<'a>(
        count: usize,
        out: &mut Column,
        mut item_at: impl FnMut(usize) -> Option<Self::Item<'a>>,
    ) {
        (0..count).for_each(|at| Self::write(item_at(at), out));
    }
    /// A value for a shorter time.
    fn shorten<'short, 'long: 'short>(item: Self::Item<'long>) -> Self::Item<'short>;
    /// The least and the greatest value of rows, but for NaN; none if there is none, or if they have to be looked at one by one.
    fn extremes<'a>(_: &Block<'a, Self>) -> Option<(Self::Item<'a>, Self::Item<'a>)>
    where
        Self: Sized,
    {
        None
    }
}

/// Numbers as doubles.
pub(crate) trait Doubles: for<'a> Source<Item<'a> = f64> {
    /// Calls `take` with stretches of the column that hold the rows from `from` up to `to`, as doubles, and the row that each
    /// begins with, a multiple of 64.
    fn doubles(
        kernels: &Kernels,
        reader: Self::Reader<'_>,
        from: usize,
        to: usize,
        take: impl FnMut(&[f64], usize),
    );
}

impl Doubles for Float {
    fn doubles(_: &Kernels, reader: &[f64], _: usize, _: usize, mut take: impl FnMut(&[f64], usize)) {
        take(reader, 0);
    }
}

impl Doubles for IntAsFloat {
    fn doubles(
        kernels: &Kernels,
        reader: &[i64],
        from: usize,
        to: usize,
        mut take: impl FnMut(&[f64], usize),
    ) {
        let mut converted = [0.0; 512];
        for start in (from - from % 64..to).step_by(converted.len()) {
            let len = converted.len().min(to - start);
            kernels.convert(&reader[start..][..len], &mut converted);
            take(&converted[..len], start);
        }
    }
}

/// The rows of a batch as one aggregate sees them.
#[derive(Debug)]
pub(crate) struct Reading<'a, S: Source> {
    reader: S::Reader<'a>,
    validity: Option<&'a [u64]>,
    filter: Option<&'a [u64]>,
}

/// A row as an aggregate sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Seen<T> {
    /// Filtered out.
    #[default]
    Not,
    /// Null.
    Null,
    /// A value.
    Value(T),
}

impl<T: Persist> Persist for Seen<T> {
    fn save(&self, out: &mut Vec<u8>) {
        match self {
            Self::Not => 0u8.save(out),
            Self::Null => 1u8.save(out),
            Self::Value(value) => {
                2u8.save(out);
                value.save(out);
            }
        }
    }
    fn load(from: &mut Bytes<'_>) -> Result<Self, Corrupt> {
        match from.read::<u8>()? {
            0 => Ok(Self::Not),
            1 => Ok(Self::Null),
            2 => Ok(Self::Value(from.read()?)),
            _ => Err(Corrupt),
        }
    }
}

impl<'a, S: Source> Reading<'a, S> {
    /// The rows of a batch.
    pub(crate) fn new(args: &Args<'a>) -> Self {
        Self { reader: S::reader(args), validity: S::validity(args), filter: args.filter }
    }

    /// Whether every row has a value and is seen.
    pub(crate) fn is_plain(&self) -> bool {
        self.validity.is_none() && self.filter.is_none()
    }

    /// The value of a row, which has one.
    #[inline]
    pub(crate) fn value(&self, row: u32) -> S::Item<'a> {
        S::read(self.reader, row)
    }

    /// The columns.
    pub(crate) fn reader(&self) -> S::Reader<'a> {
        self.reader
    }

    /// Which of the chosen rows are seen and have a value.
    pub(crate) fn mask(&self, chosen: &[u64], out: &mut Vec<u64>) {
        out.clear();
        out.extend_from_slice(chosen);
        for words in [self.filter, self.validity].into_iter().flatten() {
            out.iter_mut().zip(words).for_each(|(out, word)| *out &= word);
        }
    }

    /// A row.
    #[inline]
    pub(crate) fn row(&self, row: u32) -> Seen<S::Item<'a>> {
        match (bit(self.filter, row), bit(self.validity, row)) {
            (false, _) => Seen::Not,
            (true, false) => Seen::Null,
            (true, true) => Seen::Value(self.value(row)),
        }
    }
}

/// Rows, or whether there is a value.
#[derive(Debug)]
pub(crate) struct Presence;
/// Integers, timestamps and durations.
#[derive(Debug)]
pub(crate) struct Int;
/// Doubles.
#[derive(Debug)]
pub(crate) struct Float;
/// Integers as the nearest doubles.
#[derive(Debug)]
pub(crate) struct IntAsFloat;
/// Truth values.
#[derive(Debug)]
pub(crate) struct Truth;
/// Texts.
#[derive(Debug)]
pub(crate) struct Text;
/// A value that may be null and what it is chosen by, which is there.
#[derive(Debug)]
pub(crate) struct Pair<X, B>(core::marker::PhantomData<(X, B)>);

fn argument<'a>(args: &Args<'a>) -> Values<'a> {
    args.value.expect("an aggregate with an argument")
}

fn word_hash(word: u64) -> u64 {
    use core::hash::{BuildHasher, Hasher};
    let mut hasher = foldhash::fast::FixedState::with_seed(0).build_hasher();
    hasher.write_u64(word);
    hasher.finish()
}

/// The bits of a double, of which there is one NaN and one zero.
fn canonical(value: f64) -> u64 {
    match value {
        _ if value.is_nan() => f64::NAN.to_bits(),
        0.0 => 0,
        _ => value.to_bits(),
    }
}

impl Source for Presence {
    type Item<'a> = ();
    type Own = ();
    type Reader<'a> = ();

    fn reader<'a>(_: &Args<'a>) {}
    fn read<'a>((): Self::Reader<'a>, _: u32) -> Self::Item<'a> {}
    fn keep((): (), (): &mut ()) {}
    fn item((): &()) {}
    fn order((): (), (): ()) -> Ordering {
        Ordering::Equal
    }
    fn hash((): ()) -> u64 {
        0
    }
    fn same((): (), (): ()) -> bool {
        true
    }
    fn write(_: Option<()>, _: &mut Column) {
        unreachable!("presence is counted, not written")
    }
    fn shorten<'short, 'long: 'short>((): ()) {}
}

/// A source of plain values.
macro_rules! plain {
    ($name:ident, $item:ty, $held:ty, $of:ident => $read:expr, $order:expr, $nan:expr, $better:expr, $bits:expr, $push:ident, $extend:ident
        $(, $extremes:ident)?) => {
        impl Source for $name {
            type Item<'a> = $item;
            type Own = $item;
            type Reader<'a> = &'a [$held];

            fn reader<'a>(args: &Args<'a>) -> &'a [$held] {
                argument(args).slice()
            }
            #[inline]
            fn read<'a>(reader: Self::Reader<'a>, row: u32) -> Self::Item<'a> {
                let $of = reader[row as usize];
                $read
            }
            #[inline]
            fn keep(item: $item, own: &mut $item) {
                *own = item;
            }
            #[inline]
            fn item(own: &$item) -> $item {
                *own
            }
            #[inline]
            fn order(a: $item, b: $item) -> Ordering {
                ($order)(a, b)
            }
            #[inline]
            fn is_nan(item: $item) -> bool {
                ($nan)(item)
            }
            #[inline]
            fn is_better(new: $item, old: $item, greatest: bool) -> bool {
                ($better)(new, old, greatest)
            }
            fn hash(item: $item) -> u64 {
                word_hash(($bits)(item))
            }
            fn same(a: $item, b: $item) -> bool {
                ($bits)(a) == ($bits)(b)
            }
            fn write(item: Option<$item>, out: &mut Column) {
                match item {
                    Some(item) => out.$push(item),
                    None => out.push_null(),
                }
            }
            #[inline]
            fn write_each<'a>(
                count: usize,
                out: &mut Column,
                mut item_at: impl FnMut(usize) -> Option<Self::Item<'a>>,
            ) {
                let (first, mut nulls) = (out.len(), Vec::new());
                out.$extend(count, |at| {
                    item_at(at).unwrap_or_else(|| {
                        nulls.push(first + at);
                        <$item>::default()
                    })
                });
                out.set_null(nulls);
            }
            #[inline]
            fn shorten<'short, 'long: 'short>(item: $item) -> $item {
                item
            }
            $(
                fn extremes(block: &Block<'_, Self>) -> Option<($item, $item)> {
                    block.chosen.kernels.$extremes(&block.stretch(block.reading.reader()))
                }
            )?
        }
    };
}

fn float_order(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (false, false) => a.total_cmp(&b),
        (a, b) => a.cmp(&b),
    }
}

#[inline]
fn exceeds<T: PartialOrd>(new: T, old: T, greatest: bool) -> bool {
    if greatest { new > old } else { new < old }
}

plain!(Int, i64, i64, of => of, |a: i64, b| a.cmp(&b), |_| false, exceeds, |a: i64| a as u64, push_i64, extend_i64, extremes_i64);
plain!(Float, f64, f64, of => of, float_order, |a: f64| a.is_nan(), super::is_better, canonical, push_f64, extend_f64, extremes_f64);
plain!(IntAsFloat, f64, i64, of => of as f64, float_order, |a: f64| a.is_nan(), super::is_better, canonical, push_f64, extend_f64);
plain!(Truth, bool, u8, of => of != 0, |a: bool, b| a.cmp(&b), |_| false, exceeds, |a: bool| u64::from(a), push_bool, extend_bool);

impl Source for Text {
    type Item<'a> = &'a str;
    type Own = String;
    type Reader<'a> = &'a [RawStr];

    fn reader<'a>(args: &Args<'a>) -> &'a [RawStr] {
        argument(args).slice()
    }
    #[inline]
    fn read<'a>(reader: Self::Reader<'a>, row: u32) -> Self::Item<'a> {
        // SAFETY: the invariant of `Values`: strings of the batch, whose bytes stand as long as it does.
        unsafe { reader[row as usize].text() }
    }
    fn keep(item: &str, own: &mut String) {
        own.clear();
        own.push_str(item);
    }
    fn item(own: &String) -> &str {
        own
    }
    fn order(a: &str, b: &str) -> Ordering {
        a.cmp(b)
    }
    fn hash(item: &str) -> u64 {
        use core::hash::{BuildHasher, Hasher};
        let mut hasher = foldhash::fast::FixedState::with_seed(0).build_hasher();
        hasher.write(item.as_bytes());
        hasher.finish()
    }
    fn same(a: &str, b: &str) -> bool {
        a == b
    }
    fn write(item: Option<&str>, out: &mut Column) {
        match item {
            Some(item) => out.push_str(item),
            None => out.push_null(),
        }
    }
    fn shorten<'short, 'long: 'short>(item: &'long str) -> &'short str {
        item
    }
}

impl<X: Source, B: Source> Source for Pair<X, B> {
    type Item<'a> = (Option<X::Item<'a>>, B::Item<'a>);
    type Own = (Option<X::Own>, B::Own);
    type Reader<'a> = (X::Reader<'a>, Option<&'a [u64]>, B::Reader<'a>);
    const ALIKE: bool = false;

    fn reader<'a>(args: &Args<'a>) -> Self::Reader<'a> {
        let by = Args { value: args.by, by: None, filter: None };
        (X::reader(args), X::validity(args), B::reader(&by))
    }
    fn validity<'a>(args: &Args<'a>) -> Option<&'a [u64]> {
        args.by.and_then(|values| values.validity)
    }
    fn read<'a>((value, validity, by): Self::Reader<'a>, row: u32) -> Self::Item<'a> {
        (bit(validity, row).then(|| X::read(value, row)), B::read(by, row))
    }
    fn keep((value, by): Self::Item<'_>, own: &mut Self::Own) {
        match value {
            Some(value) => X::keep(value, own.0.get_or_insert_default()),
            None => own.0 = None,
        }
        B::keep(by, &mut own.1);
    }
    fn item(own: &Self::Own) -> Self::Item<'_> {
        (own.0.as_ref().map(X::item), B::item(&own.1))
    }
    fn order(a: Self::Item<'_>, b: Self::Item<'_>) -> Ordering {
        B::order(a.1, b.1)
    }
    fn is_nan(item: Self::Item<'_>) -> bool {
        B::is_nan(item.1)
    }
    fn hash(item: Self::Item<'_>) -> u64 {
        B::hash(item.1) ^ item.0.map_or(0, X::hash).rotate_left(17)
    }
    fn same(a: Self::Item<'_>, b: Self::Item<'_>) -> bool {
        let values = match (a.0, b.0) {
            (Some(a), Some(b)) => X::same(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        values && B::same(a.1, b.1)
    }
    fn write(item: Option<Self::Item<'_>>, out: &mut Column) {
        X::write(item.and_then(|(value, _)| value), out);
    }
    fn shorten<'short, 'long: 'short>((value, by): Self::Item<'long>) -> Self::Item<'short> {
        (value.map(X::shorten), B::shorten(by))
    }
}
