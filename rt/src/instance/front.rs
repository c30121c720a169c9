//! What several workers find out for each other: for which rows of an input guards hold, and of which shard each row is.
//!
//! ```text
//!  rows of an input    |  stretch 0  |  stretch 1  |        each worker looks at its stretch:  [`Part`]
//!  guards, shards      |  of worker 0|  of worker 1|        and takes the parts of all:        [`Front::put_together`]
//! ```
//!
//! All of them need it for all rows, and it depends on nothing but these. An input that is not done where it lies (events that wait, or are
//! out of order) has each worker find out for itself, as one instance does.

use alloc::vec::Vec;

use super::rows::TypeRows;
use super::share::hash;
use crate::kernels::Kernels;
use crate::partition::key::KeyColumn;
use crate::plan::{KeyPlan, OperatorPlan, Placement, Plan};
use crate::schema::Type;
use crate::select::set_bits;
use crate::shard::{Shard, shard_of};

/// More shards than this have no number of a byte.
const SHARDS_MAX: u32 = 255;
/// The number of a row that nobody wants.
const UNWANTED: u8 = u8::MAX;
/// Fewer rows than one in so many are hashed one by one.
const DENSE: usize = 4;

/// Rows of one type that are divided by the same fields.
#[derive(Debug)]
struct Divided {
    ty: u32,
    keys: Vec<(usize, Type)>,
    /// The guards that choose them, of all that divide them so; none: all rows.
    wants: Option<Vec<u32>>,
}

/// What one worker has found out about its stretch of the rows of an input.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// By guard, as [`Front::guards`].
    words: Vec<Vec<u64>>,
    /// By [`Front::divided`]: the number of each row's shard.
    shards: Vec<Vec<u8>>,
}

/// What is found out together, and what has been.
#[derive(Debug)]
pub(crate) struct Front {
    shard: Shard,
    /// Guards of inputs that operators read that are divided by key.
    guards: Vec<u32>,
    divided: Vec<Divided>,
    kernels: &'static Kernels,
    /// Whether the following is about the input at hand.
    known: bool,
    /// For each guard its bits over all rows of its type.
    words: Vec<Vec<u64>>,
    /// For each way of division, which rows are of this worker's shard.
    masks: Vec<Vec<u64>>,
    // What a part is made with.
    rows: Vec<u32>,
}

impl Front {
    /// Of a plan, for a shard: the same on all workers.
    pub(crate) fn new(plan: &Plan, shard: Shard) -> Self {
        let mut front = Self {
            shard,
            guards: Vec::new(),
            divided: Vec::new(),
            kernels: Kernels::best(),
            known: false,
            words: Vec::new(),
            masks: Vec::new(),
            rows: Vec::new(),
        };
        if shard.is_all() || shard.of() > SHARDS_MAX {
            return front;
        }
        for (operator, placement) in plan.operators.iter().zip(&plan.placements) {
            let Placement::ByKey(keys) = placement else { continue };
            match operator {
                OperatorPlan::Rule(rule) => {
                    front.guards.extend(&rule.guards);
                    for (number, input) in rule.inputs.iter().enumerate() {
                        front.guards.extend(input.wants.iter().chain(&input.opens).flatten());
                        front.divide(plan, input.ty, keys, number, input.wants.as_deref());
                    }
                }
                OperatorPlan::Window(window) => {
                    front.guards.extend(window.aggregates.iter().filter_map(|of| of.filter));
                    front.guards.extend(window.wants.iter().flatten());
                    front.divide(plan, window.ty, keys, 0, window.wants.as_deref());
                }
            }
        }
        front.guards.retain(|guard| !indexed(plan, *guard));
        front.guards.sort_unstable();
        front.guards.dedup();
        front.words = alloc::vec![Vec::new(); front.guards.len()];
        front.masks = alloc::vec![Vec::new(); front.divided.len()];
        front
    }

    /// Notes a way of division. By computed columns, which workers do not have before a batch, each divides for itself.
    fn divide(&mut self, plan: &Plan, ty: u32, keys: &[KeyPlan], input: usize, wants: Option<&[u32]>) {
        let declared = plan.inputs[ty as usize].schema.fields.len();
        if keys.iter().any(|key| key.fields[input] >= declared) {
            return;
        }
        // What an index finds is not known before a batch, either.
        let wants = wants.filter(|wants| !wants.iter().any(|guard| indexed(plan, *guard)));
        if let Some(number) = self.number(ty, keys, input) {
            let known = &mut self.divided[number].wants;
            *known = known.take().zip(wants).map(|(known, wants)| [&known[..], wants].concat());
        } else {
            let keys = keys.iter().map(|key| (key.fields[input], key.ty)).collect();
            self.divided.push(Divided { ty, keys, wants: wants.map(<[u32]>::to_vec) });
        }
    }

    /// The number of the way in which rows of input number `input` of an operator, which are of type `ty`, are divided.
    pub(crate) fn number(&self, ty: u32, keys: &[KeyPlan], input: usize) -> Option<usize> {
        let same = |own: &[(usize, Type)]| {
            own.len() == keys.len() && own.iter().zip(keys).all(|(own, key)| own.0 == key.fields[input])
        };
        self.divided.iter().position(|divided| divided.ty == ty && same(&divided.keys))
    }

    /// Whether there is anything to be found out.
    pub(crate) const fn is_of_use(&self) -> bool {
        !self.guards.is_empty() || !self.divided.is_empty()
    }

