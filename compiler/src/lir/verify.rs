//! What holds of every program, checked after lowering and after each pass. A violation is a bug of the compiler.
//!
//! - Ids are in range; columns, guards and registers are read where a row of their type or a run is current.
//! - `ForRows` stands only outermost in a step kernel, `ForSlots` in a sweep kernel; `NextRun`, `LeaveRuns`, `Copy`
//!   and `End` only in a loop over runs; `FreeSlot` only in a loop over slots.
//! - Conditions and operands of logic are bools; operands of a comparison, of `??` and the branches of `if` are of one
//!   kind; calls fit their signatures. What is stored is of the kind of the place; null is stored only where the place is nullable.
//! - Locals and cells hold no text. A list is read only as a whole value of `Emit`, in a list column.
//! - `Emit` has a value for each column of the output, of its kind.
//! - Keys have a field of their kind in each input.
//! - An index is over a field of words, with guards of its type, each once.
//! - A window operator reads a type before its own, by guards and fields of that; its own has a field for each key, bound and aggregate.
//!   Computed fields read declared ones.

use super::{
    Block, Expr, ExprKind, GuardId, Index, IndexRange, Kernel, Program, RegId, RegisterKind, Rows, Rule,
    Source, Stmt, TypeId, Window,
};
use crate::scalar::{Kind, Value};

/// Checks a program.
///
/// # Errors
/// The first violated invariant, in words.
pub fn verify(program: &Program) -> Result<(), String> {
    for (index, ty) in program.types.iter().enumerate() {
        if let Source::Input { time: Some(time), .. } = &ty.source {
            let cursor = Cursor::outside(program).with_row(TypeId(index as u32));
            cursor
                .expr(time)
                .and_then(|()| expect(time.ty.kind == Kind::Timestamp, || "a time is a timestamp".into()))?;
        }
    }
    for (index, guard) in program.guards.iter().enumerate() {
        let cursor = Cursor::outside(program).with_row(guard.ty);
        let is_bool = guard.condition.ty.kind == Kind::Bool;
        let check =
            cursor.expr(&guard.condition).and_then(|()| expect(is_bool, || "a guard is a bool".into()));
        check.map_err(|why| format!("guard g{index}: {why}"))?;
    }
    for (index, ty) in program.types.iter().enumerate() {
        let cursor = Cursor::outside(program).with_row(TypeId(index as u32));
        ty.computed.iter().try_for_each(|value| cursor.expr(value))?;
    }
    program.indexes.iter().try_for_each(|index| verify_index(program, index))?;
    for window in &program.windows {
        verify_window(program, window).map_err(|why| format!("window of {}: {why}", window.name))?;
    }
    for rule in &program.rules {
        verify_rule(program, rule).map_err(|why| format!("rule {}: {why}", rule.name))?;
    }
    Ok(())
}

