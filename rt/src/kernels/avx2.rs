//! The kernels in AVX2 with FMA: four registers for sixteen lanes.

use core::arch::x86_64::*;
use core::array::from_fn;

type F = [__m256d; 4];
type I = [__m256i; 4];

reductions!(#[target_feature(enable = "avx2,fma,popcnt")]);

/// For processors that [`is_available`] says.
pub(super) static KERNELS: super::Kernels = kernels!("AVX2");

/// Whether the processor has the instructions.
#[cfg(any(feature = "std", test))]
pub(super) fn is_available() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx2") && has!("fma") && has!("popcnt")
}

/// Whether it was said to when this was compiled.
#[cfg(not(any(feature = "std", test)))]
pub(super) const fn is_available() -> bool {
    cfg!(all(target_feature = "avx2", target_feature = "fma", target_feature = "popcnt"))
}

/// All ones in the lanes with a bit, by register.
#[target_feature(enable = "avx2")]
#[inline]
fn spread(bits: u16) -> I {
    let all = _mm256_set1_epi64x(bits.into());
    from_fn(|part| {
        let part = 4 * part as i64;
        let ones = _mm256_setr_epi64x(1 << part, 2 << part, 4 << part, 8 << part);
        _mm256_cmpeq_epi64(_mm256_and_si256(all, ones), ones)
    })
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(from: &Lanes) -> F {
    // SAFETY: four doubles are a register; no alignment is asked for.
    from_fn(|part| unsafe { _mm256_loadu_pd(from[4 * part..][..4].as_ptr()) })
}

#[target_feature(enable = "avx2")]
#[inline]
fn store(lanes: F) -> Lanes {
    let mut to = [0.0; LANES];
    for (to, lanes) in to.as_chunks_mut::<4>().0.iter_mut().zip(lanes) {
        // SAFETY: a register is four doubles; no alignment is asked for.
        unsafe { _mm256_storeu_pd(to.as_mut_ptr(), lanes) };
    }
    to
}

#[target_feature(enable = "avx2")]
#[inline]
fn load_int(from: &[i64; LANES]) -> I {
    // SAFETY: four integers are a register; no alignment is asked for.
    from_fn(|part| unsafe { _mm256_loadu_si256(from[4 * part..][..4].as_ptr().cast()) })
}

#[target_feature(enable = "avx2")]
#[inline]
fn store_int(lanes: I) -> [i64; LANES] {
    let mut to = [0; LANES];
    for (to, lanes) in to.as_chunks_mut::<4>().0.iter_mut().zip(lanes) {
        // SAFETY: a register is four integers; no alignment is asked for.
        unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), lanes) };
    }
    to
}

#[target_feature(enable = "avx2")]
#[inline]
fn keep(lanes: F, bits: u16) -> F {
    let masks = spread(bits);
    from_fn(|part| _mm256_and_pd(lanes[part], _mm256_castsi256_pd(masks[part])))
}

#[target_feature(enable = "avx2")]
#[inline]
fn choose(lanes: I, bits: u16, others: I) -> I {
    let masks = spread(bits);
    from_fn(|part| _mm256_blendv_epi8(others[part], lanes[part], masks[part]))
}

#[target_feature(enable = "avx2")]
#[inline]
fn add(a: F, b: F) -> F {
    from_fn(|part| _mm256_add_pd(a[part], b[part]))
}

#[target_feature(enable = "avx2")]
#[inline]
fn sub(a: F, b: F) -> F {
    from_fn(|part| _mm256_sub_pd(a[part], b[part]))
}

#[target_feature(enable = "avx2")]
#[inline]
fn mul(a: F, b: F) -> F {
    from_fn(|part| _mm256_mul_pd(a[part], b[part]))
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn lost(value: F, product: F) -> F {
    from_fn(|part| _mm256_fmsub_pd(value[part], value[part], product[part]))
}

#[target_feature(enable = "avx2")]
#[inline]
fn int(value: i64) -> I {
    [_mm256_set1_epi64x(value); 4]
}

#[target_feature(enable = "avx2")]
#[inline]
fn plus(a: I, b: I) -> I {
    from_fn(|part| _mm256_add_epi64(a[part], b[part]))
}

#[target_feature(enable = "avx2")]
#[inline]
fn least(a: I, b: I) -> I {
    from_fn(|part| _mm256_blendv_epi8(a[part], b[part], _mm256_cmpgt_epi64(a[part], b[part])))
}

#[target_feature(enable = "avx2")]
#[inline]
fn greatest(a: I, b: I) -> I {
    from_fn(|part| _mm256_blendv_epi8(b[part], a[part], _mm256_cmpgt_epi64(a[part], b[part])))
}

#[target_feature(enable = "avx2")]
#[inline]
fn low(lanes: I) -> I {
    lanes.map(|lanes| _mm256_and_si256(lanes, _mm256_set1_epi64x(0xffff_ffff)))
}

#[target_feature(enable = "avx2")]
#[inline]
fn high(lanes: I) -> I {
    // AVX2 shifts 64 bits without their sign, but has that of each 32.
    lanes.map(|lanes| {
        let signs = _mm256_srai_epi32::<31>(lanes);
        _mm256_blend_epi32::<0b1010_1010>(_mm256_srli_epi64::<32>(lanes), signs)
    })
}

#[target_feature(enable = "avx2")]
#[inline]
fn key(lanes: F) -> I {
    lanes.map(|lanes| {
        let bits = _mm256_castpd_si256(lanes);
        let signs = _mm256_cmpgt_epi64(_mm256_setzero_si256(), bits);
        _mm256_xor_si256(bits, _mm256_srli_epi64::<1>(signs))
    })
}

#[target_feature(enable = "avx2")]
#[inline]
fn numbers(lanes: F) -> u16 {
    let bits = lanes.map(|lanes| _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_ORD_Q>(lanes, lanes)));
    (bits[0] | bits[1] << 4 | bits[2] << 8 | bits[3] << 12) as u16
}

#[target_feature(enable = "avx2")]
#[inline]
fn between(values: I, least: I, greatest: I) -> u16 {
    let outside = |part: usize| {
        let (below, above) =
            (_mm256_cmpgt_epi64(least[part], values[part]), _mm256_cmpgt_epi64(values[part], greatest[part]));
        _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_or_si256(below, above)))
    };
    !(outside(0) | outside(1) << 4 | outside(2) << 8 | outside(3) << 12) as u16
}

#[target_feature(enable = "avx2")]
#[inline]
fn between_floats(values: F, least: F, greatest: F) -> u16 {
    let inside = |part: usize| {
        let (from, to) = (
            _mm256_cmp_pd::<_CMP_GE_OQ>(values[part], least[part]),
            _mm256_cmp_pd::<_CMP_LE_OQ>(values[part], greatest[part]),
        );
        _mm256_movemask_pd(_mm256_and_pd(from, to))
    };
    (inside(0) | inside(1) << 4 | inside(2) << 8 | inside(3) << 12) as u16
}

#[target_feature(enable = "avx2")]
#[inline]
fn float(lanes: I) -> F {
    // AVX2 does not convert integers of 64 bits.
    load(&store_int(lanes).map(|lane| lane as f64))
}
