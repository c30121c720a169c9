//! The types of values and the shape of event types, as the runtime and the readers see them.

use alloc::string::String;
use alloc::vec::Vec;

/// The type of a value. Times and durations are nanoseconds in an `i64`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum Type {
    /// `true` or `false`, one byte in a column.
    Bool,
    /// A 64-bit signed integer.
    I64,
    /// An IEEE 754 double.
    F64,
    /// UTF-8 text.
    Str,
    /// Nanoseconds since the Unix epoch, UTC.
    Timestamp,
    /// Nanoseconds.
    Duration,
}

impl Type {
    /// The name in rule text.
    pub const fn name(self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::I64 => "i64",
            Type::F64 => "f64",
            Type::Str => "str",
            Type::Timestamp => "timestamp",
            Type::Duration => "duration",
        }
    }

    /// Bytes that a value takes in a column: 1, 8 or 16.
    pub const fn width(self) -> usize {
        match self {
            Type::Bool => 1,
            Type::Str => 16,
            _ => 8,
        }
    }
}

/// How an integer in the input is read as a timestamp.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds, the unit without a declaration.
    #[default]
    Nanos,
}

impl TimeUnit {
    /// Nanoseconds in one unit.
    pub const fn nanos(self) -> i64 {
        match self {
            TimeUnit::Seconds => 1_000_000_000,
            TimeUnit::Millis => 1_000_000,
            TimeUnit::Micros => 1_000,
            TimeUnit::Nanos => 1,
        }
    }
}

/// One field of an event type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldSchema {
    /// The name in the input.
    pub name: String,
    /// The type of its values.
    pub ty: Type,
    /// Whether null is a value of it.
    pub nullable: bool,
    /// How integers are read, for timestamps (and integers for durations, always nanoseconds).
    pub unit: TimeUnit,
    /// Whether any rule reads it. Readers decode only these; the column of another stays empty.
    pub used: bool,
}

/// An event type that is read from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventSchema {
    /// The name of the type.
    pub name: String,
    /// Its fields, in declaration order.
    pub fields: Vec<FieldSchema>,
}
