//! Random syntax trees, for the round trip through text. Only trees that a text can have: the parser's normal form.

use crate::ast::*;
use crate::span::{Span, Spanned};
use proptest::prelude::*;

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

pub(super) fn ident() -> impl Strategy<Value = Ident> {
    let name = prop_oneof![
        8 => "[a-z_][a-z0-9_]{0,6}".prop_filter("a reserved word", |name| !crate::dsl::failure::RESERVED.contains(&name.as_str())),
        1 => prop::sample::select(vec!["where", "event", "not", "from", "last", "window", "within", "distinct", "filter", "max", "for"])
            .prop_map(str::to_string),
    ];
    name.prop_map(|name| Ident { name, span: Span::default() })
}

fn boxed(expr: impl Strategy<Value = Expr>) -> impl Strategy<Value = Box<Expr>> {
    expr.prop_map(Box::new)
}

fn leaf() -> impl Strategy<Value = ExprKind> {
    prop_oneof![
        Just(ExprKind::Null),
        any::<bool>().prop_map(ExprKind::Bool),
        any::<i64>().prop_map(ExprKind::Int),
        (-9i64..9).prop_map(ExprKind::Int),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(ExprKind::Float),
        any::<String>().prop_map(ExprKind::Str),
        (-i64::MAX..i64::MAX).prop_map(ExprKind::Duration),
        any::<i64>().prop_map(ExprKind::Timestamp),
        ident().prop_map(ExprKind::Name),
        ident().prop_map(ExprKind::Name),
    ]
}

fn binary_op() -> impl Strategy<Value = BinaryOp> {
    use BinaryOp::*;
    prop::sample::select(vec![Or, And, Eq, Ne, Lt, Le, Gt, Ge, Coalesce, Add, Sub, Mul, Div, Rem])
}

fn cast_type() -> impl Strategy<Value = TypeRef> {
    scalar().prop_map(|scalar| TypeRef { scalar, unit: None, nullable: false, span: Span::default() })
}

fn scalar() -> impl Strategy<Value = ScalarName> {
    use ScalarName::*;
    prop::sample::select(vec![Bool, I64, F64, Str, Timestamp, Duration])
}

pub(super) fn expr() -> impl Strategy<Value = Expr> {
    let with_span = |kind| Expr { kind, span: Span::default() };
    leaf().prop_map(with_span).prop_recursive(5, 40, 4, move |inner| {
        let operand = || boxed(inner.clone());
        let kind = prop_oneof![
            (operand(), ident()).prop_map(|(base, field)| ExprKind::Field { base, field }),
            call(inner.clone()),
            operand().prop_map(|inner| ExprKind::Unary(UnaryOp::Not, inner)),
            operand().prop_map(|inner| ExprKind::Unary(UnaryOp::Neg, inner)),
            (binary_op(), operand(), operand()).prop_map(|(op, left, right)| ExprKind::Binary(
                at(op),
                left,
                right
            )),
            (binary_op(), operand(), operand()).prop_map(|(op, left, right)| ExprKind::Binary(
                at(op),
                left,
                right
            )),
            (operand(), any::<bool>()).prop_map(|(operand, negated)| ExprKind::IsNull { operand, negated }),
            (operand(), prop::collection::vec(inner.clone(), 1..4), any::<bool>())
                .prop_map(|(operand, list, negated)| ExprKind::In { operand, list, negated }),
            (operand(), operand(), operand(), any::<bool>())
                .prop_map(|(operand, low, high, negated)| ExprKind::Between { operand, low, high, negated }),
            (operand(), operand(), any::<bool>(), any::<bool>()).prop_map(
                |(operand, pattern, like, negated)| {
                    let op = if like { TextMatchOp::Like } else { TextMatchOp::Matches };
                    ExprKind::TextMatch { op, operand, pattern, negated }
                }
            ),
            (operand(), operand(), operand()).prop_map(|(condition, then, otherwise)| ExprKind::If {
                condition,
                then,
                otherwise
            }),
            (operand(), cast_type()).prop_map(|(operand, ty)| ExprKind::Cast { operand, ty }),
        ];
        kind.prop_map(with_span)
    })
}

