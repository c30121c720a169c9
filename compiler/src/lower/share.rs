//! Registers that are never needed at once share a place, as a compiler's variables share a register of the processor: what a chain of nine
//! steps compares with the step before is one value of a run, not eight.
//!
//! A register is *live* where something may read it before anything sets it. What is live in a state is found backwards, from the code of
//! all loops over runs, until nothing is added (Aho, Lam, Sethi, Ullman, Compilers 9.2.5); two registers are in each other's way
//! where one is set while the other is live, or both are live in a state.

use crate::lir::{Block, ExprKind, Kernel, RegId, Register, RegisterKind, Stmt};
use crate::scalar::Kind;

/// Registers, as bits.
type Set = u64;

/// What is live at a place in a block: what the rest of the block reads, and what is live in the state that the run is in behind it.
#[derive(Clone, Copy, Default)]
struct Live {
    read: Set,
    behind: Set,
}

impl Live {
    const fn all(self) -> Set {
        self.read | self.behind
    }

    const fn or(self, other: Self) -> Self {
        Self { read: self.read | other.read, behind: self.behind | other.behind }
    }

    const fn without(self, register: Set) -> Self {
        Self { read: self.read & !register, behind: self.behind & !register }
    }
}

/// For each register the place that it gets: of those that share one, the number of the first among the places. None if all keep their own.
pub(super) fn places(registers: &[Register], states: usize, kernels: &[&Kernel]) -> Option<Vec<RegId>> {
    let shares =
        |register: &Register| matches!(register.kind, RegisterKind::Scalar(ty) if ty.kind != Kind::Str);
    // PERF: in a pattern of one state all registers are live at once.
    if states < 2
        || registers.len() > Set::BITS as usize
        || registers.iter().filter(|of| shares(of)).count() < 2
    {
        return None;
    }
    let mut liveness = Liveness { states: vec![0; states], in_the_way: vec![0; registers.len()] };
    liveness.settle(kernels);
    let mut places: Vec<(usize, Set)> = Vec::new();
    let place_of = registers.iter().enumerate().map(|(number, register)| {
        let fits = |(first, members): &(usize, Set)| {
            registers[*first].kind == register.kind && members & liveness.in_the_way[number] == 0
        };
        let known = places.iter().position(fits).filter(|_| shares(register));
        let place = known.unwrap_or_else(|| {
            places.push((number, 0));
            places.len() - 1
        });
        places[place].1 |= 1 << number;
        RegId(place as u32)
    });
    let place_of: Vec<RegId> = place_of.collect();
    (places.len() < registers.len()).then_some(place_of)
}

struct Liveness {
    /// What is live in each state.
    states: Vec<Set>,
    /// For each register those that cannot share its place.
    in_the_way: Vec<Set>,
}

impl Liveness {
    fn settle(&mut self, kernels: &[&Kernel]) {
        loop {
            let before = self.states.clone();
            kernels.iter().for_each(|kernel| self.outside(&kernel.body));
            if before == self.states {
                break;
            }
        }
        for live in self.states.clone() {
            (0..Set::BITS).filter(|register| live >> register & 1 == 1).for_each(|register| {
                self.part(1 << register, live);
            });
        }
    }

    /// Code outside of loops over runs.
    fn outside(&mut self, block: &Block) {
        for stmt in block {
            match stmt {
                Stmt::ForRuns(body) => {
                    self.each_run(body);
                }
                Stmt::Start { state, body } => {
                    let behind = self.states[state.index()];
                    self.block(body, Some(state.index()), Live { read: 0, behind });
                }
                Stmt::WithRun(body) => {
                    self.block(body, None, Live::default());
                }
                _ => stmt.blocks().into_iter().for_each(|inner| self.outside(inner)),
            }
        }
    }

