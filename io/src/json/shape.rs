//! What keys come next: a memory of the order of keys in the rows so far.
//!
//! Rows of one producer nearly always have the same keys in the same order with the same white space. Each key
//! is a node that knows its literal text with all that stands around it, and the node that followed it last:
//!
//! ```text
//!  (start) ── {"card": ──> ,"amount": ──> ,"at": ──> (no more)
//! ```
//!
//! The prediction is compared with the text and taken if it is right. Where it is wrong the scanner reads the key
//! by the grammar, and what came instead is predicted the next time.

use std::collections::HashMap;

use crate::value::load16;

/// The most keys that are remembered. Keys of rows that use object keys as data are read by the grammar.
const NODES_MAX: usize = 4096;

/// What to do with the value of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    /// Nothing.
    Skip,
    /// It is that used field's.
    Slot(u32),
    /// It says the type, and may be a used field's as well.
    Type(Option<u32>),
    /// The type is not known yet: it is kept until then.
    Keep,
}

/// A number of a node.
pub(super) type NodeId = u32;

/// A key with the text around it: from the end of the value before to the start of its value.
pub(super) struct Node {
    /// The first 32 bytes, and which of them are meant.
    heads: [u128; 2],
    masks: [u128; 2],
    literal: Box<[u8]>,
    /// What it followed by.
    next: NodeId,
    pub(super) usage: Use,
    /// The key itself, without escapes.
    pub(super) key: Box<[u8]>,
}

impl Node {
    fn new(literal: &[u8], key: &[u8], usage: Use, next: NodeId) -> Self {
        let half = |from: usize| {
            let (mut head, mut mask) = ([0; 16], [0; 16]);
            for (index, &byte) in literal.iter().skip(from).take(16).enumerate() {
                (head[index], mask[index]) = (byte, 0xff);
            }
            (u128::from_le_bytes(head), u128::from_le_bytes(mask))
        };
        let ((head, mask), (head2, mask2)) = (half(0), half(16));
        let (heads, masks) = ([head, head2], [mask, mask2]);
        Self { heads, masks, literal: literal.into(), next, usage, key: key.into() }
    }

    /// Whether the node's literal stands at `at`; its length.
    #[inline(always)]
    fn matches(&self, text: &[u8], at: usize) -> Option<usize> {
        let equal = |half: usize| {
            let window = load16(text, at + 16 * half)?;
            let differs = (u128::from_le_bytes(*window) ^ self.heads[half]) & self.masks[half];
            (differs == 0).then_some(())
        };
        equal(0)?;
        let len = self.literal.len();
        if len > 16 {
            equal(1)?;
        }
        (len != 0 && (len <= 32 || text[at + 32..].starts_with(&self.literal[32..]))).then_some(len)
    }
}

/// The nodes of all contexts. A context is an event type, or that the type is not known yet; each has a start
/// node of the same number.
pub(super) struct Shapes {
    nodes: Vec<Node>,
    /// By context and literal.
    known: Vec<HashMap<Box<[u8]>, NodeId>>,
    /// A node without a literal, which stands nowhere.
    nowhere: NodeId,
    /// A node for a key that is not remembered.
    scratch: NodeId,
}

impl Shapes {
    /// Nothing but the start nodes of `contexts` contexts.
    pub(super) fn new(contexts: usize) -> Self {
        let (nowhere, scratch) = (contexts as NodeId, contexts as NodeId + 1);
        let mut shapes = Self { nodes: Vec::new(), known: vec![HashMap::new(); contexts], nowhere, scratch };
        shapes.forget();
        shapes
    }

    /// Forgets all keys if there are too many. To be called between rows.
    #[inline(always)]
    pub(super) fn tidy(&mut self) {
        if self.nodes.len() >= NODES_MAX + self.known.len() {
            self.forget();
        }
    }

    #[cold]
    fn forget(&mut self) {
        self.known.iter_mut().for_each(HashMap::clear);
        self.nodes.clear();
        let special = self.known.len() + 2;
        self.nodes.resize_with(special, || Node::new(b"", b"", Use::Skip, self.nowhere));
    }

    /// Whether the node stands for another key soon, so that its number may not be kept.
    #[inline(always)]
    pub(super) const fn is_fleeting(&self, id: NodeId) -> bool {
        id == self.scratch
    }

    #[inline(always)]
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// The node that follows `after`, if the prediction is right, and where its value starts.
    #[inline(always)]
    pub(super) fn predicted(&self, after: NodeId, text: &[u8], at: usize) -> Option<(NodeId, usize)> {
        let next = self.node(after).next;
        Some((next, at + self.node(next).matches(text, at)?))
    }

    /// The node of a literal that was read by the grammar after node `after`, to be predicted from now on.
    /// `make` says what key it is and what to do with its value.
    pub(super) fn learn(
        &mut self,
        after: NodeId,
        context: usize,
        literal: &[u8],
        make: impl FnOnce() -> (Vec<u8>, Use),
    ) -> NodeId {
        if let Some(&id) = self.known[context].get(literal) {
            self.nodes[after as usize].next = id;
            return id;
        }
        let (key, usage) = make();
        let node = Node::new(literal, &key, usage, self.nowhere);
        if self.nodes.len() >= NODES_MAX + self.known.len() {
            // Invariant: nothing predicts the scratch node, and it predicts nothing of an earlier row: it may
            // come to stand for another context.
            self.nodes[self.scratch as usize] = node;
            return self.scratch;
        }
        let id = self.nodes.len() as NodeId;
        self.nodes.push(node);
        self.known[context].insert(literal.into(), id);
        self.nodes[after as usize].next = id;
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_last_is_predicted() {
        let mut shapes = Shapes::new(1);
        let text = [&b"{\"a\":1,\"a_key_of_more_than_thirty_two_bytes\":2}\n"[..], &[0; 64]].concat();
        assert_eq!(shapes.predicted(0, &text, 0), None);
        let a = shapes.learn(0, 0, b"{\"a\":", || (b"a".to_vec(), Use::Slot(0)));
        let long =
            shapes.learn(a, 0, b",\"a_key_of_more_than_thirty_two_bytes\":", || (b"".to_vec(), Use::Skip));
        assert_eq!(shapes.predicted(0, &text, 0), Some((a, 5)));
        assert_eq!(shapes.predicted(a, &text, 6), Some((long, 45)));
        assert_eq!(shapes.predicted(a, &text, 7), None);
        assert_eq!(shapes.node(a).usage, Use::Slot(0));
    }

    #[test]
    fn keys_that_are_data_are_not_remembered_for_ever() {
        let mut shapes = Shapes::new(1);
        for key in 0..2 * NODES_MAX {
            shapes.learn(0, 0, format!("{{\"{key}\":").as_bytes(), || (Vec::new(), Use::Skip));
        }
        assert_eq!(shapes.nodes.len(), NODES_MAX + 1);
        shapes.tidy();
        assert_eq!(shapes.nodes.len(), 3);
    }
}
