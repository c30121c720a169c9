//! An allocator that counts what the current thread allocates, and how much of it is there at once.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts, and has the system's allocator do the work.
pub(crate) struct Counting;

/// What a thread has allocated. Memory that another thread frees counts there.
#[derive(Clone, Copy)]
struct Counts {
    allocations: u64,
    live: i64,
    most: i64,
}

thread_local! {
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, live: 0, most: 0 }) };
}

fn count(allocations: u64, bytes: i64) {
    // A thread that is about to end has none any more, and nothing of it is measured.
    let _ = COUNTS.try_with(|counts| {
        let was = counts.get();
        let live = was.live + bytes;
        counts.set(Counts { allocations: was.allocations + allocations, live, most: was.most.max(live) });
    });
}

// SAFETY: all it does besides counting is to pass the calls on.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, -(layout.size() as i64));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size as i64 - layout.size() as i64);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// What some code has allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allocated {
    /// How often.
    pub(crate) allocations: u64,
    /// Bytes that were there at once, at most, beyond those before.
    pub(crate) most: u64,
}

/// Runs code and counts.
pub(crate) fn during<T>(run: impl FnOnce() -> T) -> (T, Allocated) {
    let before = COUNTS.get();
    COUNTS.set(Counts { most: before.live, ..before });
    let result = run();
    let after = COUNTS.get();
    let most = u64::try_from(after.most - before.live).unwrap_or(0);
    (result, Allocated { allocations: after.allocations - before.allocations, most })
}
