//! What comes with an objection: pictures of signatures, seals and papers, and documents.
//!
//! A picture is decoded within bounds and encoded anew, so that nothing is kept of what its file held besides: no place, no camera, no second
//! file behind the first. A PDF is kept as it is; it is for staff alone, who save it and open it where they open what strangers send.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::codecs::png::PngDecoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, RgbImage};

use super::portrait::container::{self, Format};
use super::portrait::{PortraitError, PortraitLimits, memory, on_white};

/// The longer side of a stored picture at most: an A4 page at 200 dpi.
const LONGEST: u32 = 2_340;
/// A picture with fewer pixels on a side shows no signature.
const SHORTEST: u32 = 40;
/// 24 million pixels: what a good camera makes.
const PIXELS: u64 = 24_000_000;
const QUALITY: u8 = 82;

/// What is kept of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// A baseline JPEG without metadata.
    Picture(Vec<u8>),
    /// A PDF as it was sent.
    Pdf(Vec<u8>),
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The picture is none, or too large.
    #[error(transparent)]
    Picture(#[from] PortraitError),
    /// Too small to show anything.
    #[error("图片只有 {0}×{1} 像素，看不清内容 / a picture of {0}×{1} pixels shows nothing")]
    Tiny(u32, u32),
    /// Too small to be read.
    #[error("照片只有 {0}×{1} 像素，短边至少 {2} 像素，请拍清楚些 / the picture has {0}×{1} pixels; its shorter side needs {2}")]
    Coarse(u32, u32, u32),
    /// Too many bytes.
    #[error("文件有 {} MB，最大 {} MB / the file has {} MB; {} are the most", .0.div_ceil(1 << 20), .1 >> 20, .0.div_ceil(1 << 20), .1 >> 20)]
    TooLarge(usize, usize),
    /// It begins as a PDF and does not end as one.
    #[error("PDF 文件不完整，请重新上传 / the PDF is incomplete; send it again")]
    CutOff,
    /// It can be opened with a password only.
    #[error("PDF 文件有密码保护，请去除后上传 / the PDF is protected by a password; send it without")]
    Locked,
}

/// Takes a picture in: JPEG or PNG, turned upright, on white, at most 2,340 pixels on its longer side.
///
/// # Errors
/// [`EvidenceError`] in words for the sender.
pub fn picture(bytes: &[u8], most: usize) -> Result<Evidence, EvidenceError> {
    if bytes.len() > most {
        return Err(EvidenceError::TooLarge(bytes.len(), most));
    }
    let limits = PortraitLimits { bytes: most, pixels: PIXELS, ..PortraitLimits::default() };
    let container = container::look(bytes, limits)?;
    if container.width.min(container.height) < SHORTEST {
        return Err(EvidenceError::Tiny(container.width, container.height));
    }
    let damaged = |_| EvidenceError::Picture(PortraitError::Damaged);
    let size = (container.width, container.height);
    let upright = match container.format {
        Format::Jpeg => upright(JpegDecoder::new(Cursor::new(bytes)).map_err(damaged)?, size, limits)?,
        Format::Png => upright(PngDecoder::with_limits(Cursor::new(bytes), memory(limits)).map_err(damaged)?, size, limits)?,
    };
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&upright).map_err(damaged)?;
    Ok(Evidence::Picture(jpeg))
}

/// Takes a picture of a card or a paper in, whose shorter side has at least so many pixels that it can be read.
///
/// # Errors
/// [`EvidenceError`] in words for the sender.
pub fn card(bytes: &[u8], most: usize, least: u32) -> Result<Vec<u8>, EvidenceError> {
    if bytes.len() > most {
        return Err(EvidenceError::TooLarge(bytes.len(), most));
    }
    let limits = PortraitLimits { bytes: most, pixels: PIXELS, ..PortraitLimits::default() };
    let container = container::look(bytes, limits)?;
    if container.width.min(container.height) < least {
        return Err(EvidenceError::Coarse(container.width, container.height, least));
    }
    match picture(bytes, most)? {
        Evidence::Picture(jpeg) | Evidence::Pdf(jpeg) => Ok(jpeg),
    }
}

