//! Correcting a certificate: a successor with the right facts, under a new number, that names the one it replaces.
//!
//! read → correct facts → preflight → reserve → make → complete. The original stands until the commit that completes the successor; a crash
//! before it leaves a reserved successor, which the next run completes.

use std::sync::Arc;

use crate::document::portrait::{self, Portrait, PortraitError, PortraitRule};
use crate::domain::certificate::Facts;
use crate::domain::certify;
use crate::domain::claims::Claims;
use crate::domain::correction::{Correction, CorrectionError, Edits, Fact};
use crate::domain::issuer::Slug;
use crate::domain::number::{CertificateNumber, SeriesError};
use crate::domain::status::{Status, TransitionError};
use crate::registry::{Amendment, Correctable, RegistryError, Reservation, Reserved};

use super::issue::{IssueError, Order, Run};
use super::press_room::PressRoom;
use super::{Service, ServiceError};

/// What to correct.
pub struct Request<'a> {
    /// The certificate.
    pub number: &'a CertificateNumber,
    /// The right facts, as typed.
    pub edits: Edits,
    /// A right portrait: the bytes of a picture.
    pub portrait: Option<&'a [u8]>,
    /// The reason that the public will read.
    pub reason: &'a str,
    /// Who corrects.
    pub actor: &'a str,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// The certificate that does not count any more.
    pub original: CertificateNumber,
    /// The one in its place.
    pub successor: CertificateNumber,
    /// What changed.
    pub changed: Vec<Fact>,
}

/// Why nothing was corrected. The certificate stands as it did, but for [`CorrectError::Resumed`].
#[derive(Debug, thiserror::Error)]
pub enum CorrectError {
    /// What was typed is no correction.
    #[error("{}", lines(.0))]
    Facts(Vec<CorrectionError>),
    /// The picture is no portrait.
    #[error("照片：{0}")]
    Portrait(#[from] PortraitError),
    /// The successor cannot be made; no number was reserved.
    #[error("更正后的证书无法制作，未占用编号 / the corrected certificate cannot be made; no number was reserved:\n{}", .0.join("\n"))]
    Preflight(Vec<String>),
    /// The programme of the certificate is in the configuration no more.
    #[error("配置中没有赛事或项目 {0} / the configuration has no programme {0}")]
    NoProgramme(Slug),
    /// An earlier correction had not been completed, and now is; this one changed nothing.
    #[error(
        "此前未完成的更正已续办：{original} 已换发为 {successor}。本次所填未生效，请核对新证书 / an unfinished correction was completed: \
         {successor} replaces {original}. Nothing of this one took effect; look at the new certificate"
    )]
    Resumed {
        /// The certificate that was to be corrected.
        original: CertificateNumber,
        /// The one in its place.
        successor: CertificateNumber,
    },
    /// The series is full, the file could not be made, registry or vault failed, the certificate is unknown or does not stand.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

