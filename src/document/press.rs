//! The press: what differs from certificate to certificate, written behind the plate in one pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use pdf_writer::Ref;

use super::checks::Evidence;
use super::embed::Subset;
use super::fonts::Glyph;
use super::layout::Misfit;
use super::objects::{Deflater, Numbers, Objects};
use super::plate::{Plate, role, signer_name};
use super::portrait;
use super::qr::{QUIET, QrText, Symbol};
use super::stack::close_up;
use super::tags::list;
use super::template::{Area, Paint};
use super::typeset::{self, Placed, put, round};
use super::xmp::{self, Metadata};
use crate::domain::award::CertificateKind;
use crate::domain::certificate_json::{self, ProofKeyId};
use crate::domain::claims::Claims;
use crate::domain::digest::Digest;
use crate::domain::time::Instant;

pub use super::checks::{CheckError, Checked, Draft, SlotError};
pub use super::face_problem::FaceProblem;

/// What a certificate is printed from.
#[derive(Debug, Clone, Copy)]
pub struct Face<'a> {
    /// The facts.
    pub claims: &'a Claims,
    /// The QR code's text.
    pub qr: &'a QrText,
    /// The whole proof, for the file.
    pub proof: &'a str,
    /// The key that both are by.
    pub proof_key: ProofKeyId,
    /// The signing time that the document names.
    pub signed_at: Instant,
    /// The portrait as it is stored.
    pub portrait: Option<&'a [u8]>,
}

impl Plate {
    /// Whether a certificate with these facts can be printed; asked before any number is reserved.
    ///
    /// # Errors
    /// Every [`FaceProblem`].
    pub fn preflight(&self, claims: &Claims) -> Result<(), Vec<FaceProblem>> {
        self.place_all(claims).map(|_| ())
    }

    /// Prints a certificate: all its bytes but the signature.
    ///
    /// # Errors
    /// Every [`FaceProblem`].
    pub fn press(&self, face: &Face<'_>) -> Result<Draft, Vec<FaceProblem>> {
        let placed = self.place_all(face.claims)?;
        Run::of(self, face).map_err(|p| vec![p])?.finish(placed).map_err(|p| vec![p])
    }

    /// Every text that varies, laid out.
    pub(super) fn place_all(&self, claims: &Claims) -> Result<Vec<Placed>, Vec<FaceProblem>> {
        let template = &self.template;
        if claims.kind() != template.kind {
            return Err(vec![FaceProblem::WrongKind { template: kind(template.kind), claims: kind(claims.kind()) }]);
        }
        let mut problems = Vec::new();
        if claims.issuer.id != self.settings.issuer.id {
            problems.push(FaceProblem::WrongIssuer(claims.issuer.name.clone()));
        }
        if template.portrait.is_some() && claims.portrait.is_none() {
            problems.push(FaceProblem::MissingPortrait);
        }
        let mut out = Vec::with_capacity(template.texts.len());
        for (index, text) in template.texts.iter().enumerate().filter(|(_, t)| !t.is_fixed()) {
            let (Some(composed), Some(chain)) = (text.wording.compose(claims), self.chains.get(text.role)) else { continue };
            let wording = composed.text.clone();
            match typeset::set(&self.library, chain, (index, text), composed) {
                Ok(placed) => out.push(placed),
                Err(Misfit::Missing(character)) => {
                    problems.push(FaceProblem::MissingGlyph { item: text.id.clone(), text: wording, character });
                }
                Err(Misfit::TooLong) => problems.push(FaceProblem::Overflow { item: text.id.clone(), text: wording }),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        close_up(template, &mut out);
        for placed in &mut out {
            if let Some(text) = template.texts.get(placed.text) {
                placed.settle(text, template.page[1]);
            }
        }
        Ok(out)
    }
}

fn kind(kind: CertificateKind) -> &'static str {
    kind.zh()
}

/// One document under the press.
struct Run<'a> {
    plate: &'a Plate,
    face: &'a Face<'a>,
    claims: Vec<u8>,
    /// The whole text of the QR code.
    qr: String,
    symbol: Symbol,
    objects: Objects,
    numbers: Numbers,
    /// Given back to the plate at the end.
    deflater: Deflater,
    /// Structure elements in reading order of the marked contents, and by place in the template.
    parents: Vec<Ref>,
    texts: BTreeMap<usize, Ref>,
    figures: Vec<Ref>,
    content: Vec<u8>,
}

