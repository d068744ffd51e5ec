//! The artwork's XML before it becomes a drawing: what the reader would drop without a word, what cannot be printed, and what would
//! take too long, each with its line.

use std::collections::{HashMap, HashSet};

use usvg::roxmltree::{Document, Node, NodeId};

use super::super::template::{hint, nearest};

/// Something wrong with the drawing.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) line: usize,
    pub(super) what: String,
    /// Whether the drawing must not be read any further.
    pub(super) stops: bool,
}

impl Finding {
    pub(super) fn at(line: usize, what: String) -> Self {
        Self { line, what, stops: false }
    }
}

pub(super) const NO_GRADIENT: &str = "只支持纯色填充和描边，不支持渐变和图案 / only solid paint is supported, no gradients and patterns";
pub(super) const NO_MASK: &str = "不支持蒙版和滤镜 / masks and filters are not supported";
pub(super) const NO_GROUP_OPACITY: &str = "透明度请设在单个图形上，不要设在组上 / set the opacity on single shapes, not on a group";

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";

/// Elements that are drawn, or that say how.
const DRAWN: [&str; 16] = [
    "svg", "g", "a", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "use", "symbol", "switch", "defs", "clipPath",
    "marker",
];
/// Elements whose insides are never drawn by themselves; what refers to them is another matter.
const ASIDE: [&str; 9] = ["title", "desc", "metadata", "style", "linearGradient", "radialGradient", "pattern", "mask", "filter"];
/// Deeper nesting than any drawing program makes.
const MAX_DEPTH: usize = 64;
/// Elements to draw when every `use` is followed.
const MAX_DRAWN: u64 = 50_000;

/// Looks at every element.
pub(super) fn look(document: &Document<'_>) -> Vec<Finding> {
    let mut walk = Walk { document, ids: HashMap::new(), found: Vec::new() };
    let root = document.root_element();
    if root.tag_name().name() != "svg" || root.tag_name().namespace() != Some(SVG) {
        let what = format!("根元素应为 <svg xmlns=\"{SVG}\"> / the root must be <svg xmlns=\"{SVG}\">");
        walk.found.push(Finding { line: walk.line(root), what, stops: true });
        return walk.found;
    }
    // `descendants` goes by the order of nodes, not by recursion.
    for node in root.descendants() {
        if let Some(id) = node.attribute("id") {
            walk.ids.entry(id).or_insert(node.id());
        }
    }
    if let Some(deep) = too_deep(root) {
        let what = format!("嵌套超过 {MAX_DEPTH} 层，请解散多余的组 / nested deeper than {MAX_DEPTH}: ungroup what needs no group");
        walk.found.push(Finding { line: walk.line(deep), what, stops: true });
        return walk.found;
    }
    walk.element(root);
    let mut cost = Cost { walk: &walk, known: HashMap::new(), open: HashSet::new() };
    if cost.of(root) > MAX_DRAWN {
        let what = format!(
            "展开 <use> 后图形超过 {MAX_DRAWN} 个，请简化 / more than {MAX_DRAWN} shapes when every <use> is followed: simplify it"
        );
        walk.found.push(Finding { line: walk.line(root), what, stops: true });
    }
    walk.found
}

/// The line of the root element.
pub(super) fn root_line(document: &Document<'_>) -> usize {
    line(document, document.root_element())
}

/// The line of the element with an identifier.
pub(super) fn line_of_id(document: &Document<'_>, id: &str) -> Option<usize> {
    let node = document.descendants().find(|n| !id.is_empty() && n.attribute("id") == Some(id))?;
    Some(line(document, node))
}

fn line(document: &Document<'_>, node: Node<'_, '_>) -> usize {
    usize::try_from(document.text_pos_at(node.range().start).row).unwrap_or(1)
}

fn too_deep<'a, 'i>(root: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    let mut open = vec![(root, 0)];
    while let Some((node, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Some(node);
        }
        open.extend(node.children().filter(Node::is_element).map(|n| (n, depth + 1)));
    }
    None
}

struct Walk<'a, 'i> {
    document: &'a Document<'i>,
    ids: HashMap<&'a str, NodeId>,
    found: Vec<Finding>,
}

impl<'a, 'i> Walk<'a, 'i> {
    fn line(&self, node: Node<'_, '_>) -> usize {
        line(self.document, node)
    }

