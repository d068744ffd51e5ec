//! Artwork: SVG paths with solid paint, as PDF operators.

use std::collections::{BTreeMap, BTreeSet};

use usvg::roxmltree::{Document, ParsingOptions};
use usvg::tiny_skia_path::PathSegment;
use usvg::{FillRule, Group, LineCap, LineJoin, Node, Options, Paint, Path, Transform, Tree};

use super::template::TemplateProblem;
use super::typeset::{put, round};
use source::Finding;

mod source;

/// A drawing that fills the page.
#[derive(Debug, Clone)]
pub(super) struct Artwork {
    /// Outlines that are drawn more than once. The operators name them `S` and their place, counted over all drawings.
    pub(super) shapes: Vec<Shape>,
    /// Operators in the space of the page.
    pub(super) content: Vec<u8>,
    /// Opacities in thousandths, fill and stroke: the graphics states that the operators name `G{fill}x{stroke}`.
    pub(super) opacities: BTreeSet<(u16, u16)>,
}

/// An outline with the operator that paints it, in the colours of where it is used.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// Left, bottom, right, top of what it inks.
    pub(super) bounds: [f32; 4],
    pub(super) content: Vec<u8>,
}

impl Artwork {
    /// Reads an SVG and stretches it over a page of that size, whose shape it must have; `first` is the number of its first shape, or
    /// `None` to write every outline where it is used.
    pub(super) fn read(name: &str, bytes: &[u8], page: [f32; 2], first: Option<usize>) -> Result<Self, Vec<TemplateProblem>> {
        Self::read_over(name, bytes, Some(page), first)
    }

    /// The same in its own size where the page's is not known, for its other problems.
    pub(super) fn read_alone(name: &str, bytes: &[u8]) -> Result<Self, Vec<TemplateProblem>> {
        Self::read_over(name, bytes, None, None)
    }

    fn read_over(name: &str, bytes: &[u8], page: Option<[f32; 2]>, first: Option<usize>) -> Result<Self, Vec<TemplateProblem>> {
        let problem = |(line, what): (Option<usize>, String)| TemplateProblem { file: name.to_owned(), line, what };
        let one = |line: Option<usize>, what: String| vec![problem((line, what))];
        if bytes.len() > MAX_BYTES {
            let what = format!("图稿超过 {} KB，请简化 / the artwork has more than {} KB: simplify it", MAX_BYTES >> 10, MAX_BYTES >> 10);
            return Err(one(None, what));
        }
        let source = std::str::from_utf8(bytes).map_err(|e| {
            let line = bytes.iter().take(e.valid_up_to()).filter(|b| **b == b'\n').count() + 1;
            one(Some(line), "不是 UTF-8 文本，请以 UTF-8 保存 / not UTF-8 text: save it as UTF-8".to_owned())
        })?;
        let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(source, options).map_err(|e| {
            let line = usize::try_from(e.pos().row).unwrap_or(1);
            one(Some(line), format!("XML 有误，无法读取 / the SVG is not well-formed: {e}"))
        })?;
        let mut found = source::look(&document);
        // What the walk finds stops the drawing: some of it would take its reader for ever.
        if found.iter().any(|p| p.stops) {
            return Err(found.into_iter().map(|p| problem((Some(p.line), p.what))).collect());
        }
        let tree = match Tree::from_xmltree(&document, &Options::default()) {
            Ok(tree) => tree,
            Err(error) => {
                let line = found.first().map_or(1, |p| p.line);
                found.push(Finding::at(line, format!("无法读取 SVG：{error} / the SVG cannot be read: {error}")));
                return Err(found.into_iter().map(|p| problem((Some(p.line), p.what))).collect());
            }
        };
        let out = Self { content: Vec::new(), opacities: BTreeSet::new(), shapes: Vec::new() };
        let mut drawing = Drawing { out, problems: Vec::new(), first, uses: BTreeMap::new() };
        drawing.count(tree.root());
        let size = tree.size();
        let page = page.unwrap_or([size.width(), size.height()]);
        let (sx, sy) = (page[0] / size.width(), page[1] / size.height());
        if (sx / sy - 1.0).abs() > MAX_DISTORTION {
            found.push(Finding::at(source::root_line(&document), distorted([size.width(), size.height()], page)));
        }
        put(&mut drawing.out.content, format_args!("q {sx} 0 0 {} 0 {} cm\n", -sy, page[1]));
        let head = drawing.out.content.len();
        drawing.group(tree.root(), 1.0);
        if drawing.out.content.len() == head && found.is_empty() && drawing.problems.is_empty() {
            let what = "图稿里没有可画的图形 / the artwork draws nothing".to_owned();
            found.push(Finding::at(source::root_line(&document), what));
        }
        drawing.out.content.extend_from_slice(b"Q\n");
        // The drawing sees what style sheets and inheritance do; where the walk saw it as well, it knows the line.
        let unseen = drawing.problems.into_iter().filter(|(what, _)| !found.iter().any(|f| f.what == *what));
        let unseen: Vec<_> = unseen.map(|(what, id)| (source::line_of_id(&document, &id), what)).collect();
        let mut problems: Vec<TemplateProblem> = found.iter().map(|f| problem((Some(f.line), f.what.clone()))).collect();
        problems.extend(unseen.into_iter().map(problem));
        problems.dedup();
        if problems.is_empty() { Ok(drawing.out) } else { Err(problems) }
    }
}

