//! Expressions. Null is `None`: an expression is an `Option` where it may be null, and only there.

use super::Emitter;
use crate::lir::{
    AccKind, AccRead, Expr, ExprKind, GuardId, Kernel, Program, RegisterKind, Rule, Source, TypeId,
    walk_block,
};
use crate::scalar::{Binary, Cast, Compare, Func, Kind, Unary, Value};
use portent_rt::scalar::like::Simple;
use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};
use quote::{format_ident, quote};

/// How tightly an expression binds; what binds looser than its place allows is put in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Binds {
    Loose,
    Or,
    And,
    Compare,
    Sum,
    Product,
    Prefix,
    Tight,
}

/// What a text is in Rust.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// No text.
    Plain,
    /// A place that holds a `Symbol`.
    Place,
    /// A place that holds a `TextRef`.
    Ref,
    /// A `&str`.
    Slice,
    /// A `String`.
    Owned,
}

/// What becomes of a result over operands that may be null.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Over {
    /// It is null where one is.
    Map,
    /// So it is, or where it fails.
    AndThen,
    /// It is false where one is.
    IsSomeAnd,
}

impl Over {
    const fn method(self) -> &'static str {
        match self {
            Over::Map => "map",
            Over::AndThen => "and_then",
            Over::IsSomeAnd => "is_some_and",
        }
    }
}

/// A printed expression.
#[derive(Clone)]
pub(super) struct Code {
    tokens: TokenStream,
    /// Whether it is an `Option`.
    nullable: bool,
    form: Form,
    binds: Binds,
}

/// What is current where an expression stands.
pub(super) struct Place<'a> {
    pub(super) emitter: &'a Emitter<'a>,
    /// The type of the row.
    pub(super) row: Option<TypeId>,
    /// The rule and its kernel.
    pub(super) rule: Option<(usize, &'a Rule, &'a Kernel)>,
    /// What holds the current run.
    pub(super) run: Ident,
    /// The current time.
    pub(super) time: Ident,
    /// The number of the row, or of the row that noted the deadline.
    pub(super) seq: TokenStream,
    /// Guards one of which holds, for the rule does not see other rows.
    pub(super) wants: Vec<GuardId>,
    /// Where faults are counted.
    pub(super) faults: TokenStream,
}

impl Code {
    fn plain(tokens: TokenStream, nullable: bool, binds: Binds) -> Self {
        Self { tokens, nullable, form: Form::Plain, binds }
    }

    fn tight(tokens: TokenStream) -> Self {
        Self::plain(tokens, false, Binds::Tight)
    }

    fn text(tokens: TokenStream, nullable: bool, form: Form) -> Self {
        Self { tokens, nullable, form, binds: Binds::Tight }
    }

    /// Whether it is a place that holds a text, which can be kept as it is.
    fn is_place(&self) -> bool {
        matches!(self.form, Form::Place | Form::Ref)
    }

