//! What the machine gives: bytes read in a row, cache lines fetched from random places, branches that are not foreseen.
//!
//! All on one core, over more memory than its caches hold.

use std::hint::black_box;
use std::time::{Duration, Instant};

use portent_rt::kernels::{Kernels, Stretch};

/// Words of a cache line.
const LINE_WORDS: usize = 8;
/// How many fetches ahead a line is asked for.
const AHEAD: usize = 24;

/// The limits of this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes in a second, read in a row.
    pub(crate) read: f64,
    /// Lines in a second, where the place of each is in the one before.
    pub(crate) dependent: f64,
    /// Lines in a second, where places are known and nothing is asked for ahead.
    pub(crate) independent: f64,
    /// Lines in a second, each asked for ahead.
    pub(crate) prefetched: f64,
    /// Seconds that a branch costs that goes another way than foreseen, beyond one that goes the same.
    pub(crate) miss: f64,
}

impl Limits {
    /// Measures them; where that is only tried out, over little memory.
    pub(crate) fn measure(tried: bool) -> Self {
        // Half a gigabyte, or what shows that it works.
        let words: Vec<u64> = vec![1; if tried { 1 << 14 } else { 1 << 26 }];
        let rounds = if tried { 1 } else { 5 };
        let accesses = if tried { 1_000 } else { 4_000_000 };
        let per_access = |walk: fn(&[u64], usize) -> u64| {
            accesses as f64 / best(rounds, || walk(&words, accesses)).as_secs_f64()
        };
        Self {
            read: read(&words, rounds),
            dependent: per_access(dependent),
            independent: per_access(independent),
            prefetched: per_access(prefetched),
            miss: miss(accesses, rounds),
        }
    }

    pub(crate) fn print(&self) {
        println!("limits of this machine, one core (kernels: {}):\n", Kernels::best().name);
        println!("{:<52} {:>9.1} GB/s", "reading in a row", self.read / 1e9);
        for (name, rate) in [
            ("cache lines at random places, each said by the last", self.dependent),
            ("cache lines at random places, known", self.independent),
            ("cache lines at random places, asked for ahead", self.prefetched),
        ] {
            println!("{name:<52} {:>9.1} M/s {:>7.1} ns", rate / 1e6, 1e9 / rate);
        }
        println!("{:<52} {:>13} {:>7.1} ns\n", "a branch that is not foreseen", "", self.miss * 1e9);
    }
}

fn best(rounds: usize, mut run: impl FnMut() -> u64) -> Duration {
    let round = || {
        let start = Instant::now();
        black_box(run());
        start.elapsed()
    };
    std::iter::repeat_with(round).take(rounds).min().unwrap_or_default()
}

/// Sums, by the fastest of two loops.
fn read(words: &[u64], rounds: usize) -> f64 {
    let signed: Vec<i64> = words.iter().map(|word| *word as i64).collect();
    let mask = vec![u64::MAX; signed.len().div_ceil(64)];
    let all = Stretch { values: signed.as_slice(), mask: &mask, from: 0, to: signed.len(), phase: 0 };
    let plain = best(rounds, || words.iter().fold(0, |sum: u64, word| sum.wrapping_add(*word)));
    let kernel = best(rounds, || Kernels::best().sum_i64(&all) as u64);
    size_of_val(words) as f64 / plain.min(kernel).as_secs_f64()
}

/// The next of some places that come round only after all of them.
const fn next(place: u64) -> u64 {
    place.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
}

/// The line of a place. Its high bits are those that look random.
fn line(words: &[u64], place: u64) -> usize {
    let lines = (words.len() / LINE_WORDS) as u64;
    ((u128::from(place) * u128::from(lines)) >> 64) as usize * LINE_WORDS
}

fn dependent(words: &[u64], accesses: usize) -> u64 {
    // All words are 1, but that is not known before one is there.
    (0..accesses).fold(1, |place, _| next(place).wrapping_add(words[line(words, place)] - 1))
}

fn independent(words: &[u64], accesses: usize) -> u64 {
    let mut place = 1;
    (0..accesses).fold(0, |sum, _| {
        place = next(place);
        sum + words[line(words, place)]
    })
}

fn prefetched(words: &[u64], accesses: usize) -> u64 {
    let (mut place, mut ahead) = (1, 1);
    (0..AHEAD).for_each(|_| ahead = next(ahead));
    (0..accesses).fold(0, |sum, _| {
        (place, ahead) = (next(place), next(ahead));
        fetch(&words[line(words, ahead)]);
        sum + words[line(words, place)]
    })
}

/// Has a cache line fetched, on processors where that can be said.
#[inline]
fn fetch(word: &u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 has the instruction, and it does not fault, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(word).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = word;
}

/// The same branches, as often one way as the other: at random, of which every second is a surprise, and in turn.
fn miss(branches: usize, rounds: usize) -> f64 {
    let mut place = 1;
    let random: Vec<bool> = std::iter::repeat_with(|| {
        place = next(place);
        place >> 63 == 1
    })
    .take(branches)
    .collect();
    let in_turn: Vec<bool> = (0..branches).map(|at| at % 2 == 0).collect();
    let took = |flags: &[bool]| best(rounds, || branch(flags)).as_secs_f64();
    (took(&random) - took(&in_turn)).max(0.0) / (branches as f64 / 2.0)
}

#[inline(never)]
fn branch(flags: &[bool]) -> u64 {
    let (mut yes, mut no) = (0_u64, 0_u64);
    for flag in flags {
        // What is opaque to the compiler stays in its branch.
        if *flag {
            yes = black_box(yes + 1);
        } else {
            no = black_box(no + 3);
        }
    }
    yes + no
}
