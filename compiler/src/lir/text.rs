//! The textual form of a program, for people, snapshots and the comments of what backends make of it.
//!
//! ```text
//! guard g0: Auth = approved                                   // 21: a: Auth[approved]
//! rule ImpossibleTravel  by card  runs
//!     input Auth  rows g0  opens g0
//!     register r0: str = a.country
//!     step
//!         for row
//!             for run
//!                 if time - r1 > 1h { … }
//! ```

use std::fmt::{self, Display, Formatter, Write};

use super::{
    AccKind, AccRead, Block, Expr, ExprKind, Field, FieldId, Input, Kernel, Placement, Program, RegId,
    RegisterKind, Rows, Rule, Source, Stmt, Strategy, TypeId, Window,
};
use crate::scalar::{Binary, Value};

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, ty) in self.types.iter().enumerate() {
            let id = TypeId(index as u32);
            match &ty.source {
                Source::Input { time, lateness } => {
                    write!(f, "input {id}: {}", ty.name)?;
                    if let Some(time) = time {
                        write!(
                            f,
                            "  time {}",
                            Scope { program: self, rule: None, kernel: None, ty: id }.expr(time)
                        )?;
                    }
                    writeln!(f, "  lateness {}", duration(*lateness))?;
                }
                Source::Rule { .. } => writeln!(f, "match {id}: {}", ty.name)?,
                Source::Window(_) => writeln!(f, "rows {id}: {}", ty.name)?,
            }
            let used = |field: &&Field| field.used;
            for field in ty.fields.iter().filter(used) {
                writeln!(f, "    {}: {}", field.name, field.ty)?;
            }
            for (index, value) in ty.computed.iter().enumerate() {
                let field = FieldId((ty.fields.len() + index) as u32);
                let scope = Scope { program: self, rule: None, kernel: None, ty: id };
                writeln!(f, "    {field}: {} = {}", value.ty, scope.expr(value))?;
            }
        }
        for (index, guard) in self.guards.iter().enumerate() {
            let scope = Scope { program: self, rule: None, kernel: None, ty: guard.ty };
            let name = &self.types[guard.ty.index()].name;
            writeln!(
                f,
                "guard g{index}: {name} = {}    // line {}",
                scope.expr(&guard.condition),
                guard.origin
            )?;
        }
        for index in &self.indexes {
            let ty = &self.types[index.ty.index()];
            let exact = index.ranges.iter().filter(|range| range.exact).count();
            writeln!(
                f,
                "index {}.{}: {} guards, {exact} of them wholly",
                ty.name,
                ty.fields[index.field.index()].name,
                index.ranges.len()
            )?;
        }
        self.windows.iter().try_for_each(|window| write_window(f, self, window))?;
        self.rules.iter().try_for_each(|rule| RuleText { program: self, rule }.fmt(f))
    }
}

fn write_window(f: &mut Formatter<'_>, program: &Program, window: &Window) -> fmt::Result {
    let ty = &program.types[window.input.index()];
    let name = |field: FieldId| match ty.fields.get(field.index()) {
        Some(declared) => declared.name.clone(),
        None => field.to_string(),
    };
    writeln!(
        f,
        "window {} of {}  rows {}  {:?}  {}",
        window.output_type,
        ty.name,
        rows(&window.wants),
        window.window,
        place(program, window.output_type, &[])
    )?;
    for key in &window.keys {
        writeln!(f, "    by {}", name(*key))?;
    }
    for aggregate in &window.aggregates {
        let operands = [aggregate.value, aggregate.by].into_iter().flatten().map(name);
        let operands = operands.collect::<Vec<_>>().join(", ");
        let distinct = if aggregate.distinct { "distinct " } else { "" };
        let filter = aggregate.filter.map_or(String::new(), |guard| format!("  where {guard}"));
        writeln!(f, "    {}({distinct}{operands}){filter}", aggregate.op.name())?;
    }
    Ok(())
}

/// A rule of a program, to be printed.
#[derive(Clone, Copy, Debug)]
pub struct RuleText<'a> {
    /// The program.
    pub program: &'a Program,
    /// Its rule.
    pub rule: &'a Rule,
}

