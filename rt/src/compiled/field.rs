//! What a field of the user's own event struct is in a rule, and back: for what `#[derive(Event)]` and `#[pattern]` make.
//!
//! Text is kept as a [`Symbol`], integers as `i64`, floats as `f64`, times and durations as nanoseconds.

use super::{Arrival, Sink, Stopped, Symbol, TextRef};
#[cfg(feature = "alloc")]
use alloc::string::String;
use core::time::Duration;

/// A type that a field of an event may have.
pub trait EventField<'a>: Sized {
    /// What rules keep of it.
    type Kept: 'a;

    /// What rules look at: of a text, where it lies.
    type Seen<'s>
    where
        Self: 's;

    /// What rules look at.
    fn see(&self) -> Self::Seen<'_>;

    /// What they keep of it.
    fn keep(&self) -> Self::Kept;

    /// What was kept, as it was.
    fn restore(kept: &'a Self::Kept) -> Self;
}

macro_rules! number {
    ($kept:ty: $($ty:ty),*) => {
        $(impl<'a> EventField<'a> for $ty {
            type Kept = $kept;
            type Seen<'s> = $kept;

            #[inline]
            fn see(&self) -> $kept {
                <$kept>::from(*self)
            }

            #[inline]
            fn keep(&self) -> $kept {
                self.see()
            }

            #[inline]
            fn restore(kept: &'a $kept) -> Self {
                // Nothing is lost: it was made of one.
                *kept as $ty
            }
        })*
    };
}

number!(i64: i8, i16, i32, i64, u8, u16, u32);
number!(f64: f32, f64);

impl<'a> EventField<'a> for bool {
    type Kept = bool;
    type Seen<'s> = bool;

    #[inline]
    fn see(&self) -> bool {
        *self
    }

    #[inline]
    fn keep(&self) -> bool {
        *self
    }

    #[inline]
    fn restore(kept: &'a bool) -> Self {
        *kept
    }
}

impl<'a> EventField<'a> for Symbol {
    type Kept = Symbol;
    type Seen<'s> = TextRef<'s>;

    #[inline]
    fn see(&self) -> TextRef<'_> {
        TextRef::Symbol(self)
    }

    #[inline]
    fn keep(&self) -> Symbol {
        self.clone()
    }

    #[inline]
    fn restore(kept: &'a Symbol) -> Self {
        kept.clone()
    }
}

#[cfg(feature = "alloc")]
impl<'a> EventField<'a> for String {
    type Kept = Symbol;
    type Seen<'s> = TextRef<'s>;

    #[inline]
    fn see(&self) -> TextRef<'_> {
        TextRef::Str(self)
    }

    #[inline]
    fn keep(&self) -> Symbol {
        Symbol::new(self)
    }

    fn restore(kept: &'a Symbol) -> Self {
        kept.as_str().into()
    }
}

#[cfg(feature = "alloc")]
impl<'a> EventField<'a> for &'a str {
    type Kept = Symbol;
    type Seen<'s>
        = TextRef<'s>
    where
        Self: 's;

    #[inline]
    fn see(&self) -> TextRef<'_> {
        TextRef::Str(self)
    }

    #[inline]
    fn keep(&self) -> Symbol {
        Symbol::new(self)
    }

    #[inline]
    fn restore(kept: &'a Symbol) -> Self {
        kept.as_str()
    }
}

/// One longer than 292 years counts as 292 years.
impl<'a> EventField<'a> for Duration {
    type Kept = i64;
    type Seen<'s> = i64;

    #[inline]
    fn see(&self) -> i64 {
        i64::try_from(self.as_nanos()).unwrap_or(i64::MAX)
    }

    #[inline]
    fn keep(&self) -> i64 {
        self.see()
    }

    #[inline]
    fn restore(kept: &'a i64) -> Self {
        Duration::from_nanos(u64::try_from(*kept).unwrap_or_default())
    }
}

/// One further than 292 years from 1970 counts as that far.
#[cfg(feature = "std")]
impl<'a> EventField<'a> for std::time::SystemTime {
    type Kept = i64;
    type Seen<'s> = i64;

