//! HIR to LIR: how a program runs.
//!
//! ```text
//! pattern -> automaton        every position of a run, and what each event does there     [`automaton`], [`position`]
//!         -> registers        what a run keeps, because something later reads it          [`registers`]
//!         -> kernels          the strategy as loops over rows and runs                     [`runs`], [`bind`]
//! query -> computed columns, a window operator, and a rule over its rows                  [`window`]
//! conditions -> guards        what one event decides alone, once for the whole program     [`guards`]
//! guards -> indexes           which of them are found together, by the value of a field    [`index`]
//! emit -> columns                                                                          [`output`]
//! operators -> workers                                                                     [`placement`]
//! ```

mod automaton;
mod bind;
mod counts;
mod expr;
mod guards;
mod index;
mod output;
mod placement;
mod position;
mod registers;
mod runs;
mod share;
mod used;
mod window;

use crate::diag::{Code, Diagnostic};
use crate::hir::{self, PatternRule, RuleBody, SelectRule};
use crate::lir;
use crate::scalar::Kind;
use crate::span::Span;
use guards::Guards;
use std::collections::BTreeMap;

/// Lowers a program; `source` is its text, for the names of things. A rule that needs too large an automaton is refused.
pub fn program(hir: &hir::Program, source: &str) -> Result<lir::Program, Vec<Diagnostic>> {
    let operators = window::operators(hir);
    let mut lowering = Lowering {
        hir,
        source,
        types: type_numbers(hir, &operators),
        operators,
        guards: Guards::default(),
        windows: Vec::new(),
        computed: BTreeMap::new(),
    };
    let mut refused = Vec::new();
    let mut rules = Vec::new();
    for (id, rule) in (0..).map(hir::RuleId).zip(&hir.rules) {
        match lowering.rule(id, rule) {
            Ok(rule) => rules.push(rule),
            Err(too_many) => refused.push(too_complex(rule, &too_many)),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let types = lowering.event_types(&rules);
    let (guards, windows) = (lowering.guards.all, lowering.windows);
    let lowered = placement::Lowered { hir, types: &types, windows: &windows, rules: &rules };
    let placements = placement::places(&lowered);
    let fingerprints = vec![0; types.len()];
    let indexes = index::indexes(&guards);
    let mut program = lir::Program { types, guards, indexes, windows, rules, placements, fingerprints };
    used::mark(&mut program);
    Ok(program)
}

/// The number of a field is the same in both stages.
const fn field(field: hir::FieldId) -> lir::FieldId {
    lir::FieldId(field.0)
}

/// The type that each type of the HIR becomes: inputs first, then those of rules and window operators in evaluation order.
fn type_numbers(hir: &hir::Program, operators: &[window::Operator]) -> Vec<lir::TypeId> {
    let is_input = |ty: &&hir::EventType| matches!(ty.source, hir::Source::Input { .. });
    let inputs = hir.types.iter().filter(is_input).count() as u32;
    let mut next_input = 0;
    let number = |ty: &hir::EventType| match ty.source {
        // The rows of an operator have a type of their own, right before that of the first query that has it.
        hir::Source::Rule(rule) => {
            let windows = operators.iter().filter(|operator| operator.first <= rule).count();
            lir::TypeId(inputs + rule.0 + windows as u32)
        }
        hir::Source::Input { .. } => {
            next_input += 1;
            lir::TypeId(next_input - 1)
        }
    };
    hir.types.iter().map(number).collect()
}

fn too_complex(rule: &hir::Rule, too_many: &automaton::TooMany) -> Diagnostic {
    let message =
        format!("the pattern of `{}` needs more than {} {}", rule.name, too_many.limit, too_many.what);
    Diagnostic::new(Code::PatternTooComplex, rule.span, message).help(
        "use smaller counts, fewer sides of `&` and `|`, or several rules that read each other's matches",
    )
}

struct Lowering<'a> {
    hir: &'a hir::Program,
    source: &'a str,
    types: Vec<lir::TypeId>,
    operators: Vec<window::Operator>,
    guards: Guards,
    windows: Vec<lir::Window>,
    /// The computed fields of each type.
    computed: BTreeMap<lir::TypeId, Vec<lir::Expr>>,
}

impl Lowering<'_> {
    fn ty(&self, id: hir::TypeId) -> lir::TypeId {
        self.types[id.0 as usize]
    }

    fn rule(&mut self, id: hir::RuleId, rule: &hir::Rule) -> Result<lir::Rule, automaton::TooMany> {
        match &rule.body {
            RuleBody::Pattern(pattern) => self.pattern(rule, pattern),
            RuleBody::Select(select) => Ok(self.select(rule, select)),
            RuleBody::Window(window) => {
                let operator = self.window(id);
                self.windows.extend(operator);
                Ok(self.projection(rule, window))
            }
        }
    }

    fn select(&mut self, rule: &hir::Rule, select: &SelectRule) -> lir::Rule {
        let ty = self.ty(select.from);
        let conditions = select.guard.iter().chain(&select.having);
        let wants = self.wanted(ty, conditions, &line_of(self.source, rule.span));
        self.stateless(rule, (ty, wants), &mut expr::columns, |column| column)
    }

    /// The rows of a type for which all conditions hold.
    fn wanted<'c>(
        &mut self,
        ty: lir::TypeId,
        conditions: impl Iterator<Item = &'c hir::Expr>,
        origin: &str,
    ) -> lir::Rows {
        match hir::Expr::and(conditions.cloned()) {
            always if always.constant() == Some(&crate::scalar::Value::Bool(true)) => lir::Rows::All,
            condition => lir::Rows::Any(vec![self.guards.intern(ty, &condition, origin)]),
        }
    }

    /// A rule that emits for each row of a type, by what stands for the leaves of its expressions and for lists.
    fn stateless(
        &self,
        rule: &hir::Rule,
        (ty, wants): (lir::TypeId, lir::Rows),
        leaves: &mut dyn expr::Leaves,
        list: impl Fn(hir::FieldId) -> hir::FieldId,
    ) -> lir::Rule {
        let emission = output::emission(self.hir, &rule.name, &rule.emit, None);
        let values = emission.leaves.iter().map(|leaf| match leaf {
            output::Leaf::Value(value) => expr::lower(value, leaves),
            output::Leaf::Collected(column, ty) => {
                lir::Expr::new(lir::ExprKind::ListColumn(field(list(*column))), *ty)
            }
            other => unreachable!("a query emits no variables, as {other:?}"),
        });
        let emit = vec![lir::Stmt::Emit { at_deadline: false, values: values.collect() }];
        let strategy = match lir::fields_emitted(&emit) {
            Some(_) => lir::Strategy::Projection,
            None => lir::Strategy::Stateless,
        };
        lir::Rule {
            name: rule.name.clone(),
            doc: rule.doc.clone(),
            strategy,
            inputs: vec![lir::Input { ty, wants, opens: lir::Rows::All }],
            keys: vec![],
            row_numbers: lir::RowNumbers::Own,
            registers: vec![],
            cells: vec![],
            states: vec![],
            step: lir::Kernel { locals: vec![], body: vec![lir::Stmt::ForRows(emit)] },
            timer: None,
            sweep: None,
            output: emission.schema,
            output_type: self.ty(rule.output),
            event_columns: emission.event_columns,
            limits: hir::Limits::default(),
        }
    }

    fn pattern(&mut self, rule: &hir::Rule, pattern: &PatternRule) -> Result<lir::Rule, automaton::TooMany> {
        let numbers = self.types.clone();
        let ty = |id: hir::TypeId| numbers[id.0 as usize];
        let source = self.source;
        let origin = |span| line_of(source, span);
        let automaton = automaton::build(pattern, &ty, &mut self.guards, &origin)?;
        let leading: Vec<_> =
            pattern.leading.iter().map(|(absence, span_ns)| self.leading(absence, *span_ns)).collect();
        let emission = output::emission(self.hir, &rule.name, &rule.emit, Some(pattern));
        let mut order: Vec<usize> = (0..pattern.types.len()).collect();
        order.sort_by_key(|index| ty(pattern.types[*index]));
        let inputs: Vec<lir::Input> = order
            .iter()
            .map(|index| {
                let ty = ty(pattern.types[*index]);
                let wants = wanted_rows(pattern, &automaton, &leading, ty);
                lir::Input { ty, wants, opens: opening_rows(&automaton, &leading, ty, &mut self.guards) }
            })
            .collect();
        let keys = pattern.keys.iter().map(|fields| lir::Key {
            kind: self.key_kind(pattern, fields),
            fields: order.iter().map(|index| field(fields[*index])).collect(),
        });
        let keys: Vec<_> = keys.collect();
        let outside = |ty: &hir::TypeId| matches!(self.hir.ty(*ty).source, hir::Source::Input { .. });
        let row_numbers = match pattern.types.iter().all(outside) {
            true => lir::RowNumbers::OfEvents,
            false => lir::RowNumbers::Own,
        };
        let rows: Vec<_> = order
            .iter()
            .zip(&inputs)
            .map(|(index, input)| runs::RowType {
                ty: input.ty,
                hir: pattern.types[*index],
                sees: input.wants.clone(),
            })
            .collect();
        let registers = registers::Registers::new(self.hir, pattern);
        let parts = runs::Parts {
            rule: pattern,
            automaton: &automaton,
            emission: &emission,
            leading: &leading,
            guards: &self.guards.all,
            inputs: &rows,
            keys: &keys,
        };
        let built = runs::Builder::new(parts, registers).build();
        Ok(lir::Rule {
            name: rule.name.clone(),
            doc: rule.doc.clone(),
            strategy: lir::Strategy::Runs,
            inputs,
            keys,
            row_numbers,
            registers: built.registers,
            cells: built.cells,
            states: built.states,
            step: built.step,
            timer: built.timer,
            sweep: Some(built.sweep),
            output: emission.schema,
            output_type: self.ty(rule.output),
            event_columns: emission.event_columns,
            limits: pattern.limits,
        })
    }

    fn key_kind(&self, pattern: &PatternRule, fields: &[hir::FieldId]) -> Kind {
        self.hir.ty(pattern.types[0]).fields[fields[0].0 as usize].ty.kind
    }

    fn leading(&mut self, absence: &hir::Absence, span_ns: i64) -> runs::Leading {
        let ty = self.ty(absence.ty);
        let origin = line_of(self.source, absence.span);
        let guard = absence.guard.as_ref().map(|guard| self.guards.intern(ty, guard, &origin));
        runs::Leading { ty, guard, span_ns }
    }

    fn event_types(&self, rules: &[lir::Rule]) -> Vec<lir::EventType> {
        let mut types: Vec<(lir::TypeId, lir::EventType)> = Vec::new();
        for (number, operator) in self.operators.iter().enumerate() {
            let (ty, rule) = (self.windows[number].output_type, self.hir.rule(operator.first));
            types.push((ty, Self::row_type(&rule.name, &operator.window, number)));
        }
        for (index, ty) in self.hir.types.iter().enumerate() {
            let fields = ty.fields.iter().map(|field| lir::Field {
                name: field.name.clone(),
                ty: field.ty,
                unit: field.unit,
                used: false,
                doc: field.doc.clone(),
                list: false,
            });
            let source = match &ty.source {
                hir::Source::Input { time, lateness } => lir::Source::Input {
                    time: time.as_ref().map(|time| expr::lower(time, &mut expr::columns)),
                    lateness: *lateness,
                },
                hir::Source::Rule(rule) => {
                    let columns = rules[rule.0 as usize].event_columns.clone();
                    lir::Source::Rule { rule: rule.0 as usize, columns }
                }
            };
            let computed = self.computed.get(&self.types[index]).cloned().unwrap_or_default();
            types.push((
                self.types[index],
                lir::EventType {
                    name: ty.name.clone(),
                    fields: fields.collect(),
                    computed,
                    source,
                    doc: ty.doc.clone(),
                },
            ));
        }
        types.sort_by_key(|(number, _)| *number);
        types.into_iter().map(|(_, ty)| ty).collect()
    }
}

