//! The round seal as a drawing: rim, star, and the issuer's name on the arc, made of glyph outlines.
//!
//! The proportions are those of an organisation's seal, 42 mm across: a rim of 1.2 mm, a star of 14 mm, and the name clockwise
//! along the rim with its feet to the centre, in characters the taller and narrower the more there are.

use std::f32::consts::{FRAC_PI_2, PI};

use skrifa::outline::OutlinePen;

use super::fonts::{Chain, FontLibrary, Glyph};
use super::template::Colour;
use super::typeset::put;

/// The circle that the heads of the characters touch.
const HEADS: f32 = 44.4;
/// The tallest character of the name, 6.4 mm, and of the line below the star, 4.2 mm.
const TALLEST: f32 = 15.2;
const LINE: f32 = 10.0;
const LINE_FEET: f32 = 18.0;
/// Outlines are drawn in so many steps of an em, 30 micrometres: whole numbers take half the bytes of a file.
const STEPS: f32 = 200.0;
/// An ideograph's em reaches so far above the baseline.
const ABOVE: f32 = 0.88;

/// Operators in a square of 100 units: the issuer's name, and what stands below the star, if anything.
///
/// # Errors
/// The character that no face has.
pub(super) fn draw(library: &FontLibrary, chain: &Chain, (name, line): (&str, &str), colour: Colour) -> Result<Vec<u8>, char> {
    let [r, g, b] = colour.parts();
    let mut out = Vec::new();
    put(&mut out, format_args!("/M gs {r} {g} {b} RG {r} {g} {b} rg\n"));
    ring(&mut out, 48.57, 2.86);
    star(&mut out, 16.67);
    let glyphs = shape(library, chain, name)?;
    let arc = Arc::of(glyphs.len());
    for (place, glyph) in (0u16..).map(f32::from).zip(&glyphs) {
        let angle = FRAC_PI_2 + arc.sweep / 2.0 - (place + 0.5) * arc.step;
        let (sin, cos) = libm::sincosf(angle);
        let (feet, side) = (HEADS - ABOVE * arc.height, glyph.advance / 2.0 * arc.width);
        // The glyph stands on the circle: its up direction points away from the centre.
        let place = [50.0 + feet * cos - side * sin, 50.0 + feet * sin + side * cos];
        let (along, up) = ([arc.width * sin, -arc.width * cos], [arc.height * cos, arc.height * sin]);
        fill(library, glyph, &mut out, [along, up, place])?;
    }
    let glyphs = shape(library, chain, line)?;
    let width: f32 = glyphs.iter().map(|g| g.advance).sum();
    let scale = [(44.0 / width.max(1.0)).min(LINE * 0.74), LINE];
    let mut x = 50.0 - width * scale[0] / 2.0;
    for glyph in &glyphs {
        fill(library, glyph, &mut out, [[scale[0], 0.0], [0.0, scale[1]], [x, LINE_FEET]])?;
        x += glyph.advance * scale[0];
    }
    Ok(out)
}

fn shape(library: &FontLibrary, chain: &Chain, text: &str) -> Result<Vec<Glyph>, char> {
    text.chars().map(|c| library.glyph(chain, c).ok_or(c)).collect()
}

/// Fills a glyph: where an em to the right and one upwards lead, and where the glyph's origin is.
fn fill(library: &FontLibrary, glyph: &Glyph, out: &mut Vec<u8>, [along, up, place]: [[f32; 2]; 3]) -> Result<(), char> {
    let fine = |v: f32| (v / STEPS * 1e5).round() / 1e5;
    let [a, b, c, d] = [along[0], along[1], up[0], up[1]].map(fine);
    put(out, format_args!("q {a} {b} {c} {d} {} {} cm\n", round(place[0]), round(place[1])));
    library.face(glyph.face).outline(glyph.id, &mut Pen { out, last: [0.0; 2] }).ok_or(glyph.character)?;
    out.extend_from_slice(b"f Q\n");
    Ok(())
}

/// How a name stands on the arc: angles in radians, an em's height and width in units.
struct Arc {
    sweep: f32,
    step: f32,
    height: f32,
    width: f32,
}

impl Arc {
    fn of(characters: usize) -> Self {
        let count = u16::try_from(characters.max(1)).map_or(f32::MAX, f32::from);
        // Few characters stand apart over half the circle, many crowd towards five sixths of it.
        let sweep = PI * 5.0 / 3.0 * (1.0 - libm::expf(-count / 9.3));
        let step = sweep / count;
        // At its feet, where it is narrowest, a place leaves a tenth of itself free.
        let room = 0.92 * step;
        let height = (room * HEADS / (0.64 + room * ABOVE)).min(TALLEST);
        let width = (room * (HEADS - ABOVE * height)).min(0.76 * height);
        Self { sweep, step, height, width }
    }
}

/// To two decimals: at 42 mm a hundredth is 4 micrometres.
fn round(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
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
        let (sin, cos) = libm::sincosf(FRAC_PI_2 + corner * 2.0 * PI / 5.0);
        put(out, format_args!("{} {} {operator}\n", round(50.0 + radius * cos), round(50.0 + radius * sin)));
    }
    out.extend_from_slice(b"f\n");
}

/// Writes an outline in steps.
struct Pen<'a> {
    out: &'a mut Vec<u8>,
    last: [f32; 2],
}

impl Pen<'_> {
    fn at(x: f32, y: f32) -> [f32; 2] {
        [(x * STEPS).round(), (y * STEPS).round()]
    }
}

impl OutlinePen for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let [px, py] = Self::at(x, y);
        put(self.out, format_args!("{px} {py} m\n"));
        self.last = [x, y];
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let [px, py] = Self::at(x, y);
        put(self.out, format_args!("{px} {py} l\n"));
        self.last = [x, y];
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let third = |from: f32, control: f32| from + (control - from) * 2.0 / 3.0;
        let [lx, ly] = self.last;
        self.curve_to(third(lx, cx), third(ly, cy), third(x, cx), third(y, cy), x, y);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let ([ax, ay], [bx, by], [px, py]) = (Self::at(ax, ay), Self::at(bx, by), Self::at(x, y));
        put(self.out, format_args!("{ax} {ay} {bx} {by} {px} {py} c\n"));
        self.last = [x, y];
    }

    fn close(&mut self) {
        self.out.extend_from_slice(b"h\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_keep_within_the_ring_and_apart() {
        for count in 2..=40 {
            let arc = Arc::of(count);
            let feet = HEADS - ABOVE * arc.height;
            assert!(arc.width <= arc.step * feet, "{count} characters touch at their feet");
            assert!(feet - 0.12 * arc.height > 17.0, "{count} characters stand on the star");
            assert!(arc.sweep <= PI * 5.0 / 3.0 && arc.width <= arc.height, "{count}");
        }
        assert!(Arc::of(24).height > 9.0, "24 characters are as good as unreadable: {}", Arc::of(24).height);
    }
}
