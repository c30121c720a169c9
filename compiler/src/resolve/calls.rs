//! Functions of values: which overload is meant, and what is rewritten into other expressions. Aggregates go on to
//! `aggregates`.

use super::aggregates;
use super::conversions::widened;
use super::operators::Placed;
use super::typer::{Operand, Typer, balanced};
use crate::ast::{self, ExprKind, Ident};
use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::hir::Expr;
use crate::scalar::{Compare, DateUnit, Func, Kind, Signature, Value};
use crate::span::Span;

impl Typer<'_, '_> {
    /// `f(…)`: an aggregate or a function.
    pub(super) fn call(
        &mut self,
        span: Span,
        function: &Ident,
        distinct: bool,
        args: &[ast::Expr],
        filter: Option<&ast::Expr>,
    ) -> Operand {
        if aggregates::is_aggregate(&function.name, args.len()) {
            return self.aggregate(span, function, distinct, args, filter);
        }
        if !distinct && filter.is_none() {
            return self.function(span, function, args);
        }
        args.iter().for_each(|arg| drop(self.operand(arg)));
        let what = if distinct { "distinct" } else { "filter" };
        let message = format!("`{what}` on the function `{}`, which is no aggregate", function.name);
        let diagnostic =
            Diagnostic::new(Code::NotAnAggregate, span, message).label(function.span, "looks at one event");
        self.fail(diagnostic.help(format!("leave out `{what}`")))
    }

    fn function(&mut self, span: Span, function: &Ident, args: &[ast::Expr]) -> Operand {
        match function.name.as_str() {
            "coalesce" if args.is_empty() => {
                self.count_mismatch(function, "at least one argument", args.len())
            }
            "coalesce" => self.coalesce(&args.iter().collect::<Vec<_>>()),
            "nullif" => match args {
                [value, null] => self.nullif(value, null).into(),
                _ => self.count_mismatch(function, "two arguments", args.len()),
            },
            "date_trunc" => match args {
                [unit, at] => self.date_trunc(unit, at).into(),
                _ => self.count_mismatch(function, "two arguments", args.len()),
            },
            "concat" | "min" | "max" if args.len() > 2 => self.folded(function, args).into(),
            _ => self.overloaded(span, function, args).into(),
        }
    }

    fn values(&mut self, args: &[ast::Expr]) -> Option<Vec<Placed>> {
        let values: Vec<Option<Placed>> =
            args.iter().map(|arg| self.value(arg).map(|value| (value, arg.span))).collect();
        values.into_iter().collect()
    }

    fn overloaded(&mut self, span: Span, function: &Ident, args: &[ast::Expr]) -> Option<Expr> {
        let overloads = Func::overloads(&function.name);
        let values = self.values(args);
        if overloads.is_empty() {
            self.unknown_function(function);
            return None;
        }
        let fitting: Vec<Func> = overloads
            .iter()
            .copied()
            .filter(|func| func.signature().parameters.len() == args.len())
            .collect();
        if fitting.is_empty() {
            let mut counts: Vec<usize> =
                overloads.iter().map(|func| func.signature().parameters.len()).collect();
            counts.dedup();
            let plural = if counts == [1] { "" } else { "s" };
            let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
            let takes = format!("{} argument{plural}", counts.join(" or "));
            self.count_mismatch(function, &takes, args.len());
            return None;
        }
        let values = values?;
        let kinds: Vec<Kind> = values.iter().map(|(value, _)| value.ty().kind).collect();
        let Some(func) = chosen(&fitting, &kinds) else {
            self.argument_mismatch(span, function, &fitting, &values);
            return None;
        };
        let parameters = func.signature().parameters;
        let arguments =
            values.into_iter().zip(parameters).map(|((value, _), to)| widened(value, *to)).collect();
        Some(Expr::call(func, arguments))
    }

    /// `concat`, `min` and `max` of more than two: of two, again and again.
    fn folded(&mut self, function: &Ident, args: &[ast::Expr]) -> Option<Expr> {
        let values = self.values(args)?;
        let what = format!("the arguments of `{}`", function.name);
        let overloads = Func::overloads(&function.name);
        let fits = |value: &Expr| {
            overloads.iter().any(|func| accepts(value.ty().kind, func.signature().parameters[0]))
        };
        if let Some((value, span)) = values.iter().find(|(value, _)| !fits(value)) {
            self.argument_mismatch(*span, function, overloads, &[(value.clone(), *span)]);
            return None;
        }
        let values = self.one_kind(values, &what)?;
        let kind = values.first()?.ty().kind;
        let func = chosen(overloads, &[kind, kind])?;
        Some(balanced(values, &|left, right| Expr::call(func, vec![left, right])))
    }

    /// `nullif(a, b)`: null where they are equal, else the first.
    fn nullif(&mut self, value: &ast::Expr, null: &ast::Expr) -> Option<Expr> {
        let (first, second) = (self.value(value), self.value(null));
        let mut both =
            self.one_kind(vec![(first?, value.span), (second?, null.span)], "the arguments of `nullif`")?;
        let (second, first) = (both.pop()?, both.pop()?);
        let copy = self.copy(&first, value.span)?;
        let none = Expr::constant_of(Value::Null, first.ty().kind);
        Some(Expr::choose(Expr::compare(Compare::Eq, copy, second), none, first))
    }

