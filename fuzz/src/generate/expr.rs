//! Expressions of a wanted type over what is in scope. Every compound one is in parentheses.

use super::Generator;
use super::schema::EventType;
use portent_rt::Type;

/// A variable in scope.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) name: String,
    /// The number of its event type.
    pub(super) ty: usize,
    /// Whether it can be read as one event.
    pub(super) single: bool,
    /// Whether it can be aggregated.
    pub(super) many: bool,
}

/// What an expression may speak of.
#[derive(Clone, Default)]
pub(super) struct Scope {
    /// The fields of the event at hand.
    pub(super) row: Option<EventType>,
    /// The variables of the pattern.
    pub(super) bound: Vec<Bound>,
}

const TEXTS: [&str; 9] = [
    "a",
    "b",
    "ab",
    "",
    "A",
    "exactly12byt",
    "thirteen byte",
    "a long text of more than twelve bytes",
    "x,y,z",
];
const INTS: [&str; 10] =
    ["0", "1", "2", "3", "4", "-1", "2", "1", "9223372036854775807", "-9223372036854775808"];
const FLOATS: [&str; 8] = ["0.0", "1.0", "1.5", "2.0", "-1.5", "0.1", "1e300", "-0.0"];
const DURATIONS: [&str; 6] = ["0s", "1s", "2s", "500ms", "1ns", "1h30m"];
const TIMESTAMPS: [&str; 3] = ["@1970-01-01T00:00:03Z", "@1970-01-01T00:00:10Z", "@2024-02-29T12:34:56.789Z"];

impl Generator {
    /// A condition.
    pub(super) fn condition(&mut self, scope: &Scope, depth: u32) -> String {
        let deep = if depth == 0 { 0 } else { 1 };
        let c = |g: &mut Generator| g.condition(scope, depth - 1);
        match self.choice.weighted(&[
            (0, 60),
            (1, 10 * deep),
            (2, 8 * deep),
            (3, 5 * deep),
            (4, 6),
            (5, 6),
            (6, 5),
            (7, 3),
        ]) {
            0 => self.comparison(scope, depth),
            1 => format!("({} and {})", c(self), c(self)),
            2 => format!("({} or {})", c(self), c(self)),
            3 => format!("(not {})", c(self)),
            4 => {
                let ty = self.some_type();
                let negated = self.choice.pick(&["is null", "is not null"]);
                format!("({} {negated})", self.value(ty, scope, depth.saturating_sub(1)))
            }
            5 => self.text_test(scope, depth),
            6 => self.membership(scope, depth),
            _ => self.leaf(Type::Bool, scope),
        }
    }

    pub(super) fn some_type(&mut self) -> Type {
        self.choice.weighted(&[
            (Type::I64, 55),
            (Type::F64, 15),
            (Type::Str, 16),
            (Type::Timestamp, 6),
            (Type::Duration, 5),
            (Type::Bool, 3),
        ])
    }

    /// Most compare a field with something simple, in a way that often holds.
    fn comparison(&mut self, scope: &Scope, depth: u32) -> String {
        let wanted = self.some_type();
        let ty = if self.readable(wanted, scope) { wanted } else { Type::I64 };
        let op = match ty {
            Type::Bool => *self.choice.pick(&["==", "!="]),
            _ => *self.choice.pick(&["==", "!=", "<", "<=", ">", ">=", ">=", "<="]),
        };
        let depth = depth.saturating_sub(1);
        let left = if self.choice.chance(80) { self.read(ty, scope) } else { self.value(ty, scope, depth) };
        let mixed = ty == Type::F64 && self.choice.chance(20);
        let right = self.value(if mixed { Type::I64 } else { ty }, scope, depth);
        format!("({left} {op} {right})")
    }

    fn text_test(&mut self, scope: &Scope, depth: u32) -> String {
        let text = self.value(Type::Str, scope, depth.saturating_sub(1));
        match self.choice.below(4) {
            0 => format!(
                "({text} like {})",
                self.choice.pick(&["\"a%\"", "\"_\"", "\"%b\"", "\"%long%twelve%\""])
            ),
            1 => format!("({text} not like {})", self.choice.pick(&["\"a%\"", "\"%\""])),
            2 => format!(
                "({text} matches {})",
                self.choice.pick(&["\"^a\"", "\"[0-9]\"", "\"^(a|b)+$\"", "\"t.*e\""])
            ),
            _ => {
                let test = *self.choice.pick(&["contains", "starts_with", "ends_with"]);
                format!("{test}({text}, {})", self.value(Type::Str, scope, 0))
            }
        }
    }

