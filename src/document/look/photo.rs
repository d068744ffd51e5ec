//! A photograph or scan of a page, decoded within limits.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, RgbImage};

use crate::document::portrait::container::{self, Format};
use crate::document::portrait::{PortraitError, PortraitLimits, memory, on_white};

use super::code::{self, Effort};
use super::{Seen, Trouble};

/// What a telephone's best camera makes, in pixels.
pub const MAX_PIXELS: u64 = 64_000_000;
/// Pixels that all passes of a progressive JPEG go over: the largest picture in the usual ten, which takes two seconds of the five that
/// the process has.
const MAX_PASSED: u64 = 10 * MAX_PIXELS;
/// The longest side in pixels of the picture that is looked at. Half of a page that fills it has still three pixels for each module of a
/// code of 25 mm.
pub const MAX_SIDE: u32 = 4_000;
/// The longest side in pixels of the picture that is shown again.
const SHOWN_SIDE: u32 = 1_280;
/// The quality of the picture that is shown again, on JPEG's scale to 100.
const QUALITY: u8 = 72;

/// Looks at a picture.
pub(super) fn look(bytes: &[u8], seen: &mut Seen, tell: &mut dyn FnMut(&Seen)) {
    seen.images = true;
    let picture = match read(bytes) {
        Ok(picture) => picture,
        Err(trouble) => {
            seen.trouble = Some(trouble);
            return;
        }
    };
    seen.picture = small(&picture);
    tell(seen);
    let grey = DynamicImage::ImageRgb8(picture).into_luma8();
    seen.codes = code::find(&grey, Effort::Much);
}

/// Decoded, upright, at most [`MAX_SIDE`] on its longest side.
fn read(bytes: &[u8]) -> Result<RgbImage, Trouble> {
    let limits = PortraitLimits { bytes: bytes.len(), pixels: MAX_PIXELS, passed: MAX_PASSED };
    let container = container::look(bytes, limits).map_err(|error| match error {
        PortraitError::TooManyPixels { .. } | PortraitError::TooManyScans { .. } => Trouble::TooLarge,
        _ => Trouble::Unreadable,
    })?;
    let size = (container.width, container.height);
    let picture = match container.format {
        Format::Jpeg => JpegDecoder::new(Cursor::new(bytes)).map(|d| decode(d, size, limits)),
        Format::Png => PngDecoder::with_limits(Cursor::new(bytes), memory(limits)).map(|d| decode(d, size, limits)),
    };
    picture.map_err(|_| Trouble::Unreadable)?
}

fn decode(mut decoder: impl ImageDecoder, size: (u32, u32), limits: PortraitLimits) -> Result<RgbImage, Trouble> {
    if decoder.dimensions() != size || decoder.set_limits(memory(limits)).is_err() {
        return Err(Trouble::Unreadable);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = on_white(DynamicImage::from_decoder(decoder).map_err(|_| Trouble::Unreadable)?);
    let mut picture = DynamicImage::ImageRgb8(shrunk(picture, MAX_SIDE));
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

/// Averaged down until no side is longer than that.
fn shrunk(picture: RgbImage, longest: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let side = width.max(height);
    if side <= longest {
        return picture;
    }
    let scaled = |length: u32| u32::try_from(u64::from(length) * u64::from(longest) / u64::from(side)).unwrap_or(longest).max(1);
    image::imageops::thumbnail(&picture, scaled(width), scaled(height))
}

/// The picture as it is shown beside the facts: small, its pixels alone.
pub(super) fn small(picture: &RgbImage) -> Option<Vec<u8>> {
    let mut jpeg = Vec::new();
    let shown = shrunk(picture.clone(), SHOWN_SIDE);
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&shown).ok()?;
    Some(jpeg)
}
