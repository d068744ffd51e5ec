//! Portraits: decoded, checked, turned upright, stripped of everything but the picture, encoded once.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageResult, Limits, RgbImage};

use crate::domain::award::CertificateKind;
use crate::domain::digest::Digest;
use container::{Container, Format};
use ground::Judged;

pub(super) mod container;
pub mod ground;
mod problem;

pub use ground::Ground;
pub use problem::{Foreign, PortraitError};

/// How large a picture may be as it is sent. Together with the bound on a JPEG's passes they bound the time that decoding takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortraitLimits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Pixels, width times height; asked before anything is decoded.
    pub pixels: u64,
    /// Pixels that all passes of a progressive JPEG go over.
    pub passed: u64,
}

impl Default for PortraitLimits {
    /// 8 MB and 24 million pixels: what a good camera makes. A camera's picture of 12 million pixels in the usual ten passes is within
    /// the bound on passes, a file made of passes alone is not; they take about half a second.
    fn default() -> Self {
        Self { bytes: 8 << 20, pixels: 24_000_000, passed: 160_000_000 }
    }
}

/// Pixels across and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u32, pub u32);

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}", self.0, self.1)
    }
}

/// 25 by 35 mm at 300 dpi.
const ONE_INCH: Size = Size(295, 413);
/// 35 by 49 mm at 300 dpi.
const TWO_INCH: Size = Size(413, 579);
/// 35 by 53 mm at 300 dpi, the other custom.
const TALL_TWO_INCH: Size = Size(413, 626);

/// The print sizes that are asked for (1 inch 25×35 mm, 2 inch 35×49 or 35×53 mm).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inches {
    /// 一寸.
    One,
    /// 二寸, in both customs.
    Two,
    /// Either; stored in the largest for which the picture has the pixels.
    OneOrTwo,
}

impl Inches {
    /// The sizes to store, smallest first.
    fn sizes(self) -> &'static [Size] {
        match self {
            Self::One => &[ONE_INCH],
            Self::Two => &[TWO_INCH, TALL_TWO_INCH],
            Self::OneOrTwo => &[ONE_INCH, TWO_INCH, TALL_TWO_INCH],
        }
    }

    fn zh(self) -> &'static str {
        match self {
            Self::One => "一寸（25×35 毫米）",
            Self::Two => "二寸（35×49 或 35×53 毫米）",
            Self::OneOrTwo => "一寸（25×35 毫米）或二寸（35×49、35×53 毫米）",
        }
    }

    fn en(self) -> &'static str {
        match self {
            Self::One => "a 1-inch portrait (25×35 mm)",
            Self::Two => "a 2-inch portrait (35×49 or 35×53 mm)",
            Self::OneOrTwo => "a 1-inch (25×35 mm) or 2-inch portrait (35×49, 35×53 mm)",
        }
    }
}

/// What a portrait must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortraitRule {
    /// Its print size.
    pub inches: Inches,
    /// The grounds that are allowed; `None` where any will do.
    pub grounds: Option<&'static [Ground]>,
    /// How large it may be as it is sent.
    pub limits: PortraitLimits,
}

impl PortraitRule {
    /// The rule for portraits on certificates of a kind: ability certificates ask for one inch on white, blue or red; on an award
    /// certificate, whose template may have a place for a portrait, both sizes do on any ground.
    #[must_use]
    pub fn of(kind: CertificateKind) -> Self {
        let limits = PortraitLimits::default();
        match kind {
            CertificateKind::Ability => Self { inches: Inches::One, grounds: Some(&Ground::ALL), limits },
            CertificateKind::Award => Self { inches: Inches::OneOrTwo, grounds: None, limits },
        }
    }
}

impl PortraitRule {
    /// The rule of the real-name verification: two inches, in colour, on any ground.
    #[must_use]
    pub fn of_verification(bytes: usize) -> Self {
        Self { inches: Inches::Two, grounds: None, limits: PortraitLimits { bytes, ..PortraitLimits::default() } }
    }

    /// The rule of the issuing centre's verification: that of ability certificates, whose portrait it becomes.
    #[must_use]
    pub fn of_centre(bytes: usize) -> Self {
        Self { limits: PortraitLimits { bytes, ..PortraitLimits::default() }, ..Self::of(CertificateKind::Ability) }
    }
}

