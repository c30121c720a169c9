//! Guards as vector units say them: expressions over the columns of a block, for `portent_rt::compiled::select`.

use super::Emitter;
use crate::lir::{Expr, ExprKind, GuardId, TypeId};
use crate::scalar::{Compare, Kind, Value};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

impl Emitter<'_> {
    /// The rows of `block` for which one of these guards holds, if there are any and vector units can say it.
    pub(super) fn rows_of_any(&self, guards: &[GuardId]) -> Option<TokenStream> {
        if let [only] = guards {
            let guard = &self.program.guards[only.index()];
            return self.rows_where(guard.ty, &guard.condition);
        }
        let rows: Vec<_> = guards.iter().map(|guard| self.rows_of_one(*guard)).collect::<Option<_>>()?;
        (!rows.is_empty()).then(|| quote! { #(#rows)|* })
    }

    /// The rows of `block` for which a guard holds, as a part of another expression.
    pub(super) fn rows_of_one(&self, guard: GuardId) -> Option<TokenStream> {
        let guard = &self.program.guards[guard.index()];
        self.rows_within(guard.ty, &guard.condition)
    }

    fn rows_where(&self, ty: TypeId, condition: &Expr) -> Option<TokenStream> {
        match &condition.kind {
            ExprKind::Column(_) if condition.ty.kind == Kind::Bool => {
                let values = self.values_of(ty, condition)?;
                Some(quote! { block.is(#values) })
            }
            ExprKind::Not(inner) => {
                let inner = self.rows_within(ty, inner)?;
                Some(quote! { !#inner })
            }
            ExprKind::And(all) => self.rows_joined(ty, all, &quote! { & }),
            ExprKind::Or(all) => self.rows_joined(ty, all, &quote! { | }),
            ExprKind::Compare(op, a, b) => match (&a.kind, &b.kind) {
                (ExprKind::Column(_), ExprKind::Const(_)) => self.rows_compared(ty, *op, a, b),
                (ExprKind::Const(_), ExprKind::Column(_)) => self.rows_compared(ty, op.turned(), b, a),
                _ => None,
            },
            _ => None,
        }
    }

    /// The same as a part of another condition.
    pub(super) fn rows_within(&self, ty: TypeId, condition: &Expr) -> Option<TokenStream> {
        let rows = self.rows_where(ty, condition)?;
        let joined = matches!(condition.kind, ExprKind::And(_) | ExprKind::Or(_));
        Some(if joined {
            quote! { (#rows) }
        } else {
            rows
        })
    }

    pub(super) fn rows_joined(&self, ty: TypeId, all: &[Expr], by: &TokenStream) -> Option<TokenStream> {
        let mut all = all.iter().map(|one| self.rows_within(ty, one));
        let first = all.next()??;
        all.try_fold(first, |joined, next| {
            let next = next?;
            Some(quote! { #joined #by #next })
        })
    }

    fn rows_compared(&self, ty: TypeId, op: Compare, column: &Expr, than: &Expr) -> Option<TokenStream> {
        let values = self.values_of(ty, column)?;
        let ExprKind::Const(value) = &than.kind else { return None };
        match value {
            Value::I64(_) | Value::Timestamp(_) | Value::Duration(_) => {}
            Value::F64(value) if !value.is_nan() => {}
            _ => return None,
        }
        let name = format_ident!(
            "{}",
            match op {
                Compare::Eq => "eq",
                Compare::Ne => "ne",
                Compare::Lt => "lt",
                Compare::Le => "le",
                Compare::Gt => "gt",
                Compare::Ge => "ge",
            }
        );
        let than = self.over_event(ty).plain(than);
        Some(quote! { block.#name(#values, #than) })
    }

    /// The column that an expression is, if all of its values are there.
    fn values_of(&self, ty: TypeId, column: &Expr) -> Option<TokenStream> {
        match column.kind {
            ExprKind::Column(field) if !column.ty.nullable => {
                let field = &self.names.events[ty.index()].fields[field.index()];
                Some(quote! { columns.#field })
            }
            _ => None,
        }
    }
}
