//! Rules: patterns with their clauses.

use super::Generator;
use super::expr::{Bound, Scope};
use super::pattern::Frame;
use super::schema::{EventType, Field};
use portent_rt::Type;
use std::collections::BTreeSet;

pub(super) const ALL_TYPES: [Type; 6] =
    [Type::Bool, Type::I64, Type::F64, Type::Str, Type::Timestamp, Type::Duration];

impl Generator {
    /// Rule number `number`, whose matches later rules may read.
    pub(super) fn rule(&mut self, number: usize) -> String {
        let name = format!("P{number}");
        let (text, fields) =
            if self.choice.chance(30) { self.query(&name) } else { self.pattern_rule(&name) };
        if !fields.is_empty() {
            self.types.push(EventType { name, fields });
        }
        text
    }

    fn pattern_rule(&mut self, name: &str) -> (String, Vec<Field>) {
        self.forks = 0;
        let within = self.choice.weighted(&[("", 28), ("time", 56), ("events", 16)]);
        let mut frame =
            Frame { types: self.some_types(), used: BTreeSet::new(), timed: within == "time", steps: 7 };
        let (pattern, bound) = self.pattern(&mut frame);
        let mut text = format!("pattern {name}");
        text += &self.partition(&frame.used);
        text += &format!("\n    match {pattern}");
        let scope = Scope { row: None, bound: bound.clone() };
        if self.choice.chance(22) && !bound.is_empty() {
            text += &format!("\n    where {}", self.condition(&scope, 1));
        }
        match within {
            "time" => {
                text += &format!(
                    "\n    within {}",
                    self.choice.pick(&["1s", "2s", "3s", "5s", "5s", "8s", "2500ms"])
                )
            }
            "events" => text += &format!("\n    within {} events", self.choice.between(2, 8)),
            _ => {}
        }
        text += &self.skip(&bound);
        let keyed = text.contains("\n    partition by");
        text += &self.limits(keyed);
        let (emit, fields) = self.emit(&scope);
        text += &emit;
        (text, fields)
    }

    /// One to three event types; those of rules more often than others, so that rules read each other.
    fn some_types(&mut self) -> Vec<usize> {
        let count = self.choice.weighted(&[(1, 25), (2, 50), (3, 25)]);
        let mut types: Vec<usize> = (0..count).map(|_| self.choice.below(self.types.len())).collect();
        let last = self.types.len() - 1;
        if last > 2 && self.choice.chance(60) {
            types.push(last);
        }
        types
    }

    fn partition(&mut self, used: &BTreeSet<usize>) -> String {
        if self.choice.chance(45) {
            return String::new();
        }
        let types: Vec<&EventType> = used.iter().map(|&ty| &self.types[ty]).collect();
        let has = |ty: &EventType, field: &Field| {
            ty.fields.iter().any(|other| other.name == field.name && other.ty == field.ty)
        };
        let common: Vec<String> = types[0]
            .fields
            .iter()
            .filter(|field| types.iter().all(|ty| has(ty, field)))
            .map(|field| field.name.clone())
            .collect();
        if common.iter().any(|name| name == "k") && self.choice.chance(70) {
            return "\n    partition by k".to_owned();
        }
        if types.len() > 1
            && self.choice.chance(50)
            && let Some(equal) = self.equal_fields(used)
        {
            return format!("\n    partition by {equal}");
        }
        match common.as_slice() {
            [] => String::new(),
            names => {
                let (one, two) = (self.choice.pick(names).clone(), self.choice.pick(names).clone());
                match one == two {
                    true => format!("\n    partition by {one}"),
                    false => format!("\n    partition by {one}, {two}"),
                }
            }
        }
    }

    /// `A.k = B.v`
    fn equal_fields(&mut self, used: &BTreeSet<usize>) -> Option<String> {
        let ty = self.choice.weighted(&[(Type::I64, 60), (Type::Str, 25), (Type::F64, 15)]);
        let mut parts = Vec::new();
        for &event in used {
            let fields: Vec<String> = self.types[event].of(ty).map(|field| field.name.clone()).collect();
            if fields.is_empty() {
                return None;
            }
            parts.push(format!("{}.{}", self.types[event].name, self.choice.pick(&fields)));
        }
        Some(parts.join(" = "))
    }

