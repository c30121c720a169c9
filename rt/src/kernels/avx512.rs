//! The kernels in AVX-512: two registers for sixteen lanes.

use core::arch::x86_64::*;

type F = [__m512d; 2];
type I = [__m512i; 2];

reductions!(#[target_feature(enable = "avx512f,avx512dq,popcnt")]);

/// For processors that [`is_available`] says.
pub(super) static KERNELS: super::Kernels = kernels!("AVX-512");

/// Whether the processor has the instructions.
#[cfg(any(feature = "std", test))]
pub(super) fn is_available() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx512f") && has!("avx512dq") && has!("popcnt")
}

/// Whether it was said to when this was compiled.
#[cfg(not(any(feature = "std", test)))]
pub(super) const fn is_available() -> bool {
    cfg!(all(target_feature = "avx512f", target_feature = "avx512dq", target_feature = "popcnt"))
}

/// The bits of each register.
#[inline]
const fn halves(bits: u16) -> [u8; 2] {
    bits.to_le_bytes()
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load(from: &Lanes) -> F {
    // SAFETY: sixteen doubles are two registers; no alignment is asked for.
    unsafe { [_mm512_loadu_pd(from.as_ptr()), _mm512_loadu_pd(from[8..].as_ptr())] }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store(lanes: F) -> Lanes {
    let mut to = [0.0; LANES];
    // SAFETY: two registers are sixteen doubles; no alignment is asked for.
    unsafe {
        _mm512_storeu_pd(to.as_mut_ptr(), lanes[0]);
        _mm512_storeu_pd(to[8..].as_mut_ptr(), lanes[1]);
    }
    to
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load_int(from: &[i64; LANES]) -> I {
    // SAFETY: sixteen integers are two registers; no alignment is asked for.
    unsafe { [_mm512_loadu_epi64(from.as_ptr()), _mm512_loadu_epi64(from[8..].as_ptr())] }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn store_int(lanes: I) -> [i64; LANES] {
    let mut to = [0; LANES];
    // SAFETY: two registers are sixteen integers; no alignment is asked for.
    unsafe {
        _mm512_storeu_epi64(to.as_mut_ptr(), lanes[0]);
        _mm512_storeu_epi64(to[8..].as_mut_ptr(), lanes[1]);
    }
    to
}

#[target_feature(enable = "avx512f")]
#[inline]
fn keep(lanes: F, bits: u16) -> F {
    let [low, high] = halves(bits);
    [_mm512_maskz_mov_pd(low, lanes[0]), _mm512_maskz_mov_pd(high, lanes[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn choose(lanes: I, bits: u16, others: I) -> I {
    let [low, high] = halves(bits);
    [_mm512_mask_mov_epi64(others[0], low, lanes[0]), _mm512_mask_mov_epi64(others[1], high, lanes[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn add(a: F, b: F) -> F {
    [_mm512_add_pd(a[0], b[0]), _mm512_add_pd(a[1], b[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn sub(a: F, b: F) -> F {
    [_mm512_sub_pd(a[0], b[0]), _mm512_sub_pd(a[1], b[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn mul(a: F, b: F) -> F {
    [_mm512_mul_pd(a[0], b[0]), _mm512_mul_pd(a[1], b[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn lost(value: F, product: F) -> F {
    [_mm512_fmsub_pd(value[0], value[0], product[0]), _mm512_fmsub_pd(value[1], value[1], product[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn int(value: i64) -> I {
    [_mm512_set1_epi64(value); 2]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn plus(a: I, b: I) -> I {
    [_mm512_add_epi64(a[0], b[0]), _mm512_add_epi64(a[1], b[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn least(a: I, b: I) -> I {
    [_mm512_min_epi64(a[0], b[0]), _mm512_min_epi64(a[1], b[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn greatest(a: I, b: I) -> I {
    [_mm512_max_epi64(a[0], b[0]), _mm512_max_epi64(a[1], b[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn low(lanes: I) -> I {
    let half = _mm512_set1_epi64(0xffff_ffff);
    [_mm512_and_si512(lanes[0], half), _mm512_and_si512(lanes[1], half)]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn high(lanes: I) -> I {
    [_mm512_srai_epi64::<32>(lanes[0]), _mm512_srai_epi64::<32>(lanes[1])]
}

#[target_feature(enable = "avx512f")]
#[inline]
fn key(lanes: F) -> I {
    lanes.map(|lanes| {
        let bits = _mm512_castpd_si512(lanes);
        _mm512_xor_si512(bits, _mm512_srli_epi64::<1>(_mm512_srai_epi64::<63>(bits)))
    })
}

#[target_feature(enable = "avx512f")]
#[inline]
fn numbers(lanes: F) -> u16 {
    u16::from_le_bytes([
        _mm512_cmp_pd_mask::<_CMP_ORD_Q>(lanes[0], lanes[0]),
        _mm512_cmp_pd_mask::<_CMP_ORD_Q>(lanes[1], lanes[1]),
    ])
}

#[target_feature(enable = "avx512f")]
#[inline]
fn between(values: I, least: I, greatest: I) -> u16 {
    u16::from_le_bytes([0, 1].map(|half: usize| {
        let from = _mm512_cmpge_epi64_mask(values[half], least[half]);
        _mm512_mask_cmple_epi64_mask(from, values[half], greatest[half])
    }))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn between_floats(values: F, least: F, greatest: F) -> u16 {
    u16::from_le_bytes([0, 1].map(|half: usize| {
        let from = _mm512_cmp_pd_mask::<_CMP_GE_OQ>(values[half], least[half]);
        _mm512_mask_cmp_pd_mask::<_CMP_LE_OQ>(from, values[half], greatest[half])
    }))
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn float(lanes: I) -> F {
    [_mm512_cvtepi64_pd(lanes[0]), _mm512_cvtepi64_pd(lanes[1])]
}
