//! The objects that plate and press both write or point to.

use pdf_writer::Ref;

use super::objects::Numbers;
use super::tags::Tree;

/// Objects whose numbers both sides know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    pub(super) catalog: Ref,
    pub(super) pages: Ref,
    pub(super) structure: Ref,
    pub(super) below: Ref,
    pub(super) above: Ref,
    pub(super) artwork: Ref,
    pub(super) seal: Ref,
    pub(super) appearance: Ref,
    pub(super) widget: Ref,
    pub(super) form: Ref,
    pub(super) attachment: Ref,
    // What the press writes.
    pub(super) parents: Ref,
    pub(super) page: Ref,
    pub(super) content: Ref,
    pub(super) metadata: Ref,
    pub(super) signature: Ref,
    pub(super) attached: Ref,
    pub(super) tree: Tree,
}

impl Ids {
    pub(super) fn take(numbers: &mut Numbers) -> Self {
        let mut next = || numbers.take();
        let (catalog, pages, page) = (next(), next(), next());
        Self {
            catalog,
            pages,
            page,
            structure: next(),
            below: next(),
            above: next(),
            artwork: next(),
            seal: next(),
            appearance: next(),
            widget: next(),
            form: next(),
            attachment: next(),
            parents: next(),
            content: next(),
            metadata: next(),
            signature: next(),
            attached: next(),
            tree: Tree { document: next(), namespace: next(), page },
        }
    }
}
