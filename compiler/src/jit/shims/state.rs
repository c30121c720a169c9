//! The slow paths of memory: growth, long texts, lists, and the end of runs that own any of these.
//!
//! Compiled code passes the state that its kernel was called with, which nothing else touches for that time, and
//! addresses of records in its arenas. A function that adds to an arena may move it; compiled code reads its base again.

use portent_rt::plan::RunShape;
use portent_rt::state::queue::DeadlineEntry;
use portent_rt::state::{Arena, DeadlineQueue, NODE_BYTES, NONE, RuleState, Stop};
use portent_rt::string::RawStr;

/// A list register.
#[derive(Clone, Copy)]
#[repr(C)]
struct List {
    head: u32,
    tail: u32,
    length: u32,
    unused: u32,
}

/// An item of a list.
#[derive(Clone, Copy)]
#[repr(C)]
struct Node {
    next: u32,
    valid: u32,
    value: RawStr,
}

const _: () = assert!(size_of::<Node>() == NODE_BYTES && size_of::<List>() == 16);

/// The links at the front of a slot.
#[repr(C)]
struct Slot {
    head: u32,
    tail: u32,
    count: u32,
    used: u32,
}

/// The address of a record.
fn record(arena: &Arena, index: u32) -> *mut u8 {
    debug_assert!(index < arena.len, "a record that has been handed out");
    arena.base.wrapping_add(index as usize * arena.stride as usize)
}

fn node(state: &RuleState, index: u32) -> Node {
    // SAFETY: a list holds indices of live nodes, whose records have the layout of `Node` (checked above).
    unsafe { record(&state.nodes, index).cast::<Node>().read() }
}

fn set_node(state: &mut RuleState, index: u32, node: Node) {
    // SAFETY: as in `node`.
    unsafe { record(&state.nodes, index).cast::<Node>().write(node) }
}

/// A text whose tail is a pointer, as one whose tail is an offset of the heap.
fn store(state: &mut RuleState, text: RawStr) -> RawStr {
    if !text.is_long() {
        return text;
    }
    // The bytes may be in the heap itself, which may move when it takes more.
    let offset = text.tail.wrapping_sub(state.heap.base as u64);
    let tail = match offset < state.heap.capacity() as u64 {
        true => state.heap.duplicate(offset, text.len()),
        // SAFETY: compiled code passes texts whose bytes live until they change, and the heap's are excluded.
        false => state.heap.store(unsafe { text.text() }.as_bytes()),
    };
    RawStr { head: text.head, tail }
}

fn free_text(state: &mut RuleState, text: RawStr) {
    if text.is_long() {
        state.heap.free(text.tail, text.len());
    }
}

/// The same text at another offset.
fn copy_text(state: &mut RuleState, text: RawStr) -> RawStr {
    match text.is_long() {
        true => RawStr { head: text.head, tail: state.heap.duplicate(text.tail, text.len()) },
        false => text,
    }
}

fn free_list(state: &mut RuleState, list: List, texts: bool) {
    let mut index = list.head;
    for _ in 0..list.length {
        let item = node(state, index);
        if texts {
            free_text(state, item.value);
        }
        state.nodes.give(index);
        index = item.next;
    }
}

/// A list of the same items, with texts of its own. If nodes run out it is shorter, and the program stops.
fn copy_list(state: &mut RuleState, list: List, texts: bool) -> List {
    let mut made = List { head: NONE, tail: NONE, length: 0, unused: 0 };
    let mut from = list.head;
    for _ in 0..list.length {
        let item = node(state, from);
        let value = if texts { copy_text(state, item.value) } else { item.value };
        let Some(index) = state.nodes.take() else {
            state.stop = Stop::Memory as u32;
            break;
        };
        set_node(state, index, Node { next: NONE, valid: item.valid, value });
        match made.length {
            0 => made.head = index,
            _ => state.nodes.set_word(made.tail, 0, index),
        }
        made.tail = index;
        made.length += 1;
        from = item.next;
    }
    made
}

/// An arena of a state, in the order in which they stand there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub(in crate::jit) enum ArenaOf {
    Runs,
    Slots,
    Nodes,
    Matches,
}

/// Makes room in an arena.
pub(in crate::jit) extern "C" fn grow_arena(state: &mut RuleState, arena: ArenaOf) {
    let grown = match arena {
        ArenaOf::Runs => state.runs.grow(),
        ArenaOf::Slots => state.slots.grow(),
        ArenaOf::Nodes => state.nodes.grow(),
        ArenaOf::Matches => state.matches.grow(),
    };
    if !grown {
        state.stop = Stop::Memory as u32;
    }
}