fn lines(errors: &[CorrectionError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl From<ServiceError> for CorrectError {
    fn from(error: ServiceError) -> Self {
        Self::Issue(error.into())
    }
}

impl From<RegistryError> for CorrectError {
    fn from(error: RegistryError) -> Self {
        Self::Issue(error.into())
    }
}

impl From<SeriesError> for CorrectError {
    fn from(error: SeriesError) -> Self {
        Self::Issue(error.into())
    }
}

impl Service {
    /// Issues the successor of a certificate that stands, and marks that one as corrected.
    ///
    /// # Errors
    /// [`CorrectError`].
    pub async fn correct(&self, room: &Arc<PressRoom>, request: Request<'_>, order: &Order<'_>) -> Result<Corrected, CorrectError> {
        let (number, reason, actor) = (request.number, request.reason, request.actor);
        let current = self.registry.correctable(number).await?.ok_or_else(|| RegistryError::Unknown(number.clone()))?;
        self.finish_earlier(room, &current, order).await?;
        refuse_unless_standing(&current)?;

        let (edits, portrait) = take_in(request, &current)?;
        let correction = Correction::parse(&current.award, &edits, reason).map_err(CorrectError::Facts)?;
        let run = self.plan_successor(room, &current, order).await?;
        self.preflight_successor(&run, &current, &correction)?;

        if let Some(portrait) = portrait {
            self.vault.put_many(vec![(portrait.digest, portrait.jpeg)]).await.map_err(ServiceError::from)?;
            self.vault.barrier().await.map_err(ServiceError::from)?;
        }
        let at = (order.clock)();
        let amendment = Amendment { original: number, programme: &run.programme.id, correction: &correction, actor, at };
        let build = |number| Reservation {
            facts: Facts {
                claims: self.successor(&run, &current, &correction, number),
                reserved_at: at,
                template: run.template,
                signer: run.keys.identity.fingerprint(),
            },
            // Both are seen from the same instant on, whatever a clock says: before it neither, after it one that counts.
            release: current.certificate.release,
        };
        let reserved = self.registry.reserve_successor(&run.series, &amendment, build).await?;
        let successor = reserved.facts.claims.number.clone();
        let made = self.make(room, vec![reserved]).await?;
        self.store(made, order).await?;
        Ok(Corrected { original: number.clone(), successor, changed: correction.changed().to_vec() })
    }

    /// What a correction would change: everything is looked at, nothing is written but the version of the template.
    ///
    /// # Errors
    /// [`CorrectError`].
    pub(super) async fn rehearse_correction(
        &self,
        room: &Arc<PressRoom>,
        request: Request<'_>,
        order: &Order<'_>,
    ) -> Result<Correction, CorrectError> {
        let number = request.number;
        let current = self.registry.correctable(number).await?.ok_or_else(|| RegistryError::Unknown(number.clone()))?;
        refuse_unless_standing(&current)?;
        let correction = Correction::parse(&current.award, &request.edits, request.reason).map_err(CorrectError::Facts)?;
        let run = self.plan_successor(room, &current, order).await?;
        self.preflight_successor(&run, &current, &correction)?;
        Ok(correction)
    }

    /// Completes a successor that a crash left reserved.
    async fn finish_earlier(&self, room: &Arc<PressRoom>, current: &Correctable, order: &Order<'_>) -> Result<(), CorrectError> {
        let Some(pending) = &current.pending else { return Ok(()) };
        if let Some(certificate) = self.registry.certificate(pending).await? {
            let made = self.make(room, vec![Reserved { facts: certificate.facts }]).await?;
            self.store(made, order).await?;
        }
        let original = current.certificate.facts.claims.number.clone();
        Err(CorrectError::Resumed { original, successor: pending.clone() })
    }

    /// Template, keys, day and series of today, under the programme that the certificate names.
    async fn plan_successor(&self, room: &PressRoom, current: &Correctable, order: &Order<'_>) -> Result<Run, CorrectError> {
        let id = &current.award.programme;
        let programme = self.programmes().await?.into_iter().find(|p| p.id == *id);
        let programme = programme.ok_or_else(|| CorrectError::NoProgramme(id.clone()))?;
        // As with a first certificate: the day of the release, where that is still to come.
        let day = current.certificate.release.max((order.clock)()).beijing_date();
        Ok(self.plan(room, programme, day).await?)
    }

    fn preflight_successor(&self, run: &Run, current: &Correctable, correction: &Correction) -> Result<(), CorrectError> {
        // The last number of the series is as wide as any.
        let widest = run.series.number(run.series.capacity())?;
        let problems = run.problems(&self.successor(run, current, correction, widest));
        if problems.is_empty() { Ok(()) } else { Err(CorrectError::Preflight(problems)) }
    }

    fn successor(&self, run: &Run, current: &Correctable, correction: &Correction, number: CertificateNumber) -> Claims {
        let original = &current.certificate.facts.claims;
        certify::successor(original, correction.award(), number, &run.issuer, &self.issue_of(run))
    }
}

/// Says so before anything is read or made; what changes until the reservation, the registry sees.
fn refuse_unless_standing(current: &Correctable) -> Result<(), CorrectError> {
    let source = match &current.certificate.status {
        Status::Valid { .. } => return Ok(()),
        Status::Reserved => TransitionError::NotIssued,
        Status::Revoked { .. } => TransitionError::AlreadyRevoked,
        Status::Corrected { successor, .. } => TransitionError::AlreadyCorrected(successor.clone()),
    };
    Err(RegistryError::Transition { number: current.certificate.facts.claims.number.clone(), source }.into())
}

/// Takes the portrait in, so that it can be named among the facts.
fn take_in(request: Request<'_>, current: &Correctable) -> Result<(Edits, Option<Portrait>), PortraitError> {
    let rule = PortraitRule::of(current.award.achievement.kind());
    let portrait = request.portrait.map(|bytes| portrait::intake(bytes, &rule)).transpose()?;
    let digest = portrait.as_ref().map(|p| p.digest);
    Ok((Edits { portrait: digest.or(request.edits.portrait), ..request.edits }, portrait))
}
