//! An issuer's own seal: an SVG of paths, or a PNG with a transparent ground, in a square of 100 units.

use std::fmt::Write as _;
use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};
use pdf_writer::Ref;

use super::artwork::Artwork;
use super::edition::SealFile;
use super::objects::{Deflater, Numbers, Objects};
use super::template::TemplateProblem;

/// The longest side of a PNG, in pixels: 1,200 are 700 dpi on a seal of 42 mm.
const MAX_SIDE: u32 = 1_200;
/// The largest picture once it is compressed, in bytes: every certificate carries it.
const MAX_BYTES: usize = 60_000;

/// The drawing of a seal, ready for a form of 100 by 100 units.
pub(super) struct SealPicture {
    /// Entries of the form's `/ExtGState` and `/XObject` dictionaries.
    pub(super) states: String,
    pub(super) pictures: String,
    /// Operators.
    pub(super) content: Vec<u8>,
}

impl SealPicture {
    /// Reads the file; a PNG becomes objects of its own.
    ///
    /// # Errors
    /// What the issuer must mend, naming the file.
    pub(super) fn read(
        file: &SealFile,
        numbers: &mut Numbers,
        objects: &mut Objects,
        deflater: &mut Deflater,
    ) -> Result<Self, Vec<TemplateProblem>> {
        match file.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
            Some("svg") => Self::svg(file),
            Some("png") => Self::png(file, numbers, objects, deflater).map_err(|what| vec![problem(file, what)]),
            _ => Err(vec![problem(file, "印章图片应为 .svg 或 .png / a seal is an .svg or a .png file".to_owned())]),
        }
    }

    fn svg(file: &SealFile) -> Result<Self, Vec<TemplateProblem>> {
        let Artwork { content, opacities, .. } = Artwork::read(&file.name, &file.bytes, [100.0, 100.0], None)?;
        let mut states = String::new();
        for (fill, stroke) in opacities {
            let (ca, ca_stroke) = (f32::from(fill) / 1000.0, f32::from(stroke) / 1000.0);
            let _ = write!(states, "/G{fill}x{stroke}<</ca {ca}/CA {ca_stroke}>>");
        }
        Ok(Self { states, pictures: String::new(), content: [b"/M gs\n", &content[..]].concat() })
    }

    fn png(file: &SealFile, numbers: &mut Numbers, objects: &mut Objects, deflater: &mut Deflater) -> Result<Self, String> {
        let mut reader = ImageReader::with_format(Cursor::new(&file.bytes), ImageFormat::Png);
        let mut limits = Limits::default();
        (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
        reader.limits(limits);
        let picture = reader.decode().map_err(|e| {
            format!("无法读取，应为边长至多 {MAX_SIDE} 像素的 PNG / cannot be read as a PNG of at most {MAX_SIDE} pixels a side: {e}")
        })?;
        let picture = picture.into_rgba8();
        let (width, height) = picture.dimensions();
        if width.abs_diff(height) > width / 50 {
            return Err(format!("应为正方形，实为 {width} × {height} / the picture must be square"));
        }
        if picture.pixels().all(|p| p.0[3] == 255) {
            return Err("底色应透明，否则会盖住文字 / the ground must be transparent, or it covers the text".to_owned());
        }
        let colours: Vec<u8> = picture.pixels().flat_map(|p| [p.0[0], p.0[1], p.0[2]]).collect();
        let cover: Vec<u8> = picture.pixels().map(|p| p.0[3]).collect();
        let (colours, cover) = (deflater.deflate(&colours), deflater.deflate(&cover));
        if colours.len() + cover.len() > MAX_BYTES {
            let size = (colours.len() + cover.len()) / 1000;
            return Err(format!(
                "压缩后 {size} KB，至多 60 KB，请缩小或改用 SVG / {size} KB once compressed, at most 60: make it smaller, or an SVG"
            ));
        }
        let (picture, mask): (Ref, Ref) = (numbers.take(), numbers.take());
        let image = |space: &str, more: &str| {
            format!(
                "/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/{space}/BitsPerComponent 8/Filter/FlateDecode{more}"
            )
        };
        objects.stream(mask, &image("DeviceGray", ""), &cover);
        objects.stream(picture, &image("DeviceRGB", &format!("/SMask {} 0 R", mask.get())), &colours);
        Ok(Self {
            states: String::new(),
            pictures: format!("/Picture {} 0 R", picture.get()),
            content: b"/M gs q 100 0 0 100 0 0 cm /Picture Do Q\n".to_vec(),
        })
    }
}

fn problem(file: &SealFile, what: String) -> TemplateProblem {
    TemplateProblem { file: file.name.clone(), line: None, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8]) -> Result<SealPicture, String> {
        let file = SealFile { name: name.into(), bytes: bytes.to_vec() };
        let (mut numbers, mut objects, mut deflater) = (Numbers::from(1), Objects::after(0, Vec::new()), Deflater::best());
        SealPicture::read(&file, &mut numbers, &mut objects, &mut deflater).map_err(|p| p[0].to_string())
    }

    fn png(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        image::RgbaImage::from_fn(width, height, |x, y| image::Rgba(pixel(x, y))).write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner()
    }

    #[test]
    fn what_can_be_stamped_and_what_cannot() {
        let dot = |x: u32, y: u32| if x.abs_diff(150).pow(2) + y.abs_diff(150).pow(2) < 20_000 { [208, 2, 27, 255] } else { [0; 4] };
        let good = read("章.png", &png(300, 300, dot)).unwrap();
        assert!(good.pictures.starts_with("/Picture "));
        let noise = |x: u32, y: u32| {
            let n = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(2_246_822_519).to_be_bytes();
            [n[0], n[1], n[2], n[3] & 254]
        };
        let refused = |name: &str, bytes: &[u8], why: &str| {
            let said = read(name, bytes).map(|_| ()).unwrap_err();
            assert!(said.starts_with(name) && said.contains(why), "{said}");
        };
        refused("a.png", &png(300, 200, dot), "正方形");
        refused("a.png", &png(300, 300, |_, _| [255; 4]), "透明");
        refused("a.png", &png(600, 600, noise), "60 KB");
        refused("a.png", &png(1300, 1300, dot), "1200");
        refused("a.png", b"\x89PNG\r\n\x1a\n", "无法读取");
        refused("a.gif", b"GIF89a", ".svg");
        refused("a.svg", b"<svg", "SVG");
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><path d='M0 0H9V9Z' fill='#c00' opacity='.5'/></svg>";
        let drawn = read("a.svg", svg).unwrap();
        assert!(drawn.content.starts_with(b"/M gs") && drawn.states.contains("/ca 0.5"));
    }
}