/// Notes a deadline where the queue is full.
pub(in crate::jit) extern "C" fn push_deadline(queue: &mut DeadlineQueue, time: i64, slot: u64, row: i64) {
    queue.push(DeadlineEntry { time, slot, row });
}

/// Sets a text register of which the old text or the new one is long.
pub(in crate::jit) extern "C" fn set_text(
    state: &mut RuleState,
    register: *mut RawStr,
    head: u64,
    tail: u64,
) {
    // The new text may be the old one, so it is copied before that is freed.
    let new = store(state, RawStr { head, tail });
    // SAFETY: compiled code passes the address of a text register of a live run; neither call moves runs.
    let old = unsafe { register.read() };
    free_text(state, old);
    // SAFETY: as above.
    unsafe { register.write(new) };
}

/// Copies a long text into the heap, and gives its offset.
pub(in crate::jit) extern "C" fn store_text(state: &mut RuleState, head: u64, tail: u64, out: &mut u64) {
    *out = store(state, RawStr { head, tail }).tail;
}

/// Frees what a run owns.
pub(in crate::jit) extern "C" fn release_run(state: &mut RuleState, run: *mut u8, shape: &RunShape) {
    for offset in &shape.texts {
        // SAFETY: compiled code passes a live run of the rule of this shape: a text register is there.
        let text = unsafe { run.add(*offset).cast::<RawStr>().read() };
        free_text(state, text);
    }
    for (offset, texts) in &shape.lists {
        // SAFETY: as above: a list register is there.
        let list = unsafe { run.add(*offset).cast::<List>().read() };
        free_list(state, list, *texts);
    }
}

/// Gives a run that is a copy, byte for byte, its own texts and lists.
pub(in crate::jit) extern "C" fn adopt_run(state: &mut RuleState, run: *mut u8, shape: &RunShape) {
    for offset in &shape.texts {
        // SAFETY: as in `release_run`; copying texts does not move runs.
        let register = unsafe { run.add(*offset) }.cast::<RawStr>();
        // SAFETY: as above.
        let copy = copy_text(state, unsafe { register.read() });
        // SAFETY: as above.
        unsafe { register.write(copy) };
    }
    for (offset, texts) in &shape.lists {
        // SAFETY: as in `release_run`; copying nodes does not move runs.
        let register = unsafe { run.add(*offset) }.cast::<List>();
        // SAFETY: as above.
        let list = unsafe { register.read() };
        let list = copy_list(state, list, *texts);
        // SAFETY: as above.
        unsafe { register.write(list) };
    }
}

/// Ends the oldest run of a slot that has one, and counts it as dropped.
pub(in crate::jit) extern "C" fn drop_oldest(state: &mut RuleState, slot: *mut u8, shape: &RunShape) {
    // SAFETY: compiled code passes the address of a slot in use, which begins with these links.
    let slot = unsafe { &mut *slot.cast::<Slot>() };
    let oldest = slot.head;
    let run = record(&state.runs, oldest);
    slot.head = state.runs.word(oldest, 0);
    slot.count -= 1;
    if !shape.is_plain() {
        release_run(state, run, shape);
    }
    state.runs.give(oldest);
    state.counters.runs_dropped += 1;
}

/// Copies a long text to where those of matches are, and gives its address.
pub(in crate::jit) extern "C" fn match_text(state: &mut RuleState, head: u64, tail: u64, out: &mut u64) {
    let text = RawStr { head, tail };
    // SAFETY: compiled code passes a text whose bytes live for the call and are not in `match_text`.
    let bytes = unsafe { text.text() }.as_bytes();
    *out = state.match_text.push(bytes) as u64;
}

/// Copies a list to one of a match, whose nodes and texts are then the driver's to free.
pub(in crate::jit) extern "C" fn match_list(
    state: &mut RuleState,
    list: *const u8,
    out: *mut u8,
    texts: u64,
) {
    // SAFETY: compiled code passes the address of a list register of a live run.
    let list = unsafe { list.cast::<List>().read() };
    let copied = copy_list(state, list, texts != 0);
    // SAFETY: compiled code passes the address of a list in a match record; copying nodes does not move matches.
    unsafe { out.cast::<List>().write(copied) };
}

/// Frees the items of a list register.
pub(in crate::jit) extern "C" fn release_list(state: &mut RuleState, list: *const u8, texts: u64) {
    // SAFETY: compiled code passes the address of a list register of a live run.
    let list = unsafe { list.cast::<List>().read() };
    free_list(state, list, texts != 0);
}
