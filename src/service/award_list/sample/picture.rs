//! Draws a portrait that is nobody's: a head, hair and shoulders of plain colours.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageError, Rgb, RgbImage};

/// One inch at 300 dpi: 25 by 35 mm.
const SIZE: (u32, u32) = (295, 413);

/// Two inches: 35 by 49 mm.
const TWO_INCH: (u32, u32) = (413, 579);

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
    drawn(seed, number, SIZE)
}

/// The same in two inches.
pub(super) fn portrait_two_inch(seed: u64, number: usize) -> Result<Vec<u8>, ImageError> {
    drawn(seed, number, TWO_INCH)
}

fn drawn(seed: u64, number: usize, size: (u32, u32)) -> Result<Vec<u8>, ImageError> {
    let look = Look::of(usize::try_from(seed % 1009).unwrap_or(0) + number);
    // The look is drawn for one inch.
    let scale = f64::from(SIZE.0) / f64::from(size.0);
    let picture = RgbImage::from_fn(size.0, size.1, |x, y| {
        // Four points in each pixel, so that edges are smooth.
        let mut sum = [0u32; 3];
        for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
            let colour = look.at((f64::from(x) + dx) * scale - 147.5, (f64::from(y) + dy) * scale);
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

/// Three loops of a pen on white.
pub(super) fn signature() -> Result<Vec<u8>, ImageError> {
    let picture = RgbImage::from_fn(480, 160, |x, y| {
        let along = f64::from(x) / 480.0;
        let line = 80.0 + 45.0 * (1.0 - along) * (along * 19.0).sin();
        let inked = (20..460).contains(&x) && (f64::from(y) - line).abs() < 3.0 + 2.0 * (along * 7.0).cos();
        Rgb(if inked { [29, 33, 39] } else { [255, 255, 255] })
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
        let fall = person / 13 % 90;
        Self {
            ground: pick(GROUNDS, person),
            skin: pick(SKINS, person / 3),
            hair: pick(HAIRS, person / 5),
            jacket: pick(JACKETS, person / 2),
            tie: (person / 13).is_multiple_of(2).then(|| pick(TIES, person / 7)),
            face: 58.0 + part(person % 13),
            // Short hair has no length to tell people apart by; the collar does it then.
            length: 192.0 + part(fall),
            collar: 358.0 + part((person / 1_170 + fall) % 40),
        }
    }

    /// The colour at a point: across from the middle, down from the top. What is nearer comes first.
    fn at(&self, x: f64, y: f64) -> Colour {
        self.features(x, y).or_else(|| self.head(x, y)).or_else(|| self.body(x, y)).unwrap_or_else(|| self.behind(x, y))
    }

    fn features(&self, x: f64, y: f64) -> Option<Colour> {
        let side = x.abs() - self.face * 0.42;
        if ellipse(side, y - 192.0, 5.5, 4.8) {
            return Some(shade(self.hair, 0.8));
        }
        // Brows, mouth and nose are thin arcs.
        if arc(side, y - 199.0, 25.0, 2.0) && y < 178.0 && side.abs() < 12.0 {
            return Some(self.hair);
        }
        if arc(x, y - 212.0, 24.0, 1.8) && y > 229.0 && x.abs() < 15.0 {
            return Some(LIPS);
        }
        (arc(x, y - 203.0, 11.0, 1.1) && y > 211.0).then(|| shade(self.skin, 0.88))
    }

    fn head(&self, x: f64, y: f64) -> Option<Colour> {
        let crown = ellipse(x, y - 178.0, self.face + 8.0, 84.0);
        let fringe = 140.0 + 0.003_2 * (x + 14.0).powi(2);
        if crown && (y < fringe || (x.abs() > self.face - 6.0 && y < 194.0)) {
            return Some(self.hair);
        }
        // The face narrows towards the chin.
        let (across, down) = if y < 196.0 { (self.face, 84.0) } else { (self.face - (y - 196.0) * 0.06, 74.0) };
        if ellipse(x, y - 196.0, across, down) {
            return Some(self.skin);
        }
        if crown && y < 194.0 {
            return Some(self.hair);
        }
        let ear = !self.is_long() && ellipse(x.abs() - self.face, y - 200.0, 8.0, 14.0);
        ear.then(|| shade(self.skin, 0.96))
    }

    fn body(&self, x: f64, y: f64) -> Option<Colour> {
        let across = x.abs();
        if across < 31.0 && (250.0..300.0).contains(&y) || (y >= 300.0 && ellipse(x, y - 300.0, 31.0, 20.0)) {
            // The chin's shadow lies on the neck.
            return Some(shade(self.skin, if ellipse(x, y - 210.0, self.face, 74.0) { 0.85 } else { 0.94 }));
        }
        let shoulders = (across / 138.0).powf(2.5) + ((456.0 - y) / 164.0).max(0.0).powf(2.5) <= 1.0;
        if !shoulders {
            return None;
        }
        let open = 40.0 * (self.collar - y) / (self.collar - 290.0);
        if across < open {
            let tie = across < 5.5 + (y - 320.0) * 0.07 && y > 319.0;
            return Some(self.tie.filter(|_| tie).unwrap_or(SHIRT));
        }
        let lapel = across < open + 4.0 || ((across - open - (y - 304.0) * 0.12 - 15.0).abs() < 1.2 && y < self.collar + 8.0);
        Some(if lapel { shade(self.jacket, 0.8) } else { self.jacket })
    }

    /// Long hair falls behind the shoulders.
    fn behind(&self, x: f64, y: f64) -> Colour {
        let falls = x.abs() < self.face + 8.0 && (178.0..self.length).contains(&y);
        let end = ellipse(x.abs() - self.face * 0.55, y - self.length, self.face * 0.45 + 8.0, 14.0);
        if self.is_long() && (falls || end) { shade(self.hair, 0.88) } else { self.ground }
    }

    fn is_long(&self) -> bool {
        self.length > 212.0
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
