//! QR codes in a picture that nobody made for reading: turned, slanted, blurred, badly lit, small. rqrr finds and reads them; what differs
//! from try to try is how large the picture is, and what counts as dark in it.

use image::GrayImage;
use image::imageops::{FilterType, resize, thumbnail, unsharpen};

use super::spots;

/// The longest side in pixels at which whole pages are usually read.
const USUAL_SIDE: u32 = 1_800;
/// The longest side of an enlarged picture.
const MAX_SIDE: u32 = 4_200;
/// The most codes that are told of.
const MAX_CODES: usize = 4;
/// The longest text in bytes; a certificate's has some 400.
const MAX_TEXT: usize = 2_000;
/// From so many bytes on a text may be a certificate's. What is shorter is some other code that lies beside it.
const LONG_TEXT: usize = 200;
/// The longest side to which the place of a code is enlarged.
const SPOT_SIDE: u32 = 800;

/// How dark is told from light.
#[derive(Clone, Copy)]
enum Threshold {
    /// By rqrr: against the average of the row.
    Rows,
    /// Against the mean of a square around each pixel, of that many pixels to each side, and so many per cent below it.
    Local(usize, u32),
}

/// How long a code is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effort {
    /// In a page that was drawn for this.
    Little,
    /// In a page that has pictures, of which one may be a scan.
    Some,
    /// In a photograph.
    Much,
}

/// The texts of the codes in `picture`, by the first try that finds a long one, or if none does, any.
pub(super) fn find(picture: &GrayImage, effort: Effort) -> Vec<String> {
    let mut found = if effort > Effort::Some { in_spots(picture) } else { Vec::new() };
    if !found.iter().any(|text| text.len() >= LONG_TEXT) {
        for text in in_whole(picture, effort) {
            add(&mut found, text);
        }
    }
    found
}

fn add(found: &mut Vec<String>, text: String) {
    if found.len() < MAX_CODES && !found.contains(&text) {
        found.push(text);
    }
}

/// In the places that look like codes, with all their pixels: in a whole photograph that would take seconds.
fn in_spots(picture: &GrayImage) -> Vec<String> {
    let mut found = Vec::new();
    for spot in spots::cut(picture) {
        for text in in_spot(&spot) {
            add(&mut found, text);
        }
        if found.iter().any(|text| text.len() >= LONG_TEXT) {
            break;
        }
    }
    found
}

/// As it is, then with its modules enlarged, then with what the lens and the picture's compression have blurred made sharp again.
fn in_spot(spot: &GrayImage) -> Vec<String> {
    let tries = |picture: &GrayImage, thresholds: &[Threshold]| {
        thresholds.iter().map(|threshold| read(picture, *threshold)).find(|codes| !codes.is_empty())
    };
    let side = spot.width().max(spot.height()).max(1);
    let wide = usize::try_from(side / 8).unwrap_or(1);
    let found = tries(spot, &[Threshold::Rows, Threshold::Local(wide, 8)]);
    let found = found.or_else(|| {
        let larger = sized(spot, SPOT_SIDE, FilterType::CatmullRom);
        let found = tries(&larger, &[Threshold::Local(50, 5), Threshold::Rows]);
        let blur = 2.0 * f32::from(u16::try_from(SPOT_SIDE).unwrap_or(u16::MAX)) / f32::from(u16::try_from(side).unwrap_or(u16::MAX));
        found.or_else(|| tries(&unsharpen(&larger, blur, 0), &[Threshold::Local(100, 8), Threshold::Local(50, 5), Threshold::Rows]))
    });
    found.unwrap_or_default()
}

