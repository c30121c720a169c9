//! Operators and functions on any value: null in, null out, and null for a failure. For the oracle and for folding
//! constants; compiled rules call the same definitions of `portent_rt::scalar` on primitives.
//!
//! The operands have the kinds that the operator takes; a wrong one is a bug of the caller and panics.

use super::{Binary, Cast, Compare, Func, Kind, Unary, Value};
use portent_rt::scalar::{float, hash, int, parse, print, text, time};
use std::cmp::Ordering;

/// The result of an operator of one operand.
pub fn unary(op: Unary, operand: &Value) -> Value {
    match (op, operand) {
        (_, Value::Null) => Value::Null,
        (Unary::NegI, Value::Duration(_)) => integer(int::neg(bits(operand)), Kind::Duration),
        (Unary::NegI, _) => integer(int::neg(bits(operand)), Kind::I64),
        (Unary::NegF, _) => Value::F64(-number(operand)),
    }
}

/// The result of arithmetic, a value of kind `result`.
pub fn binary(op: Binary, left: &Value, right: &Value, result: Kind) -> Value {
    if *left == Value::Null || *right == Value::Null {
        return Value::Null;
    }
    let ints = |apply: fn(i64, i64) -> Option<i64>| integer(apply(bits(left), bits(right)), result);
    let floats = |apply: fn(f64, f64) -> f64| Value::F64(apply(number(left), number(right)));
    match op {
        Binary::AddI => ints(int::add),
        Binary::SubI => ints(int::sub),
        Binary::MulI => ints(int::mul),
        Binary::DivI => ints(int::div),
        Binary::RemI => ints(int::rem),
        Binary::AddF => floats(|a, b| a + b),
        Binary::SubF => floats(|a, b| a - b),
        Binary::MulF => floats(|a, b| a * b),
        Binary::DivF => floats(|a, b| a / b),
        Binary::RemF => floats(float::rem),
        Binary::ScaleDuration => integer(int::scale_duration(bits(left), number(right)), Kind::Duration),
        Binary::DivideDuration => integer(int::divide_duration(bits(left), number(right)), Kind::Duration),
        Binary::Ratio => int::ratio(bits(left), bits(right)).map_or(Value::Null, Value::F64),
    }
}

/// The result of a comparison of two values of one kind.
pub fn compare(op: Compare, left: &Value, right: &Value) -> Value {
    let order = match (left, right) {
        (Value::Null, _) | (_, Value::Null) => return Value::Null,
        (Value::F64(a), Value::F64(b)) if float::eq(*a, *b) && matches!(op, Compare::Eq | Compare::Ne) => {
            Some(Ordering::Equal)
        }
        (Value::F64(a), Value::F64(b)) => a.partial_cmp(b),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        _ => Some(bits(left).cmp(&bits(right))),
    };
    Value::Bool(match op {
        Compare::Eq => order == Some(Ordering::Equal),
        Compare::Ne => order != Some(Ordering::Equal),
        Compare::Lt => order == Some(Ordering::Less),
        Compare::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Compare::Gt => order == Some(Ordering::Greater),
        Compare::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    })
}

/// A value converted to kind `to`.
pub fn cast(cast: Cast, operand: &Value, to: Kind) -> Value {
    if *operand == Value::Null {
        return Value::Null;
    }
    match cast {
        Cast::IntToFloat => Value::F64(int::to_float(bits(operand))),
        Cast::FloatToInt => integer(float::to_int(number(operand)), to),
        Cast::BoolToInt => Value::I64(i64::from(truth(operand))),
        Cast::IntToBool => Value::Bool(bits(operand) != 0),
        Cast::SameBits => integer(Some(bits(operand)), to),
        Cast::StrToBool => parse::bool(string(operand)).map_or(Value::Null, Value::Bool),
        Cast::StrToInt => integer(parse::int(string(operand)), to),
        Cast::StrToFloat => parse::float(string(operand)).map_or(Value::Null, Value::F64),
        Cast::StrToTimestamp => integer(parse::timestamp(string(operand)), Kind::Timestamp),
        Cast::ToStr => written(|out| print::value(operand, out)),
    }
}

