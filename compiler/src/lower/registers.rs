//! What a run keeps: a register for each thing that is read later, made when something first reads it.

use crate::hir::{AggOp, Expr as HirExpr, ExprKind as HirKind, FieldId, PatternRule, Program, VarId};
use crate::lir::{AccKind, AccRead, Expr, ExprKind, RegId, Register, RegisterKind};
use crate::scalar::{Cast, Kind, Type};

/// What a register is for. The order is that in which a bound event updates them: what asks whether it is the
/// first one comes before what counts.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Purpose {
    /// The time of the first event.
    Start,
    /// Its sequence number.
    StartSeq,
    /// The partition's count of events at the first one.
    StartCount,
    /// The sequence number of the last event taken.
    LastSeq,
    /// The number of the row behind which a trailing `for` is waited out: the one that noted the deadline.
    WaitSeq,
    /// A field of the event last bound to a variable.
    Field(VarId, FieldId),
    /// Whether a variable has an event.
    Bound(VarId),
    /// The sequence number of its first event.
    FirstSeqOf(VarId),
    /// The sequence number of its last event.
    LastSeqOf(VarId),
    /// The item of its first event.
    First(VarId, HirExpr),
    /// The item of its last event.
    Last(VarId, HirExpr),
    /// The least item.
    Min(VarId, HirExpr),
    /// The greatest item.
    Max(VarId, HirExpr),
    /// How many events, or items that are not null.
    Count(VarId, Option<HirExpr>),
    /// Another aggregate.
    Acc(AccKind, VarId, HirExpr),
    /// All items.
    List(VarId, HirExpr),
}

impl Purpose {
    /// The variable whose events it follows.
    pub(super) const fn variable(&self) -> Option<VarId> {
        use Purpose::*;
        match self {
            Start | StartSeq | StartCount | LastSeq | WaitSeq => None,
            Field(v, _)
            | Bound(v)
            | FirstSeqOf(v)
            | LastSeqOf(v)
            | First(v, _)
            | Last(v, _)
            | Min(v, _)
            | Max(v, _)
            | Count(v, _)
            | Acc(_, v, _)
            | List(v, _) => Some(*v),
        }
    }
}

/// The registers of a rule.
pub(super) struct Registers<'a> {
    program: &'a Program,
    rule: &'a PatternRule,
    /// Variables that may have no event in an iteration.
    loose: Vec<VarId>,
    purposes: Vec<Purpose>,
    /// The register of each purpose.
    places: Vec<RegId>,
    registers: Vec<Register>,
}

impl<'a> Registers<'a> {
    pub(super) fn new(program: &'a Program, rule: &'a PatternRule) -> Self {
        let loose = super::automaton::loose_variables(&rule.body);
        Self { program, rule, loose, purposes: Vec::new(), places: Vec::new(), registers: Vec::new() }
    }

    /// Whether an iteration may do without an event of the variable.
    pub(super) fn is_loose(&self, variable: VarId) -> bool {
        self.loose.contains(&variable)
    }

