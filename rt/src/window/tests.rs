//! Window operators against recomputation of every window from all rows, with batches cut anywhere.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::column::Value;
use crate::instance::front::Front;
use crate::instance::work::{Work, shapes};
use crate::plan::window::{AggregatePlan, RowsPolicy, WindowColumn};
use crate::plan::{GuardPlan, InputPlan, OperatorPlan, Placement, Plan};
use crate::schema::{EventSchema, FieldSchema, TimeUnit};
use crate::shard::Shard;
use crate::state::{Context, rank};

/// Fields of the event type, and the key `k`.
const INT: usize = 0;
const FLOAT: usize = 1;
const TEXT: usize = 2;
const TRUTH: usize = 3;
const KEY: usize = 4;
const TYPES: [Type; 5] = [Type::I64, Type::F64, Type::Str, Type::Bool, Type::I64];

#[derive(Clone, Debug)]
struct Row {
    time: i64,
    seq: i64,
    values: [Value; 5],
}

impl Row {
    /// The guard of the tests: the integer is there and even.
    fn even(&self) -> bool {
        matches!(self.values[INT], Value::I64(value) if value % 2 == 0)
    }
}

unsafe extern "C" fn even(context: *mut Context) {
    // SAFETY: called as a guard kernel: the batch has rows of the only type, and the bitmap a bit for each.
    unsafe {
        let batch = &*(*context).batches;
        let column = &*batch.columns;
        for row in 0..batch.len as usize {
            let valid = *column.validity.add(row / 64) >> (row % 64) & 1 == 1;
            let holds = valid && *column.values.cast::<i64>().add(row) % 2 == 0;
            *(*(*context).guards).add(row / 64) |= u64::from(holds) << (row % 64);
        }
    }
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn rows(&mut self, count: u64) -> Vec<Row> {
        let mut time = self.below(40) as i64 - 30;
        (1..=count as i64)
            .map(|seq| {
                time += [0, 0, 1, 1, 2, 3, 7, 25][self.below(8) as usize];
                let mut value = |make: fn(u64) -> Value| match self.below(5) {
                    0 => Value::Null,
                    _ => make(self.below(7)),
                };
                let values = [
                    value(|of| Value::I64(of as i64 - 3)),
                    value(|of| Value::F64([0.5, -1.5, 2.0, -0.0, 0.0, f64::NAN, 0.25][of as usize])),
                    value(|of| {
                        Value::Str(["", "a", "a long text it is", "b", "c", "d", "e"][of as usize].into())
                    }),
                    value(|of| Value::Bool(of % 2 == 0)),
                    value(|of| Value::I64(of as i64 % 3)),
                ];
                Row { time, seq, values }
            })
            .collect()
    }
}

fn aggregate(function: Function, argument: usize) -> AggregatePlan {
    AggregatePlan { function, argument: Some(argument), by: None, filter: None, distinct: false }
}

/// All aggregates, or those that keep no rows.
fn aggregates(large: bool) -> Vec<AggregatePlan> {
    use Function::*;
    let mut all = vec![AggregatePlan { argument: None, ..aggregate(Count, 0) }];
    for field in [INT, FLOAT, TEXT, TRUTH] {
        all.extend([Count, Min, Max, First, Last, Collect].map(|function| aggregate(function, field)));
        all.extend(
            [Count, Collect].map(|function| AggregatePlan { distinct: true, ..aggregate(function, field) }),
        );
        all.push(AggregatePlan { by: Some(FLOAT), ..aggregate(ArgMax, field) });
        all.push(AggregatePlan { by: Some(INT), ..aggregate(ArgMin, field) });
        all.push(AggregatePlan { by: Some(TEXT), ..aggregate(ArgMax, field) });
    }
    for field in [INT, FLOAT] {
        let of = [Sum, Avg, Variance, Stddev, VariancePop, StddevPop, Percentile(0.5), Percentile(0.3)];
        all.extend(of.map(|function| aggregate(function, field)));
        all.push(aggregate(ApproxPercentile(0.7), field));
        let of = [Percentile(0.5), ApproxPercentile(0.4), Min, VariancePop];
        all.extend(of.map(|function| AggregatePlan { distinct: true, ..aggregate(function, field) }));
    }
    all.push(aggregate(ApproxDistinct, INT));
    all.push(AggregatePlan { distinct: true, ..aggregate(All, TRUTH) });
    all.extend([Any, All].map(|function| aggregate(function, TRUTH)));
    all.push(AggregatePlan { distinct: true, ..aggregate(Sum, INT) });
    let filtered: Vec<_> = all.iter().map(|of| AggregatePlan { filter: Some(0), ..of.clone() }).collect();
    all.extend(filtered);
    let keeps = |of: &AggregatePlan| of.distinct || matches!(of.function, Percentile(_) | Collect);
    all.retain(|of| large || !keeps(of));
    all
}