    fn see(&self) -> i64 {
        match self.duration_since(Self::UNIX_EPOCH) {
            Ok(since) => since.see(),
            Err(before) => -before.duration().see(),
        }
    }

    fn keep(&self) -> i64 {
        self.see()
    }

    fn restore(kept: &'a i64) -> Self {
        let distance = Duration::from_nanos(kept.unsigned_abs());
        if *kept < 0 { Self::UNIX_EPOCH - distance } else { Self::UNIX_EPOCH + distance }
    }
}

impl<'a, T: EventField<'a>> EventField<'a> for Option<T> {
    type Kept = Option<T::Kept>;
    type Seen<'s>
        = Option<T::Seen<'s>>
    where
        Self: 's;

    #[inline]
    fn see(&self) -> Self::Seen<'_> {
        self.as_ref().map(T::see)
    }

    #[inline]
    fn keep(&self) -> Self::Kept {
        self.as_ref().map(T::keep)
    }

    #[inline]
    fn restore(kept: &'a Self::Kept) -> Self {
        kept.as_ref().map(T::restore)
    }
}

/// Times in another unit than nanoseconds.
pub trait Scale {
    /// In nanoseconds, at most the ends of time.
    fn to_nanos(self, unit: i64) -> Self;

    /// In the unit again.
    fn in_unit(self, unit: i64) -> Self;
}

impl Scale for i64 {
    #[inline]
    fn to_nanos(self, unit: i64) -> Self {
        self.saturating_mul(unit)
    }

    #[inline]
    fn in_unit(self, unit: i64) -> Self {
        self / unit
    }
}

impl Scale for Option<i64> {
    #[inline]
    fn to_nanos(self, unit: i64) -> Self {
        self.map(|time| time.to_nanos(unit))
    }

    #[inline]
    fn in_unit(self, unit: i64) -> Self {
        self.map(|time| time.in_unit(unit))
    }
}

/// The events of a repeated variable, in order: what a parameter of a `#[pattern]` function takes of `b: Auth+`.
pub type Kleene<'a, T> = &'a [T];

/// What takes events and finds `Output`.
pub trait Matcher {
    /// What it finds.
    type Output;
}

/// A matcher that takes events `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` takes no events `{E}`",
    label = "the pattern does not name this event",
    note = "a matcher takes the event types that its pattern names; of an enum of events, it has to take each"
)]
pub trait Takes<E>: Matcher {
    /// Takes an event.
    ///
    /// # Errors
    /// If a limit is reached that is to be an error.
    fn take(&mut self, event: &E, sink: &mut impl Sink<Self::Output>) -> Result<Arrival, Stopped>;
}

/// An event, or one of several, that a matcher `M` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no event",
    label = "this does not derive `Event`",
    note = "`#[derive(portent::Event)]` makes a struct an event, and an enum of such structs one of several"
)]
pub trait Feed<M: Matcher> {
    /// Gives it to the matcher.
    ///
    /// # Errors
    /// If a limit is reached that is to be an error.
    fn feed(&self, matcher: &mut M, sink: &mut impl Sink<M::Output>) -> Result<Arrival, Stopped>;
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! same {
        ($ty:ty, $value:expr) => {{
            let value: $ty = $value;
            let kept = EventField::keep(&value);
            let back: $ty = EventField::restore(&kept);
            assert_eq!(back, value);
        }};
    }

    #[test]
    fn what_is_kept_comes_back() {
        same!(i64, i64::MIN);
        same!(u32, u32::MAX);
        same!(f32, 0.1);
        same!(Option<String>, Some(String::from("Zürich")));
        same!(Option<String>, None);
        same!(Duration, Duration::from_millis(1_500));
        same!(&str, "Bern");
        #[cfg(feature = "std")]
        same!(std::time::SystemTime, std::time::SystemTime::UNIX_EPOCH - Duration::from_nanos(1));
    }

    #[test]
    fn units_are_undone() {
        assert_eq!(Some(7_i64).to_nanos(1_000), Some(7_000));
        assert_eq!(7_i64.to_nanos(1_000_000).in_unit(1_000_000), 7);
        assert_eq!(i64::MAX.to_nanos(1_000), i64::MAX);
    }
}
