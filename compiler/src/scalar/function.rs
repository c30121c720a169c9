//! The functions of rules: one [`Func`] for each representation of operands, found by name through [`Func::overloads`].
//!
//! Not here: `coalesce`, `nullif` and the variadic forms of `concat`, `min` and `max`, which resolution rewrites into
//! other expressions, and aggregates. What functions compute is in `portent_rt::scalar`.

use super::Kind;
pub use portent_rt::scalar::time::Unit as DateUnit;

/// A function with its operand types chosen. Null in any argument gives null.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Func {
    /// `abs(i64)`; null on overflow.
    AbsI,
    /// `abs(f64)`.
    AbsF,
    /// `abs(duration)`; null on overflow.
    AbsDuration,
    /// `sign(i64)`: -1, 0 or 1.
    SignI,
    /// `sign(f64)`: -1.0 or 1.0; zeros and NaN are themselves.
    SignF,
    /// `sign(duration)`: -1, 0 or 1, an i64.
    SignDuration,
    /// `min(i64, i64)`.
    MinI,
    /// `min(f64, f64)`: a number rather than NaN.
    MinF,
    /// `min(str, str)`, byte by byte.
    MinStr,
    /// `min(timestamp, timestamp)`.
    MinTimestamp,
    /// `min(duration, duration)`.
    MinDuration,
    /// `max(i64, i64)`.
    MaxI,
    /// `max(f64, f64)`: a number rather than NaN.
    MaxF,
    /// `max(str, str)`, byte by byte.
    MaxStr,
    /// `max(timestamp, timestamp)`.
    MaxTimestamp,
    /// `max(duration, duration)`.
    MaxDuration,
    /// `round(f64)`: halves away from zero.
    Round,
    /// `round(f64, digits)`.
    RoundTo,
    /// `floor(f64)`.
    Floor,
    /// `ceil(f64)`.
    Ceil,
    /// `sqrt(f64)`.
    Sqrt,
    /// `exp(f64)`.
    Exp,
    /// `ln(f64)`.
    Ln,
    /// `log10(f64)`.
    Log10,
    /// `pow(f64, f64)`.
    Pow,
    /// `sin(f64)`.
    Sin,
    /// `cos(f64)`.
    Cos,
    /// `atan2(y, x)`.
    Atan2,
    /// `length(str)`: characters.
    Length,
    /// `lower(str)`.
    Lower,
    /// `upper(str)`.
    Upper,
    /// `trim(str)`: without white space at the ends.
    Trim,
    /// `substr(str, start)`: from character `start` (from 1) on.
    SubstrFrom,
    /// `substr(str, start, length)`.
    Substr,
    /// `concat(str, str)`.
    Concat,
    /// `contains(str, part)`.
    Contains,
    /// `starts_with(str, part)`.
    StartsWith,
    /// `ends_with(str, part)`.
    EndsWith,
    /// `replace(str, from, to)`.
    Replace,
    /// `split_part(str, separator, number)`: from 1, from the end if negative.
    SplitPart,
    /// `year(timestamp)`.
    Year,
    /// `month(timestamp)`: 1 to 12.
    Month,
    /// `day(timestamp)`: 1 to 31.
    Day,
    /// `hour(timestamp)`.
    Hour,
    /// `minute(timestamp)`.
    Minute,
    /// `second(timestamp)`: whole seconds.
    Second,
    /// `day_of_week(timestamp)`: Monday is 1, Sunday is 7.
    DayOfWeek,
    /// `date_trunc("unit", timestamp)`, the unit known: the start of it. Null before the first timestamp.
    DateTrunc(DateUnit),
    /// `hash(bool)`.
    HashBool,
    /// `hash(i64)`.
    HashI,
    /// `hash(f64)`: `-0.0` as `0.0`, all NaNs alike.
    HashF,
    /// `hash(str)`.
    HashStr,
    /// `hash(timestamp)`.
    HashTimestamp,
    /// `hash(duration)`.
    HashDuration,
}

/// What a function takes and gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signature {
    /// The kinds of its arguments.
    pub parameters: &'static [Kind],
    /// The kind of its result.
    pub result: Kind,
    /// Whether arguments that are there may give null.
    pub can_fail: bool,
}

