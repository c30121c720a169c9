//! The state of a rule in a snapshot: arenas as they lay in memory, and how a partition comes out of them.
//!
//! What is read may be anything: every index is checked, and chains end after as many records as there are.

use super::{Arena, DeadlineQueue, NODE_BYTES, NONE, RUN_HEADER, RuleState, SLOT_HEADER};
use crate::plan::RunShape;
use crate::snapshot::codec::Corrupt;
use crate::state::queue::DeadlineEntry;
use crate::string::RawStr;

/// The u32s of a slot.
const HEAD: usize = 0;
const TAIL: usize = 1;
const COUNT: usize = 2;
const USED: usize = 3;

/// The records of an arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Records<'a> {
    bytes: &'a [u8],
    stride: usize,
}

impl<'a> Records<'a> {
    /// Records of `stride` bytes, which is not 0.
    pub(crate) fn new(bytes: &'a [u8], stride: usize) -> Result<Self, Corrupt> {
        if bytes.len().is_multiple_of(stride) { Ok(Self { bytes, stride }) } else { Err(Corrupt) }
    }

    /// How many there are, free ones included.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len() / self.stride
    }

    fn get(&self, index: u32) -> Result<&'a [u8], Corrupt> {
        let from = (index as usize).checked_mul(self.stride).ok_or(Corrupt)?;
        self.bytes.get(from..from + self.stride).ok_or(Corrupt)
    }
}

fn u32_at(record: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]])
}

fn u64_at(record: &[u8], at: usize) -> u64 {
    u64::from(u32_at(record, at)) | u64::from(u32_at(record, at + 4)) << 32
}

/// The state of a rule as a snapshot has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Saved<'a> {
    pub(crate) runs: Records<'a>,
    pub(crate) slots: Records<'a>,
    pub(crate) nodes: Records<'a>,
    /// The bytes of long texts, by offset.
    pub(crate) heap: &'a [u8],
}

impl Saved<'_> {
    /// Copies what a slot holds into a slot of another state, which has no runs: its cells, its runs and all that these own.
    pub(crate) fn copy(
        &self,
        slot: u32,
        into: u32,
        state: &mut RuleState,
        shape: &RunShape,
    ) -> Result<(), Corrupt> {
        let record = self.slots.get(slot)?;
        if u32_at(record, USED * 4) == 0 {
            return Err(Corrupt);
        }
        write(&mut state.slots, into, SLOT_HEADER, record);
        let (mut at, count) = (u32_at(record, HEAD * 4), u32_at(record, COUNT * 4));
        let mut last = NONE;
        for number in 0..count {
            let run = self.runs.get(at)?;
            let copy = state.runs.take().ok_or(Corrupt)?;
            write(&mut state.runs, copy, RUN_HEADER, run);
            state.runs.set_word(copy, 0, NONE);
            state.runs.set_word(copy, 1, u32_at(run, 4));
            self.adopt(copy, state, shape)?;
            match number {
                0 => state.slots.set_word(into, HEAD, copy),
                _ => state.runs.set_word(last, 0, copy),
            }
            last = copy;
            at = u32_at(run, 0);
        }
        state.slots.set_word(into, TAIL, last);
        state.slots.set_word(into, COUNT, count);
        Ok(())
    }

    /// Gives a copied run texts and lists of its own.
    fn adopt(&self, run: u32, state: &mut RuleState, shape: &RunShape) -> Result<(), Corrupt> {
        for &offset in &shape.texts {
            let words = &state.runs.record(run)[offset / 8..offset / 8 + 2];
            let text = self.text(RawStr { head: words[0], tail: words[1] }, state)?;
            state.runs.record_mut(run)[offset / 8 + 1] = text.tail;
        }
        for &(offset, texts) in &shape.lists {
            let words = &state.runs.record(run)[offset / 8..offset / 8 + 2];
            let (head, length) = (words[0] as u32, words[1] as u32);
            let (head, tail) = self.list(head, length, texts, state)?;
            state.runs.record_mut(run)[offset / 8] = u64::from(head) | u64::from(tail) << 32;
        }
        Ok(())
    }

    fn list(
        &self,
        mut at: u32,
        length: u32,
        texts: bool,
        state: &mut RuleState,
    ) -> Result<(u32, u32), Corrupt> {
        if length as usize > self.nodes.len() {
            return Err(Corrupt);
        }
        let (mut head, mut tail) = match length {
            // What an empty list has there is nobody's business, but it must not be an index.
            0 => return Ok((0, 0)),
            _ => (NONE, NONE),
        };
        for _ in 0..length {
            let node = self.nodes.get(at)?;
            let mut value = RawStr { head: u64_at(node, 8), tail: u64_at(node, 16) };
            if texts {
                value = self.text(value, state)?;
            }
            let copy = state.nodes.take().ok_or(Corrupt)?;
            let links = u64::from(NONE) | u64::from(u32_at(node, 4)) << 32;
            state.nodes.record_mut(copy).copy_from_slice(&[links, value.head, value.tail]);
            match tail {
                NONE => head = copy,
                _ => state.nodes.set_word(tail, 0, copy),
            }
            tail = copy;
            at = u32_at(node, 0);
        }
        Ok((head, tail))
    }

    fn text(&self, text: RawStr, state: &mut RuleState) -> Result<RawStr, Corrupt> {
        if !text.is_long() {
            return Ok(text);
        }
        let bytes = text_at(self.heap, text)?;
        Ok(RawStr { head: text.head, tail: state.heap.store(bytes) })
    }
}