fn plan(window: Window, keys: Vec<usize>, large: bool) -> Plan {
    let fields = TYPES.iter().map(|&ty| FieldSchema {
        name: "f".into(),
        ty,
        nullable: true,
        unit: TimeUnit::Nanos,
        used: true,
    });
    let schema = EventSchema { name: "E".into(), fields: fields.collect() };
    let aggregates = aggregates(large);
    let time = OutputColumn { ty: Type::Timestamp, nullable: false, list: false };
    let column = |value, shape| WindowColumn { value, shape, used: true };
    let mut columns = vec![column(WindowValue::Start, time), column(WindowValue::End, time)];
    for (number, &key) in keys.iter().enumerate() {
        let shape = OutputColumn { ty: TYPES[key], nullable: true, list: false };
        columns.push(column(WindowValue::Key(number), shape));
    }
    for (number, of) in aggregates.iter().enumerate() {
        let shape = of.function.result(of.argument.map(|field| TYPES[field])).unwrap();
        columns.push(column(WindowValue::Aggregate(number), shape));
    }
    let window = WindowPlan {
        name: "Q".into(),
        fingerprint: 0,
        ty: 0,
        wants: None,
        keys,
        window,
        aggregates,
        columns,
        groups_max: 1 << 20,
        groups_fail: true,
        rows_max: 1 << 20,
        rows_policy: RowsPolicy::Fail,
    };
    Plan {
        inputs: vec![InputPlan { schema, fingerprint: 0, lateness: 0, time: None, time_field: None }],
        outputs: vec![],
        columns: vec![],
        guards: vec![GuardPlan { ty: 0, kernel: even }],
        indexes: vec![],
        operators: vec![OperatorPlan::Window(window)],
        placements: vec![Placement::Whole(0)],
        code: Box::new(()),
    }
}

type Line = (i64, i64, Vec<Value>);

/// What an operator makes of rows, with batches of up to `most` rows.
fn run(plan: &Plan, rows: &[Row], most: u64, random: &mut Random) -> Vec<Line> {
    crate::instance::check::check(plan);
    let OperatorPlan::Window(of) = &plan.operators[0] else { unreachable!("a window") };
    let (mut work, mut out) =
        (Work::new(plan, &[Share::All], Shard::ALL, Front::new(plan, Shard::ALL)), Vec::new());
    let mut run = WindowRun::new(of, &shapes(plan)[0]);
    let mut rest = rows;
    loop {
        let (batch, later) = rest.split_at(rest.len().min(1 + random.below(most) as usize));
        let columns: Vec<Column> = (0..TYPES.len())
            .map(|field| {
                let mut column = Column::new(TYPES[field], true);
                batch.iter().for_each(|row| column.push(&row.values[field]));
                column
            })
            .collect();
        batch.iter().for_each(|row| work.rows_mut(0).times.push(row.time));
        work.rows_mut(0).seqs.extend(batch.iter().map(|row| row.seq));
        work.rows_mut(0).borrow(columns.iter(), 0, batch.len());
        work.publish(0);
        work.evaluate(plan, 0);
        let now = match (batch.last(), later.first()) {
            (_, None) => i64::MAX,
            // Whether the watermark has come further makes no difference.
            (_, Some(next)) if random.below(2) == 0 => next.time,
            (last, _) => last.unwrap().time,
        };
        run.evaluate(of, &work, &mut Share::All, now).unwrap();
        for row in 0..run.ts.len() {
            let values = run.columns().iter().map(|column| column.get(row)).collect();
            out.push((run.ts[row], rank(run.seqs[row]), values));
        }
        // By what orders rows of several workers, those of one are in order.
        assert!(run.ts.iter().zip(&run.seqs).is_sorted(), "{:?} {:?}", run.ts, run.seqs);
        work.clear();
        if later.is_empty() {
            return out;
        }
        rest = later;
    }
}

