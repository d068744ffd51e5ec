//! The plate: everything that is the same on every certificate of a template, an issuer and an algorithm, made once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use pdf_writer::Ref;

use super::edition::SealFile;
use super::embed::Subset;
use super::fonts::{Chain, FontLibrary, Glyph};
use super::ids::Ids;
use super::layout::Misfit;
use super::objects::{Deflater, Numbers, Objects};
use super::prefix::Prefix;
use super::seal_mark;
use super::seal_picture::SealPicture;
use super::tags::NAMESPACE;
use super::template::model::Seal;
use super::template::{Colour, DESCRIPTION, Paint, Tag, Template, TemplateProblem, hint, nearest};
use super::typeset::{self, put, round, text_string};
use super::{artwork::Artwork, colour_profile};
use crate::domain::certificate_json;
use crate::domain::issuer::{Issuer, SignatureAlgorithm};

/// What a plate is made for.
#[derive(Debug, Clone)]
pub struct PlateSettings {
    /// Who issues.
    pub issuer: Issuer,
    /// The exact number of bytes that are kept free for the CMS.
    pub signature_bytes: usize,
    /// How the document will be signed.
    pub algorithm: SignatureAlgorithm,
    /// The issuer's own seal; without one it is drawn from the issuer's name.
    pub seal: Option<SealFile>,
}

/// A plate; see the module.
#[derive(Debug)]
pub struct Plate {
    pub(super) template: Arc<Template>,
    pub(super) library: Arc<FontLibrary>,
    pub(super) settings: PlateSettings,
    pub(super) prefix: Arc<Prefix>,
    /// The prefix's part of the cross-reference table: numbers and offsets.
    pub(super) offsets: Vec<(i32, usize)>,
    pub(super) numbers: Numbers,
    pub(super) ids: Ids,
    pub(super) chains: Vec<Chain>,
    pub(super) subsets: Vec<Subset>,
    /// Names and numbers of the embedded subsets, ready for the page's resources.
    pub(super) font_resources: String,
    /// Structure elements of the fixed texts, by place in the template's texts. The marked content of the n-th has number n.
    pub(super) fixed: BTreeMap<usize, Ref>,
    /// Compressors that presses have done with, for the next ones.
    pub(super) deflaters: Mutex<Vec<Deflater>>,
    /// The structure element of the seal, and the number of its marked content.
    pub(super) seal: Option<(Ref, usize)>,
}

impl Plate {
    /// Makes the plate.
    ///
    /// # Errors
    /// Every [`TemplateProblem`]: a face that the library lacks, a fixed text without a glyph or without room.
    pub fn make(template: Arc<Template>, library: Arc<FontLibrary>, settings: &PlateSettings) -> Result<Self, Vec<TemplateProblem>> {
        let (plate, problems) = Self::proof(template, library, settings);
        if problems.is_empty() { Ok(plate) } else { Err(problems) }
    }

    /// A plate with everything that is wrong with it: for a rehearsal, and for [`Plate::make`].
    pub(super) fn proof(template: Arc<Template>, library: Arc<FontLibrary>, settings: &PlateSettings) -> (Self, Vec<TemplateProblem>) {
        let mut work = Work::begin(&template, &library, settings);
        let chains = chains(&template, &library, &mut work.problems);
        let subsets = work.subsets(&chains);
        let fixed = work.fixed_texts(&chains, &subsets);
        let seal = work.seal(&chains);
        let font_resources = work.fonts(&subsets);
        work.signature_field();
        work.attachment();
        work.catalogue();
        let Work { objects, numbers, ids, problems, .. } = work;
        let plate = Self {
            prefix: Arc::new(Prefix::of(objects.bytes)),
            offsets: objects.offsets,
            settings: settings.clone(),
            template,
            library,
            numbers,
            ids,
            chains,
            subsets,
            font_resources,
            fixed,
            deflaters: Mutex::default(),
            seal,
        };
        (plate, problems)
    }

    /// The bytes that every document begins with.
    #[must_use]
    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }
}

