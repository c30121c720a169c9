//! `Rules`: the whole program as its users see it, and the functions of guards and times.

use super::Emitter;
use super::expr::Place;
use super::names::{code, doc, mentioned};
use super::rule::{Function, Printed};
use crate::lir::{Expr, ExprKind, GuardId, Kernel, Rule, Source, TypeId};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// What there is of a program beside its rules.
struct Shape {
    /// The greatest lateness of an event type, in nanoseconds.
    lateness: i64,
    /// Whether a rule can stop it.
    stops: bool,
    /// Whether rules have deadlines.
    deadlines: bool,
}

impl Shape {
    /// Whether events may have to wait.
    const fn waits(&self) -> bool {
        self.lateness > 0
    }

    /// What follows a call that may stop the program.
    fn question(&self) -> Option<TokenStream> {
        self.stops.then(|| quote! { ? })
    }

    fn result(&self) -> Option<TokenStream> {
        self.stops.then(|| quote! { -> Result<(), Stopped> })
    }

    fn end(&self) -> Option<TokenStream> {
        self.stops.then(|| quote! { Ok(()) })
    }
}

impl Emitter<'_> {
    fn shape(&self, rules: &[Printed]) -> Shape {
        let lateness = self.inputs().map(|(_, ty)| match ty.source {
            Source::Input { lateness, .. } => lateness,
            Source::Rule { .. } | Source::Window(_) => 0,
        });
        Shape {
            lateness: lateness.max().unwrap_or(0),
            stops: rules.iter().any(Printed::stops),
            deadlines: rules.iter().any(|rule| rule.timer.is_some()),
        }
    }

    pub(super) fn program(&self, rules: &[Printed]) -> TokenStream {
        let shape = self.shape(rules);
        let fields: Vec<_> = self.names.rules.iter().map(|rule| &rule.field).collect();
        let states: Vec<_> = self.names.rules.iter().map(|rule| &rule.state).collect();
        let sticky = shape.stops || shape.waits();
        let waiting = shape.waits().then(|| quote! { waiting: Waiting<Event>, });
        let stopped = sticky.then(|| quote! { stopped: Option<Stopped>, });
        let new_waiting = shape.waits().then(|| quote! { waiting: Waiting::new(limits.disorder_max), });
        let new_stopped = sticky.then(|| quote! { stopped: None, });
        let limits = if shape.waits() { format_ident!("limits") } else { format_ident!("_limits") };
        let lateness = super::expr::duration(shape.lateness);
        let push = self.inputs().map(|(number, _)| self.push(number, &shape));
        let on_rows = self.inputs().map(|(number, _)| self.on_event(TypeId(number as u32), rules, &shape));
        let deadlines = shape.deadlines.then(|| self.on_deadlines(rules, &shape));
        let release = shape.waits().then(|| self.release(&shape));
        let any = self.push_any();
        let advance = self.advance(&shape);
        let stop = sticky.then(|| {
            quote! {
                /// Notes what has stopped the program.
                fn stop<T>(&mut self, result: Result<T, Stopped>) -> Result<T, Stopped> {
                    self.stopped = result.as_ref().err().copied();
                    result
                }
            }
        });
        let about = doc(&format!(
            "The rules of {}, running. Events go in, matches come out, in order of time.",
            code(&self.options.source)
        ));
        quote! {
            #about
            #[derive(Debug)]
            pub struct Rules {
                clock: Clock,
                #waiting
                #stopped
                faults: Faults,
                #(#fields: #states,)*
            }

            impl Rules {
                /// Rules that have seen nothing.
                pub fn new(#limits: Limits) -> Self {
                    Self {
                        clock: Clock::new(#lateness),
                        #new_waiting
                        #new_stopped
                        faults: Faults::new(),
                        #(#fields: #states::new(),)*
                    }
                }

                #any
                #(#push)*
                #advance

                /// What was counted so far.
                pub fn stats(&self) -> Stats {
                    Stats::new(&self.clock, &self.faults, [#(self.#fields.stats()),*].into())
                }

                #(#on_rows)*
                #deadlines
                #release
                #stop
            }
        }
    }

    fn push_any(&self) -> TokenStream {
        let arms = self.inputs().map(|(number, _)| {
            let names = &self.names.events[number];
            let (ty, push) = (&names.ty, format_ident!("push_{}", names.snake));
            quote! { Event::#ty(event) => self.#push(event, sink) }
        });
        quote! {
            /// Takes an event.
            ///
            /// # Errors
            /// If a limit is reached that is to be an error.
            #[inline]
            pub fn push(&mut self, event: Event, sink: &mut impl Sink<Match>) -> Result<Arrival, Stopped> {
                match event { #(#arms),* }
            }
        }
    }

    /// The ways in of an event type.
    fn push(&self, number: usize, shape: &Shape) -> TokenStream {
        let (names, ty) = (&self.names.events[number], &self.program.types[number]);
        let (event, columns, on) = (&names.ty, &names.columns, &names.on);
        let push = format_ident!("push_{}", names.snake);
        let (batch, by_columns) = (format_ident!("{push}_batch"), format_ident!("{push}_columns"));
        let admit = format_ident!("admit_{}", names.snake);
        let time = self.time(number, ty);
        let question = shape.question();
        let check = (shape.stops || shape.waits()).then(|| {
            quote! {
                if let Some(stopped) = self.stopped {
                    return Err(stopped);
                }
            }
        });
        let take = match shape.waits() {
            true => quote! {
                self.waiting.insert(time, Event::#event(event))?;
                self.release(sink)#question;
            },
            false => {
                let fire = shape.deadlines.then(|| quote! { self.on_deadlines(time, sink)#question; });
                quote! { #fire self.#on(&event, time, sink)#question; }
            }
        };
        let admits = quote! {
            #time
            if !self.clock.admit(time) {
                return Ok(Arrival::Late);
            }
            #take
            Ok(Arrival::Taken)
        };
        let (body, admit) = match shape.stops || shape.waits() {
            false => (admits, quote! {}),
            true => (
                quote! { #check let result = self.#admit(event, sink); self.stop(result) },
                quote! {
                    #[inline]
                    fn #admit(&mut self, event: #event, sink: &mut impl Sink<Match>) -> Result<Arrival, Stopped> { #admits }
                },
            ),
        };
        let fields = &names.fields;
        let values = ty.fields.iter().zip(fields).map(|(field, name)| {
            let is_text = field.ty.kind == crate::scalar::Kind::Str;
            match (is_text, field.ty.nullable) {
                (false, _) => quote! { #name: columns.#name[row] },
                (true, false) => quote! { #name: Symbol::new(columns.#name[row]) },
                (true, true) => quote! { #name: columns.#name[row].map(Symbol::new) },
            }
        });
        let about_columns =
            doc(&format!("Takes events {} in order of arrival, from columns.", code(&ty.name)));
        let by_columns = fields.first().map(|first| quote! {
            #about_columns
            ///
            /// # Errors
            /// If a limit is reached that is to be an error.
            ///
            /// # Panics
            /// If a column is shorter than the first.
            pub fn #by_columns(&mut self, columns: #columns<'_>, sink: &mut impl Sink<Match>) -> Result<(), Stopped> {
                for row in 0..columns.#first.len() {
                    self.#push(#event { #(#values),* }, sink)?;
                }
                Ok(())
            }
        });
        let about = doc(&format!("Takes an event {}.", code(&ty.name)));
        let about_batch = doc(&format!("Takes events {} in order of arrival.", code(&ty.name)));
        quote! {
            #about
            ///
            /// # Errors
            /// If a limit is reached that is to be an error.
            #[inline]
            pub fn #push(&mut self, event: #event, sink: &mut impl Sink<Match>) -> Result<Arrival, Stopped> { #body }

            #about_batch
            ///
            /// # Errors
            /// If a limit is reached that is to be an error.
            pub fn #batch(&mut self, events: &[#event], sink: &mut impl Sink<Match>) -> Result<(), Stopped> {
                for event in events {
                    self.#push(event.clone(), sink)?;
                }
                Ok(())
            }

            #by_columns
            #admit
        }
    }

    /// `let time = …` of an event; leaves where it has none.
    fn time(&self, number: usize, ty: &crate::lir::EventType) -> TokenStream {
        let Source::Input { time, .. } = &ty.source else { unreachable!("an input") };
        let Some(time) = time else { return quote! { let time = self.clock.arrival(); } };
        let value = match time.kind {
            ExprKind::Column(field) => {
                let field = &self.names.events[number].fields[field.index()];
                quote! { event.#field }
            }
            _ => {
                let name = &self.names.events[number].time;
                let faults = self.uses_faults(time, TypeId(number as u32)).then(|| quote! { , &self.faults });
                quote! { #name(&event #faults) }
            }
        };
        match time.ty.nullable {
            false => quote! { let time = #value; },
            true => quote! {
                let Some(time) = #value else {
                    self.clock.reject();
                    return Ok(Arrival::Untimed);
                };
            },
        }
    }

    /// Has all rules look at an event, in evaluation order; what one emits is seen by those behind it.
    fn on_event(&self, ty: TypeId, rules: &[Printed], shape: &Shape) -> TokenStream {
        let names = &self.names.events[ty.index()];
        let (on, event) = (&names.on, &names.ty);
        let mut calls = TokenStream::new();
        for (number, rule) in rules.iter().enumerate() {
            if let Some((_, function)) = rule.on.iter().find(|(of, _)| *of == ty) {
                let field = &self.names.rules[number].field;
                let call = function.call(&quote! { self.#field }, Some(quote! { event }), &quote! { time });
                calls.extend(quote! { #call; });
            }
            calls.extend(self.on_emitted(rule, number));
        }
        calls.extend(self.forget());
        let used = mentioned(&calls);
        let named = |name: &str| {
            let prefix = if used.contains(name) { "" } else { "_" };
            format_ident!("{prefix}{name}")
        };
        let (of, time, sink) = (named("event"), named("time"), named("sink"));
        let (result, end) = (shape.result(), shape.end());
        let about = doc(&format!(
            "Has the rules look at an event {}, in order of evaluation.",
            code(&self.program.types[ty.index()].name)
        ));
        quote! {
            #about
            #[inline]
            fn #on(&mut self, #of: &#event, #time: i64, #sink: &mut impl Sink<Match>) #result { #calls #end }
        }
    }

    /// Has a rule look at what rules before it have emitted.
    fn on_emitted(&self, rule: &Printed, number: usize) -> TokenStream {
        let reader = &self.names.rules[number].field;
        let mut calls = TokenStream::new();
        for (emitter, emits) in self.program.rules.iter().enumerate() {
            let on = rule.on.iter().find(|(ty, _)| *ty == emits.output_type);
            let Some((_, function)) = on else { continue };
            let names = &self.names.rules[emitter];
            let (field, ts) = (&names.field, &names.ts);
            let call =
                function.call(&quote! { self.#reader }, Some(quote! { matched }), &quote! { matched.#ts });
            calls.extend(quote! { for matched in &self.#field.emitted { #call; } });
        }
        calls
    }

    /// Forgets what rules have emitted.
    fn forget(&self) -> TokenStream {
        let read = self.program.rules.iter().zip(&self.names.rules).filter(|(rule, _)| self.is_read(rule));
        let fields = read.map(|(_, names)| &names.field);
        quote! { #(self.#fields.emitted.clear();)* }
    }

    fn on_deadlines(&self, rules: &[Printed], shape: &Shape) -> TokenStream {
        let timers: Vec<(usize, &Function)> = rules
            .iter()
            .enumerate()
            .filter_map(|(number, rule)| Some((number, rule.timer.as_ref()?)))
            .collect();
        let (result, end) = (shape.result(), shape.end());
        let body = match &timers[..] {
            [(number, timer)] if !self.is_read(&self.program.rules[*number]) => {
                let field = &self.names.rules[*number].field;
                let call = timer.call(&quote! { self.#field }, None, &quote! { before });
                quote! { #call; #end }
            }
            _ => {
                let fields = timers.iter().map(|(number, _)| &self.names.rules[*number].field);
                let all = fields.map(|field| quote! { self.#field.deadlines.first() });
                let next = all.reduce(|first, next| quote! { #first.min(#next) });
                let mut calls = TokenStream::new();
                for (number, rule) in rules.iter().enumerate() {
                    calls.extend(self.on_emitted(rule, number));
                    if let Some(timer) = &rule.timer {
                        let field = &self.names.rules[number].field;
                        let call = timer.call(&quote! { self.#field }, None, &quote! { at + 1 });
                        calls.extend(quote! { #call; });
                    }
                }
                calls.extend(self.forget());
                let leave = if shape.stops {
                    quote! { return Ok(()); }
                } else {
                    quote! { return; }
                };
                quote! {
                    loop {
                        let at = #next;
                        if at >= before { #leave }
                        #calls
                    }
                }
            }
        };
        let sink =
            if mentioned(&body).contains("sink") { format_ident!("sink") } else { format_ident!("_sink") };
        quote! {
            /// Fires the deadlines before a time, of all rules in order of time.
            #[inline]
            fn on_deadlines(&mut self, before: i64, #sink: &mut impl Sink<Match>) #result { #body }
        }
    }

    /// Does what the watermark has reached.
    fn release(&self, shape: &Shape) -> TokenStream {
        let (question, result, end) = (shape.question(), shape.result(), shape.end());
        let arms = self.inputs().map(|(number, _)| {
            let (ty, on) = (&self.names.events[number].ty, &self.names.events[number].on);
            quote! { Event::#ty(event) => self.#on(&event, time, sink)#question }
        });
        let fire =
            |time: TokenStream| shape.deadlines.then(|| quote! { self.on_deadlines(#time, sink)#question; });
        let (before, after) = (fire(quote! { time }), fire(quote! { self.clock.watermark() }));
        quote! {
            /// Has the rules look at the events that the watermark has reached.
            fn release(&mut self, sink: &mut impl Sink<Match>) #result {
                while let Some((time, event)) = self.waiting.pop(self.clock.watermark()) {
                    #before
                    match event { #(#arms),* }
                }
                #after
                #end
            }
        }
    }

    fn advance(&self, shape: &Shape) -> TokenStream {
        let sticky = shape.stops || shape.waits();
        let check = sticky.then(|| {
            quote! {
                if let Some(stopped) = self.stopped {
                    return Err(stopped);
                }
            }
        });
        let work = match (shape.waits(), shape.deadlines) {
            (true, _) => Some(quote! { self.release(sink) }),
            (false, true) => Some(quote! { self.on_deadlines(self.clock.watermark(), sink) }),
            (false, false) => None,
        };
        let body = match work {
            None => quote! { Ok(()) },
            Some(work) if shape.stops => quote! { let result = #work; self.stop(result) },
            Some(work) => quote! { #work; Ok(()) },
        };
        let sink =
            if mentioned(&body).contains("sink") { format_ident!("sink") } else { format_ident!("_sink") };
        quote! {
            /// Notes that no event before `time` will come.
            ///
            /// # Errors
            /// If a limit is reached that is to be an error.
            pub fn watermark(&mut self, time: i64, #sink: &mut impl Sink<Match>) -> Result<(), Stopped> {
                #check
                self.clock.raise(time);
                #body
            }

            /// Notes that no more events will come: what waits is done, and all deadlines are due.
            ///
            /// # Errors
            /// If a limit is reached that is to be an error.
            pub fn finish(&mut self, sink: &mut impl Sink<Match>) -> Result<(), Stopped> {
                self.watermark(i64::MAX, sink)
            }
        }
    }

    // Guards, times and regular expressions.

    fn over_event<'a>(&'a self, ty: TypeId) -> Place<'a> {
        let (run, time) = (format_ident!("run"), format_ident!("time"));
        let (seq, faults, rule) = (quote! { row }, quote! { faults }, None::<(usize, &Rule, &Kernel)>);
        Place { emitter: self, row: Some(ty), rule, run, time, seq, wants: Vec::new(), faults }
    }

    fn uses_faults(&self, expr: &Expr, ty: TypeId) -> bool {
        mentioned(&self.over_event(ty).plain(expr)).contains("faults")
    }

    /// Whether a guard may count faults.
    pub(super) fn guard_faults(&self, guard: GuardId) -> bool {
        let guard = &self.program.guards[guard.index()];
        mentioned(&self.over_event(guard.ty).truth(&guard.condition)).contains("faults")
    }

    pub(super) fn guards(&self) -> TokenStream {
        let guards = self.program.guards.iter().zip(&self.names.guards).map(|(guard, names)| {
            let about = match guard.origin.split_once(": ") {
                Some((line, text)) => format!("{}:{line}  {}", self.options.source, code(text)),
                None => code(&guard.origin),
            };
            let (about, name, ty) = (doc(&about), &names.function, &self.names.events[guard.ty.index()].ty);
            let body = self.over_event(guard.ty).truth(&guard.condition);
            let used = mentioned(&body);
            let faults = used.contains("faults").then(|| quote! { , faults: &Faults });
            let event = if used.contains("event") { format_ident!("event") } else { format_ident!("_event") };
            quote! {
                #about
                #[inline]
                fn #name(#event: &#ty #faults) -> bool { #body }
            }
        });
        let times = self.inputs().filter_map(|(number, ty)| {
            let Source::Input { time: Some(time), .. } = &ty.source else { return None };
            if matches!(time.kind, ExprKind::Column(_)) {
                return None;
            }
            let (id, names) = (TypeId(number as u32), &self.names.events[number]);
            let body = self.over_event(id).plain(time);
            let (name, event) = (&names.time, &names.ty);
            let used = mentioned(&body);
            let faults = used.contains("faults").then(|| quote! { , faults: &Faults });
            let of = if used.contains("event") { format_ident!("event") } else { format_ident!("_event") };
            let about = doc(&format!("The time of an event {}.", code(&ty.name)));
            let result = super::types::type_of(time.ty.kind, time.ty.nullable);
            Some(quote! {
                #about
                fn #name(#of: &#event #faults) -> #result { #body }
            })
        });
        quote! { #(#guards)* #(#times)* }
    }

    pub(super) fn statics(&self) -> TokenStream {
        let statics = self.names.patterns.iter().map(|(text, name)| {
            quote! { static #name: Pattern = Pattern::new(#text); }
        });
        quote! { #(#statics)* }
    }
}