impl<'a> Run<'a> {
    fn of(plate: &'a Plate, face: &'a Face<'a>) -> Result<Self, FaceProblem> {
        let mut parents: Vec<Ref> = plate.fixed.values().copied().collect();
        parents.extend(plate.seal.map(|(id, _)| id));
        Ok(Self {
            plate,
            face,
            claims: face.claims.to_bytes(),
            qr: face.qr.whole(),
            symbol: Symbol::encode(face.qr)?,
            objects: Objects::after(plate.prefix.bytes().len(), Vec::with_capacity(48 * 1024)),
            numbers: plate.numbers,
            deflater: plate.deflaters.lock().ok().and_then(|mut d| d.pop()).unwrap_or_else(Deflater::fast),
            parents,
            texts: plate.fixed.clone(),
            figures: Vec::new(),
            content: Vec::with_capacity(12 * 1024),
        })
    }

    fn finish(mut self, placed: Vec<Placed>) -> Result<Draft, FaceProblem> {
        let (fonts, shown) = self.write_texts(&placed)?;
        self.write_qr();
        let portrait = self.write_portrait()?;
        let content = self.deflater.deflate(&self.content);
        self.objects.stream(self.plate.ids.content, "/Filter/FlateDecode", &content);
        self.write_page(&fonts, portrait);
        self.write_structure();
        self.write_data();
        let slot = self.write_signature();
        let digest = Digest::of(&self.claims);
        let tail = self.finish_file(&digest, &slot);
        if let Ok(mut deflaters) = self.plate.deflaters.lock() {
            deflaters.push(self.deflater);
        }
        let evidence = Evidence { shown, symbol: self.symbol, qr: self.qr, placed };
        Ok(Draft::new(Arc::clone(&self.plate.prefix), tail, slot, evidence, Arc::clone(&self.plate.template)))
    }

    /// The texts, and the subsets of what the plate lacks; answers the page's fonts and the number of glyphs shown.
    fn write_texts(&mut self, placed: &[Placed]) -> Result<(String, usize), FaceProblem> {
        let plate = self.plate;
        let mut extra: Vec<Subset> = Vec::new();
        let mut shown = 0;
        for one in placed {
            let Some(text) = plate.template.texts.get(one.text) else { continue };
            let mcid = self.parents.len();
            let colour = match text.paint {
                Paint::Fixed(colour) => colour,
                Paint::Accent => plate.template.accent(self.face.claims),
            };
            shown += typeset::write(&mut self.content, one, text, mcid, colour, |glyph| code(&plate.subsets, &mut extra, glyph));
            let id = self.numbers.take();
            plate.ids.tree.text(&mut self.objects, id, role(text.tag), mcid, text.language.as_deref());
            self.parents.push(id);
            self.texts.insert(one.text, id);
        }
        let mut fonts = plate.font_resources.clone();
        for (index, subset) in extra.iter().enumerate() {
            let font = subset.write(&plate.library, b'V', &mut self.numbers, &mut self.objects, &mut self.deflater)?;
            fonts.push_str(&format!("/X{index} {} 0 R", font.get()));
        }
        Ok((fonts, shown))
    }

    /// The picture as it is stored: it was decoded, checked and encoded anew when it came in.
    fn write_portrait(&mut self) -> Result<Option<Ref>, FaceProblem> {
        let Some(area) = self.plate.template.portrait else { return Ok(None) };
        let (Some(jpeg), Some(digest)) = (self.face.portrait, &self.face.claims.portrait) else {
            return Err(FaceProblem::MissingPortrait);
        };
        if Digest::of(jpeg) != *digest {
            return Err(FaceProblem::WrongPortrait);
        }
        let shape = portrait::measure(jpeg).ok_or(FaceProblem::WrongPortrait)?;
        let id = self.numbers.take();
        let space = if shape.grey { "DeviceGray" } else { "DeviceRGB" };
        let entries = format!(
            "/Type/XObject/Subtype/Image/Width {}/Height {}/ColorSpace/{space}/BitsPerComponent 8/Filter/DCTDecode",
            shape.width, shape.height
        );
        self.objects.stream(id, &entries, jpeg);
        let (width, height) = (f32::from(shape.width), f32::from(shape.height));
        let scale = (area.width / width).min(area.height / height);
        let fitted = Area {
            x: area.x + (area.width - width * scale) / 2.0,
            y: area.y + (area.height - height * scale) / 2.0,
            width: width * scale,
            height: height * scale,
        };
        let bbox = fitted.to_pdf(self.plate.template.page[1]);
        let mcid = self.parents.len();
        let [x, y, w, h] = [bbox[0], bbox[1], fitted.width, fitted.height].map(round);
        put(&mut self.content, format_args!("/Figure<</MCID {mcid}>>BDC q {w} 0 0 {h} {x} {y} cm /Photo Do Q EMC\n"));
        self.figure(mcid, &format!("持证人{}的照片", self.face.claims.holder), bbox);
        Ok(Some(id))
    }

