//! What is printed, as files to look at: `PORTENT_BLESS=1 cargo test -p portent-compiler emit` rewrites them.
