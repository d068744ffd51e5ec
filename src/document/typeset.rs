//! From a template's text and a certificate's facts to lines on the page.

use std::io::Write;

use super::fonts::{Chain, FontLibrary, Glyph};
use super::layout::{Composed, Fitted, Misfit, fit};
use super::template::{Align, Area, Colour, Tag, Text, VerticalAlign};

/// A text with its place on the page.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    /// Its place in the template's texts.
    pub(super) text: usize,
    pub(super) wording: String,
    pub(super) fitted: Fitted,
    /// Where it stands: the text's box, or what a stack makes of it.
    pub(super) area: Area,
    /// Where the baseline of each line begins, in points from the bottom left corner of the page.
    pub(super) origins: Vec<[f32; 2]>,
}

/// The middle of a line of mixed Chinese and Latin text above its baseline, in ems.
const MIDDLE: f32 = 0.36;

/// Sets a text into its box; it gets its place on the page by [`Placed::settle`].
pub(super) fn set(library: &FontLibrary, chain: &Chain, (index, text): (usize, &Text), composed: Composed) -> Result<Placed, Misfit> {
    let fitted = fit(library, chain, &composed, &text.setting)?;
    Ok(Placed { text: index, wording: composed.text, fitted, area: text.area, origins: Vec::new() })
}

impl Placed {
    /// The height of its lines in points.
    pub(super) fn height(&self, text: &Text) -> f32 {
        let lines = u16::try_from(self.fitted.lines.len()).map_or(f32::MAX, f32::from);
        self.fitted.size * text.setting.leading * lines
    }

    /// Puts the lines where its area says.
    pub(super) fn settle(&mut self, text: &Text, page_height: f32) {
        let (area, size) = (self.area, self.fitted.size);
        let (step, height) = (size * text.setting.leading, self.height(text));
        let top = area.y
            + match text.valign {
                VerticalAlign::Top => 0.0,
                VerticalAlign::Middle => (area.height - height) / 2.0,
                VerticalAlign::Bottom => area.height - height,
            };
        let lines = (0u16..).map(f32::from).zip(&self.fitted.lines);
        self.origins = lines
            .map(|(row, line)| {
                let room = area.width - line.width;
                let x = area.x
                    + match text.align {
                        Align::Left | Align::Justify => line.indent,
                        Align::Centre => room / 2.0,
                        Align::Right => room,
                    };
                [x, page_height - (top + (row + 0.5) * step + MIDDLE * size)]
            })
            .collect();
    }
}

/// A font resource's name and the code of a glyph in it.
pub(super) type Coded = (char, usize, u16);

/// Appends the operators for a text as marked content; answers how many glyphs they show.
pub(super) fn write(
    out: &mut Vec<u8>,
    placed: &Placed,
    text: &Text,
    mcid: usize,
    colour: Colour,
    mut code: impl FnMut(&Glyph) -> Coded,
) -> usize {
    let tag = match text.tag {
        Tag::Heading => "H1",
        Tag::Paragraph => "P",
    };
    let [r, g, b] = colour.parts();
    let size = placed.fitted.size;
    let tracking = text.setting.tracking * size;
    let spaced = placed.fitted.lines.iter().any(|l| tracking + l.spread > 0.04 * size);
    put(out, format_args!("/{tag}<</MCID {mcid}>>BDC\n"));
    if spaced {
        // Wide spacing looks like word spaces to programs that read text.
        put(out, format_args!("/Span<</ActualText{}>>BDC\n", text_string(&placed.wording)));
    }
    put(out, format_args!("BT {r} {g} {b} rg {} Tc\n", round(tracking)));
    let (mut shown, mut set) = (0, round(tracking));
    for (line, [x, y]) in placed.fitted.lines.iter().zip(&placed.origins) {
        let spacing = round(tracking + line.spread);
        if spacing.to_bits() != set.to_bits() {
            put(out, format_args!("{spacing} Tc\n"));
            set = spacing;
        }
        put(out, format_args!("1 0 0 1 {} {} Tm", round(*x), round(*y)));
        let mut font = None;
        for glyph in &line.glyphs {
            let (kind, number, code) = code(glyph);
            if font != Some((kind, number)) {
                let close = if font.is_some() { ">Tj" } else { "" };
                put(out, format_args!("{close}/{kind}{number} {size} Tf<"));
                font = Some((kind, number));
            }
            for shift in [12, 8, 4, 0] {
                out.push(b"0123456789ABCDEF"[usize::from(code >> shift & 15)]);
            }
            shown += usize::from(code != 0);
        }
        out.extend_from_slice(if font.is_some() { b">Tj\n" } else { b"\n" });
    }
    out.extend_from_slice(if spaced { b"ET EMC EMC\n" } else { b"ET EMC\n" });
    shown
}

/// Appends formatted operators.
pub(super) fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(text);
}

/// To three decimals: finer than any printer, and short.
pub(super) fn round(value: f32) -> f32 {
    (value * 1000.0).round() / 1000.0
}

/// A PDF text string: literal where it is plain ASCII, UTF-16 in hexadecimal otherwise.
pub(super) fn text_string(text: &str) -> String {
    if text.bytes().all(|b| (0x20..0x7F).contains(&b) && !b"()\\".contains(&b)) {
        return format!("({text})");
    }
    let mut out = String::with_capacity(text.len() * 4 + 6);
    out.push_str("<FEFF");
    for unit in text.encode_utf16() {
        for shift in [12, 8, 4, 0] {
            out.push(char::from(b"0123456789ABCDEF"[usize::from(unit >> shift & 15)]));
        }
    }
    out.push('>');
    out
}
