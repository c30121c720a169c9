//! What tells whether state of one program may be taken over by another: a hash of what each event type and each rule means.
//!
//! Two rules of the same fingerprint have the same declaration (but for comments and layout), read events that are declared the same
//! or come from rules of the same fingerprint, and keep the same registers. So what one holds is what the other would hold.

use crate::ast;
use crate::dsl;
use crate::lir::{FieldId, GuardId, Program, Rows, Source, TypeId, Window};
use portent_rt::scalar::hash::bytes as hash;
use std::fmt::Write;

/// Of each event type of a program, in order: of inputs the declaration, of others what makes their events.
pub(crate) fn fingerprints(file: &ast::File, program: &Program) -> Vec<u64> {
    let mut known: Vec<u64> = Vec::with_capacity(program.types.len());
    for ty in &program.types {
        let mut text = match &ty.source {
            Source::Window(window) => operator(program, &program.windows[*window]),
            Source::Input { .. } | Source::Rule { .. } => declaration(file, &ty.name),
        };
        let reads = match &ty.source {
            Source::Input { .. } => Vec::new(),
            Source::Rule { rule, .. } => {
                let rule = &program.rules[*rule];
                // Which state is kept where is the lowering's choice, which another version may make otherwise.
                note(&mut text, &(&rule.registers, &rule.cells, &rule.states));
                rule.inputs.iter().map(|input| input.ty).collect()
            }
            Source::Window(window) => vec![program.windows[*window].input],
        };
        // A type is read only by those behind it.
        reads.iter().for_each(|TypeId(ty)| note(&mut text, &known[*ty as usize]));
        known.push(hash(text.as_bytes()) as u64);
    }
    known
}

fn note(text: &mut String, what: &dyn std::fmt::Debug) {
    // Writing to a String cannot fail.
    let _ = write!(text, "\n{what:?}");
}

/// What was declared under a name, in canonical layout and without comments.
fn declaration(file: &ast::File, name: &str) -> String {
    let mut item = file.items.iter().find(|item| item.name().name == name).cloned();
    match &mut item {
        Some(ast::Item::Event(event)) => {
            event.doc.clear();
            event.fields.iter_mut().for_each(|field| field.doc.clear());
        }
        Some(ast::Item::Pattern(rule)) => rule.doc.clear(),
        Some(ast::Item::Query(rule)) => rule.doc.clear(),
        None => {}
    }
    dsl::print(&ast::File { items: item.into_iter().collect(), ..ast::File::default() })
}

/// What a window operator does. Computed fields and guards have numbers that other rules of the program may move, so it is said
/// what they stand for.
fn operator(program: &Program, window: &Window) -> String {
    let ty = &program.types[window.input.index()];
    let field = |field: &FieldId| match field.index().checked_sub(ty.fields.len()) {
        Some(computed) => format!("{:?}", ty.computed.get(computed)),
        None => format!("field {}", field.index()),
    };
    let guard = |guard: &GuardId| format!("{:?}", program.guards[guard.index()].condition);
    let mut text = window.name.clone();
    note(&mut text, &(&window.window, &window.limits));
    match &window.wants {
        Rows::All => {}
        Rows::Any(guards) => note(&mut text, &guards.iter().map(guard).collect::<Vec<_>>()),
    }
    note(&mut text, &window.keys.iter().map(field).collect::<Vec<_>>());
    for of in &window.aggregates {
        let fields = (of.value.as_ref().map(field), of.by.as_ref().map(field));
        note(&mut text, &(of.op, of.distinct, fields, of.filter.as_ref().map(guard)));
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::diag::Diagnostics;

    const EVENTS: &str = "event A { k: i64, v: i64, at: timestamp } time at\n";
    const FIRST: &str = "pattern First partition by k match a: A[v > 1] -> b: A[v > a.v] emit { v: a.v }\n";
    const TOTAL: &str =
        "query Total from A[v > 2] window tumbling 1m group by v % 3 emit { n: count(), s: sum(v * 2) }\n";

    fn named(source: &str) -> Vec<(String, u64)> {
        let rules = crate::compile(source, &mut Diagnostics::default()).expect("rules without mistakes");
        rules.lir.types.iter().map(|ty| ty.name.clone()).zip(rules.lir.fingerprints.clone()).collect()
    }

    fn of(source: &str, name: &str) -> Vec<u64> {
        named(source).into_iter().filter(|(of, _)| of == name).map(|(_, fingerprint)| fingerprint).collect()
    }

    #[test]
    fn other_rules_and_layout_change_nothing() {
        let alone = format!("{EVENTS}{TOTAL}");
        let before =
            "query Other from A[v < 9 and k > 0] window last 3 group by k * 7 emit { n: max(v + 1) }\n";
        let among = format!("/// doc\n{EVENTS}{before}{FIRST}// note\n{}", TOTAL.replace("emit", "\n  emit"));
        let among = named(&among);
        let alone = named(&alone);
        assert_eq!(alone.len(), 3, "the event, the rows of the window, and the rule");
        assert!(alone.iter().all(|known| among.contains(known)), "{alone:?} {among:?}");
    }

    #[test]
    fn what_is_read_counts() {
        let with = |events: &str, total: &str| of(&format!("{events}{FIRST}{total}"), "Total");
        let same = with(EVENTS, TOTAL);
        assert_ne!(same, with(&EVENTS.replace("time at", "time at lateness 1s"), TOTAL));
        assert_ne!(same, with(EVENTS, &TOTAL.replace("v * 2", "v * 3")));
        assert_ne!(same, with(EVENTS, &TOTAL.replace("v > 2", "v > 3")));
        assert_ne!(same, with(EVENTS, &TOTAL.replace("1m", "2m")));
        let reader = "pattern Third match x: First[v > 2] emit { v: x.v }\n";
        let third = |first: &str| of(&format!("{EVENTS}{first}{reader}"), "Third");
        assert_ne!(third(FIRST), third(&FIRST.replace("v > 1", "v > 0")));
    }
}