/// Values that are there, or, for those that see nulls, all.
fn naive(of: &AggregatePlan, rows: &[&Row]) -> Value {
    let seen: Vec<&&Row> = rows.iter().filter(|row| of.filter.is_none() || row.even()).collect();
    let Some(field) = of.argument else { return Value::I64(seen.len() as i64) };
    let mut all: Vec<Value> = seen.iter().map(|row| row.values[field].clone()).collect();
    if of.distinct {
        let same = |a: &Value, b: &Value| match (a, b) {
            (Value::F64(a), Value::F64(b)) => a == b || a.is_nan() && b.is_nan(),
            _ => a == b,
        };
        let mut once: Vec<Value> = Vec::new();
        for value in all {
            if !once.iter().any(|of| same(of, &value)) {
                once.push(value);
            }
        }
        all = once;
    }
    let there: Vec<Value> = all.iter().filter(|value| **value != Value::Null).cloned().collect();
    match of.function {
        Function::Count => return Value::I64(there.len() as i64),
        Function::ApproxDistinct => return naive_registers(&there),
        Function::Collect => return Value::List(all),
        Function::First => return all.first().cloned().unwrap_or(Value::Null),
        Function::Last => return all.last().cloned().unwrap_or(Value::Null),
        Function::ArgMax | Function::ArgMin => return naive_arg(of, &seen),
        _ if there.is_empty() => return Value::Null,
        Function::Min => return best(&there, false),
        Function::Max => return best(&there, true),
        Function::Any => return Value::Bool(there.contains(&Value::Bool(true))),
        Function::All => return Value::Bool(!there.contains(&Value::Bool(false))),
        _ => {}
    }
    let numbers: Vec<f64> = there
        .iter()
        .map(|value| match value {
            Value::I64(value) => *value as f64,
            Value::F64(value) => *value,
            _ => unreachable!("numbers"),
        })
        .collect();
    naive_number(of.function, field == INT, numbers)
}

fn naive_registers(hashes: &[Value]) -> Value {
    let mut registers = registers::Registers::default();
    for hash in hashes {
        let Value::I64(hash) = hash else { unreachable!("hashes") };
        registers.push(*hash);
    }
    Value::I64(registers.estimate())
}

fn naive_number(function: Function, whole: bool, mut numbers: Vec<f64>) -> Value {
    let (count, sum) = (numbers.len() as f64, numbers.iter().sum::<f64>());
    let squares: f64 = numbers.iter().map(|x| x * x).sum();
    let spread = count * squares - sum * sum;
    Value::F64(match function {
        Function::Sum if whole => return Value::I64(sum as i64),
        Function::Sum => sum + 0.0,
        Function::Avg => sum / count,
        Function::VariancePop => spread / count / count,
        Function::StddevPop => (spread / count / count).sqrt(),
        Function::Variance | Function::Stddev if numbers.len() < 2 => return Value::Null,
        Function::Variance => spread / count / (count - 1.0),
        Function::Stddev => (spread / count / (count - 1.0)).sqrt(),
        // The numbers of the tests are not changed by rounding.
        Function::Percentile(fraction) | Function::ApproxPercentile(fraction) => {
            numbers.sort_by(|a, b| match (a.is_nan(), b.is_nan()) {
                (false, false) => a.total_cmp(b),
                (a, b) => a.cmp(&b),
            });
            let rank = fraction * (count - 1.0);
            let (low, part) = (numbers[rank as usize], rank.fract());
            match numbers.get(rank as usize + 1) {
                Some(high) if part > 0.0 => low + (high - low) * part,
                _ => low,
            }
        }
        _ => unreachable!("numbers"),
    })
}

