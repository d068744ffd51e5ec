//! Font subsets as PDF objects.

use std::collections::HashMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Finish, Name, Rect, Ref, Str};
use subsetter::GlyphRemapper;

use super::fonts::{FaceId, FontError, FontLibrary, Glyph};
use super::objects::{Deflater, Numbers, Objects};

const SYSTEM: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The glyphs of one face that are embedded together. Codes are given to pairs of glyph and character, not to glyphs: two characters
/// that a face draws alike (a compatibility ideograph and its twin) keep their own code points when the text is copied out.
#[derive(Debug, Clone)]
pub(super) struct Subset {
    pub(super) face: FaceId,
    codes: HashMap<(u16, char), u16>,
    pairs: Vec<Glyph>,
}

impl Subset {
    pub(super) fn of(face: FaceId) -> Self {
        Self { face, codes: HashMap::new(), pairs: Vec::new() }
    }

    /// The code of a glyph that is in the subset.
    pub(super) fn code(&self, glyph: &Glyph) -> Option<u16> {
        self.codes.get(&(glyph.id, glyph.character)).copied()
    }

    /// The code of a glyph, which is added if need be. Code 0 is the face's `.notdef`, which no text uses.
    pub(super) fn add(&mut self, glyph: &Glyph) -> u16 {
        let next = u16::try_from(self.pairs.len() + 1).unwrap_or(u16::MAX);
        let code = *self.codes.entry((glyph.id, glyph.character)).or_insert(next);
        if code == next {
            self.pairs.push(*glyph);
        }
        code
    }

    /// Six capitals that depend on the glyphs: two different subsets of one face must have different names.
    fn tag(&self, first: u8) -> [u8; 6] {
        let mut hash = 0xCBF2_9CE4_8422_2325_u64;
        for glyph in &self.pairs {
            hash = (hash ^ u64::from(u32::from(glyph.character)) ^ u64::from(glyph.id) << 32).wrapping_mul(0x100_0000_01B3);
        }
        let mut tag = [first; 6];
        for slot in &mut tag[1..] {
            *slot = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[usize::try_from(hash % 26).unwrap_or(0)];
            hash /= 26;
        }
        tag
    }

    /// Writes the font and what belongs to it; the answer is the object that a resource dictionary names. `first` is the tag's first
    /// letter, which tells the template's subset from a document's.
    pub(super) fn write(
        &self,
        library: &FontLibrary,
        first: u8,
        numbers: &mut Numbers,
        objects: &mut Objects,
        deflater: &mut Deflater,
    ) -> Result<Ref, FontError> {
        let face = library.face(self.face);
        let mut remapper = GlyphRemapper::new();
        let glyph_ids: Vec<u16> = self.pairs.iter().map(|g| remapper.remap(g.id)).collect();
        let program = face.subset(&remapper)?;
        let identity = (1u16..).zip(&glyph_ids).all(|(code, id)| code == *id);
        let [font, cid_font, descriptor, file, cmap] = std::array::from_fn(|_| numbers.take());
        let mut name = self.tag(first).to_vec();
        name.push(b'+');
        name.extend_from_slice(face.name().as_bytes());
        let name = Name(&name);
        let map = (!identity).then(|| numbers.take());
        objects.put(font, |c| {
            let mut f = c.type0_font(font);
            f.base_font(name).encoding_predefined(Name(b"Identity-H")).descendant_font(cid_font).to_unicode(cmap);
        });
        objects.put(cid_font, |c| {
            let mut f = c.cid_font(cid_font);
            f.subtype(CidFontType::Type2).base_font(name).system_info(SYSTEM).font_descriptor(descriptor).default_width(1000.0);
            match map {
                None => f.cid_to_gid_map_predefined(Name(b"Identity")),
                Some(map) => f.cid_to_gid_map_stream(map),
            };
            let mut widths = f.widths();
            for (code, glyph) in (1u16..).zip(&self.pairs) {
                let width = milli(glyph.advance);
                if (width - 1000.0).abs() > 0.001 {
                    widths.consecutive(code, [width]);
                }
            }
            widths.finish();
            f.finish();
        });
        objects.put(descriptor, |c| {
            let m = face.metrics();
            let mut d = c.font_descriptor(descriptor);
            d.name(name).flags(FontFlags::SYMBOLIC).bbox(Rect::new(m.bbox[0], m.bbox[1], m.bbox[2], m.bbox[3]));
            d.italic_angle(m.italic_angle).ascent(m.ascent).descent(m.descent).cap_height(m.cap_height);
            d.stem_v(10.0 + m.weight / 5.0).font_file2(file);
        });
        objects.stream(file, &format!("/Length1 {}/Filter/FlateDecode", program.len()), &deflater.deflate(&program));
        let mut to_unicode = UnicodeCmap::<u16>::new(Name(b"Yinxin"), SYSTEM);
        for (code, glyph) in (1u16..).zip(&self.pairs) {
            to_unicode.pair(code, glyph.character);
        }
        let text = to_unicode.finish();
        objects.stream(
            cmap,
            "/Type/CMap/CMapName/Yinxin/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/Filter/FlateDecode",
            &deflater.deflate(text.as_slice()),
        );
        if let Some(map) = map {
            let bytes: Vec<u8> = std::iter::once(&0u16).chain(&glyph_ids).flat_map(|id| id.to_be_bytes()).collect();
            objects.stream(map, "", &bytes);
        }
        Ok(font)
    }
}

/// Thousandths of an em, to two decimals.
fn milli(ems: f32) -> f32 {
    (ems * 100_000.0).round() / 100.0
}