fn expect(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

fn verify_index(program: &Program, index: &Index) -> Result<(), String> {
    let field = program.types.get(index.ty.index()).and_then(|ty| ty.fields.get(index.field.index()));
    let is_words = field.is_some_and(|field| !field.list && !matches!(field.ty.kind, Kind::Bool | Kind::Str));
    expect(is_words, || format!("an index over {}.{}, which is no field of words", index.ty, index.field))?;
    let fits = |range: &IndexRange| {
        let guard = program.guards.get(range.guard.index());
        guard.is_some_and(|guard| guard.ty == index.ty) && range.least <= range.greatest
    };
    expect(index.ranges.iter().all(fits), || "an index has guards of its type, in order of values".into())?;
    let ascend = index.ranges.is_sorted_by(|a, b| a.guard < b.guard);
    expect(ascend && !index.ranges.is_empty(), || "an index has each of its guards once".into())
}

fn verify_rule(program: &Program, rule: &Rule) -> Result<(), String> {
    expect(!rule.inputs.is_empty(), || "reads no event type".into())?;
    for input in &rule.inputs {
        expect(input.ty < rule.output_type, || format!("reads {}, which is not before it", input.ty))?;
        for rows in [&input.wants, &input.opens] {
            verify_rows(program, input.ty, rows)?;
        }
    }
    for key in &rule.keys {
        expect(key.fields.len() == rule.inputs.len(), || "a key has a field in each input".into())?;
        for (field, input) in key.fields.iter().zip(&rule.inputs) {
            let known = program.types[input.ty.index()].fields.get(field.index());
            expect(known.is_some_and(|known| known.ty.kind == key.kind), || "a key is of one kind".into())?;
        }
    }
    let no_text = rule.cells.iter().all(|cell| cell.ty.kind != Kind::Str);
    expect(no_text, || "a cell holds no text".into())?;
    let kernels =
        [("step", Some(&rule.step)), ("timer", rule.timer.as_ref()), ("sweep", rule.sweep.as_ref())];
    for (name, kernel) in kernels {
        if let Some(kernel) = kernel {
            verify_kernel(program, rule, kernel, name).map_err(|why| format!("{name}: {why}"))?;
        }
    }
    Ok(())
}

fn verify_window(program: &Program, window: &Window) -> Result<(), String> {
    expect(window.input < window.output_type, || format!("reads {}, which is not before it", window.input))?;
    verify_rows(program, window.input, &window.wants)?;
    let ty = &program.types[window.input.index()];
    let operands = window.aggregates.iter().flat_map(|aggregate| aggregate.value.iter().chain(&aggregate.by));
    for field in window.keys.iter().chain(operands) {
        let list = ty.fields.get(field.index()).is_some_and(|field| field.list);
        expect(ty.field(*field).is_some() && !list, || format!("{field} of {} is no value", window.input))?;
    }
    for filter in window.aggregates.iter().filter_map(|aggregate| aggregate.filter) {
        verify_rows(program, window.input, &Rows::Any(vec![filter]))?;
    }
    let bounds = if window.window.is_timed() { 2 } else { 0 };
    let fields = program.types[window.output_type.index()].fields.len();
    expect(fields == window.keys.len() + bounds + window.aggregates.len(), || "a row has all columns".into())
}

fn verify_rows(program: &Program, ty: TypeId, rows: &Rows) -> Result<(), String> {
    let Rows::Any(guards) = rows else { return Ok(()) };
    let fits = |guard: &GuardId| program.guards.get(guard.index()).is_some_and(|known| known.ty == ty);
    expect(guards.iter().all(fits), || format!("rows of {ty} are chosen by guards of {ty}"))
}

fn verify_kernel(program: &Program, rule: &Rule, kernel: &Kernel, name: &'static str) -> Result<(), String> {
    expect(kernel.locals.iter().all(|local| local.ty.kind != Kind::Str), || "a local holds no text".into())?;
    let cursor =
        Cursor { kernel: Some((rule, kernel)), has_time: name != "step", ..Cursor::outside(program) };
    match (name, &kernel.body[..]) {
        ("step", [Stmt::ForRows(_)]) | ("sweep", [Stmt::ForSlots(_)]) | ("timer", _) => {
            cursor.block(&kernel.body)
        }
        _ => Err("is one loop".into()),
    }
}

/// What is current where a statement stands.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    program: &'a Program,
    kernel: Option<(&'a Rule, &'a Kernel)>,
    row: Option<TypeId>,
    /// Rows of several types, not yet told apart.
    any_row: bool,
    has_time: bool,
    /// A deadline, with the number of the row that noted it.
    deadline: bool,
    slot: bool,
    run: bool,
    in_runs: bool,
    in_slots: bool,
}

impl<'a> Cursor<'a> {
    const fn outside(program: &'a Program) -> Self {
        Self {
            program,
            kernel: None,
            row: None,
            any_row: false,
            has_time: false,
            deadline: false,
            slot: false,
            run: false,
            in_runs: false,
            in_slots: false,
        }
    }

    const fn with_row(self, ty: TypeId) -> Self {
        Self { row: Some(ty), has_time: true, ..self }
    }

    fn rule(&self) -> Result<(&'a Rule, &'a Kernel), String> {
        self.kernel.ok_or_else(|| "only a kernel of a rule reads its state".into())
    }

