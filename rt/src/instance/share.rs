//! Which part of the work of each operator an instance does, if it is one of several workers.
//!
//! Every worker lets in all events, so that times, lateness, order and numbers are the same on all. What a worker leaves to others it
//! leaves before it costs anything: guards and computed columns of operators that run elsewhere are not evaluated, and rows of
//! other shards are taken out of the selection while it is still bits.

use alloc::vec::Vec;

use super::front::Front;
use super::work::Work;
use crate::kernels::Kernels;
use crate::partition::key::KeyColumn;
use crate::plan::{KeyPlan, OperatorPlan, Placement, Plan};
use crate::schema::Type;
use crate::shard::{NULL_HASH, Shard, mix, text_hash, with_component};

/// The part of an operator that an instance does.
#[derive(Debug)]
pub(crate) enum Share {
    /// All rows that are here.
    All,
    /// Nothing: it is on another worker.
    Nothing,
    /// The rows of a shard.
    Shard(ShardRows),
    /// All rows of a batch, if it is this worker's turn.
    Turns,
}

impl Share {
    /// The shares of all operators of a plan.
    pub(crate) fn all(plan: &Plan, shard: Shard, front: &Front) -> Vec<Self> {
        let share = |(placement, operator): (&Placement, &OperatorPlan)| match placement {
            _ if shard.is_all() => Self::All,
            Placement::Whole(number) if shard.has_whole(*number) => Self::All,
            Placement::Whole(_) => Self::Nothing,
            Placement::ByKey(keys) => Self::Shard(ShardRows::new(shard, keys, &reads(operator), front)),
            Placement::InTurn => Self::Turns,
            Placement::Beside => Self::All,
        };
        plan.placements.iter().zip(&plan.operators).map(share).collect()
    }

    /// Whether the operator is to look at the working batch.
    pub(crate) fn is_due(&self, work: &Work) -> bool {
        match self {
            Self::All | Self::Shard(_) => true,
            Self::Nothing => false,
            Self::Turns => work.is_turn(),
        }
    }

    /// Of the rows of input number `input` of the operator, which are of type `ty`, leaves those that are of the share.
    pub(crate) fn restrict(&mut self, input: usize, ty: u32, work: &Work, words: &mut [u64]) {
        if let Self::Shard(rows) = self {
            rows.restrict(input, ty, work, words);
        }
    }

    /// Whether every row is of the share.
    pub(crate) const fn is_all(&self) -> bool {
        !matches!(self, Self::Shard(_))
    }
}

/// The types that an operator reads, in order.
pub(crate) fn reads(operator: &OperatorPlan) -> Vec<u32> {
    match operator {
        OperatorPlan::Rule(rule) => rule.inputs.iter().map(|input| input.ty).collect(),
        OperatorPlan::Window(window) => alloc::vec![window.ty],
    }
}

/// When something is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    Never,
    /// In a batch that it is this worker's turn to look at.
    InTurn,
    Always,
}

impl Need {
    fn of(share: &Share) -> Self {
        match share {
            Share::Nothing => Self::Never,
            Share::Turns => Self::InTurn,
            Share::All | Share::Shard(_) => Self::Always,
        }
    }
}

/// When each guard, and the computed columns of each type, are needed.
pub(crate) fn needs(plan: &Plan, shares: &[Share]) -> (Vec<Need>, Vec<Need>) {
    let mut guards = alloc::vec![Need::Never; plan.guards.len()];
    let mut columns = alloc::vec![Need::Never; plan.inputs.len() + plan.operators.len()];
    for (operator, share) in plan.operators.iter().zip(shares) {
        let need = Need::of(share);
        let read: Vec<u32> = match operator {
            OperatorPlan::Rule(rule) => {
                let chosen = rule.inputs.iter().flat_map(|input| input.wants.iter().chain(&input.opens));
                chosen.flatten().chain(&rule.guards).copied().collect()
            }
            OperatorPlan::Window(window) => {
                let of = &mut columns[window.ty as usize];
                *of = need.max(*of);
                let filters = window.aggregates.iter().filter_map(|of| of.filter);
                window.wants.iter().flatten().copied().chain(filters).collect()
            }
        };
        for guard in read {
            let of = &mut guards[guard as usize];
            *of = need.max(*of);
        }
    }
    (guards, columns)
}

/// Fewer rows than one in so many are looked at one by one.
const DENSE: usize = 8;

/// The rows whose key is of a shard.
#[derive(Debug)]
pub(crate) struct ShardRows {
    shard: Shard,
    keys: Vec<KeyPlan>,
    /// For each input of the operator, what is known of its rows together with other workers.
    fronts: Vec<Option<usize>>,
    kernels: &'static Kernels,
    columns: Vec<KeyColumn>,
}