/// The order of values with NaN worse than any number.
fn better(new: &Value, old: &Value, greatest: bool) -> bool {
    let order = match (new, old) {
        (Value::F64(new), _) if new.is_nan() => return false,
        (_, Value::F64(old)) if old.is_nan() => return true,
        (Value::F64(new), Value::F64(old)) => new.total_cmp(old),
        (Value::I64(new), Value::I64(old)) => new.cmp(old),
        (Value::Str(new), Value::Str(old)) => new.cmp(old),
        (Value::Bool(new), Value::Bool(old)) => new.cmp(old),
        _ => unreachable!("values of one type"),
    };
    if greatest { order.is_gt() } else { order.is_lt() }
}

fn best(values: &[Value], greatest: bool) -> Value {
    let pick = |old: Value, new: &Value| if better(new, &old, greatest) { new.clone() } else { old };
    values[1..].iter().fold(values[0].clone(), pick)
}

fn naive_arg(of: &AggregatePlan, rows: &[&&Row]) -> Value {
    let by = of.by.unwrap();
    let mut rows = rows.iter().filter(|row| row.values[by] != Value::Null);
    let Some(first) = rows.next() else { return Value::Null };
    let greatest = of.function == Function::ArgMax;
    let mut found = first;
    for row in rows {
        if better(&row.values[by], &found.values[by], greatest) {
            found = row;
        }
    }
    found.values[of.argument.unwrap()].clone()
}

/// A window: time and number of the row that it makes, number of its first row where that decides, rows, start and end.
type Closed<'a> = (i64, i64, i64, Vec<&'a Row>, i64, i64);

/// The windows of rows, in order.
fn windows(window: Window, keyed: bool, rows: &[Row]) -> Vec<Closed<'_>> {
    let key = |row: &Row| if keyed { row.values[KEY].clone() } else { Value::Null };
    let mut out = Vec::new();
    let group = |row: &Row| rows.iter().filter(move |of| key(of) == key(row)).collect::<Vec<_>>();
    match window {
        Window::Hopping { size, every, offset } => {
            for k in -200..400i64 {
                let start = k * every + offset;
                let inside = |row: &&&Row| (start..start + size).contains(&row.time);
                let mut done: Vec<Value> = Vec::new();
                for row in rows {
                    if inside(&&row) && !done.contains(&key(row)) {
                        done.push(key(row));
                        let of = group(row).into_iter().filter(|row| inside(&row)).collect();
                        out.push((start + size, 0, row.seq, of, start, start + size));
                    }
                }
            }
        }
        Window::Session { gap, max } => {
            let mut done: Vec<Value> = Vec::new();
            for row in rows {
                if done.contains(&key(row)) {
                    continue;
                }
                done.push(key(row));
                let mut session: Vec<&Row> = Vec::new();
                let end = |of: &[&Row]| {
                    let end = of[of.len() - 1].time + gap;
                    max.map_or(end, |max| end.min(of[0].time + max))
                };
                for row in group(row) {
                    if !session.is_empty() && row.time >= end(&session) {
                        let (end, start) = (end(&session), session[0]);
                        out.push((end, 0, start.seq, take(&mut session), start.time, end));
                    }
                    session.push(row);
                }
                let (end, start) = (end(&session), session[0]);
                out.push((end, 0, start.seq, session, start.time, end));
            }
        }
        Window::Batch { count, partial } => {
            let mut done: Vec<Value> = Vec::new();
            for row in rows {
                if done.contains(&key(row)) {
                    continue;
                }
                done.push(key(row));
                for of in group(row).chunks(count as usize) {
                    let last = of[of.len() - 1];
                    if of.len() as u64 == count {
                        out.push((last.time, last.seq, 0, of.to_vec(), of[0].time, last.time));
                    } else if partial {
                        out.push((END_MAX, AT_DEADLINE, of[0].seq, of.to_vec(), of[0].time, last.time));
                    }
                }
            }
        }
        Window::Sliding { .. } | Window::Last(_) | Window::Running => {
            for row in rows {
                let mut of: Vec<&Row> = group(row).into_iter().filter(|of| of.seq <= row.seq).collect();
                let start = match window {
                    Window::Sliding { size } => {
                        of.retain(|of| of.time > row.time - size);
                        row.time - size
                    }
                    Window::Last(count) => {
                        of.drain(..of.len().saturating_sub(count as usize));
                        of[0].time
                    }
                    _ => of[0].time,
                };
                out.push((row.time, row.seq, 0, of, start, row.time));
            }
        }
    }
    out.sort_by_key(|&(ts, seq, first, ..)| (ts, seq, first));
    out
}

