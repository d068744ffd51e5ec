//! A picture of a certificate, made from the finished PDF itself: what it shows is what a reader shows.
//!
//! On demand only, never on the way of issuing: a picture takes longer than the certificate. Nothing here opens a file: a
//! certificate carries its fonts, and what a PDF does not carry is not drawn but reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro::hayro_interpret::{InterpreterSettings, TransformExt};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use png::{BitDepth, ColorType, Compression, Encoder, PixelDimensions, SrgbRenderingIntent, Unit};

/// The resolutions that are made, in dots per inch.
const DPI: std::ops::RangeInclusive<u16> = 24..=300;
/// The longest side of a picture in pixels: A4 at 300 dpi has 3508. With it a picture takes at most 64 MB while it is made.
const MAX_SIDE: f32 = 4096.0;
/// The largest file that is drawn, in bytes: a certificate has about 150 KB.
const MAX_PDF: usize = 4 * 1024 * 1024;
/// Points in an inch.
const POINTS: f32 = 72.0;

/// How fine a picture is, in dots per inch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dpi(u16);

impl Dpi {
    /// For a screen: A4 has 1123 pixels on its long side.
    pub const SCREEN: Self = Self(96);
    /// For sharing: A4 has 1755 pixels on its long side, three for each module of the QR code.
    pub const SHARED: Self = Self(150);

    /// # Errors
    /// [`PreviewError::Dpi`] outside 24 to 300.
    pub fn new(dpi: u16) -> Result<Self, PreviewError> {
        if DPI.contains(&dpi) { Ok(Self(dpi)) } else { Err(PreviewError::Dpi(dpi)) }
    }
}

/// What a pixel holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Red, green and blue.
    Colour,
    /// Luma by ITU-R BT.601, as a copier sees it; about a third of the bytes.
    Grey,
}

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PreviewError {
    /// A resolution that is not made.
    #[error("分辨率 {0} 不在 24 至 300 dpi 之间 / the resolution is not between 24 and 300 dpi")]
    Dpi(u16),
    /// The bytes are no PDF with a page, or more than any certificate has.
    #[error("无法读取 PDF，不能生成图片 / the PDF cannot be read: no picture")]
    Unreadable,
    /// At this resolution the page has no size that a picture may have.
    #[error("页面尺寸不能生成该分辨率的图片 / the page is too large for a picture of this resolution")]
    Size,
    /// The page has a font, an image or an annotation that cannot be drawn: the picture would lack it.
    #[error("页面有无法绘制的字体、图像或注释 / a font, image or annotation of the page cannot be drawn")]
    Incomplete,
    /// The pixels cannot be written as PNG.
    #[error("无法编码 PNG / the PNG cannot be encoded")]
    Encode,
}

/// The first page of `pdf` as PNG on white, in sRGB, its resolution written into it. The same bytes give the same picture.
///
/// # Errors
/// [`PreviewError`], rather than a picture that lacks something.
pub fn png(pdf: &[u8], dpi: Dpi, ink: Ink) -> Result<Vec<u8>, PreviewError> {
    let page = draw(pdf, dpi)?;
    let pixels = page.data_as_u8_slice().as_chunks::<4>().0;
    match ink {
        Ink::Colour => encode(&page, dpi, ColorType::Rgb, &pixels.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect::<Vec<u8>>()),
        Ink::Grey => encode(&page, dpi, ColorType::Grayscale, &pixels.iter().map(luma).collect::<Vec<u8>>()),
    }
}

/// The weights of ITU-R BT.601 in 256ths.
pub(super) fn luma(&[red, green, blue, _]: &[u8; 4]) -> u8 {
    let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(sum / 256).unwrap_or(u8::MAX)
}

/// The page's pixels, all of them opaque.
fn draw(pdf: &[u8], dpi: Dpi) -> Result<Pixmap, PreviewError> {
    if pdf.len() > MAX_PDF {
        return Err(PreviewError::Unreadable);
    }
    let pdf = Pdf::new(Arc::new(pdf.to_vec())).map_err(|_| PreviewError::Unreadable)?;
    let page = pdf.pages().first().ok_or(PreviewError::Unreadable)?;
    match paint(page, f32::from(dpi.0) / POINTS)? {
        (picture, true) => Ok(picture),
        (_, false) => Err(PreviewError::Incomplete),
    }
}

/// The settings under which a page is read: no font and no map but its own. `lacks` becomes true where something is not drawn.
pub(super) fn interpreter(lacks: &Arc<AtomicBool>) -> InterpreterSettings {
    let seen = Arc::clone(lacks);
    InterpreterSettings {
        font_resolver: Arc::new(|_| None),
        cmap_resolver: Arc::new(|_| None),
        warning_sink: Arc::new(move |_| seen.store(true, Ordering::Relaxed)),
        ..InterpreterSettings::default()
    }
}

/// The page at `scale` pixels a point on white, and whether everything of it was drawn.
pub(super) fn paint(page: &Page<'_>, scale: f32) -> Result<(Pixmap, bool), PreviewError> {
    let (width, height) = page.render_dimensions();
    let mut context = RenderContext::new(pixels(width * scale)?, pixels(height * scale)?);
    let lacks = Arc::new(AtomicBool::new(false));
    // Letters keep their places and widths at every resolution.
    let settings = RenderSettings { hinting: false, ..RenderSettings::default() };
    let transform = Affine::scale(f64::from(scale)) * page.initial_transform(true).to_kurbo();
    render_into(page, &RenderCache::new(), &interpreter(&lacks), &settings, &mut context, transform);
    context.flush();
    let mut out = Pixmap::new(context.width(), context.height());
    let white = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
    context.render_with(&mut out, &mut Resources::default(), white);
    Ok((out, !lacks.load(Ordering::Relaxed)))
}

