//! A PDF as it shows itself: the first page's text, its picture with the codes in it, and the file of facts that is embedded.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hayro::hayro_interpret::{Context, InterpreterCache, TransformExt, interpret_page};
use hayro::hayro_syntax::object::{Dict, Object, Stream, String as PdfString};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::kurbo::Rect;
use image::{GrayImage, RgbImage};

use crate::document::preview;
use crate::domain::certificate_json::NAME;

use super::code::{self, Effort};
use super::text::Notes;
use super::{Seen, Trouble, photo};

/// Pixels a point: 150 dpi, three pixels for each module of a certificate's code.
const SCALE: f32 = 150.0 / 72.0;
/// The longest file of facts that is read, in bytes.
const MAX_FACTS: usize = 64 * 1024;
/// Objects that are searched for the file of facts.
const MAX_OBJECTS: usize = 20_000;

/// Looks at a PDF.
pub(super) fn look(bytes: &[u8], seen: &mut Seen, tell: &mut dyn FnMut(&Seen)) {
    let pdf = match Pdf::new(Arc::new(bytes.to_vec())) {
        Ok(pdf) => pdf,
        Err(error) => {
            seen.trouble = Some(match error {
                LoadPdfError::Decryption(_) => Trouble::Encrypted,
                LoadPdfError::Invalid => Trouble::Unreadable,
            });
            return;
        }
    };
    seen.pages = pdf.pages().len();
    let Some(page) = pdf.pages().first() else {
        seen.trouble = Some(Trouble::Unreadable);
        return;
    };
    read_text(page, seen);
    tell(seen);
    seen.facts = facts(&pdf);
    tell(seen);
    match preview::paint(page, SCALE) {
        Ok((pixels, _)) => {
            let (width, height) = (u32::from(pixels.width()), u32::from(pixels.height()));
            let samples = pixels.data_as_u8_slice().as_chunks::<4>().0;
            if let Some(grey) = GrayImage::from_raw(width, height, samples.iter().map(preview::luma).collect()) {
                // What is left to do is to find a code: it takes its time, and the file is no more complex for it.
                seen.complete = true;
                tell(seen);
                seen.codes = code::find(&grey, if seen.images { Effort::Some } else { Effort::Little });
                tell(seen);
            }
            let rgb = samples.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
            seen.picture = RgbImage::from_raw(width, height, rgb).and_then(|picture| photo::small(&picture));
        }
        Err(_) => seen.trouble = Some(Trouble::TooLarge),
    }
}

fn read_text(page: &Page<'_>, seen: &mut Seen) {
    let (width, height) = page.render_dimensions();
    let mut notes = Notes::new(width, height);
    let cache = InterpreterCache::new();
    let lacks = Arc::new(AtomicBool::new(false));
    let bounds = Rect::new(0.0, 0.0, width.into(), height.into());
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, bounds, &cache, page.xref(), preview::interpreter(&lacks));
    interpret_page(page, &mut context, &mut notes);
    seen.lines = notes.lines();
    seen.flow = notes.flow();
    seen.more_text = notes.more;
    seen.images = notes.images;
}

/// The embedded file of facts, wherever the document hangs it.
fn facts(pdf: &Pdf) -> Option<String> {
    pdf.objects().into_iter().take(MAX_OBJECTS).find_map(|object| {
        let Object::Dict(specification) = object else { return None };
        let named =
            ["F", "UF"].iter().filter_map(|key| specification.get::<PdfString<'_>>(key)).any(|name| name.as_bytes() == NAME.as_bytes());
        let streams: Dict<'_> = specification.get("EF").filter(|_| named)?;
        let stream: Stream<'_> = streams.get("F")?;
        let data = stream.decoded_data().ok().filter(|data| data.len() <= MAX_FACTS)?;
        std::str::from_utf8(&data).ok().map(str::to_owned)
    })
}
