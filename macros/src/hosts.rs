//! Functions of the program in guards. A call of one becomes a field of its event, which is worked out when it is pushed: the
//! compiler proper knows no functions but its own.

use crate::schema::{Field, Schema};
use crate::source::Source;
use portent_compiler::ast::{
    self, Element, Expr, ExprKind, File, Item, Pattern, PatternKind, ScalarName, Step, TypeRef,
};
use portent_compiler::diag::{Code, Diagnostics};
use portent_compiler::span::Span;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Result;

/// A call of a function of the program.
pub(crate) struct Host {
    /// The event type that has its result as a field.
    pub(crate) ty: String,
    /// The name of this field, which no event has.
    field: String,
    /// The call, with `event` in scope.
    pub(crate) call: TokenStream,
}

/// Makes fields of the calls of functions that the language does not know, where they stand in guards. The calls are in order
/// of the fields that are added.
pub(crate) fn replace(
    file: &mut File,
    unknown: &Diagnostics,
    schemas: &[Schema],
    source: &Source,
) -> Result<Vec<Host>> {
    let is_unknown = |d: &&portent_compiler::diag::Diagnostic| d.code == Code::UnknownFunction;
    let places: Vec<Span> = unknown.iter().filter(is_unknown).map(|diagnostic| diagnostic.span).collect();
    let mut hosts = Vec::new();
    for item in &mut file.items {
        if let Item::Pattern(rule) = item {
            steps(&mut rule.pattern.value, &mut |step| {
                let Some(schema) = schemas.iter().find(|schema| schema.name == step.ty.name) else {
                    return Ok(());
                };
                let Step { variable, guard, .. } = step;
                let own = variable.as_ref().map(|variable| variable.name.as_str());
                let guard_of = Guard { schema, own, places: &places, source };
                guard.as_mut().map_or(Ok(()), |guard| guard_of.expr(guard, &mut hosts))
            })?;
        }
    }
    for item in &mut file.items {
        if let Item::Event(event) = item {
            let added = hosts.iter().filter(|host| host.ty == event.name.name);
            event.fields.extend(added.map(|host| bool_field(&host.field, event.span)));
        }
    }
    Ok(hosts)
}

fn bool_field(name: &str, span: Span) -> ast::Field {
    let ty = TypeRef { scalar: ScalarName::Bool, unit: None, nullable: false, span };
    ast::Field { doc: String::new(), name: ast::Ident { name: name.to_owned(), span }, ty, span }
}

/// Each step that binds or forbids an event.
fn steps(pattern: &mut Pattern, visit: &mut impl FnMut(&mut Step) -> Result<()>) -> Result<()> {
    match &mut pattern.kind {
        PatternKind::Step(step) => visit(step),
        PatternKind::Sequence { first, rest } => {
            let elements = std::iter::once(&mut **first).chain(rest.iter_mut().map(|(_, next)| next));
            for element in elements {
                match element {
                    Element::Match(pattern) => steps(pattern, visit)?,
                    Element::Not(negation) => visit(&mut negation.step)?,
                }
            }
            Ok(())
        }
        PatternKind::Alternatives(parts) | PatternKind::All(parts) => {
            parts.iter_mut().try_for_each(|part| steps(part, visit))
        }
        PatternKind::Repeat(inner, _) => steps(inner, visit),
    }
}

/// The guard of a step.
struct Guard<'a> {
    schema: &'a Schema,
    /// The step's variable.
    own: Option<&'a str>,
    /// Names of functions that are not known.
    places: &'a [Span],
    source: &'a Source,
}

impl Guard<'_> {
    fn expr(&self, expr: &mut Expr, hosts: &mut Vec<Host>) -> Result<()> {
        if let ExprKind::Call { function, args, distinct: false, filter: None } = &expr.kind
            && self.places.contains(&function.span)
        {
            let at = self.source.span(function.span.range());
            let Ok(mut name) = syn::parse_str::<Ident>(&function.name) else { return Ok(()) };
            name.set_span(at);
            let args = args.iter().map(|arg| self.argument(&name, arg)).collect::<Result<Vec<_>>>()?;
            let field = format!("{}_says_{}", function.name, hosts.len() + 1);
            let call = quote_spanned! { at => #name(#(#args),*) };
            expr.kind = ExprKind::Name(ast::Ident { name: field.clone(), span: expr.span });
            hosts.push(Host { ty: self.schema.name.to_string(), field, call });
            return Ok(());
        }
        children(expr).into_iter().try_for_each(|child| self.expr(child, hosts))
    }

    /// What a function is given: text by reference, other values as they are.
    fn argument(&self, function: &Ident, arg: &Expr) -> Result<TokenStream> {
        let field = match &arg.kind {
            ExprKind::Name(name) if self.own == Some(&name.name) => return Ok(quote! { event }),
            ExprKind::Name(name) => Some(name),
            ExprKind::Field { base, field } => match &base.kind {
                ExprKind::Name(name) if self.own == Some(&name.name) => Some(field),
                _ => None,
            },
            _ => None,
        };
        let known = |name: &ast::Ident| self.schema.fields.iter().find(|field| field.name == name.name);
        let Some(Field { ident, ty, .. }) = field.and_then(known) else {
            let message = format!(
                "`{function}` is no function of the language, and one of Rust is given fields of the event alone, here of `{}`",
                self.schema.name
            );
            return Err(self.source.error(arg.span.range(), &message));
        };
        Ok(match ty.as_str() {
            "str" => quote! { &event.#ident },
            "str?" => quote! { event.#ident.as_deref() },
            _ => quote! { event.#ident },
        })
    }
}

/// The operands of an expression.
fn children(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Field { base: operand, .. }
        | ExprKind::Unary(_, operand)
        | ExprKind::IsNull { operand, .. }
        | ExprKind::Cast { operand, .. } => vec![&mut **operand],
        ExprKind::Call { args, filter, .. } => args.iter_mut().chain(filter.as_deref_mut()).collect(),
        ExprKind::Binary(_, a, b) | ExprKind::TextMatch { operand: a, pattern: b, .. } => {
            vec![&mut **a, &mut **b]
        }
        ExprKind::In { operand, list, .. } => std::iter::once(&mut **operand).chain(list).collect(),
        ExprKind::Between { operand: a, low: b, high: c, .. }
        | ExprKind::If { condition: a, then: b, otherwise: c } => vec![&mut **a, &mut **b, &mut **c],
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Duration(_)
        | ExprKind::Timestamp(_)
        | ExprKind::Name(_) => Vec::new(),
    }
}
