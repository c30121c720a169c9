//! Plans over two input types, and events for them.

use std::sync::Arc;

use portent_rt::output::{OutputColumn, OutputField, Shape};
use portent_rt::plan::{
    GuardPlan, InputPlan, KeyPlan, MatchField, OperatorPlan, Placement, Plan, RuleInput, RulePlan,
};
use portent_rt::state::{KernelFn, RUN_HEADER};
use portent_rt::{
    Chunk, EventSchema, FieldSchema, Instance, Matches, Options, OutputSchema, TimeUnit, Type, Value,
};

use crate::kernels;

/// `lateness` of both input types.
pub(crate) const LATENESS: i64 = 5;

/// One event: type, key, text, time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) ty: usize,
    pub(crate) key: Option<i64>,
    pub(crate) text: Option<String>,
    pub(crate) at: Option<i64>,
}

impl Event {
    /// An event of type 0 with a key and a time.
    pub(crate) fn new(key: i64, at: i64) -> Self {
        Self { ty: 0, key: Some(key), text: None, at: Some(at) }
    }

    fn values(&self) -> [Value; 3] {
        [
            self.key.map_or(Value::Null, Value::I64),
            self.text.clone().map_or(Value::Null, Value::Str),
            self.at.map_or(Value::Null, Value::Timestamp),
        ]
    }
}

fn input(name: &str, time: KernelFn) -> InputPlan {
    let field = |name: &str, ty| FieldSchema {
        name: name.into(),
        ty,
        nullable: true,
        unit: TimeUnit::Nanos,
        used: true,
    };
    let fields = vec![field("key", Type::I64), field("text", Type::Str), field("at", Type::Timestamp)];
    InputPlan {
        fingerprint: 0,
        schema: EventSchema { name: name.into(), fields },
        lateness: LATENESS,
        time: Some(time),
        time_field: None,
    }
}

/// A rule that emits two integers, over these types.
pub(crate) fn rule(types: &[u32], step: KernelFn) -> RulePlan {
    RulePlan {
        run_shape: portent_rt::plan::RunShape::default(),
        fingerprint: 0,
        inputs: types.iter().map(|&ty| RuleInput { ty, wants: None, opens: None }).collect(),
        keys: Vec::new(),
        guards: Vec::new(),
        step: portent_rt::plan::Step::Kernel(step),
        timer: None,
        sweep: None,
        event_columns: vec![0, 1],
        run_bytes: RUN_HEADER,
        slot_bytes: 32,
        match_bytes: 32,
        match_fields: [16, 24].map(|offset| MatchField { offset, valid_bit: None, list_of: None }).to_vec(),
        runs_max: 7,
        list_max: 7,
        partitions_max: 1 << 20,
        idle_ns: None,
        partitions_fail: false,
    }
}

/// A key of one field, of type `ty`.
pub(crate) fn key(ty: Type, field: usize, inputs: usize) -> KeyPlan {
    KeyPlan { ty, fields: vec![field; inputs] }
}

fn output(name: &str) -> OutputSchema {
    let column = OutputColumn { ty: Type::I64, nullable: false, list: false };
    let field = |(index, name): (usize, &str)| OutputField { name: name.into(), shape: Shape::Scalar(index) };
    OutputSchema {
        name: name.into(),
        fields: ["x", "y"].into_iter().enumerate().map(field).collect(),
        columns: vec![column; 2],
    }
}

/// A program of these rules over the input types A and B, for one instance.
pub(crate) fn plan(guards: Vec<GuardPlan>, rules: Vec<RulePlan>) -> Arc<Plan> {
    let placements = vec![Placement::Whole(0); rules.len()];
    placed(guards, rules, placements)
}

/// The same, for several workers.
pub(crate) fn placed(guards: Vec<GuardPlan>, rules: Vec<RulePlan>, placements: Vec<Placement>) -> Arc<Plan> {
    Arc::new(Plan {
        inputs: vec![input("A", kernels::time::<0>), input("B", kernels::time::<1>)],
        outputs: (0..rules.len()).map(|number| output(&format!("R{number}"))).collect(),
        columns: Vec::new(),
        guards,
        indexes: Vec::new(),
        placements,
        operators: rules.into_iter().map(OperatorPlan::Rule).collect(),
        code: Box::new(()),
    })
}

/// The program of the metamorphic tests:
/// 2 `each` A whose key is no multiple of 3; 3 `count` A and B by key; 4 `quiet` A by text; 5 `chain` over B, 2 (of
/// which only even keys), and 4; 6 `count` by key and text, opened by rows of B whose key is no multiple of 2.
pub(crate) fn standard() -> Arc<Plan> {
    let guards = vec![
        GuardPlan { ty: 0, kernel: kernels::no_multiple::<0, 0, { kernels::KEY }, 3> },
        GuardPlan { ty: 2, kernel: kernels::no_multiple::<1, 2, 0, 2> },
        GuardPlan { ty: 1, kernel: kernels::no_multiple::<2, 1, { kernels::KEY }, 2> },
    ];
    let mut each = rule(&[0], kernels::each::<0>);
    each.inputs[0].wants = Some(vec![0]);
    let mut count = rule(&[0, 1], kernels::count);
    count.keys = vec![key(Type::I64, kernels::KEY, 2)];
    let mut quiet = rule(&[0], kernels::quiet::<0>);
    quiet.keys = vec![key(Type::Str, kernels::TEXT, 1)];
    quiet.timer = Some(kernels::quiet_timer);
    let mut chain = rule(&[1, 2, 4], kernels::chain::<1, 2, 4>);
    chain.inputs[1].wants = Some(vec![1]);
    let mut opened = rule(&[0, 1], kernels::count);
    opened.keys = vec![key(Type::I64, kernels::KEY, 2), key(Type::Str, kernels::TEXT, 2)];
    opened.inputs[0].opens = Some(vec![]);
    opened.inputs[1].opens = Some(vec![2]);
    plan(guards, vec![each, count, quiet, chain, opened])
}

/// An instance of a plan.
pub(crate) fn instance(plan: &Arc<Plan>) -> (Instance, Matches) {
    (
        Instance::new(plan.clone(), Options { batch_rows: 64, ..Options::default() }),
        Matches::new(&plan.outputs),
    )
}

/// Events as a chunk.
pub(crate) fn chunk(plan: &Plan, events: &[Event]) -> Chunk {
    let schemas: Vec<_> = plan.inputs.iter().map(|input| input.schema.clone()).collect();
    let mut chunk = Chunk::new(&schemas);
    for event in events {
        chunk.push(&schemas, event.ty, &event.values());
    }
    chunk
}

/// A match: time, rule, values.
pub(crate) type Line = (i64, u32, [i64; 2]);

/// Matches in order.
pub(crate) fn lines(matches: &Matches) -> Vec<Line> {
    let line = |at: &portent_rt::output::MatchRef| {
        let (batch, row) = (&matches.outputs[at.rule as usize], at.row as usize);
        let value = |column: usize| match batch.columns[column].get(row) {
            Value::I64(value) => value,
            other => panic!("an integer, not {other:?}"),
        };
        (batch.ts[row], at.rule, [value(0), value(1)])
    };
    matches.order.iter().map(line).collect()
}