    /// The guards that are evaluated together.
    pub(crate) fn guards(&self) -> &[u32] {
        &self.guards
    }

    /// The rows that this worker looks at, of so many: whole words of bits.
    pub(crate) fn stretch(&self, rows: usize) -> (usize, usize) {
        let words = rows.div_ceil(64);
        let start = |index: u32| {
            let row = words * index as usize / self.shard.of() as usize * 64;
            if row < rows { row } else { rows }
        };
        (start(self.shard.index()), start(self.shard.index() + 1))
    }

    /// Adds to a part the rows of a type, whose guards have been added: of which shard each is.
    pub(crate) fn number_rows(&mut self, ty: u32, rows: &TypeRows, part: &mut Part) {
        part.shards.resize(self.divided.len(), Vec::new());
        for (divided, shards) in self.divided.iter().zip(&mut part.shards) {
            if divided.ty != ty {
                continue;
            }
            let column = |&(field, ty): &(usize, Type)| {
                // SAFETY: that keys have the type of their fields was checked when the instance was made. The columns are read
                // below, while the rows stand.
                unsafe { KeyColumn::new(rows, field, ty) }
            };
            let columns: Vec<KeyColumn> = divided.keys.iter().map(column).collect();
            let mut words = alloc::vec![0; rows.len().div_ceil(64)];
            match &divided.wants {
                None => words.fill(u64::MAX),
                Some(guards) => {
                    for guard in guards {
                        let of =
                            &part.words[self.guards.binary_search(guard).expect("a guard that is known")];
                        words.iter_mut().zip(of).for_each(|(word, of)| *word |= of);
                    }
                }
            }
            let dense = || self.kernels.count(&words) as usize * DENSE >= rows.len();
            shards.resize(rows.len(), UNWANTED);
            if let [column] = &columns[..]
                && let Some(keys) = column.words().filter(|_| !column.is_nullable() && dense())
            {
                self.kernels.shards(keys, self.shard.of(), shards);
                continue;
            }
            self.rows.clear();
            let tail = rows.len() % 64;
            if let (Some(last), 1..) = (words.last_mut(), tail) {
                *last &= (1 << tail) - 1;
            }
            set_bits(&words, rows.len(), &mut self.rows);
            for &row in &self.rows {
                shards[row as usize] = shard_of(hash(&columns, row), self.shard.of()) as u8;
            }
        }
    }

    /// Takes in the parts of all workers, in order, or forgets what was known.
    pub(crate) fn put_together<'a>(&mut self, parts: impl Iterator<Item = &'a Part> + Clone) {
        for (number, words) in self.words.iter_mut().enumerate() {
            words.clear();
            parts
                .clone()
                .filter_map(|part| part.words.get(number))
                .for_each(|of| words.extend_from_slice(of));
        }
        for (number, mask) in self.masks.iter_mut().enumerate() {
            mask.clear();
            for shards in parts.clone().filter_map(|part| part.shards.get(number)) {
                self.kernels.equal(shards, self.shard.index() as u8, mask);
            }
        }
        self.known = true;
    }

    /// Forgets what was known of an input.
    pub(crate) const fn forget(&mut self) {
        self.known = false;
    }

    /// The bits of a guard over the rows from row `from` of the input at hand, in words, if they are known.
    pub(crate) fn bits(&self, guard: u32, from: usize) -> Option<impl Iterator<Item = u64>> {
        let number = self.guards.binary_search(&guard).ok().filter(|_| self.known)?;
        Some(words_from(&self.words[number], from))
    }

    /// Which of the rows from row `from` of the input at hand are of this worker's shard, in words, if that is known.
    pub(crate) fn mask(&self, number: usize, from: usize) -> Option<impl Iterator<Item = u64>> {
        let mask = self.masks.get(number).filter(|_| self.known)?;
        Some(words_from(mask, from))
    }
}

/// Whether a guard is in an index, which each worker asks for itself.
fn indexed(plan: &Plan, guard: u32) -> bool {
    plan.indexes.iter().flat_map(|index| &index.ranges).any(|range| range.guard == guard)
}

/// Words whose first bit is number `from` of these; zeros follow.
fn words_from(words: &[u64], from: usize) -> impl Iterator<Item = u64> {
    let (first, shift) = (from / 64, from % 64);
    let word = |index: usize| words.get(index).copied().unwrap_or(0);
    (first..).map(move |index| match shift {
        0 => word(index),
        _ => word(index) >> shift | word(index + 1) << (64 - shift),
    })
}

impl Part {
    /// Adds the bits of a guard, by its number among those of [`Front::guards`].
    pub(crate) fn set(&mut self, number: usize, words: &[u64]) {
        self.words.resize(self.words.len().max(number + 1), Vec::new());
        self.words[number] = words.to_vec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_from_any_row_on() {
        let words = [0x8000_0000_0000_0001, 0b110];
        let bit = |row: usize| row < 128 && words[row / 64] >> (row % 64) & 1 == 1;
        for from in [0, 1, 63, 64, 65, 127, 128] {
            let some: Vec<u64> = words_from(&words, from).take(2).collect();
            let same = |row: usize| some[row / 64] >> (row % 64) & 1 == u64::from(bit(from + row));
            assert!((0..128).all(same), "from {from}: {some:x?}");
        }
    }
}