/// A portrait as it is stored and printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portrait {
    /// A baseline JPEG without metadata.
    pub jpeg: Vec<u8>,
    /// Its digest: its address in the vault, and what the claims name.
    pub digest: Digest,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// What lies behind the person, if it is one of the grounds that can be asked for.
    pub ground: Option<Ground>,
}

/// Reads a picture as an applicant sends it. The same bytes under the same rule give the same portrait.
///
/// JPEG and PNG are taken, whatever the file's name says. A transparent picture lies on white: cut-outs are what portrait programs
/// make. A picture may be larger than its print size if its shape is within three per cent of it, and is then scaled down; up to
/// three pixels less are a matter of rounding in the photographer's program, anything smaller is refused. Colours are read as
/// sRGB. Grounds are judged as [`ground`] says. `docs/portraits.md` tells applicants the same.
///
/// # Errors
/// [`PortraitError`] in words for the applicant.
pub fn intake(bytes: &[u8], rule: &PortraitRule) -> Result<Portrait, PortraitError> {
    let container = container::look(bytes, rule.limits)?;
    let picture = match container.format {
        Format::Jpeg => JpegDecoder::new(Cursor::new(bytes)).map(|d| read(d, &container, rule)),
        Format::Png => PngDecoder::with_limits(Cursor::new(bytes), memory(rule.limits)).map(|d| read(d, &container, rule)),
    };
    let picture = picture.map_err(|_| PortraitError::Damaged)??;
    if ground::is_colourless(&picture) {
        return Err(PortraitError::Colourless);
    }
    let judged = ground::judge(&picture);
    if let Some(wanted) = rule.grounds {
        match judged {
            Judged::Ground(ground) if wanted.contains(&ground) => {}
            Judged::Ground(ground) => return Err(PortraitError::Ground { seen: ground.into(), wanted }),
            Judged::Other(seen) => return Err(PortraitError::Ground { seen, wanted }),
            Judged::Uneven => return Err(PortraitError::Uneven { wanted }),
        }
    }
    let ground = if let Judged::Ground(ground) = judged { Some(ground) } else { None };
    let jpeg = encode(&picture).map_err(|_| PortraitError::Damaged)?;
    Ok(Portrait { digest: Digest::of(&jpeg), jpeg, width: picture.width(), height: picture.height(), ground })
}

/// Decodes, turns upright and scales to the size to store.
fn read(mut decoder: impl ImageDecoder, container: &Container, rule: &PortraitRule) -> Result<RgbImage, PortraitError> {
    let damaged = |_| PortraitError::Damaged;
    if decoder.dimensions() != (container.width, container.height) {
        return Err(PortraitError::Damaged);
    }
    decoder.set_limits(memory(rule.limits)).map_err(damaged)?;
    // A camera's note that the picture lies on its side goes with the other metadata, so the picture is turned here.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let turned =
        matches!(orientation, Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH);
    let upright = if turned { (container.height, container.width) } else { (container.width, container.height) };
    // Shape and size are asked before decoding: most pictures that are sent back are sent back for them.
    let Size(width, height) = target(upright, rule.inches)?;
    let picture = on_white(DynamicImage::from_decoder(decoder).map_err(damaged)?);
    let (lying_width, lying_height) = if turned { (height, width) } else { (width, height) };
    let mut scaled = DynamicImage::ImageRgb8(shrink(picture, lying_width, lying_height));
    scaled.apply_orientation(orientation);
    Ok(scaled.into_rgb8())
}

/// No decoder needs more than eight bytes a pixel, and a second copy of some of it.
pub(super) fn memory(limits: PortraitLimits) -> Limits {
    let mut memory = Limits::default();
    memory.max_alloc = Some(limits.pixels.saturating_mul(12).max(1 << 20));
    memory
}

/// Large pictures are averaged down to at most twice the size first, which is fast, and filtered finely from there.
fn shrink(picture: RgbImage, width: u32, height: u32) -> RgbImage {
    if picture.dimensions() == (width, height) {
        return picture;
    }
    let near = if picture.width() > 4 * width { image::imageops::thumbnail(&picture, 2 * width, 2 * height) } else { picture };
    image::imageops::resize(&near, width, height, FilterType::CatmullRom)
}

/// The most bytes that a stored portrait should have: it is carried by every copy of its certificate.
const STORED_BYTES: usize = 40_000;

/// Baseline JPEG, in the best of a few qualities that stays small; a noisy picture gets the last.
fn encode(picture: &RgbImage) -> ImageResult<Vec<u8>> {
    let mut jpeg = Vec::new();
    for quality in [90, 84, 76, 68, 60] {
        jpeg.clear();
        JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(picture)?;
        if jpeg.len() <= STORED_BYTES {
            break;
        }
    }
    Ok(jpeg)
}