    fn block(&self, block: &Block) -> Result<(), String> {
        block.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn stmt(&self, stmt: &Stmt) -> Result<(), String> {
        let (rule, kernel) = self.rule()?;
        stmt.exprs()
            .into_iter()
            .filter(|expr| !matches!(expr.kind, ExprKind::List(_) | ExprKind::ListColumn(_)))
            .try_for_each(|expr| self.expr(expr))?;
        let slot = || expect(self.slot, || format!("no slot is current for {stmt:?}"));
        let run = || expect(self.run, || format!("no run is current for {stmt:?}"));
        let in_runs = || expect(self.in_runs, || format!("not in a loop over runs: {stmt:?}"));
        match stmt {
            Stmt::ForRows(body) => {
                expect(self.row.is_none() && !self.slot, || "a loop over rows is outermost".into())?;
                let only = (rule.inputs.len() == 1).then(|| rule.inputs[0].ty);
                Cursor { row: only, any_row: true, has_time: true, slot: true, ..*self }.block(body)
            }
            Stmt::OnType(arms) => arms.iter().try_for_each(|(ty, body)| {
                let known = self.any_row && rule.inputs.iter().any(|input| input.ty == *ty);
                expect(known, || format!("{ty} is no input"))?;
                Cursor { row: Some(*ty), ..*self }.block(body)
            }),
            Stmt::ForDeadlines { body, .. } => {
                let inside = Cursor { row: None, any_row: false, run: false, in_runs: false, ..*self };
                Cursor { has_time: true, deadline: true, slot: true, ..inside }.block(body)
            }
            Stmt::ForSlots(body) => Cursor { slot: true, in_slots: true, ..*self }.block(body),
            Stmt::ForRuns(body) => {
                slot().and_then(|()| Cursor { run: true, in_runs: true, ..*self }.block(body))
            }
            Stmt::WithRun(body) => Cursor { run: true, in_runs: false, ..*self }.block(body),
            Stmt::OnState(arms) => {
                run()?;
                arms.iter().try_for_each(|(states, body)| {
                    let known = states.iter().all(|state| state.index() < rule.states.len());
                    expect(known, || "a state is out of range".into())?;
                    self.block(body)
                })
            }
            Stmt::If { condition, then, otherwise } => {
                expect(condition.ty.kind == Kind::Bool, || "a condition is a bool".into())?;
                self.block(then)?;
                self.block(otherwise)
            }
            Stmt::Start { state, body } => {
                slot()?;
                expect(state.index() < rule.states.len(), || "a state is out of range".into())?;
                Cursor { run: true, in_runs: false, ..*self }.block(body)
            }
            Stmt::Let(local, value) => {
                let ty =
                    kernel.locals.get(local.index()).ok_or_else(|| format!("{local} is out of range"))?.ty;
                fits(value, ty.kind, ty.nullable, "a local")
            }
            Stmt::Set(register, value) => {
                run()?;
                let RegisterKind::Scalar(ty) = register_kind(rule, *register)? else {
                    return Err(format!("{register} is not a scalar"));
                };
                fits(value, ty.kind, ty.nullable, "a register")
            }
            Stmt::Reset(register) => run().and_then(|()| register_kind(rule, *register).map(drop)),
            Stmt::Accumulate(register, _) => {
                run()?;
                let kind = register_kind(rule, *register)?;
                expect(matches!(kind, RegisterKind::Acc(_)), || format!("{register} is no aggregate"))
            }
            Stmt::Append { list, value } => {
                run()?;
                let kind = register_kind(rule, *list)?;
                expect(kind == RegisterKind::List(value.ty.kind), || {
                    format!("{list} is no list of that kind")
                })
            }
            Stmt::Goto(state) => run().and_then(|()| {
                expect(state.index() < rule.states.len(), || "a state is out of range".into())
            }),
            Stmt::SetCell(cell, value) => {
                slot()?;
                let ty = rule.cells.get(cell.index()).ok_or_else(|| format!("{cell} is out of range"))?.ty;
                fits(value, ty.kind, ty.nullable, "a cell")
            }
            Stmt::Schedule(time) => slot().and_then(|()| fits(time, Kind::Timestamp, false, "a deadline")),
            Stmt::Emit { at_deadline, values } => self.emit(rule, *at_deadline, values),
            Stmt::NextRun | Stmt::LeaveRuns | Stmt::Copy | Stmt::End => in_runs(),
            Stmt::ListOverflow => run(),
            Stmt::CountIdle => slot(),
            Stmt::FreeSlot => expect(self.in_slots, || "not in a loop over slots".into()),
        }
    }

    fn emit(&self, rule: &Rule, at_deadline: bool, values: &[Expr]) -> Result<(), String> {
        expect(at_deadline || self.row.is_some(), || "a match of a row has a row".into())?;
        expect(values.len() == rule.output.columns.len(), || "a match has a value for each column".into())?;
        for (value, column) in values.iter().zip(&rule.output.columns) {
            if let ExprKind::List(list) = value.kind {
                let kind = register_kind(rule, list)?;
                expect(column.list && kind == RegisterKind::List(column.ty), || {
                    format!("{list} is in no list column")
                })?;
            } else if let ExprKind::ListColumn(field) = value.kind {
                let row = self.row.ok_or("a list is read where no row is current")?;
                let known = self.program.types[row.index()].fields.get(field.index());
                expect(
                    column.list && known.is_some_and(|known| known.list && known.ty.kind == column.ty),
                    || format!("{field} is in no list column"),
                )?;
            } else {
                expect(!column.list, || "a list column holds a list".into())?;
                fits(value, column.ty, column.nullable, "a column")?;
            }
        }
        Ok(())
    }

    fn expr(&self, expr: &Expr) -> Result<(), String> {
        expr.children().into_iter().try_for_each(|child| self.expr(child))?;
        let all_bools = |all: &[&Expr]| all.iter().all(|one| one.ty.kind == Kind::Bool);
        let run = || expect(self.run, || format!("no run is current for {:?}", expr.kind));
        let children = expr.children();
        match &expr.kind {
            ExprKind::Column(field) => {
                let row = self.row.ok_or("a column is read where no row is current")?;
                let known = self.program.types[row.index()].fields.get(field.index());
                expect(known.is_some_and(|known| known.ty.kind == expr.ty.kind && !known.list), || {
                    format!("{field} of {row} is not {}", expr.ty)
                })
            }
            ExprKind::Guard(guard) => {
                let known = self.program.guards.get(guard.index()).map(|known| known.ty);
                expect(known.is_some() && known == self.row, || format!("{guard} is not of the row at hand"))
            }
            ExprKind::Time => expect(self.has_time, || "no time is current".into()),
            ExprKind::Seq => {
                expect(self.row.is_some() || self.any_row || self.deadline, || "no row is current".into())
            }
            ExprKind::Reg(register) => {
                run()?;
                let kind = register_kind(self.rule()?.0, *register)?;
                let same = matches!(kind, RegisterKind::Scalar(ty) if ty.kind == expr.ty.kind);
                expect(same, || format!("{register} is not {}", expr.ty))
            }
            ExprKind::Acc(register, _) => {
                run()?;
                let kind = register_kind(self.rule()?.0, *register)?;
                expect(matches!(kind, RegisterKind::Acc(_)), || format!("{register} is no aggregate"))
            }
            ExprKind::ListFull(register) => {
                run()?;
                let kind = register_kind(self.rule()?.0, *register)?;
                expect(matches!(kind, RegisterKind::List(_)), || format!("{register} is no list"))
            }
            ExprKind::List(_) | ExprKind::ListColumn(_) => {
                Err("a list is read only as a value of a match".into())
            }
            ExprKind::Cell(cell) => {
                let known = self.rule()?.0.cells.get(cell.index()).is_some();
                expect(self.slot && known, || format!("{cell} cannot be read"))
            }
            ExprKind::Local(local) => {
                let known = self
                    .rule()?
                    .1
                    .locals
                    .get(local.index())
                    .is_some_and(|known| known.ty.kind == expr.ty.kind);
                expect(known, || format!("{local} is not {}", expr.ty))
            }
            ExprKind::NoRuns => expect(self.slot, || "no slot is current".into()),
            ExprKind::MoreThan(since, span) => {
                expect(*span >= 0 && self.has_time, || "a time span is not negative".into())?;
                fits(since, Kind::Timestamp, false, "an operand")
            }
            ExprKind::Later(time, span) => {
                expect(*span >= 0, || "a time span is not negative".into())?;
                fits(time, Kind::Timestamp, false, "an operand")
            }
            ExprKind::Next(number) => fits(number, Kind::I64, false, "an operand"),
            ExprKind::Minus(a, b) => {
                fits(a, Kind::I64, false, "an operand")?;
                fits(b, Kind::I64, false, "an operand")
            }
            ExprKind::And(all) | ExprKind::Or(all) => {
                expect(all.len() >= 2 && all_bools(&children), || "and/or take two or more bools".into())
            }
            ExprKind::Not(_) => expect(all_bools(&children), || "not takes a bool".into()),
            ExprKind::Compare(_, a, b) | ExprKind::Coalesce(a, b) => {
                expect(a.ty.kind == b.ty.kind, || format!("operands of two kinds: {} and {}", a.ty, b.ty))
            }
            ExprKind::If(condition, a, b) => {
                let fits = condition.ty.kind == Kind::Bool && a.ty.kind == b.ty.kind;
                expect(fits, || "a choice is by a bool, between values of one kind".into())
            }
            ExprKind::Call(func, all) => {
                let kinds = all.iter().map(|one| one.ty.kind);
                expect(kinds.eq(func.signature().parameters.iter().copied()), || {
                    format!("wrong operands of {}", func.name())
                })
            }
            ExprKind::Const(value) => {
                expect(*value != Value::Null || expr.ty.nullable, || "null is of a nullable type".into())
            }
            ExprKind::Unary(..) | ExprKind::Binary(..) | ExprKind::IsNull(_) | ExprKind::Cast(..) => Ok(()),
            ExprKind::Like(text, _) | ExprKind::Matches(text, _) => {
                expect(text.ty.kind == Kind::Str, || "a pattern is matched against text".into())
            }
        }
    }
}

fn register_kind(rule: &Rule, register: RegId) -> Result<RegisterKind, String> {
    let known = rule.registers.get(register.index()).map(|register| register.kind);
    known.ok_or_else(|| format!("{register} is out of range"))
}

fn fits(value: &Expr, kind: Kind, nullable: bool, place: &str) -> Result<(), String> {
    expect(value.ty.kind == kind && (nullable || !value.ty.nullable), || {
        format!(
            "a value of type {} does not fit {place} of kind {}{}",
            value.ty,
            kind.name(),
            if nullable { "?" } else { "" }
        )
    })
}
