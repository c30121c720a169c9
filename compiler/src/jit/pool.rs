//! What compiled code points to: constant texts, regular expressions and the shapes of runs. Lives as long as the code.

use std::sync::Arc;

use super::JitError;
use super::search::{Search, Sought};
use crate::lir::{Expr, ExprKind, Program, Source, walk_block};
use memchr::memmem::Finder;
use portent_rt::plan::RunShape;
use regex::Regex;

/// Things at stable addresses.
///
/// They are behind `Arc`s, not `Box`es, for the latter claim that nothing else points to what they hold.
#[derive(Default)]
pub(super) struct Pool {
    texts: Vec<Arc<str>>,
    regexes: Vec<(String, Arc<Regex>)>,
    searches: Vec<Arc<Search>>,
    shapes: Vec<Arc<RunShape>>,
}

impl Pool {
    /// A pool that holds every regular expression of a program.
    pub(super) fn new(program: &Program) -> Result<Self, JitError> {
        let mut pool = Self::default();
        let mut sources = Vec::new();
        let mut collect = |expr: &Expr| {
            expr.walk(&mut |inner| {
                if let ExprKind::Matches(_, source) = &inner.kind {
                    sources.push(source.clone());
                }
            });
        };
        program.guards.iter().for_each(|guard| collect(&guard.condition));
        for ty in &program.types {
            if let Source::Input { time: Some(time), .. } = &ty.source {
                collect(time);
            }
            ty.computed.iter().for_each(&mut collect);
        }
        for rule in &program.rules {
            for kernel in [Some(&rule.step), rule.timer.as_ref(), rule.sweep.as_ref()].into_iter().flatten() {
                walk_block(&kernel.body, &mut |stmt| stmt.exprs().into_iter().for_each(&mut collect));
            }
        }
        sources.iter().try_for_each(|source| pool.add_regex(source))?;
        Ok(pool)
    }

    /// The address of the bytes of a constant text.
    pub(super) fn text(&mut self, text: &str) -> i64 {
        let known = self.texts.iter().position(|known| **known == *text);
        let index = known.unwrap_or_else(|| {
            self.texts.push(text.into());
            self.texts.len() - 1
        });
        self.texts[index].as_ptr() as i64
    }

    /// The address of a regular expression of the program.
    pub(super) fn regex(&self, source: &str) -> i64 {
        Arc::as_ptr(self.regex_of(source)) as i64
    }

    fn regex_of(&self, source: &str) -> &Arc<Regex> {
        let (_, regex) =
            self.regexes.iter().find(|(known, _)| known == source).expect("a regex that was found");
        regex
    }

    /// The address of what is looked for in texts.
    pub(super) fn search(&mut self, sought: &Sought) -> i64 {
        let search = match sought {
            Sought::Is(_) => unreachable!("equality is asked of whole columns"),
            Sought::Like(pattern) => Search::Like(pattern.clone()),
            Sought::Starts(part) => Search::Starts(part.clone()),
            Sought::Ends(part) => Search::Ends(part.clone()),
            Sought::Contains(part) => Search::Contains(Finder::new(part).into_owned()),
            Sought::Matches(regex) => Search::Matches(Arc::clone(self.regex_of(regex))),
        };
        self.searches.push(Arc::new(search));
        self.searches.last().map_or(0, |search| Arc::as_ptr(search) as i64)
    }

    fn add_regex(&mut self, source: &str) -> Result<(), JitError> {
        if self.regexes.iter().all(|(known, _)| known != source) {
            let regex = Regex::new(source).map_err(|error| JitError::Regex(error.to_string()))?;
            self.regexes.push((source.to_owned(), Arc::new(regex)));
        }
        Ok(())
    }

    /// The address of the shape of a rule's runs.
    pub(super) fn shape(&mut self, shape: RunShape) -> i64 {
        self.shapes.push(Arc::new(shape));
        self.shapes.last().map_or(0, |shape| Arc::as_ptr(shape) as i64)
    }
}
