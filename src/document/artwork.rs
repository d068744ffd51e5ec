//! Artwork: SVG paths with solid paint, as PDF operators.

use std::collections::BTreeSet;

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
    /// Operators in the space of the page.
    pub(super) content: Vec<u8>,
    /// Opacities in thousandths, fill and stroke: the graphics states that the operators name `G{fill}x{stroke}`.
    pub(super) opacities: BTreeSet<(u16, u16)>,
}

impl Artwork {
    /// Reads an SVG and stretches it over a page of that size, whose shape it must have.
    pub(super) fn read(name: &str, bytes: &[u8], page: [f32; 2]) -> Result<Self, Vec<TemplateProblem>> {
        Self::read_over(name, bytes, Some(page))
    }

    /// The same in its own size where the page's is not known, for its other problems.
    pub(super) fn read_alone(name: &str, bytes: &[u8]) -> Result<Self, Vec<TemplateProblem>> {
        Self::read_over(name, bytes, None)
    }

    fn read_over(name: &str, bytes: &[u8], page: Option<[f32; 2]>) -> Result<Self, Vec<TemplateProblem>> {
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
        let mut drawing = Drawing { out: Self { content: Vec::new(), opacities: BTreeSet::new() }, problems: Vec::new() };
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

/// Every certificate carries its artwork, 30 KB of it at best.
const MAX_BYTES: usize = 1 << 20;
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
}

impl Drawing {
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
                    self.outline(path, path.abs_transform().post_concat(to_group));
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
            let (width, miter, offset) = (round(s.width().get()), s.miterlimit().get(), s.dashoffset());
            put(out, format_args!("{r} {g} {b} RG {width} w {cap} J {join} j {miter} M [{}] {offset} d\n", dashes.join(" ")));
        }
        self.outline(path, Transform::identity());
        let operator = match (fill.map(|f| f.2), stroke.is_some()) {
            (Some(FillRule::NonZero), false) => "f",
            (Some(FillRule::EvenOdd), false) => "f*",
            (Some(FillRule::NonZero), true) => "B",
            (Some(FillRule::EvenOdd), true) => "B*",
            (None, _) => "S",
        };
        put(&mut self.out.content, format_args!("{operator} Q\n"));
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

    fn outline(&mut self, path: &Path, transform: Transform) {
        let Some(data) = path.data().clone().transform(transform) else { return };
        let out = &mut self.out.content;
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
}

fn milli(part: f32) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an opacity lies between 0 and 1")]
    let thousandths = (part.clamp(0.0, 1.0) * 1000.0).round() as u16;
    thousandths
}
