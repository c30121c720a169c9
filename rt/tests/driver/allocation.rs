//! Once warm, an instance does not allocate.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use portent_rt::SourceId;

use crate::program::{Event, chunk, instance, standard};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is the system allocator's; counting touches a `Cell` without a destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Rounds of the same events, a thousand time units later each: in order, or each `scatter`th a little late.
fn allocations_when_warm(scatter: i64) -> u64 {
    let plan = standard();
    let (mut instance, mut matches) = instance(&plan);
    let rounds: Vec<_> = (0..40)
        .map(|round| {
            let event = |number: i64| {
                let late = if scatter > 0 && number % scatter == 0 { 4 } else { 0 };
                let text = Some(format!("a text that is long enough {}", number % 13));
                let ty = (number % 3 == 0).into();
                Event { ty, key: Some(number % 50), text, at: Some(round * 1000 + number - late) }
            };
            chunk(&plan, &(0..1000).map(event).collect::<Vec<_>>())
        })
        .collect();
    let mut before = 0;
    for (round, input) in rounds.iter().enumerate() {
        if round == 20 {
            before = ALLOCATIONS.get();
        }
        matches.clear();
        instance.on_chunk(SourceId::default(), input, &mut matches).unwrap();
        assert!(!matches.is_empty());
    }
    ALLOCATIONS.get() - before
}

#[test]
fn nothing_is_allocated_for_events_in_order() {
    assert_eq!(allocations_when_warm(0), 0);
}

#[test]
fn nothing_is_allocated_for_events_out_of_order() {
    assert_eq!(allocations_when_warm(7), 0);
}
