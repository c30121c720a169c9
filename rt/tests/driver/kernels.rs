//! Kernels in Rust. They read and write what machine code would, through the same pointers.

use portent_rt::state::queue::DeadlineEntry;
use portent_rt::state::{AT_DEADLINE, Context, Entry};
use portent_rt::string::RawStr;

/// Fields of both input types.
pub(crate) const KEY: usize = 0;
pub(crate) const TEXT: usize = 1;
pub(crate) const AT: usize = 2;

/// How long `quiet` waits, and how long a `visit` is remembered.
pub(crate) const WAIT: i64 = 10;

/// Where cells begin, as words of a slot.
const COUNT: usize = 2;
const LAST: usize = 3;

/// A value of a column, or `None`.
///
/// # Safety
/// The column has values of type `T`, and `row` is one of its rows.
unsafe fn value<T: Copy>(context: &Context, ty: usize, field: usize, row: usize) -> Option<T> {
    // SAFETY: the caller's, and the driver's: the batch of each type has a column for each field.
    unsafe {
        let column = *(*context.batches.add(ty)).columns.add(field);
        let valid = column.validity.is_null() || *column.validity.add(row / 64) >> (row % 64) & 1 == 1;
        valid.then(|| *column.values.cast::<T>().add(row))
    }
}

/// Time of each row: the field `AT`.
pub(crate) unsafe extern "C" fn time<const TY: usize>(context: *mut Context) {
    // SAFETY: the driver's: the rows of the type are there, and room for a time and a bit for each.
    unsafe {
        let context = &*context;
        for row in 0..(*context.batches.add(TY)).len as usize {
            let time: Option<i64> = value(context, TY, AT, row);
            *context.times.add(row) = time.unwrap_or(0);
            let word = &mut *context.times_valid.add(row / 64);
            *word |= u64::from(time.is_some()) << (row % 64);
        }
    }
}

/// Guard number `G` on type `TY`: the field `FIELD`, an integer, is not a multiple of `N`.
pub(crate) unsafe extern "C" fn no_multiple<
    const G: usize,
    const TY: usize,
    const FIELD: usize,
    const N: i64,
>(
    context: *mut Context,
) {
    // SAFETY: the driver's: the rows of the type are there, and a zeroed bit for each.
    unsafe {
        let context = &*context;
        let bits = *context.guards.add(G);
        for row in 0..(*context.batches.add(TY)).len as usize {
            let holds = value::<i64>(context, TY, FIELD, row).is_some_and(|value| value % N != 0);
            *bits.add(row / 64) |= u64::from(holds) << (row % 64);
        }
    }
}

/// A selected row: its type, row, slot, time and number.
struct Row {
    ty: usize,
    row: usize,
    slot: u32,
    time: i64,
    seq: i64,
}

/// The selected rows; `types` are the rule's inputs.
///
/// # Safety
/// `context` is that of a step kernel of a rule with these inputs.
unsafe fn rows(context: &Context, types: &[usize]) -> impl Iterator<Item = Row> {
    (0..context.len as usize).map(move |at| {
        // SAFETY: the driver's: `len` entries and, if there is more than one input, as many numbers of inputs.
        unsafe {
            let Entry { row, slot } = *context.entries.add(at);
            let input = if context.inputs.is_null() { 0 } else { *context.inputs.add(at) };
            assert_eq!(context.inputs.is_null(), types.len() == 1);
            let (ty, row) = (types[usize::from(input)], row as usize);
            let batch = &*context.batches.add(ty);
            Row { ty, row, slot, time: *batch.times.add(row), seq: *batch.seqs.add(row) }
        }
    })
}

/// Appends a match of two integers.
///
/// # Safety
/// `context` has the state of a rule whose matches have two integers.
unsafe fn emit(context: &Context, ts: i64, seq: i64, values: [i64; 2]) {
    // SAFETY: the caller's; nobody else refers to the state during a call of a kernel.
    let matches = unsafe { &mut (*context.state).matches };
    let record = matches.take().expect("room for a match");
    let words = [ts, seq, values[0], values[1]];
    matches.record_mut(record).copy_from_slice(&words.map(|word| word as u64));
}

/// For each row its key and the length of its text.
pub(crate) unsafe extern "C" fn each<const TY: usize>(context: *mut Context) {
    // SAFETY: the driver's, for a rule over input type `TY`.
    unsafe {
        let context = &*context;
        for Row { ty, row, time, seq, .. } in rows(context, &[TY]) {
            let text: Option<RawStr> = value(context, ty, TEXT, row);
            let key: Option<i64> = value(context, ty, KEY, row);
            emit(context, time, seq, [key.unwrap_or(-1), text.map_or(-1, |text| text.len() as i64)]);
        }
    }
}