impl ShardRows {
    fn new(shard: Shard, keys: &[KeyPlan], reads: &[u32], front: &Front) -> Self {
        let fronts = reads.iter().enumerate().map(|(input, &ty)| front.number(ty, keys, input)).collect();
        Self { shard, keys: keys.to_vec(), fronts, kernels: Kernels::best(), columns: Vec::new() }
    }

    fn restrict(&mut self, input: usize, ty: u32, work: &Work, words: &mut [u64]) {
        let rows = work.rows(ty as usize);
        if let Some(mask) = self.fronts[input].and_then(|front| work.shard_mask(front, ty)) {
            words.iter_mut().zip(mask).for_each(|(word, mask)| *word &= mask);
            return;
        }
        self.columns.clear();
        for key in &self.keys {
            // SAFETY: that keys have the type of their fields was checked when the instance was made. The columns are read below,
            // while the rows of the working batch stand.
            self.columns.push(unsafe { KeyColumn::new(rows, key.fields[input], key.ty) });
        }
        if let [column] = &self.columns[..]
            && let Some(keys) = column.words().filter(|_| !column.is_nullable())
            && self.kernels.count(words) as usize * DENSE >= rows.len()
        {
            return self.kernels.keep_shard(keys, self.shard, words);
        }
        for (index, word) in words.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                if !self.shard.has(hash(&self.columns, index as u32 * 64 + bit)) {
                    *word &= !(1 << bit);
                }
                rest &= rest - 1;
            }
        }
    }
}

/// The hash of the key of a row.
pub(crate) fn hash(columns: &[KeyColumn], row: u32) -> u64 {
    let component = |column: &KeyColumn| match column.ty() {
        _ if column.is_null(row) => NULL_HASH,
        Type::Str => text_hash(column.text(row).bytes()),
        _ => mix(column.word(row)),
    };
    columns.iter().map(component).reduce(with_component).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::super::rows::{FieldShape, TypeRows};
    use super::*;
    use crate::column::{Column, Value};

    const NULLABLE: bool = true;

    fn rows(types: &[(Type, bool)], values: &[Vec<Value>]) -> (Vec<Column>, TypeRows) {
        let column = |(field, &(ty, nullable)): (usize, &(Type, bool))| {
            let mut column = Column::new(ty, nullable);
            values.iter().for_each(|row| column.push(&row[field]));
            column
        };
        let columns: Vec<Column> = types.iter().enumerate().map(column).collect();
        let shapes = types.iter().map(|&(ty, nullable)| FieldShape { ty, nullable, used: true });
        let mut rows = TypeRows::new(shapes.collect(), 0);
        rows.borrow(columns.iter(), 0, values.len());
        (columns, rows)
    }

    fn key_columns(types: &[(Type, bool)], rows: &TypeRows) -> Vec<KeyColumn> {
        let column = |(field, &(ty, _)): (usize, &(Type, bool))| {
            // SAFETY: the fields are of these types, and the rows stand.
            unsafe { KeyColumn::new(rows, field, ty) }
        };
        types.iter().enumerate().map(column).collect()
    }

    #[test]
    fn keys_that_are_equal_are_of_one_shard() {
        let types = [(Type::F64, NULLABLE)];
        let of = |value: f64| alloc::vec![Value::F64(value)];
        let values = [of(0.0), of(-0.0), of(f64::NAN), of(-f64::NAN), alloc::vec![Value::Null]];
        let (_columns, rows) = rows(&types, &values);
        let columns = key_columns(&types, &rows);
        let hashes: Vec<u64> = (0..5).map(|row| hash(&columns, row)).collect();
        assert_eq!((hashes[0], hashes[2], hashes[4]), (hashes[1], hashes[3], NULL_HASH));
        assert_ne!(hashes[0], hashes[2]);
    }

    #[test]
    fn a_key_of_several_components_is_as_documented() {
        let types = [(Type::I64, false), (Type::Str, NULLABLE)];
        let text = "a text of more than twelve bytes";
        let values = [
            alloc::vec![Value::I64(7), Value::Str(text.to_string())],
            alloc::vec![Value::I64(7), Value::Null],
        ];
        let (_columns, rows) = rows(&types, &values);
        let columns = key_columns(&types, &rows);
        let wanted = |component: u64| mix(mix(7).wrapping_mul(31).wrapping_add(component));
        assert_eq!(hash(&columns, 0), wanted(text_hash(text.as_bytes())));
        assert_eq!(hash(&columns, 1), wanted(NULL_HASH));
    }
}
