//! Queries: filters and projections, and aggregates over every kind of window.
//!
//! Engines sum doubles to about 100 bits, the oracle exactly; so what is summed is a field of the input, whose values are few, or is
//! brought to quarters of small numbers, of which squares and sums are exact.

use super::Generator;
use super::expr::Scope;
use super::rule::ALL_TYPES;
use super::schema::{EventType, Field};
use portent_rt::Type;

/// What the values of a query's row may speak of.
struct Row {
    /// Its events.
    scope: Scope,
    /// `group by`, as written, with types.
    keys: Vec<(String, Type)>,
    /// Whether there are `window.start` and `window.end`.
    timed: bool,
}

impl Generator {
    /// A query, and the fields of what it emits.
    pub(super) fn query(&mut self, name: &str) -> (String, Vec<Field>) {
        // What rules emit more often than others, so that rules read each other.
        let at = match self.choice.chance(25) {
            true => self.types.len() - 1,
            false => self.choice.below(self.types.len()),
        };
        let row = self.types[at].clone();
        let event = row.name.clone();
        let scope = Scope { row: Some(row), bound: Vec::new() };
        let guard = match self.choice.chance(45) {
            true => format!("[{}]", self.condition(&scope, 1)),
            false => String::new(),
        };
        let (clauses, emit, fields) = match self.choice.chance(25) {
            true => {
                let (emit, fields) = self.emitted_values(&scope, 3);
                (String::new(), format!("{{ {} }}", emit.join(", ")), fields)
            }
            false => self.aggregates_of(scope),
        };
        let having = match self.choice.chance(25) && !fields.is_empty() {
            true => {
                let row = EventType { name: String::new(), fields: fields.clone() };
                let scope = Scope { row: Some(row), bound: Vec::new() };
                format!("\n    having {}", self.condition(&scope, 1))
            }
            false => String::new(),
        };
        (format!("query {name}\n    from {event}{guard}{clauses}\n    emit {emit}{having}"), fields)
    }

    /// `window` and `group by`, what is emitted, and its fields that are one value.
    fn aggregates_of(&mut self, scope: Scope) -> (String, String, Vec<Field>) {
        let kind = self.choice.weighted(&[
            ("", 10),
            ("tumbling", 18),
            ("hopping", 16),
            ("sliding", 18),
            ("session", 16),
            ("last", 12),
            ("batch", 10),
        ]);
        let window = self.window(kind);
        let mut text = if window.is_empty() { String::new() } else { format!("\n    window {window}") };
        let keys = self.keys(&scope);
        if !keys.is_empty() {
            let keys: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
            text += &format!("\n    group by {}", keys.join(", "));
        }
        let partial = if kind == "batch" && self.choice.chance(50) { "partial " } else { "" };
        let row = Row { scope, keys, timed: matches!(kind, "tumbling" | "hopping" | "sliding" | "session") };
        let (mut items, mut fields) = (Vec::new(), Vec::new());
        for (key, ty) in row.keys.clone() {
            if self.choice.chance(75) {
                // A key that has a name keeps it, so that later rules find what they know.
                let name = if key == "k" { key.clone() } else { format!("g{}", items.len()) };
                items.push(format!("{name}: {key}"));
                fields.push(Field { name, ty });
            }
        }
        for _ in 0..=self.choice.below(4) {
            let ty = if self.choice.chance(45) { Type::I64 } else { *self.choice.pick(&ALL_TYPES) };
            let is_v = |field: &Field| field.name == "v";
            let named = ty == Type::I64 && self.choice.chance(40) && !fields.iter().any(is_v);
            let name = if named { "v".to_owned() } else { format!("e{}", items.len()) };
            items.push(format!("{name}: {}", self.summary(ty, &row)));
            fields.push(Field { name, ty });
        }
        if self.choice.chance(15) {
            let ty = self.some_type();
            let (distinct, value) = (self.distinct(), self.value(ty, &row.scope, 0));
            let collect = format!("c{}: collect({distinct}{value}){}", items.len(), self.filter(&row));
            items.push(collect);
        }
        (text, format!("{partial}{{ {} }}", items.join(", ")), fields)
    }

