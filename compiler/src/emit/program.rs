//! `Rules`: the whole program as its users see it, and the functions of guards and times. Its ways in are in [`super::push`].

use super::Emitter;
use super::expr::Place;
use super::names::{code, doc, mentioned};
use super::rule::{Function, Printed};
use super::wake::{Step, Woken};
use super::window::PrintedWindow;
use crate::lir::{Expr, ExprKind, GuardId, Kernel, Rows, Rule, Source, TypeId};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// What there is of a program beside its rules.
pub(super) struct Shape {
    /// The greatest lateness of an event type, in nanoseconds.
    lateness: i64,
    /// Whether a rule can stop it.
    pub(super) stops: bool,
    /// Whether rules have deadlines, or windows end.
    pub(super) deadlines: bool,
}

/// What makes events of events, by its number among its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Rule(usize),
    Window(usize),
}

/// A function that has rules look at an event.
pub(super) struct Looks<'a> {
    pub(super) name: &'a Ident,
    pub(super) about: &'a TokenStream,
    pub(super) inline: TokenStream,
    /// A parameter before the event.
    pub(super) first: TokenStream,
}

/// What has rules look at an event.
struct OnEvent {
    items: TokenStream,
    /// The fields of `Rules` by which it finds those that do, and what makes them.
    indexes: Vec<TokenStream>,
    new_indexes: Vec<TokenStream>,
}

/// What takes blocks of columns of an event type.
pub(super) struct Folding {
    /// The fields of the windows that fold them at once, and the functions that do.
    pub(super) windows: Vec<(Ident, Ident)>,
    /// What has the other operators look at an event, if there are any.
    pub(super) others: Option<Ident>,
    /// Whether deadlines of others may be due between two events of a block.
    pub(super) others_fire: bool,
}

/// All that is printed of operators.
#[derive(Clone, Copy)]
struct Operators<'a> {
    rules: &'a [Printed],
    windows: &'a [PrintedWindow],
}

impl Shape {
    /// Whether events may have to wait.
    pub(super) const fn waits(&self) -> bool {
        self.lateness > 0
    }

    /// Whether the program remembers that it was stopped.
    pub(super) const fn is_sticky(&self) -> bool {
        self.stops || self.waits()
    }

    /// What a program that was stopped says again.
    pub(super) fn check(&self) -> Option<TokenStream> {
        self.is_sticky().then(|| {
            quote! {
                if let Some(stopped) = self.stopped {
                    return Err(stopped);
                }
            }
        })
    }