    /// A loop over runs, whatever state they are in; gives all that it may read.
    fn each_run(&mut self, body: &Block) -> Set {
        let mut read = 0;
        for state in 0..self.states.len() {
            let live = self.block(body, Some(state), Live { read: 0, behind: self.states[state] });
            self.states[state] |= live.all();
            read |= live.read;
        }
        read
    }

    /// What is live before a block, by what is live behind it. The run is in a state when the loop comes to it; of a run that is in no
    /// list none is known.
    fn block(&mut self, block: &Block, state: Option<usize>, mut live: Live) -> Live {
        for stmt in block.iter().rev() {
            live = self.stmt(stmt, state, live);
            stmt.exprs().into_iter().for_each(|expr| {
                expr.walk(&mut |inner| {
                    if let ExprKind::Reg(register) = inner.kind {
                        live.read |= bit(register);
                    }
                });
            });
        }
        live
    }

    fn stmt(&mut self, stmt: &Stmt, state: Option<usize>, live: Live) -> Live {
        let stays = state.map_or(0, |state| self.states[state]);
        match stmt {
            Stmt::Set(register, _) | Stmt::Reset(register) => {
                self.part(bit(*register), live.all());
                live.without(bit(*register))
            }
            Stmt::Goto(to) => Live { behind: self.states[to.index()], ..live },
            Stmt::End => Live::default(),
            Stmt::NextRun | Stmt::LeaveRuns => Live { read: 0, behind: stays },
            // The copy is where the run was.
            Stmt::Copy => Live { behind: live.behind | stays, ..live },
            Stmt::If { then, otherwise, .. } => {
                self.block(then, state, live).or(self.block(otherwise, state, live))
            }
            Stmt::OnState(arms) => {
                let is_for = |states: &[crate::lir::StateId]| {
                    state.is_none_or(|state| states.iter().any(|of| of.index() == state))
                };
                let arms = arms.iter().filter(|(states, _)| is_for(states));
                let inside: Vec<Live> = arms.map(|(_, block)| self.block(block, state, live)).collect();
                match (state, inside.as_slice()) {
                    (Some(_), [one]) => *one,
                    _ => inside.into_iter().fold(live, Live::or),
                }
            }
            // Of other runs, and perhaps of this one.
            Stmt::ForRuns(body) => Live { read: live.read | self.each_run(body), ..live },
            _ => {
                stmt.blocks().into_iter().for_each(|inner| self.outside(inner));
                live
            }
        }
    }

    /// Has a register share no place with the others of a set.
    fn part(&mut self, register: Set, others: Set) {
        let number = register.trailing_zeros() as usize;
        let others = others & !register;
        self.in_the_way[number] |= others;
        (0..self.in_the_way.len()).filter(|other| others >> other & 1 == 1).for_each(|other| {
            self.in_the_way[other] |= register;
        });
    }
}