    /// The code on white ground. Its modules' edges fall on multiples of the module from the page's top left corner, so that a
    /// picture of the page at 100, 150 or 300 dpi has whole pixels for each.
    fn write_qr(&mut self) {
        let (area, page) = (self.plate.template.qr, self.plate.template.page);
        let count = |modules: usize| u16::try_from(modules).map_or(f32::MAX, f32::from);
        let modules = count(self.symbol.size() + 2 * QUIET);
        let module = MODULE.min(area.width.min(area.height) / modules).min(LARGEST_CODE / count(self.symbol.size()));
        let side = modules * module;
        let snap = |start: f32, room: f32| {
            let middle = start + (room - side) / 2.0;
            if module < MODULE {
                return middle;
            }
            let on_grid = (middle / module).round() * module;
            if on_grid < start - 0.001 || on_grid + side > start + room + 0.001 { (start / module).ceil() * module } else { on_grid }
        };
        let (x, y) = (snap(area.x, area.width), snap(area.y, area.height));
        let bbox = Area { x, y, width: side, height: side }.to_pdf(page[1]);
        let quiet = module * u16::try_from(QUIET).map_or(0.0, f32::from);
        let mcid = self.parents.len();
        put(
            &mut self.content,
            format_args!(
                "/Figure<</MCID {mcid}>>BDC q 1 1 1 rg {x:.3} {:.3} {side:.3} {side:.3} re f {module:.4} 0 0 -{module:.4} {:.3} {:.3} cm\n",
                bbox[1],
                x + quiet - module,
                page[1] - y - quiet + module
            ),
        );
        self.symbol.paint(&mut self.content);
        self.content.extend_from_slice(b"Q EMC\n");
        let Claims { verify_at, number, .. } = self.face.claims;
        self.figure(mcid, &format!("二维码，扫描后可在 {verify_at} 核对证书 {number}"), bbox);
    }

    fn figure(&mut self, mcid: usize, alt: &str, bbox: [f32; 4]) {
        let id = self.numbers.take();
        self.plate.ids.tree.figure(&mut self.objects, id, mcid, alt, bbox);
        self.parents.push(id);
        self.figures.push(id);
    }

    fn write_page(&mut self, fonts: &str, portrait: Option<Ref>) {
        let ids = self.plate.ids;
        let photo = portrait.map(|p| format!("/Photo {} 0 R", p.get())).unwrap_or_default();
        let [width, height] = self.plate.template.page;
        let page = format!(
            "<</Type/Page/Parent {} 0 R/MediaBox[0 0 {width} {height}]/Contents[{}]/StructParents 0/Tabs/S/Annots[{} 0 R]\
/Resources<</XObject<</Art {} 0 R/Seal {} 0 R{photo}>>/Font<<{fonts}>>>>>>",
            ids.pages.get(),
            list(&[ids.below, ids.content, ids.above]),
            ids.widget.get(),
            ids.artwork.get(),
            ids.seal.get(),
        );
        self.objects.raw(ids.page, page.as_bytes());
    }

    fn write_structure(&mut self) {
        let ids = self.plate.ids;
        let mut children: Vec<Ref> = self.texts.values().copied().collect();
        children.extend(&self.figures);
        children.extend(self.plate.seal.map(|(id, _)| id));
        children.push(ids.form);
        ids.tree.root(&mut self.objects, ids.structure, &children);
        let parents = format!("<</Nums[0[{}]1 {} 0 R]>>", list(&self.parents), ids.form.get());
        self.objects.raw(ids.parents, parents.as_bytes());
    }

