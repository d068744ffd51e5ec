//! Where in a large picture a code may be: a photograph of a page on a table has millions of pixels, of which the code has one in a
//! hundred. A code is the place where dark and light lie beside each other in equal parts, so that is looked for, in some ten milliseconds.

use image::GrayImage;
use image::imageops::crop_imm;

/// The side in pixels of the squares of which contrast is told.
const SQUARE: usize = 16;
/// Sides in squares of the places that are weighed, and their weight: of equal contrast the larger place counts for more, a fourth root.
const SIDES: [(usize, u64); 6] = [(4, 100), (6, 111), (9, 122), (13, 134), (20, 150), (30, 166)];
/// The least contrast, as a standard deviation of 256 levels: a code in poor light has 40 and more.
const MIN_CONTRAST: u64 = 20;
/// Contrast is told in parts of a level.
const PARTS: u64 = 16;
/// The most places.
const MAX_SPOTS: usize = 10;

/// A square place in squares.
#[derive(Clone, Copy)]
struct Spot {
    x: usize,
    y: usize,
    side: usize,
}

impl Spot {
    /// Whether it is about the same place.
    fn is_near(self, other: Self) -> bool {
        let alike = self.side * 2 >= other.side && other.side * 2 >= self.side;
        let apart = |a: usize, b: usize| (a * 2 + self.side).abs_diff(b * 2 + other.side);
        alike && apart(self.x, other.x).max(apart(self.y, other.y)) <= self.side.max(other.side)
    }

    /// The picture there, with a margin for the case that it is a part of the code.
    fn cut(self, picture: &GrayImage) -> GrayImage {
        let margin = self.side * SQUARE * 3 / 5;
        let range = |from: usize, end: u32| {
            let left = u32::try_from((from * SQUARE).saturating_sub(margin)).unwrap_or(end);
            let right = u32::try_from((from + self.side) * SQUARE + margin).unwrap_or(end).min(end);
            (left, right.saturating_sub(left))
        };
        let ((left, width), (top, height)) = (range(self.x, picture.width()), range(self.y, picture.height()));
        crop_imm(picture, left, top, width, height).to_image()
    }
}

/// Pieces of the picture, the likeliest first.
pub(super) fn cut(picture: &GrayImage) -> impl Iterator<Item = GrayImage> {
    spots(picture).into_iter().map(|spot| spot.cut(picture))
}

fn spots(picture: &GrayImage) -> Vec<Spot> {
    let Some(contrast) = Contrast::of(picture) else { return Vec::new() };
    let mut weighed: Vec<(u64, Spot)> = Vec::new();
    for (side, weight) in SIDES {
        for y in 0..(contrast.rows + 1).saturating_sub(side) {
            for x in 0..(contrast.columns + 1).saturating_sub(side) {
                let spot = Spot { x, y, side };
                let mean = contrast.mean(spot);
                if mean > MIN_CONTRAST * PARTS {
                    weighed.push((mean * weight, spot));
                }
            }
        }
    }
    weighed.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let mut found: Vec<Spot> = Vec::new();
    for (_, spot) in weighed {
        if found.len() == MAX_SPOTS {
            break;
        }
        if !found.iter().any(|known| known.is_near(spot)) {
            found.push(spot);
        }
    }
    found
}

/// The sums of the contrasts of all squares above and to the left.
struct Contrast {
    sums: Vec<u64>,
    columns: usize,
    rows: usize,
}

impl Contrast {
    fn of(picture: &GrayImage) -> Option<Self> {
        let (width, height) = (usize::try_from(picture.width()).ok()?, usize::try_from(picture.height()).ok()?);
        let (columns, rows) = (width / SQUARE, height / SQUARE);
        let mut sums = vec![0; (columns + 1) * (rows + 1)];
        for (row, lines) in picture.as_raw().chunks_exact((width * SQUARE).max(1)).enumerate() {
            let mut sum = 0;
            for column in 0..columns {
                sum += deviation(lines, width, column * SQUARE);
                sums[(row + 1) * (columns + 1) + column + 1] = sums[row * (columns + 1) + column + 1] + sum;
            }
        }
        Some(Self { sums, columns, rows })
    }

    fn mean(&self, spot: Spot) -> u64 {
        let at = |x: usize, y: usize| self.sums[y * (self.columns + 1) + x];
        let (right, bottom) = (spot.x + spot.side, spot.y + spot.side);
        let sum = at(right, bottom) + at(spot.x, spot.y) - at(right, spot.y) - at(spot.x, bottom);
        sum / u64::try_from(spot.side * spot.side).unwrap_or(1)
    }
}

/// The standard deviation in a square of lines of that width. Four pixels count as one, so that the noise of a camera counts for little.
fn deviation(lines: &[u8], width: usize, left: usize) -> u64 {
    let (mut sum, mut squares, mut count) = (0u64, 0u64, 0u64);
    for pair in lines.chunks_exact(width * 2) {
        let (upper, lower) = (&pair[left..left + SQUARE], &pair[width + left..width + left + SQUARE]);
        for (a, b) in upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0) {
            let level = (u64::from(a[0]) + u64::from(a[1]) + u64::from(b[0]) + u64::from(b[1])) / 4;
            sum += level;
            squares += level * level;
            count += 1;
        }
    }
    let variance = (squares * count).saturating_sub(sum * sum) * PARTS * PARTS / (count * count).max(1);
    variance.isqrt()
}