fn chains(template: &Template, library: &FontLibrary, problems: &mut Vec<TemplateProblem>) -> Vec<Chain> {
    let mut out = Vec::new();
    for role in &template.roles {
        let mut find = |file: &str| {
            let id = library.find(file);
            if id.is_none() {
                let hint = hint(nearest(file, library.files()));
                let files: Vec<&str> = library.files().collect();
                let what = format!("没有字体 {file} / there is no font {file}{hint}；有 / there are: {}", files.join(", "));
                problems.push(TemplateProblem { file: DESCRIPTION.to_owned(), line: Some(role.line), what });
            }
            id
        };
        let latin = role.latin.as_deref().and_then(&mut find);
        // Each role has its chain, so that the texts after a missing font are looked at as well.
        if let Some(own) = find(&role.face).or_else(|| library.stand_in()) {
            out.push(library.chain(own, latin));
        }
    }
    out
}

/// A plate under construction.
struct Work<'a> {
    template: &'a Template,
    library: &'a FontLibrary,
    settings: &'a PlateSettings,
    objects: Objects,
    numbers: Numbers,
    ids: Ids,
    deflater: Deflater,
    problems: Vec<TemplateProblem>,
}

impl<'a> Work<'a> {
    fn begin(template: &'a Template, library: &'a FontLibrary, settings: &'a PlateSettings) -> Self {
        let mut numbers = Numbers::from(1);
        let ids = Ids::take(&mut numbers);
        // The second line's bytes above 127 tell transfer programs that the file is binary.
        let objects = Objects::after(0, b"%PDF-2.0\n%\xE5\x8D\xB0\xE4\xBF\xA1\n".to_vec());
        Self { template, library, settings, objects, numbers, ids, deflater: Deflater::best(), problems: Vec::new() }
    }

    /// What the template can print by itself, face by face.
    fn subsets(&mut self, chains: &[Chain]) -> Vec<Subset> {
        let issuer = (self.settings.issuer.name.as_str(), self.settings.issuer.name_en.as_str());
        let mut subsets: Vec<Subset> = Vec::new();
        for text in &self.template.texts {
            let Some(chain) = chains.get(text.role) else { continue };
            let mut alphabet: Vec<char> = text.wording.alphabet(self.template.kind, issuer).chars().collect();
            alphabet.sort_unstable();
            alphabet.dedup();
            for character in alphabet {
                match self.library.glyph(chain, character) {
                    Some(glyph) => add(&mut subsets, &glyph),
                    None => self.problems.push(TemplateProblem {
                        file: DESCRIPTION.to_owned(),
                        line: Some(text.line),
                        what: format!("“{}”中的“{character}”没有字形 / no font has “{character}” of “{}”", text.id, text.id),
                    }),
                }
            }
        }
        subsets
    }

    /// The content below a document's own: artwork, and the texts that never change.
    fn fixed_texts(&mut self, chains: &[Chain], subsets: &[Subset]) -> BTreeMap<usize, Ref> {
        self.artwork();
        let mut content = b"/Artifact BMC q /Art Do Q EMC\n".to_vec();
        let mut fixed = BTreeMap::new();
        for (index, text) in self.template.texts.iter().enumerate().filter(|(_, t)| t.wording.is_fixed()) {
            let Some(chain) = chains.get(text.role) else { continue };
            let mut placed = match typeset::set(self.library, chain, (index, text), text.wording.fixed_text()) {
                // A stack moves even a text that never changes: the press prints it.
                Ok(_) if !text.is_fixed() => continue,
                Ok(placed) => placed,
                // A missing glyph was reported with the alphabet.
                Err(Misfit::Missing(_)) => continue,
                Err(Misfit::TooLong) => {
                    let what = format!(
                        "“{}”放不下，请加大 box、减小 size 的最小值或增加 lines / “{}” does not fit: a larger box, a smaller size or more lines",
                        text.id, text.id
                    );
                    self.problems.push(TemplateProblem { file: DESCRIPTION.to_owned(), line: Some(text.line), what });
                    continue;
                }
            };
            placed.settle(text, self.template.page[1]);
            let colour = match text.paint {
                Paint::Fixed(colour) => colour,
                Paint::Accent => Colour([0, 0, 0]),
            };
            let mcid = fixed.len();
            typeset::write(&mut content, &placed, text, mcid, colour, |glyph| {
                let found = subsets.iter().enumerate().find_map(|(n, s)| Some((n, s.code(glyph).filter(|_| s.face == glyph.face)?)));
                found.map_or(('F', 0, 0), |(n, code)| ('F', n, code))
            });
            let id = self.numbers.take();
            self.ids.tree.text(&mut self.objects, id, role(text.tag), mcid, text.language.as_deref());
            fixed.insert(index, id);
        }
        let data = self.deflater.deflate(&content);
        self.objects.stream(self.ids.below, "/Filter/FlateDecode", &data);
        fixed
    }