fn call(inner: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = ExprKind> {
    let args = prop::collection::vec(inner.clone(), 0..3);
    let filter = prop::option::of(boxed(inner));
    (ident(), any::<bool>(), args, filter).prop_map(|(function, distinct, args, filter)| ExprKind::Call {
        function,
        distinct: distinct && !args.is_empty(),
        args,
        filter,
    })
}

fn step() -> impl Strategy<Value = Step> {
    (prop::option::of(ident()), ident(), prop::option::of(expr())).prop_map(|(variable, ty, guard)| Step {
        variable,
        ty,
        guard,
        span: Span::default(),
    })
}

fn quantifier() -> impl Strategy<Value = Quantifier> {
    (0u32..4, prop::option::of(0u32..4), any::<bool>()).prop_map(|(min, more, greedy)| Quantifier {
        min,
        max: more.map(|more| (min + more).max(1)),
        greedy,
        span: Span::default(),
    })
}

fn duration() -> impl Strategy<Value = i64> {
    prop_oneof![1i64..1_000_000, (1i64..1000).prop_map(|seconds| seconds * 1_000_000_000), 1i64..i64::MAX]
}

fn element(pattern: impl Strategy<Value = Pattern>) -> impl Strategy<Value = Element> {
    let negation = (step(), prop::option::of(duration())).prop_map(|(step, hold)| {
        Element::Not(Negation {
            step: Step { variable: None, ..step },
            hold: hold.map(at),
            span: Span::default(),
        })
    });
    prop_oneof![3 => pattern.prop_map(Element::Match), 1 => negation]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let with_span = |kind| Pattern { kind, span: Span::default() };
    step().prop_map(PatternKind::Step).prop_map(with_span).prop_recursive(3, 12, 3, move |inner| {
        let arrow =
            prop::sample::select(vec![Arrow::SkipTillNext, Arrow::Strict, Arrow::SkipTillAny]).prop_map(at);
        let rest = prop::collection::vec((arrow, element(inner.clone())), 1..4);
        let sides = || prop::collection::vec(inner.clone(), 2..4);
        let kind = prop_oneof![
            (element(inner.clone()), rest)
                .prop_map(|(first, rest)| PatternKind::Sequence { first: Box::new(first), rest }),
            sides().prop_map(PatternKind::Alternatives),
            sides().prop_map(PatternKind::All),
            (inner.clone(), quantifier())
                .prop_map(|(inner, quantifier)| PatternKind::Repeat(Box::new(inner), quantifier)),
        ];
        kind.prop_map(with_span)
    })
}

fn doc() -> impl Strategy<Value = String> {
    prop_oneof![2 => Just(String::new()), 1 => "[A-Za-z][a-z/ ]{0,10}[a-z](\n[a-z ]{0,5}[a-z]){0,2}"]
}

fn event() -> impl Strategy<Value = Item> {
    let ty = (scalar(), any::<bool>(), any::<bool>()).prop_map(|(scalar, nullable, unit)| TypeRef {
        scalar,
        unit: (unit && scalar == ScalarName::Timestamp).then_some(TimeUnit::Us),
        nullable,
        span: Span::default(),
    });
    let field =
        (doc(), ident(), ty).prop_map(|(doc, name, ty)| Field { doc, name, ty, span: Span::default() });
    let fields = prop::collection::vec(field, 0..5);
    (doc(), ident(), fields, prop::option::of(expr()), prop::option::of(0..i64::MAX)).prop_map(
        |(doc, name, fields, time, lateness)| {
            let (time, lateness) = (time.map(at), lateness.map(at));
            Item::Event(Event { doc, name, fields, time, lateness, span: Span::default() })
        },
    )
}

fn emit_items() -> impl Strategy<Value = Vec<EmitItem>> {
    let item = (ident(), any::<bool>(), expr()).prop_map(|(name, named, value)| {
        let bare = !named && matches!(value.kind, ExprKind::Name(_) | ExprKind::Field { .. });
        EmitItem { name: (!bare).then_some(name), value, span: Span::default() }
    });
    prop::collection::vec(item, 0..5)
}

fn pattern_rule() -> impl Strategy<Value = Item> {
    let qualified = (ident(), ident()).prop_map(|(ty, field)| QualifiedField { ty, field });
    let key = prop_oneof![
        ident().prop_map(PartitionItem::Field),
        prop::collection::vec(qualified, 2..4).prop_map(PartitionItem::Equal),
    ];
    let within = prop_oneof![duration().prop_map(Within::Time), (1u64..1000).prop_map(Within::Events)];
    let skip = prop_oneof![
        Just(AfterMatch::None),
        Just(AfterMatch::ToNext),
        Just(AfterMatch::PastLast),
        ident().prop_map(AfterMatch::ToFirst),
        ident().prop_map(AfterMatch::ToLast),
    ];
    let runs = (1u64..1000, prop::option::of(Just(LimitPolicy::DropOldest))).prop_map(|(bound, policy)| {
        vec![Limit { what: LimitKind::Runs, bound: at(bound), policy: policy.map(at), span: Span::default() }]
    });
    let idle = duration().prop_map(|nanos| {
        let bound = at(nanos.unsigned_abs());
        vec![Limit { what: LimitKind::Idle, bound, policy: None, span: Span::default() }]
    });
    let clauses = (
        prop::option::of(prop::collection::vec(key, 1..3)),
        prop::option::of(expr()),
        prop::option::of(within),
        prop::option::of(skip),
        prop::option::of(prop_oneof![runs, idle]),
        prop::option::of(emit_items()),
    );
    (doc(), ident(), pattern(), clauses).prop_map(|(doc, name, pattern, clauses)| {
        let (partition, filter, within, skip, limits, emit) = clauses;
        Item::Pattern(PatternRule {
            doc,
            name,
            partition: partition.map(at),
            pattern: at(pattern),
            filter: filter.map(at),
            within: within.map(at),
            skip: skip.map(at),
            limits: limits.map(at),
            emit: emit.map(at),
            span: Span::default(),
        })
    })
}

fn window() -> impl Strategy<Value = Window> {
    let offset = || prop::option::of(0..i64::MAX);
    prop_oneof![
        (duration(), offset()).prop_map(|(size, offset)| Window::Tumbling { size, offset }),
        (duration(), duration(), offset()).prop_map(|(size, every, offset)| Window::Hopping {
            size,
            every,
            offset
        }),
        duration().prop_map(|size| Window::Sliding { size }),
        (duration(), prop::option::of(duration())).prop_map(|(gap, max)| Window::Session { gap, max }),
        (1u64..1000).prop_map(Window::Last),
        (1u64..1000).prop_map(Window::Batch),
    ]
}

fn query_rule() -> impl Strategy<Value = Item> {
    let rows = (1u64..1000, prop::option::of(Just(LimitPolicy::DropNew))).prop_map(|(bound, policy)| {
        vec![Limit { what: LimitKind::Rows, bound: at(bound), policy: policy.map(at), span: Span::default() }]
    });
    let clauses = (
        prop::option::of(window()),
        prop::option::of(prop::collection::vec(expr(), 1..3)),
        prop::option::of(rows),
        prop::option::of(expr()),
        any::<bool>(),
    );
    (doc(), ident(), step(), emit_items(), clauses).prop_map(|(doc, name, from, items, clauses)| {
        let (window, group_by, limits, having, partial) = clauses;
        let partial = partial && matches!(window, Some(Window::Batch(_)));
        Item::Query(QueryRule {
            doc,
            name,
            from: at(Step { variable: None, ..from }),
            window: window.map(at),
            group_by: group_by.map(at),
            limits: limits.map(at),
            emit: at(QueryEmit { partial, items }),
            having: having.map(at),
            span: Span::default(),
        })
    })
}

pub(super) fn file() -> impl Strategy<Value = File> {
    let item = prop_oneof![event(), pattern_rule(), query_rule()];
    prop::collection::vec(item, 0..3).prop_map(|items| File { items, ..File::default() })
}
