//! The form of a case as a browser sends it: texts and pictures in one.

use axum::extract::{FromRequest, Request, multipart::Multipart};

use crate::domain::proofing::{CaseKind, Field, Slot, Typed};
use crate::service::proofing::MAX_PICTURE_BYTES;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::objections::{broken, bytes};

/// A text field, in bytes.
const MAX_TEXT: usize = 16 * 1_024;

/// What the name of a tick begins with by which a picture is handed on.
const REUSE: &str = "reuse-";

/// What was sent.
#[derive(Default)]
pub struct SentForm {
    pub token: String,
    /// Whether the form is to be sent in, not only kept.
    pub submit: bool,
    /// The fields that were sent.
    pub fields: Vec<(Field, String)>,
    /// The pictures that were chosen; none where one is larger than any may be.
    pub pictures: Vec<(Slot, Option<Vec<u8>>)>,
    /// Pictures of the real-name verification that its owner agrees to hand to the centre.
    pub reused: Vec<Slot>,
}

impl SentForm {
    /// Reads every part. The names that files had are not looked at.
    pub async fn read(request: Request, kind: CaseKind) -> Result<Self, Failure> {
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| Failure::page(ProblemKind::BadRequest))?;
        let mut sent = Self::default();
        while let Some(part) = form.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            if let Some(slot) = Slot::from_code(&name).filter(|slot| kind.slots().contains(slot)) {
                let picture = bytes(part, MAX_PICTURE_BYTES).await?;
                let again = sent.pictures.iter().any(|(other, _)| *other == slot);
                if !again && picture.as_ref().is_none_or(|bytes| !bytes.is_empty()) {
                    sent.pictures.push((slot, picture));
                }
                continue;
            }
            let text = bytes(part, MAX_TEXT).await?.ok_or_else(|| Failure::page(ProblemKind::TooLarge))?;
            let text = String::from_utf8(text).map_err(|_| Failure::page(ProblemKind::BadRequest))?;
            match name.as_str() {
                "token" => sent.token = text,
                "do" => sent.submit = text == "submit",
                name if name.starts_with(REUSE) => {
                    sent.reused.extend(name.strip_prefix(REUSE).and_then(Slot::from_code).filter(|_| kind == CaseKind::Centre));
                }
                _ => sent.fields.extend(Field::from_code(&name).filter(|field| kind.fields().contains(field)).map(|field| (field, text))),
            }
        }
        Ok(sent)
    }

    /// What was typed, over what was there before.
    pub fn typed(&self, before: Typed) -> Typed {
        let mut typed = before;
        self.fields.iter().for_each(|(field, text)| typed.set(*field, text));
        typed
    }
}
