//! Photographs of a page as today's telephones make them, through the process that looks at strangers' files, within its bounds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by failing")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "levels and places in a picture that the test makes")]

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use yinxin::document::look::{MAX_PIXELS, Seen, Trouble, look};
use yinxin::document::preview::{self, Dpi, Ink};
use yinxin::service::looker::{Looked, Looker};

/// A certificate's page, 150 dpi, and the text of its code.
fn page() -> (RgbImage, String) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forged/world/genuine.pdf");
    let png = preview::png(&std::fs::read(path).unwrap(), Dpi::SHARED, Ink::Colour).unwrap();
    let code = seen(&png).codes.pop().unwrap();
    assert!(code.len() > 200, "{code}");
    (image::load_from_memory(&png).unwrap().into_rgb8(), code)
}

fn seen(file: &[u8]) -> Seen {
    let mut last = Seen::default();
    look(file, &mut |known| last = known.clone());
    last
}

/// The page on a table, turned by two degrees, filling that share in per cent of an upright frame of so many pixels down, in light that falls off
/// to one side, with the noise of a camera.
fn photograph(page: &RgbImage, height: u32, share: u32) -> Vec<u8> {
    let width = height / 4 * 3;
    let scale = f64::from(page.height()) / f64::from(height * share / 100);
    let (sin, cos) = 2f64.to_radians().sin_cos();
    let mut noise = 0x9E37_79B9_7F4A_7C15_u64;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        let (dx, dy) = (f64::from(x) - f64::from(width) / 2.0, f64::from(y) - f64::from(height) / 2.0);
        let (u, v) =
            ((dx * cos + dy * sin) * scale + f64::from(page.width()) / 2.0, (dy * cos - dx * sin) * scale + f64::from(page.height()) / 2.0);
        let light = 0.95 - 0.3 * f64::from(x) / f64::from(width);
        let level = |channel: usize| {
            bilinear(page, u, v, channel).unwrap_or([118.0, 100.0, 84.0][channel]) * light + f64::from((noise >> 40) as u8 % 25) - 12.0
        };
        Rgb([level(0) as u8, level(1) as u8, level(2) as u8])
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 85).encode_image(&picture).unwrap();
    jpeg
}

fn bilinear(page: &RgbImage, u: f64, v: f64, channel: usize) -> Option<f64> {
    if u < 0.0 || v < 0.0 || u >= f64::from(page.width() - 1) || v >= f64::from(page.height() - 1) {
        return None;
    }
    let at = |x: f64, y: f64| f64::from(page.get_pixel(x as u32, y as u32).0[channel]);
    let (x, y) = (u.fract(), v.fract());
    Some((at(u, v) * (1.0 - x) + at(u + 1.0, v) * x) * (1.0 - y) + (at(u, v + 1.0) * (1.0 - x) + at(u + 1.0, v + 1.0) * x) * y)
}

#[tokio::test]
async fn photographs_of_12_to_50_million_pixels_are_read_within_the_bounds() {
    let looker = Looker::with(env!("CARGO_BIN_EXE_yinxin").into());
    let (page, code) = page();
    // Down: 4,000 are 12 million pixels, 8,000 are 48.
    for (height, share) in [(4_000, 90), (4_000, 50), (8_000, 90), (8_000, 50)] {
        let jpeg = photograph(&page, height, share);
        let Looked::Whole(seen) = looker.look(&jpeg).await else { panic!("{height} {share}: cut") };
        assert_eq!((seen.codes, seen.trouble), (vec![code.clone()], None), "{height} {share}");
        assert!(seen.picture.is_some_and(|picture| picture.len() < 400_000), "{height} {share}");
    }
}

#[test]
fn a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() {
    // The head of a JPEG of 65,000 by 1,000 pixels, and hardly more.
    let head = [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0x03, 0xE8, 0xFD, 0xE8, 1, 1, 0x11, 0];
    const { assert!(65_000 * 1_000 > MAX_PIXELS) };
    let seen = seen(&[&head[..], &[0xFF, 0xDA, 0, 2, 0, 0xFF, 0xD9]].concat());
    assert_eq!((seen.trouble, seen.codes.len(), seen.picture), (Some(Trouble::TooLarge), 0, None));
}