    fn date_trunc(&mut self, unit: &ast::Expr, at: &ast::Expr) -> Option<Expr> {
        let value = self.value(at);
        let ExprKind::Str(name) = &unit.kind else {
            let diagnostic = Diagnostic::new(
                Code::ArgumentType,
                unit.span,
                "the unit of `date_trunc` must be a literal text",
            )
            .label(unit.span, "not a literal")
            .help("write it first and in quotes: `date_trunc(\"hour\", at)`");
            self.context.report(diagnostic);
            return None;
        };
        let Some(unit_named) = DateUnit::from_name(name) else {
            let names = DateUnit::ALL.map(DateUnit::name);
            let message = format!("`date_trunc` knows no unit `{name}`");
            let help = match did_you_mean(name, names) {
                Some(near) => format!("did you mean `\"{near}\"`?"),
                None => format!("the units are {}", names.join(", ")),
            };
            self.context.report(
                Diagnostic::new(Code::ArgumentType, unit.span, message)
                    .label(unit.span, "no unit")
                    .help(help),
            );
            return None;
        };
        let value = value?;
        if value.ty().kind == Kind::Timestamp {
            return Some(Expr::call(Func::DateTrunc(unit_named), vec![value]));
        }
        let message = "`date_trunc` takes a `timestamp`";
        let diagnostic = Diagnostic::new(Code::ArgumentType, at.span, message)
            .label(at.span, format!("this is of type `{}`", value.ty()));
        self.context.report(diagnostic.help("convert it: `x as timestamp`"));
        None
    }

    fn unknown_function(&mut self, function: &Ident) {
        let message = format!("there is no function `{}`", function.name);
        let names = Func::names().chain(aggregates::names());
        let diagnostic = Diagnostic::new(Code::UnknownFunction, function.span, message)
            .label(function.span, "not a function")
            .note("functions of a Rust program can be called in the guards of a `#[pattern]` alone");
        self.context.report(match did_you_mean(&function.name, names) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help("the reference lists the functions there are"),
        });
    }

    fn count_mismatch(&mut self, function: &Ident, takes: &str, given: usize) -> Operand {
        let is = if given == 1 { "is" } else { "are" };
        let message = format!("`{}` takes {takes}, and {given} {is} given", function.name);
        let forms = forms(&function.name, Func::overloads(&function.name));
        self.fail(Diagnostic::new(Code::ArgumentCount, function.span, message).help(match forms {
            forms if forms.is_empty() => format!("write `{}` with {takes}", function.name),
            forms => format!("write {forms}"),
        }))
    }

    /// Points at the argument that is wrong, if it is plain which one that is.
    fn argument_mismatch(&mut self, span: Span, function: &Ident, overloads: &[Func], values: &[Placed]) {
        let wrong = values.iter().enumerate().find(|(index, (value, _))| {
            let kind = value.ty().kind;
            !overloads
                .iter()
                .any(|func| func.signature().parameters.get(*index).is_some_and(|to| accepts(kind, *to)))
        });
        let (at, given) = match wrong {
            Some((_, (value, at))) => (*at, format!("`{}`", value.ty())),
            None => (
                span,
                values.iter().map(|(value, _)| format!("`{}`", value.ty())).collect::<Vec<_>>().join(" and "),
            ),
        };
        let message = format!("`{}` does not take {given}", function.name);
        let mut diagnostic = Diagnostic::new(Code::ArgumentType, at, message);
        if wrong.is_some() {
            diagnostic = diagnostic.label(at, format!("this is of type {given}"));
        }
        self.context.report(diagnostic.help(format!("there is {}", forms(&function.name, overloads))));
    }
}

/// Whether an argument of one kind can stand for a parameter of another.
fn accepts(given: Kind, parameter: Kind) -> bool {
    given == parameter || (given == Kind::I64 && parameter == Kind::F64)
}

/// The overload of just these kinds, or else the first to which they widen.
fn chosen(overloads: &[Func], kinds: &[Kind]) -> Option<Func> {
    let exact = overloads.iter().find(|func| func.signature().parameters == kinds);
    let wider = |func: &&Func| {
        let parameters = func.signature().parameters;
        parameters.len() == kinds.len() && kinds.iter().zip(parameters).all(|(kind, to)| accepts(*kind, *to))
    };
    exact.or_else(|| overloads.iter().find(wider)).copied()
}

/// "`abs(i64)`, `abs(f64)`"
fn forms(name: &str, overloads: &[Func]) -> String {
    let form = |signature: Signature| {
        let parameters: Vec<&str> = signature.parameters.iter().map(|kind| kind.name()).collect();
        format!("`{name}({})`", parameters.join(", "))
    };
    overloads.iter().map(|func| form(func.signature())).collect::<Vec<_>>().join(", ")
}
