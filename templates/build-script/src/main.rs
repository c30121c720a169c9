//! Reads `milliseconds machine celsius` from standard input, a reading in each line, and says which machines overheat.

use portent::compiled::millis;
use std::io::BufRead;

// The module `alerts`: what the build script has made of `rules/alerts.ptn`.
portent::include_rules!("alerts");

use alerts::{Match, Reading, Rules};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut rules = Rules::new(portent::compiled::Limits::default());
    // Where matches go: a closure, or a `Vec`.
    let mut sink = |found: Match| println!("{}", describe(&found));
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match reading(&line) {
            Some(reading) => {
                rules.push_reading(reading, &mut sink)?;
            }
            None => eprintln!("not a reading: {line}"),
        }
    }
    rules.finish(&mut sink)?;
    Ok(())
}

fn reading(line: &str) -> Option<Reading> {
    let mut words = line.split_whitespace();
    let at = millis(words.next()?.parse().ok()?);
    let machine = words.next()?.into();
    let celsius = words.next()?.parse().ok()?;
    Some(Reading { machine, celsius, at })
}

fn describe(found: &Match) -> String {
    let Match::Overheating(found) = found;
    let seconds = (found.ts - found.since) / 1_000_000_000;
    format!("{}: from {} to {} degrees in {seconds} s", found.machine, found.from, found.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_overheats() {
        let mut rules = Rules::new(portent::compiled::Limits::default());
        let mut matches = Vec::new();
        for line in ["0 press 80", "1000 lathe 85", "2000 press 88.5", "3000 lathe 84", "4000 press 93"] {
            rules.push_reading(reading(line).expect("a reading"), &mut matches).expect("no limit is reached");
        }
        rules.finish(&mut matches).expect("no limit is reached");
        let found: Vec<String> = matches.iter().map(describe).collect();
        assert_eq!(found, ["press: from 80 to 93 degrees in 4 s"]);
    }
}
