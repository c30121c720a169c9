//! Random programs that were compiled as one crate: what the crate does, and how it says what came of each.
//!
//! The crate writes a line for each seed, before and after it; so that whoever reads knows at which one it ended.

use crate::differential::{Difference, Verdict, check_seed_with};
use crate::engine::{Engine, Generated};
use std::fmt;
use std::str::FromStr;

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The seed is at hand.
    Begins(u64),
    /// All agree, on so many matches.
    Agrees(u64, u64),
    /// They do not.
    Differs(u64),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begins(seed) => write!(f, "begins {seed}"),
            Self::Agrees(seed, matches) => write!(f, "agrees {seed} {matches}"),
            Self::Differs(seed) => write!(f, "differs {seed}"),
        }
    }
}

impl FromStr for Line {
    type Err = ();

    fn from_str(line: &str) -> Result<Self, ()> {
        let mut words = line.split(' ');
        let what = words.next().ok_or(())?;
        let mut number = || words.next().and_then(|word| word.parse().ok()).ok_or(());
        match what {
            "begins" => Ok(Self::Begins(number()?)),
            "agrees" => Ok(Self::Agrees(number()?, number()?)),
            "differs" => Ok(Self::Differs(number()?)),
            _ => Err(()),
        }
    }
}

/// Checks the programs of the seeds, which were compiled as `programs`. Differences are written to standard error.
pub fn check(programs: &Generated, seeds: &[u64]) {
    let engines: [&dyn Engine; 1] = [programs];
    std::panic::set_hook(Box::new(|_| {}));
    for &seed in seeds {
        println!("{}", Line::Begins(seed));
        let line = match check_seed_with(seed, &engines) {
            Verdict::Agree { matches } => Line::Agrees(seed, matches as u64),
            Verdict::Refused(errors) => {
                eprintln!("seed {seed}: the rules do not compile any more: {errors:?}");
                Line::Differs(seed)
            }
            Verdict::Differ(Difference { kind, message, trial }) => {
                eprintln!("seed {seed}, input {trial}: {kind:?}\n{message}");
                Line::Differs(seed)
            }
        };
        println!("{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_written() {
        for line in [Line::Begins(7), Line::Agrees(7, 0), Line::Differs(u64::MAX)] {
            assert_eq!(line.to_string().parse(), Ok(line));
        }
        assert_eq!("anything else".parse::<Line>(), Err(()));
    }
}
