//! Functions of text: the definitions of `portent_rt::scalar` behind the C calling convention.
//!
//! Every `head, tail` is a text whose bytes live for the call at least: compiled code passes what it has just read from a
//! column, a register, the scratch arena or a constant. A part of a text shares its bytes; a new text is put into
//! `scratch`.

use std::cell::RefCell;
use std::cmp::Ordering;

use portent_rt::bytes::ByteArena;
use portent_rt::scalar::{hash as hashing, like as pattern, parse, print, text as scalar};
use portent_rt::string::RawStr;
use regex::Regex;

/// A text that compiled code passed.
///
/// Invariant: UTF-8, and the tail of a long one points to its bytes.
struct Text(RawStr);

/// The text of two words.
const fn text(head: u64, tail: u64) -> Text {
    Text(RawStr { head, tail })
}

impl Text {
    fn str(&self) -> &str {
        // SAFETY: compiled code passes texts that were UTF-8 when they were made, with bytes that outlive the call.
        unsafe { self.0.text() }
    }
}

/// A text that shares the bytes of `part`, which is a part of a text that was passed: if it is long, so is that.
fn share(part: &str) -> RawStr {
    let bytes = part.as_bytes();
    RawStr::inline(bytes).unwrap_or_else(|| RawStr::long(bytes, bytes.as_ptr() as u64))
}

/// A new text in `scratch`.
fn make(scratch: &mut ByteArena, write: impl FnOnce(&mut String)) -> RawStr {
    thread_local! {
        static BUFFER: RefCell<String> = const { RefCell::new(String::new()) };
    }
    BUFFER.with_borrow_mut(|buffer| {
        buffer.clear();
        write(buffer);
        let bytes = buffer.as_bytes();
        RawStr::inline(bytes).unwrap_or_else(|| RawStr::long(bytes, scratch.push(bytes) as u64))
    })
}

/// Whether two texts are equal: 0 or 1.
pub(in crate::jit) extern "C" fn same(a: u64, b: u64, c: u64, d: u64, out: &mut u64) {
    *out = u64::from(text(a, b).str() == text(c, d).str());
}

/// -1, 0 or 1: how two texts compare.
pub(in crate::jit) extern "C" fn order(a: u64, b: u64, c: u64, d: u64) -> i64 {
    match text(a, b).str().cmp(text(c, d).str()) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

/// `like` against a constant of the program.
pub(in crate::jit) extern "C" fn like(head: u64, tail: u64, bytes: *const u8, len: usize) -> bool {
    // SAFETY: compiled code passes a text of its `Pool`, which lives as long as the code.
    let constant = unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(bytes, len)) };
    pattern::like(text(head, tail).str(), constant)
}

/// Whether a regular expression of the program is found.
pub(in crate::jit) extern "C" fn matches(head: u64, tail: u64, regex: &Regex) -> bool {
    regex.is_match(text(head, tail).str())
}

/// `text::contains`
pub(in crate::jit) extern "C" fn contains(a: u64, b: u64, c: u64, d: u64) -> bool {
    scalar::contains(text(a, b).str(), text(c, d).str())
}

/// `text::starts_with`
pub(in crate::jit) extern "C" fn starts_with(a: u64, b: u64, c: u64, d: u64) -> bool {
    scalar::starts_with(text(a, b).str(), text(c, d).str())
}

/// `text::ends_with`
pub(in crate::jit) extern "C" fn ends_with(a: u64, b: u64, c: u64, d: u64) -> bool {
    scalar::ends_with(text(a, b).str(), text(c, d).str())
}

/// `text::length`
pub(in crate::jit) extern "C" fn length(head: u64, tail: u64) -> i64 {
    scalar::length(text(head, tail).str())
}

/// `hash::bytes`
pub(in crate::jit) extern "C" fn hash(head: u64, tail: u64) -> i64 {
    hashing::bytes(text(head, tail).str().as_bytes())
}

/// `text::trim`
pub(in crate::jit) extern "C" fn trim(head: u64, tail: u64, out: &mut RawStr) {
    *out = share(scalar::trim(text(head, tail).str()));
}