    fn window(&mut self, kind: &str) -> String {
        let size = *self.choice.pick(&["1s", "2s", "3s", "5s", "2500ms", "500ms"]);
        let offset = match self.choice.chance(25) {
            true => format!(" offset {}", self.choice.pick(&["1s", "700ms", "10s", "1ns"])),
            false => String::new(),
        };
        match kind {
            "tumbling" => format!("tumbling {size}{offset}"),
            "hopping" => {
                let hop = *self.choice.pick(&[
                    "4s every 2s",
                    "5s every 2s",
                    "3s every 1s",
                    "2s every 500ms",
                    "2s every 2s",
                    "1500ms every 1s",
                    "10s every 3s",
                ]);
                format!("hopping {hop}{offset}")
            }
            "sliding" => format!("sliding {size}"),
            "session" => match self.choice.chance(40) {
                true => format!("session {size} max {}", self.choice.pick(&["1s", "2s", "4s", "4500ms"])),
                false => format!("session {size}"),
            },
            "last" | "batch" => format!("{kind} {}", self.choice.between(1, 5)),
            _ => String::new(),
        }
    }

    fn keys(&mut self, scope: &Scope) -> Vec<(String, Type)> {
        let count = self.choice.weighted(&[(0, 30), (1, 50), (2, 20)]);
        let mut keys: Vec<(String, Type)> = Vec::new();
        for _ in 0..count {
            let k = scope.row.iter().flat_map(|row| &row.fields).find(|field| field.name == "k");
            let key = match k.map(|field| field.ty) {
                Some(ty) if self.choice.chance(60) => ("k".to_owned(), ty),
                _ => {
                    let ty = self.some_type();
                    let depth = self.choice.weighted(&[(0, 60), (1, 40)]);
                    (self.value(ty, scope, depth), ty)
                }
            };
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    fn distinct(&mut self) -> &'static str {
        if self.choice.chance(15) { "distinct " } else { "" }
    }

    fn filter(&mut self, row: &Row) -> String {
        match self.choice.chance(15) {
            true => format!(" filter (where {})", self.condition(&row.scope, 1)),
            false => String::new(),
        }
    }

    /// A value of a row: mostly an aggregate.
    fn summary(&mut self, ty: Type, row: &Row) -> String {
        match self.choice.below(12) {
            0 if row.timed && ty == Type::Timestamp => {
                return (*self.choice.pick(&["window.start", "window.end"])).to_owned();
            }
            1 if row.timed && ty == Type::Duration => {
                return format!("({} - window.start)", self.aggregate(Type::Timestamp, row));
            }
            2 if ty == Type::I64 => {
                let op = *self.choice.pick(&["+", "-", "*", "/", "%"]);
                return format!("({} {op} {})", self.aggregate(ty, row), self.aggregate(ty, row));
            }
            3 if ty == Type::F64 => {
                let op = *self.choice.pick(&["+", "-", "*", "/"]);
                return format!("({} {op} {})", self.aggregate(ty, row), self.aggregate(ty, row));
            }
            4 => {
                let of = self.some_type();
                let (a, b) = (self.aggregate(of, row), self.aggregate(of, row));
                let (then, otherwise) = (self.aggregate(ty, row), self.literal(ty));
                return format!("(if ({a} == {b}) then {then} else {otherwise})");
            }
            5 => return format!("({} ?? {})", self.aggregate(ty, row), self.literal(ty)),
            6 => {
                let keys: Vec<String> =
                    row.keys.iter().filter(|(_, of)| *of == ty).map(|(key, _)| key.clone()).collect();
                if !keys.is_empty() {
                    return self.choice.pick(&keys).clone();
                }
            }
            _ => {}
        }
        self.aggregate(ty, row)
    }

    /// An aggregate of a type.
    fn aggregate(&mut self, ty: Type, row: &Row) -> String {
        let (any, own) = (self.some_type(), ty);
        let depth = self.choice.weighted(&[(0, 75), (1, 25)]);
        let value = |g: &mut Generator, ty| g.value(ty, &row.scope, depth);
        let filter = self.filter(row);
        let distinct = self.distinct();
        let numbers = matches!(ty, Type::I64 | Type::F64 | Type::Duration);
        let text = match self.choice.below(10) {
            0 => format!("first({})", value(self, own)),
            1 => format!("last({})", value(self, own)),
            2 => format!("min({distinct}{})", value(self, own)),
            3 => format!("max({distinct}{})", value(self, own)),
            4 => {
                let name = *self.choice.pick(&["arg_max", "arg_min"]);
                format!("{name}({}, {})", value(self, own), value(self, any))
            }
            5 | 6 if numbers => {
                let operand = if ty == Type::F64 { self.summed(row) } else { value(self, own) };
                format!("sum({distinct}{operand})")
            }
            _ => match ty {
                Type::I64 => match self.choice.below(4) {
                    0 => "count()".to_owned(),
                    1 => format!("approx_distinct({})", value(self, any)),
                    _ => format!("count({distinct}{})", value(self, any)),
                },
                Type::F64 => self.double(distinct, row),
                Type::Duration => match self.choice.chance(50) {
                    true => format!("avg({distinct}{})", value(self, own)),
                    false => {
                        let name = self.percentile();
                        format!("{name}({distinct}{}, {})", value(self, own), self.share())
                    }
                },
                Type::Bool => {
                    let name = *self.choice.pick(&["any", "all"]);
                    format!("{name}({distinct}{})", self.condition(&row.scope, 1))
                }
                Type::Str | Type::Timestamp => format!("max({})", value(self, own)),
            },
        };
        text + &filter
    }

    fn percentile(&mut self) -> &'static str {
        if self.choice.chance(40) { "approx_percentile" } else { "percentile" }
    }