/// The bytes of a long text whose tail is an offset, if they are text.
pub(crate) fn text_at(heap: &[u8], text: RawStr) -> Result<&[u8], Corrupt> {
    let from = usize::try_from(text.tail).map_err(|_| Corrupt)?;
    let bytes = heap.get(from..from.checked_add(text.len()).ok_or(Corrupt)?).ok_or(Corrupt)?;
    core::str::from_utf8(bytes).map(str::as_bytes).map_err(|_| Corrupt)
}

/// Writes what is behind the header of a record.
fn write(arena: &mut Arena, index: u32, header: usize, from: &[u8]) {
    let words = arena.record_mut(index)[header / 8..].iter_mut();
    for (word, at) in words.zip((header..).step_by(8)) {
        *word = u64_at(from, at);
    }
}

const _: () = assert!(NODE_BYTES == 24);

/// The deadlines of a ring that lay in memory, in order.
pub(crate) fn deadlines(
    bytes: &[u8],
    (head, len): (u64, u64),
) -> Result<impl Iterator<Item = DeadlineEntry> + '_, Corrupt> {
    let records = Records::new(bytes, size_of::<DeadlineEntry>())?;
    let capacity = records.len() as u64;
    if len > capacity || (capacity > 0 && !capacity.is_power_of_two()) {
        return Err(Corrupt);
    }
    Ok((0..len).map(move |at| {
        let from = (head.wrapping_add(at) & (capacity - 1)) as usize * records.stride;
        let record = &bytes[from..from + records.stride];
        DeadlineEntry {
            time: u64_at(record, 0) as i64,
            slot: u64_at(record, 8),
            row: u64_at(record, 16) as i64,
        }
    }))
}

impl Arena {
    /// The bytes of all records handed out so far.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        let words = self.stride as usize / 8 * self.len as usize;
        bytes_of(&self.memory[..words])
    }
}

impl DeadlineQueue {
    /// The bytes of the ring, as it lies in memory.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        let len = size_of_val(self.memory.as_slice());
        // SAFETY: `DeadlineEntry` is three words of eight bytes without padding, and any byte may be read as one.
        unsafe { core::slice::from_raw_parts(self.memory.as_ptr().cast(), len) }
    }
}

/// Words as bytes.
pub(crate) fn bytes_of(words: &[u64]) -> &[u8] {
    // SAFETY: eight bytes for each word, and any byte may be read as one.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}
