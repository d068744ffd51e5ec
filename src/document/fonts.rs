//! Typefaces: which characters each covers, how wide its glyphs are, and which face stands in for which.
//!
//! Every font library drops a missing glyph silently. Here a character without a glyph is an answer (`None`) that the caller
//! must turn into a refusal with the name and the character.

use std::sync::Arc;

use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::prelude::{LocationRef, Size};
use skrifa::raw::TableProvider;
use skrifa::string::StringId;
use skrifa::{FontRef, GlyphId, MetadataProvider};
use subsetter::GlyphRemapper;

use crate::domain::digest::Digest;

/// The faces that stand in for a template's own, in this order. Together they cover the Han characters of GB 18030-2022.
pub const FALLBACK: [&str; 3] = ["LXGWWenKai-Regular.ttf", "NotoSerifSC-Regular.ttf", "HanaMinB.ttf"];

/// A font file that cannot be used, or that is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FontError {
    /// Not an OpenType font with TrueType outlines.
    #[error("字体文件 {file} 无法读取：{reason} / the font file {file} cannot be read: {reason}")]
    Unreadable {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No file of that name was given.
    #[error("缺少字体文件 {file} / the font file {file} is missing")]
    Missing {
        /// The file's name.
        file: String,
    },
}

/// A face's place in its library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaceId(usize);

impl FaceId {
    /// Counted from 0 in the order in which the files were given.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// Every face that certificates are set in, read once and shared by all of them.
#[derive(Debug)]
pub struct FontLibrary {
    faces: Vec<Face>,
    fallback: Vec<FaceId>,
}

/// 256 code points share a page; a page without glyphs is not kept.
type Page = Option<Box<[u16; 256]>>;

/// One face: its bytes, its coverage and its measures.
pub struct Face {
    file: String,
    digest: Digest,
    data: Arc<[u8]>,
    name: String,
    pages: Vec<Page>,
    advances: Vec<u16>,
    metrics: FaceMetrics,
}

/// Measures of a face in thousandths of the em, as a PDF font descriptor wants them.
#[derive(Debug, Clone, Copy)]
pub struct FaceMetrics {
    /// Height above the baseline.
    pub ascent: f32,
    /// Depth below the baseline, negative.
    pub descent: f32,
    /// Height of capitals.
    pub cap_height: f32,
    /// Slant in degrees.
    pub italic_angle: f32,
    /// Weight as in CSS, 400 is regular.
    pub weight: f32,
    /// Left, bottom, right, top of all glyphs.
    pub bbox: [f32; 4],
    units: f32,
}

/// A glyph for a character.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// The face that has it.
    pub face: FaceId,
    /// Its number within the face, never 0.
    pub id: u16,
    /// The character that was typed.
    pub character: char,
    /// Its width in ems.
    pub advance: f32,
}

impl FontLibrary {
    /// Reads the faces; `files` are the names and bytes of the files of `fonts/`.
    ///
    /// # Errors
    /// [`FontError`] if a file is no usable font, or one of [`FALLBACK`] is missing.
    pub fn new(files: Vec<(String, Arc<[u8]>)>) -> Result<Self, FontError> {
        let faces = files.into_iter().map(|(file, data)| Face::read(file, data)).collect::<Result<Vec<_>, _>>()?;
        let mut library = Self { faces, fallback: Vec::new() };
        for file in FALLBACK {
            let id = library.find(file).ok_or_else(|| FontError::Missing { file: file.to_owned() })?;
            library.fallback.push(id);
        }
        Ok(library)
    }

    /// The face of that file name.
    #[must_use]
    pub fn find(&self, file: &str) -> Option<FaceId> {
        self.faces.iter().position(|f| f.file == file).map(FaceId)
    }

    /// The digest of the file's bytes.
    #[must_use]
    pub fn digest(&self, file: &str) -> Option<Digest> {
        self.find(file).map(|id| self.face(id).digest)
    }

    /// The names of all files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.faces.iter().map(|f| f.file.as_str())
    }

    /// The face that stands in first.
    pub(super) fn stand_in(&self) -> Option<FaceId> {
        self.fallback.first().copied()
    }

    /// The face.
    #[must_use]
    pub fn face(&self, id: FaceId) -> &Face {
        // A FaceId is made by `find` alone, and faces are never taken away.
        &self.faces[id.0]
    }

    /// The faces in the order in which they are asked for a character: `latin` first for Latin text, then `own`, then the fallback.
    #[must_use]
    pub fn chain(&self, own: FaceId, latin: Option<FaceId>) -> Chain {
        let mut faces = vec![own];
        faces.extend(self.fallback.iter().copied().filter(|f| *f != own));
        faces.extend(latin.filter(|l| *l != own));
        Chain { latin, faces }
    }

    /// The glyph for `character`, or `None` if no face of the chain has one.
    #[must_use]
    pub fn glyph(&self, chain: &Chain, character: char) -> Option<Glyph> {
        let latin = if is_latin(character) { chain.latin } else { None };
        latin.into_iter().chain(chain.faces.iter().copied()).find_map(|id| {
            let face = self.face(id);
            let glyph = face.glyph_id(character)?;
            Some(Glyph { face: id, id: glyph, character, advance: face.advance(glyph) })
        })
    }
}

