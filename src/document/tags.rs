//! The structure tree: what a screen reader meets, in the standard structure namespace of PDF 2.0.

use pdf_writer::Ref;

use super::objects::Objects;
use super::typeset::{round, text_string};

/// The namespace's name by ISO 32000-2, 14.8.6.
pub(super) const NAMESPACE: &str = "<</Type/Namespace/NS(http://iso.org/pdf2/ssn)>>";

/// Numbers that every element names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree {
    pub(super) document: Ref,
    pub(super) namespace: Ref,
    pub(super) page: Ref,
}

impl Tree {
    /// A heading or paragraph over the marked content `mcid`.
    pub(super) fn text(&self, objects: &mut Objects, id: Ref, role: &str, mcid: usize, language: Option<&str>) {
        let language = language.map(|l| format!("/Lang({l})")).unwrap_or_default();
        self.element(objects, id, role, &format!("/K {mcid}{language}"));
    }

    /// A picture over the marked content `mcid`; `bbox` in points from the bottom left corner.
    pub(super) fn figure(&self, objects: &mut Objects, id: Ref, mcid: usize, alt: &str, bbox: [f32; 4]) {
        let [a, b, c, d] = bbox.map(round);
        let rest = format!("/K {mcid}/Alt{}/A<</O/Layout/Placement/Block/BBox[{a} {b} {c} {d}]>>", text_string(alt));
        self.element(objects, id, "Figure", &rest);
    }

    /// The signature field.
    pub(super) fn form(&self, objects: &mut Objects, id: Ref, widget: Ref, alt: &str) {
        let rest = format!("/K<</Type/OBJR/Obj {} 0 R>>/Alt{}", widget.get(), text_string(alt));
        self.element(objects, id, "Form", &rest);
    }

    /// The root element over all others.
    pub(super) fn root(&self, objects: &mut Objects, structure: Ref, children: &[Ref]) {
        let body =
            format!("<</Type/StructElem/S/Document/P {} 0 R/NS {} 0 R/K[{}]>>", structure.get(), self.namespace.get(), list(children));
        objects.raw(self.document, body.as_bytes());
    }

    fn element(&self, objects: &mut Objects, id: Ref, role: &str, rest: &str) {
        let (parent, namespace, page) = (self.document.get(), self.namespace.get(), self.page.get());
        let body = format!("<</Type/StructElem/S/{role}/P {parent} 0 R/NS {namespace} 0 R/Pg {page} 0 R{rest}>>");
        objects.raw(id, body.as_bytes());
    }
}

/// References one after another.
pub(super) fn list(ids: &[Ref]) -> String {
    ids.iter().map(|id| format!("{} 0 R", id.get())).collect::<Vec<_>>().join(" ")
}