/// `line: text` of a span, for people.
fn line_of(source: &str, span: Span) -> String {
    let (start, end) = (span.start as usize, span.end as usize);
    let line = 1 + source.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count();
    let text = source.get(start..end).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{line}: {text}")
}

/// The rows of type `ty` that the step kernel has to see.
fn wanted_rows(
    pattern: &PatternRule,
    automaton: &automaton::Automaton,
    leading: &[runs::Leading],
    ty: lir::TypeId,
) -> lir::Rows {
    let counts = matches!(pattern.within, Some(hir::Within::Events(_)));
    let refreshes = pattern.limits.idle.is_some();
    if counts || refreshes || automaton::is_strict_somewhere(&pattern.body) {
        return lir::Rows::All;
    }
    let tests = automaton.tests.iter().filter(|test| test.ty == ty).map(|test| test.guard);
    any_of(tests.chain(leading.iter().filter(|leading| leading.ty == ty).map(|leading| leading.guard)))
}

/// The rows of type `ty` that may change a partition that does not exist.
fn opening_rows(
    automaton: &automaton::Automaton,
    leading: &[runs::Leading],
    ty: lir::TypeId,
    guards: &mut Guards,
) -> lir::Rows {
    let decisions = || automaton.start.iter().filter(|(of, _)| *of == ty).map(|(_, decision)| decision);
    if decisions().any(takes_anyway) {
        return lir::Rows::All;
    }
    // Every other way to a run leads through a test that holds.
    let mut tests = Vec::new();
    decisions().for_each(|decision| tests_of(decision, &mut tests));
    let starts: Vec<_> =
        tests.iter().map(|test| guards.intern_first(&automaton.tests[test.0 as usize])).collect();
    let starts = starts.into_iter();
    any_of(starts.chain(leading.iter().filter(|leading| leading.ty == ty).map(|leading| leading.guard)))
}

/// Whether an event is taken for which no test holds.
fn takes_anyway(decision: &automaton::Decision) -> bool {
    match decision {
        automaton::Decision::Then(then) => matches!(then, automaton::Move::Take { .. }),
        automaton::Decision::If(_, _, otherwise) => takes_anyway(otherwise),
    }
}

/// Collects the tests of a decision tree.
fn tests_of(decision: &automaton::Decision, tests: &mut Vec<position::TestId>) {
    if let automaton::Decision::If(test, then, otherwise) = decision {
        tests.push(*test);
        tests_of(then, tests);
        tests_of(otherwise, tests);
    }
}

/// Rows for which one of the guards holds; all rows if one is missing.
fn any_of(guards: impl Iterator<Item = Option<lir::GuardId>>) -> lir::Rows {
    let Some(mut all) = guards.collect::<Option<Vec<_>>>() else { return lir::Rows::All };
    all.sort();
    all.dedup();
    lir::Rows::Any(all)
}