/// Takes a picture or a PDF in.
///
/// # Errors
/// [`EvidenceError`] in words for the sender.
pub fn attachment(bytes: &[u8], most: usize) -> Result<Evidence, EvidenceError> {
    if !bytes.starts_with(b"%PDF-") {
        return picture(bytes, most);
    }
    if bytes.len() > most {
        return Err(EvidenceError::TooLarge(bytes.len(), most));
    }
    // ISO 32000-2, annex I: readers look for the end marker in the last 1,024 bytes.
    let tail = &bytes[bytes.len().saturating_sub(1_024)..];
    if memchr::memmem::find(tail, b"%%EOF").is_none() {
        return Err(EvidenceError::CutOff);
    }
    if memchr::memmem::find(bytes, b"/Encrypt").is_some() {
        return Err(EvidenceError::Locked);
    }
    Ok(Evidence::Pdf(bytes.to_vec()))
}

fn upright(mut decoder: impl ImageDecoder, size: (u32, u32), limits: PortraitLimits) -> Result<RgbImage, EvidenceError> {
    let damaged = |_| EvidenceError::Picture(PortraitError::Damaged);
    if decoder.dimensions() != size {
        return Err(PortraitError::Damaged.into());
    }
    decoder.set_limits(memory(limits)).map_err(damaged)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = on_white(DynamicImage::from_decoder(decoder).map_err(damaged)?);
    let mut fitted = DynamicImage::ImageRgb8(fit(picture));
    fitted.apply_orientation(orientation);
    Ok(fitted.into_rgb8())
}

fn fit(picture: RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= LONGEST {
        return picture;
    }
    let scaled = |side: u32| u32::try_from(u64::from(side) * u64::from(LONGEST) / u64::from(longest)).unwrap_or(LONGEST).max(1);
    image::imageops::resize(&picture, scaled(width), scaled(height), FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::portrait::tests::{picture as person, sent};
    use image::ImageFormat;

    const MOST: usize = 5 << 20;

    #[test]
    fn a_picture_is_kept_without_what_its_file_held_besides() {
        let jpeg = sent(&person(300, 200), ImageFormat::Jpeg);
        let said = b"Exif\0\0GPS 39.9042N ..";
        let exif = [&[0xFF, 0xE1][..], &u16::try_from(said.len() + 2).unwrap().to_be_bytes(), said].concat();
        let told = [&jpeg[..2], &exif, &jpeg[2..], b"PK\x03\x04 a second file"].concat();
        let Evidence::Picture(kept) = picture(&told, MOST).unwrap() else { panic!("a picture") };
        for foreign in [&b"Exif"[..], b"GPS", b"second"] {
            assert_eq!(memchr::memmem::find(&kept, foreign), None);
        }
        let large = sent(&person(4_000, 3_000), ImageFormat::Png);
        let Evidence::Picture(kept) = attachment(&large, 20 << 20).unwrap() else { panic!("a picture") };
        let seen = image::load_from_memory(&kept).unwrap();
        assert_eq!((seen.width(), seen.height()), (2_340, 1_755));
    }

    #[test]
    fn what_is_no_picture_and_no_pdf_is_refused() {
        let pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n".to_vec();
        assert_eq!(attachment(&pdf, MOST), Ok(Evidence::Pdf(pdf.clone())));
        assert!(matches!(picture(&pdf, MOST), Err(EvidenceError::Picture(PortraitError::Format(_)))));
        assert_eq!(attachment(&pdf[..20], MOST), Err(EvidenceError::CutOff));
        let locked = [&pdf[..9], b"/Encrypt 1 0 R", &pdf[9..]].concat();
        assert_eq!(attachment(&locked, MOST), Err(EvidenceError::Locked));
        assert_eq!(attachment(&pdf, 10), Err(EvidenceError::TooLarge(pdf.len(), 10)));
        assert_eq!(picture(&sent(&person(39, 60), ImageFormat::Png), MOST), Err(EvidenceError::Tiny(39, 60)));
        for bad in [&b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"[..], b"", b"GIF89a", b"\xFF\xD8\xFF\xE0"] {
            assert!(attachment(bad, MOST).is_err());
        }
        // 40,000 by 40,000 pixels by its header alone.
        let header = [&40_000u32.to_be_bytes()[..], &40_000u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
        let chunk = |name: &[u8; 4], data: &[u8]| [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], name, data, &[0; 4]].concat();
        let bomb = [&b"\x89PNG\r\n\x1A\n"[..], &chunk(b"IHDR", &header), &chunk(b"IEND", &[])].concat();
        assert!(matches!(attachment(&bomb, MOST), Err(EvidenceError::Picture(PortraitError::TooManyPixels { .. }))));
    }
}