/// Every certificate carries its artwork, 30 KB of it at best once repeated outlines are shared.
const MAX_BYTES: usize = 2 << 20;
/// No drawing of that many bytes has more.
const MAX_NODES: u32 = 200_000;
/// How far the artwork's shape may differ from the page's.
const MAX_DISTORTION: f32 = 0.02;

fn distorted(own: [f32; 2], page: [f32; 2]) -> String {
    let [w, h] = own;
    let [pw, ph] = page.map(|p| (p / 72.0 * 25.4).round());
    format!(
        "图稿 {w}×{h} 与页面 {pw}×{ph} 毫米的比例不同，会变形，请改 viewBox / the artwork ({w}×{h}) has another shape than the page ({pw}×{ph} mm) and would be distorted: change its viewBox"
    )
}

struct Drawing {
    out: Artwork,
    /// What is wrong, and the identifier of what it is wrong with.
    problems: Vec<(String, String)>,
    first: Option<usize>,
    /// How often each painted outline is used, and its number among the shapes once it has one.
    uses: BTreeMap<Vec<u8>, (usize, Option<usize>)>,
}

/// An outline shorter than this many bytes is not worth an object of its own.
const WORTH_SHARING: usize = 400;

impl Drawing {
    /// Counts the uses of each outline, before anything is drawn.
    fn count(&mut self, group: &Group) {
        for node in group.children() {
            match node {
                Node::Group(inner) => self.count(inner),
                Node::Path(path) if path.is_visible() => self.uses.entry(painted(path)).or_default().0 += 1,
                _ => {}
            }
        }
    }

    /// Paints an outline, by a shape where there are several of it.
    fn paint(&mut self, path: &Path) {
        let content = painted(path);
        let next = self.out.shapes.len();
        let (first, number) = match (self.first, self.uses.get_mut(&content)) {
            (Some(first), Some((uses, number))) if *uses > 1 && content.len() >= WORTH_SHARING => (first, *number.get_or_insert(next)),
            _ => return self.out.content.extend_from_slice(&content),
        };
        if number == next {
            let (b, width) = (path.data().bounds(), path.stroke().map_or(0.0, |s| s.width().get() * s.miterlimit().get().max(1.0)));
            let bounds = [b.left() - width, b.top() - width, b.right() + width, b.bottom() + width].map(round);
            self.out.shapes.push(Shape { bounds, content });
        }
        put(&mut self.out.content, format_args!("/S{} Do ", first + number));
    }

    fn group(&mut self, group: &Group, opacity: f32) {
        if group.mask().is_some() || !group.filters().is_empty() {
            self.problems.push((source::NO_MASK.to_owned(), group.id().to_owned()));
        }
        let opacity = opacity * group.opacity().get();
        if group.opacity().get() < 1.0 && group.children().len() > 1 {
            self.problems.push((source::NO_GROUP_OPACITY.to_owned(), group.id().to_owned()));
        }
        if let Some(clip) = group.clip_path() {
            self.out.content.extend_from_slice(b"q\n");
            for node in clip.root().children() {
                if let Node::Path(path) = node {
                    // A clip path hangs on its group: its own transform comes on top of that of the group.
                    let to_group = clip.transform().post_concat(group.abs_transform());
                    outline(&mut self.out.content, path, path.abs_transform().post_concat(to_group));
                }
            }
            self.out.content.extend_from_slice(b"W n\n");
        }
        for node in group.children() {
            match node {
                Node::Group(inner) => self.group(inner, opacity),
                Node::Path(path) if path.is_visible() => self.path(path, opacity),
                Node::Path(_) => {}
                Node::Image(_) | Node::Text(_) => {
                    self.problems.push(("不支持图片和文字 / pictures and text are not supported".to_owned(), node.id().to_owned()));
                }
            }
        }
        if group.clip_path().is_some() {
            self.out.content.extend_from_slice(b"Q\n");
        }
    }

