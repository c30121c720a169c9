//! Finds the node that each ordinary comment stands at, so that the formatter can put it back.
//!
//! Nodes are declarations, event fields, clauses of rules and emitted items. A comment elsewhere, say in the middle of an
//! expression, is hoisted before the smallest node around it; none is ever lost.

use crate::ast::{Comments, EmitItem, Item};
use crate::span::Span;

/// Puts every comment at a node of `items`.
pub(super) fn attach(source: &str, items: &[Item], spans: &[Span]) -> Comments {
    if spans.is_empty() {
        return Comments::default();
    }
    let lines = Lines::new(source);
    let mut comments = Comments::default();
    let around = Around::of_all(source, spans);
    let nodes: Vec<Span> = items.iter().map(Item::span).collect();
    let mut within = WithinItem::default();
    for (span, around) in spans.iter().zip(around) {
        let text = source[span.range()].to_string();
        let comment = Comment { span: *span, around, lines: &lines };
        let place = match comment.inside(&nodes) {
            Some(index) => within.of(index, items).place(&comment, nodes[index], source),
            None => match comment.trails(&nodes).or_else(|| next(&nodes, *span).map(Place::Before)) {
                Some(place) => place,
                None => {
                    comments.at_end.push(text);
                    continue;
                }
            },
        };
        let blank_follows = comment.inside(&nodes).is_none() && comment.blank_line_follows();
        place.put(&mut comments, text, blank_follows);
    }
    comments
}

/// Where a comment belongs.
enum Place {
    Before(Span),
    After(Span),
    InsideEnd(Span),
}

impl Place {
    fn put(self, comments: &mut Comments, text: String, blank_follows: bool) {
        let (Place::Before(node) | Place::After(node) | Place::InsideEnd(node)) = self;
        let at = comments.by_node.entry(node.start).or_default();
        match self {
            Place::Before(_) => {
                at.before.push(text);
                if blank_follows {
                    at.before.push(String::new());
                }
            }
            Place::After(_) => at.after.push(text),
            Place::InsideEnd(_) => at.inside_end.push(text),
        }
    }
}

/// What follows a comment.
#[derive(Clone, Copy)]
struct Around {
    /// The offset of the next token or comment.
    next: usize,
    /// The offset of the next token that is no comment.
    token: usize,
}

impl Around {
    /// From the last comment to the first, so that rows of comments are walked over once.
    fn of_all(source: &str, spans: &[Span]) -> Vec<Around> {
        let mut all: Vec<Around> = Vec::with_capacity(spans.len());
        for (index, span) in spans.iter().enumerate().rev() {
            let rest = &source[span.end as usize..];
            let next = source.len() - rest.trim_start().len();
            let is_comment = spans.get(index + 1).is_some_and(|following| following.start as usize == next);
            let token = all.last().filter(|_| is_comment).map_or(next, |following| following.token);
            all.push(Around { next, token });
        }
        all.reverse();
        all
    }
}

struct Comment<'a> {
    span: Span,
    around: Around,
    lines: &'a Lines,
}

impl Comment<'_> {
    /// The node that the comment is within; nodes are in order and do not overlap.
    fn inside(&self, nodes: &[Span]) -> Option<usize> {
        let index = nodes.partition_point(|node| node.start <= self.span.start).checked_sub(1)?;
        (self.span.start < nodes[index].end).then_some(index)
    }

    /// The node before it, if it ends on the comment's line and nothing but comments follows there.
    fn trails(&self, nodes: &[Span]) -> Option<Place> {
        let node = nodes[nodes.partition_point(|node| node.end <= self.span.start).checked_sub(1)?];
        let same_line = self.lines.of(node.end) == self.lines.of(self.span.start);
        let line_ends = self.lines.of(self.around.token as u32) > self.lines.of(self.span.end)
            || self.around.token == self.lines.source_length;
        (same_line && line_ends).then_some(Place::After(node))
    }

    fn blank_line_follows(&self) -> bool {
        self.lines.of(self.around.next as u32) > self.lines.of(self.span.end) + 1
    }
}

/// The node after a place.
fn next(nodes: &[Span], place: Span) -> Option<Span> {
    nodes.get(nodes.partition_point(|node| node.start <= place.start)).copied()
}

/// The nodes within one declaration; kept from one comment to the next.
#[derive(Default)]
struct WithinItem {
    index: Option<usize>,
    /// Fields of an event, or clauses of a rule.
    children: Vec<Span>,
    /// The `emit` clause and its items.
    emit: Option<(Span, Vec<Span>)>,
}

impl WithinItem {
    fn of(&mut self, index: usize, items: &[Item]) -> &WithinItem {
        if self.index != Some(index) {
            *self = WithinItem::new(index, &items[index]);
        }
        self
    }

    fn new(index: usize, item: &Item) -> WithinItem {
        let spans = |items: &[EmitItem]| items.iter().map(|item| item.span).collect();
        let (mut children, emit): (Vec<Span>, _) = match item {
            Item::Event(event) => (event.fields.iter().map(|field| field.span).collect(), None),
            Item::Pattern(rule) => {
                let clauses = [
                    rule.partition.as_ref().map(|clause| clause.span),
                    Some(rule.pattern.span),
                    rule.filter.as_ref().map(|clause| clause.span),
                    rule.within.as_ref().map(|clause| clause.span),
                    rule.skip.as_ref().map(|clause| clause.span),
                    rule.limits.as_ref().map(|clause| clause.span),
                    rule.emit.as_ref().map(|clause| clause.span),
                ];
                let emit = rule.emit.as_ref().map(|clause| (clause.span, spans(&clause.value)));
                (clauses.into_iter().flatten().collect(), emit)
            }
            Item::Query(rule) => {
                let clauses = [
                    Some(rule.from.span),
                    rule.window.as_ref().map(|clause| clause.span),
                    rule.group_by.as_ref().map(|clause| clause.span),
                    rule.limits.as_ref().map(|clause| clause.span),
                    Some(rule.emit.span),
                    rule.having.as_ref().map(|clause| clause.span),
                ];
                (
                    clauses.into_iter().flatten().collect(),
                    Some((rule.emit.span, spans(&rule.emit.value.items))),
                )
            }
        };
        children.sort_by_key(|span| span.start);
        WithinItem { index: Some(index), children, emit }
    }

    /// Where a comment within the declaration `item` belongs.
    fn place(&self, comment: &Comment<'_>, item: Span, source: &str) -> Place {
        let before_brace = source[comment.around.token..].starts_with('}');
        if let Some(index) = comment.inside(&self.children) {
            let child = self.children[index];
            return match &self.emit {
                Some((emit, items)) if *emit == child => match comment.inside(items) {
                    Some(index) => Place::Before(items[index]),
                    None => comment
                        .trails(items)
                        .or_else(|| next(items, comment.span).map(Place::Before))
                        .unwrap_or(if before_brace { Place::InsideEnd(child) } else { Place::Before(child) }),
                },
                _ => Place::Before(child),
            };
        }
        comment
            .trails(&self.children)
            .or_else(|| next(&self.children, comment.span).map(Place::Before))
            .unwrap_or(if before_brace { Place::InsideEnd(item) } else { Place::Before(item) })
    }
}

/// Line numbers of offsets.
struct Lines {
    breaks: Vec<u32>,
    source_length: usize,
}

impl Lines {
    fn new(source: &str) -> Lines {
        let breaks = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32);
        Lines { breaks: breaks.collect(), source_length: source.len() }
    }

    fn of(&self, offset: u32) -> usize {
        self.breaks.partition_point(|newline| *newline < offset)
    }
}
