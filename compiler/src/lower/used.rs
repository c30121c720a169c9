//! Which fields anything reads: readers decode only these.

use crate::lir::{Block, Expr, ExprKind, FieldId, Placement, Program, Source, Stmt, TypeId};

/// Sets [`crate::lir::Field::used`].
pub(super) fn mark(program: &mut Program) {
    let mut used: Vec<(TypeId, FieldId)> = Vec::new();
    for (index, ty) in program.types.iter().enumerate() {
        if let Source::Input { time: Some(time), .. } = &ty.source {
            columns(time, TypeId(index as u32), &mut used);
        }
    }
    for (index, ty) in program.types.iter().enumerate() {
        ty.computed.iter().for_each(|value| columns(value, TypeId(index as u32), &mut used));
    }
    for window in &program.windows {
        let operands =
            window.aggregates.iter().flat_map(|aggregate| aggregate.value.iter().chain(&aggregate.by));
        used.extend(window.keys.iter().chain(operands).map(|field| (window.input, *field)));
    }
    for guard in &program.guards {
        columns(&guard.condition, guard.ty, &mut used);
    }
    for rule in &program.rules {
        for key in &rule.keys {
            used.extend(rule.inputs.iter().map(|input| input.ty).zip(key.fields.iter().copied()));
        }
        block(&rule.step.body, rule.inputs[0].ty, &mut used);
        if let Some(Placement::ByKey(keys)) = program.placement(rule.output_type) {
            for key in keys {
                used.extend(rule.inputs.iter().map(|input| input.ty).zip(key.fields.iter().copied()));
            }
        }
    }
    for (ty, field) in used {
        // Computed fields are not decoded.
        if let Some(field) = program.types[ty.index()].fields.get_mut(field.index()) {
            field.used = true;
        }
    }
}

fn columns(expr: &Expr, ty: TypeId, used: &mut Vec<(TypeId, FieldId)>) {
    expr.walk(&mut |inner| {
        if let ExprKind::Column(field) = inner.kind {
            used.push((ty, field));
        }
    });
}

/// `ty` is the type of the current row.
fn block(stmts: &Block, ty: TypeId, used: &mut Vec<(TypeId, FieldId)>) {
    for stmt in stmts {
        stmt.exprs().into_iter().for_each(|expr| columns(expr, ty, used));
        match stmt {
            Stmt::OnType(arms) => arms.iter().for_each(|(ty, arm)| block(arm, *ty, used)),
            _ => stmt.blocks().into_iter().for_each(|inner| block(inner, ty, used)),
        }
    }
}