    /// What follows a call that may stop the program.
    pub(super) fn question(&self) -> Option<TokenStream> {
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
    /// How long events may have to wait for others.
    pub(super) fn lateness(&self) -> i64 {
        let lateness = self.inputs().map(|(_, ty)| match ty.source {
            Source::Input { lateness, .. } => lateness,
            Source::Rule { .. } | Source::Window(_) => 0,
        });
        lateness.max().unwrap_or(0)
    }

    pub(super) fn shape(&self, rules: &[Printed], windows: &[PrintedWindow]) -> Shape {
        Shape {
            lateness: self.lateness(),
            stops: rules.iter().any(Printed::stops) || windows.iter().any(|window| window.on.stops),
            deadlines: rules.iter().any(|rule| rule.timer.is_some()) || windows.iter().any(|it| it.closes),
        }
    }

    pub(super) fn program(&self, rules: &[Printed], windows: &[PrintedWindow], shape: &Shape) -> TokenStream {
        let all = Operators { rules, windows };
        let of_windows = self.names.windows.iter().map(|window| (&window.field, &window.state));
        let of_rules = self.names.rules.iter().map(|rule| (&rule.field, &rule.state));
        let (fields, states): (Vec<_>, Vec<_>) = of_windows.chain(of_rules).unzip();
        let stats = self.stats();
        let sticky = shape.is_sticky();
        let disorder = self.disorder_length();
        let waiting = shape.waits().then(|| quote! { waiting: Waiting<Event #disorder>, });
        let stopped = sticky.then(|| quote! { stopped: Option<Stopped>, });
        let new_waiting = shape.waits().then(|| quote! { waiting: Waiting::new(limits.disorder_max), });
        let new_stopped = sticky.then(|| quote! { stopped: None, });
        let limits = if shape.waits() { format_ident!("limits") } else { format_ident!("_limits") };
        let lateness = super::expr::duration(shape.lateness);
        let folding: Vec<_> =
            self.inputs().map(|(number, _)| self.folding(TypeId(number as u32), all, shape)).collect();
        let push =
            self.inputs().zip(&folding).map(|((number, _), (folding, _))| self.push(number, shape, folding));
        let on_rows: Vec<_> =
            self.inputs().map(|(number, _)| self.on_event(TypeId(number as u32), all, shape)).collect();
        let indexes = on_rows.iter().flat_map(|on| &on.indexes);
        let new_indexes = on_rows.iter().flat_map(|on| &on.new_indexes);
        let on_rows = on_rows.iter().zip(&folding).map(|(on, (_, others))| {
            let on = &on.items;
            quote! { #on #others }
        });
        let deadlines = shape.deadlines.then(|| self.on_deadlines(all, shape));
        let release = shape.waits().then(|| self.release(shape));
        let any = self.push_any(shape);
        let count = self.rules_length();
        let boxed = count.is_none().then(|| quote! { .into() });
        let advance = self.advance(shape);
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
                #(#indexes,)*
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
                        #(#new_indexes,)*
                        #(#fields: #states::new(),)*
                    }
                }

                #any
                #(#push)*
                #advance

                /// What was counted so far.
                pub fn stats(&self) -> Stats #count {
                    Stats::new(&self.clock, &self.faults, [#(#stats),*] #boxed)
                }

                #(#on_rows)*
                #deadlines
                #release
                #stop
            }
        }
    }

    /// What rules have counted; to what the first reader of a window has, the window adds.
    fn stats(&self) -> Vec<TokenStream> {
        let window_of = |rule: &Rule| self.window_of(rule.inputs[0].ty);
        let mut added: Vec<usize> = Vec::new();
        let mut all = Vec::new();
        for (rule, names) in self.program.rules.iter().zip(&self.names.rules) {
            let field = &names.field;
            let stats = quote! { self.#field.stats() };
            all.push(match window_of(rule).filter(|window| !added.contains(window)) {
                None => stats,
                Some(window) => {
                    added.push(window);
                    let field = &self.names.windows[window].field;
                    quote! { self.#field.stats(#stats) }
                }
            });
        }
        all
    }

    /// All operators, in evaluation order.
    fn operators(&self) -> impl Iterator<Item = Operator> {
        self.program.types.iter().filter_map(|ty| match ty.source {
            Source::Input { .. } => None,
            Source::Rule { rule, .. } => Some(Operator::Rule(rule)),
            Source::Window(window) => Some(Operator::Window(window)),
        })
    }

    fn output_of(&self, operator: Operator) -> TypeId {
        match operator {
            Operator::Rule(rule) => self.program.rules[rule].output_type,
            Operator::Window(window) => self.program.windows[window].output_type,
        }
    }

    fn field_of(&self, operator: Operator) -> &Ident {
        match operator {
            Operator::Rule(rule) => &self.names.rules[rule].field,
            Operator::Window(window) => &self.names.windows[window].field,
        }
    }

    /// What an operator does with events of a type.
    fn reads<'a>(&self, operator: Operator, ty: TypeId, all: Operators<'a>) -> Option<&'a Function> {
        match operator {
            Operator::Rule(rule) => {
                all.rules[rule].on.iter().find(|(of, _)| *of == ty).map(|(_, function)| function)
            }
            Operator::Window(window) => {
                (self.program.windows[window].input == ty).then_some(&all.windows[window].on)
            }
        }
    }

    /// Whether an operator takes blocks of columns of a type.
    fn takes_blocks(&self, operator: Operator, ty: TypeId) -> bool {
        matches!(operator, Operator::Window(window)
            if self.blocks[window].is_some() && self.program.windows[window].input == ty)
    }

    /// What takes blocks of columns of a type, and the function of the other operators.
    fn folding(&self, ty: TypeId, all: Operators<'_>, shape: &Shape) -> (Folding, Option<TokenStream>) {
        let blocks = self.operators().filter(|operator| self.takes_blocks(*operator, ty));
        let windows: Vec<_> = blocks
            .filter_map(|operator| match operator {
                Operator::Window(window) => {
                    Some((self.field_of(operator).clone(), self.fold_name(&self.program.windows[window])))
                }
                Operator::Rule(_) => None,
            })
            .collect();
        let others = |operator: &Operator| !self.takes_blocks(*operator, ty);
        let (steps, after) = self.steps(ty, all, &others);
        let calls: TokenStream = steps.into_iter().map(|step| step.calls).chain([after]).collect();
        let is_any = !windows.is_empty() && !calls.is_empty();
        let name = is_any.then(|| format_ident!("others_{}", self.names.events[ty.index()].snake));
        let function = name.as_ref().map(|name| {
            let about = doc(&format!(
                "Has what does not take blocks look at an event {}.",
                code(&self.program.types[ty.index()].name)
            ));
            let looks = Looks { name, about: &about, inline: quote! { #[inline] }, first: quote! {} };
            self.looks(ty, &looks, &calls, shape)
        });
        let closes = |operator: Operator| match operator {
            Operator::Rule(rule) => all.rules[rule].timer.is_some(),
            Operator::Window(window) => all.windows[window].closes,
        };
        let others_fire = self.operators().filter(others).any(closes);
        (Folding { windows, others: name, others_fire }, function)
    }

    /// Has all operators look at an event, in evaluation order; what one emits is seen by those behind it.
    fn on_event(&self, ty: TypeId, all: Operators<'_>, shape: &Shape) -> OnEvent {
        let (steps, after) = self.steps(ty, all, &|_| true);
        let woken = self.woken(ty, &steps, &after, shape);
        let about = doc(&format!(
            "Has the rules look at an event {}, in order of evaluation.",
            code(&self.program.types[ty.index()].name)
        ));
        let looks = |calls: &TokenStream| {
            let on = &self.names.events[ty.index()].on;
            let (inline, first) = (quote! { #[inline] }, quote! {});
            self.looks(ty, &Looks { name: on, about: &about, inline, first }, calls, shape)
        };
        match woken {
            None => {
                let calls = steps.iter().map(|step| &step.calls);
                let items = looks(&quote! { #(#calls)* #after });
                OnEvent { items, indexes: Vec::new(), new_indexes: Vec::new() }
            }
            Some(Woken { fields, made, calls, items }) => {
                let on = looks(&calls);
                OnEvent { items: quote! { #on #items }, indexes: fields, new_indexes: made }
            }
        }
    }

    /// What each of these operators does with an event, and what is done behind all of them.
    fn steps(
        &self,
        ty: TypeId,
        all: Operators<'_>,
        which: &dyn Fn(&Operator) -> bool,
    ) -> (Vec<Step>, TokenStream) {
        let mut steps = Vec::new();
        let mut emitters = Vec::new();
        for operator in self.operators().filter(which) {
            let field = self.field_of(operator);
            let function = self.reads(operator, ty, all);
            let mut calls = TokenStream::new();
            if let Some(function) = function {
                let call = function.call(&quote! { self.#field }, Some(quote! { event }), &quote! { time });
                if let Some(taker) = self.taker_of(operator) {
                    let calls = self.hand_on(operator, taker, &call, all);
                    steps.push(Step { calls, woken_by: Vec::new() });
                    continue;
                }
                calls.extend(quote! { #call; });
            }
            let emitted = self.on_emitted(operator, &emitters, all);
            let woken_by = match emitted.is_empty() {
                true => self.woken_by(ty, self.wants(operator, ty)),
                false => Vec::new(),
            };
            if function.is_some() || !emitted.is_empty() {
                let at_events = match operator {
                    Operator::Rule(_) => true,
                    Operator::Window(window) => all.windows[window].at_events,
                };
                emitters.extend(at_events.then_some(operator));
            }
            calls.extend(emitted);
            if !calls.is_empty() {
                steps.push(Step { calls, woken_by });
            }
        }
        (steps, self.forget(&emitters).into_iter().collect())
    }

    /// The guards one of which holds of an event that an operator does something with; none if it looks at each.
    fn wants(&self, operator: Operator, ty: TypeId) -> &[GuardId] {
        let Operator::Rule(rule) = operator else { return &[] };
        let input = self.program.rules[rule].inputs.iter().find(|input| input.ty == ty);
        match input.map(|input| &input.wants) {
            Some(Rows::Any(guards)) => guards,
            _ => &[],
        }
    }

    /// A function of `Rules` that has rules look at an event.
    pub(super) fn looks(
        &self,
        ty: TypeId,
        function: &Looks<'_>,
        calls: &TokenStream,
        shape: &Shape,
    ) -> TokenStream {
        let Looks { name, about, inline, first } = function;
        let event = self.seen_type(ty);
        let used = mentioned(calls);
        let named = |name: &str| {
            let prefix = if used.contains(name) { "" } else { "_" };
            format_ident!("{prefix}{name}")
        };
        let (of, time, sink) = (named("event"), named("time"), named("sink"));
        let (result, end) = (shape.result(), shape.end());
        quote! {
            #about
            #inline
            fn #name(&mut self, #first #of: &#event, #time: i64, #sink: &mut impl Sink<Match>) #result { #calls #end }
        }
    }

    /// The rule that takes the rows of an operator as they come.
    fn taker_of(&self, operator: Operator) -> Option<usize> {
        match operator {
            Operator::Rule(_) => None,
            Operator::Window(window) => self.taker(window),
        }
    }

    /// Hands the row that `call` may give on to the rule that takes it.
    fn hand_on(
        &self,
        operator: Operator,
        taker: usize,
        call: &TokenStream,
        all: Operators<'_>,
    ) -> TokenStream {
        let (rule, Operator::Window(window)) = (Operator::Rule(taker), operator) else {
            unreachable!("a window gives rows")
        };
        let (to, ts) = (self.field_of(rule), &self.names.windows[window].ts);
        match self.reads(rule, self.output_of(operator), all) {
            None => quote! { #call; },
            Some(function) => {
                let take = function.call(&quote! { self.#to }, Some(quote! { &row }), &quote! { row.#ts });
                quote! { if let Some(row) = #call { #take; } }
            }
        }
    }

    /// Has an operator look at what others before it have emitted.
    fn on_emitted(&self, reader: Operator, emitters: &[Operator], all: Operators<'_>) -> TokenStream {
        let to = self.field_of(reader);
        let mut calls = TokenStream::new();
        for emitter in emitters {
            let Some(function) = self.reads(reader, self.output_of(*emitter), all) else { continue };
            let field = self.field_of(*emitter);
            let (item, ts) = match emitter {
                Operator::Rule(rule) => (format_ident!("matched"), &self.names.rules[*rule].ts),
                Operator::Window(window) => (format_ident!("row"), &self.names.windows[*window].ts),
            };
            let call = Function { stops: false, ..function.clone() };
            let call = call.call(&quote! { self.#to }, Some(quote! { #item }), &quote! { #item.#ts });
            let each = match (reader, function.stops) {
                (_, false) => quote! { #call; },
                (Operator::Rule(_), true) => quote! { #call?; },
                (Operator::Window(window), true) => {
                    let made = self.on_rows_alone(window, all);
                    match made.is_empty() {
                        true => quote! { #call?; },
                        false => quote! {
                            if let Err(stopped) = #call {
                                #made
                                return Err(stopped);
                            }
                        },
                    }
                }
            };
            calls.extend(quote! { for #item in &self.#field.emitted { #each } });
        }
        calls
    }

    /// Has the rules that make matches of the rows of a window, and read nothing else, look at them: what it has made before it
    /// stopped is emitted all the same.
    fn on_rows_alone(&self, window: usize, all: Operators<'_>) -> TokenStream {
        let ty = self.program.windows[window].output_type;
        let rules = self.program.rules.iter().enumerate();
        let alone = rules.filter(|(_, rule)| matches!(&rule.inputs[..], [only] if only.ty == ty));
        alone
            .map(|(rule, _)| self.on_emitted(Operator::Rule(rule), &[Operator::Window(window)], all))
            .collect()
    }

    /// Forgets what operators have emitted for others.
    fn forget(&self, emitters: &[Operator]) -> TokenStream {
        let read = emitters.iter().filter(|emitter| match emitter {
            Operator::Rule(rule) => self.is_read(&self.program.rules[*rule]),
            Operator::Window(_) => true,
        });
        let fields = read.map(|emitter| self.field_of(*emitter));
        quote! { #(self.#fields.emitted.clear();)* }
    }

    fn on_deadlines(&self, all: Operators<'_>, shape: &Shape) -> TokenStream {
        let timers: Vec<(usize, &Function)> = all
            .rules
            .iter()
            .enumerate()
            .filter_map(|(number, rule)| Some((number, rule.timer.as_ref()?)))
            .collect();
        let closing: Vec<usize> =
            (0..all.windows.len()).filter(|window| all.windows[*window].closes).collect();
        let (result, end) = (shape.result(), shape.end());
        let body = match (&timers[..], &closing[..]) {
            ([(number, timer)], []) if !self.is_read(&self.program.rules[*number]) => {
                let field = &self.names.rules[*number].field;
                let call = timer.call(&quote! { self.#field }, None, &quote! { before });
                quote! { #call; #end }
            }
            ([], [window]) if let Some(rule) = self.only_reader(*window, all) => {
                self.on_ends(*window, rule, all, end.as_ref())
            }
            ([_, ..], []) => {
                let next = least(timers.iter().map(|(number, _)| {
                    let field = &self.names.rules[*number].field;
                    quote! { self.#field.deadlines.first() }
                }));
                let calls = self.at_deadline(all, &quote! { at + 1 });
                let leave = match shape.stops {
                    true => quote! { return Ok(()); },
                    false => quote! { return; },
                };
                quote! {
                    loop {
                        let at = #next;
                        if at >= before { #leave }
                        #calls
                    }
                }
            }
            _ => {
                let ends = least(closing.iter().map(|window| {
                    let field = &self.names.windows[*window].field;
                    quote! { self.#field.windows.next_end() }
                }));
                let deadlines = least(timers.iter().map(|(number, _)| {
                    let field = &self.names.rules[*number].field;
                    quote! { self.#field.deadlines.first() }
                }));
                let calls = self.at_deadline(all, &quote! { due.deadlines });
                quote! {
                    while let Some(due) = window::Due::next(#ends, #deadlines, before) { #calls }
                    #end
                }
            }
        };
        let sink =
            if mentioned(&body).contains("sink") { format_ident!("sink") } else { format_ident!("_sink") };
        let about = match closing.is_empty() {
            true => "Fires the deadlines before a time, of all rules in order of time.",
            false => {
                "Fires the deadlines before a time, and closes the windows that end by then, in order of time."
            }
        };
        let about = doc(about);
        quote! {
            #about
            #[inline]
            fn on_deadlines(&mut self, before: i64, #sink: &mut impl Sink<Match>) #result { #body }
        }
    }

    /// The only operator that reads the rows of a window, if it is a rule that no other reads.
    fn only_reader(&self, window: usize, all: Operators<'_>) -> Option<usize> {
        let rows = self.program.windows[window].output_type;
        let mut readers = self.operators().filter(|operator| self.reads(*operator, rows, all).is_some());
        match (readers.next(), readers.next()) {
            (Some(Operator::Rule(rule)), None) => {
                Some(rule).filter(|rule| !self.is_read(&self.program.rules[*rule]))
            }
            _ => None,
        }
    }

    /// Closes the windows of the only query that has any.
    fn on_ends(
        &self,
        window: usize,
        rule: usize,
        all: Operators<'_>,
        end: Option<&TokenStream>,
    ) -> TokenStream {
        let field = &self.names.windows[window].field;
        let calls = self.on_emitted(Operator::Rule(rule), &[Operator::Window(window)], all);
        let leave = match end {
            Some(end) => quote! { return #end; },
            None => quote! { return; },
        };
        quote! {
            if self.#field.windows.next_end() > before { #leave }
            self.#field.close(before);
            #calls
            self.#field.emitted.clear();
            #end
        }
    }

    /// What happens at a time: windows end, deadlines before `deadlines` fire, and others see what comes of it.
    fn at_deadline(&self, all: Operators<'_>, deadlines: &TokenStream) -> TokenStream {
        let mut calls = TokenStream::new();
        let mut emitters = Vec::new();
        for operator in self.operators() {
            let emitted = self.on_emitted(operator, &emitters, all);
            let field = self.field_of(operator);
            let reads = !emitted.is_empty();
            let timed = match operator {
                Operator::Rule(rule) => {
                    calls.extend(emitted);
                    let timer = all.rules[rule].timer.as_ref();
                    let call = timer.map(|timer| timer.call(&quote! { self.#field }, None, deadlines));
                    calls.extend(call.map(|call| quote! { #call; }));
                    timer.is_some()
                }
                Operator::Window(window) => {
                    let closes = all.windows[window].closes;
                    // At the end of time windows take what comes then before they close.
                    calls.extend(match (closes, reads) {
                        (false, _) => emitted,
                        (true, false) => quote! { self.#field.close(due.ends); },
                        (true, true) => quote! {
                            self.#field.close(due.early());
                            #emitted
                            self.#field.close(due.late());
                        },
                    });
                    closes
                }
            };
            if timed || reads {
                emitters.push(operator);
            }
        }
        calls.extend(self.forget(&emitters));
        calls
    }

    /// Does what the watermark has reached.
    fn release(&self, shape: &Shape) -> TokenStream {
        let (question, result, end) = (shape.question(), shape.result(), shape.end());
        let arms = self.inputs().map(|(number, _)| {
            let (ty, on) = (&self.names.events[number].ty, &self.names.events[number].on);
            let row = self.as_seen(TypeId(number as u32), &quote! { &event });
            quote! { Event::#ty(event) => self.#on(#row, time, sink)#question }
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
        let check = shape.check();
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

    pub(super) fn over_event<'a>(&'a self, ty: TypeId) -> Place<'a> {
        let (run, time) = (format_ident!("run"), format_ident!("time"));
        let (seq, faults, rule) = (quote! { row }, quote! { faults }, None::<(usize, &Rule, &Kernel)>);
        Place { emitter: self, row: Some(ty), rule, run, time, seq, wants: Vec::new(), faults }
    }

    pub(super) fn uses_faults(&self, expr: &Expr, ty: TypeId) -> bool {
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
            let (about, name, ty) = (doc(&about), &names.function, self.seen_type(guard.ty));
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
            let (name, event) = (&names.time, self.seen_type(id));
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

/// The least of several times; the end of time if there is none.
fn least(times: impl Iterator<Item = TokenStream>) -> TokenStream {
    times.reduce(|first, next| quote! { #first.min(#next) }).unwrap_or_else(|| quote! { i64::MAX })
}
