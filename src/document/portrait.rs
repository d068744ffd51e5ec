//! Portraits: decoded, checked, turned upright, stripped of everything but the picture, encoded once.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::domain::digest::Digest;

/// How large a picture may be as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortraitLimits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Pixels, width times height; asked before anything is decoded.
    pub pixels: u64,
}

impl Default for PortraitLimits {
    fn default() -> Self {
        Self { bytes: 8 << 20, pixels: 40_000_000 }
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
}

/// Why a picture is sent back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortraitError {
    /// The file is too large.
    #[error("照片文件过大（{bytes} 字节），最大 {limit} 字节 / the file has {bytes} bytes; {limit} are the most")]
    TooManyBytes {
        /// Bytes sent.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Neither JPEG nor PNG.
    #[error("照片应为 JPG 或 PNG 格式 / the portrait must be a JPG or PNG picture")]
    Format,
    /// The picture is damaged.
    #[error("照片文件已损坏，无法打开 / the picture is damaged and cannot be opened")]
    Damaged,
    /// Too many pixels.
    #[error("照片尺寸过大（{width}×{height}） / the picture is too large ({width}×{height} pixels)")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Too few pixels to print.
    #[error("照片尺寸过小（{width}×{height}），至少 295×413 / the picture is too small ({width}×{height}); 295×413 are the least")]
    TooSmall {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Not the shape of an identity photograph.
    #[error(
        "照片比例应为一寸（25×35 毫米）或二寸（35×49、35×53 毫米），实际 {width}×{height} / the picture must have the shape of a 1-inch or 2-inch portrait, this is {width}×{height}"
    )]
    Shape {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
}

/// Width and height that portraits are stored in: one inch, two inches in both customs.
const SIZES: [(u32, u32); 3] = [(295, 413), (413, 579), (413, 626)];

/// Reads a picture as an applicant sends it.
///
/// # Errors
/// [`PortraitError`] in words for the applicant.
pub fn intake(bytes: &[u8], limits: PortraitLimits) -> Result<Portrait, PortraitError> {
    if bytes.len() > limits.bytes {
        return Err(PortraitError::TooManyBytes { bytes: bytes.len(), limit: limits.bytes });
    }
    let format = image::guess_format(bytes).map_err(|_| PortraitError::Format)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png) {
        return Err(PortraitError::Format);
    }
    if format == ImageFormat::Jpeg && !is_whole(bytes) {
        return Err(PortraitError::Damaged);
    }
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder().map_err(|_| PortraitError::Damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits.pixels {
        return Err(PortraitError::TooManyPixels { width, height });
    }
    let mut memory = Limits::default();
    memory.max_alloc = Some(limits.pixels.saturating_mul(12));
    decoder.set_limits(memory).map_err(|_| PortraitError::Damaged)?;
    // A camera's note that the picture lies on its side goes with the other metadata, so the picture is turned here.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| PortraitError::Damaged)?;
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width(), picture.height());
    let (to_width, to_height) = target(width, height)?;
    let scaled = flatten(&picture).resize_exact(to_width, to_height, FilterType::CatmullRom).to_rgb8();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 88).encode_image(&scaled).map_err(|_| PortraitError::Damaged)?;
    Ok(Portrait { digest: Digest::of(&jpeg), jpeg, width: to_width, height: to_height })
}

/// The size to store: the one of nearest shape, within three per cent; the smaller inch for pictures of fewer pixels.
fn target(width: u32, height: u32) -> Result<(u32, u32), PortraitError> {
    let off = |(w, h): (u32, u32)| (f64::from(width) * f64::from(h) / (f64::from(height) * f64::from(w)) - 1.0).abs();
    let fitting: Vec<(u32, u32)> = SIZES.into_iter().filter(|s| off(*s) <= 0.03).collect();
    if fitting.is_empty() {
        return Err(PortraitError::Shape { width, height });
    }
    // A pixel less than the size is a matter of rounding in the photographer's program.
    let enough = |(w, h): &(u32, u32)| width + 3 >= *w && height + 3 >= *h;
    fitting.into_iter().rfind(enough).ok_or(PortraitError::TooSmall { width, height })
}

/// Whether a JPEG's picture data end as they should: the decoder fills what an interrupted upload lacks with grey.
fn is_whole(jpeg: &[u8]) -> bool {
    let Some(mut rest) = jpeg.strip_prefix(&[0xFF, 0xD8]) else { return false };
    loop {
        match rest {
            [0xFF, 0xDA, scan @ ..] => return scan.windows(2).any(|w| w == [0xFF, 0xD9]),
            [0xFF, 0xFF, ..] => rest = &rest[1..],
            [0xFF, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                let Some(after) = rest.get(2 + length..) else { return false };
                rest = after;
            }
            _ => return false,
        }
    }
}

/// Transparent pictures lie on white.
fn flatten(picture: &DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture.clone();
    }
    let mut ground = image::RgbaImage::from_pixel(picture.width(), picture.height(), image::Rgba([255; 4]));
    image::imageops::overlay(&mut ground, picture, 0, 0);
    DynamicImage::ImageRgba8(ground)
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
    use image::{Rgb, RgbImage};

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
        for ((width, height), stored) in
            [((295, 413), (295, 413)), ((590, 826), (413, 579)), ((413, 626), (413, 626)), ((300, 420), (295, 413))]
        {
            for format in [ImageFormat::Jpeg, ImageFormat::Png] {
                let portrait = intake(&sent(&picture(width, height), format), PortraitLimits::default()).unwrap();
                assert_eq!((portrait.width, portrait.height), stored);
                let shape = measure(&portrait.jpeg).unwrap();
                assert_eq!((u32::from(shape.width), u32::from(shape.height), shape.grey), (stored.0, stored.1, false));
                assert_eq!(portrait.digest, Digest::of(&portrait.jpeg));
            }
        }
    }

    #[test]
    fn a_picture_on_its_side_is_turned_and_loses_its_metadata() {
        let lying = sent(&picture(413, 295), ImageFormat::Jpeg);
        // An Exif segment that says: turn by 90 degrees.
        let exif = b"\xFF\xE1\x00\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let tagged = [&lying[..2], exif, &lying[2..]].concat();
        let portrait = intake(&tagged, PortraitLimits::default()).unwrap();
        assert_eq!((portrait.width, portrait.height), (295, 413));
        assert!(!portrait.jpeg.windows(4).any(|w| w == b"Exif"));
        assert_eq!(intake(&lying, PortraitLimits::default()), Err(PortraitError::Shape { width: 413, height: 295 }));
    }

    #[test]
    fn what_is_no_portrait_is_sent_back() {
        let limits = PortraitLimits { bytes: 100_000, pixels: 500_000 };
        assert_eq!(intake(b"GIF89a", limits), Err(PortraitError::Format));
        assert_eq!(intake(b"hello", limits), Err(PortraitError::Format));
        assert_eq!(intake(&[0; 100_001], limits), Err(PortraitError::TooManyBytes { bytes: 100_001, limit: 100_000 }));
        let good = sent(&picture(295, 413), ImageFormat::Jpeg);
        assert_eq!(intake(&good[..good.len() / 2], limits), Err(PortraitError::Damaged));
        assert_eq!(intake(&sent(&picture(100, 140), ImageFormat::Png), limits), Err(PortraitError::TooSmall { width: 100, height: 140 }));
        assert!(matches!(intake(&sent(&picture(885, 1239), ImageFormat::Png), limits), Err(PortraitError::TooManyPixels { .. })));
    }
}