/// The size to store for a picture of that many pixels.
fn target((width, height): (u32, u32), inches: Inches) -> Result<Size, PortraitError> {
    let off = |Size(w, h): &Size| (f64::from(width) * f64::from(*h) / (f64::from(height) * f64::from(*w)) - 1.0).abs();
    let fitting: Vec<Size> = inches.sizes().iter().copied().filter(|s| off(s) <= 0.03).collect();
    let Some(least) = fitting.first().copied() else {
        let lying = width > height;
        return Err(if lying { PortraitError::Lying { width, height } } else { PortraitError::Shape { width, height, wanted: inches } });
    };
    let enough = |Size(w, h): &Size| width + 3 >= *w && height + 3 >= *h;
    fitting.into_iter().rfind(enough).ok_or(PortraitError::TooSmall { width, height, least })
}

/// Without alpha, eight bits a channel; what is transparent shows white.
pub(super) fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        let over = |v: u32| u8::try_from((v * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX);
        image::Rgb([over(r), over(g), over(b)])
    })
}

/// Shape of a stored JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) grey: bool,
}

/// Reads the frame header; `None` if the bytes are no JPEG that PDF can show as it is.
pub(super) fn measure(jpeg: &[u8]) -> Option<Shape> {
    let mut rest = jpeg.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let [0xFF, marker, high, low, after @ ..] = rest else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if matches!(marker, 0xC0..=0xC2) {
            let [8, h1, h0, w1, w0, components, ..] = after else { return None };
            let grey = match components {
                1 => true,
                3 => false,
                _ => return None,
            };
            return Some(Shape { width: u16::from_be_bytes([*w1, *w0]), height: u16::from_be_bytes([*h1, *h0]), grey });
        }
        rest = after.get(length.checked_sub(2)?..)?;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use image::{ImageFormat, Rgb};

    const AWARD: PortraitRule = PortraitRule {
        inches: Inches::OneOrTwo,
        grounds: None,
        limits: PortraitLimits { bytes: 8 << 20, pixels: 24_000_000, passed: 160_000_000 },
    };

    /// A picture of a made-up person: a ground, a head, shoulders.
    pub(crate) fn picture(width: u32, height: u32) -> DynamicImage {
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
            let (u, v) = (f64::from(x) / f64::from(width) - 0.5, f64::from(y) / f64::from(height));
            if u * u / 0.05 + (v - 0.4).powi(2) / 0.05 < 1.0 {
                Rgb([224, 188, 160])
            } else if v > 0.68 + u * u {
                Rgb([40, 52, 84])
            } else {
                Rgb([236, 240, 246])
            }
        }))
    }

    pub(crate) fn sent(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn pictures_become_one_of_the_stored_sizes() {
        for ((width, height), stored) in [
            ((295, 413), (295, 413)),
            ((590, 826), (413, 579)),
            ((413, 626), (413, 626)),
            ((300, 420), (295, 413)),
            ((3000, 4200), (413, 579)),
        ] {
            for format in [ImageFormat::Jpeg, ImageFormat::Png] {
                let portrait = intake(&sent(&picture(width, height), format), &AWARD).unwrap();
                assert_eq!((portrait.width, portrait.height), stored);
                let shape = measure(&portrait.jpeg).unwrap();
                assert_eq!((u32::from(shape.width), u32::from(shape.height), shape.grey), (stored.0, stored.1, false));
                assert_eq!((portrait.digest, portrait.ground), (Digest::of(&portrait.jpeg), Some(Ground::White)));
            }
        }
    }

    #[test]
    fn a_rule_asks_for_its_own_size() {
        let one = PortraitRule { inches: Inches::One, ..AWARD };
        let two = PortraitRule { inches: Inches::Two, ..AWARD };
        let png = |width, height| sent(&picture(width, height), ImageFormat::Png);
        assert_eq!(intake(&png(826, 1158), &one).unwrap().width, 295);
        assert_eq!(intake(&png(826, 1158), &two).unwrap().width, 413);
        assert_eq!(intake(&png(413, 626), &one), Err(PortraitError::Shape { width: 413, height: 626, wanted: Inches::One }));
        assert_eq!(intake(&png(295, 413), &two), Err(PortraitError::TooSmall { width: 295, height: 413, least: TWO_INCH }));
    }
}
