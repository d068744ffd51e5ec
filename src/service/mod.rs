//! The use cases, one file each: the only place where the rooms meet.

pub mod access;
pub mod answers;
pub mod api_keys;
pub mod award_list;
pub mod backup;
pub mod catalogue;
pub mod check_file;
pub mod check_list;
pub mod check_qr;
pub mod checks;
pub mod claims;
pub mod clock;
pub mod compare;
pub mod contest_desk;
pub mod contests;
pub mod correct;
pub mod demo;
pub mod desk;
pub mod doctor;
pub mod download;
mod edition;
pub mod entropy;
mod examine;
pub mod export;
pub mod file_reason;
pub mod gauges;
pub mod glimpse;
pub mod holdings;
pub mod import;
pub mod import_desk;
pub mod instructors;
pub mod issuances;
pub mod issue;
pub mod key_folder;
pub mod library;
pub mod limits;
pub mod look_up;
pub mod looker;
pub mod match_holder;
pub mod messages;
pub mod moving;
pub mod notice;
pub mod notice_pdf;
pub mod objection_desk;
pub mod objections;
pub mod offer_sample;
pub mod open;
pub mod orders;
pub mod payment;
pub mod picture;
pub mod press_room;
pub mod progress;
pub mod proofing;
pub mod reports;
pub mod revoke;
pub mod sample_page;
pub mod seals;
pub mod share;
pub mod statement;
pub mod webhooks;

use std::sync::Arc;

use crate::config::Config;
use crate::registry::{Registry, RegistryError, Vault, VaultError};
use crate::sealing::JwsError;
use crate::sealing::keyring::Trust;
use crate::sealing::verify::Verifier;

/// What every use case stands on. It holds one key that signs, the statement key: with it the service signs its own answers and the list of
/// states, so that they can be filed and checked offline. It holds no issuer's key, so that a web server gives none away: issuing needs a
/// [`press_room::PressRoom`] besides,
/// which a process has or has not.
pub struct Service {
    config: Config,
    registry: Registry,
    vault: Vault,
    trust: Arc<Trust>,
    verifier: Verifier,
    leases: limits::Leases,
    codes: Arc<check_qr::Codes>,
    headings: check_qr::HeadingCache,
    easels: picture::Easels,
    looker: looker::Looker,
    seals: seals::Seals,
    samples: offer_sample::Samples,
    known: contests::Known,
    signer: Arc<key_folder::StatementSigner>,
    states: statement::StatesCell,
    courier: messages::Courier,
    mailer: Option<messages::Mailer>,
    notice_files: notice_pdf::NoticeFiles,
    clock: clock::Clock,
    webhook_client: webhooks::Client,
    /// In a process that issues.
    room: Option<Arc<press_room::PressRoom>>,
}

/// A failure behind the scenes: never shown to the public, logged once.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The registry failed or contradicts itself.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The vault failed or holds something else than was put in.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A task of the process was cancelled.
    #[error("a task was cancelled: {0}")]
    Task(#[from] tokio::task::JoinError),
    /// An answer cannot be signed.
    #[error(transparent)]
    Statement(#[from] JwsError),
    /// A message in the queue does not parse, or one cannot be written.
    #[error("a message: {0}")]
    Message(String),
    /// A password cannot be hashed, or a recorded hash does not parse.
    #[error("a password's hash: {0}")]
    Password(String),
    /// A due instant lies beyond the end of time.
    #[error("an instant is out of range")]
    Clock,
}

impl Service {
    /// Where the public reaches the service, without a trailing slash.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.config.public_url
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The public keys that certificates are checked against.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The same service, which looks into files that are not genuine with the `yinxin` program at this path, in a process of its own.
    /// Without it such a file is refused all the same, but not compared with any record.
    #[must_use]
    pub fn looking_with(self, program: std::path::PathBuf) -> Self {
        Self { looker: looker::Looker::with(program), ..self }
    }

    /// The same service with another carrier of messages.
    #[must_use]
    pub fn with_courier(self, courier: messages::Courier) -> Self {
        Self { courier, ..self }
    }

    /// The same service in a process that issues: it runs the batches that the staff start, and corrects.
    #[must_use]
    pub fn issuing_in(self, room: Arc<press_room::PressRoom>) -> Self {
        Self { room: Some(room), ..self }
    }

    /// Whether this process issues.
    #[must_use]
    pub fn issues(&self) -> bool {
        self.room.is_some()
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &clock::Clock {
        &self.clock
    }

    /// Whether the registry answers.
    pub async fn is_ready(&self) -> bool {
        self.registry.ping().await.is_ok()
    }
}