    fn share(&mut self) -> &'static str {
        self.choice.pick::<&'static str>(&["0", "0.1", "0.25", "0.5", "0.9", "0.95", "1"])
    }

    /// An aggregate that is a double.
    fn double(&mut self, distinct: &str, row: &Row) -> String {
        match self.choice.below(6) {
            0 => format!("avg({distinct}{})", self.summed(row)),
            1 => format!("avg({distinct}{})", self.value(Type::I64, &row.scope, 0)),
            2 => format!("median({distinct}{})", self.value(Type::F64, &row.scope, 0)),
            3 => {
                let ty = if self.choice.chance(50) { Type::I64 } else { Type::F64 };
                let name = self.percentile();
                format!("{name}({distinct}{}, {})", self.value(ty, &row.scope, 0), self.share())
            }
            _ => {
                let name = *self.choice.pick(&["variance", "stddev", "var_pop", "stddev_pop"]);
                let operand = match self.choice.chance(50) {
                    true => format!("({} % 1000)", self.value(Type::I64, &row.scope, 0)),
                    false => self.quarters(row),
                };
                format!("{name}({distinct}{operand})")
            }
        }
    }

    /// Doubles that may be summed.
    fn summed(&mut self, row: &Row) -> String {
        let has_x = row.scope.row.iter().flat_map(|row| &row.fields).any(|field| field.name == "x");
        if has_x && self.choice.chance(40) { "x".to_owned() } else { self.quarters(row) }
    }

    /// Quarters of small numbers.
    fn quarters(&mut self, row: &Row) -> String {
        let value = self.value(Type::F64, &row.scope, 0);
        format!("(if (abs({value}) < 1000.0) then (round(({value} * 4.0)) / 4.0) else null)")
    }
}
