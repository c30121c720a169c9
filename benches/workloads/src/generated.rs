//! The macro that brings generated rules in.

/// The module of the generated rules `$name.ptn`, the text of the file, and functions that run it: `generated!(NAME { Rule, … } [columns])`.
macro_rules! generated {
    ($name:ident { $($rule:ident),+ } [$($column:ident),+]) => {
        mod $name {
            #![allow(
                missing_docs,
                unreachable_pub,
                dead_code,
                clippy::module_inception,
                reason = "it is private here"
            )]
            include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
            use $name::{E, EColumns, Match, Rules};

            pub(crate) const RULES: &str = include_str!(concat!("../rules/", stringify!($name), ".ptn"));

            pub(crate) fn run(input: &crate::Input) -> crate::Found {
                let events = input.events();
                let mut rules = Rules::new(portent_rt::compiled::Limits::default());
                let mut out = crate::Out::new(|matched: &Match| match matched {
                    $(Match::$rule(found) => crate::found::Number::number(&found.value),)+
                });
                for rows in events.pieces() {
                    let columns = EColumns { $($column: &events.$column[rows.clone()]),+ };
                    rules.push_e_columns(columns, &mut out).expect("no limit is reached");
                }
                rules.finish(&mut out).expect("no limit is reached");
                out.found()
            }

            pub(crate) fn run_each(events: &crate::Events, each: &mut dyn FnMut(crate::Each)) {
                let mut rules = Rules::new(portent_rt::compiled::Limits::default());
                let mut sink = crate::found::Latest(None);
                for row in 0..events.len() {
                    let event = E { $($column: events.$column[row].into()),+ };
                    each(crate::Each::Before);
                    rules.push_e(event, &mut sink).expect("no limit is reached");
                    each(crate::Each::After);
                }
                std::hint::black_box(sink.0);
            }
        }
    };
}
