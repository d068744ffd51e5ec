//! The text of a page, as its drawing instructions show it: what is drawn invisibly or outside the page is left out.

use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask};
use hayro::kurbo::{BezPath, Point, Rect};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Glyphs that are read; a certificate has some 300.
const MAX_GLYPHS: usize = 6_000;

/// A glyph's own space has so many units to the size of its font.
const UNITS: f64 = 1000.0;

/// A line of text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What it says, in NFKC, single spaces where there are gaps.
    pub text: String,
    /// The height of its largest letters in points.
    pub size: f64,
}

struct Glyph {
    text: String,
    x: f64,
    y: f64,
    size: f64,
}

/// A device that notes text instead of drawing.
pub(super) struct Notes {
    page: Rect,
    glyphs: Vec<Glyph>,
    pub(super) more: bool,
    pub(super) images: bool,
}

impl Notes {
    /// For a page of that size in points.
    pub(super) fn new(width: f32, height: f32) -> Self {
        Self { page: Rect::new(0.0, 0.0, width.into(), height.into()), glyphs: Vec::new(), more: false, images: false }
    }

    /// The text in the order in which it is drawn.
    pub(super) fn flow(&self) -> String {
        squeezed(&self.glyphs.iter().map(|g| g.text.as_str()).collect::<String>())
    }

    /// The lines from the top down.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut glyphs: Vec<&Glyph> = self.glyphs.iter().collect();
        glyphs.sort_by(|a, b| a.y.total_cmp(&b.y));
        let mut rows: Vec<Vec<&Glyph>> = Vec::new();
        for glyph in glyphs {
            match rows.last_mut() {
                Some(row) if row.first().is_some_and(|first| glyph.y - first.y < 0.3 * glyph.size.max(first.size)) => row.push(glyph),
                _ => rows.push(vec![glyph]),
            }
        }
        rows.into_iter().flat_map(pieces).filter(|line| !line.text.is_empty()).collect()
    }
}

/// The lines of a row: what stands far from its neighbour is a line of its own.
fn pieces(mut row: Vec<&Glyph>) -> Vec<Line> {
    row.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut lines: Vec<(String, f64)> = Vec::new();
    let mut last: Option<&Glyph> = None;
    for glyph in row {
        let gap = last.map_or(0.0, |last| (glyph.x - last.x) / last.size.max(1.0));
        match lines.last_mut() {
            // From one letter to the next it is about one size; a wide tracking makes it 1.4.
            Some((text, size)) if gap < 3.0 => {
                if gap > 1.8 {
                    text.push(' ');
                }
                text.push_str(&glyph.text);
                *size = size.max(glyph.size);
            }
            _ => lines.push((glyph.text.clone(), glyph.size)),
        }
        last = Some(glyph);
    }
    let tidy = |text: String| text.nfkc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    lines.into_iter().map(|(text, size)| Line { text: tidy(text), size }).collect()
}

/// Text as it is compared: NFKC, since some programs write radicals for characters, and without white space, of which line breaks and
/// tracking make more or less.
#[must_use]
pub fn squeezed(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

impl<'a> Device<'a> for Notes {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        if matches!(mode, DrawMode::Invisible) {
            return;
        }
        for glyph in run.glyphs() {
            if self.glyphs.len() >= MAX_GLYPHS {
                self.more = true;
                return;
            }
            let place = props.transform * glyph.transform();
            let origin = place * Point::ORIGIN;
            let Some(text) = glyph.as_unicode().filter(|_| self.page.contains(origin)) else { continue };
            let text = match text {
                BfString::Char(c) => c.to_string(),
                BfString::String(s) => s,
            };
            let size = place.determinant().abs().sqrt() * UNITS;
            self.glyphs.push(Glyph { text, x: origin.x, y: origin.y, size });
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.images = true;
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