    fn artwork(&mut self) {
        let mut content = Vec::new();
        let mut states = std::collections::BTreeSet::new();
        let (mut shapes, mut count) = (String::new(), 0);
        for Artwork { content: part, opacities, shapes: shared } in &self.template.artwork {
            content.extend_from_slice(part);
            states.extend(opacities.iter().copied());
            for shape in shared {
                let id = self.numbers.take();
                self.form(id, shape.bounds, "", &shape.content);
                shapes.push_str(&format!("/S{count} {} 0 R", id.get()));
                count += 1;
            }
        }
        let mut resources = String::new();
        for (fill, stroke) in states {
            let (ca, ca_stroke) = (f32::from(fill) / 1000.0, f32::from(stroke) / 1000.0);
            resources.push_str(&format!("/G{fill}x{stroke}<</ca {ca}/CA {ca_stroke}>>"));
        }
        let [width, height] = self.template.page;
        self.form(self.ids.artwork, [0.0, 0.0, width, height], &format!("/ExtGState<<{resources}>>/XObject<<{shapes}>>"), &content);
    }

    /// A form XObject: left, bottom, right and top of its box.
    fn form(&mut self, id: Ref, [left, bottom, right, top]: [f32; 4], resources: &str, content: &[u8]) {
        let entries = format!("/Type/XObject/Subtype/Form/BBox[{left} {bottom} {right} {top}]/Resources<<{resources}>>/Filter/FlateDecode");
        let data = self.deflater.deflate(content);
        self.objects.stream(id, &entries, &data);
    }

    /// The seal, which lies above everything else.
    fn seal(&mut self, chains: &[Chain]) -> Option<(Ref, usize)> {
        let Some(Seal { area, colour, role, line }) = &self.template.seal else {
            self.objects.stream(self.ids.above, "", b"");
            self.form(self.ids.seal, [0.0, 0.0, 1.0, 1.0], "", b"");
            return None;
        };
        let chain = chains.get(*role)?;
        match self.seal_drawing(chain, *colour, line) {
            Ok(SealPicture { states, pictures, content }) => {
                let resources = format!("/ExtGState<</M<</BM/Multiply/ca 0.86/CA 0.86>>{states}>>/XObject<<{pictures}>>");
                self.form(self.ids.seal, [0.0, 0.0, 100.0, 100.0], &resources, &content);
            }
            Err(problems) => self.problems.extend(problems),
        }
        let mcid = self.template.texts.iter().filter(|t| t.is_fixed()).count();
        let bbox = area.to_pdf(self.template.page[1]);
        let scale = area.width / 100.0;
        let mut content = Vec::new();
        put(&mut content, format_args!("/Figure<</MCID {mcid}>>BDC q {scale} 0 0 {scale} {} {} cm /Seal Do Q EMC\n", bbox[0], bbox[1]));
        self.objects.stream(self.ids.above, "", &content);
        let id = self.numbers.take();
        let alt = format!("{}的印章", self.settings.issuer.name);
        self.ids.tree.figure(&mut self.objects, id, mcid, &alt, bbox);
        Some((id, mcid))
    }

    /// The issuer's own seal, or one drawn from its name.
    fn seal_drawing(&mut self, chain: &Chain, colour: Colour, line: &str) -> Result<SealPicture, Vec<TemplateProblem>> {
        if let Some(file) = &self.settings.seal {
            return SealPicture::read(file, &mut self.numbers, &mut self.objects, &mut self.deflater);
        }
        match seal_mark::draw(self.library, chain, (&self.settings.issuer.name, line), colour) {
            Ok(content) => Ok(SealPicture { states: String::new(), pictures: String::new(), content }),
            Err(character) => {
                let what = format!("印章中的“{character}”没有字形 / no font has “{character}” of the seal");
                Err(vec![TemplateProblem { file: DESCRIPTION.to_owned(), line: None, what }])
            }
        }
    }

    fn fonts(&mut self, subsets: &[Subset]) -> String {
        let mut resources = String::new();
        for (index, subset) in subsets.iter().enumerate() {
            match subset.write(self.library, b'P', &mut self.numbers, &mut self.objects, &mut self.deflater) {
                Ok(font) => resources.push_str(&format!("/F{index} {} 0 R", font.get())),
                Err(error) => {
                    self.problems.push(TemplateProblem { file: DESCRIPTION.to_owned(), line: None, what: error.to_string() });
                }
            }
        }
        resources
    }