    fn membership(&mut self, scope: &Scope, depth: u32) -> String {
        let ty = self.choice.weighted(&[(Type::I64, 60), (Type::Str, 30), (Type::F64, 10)]);
        let left = self.value(ty, scope, depth.saturating_sub(1));
        let not = if self.choice.chance(30) { "not " } else { "" };
        let (a, b) = (self.value(ty, scope, 0), self.value(ty, scope, 0));
        match self.choice.chance(50) {
            true => format!("({left} {not}in ({a}, {b}))"),
            false => format!("({left} {not}between {a} and {b})"),
        }
    }

    /// A value of a type.
    pub(super) fn value(&mut self, ty: Type, scope: &Scope, depth: u32) -> String {
        if depth == 0 || self.choice.chance(55) {
            return self.leaf(ty, scope);
        }
        let depth = depth - 1;
        match self.choice.below(12) {
            0 => {
                let condition = self.condition(scope, depth);
                let (a, b) = (self.value(ty, scope, depth), self.value(ty, scope, depth));
                let b = if self.choice.chance(20) { "null".to_owned() } else { b };
                return format!("(if {condition} then {a} else {b})");
            }
            1 => return format!("({} ?? {})", self.value(ty, scope, depth), self.value(ty, scope, depth)),
            2 => return format!("nullif({}, {})", self.value(ty, scope, depth), self.leaf(ty, scope)),
            _ => {}
        }
        let v = |g: &mut Generator, ty| g.value(ty, scope, depth);
        match ty {
            Type::Bool => self.condition(scope, depth),
            Type::I64 => match self.choice.below(9) {
                0..=2 => {
                    let op = *self.choice.pick(&["+", "-", "*", "/", "%"]);
                    format!("({} {op} {})", v(self, Type::I64), v(self, Type::I64))
                }
                3 => format!("{}({})", self.choice.pick(&["abs", "sign"]).to_owned(), v(self, Type::I64)),
                4 => format!(
                    "{}({}, {})",
                    self.choice.pick(&["min", "max"]).to_owned(),
                    v(self, Type::I64),
                    v(self, Type::I64)
                ),
                5 => format!("length({})", v(self, Type::Str)),
                6 => {
                    let from = *self.choice.pick(&[
                        Type::F64,
                        Type::Bool,
                        Type::Str,
                        Type::Timestamp,
                        Type::Duration,
                    ]);
                    format!("({} as i64)", v(self, from))
                }
                7 => {
                    let part = self
                        .choice
                        .pick(&["year", "month", "day", "hour", "minute", "second", "day_of_week"])
                        .to_owned();
                    format!("{part}({})", v(self, Type::Timestamp))
                }
                _ => {
                    let from = self.some_type();
                    format!("hash({})", v(self, from))
                }
            },
            Type::F64 => match self.choice.below(8) {
                0..=2 => {
                    let op = *self.choice.pick(&["+", "-", "*", "/", "%"]);
                    let left = if self.choice.chance(25) { Type::I64 } else { Type::F64 };
                    format!("({} {op} {})", v(self, left), v(self, Type::F64))
                }
                3 => {
                    let f = *self.choice.pick(&[
                        "abs", "sign", "round", "floor", "ceil", "sqrt", "exp", "ln", "log10", "sin", "cos",
                    ]);
                    format!("{f}({})", v(self, Type::F64))
                }
                4 => {
                    let f = *self.choice.pick(&["min", "max", "pow", "atan2"]);
                    format!("{f}({}, {})", v(self, Type::F64), v(self, Type::F64))
                }
                5 => format!("(-{})", v(self, Type::F64)),
                6 => format!("({} / {})", v(self, Type::Duration), v(self, Type::Duration)),
                _ => {
                    let from = *self.choice.pick(&[Type::I64, Type::Str]);
                    format!("({} as f64)", v(self, from))
                }
            },
            Type::Str => match self.choice.below(7) {
                0 => format!(
                    "{}({})",
                    self.choice.pick(&["lower", "upper", "trim"]).to_owned(),
                    v(self, Type::Str)
                ),
                1 => format!(
                    "substr({}, {}, {})",
                    v(self, Type::Str),
                    self.choice.between(-1, 4),
                    self.choice.between(0, 20)
                ),
                2 | 3 => format!("concat({}, {})", v(self, Type::Str), v(self, Type::Str)),
                4 => format!("replace({}, \"a\", {})", v(self, Type::Str), v(self, Type::Str)),
                5 => format!("split_part({}, \",\", {})", v(self, Type::Str), self.choice.between(-2, 3)),
                _ => {
                    let from = self.some_type();
                    format!("({} as str)", v(self, from))
                }
            },
            Type::Timestamp => match self.choice.below(4) {
                0 => format!("({} + {})", v(self, Type::Timestamp), v(self, Type::Duration)),
                1 => format!("({} - {})", v(self, Type::Timestamp), v(self, Type::Duration)),
                2 => {
                    let unit =
                        self.choice.pick(&["second", "minute", "hour", "day", "month", "year"]).to_owned();
                    format!("date_trunc(\"{unit}\", {})", v(self, Type::Timestamp))
                }
                _ => format!("({} as timestamp)", v(self, Type::I64)),
            },
            Type::Duration => match self.choice.below(6) {
                0 | 1 => format!("({} - {})", v(self, Type::Timestamp), v(self, Type::Timestamp)),
                2 => format!("({} * {})", v(self, Type::Duration), v(self, Type::I64)),
                3 => format!("({} * {})", v(self, Type::Duration), v(self, Type::F64)),
                4 => format!("({} + {})", v(self, Type::Duration), v(self, Type::Duration)),
                _ => format!("(-{})", v(self, Type::Duration)),
            },
        }
    }

