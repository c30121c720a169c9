//! Windows that take columns by the block, since they end with time: what a query keeps then, and how it takes a block.
//!
//! Without groups the vector units take whole columns, if they have the guards and the aggregates; those of the same values under the
//! same filter are kept as one, which takes them in one pass. With groups, events are taken one by one, in passes of which each has what the
//! next one needs fetched.

use super::super::Emitter;
use super::super::names::{code, doc, mentioned};
use super::can_stop;
use crate::hir::{self, WindowOp};
use crate::lir::{Aggregate, ExprKind, FieldId, GuardId, Input, Rows, Source, Window};
use crate::scalar::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// How a window takes blocks.
pub(in super::super) enum Blocks {
    /// As whole columns.
    Columns(Columns),
    /// Event by event.
    Events,
}

/// What a window keeps that takes whole columns.
pub(in super::super) struct Columns {
    parts: Vec<Part>,
    /// By aggregate, the part that gives it.
    part_of: Vec<usize>,
}

/// What is kept of the same values under the same filter.
struct Part {
    value: Option<FieldId>,
    kind: Kind,
    filter: Option<GuardId>,
    gives: Gives,
    /// The first of its aggregates, by which it is called.
    owner: usize,
}

/// What a part is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    Count,
    Sum,
    Extremes,
    Summary,
    Spread,
}

impl Gives {
    /// What an aggregate asks for, if blocks have it.
    const fn of(op: WindowOp) -> Option<Self> {
        match op {
            WindowOp::Count => Some(Self::Count),
            WindowOp::Sum | WindowOp::Avg => Some(Self::Sum),
            WindowOp::Min | WindowOp::Max => Some(Self::Extremes),
            WindowOp::Variance | WindowOp::VarPop | WindowOp::Stddev | WindowOp::StddevPop => {
                Some(Self::Spread)
            }
            _ => None,
        }
    }

    /// What gives both, if anything does.
    fn and(self, other: Self) -> Option<Self> {
        use Gives::{Extremes, Sum, Summary};
        match (self, other) {
            _ if self == other => Some(self),
            (Sum | Extremes | Summary, Sum | Extremes | Summary) => Some(Summary),
            _ => None,
        }
    }
}

impl Part {
    /// Whether it tells events apart by their numbers.
    fn is_numbered(&self) -> bool {
        self.kind == Kind::F64 && matches!(self.gives, Gives::Sum | Gives::Summary | Gives::Spread)
    }

    fn ty(&self) -> TokenStream {
        match (self.gives, self.kind) {
            (Gives::Count, _) => quote! { window::Count },
            (Gives::Sum, Kind::F64) => quote! { window::LaneSum },
            (Gives::Sum, _) => quote! { window::SumInt },
            (Gives::Extremes, Kind::F64) => quote! { window::Extremes<f64> },
            (Gives::Extremes, _) => quote! { window::Extremes<i64> },
            (Gives::Summary, Kind::F64) => quote! { window::Summary },
            (Gives::Summary, _) => quote! { window::SummaryInt },
            (Gives::Spread, _) => quote! { window::LaneSpread },
        }
    }
}

impl Columns {
    /// The parts of aggregates, if blocks have all of them.
    fn of(emitter: &Emitter<'_>, window: &Window) -> Option<Self> {
        let (mut parts, mut part_of) = (Vec::<Part>::new(), Vec::new());
        for (owner, of) in window.aggregates.iter().enumerate() {
            let mut part = Self::part(emitter, window, owner, of)?;
            let found = parts.iter_mut().enumerate().find_map(|(at, known)| {
                let alike = known.value == part.value && known.filter == part.filter;
                let gives = alike.then(|| known.gives.and(part.gives))??;
                known.gives = gives;
                Some(at)
            });
            part_of.push(found.unwrap_or_else(|| {
                part.owner = owner;
                parts.push(part);
                parts.len() - 1
            }));
        }
        Some(Self { parts, part_of })
    }

    fn part(emitter: &Emitter<'_>, window: &Window, owner: usize, of: &Aggregate) -> Option<Part> {
        let gives = Gives::of(of.op)?;
        let ty = match of.value {
            None => None,
            Some(value) => Some(emitter.program.types[window.input.index()].fields.get(value.index())?.ty),
        };
        // Of values that are always there, their number is that of events.
        let (value, kind) = match (gives, ty) {
            (Gives::Count, _) => (None, Kind::I64),
            (_, ty) => (of.value, ty?.kind),
        };
        let number = matches!(kind, Kind::I64 | Kind::F64 | Kind::Timestamp | Kind::Duration);
        let taken = number && (gives != Gives::Spread || kind == Kind::F64);
        let repeats = of.distinct && (gives != Gives::Extremes || kind == Kind::F64);
        if !taken || repeats || ty.is_some_and(|ty| ty.nullable) {
            return None;
        }
        if let Some(filter) = of.filter {
            emitter.rows_of_one(filter)?;
        }
        Some(Part { value, kind, filter: of.filter, gives, owner })
    }

