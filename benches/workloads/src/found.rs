//! What a run found, and what takes its matches.

use portent_rt::compiled::Sink;

/// Matches that [`Out`] keeps before it looks at them.
const BLOCK: usize = 4096;

/// What a run of a workload found: enough to notice an engine that cheats.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Found {
    /// Matches.
    pub matches: u64,
    /// The sum of an emitted number over all matches.
    pub sum: f64,
}

impl Found {
    /// Whether another engine has found the same. Sums of doubles in another order differ in their last bits.
    pub fn same(self, other: Self) -> bool {
        self.matches == other.matches && (self.sum - other.sum).abs() <= 1e-9 * self.sum.abs()
    }
}

/// Takes matches as a program would that sends them on in blocks: each is written to memory, and a block is read when it is full.
#[derive(Debug)]
pub struct Out<M, V> {
    block: Vec<M>,
    value: V,
    found: Found,
}

impl<M, V: Fn(&M) -> f64> Out<M, V> {
    /// Nothing yet; `value` is what is added up.
    pub fn new(value: V) -> Self {
        Self { block: Vec::with_capacity(BLOCK), value, found: Found::default() }
    }

    /// The next match.
    #[inline]
    pub fn push(&mut self, matched: M) {
        if self.block.len() == BLOCK {
            self.read();
        }
        self.block.push(matched);
    }

    /// Reads what was kept.
    #[inline(never)]
    fn read(&mut self) {
        // The compiler does not see that of most fields nothing is read, so they are written.
        let block = std::hint::black_box(&self.block);
        self.found.matches += block.len() as u64;
        self.found.sum += block.iter().map(&self.value).sum::<f64>();
        self.block.clear();
    }

    /// What there was.
    pub fn found(mut self) -> Found {
        self.read();
        self.found
    }
}

impl<M, V: Fn(&M) -> f64> Sink<M> for Out<M, V> {
    #[inline]
    fn accept(&mut self, matched: M) {
        self.push(matched);
    }
}

/// A sink that keeps the last match.
#[derive(Debug)]
pub(crate) struct Latest<M>(pub(crate) Option<M>);

impl<M> Sink<M> for Latest<M> {
    fn accept(&mut self, matched: M) {
        self.0 = Some(matched);
    }
}

/// What may be emitted as `value`.
pub(crate) trait Number {
    fn number(&self) -> f64;
}

impl Number for f64 {
    fn number(&self) -> f64 {
        *self
    }
}

impl Number for i64 {
    fn number(&self) -> f64 {
        *self as f64
    }
}

impl<N: Number> Number for Option<N> {
    /// Null adds nothing to a sum.
    fn number(&self) -> f64 {
        self.as_ref().map_or(0.0, N::number)
    }
}