    fn path(&mut self, path: &Path, opacity: f32) {
        let fill = path.fill().and_then(|f| self.solid(path, f.paint()).map(|c| (c, f.opacity().get() * opacity, f.rule())));
        let stroke = path.stroke().and_then(|s| self.solid(path, s.paint()).map(|c| (c, s.opacity().get() * opacity, s)));
        if fill.is_none() && stroke.is_none() {
            return;
        }
        let out = &mut self.out.content;
        let t = path.abs_transform();
        put(out, format_args!("q {} {} {} {} {} {} cm\n", t.sx, t.ky, t.kx, t.sy, t.tx, t.ty));
        let thousandths = |part: Option<f32>| milli(part.unwrap_or(1.0));
        let state = (thousandths(fill.as_ref().map(|f| f.1)), thousandths(stroke.as_ref().map(|s| s.1)));
        if state != (1000, 1000) {
            put(out, format_args!("/G{}x{} gs\n", state.0, state.1));
            self.out.opacities.insert(state);
        }
        if let Some(([r, g, b], ..)) = fill {
            put(out, format_args!("{r} {g} {b} rg\n"));
        }
        if let Some(([r, g, b], _, s)) = &stroke {
            let cap = match s.linecap() {
                LineCap::Butt => 0,
                LineCap::Round => 1,
                LineCap::Square => 2,
            };
            let join = match s.linejoin() {
                LineJoin::Miter | LineJoin::MiterClip => 0,
                LineJoin::Round => 1,
                LineJoin::Bevel => 2,
            };
            let dashes: Vec<String> = s.dasharray().unwrap_or_default().iter().map(|d| round(*d).to_string()).collect();
            let (miter, offset) = (s.miterlimit().get(), s.dashoffset());
            put(out, format_args!("{r} {g} {b} RG {cap} J {join} j {miter} M [{}] {offset} d\n", dashes.join(" ")));
        }
        self.paint(path);
        self.out.content.extend_from_slice(b"Q\n");
    }

    fn solid(&mut self, path: &Path, paint: &Paint) -> Option<[f32; 3]> {
        match paint {
            Paint::Color(c) => Some([c.red, c.green, c.blue].map(|v| round(f32::from(v) / 255.0))),
            _ => {
                self.problems.push((source::NO_GRADIENT.to_owned(), path.id().to_owned()));
                None
            }
        }
    }
}

/// A path's outline in its own space, with the width of its stroke and the operator that paints it.
fn painted(path: &Path) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(stroke) = path.stroke() {
        put(&mut out, format_args!("{} w\n", round(stroke.width().get())));
    }
    outline(&mut out, path, Transform::identity());
    let operator = match (path.fill().map(usvg::Fill::rule), path.stroke().is_some()) {
        (Some(FillRule::NonZero), false) => "f\n",
        (Some(FillRule::EvenOdd), false) => "f*\n",
        (Some(FillRule::NonZero), true) => "B\n",
        (Some(FillRule::EvenOdd), true) => "B*\n",
        (None, _) => "S\n",
    };
    out.extend_from_slice(operator.as_bytes());
    out
}

fn outline(out: &mut Vec<u8>, path: &Path, transform: Transform) {
    let Some(data) = path.data().clone().transform(transform) else { return };
    let mut last = [0.0; 2];
    for segment in data.segments() {
        match segment {
            PathSegment::MoveTo(p) => {
                put(out, format_args!("{} {} m\n", round(p.x), round(p.y)));
                last = [p.x, p.y];
            }
            PathSegment::LineTo(p) => {
                put(out, format_args!("{} {} l\n", round(p.x), round(p.y)));
                last = [p.x, p.y];
            }
            PathSegment::QuadTo(c, p) => {
                let toward = |from: f32, control: f32| round(from + (control - from) * 2.0 / 3.0);
                let (x1, y1) = (toward(last[0], c.x), toward(last[1], c.y));
                let (x2, y2) = (toward(p.x, c.x), toward(p.y, c.y));
                put(out, format_args!("{x1} {y1} {x2} {y2} {} {} c\n", round(p.x), round(p.y)));
                last = [p.x, p.y];
            }
            PathSegment::CubicTo(a, b, p) => {
                let [x1, y1, x2, y2] = [a.x, a.y, b.x, b.y].map(round);
                put(out, format_args!("{x1} {y1} {x2} {y2} {} {} c\n", round(p.x), round(p.y)));
                last = [p.x, p.y];
            }
            PathSegment::Close => out.extend_from_slice(b"h\n"),
        }
    }
}

fn milli(part: f32) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an opacity lies between 0 and 1")]
    let thousandths = (part.clamp(0.0, 1.0) * 1000.0).round() as u16;
    thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_that_is_used_again_is_drawn_once() {
        let wave: String = (0..80).map(|i| format!("L{} {}", i + 1, i % 7)).collect();
        let path = |x: u8| format!("<path transform='translate({x} 1)' d='M0 0{wave}' fill='none' stroke='#a00'/>");
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 90' width='90' height='90'>{}{}{}<path d='M0 0H9V9Z'/></svg>",
            path(0),
            path(3),
            path(5)
        );
        let read = |first| Artwork::read("a.svg", svg.as_bytes(), [90.0, 90.0], first).unwrap();
        let shared = read(Some(4));
        assert_eq!(shared.shapes.len(), 1, "the triangle is not worth an object");
        let text = String::from_utf8(shared.content).unwrap();
        assert_eq!(text.matches("/S4 Do").count(), 3, "{text}");
        // Nothing that the stroke inks may lie outside.
        let [left, bottom, right, top] = shared.shapes[0].bounds;
        assert!(left <= -0.5 && bottom <= -0.5 && right >= 79.5 && top >= 6.5, "{:?}", shared.shapes[0].bounds);
        let alone = read(None);
        assert!(alone.shapes.is_empty() && !alone.content.windows(3).any(|w| w == b" Do"));
    }
}
