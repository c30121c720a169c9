//! What a build script prints for an event that it has mapped onto a struct with other types, and without one of the fields.

use portent::compiled::{Symbol, kind, read};

/// The struct of the program.
struct Own {
    card: u32,
}

/// What rules look at.
struct Auth {
    card: Symbol,
    country: Symbol,
}

impl From<&Own> for Auth {
    fn from(event: &Own) -> Self {
        Self {
            card: read::<kind::Str, _>(&event.card, 1),
            country: read::<kind::Str, _>(&event.country, 1),
        }
    }
}

fn main() {}
