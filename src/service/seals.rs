//! Pictures of the issuers' seals, by which a reader recognises an answer. They are made once in a process, by the template of the
//! issuer's first contest or programme: every process has the same under the same name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::config::Config;
use crate::document::fonts::FontLibrary;
use crate::document::seal_svg;
use crate::document::template::Template;
use crate::domain::digest::Digest;
use crate::domain::issuer::{Issuer, Slug};
use crate::domain::programme::Programme;

use super::{Service, library};

/// The largest picture that a page waits for, in bytes; a seal that may be printed on certificates is far smaller.
const MOST_BYTES: usize = 300_000;

/// The picture of one seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealImage {
    /// A file name with the digest of the content in it.
    pub name: String,
    /// `image/svg+xml` or `image/png`.
    pub content_type: &'static str,
    /// The picture.
    pub bytes: Vec<u8>,
}

/// The pictures of this process, one to an issuer.
#[derive(Debug, Default)]
pub struct Seals(BTreeMap<Slug, OnceCell<Option<SealImage>>>);

/// No contest or programme is known yet by whose template the seal could be drawn.
struct NotYet;

impl Seals {
    /// Pictures that are still to be made.
    #[must_use]
    pub fn of(issuers: &[Issuer]) -> Self {
        Self(issuers.iter().map(|issuer| (issuer.id.clone(), OnceCell::new())).collect())
    }
}

impl Service {
    /// The picture of an issuer's seal. An issuer whose seal cannot be drawn has none: an answer does not fail for want of a picture.
    pub async fn seal(&self, issuer: &str) -> Option<&SealImage> {
        let issuer: Slug = issuer.parse().ok()?;
        let (id, cell) = self.seals.0.get_key_value(&issuer)?;
        self.made_seal(id, cell).await
    }

    /// The picture with a file name.
    pub async fn seal_named(&self, name: &str) -> Option<&SealImage> {
        for (id, cell) in &self.seals.0 {
            if let Some(seal) = self.made_seal(id, cell).await.filter(|seal| seal.name == name) {
                return Some(seal);
            }
        }
        None
    }

    async fn made_seal<'a>(&self, id: &Slug, cell: &'a OnceCell<Option<SealImage>>) -> Option<&'a SealImage> {
        let make = || async {
            let issuer = self.config.issuers.iter().find(|issuer| issuer.id == *id).cloned().ok_or(NotYet)?;
            let programmes: Vec<Programme> = self.known_programmes().iter().filter(|p| p.issuer == *id).cloned().collect();
            if programmes.is_empty() && !self.config.seals.contains_key(id) {
                return Err(NotYet);
            }
            let config = self.config.clone();
            Ok(tokio::task::spawn_blocking(move || picture(&config, &issuer, &programmes)).await.unwrap_or_default())
        };
        cell.get_or_try_init(make).await.ok()?.as_ref()
    }
}

fn picture(config: &Config, issuer: &Issuer, programmes: &[Programme]) -> Option<SealImage> {
    let made = match config.seals.get(&issuer.id) {
        Some(path) => own(path),
        None => drawn(config, issuer, programmes).map(|svg| ("svg", "image/svg+xml", svg.into_bytes())),
    };
    let (ending, content_type, bytes) = made.filter(|(_, _, bytes)| bytes.len() <= MOST_BYTES).or_else(|| {
        tracing::warn!(issuer = %issuer.id, "no picture of the seal");
        None
    })?;
    let digest = Digest::of(&bytes).to_string();
    let name = format!("seal-{}-{}.{ending}", issuer.id, digest.get(..16).unwrap_or_default());
    Some(SealImage { name, content_type, bytes })
}

/// The picture that an issuer gave.
fn own(path: &Path) -> Option<(&'static str, &'static str, Vec<u8>)> {
    let bytes = library::seal(path).ok()?;
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "svg" => Some(("svg", "image/svg+xml", bytes)),
        "png" => Some(("png", "image/png", bytes)),
        _ => None,
    }
}

/// As the issuer's certificates bear it: by the template of its first programme that has a seal.
fn drawn(config: &Config, issuer: &Issuer, programmes: &[Programme]) -> Option<String> {
    programmes.iter().find_map(|programme| {
        let template = Template::parse(&library::template(&config.templates.join(programme.template.as_str())).ok()?).ok()?;
        let read = |file: String| Some((file.clone(), Arc::from(std::fs::read(config.fonts.join(file)).ok()?)));
        let fonts = FontLibrary::new(template.faces().into_iter().filter_map(read).collect()).ok()?;
        seal_svg::svg(&template, &fonts, &issuer.name)
    })
}
