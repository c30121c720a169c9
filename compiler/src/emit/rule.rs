//! A rule: its run, its state, and a function for each event type that it reads.

use super::Emitter;
use super::expr::Place;
use super::names::{code, doc, has_field, mentioned, mentions};
use super::stmt::{Body, concerns, max, of_rows};
use super::types::{items_nullable, type_of};
use crate::hir::Policy;
use crate::lir::{
    AccKind, Block, FieldId, GuardId, Input, Kernel, RegId, RegisterKind, Rows, Rule, Source, Stmt, TypeId,
};
use crate::scalar::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// A function of a rule, and how it is called.
#[derive(Clone)]
pub(super) struct Function {
    pub(super) name: Ident,
    /// Whether it takes the time.
    pub(super) time: bool,
    /// Whether it takes the sink.
    pub(super) sink: bool,
    /// Whether it can stop the program.
    pub(super) stops: bool,
}

impl Function {
    /// A call of it on the state `of`.
    pub(super) fn call(
        &self,
        of: &TokenStream,
        event: Option<TokenStream>,
        time: &TokenStream,
    ) -> TokenStream {
        let name = &self.name;
        let mut arguments: Vec<TokenStream> = event.into_iter().collect();
        if self.time {
            arguments.push(time.clone());
        }
        if self.sink {
            arguments.push(quote! { sink });
        }
        let stops = self.stops.then(|| quote! { ? });
        quote! { #of.#name(#(#arguments),*) #stops }
    }

    /// Its parameters behind those that are always there.
    fn parameters(&self, time: &TokenStream) -> TokenStream {
        let time = self.time.then(|| quote! { #time: i64, });
        let sink = self.sink.then(|| quote! { sink: &mut impl Sink<Match>, });
        quote! { #time #sink }
    }

    pub(super) fn result(&self) -> Option<TokenStream> {
        self.stops.then(|| quote! { -> Result<(), Stopped> })
    }

    pub(super) fn end(&self) -> Option<TokenStream> {
        self.stops.then(|| quote! { Ok(()) })
    }
}

/// What a rule is printed as.
pub(super) struct Printed {
    pub(super) items: TokenStream,
    /// A function for each event type that the rule does something with.
    pub(super) on: Vec<(TypeId, Function)>,
    /// What fires deadlines before a time.
    pub(super) timer: Option<Function>,
}

impl Printed {
    /// Whether it can stop the program.
    pub(super) fn stops(&self) -> bool {
        self.on.iter().any(|(_, function)| function.stops)
    }
}

impl Emitter<'_> {
    pub(super) fn rule(&self, number: usize) -> Printed {
        let rule = &self.program.rules[number];
        let (timer, timer_items) = self.timer(number, rule);
        let (lookup, sweep_items) = self.lookup(number, rule, timer.as_ref());
        let mut on = Vec::new();
        let mut functions = TokenStream::new();
        for (index, input) in rule.inputs.iter().enumerate() {
            if let Some((function, items)) = self.on_row(number, rule, index, input, lookup.as_ref()) {
                functions.extend(items);
                on.push((input.ty, function));
            }
        }
        functions.extend(timer_items);
        if mentions(&functions, &format_ident!("partition_of")) > 0 {
            functions.extend(sweep_items);
        }
        let state = self.state(number, rule, &functions);
        Printed { items: quote! { #state }, on, timer }
    }

    fn place<'a>(
        &'a self,
        number: usize,
        rule: &'a Rule,
        kernel: &'a Kernel,
        row: Option<TypeId>,
    ) -> Place<'a> {
        let rule = Some((number, rule, kernel));
        let faults = quote! { self.faults };
        let (run, time, seq) = (format_ident!("run"), format_ident!("time"), quote! { self.rows });
        Place { emitter: self, row, rule, run, time, seq, wants: Vec::new(), faults }
    }

    /// What an event of one of its types does.
    fn on_row(
        &self,
        number: usize,
        rule: &Rule,
        index: usize,
        input: &Input,
        lookup: Option<&Function>,
    ) -> Option<(Function, TokenStream)> {
        let statements = of_rows(&rule.step.body);
        if input.wants == Rows::Any(vec![]) || !concerns(statements, input.ty) {
            return None;
        }
        let block = of_type(statements, input.ty);
        let mut place = self.place(number, rule, &rule.step, Some(input.ty));
        if let Rows::Any(wants) = &input.wants {
            place.wants.clone_from(wants);
        }
        let slot = if rule.keys.is_empty() {
            quote! { 0 }
        } else {
            quote! { slot }
        };
        let body = Body::new(place, slot).print(&block);
        let stops = mentioned(&body).contains("Err")
            || has_question(&body)
            || lookup.is_some_and(|lookup| lookup.stops);
        let leave = if stops {
            quote! { return Ok(()) }
        } else {
            quote! { return }
        };
        let opens = match &input.opens {
            Rows::Any(guards) if input.opens != input.wants => self.any(guards),
            _ => quote! { true },
        };
        let partition = self.find_partition(number, rule, index, input, lookup, &opens, &leave);
        let partition = if mentions(&body, &format_ident!("partition")) > 0 {
            partition
        } else {
            quote! {}
        };
        let rows = mentions(&body, &format_ident!("rows")) > 0;
        let rows = rows.then(|| quote! { self.rows += 1; });
        let idle = self.look_for_idle(rule);
        let rest = quote! { #idle #partition #rows #body };
        let guards = self.read_guards(input, &rest, &leave);
        let whole = quote! { #guards #rest };
        let names = mentioned(&whole);
        let event = &self.names.events[input.ty.index()];
        let function = Function {
            name: format_ident!("on_{}", event.snake),
            time: names.contains("time"),
            sink: names.contains("sink"),
            stops,
        };
        let (name, ty) = (&function.name, self.seen_type(input.ty));
        let (parameters, result, end) =
            (function.parameters(&quote! { time }), function.result(), function.end());
        let about = self.what_a_row_does(input.ty);
        let event = if names.contains("event") {
            quote! { event }
        } else {
            quote! { _ }
        };
        let items = quote! {
            #about
            #[inline]
            fn #name(&mut self, #event: &#ty, #parameters) #result { #whole #end }
        };
        Some((function, items))
    }

    /// Frees the partitions that were idle for too long before this event, now and then.
    fn look_for_idle(&self, rule: &Rule) -> Option<TokenStream> {
        rule.limits.idle.map(|_| {
            quote! {
                if let Some(time) = self.idle.due(time) {
                    self.sweep(time);
                    self.partitions.forget();
                }
            }
        })
    }

    /// Documentation of a function that takes rows of a type.
    pub(super) fn what_a_row_does(&self, ty: TypeId) -> TokenStream {
        let name = &self.program.types[ty.index()].name;
        match self.program.types[ty.index()].source {
            Source::Window(window) => {
                doc(&format!("What a row of {} does.", code(&self.program.windows[window].name)))
            }
            Source::Input { .. } | Source::Rule { .. } => doc(&format!("What an event {} does.", code(name))),
        }
    }

    fn any(&self, guards: &[GuardId]) -> TokenStream {
        let locals = guards.iter().map(|guard| &self.names.guards[guard.index()].local);
        if guards.is_empty() {
            quote! { false }
        } else {
            quote! { #(#locals)||* }
        }
    }

    /// Asks the guards that are needed, each once, and leaves where the rule does not want the event.
    pub(super) fn read_guards(&self, input: &Input, rest: &TokenStream, leave: &TokenStream) -> TokenStream {
        let wants = match &input.wants {
            Rows::All => vec![],
            Rows::Any(guards) => guards.clone(),
        };
        let call = |guard: GuardId| {
            let function = &self.names.guards[guard.index()].function;
            let faults = self.guard_faults(guard).then(|| quote! { , &self.faults });
            quote! { #function(event #faults) }
        };
        let is_mentioned = |guard: GuardId| mentions(rest, &self.names.guards[guard.index()].local) > 0;
        let all = (0..self.program.guards.len() as u32).map(GuardId);
        let of_type = all.filter(|guard| self.program.guards[guard.index()].ty == input.ty);
        let read = |guard: GuardId| {
            let (local, call) = (&self.names.guards[guard.index()].local, call(guard));
            quote! { let #local = #call; }
        };
        if let [only] = wants[..]
            && !is_mentioned(only)
        {
            let call = call(only);
            let reads = of_type.filter(|guard| is_mentioned(*guard)).map(read);
            return quote! { if !#call { #leave; } #(#reads)* };
        }
        let reads = of_type.filter(|guard| wants.contains(guard) || is_mentioned(*guard)).map(read);
        let test = self.any(&wants);
        let test = match wants.len() {
            0 => quote! {},
            1 => quote! { if !#test { #leave; } },
            _ => quote! { if !(#test) { #leave; } },
        };
        quote! { #(#reads)* #test }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one function")]
    fn find_partition(
        &self,
        number: usize,
        rule: &Rule,
        index: usize,
        input: &Input,
        lookup: Option<&Function>,
        opens: &TokenStream,
        leave: &TokenStream,
    ) -> TokenStream {
        let Some(lookup) = lookup else { return quote! { let partition = &mut self.partition; } };
        let key = self.key(number, rule, index, input);
        let (setup, key) = match key {
            Key::Place(place) => (quote! {}, quote! { &#place }),
            Key::Lent(text) => (quote! {}, text),
            Key::Made(made) => (quote! { let key = #made; }, quote! { &key }),
        };
        let call = lookup.call(&quote! { self }, Some(quote! { #key, #opens }), &quote! { time });
        quote! {
            #setup
            let Some(slot) = #call else { #leave; };
            let partition = self.partitions.at(slot);
        }
    }

    pub(super) fn key(&self, _number: usize, rule: &Rule, index: usize, input: &Input) -> Key {
        let types = &self.program.types;
        let is_row = self.has_row(input.ty);
        let copy = if is_row {
            quote! { keep }
        } else {
            quote! { clone }
        };
        let component = |key: &crate::lir::Key| {
            let nullable = self.is_nullable(rule, key);
            let field = key.fields[index];
            let own = types[input.ty.index()].fields[field.index()].ty.nullable;
            let name = &self.names.events[input.ty.index()].fields[field.index()];
            let place = quote! { event.#name };
            match (key.kind, own, nullable) {
                (Kind::F64, true, _) => Key::Made(quote! { #place.map(float_key) }),
                (Kind::F64, false, true) => Key::Made(quote! { Some(float_key(#place)) }),
                (Kind::F64, false, false) => Key::Made(quote! { float_key(#place) }),
                (Kind::Str, true, _) if is_row => Key::Made(quote! { #place.map(TextRef::keep) }),
                (Kind::Str, false, true) => Key::Made(quote! { Some(#place.#copy()) }),
                (Kind::Str, false, false) if self.lends_key(rule) => Key::Lent(match is_row {
                    true => place,
                    false => quote! { TextRef::Symbol(&#place) },
                }),
                (_, false, true) => Key::Made(quote! { Some(#place) }),
                _ => Key::Place(place),
            }
        };
        let owned = |key: &crate::lir::Key| match component(key) {
            Key::Made(made) => made,
            Key::Place(place) if key.kind == Kind::Str => quote! { #place.#copy() },
            Key::Place(place) | Key::Lent(place) => place,
        };
        match &rule.keys[..] {
            [one] => component(one),
            all => {
                let all = all.iter().map(owned);
                Key::Made(quote! { (#(#all),*) })
            }
        }
    }

    /// Whether the key is a text, by which a partition is found where it lies.
    fn lends_key(&self, rule: &Rule) -> bool {
        let is_text = |key: &crate::lir::Key| key.kind == Kind::Str && !self.is_nullable(rule, key);
        matches!(&rule.keys[..], [only] if is_text(only)) && self.options.fixed.is_none()
    }

    /// Whether a component of the key may be null, in any event.
    fn is_nullable(&self, rule: &Rule, key: &crate::lir::Key) -> bool {
        let field = |input: &Input, field: &FieldId| {
            self.program.types[input.ty.index()].fields[field.index()].ty.nullable
        };
        rule.inputs.iter().zip(&key.fields).any(|(input, of)| field(input, of))
    }

    fn key_type(&self, rule: &Rule) -> TokenStream {
        let component = |key: &crate::lir::Key| {
            let nullable = self.is_nullable(rule, key);
            match (key.kind, nullable) {
                (Kind::F64, false) => quote! { u64 },
                (Kind::F64, true) => quote! { Option<u64> },
                (kind, nullable) => type_of(kind, nullable),
            }
        };
        match &rule.keys[..] {
            [one] => component(one),
            all => {
                let all = all.iter().map(component);
                quote! { (#(#all),*) }
            }
        }
    }

    /// The function that finds the partition of a key, and what else there is for partitions.
    fn lookup(
        &self,
        number: usize,
        rule: &Rule,
        timer: Option<&Function>,
    ) -> (Option<Function>, TokenStream) {
        if rule.keys.is_empty() {
            return (None, quote! {});
        }
        let sweep = rule.sweep.as_ref().map(|sweep| self.sweep(number, rule, sweep));
        let fails = rule.limits.partitions.policy == Policy::Fail;
        let time = quote! { time };
        let fire = timer.map(|timer| {
            let call = timer.call(&quote! { self }, None, &time);
            quote! { #call; }
        });
        let sweeps = sweep.as_ref().map(|(function, _)| {
            let call = function.call(&quote! { self }, None, &time);
            let forget = rule.limits.idle.map(|_| quote! { self.partitions.swept(); });
            quote! { #call; #forget }
        });
        let key = self.key_type(rule);
        let wrap = |value: TokenStream| {
            if fails {
                quote! { Ok(#value) }
            } else {
                value
            }
        };
        let (found, none) = (wrap(quote! { Some(slot) }), wrap(quote! { None }));
        let (lent, looked_up, kept) = match self.lends_key(rule) {
            true => (quote! { TextRef<'_> }, quote! { key.as_str() }, quote! { &key.keep() }),
            false => (quote! { &#key }, quote! { key }, quote! { key }),
        };
        let opened = wrap(quote! { Some(self.partitions.open(#kept)) });
        let refused = match fails {
            false => quote! { Room::Sweep | Room::Drop | Room::Fail => None, },
            true => {
                let (name, max) = (&rule.name, max(rule.limits.partitions.max));
                quote! {
                    Room::Sweep | Room::Drop => Ok(None),
                    Room::Fail => Err(Stopped::rule(#name, Bound::Partitions, #max)),
                }
            }
        };
        let again = quote! { #fire #sweeps room = self.partitions.room(); };
        let names = mentioned(&again);
        let function = Function {
            name: format_ident!("partition_of"),
            time: names.contains("time"),
            sink: names.contains("sink"),
            stops: fails,
        };
        let parameters = function.parameters(&time);
        let result = if fails {
            quote! { Result<Option<u32>, Stopped> }
        } else {
            quote! { Option<u32> }
        };
        let sweep_items = sweep.map(|(_, items)| items);
        let items = quote! {
            /// Where the partition of a key is. If there is none, it is opened for an event that `opens` one.
            #[inline]
            fn partition_of(&mut self, key: #lent, opens: bool, #parameters) -> #result {
                if let Some(slot) = self.partitions.find(#looked_up) {
                    return #found;
                }
                if !opens {
                    return #none;
                }
                let mut room = self.partitions.room();
                if room == Room::Sweep { #again }
                match room {
                    Room::Open => #opened,
                    #refused
                }
            }
            #sweep_items
        };
        (Some(function), items)
    }

    /// What frees the partitions that time has emptied.
    fn sweep(&self, number: usize, rule: &Rule, kernel: &Kernel) -> (Function, TokenStream) {
        let [Stmt::ForSlots(block)] = &kernel.body[..] else { unreachable!("a sweep is a loop over slots") };
        let body = Body::new(self.place(number, rule, kernel, None), quote! { 0 }).print(block);
        let names = mentioned(&body);
        let function = Function {
            name: format_ident!("sweep"),
            time: names.contains("time"),
            sink: false,
            stops: false,
        };
        let parameters = function.parameters(&quote! { time });
        // What is for room and what is for time alone end otherwise.
        let swept = rule.limits.idle.is_none().then(|| quote! { self.partitions.swept(); });
        let items = quote! {
            /// Frees the runs and the partitions that time has ended.
            #[cold]
            fn sweep(&mut self, #parameters) {
                for partition in self.partitions.iter_mut() { #body }
                #swept
            }
        };
        (function, items)
    }

    /// What completes and ends runs at their deadlines.
    fn timer(&self, number: usize, rule: &Rule) -> (Option<Function>, TokenStream) {
        let Some(kernel) = &rule.timer else { return (None, quote! {}) };
        let [Stmt::ForDeadlines { body: block, .. }] = &kernel.body[..] else {
            unreachable!("a timer is a loop over deadlines")
        };
        let place = Place { seq: quote! { row }, ..self.place(number, rule, kernel, None) };
        let body = Body::new(place, quote! { slot }).print(block);
        let sink = mentioned(&body).contains("sink");
        let function = Function { name: format_ident!("on_deadlines"), time: true, sink, stops: false };
        let parameters = function.parameters(&quote! { before });
        let slot = (!rule.keys.is_empty()).then(|| quote! { slot });
        let partition = match rule.keys.is_empty() {
            true => quote! { let partition = &mut self.partition; },
            false => quote! { let Some(partition) = self.partitions.live(slot) else { continue; }; },
        };
        let bound =
            ["time", "row"].map(super::names::ident).into_iter().filter(|name| mentions(&body, name) > 0);
        let bound: Vec<_> = bound.map(|name| quote! { #name }).chain(slot).collect();
        let others = (bound.len() < 3).then(|| quote! { .. });
        let items = quote! {
            /// Completes and ends runs whose deadline is before a time.
            fn on_deadlines(&mut self, #parameters) {
                while let Some(Deadline { #(#bound,)* #others }) = self.deadlines.pop_before(before) { #partition #body }
            }
        };
        (Some(function), items)
    }

    /// The structs of a rule's state, with `functions` on it.
    fn state(&self, number: usize, rule: &Rule, functions: &TokenStream) -> TokenStream {
        let names = &self.names.rules[number];
        let state = &names.state;
        let has = |name: &str| has_field(functions, name);
        let cells = if rule.cells.is_empty() {
            quote! { () }
        } else {
            let cells = &names.cells;
            quote! { #cells }
        };
        let mut fields = Vec::new();
        let mut counters = Vec::new();
        if has("partition_of") {
            let (key, max) = (self.key_type(rule), max(rule.limits.partitions.max));
            let fails = rule.limits.partitions.policy == Policy::Fail;
            let new = quote! { Partitions::new(PartitionLimit { max: #max, fails: #fails }) };
            let length = self.partitions_length(rule);
            fields
                .push((quote! { partitions: Partitions<#key, #cells #length> }, quote! { partitions: #new }));
            counters.push(quote! { partitions_dropped: self.partitions.dropped() });
        } else if has("partition") {
            fields
                .push((quote! { partition: Partition<#cells> }, quote! { partition: Partition::default() }));
        }
        if has("runs") {
            let (run, length) = (&names.run, self.runs_length(rule));
            fields.push((quote! { runs: Runs<#run #length> }, quote! { runs: Runs::default() }));
            counters.push(quote! { runs_dropped: self.runs.dropped() });
        }
        if has("deadlines") {
            let length = self.deadlines_length();
            fields.push((quote! { deadlines: Deadlines #length }, quote! { deadlines: Deadlines::new() }));
        }
        if has("rows") {
            fields.push((
                quote! { #[doc = " How many events the rule has seen."] rows: i64 },
                quote! { rows: 0 },
            ));
        }
        if let (Some(span), true) = (rule.limits.idle, has("idle")) {
            let span = super::expr::duration(span);
            let doc = quote! { #[doc = " When partitions are looked for in which nothing happens."] };
            fields.push((quote! { #doc idle: Idle }, quote! { idle: Idle::new(#span) }));
            let doc = quote! { #[doc = " Partitions that ended since nothing happened in them."] };
            fields.push((quote! { #doc idled: u64 }, quote! { idled: 0 }));
            counters.push(quote! { partitions_idle: self.idled });
        }
        if has("overflowed") {
            let doc = quote! { #[doc = " Runs that ended because a repetition became too long."] };
            fields.push((quote! { #doc overflowed: u64 }, quote! { overflowed: 0 }));
            counters.push(quote! { lists_dropped: self.overflowed });
        }
        if has("emitted") {
            let ty = &self.names.events[rule.output_type.index()].ty;
            let doc = quote! { #[doc = " The matches at the time at hand, which other rules read."] };
            fields.push((quote! { #doc emitted: Vec<#ty> }, quote! { emitted: Vec::new() }));
        }
        if has("faults") {
            fields.push((quote! { faults: Faults }, quote! { faults: Faults::new() }));
            counters.push(quote! { faults: self.faults.count() });
        }
        let runs = if counters_has(&counters, "runs_dropped") {
            quote! { self.runs.len() }
        } else {
            quote! { 0 }
        };
        let partitions = match (has("partition_of"), has("partition")) {
            (true, _) => quote! { self.partitions.len() },
            (false, true) => quote! { 1 },
            (false, false) => quote! { 0 },
        };
        // Rows of windows are counted by their operators.
        let rest = quote! { ..Counters::default() };
        let (declared, made): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
        let run = counters_has(&counters, "runs_dropped").then(|| self.run(number, rule));
        let run = run.or_else(|| {
            (mentions(functions, &format_ident!("match_run")) > 0).then(|| self.run(number, rule))
        });
        let cells = self.cells(number, rule);
        let (about, name) = (doc(&format!("The state of {}.", code(&rule.name))), &rule.name);
        quote! {
            #run
            #cells
            #about
            #[derive(Debug)]
            struct #state { #(#declared),* }
            impl #state {
                fn new() -> Self {
                    Self { #(#made),* }
                }

                #functions

                fn stats(&self) -> RuleStats {
                    RuleStats {
                        name: #name,
                        counters: Counters { #(#counters,)* #rest },
                        runs: #runs,
                        partitions: #partitions,
                    }
                }
            }
        }
    }

    fn cells(&self, number: usize, rule: &Rule) -> Option<TokenStream> {
        let names = &self.names.rules[number];
        let fields = rule.cells.iter().zip(&names.cell_fields).map(|(cell, name)| {
            let ty = type_of(cell.ty.kind, cell.ty.nullable);
            quote! { #name: #ty }
        });
        let (cells, about) =
            (&names.cells, doc(&format!("What a partition of {} keeps beside runs.", code(&rule.name))));
        (!rule.cells.is_empty()).then(|| {
            quote! {
                #about
                #[derive(Clone, Debug, Default)]
                struct #cells { #(#fields),* }
            }
        })
    }

    fn run(&self, number: usize, rule: &Rule) -> TokenStream {
        let names = &self.names.rules[number];
        let (run, step) = (&names.run, &names.step);
        let has_steps = rule.states.len() > 1;
        let fields = rule.registers.iter().enumerate().map(|(index, register)| {
            let (first, others) = register.names();
            let others: String = others.map(|other| format!(", or {}", code(other))).collect();
            let (name, about) = (&names.registers[index], doc(&format!("{}{others}.", code(first))));
            let ty = match register.kind {
                RegisterKind::Scalar(ty) => type_of(ty.kind, ty.nullable),
                RegisterKind::Acc(AccKind::SumI) => quote! { SumI },
                RegisterKind::Acc(AccKind::SumF) => quote! { SumF },
                RegisterKind::Acc(AccKind::Moments) => quote! { Moments },
                RegisterKind::List(kind) => {
                    let item = type_of(kind, items_nullable(rule, RegId(index as u32)));
                    quote! { Vec<#item> }
                }
            };
            quote! { #about #name: #ty }
        });
        let copy = super::names::is_plain(rule).then(|| quote! { Copy, });
        let steps = has_steps.then(|| {
            let (states, about) = (&names.steps, doc(&format!("Where a run of {} is.", code(&rule.name))));
            quote! {
                #about
                #[derive(Clone, Copy, Debug, Default, PartialEq)]
                enum #step { #[default] #(#states),* }
            }
        });
        let field = has_steps.then(|| quote! { step: #step, });
        let about = doc(&format!("A run of {}.", code(&rule.name)));
        quote! {
            #steps
            #about
            #[derive(Clone, #copy Debug, Default)]
            struct #run { #field #(#fields),* }
        }
    }
}

/// A partition key: where it is in the event, the text that it is, or what makes it.
pub(super) enum Key {
    Place(TokenStream),
    Lent(TokenStream),
    Made(TokenStream),
}

fn counters_has(counters: &[TokenStream], name: &str) -> bool {
    counters.iter().any(|counter| mentioned(counter).contains(name))
}

/// The statements for rows of one type.
fn of_type(statements: &[Stmt], ty: TypeId) -> Block {
    let of = |stmt: &Stmt| match stmt {
        Stmt::OnType(arms) => {
            arms.iter().find(|(of, _)| *of == ty).map_or_else(Vec::new, |(_, block)| block.clone())
        }
        other => vec![other.clone()],
    };
    statements.iter().flat_map(of).collect()
}

/// Whether there is a `?`.
fn has_question(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        proc_macro2::TokenTree::Group(group) => has_question(&group.stream()),
        proc_macro2::TokenTree::Punct(punct) => punct.as_char() == '?',
        _ => false,
    })
}