/// The order in which faces are asked for a character.
#[derive(Debug, Clone)]
pub struct Chain {
    latin: Option<FaceId>,
    faces: Vec<FaceId>,
}

/// Letters, digits and punctuation of alphabetic scripts, which the Latin face sets. Marks that Chinese text uses as well (the
/// middle dot, curly quotes, dashes) are left to the template's own face.
fn is_latin(c: char) -> bool {
    c.is_ascii() || (u32::from(c) < 0x2E80 && (c.is_alphabetic() || unicode_normalization::char::is_combining_mark(c)))
}

impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Face({})", self.file)
    }
}

impl Face {
    fn read(file: String, data: Arc<[u8]>) -> Result<Self, FontError> {
        let unreadable = |reason: String| FontError::Unreadable { file: file.clone(), reason };
        let digest = Digest::of(&data);
        let font = FontRef::new(&data).map_err(|e| unreadable(e.to_string()))?;
        let loca = font.loca(None).map_err(|e| unreadable(e.to_string()))?;
        let glyph_metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let count = u16::try_from(glyph_metrics.glyph_count()).map_err(|e| unreadable(e.to_string()))?;
        let advances = (0..count).map(|id| to_u16(glyph_metrics.advance_width(GlyphId::from(id)).unwrap_or(0.0))).collect();
        let mut pages: Vec<Page> = Vec::new();
        for (code, glyph) in font.charmap().mappings() {
            let (Some(character), Ok(id)) = (char::from_u32(code), u16::try_from(glyph.to_u32())) else { continue };
            let index = usize::from(id);
            let empty = loca.get_raw(index).zip(loca.get_raw(index + 1)).is_none_or(|(start, end)| start >= end);
            // A visible character that the font maps to an empty glyph would vanish just as silently as a missing one.
            if id == 0 || id >= count || (empty && !character.is_whitespace()) {
                continue;
            }
            let (page, slot) = place(character);
            if page >= pages.len() {
                pages.resize_with(page + 1, || None);
            }
            pages[page].get_or_insert_with(|| Box::new([0; 256]))[slot] = id;
        }
        let name = postscript_name(&font).unwrap_or_else(|| file.trim_end_matches(".ttf").to_owned());
        let metrics = FaceMetrics::of(&font);
        Ok(Self { name, pages, advances, metrics, file, digest, data: without_names(data) })
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The PostScript name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Measures for the font descriptor.
    #[must_use]
    pub fn metrics(&self) -> &FaceMetrics {
        &self.metrics
    }

    /// The number of the glyph for `character`.
    #[must_use]
    pub fn glyph_id(&self, character: char) -> Option<u16> {
        let (page, slot) = place(character);
        let id = self.pages.get(page)?.as_ref()?[slot];
        (id != 0).then_some(id)
    }

    /// The width of a glyph in ems.
    #[must_use]
    pub fn advance(&self, id: u16) -> f32 {
        self.advances.get(usize::from(id)).map_or(0.0, |a| f32::from(*a) / self.metrics.units)
    }

    /// A font file with only the glyphs of `glyphs`, renumbered by it.
    ///
    /// # Errors
    /// [`FontError::Unreadable`] if the outlines are damaged.
    pub fn subset(&self, glyphs: &GlyphRemapper) -> Result<Vec<u8>, FontError> {
        subsetter::subset(&self.data, 0, glyphs).map_err(|e| FontError::Unreadable { file: self.file.clone(), reason: e.to_string() })
    }

    /// Draws the outline of a glyph, in ems, y upwards; `None` if the face has none for it.
    pub(super) fn outline(&self, id: u16, pen: &mut impl OutlinePen) -> Option<()> {
        let font = FontRef::new(&self.data).ok()?;
        let glyph = font.outline_glyphs().get(GlyphId::from(id))?;
        glyph.draw(DrawSettings::unhinted(Size::new(1.0), LocationRef::default()), pen).ok()?;
        Some(())
    }
}

impl FaceMetrics {
    fn of(font: &FontRef<'_>) -> Self {
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        let units = f32::from(metrics.units_per_em).max(1.0);
        let milli = |value: f32| (value * 1000.0 / units).round();
        let bbox = metrics.bounds.map_or([0.0, -200.0, 1000.0, 900.0], |b| [b.x_min, b.y_min, b.x_max, b.y_max].map(milli));
        Self {
            ascent: milli(metrics.ascent),
            descent: milli(metrics.descent),
            cap_height: milli(metrics.cap_height.unwrap_or(metrics.ascent)),
            italic_angle: metrics.italic_angle,
            weight: font.attributes().weight.value(),
            bbox,
            units,
        }
    }
}

/// Takes the glyph names, the font's own names and the instructions for coarse screens out of the table directory. A PDF has no use
/// for them, and reading thirty thousand glyph names for each subset costs more than the subset. The records that stay keep their
/// order: tables are found by halving the directory.
fn without_names(mut data: Arc<[u8]>) -> Arc<[u8]> {
    let count = data.get(4..6).map_or(0, |n| usize::from(n[0]) << 8 | usize::from(n[1]));
    // Copies the file only if the caller keeps it as well.
    let bytes = Arc::make_mut(&mut data);
    let Some(directory) = bytes.get_mut(12..12 + 16 * count) else { return data };
    let needed = |record: &&[u8]| !matches!(&record[..4], b"post" | b"name" | b"fpgm" | b"prep" | b"cvt ");
    let kept: Vec<u8> = directory.chunks_exact(16).filter(needed).flatten().copied().collect();
    let (stay, rest) = directory.split_at_mut(kept.len());
    stay.copy_from_slice(&kept);
    rest.fill(0);
    let count = u16::try_from(kept.len() / 16).unwrap_or(0);
    bytes[4..6].copy_from_slice(&count.to_be_bytes());
    data
}

fn postscript_name(font: &FontRef<'_>) -> Option<String> {
    let name: String = font.localized_strings(StringId::POSTSCRIPT_NAME).next()?.chars().filter(|c| c.is_ascii_graphic()).collect();
    (!name.is_empty()).then_some(name)
}

fn place(character: char) -> (usize, usize) {
    let code = usize::try_from(u32::from(character)).unwrap_or(0);
    (code >> 8, code & 0xFF)
}

/// Advances in font units are whole and below 65,536 by the format; anything else is a damaged font and counts as 0.
fn to_u16(units: f32) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range just before")]
    let whole = units.round().clamp(0.0, 65_535.0) as u16;
    whole
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::sync::OnceLock;

