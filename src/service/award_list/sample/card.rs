//! Draws cards that are nobody's: shapes in place of print, and 样例 (sample) across them, so that nobody takes one for a document.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageError, Rgb, RgbImage};

/// 85.6 by 54 mm, as cards are (ISO/IEC 7810, ID-1), at some 285 dpi.
const SIZE: (u32, u32) = (960, 606);

type Colour = [u8; 3];

const PAPER: Colour = [232, 240, 246];
const WAVES: Colour = [205, 222, 233];
const PRINT: Colour = [96, 112, 126];
const COVER: Colour = [134, 32, 40];
const GOLD: Colour = [222, 188, 110];
const MARK: Colour = [196, 60, 60];

/// 样 and 例, a row of 32 dots each.
const GLYPHS: [[u32; 32]; 2] = [
    [
        0,
        0,
        0,
        0,
        0x01E1_81C0,
        0x01C1_C1F0,
        0x01C0_E1C0,
        0x01C0_F3C0,
        0x01C0_F3A0,
        0x01D8_6270,
        0x01FF_FFF8,
        0x1FFC_1E00,
        0x03C0_1C00,
        0x03C0_1C00,
        0x03E0_1C60,
        0x07F8_1CF0,
        0x07DD_FFF0,
        0x07DC_1C00,
        0x07DC_1C00,
        0x0FC8_1C00,
        0x0DC0_1C30,
        0x19C0_1C38,
        0x11C7_FFFC,
        0x21C0_1C00,
        0x01C0_1C00,
        0x01C0_1C00,
        0x01C0_1C00,
        0x01C0_1C00,
        0x01C0_1C00,
        0x01C0_1C00,
        0x01C0_1C00,
        0x0180_1C00,
    ],
    [
        0,
        0,
        0,
        0,
        0x07C0_4078,
        0x0780_F070,
        0x07FF_F870,
        0x071E_0E70,
        0x0F1E_0E70,
        0x0F1C_0E70,
        0x0E1C_0E70,
        0x0E1C_CE70,
        0x0E1F_EE70,
        0x1F3F_FE70,
        0x1E38_EE70,
        0x1E31_EE70,
        0x3E31_EE70,
        0x2E79_CE70,
        0x2E7F_CE70,
        0x4E4F_CE70,
        0x0E8F_CE70,
        0x0F87_8E70,
        0x0E03_8E70,
        0x0E03_8E70,
        0x0E07_0E70,
        0x0E07_0870,
        0x0E0E_0070,
        0x0E0C_0070,
        0x0E18_07F0,
        0x0E30_01F0,
        0x0E60_00F0,
        0x0E00_00C0,
    ],
];

/// Which card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleCard {
    /// The side of a document with a portrait.
    Front,
    /// Its other side.
    Back,
    /// A student card.
    Student,
}

/// A card, JPEG.
pub(super) fn card(kind: SampleCard) -> Result<Vec<u8>, ImageError> {
    let picture = RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let under = match kind {
            SampleCard::Front => front(x, y),
            SampleCard::Back => back(x, y),
            SampleCard::Student => student(x, y),
        };
        Rgb(if marked(x, y) { mix(under, if kind == SampleCard::Student { GOLD } else { MARK }) } else { under })
    });
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 84).encode_image(&picture)?;
    Ok(jpeg)
}

fn mix(under: Colour, over: Colour) -> Colour {
    let part = |at: usize| u8::try_from((u16::from(under[at]) * 2 + u16::from(over[at]) * 3) / 5).unwrap_or(u8::MAX);
    [part(0), part(1), part(2)]
}

/// Whether the mark covers a point: two characters of 256 pixels, in the middle.
fn marked(x: u32, y: u32) -> bool {
    let (Some(x), Some(y)) = (x.checked_sub(210), y.checked_sub(180)) else { return false };
    let (column, row) = (x / 8, usize::try_from(y / 8).unwrap_or(usize::MAX));
    let Some(glyph) = usize::try_from(column / 36).ok().and_then(|at| GLYPHS.get(at)) else { return false };
    let within = column % 36;
    within < 32 && glyph.get(row).is_some_and(|dots| dots & (1 << (31 - within)) != 0)
}

fn within(x: u32, y: u32, (left, top): (u32, u32), (width, height): (u32, u32)) -> bool {
    (left..left + width).contains(&x) && (top..top + height).contains(&y)
}

fn round(x: u32, y: u32, (across, down): (i64, i64), radius: i64) -> bool {
    (i64::from(x) - across).pow(2) + (i64::from(y) - down).pow(2) <= radius.pow(2)
}

fn ground(x: u32, y: u32) -> Colour {
    let wave = (f64::from(y) + 14.0 * (f64::from(x) / 70.0).sin()).rem_euclid(26.0);
    if wave < 2.0 { WAVES } else { PAPER }
}

/// Lines of print at the left, a head and shoulders at the right.
fn front(x: u32, y: u32) -> Colour {
    let lines = [(70, 70, 250), (70, 140, 180), (70, 210, 330), (70, 290, 420), (70, 340, 380), (70, 500, 560)];
    if lines.iter().any(|(left, top, width)| within(x, y, (*left, *top), (*width, 26))) {
        return PRINT;
    }
    if round(x, y, (770, 190), 72) || (round(x, y, (770, 420), 140) && y < 420) { [150, 162, 172] } else { ground(x, y) }
}

/// A round emblem and a title.
fn back(x: u32, y: u32) -> Colour {
    if round(x, y, (150, 150), 84) && !round(x, y, (150, 150), 70) {
        return [186, 70, 64];
    }
    let lines = [(300, 90, 420), (300, 160, 520), (260, 440, 180), (260, 510, 420)];
    if lines.iter().any(|(left, top, width)| within(x, y, (*left, *top), (*width, 34))) { PRINT } else { ground(x, y) }
}

/// A cover with a golden frame and title.
fn student(x: u32, y: u32) -> Colour {
    let frame = within(x, y, (24, 24), (912, 558)) && !within(x, y, (30, 30), (900, 546));
    let lines = within(x, y, (320, 90), (320, 40)) || within(x, y, (360, 500), (240, 22));
    if frame || lines { GOLD } else { COVER }
}
