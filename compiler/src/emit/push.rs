//! The ways into `Rules`: an event, a slice of events, columns of events.

use super::Emitter;
use super::names::{code, doc};
use super::program::{Folding, Shape};
use crate::lir::{EventType, ExprKind, Source, TypeId};
use crate::scalar::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

impl Emitter<'_> {
    pub(super) fn push_any(&self, shape: &Shape) -> TokenStream {
        let arms = self.inputs().map(|(number, declared)| {
            let names = &self.names.events[number];
            let ty = &names.ty;
            let (push, take) = (format_ident!("push_{}", names.snake), format_ident!("take_{}", names.snake));
            let row = self.as_seen(TypeId(number as u32), &quote! { &event });
            match (self.own(declared), shape.waits()) {
                (None, _) => quote! { Event::#ty(event) => self.#push(event, sink) },
                (Some(_), true) => quote! { Event::#ty(event) => self.#take(event, sink) },
                (Some(_), false) => quote! { Event::#ty(event) => self.#take(#row, sink) },
            }
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
    pub(super) fn push(&self, number: usize, shape: &Shape, folding: &Folding) -> TokenStream {
        let (names, ty) = (&self.names.events[number], &self.program.types[number]);
        let event = &names.ty;
        let push = format_ident!("push_{}", names.snake);
        let (batch, take) = (format_ident!("{push}_batch"), format_ident!("take_{}", names.snake));
        let about = doc(&format!("Takes an event {}.", code(&ty.name)));
        let about_batch = doc(&format!("Takes events {} in order of arrival.", code(&ty.name)));
        // An event that may wait is kept, so it is taken as it is; others are only looked at.
        let id = TypeId(number as u32);
        let (seen, seen_type) = (|event: TokenStream| self.as_seen(id, &event), self.seen_type(id));
        let (by, from_one, from_many) = match shape.waits() {
            true => (quote! { #event }, quote! { event }, quote! { event.clone() }),
            false => (quote! { &#seen_type }, seen(quote! { &event }), seen(quote! { event })),
        };
        let (given, listed, from_one, from_many) = match (self.own(ty), shape.waits()) {
            (None, _) => (quote! { #event }, quote! { #event }, from_one, from_many),
            (Some(own), true) => {
                (quote! { &#own }, quote! { #own }, quote! { event.into() }, quote! { event.into() })
            }
            (Some(own), false) => {
                let row = match self.has_row(id) {
                    true => &self.names.rows[number],
                    false => event,
                };
                let row = quote! { &#row::from(event) };
                (quote! { &#own }, quote! { #own }, row.clone(), row)
            }
        };
        let (taken, admit) = self.taking(number, ty, shape, &by);
        let see = (self.open && self.has_row(id) && !shape.waits()).then(|| {
            let see = format_ident!("see_{}", names.snake);
            quote! {
                #[doc(hidden)]
                #[inline]
                pub fn #see(&mut self, event: &#seen_type, sink: &mut impl Sink<Match>) -> Result<Arrival, Stopped> {
                    self.#take(event, sink)
                }
            }
        });
        let columns = self.has_columns(number).then(|| self.push_columns(number, ty, shape, folding));
        quote! {
            #about
            ///
            /// # Errors
            /// If a limit is reached that is to be an error.
            #[inline]
            pub fn #push(&mut self, event: #given, sink: &mut impl Sink<Match>) -> Result<Arrival, Stopped> {
                self.#take(#from_one, sink)
            }

            #about_batch
            ///
            /// # Errors
            /// If a limit is reached that is to be an error.
            pub fn #batch(&mut self, events: &[#listed], sink: &mut impl Sink<Match>) -> Result<(), Stopped> {
                for event in events {
                    self.#take(#from_many, sink)?;
                }
                Ok(())
            }

            #see

            #columns

            /// Lets an event in, unless it is late, and has the rules look at it when it is its turn.
            #[inline]
            fn #take(&mut self, event: #by, sink: &mut impl Sink<Match>) -> Result<Arrival, Stopped> { #taken }

            #admit
        }
    }

    /// The body of `take_…`, and the function that it needs where something may stop the program.
    fn taking(
        &self,
        number: usize,
        ty: &EventType,
        shape: &Shape,
        by: &TokenStream,
    ) -> (TokenStream, Option<TokenStream>) {
        let body = self.take(number, ty, shape);
        if !shape.is_sticky() {
            return (body, None);
        }
        let (admit, check) = (format_ident!("admit_{}", self.names.events[number].snake), shape.check());
        let admits = quote! {
            #[inline]
            fn #admit(&mut self, event: #by, sink: &mut impl Sink<Match>) -> Result<Arrival, Stopped> { #body }
        };
        (quote! { #check let result = self.#admit(event, sink); self.stop(result) }, Some(admits))
    }

    /// What a single event does.
    fn take(&self, number: usize, ty: &EventType, shape: &Shape) -> TokenStream {
        let names = &self.names.events[number];
        let (event, on, question) = (&names.ty, &names.on, shape.question());
        let time = self.time(number, ty, shape);
        let work = match shape.waits() {
            true => quote! {
                self.waiting.insert(time, Event::#event(event))?;
                self.release(sink)#question;
            },
            false => {
                let fire = shape.deadlines.then(|| quote! { self.on_deadlines(time, sink)#question; });
                quote! { #fire self.#on(event, time, sink)#question; }
            }
        };
        quote! {
            #time
            if !self.clock.admit(time) {
                return Ok(Arrival::Late);
            }
            #work
            Ok(Arrival::Taken)
        }
    }

    fn push_columns(&self, number: usize, ty: &EventType, shape: &Shape, folding: &Folding) -> TokenStream {
        let (names, first) = (&self.names.events[number], &self.names.events[number].fields[0]);
        let (columns, by_columns) = (&names.columns, format_ident!("push_{}_columns", names.snake));
        let about = doc(&format!("Takes events {} in order of arrival, from columns.", code(&ty.name)));
        let body = match self.block_time(number, ty, shape) {
            Some(at) => self.by_blocks(number, at, shape, folding),
            None => self.by_rows(number, shape),
        };
        quote! {
            #about
            ///
            /// # Errors
            /// If a limit is reached that is to be an error.
            ///
            /// # Panics
            /// If a column is shorter than the first.
            pub fn #by_columns(&mut self, columns: #columns<'_>, sink: &mut impl Sink<Match>) -> Result<(), Stopped> {
                let columns = columns.rows(0..columns.#first.len());
                #body
                Ok(())
            }
        }
    }

    /// Takes columns as events that come one by one.
    fn by_rows(&self, number: usize, shape: &Shape) -> TokenStream {
        let (names, id) = (&self.names.events[number], TypeId(number as u32));
        let (first, take) = (&names.fields[0], format_ident!("take_{}", names.snake));
        let seen = match shape.waits() {
            true => quote! { columns.event(row) },
            false => self.seen_in_columns(id),
        };
        quote! {
            for row in 0..columns.#first.len() {
                self.#take(#seen, sink)?;
            }
        }
    }

    /// Takes columns by blocks, let in as a whole. Windows fold them, or rules look at the rows that any of them wants, or at each.
    fn by_blocks(&self, number: usize, at: &Ident, shape: &Shape, folding: &Folding) -> TokenStream {
        let on = &self.names.events[number].on;
        let looks = |rows| self.each_row(number, at, &rows, on, shape.deadlines);
        let (sieve, block) = match self.chosen(TypeId(number as u32), at, &looks) {
            _ if !folding.windows.is_empty() => (None, self.by_windows(number, at, folding)),
            Some(chosen) => {
                // Of deadlines between the last of these rows and the end of the block.
                let after =
                    shape.deadlines.then(|| quote! { self.on_deadlines(self.clock.watermark(), sink); });
                (Some(quote! { let mut sieve = select::Sieve::default(); }), quote! { #chosen #after })
            }
            None => (None, looks(quote! { 0..columns.#at.len() })),
        };
        quote! {
            #sieve
            let mut blocks = blocks(columns.#at);
            while let Some(rows) = blocks.admit(&mut self.clock) {
                let columns = columns.rows(rows);
                #block
            }
        }
    }

    /// Cuts a block where a window ends. What folds a block at once shows nothing of it before that, so others may
    /// look at its events afterwards.
    fn by_windows(&self, number: usize, at: &Ident, folding: &Folding) -> TokenStream {
        let (fields, folds): (Vec<_>, Vec<_>) = folding.windows.iter().cloned().unzip();
        let cuts = fields.iter().map(|field| quote! { self.#field.windows.cut(&columns.#at[from..]) });
        let cut = cuts.reduce(|least, next| quote! { #least.min(#next) });
        let others = folding.others.as_ref().map(|others| {
            self.each_row(number, at, &quote! { 0..columns.#at.len() }, others, folding.others_fire)
        });
        quote! {
            let mut from = 0;
            while from < columns.#at.len() {
                self.on_deadlines(columns.#at[from], sink);
                let to = from + #cut;
                let columns = columns.rows(from..to);
                #(self.#fields.#folds(&columns);)*
                #others
                from = to;
            }
        }
    }

    /// Has the function `on` look at some rows of a block, behind the deadlines before each if any `fire`.
    fn each_row(&self, number: usize, at: &Ident, rows: &TokenStream, on: &Ident, fire: bool) -> TokenStream {
        let seen = self.seen_in_columns(TypeId(number as u32));
        let fire = fire.then(|| quote! { self.on_deadlines(columns.#at[row], sink); });
        quote! {
            for row in #rows {
                #fire
                self.#on(#seen, columns.#at[row], sink);
            }
        }
    }

    /// Whether events of a type can come as columns. A device has events, not columns; and a column of texts would be of texts of any length.
    pub(super) fn has_columns(&self, number: usize) -> bool {
        !self.names.events[number].fields.is_empty() && self.options.fixed.is_none()
    }

    /// What operators look at of a row of columns.
    pub(super) fn seen_in_columns(&self, ty: TypeId) -> TokenStream {
        match self.has_row(ty) {
            true => quote! { &columns.row(row) },
            false => quote! { &columns.event(row) },
        }
    }

    /// What columns of an event type can do.
    pub(super) fn columns(&self, number: usize, ty: &EventType, shape: &Shape) -> TokenStream {
        let names = &self.names.events[number];
        let (event, columns, fields) = (&names.ty, &names.columns, &names.fields);
        let values =
            ty.fields.iter().zip(fields).map(|(field, name)| match (field.ty.kind, field.ty.nullable) {
                (Kind::Str, false) => quote! { #name: Symbol::new(self.#name[row]) },
                (Kind::Str, true) => quote! { #name: self.#name[row].map(Symbol::new) },
                _ => quote! { #name: self.#name[row] },
            });
        let id = TypeId(number as u32);
        let row = match self.has_row(id) && !shape.waits() {
            true => {
                let (ty, row) = (self.seen_type(id), self.row_of_columns(id));
                quote! {
                    /// What the rules look at of a row.
                    #[inline]
                    fn row(&self, row: usize) -> #ty { #row }
                }
            }
            false => quote! {
                /// The event in a row.
                #[inline]
                fn event(&self, row: usize) -> #event {
                    #event { #(#values),* }
                }
            },
        };
        quote! {
            impl #columns<'_> {
                /// Some rows of all columns.
                fn rows(&self, rows: ::core::ops::Range<usize>) -> Self {
                    Self { #(#fields: &self.#fields[rows.clone()]),* }
                }

                #row
            }
        }
    }

    /// The field that is the time of events, where blocks of them can be let in at once: it is in every event, none waits, and
    /// none stops the program, so that what was counted before it would be seen.
    fn block_time(&self, number: usize, ty: &EventType, shape: &Shape) -> Option<&Ident> {
        let Source::Input { time: Some(time), .. } = &ty.source else { return None };
        match time.kind {
            ExprKind::Column(field) if !time.ty.nullable && !shape.is_sticky() => {
                Some(&self.names.events[number].fields[field.index()])
            }
            _ => None,
        }
    }

    /// `let time = …` of an event; leaves where it has none.
    fn time(&self, number: usize, ty: &EventType, shape: &Shape) -> TokenStream {
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
                let event = match shape.waits() {
                    true => self.as_seen(TypeId(number as u32), &quote! { &event }),
                    false => quote! { event },
                };
                quote! { #name(#event #faults) }
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
}
