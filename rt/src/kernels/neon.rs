//! The kernels in NEON, which every 64-bit ARM has: eight registers for sixteen lanes.

use core::arch::aarch64::*;
use core::array::from_fn;

type F = [float64x2_t; 8];
type I = [int64x2_t; 8];

reductions!(#[target_feature(enable = "neon")]);

/// For all of them.
pub(super) static KERNELS: super::Kernels = kernels!("NEON");

/// All ones in the lanes with a bit, by register.
#[target_feature(enable = "neon")]
#[inline]
fn spread(bits: u16) -> [uint64x2_t; 8] {
    let all = vdupq_n_u64(bits.into());
    from_fn(|part| {
        let ones = vcombine_u64(vdup_n_u64(1 << (2 * part)), vdup_n_u64(2 << (2 * part)));
        vtstq_u64(all, ones)
    })
}

#[target_feature(enable = "neon")]
#[inline]
fn load(from: &Lanes) -> F {
    // SAFETY: two doubles are a register.
    from_fn(|part| unsafe { vld1q_f64(from[2 * part..][..2].as_ptr()) })
}

#[target_feature(enable = "neon")]
#[inline]
fn store(lanes: F) -> Lanes {
    let mut to = [0.0; LANES];
    for (to, lanes) in to.as_chunks_mut::<2>().0.iter_mut().zip(lanes) {
        // SAFETY: a register is two doubles.
        unsafe { vst1q_f64(to.as_mut_ptr(), lanes) };
    }
    to
}

#[target_feature(enable = "neon")]
#[inline]
fn load_int(from: &[i64; LANES]) -> I {
    // SAFETY: two integers are a register.
    from_fn(|part| unsafe { vld1q_s64(from[2 * part..][..2].as_ptr()) })
}

#[target_feature(enable = "neon")]
#[inline]
fn store_int(lanes: I) -> [i64; LANES] {
    let mut to = [0; LANES];
    for (to, lanes) in to.as_chunks_mut::<2>().0.iter_mut().zip(lanes) {
        // SAFETY: a register is two integers.
        unsafe { vst1q_s64(to.as_mut_ptr(), lanes) };
    }
    to
}

#[target_feature(enable = "neon")]
#[inline]
fn keep(lanes: F, bits: u16) -> F {
    let masks = spread(bits);
    from_fn(|part| vreinterpretq_f64_u64(vandq_u64(vreinterpretq_u64_f64(lanes[part]), masks[part])))
}

#[target_feature(enable = "neon")]
#[inline]
fn choose(lanes: I, bits: u16, others: I) -> I {
    let masks = spread(bits);
    from_fn(|part| vbslq_s64(masks[part], lanes[part], others[part]))
}

#[target_feature(enable = "neon")]
#[inline]
fn add(a: F, b: F) -> F {
    from_fn(|part| vaddq_f64(a[part], b[part]))
}

#[target_feature(enable = "neon")]
#[inline]
fn sub(a: F, b: F) -> F {
    from_fn(|part| vsubq_f64(a[part], b[part]))
}

#[target_feature(enable = "neon")]
#[inline]
fn mul(a: F, b: F) -> F {
    from_fn(|part| vmulq_f64(a[part], b[part]))
}

#[target_feature(enable = "neon")]
#[inline]
fn lost(value: F, product: F) -> F {
    from_fn(|part| vfmaq_f64(vnegq_f64(product[part]), value[part], value[part]))
}

#[target_feature(enable = "neon")]
#[inline]
fn int(value: i64) -> I {
    [vdupq_n_s64(value); 8]
}

#[target_feature(enable = "neon")]
#[inline]
fn plus(a: I, b: I) -> I {
    from_fn(|part| vaddq_s64(a[part], b[part]))
}

#[target_feature(enable = "neon")]
#[inline]
fn least(a: I, b: I) -> I {
    from_fn(|part| vbslq_s64(vcgtq_s64(a[part], b[part]), b[part], a[part]))
}

#[target_feature(enable = "neon")]
#[inline]
fn greatest(a: I, b: I) -> I {
    from_fn(|part| vbslq_s64(vcgtq_s64(a[part], b[part]), a[part], b[part]))
}

#[target_feature(enable = "neon")]
#[inline]
fn low(lanes: I) -> I {
    lanes.map(|lanes| vandq_s64(lanes, vdupq_n_s64(0xffff_ffff)))
}

#[target_feature(enable = "neon")]
#[inline]
fn high(lanes: I) -> I {
    lanes.map(|lanes| vshrq_n_s64::<32>(lanes))
}

#[target_feature(enable = "neon")]
#[inline]
fn key(lanes: F) -> I {
    lanes.map(|lanes| {
        let bits = vreinterpretq_s64_f64(lanes);
        let signs = vreinterpretq_u64_s64(vshrq_n_s64::<63>(bits));
        veorq_s64(bits, vreinterpretq_s64_u64(vshrq_n_u64::<1>(signs)))
    })
}

#[target_feature(enable = "neon")]
#[inline]
fn numbers(lanes: F) -> u16 {
    bits(lanes.map(|lanes| vceqq_f64(lanes, lanes)))
}

/// The lowest bit of each lane of eight pairs.
#[target_feature(enable = "neon")]
#[inline]
fn bits(pairs: [uint64x2_t; 8]) -> u16 {
    (0..8).fold(0, |bits, part| {
        let lanes = (vgetq_lane_u64::<0>(pairs[part]) & 1) | (vgetq_lane_u64::<1>(pairs[part]) & 2);
        bits | (lanes as u16) << (2 * part)
    })
}

#[target_feature(enable = "neon")]
#[inline]
fn between(values: I, least: I, greatest: I) -> u16 {
    bits(core::array::from_fn(|part| {
        vandq_u64(vcgeq_s64(values[part], least[part]), vcleq_s64(values[part], greatest[part]))
    }))
}

#[target_feature(enable = "neon")]
#[inline]
fn between_floats(values: F, least: F, greatest: F) -> u16 {
    bits(core::array::from_fn(|part| {
        vandq_u64(vcgeq_f64(values[part], least[part]), vcleq_f64(values[part], greatest[part]))
    }))
}

#[target_feature(enable = "neon")]
#[inline]
fn float(lanes: I) -> F {
    lanes.map(|lanes| vcvtq_f64_s64(lanes))
}
