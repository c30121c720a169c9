//! A few words for building programs by hand, and for reading events and matches as text.
//!
//! Every program has the event types A, B and C with the fields `v: i64?`, `key: str?` and `at: timestamp`, their time.

use crate::hir::*;
use crate::oracle::{Input, InputEvent, OracleMatch, Outcome, run};
use crate::scalar::{Compare, Kind, Type};
use crate::span::Span;
use portent_rt::output::Tree;
use portent_rt::{TimeUnit, Value};

pub(super) const A: TypeId = TypeId(0);
pub(super) const B: TypeId = TypeId(1);
pub(super) const C: TypeId = TypeId(2);
pub(super) const SECOND: i64 = 1_000_000_000;
const V: FieldId = FieldId(0);
const AT: FieldId = FieldId(2);

fn event_type(name: &str, source: Source, fields: Vec<Field>) -> EventType {
    EventType { name: name.into(), fields, source, doc: String::new(), span: Span::default() }
}

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), ty, unit: TimeUnit::Nanos, doc: String::new(), span: Span::default() }
}

/// The declared types.
fn types() -> Vec<EventType> {
    let declared = |name| {
        let time = Some(Expr::field(AT, Type::new(Kind::Timestamp)));
        let fields = vec![
            field("v", Type::nullable(Kind::I64)),
            field("key", Type::nullable(Kind::Str)),
            field("at", Type::new(Kind::Timestamp)),
        ];
        event_type(name, Source::Input { time, lateness: 0 }, fields)
    };
    ["A", "B", "C"].map(declared).into()
}

/// A rule under construction.
pub(super) struct Pattern {
    pub(super) rule: PatternRule,
}

/// The sequence of these parts.
pub(super) fn sequence(parts: impl Into<Vec<Part>>) -> Sequence {
    Sequence { parts: parts.into() }
}

/// `-> element`
pub(super) fn next(element: Element) -> Part {
    Part { arrow: Arrow::SkipTillNext, absent: vec![], element }
}

/// `=> element`
pub(super) fn strict(element: Element) -> Part {
    Part { arrow: Arrow::Strict, ..next(element) }
}

/// `~> element`
pub(super) fn any_later(element: Element) -> Part {
    Part { arrow: Arrow::SkipTillAny, ..next(element) }
}

/// `-> !ty -> element`
pub(super) fn without(ty: TypeId, element: Element) -> Part {
    Part { absent: vec![absence(ty)], ..next(element) }
}

pub(super) fn absence(ty: TypeId) -> Absence {
    Absence { ty, guard: None, span: Span::default() }
}

/// `variable: ty`
pub(super) fn step(variable: u32, ty: TypeId) -> Element {
    Element::Step(Step { variable: Some(VarId(variable)), ty, guard: None, span: Span::default() })
}

/// `variable: ty[guard]`
pub(super) fn step_if(variable: u32, ty: TypeId, guard: Expr) -> Element {
    let variable = Some(VarId(variable));
    Element::Step(Step { variable, ty, guard: Some(guard), span: Span::default() })
}

/// `body{min,max}`, or `body{min,max}+`
pub(super) fn repeat(body: Element, min: u32, max: Option<u32>, greedy: bool) -> Element {
    Element::Repeat(Repeat { body: sequence([next(body)]), min, max, greedy })
}

/// `(body){min,}`
pub(super) fn group(body: Sequence, min: u32) -> Element {
    Element::Repeat(Repeat { body, min, max: None, greedy: false })
}

/// The event's `v`.
pub(super) fn v() -> Expr {
    Expr::field(V, Type::nullable(Kind::I64))
}

/// `variable.v`
pub(super) fn v_of(variable: u32) -> Expr {
    Expr::var(VarId(variable), V, Type::nullable(Kind::I64), true)
}

/// `op(variable.v)`
pub(super) fn aggregate_v(op: AggOp, variable: u32) -> Expr {
    Expr::aggregate(op, VarId(variable), Some(Expr::item(V, Type::nullable(Kind::I64))), true)
}

pub(super) fn compare(op: Compare, left: Expr, right: Expr) -> Expr {
    Expr::compare(op, left, right)
}

pub(super) fn int(value: i64) -> Expr {
    Expr::constant_of(Value::I64(value), Kind::I64)
}

/// A pattern of these parts; `variables` has a letter for the type of each, a small one if it is repeated.
pub(super) fn pattern(variables: &str, parts: impl Into<Vec<Part>>) -> Pattern {
    let variable = |letter: char| Variable {
        name: letter.to_string(),
        ty: TypeId(letter.to_ascii_uppercase() as u32 - 'A' as u32),
        repeated: letter.is_ascii_lowercase(),
        optional: true,
        span: Span::default(),
    };
    let rule = PatternRule {
        types: vec![A, B, C],
        keys: vec![],
        variables: variables.chars().map(variable).collect(),
        leading: vec![],
        body: sequence(parts),
        trailing: None,
        filter: None,
        within: None,
        skip: AfterMatch::None,
        limits: Limits::default(),
    };
    Pattern { rule }
}