    /// Whether there is a field of a type in scope.
    fn readable(&self, ty: Type, scope: &Scope) -> bool {
        let types = scope.bound.iter().map(|bound| &self.types[bound.ty]);
        scope.row.iter().chain(types).any(|event| event.of(ty).next().is_some())
    }

    /// A field, an aggregate or a literal.
    pub(super) fn leaf(&mut self, ty: Type, scope: &Scope) -> String {
        if self.choice.chance(65) { self.read(ty, scope) } else { self.literal(ty) }
    }

    /// A field or an aggregate; a literal if there is none.
    fn read(&mut self, ty: Type, scope: &Scope) -> String {
        let mut reads: Vec<(String, u32)> = Vec::new();
        let own = scope.row.iter().flat_map(|row| row.of(ty));
        reads.extend(own.map(|field| (field.name.clone(), 6)));
        for bound in &scope.bound {
            let fields: Vec<&str> = self.types[bound.ty].of(ty).map(|field| field.name.as_str()).collect();
            if bound.single {
                reads.extend(fields.iter().map(|field| (format!("{}.{field}", bound.name), 5)));
            }
            if bound.many {
                reads.extend(self.aggregates(ty, bound).into_iter().map(|aggregate| (aggregate, 1)));
            }
        }
        if reads.is_empty() {
            return self.literal(ty);
        }
        let weights: Vec<(usize, u32)> =
            reads.iter().enumerate().map(|(at, (_, weight))| (at, *weight)).collect();
        reads[self.choice.weighted(&weights)].0.clone()
    }

    /// The aggregates of a repeated variable that are of a type.
    pub(super) fn aggregates(&self, ty: Type, bound: &Bound) -> Vec<String> {
        let (event, name) = (&self.types[bound.ty], &bound.name);
        let mut all = Vec::new();
        for field in event.of(ty).map(|field| &field.name) {
            all.extend([format!("first({name}).{field}"), format!("last({name}).{field}")]);
            all.extend([format!("min({name}.{field})"), format!("max({name}.{field})")]);
            if matches!(ty, Type::I64 | Type::F64 | Type::Duration) {
                all.push(format!("sum({name}.{field})"));
            }
            if matches!(ty, Type::F64 | Type::Duration) {
                all.push(format!("avg({name}.{field})"));
            }
        }
        match ty {
            Type::I64 => {
                all.push(format!("count({name})"));
                all.extend(event.fields.iter().map(|field| format!("count({name}.{})", field.name)));
                all.extend(event.of(ty).map(|field| format!("sum({name}.{0} * {name}.{0} + 1)", field.name)));
            }
            Type::F64 => {
                all.extend(event.of(Type::I64).flat_map(|field| {
                    [format!("avg({name}.{})", field.name), format!("stddev({name}.{})", field.name)]
                }));
                all.extend(event.of(ty).map(|field| format!("stddev({name}.{})", field.name)));
            }
            _ => {}
        }
        all
    }

    /// A constant.
    pub(super) fn literal(&mut self, ty: Type) -> String {
        match ty {
            Type::Bool => (*self.choice.pick(&["true", "false"])).to_owned(),
            Type::I64 => match self.choice.chance(97) {
                true => (*self.choice.pick(&INTS[..8])).to_owned(),
                false => (*self.choice.pick(&INTS)).to_owned(),
            },
            Type::F64 => (*self.choice.pick(&FLOATS)).to_owned(),
            Type::Str => format!("\"{}\"", self.choice.pick(&TEXTS)),
            Type::Timestamp => (*self.choice.pick(&TIMESTAMPS)).to_owned(),
            Type::Duration => (*self.choice.pick(&DURATIONS)).to_owned(),
        }
    }
}
