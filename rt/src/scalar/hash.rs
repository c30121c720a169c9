//! `hash`: XXH64 with seed 0 over the little-endian bytes of a value, the same in every version and on every platform.
//!
//! Not what tables use: their hash may change, this one is part of what rules mean.

use xxhash_rust::xxh64::xxh64;

/// The hash of bytes, of which text is one kind.
#[inline]
pub fn bytes(value: &[u8]) -> i64 {
    xxh64(value, 0) as i64
}

/// The hash of the eight bytes of an integer, timestamp or duration.
#[inline]
pub fn int(value: i64) -> i64 {
    bytes(&value.to_le_bytes())
}

/// The hash of the eight bytes of a double; `-0.0` as `0.0`, all NaNs as one.
#[inline]
pub fn float(value: f64) -> i64 {
    let canonical = if value.is_nan() {
        0x7ff8_0000_0000_0000
    } else if value == 0.0 {
        0
    } else {
        value.to_bits()
    };
    int(canonical as i64)
}

/// The hash of one byte, 0 or 1.
#[inline]
pub fn bool(value: bool) -> i64 {
    bytes(&[u8::from(value)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_for_ever() {
        // The published test value of XXH64 for the empty input, and for "abc".
        assert_eq!(bytes(b"") as u64, 0xef46_db37_51d8_e999);
        assert_eq!(bytes(b"abc") as u64, 0x44bc_2cf5_ad77_0999);
    }

    #[test]
    fn equal_doubles_hash_alike() {
        assert_eq!(float(0.0), float(-0.0));
        assert_eq!(float(f64::NAN), float(-f64::NAN));
        assert_ne!(float(1.0), float(2.0));
    }
}
