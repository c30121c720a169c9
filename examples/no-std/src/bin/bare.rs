//! The demonstration as a program without the standard library: no allocator, no start-up code but that of the C library.
//!
//! It ends with 0 if the alarms are those that are expected. That it links is the point: the crate `alloc` anywhere below would
//! ask for a global allocator, and there is none.

#![no_std]
#![no_main]

use portent_example_no_std::{Alarms, demonstration};

#[link(name = "c")]
unsafe extern "C" {
    safe fn abort() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    abort()
}

/// What `core`, as it is shipped, has its unwind tables name. Nothing unwinds here, so nothing calls it.
// SAFETY: the standard library, which has a function of this name, is not in this program.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// What the C library calls.
// SAFETY: no other symbol of this program is called `main`, and it has the type that C knows.
#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let expected = Alarms { out_of_range: 1, surges: 1, stuck: 1 };
    i32::from(demonstration() != Ok(expected))
}
