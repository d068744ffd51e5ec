//! Pictures of the issuers' seals, by which a reader recognises an answer. They are made once in a process, from the configuration: every
//! process has the same under the same name.

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

/// The pictures of this process.
#[derive(Debug, Default)]
pub struct Seals(OnceCell<BTreeMap<Slug, SealImage>>);

impl Service {
    /// The picture of an issuer's seal. An issuer whose seal cannot be drawn has none: an answer does not fail for want of a picture.
    pub async fn seal(&self, issuer: &str) -> Option<&SealImage> {
        let issuer: Slug = issuer.parse().ok()?;
        self.all_seals().await.get(&issuer)
    }

    /// The picture with a file name.
    pub async fn seal_named(&self, name: &str) -> Option<&SealImage> {
        self.all_seals().await.values().find(|seal| seal.name == name)
    }

    async fn all_seals(&self) -> &BTreeMap<Slug, SealImage> {
        let make = || async {
            let config = self.config.clone();
            tokio::task::spawn_blocking(move || all(&config)).await.unwrap_or_default()
        };
        self.seals.0.get_or_init(make).await
    }
}

fn all(config: &Config) -> BTreeMap<Slug, SealImage> {
    let picture = |issuer: &Issuer| {
        let made = match config.seals.get(&issuer.id) {
            Some(path) => own(path),
            None => drawn(config, issuer).map(|svg| ("svg", "image/svg+xml", svg.into_bytes())),
        };
        let (ending, content_type, bytes) = made.filter(|(_, _, bytes)| bytes.len() <= MOST_BYTES).or_else(|| {
            tracing::warn!(issuer = %issuer.id, "no picture of the seal");
            None
        })?;
        let digest = Digest::of(&bytes).to_string();
        let name = format!("seal-{}-{}.{ending}", issuer.id, digest.get(..16).unwrap_or_default());
        Some((issuer.id.clone(), SealImage { name, content_type, bytes }))
    };
    config.issuers.iter().filter_map(picture).collect()
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
fn drawn(config: &Config, issuer: &Issuer) -> Option<String> {
    config.programmes.iter().filter(|programme| programme.issuer == issuer.id).find_map(|programme| {
        let template = Template::parse(&library::template(&config.templates.join(programme.template.as_str())).ok()?).ok()?;
        let read = |file: String| Some((file.clone(), Arc::from(std::fs::read(config.fonts.join(file)).ok()?)));
        let fonts = FontLibrary::new(template.faces().into_iter().filter_map(read).collect()).ok()?;
        seal_svg::svg(&template, &fonts, &issuer.name)
    })
}
