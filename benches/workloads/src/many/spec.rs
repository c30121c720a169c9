//! The guards of the workloads with many rules: the build script prints them as rules, the code by hand reads them.

/// What one rule selects, of 100,000 keys and a million numbers: one event in 200,000, or in 100,000.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Guard {
    /// `key == of and value < 50`.
    Key(i64),
    /// `number` from here on, ten of them.
    Numbers(i64),
}

/// Numbers that a rule of the second kind selects.
pub(crate) const NUMBERS: i64 = 10;

/// The guards of so many rules, one kind and the other in turn. No two are of one key or of numbers that overlap.
pub(crate) fn guards(count: u64) -> Vec<Guard> {
    let guard = |rule: u64| {
        // A multiplier without a factor in common with 100,000: no two rules have the same.
        let place = (rule * 61_803 % 100_000) as i64;
        if rule.is_multiple_of(2) { Guard::Key(place) } else { Guard::Numbers(place * NUMBERS) }
    };
    (0..count).map(guard).collect()
}