    fn skip(&mut self, bound: &[Bound]) -> String {
        let skip = self.choice.weighted(&[
            ("", 55),
            ("none", 3),
            ("to next", 12),
            ("past last", 16),
            ("to first", 7),
            ("to last", 7),
        ]);
        match (skip, bound) {
            ("", _) | ("to first" | "to last", []) => String::new(),
            ("to first" | "to last", _) => {
                format!("\n    after match skip {skip} {}", self.choice.pick(bound).name)
            }
            _ => format!("\n    after match skip {skip}"),
        }
    }

    fn limits(&mut self, keyed: bool) -> String {
        let mut limits = Vec::new();
        // Runs that are copied over and over would be more than a test has time for.
        if self.forks > 0 && self.choice.chance(80) || self.forks > 1 {
            let policy = self.choice.weighted(&[("", 40), (" drop oldest", 20), (" drop new", 40)]);
            limits.push(format!("runs {}{policy}", self.choice.pick(&["3", "10", "30", "60"])));
        } else if self.choice.chance(14) {
            let policy =
                self.choice.weighted(&[("", 35), (" drop oldest", 20), (" drop new", 40), (" fail", 5)]);
            limits.push(format!("runs {}{policy}", self.choice.between(1, 4)));
        }
        if self.choice.chance(6) {
            let policy = self.choice.weighted(&[("", 40), (" drop new", 55), (" fail", 5)]);
            limits.push(format!("partitions {}{policy}", self.choice.between(1, 3)));
        }
        if self.choice.chance(10) {
            limits.push(format!("repetition {}", self.choice.between(1, 4)));
        }
        if keyed && self.choice.chance(25) {
            let idle = self.choice.pick(&["1ns", "500ms", "1s", "1s", "2s", "3s", "5s", "9s"]);
            limits.push(format!("partition idle {idle}"));
        }
        if limits.is_empty() { String::new() } else { format!("\n    limit {}", limits.join(", ")) }
    }

    /// An `emit` clause, or none if every variable is to be emitted, and the fields of it that are one value.
    fn emit(&mut self, scope: &Scope) -> (String, Vec<Field>) {
        if !scope.bound.is_empty() && self.choice.chance(10) {
            return (String::new(), Vec::new());
        }
        let (mut items, fields) = self.emitted_values(scope, 3);
        for bound in scope.bound.clone() {
            if !bound.single && bound.many && self.choice.chance(30) {
                let field = self.choice.pick(&self.types[bound.ty].fields).name.clone();
                items.push(format!("c{}: collect({}.{field})", items.len(), bound.name));
            }
            if (bound.single || bound.many) && self.choice.chance(15) {
                items.push(bound.name);
            }
        }
        (format!("\n    emit {{ {} }}", items.join(", ")), fields)
    }

    /// Named values of random types; `k` and `v` are among them now and then, so that later rules find what they know.
    pub(super) fn emitted_values(&mut self, scope: &Scope, most: usize) -> (Vec<String>, Vec<Field>) {
        let (mut items, mut fields) = (Vec::new(), Vec::new());
        for index in 0..=self.choice.below(most) {
            let ty = if self.choice.chance(50) { Type::I64 } else { *self.choice.pick(&ALL_TYPES) };
            let named = ty == Type::I64
                && self.choice.chance(30)
                && !fields.iter().any(|field: &Field| field.name == "v");
            let name = if named { "v".to_owned() } else { format!("e{index}") };
            let depth = self.choice.weighted(&[(0, 50), (1, 35), (2, 15)]);
            items.push(format!("{name}: {}", self.value(ty, scope, depth)));
            fields.push(Field { name, ty });
        }
        (items, fields)
    }
}