    /// Whether the numbers of events are looked at.
    pub(super) fn is_numbered(&self) -> bool {
        self.parts.iter().any(Part::is_numbered)
    }
}

impl Emitter<'_> {
    /// Of each window, how it takes blocks, if it does; `stops` says whether a rule can stop the program.
    pub(in super::super) fn blocks(&self, stops: bool) -> Vec<Option<Blocks>> {
        let stops = stops || self.program.windows.iter().any(can_stop);
        self.program.windows.iter().map(|window| self.blocks_of(window, stops)).collect()
    }

    fn blocks_of(&self, window: &Window, stops: bool) -> Option<Blocks> {
        let ty = &self.program.types[window.input.index()];
        let Source::Input { time: Some(time), .. } = &ty.source else { return None };
        let waits = self.inputs().any(|(_, ty)| matches!(ty.source, Source::Input { lateness: 1.., .. }));
        let timed = matches!(time.kind, ExprKind::Column(_)) && !time.ty.nullable;
        let cut = matches!(window.window, hir::Window::Hopping { .. });
        if stops || waits || !timed || !cut || self.options.fixed.is_some() || window.aggregates.is_empty() {
            return None;
        }
        if !window.keys.is_empty() {
            // Guards are asked in another order, and some twice.
            let all = (0..self.program.guards.len() as u32).map(GuardId);
            let mut of_input = all.filter(|guard| self.program.guards[guard.index()].ty == window.input);
            let faults = of_input.any(|guard| self.guard_faults(guard));
            return (!faults && window.wants != Rows::Any(vec![])).then_some(Blocks::Events);
        }
        if let Rows::Any(wants) = &window.wants {
            self.rows_of_any(wants)?;
        }
        Columns::of(self, window).map(Blocks::Columns)
    }

    /// What a window keeps that takes whole columns.
    pub(super) fn columns_of(&self, number: usize) -> Option<&Columns> {
        match &self.blocks[number] {
            Some(Blocks::Columns(columns)) => Some(columns),
            Some(Blocks::Events) | None => None,
        }
    }

    /// What is kept, as the fields of a struct.
    pub(super) fn block_fields(
        &self,
        number: usize,
        window: &Window,
        blocks: &Columns,
    ) -> (Vec<TokenStream>, Vec<&Ident>) {
        let aggregates = &self.names.windows[number].aggregates;
        let fields = blocks.parts.iter().enumerate().map(|(at, part)| {
            let of = (0..window.aggregates.len()).filter(|aggregate| blocks.part_of[*aggregate] == at);
            let of: Vec<_> = of.map(|aggregate| code(&self.written(window, aggregate))).collect();
            let (about, name, ty) = (doc(&format!("{}.", of.join(", "))), &aggregates[part.owner], part.ty());
            quote! { #about #name: #ty }
        });
        (fields.collect(), blocks.parts.iter().map(|part| &aggregates[part.owner]).collect())
    }

    /// Has what is kept take an event.
    pub(super) fn block_pushes(&self, number: usize, window: &Window, blocks: &Columns) -> TokenStream {
        let names = &self.names.windows[number].aggregates;
        let fields = &self.names.events[window.input.index()].fields;
        let pushes = blocks.parts.iter().map(|part| {
            let name = &names[part.owner];
            let value = part.value.map(|value| &fields[value.index()]);
            let item = match value {
                None => quote! { () },
                Some(value) if part.is_numbered() => quote! { (number, event.#value) },
                Some(value) => quote! { event.#value },
            };
            let push = quote! { totals.#name.push(#item); };
            match part.filter {
                None => push,
                Some(filter) => {
                    let filter = &self.names.guards[filter.index()].local;
                    quote! { if #filter { #push } }
                }
            }
        });
        quote! { #(#pushes)* }
    }

    /// What is read from it.
    pub(super) fn block_result(
        &self,
        number: usize,
        window: &Window,
        blocks: &Columns,
        aggregate: usize,
        totals: &TokenStream,
    ) -> TokenStream {
        let part = &blocks.parts[blocks.part_of[aggregate]];
        let name = &self.names.windows[number].aggregates[part.owner];
        let of = quote! { #totals.#name };
        match window.aggregates[aggregate].op {
            WindowOp::Count => quote! { #of.value() },
            WindowOp::Sum if part.kind == Kind::F64 => quote! { #of.sum() },
            WindowOp::Sum => quote! { #of.sum(&self.faults) },
            WindowOp::Avg if part.kind == Kind::Duration => quote! { #of.mean_whole() },
            WindowOp::Avg => quote! { #of.mean() },
            WindowOp::Min => quote! { #of.least() },
            WindowOp::Max => quote! { #of.greatest() },
            WindowOp::Variance => quote! { #of.settled().variance() },
            WindowOp::Stddev => quote! { #of.settled().stddev() },
            WindowOp::VarPop => quote! { #of.settled().var_pop() },
            WindowOp::StddevPop => quote! { #of.settled().stddev_pop() },
            _ => unreachable!("blocks: an aggregate that they have"),
        }
    }

    /// What takes a block of columns, if anything does.
    pub(super) fn take_block(&self, number: usize, window: &Window) -> Option<TokenStream> {
        let (event, fold) = (&self.names.events[window.input.index()], self.fold_name(window));
        let Source::Input { time: Some(time), .. } = &self.program.types[window.input.index()].source else {
            return None;
        };
        let ExprKind::Column(at) = time.kind else { return None };
        let (columns, at) = (&event.columns, &event.fields[at.index()]);
        let body = match self.blocks[number].as_ref()? {
            Blocks::Columns(blocks) => self.take_columns(number, window, blocks, at),
            Blocks::Events => self.take_events(number, window, at),
        };
        let about = doc(&format!(
            "What a block of events {} does, all of one slice.",
            code(&self.program.types[window.input.index()].name)
        ));
        Some(quote! {
            #about
            fn #fold(&mut self, columns: &#columns<'_>) { #body }
        })
    }

    fn take_events(&self, number: usize, window: &Window, at: &Ident) -> TokenStream {
        let key = self.window_key_made(window);
        let input = Input { ty: window.input, wants: window.wants.clone(), opens: Rows::All };
        let guards = self.read_guards(&input, &key, &quote! { return None });
        let pushes = self.pushes(number, window);
        let filters = Input { wants: Rows::All, ..input };
        let filters = self.read_guards(&filters, &pushes, &quote! {});
        let seen = self.seen_in_columns(window.input);
        let event = |of: &TokenStream| mentioned(of).contains("event").then(|| quote! { let event = #seen; });
        let (of_key, of_push) = (event(&quote! { #guards #key }), event(&quote! { #filters #pushes }));
        let named = |is_used: bool| format_ident!("{}", if is_used { "row" } else { "_row" });
        let (row_of_key, row_of_push) = (named(of_key.is_some()), named(of_push.is_some()));
        quote! {
            self.windows.enter_block(
                columns.#at.len(),
                columns.#at[0],
                |#row_of_key| { #of_key #guards Some(#key) },
                |totals, #row_of_push| { #of_push #filters #pushes },
            );
        }
    }

    fn take_columns(&self, number: usize, window: &Window, blocks: &Columns, at: &Ident) -> TokenStream {
        let event = &self.names.events[window.input.index()];
        let vectors_say = "blocks: guards that vector units say";
        let wanted = match &window.wants {
            Rows::All => None,
            Rows::Any(wants) => {
                let any = self.rows_of_any(wants).expect(vectors_say);
                Some(quote! { let rows = #any; if block.count(&rows) == 0 { return; } })
            }
        };
        let rows = wanted.unwrap_or_else(|| quote! { let rows = block.all(); });
        let mut filters: Vec<GuardId> = blocks.parts.iter().filter_map(|part| part.filter).collect();
        filters.sort_unstable();
        filters.dedup();
        let filters = filters.iter().map(|guard| {
            let local = &self.names.guards[guard.index()].local;
            let is = self.rows_of_one(*guard).expect(vectors_say);
            quote! { let #local = rows & #is; }
        });
        let takes = blocks.parts.iter().map(|part| {
            let name = &self.names.windows[number].aggregates[part.owner];
            let rows = part.filter.map_or_else(
                || quote! { rows },
                |guard| {
                    let local = &self.names.guards[guard.index()].local;
                    quote! { #local }
                },
            );
            let values = part.value.map(|value| {
                let field = &event.fields[value.index()];
                quote! { , columns.#field }
            });
            quote! { totals.#name.take(&block, &#rows #values); }
        });
        let block = match blocks.is_numbered() {
            true => quote! {
                let block = select::Block::numbered(columns.#at.len(), self.seen);
                self.seen += columns.#at.len();
            },
            false => quote! { let block = select::Block::new(columns.#at.len()); },
        };
        quote! {
            #block
            #rows
            #(#filters)*
            let Some(totals) = self.windows.enter(&(), columns.#at[0]) else { return };
            #(#takes)*
        }
    }

    /// What takes a block is called.
    pub(in super::super) fn fold_name(&self, window: &Window) -> Ident {
        format_ident!("fold_{}", self.names.events[window.input.index()].snake)
    }
}