impl Display for RuleText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { program, rule } = *self;
        let strategy = match rule.strategy {
            Strategy::Stateless => "stateless",
            Strategy::Projection => "projection",
            Strategy::Runs => "runs",
        };
        let place = place(program, rule.output_type, &rule.inputs);
        writeln!(f, "rule {}  strategy {strategy}  {place}", rule.name)?;
        for (index, input) in rule.inputs.iter().enumerate() {
            write_input(f, program, rule, index, input)?;
        }
        for (index, register) in rule.registers.iter().enumerate() {
            let kind = match register.kind {
                RegisterKind::Scalar(ty) => ty.to_string(),
                RegisterKind::Acc(AccKind::SumI) => "exact sum".to_owned(),
                RegisterKind::Acc(AccKind::SumF) => "compensated sum".to_owned(),
                RegisterKind::Acc(AccKind::Moments) => "moments".to_owned(),
                RegisterKind::List(kind) => format!("list of {}", kind.name()),
            };
            writeln!(f, "    register {}: {kind} = {}", RegId(index as u32), register.name)?;
        }
        for (index, cell) in rule.cells.iter().enumerate() {
            writeln!(f, "    cell c{index}: {} = {}", cell.ty, cell.name)?;
        }
        for (index, state) in rule.states.iter().enumerate() {
            writeln!(f, "    state s{index}: {state}")?;
        }
        let kernels =
            [("step", Some(&rule.step)), ("timer", rule.timer.as_ref()), ("sweep", rule.sweep.as_ref())];
        for (name, kernel) in kernels {
            if let Some(kernel) = kernel {
                writeln!(f, "    {name}")?;
                f.write_str(&kernel_text(program, rule, kernel, 2))?;
            }
        }
        Ok(())
    }
}

fn write_input(
    f: &mut Formatter<'_>,
    program: &Program,
    rule: &Rule,
    index: usize,
    input: &Input,
) -> fmt::Result {
    let ty = &program.types[input.ty.index()];
    write!(f, "    input {}  rows {}", ty.name, rows(&input.wants))?;
    if !rule.keys.is_empty() {
        write!(f, "  opens {}  by", rows(&input.opens))?;
        for key in &rule.keys {
            write!(f, " {}", ty.fields[key.fields[index].index()].name)?;
        }
    }
    writeln!(f)
}

/// Where an operator runs; of what it reads the names of key fields that are not said anyway.
fn place(program: &Program, ty: TypeId, inputs: &[Input]) -> String {
    match program.placement(ty) {
        None | Some(Placement::Beside) => "workers beside".to_owned(),
        Some(Placement::Whole(number)) => format!("worker {number}"),
        Some(Placement::InTurn) => "workers in turn".to_owned(),
        Some(Placement::ByKey(keys)) => {
            let name = |key: &super::Key| {
                let of = inputs.first().map(|input| &program.types[input.ty.index()]);
                let declared = of.and_then(|ty| ty.fields.get(key.fields[0].index()));
                declared.map_or(key.fields[0].to_string(), |field| field.name.clone())
            };
            let names: Vec<String> = keys.iter().map(name).collect();
            format!("workers by {}", names.join(", "))
        }
    }
}

fn rows(rows: &Rows) -> String {
    match rows {
        Rows::All => "all".to_owned(),
        Rows::Any(guards) if guards.is_empty() => "none".to_owned(),
        Rows::Any(guards) => guards.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"),
    }
}

/// A kernel of a rule, its statements indented `depth` times.
pub fn kernel_text(program: &Program, rule: &Rule, kernel: &Kernel, depth: usize) -> String {
    let scope = Scope { program, rule: Some(rule), kernel: Some(kernel), ty: rule.inputs[0].ty };
    let mut text = String::new();
    scope.block(&kernel.body, depth, &mut text);
    text
}

/// A guard's or a time's expression over a type, as text.
pub fn expr_text(program: &Program, ty: TypeId, expr: &Expr) -> String {
    Scope { program, rule: None, kernel: None, ty }.expr(expr)
}

/// Where an expression stands: what its leaves are called.
#[derive(Clone, Copy)]
struct Scope<'a> {
    program: &'a Program,
    rule: Option<&'a Rule>,
    kernel: Option<&'a Kernel>,
    ty: TypeId,
}

