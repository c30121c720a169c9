//! Fields of a struct of the program's own, read as the types that a rule file declares: for events that a build script has
//! mapped onto such a struct.
//!
//! A type of the rules is a type here, of [`kind`], so that a field of another type is refused when it is compiled. Nothing
//! is converted that could lose something.

use super::{Symbol, TextRef};
#[cfg(feature = "alloc")]
use alloc::string::String;
use core::time::Duration as Span;

/// The types of rules.
pub mod kind {
    /// `bool`.
    #[derive(Debug)]
    pub struct Bool;
    /// `i64`.
    #[derive(Debug)]
    pub struct I64;
    /// `f64`.
    #[derive(Debug)]
    pub struct F64;
    /// `str`.
    #[derive(Debug)]
    pub struct Str;
    /// `timestamp`: an `i64` in the unit that rules declare, or a `SystemTime`.
    #[derive(Debug)]
    pub struct Timestamp;
    /// `duration`: an `i64` in nanoseconds, or a `Duration`.
    #[derive(Debug)]
    pub struct Duration;
    /// One that may be null: an `Option`.
    #[derive(Debug)]
    pub struct Nullable<K>(K);
}

/// A field that rules can read as a `K` of [`kind`].
#[diagnostic::on_unimplemented(
    message = "rules cannot read a `{Self}` as `{K}`",
    label = "the field has another type than the rules declare",
    note = "`str` is read from `Symbol`, `String` or `&str`; `i64` from integers up to 64 bits but `u64`; `f64` from floats",
    note = "`timestamp` is read from `i64` or `SystemTime`, `duration` from `i64` (nanoseconds) or `Duration`; a type with `?` from an `Option`"
)]
pub trait ReadAs<K> {
    /// What rules look at: of a text, where it lies.
    type Value<'a>
    where
        Self: 'a;

    /// The value; an integer that is a time counts units of so many nanoseconds.
    fn read_as(&self, unit: i64) -> Self::Value<'_>;
}

/// A field of the program's own struct, as rules look at it.
#[inline]
pub fn read<K, T: ReadAs<K>>(field: &T, unit: i64) -> T::Value<'_> {
    field.read_as(unit)
}

macro_rules! read_as {
    ($($ty:ty as $kind:ident: $value:ty = |$field:ident, $unit:pat_param| $read:expr;)*) => {
        $(impl ReadAs<kind::$kind> for $ty {
            type Value<'a> = $value where Self: 'a;

            #[inline]
            fn read_as(&self, $unit: i64) -> Self::Value<'_> {
                let $field = self;
                $read
            }
        })*
    };
}

read_as! {
    bool as Bool: bool = |field, _| *field;
    i8 as I64: i64 = |field, _| i64::from(*field);
    i16 as I64: i64 = |field, _| i64::from(*field);
    i32 as I64: i64 = |field, _| i64::from(*field);
    i64 as I64: i64 = |field, _| *field;
    u8 as I64: i64 = |field, _| i64::from(*field);
    u16 as I64: i64 = |field, _| i64::from(*field);
    u32 as I64: i64 = |field, _| i64::from(*field);
    f32 as F64: f64 = |field, _| f64::from(*field);
    f64 as F64: f64 = |field, _| *field;
    Symbol as Str: TextRef<'a> = |field, _| TextRef::Symbol(field);
    i64 as Timestamp: i64 = |field, unit| field.saturating_mul(unit);
    i64 as Duration: i64 = |field, _| *field;
    Span as Duration: i64 = |field, _| super::EventField::see(field);
}

#[cfg(feature = "alloc")]
read_as! {
    String as Str: TextRef<'a> = |field, _| TextRef::Str(field);
    &str as Str: TextRef<'a> = |field, _| TextRef::Str(field);
}

#[cfg(feature = "std")]
read_as! {
    std::time::SystemTime as Timestamp: i64 = |field, _| super::EventField::see(field);
}

impl<K, T: ReadAs<K>> ReadAs<kind::Nullable<K>> for Option<T> {
    type Value<'a>
        = Option<T::Value<'a>>
    where
        Self: 'a;

    #[inline]
    fn read_as(&self, unit: i64) -> Self::Value<'_> {
        self.as_ref().map(|field| field.read_as(unit))
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_rules_declare_them() {
        assert_eq!(read::<kind::Str, _>(&"Bern", 1), Symbol::new("Bern"));
        assert_eq!(read::<kind::Str, _>(&Symbol::new("Bern"), 1), "Bern");
        assert_eq!(
            read::<kind::Nullable<kind::Str>, _>(&Some(String::from("Bern")), 1),
            Some(TextRef::Str("Bern"))
        );
        assert_eq!(read::<kind::Nullable<kind::I64>, _>(&None::<u8>, 1), None);
        assert_eq!(read::<kind::Timestamp, _>(&7_i64, 1_000_000), 7_000_000);
        assert_eq!(read::<kind::Timestamp, _>(&i64::MAX, 1_000), i64::MAX);
        assert_eq!(read::<kind::Duration, _>(&Span::from_millis(2), 1), 2_000_000);
        assert_eq!(read::<kind::Duration, _>(&7_i64, 1_000), 7);
        #[cfg(feature = "std")]
        assert_eq!(
            read::<kind::Timestamp, _>(&(std::time::SystemTime::UNIX_EPOCH + Span::from_secs(1)), 1_000),
            1_000_000_000
        );
    }
}