    /// Metadata, and the facts with their proof as an attachment: whoever has the file has them in a form for programs.
    fn write_data(&mut self) {
        let ids = self.plate.ids;
        let claims = self.face.claims;
        let title = self.plate.template.title_of(claims);
        let metadata = Metadata { title: &title, issuer: &claims.issuer.name, number: claims.number.as_str(), made: self.face.signed_at };
        let xmp = xmp::packet(&metadata);
        self.objects.stream(ids.metadata, "/Type/Metadata/Subtype/XML", xmp.as_bytes());
        let json = certificate_json::write(claims, &self.claims, self.face.proof, self.face.proof_key);
        let entries = format!(
            "/Type/EmbeddedFile/Subtype/application#2Fjson/Params<</ModDate{}/Size {}>>",
            pdf_date(self.face.signed_at),
            json.len()
        );
        self.objects.stream(ids.attached, &entries, &json);
    }

    /// The signature's dictionary; answers where `<…>` stands in the file.
    fn write_signature(&mut self) -> std::ops::Range<usize> {
        let ids = self.plate.ids;
        self.objects.begin(ids.signature);
        let head = format!(
            "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M{}/Name{}/ByteRange[{:BYTE_RANGE$}]/Contents",
            pdf_date(self.face.signed_at),
            signer_name(&self.plate.settings.issuer),
            ""
        );
        self.objects.bytes.extend_from_slice(head.as_bytes());
        let start = self.objects.position();
        self.objects.bytes.push(b'<');
        self.objects.bytes.resize(self.objects.bytes.len() + 2 * self.plate.settings.signature_bytes, b'0');
        self.objects.bytes.push(b'>');
        let end = self.objects.position();
        self.objects.bytes.extend_from_slice(b">>");
        self.objects.end();
        start..end
    }

    /// The cross-reference table and the trailer; then the byte range, which only now is known.
    fn finish_file(&mut self, digest: &Digest, slot: &std::ops::Range<usize>) -> Vec<u8> {
        let base = self.plate.prefix.bytes().len();
        let size = self.numbers.next();
        let mut table = vec![0usize; usize::try_from(size).unwrap_or(0)];
        for (id, offset) in self.plate.offsets.iter().chain(&self.objects.offsets) {
            if let Some(entry) = usize::try_from(*id).ok().and_then(|i| table.get_mut(i)) {
                *entry = *offset;
            }
        }
        let start = self.objects.position();
        let mut tail = std::mem::take(&mut self.objects.bytes);
        put(&mut tail, format_args!("xref\n0 {size}\n0000000000 65535 f\r\n"));
        for offset in &table[1..] {
            put(&mut tail, format_args!("{offset:010} 00000 n\r\n"));
        }
        let id: String = digest.to_string().chars().take(32).collect();
        let root = self.plate.ids.catalog.get();
        put(&mut tail, format_args!("trailer\n<</Size {size}/Root {root} 0 R/ID[<{id}><{id}>]>>\nstartxref\n{start}\n%%EOF\n"));
        let range = format!("0 {} {} {}", slot.start, slot.end, base + tail.len() - slot.end);
        let at = slot.start - base - "]/Contents".len() - BYTE_RANGE;
        tail[at..at + range.len()].copy_from_slice(range.as_bytes());
        tail
    }
}

/// The code of a glyph: in the plate's subset if it is there, in a document's own otherwise.
fn code(subsets: &[Subset], extra: &mut Vec<Subset>, glyph: &Glyph) -> typeset::Coded {
    if let Some((index, code)) = subsets.iter().enumerate().find_map(|(i, s)| Some((i, s.code(glyph).filter(|_| s.face == glyph.face)?))) {
        return ('F', index, code);
    }
    let index = extra.iter().position(|s| s.face == glyph.face).unwrap_or_else(|| {
        extra.push(Subset::of(glyph.face));
        extra.len() - 1
    });
    ('X', index, extra.get_mut(index).map_or(0, |s| s.add(glyph)))
}

/// A module of 1/50 inch in points: 2, 3 and 6 pixels at 100, 150 and 300 dpi.
const MODULE: f32 = 1.44;
/// The side of the largest code, without its light border: 26 mm in points. What needs more modules than 51 gets smaller ones.
const LARGEST_CODE: f32 = 26.0 / 25.4 * 72.0;
/// Room for `0 a b c` with three numbers of up to ten digits.
const BYTE_RANGE: usize = 34;

/// `(D:20240105093000+08'00')`
fn pdf_date(at: Instant) -> String {
    at.beijing().strftime("(D:%Y%m%d%H%M%S+08'00')").to_string()
}
