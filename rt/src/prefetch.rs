//! Having memory fetched before it is needed. Only a hint: it changes no result.

/// Has the cache line at an address fetched, on processors where that can be said.
#[inline]
pub(crate) fn fetch(address: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 has the instruction, and it does not fault, whatever the address.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// How many bytes ahead columns are fetched: more than the stretch of a column that a batch has.
const AHEAD: usize = 40 << 10;

/// Has what lies so many bytes behind a pack of values fetched into a larger cache, where that can be said.
#[inline]
pub(crate) fn fetch_ahead<T>(pack: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..size_of_val(pack)).step_by(64) {
        let address = pack.as_ptr().cast::<i8>().wrapping_add(AHEAD + line);
        // SAFETY: every x86-64 has the instruction, and it does not fault, whatever the address.
        unsafe {
            use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T1>(address);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (pack, AHEAD);
}