fn model(plan: &Plan, rows: &[Row]) -> Vec<Line> {
    let OperatorPlan::Window(of) = &plan.operators[0] else { unreachable!("a window") };
    let windows = windows(of.window, !of.keys.is_empty(), rows).into_iter();
    windows
        .map(|(ts, seq, _, rows, start, end)| {
            let mut values = vec![Value::Timestamp(start), Value::Timestamp(end)];
            values.extend(of.keys.iter().map(|&key| rows[0].values[key].clone()));
            values.extend(of.aggregates.iter().map(|of| naive(of, &rows)));
            (ts, seq, values)
        })
        .collect()
}

/// Equal, NaN to NaN, and doubles up to what the naive computation loses.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::F64(a), Value::F64(b)) => {
            a.is_nan() && b.is_nan()
                || a.to_bits() == b.to_bits()
                || *a != 0.0 && (a - b).abs() < 1e-12
                || *a == 0.0 && *b == 0.0
        }
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => a == b,
    }
}

fn agrees(window: Window, seeds: core::ops::Range<u64>) {
    for seed in seeds {
        let mut random = Random(seed);
        let keys = if seed % 3 == 0 { vec![] } else { vec![KEY] };
        // Without aggregates that keep rows, groups that are alone are taken by kernels.
        let large = seed % 2 == 0;
        let plan = plan(window, keys, large);
        let count = random.below(if large { 60 } else { 200 });
        let rows = random.rows(count);
        let most = 1 + seed * 7 % if large { 40 } else { 190 };
        let (found, expected) = (run(&plan, &rows, most, &mut random), model(&plan, &rows));
        let OperatorPlan::Window(of) = &plan.operators[0] else { unreachable!("a window") };
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!((found.0, found.1), (expected.0, expected.1), "{window:?} {seed}: key of row {at}");
            for (column, (found, expected)) in found.2.iter().zip(&expected.2).enumerate() {
                let what = of.columns[column].value;
                let of = match what {
                    WindowValue::Aggregate(number) => Some(&of.aggregates[number]),
                    _ => None,
                };
                assert!(
                    same(found, expected),
                    "{window:?} {seed}: row {at}, {what:?} {of:?}: {found:?}, not {expected:?}"
                );
            }
        }
        assert_eq!(found.len(), expected.len(), "{window:?} {seed}");
    }
}

#[test]
fn tumbling() {
    agrees(Window::Hopping { size: 10, every: 10, offset: 0 }, 0..60);
    agrees(Window::Hopping { size: 7, every: 7, offset: -3 }, 60..100);
}

#[test]
fn hopping() {
    agrees(Window::Hopping { size: 12, every: 4, offset: 1 }, 0..60);
    agrees(Window::Hopping { size: 10, every: 4, offset: 0 }, 60..100);
    agrees(Window::Hopping { size: 3, every: 8, offset: 2 }, 100..140);
}

#[test]
fn sliding() {
    agrees(Window::Sliding { size: 1 }, 0..30);
    agrees(Window::Sliding { size: 9 }, 30..100);
    agrees(Window::Sliding { size: 70 }, 100..150);
}

#[test]
fn sessions() {
    agrees(Window::Session { gap: 3, max: None }, 0..60);
    agrees(Window::Session { gap: 8, max: Some(10) }, 60..120);
    agrees(Window::Session { gap: 8, max: Some(5) }, 120..150);
}

#[test]
fn by_count() {
    agrees(Window::Last(1), 0..20);
    agrees(Window::Last(5), 20..60);
    agrees(Window::Last(30), 180..220);
    agrees(Window::Batch { count: 4, partial: false }, 60..100);
    agrees(Window::Batch { count: 4, partial: true }, 100..140);
    agrees(Window::Running, 140..180);
}
