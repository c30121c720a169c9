//! Random events for a program that compiles: values of small domains, times that tie and go back, watermarks.

use super::choice::Choice;
use portent_compiler::Rules;
use portent_compiler::hir::{EventType, ExprKind, Field, Source, TypeId};
use portent_compiler::oracle::{Input, InputEvent};
use portent_rt::{Type, Value};

const SECOND: i64 = 1_000_000_000;
const INTS: [i64; 6] = [i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1, 1 << 53, -7];
const FLOATS: [f64; 11] =
    [0.0, -0.0, 1.0, 1.5, 2.0, -1.5, 0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300];
const TEXTS: [&str; 12] = [
    "a",
    "b",
    "ab",
    "a",
    "b",
    "",
    "exactly12byt",
    "thirteen byte",
    "a long text of more than twelve bytes",
    "a long text of more than twelve bytes too",
    "x,y,z",
    "Zürich",
];
const DURATIONS: [i64; 7] = [0, SECOND, 2 * SECOND, -SECOND, SECOND / 2, 1, i64::MAX];
/// 2024-02-29T12:34:56.789Z
const LEAP_DAY: i64 = 1_709_210_096_789_000_000;

/// Inputs by a seed.
pub fn inputs(seed: u64, rules: &Rules) -> Vec<Input> {
    let declared: Vec<(TypeId, &EventType)> =
        (0..).map(TypeId).zip(&rules.hir.types).filter(|(_, ty)| is_input(ty)).collect();
    let mut random = Inputs { choice: Choice::new(seed ^ 0x9e37_79b9_7f4a_7c15), now: 0, step: 0 };
    random.now = match random.choice.below(200) {
        0 => i64::MAX - 12 * SECOND,
        1 => i64::MIN,
        2..=9 => LEAP_DAY,
        _ => 0,
    };
    random.step = random.choice.weighted(&[(0, 10), (1, 50), (2, 30), (4, 10)]);
    let count = random.choice.weighted(&[(3, 10), (8, 30), (16, 35), (30, 20), (90, 5)]);
    let count = 1 + random.choice.below(count);
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        if random.choice.chance(4) {
            all.push(Input::Watermark(random.time(4)));
        }
        let (id, ty) = *random.choice.pick(&declared);
        all.push(Input::Event(random.event(id, ty)));
    }
    all
}

fn is_input(ty: &EventType) -> bool {
    matches!(ty.source, Source::Input { .. })
}

struct Inputs {
    choice: Choice,
    now: i64,
    /// The greatest step of time, in half seconds.
    step: i64,
}

impl Inputs {
    /// Now, or somewhat before; time goes on.
    fn time(&mut self, back: i64) -> i64 {
        let step = self.choice.between(0, self.step);
        // The greatest time there is stands for the end of time, at which nothing happens any more.
        self.now = self.now.saturating_add(step * SECOND / 2).min(i64::MAX - 1);
        let back = if self.choice.chance(85) { 0 } else { self.choice.between(0, back) };
        self.now.saturating_sub(back * SECOND / 2)
    }

    fn event(&mut self, id: TypeId, ty: &EventType) -> InputEvent {
        let Source::Input { time, .. } = &ty.source else { unreachable!("only declared types have inputs") };
        let is_time = |field: &Field| match time.as_ref().map(|time| time.kind()) {
            Some(ExprKind::Field(of)) => ty.fields[of.0 as usize].name == field.name,
            _ => field.name == "at",
        };
        let mut values = Vec::with_capacity(ty.fields.len());
        for field in &ty.fields {
            let null = field.ty.nullable && self.choice.chance(15);
            values.push(match null {
                true => Value::Null,
                false if is_time(field) => Value::Timestamp(self.time(8)),
                false => self.value(field.ty.kind),
            });
        }
        InputEvent { ty: id, values }
    }

    fn value(&mut self, ty: Type) -> Value {
        match ty {
            Type::Bool => Value::Bool(self.choice.chance(50)),
            Type::I64 if self.choice.chance(3) => Value::I64(*self.choice.pick(&INTS)),
            Type::I64 => Value::I64(self.choice.between(-1, 4)),
            Type::F64 if self.choice.chance(70) => Value::F64(*self.choice.pick(&FLOATS[..6])),
            Type::F64 => Value::F64(*self.choice.pick(&FLOATS)),
            Type::Str if self.choice.chance(60) => Value::Str((*self.choice.pick(&TEXTS[..5])).to_owned()),
            Type::Str => Value::Str((*self.choice.pick(&TEXTS)).to_owned()),
            Type::Timestamp if self.choice.chance(10) => Value::Timestamp(LEAP_DAY),
            Type::Timestamp if self.choice.chance(2) => Value::Timestamp(*self.choice.pick(&INTS)),
            Type::Timestamp => Value::Timestamp(self.choice.between(0, 12) * SECOND),
            Type::Duration if self.choice.chance(95) => Value::Duration(*self.choice.pick(&DURATIONS[..6])),
            Type::Duration => Value::Duration(*self.choice.pick(&DURATIONS)),
        }
    }
}