impl Pattern {
    /// `within` so many seconds.
    pub(super) fn within(mut self, seconds: i64) -> Self {
        self.rule.within = Some(Within::Time(seconds * SECOND));
        self
    }

    pub(super) fn skip(mut self, skip: AfterMatch) -> Self {
        self.rule.skip = skip;
        self
    }

    /// The pattern names only these types.
    pub(super) fn types(mut self, types: &[TypeId]) -> Self {
        self.rule.types = types.to_vec();
        self
    }

    pub(super) fn trailing(mut self, ty: TypeId, deadline: Deadline) -> Self {
        self.rule.trailing = Some(Trailing { absent: vec![absence(ty)], deadline });
        self
    }

    pub(super) fn change(mut self, change: impl FnOnce(&mut PatternRule)) -> Self {
        change(&mut self.rule);
        self
    }

    /// A program of this rule, which emits all variables.
    pub(super) fn program(self) -> Program {
        let mut program = Program { types: types(), rules: vec![] };
        self.add_to(&mut program);
        program
    }

    /// Adds the rule; the first field of its type is the `v` of variable 0, if that is bound once.
    pub(super) fn add_to(self, program: &mut Program) {
        let mut emit = Vec::new();
        let mut fields = Vec::new();
        for (id, variable) in (0..).map(VarId).zip(&self.rule.variables) {
            let value = if variable.repeated { EmitValue::Records(id) } else { EmitValue::Record(id) };
            emit.push(Emit { name: variable.name.clone(), value, span: Span::default() });
        }
        if self.rule.variables.first().is_some_and(|variable| !variable.repeated) {
            emit.push(Emit { name: "v".into(), value: EmitValue::Scalar(v_of(0)), span: Span::default() });
            fields.push(field("v", Type::nullable(Kind::I64)));
        }
        add(program, RuleBody::Pattern(self.rule), emit, fields);
    }

    /// What the rule finds in events, as text.
    pub(super) fn finds(self, events: &str) -> String {
        show(&run(&self.program(), &read(events)).matches)
    }

    /// Everything that it gives.
    pub(super) fn outcome(self, events: &str) -> Outcome {
        run(&self.program(), &read(events))
    }
}

/// Adds a rule to a program, named R0, R1, and so on.
pub(super) fn add(program: &mut Program, body: RuleBody, emit: Vec<Emit>, fields: Vec<Field>) {
    let rule = RuleId(program.rules.len() as u32);
    let output = TypeId(program.types.len() as u32);
    let name = format!("R{}", rule.0);
    program.types.push(event_type(&name, Source::Rule(rule), fields));
    program.rules.push(Rule { name, output, body, emit, doc: String::new(), span: Span::default() });
}

/// Events such as `A1 B2@5 C3@7/key`: type, `v` (null if left out), seconds (by default one more than the event before) and key
/// (null if left out); `!9` is a watermark at second 9.
pub(super) fn read(text: &str) -> Vec<Input> {
    let mut clock = -1;
    let event = |word: &str| {
        if let Some(second) = word.strip_prefix('!') {
            return Input::Watermark(second.parse::<i64>().unwrap() * SECOND);
        }
        let (word, key) =
            word.split_once('/').map_or((word, Value::Null), |(w, k)| (w, Value::Str(k.into())));
        let (word, second) = word.split_once('@').map_or((word, clock + 1), |(w, s)| (w, s.parse().unwrap()));
        clock = second;
        let number = word[1..].parse().map_or(Value::Null, Value::I64);
        let ty = TypeId(u32::from(word.as_bytes()[0] - b'A'));
        Input::Event(InputEvent { ty, values: vec![number, key, Value::Timestamp(second * SECOND)] })
    };
    text.split_whitespace().map(event).collect()
}

/// Matches such as `(1,[2,3],-)@4`: the `v` of each variable, and seconds.
pub(super) fn show(matches: &[OracleMatch]) -> String {
    let shown = |of: &OracleMatch| {
        let whole = of.fields.iter().filter(|(name, _)| name != "v");
        let trees: Vec<_> = whole.map(|(_, tree)| show_tree(tree)).collect();
        format!("({})@{}", trees.join(","), of.ts / SECOND)
    };
    matches.iter().map(shown).collect::<Vec<_>>().join(" ")
}

fn show_tree(tree: &Tree) -> String {
    let v = |record: &[(String, Tree)]| match &record[0].1 {
        Tree::Value(Value::I64(v)) => v.to_string(),
        other => format!("{other:?}"),
    };
    match tree {
        Tree::Record(record) => v(record),
        Tree::Records(all) => {
            format!("[{}]", all.iter().map(|record| v(record)).collect::<Vec<_>>().join(","))
        }
        Tree::Value(Value::Null) => "-".into(),
        other => format!("{other:?}"),
    }
}
