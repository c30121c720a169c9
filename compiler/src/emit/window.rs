//! Window operators: what a query keeps of each group, how an event enters it, and the rows that are made of it.

mod block;
mod fold;

pub(super) use self::block::Blocks;
use self::block::Columns;
use super::Emitter;
use super::expr::{Place, duration, int};
use super::names::{code, doc, mentioned};
use super::rule::Function;
use super::stmt::max;
use super::types::type_of;
use crate::hir;
use crate::lir::{Aggregate, Expr, ExprKind, FieldId, Input, Rows, Source, TypeId, Window};
use crate::scalar::{Kind, Type};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// What a window operator is printed as.
pub(super) struct PrintedWindow {
    pub(super) items: TokenStream,
    /// What it does with an event.
    pub(super) on: Function,
    /// Whether its windows end with time.
    pub(super) closes: bool,
    /// Whether rows come with events.
    pub(super) at_events: bool,
}

/// Whether aggregates of a window are told their values one by one, rather than moved on with it.
pub(super) fn folds(window: &Window) -> bool {
    !window.aggregates.is_empty() && !moves(window)
}

/// Whether a bound of it can stop the program.
fn can_stop(window: &Window) -> bool {
    let keeps = moves(window) || window.aggregates.iter().any(|of| of.op.keeps_rows(of.distinct));
    let fails = |policy| policy == hir::Policy::Fail;
    fails(window.limits.partitions.policy) || keeps && fails(window.limits.rows.policy)
}

const fn moves(window: &Window) -> bool {
    window.window.moves()
}

/// Whether windows are made of several slices.
fn is_joined(window: &Window) -> bool {
    matches!(window.window, hir::Window::Hopping { size, every, .. } if size != every)
}

/// Where the parts of a row are, where one is made.
struct RowOf {
    time: TokenStream,
    keys: Vec<TokenStream>,
    start: TokenStream,
    end: TokenStream,
    totals: TokenStream,
}