    fn note(&mut self, node: Node<'_, '_>, what: impl Into<String>) {
        let finding = Finding::at(self.line(node), what.into());
        if !self.found.iter().any(|f| f.line == finding.line && f.what == finding.what) {
            self.found.push(finding);
        }
    }

    fn element(&mut self, node: Node<'a, 'i>) {
        // What drawing programs keep for themselves lies in namespaces of their own.
        if node.tag_name().namespace() != Some(SVG) {
            return;
        }
        let name = node.tag_name().name();
        match name {
            "text" | "tspan" | "textPath" => {
                self.note(node, format!("不支持 <{name}>，请将文字转为路径 / <{name}> is not supported: convert text to paths"))
            }
            "image" => self.note(node, "不支持 <image>，请描成路径 / <image> is not supported: trace it as paths"),
            "style" if node.text().is_some_and(|css| css.contains("url(")) => self.note(node, NO_GRADIENT),
            _ if ASIDE.contains(&name) => {}
            _ if DRAWN.contains(&name) => {
                self.attributes(node);
                for child in node.children().filter(Node::is_element) {
                    self.element(child);
                }
            }
            _ => {
                let hint = hint(nearest(name, DRAWN));
                self.note(node, format!("不支持 <{name}> / <{name}> is not supported{hint}"));
            }
        }
    }

    fn attributes(&mut self, node: Node<'a, 'i>) {
        let style = node.attribute("style").unwrap_or_default();
        let declared = style.split(';').filter_map(|d| d.split_once(':')).map(|(k, v)| (k.trim(), v.trim()));
        let own = node.attributes().filter(|a| a.namespace().is_none()).map(|a| (a.name(), a.value().trim()));
        for (key, value) in own.chain(declared) {
            match key {
                "fill" | "stroke" if value.starts_with("url(") => self.note(node, NO_GRADIENT),
                "mask" | "filter" if value != "none" => self.note(node, NO_MASK),
                "opacity" if node.tag_name().name() == "g" && value.parse::<f32>().is_ok_and(|o| o < 1.0) && has_several(node) => {
                    self.note(node, NO_GROUP_OPACITY);
                }
                "clip-path" => {
                    let id = value.strip_prefix("url(").and_then(|v| v.strip_suffix(')')).map(|v| v.trim_matches(['"', '\'', ' ']));
                    if let Some(id) = id.and_then(|v| v.strip_prefix('#')) {
                        self.referred(node, id);
                    }
                }
                _ => {}
            }
        }
        if node.tag_name().name() == "use" {
            match target(node) {
                Some(id) => self.referred(node, id),
                None => self.note(node, "<use> 应指向本文件中的图形（href=\"#…\"） / <use> must name a shape of this file (href=\"#…\")"),
            }
        }
    }

    fn referred(&mut self, node: Node<'_, '_>, id: &str) {
        if !self.ids.contains_key(id) {
            let hint = hint(nearest(id, self.ids.keys().copied()));
            self.note(node, format!("没有 id 为“{id}”的图形 / nothing has the id “{id}”{hint}"));
        }
    }
}

fn has_several(node: Node<'_, '_>) -> bool {
    node.children().filter(Node::is_element).count() > 1
}

/// What a `use` shows.
fn target<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.attribute("href").or_else(|| node.attribute((XLINK, "href")))?.strip_prefix('#')
}

/// Counts shapes with every `use` followed: a few kilobytes can stand for millions of them.
struct Cost<'w, 'a, 'i> {
    walk: &'w Walk<'a, 'i>,
    known: HashMap<NodeId, u64>,
    open: HashSet<NodeId>,
}

impl<'a, 'i> Cost<'_, 'a, 'i> {
    fn of(&mut self, node: Node<'a, 'i>) -> u64 {
        if let Some(cost) = self.known.get(&node.id()) {
            return *cost;
        }
        // A shape that shows itself shows nothing; so many uses of uses are no drawing either.
        if self.open.len() > 16 * MAX_DEPTH || !self.open.insert(node.id()) {
            return MAX_DRAWN;
        }
        let mut cost = 1u64;
        for child in node.children().filter(Node::is_element) {
            cost = cost.saturating_add(self.of(child));
        }
        if node.tag_name().name() == "use"
            && let Some(shown) = target(node).and_then(|id| self.walk.ids.get(id)).and_then(|id| self.walk.document.get_node(*id))
        {
            cost = cost.saturating_add(self.of(shown));
        }
        self.open.remove(&node.id());
        self.known.insert(node.id(), cost);
        cost
    }
}