/// The result of a function; the arguments are those of [`Func::signature`].
pub fn call(func: Func, arguments: &[Value]) -> Value {
    if arguments.contains(&Value::Null) {
        return Value::Null;
    }
    let result = func.signature().result;
    let a = |index: usize| &arguments[index];
    let ints = |value: i64| integer(Some(value), result);
    let unary = |apply: fn(f64) -> f64| Value::F64(apply(number(a(0))));
    let binary = |apply: fn(f64, f64) -> f64| Value::F64(apply(number(a(0)), number(a(1))));
    let test = |apply: fn(&str, &str) -> bool| Value::Bool(apply(string(a(0)), string(a(1))));
    let field = |apply: fn(i64) -> i64| Value::I64(apply(bits(a(0))));
    let part = |text: &str| Value::Str(text.to_owned());
    match func {
        Func::AbsI | Func::AbsDuration => integer(int::abs(bits(a(0))), result),
        Func::AbsF => unary(float::abs),
        Func::SignI | Func::SignDuration => ints(int::sign(bits(a(0)))),
        Func::SignF => unary(float::sign),
        Func::MinI | Func::MinTimestamp | Func::MinDuration => ints(bits(a(0)).min(bits(a(1)))),
        Func::MaxI | Func::MaxTimestamp | Func::MaxDuration => ints(bits(a(0)).max(bits(a(1)))),
        Func::MinF => binary(float::min),
        Func::MaxF => binary(float::max),
        Func::MinStr => part(string(a(0)).min(string(a(1)))),
        Func::MaxStr => part(string(a(0)).max(string(a(1)))),
        Func::Round => unary(float::round),
        Func::RoundTo => Value::F64(float::round_to(number(a(0)), bits(a(1)))),
        Func::Floor => unary(float::floor),
        Func::Ceil => unary(float::ceil),
        Func::Sqrt => unary(float::sqrt),
        Func::Exp => unary(float::exp),
        Func::Ln => unary(float::ln),
        Func::Log10 => unary(float::log10),
        Func::Pow => binary(float::pow),
        Func::Sin => unary(float::sin),
        Func::Cos => unary(float::cos),
        Func::Atan2 => binary(float::atan2),
        Func::Length => Value::I64(text::length(string(a(0)))),
        Func::Lower => written(|out| text::lower(string(a(0)), out)),
        Func::Upper => written(|out| text::upper(string(a(0)), out)),
        Func::Trim => part(text::trim(string(a(0)))),
        Func::SubstrFrom => part(text::substr_from(string(a(0)), bits(a(1)))),
        Func::Substr => part(text::substr(string(a(0)), bits(a(1)), bits(a(2)))),
        Func::Concat => written(|out| text::concat(string(a(0)), string(a(1)), out)),
        Func::Contains => test(text::contains),
        Func::StartsWith => test(text::starts_with),
        Func::EndsWith => test(text::ends_with),
        Func::Replace => written(|out| text::replace(string(a(0)), string(a(1)), string(a(2)), out)),
        Func::SplitPart => part(text::split_part(string(a(0)), string(a(1)), bits(a(2)))),
        Func::Year => field(time::year),
        Func::Month => field(time::month),
        Func::Day => field(time::day),
        Func::Hour => field(time::hour),
        Func::Minute => field(time::minute),
        Func::Second => field(time::second),
        Func::DayOfWeek => field(time::day_of_week),
        Func::DateTrunc(unit) => integer(time::truncate(unit, bits(a(0))), Kind::Timestamp),
        Func::HashBool => Value::I64(hash::bool(truth(a(0)))),
        Func::HashI | Func::HashTimestamp | Func::HashDuration => field(hash::int),
        Func::HashF => Value::I64(hash::float(number(a(0)))),
        Func::HashStr => Value::I64(hash::bytes(string(a(0)).as_bytes())),
    }
}