const fn bit(register: RegId) -> Set {
    1 << register.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lir::{Expr, StateId};
    use crate::scalar::{Type, Value};

    const INT: Type = Type::new(Kind::I64);

    fn read(register: u32) -> Expr {
        Expr::new(ExprKind::Reg(RegId(register)), INT)
    }

    fn set(register: u32) -> Stmt {
        Stmt::Set(RegId(register), Expr::new(ExprKind::Const(Value::I64(1)), INT))
    }

    fn emit(register: u32) -> Stmt {
        Stmt::Emit { at_deadline: false, values: vec![read(register)] }
    }

    fn goto(state: u32) -> Stmt {
        Stmt::Goto(StateId(state))
    }

    fn maybe(then: Block) -> Stmt {
        Stmt::If { condition: Expr::truth(), then, otherwise: vec![] }
    }

    fn kernel(body: Block) -> Kernel {
        Kernel { locals: vec![], body }
    }

    /// Runs start in state 0 with register 0 set; an event does one thing or the other, by their state.
    fn step(in_0: Block, in_1: Block) -> Kernel {
        let arms = vec![(vec![StateId(0)], in_0), (vec![StateId(1)], in_1)];
        let start = Stmt::Start { state: StateId(0), body: vec![set(0)] };
        kernel(vec![Stmt::ForRows(vec![Stmt::ForRuns(vec![Stmt::OnState(arms)]), start])])
    }

    fn shared_of(types: [Type; 2], kernels: &[&Kernel]) -> bool {
        let registers =
            types.map(|ty| Register { name: String::new(), kind: RegisterKind::Scalar(ty) }).to_vec();
        match places(&registers, 2, kernels) {
            None => false,
            Some(places) => {
                assert_eq!(places, [RegId(0), RegId(0)]);
                true
            }
        }
    }

    fn shared(in_0: Block, in_1: Block) -> bool {
        shared_of([INT; 2], &[&step(in_0, in_1)])
    }

    #[test]
    fn a_register_takes_the_place_of_what_was_read_for_the_last_time() {
        assert!(shared(vec![emit(0), set(1), goto(1)], vec![emit(1)]));
        // What is set may be made of what was there.
        assert!(shared(vec![Stmt::Set(RegId(1), read(0)), goto(1)], vec![emit(1)]));
        // Runs that stay read it again, but they do not set the other.
        assert!(shared(vec![emit(0), maybe(vec![set(1), goto(1)])], vec![emit(1)]));
    }

    #[test]
    fn registers_that_are_read_later_have_a_place_each() {
        // In the state that follows, on one of its ways, and in the same state.
        assert!(!shared(vec![set(1), goto(1)], vec![emit(0), emit(1)]));
        assert!(!shared(vec![set(1), goto(1)], vec![maybe(vec![emit(0), Stmt::End]), emit(1)]));
        assert!(!shared(vec![set(1), emit(0), goto(1)], vec![emit(1)]));
        assert!(!shared(vec![emit(0), set(1), Stmt::NextRun, goto(1)], vec![emit(1)]));
        assert!(!shared(vec![emit(0), set(1), maybe(vec![goto(1)])], vec![emit(1)]));
    }

    #[test]
    fn a_register_that_may_not_have_been_set_keeps_its_place() {
        // It would be read as what the other has left there, not as null.
        assert!(!shared(vec![emit(0), maybe(vec![set(1)]), goto(1)], vec![emit(1)]));
    }

    #[test]
    fn a_copy_keeps_what_its_state_reads() {
        assert!(shared(vec![emit(0), Stmt::Copy, set(1), goto(1)], vec![emit(1)]));
        assert!(!shared(vec![emit(0), set(1), Stmt::Copy, goto(1)], vec![emit(1)]));
    }

    #[test]
    fn loops_over_all_runs_read_whatever_state_they_are_in() {
        let others = || Stmt::ForRuns(vec![maybe(vec![emit(0), Stmt::End])]);
        assert!(!shared(vec![set(1), others(), goto(1)], vec![emit(1)]));
        assert!(!shared(vec![set(1), goto(1)], vec![emit(1), others()]));
    }

    #[test]
    fn what_other_kernels_read_is_live() {
        let step = step(vec![set(1), goto(1)], vec![emit(1)]);
        let due = |state| vec![Stmt::OnState(vec![(vec![StateId(state)], vec![emit(0)])])];
        let timer = |state| {
            let body = vec![Stmt::ForRuns(due(state))];
            kernel(vec![Stmt::ForDeadlines { before: Expr::time(), body }])
        };
        assert!(shared_of([INT; 2], &[&step, &timer(0)]));
        assert!(!shared_of([INT; 2], &[&step, &timer(1)]));
    }

    #[test]
    fn only_numbers_of_one_type_share() {
        let step = step(vec![emit(0), set(1), goto(1)], vec![emit(1)]);
        assert!(!shared_of([INT, Type::nullable(Kind::I64)], &[&step]));
        assert!(!shared_of([INT, Type::new(Kind::F64)], &[&step]));
        assert!(!shared_of([Type::new(Kind::Str); 2], &[&step]));
    }
}
