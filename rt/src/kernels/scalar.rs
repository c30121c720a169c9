//! The kernels without vector instructions: the specification of the others.

use core::array::from_fn;

type F = [f64; 16];
type I = [i64; 16];

reductions!();

/// For every processor.
pub(super) static KERNELS: super::Kernels = kernels!("scalar");

#[inline]
fn load(from: &F) -> F {
    *from
}

#[inline]
fn store(lanes: F) -> F {
    lanes
}

#[inline]
fn load_int(from: &I) -> I {
    *from
}

#[inline]
fn store_int(lanes: I) -> I {
    lanes
}

#[inline]
fn keep(lanes: F, bits: u16) -> F {
    from_fn(|lane| if bits >> lane & 1 == 1 { lanes[lane] } else { 0.0 })
}

#[inline]
fn choose(lanes: I, bits: u16, others: I) -> I {
    from_fn(|lane| if bits >> lane & 1 == 1 { lanes[lane] } else { others[lane] })
}

#[inline]
fn add(a: F, b: F) -> F {
    from_fn(|lane| a[lane] + b[lane])
}

#[inline]
fn sub(a: F, b: F) -> F {
    from_fn(|lane| a[lane] - b[lane])
}

#[inline]
fn mul(a: F, b: F) -> F {
    from_fn(|lane| a[lane] * b[lane])
}

#[inline]
fn lost(value: F, product: F) -> F {
    from_fn(|lane| libm::fma(value[lane], value[lane], -product[lane]))
}

#[inline]
const fn int(value: i64) -> I {
    [value; 16]
}

#[inline]
fn plus(a: I, b: I) -> I {
    from_fn(|lane| a[lane].wrapping_add(b[lane]))
}

#[inline]
fn least(a: I, b: I) -> I {
    from_fn(|lane| a[lane].min(b[lane]))
}

#[inline]
fn greatest(a: I, b: I) -> I {
    from_fn(|lane| a[lane].max(b[lane]))
}

#[inline]
fn low(lanes: I) -> I {
    lanes.map(|lane| lane & 0xffff_ffff)
}

#[inline]
fn high(lanes: I) -> I {
    lanes.map(|lane| lane >> 32)
}

#[inline]
fn key(lanes: F) -> I {
    lanes.map(super::key)
}

#[inline]
fn numbers(lanes: F) -> u16 {
    (0..16).fold(0, |bits, lane| bits | u16::from(!lanes[lane].is_nan()) << lane)
}

#[inline]
fn between(values: I, least: I, greatest: I) -> u16 {
    (0..16).fold(0, |bits, lane| {
        bits | u16::from(least[lane] <= values[lane] && values[lane] <= greatest[lane]) << lane
    })
}

#[inline]
fn between_floats(values: F, least: F, greatest: F) -> u16 {
    (0..16).fold(0, |bits, lane| {
        bits | u16::from(least[lane] <= values[lane] && values[lane] <= greatest[lane]) << lane
    })
}

#[inline]
fn float(lanes: I) -> F {
    lanes.map(|lane| lane as f64)
}
