//! What the service states under its own key: each answer that somebody wants to file, and the list of states for those who check with no
//! network.

use std::io::Write as _;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use tokio::sync::Mutex;

use crate::domain::digest::Digest;
use crate::domain::identity::IdentityDocument;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;
use crate::sealing::JwsError;
use crate::sealing::keyring::StatementKey;
use crate::sealing::state_list::StateList;
use crate::sealing::statement::{self, Content};

use super::{Service, ServiceError};

/// How long a list of states stands for the next one, in milliseconds: an hour. So long at most a checker with no network believes in a
/// certificate that was taken back; so seldom does a process read the records for it.
pub const STATES_INTERVAL: i64 = 3_600_000;

/// What was asked, as a statement repeats it. An identity number has no way into it but masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Asked {
    /// The certificate with a number.
    Number {
        /// The number; masked if it may be an identity number that came by the wrong door.
        number: String,
    },
    /// The certificate with a number, and whether it is a named person's.
    Name {
        /// The number.
        number: String,
        /// The name as the asker gave it.
        holder: String,
    },
    /// The certificates of a person.
    Identity {
        /// The code of the kind of document.
        document_kind: &'static str,
        /// The first three and the last four characters.
        identity_number_masked: String,
    },
    /// What a file is.
    File {
        /// The file's digest.
        #[serde(serialize_with = "hexadecimal")]
        sha256: Digest,
        /// Its length.
        bytes: usize,
    },
    /// What many certificates are, each with its holder's name.
    Bulk {
        /// In the order of the answers.
        certificates: Vec<AskedRow>,
    },
    /// What the list of a public notice is, when it was published or closed.
    Notice {
        /// The contest.
        contest: String,
        /// `published` or `closed`.
        act: &'static str,
    },
    /// What the certificates of a list are.
    List {
        /// The digest of the list as it was sent.
        #[serde(serialize_with = "hexadecimal")]
        sha256: Digest,
    },
}

/// A number and a name as the asker gave them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskedRow {
    /// The number, masked if it may be an identity number.
    pub number: String,
    /// The name.
    pub holder: String,
}

impl Asked {
    /// By identity number.
    #[must_use]
    pub fn identity(document: &IdentityDocument) -> Self {
        Self::Identity { document_kind: document.kind().code(), identity_number_masked: document.masked() }
    }
}

fn hexadecimal<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(digest)
}

/// A list of states as it is served.
#[derive(Debug)]
pub struct ServedStates {
    /// The signed text.
    pub jws: String,
    /// The same, packed with gzip (RFC 1952): a large list is packed once, not for each reader.
    pub gzip: Vec<u8>,
    /// Names this list among all others.
    pub digest: Digest,
    /// When the next one is due.
    pub next_update: Instant,
    headings: usize,
}

/// The list that stands now, if one was asked for.
pub(super) type StatesCell = Mutex<Option<Arc<ServedStates>>>;

impl Service {
    /// By certificate number.
    #[must_use]
    pub fn asked_number(&self, number: &CertificateNumber) -> Asked {
        Asked::Number { number: self.kept(number.as_str()) }
    }

    /// One of many numbers, each with a name, as they were typed.
    #[must_use]
    pub fn asked_row(&self, number: &str, holder: &str) -> AskedRow {
        AskedRow { number: self.kept(number), holder: holder.to_owned() }
    }

    /// What may be kept of a text that came as a number: of what may be an identity number, the first three and the last four characters.
    fn kept(&self, typed: &str) -> String {
        if !self.looks_like_identity(typed) {
            return typed.to_owned();
        }
        let characters: Vec<char> = typed.chars().collect();
        let hidden = 3..characters.len().saturating_sub(4);
        characters.iter().enumerate().map(|(at, c)| if hidden.contains(&at) { '*' } else { *c }).collect()
    }

    /// The public keys of everything that is signed here, as a JSON Web Key Set.
    #[must_use]
    pub fn key_set(&self) -> &str {
        &self.signer.key_set
    }

    /// Signs an answer that was given at `at`: `status` is the one that it has over HTTP.
    ///
    /// # Errors
    /// [`ServiceError::Statement`] if the answer cannot be written as JSON.
    pub fn state(&self, asked: &Asked, status: u16, answer: &impl Serialize, at: Instant) -> Result<String, ServiceError> {
        Ok(statement::sign(&Content { issuer: self.public_url(), at, asked, status, answer }, &self.signer.key)?)
    }

    /// The list of states. It is made when it is first asked for, when the one before has had its time, and when there are headings that it
    /// has not, so that a code can be checked as soon as it is released; once, however many ask.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn states(&self, now: Instant) -> Result<Arc<ServedStates>, ServiceError> {
        let mut cell = self.states.lock().await;
        let published = self.registry.count_published_headings(now).await?;
        if let Some(served) = cell.as_ref().filter(|served| now < served.next_update && served.headings == published) {
            return Ok(Arc::clone(served));
        }
        let fallen = self.registry.fallen(now).await?;
        let headings = self.registry.published_headings(now).await?;
        // The list counts in whole seconds.
        let made_at = now.plus_millis(-now.millis().rem_euclid(1000));
        let (issuer, signer) = (self.public_url().to_owned(), Arc::clone(&self.signer));
        let make = move || {
            let until = made_at.plus_millis(STATES_INTERVAL);
            let list = StateList::new(&issuer, (made_at, until), &fallen.revoked, &fallen.corrected).with_headings(headings);
            serve(&list, &signer.key)
        };
        let served = Arc::new(tokio::task::spawn_blocking(make).await??);
        *cell = Some(Arc::clone(&served));
        Ok(served)
    }
}

fn serve(list: &StateList, key: &StatementKey) -> Result<ServedStates, JwsError> {
    let jws = list.sign(key)?;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let packed = packer.write_all(jws.as_bytes()).and_then(|()| packer.finish());
    let gzip = packed.map_err(|e| JwsError::Write(e.to_string()))?;
    Ok(ServedStates { digest: Digest::of(jws.as_bytes()), gzip, next_update: list.next_update, headings: list.heading_count(), jws })
}
