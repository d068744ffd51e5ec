//! Draws a portrait that is nobody's: a head, hair and shoulders of plain colours.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageError, Rgb, RgbImage};

/// One inch at 300 dpi: 25 by 35 mm.
const SIZE: (u32, u32) = (295, 413);

type Colour = [u8; 3];

/// The grounds that the field asks for: white, blue, red.
const GROUNDS: [Colour; 3] = [[255, 255, 255], [67, 142, 219], [216, 50, 52]];
const SKINS: [Colour; 4] = [[244, 212, 184], [232, 190, 156], [206, 156, 118], [250, 222, 200]];
const HAIRS: [Colour; 4] = [[34, 29, 28], [58, 42, 33], [26, 26, 31], [84, 60, 43]];
const JACKETS: [Colour; 5] = [[44, 56, 84], [72, 74, 80], [38, 78, 76], [96, 50, 60], [58, 54, 50]];
const TIES: [Colour; 4] = [[126, 48, 54], [60, 88, 130], [96, 96, 102], [70, 104, 84]];
const SHIRT: Colour = [246, 246, 243];
const LIPS: Colour = [188, 106, 98];

/// The portrait of the person of a number, JPEG.
pub(super) fn portrait(seed: u64, number: usize) -> Result<Vec<u8>, ImageError> {
    let look = Look::of(usize::try_from(seed % 1009).unwrap_or(0) + number);
    let picture = RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        // Four points in each pixel, so that edges are smooth.
        let mut sum = [0u32; 3];
        for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
            let colour = look.at(f64::from(x) + dx - 147.5, f64::from(y) + dy);
            for (sum, part) in sum.iter_mut().zip(colour) {
                *sum += u32::from(part);
            }
        }
        Rgb(sum.map(|s| u8::try_from(s / 4).unwrap_or(u8::MAX)))
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 88).encode_image(&picture)?;
    Ok(jpeg)
}

/// What tells one invented person from another. No two may have one picture: face, hair and collar together differ for the first
/// forty thousand.
struct Look {
    ground: Colour,
    skin: Colour,
    hair: Colour,
    jacket: Colour,
    tie: Option<Colour>,
    /// Half the width of the face, in pixels like all that follows.
    face: f64,
    /// Down to where the hair falls.
    length: f64,
    /// Down to where the shirt is seen.
    collar: f64,
}

impl Look {
    fn of(person: usize) -> Self {
        fn pick<T: Copy, const N: usize>(from: [T; N], at: usize) -> T {
            from[at % N]
        }
        let part = |value: usize| f64::from(u8::try_from(value).unwrap_or(0));
        Self {
            ground: pick(GROUNDS, person),
            skin: pick(SKINS, person / 3),
            hair: pick(HAIRS, person / 5),
            jacket: pick(JACKETS, person / 2),
            tie: (person / 13 % 2 == 0).then(|| pick(TIES, person / 7)),
            face: 58.0 + part(person % 13),
            length: 176.0 + part(person / 13 % 90),
            collar: 360.0 + part(person / 1_170 % 40),
        }
    }

    /// The colour at a point: across from the middle, down from the top. What is nearer comes first.
    fn at(&self, x: f64, y: f64) -> Colour {
        self.features(x, y).or_else(|| self.head(x, y)).or_else(|| self.body(x, y)).unwrap_or_else(|| self.behind(x, y))
    }

    fn features(&self, x: f64, y: f64) -> Option<Colour> {
        let eye = self.face * 0.42;
        let side = x.abs() - eye;
        if ellipse(side, y - 186.0, 6.0, 5.0) {
            return Some(shade(self.hair, 0.8));
        }
        // Brows and mouth are thin arcs.
        if arc(side, y - 192.0, 24.0, 2.2) && y < 172.0 && side.abs() < 13.0 {
            return Some(self.hair);
        }
        if arc(x, y - 204.0, 26.0, 2.0) && y > 222.0 && x.abs() < 17.0 {
            return Some(LIPS);
        }
        (arc(x, y - 196.0, 12.0, 1.2) && y > 205.0).then(|| shade(self.skin, 0.86))
    }

    fn head(&self, x: f64, y: f64) -> Option<Colour> {
        // The face narrows towards the chin.
        let face = if y < 190.0 { ellipse(x, y - 190.0, self.face, 84.0) } else { ellipse(x, y - 190.0, self.face - (y - 190.0) * 0.05, 72.0) };
        let crown = ellipse(x, y - 172.0, self.face + 9.0, 86.0);
        let hairline = 134.0 + x * x / 150.0 - (x + 20.0).abs() * 0.12;
        if crown && y < hairline.min(196.0) {
            return Some(self.hair);
        }
        let ear = ellipse(x.abs() - self.face, y - 194.0, 9.0, 15.0) && self.length < 205.0;
        (face || ear).then_some(self.skin)
    }

    fn body(&self, x: f64, y: f64) -> Option<Colour> {
        let across = x.abs();
        if across < 27.0 && (240.0..318.0).contains(&y) || (y >= 318.0 && ellipse(x, y - 318.0, 27.0, 15.0)) {
            // The chin's shadow lies on the neck.
            return Some(shade(self.skin, if ellipse(x, y - 206.0, self.face, 72.0) { 0.84 } else { 0.93 }));
        }
        let shoulders = (across / 138.0).powf(2.6) + ((452.0 - y) / 142.0).max(0.0).powf(2.6) <= 1.0;
        if !shoulders {
            return None;
        }
        let open = 38.0 * (self.collar - y) / (self.collar - 306.0);
        if across < open {
            let tie = across < 6.0 + (y - 330.0) * 0.06 && y > 333.0;
            return Some(self.tie.filter(|_| tie).unwrap_or(SHIRT));
        }
        let lapel = across < open + 4.0 || (across - open - (y - 318.0) * 0.1 - 16.0).abs() < 1.2 && y < self.collar + 6.0;
        Some(if lapel { shade(self.jacket, 0.78) } else { self.jacket })
    }

    /// Long hair falls behind the shoulders.
    fn behind(&self, x: f64, y: f64) -> Colour {
        let falls = x.abs() < self.face + 9.0 && (172.0..self.length).contains(&y);
        let end = ellipse(x.abs() - self.face * 0.55, y - self.length, self.face * 0.45 + 9.0, 14.0);
        if self.length > 205.0 && (falls || end) { shade(self.hair, 0.88) } else { self.ground }
    }
}

fn ellipse(x: f64, y: f64, across: f64, down: f64) -> bool {
    (x / across).powi(2) + (y / down).powi(2) <= 1.0
}

/// A ring of that radius and half that thickness to either side.
fn arc(x: f64, y: f64, radius: f64, thick: f64) -> bool {
    (x.hypot(y) - radius).abs() < thick
}

fn shade(colour: Colour, by: f64) -> Colour {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a byte is a byte")]
    let darker = |v: u8| (f64::from(v) * by).round() as u8;
    colour.map(darker)
}