    /// The field that names its signer, to readers and in the structure. It shows nothing: the seal lies there.
    fn signature_field(&mut self) {
        let (ids, area) = (self.ids, self.template.signature);
        self.form(ids.appearance, [0.0, 0.0, area.width, area.height], "", b"");
        let [a, b, c, d] = area.to_pdf(self.template.page[1]).map(round);
        let Issuer { name, name_en, .. } = &self.settings.issuer;
        let english = if name_en.is_empty() { String::new() } else { format!(" / Digital signature of {name_en}") };
        let called = format!("{name}的数字签名{english}");
        let text = text_string(&called);
        let widget = format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T(Signature)/TU{text}/F 132/Rect[{a} {b} {c} {d}]/P {} 0 R/V {} 0 R/StructParent 1\
/Contents{text}/AP<</N {} 0 R>>>>",
            ids.page.get(),
            ids.signature.get(),
            ids.appearance.get(),
        );
        self.objects.raw(ids.widget, widget.as_bytes());
        ids.tree.form(&mut self.objects, ids.form, ids.widget, &called);
    }

    /// What the file inside the document is called.
    fn attachment(&mut self) {
        let (name, file) = (certificate_json::NAME, self.ids.attached.get());
        let about = text_string("本证书所载事实及其证明 / What this certificate states, with its proof");
        let spec = format!("<</Type/Filespec/F({name})/UF({name})/AFRelationship/Data/Desc{about}/EF<</F {file} 0 R/UF {file} 0 R>>>>");
        self.objects.raw(self.ids.attachment, spec.as_bytes());
    }

    fn catalogue(&mut self) {
        let profile = self.numbers.take();
        let data = self.deflater.deflate(&colour_profile::srgb());
        self.objects.stream(profile, "/N 3/Filter/FlateDecode", &data);
        let ids = self.ids;
        let extension = match self.settings.algorithm {
            SignatureAlgorithm::EcdsaP256 => "",
            SignatureAlgorithm::Ed25519 => {
                "/Extensions<</ISO_[<</Type/DeveloperExtensions/BaseVersion/2.0/ExtensionLevel 32002\
/ExtensionRevision(:2022)/URL(https://www.iso.org/standard/45875.html)>>]>>"
            }
        };
        let [page, attachment] = [ids.page.get(), ids.attachment.get()];
        let name = certificate_json::NAME;
        let catalogue = format!(
            "<</Type/Catalog/Version/2.0/Pages {} 0 R/Metadata {} 0 R/Lang(zh-CN)/MarkInfo<</Marked true>>/StructTreeRoot {} 0 R\
/ViewerPreferences<</DisplayDocTitle true>>/AcroForm<</Fields[{} 0 R]/SigFlags 3>>/AF[{attachment} 0 R]\
/Names<</EmbeddedFiles<</Names[({name}){attachment} 0 R]>>>>\
/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB)/DestOutputProfile {} 0 R>>]{extension}>>",
            ids.pages.get(),
            ids.metadata.get(),
            ids.structure.get(),
            ids.widget.get(),
            profile.get(),
        );
        self.objects.raw(ids.catalog, catalogue.as_bytes());
        self.objects.raw(ids.pages, format!("<</Type/Pages/Count 1/Kids[{page} 0 R]>>").as_bytes());
        self.objects.raw(ids.tree.namespace, NAMESPACE.as_bytes());
        let structure = format!(
            "<</Type/StructTreeRoot/K[{} 0 R]/ParentTree {} 0 R/ParentTreeNextKey 2/Namespaces[{} 0 R]>>",
            ids.tree.document.get(),
            ids.parents.get(),
            ids.tree.namespace.get()
        );
        self.objects.raw(ids.structure, structure.as_bytes());
    }
}

fn add(subsets: &mut Vec<Subset>, glyph: &Glyph) {
    let index = subsets.iter().position(|s| s.face == glyph.face).unwrap_or_else(|| {
        subsets.push(Subset::of(glyph.face));
        subsets.len() - 1
    });
    if let Some(subset) = subsets.get_mut(index) {
        subset.add(glyph);
    }
}

/// The structure type of a text.
pub(super) fn role(tag: Tag) -> &'static str {
    match tag {
        Tag::Heading => "H1",
        Tag::Paragraph => "P",
    }
}

/// The name that the signature dictionary states.
pub(super) fn signer_name(issuer: &Issuer) -> String {
    text_string(&issuer.name)
}