/// An integer as a value of its kind; null if there is none.
fn integer(value: Option<i64>, kind: Kind) -> Value {
    match (value, kind) {
        (None, _) => Value::Null,
        (Some(value), Kind::I64) => Value::I64(value),
        (Some(value), Kind::Timestamp) => Value::Timestamp(value),
        (Some(value), Kind::Duration) => Value::Duration(value),
        (Some(_), kind) => panic!("an integer is no {}", kind.name()),
    }
}

fn written(write: impl FnOnce(&mut String)) -> Value {
    let mut out = String::new();
    write(&mut out);
    Value::Str(out)
}

fn bits(value: &Value) -> i64 {
    match value {
        Value::I64(value) | Value::Timestamp(value) | Value::Duration(value) => *value,
        other => panic!("an integer operand, not {other:?}"),
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::F64(value) => *value,
        other => panic!("a double operand, not {other:?}"),
    }
}

fn truth(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        other => panic!("a bool operand, not {other:?}"),
    }
}

fn string(value: &Value) -> &str {
    match value {
        Value::Str(value) => value,
        other => panic!("a text operand, not {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_in_null_out() {
        assert_eq!(unary(Unary::NegF, &Value::Null), Value::Null);
        assert_eq!(binary(Binary::AddI, &Value::I64(1), &Value::Null, Kind::I64), Value::Null);
        assert_eq!(compare(Compare::Eq, &Value::Null, &Value::Null), Value::Null);
        assert_eq!(cast(Cast::ToStr, &Value::Null, Kind::Str), Value::Null);
        assert_eq!(call(Func::MinI, &[Value::I64(1), Value::Null]), Value::Null);
    }

    #[test]
    fn results_are_of_their_kind() {
        let (at, length) = (Value::Timestamp(10), Value::Duration(4));
        assert_eq!(binary(Binary::SubI, &at, &at, Kind::Duration), Value::Duration(0));
        assert_eq!(binary(Binary::AddI, &at, &length, Kind::Timestamp), Value::Timestamp(14));
        assert_eq!(unary(Unary::NegI, &length), Value::Duration(-4));
        assert_eq!(cast(Cast::SameBits, &at, Kind::I64), Value::I64(10));
        assert_eq!(call(Func::MaxTimestamp, &[at, Value::Timestamp(11)]), Value::Timestamp(11));
        assert_eq!(
            binary(Binary::ScaleDuration, &length, &Value::F64(0.5), Kind::Duration),
            Value::Duration(2)
        );
    }

    #[test]
    fn nan_equals_itself_and_is_not_ordered() {
        let nan = Value::F64(f64::NAN);
        for (op, expected) in [
            (Compare::Eq, true),
            (Compare::Ne, false),
            (Compare::Lt, false),
            (Compare::Le, false),
            (Compare::Gt, false),
            (Compare::Ge, false),
        ] {
            assert_eq!(compare(op, &nan, &nan), Value::Bool(expected), "{op:?}");
        }
        assert_eq!(compare(Compare::Eq, &Value::F64(0.0), &Value::F64(-0.0)), Value::Bool(true));
        assert_eq!(compare(Compare::Ne, &nan, &Value::F64(0.0)), Value::Bool(true));
    }

    #[test]
    fn every_function_takes_what_its_signature_says() {
        let sample = |kind: &Kind| match kind {
            Kind::Bool => Value::Bool(true),
            Kind::I64 => Value::I64(1),
            Kind::F64 => Value::F64(1.5),
            Kind::Str => Value::Str("a,b".into()),
            Kind::Timestamp => Value::Timestamp(1),
            Kind::Duration => Value::Duration(1),
        };
        let by_name = Func::names().flat_map(|name| Func::overloads(name).iter().copied());
        for func in by_name.chain(crate::scalar::DateUnit::ALL.map(Func::DateTrunc)) {
            let signature = func.signature();
            let arguments: Vec<_> = signature.parameters.iter().map(sample).collect();
            let result = call(func, &arguments);
            let same = std::mem::discriminant(&result) == std::mem::discriminant(&sample(&signature.result));
            assert!(same, "{func:?}{arguments:?} gives {result:?}");
        }
    }
}
