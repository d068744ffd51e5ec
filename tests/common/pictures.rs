//! Pictures as applicants send them, drawn or made byte by byte.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

pub const WHITE: [u8; 3] = [247, 248, 250];
pub const BLUE: [u8; 3] = [67, 142, 219];
pub const RED: [u8; 3] = [210, 36, 44];

/// A made-up person before a ground: hair nearly to the top, face, dark shoulders; `grain` of noise to either side, and a ground
/// that darkens by `fade` from the top down.
pub fn person(width: u32, height: u32, ground: [u8; 3], grain: i32, fade: i32) -> RgbImage {
    let mut state = 0x2545_F491u32;
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width) - 0.5, f64::from(y) / f64::from(height));
        let head = |cy: f64, rx: f64, ry: f64| (u / rx).powi(2) + ((v - cy) / ry).powi(2) < 1.0;
        let down = fade * i32::try_from(y).unwrap() / i32::try_from(height).unwrap();
        let colour = if v > 0.72 + 1.2 * u * u {
            [40, 48, 70]
        } else if head(0.42, 0.22, 0.24) && v > 0.3 {
            [226, 184, 152]
        } else if head(0.34, 0.25, 0.27) && v < 0.45 {
            [36, 30, 28]
        } else {
            ground.map(|c| u8::try_from((i32::from(c) - down).clamp(0, 255)).unwrap())
        };
        Rgb(colour.map(|c| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            let noise = if grain == 0 { 0 } else { i32::try_from(state >> 8).unwrap() % (2 * grain + 1) - grain };
            u8::try_from((i32::from(c) + noise).clamp(0, 255)).unwrap()
        }))
    })
}

pub fn plain(width: u32, height: u32, ground: [u8; 3]) -> RgbImage {
    person(width, height, ground, 0, 0)
}

pub fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.into().write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

pub fn jpeg(picture: impl Into<DynamicImage>, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality).encode_image(&picture.into()).unwrap();
    out
}

pub fn file(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/portraits").join(name)).unwrap()
}

/// A JPEG with other bytes in its frame header, whose marker is `FFC0` or `FFC2`.
pub fn reframed(mut jpeg: Vec<u8>, change: impl Fn(&mut [u8])) -> Vec<u8> {
    let start = jpeg.windows(2).position(|w| w == [0xFF, 0xC0] || w == [0xFF, 0xC2]).unwrap();
    change(&mut jpeg[start..start + 19]);
    jpeg
}

/// A chunk of a PNG with its check sum.
pub fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&name[..], data].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&body);
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &body, &crc.sum().to_be_bytes()].concat()
}

/// A PNG with a chunk after its header.
pub fn with_chunk(png: &[u8], name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    [&png[..33], &chunk(name, data), &png[33..]].concat()
}

/// A PNG of nothing but zeros: a few kilobytes that inflate to many megabytes.
pub fn hollow_png(width: u32, height: u32, depth: u8, colour: u8, channels: usize) -> Vec<u8> {
    use std::io::Write;
    let row = 1 + usize::try_from(width).unwrap() * channels * usize::from(depth) / 8;
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..height {
        packer.write_all(&vec![0; row]).unwrap();
    }
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
    [&b"\x89PNG\r\n\x1A\n"[..], &chunk(b"IHDR", &header), &chunk(b"IDAT", &packer.finish().unwrap()), &chunk(b"IEND", &[])].concat()
}

/// A progressive JPEG whose last pass is repeated.
pub fn many_scans(times: usize) -> Vec<u8> {
    let one = file("progressive.jpg");
    let last = one.windows(2).rposition(|w| w == [0xFF, 0xDA]).unwrap();
    let end = one.len() - 2;
    [&one[..end], &one[last..end].repeat(times), &one[end..]].concat()
}

/// An Exif segment with an orientation, a camera's name and a place in it.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2A\0\0\0\x08\0\x02".to_vec();
    tiff.extend(b"\x01\x0F\0\x02\0\0\0\x04Cam\0");
    tiff.extend([1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend(b"\0\0\0\0GPS 39.9042N 116.4074E");
    tiff
}

pub fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xFF, marker][..], &u16::try_from(data.len() + 2).unwrap().to_be_bytes(), data].concat()
}

pub fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let app1 = segment(0xE1, &[&b"Exif\0\0"[..], &exif(orientation)].concat());
    [&jpeg[..2], &app1, &jpeg[2..]].concat()
}

/// The markers of a JPEG up to its data.
pub fn markers(jpeg: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), &jpeg[2..]);
    while let [0xFF, marker, high, low, ..] = rest {
        out.push(*marker);
        if *marker == 0xDA {
            break;
        }
        rest = &rest[2 + usize::from(u16::from_be_bytes([*high, *low]))..];
    }
    out
}

/// Where a pixel of the upright picture lies in a stored one, by what Exif 2.32 says of the tag Orientation: which sides of the
/// scene the first row and the first column are.
pub fn stored_as(upright: &RgbImage, orientation: u8) -> RgbImage {
    let (w, h) = upright.dimensions();
    let (width, height) = if orientation >= 5 { (h, w) } else { (w, h) };
    RgbImage::from_fn(width, height, |column, row| {
        let (x, y) = match orientation {
            1 => (column, row),
            2 => (w - 1 - column, row),
            3 => (w - 1 - column, h - 1 - row),
            4 => (column, h - 1 - row),
            5 => (row, column),
            6 => (w - 1 - row, column),
            7 => (w - 1 - row, h - 1 - column),
            _ => (row, h - 1 - column),
        };
        *upright.get_pixel(x, y)
    })
}
