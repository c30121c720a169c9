//! Scalar types and operations, shared by every stage: what they are called and what they take.
//!
//! What they compute is written once, in `portent_rt::scalar`; `eval` applies it to values for the oracle and for
//! constant folding, and both backends call or inline the same definitions.

mod eval;
mod function;
mod ops;

pub use eval::{binary, call, cast, compare, unary};
pub use function::{DateUnit, Func, Signature};
pub use ops::{Binary, Cast, Compare, Unary};
pub use portent_rt::{Type as Kind, Value};

/// A scalar type: what kind of values, and whether null is one of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Type {
    /// The kind of value.
    pub kind: Kind,
    /// Whether null is a value of the type.
    pub nullable: bool,
}

impl Type {
    /// A type without null.
    pub const fn new(kind: Kind) -> Self {
        Self { kind, nullable: false }
    }

    /// A type with null.
    pub const fn nullable(kind: Kind) -> Self {
        Self { kind, nullable: true }
    }

    /// The same type, nullable if `also` holds or it is already.
    #[must_use]
    pub const fn or_null(self, also: bool) -> Self {
        Self { kind: self.kind, nullable: self.nullable || also }
    }
}

/// Whether two pieces of a program are the same, constants included: `0.0` and `-0.0` are equal, but not the same; NaN is the same
/// as NaN, but not equal.
#[expect(clippy::eq_op, reason = "what holds NaN differs from itself")]
pub(crate) fn is_same<T: PartialEq + std::fmt::Debug>(a: &T, b: &T) -> bool {
    // PERF: what differs, and holds no NaN, is not printed.
    (a == b || a != a) && format!("{a:?}") == format!("{b:?}")
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.kind.name(), if self.nullable { "?" } else { "" })
    }
}