/// Every name, in order, with what it may stand for. `date_trunc` is here for its name alone: resolution takes its unit
/// from the text of its first argument and makes [`Func::DateTrunc`] of it. So are the forms that it rewrites.
const NAMES: [(&str, &[Func]); 37] = {
    use Func::*;
    [
        ("abs", &[AbsI, AbsF, AbsDuration]),
        ("atan2", &[Atan2]),
        ("ceil", &[Ceil]),
        ("coalesce", &[]),
        ("concat", &[Concat]),
        ("contains", &[Contains]),
        ("cos", &[Cos]),
        ("date_trunc", &[]),
        ("day", &[Day]),
        ("day_of_week", &[DayOfWeek]),
        ("ends_with", &[EndsWith]),
        ("exp", &[Exp]),
        ("floor", &[Floor]),
        ("hash", &[HashI, HashF, HashStr, HashBool, HashTimestamp, HashDuration]),
        ("hour", &[Hour]),
        ("length", &[Length]),
        ("ln", &[Ln]),
        ("log10", &[Log10]),
        ("lower", &[Lower]),
        ("max", &[MaxI, MaxF, MaxStr, MaxTimestamp, MaxDuration]),
        ("min", &[MinI, MinF, MinStr, MinTimestamp, MinDuration]),
        ("minute", &[Minute]),
        ("month", &[Month]),
        ("nullif", &[]),
        ("pow", &[Pow]),
        ("replace", &[Replace]),
        ("round", &[Round, RoundTo]),
        ("second", &[Second]),
        ("sign", &[SignI, SignF, SignDuration]),
        ("sin", &[Sin]),
        ("split_part", &[SplitPart]),
        ("sqrt", &[Sqrt]),
        ("starts_with", &[StartsWith]),
        ("substr", &[SubstrFrom, Substr]),
        ("trim", &[Trim]),
        ("upper", &[Upper]),
        ("year", &[Year]),
    ]
};

impl Func {
    /// What a name may stand for: integers before doubles, so that the first overload to which the arguments widen is
    /// the nearest. Empty for an unknown name and for the forms that resolution rewrites.
    pub fn overloads(name: &str) -> &'static [Func] {
        NAMES.iter().find(|(known, _)| *known == name).map_or(&[], |(_, overloads)| overloads)
    }

    /// Every function name, `coalesce`, `nullif` and `date_trunc` included: for "did you mean".
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The name in rule text.
    pub fn name(self) -> &'static str {
        if let Func::DateTrunc(_) = self {
            return "date_trunc";
        }
        let known = NAMES.iter().find(|(_, overloads)| overloads.contains(&self));
        known.map(|(name, _)| *name).expect("every function has a name")
    }

    /// What it takes and gives.
    pub const fn signature(self) -> Signature {
        use Func::*;
        use Kind::{Bool, Duration, F64, I64, Str, Timestamp};
        let (parameters, result): (&'static [Kind], Kind) = match self {
            AbsI => (&[I64], I64),
            AbsDuration => (&[Duration], Duration),
            SignI => (&[I64], I64),
            SignDuration => (&[Duration], I64),
            MinI | MaxI => (&[I64, I64], I64),
            MinF | MaxF | Pow | Atan2 => (&[F64, F64], F64),
            MinStr | MaxStr | Concat => (&[Str, Str], Str),
            MinTimestamp | MaxTimestamp => (&[Timestamp, Timestamp], Timestamp),
            MinDuration | MaxDuration => (&[Duration, Duration], Duration),
            AbsF | SignF | Round | Floor | Ceil | Sqrt | Exp | Ln | Log10 | Sin | Cos => (&[F64], F64),
            RoundTo => (&[F64, I64], F64),
            Length => (&[Str], I64),
            Lower | Upper | Trim => (&[Str], Str),
            SubstrFrom => (&[Str, I64], Str),
            Substr => (&[Str, I64, I64], Str),
            Contains | StartsWith | EndsWith => (&[Str, Str], Bool),
            Replace => (&[Str, Str, Str], Str),
            SplitPart => (&[Str, Str, I64], Str),
            Year | Month | Day | Hour | Minute | Second | DayOfWeek => (&[Timestamp], I64),
            DateTrunc(_) => (&[Timestamp], Timestamp),
            HashBool => (&[Bool], I64),
            HashI => (&[I64], I64),
            HashF => (&[F64], I64),
            HashStr => (&[Str], I64),
            HashTimestamp => (&[Timestamp], I64),
            HashDuration => (&[Duration], I64),
        };
        let can_fail = matches!(self, AbsI | AbsDuration | DateTrunc(_));
        Signature { parameters, result, can_fail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for (index, (name, overloads)) in NAMES.iter().enumerate() {
            assert!(NAMES[..index].iter().all(|(other, _)| other != name), "{name} is there once");
            assert!(overloads.iter().all(|func| func.name() == *name), "{name}");
            let mut parameters: Vec<_> = overloads.iter().map(|func| func.signature().parameters).collect();
            parameters.dedup();
            assert_eq!(parameters.len(), overloads.len(), "the overloads of {name} differ");
        }
        assert_eq!(Func::DateTrunc(DateUnit::Day).name(), "date_trunc");
        assert!(Func::overloads("no_such").is_empty());
    }
}