impl Emitter<'_> {
    /// Whether it moves, and has an aggregate from which what leaves is taken out again.
    pub(super) fn subtracts(&self, window: &Window) -> bool {
        window.aggregates.iter().any(|of| self.fold(window, of).subtracts())
    }

    pub(super) fn window(&self, number: usize) -> PrintedWindow {
        let window = &self.program.windows[number];
        let (on, on_items) = self.on_window_event(number, window);
        let closes = match window.window {
            hir::Window::Hopping { .. } | hir::Window::Session { .. } => true,
            hir::Window::Batch { partial, .. } => partial,
            hir::Window::Sliding { .. } | hir::Window::Last(_) | hir::Window::Running => false,
        };
        let close = closes.then(|| self.close(number, window));
        let (row, totals) = (self.row_type(number, window), self.totals(number, window));
        let fold = self.take_block(number, window);
        let functions = quote! { #on_items #fold #close };
        let state = self.window_state(number, window, &functions);
        let at_events = !matches!(window.window, hir::Window::Hopping { .. } | hir::Window::Session { .. });
        PrintedWindow { items: quote! { #row #totals #state }, on, closes, at_events }
    }

    /// What fills a field of the events of a type, declared or computed.
    fn field_value(&self, ty: TypeId, field: FieldId) -> Expr {
        let of = &self.program.types[ty.index()];
        match field.index().checked_sub(of.fields.len()) {
            Some(computed) => of.computed[computed].clone(),
            None => Expr { kind: ExprKind::Column(field), ty: of.fields[field.index()].ty },
        }
    }

    /// Where expressions over the events of a window are.
    fn over_window<'a>(&'a self, window: &Window) -> Place<'a> {
        let (run, time) = (format_ident!("run"), format_ident!("time"));
        let (seq, faults) = (quote! { row }, quote! { self.faults });
        Place {
            emitter: self,
            row: Some(window.input),
            rule: None,
            run,
            time,
            seq,
            wants: Vec::new(),
            faults,
        }
    }

    /// The struct of the rows.
    fn row_type(&self, number: usize, window: &Window) -> TokenStream {
        let names = &self.names.events[window.output_type.index()];
        let declared = &self.program.types[window.output_type.index()].fields;
        let keys = window.keys.len();
        let first = declared.len() - window.aggregates.len();
        let fields = declared.iter().zip(&names.fields).enumerate().map(|(index, (field, name))| {
            let ty = match index.checked_sub(first) {
                Some(aggregate) if field.list => {
                    let value = window.aggregates[aggregate].value.expect("a list is of values");
                    let item = self.field_value(window.input, value).ty;
                    let item = type_of(item.kind, item.nullable);
                    quote! { Vec<#item> }
                }
                _ => type_of(field.ty.kind, field.ty.nullable),
            };
            let about = match index.checked_sub(first) {
                Some(aggregate) => format!("{}.", code(&self.written(window, aggregate))),
                None if index < keys => {
                    format!("{}, which its events have in common.", code(&self.written_key(window, index)))
                }
                None => format!("{}.", code(&field.name)),
            };
            let about = doc(&about);
            quote! { #about #name: #ty }
        });
        let (ty, ts) = (&names.ty, &self.names.windows[number].ts);
        let about = doc(&format!("A row of {}.", code(&window.name)));
        quote! {
            #about
            #[derive(Clone, Debug, PartialEq)]
            struct #ty {
                /// When it is there, in nanoseconds since the Unix epoch.
                #ts: i64,
                #(#fields),*
            }
        }
    }

    /// A field as rules write it, roughly.
    fn written_field(&self, ty: TypeId, field: FieldId) -> String {
        match self.program.types[ty.index()].fields.get(field.index()) {
            Some(declared) => declared.name.clone(),
            None => crate::lir::text::expr_text(self.program, ty, &self.field_value(ty, field)),
        }
    }

    fn written_key(&self, window: &Window, key: usize) -> String {
        self.written_field(window.input, window.keys[key])
    }

    /// An aggregate as rules write it.
    fn written(&self, window: &Window, aggregate: usize) -> String {
        let of = &window.aggregates[aggregate];
        let written = |field: FieldId| match (of.op, self.field_value(window.input, field).kind) {
            // What it takes is the hash of what is written.
            (hir::WindowOp::ApproxDistinct, ExprKind::Call(_, all)) => match all[0].kind {
                ExprKind::Column(field) => self.written_field(window.input, field),
                _ => crate::lir::text::expr_text(self.program, window.input, &all[0]),
            },
            _ => self.written_field(window.input, field),
        };
        let operands = [of.value, of.by].into_iter().flatten();
        let mut operands: Vec<_> = operands.map(written).collect();
        if let hir::WindowOp::Percentile(share) | hir::WindowOp::ApproxPercentile(share) = of.op {
            operands.push(share.to_string());
        }
        let distinct = if of.distinct { "distinct " } else { "" };
        let filter = of.filter.map(|guard| {
            let guard = &self.program.guards[guard.index()];
            let text = crate::lir::text::expr_text(self.program, guard.ty, &guard.condition);
            format!(" filter (where {text})")
        });
        format!("{}({distinct}{}){}", of.op.name(), operands.join(", "), filter.unwrap_or_default())
    }

    /// The struct of what is kept of a window.
    fn totals(&self, number: usize, window: &Window) -> TokenStream {
        let names = &self.names.windows[number];
        let (totals, fields) = (&names.totals, &names.aggregates);
        let each = |(index, (of, name)): (usize, (&Aggregate, &Ident))| {
            let (about, ty) =
                (doc(&format!("{}.", code(&self.written(window, index)))), self.fold(window, of).ty);
            quote! { #about #name: #ty }
        };
        let (declared, fields) = match self.columns_of(number) {
            Some(blocks) => self.block_fields(number, window, blocks),
            None => (
                window.aggregates.iter().zip(fields).enumerate().map(each).collect(),
                fields.iter().collect(),
            ),
        };
        let about = doc(&format!("What is kept of the events of a window of {}.", code(&window.name)));
        let joined = is_joined(window).then(|| {
            let later = if fields.is_empty() {
                quote! { _ }
            } else {
                quote! { later }
            };
            quote! {
                impl window::Totals for #totals {
                    fn combine(&mut self, #later: &Self) {
                        #(self.#fields.combine(&later.#fields);)*
                    }
                }
            }
        });
        let moved = moves(window).then(|| self.moved(number, window));
        quote! {
            #about
            #[derive(Clone, Debug, Default)]
            struct #totals { #(#declared),* }
            #joined
            #moved
        }
    }

    /// What is kept of an event that is in a moving window, and its type.
    fn moving_row(&self, window: &Window) -> (TokenStream, TokenStream) {
        let place = self.over_window(window);
        let rows = window.aggregates.iter().filter_map(|of| self.fold(window, of).row(&place));
        let (values, types): (Vec<_>, Vec<_>) = rows.unzip();
        (quote! { (#(#values,)*) }, quote! { (#(#types,)*) })
    }

    /// What the events that enter and leave a moving window do to what is kept of it.
    fn moved(&self, number: usize, window: &Window) -> TokenStream {
        let names = &self.names.windows[number];
        let place = self.over_window(window);
        let (mut enters, mut leaves, mut parts) = (Vec::new(), Vec::new(), 0);
        for (of, name) in window.aggregates.iter().zip(&names.aggregates) {
            let (fold, to, part) = (self.fold(window, of), quote! { self.#name }, syn::Index::from(parts));
            let row = quote! { row.#part };
            let enter = fold.enter(&place, &to, &row);
            parts += usize::from(enter.is_some());
            enters.extend(enter);
            leaves.push(fold.leave(&place, &to, &row));
        }
        let bind = |moves: &[TokenStream]| match mentioned(&quote! { #(#moves)* }).contains("row") {
            true => quote! { row },
            false => quote! { _row },
        };
        let (entering, leaving) = (bind(&enters), bind(&leaves));
        let (totals, (_, ty)) = (&names.totals, self.moving_row(window));
        quote! {
            impl window::Moved for #totals {
                type Row = #ty;

                #[inline]
                fn enter(&mut self, #entering: &#ty) { #(#enters)* }

                #[inline]
                fn leave(&mut self, #leaving: #ty) { #(#leaves)* }
            }
        }
    }

    /// The type of its keys.
    fn window_key_type(&self, window: &Window) -> TokenStream {
        let component = |field: &FieldId| match self.field_value(window.input, *field).ty {
            Type { kind: Kind::F64, nullable: false } => quote! { u64 },
            Type { kind: Kind::F64, nullable: true } => quote! { Option<u64> },
            ty => type_of(ty.kind, ty.nullable),
        };
        let all: Vec<_> = window.keys.iter().map(component).collect();
        match &all[..] {
            [one] => one.clone(),
            _ => quote! { (#(#all),*) },
        }
    }

    /// The parts of the key of an event.
    fn window_key_parts(&self, window: &Window) -> Vec<TokenStream> {
        let place = self.over_window(window);
        let component = |field: &FieldId| {
            let value = self.field_value(window.input, *field);
            let kept = place.kept(&value, value.ty.nullable);
            match (value.ty.kind, value.ty.nullable) {
                (Kind::F64, true) => quote! { #kept.map(float_key) },
                (Kind::F64, false) => quote! { float_key(#kept) },
                _ => kept,
            }
        };
        window.keys.iter().map(component).collect()
    }

    /// The key of an event.
    fn window_key_made(&self, window: &Window) -> TokenStream {
        let all = self.window_key_parts(window);
        match &all[..] {
            [one] => one.clone(),
            _ => quote! { (#(#all),*) },
        }
    }

    /// The key of an event: what makes it, where it then is, and the values in it.
    fn window_key(&self, window: &Window) -> (TokenStream, TokenStream, Vec<TokenStream>) {
        let all = self.window_key_parts(window);
        if let [only] = window.keys[..] {
            let value = self.field_value(window.input, only);
            if matches!(value.kind, ExprKind::Column(_)) && value.ty.kind != Kind::F64 {
                let field = &self.names.events[window.input.index()].fields[only.index()];
                if value.ty.kind == Kind::Str && self.has_row(window.input) {
                    let kept = self.window_key_made(window);
                    return (quote! { let key = #kept; }, quote! { &key }, vec![kept]);
                }
                let clone = (value.ty.kind == Kind::Str).then(|| quote! { .clone() });
                return (quote! {}, quote! { &event.#field }, vec![quote! { event.#field #clone }]);
            }
        }
        match &all[..] {
            [] => (quote! {}, quote! { &() }, vec![]),
            [one] => (quote! { let key = #one; }, quote! { &key }, self.key_values(window, &quote! { key })),
            _ => {
                let values = self.key_values(window, &quote! { key });
                (quote! { let key = (#(#all),*); }, quote! { &key }, values)
            }
        }
    }

    /// The values in a key.
    fn key_values(&self, window: &Window, key: &TokenStream) -> Vec<TokenStream> {
        let single = window.keys.len() == 1;
        let value = |(index, field): (usize, &FieldId)| {
            let index = syn::Index::from(index);
            let part = if single {
                quote! { #key }
            } else {
                quote! { #key.#index }
            };
            match self.field_value(window.input, *field).ty {
                Type { kind: Kind::F64, nullable: false } => quote! { f64::from_bits(#part) },
                Type { kind: Kind::F64, nullable: true } => quote! { #part.map(f64::from_bits) },
                _ => part,
            }
        };
        window.keys.iter().enumerate().map(value).collect()
    }

    /// The rule that takes the rows of a window as they come: one comes at most with an event, no other operator reads them, and it is
    /// the turn of the rule right behind the window.
    pub(super) fn taker(&self, number: usize) -> Option<usize> {
        let window = &self.program.windows[number];
        let with_events = matches!(
            window.window,
            hir::Window::Sliding { .. } | hir::Window::Last(_) | hir::Window::Running
        );
        let of_input = matches!(self.program.types[window.input.index()].source, Source::Input { .. });
        if !with_events || !of_input || can_stop(window) {
            return None;
        }
        let rows = window.output_type;
        let mut behind = self.program.types.iter().skip(rows.index() + 1);
        let Source::Rule { rule, .. } = behind.next()?.source else { return None };
        let reads = |rule: &crate::lir::Rule| rule.inputs.iter().any(|input| input.ty == rows);
        let readers = self.program.rules.iter().filter(|rule| reads(rule)).count();
        let windows = self.program.windows.iter().any(|window| window.input == rows);
        let taker = &self.program.rules[rule];
        let alone = taker.inputs.len() == 1 && reads(taker) && readers == 1 && !windows;
        (alone && !self.is_read(taker)).then_some(rule)
    }

    /// Makes a row.
    fn make_row(&self, number: usize, window: &Window, of: &RowOf) -> TokenStream {
        let row = self.row_of(number, window, of);
        match self.taker(number) {
            Some(_) => quote! { Some(#row) },
            None => quote! { self.emitted.push(#row); },
        }
    }

    fn row_of(&self, number: usize, window: &Window, of: &RowOf) -> TokenStream {
        let names = &self.names.windows[number];
        let rows = &self.names.events[window.output_type.index()];
        let bounds = match window.window.is_timed() {
            true => vec![of.start.clone(), of.end.clone()],
            false => vec![],
        };
        let totals = &of.totals;
        let aggregates = window.aggregates.iter().zip(&names.aggregates).enumerate();
        let aggregates = aggregates.map(|(index, (aggregate, name))| match self.columns_of(number) {
            Some(blocks) => self.block_result(number, window, blocks, index, totals),
            None => self.fold(window, aggregate).result(&quote! { #totals.#name }),
        });
        let values = of.keys.iter().cloned().chain(bounds).chain(aggregates);
        let fields = rows.fields.iter().zip(values).map(|(name, value)| {
            if *name == value.to_string() {
                quote! { #name }
            } else {
                quote! { #name: #value }
            }
        });
        let (ty, ts, time) = (&rows.ty, &names.ts, &of.time);
        quote! { #ty { #ts: #time, #(#fields),* } }
    }

    /// Has what is kept take an event.
    fn pushes(&self, number: usize, window: &Window) -> TokenStream {
        let names = &self.names.windows[number];
        let each = |(aggregate, name): (&Aggregate, &Ident)| {
            self.fold(window, aggregate).take(&self.over_window(window), &quote! { totals.#name })
        };
        match self.columns_of(number) {
            Some(blocks) => self.block_pushes(number, window, blocks),
            None => window.aggregates.iter().zip(&names.aggregates).map(each).collect(),
        }
    }

    /// What an event does to the window of its group.
    fn on_window_event(&self, number: usize, window: &Window) -> (Function, TokenStream) {
        let (setup, key, keys) = self.window_key(window);
        let pushes = self.pushes(number, window);
        // Every event has a number, also one that no guard wants.
        let numbered = self.columns_of(number).filter(|blocks| blocks.is_numbered());
        let numbered = numbered.map(|_| quote! { let number = self.seen; self.seen += 1; });
        let now = |start| RowOf {
            time: quote! { time },
            keys: keys.clone(),
            start,
            end: quote! { time },
            totals: quote! { totals },
        };
        let stops = can_stop(window);
        let gives = self.taker(number).is_some();
        let leave = match (stops, gives) {
            (true, _) => quote! { return Ok(()) },
            (false, true) => quote! { return None },
            (false, false) => quote! { return },
        };
        // An event for which there is no room.
        let refused = match stops {
            true => {
                let name = &window.name;
                quote! { return self.windows.stopped(#name); }
            }
            false => quote! { #leave; },
        };
        let kept = moves(window).then(|| self.moving_row(window).0);
        let kept = kept.map(|row| quote! { , #row });
        let enter = |totals: TokenStream| match gives {
            true => quote! { let #totals = self.windows.enter(#key, time #kept)?; },
            false => quote! { let Some(#totals) = self.windows.enter(#key, time #kept) else { #refused }; },
        };
        let bind = |rest: &TokenStream| match mentioned(rest).contains("totals") {
            true => quote! { totals },
            false => quote! { _totals },
        };
        let body = match window.window {
            hir::Window::Hopping { .. } | hir::Window::Session { .. } => {
                let enter = enter(bind(&pushes));
                quote! { #enter #pushes }
            }
            hir::Window::Running => {
                let rest = self.make_row(number, window, &now(quote! {}));
                let rest = quote! { #pushes #rest };
                let enter = enter(bind(&rest));
                quote! { #enter #rest }
            }
            hir::Window::Sliding { .. } | hir::Window::Last(_) => {
                let start = match window.window {
                    hir::Window::Sliding { size } => {
                        let size = duration(size);
                        quote! { time.saturating_sub(#size) }
                    }
                    _ => quote! {},
                };
                let rest = self.make_row(number, window, &now(start));
                let rest = quote! { #pushes #rest };
                let totals = bind(&rest);
                let enter = enter(totals);
                quote! { #enter #rest }
            }
            hir::Window::Batch { .. } => {
                let row = self.make_row(number, window, &now(quote! {}));
                let (totals, whole) = (bind(&pushes), bind(&row));
                let mutable = self.changes_to_read(window).then(|| quote! { mut });
                quote! {
                    let Some((group, #totals)) = self.windows.enter(#key, time) else { #refused };
                    #pushes
                    let Some(#mutable #whole) = self.windows.complete(group) else { #leave };
                    #row
                }
            }
        };
        let body = quote! { #setup #body };
        let input = Input { ty: window.input, wants: window.wants.clone(), opens: Rows::All };
        let guards = self.read_guards(&input, &body, &leave);
        let event = &self.names.events[window.input.index()];
        let function = Function { name: format_ident!("on_{}", event.snake), time: true, sink: false, stops };
        let (name, ty) = (&function.name, self.seen_type(window.input));
        let about = self.what_a_row_does(window.input);
        let whole = quote! { #numbered #guards #body };
        let event = if mentioned(&whole).contains("event") {
            quote! { event }
        } else {
            quote! { _ }
        };
        let row = &self.names.events[window.output_type.index()].ty;
        let (result, end) = match gives {
            true => (Some(quote! { -> Option<#row> }), None),
            false => (function.result(), function.end()),
        };
        let items = quote! {
            #about
            #[inline]
            fn #name(&mut self, #event: &#ty, time: i64) #result { #whole #end }
        };
        (function, items)
    }

    /// Whether what is kept of a window is changed where its result is read.
    fn changes_to_read(&self, window: &Window) -> bool {
        window.aggregates.iter().any(|aggregate| self.fold(window, aggregate).changes_to_read())
    }

    /// What makes rows of the windows that have ended.
    fn close(&self, number: usize, window: &Window) -> TokenStream {
        let closed = quote! { closed };
        let row = self.make_row(
            number,
            window,
            &RowOf {
                time: quote! { closed.end },
                keys: self.key_values(window, &quote! { closed.key }),
                start: quote! { closed.start },
                end: quote! { closed.end },
                totals: quote! { closed.totals },
            },
        );
        let mutable = self.changes_to_read(window).then(|| quote! { mut });
        quote! {
            /// Makes rows of the windows that end at a time or before.
            fn close(&mut self, upto: i64) {
                while let Some(#mutable #closed) = self.windows.close(upto) { #row }
            }
        }
    }

    /// The struct of the operator's state, with `functions` on it.
    fn window_state(&self, number: usize, window: &Window, functions: &TokenStream) -> TokenStream {
        let names = &self.names.windows[number];
        let (state, totals, key) = (&names.state, &names.totals, self.window_key_type(window));
        let row = &self.names.events[window.output_type.index()].ty;
        let groups = max(window.limits.partitions.max);
        let keeps = window.aggregates.iter().any(|of| of.op.keeps_rows(of.distinct));
        let rows = match moves(window) || keeps {
            true => max(window.limits.rows.max),
            false => quote! { u32::MAX },
        };
        let groups_fail = window.limits.partitions.policy == hir::Policy::Fail;
        let policy = match window.limits.rows.policy {
            hir::Policy::DropOldest => quote! { DropOldest },
            hir::Policy::DropNew => quote! { DropNew },
            hir::Policy::Fail => quote! { Fail },
        };
        let limit = quote! {
            window::Limit {
                groups: #groups,
                groups_fail: #groups_fail,
                rows: #rows,
                rows_policy: window::RowsPolicy::#policy,
            }
        };
        let offset = |offset: i64| {
            if offset == 0 {
                quote! { 0 }
            } else {
                duration(offset)
            }
        };
        let count = |count: u64| int(i64::try_from(count).unwrap_or(i64::MAX));
        let (ty, new) = match window.window {
            hir::Window::Hopping { size, every, offset: from } if size == every => {
                let (size, from) = (duration(size), offset(from));
                (quote! { Tumbling }, quote! { new(#limit, #size, #from) })
            }
            hir::Window::Hopping { size, every, offset: from } => {
                let (size, every, from) = (duration(size), duration(every), offset(from));
                (quote! { Hopping }, quote! { new(#limit, #size, #every, #from) })
            }
            hir::Window::Session { gap, max } => {
                let gap = duration(gap);
                let max = max.map(duration).map_or_else(|| quote! { None }, |max| quote! { Some(#max) });
                (quote! { Sessions }, quote! { new(#limit, #gap, #max) })
            }
            hir::Window::Sliding { size } => {
                let size = duration(size);
                (quote! { Moving }, quote! { sliding(#limit, #size) })
            }
            hir::Window::Last(rows) => {
                let rows = count(rows);
                (quote! { Moving }, quote! { last(#limit, #rows) })
            }
            hir::Window::Batch { rows, partial } => {
                let rows = count(rows);
                (quote! { Batches }, quote! { new(#limit, #rows, #partial) })
            }
            hir::Window::Running => (quote! { Running }, quote! { new(#limit) }),
        };
        let faults = mentioned(functions).contains("faults");
        let (faults, new_faults, add_faults) = match faults {
            false => (None, None, None),
            true => (
                Some(quote! { faults: Faults, }),
                Some(quote! { faults: Faults::new(), }),
                Some(quote! { of.counters.faults += self.faults.count(); }),
            ),
        };
        let (emitted, new_emitted) = match self.taker(number) {
            Some(_) => (None, None),
            None => (
                Some(quote! {
                    #[doc = " The rows at the time at hand."]
                    emitted: Vec<#row>,
                }),
                Some(quote! { emitted: Vec::new(), }),
            ),
        };
        let numbered = self.columns_of(number).is_some_and(Columns::is_numbered);
        let (seen, new_seen) = match numbered {
            false => (None, None),
            true => (
                Some(quote! {
                    #[doc = " How many events there have been."]
                    seen: usize,
                }),
                Some(quote! { seen: 0, }),
            ),
        };
        let about = doc(&format!("The windows of {}.", code(&window.name)));
        quote! {
            #about
            #[derive(Debug)]
            struct #state {
                windows: window::#ty<#key, #totals>,
                #emitted
                #seen
                #faults
            }

            impl #state {
                fn new() -> Self {
                    Self {
                        windows: window::#ty::#new,
                        #new_emitted
                        #new_seen
                        #new_faults
                    }
                }

                #functions

                /// Adds what was counted here to that of the query.
                fn stats(&self, mut of: RuleStats) -> RuleStats {
                    of.partitions += self.windows.groups().len();
                    of.counters.partitions_dropped += self.windows.groups().dropped();
                    of.counters.rows_dropped += self.windows.rows_dropped();
                    #add_faults
                    of
                }
            }
        }
    }

    /// Whether the rows of a type are those of a window operator; its number.
    pub(super) fn window_of(&self, ty: TypeId) -> Option<usize> {
        match self.program.types[ty.index()].source {
            Source::Window(number) => Some(number),
            Source::Input { .. } | Source::Rule { .. } => None,
        }
    }
}