/// For each row the number of its type and how many of its partition there have been.
pub(crate) unsafe extern "C" fn count(context: *mut Context) {
    // SAFETY: the driver's, for a rule over the input types 0 and 1.
    unsafe {
        let context = &*context;
        for Row { ty, slot, time, seq, .. } in rows(context, &[0, 1]) {
            let cells = (*context.state).slots.record_mut(slot);
            cells[COUNT] += 1;
            let count = cells[COUNT];
            emit(context, time, seq, [ty as i64, count as i64]);
        }
    }
}

/// `WAIT` after each row: how many of its partition there have been by then.
pub(crate) unsafe extern "C" fn quiet<const TY: usize>(context: *mut Context) {
    // SAFETY: the driver's, for a rule over input type `TY`.
    unsafe {
        for Row { slot, time, seq, .. } in rows(&*context, &[TY]) {
            (*context).now = time;
            quiet_timer(context);
            let state = &mut *(*context).state;
            state.slots.record_mut(slot)[COUNT] += 1;
            state.deadlines.push(DeadlineEntry { time: time + WAIT, slot: slot.into(), row: seq });
        }
    }
}

/// The deadlines of `quiet`.
pub(crate) unsafe extern "C" fn quiet_timer(context: *mut Context) {
    // SAFETY: the driver's, for the rule of `quiet`.
    unsafe {
        let context = &*context;
        while let Some(due) = (*context.state).deadlines.pop_before(context.now) {
            let count = (*context.state).slots.record(due.slot as u32)[COUNT];
            emit(context, due.time, AT_DEADLINE + due.row, [count as i64, 0]);
        }
    }
}

/// For each event of three types the number of the type and, of a rule's event, its first value.
pub(crate) unsafe extern "C" fn chain<const A: usize, const B: usize, const C: usize>(context: *mut Context) {
    // SAFETY: the driver's, for a rule over these types; the first field of each is an integer.
    unsafe {
        let context = &*context;
        for Row { ty, row, time, seq, .. } in rows(context, &[A, B, C]) {
            let first: Option<i64> = value(context, ty, 0, row);
            emit(context, time, seq, [ty as i64, first.unwrap_or(-1)]);
        }
    }
}

/// For each row of type 0 how many of its partition there have been without a pause of more than `WAIT`.
pub(crate) unsafe extern "C" fn visits(context: *mut Context) {
    // SAFETY: the driver's, for a rule over input type 0.
    unsafe {
        let context = &*context;
        for Row { slot, time, seq, .. } in rows(context, &[0]) {
            let cells = (*context.state).slots.record_mut(slot);
            assert_eq!(cells[1] >> 32, 1, "a slot in use");
            if (cells[LAST] as i64).saturating_add(WAIT) < time {
                cells[COUNT] = 0;
            }
            cells[COUNT] += 1;
            cells[LAST] = time as u64;
            let count = cells[COUNT] as i64;
            emit(context, time, seq, [count, 0]);
        }
    }
}

/// Frees the partitions of `visits` that have paused.
pub(crate) unsafe extern "C" fn visits_sweep(context: *mut Context) {
    // SAFETY: the driver's, for the rule of `visits`.
    unsafe {
        let slots = &mut (*(*context).state).slots;
        for slot in 0..slots.len {
            if slots.word(slot, 3) != 0
                && (slots.record(slot)[LAST] as i64).saturating_add(WAIT) < (*context).now
            {
                slots.set_word(slot, 3, 0);
            }
        }
    }
}

/// A run for each row, which nothing but a sweep ends.
pub(crate) unsafe extern "C" fn runs(context: *mut Context) {
    // SAFETY: the driver's.
    unsafe {
        let state = &mut *(*context).state;
        for _ in 0..(*context).len {
            state.runs.take().expect("room for a run");
        }
    }
}

/// Ends all runs of `runs` and frees all partitions.
pub(crate) unsafe extern "C" fn runs_sweep(context: *mut Context) {
    // SAFETY: the driver's.
    unsafe {
        let state = &mut *(*context).state;
        state.runs.clear();
        (0..state.slots.len).for_each(|slot| state.slots.set_word(slot, 3, 0));
    }
}

/// Stops at the third row that it is given in one call, after a match for each before it.
pub(crate) unsafe extern "C" fn stops(context: *mut Context) {
    // SAFETY: the driver's, for a rule over input type 0.
    unsafe { stop_at_third(&*context, 0) }
}

/// The same, over input type 1.
pub(crate) unsafe extern "C" fn stops_of_b(context: *mut Context) {
    // SAFETY: the driver's, for a rule over input type 1.
    unsafe { stop_at_third(&*context, 1) }
}

/// # Safety
/// `context` is that of a step kernel of a rule over this type.
unsafe fn stop_at_third(context: &Context, ty: usize) {
    // SAFETY: the caller's.
    unsafe {
        for (at, Row { time, seq, .. }) in rows(context, &[ty]).enumerate() {
            if at == 2 {
                (*context.state).stop = portent_rt::state::Stop::Runs as u32;
                return;
            }
            emit(context, time, seq, [at as i64, 0]);
        }
    }
}