    /// The program that the rule is of.
    pub(super) const fn program(&self) -> &'a Program {
        self.program
    }

    /// Those made so far, by number.
    pub(super) fn registers(&self) -> &[Register] {
        &self.registers
    }

    /// Those made so far, by number.
    pub(super) fn into_registers(self) -> Vec<Register> {
        self.registers
    }

    /// Gives each register another number, some of them the same.
    pub(super) fn share(&mut self, places: &[RegId]) {
        let mut shared: Vec<Register> = Vec::new();
        for (register, place) in self.registers.drain(..).zip(places) {
            match shared.get_mut(place.index()) {
                Some(known) => known.name += &format!("{}{}", Register::SHARED, register.name),
                None => shared.push(register),
            }
        }
        self.registers = shared;
        self.places.iter_mut().for_each(|place| *place = places[place.index()]);
    }

    /// How many purposes there are.
    pub(super) const fn len(&self) -> usize {
        self.purposes.len()
    }

    /// The registers that follow a variable, with what they are for.
    pub(super) fn of_variable(&self, variable: VarId) -> Vec<(RegId, Purpose)> {
        let all =
            self.purposes.iter().enumerate().filter(|(_, purpose)| purpose.variable() == Some(variable));
        all.map(|(index, purpose)| (self.places[index], purpose.clone())).collect()
    }

    /// The register for a purpose, if there is one.
    pub(super) fn known(&self, purpose: &Purpose) -> Option<RegId> {
        let index = self.purposes.iter().position(|known| known == purpose)?;
        Some(self.places[index])
    }

    /// The register for a purpose.
    pub(super) fn get(&mut self, purpose: Purpose) -> RegId {
        if let Some(known) = self.known(&purpose) {
            return known;
        }
        let register = self.describe(&purpose);
        self.purposes.push(purpose);
        self.registers.push(register);
        let place = RegId(self.registers.len() as u32 - 1);
        self.places.push(place);
        place
    }

    /// Reads the register for a purpose, as a value of type `ty`.
    pub(super) fn read(&mut self, purpose: Purpose, ty: Type) -> Expr {
        Expr::new(ExprKind::Reg(self.get(purpose)), ty)
    }

    fn describe(&self, purpose: &Purpose) -> Register {
        use Purpose::*;
        let scalar = |name: &str, ty| Register { name: name.to_owned(), kind: RegisterKind::Scalar(ty) };
        let name_of = |variable: &VarId| &self.rule.variables[variable.0 as usize].name;
        let item = |variable: &VarId, item: &HirExpr| match item.kind() {
            HirKind::Item(field) => format!("{}.{}", name_of(variable), self.field_name(*variable, *field)),
            _ => format!("{}.(…)", name_of(variable)),
        };
        let nullable = |expr: &HirExpr| Type::nullable(expr.ty().kind);
        match purpose {
            Start => scalar("start", Type::new(Kind::Timestamp)),
            StartSeq => scalar("start.seq", Type::new(Kind::I64)),
            StartCount => scalar("start.count", Type::new(Kind::I64)),
            LastSeq => scalar("last.seq", Type::new(Kind::I64)),
            WaitSeq => scalar("wait.seq", Type::new(Kind::I64)),
            Field(variable, field) => {
                let bound = &self.rule.variables[variable.0 as usize];
                let ty = self.program.ty(bound.ty).fields[field.0 as usize].ty;
                let ty = ty.or_null(bound.optional || self.is_loose(*variable));
                scalar(&format!("{}.{}", bound.name, self.field_name(*variable, *field)), ty)
            }
            Bound(variable) => scalar(&format!("{} is bound", name_of(variable)), Type::new(Kind::Bool)),
            FirstSeqOf(variable) => {
                scalar(&format!("first({}).seq", name_of(variable)), Type::nullable(Kind::I64))
            }
            LastSeqOf(variable) => {
                scalar(&format!("last({}).seq", name_of(variable)), Type::nullable(Kind::I64))
            }
            First(variable, of) => scalar(&format!("first({})", item(variable, of)), nullable(of)),
            Last(variable, of) => scalar(&format!("last({})", item(variable, of)), nullable(of)),
            Min(variable, of) => scalar(&format!("min({})", item(variable, of)), nullable(of)),
            Max(variable, of) => scalar(&format!("max({})", item(variable, of)), nullable(of)),
            Count(variable, None) => scalar(&format!("count({})", name_of(variable)), Type::new(Kind::I64)),
            Count(variable, Some(of)) => {
                scalar(&format!("count({})", item(variable, of)), Type::new(Kind::I64))
            }
            Acc(kind, variable, of) => {
                let what = if *kind == AccKind::Moments { "stddev" } else { "sum" };
                Register { name: format!("{what}({})", item(variable, of)), kind: RegisterKind::Acc(*kind) }
            }
            List(variable, of) => Register {
                name: format!("collect({})", item(variable, of)),
                kind: RegisterKind::List(of.ty().kind),
            },
        }
    }

    fn field_name(&self, variable: VarId, field: FieldId) -> &str {
        let ty = self.rule.variables[variable.0 as usize].ty;
        &self.program.ty(ty).fields[field.0 as usize].name
    }

    /// Reads an aggregate of type `ty` over the events bound so far.
    pub(super) fn aggregate(&mut self, op: AggOp, variable: VarId, item: Option<&HirExpr>, ty: Type) -> Expr {
        let Some(item) = item.cloned() else { return self.read(Purpose::Count(variable, None), ty) };
        let kind = item.ty().kind;
        let sum = if kind == Kind::F64 { AccKind::SumF } else { AccKind::SumI };
        let (acc, read) = match op {
            AggOp::Count => return self.read(Purpose::Count(variable, Some(item)), ty),
            AggOp::First => {
                self.get(Purpose::Count(variable, None));
                return self.read(Purpose::First(variable, item), ty);
            }
            AggOp::Last => return self.read(Purpose::Last(variable, item), ty),
            AggOp::Min => return self.read(Purpose::Min(variable, item), ty),
            AggOp::Max => return self.read(Purpose::Max(variable, item), ty),
            AggOp::Sum => (sum, AccRead::Sum),
            AggOp::Avg if kind == Kind::Duration => (sum, AccRead::AvgDuration),
            AggOp::Avg => (sum, AccRead::Avg),
            AggOp::Stddev => (AccKind::Moments, AccRead::Stddev),
        };
        let item = match acc {
            AccKind::Moments if kind == Kind::I64 => HirExpr::cast(Cast::IntToFloat, item, Kind::F64),
            _ => item,
        };
        let register = self.get(Purpose::Acc(acc, variable, item));
        Expr::new(ExprKind::Acc(register, read), ty)
    }
}
