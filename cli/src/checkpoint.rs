//! `portent checkpoint inspect`: what is in a folder of checkpoints.

use crate::args::InspectArgs;
use crate::failure::Failure;
use crate::run::checkpoint::store::{Content, Entry, Loaded, Store};
use crate::run::{amount, bytes, grouped};
use portent_rt::scalar::print;
use portent_rt::snapshot::Image;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// Shows every checkpoint, the oldest first, and of the last one that can be used what it holds.
pub(crate) fn inspect(args: &InspectArgs) -> Result<(), Failure> {
    let folder = args.folder.display();
    let failed = |error| Failure::Io(format!("cannot read {folder}: {error}"));
    let mut store = Store::look(&args.folder).map_err(failed)?;
    if store.entries().is_empty() {
        return Err(Failure::Io(format!("{folder} has no checkpoint")));
    }
    let mut out = String::new();
    for &entry in store.entries() {
        line(&mut out, &store, entry);
    }
    match store.load() {
        (None, _) => out.push_str("\nno checkpoint can be used\n"),
        (Some(Loaded { entry, record, .. }), _) if record.finished => {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "\ncheckpoint {} is of a run that has come to its end", entry.number);
        }
        (Some(Loaded { entry, record, image }), _) => {
            let _ = writeln!(out, "\nthe same command would go on from checkpoint {}:", entry.number);
            for input in &record.inputs {
                let (line, read) = (grouped(input.position.line - 1), bytes(input.position.bytes));
                let _ = writeln!(out, "  behind line {line} of {} ({read})", input.name);
            }
            let _ = writeln!(out, "  behind {} of matches", amount(record.output_bytes, "byte"));
            state(&mut out, &image);
        }
    }
    std::io::stdout().write_all(out.as_bytes()).map_err(|error| Failure::writing("standard output", &error))
}

/// A line about one.
fn line(out: &mut String, store: &Store, entry: Entry) {
    let path = store.path(entry);
    let size = path.metadata().map_or(0, |metadata| metadata.len());
    let kind = if entry.whole { "whole" } else { "change" };
    let what = match store.read(entry) {
        Ok(Content { record, .. }) => {
            let mut at = String::new();
            print::timestamp(record.at, &mut at);
            let lines: Vec<String> =
                record.inputs.iter().map(|input| grouped(input.position.line - 1)).collect();
            let end = if record.finished { ", the end" } else { "" };
            format!("{at}  line {}{end}", lines.join(", "))
        }
        Err(why) => format!("cannot be used: {why}"),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{:>6}  {kind:<6}  {:>10}  {what}", entry.number, bytes(size));
}

/// What rules and windows hold, by name.
fn state(out: &mut String, image: &Image) {
    let mut held: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, region) in image.regions() {
        // `WORKER/KIND/NAME/…`, or `WORKER/waiting` and the like.
        let mut parts = name.splitn(4, '/').skip(1);
        let (kind, of) = (parts.next().unwrap_or(name), parts.next());
        let what = match kind {
            "engine" => "time and counts",
            "waiting" => "events that wait for the watermark",
            _ => of.unwrap_or(kind),
        };
        *held.entry(what).or_default() += region.len() as u64;
    }
    for (what, held) in held {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  {:>10}  {what}", bytes(held));
    }
}