    /// In a place that takes what binds at least as tightly as `least`.
    fn at(&self, least: Binds) -> TokenStream {
        let tokens = &self.tokens;
        if self.binds < least {
            quote! { (#tokens) }
        } else {
            tokens.clone()
        }
    }

    /// As a value that is looked at: a text as `&str`, or `Option<&str>`.
    fn borrowed(&self, least: Binds) -> TokenStream {
        let tight = self.at(Binds::Tight);
        match (self.form, self.nullable) {
            (Form::Plain | Form::Slice, _) => self.at(least),
            (Form::Place | Form::Owned, true) => quote! { #tight.as_deref() },
            (Form::Ref, true) => quote! { #tight.map(TextRef::as_str) },
            (Form::Place | Form::Ref | Form::Owned, false) => quote! { #tight.as_str() },
        }
    }

    /// As a value that is kept: a text as a `Symbol`.
    fn kept(&self) -> TokenStream {
        let (tokens, tight) = (&self.tokens, self.at(Binds::Tight));
        match (self.form, self.nullable) {
            (Form::Plain, _) => tokens.clone(),
            (Form::Place, _) => quote! { #tight.clone() },
            (Form::Ref, false) => quote! { #tight.keep() },
            (Form::Ref, true) => quote! { #tight.map(TextRef::keep) },
            (Form::Slice, false) => quote! { Symbol::new(#tokens) },
            (Form::Slice, true) => quote! { #tight.map(Symbol::new) },
            (Form::Owned, false) => quote! { Symbol::from(#tokens) },
            (Form::Owned, true) => quote! { #tight.map(Symbol::from) },
        }
    }

    /// A text as a `&str` or `Option<&str>`; or as a `String`, if that is what has to be.
    fn as_form(&self, form: Form) -> Code {
        let tokens = match (form, self.form) {
            (Form::Owned, Form::Owned) | (Form::Plain, _) => self.tokens.clone(),
            (Form::Owned, _) => {
                let borrowed = self.borrowed(Binds::Tight);
                if self.nullable {
                    quote! { #borrowed.map(str::to_owned) }
                } else {
                    quote! { #borrowed.to_owned() }
                }
            }
            _ => self.borrowed(Binds::Loose),
        };
        let binds = if form == Form::Plain { self.binds } else { Binds::Tight };
        Code { tokens, nullable: self.nullable, form, binds }
    }

    /// An `Option` exactly if `nullable`.
    fn with_null(self, nullable: bool) -> Code {
        match (self.nullable, nullable) {
            (false, true) => {
                let (tokens, form) = match self.form {
                    Form::Place | Form::Ref => (self.borrowed(Binds::Loose), Form::Slice),
                    form => (self.tokens, form),
                };
                Code { tokens: quote! { Some(#tokens) }, nullable, form, binds: Binds::Tight }
            }
            (true, false) => {
                let form = if self.is_place() { Form::Slice } else { self.form };
                let value =
                    if form == Form::Owned { self.at(Binds::Tight) } else { self.borrowed(Binds::Tight) };
                Code { tokens: quote! { #value.unwrap_or_default() }, nullable, form, binds: Binds::Tight }
            }
            _ => self,
        }
    }
}

/// The form that two texts have in common.
fn common(a: &Code, b: &Code) -> Form {
    match (a.form, b.form) {
        (Form::Plain, _) | (_, Form::Plain) => Form::Plain,
        (Form::Owned, _) | (_, Form::Owned) => Form::Owned,
        _ => Form::Slice,
    }
}

impl Place<'_> {
    /// The value, as what its type says; a text as what is kept.
    pub(super) fn kept(&self, expr: &Expr, nullable: bool) -> TokenStream {
        if expr.kind == ExprKind::Const(Value::Null) {
            return quote! { None };
        }
        if let ExprKind::Coalesce(value, other) = &expr.kind
            && other.kind == ExprKind::Const(Value::Str(String::new()))
            && self.form(value).is_place()
            && !nullable
        {
            return self.kept(value, false);
        }
        let code = self.form(expr);
        if !code.is_place() {
            return code.with_null(expr.ty.nullable).with_null(nullable).kept();
        }
        // PERF: what a place holds is cloned as it is, which does not allocate; a symbol of its text may.
        let place = code.kept();
        match (code.nullable, nullable) {
            (false, true) => quote! { Some(#place) },
            (true, false) => quote! { #place.unwrap_or_default() },
            _ => place,
        }
    }

    /// Whether a condition holds for every row that the rule sees.
    pub(super) fn is_known(&self, condition: &Expr) -> bool {
        let ExprKind::Or(all) = &condition.kind else { return false };
        let asks = |guard: &GuardId| all.iter().any(|one| one.kind == ExprKind::Guard(*guard));
        !self.wants.is_empty() && self.wants.iter().all(asks)
    }

    /// Whether it is true: null counts as false.
    pub(super) fn truth(&self, expr: &Expr) -> TokenStream {
        self.truth_at(expr, Binds::Loose)
    }

    /// As [`Self::truth`], in a place that takes what binds at least as tightly as `least`.
    pub(super) fn truth_at(&self, expr: &Expr, least: Binds) -> TokenStream {
        let code = self.truth_code(expr);
        code.at(least)
    }

    fn truth_code(&self, expr: &Expr) -> Code {
        match &expr.kind {
            ExprKind::And(all) => {
                let all = all.iter().map(|one| self.truth_at(one, Binds::Compare));
                return Code::plain(quote! { #(#all)&&* }, false, Binds::And);
            }
            ExprKind::Or(all) if let Some(code) = self.is_long_ago(all) => return code,
            ExprKind::Or(all) => {
                let all = all.iter().map(|one| self.truth_at(one, Binds::And));
                return Code::plain(quote! { #(#all)||* }, false, Binds::Or);
            }
            ExprKind::If(condition, a, b) => {
                let (condition, a, b) = (self.truth(condition), self.truth(a), self.truth(b));
                return Code::plain(quote! { if #condition { #a } else { #b } }, false, Binds::Loose);
            }
            ExprKind::Compare(op, a, b) => return self.compare(*op, a, b, true),
            _ => {}
        }
        let code = self.value(expr);
        if !code.nullable {
            return code;
        }
        let tokens = code.at(Binds::Sum);
        Code::plain(quote! { #tokens == Some(true) }, false, Binds::Compare)
    }

    /// `x is null or time - x > …`, said once.
    fn is_long_ago(&self, all: &[Expr]) -> Option<Code> {
        let [Expr { kind: ExprKind::IsNull(of), .. }, Expr { kind: ExprKind::MoreThan(since, span), .. }] =
            all
        else {
            return None;
        };
        let is_same = matches!((&of.kind, &since.kind), (ExprKind::Cell(a), ExprKind::Cell(b)) if a == b);
        let last = self.value(of);
        if !(is_same && last.nullable) {
            return None;
        }
        let (last, span, time) = (last.at(Binds::Tight), duration(*span), &self.time);
        Some(Code::tight(quote! { #last.is_none_or(|last| last < #time.saturating_sub(#span)) }))
    }

    /// The value, an `Option` exactly if its type says so.
    pub(super) fn value(&self, expr: &Expr) -> Code {
        self.form(expr).with_null(expr.ty.nullable)
    }

    /// A value that is no text, as its type says.
    pub(super) fn plain(&self, expr: &Expr) -> TokenStream {
        self.value(expr).tokens
    }

    fn form(&self, expr: &Expr) -> Code {
        match &expr.kind {
            ExprKind::Const(value) => constant(value, expr.ty.kind),
            ExprKind::ListColumn(_) => unreachable!("a list is only emitted"),
            ExprKind::Column(field) => {
                let row = self.row.expect("a row is current").index();
                let ty = self.emitter.program.types[row].fields[field.index()].ty;
                let field = &self.emitter.names.events[row].fields[field.index()];
                let code = place(quote! { event.#field }, ty);
                match self.emitter.has_row(TypeId(row as u32)) && code.is_place() {
                    true => Code { form: Form::Ref, ..code },
                    false => code,
                }
            }
            ExprKind::Guard(guard) => {
                let local = &self.emitter.names.guards[guard.index()].local;
                Code::tight(quote! { #local })
            }
            ExprKind::Time => {
                let time = &self.time;
                Code::tight(quote! { #time })
            }
            ExprKind::Seq => Code::tight(self.seq.clone()),
            ExprKind::Reg(register) => {
                let (field, kind) = self.register(register.index());
                let RegisterKind::Scalar(ty) = kind else { unreachable!("a scalar register") };
                let run = &self.run;
                place(quote! { #run.#field }, ty)
            }
            ExprKind::Acc(register, read) => self.aggregate(register.index(), *read),
            ExprKind::List(register) => {
                let (field, _) = self.register(register.index());
                let run = &self.run;
                Code::tight(quote! { #run.#field.clone() })
            }
            ExprKind::ListFull(register) => {
                let (field, _) = self.register(register.index());
                let (run, (_, rule, _)) = (&self.run, self.rule());
                let max = int(i64::try_from(rule.limits.repetition.max).unwrap_or(i64::MAX));
                Code::plain(quote! { #run.#field.len() >= #max }, false, Binds::Compare)
            }
            ExprKind::Cell(cell) => {
                let (number, rule, _) = self.rule();
                let field = &self.emitter.names.rules[number].cell_fields[cell.index()];
                place(quote! { partition.cells.#field }, rule.cells[cell.index()].ty)
            }
            ExprKind::Local(local) => {
                let local = &self.rule().2.locals[local.index()];
                let name = super::names::ident(&local.name);
                place(quote! { #name }, local.ty)
            }
            ExprKind::NoRuns => Code::tight(quote! { partition.runs.is_empty() }),
            ExprKind::MoreThan(since, span) => {
                // A difference that would be before the beginning of time is at it, and no time is before that. PERF: what the
                // time is compared with is the same for all runs.
                let (since, span, time) = (self.value(since).at(Binds::Compare), duration(*span), &self.time);
                Code::plain(quote! { #since < #time.saturating_sub(#span) }, false, Binds::Compare)
            }
            ExprKind::Later(from, span) => Code::tight(self.later(from, *span)),
            ExprKind::Next(of) => {
                let of = self.value(of).at(Binds::Sum);
                Code::plain(quote! { #of + 1 }, false, Binds::Sum)
            }
            ExprKind::Minus(a, b) => {
                let (a, b) = (self.value(a).at(Binds::Sum), self.value(b).at(Binds::Product));
                Code::plain(quote! { #a - #b }, false, Binds::Sum)
            }
            ExprKind::Unary(op, a) => match op {
                Unary::NegI => self.fallible(&[a], |x| quote! { scalar::int::neg(#(#x),*) }),
                Unary::NegF => self.lift(&[a], Binds::Prefix, Form::Plain, |x| quote! { -#(#x)* }),
            },
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b),
            ExprKind::Compare(op, a, b) => self.compare(*op, a, b, false),
            ExprKind::And(all) => self.junction(expr, all, "and"),
            ExprKind::Or(all) => self.junction(expr, all, "or"),
            ExprKind::Not(a) if let ExprKind::IsNull(of) = &a.kind => {
                let code = self.value(of);
                let tight = code.at(Binds::Tight);
                Code::tight(if code.nullable {
                    quote! { #tight.is_some() }
                } else {
                    quote! { true }
                })
            }
            ExprKind::Not(a) => self.lift(&[a], Binds::Prefix, Form::Plain, |x| quote! { !#(#x)* }),
            ExprKind::IsNull(a) => {
                let code = self.value(a);
                let tight = code.at(Binds::Tight);
                Code::tight(if code.nullable {
                    quote! { #tight.is_none() }
                } else {
                    quote! { false }
                })
            }
            ExprKind::Coalesce(a, b) => self.coalesce(a, b),
            ExprKind::If(condition, a, b) => self.choice(condition, a, b),
            ExprKind::Cast(cast, a) => self.cast(*cast, a),
            ExprKind::Call(func, all) => self.call(*func, &all.iter().collect::<Vec<_>>()),
            ExprKind::Like(text, pattern) => self.like(text, pattern),
            ExprKind::Matches(text, regex) => {
                let known = self.emitter.names.patterns.iter().find(|(known, _)| known == regex);
                let (_, name) = known.expect("a regular expression of the program");
                self.lift(&[text], Binds::Tight, Form::Plain, |x| quote! { #name.is_in(#(#x),*) })
            }
        }
    }

    fn like(&self, text: &Expr, pattern: &str) -> Code {
        let call = |function: TokenStream, part: &str| {
            self.lift(&[text], Binds::Tight, Form::Plain, |x| quote! { scalar::#function(#(#x),*, #part) })
        };
        match Simple::of(pattern) {
            Some(Simple::Is(whole)) => {
                self.lift(&[text], Binds::Compare, Form::Plain, |x| quote! { #(#x)* == #whole })
            }
            Some(Simple::Starts(part)) => call(quote! { text::starts_with }, part),
            Some(Simple::Ends(part)) => call(quote! { text::ends_with }, part),
            Some(Simple::Contains(part)) => call(quote! { text::contains }, part),
            None => call(quote! { like::like }, pattern),
        }
    }

    fn rule(&self) -> (usize, &Rule, &Kernel) {
        self.rule.expect("a rule is current")
    }

    fn register(&self, register: usize) -> (&Ident, RegisterKind) {
        let (number, rule, _) = self.rule();
        (&self.emitter.names.rules[number].registers[register], rule.registers[register].kind)
    }

    fn later(&self, from: &Expr, span: i64) -> TokenStream {
        let (from, span) = (self.value(from).at(Binds::Tight), duration(span));
        quote! { #from.saturating_add(#span) }
    }

    fn aggregate(&self, register: usize, read: AccRead) -> Code {
        let (field, kind) = self.register(register);
        let (run, faults) = (&self.run, &self.faults);
        let of = quote! { &#run.#field };
        let RegisterKind::Acc(kind) = kind else { unreachable!("an aggregate register") };
        let option = |tokens| Code::plain(tokens, true, Binds::Tight);
        match (read, kind) {
            (AccRead::Count, _) => Code::plain(quote! { (#run.#field.count as i64) }, false, Binds::Tight),
            (AccRead::Sum, AccKind::SumI) => option(quote! { acc::sum_int(#of, &#faults) }),
            (AccRead::Avg, AccKind::SumI) => option(quote! { acc::mean_int(#of) }),
            (AccRead::AvgDuration, _) => option(quote! { acc::mean_duration(#of) }),
            (AccRead::Sum, _) => option(quote! { acc::sum_float(#of) }),
            (AccRead::Avg, AccKind::SumF) => option(quote! { acc::mean_float(#of) }),
            (AccRead::Avg, AccKind::Moments) => option(quote! { acc::mean(#of) }),
            (AccRead::Stddev, _) => option(quote! { acc::stddev(#of) }),
        }
    }

    /// `print` of operands that are there; null where one is not.
    fn lift(
        &self,
        operands: &[&Expr],
        binds: Binds,
        form: Form,
        print: impl Fn(&[TokenStream]) -> TokenStream,
    ) -> Code {
        self.lift_over(operands, binds, form, Over::Map, print)
    }

    /// As [`Self::lift`], of what may fail: null, and a fault, then.
    fn fallible(&self, operands: &[&Expr], print: impl Fn(&[TokenStream]) -> TokenStream) -> Code {
        let faults = &self.faults;
        let checked = |operands: &[TokenStream]| {
            let result = print(operands);
            quote! { #faults.checked(#result) }
        };
        self.lift_over(operands, Binds::Tight, Form::Plain, Over::AndThen, checked)
    }

    fn lift_over(
        &self,
        operands: &[&Expr],
        binds: Binds,
        form: Form,
        over: Over,
        print: impl Fn(&[TokenStream]) -> TokenStream,
    ) -> Code {
        let codes: Vec<Code> = operands.iter().map(|operand| self.value(operand)).collect();
        // A part of a text that is made here has to be kept with it.
        let owns = form == Form::Slice && codes.iter().any(|code| code.form == Form::Owned);
        let (form, binds) = if owns { (Form::Owned, Binds::Tight) } else { (form, binds) };
        let print = |operands: &[TokenStream]| {
            let result = print(operands);
            if owns {
                quote! { #result.to_owned() }
            } else {
                result
            }
        };
        let least = if binds == Binds::Tight { Binds::Loose } else { tighter(binds) };
        let mut options: Vec<(TokenStream, Ident)> = Vec::new();
        let mut names = ["x", "y", "z"].into_iter();
        let arguments: Vec<TokenStream> = codes
            .iter()
            .map(|code| match code.nullable {
                false => code.borrowed(least),
                true => {
                    let name = format_ident!("{}", names.next().expect("three operands at most"));
                    // The first is called a method of, the others are arguments.
                    let least = if options.is_empty() { Binds::Tight } else { Binds::Loose };
                    options.push((code.borrowed(least), name.clone()));
                    quote! { #name }
                }
            })
            .collect();
        let result = print(&arguments);
        let Some(((first, name), rest)) = options.split_first() else {
            return Code { tokens: result, nullable: over == Over::AndThen, form, binds };
        };
        let (mut receiver, mut pattern) = (first.clone(), quote! { #name });
        for (option, name) in rest {
            (receiver, pattern) = (quote! { #receiver.zip(#option) }, quote! { (#pattern, #name) });
        }
        let map = format_ident!("{}", over.method());
        let nullable = over != Over::IsSomeAnd;
        let function = function_of(&result, name).filter(|_| rest.is_empty());
        let function = function.unwrap_or_else(|| quote! { |#pattern| #result });
        Code { tokens: quote! { #receiver.#map(#function) }, nullable, form, binds: Binds::Tight }
    }

    fn binary(&self, op: Binary, a: &Expr, b: &Expr) -> Code {
        let both = [a, b];
        let checked = |name: &str| {
            let name = format_ident!("{name}");
            self.fallible(&both, |x| quote! { scalar::int::#name(#(#x),*) })
        };
        let infix = |binds, op: TokenStream| {
            self.lift(&both, binds, Form::Plain, |x| {
                let (a, b) = (&x[0], &x[1]);
                quote! { #a #op #b }
            })
        };
        match op {
            Binary::AddI => checked("add"),
            Binary::SubI => checked("sub"),
            Binary::MulI => checked("mul"),
            Binary::DivI => checked("div"),
            Binary::RemI => checked("rem"),
            Binary::ScaleDuration => checked("scale_duration"),
            Binary::DivideDuration => checked("divide_duration"),
            Binary::Ratio => checked("ratio"),
            Binary::AddF => infix(Binds::Sum, quote! { + }),
            Binary::SubF => infix(Binds::Sum, quote! { - }),
            Binary::MulF => infix(Binds::Product, quote! { * }),
            Binary::DivF => infix(Binds::Product, quote! { / }),
            Binary::RemF => {
                self.lift(&both, Binds::Tight, Form::Plain, |x| quote! { scalar::float::rem(#(#x),*) })
            }
        }
    }

    /// `truth`: null may be false.
    fn compare(&self, op: Compare, a: &Expr, b: &Expr, truth: bool) -> Code {
        let (left, right) = (self.value(a), self.value(b));
        let symbol: TokenStream = op.symbol().parse().expect("an operator of Rust");
        let equality = matches!(op, Compare::Eq | Compare::Ne);
        if equality && left.is_place() && !left.nullable && !right.nullable && is_symbol_or_literal(&right, b)
        {
            let (left, right) = (&left.tokens, &right.tokens);
            return Code::plain(quote! { #left #symbol #right }, false, Binds::Compare);
        }
        if truth && op == Compare::Eq && a.ty.kind != Kind::F64 && left.nullable != right.nullable {
            let (left, right) = (left.as_operand(), right.as_operand());
            return Code::plain(quote! { #left == #right }, false, Binds::Compare);
        }
        let negated = op == Compare::Ne;
        let over = if truth { Over::IsSomeAnd } else { Over::Map };
        if equality && a.ty.kind == Kind::F64 && !is_number(a) && !is_number(b) {
            let binds = if negated { Binds::Prefix } else { Binds::Tight };
            return self.lift_over(&[a, b], binds, Form::Plain, over, |x| match negated {
                true => quote! { !scalar::float::eq(#(#x),*) },
                false => quote! { scalar::float::eq(#(#x),*) },
            });
        }
        self.lift_over(&[a, b], Binds::Compare, Form::Plain, over, |x| {
            let (a, b) = (&x[0], &x[1]);
            quote! { #a #symbol #b }
        })
    }

    fn junction(&self, expr: &Expr, all: &[Expr], name: &str) -> Code {
        if !all.iter().any(|one| one.ty.nullable) {
            return self.truth_code(expr);
        }
        let name = format_ident!("{name}");
        let mut codes = all.iter().map(|one| self.value(one).with_null(true).tokens);
        let first = codes.next().expect("two or more");
        Code::plain(codes.fold(first, |before, next| quote! { #name(#before, #next) }), true, Binds::Tight)
    }

    fn coalesce(&self, a: &Expr, b: &Expr) -> Code {
        let (first, second) = (self.value(a), self.value(b));
        if !first.nullable {
            return first;
        }
        let form = common(&first, &second);
        let (first, second) = (first.as_form(form), second.as_form(form));
        let (receiver, other, nullable) = (first.at(Binds::Tight), &second.tokens, second.nullable);
        let simple = b.children().is_empty() && form != Form::Owned;
        let tokens = match (nullable, simple) {
            (false, true) => quote! { #receiver.unwrap_or(#other) },
            (false, false) => quote! { #receiver.unwrap_or_else(|| #other) },
            (true, true) => quote! { #receiver.or(#other) },
            (true, false) => quote! { #receiver.or_else(|| #other) },
        };
        Code { tokens, nullable, form, binds: Binds::Tight }
    }

    fn choice(&self, condition: &Expr, a: &Expr, b: &Expr) -> Code {
        let (condition, first, second) = (self.truth(condition), self.value(a), self.value(b));
        let nullable = first.nullable || second.nullable;
        let form = common(&first, &second);
        let first = first.as_form(form).with_null(nullable).tokens;
        let second = second.as_form(form).with_null(nullable).tokens;
        let tokens = quote! { if #condition { #first } else { #second } };
        Code { tokens, nullable, form, binds: Binds::Loose }
    }

    fn cast(&self, cast: Cast, a: &Expr) -> Code {
        let of = [a];
        let plain =
            |print: fn(&[TokenStream]) -> TokenStream| self.lift(&of, Binds::Tight, Form::Plain, print);
        match cast {
            Cast::IntToFloat => plain(|x| quote! { scalar::int::to_float(#(#x),*) }),
            Cast::FloatToInt => self.fallible(&of, |x| quote! { scalar::float::to_int(#(#x),*) }),
            Cast::BoolToInt => plain(|x| quote! { i64::from(#(#x),*) }),
            Cast::IntToBool => self.lift(&of, Binds::Compare, Form::Plain, |x| quote! { #(#x)* != 0 }),
            Cast::SameBits => self.value(a),
            Cast::StrToBool => self.fallible(&of, |x| quote! { scalar::parse::bool(#(#x),*) }),
            Cast::StrToInt => self.fallible(&of, |x| quote! { scalar::parse::int(#(#x),*) }),
            Cast::StrToFloat => self.fallible(&of, |x| quote! { scalar::parse::float(#(#x),*) }),
            Cast::StrToTimestamp => self.fallible(&of, |x| quote! { scalar::parse::timestamp(#(#x),*) }),
            Cast::ToStr => {
                let print = match a.ty.kind {
                    Kind::Str => return self.value(a),
                    Kind::Bool => "bool",
                    Kind::I64 => "int",
                    Kind::F64 => "float",
                    Kind::Timestamp => "timestamp",
                    Kind::Duration => "duration",
                };
                let print = format_ident!("{print}");
                self.lift(
                    &of,
                    Binds::Tight,
                    Form::Owned,
                    |x| quote! { written(|out| scalar::print::#print(#(#x),*, out)) },
                )
            }
        }
    }

    fn call(&self, func: Func, all: &[&Expr]) -> Code {
        use Func::*;
        let plain =
            |path: TokenStream| self.lift(all, Binds::Tight, Form::Plain, |x| quote! { #path(#(#x),*) });
        let slice =
            |path: TokenStream| self.lift(all, Binds::Tight, Form::Slice, |x| quote! { #path(#(#x),*) });
        let made = |path: TokenStream| {
            self.lift(all, Binds::Tight, Form::Owned, |x| quote! { written(|out| #path(#(#x),*, out)) })
        };
        let float = |name: &str| {
            let name = format_ident!("{name}");
            plain(quote! { scalar::float::#name })
        };
        match func {
            AbsI | AbsDuration => self.fallible(all, |x| quote! { scalar::int::abs(#(#x),*) }),
            AbsF => float("abs"),
            SignI | SignDuration => plain(quote! { scalar::int::sign }),
            SignF => float("sign"),
            MinI | MinTimestamp | MinDuration => plain(quote! { i64::min }),
            MaxI | MaxTimestamp | MaxDuration => plain(quote! { i64::max }),
            MinF => float("min"),
            MaxF => float("max"),
            MinStr => slice(quote! { ::core::cmp::min }),
            MaxStr => slice(quote! { ::core::cmp::max }),
            Round => float("round"),
            RoundTo => float("round_to"),
            Floor => float("floor"),
            Ceil => float("ceil"),
            Sqrt => float("sqrt"),
            Exp => float("exp"),
            Ln => float("ln"),
            Log10 => float("log10"),
            Pow => float("pow"),
            Sin => float("sin"),
            Cos => float("cos"),
            Atan2 => float("atan2"),
            Length => plain(quote! { scalar::text::length }),
            Lower => made(quote! { scalar::text::lower }),
            Upper => made(quote! { scalar::text::upper }),
            Trim => slice(quote! { scalar::text::trim }),
            SubstrFrom => slice(quote! { scalar::text::substr_from }),
            Substr => slice(quote! { scalar::text::substr }),
            Concat => made(quote! { scalar::text::concat }),
            Contains => plain(quote! { scalar::text::contains }),
            StartsWith => plain(quote! { scalar::text::starts_with }),
            EndsWith => plain(quote! { scalar::text::ends_with }),
            Replace => made(quote! { scalar::text::replace }),
            SplitPart => slice(quote! { scalar::text::split_part }),
            Year => plain(quote! { scalar::time::year }),
            Month => plain(quote! { scalar::time::month }),
            Day => plain(quote! { scalar::time::day }),
            Hour => plain(quote! { scalar::time::hour }),
            Minute => plain(quote! { scalar::time::minute }),
            Second => plain(quote! { scalar::time::second }),
            DayOfWeek => plain(quote! { scalar::time::day_of_week }),
            DateTrunc(unit) => {
                let unit = format_ident!("{}", format!("{unit:?}"));
                self.fallible(all, |x| quote! { scalar::time::truncate(scalar::time::Unit::#unit, #(#x),*) })
            }
            HashBool => plain(quote! { scalar::hash::bool }),
            HashI | HashTimestamp | HashDuration => plain(quote! { scalar::hash::int }),
            HashF => float_hash(self, all),
            HashStr => self.lift(
                all,
                Binds::Tight,
                Form::Plain,
                |x| quote! { scalar::hash::bytes(#(#x.as_bytes()),*) },
            ),
        }
    }
}

fn float_hash(place: &Place<'_>, all: &[&Expr]) -> Code {
    place.lift(all, Binds::Tight, Form::Plain, |x| quote! { scalar::hash::float(#(#x),*) })
}

impl Code {
    /// As an operand of `==` between `Option`s.
    fn as_operand(&self) -> TokenStream {
        match self.nullable {
            true => self.borrowed(Binds::Sum),
            false => {
                let value = self.borrowed(Binds::Loose);
                quote! { Some(#value) }
            }
        }
    }
}

/// The path of a function, if `tokens` are a call of it with `argument` alone.
fn function_of(tokens: &TokenStream, argument: &Ident) -> Option<TokenStream> {
    let mut path: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let TokenTree::Group(group) = path.pop()? else { return None };
    let is_path = |token: &TokenTree| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    };
    let is_call = group.delimiter() == Delimiter::Parenthesis && *argument == group.stream().to_string();
    (is_call && !path.is_empty() && path.iter().all(is_path)).then(|| path.into_iter().collect())
}

/// A place that holds a value of a type.
fn place(tokens: TokenStream, ty: crate::scalar::Type) -> Code {
    let form = if ty.kind == Kind::Str { Form::Place } else { Form::Plain };
    Code { tokens, nullable: ty.nullable, form, binds: Binds::Tight }
}

fn is_symbol_or_literal(code: &Code, expr: &Expr) -> bool {
    code.is_place() || matches!(expr.kind, ExprKind::Const(_))
}

/// Whether it is known not to be NaN.
fn is_number(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Const(Value::F64(value)) if !value.is_nan())
}

const fn tighter(binds: Binds) -> Binds {
    match binds {
        Binds::Loose => Binds::Or,
        Binds::Or => Binds::And,
        Binds::And => Binds::Compare,
        Binds::Compare => Binds::Sum,
        Binds::Sum => Binds::Product,
        Binds::Product => Binds::Prefix,
        Binds::Prefix | Binds::Tight => Binds::Tight,
    }
}

fn constant(value: &Value, kind: Kind) -> Code {
    match value {
        Value::Null if kind == Kind::Str => Code::text(quote! { None::<&str> }, true, Form::Slice),
        Value::Null => {
            let ty = super::types::type_of(kind, false);
            Code::plain(quote! { None::<#ty> }, true, Binds::Tight)
        }
        Value::Bool(value) => Code::tight(quote! { #value }),
        Value::I64(i64::MAX) | Value::Timestamp(i64::MAX) => Code::tight(quote! { i64::MAX }),
        Value::Timestamp(value) if *value == i64::MAX - 1 => {
            Code::plain(quote! { i64::MAX - 1 }, false, Binds::Sum)
        }
        Value::I64(value) | Value::Timestamp(value) => Code::plain(int(*value), false, sign(*value < 0)),
        Value::Duration(value) => Code::plain(duration(*value), false, sign(*value < 0)),
        Value::F64(value) => Code::plain(float(*value), false, sign(value.is_sign_negative())),
        Value::Str(text) => Code::text(quote! { #text }, false, Form::Slice),
        Value::List(_) => unreachable!("a constant is a scalar"),
    }
}

const fn sign(negative: bool) -> Binds {
    if negative { Binds::Prefix } else { Binds::Tight }
}

/// An integer, its digits in groups of three.
pub(super) fn int(value: i64) -> TokenStream {
    let digits = value.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    let literal: Literal = grouped.parse().expect("digits are a literal");
    if value < 0 {
        quote! { -#literal }
    } else {
        quote! { #literal }
    }
}

fn float(value: f64) -> TokenStream {
    if value.is_nan() {
        return quote! { f64::NAN };
    }
    let size = match value.is_infinite() {
        true => quote! { f64::INFINITY },
        false => {
            let literal = Literal::f64_unsuffixed(value.abs());
            quote! { #literal }
        }
    };
    if value.is_sign_negative() {
        quote! { -#size }
    } else {
        size
    }
}

/// Nanoseconds in the largest unit that they are whole in.
pub(super) fn duration(nanos: i64) -> TokenStream {
    const UNITS: [(i64, &str); 5] = [
        (86_400_000_000_000, "days"),
        (3_600_000_000_000, "hours"),
        (60_000_000_000, "minutes"),
        (1_000_000_000, "seconds"),
        (1_000_000, "millis"),
    ];
    match UNITS.iter().find(|(unit, _)| nanos > 0 && nanos % unit == 0) {
        Some((unit, name)) => {
            let (name, count) = (format_ident!("{name}"), int(nanos / unit));
            quote! { #name(#count) }
        }
        None => int(nanos),
    }
}

/// Calls `visit` for every expression of a program.
pub(super) fn walk<'a>(program: &'a Program, visit: &mut dyn FnMut(&'a Expr)) {
    for ty in &program.types {
        if let Source::Input { time: Some(time), .. } = &ty.source {
            time.walk(visit);
        }
        ty.computed.iter().for_each(|value| value.walk(visit));
    }
    program.guards.iter().for_each(|guard| guard.condition.walk(visit));
    for rule in &program.rules {
        for kernel in [Some(&rule.step), rule.timer.as_ref(), rule.sweep.as_ref()].into_iter().flatten() {
            walk_block(&kernel.body, &mut |stmt| stmt.exprs().into_iter().for_each(|expr| expr.walk(visit)));
        }
    }
}
