//! Artwork: SVG paths with solid paint, as PDF operators.

use std::collections::BTreeSet;

use usvg::tiny_skia_path::PathSegment;
use usvg::{FillRule, Group, LineCap, LineJoin, Node, Options, Paint, Path, Transform, Tree};

use super::template::TemplateProblem;
use super::typeset::{put, round};

/// A drawing that fills the page.
#[derive(Debug, Clone)]
pub(super) struct Artwork {
    /// Operators in the space of the page.
    pub(super) content: Vec<u8>,
    /// Opacities in thousandths, fill and stroke: the graphics states that the operators name `G{fill}x{stroke}`.
    pub(super) opacities: BTreeSet<(u16, u16)>,
}

impl Artwork {
    /// Reads an SVG and stretches it over a page of that size.
    pub(super) fn read(name: &str, bytes: &[u8], page: [f32; 2]) -> Result<Self, Vec<TemplateProblem>> {
        let problem = |line: Option<usize>, what: String| TemplateProblem { file: name.to_owned(), line, what };
        let Ok(source) = std::str::from_utf8(bytes) else {
            return Err(vec![problem(None, "不是 UTF-8 文本 / not UTF-8 text".to_owned())]);
        };
        // Elements that the reader would drop without a word.
        let mut problems: Vec<TemplateProblem> = (1..)
            .zip(source.lines())
            .filter_map(|(line, text)| {
                let element = ["<text", "<image", "<foreignObject", "<script"].iter().find(|e| text.contains(**e))?;
                Some(problem(Some(line), format!("不支持 {}>，请转为路径 / {}> is not supported: convert it to paths", element, element)))
            })
            .collect();
        let tree = match Tree::from_str(source, &Options::default()) {
            Ok(tree) => tree,
            Err(error) => {
                problems.push(problem(None, format!("无法读取 SVG：{error} / the SVG cannot be read: {error}")));
                return Err(problems);
            }
        };
        let mut drawing = Drawing { out: Self { content: Vec::new(), opacities: BTreeSet::new() }, problems: Vec::new() };
        let (sx, sy) = (page[0] / tree.size().width(), page[1] / tree.size().height());
        put(&mut drawing.out.content, format_args!("q {sx} 0 0 {} 0 {} cm\n", -sy, page[1]));
        drawing.group(tree.root(), 1.0);
        drawing.out.content.extend_from_slice(b"Q\n");
        problems.extend(drawing.problems.into_iter().map(|what| problem(None, what)));
        if problems.is_empty() { Ok(drawing.out) } else { Err(problems) }
    }
}

struct Drawing {
    out: Artwork,
    problems: Vec<String>,
}

impl Drawing {
    fn group(&mut self, group: &Group, opacity: f32) {
        if group.mask().is_some() || !group.filters().is_empty() {
            self.problems.push(format!("不支持蒙版和滤镜 / masks and filters are not supported: “{}”", group.id()));
        }
        let opacity = opacity * group.opacity().get();
        if group.opacity().get() < 1.0 && group.children().len() > 1 {
            self.problems.push(format!("透明度请设在单个图形上 / set the opacity on single shapes, not on the group “{}”", group.id()));
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
                Node::Image(_) | Node::Text(_) => self.problems.push("不支持图片和文字 / pictures and text are not supported".to_owned()),
            }
        }
        if group.clip_path().is_some() {
            self.out.content.extend_from_slice(b"Q\n");
        }
    }

    fn path(&mut self, path: &Path, opacity: f32) {
        let fill = path.fill().and_then(|f| self.solid(f.paint()).map(|c| (c, f.opacity().get() * opacity, f.rule())));
        let stroke = path.stroke().and_then(|s| self.solid(s.paint()).map(|c| (c, s.opacity().get() * opacity, s)));
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

    fn solid(&mut self, paint: &Paint) -> Option<[f32; 3]> {
        match paint {
            Paint::Color(c) => Some([c.red, c.green, c.blue].map(|v| round(f32::from(v) / 255.0))),
            _ => {
                self.problems.push("只支持纯色填充和描边 / only solid paint is supported, no gradients and patterns".to_owned());
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
