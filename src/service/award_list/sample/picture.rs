//! Draws a portrait that is nobody's: a head, hair and shoulders of plain colours.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageError, Rgb, RgbImage};

/// One inch at 300 dpi: 25 by 35 mm.
const SIZE: (u32, u32) = (295, 413);

/// The grounds that the field asks for: white, blue, red.
const GROUNDS: [[u8; 3]; 3] = [[255, 255, 255], [67, 142, 219], [216, 50, 52]];
const SKINS: [[u8; 3]; 4] = [[241, 204, 172], [224, 178, 140], [198, 145, 105], [250, 220, 196]];
const HAIRS: [[u8; 3]; 4] = [[32, 26, 24], [58, 40, 30], [20, 20, 26], [92, 64, 44]];
const CLOTHES: [[u8; 3]; 5] = [[38, 52, 84], [70, 70, 74], [24, 90, 84], [110, 40, 54], [230, 230, 226]];

/// The portrait of the person of a number, JPEG.
pub(super) fn portrait(seed: u64, number: usize) -> Result<Vec<u8>, ImageError> {
    let person = usize::try_from(seed % 1009).unwrap_or(0) + number;
    let of = |colours: &[[u8; 3]], step: usize| colours[person / step % colours.len()];
    let (ground, skin, hair, clothes) = (of(&GROUNDS, 1), of(&SKINS, 3), of(&HAIRS, 5), of(&CLOTHES, 2));
    // No two people may have one picture: the face's width, the hair's length and a brooch of a colour of its own tell them apart.
    let (face, length) = (62 + i64::try_from(person % 13).unwrap_or(0), 150 + i64::try_from(person / 13 % 90).unwrap_or(0));
    let brooch = [u8::try_from(person / 7 % 256).unwrap_or(0), u8::try_from(person % 256).unwrap_or(0), 120];
    let picture = RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let (dx, y) = (i64::from(x) - 147, i64::from(y));
        let inside = |cx: i64, cy: i64, rx: i64, ry: i64| {
            let (a, b) = (dx - cx, y - cy);
            a * a * ry * ry + b * b * rx * rx <= rx * rx * ry * ry
        };
        let dot = |cx| inside(cx, 172, 7, 5);
        Rgb(if inside(60, 385, 9, 9) {
            brooch
        } else if inside(0, 428, 132, 112) && !(dx.abs() < 24 && y < 330) {
            clothes
        } else if dot(-26) || dot(26) {
            hair
        } else if inside(0, 222, 20, 5) {
            [186, 92, 84]
        } else if inside(0, 185, face, 86) && y > 128 || (dx.abs() < 26 && (230..340).contains(&y)) {
            skin
        } else if inside(0, 168, face + 14, 96) && y < length {
            hair
        } else {
            ground
        })
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 88).encode_image(&picture)?;
    Ok(jpeg)
}