/// A side in whole pixels; one that is begun counts, as other renderers have it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and MAX_SIDE")]
fn pixels(side: f32) -> Result<u16, PreviewError> {
    // A side that is whole but for the last bits of its number is whole.
    let whole = (side - 0.01).ceil();
    if (1.0..=MAX_SIDE).contains(&whole) { Ok(whole as u16) } else { Err(PreviewError::Size) }
}

fn encode(page: &Pixmap, dpi: Dpi, colour: ColorType, pixels: &[u8]) -> Result<Vec<u8>, PreviewError> {
    let mut out = Vec::with_capacity(pixels.len() / 4);
    let mut encoder = Encoder::new(&mut out, page.width().into(), page.height().into());
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    encoder.set_source_srgb(SrgbRenderingIntent::RelativeColorimetric);
    // Dots per metre, rounded: an inch is 254 tenths of a millimetre.
    let per_metre = (u32::from(dpi.0) * 10_000 + 127) / 254;
    encoder.set_pixel_dims(Some(PixelDimensions { xppu: per_metre, yppu: per_metre, unit: Unit::Meter }));
    let mut writer = encoder.write_header().map_err(|_| PreviewError::Encode)?;
    writer.write_image_data(pixels).map_err(|_| PreviewError::Encode)?;
    writer.finish().map_err(|_| PreviewError::Encode)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::checks::tests::specimens;

    fn decoded(png: &[u8]) -> image::RgbImage {
        image::load_from_memory(png).unwrap().to_rgb8()
    }

    /// The mean difference of two pictures of one size.
    fn difference(a: &image::RgbImage, b: &image::RgbImage) -> f64 {
        assert_eq!(a.dimensions(), b.dimensions());
        let sum: u32 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        f64::from(sum) / f64::from(u32::try_from(a.as_raw().len()).unwrap())
    }

    #[test]
    fn a_picture_is_the_page() {
        let [award, other, ability] = specimens();
        let first = png(&award, Dpi::SHARED, Ink::Colour).unwrap();
        assert_eq!(first, png(&award, Dpi::SHARED, Ink::Colour).unwrap(), "deterministic");
        let picture = decoded(&first);
        assert_eq!(picture.dimensions(), (1754, 1241));
        // Another name is another picture, but not much of it.
        let changed = difference(&picture, &decoded(&png(&other, Dpi::SHARED, Ink::Colour).unwrap()));
        assert!((0.01..2.0).contains(&changed), "{changed}");
        let portrait = decoded(&png(&ability, Dpi::SCREEN, Ink::Colour).unwrap());
        assert_eq!(portrait.dimensions(), (794, 1123));
        // The photograph's ground, 100 mm from the left and 75 mm from the top.
        let ground = portrait.get_pixel(378, 283);
        assert_ne!(ground.0, [255, 255, 255]);
    }

    #[test]
    fn the_code_is_read_from_the_picture() {
        for pdf in specimens() {
            for dpi in [Dpi::SHARED, Dpi::new(300).unwrap()] {
                let grey = image::load_from_memory(&png(&pdf, dpi, Ink::Grey).unwrap()).unwrap();
                assert_eq!(grey.color(), image::ColorType::L8);
                let grey = grey.to_luma8();
                let (width, height) = (usize::try_from(grey.width()).unwrap(), usize::try_from(grey.height()).unwrap());
                let mut seen = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| grey.as_raw()[y * width + x]);
                let texts: Vec<String> = seen.detect_grids().iter().filter_map(|g| g.decode().ok()).map(|(_, text)| text).collect();
                assert_eq!(texts, [crate::document::checks::tests::qr().whole()], "{dpi:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let [pdf, ..] = specimens();
        assert_eq!(Dpi::new(23), Err(PreviewError::Dpi(23)));
        assert_eq!(Dpi::new(301), Err(PreviewError::Dpi(301)));
        for bytes in [&b""[..], b"%PDF-2.0\n", &[0; 1000], &pdf[..300], &vec![b' '; MAX_PDF + 1]] {
            assert_eq!(png(bytes, Dpi::SCREEN, Ink::Colour), Err(PreviewError::Unreadable));
        }
        let with = |from: &[u8], to: &[u8]| {
            assert_eq!(from.len(), to.len());
            let at = pdf.windows(from.len()).rposition(|w| w == from).unwrap();
            [&pdf[..at], to, &pdf[at + from.len()..]].concat()
        };
        let vast = with(b"/MediaBox[0 0 841.89 595.28]", b"/MediaBox[0 0 84189  595.28]");
        assert_eq!(png(&vast, Dpi::SHARED, Ink::Colour), Err(PreviewError::Size));
        let lost = with(b"/Subtype/Type0", b"/Subtype/Type9");
        assert_eq!(png(&lost, Dpi::SCREEN, Ink::Colour), Err(PreviewError::Incomplete));
    }
}
