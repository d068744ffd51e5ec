//! The round seal as a drawing: two rings, a star, and the issuer's name on the arc, made of glyph outlines.

use std::f32::consts::{FRAC_PI_2, PI};

use skrifa::outline::OutlinePen;

use super::fonts::{Chain, FontLibrary, Glyph};
use super::template::Colour;
use super::typeset::{put, round};

/// Operators in a square of 100 units.
///
/// # Errors
/// The character that no face has.
pub(super) fn draw(library: &FontLibrary, chain: &Chain, name: &str, colour: Colour) -> Result<Vec<u8>, char> {
    let [r, g, b] = colour.parts();
    let mut out = Vec::new();
    put(&mut out, format_args!("/M gs {r} {g} {b} RG {r} {g} {b} rg\n"));
    ring(&mut out, 48.0, 2.4);
    ring(&mut out, 44.8, 0.5);
    star(&mut out, 13.5);
    let glyphs: Vec<Glyph> = name.chars().map(|c| library.glyph(chain, c).ok_or(c)).collect::<Result<_, _>>()?;
    let count = u16::try_from(glyphs.len().max(1)).map_or(f32::MAX, f32::from);
    // Short names stand apart, long ones take up to five sixths of the circle.
    let sweep = (count * 0.34).min(PI * 5.0 / 3.0);
    let step = sweep / count;
    let size = (step * 34.0 * 1.05).min(11.5);
    let radius = 42.5 - size;
    for (place, glyph) in (0u16..).map(f32::from).zip(&glyphs) {
        let angle = FRAC_PI_2 + sweep / 2.0 - (place + 0.5) * step;
        let (sin, cos) = angle.sin_cos();
        // The glyph stands on the circle: its up direction points away from the centre.
        let mut pen = Pen { out: &mut out, scale: [size * 0.86, size], turn: (sin, cos), shift: [0.0; 2], last: [0.0; 2] };
        pen.shift = [
            50.0 + radius * cos - glyph.advance / 2.0 * pen.scale[0] * sin,
            50.0 + radius * sin + glyph.advance / 2.0 * pen.scale[0] * cos,
        ];
        // The descent is lifted so that the ink, not the baseline, sits between ring and star.
        pen.shift[0] += 0.12 * size * cos;
        pen.shift[1] += 0.12 * size * sin;
        library.face(glyph.face).outline(glyph.id, &mut pen).ok_or(glyph.character)?;
        out.extend_from_slice(b"f\n");
    }
    Ok(out)
}

/// A circle of four curves.
fn ring(out: &mut Vec<u8>, radius: f32, width: f32) {
    let (a, b, k) = (50.0 - radius, 50.0 + radius, radius * 0.552_285);
    let (low, high) = (round(50.0 - k), round(50.0 + k));
    put(
        out,
        format_args!(
            "{width} w {b} 50 m {b} {high} {high} {b} 50 {b} c {low} {b} {a} {high} {a} 50 c {a} {low} {low} {a} 50 {a} c {high} {a} {b} {low} {b} 50 c s\n"
        ),
    );
}

fn star(out: &mut Vec<u8>, radius: f32) {
    for (corner, operator) in [0.0_f32, 2.0, 4.0, 1.0, 3.0].into_iter().zip(["m", "l", "l", "l", "l"]) {
        let (sin, cos) = (FRAC_PI_2 + corner * 2.0 * PI / 5.0).sin_cos();
        put(out, format_args!("{} {} {operator}\n", round(50.0 + radius * cos), round(50.0 + radius * sin)));
    }
    out.extend_from_slice(b"f\n");
}

/// Turns and places an outline.
struct Pen<'a> {
    out: &'a mut Vec<u8>,
    scale: [f32; 2],
    turn: (f32, f32),
    shift: [f32; 2],
    last: [f32; 2],
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> [f32; 2] {
        let (sin, cos) = self.turn;
        let (x, y) = (x * self.scale[0], y * self.scale[1]);
        [round(self.shift[0] + x * sin + y * cos), round(self.shift[1] - x * cos + y * sin)]
    }
}

impl OutlinePen for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let [px, py] = self.at(x, y);
        put(self.out, format_args!("{px} {py} m\n"));
        self.last = [x, y];
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let [px, py] = self.at(x, y);
        put(self.out, format_args!("{px} {py} l\n"));
        self.last = [x, y];
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let third = |from: f32, control: f32| from + (control - from) * 2.0 / 3.0;
        let [lx, ly] = self.last;
        self.curve_to(third(lx, cx), third(ly, cy), third(x, cx), third(y, cy), x, y);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let ([ax, ay], [bx, by], [px, py]) = (self.at(ax, ay), self.at(bx, by), self.at(x, y));
        put(self.out, format_args!("{ax} {ay} {bx} {by} {px} {py} c\n"));
        self.last = [x, y];
    }

    fn close(&mut self) {
        self.out.extend_from_slice(b"h\n");
    }
}