impl Scope<'_> {
    fn block(&self, block: &Block, depth: usize, out: &mut String) {
        block.iter().for_each(|stmt| self.stmt(stmt, depth, out));
    }

    fn stmt(&self, stmt: &Stmt, depth: usize, out: &mut String) {
        let pad = "    ".repeat(depth);
        let mut line = |text: String| {
            let _ = writeln!(out, "{pad}{text}");
        };
        let inner = depth + 1;
        match stmt {
            Stmt::ForRows(body) => {
                line("for row".to_owned());
                self.block(body, inner, out);
            }
            Stmt::OnType(arms) => {
                for (ty, body) in arms {
                    let _ = writeln!(out, "{pad}on {}", self.program.types[ty.index()].name);
                    Scope { ty: *ty, ..*self }.block(body, inner, out);
                }
            }
            Stmt::ForDeadlines { before, body } => {
                line(format!("for deadline before {}", self.expr(before)));
                self.block(body, inner, out);
            }
            Stmt::ForSlots(body) => {
                line("for slot".to_owned());
                self.block(body, inner, out);
            }
            Stmt::ForRuns(body) => {
                line("for run".to_owned());
                self.block(body, inner, out);
            }
            Stmt::OnState(arms) => {
                for (states, body) in arms {
                    let states = states.iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
                    let _ = writeln!(out, "{pad}in {states}");
                    self.block(body, inner, out);
                }
            }
            Stmt::If { condition, then, otherwise } => {
                line(format!("if {}", self.expr(condition)));
                self.block(then, inner, out);
                if !otherwise.is_empty() {
                    let _ = writeln!(out, "{pad}else");
                    self.block(otherwise, inner, out);
                }
            }
            Stmt::Start { state, body } => {
                line(format!("start run in {state}"));
                self.block(body, inner, out);
            }
            Stmt::WithRun(body) => {
                line("with a run for the moment".to_owned());
                self.block(body, inner, out);
            }
            Stmt::Let(local, value) => line(format!("{} = {}", self.local(local.index()), self.expr(value))),
            Stmt::Set(register, value) => {
                line(format!("{} = {}", self.register(*register), self.expr(value)))
            }
            Stmt::Reset(register) => line(format!("reset {}", self.register(*register))),
            Stmt::Accumulate(register, value) => {
                line(format!("{} += {}", self.register(*register), self.expr(value)))
            }
            Stmt::Append { list, value } => line(format!("{} << {}", self.register(*list), self.expr(value))),
            Stmt::SetCell(cell, value) => line(format!("{} = {}", self.cell(cell.index()), self.expr(value))),
            Stmt::Goto(state) => line(format!("goto {state}")),
            Stmt::Schedule(time) => line(format!("schedule deadline {}", self.expr(time))),
            Stmt::Emit { at_deadline, values } => {
                let values = values.iter().map(|value| self.expr(value)).collect::<Vec<_>>().join(", ");
                line(format!("emit{} {{ {values} }}", if *at_deadline { " at deadline" } else { "" }));
            }
            Stmt::NextRun => line("next run".to_owned()),
            Stmt::LeaveRuns => line("leave runs".to_owned()),
            Stmt::Copy => line("copy run".to_owned()),
            Stmt::End => line("end run".to_owned()),
            Stmt::ListOverflow => line("count a full list".to_owned()),
            Stmt::CountIdle => line("count an idle partition".to_owned()),
            Stmt::FreeSlot => line("free slot".to_owned()),
        }
    }

    fn local(&self, index: usize) -> String {
        self.kernel.map_or_else(|| format!("v{index}"), |kernel| kernel.locals[index].name.clone())
    }

    fn cell(&self, index: usize) -> String {
        self.rule.map_or_else(|| format!("c{index}"), |rule| rule.cells[index].name.clone())
    }

    fn register(&self, register: RegId) -> String {
        let name =
            self.rule.and_then(|rule| rule.registers.get(register.index())).map(|known| known.names().0);
        format!("{register}[{}]", name.unwrap_or_default())
    }

    /// An expression, parenthesised unless it is a leaf or a call.
    fn inner(&self, expr: &Expr) -> String {
        use ExprKind::*;
        let text = self.expr(expr);
        match expr.kind {
            Const(_) | Column(_) | ListColumn(_) | Guard(_) | Time | Seq | Reg(_) | Acc(..) | List(_)
            | ListFull(_) | Cell(_) | Local(_) | NoRuns | Call(..) => text,
            _ => format!("({text})"),
        }
    }

    fn expr(&self, expr: &Expr) -> String {
        use ExprKind::*;
        let list =
            |all: &[Expr], with: &str| all.iter().map(|one| self.inner(one)).collect::<Vec<_>>().join(with);
        match &expr.kind {
            Const(value) => constant(value),
            Column(field) | ListColumn(field) => {
                self.program.types[self.ty.index()].fields[field.index()].name.clone()
            }
            Guard(guard) => guard.to_string(),
            Time => "time".to_owned(),
            Seq => "seq".to_owned(),
            Reg(register) | List(register) => self.register(*register),
            ListFull(register) => format!("full({})", self.register(*register)),
            Acc(register, read) => format!("{}({})", read_name(*read), self.register(*register)),
            Cell(cell) => self.cell(cell.index()),
            Local(local) => self.local(local.index()),
            NoRuns => "no runs".to_owned(),
            MoreThan(since, span) => format!("time - {} > {}", self.inner(since), duration(*span)),
            Later(time, span) => format!("{} + {}", self.inner(time), duration(*span)),
            Next(a) => format!("{} + 1", self.inner(a)),
            Minus(a, b) => format!("{} - {}", self.inner(a), self.inner(b)),
            Unary(op, a) => match op {
                crate::scalar::Unary::NegI | crate::scalar::Unary::NegF => format!("-{}", self.inner(a)),
            },
            Binary(op, a, b) => format!("{} {} {}", self.inner(a), operator(*op), self.inner(b)),
            Compare(op, a, b) => format!("{} {} {}", self.inner(a), op.symbol(), self.inner(b)),
            And(all) => list(all, " and "),
            Or(all) => list(all, " or "),
            Not(a) => format!("not {}", self.inner(a)),
            IsNull(a) => format!("{} is null", self.inner(a)),
            Coalesce(a, b) => format!("{} ?? {}", self.inner(a), self.inner(b)),
            If(c, a, b) => format!("if {} then {} else {}", self.inner(c), self.inner(a), self.inner(b)),
            Cast(cast, a) => match cast {
                crate::scalar::Cast::IntToFloat => format!("{} as f64", self.inner(a)),
                _ => format!("{} as {}", self.inner(a), expr.ty.kind.name()),
            },
            Call(func, all) => {
                let arguments = all.iter().map(|one| self.expr(one)).collect::<Vec<_>>().join(", ");
                format!("{}({arguments})", func.name())
            }
            Like(a, pattern) => format!("{} like {pattern:?}", self.inner(a)),
            Matches(a, regex) => format!("{} matches {regex:?}", self.inner(a)),
        }
    }
}

const fn read_name(read: AccRead) -> &'static str {
    match read {
        AccRead::Count => "count",
        AccRead::Sum => "sum",
        AccRead::Avg | AccRead::AvgDuration => "avg",
        AccRead::Stddev => "stddev",
    }
}

const fn operator(op: Binary) -> &'static str {
    match op {
        Binary::AddI | Binary::AddF => "+",
        Binary::SubI | Binary::SubF => "-",
        Binary::MulI | Binary::MulF | Binary::ScaleDuration => "*",
        Binary::DivI | Binary::DivF | Binary::DivideDuration | Binary::Ratio => "/",
        Binary::RemI | Binary::RemF => "%",
    }
}

fn constant(value: &Value) -> String {
    match value {
        Value::Str(text) => format!("{text:?}"),
        Value::Timestamp(_) => format!("@{}", text_of(value)),
        other => text_of(other),
    }
}

fn text_of(value: &Value) -> String {
    let mut text = String::new();
    portent_rt::scalar::print::value(value, &mut text);
    text
}

fn duration(nanos: i64) -> String {
    text_of(&Value::Duration(nanos))
}