    /// The project's fonts, read once for all tests.
    pub(crate) fn library() -> Arc<FontLibrary> {
        static LIBRARY: OnceLock<Arc<FontLibrary>> = OnceLock::new();
        LIBRARY
            .get_or_init(|| {
                let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts");
                let mut files: Vec<(String, Arc<[u8]>)> = std::fs::read_dir(folder)
                    .unwrap()
                    .map(|e| e.unwrap().path())
                    .filter(|p| p.extension().is_some_and(|e| e == "ttf"))
                    .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap().into()))
                    .collect();
                files.sort();
                Arc::new(FontLibrary::new(files).unwrap())
            })
            .clone()
    }

    #[test]
    fn each_script_gets_its_face_and_nothing_is_silent() {
        let library = library();
        let kai = library.find("LXGWWenKai-Regular.ttf").unwrap();
        let garamond = library.find("EBGaramond-Regular.ttf").unwrap();
        let chain = library.chain(kai, Some(garamond));
        let file = |c| library.glyph(&chain, c).map(|g| library.face(g.face).file().to_owned());
        for c in "阿卜杜热合曼·麦麦提依明欧阳娜娜𬭎𬱖".chars() {
            assert_eq!(file(c).as_deref(), Some("LXGWWenKai-Regular.ttf"), "{c}");
        }
        for c in "Müller-Nguyễn Thị Ánh 2024".chars() {
            assert_eq!(file(c).as_deref(), Some("EBGaramond-Regular.ttf"), "{c}");
        }
        assert_eq!(file('𪚥').as_deref(), Some("HanaMinB.ttf"));
        assert_eq!(file('\u{E000}'), None);
    }

    #[test]
    fn every_face_gives_subsets_and_outlines() {
        struct Lines(usize);
        impl OutlinePen for Lines {
            fn move_to(&mut self, _: f32, _: f32) {}
            fn line_to(&mut self, _: f32, _: f32) {
                self.0 += 1;
            }
            fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {}
            fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {}
            fn close(&mut self) {}
        }
        for face in &library().faces {
            let character = if face.file == "HanaMinB.ttf" { '𪚥' } else { 'M' };
            let id = face.glyph_id(character).unwrap();
            let mut glyphs = GlyphRemapper::new();
            glyphs.remap(id);
            assert!(face.subset(&glyphs).unwrap().len() > 200, "{face:?}");
            let mut lines = Lines(0);
            assert!(face.outline(id, &mut lines).is_some() && lines.0 > 3, "{face:?}");
        }
    }

    #[test]
    fn a_folder_without_the_fallback_is_refused() {
        assert_eq!(FontLibrary::new(vec![]).unwrap_err(), FontError::Missing { file: FALLBACK[0].into() });
        assert!(matches!(FontLibrary::new(vec![("x.ttf".into(), Arc::from(&b"no font"[..]))]), Err(FontError::Unreadable { .. })));
    }
}
