//! Values as bytes: integers of a fixed width with the least byte first, a length before what has one. Nothing says its type.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The bytes are not what was written, or not of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes are not those of such a state")
    }
}

impl core::error::Error for Corrupt {}

/// Bytes that are read from the front.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads from these.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next so many bytes.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Corrupt> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Corrupt)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next value.
    ///
    /// # Errors
    /// If the bytes are not those of one.
    pub fn read<T: Persist>(&mut self) -> Result<T, Corrupt> {
        T::load(self)
    }

    /// A length, of what has at least a byte for each.
    ///
    /// # Errors
    /// If there are not that many bytes.
    pub fn len(&mut self) -> Result<usize, Corrupt> {
        let len: u64 = self.read()?;
        usize::try_from(len).ok().filter(|&len| len <= self.0.len()).ok_or(Corrupt)
    }

    /// Whether all was read.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// That all was read.
    ///
    /// # Errors
    /// If it was not.
    pub const fn end(self) -> Result<(), Corrupt> {
        if self.is_empty() { Ok(()) } else { Err(Corrupt) }
    }
}

/// What can be written as bytes and read back.
pub trait Persist: Sized {
    /// Appends it.
    fn save(&self, out: &mut Vec<u8>);
    /// Reads it.
    ///
    /// # Errors
    /// If the bytes are not those of such a value.
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt>;
}

/// Appends bytes with their length before them.
pub fn save_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    (bytes.len() as u64).save(out);
    out.extend_from_slice(bytes);
}

/// Reads what [`save_bytes`] has written.
///
/// # Errors
/// If there are fewer bytes.
pub fn load_bytes<'a>(from: &mut Reader<'a>) -> Result<&'a [u8], Corrupt> {
    let len = from.len()?;
    from.bytes(len)
}

macro_rules! numbers {
    ($($ty:ty),*) => {$(
        impl Persist for $ty {
            fn save(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
                let bytes = from.bytes(size_of::<$ty>())?;
                Ok(<$ty>::from_le_bytes(bytes.try_into().map_err(|_| Corrupt)?))
            }
        }
    )*};
}

numbers!(u8, u32, u64, u128, i64, i128, f64);

impl Persist for usize {
    fn save(&self, out: &mut Vec<u8>) {
        (*self as u64).save(out);
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Self::try_from(from.read::<u64>()?).map_err(|_| Corrupt)
    }
}

impl Persist for bool {
    fn save(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        match from.read::<u8>()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Corrupt),
        }
    }
}

impl Persist for () {
    fn save(&self, _: &mut Vec<u8>) {}
    fn load(_: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(())
    }
}

impl Persist for String {
    fn save(&self, out: &mut Vec<u8>) {
        save_bytes(self.as_bytes(), out);
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        core::str::from_utf8(load_bytes(from)?).map(Into::into).map_err(|_| Corrupt)
    }
}

impl<T: Persist> Persist for Option<T> {
    fn save(&self, out: &mut Vec<u8>) {
        self.is_some().save(out);
        self.iter().for_each(|value| value.save(out));
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        from.read::<bool>()?.then(|| from.read()).transpose()
    }
}

impl<T: Persist> Persist for Box<T> {
    fn save(&self, out: &mut Vec<u8>) {
        (**self).save(out);
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        from.read().map(Self::new)
    }
}

impl<T: Persist> Persist for Vec<T> {
    fn save(&self, out: &mut Vec<u8>) {
        self.len().save(out);
        self.iter().for_each(|value| value.save(out));
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let len = from.len()?;
        (0..len).map(|_| from.read()).collect()
    }
}

impl<T: Persist> Persist for VecDeque<T> {
    fn save(&self, out: &mut Vec<u8>) {
        self.len().save(out);
        self.iter().for_each(|value| value.save(out));
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        from.read::<Vec<T>>().map(Self::from)
    }
}

impl<T: Persist, const N: usize> Persist for [T; N] {
    fn save(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|value| value.save(out));
    }
    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let values: Result<Vec<T>, Corrupt> = (0..N).map(|_| from.read()).collect();
        values?.try_into().map_err(|_| Corrupt)
    }
}

macro_rules! tuples {
    ($(($($name:ident $at:tt),*)),*) => {$(
        impl<$($name: Persist),*> Persist for ($($name,)*) {
            fn save(&self, out: &mut Vec<u8>) {
                $(self.$at.save(out);)*
            }
            fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
                Ok(($(from.read::<$name>()?,)*))
            }
        }
    )*};
}

tuples!((A 0, B 1), (A 0, B 1, C 2), (A 0, B 1, C 2, D 3));

/// Makes a struct with these fields, in this order, one that can be written and read.
macro_rules! persist {
    ($(<$($generic:ident: $bound:path),*>)? $name:ty { $($field:ident),* $(,)? }) => {
        impl $(<$($generic: $bound),*>)? $crate::snapshot::codec::Persist for $name {
            fn save(&self, out: &mut alloc::vec::Vec<u8>) {
                $($crate::snapshot::codec::Persist::save(&self.$field, out);)*
            }
            fn load(
                from: &mut $crate::snapshot::codec::Reader<'_>,
            ) -> Result<Self, $crate::snapshot::codec::Corrupt> {
                Ok(Self { $($field: from.read()?),* })
            }
        }
    };
}
pub(crate) use persist;