/// `text::substr_from`
pub(in crate::jit) extern "C" fn substr_from(head: u64, tail: u64, start: i64, out: &mut RawStr) {
    *out = share(scalar::substr_from(text(head, tail).str(), start));
}

/// `text::substr`
pub(in crate::jit) extern "C" fn substr(head: u64, tail: u64, start: i64, length: i64, out: &mut RawStr) {
    *out = share(scalar::substr(text(head, tail).str(), start, length));
}

/// `text::split_part`
pub(in crate::jit) extern "C" fn split_part(a: u64, b: u64, c: u64, d: u64, number: i64, out: &mut RawStr) {
    *out = share(scalar::split_part(text(a, b).str(), text(c, d).str(), number));
}

/// `text::lower`
pub(in crate::jit) extern "C" fn lower(scratch: &mut ByteArena, head: u64, tail: u64, out: &mut RawStr) {
    *out = make(scratch, |buffer| scalar::lower(text(head, tail).str(), buffer));
}

/// `text::upper`
pub(in crate::jit) extern "C" fn upper(scratch: &mut ByteArena, head: u64, tail: u64, out: &mut RawStr) {
    *out = make(scratch, |buffer| scalar::upper(text(head, tail).str(), buffer));
}

/// `text::concat`
pub(in crate::jit) extern "C" fn concat(
    scratch: &mut ByteArena,
    a: u64,
    b: u64,
    c: u64,
    d: u64,
    out: &mut RawStr,
) {
    *out = make(scratch, |buffer| scalar::concat(text(a, b).str(), text(c, d).str(), buffer));
}

/// `text::replace`
pub(in crate::jit) extern "C" fn replace(
    scratch: &mut ByteArena,
    a: u64,
    b: u64,
    c: u64,
    d: u64,
    e: u64,
    f: u64,
    out: &mut RawStr,
) {
    let (whole, from, to) = (text(a, b), text(c, d), text(e, f));
    *out = make(scratch, |buffer| scalar::replace(whole.str(), from.str(), to.str(), buffer));
}

/// `print::bool`
pub(in crate::jit) extern "C" fn print_bool(scratch: &mut ByteArena, value: u64, out: &mut RawStr) {
    *out = make(scratch, |buffer| print::bool(value != 0, buffer));
}

/// `print::int`
pub(in crate::jit) extern "C" fn print_int(scratch: &mut ByteArena, value: i64, out: &mut RawStr) {
    *out = make(scratch, |buffer| print::int(value, buffer));
}

/// `print::float`
pub(in crate::jit) extern "C" fn print_float(scratch: &mut ByteArena, value: f64, out: &mut RawStr) {
    *out = make(scratch, |buffer| print::float(value, buffer));
}

/// `print::timestamp`
pub(in crate::jit) extern "C" fn print_timestamp(scratch: &mut ByteArena, at: i64, out: &mut RawStr) {
    *out = make(scratch, |buffer| print::timestamp(at, buffer));
}

/// `print::duration`
pub(in crate::jit) extern "C" fn print_duration(scratch: &mut ByteArena, value: i64, out: &mut RawStr) {
    *out = make(scratch, |buffer| print::duration(value, buffer));
}

/// Writes a value, or zero; whether there is one.
fn give<T: Default>(value: Option<T>, out: &mut T) -> bool {
    let there = value.is_some();
    *out = value.unwrap_or_default();
    there
}

/// `parse::bool`, as 0 or 1
pub(in crate::jit) extern "C" fn parse_bool(head: u64, tail: u64, out: &mut i64) -> bool {
    give(parse::bool(text(head, tail).str()).map(i64::from), out)
}

/// `parse::int`
pub(in crate::jit) extern "C" fn parse_int(head: u64, tail: u64, out: &mut i64) -> bool {
    give(parse::int(text(head, tail).str()), out)
}

/// `parse::float`
pub(in crate::jit) extern "C" fn parse_float(head: u64, tail: u64, out: &mut f64) -> bool {
    give(parse::float(text(head, tail).str()), out)
}

/// `parse::timestamp`
pub(in crate::jit) extern "C" fn parse_timestamp(head: u64, tail: u64, out: &mut i64) -> bool {
    give(parse::timestamp(text(head, tail).str()), out)
}