/// In the whole picture.
fn in_whole(picture: &GrayImage, effort: Effort) -> Vec<String> {
    let side = picture.width().max(picture.height());
    let usual = sized(picture, USUAL_SIDE.min(side), FilterType::Triangle);
    // A module of a code is a sixtieth of a page and less: the square has some of them to each side.
    let radius = |picture: &GrayImage| usize::try_from(picture.width().max(picture.height()) / 60).unwrap_or(1).max(6);
    let tries = |picture: &GrayImage, thresholds: &[Threshold]| {
        thresholds.iter().map(|threshold| read(picture, *threshold)).find(|codes| !codes.is_empty())
    };
    let near = radius(&usual);
    let mut found = tries(&usual, &[Threshold::Rows, Threshold::Local(near, 8)]);
    if found.is_none() && effort > Effort::Little {
        let larger = if side > USUAL_SIDE { sized(picture, side.min(2_800), FilterType::Triangle) } else { enlarged(picture, 2) };
        found = tries(&larger, &[Threshold::Local(radius(&larger), 5)]);
    }
    // With more pixels than that each try takes a second, and the places that look like codes were read with all of them.
    if found.is_none() && effort > Effort::Some && side <= 2_800 {
        let largest = enlarged(picture, 3);
        found = tries(&largest, &[Threshold::Local(radius(&largest), 5), Threshold::Rows]);
        found = found.or_else(|| tries(&enlarged(&usual, 2), &[Threshold::Local(near * 4, 3), Threshold::Local(near, 12)]));
    }
    found.unwrap_or_default()
}

fn read(picture: &GrayImage, threshold: Threshold) -> Vec<String> {
    let (Ok(width), Ok(height)) = (usize::try_from(picture.width()), usize::try_from(picture.height())) else { return Vec::new() };
    if width < 21 || height < 21 {
        return Vec::new();
    }
    let pixels = picture.as_raw();
    let mut prepared = match threshold {
        Threshold::Rows => rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]),
        Threshold::Local(radius, percent) => {
            let means = Means::of(picture);
            let dark = |x: usize, y: usize| u32::from(pixels[y * width + x]) * 100 < means.around(x, y, radius) * (100 - percent);
            rqrr::PreparedImage::prepare_from_bitmap(width, height, dark)
        }
    };
    let grids = prepared.detect_grids();
    let texts = grids.iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text);
    texts.filter(|text| text.len() <= MAX_TEXT).take(MAX_CODES).collect()
}

/// The picture with that longest side.
fn sized(picture: &GrayImage, longest: u32, filter: FilterType) -> GrayImage {
    let (width, height) = picture.dimensions();
    let side = width.max(height).max(1);
    let scaled = |length: u32| u32::try_from(u64::from(length) * u64::from(longest) / u64::from(side)).unwrap_or(longest).max(1);
    match longest {
        same if same == side => picture.clone(),
        smaller if smaller < side => thumbnail(picture, scaled(width), scaled(height)),
        _ => resize(picture, scaled(width), scaled(height), filter),
    }
}

/// The picture so many times as large, as far as that is allowed.
fn enlarged(picture: &GrayImage, times: u32) -> GrayImage {
    let side = picture.width().max(picture.height());
    sized(picture, side.saturating_mul(times).min(MAX_SIDE.max(side)), FilterType::CatmullRom)
}

/// The sums of all pixels above and to the left, from which the mean of any rectangle follows.
struct Means {
    sums: Vec<u32>,
    width: usize,
    height: usize,
}

impl Means {
    fn of(picture: &GrayImage) -> Self {
        let (width, height) = (usize::try_from(picture.width()).unwrap_or(0), usize::try_from(picture.height()).unwrap_or(0));
        // A sum may pass the largest number: differences of sums are right all the same.
        let mut sums = vec![0u32; (width + 1) * (height + 1)];
        for (y, row) in picture.as_raw().chunks_exact(width.max(1)).enumerate() {
            let mut sum = 0u32;
            for (x, pixel) in row.iter().enumerate() {
                sum = sum.wrapping_add(u32::from(*pixel));
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1].wrapping_add(sum);
            }
        }
        Self { sums, width, height }
    }

    fn around(&self, x: usize, y: usize, radius: usize) -> u32 {
        let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(self.width));
        let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(self.height));
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        let sum = at(right, bottom).wrapping_add(at(left, top)).wrapping_sub(at(left, bottom)).wrapping_sub(at(right, top));
        sum / u32::try_from(((right - left) * (bottom - top)).max(1)).unwrap_or(u32::MAX)
    }
}
