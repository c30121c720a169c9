//! Operators on values, one for each representation. The front end has already chosen the right one.

/// Operators of one operand; null gives null.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unary {
    /// `-i64`, `-duration`: null on overflow.
    NegI,
    /// `-f64`.
    NegF,
}

/// Operators of two operands of one kind (but where noted); null in, null out.
///
/// `I` stands for everything held as an `i64`: integers, timestamps, durations. These give null on overflow and on
/// division by zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Binary {
    /// Checked addition.
    AddI,
    /// Checked subtraction.
    SubI,
    /// Checked multiplication.
    MulI,
    /// Division, towards zero; null by zero and on overflow.
    DivI,
    /// Remainder of [`Binary::DivI`]; the sign is the dividend's. `i64::MIN % -1` is 0.
    RemI,
    /// IEEE addition.
    AddF,
    /// IEEE subtraction.
    SubF,
    /// IEEE multiplication.
    MulF,
    /// IEEE division.
    DivF,
    /// IEEE remainder (`fmod`).
    RemF,
    /// duration × f64 -> duration, to the nearest nanosecond, ties to even; null out of range.
    ScaleDuration,
    /// duration ÷ f64 -> duration, as above.
    DivideDuration,
    /// duration ÷ duration -> f64; null by zero.
    Ratio,
}

/// Comparisons of two operands of one kind; null in, null out.
///
/// Floats: `==` holds for any two NaNs and for `-0.0` and `0.0`, and `!=` is its opposite; the others are IEEE.
/// Text compares byte by byte; `false < true`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Compare {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Compare {
    /// The comparison with its sides exchanged.
    pub const fn turned(self) -> Self {
        match self {
            Compare::Lt => Compare::Gt,
            Compare::Le => Compare::Ge,
            Compare::Gt => Compare::Lt,
            Compare::Ge => Compare::Le,
            Compare::Eq | Compare::Ne => self,
        }
    }

    /// As written in rule text.
    pub const fn symbol(self) -> &'static str {
        match self {
            Compare::Eq => "==",
            Compare::Ne => "!=",
            Compare::Lt => "<",
            Compare::Le => "<=",
            Compare::Gt => ">",
            Compare::Ge => ">=",
        }
    }

    /// The comparison that says the same of exchanged operands.
    pub const fn mirrored(self) -> Self {
        match self {
            Compare::Eq | Compare::Ne => self,
            Compare::Lt => Compare::Gt,
            Compare::Le => Compare::Ge,
            Compare::Gt => Compare::Lt,
            Compare::Ge => Compare::Le,
        }
    }
}

/// Conversions between kinds; null in, null out. Those that may fail give null when they do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cast {
    /// i64 -> f64, to nearest.
    IntToFloat,
    /// f64 -> i64, towards zero; null for NaN and out of range.
    FloatToInt,
    /// bool -> i64: 0 or 1.
    BoolToInt,
    /// i64 -> bool: whether not 0.
    IntToBool,
    /// Between i64, timestamp and duration (nanoseconds): the same number.
    SameBits,
    /// Text -> bool: `true` or `false`; otherwise null.
    StrToBool,
    /// Text -> i64: decimal with an optional sign; otherwise null.
    StrToInt,
    /// Text -> f64: as Rust's `f64::from_str`; otherwise null.
    StrToFloat,
    /// Text -> timestamp: RFC 3339; otherwise null.
    StrToTimestamp,
    /// Anything -> text, in the form in which output is written.
    ToStr,
}

impl Cast {
    /// Whether a value that is there may give null.
    pub const fn can_fail(self) -> bool {
        use Cast::*;
        matches!(self, FloatToInt | StrToBool | StrToInt | StrToFloat | StrToTimestamp)
    }
}

impl Unary {
    /// Whether operands that are there may give null.
    pub const fn can_fail(self) -> bool {
        matches!(self, Unary::NegI)
    }
}

impl Binary {
    /// Whether operands that are there may give null.
    pub const fn can_fail(self) -> bool {
        use Binary::*;
        matches!(self, AddI | SubI | MulI | DivI | RemI | ScaleDuration | DivideDuration | Ratio)
    }
}
