//! Contests that are kept here, with where their notices are in their life.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::award_list::AwardList;
use crate::domain::digest::Digest;
use crate::domain::holding::Registration;
use crate::domain::issuer::Slug;
use crate::domain::notice::{Closing, NotAccepted, NoticeError, NoticeState, Publication, WithdrawalReason};
use crate::domain::number::CertificateNumber;
use crate::domain::objection::AlreadyDecided;
use crate::domain::postponement::PostponeError;
use crate::domain::programme::{Contest, Programme, ProgrammeKind, Timeline};
use crate::domain::time::{Instant, Period};

use super::rows::Record;
use super::{Registry, RegistryError};

/// A contest as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContestRecord {
    /// The contest; its kind is always [`ProgrammeKind::Contest`].
    pub programme: Programme,
    /// Its dates.
    pub timeline: Timeline,
    /// Its notice.
    pub state: NoticeState,
}

/// Why a contest, a notice or an objection stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContestError {
    /// There is no such contest in the records.
    #[error("没有赛事 {0} / there is no contest {0}")]
    NoContest(Slug),
    /// The programme is not a contest.
    #[error("{0} 不是赛事 / it is no contest")]
    NotAContest(Slug),
    /// The list was published.
    #[error(
        "赛事 {0} 的获奖名单已公示，不能再导入或修改；如有遗漏须撤下公示后重新公示 / the award list of {0} was published and is fixed: nothing is added or changed"
    )]
    ListFixed(Slug),
    /// The notice does not allow it.
    #[error("{contest}：{source}")]
    Notice {
        /// Whose.
        contest: Slug,
        /// Why.
        source: NoticeError,
    },
    /// Objections are not accepted.
    #[error(transparent)]
    NotAccepted(#[from] NotAccepted),
    /// The list has no such place.
    #[error("名单中没有第 {0} 条 / the list has no entry {0}")]
    NoEntry(i64),
    /// There is no such objection.
    #[error("没有编号为 {0} 的异议 / there is no objection {0}")]
    NoObjection(i64),
    /// It was decided before.
    #[error(transparent)]
    Decided(#[from] AlreadyDecided),
    /// Something else changed what was looked at.
    #[error("{0}：名单在此期间有变动，请重试 / the list of {0} changed meanwhile: try again")]
    Moved(Slug),
    /// The award has a certificate, which is revoked or corrected by itself.
    #[error("该奖项已发证书 {0}，请吊销或更正该证书 / the award has a certificate: revoke or correct that")]
    Certified(CertificateNumber),
    /// Its list was not published yet: dates are changed in the contest itself.
    #[error("赛事 {0} 尚未公示，日期可直接修改 / the list of {0} is not published: its dates are changed in the contest itself")]
    NotFixed(Slug),
    /// Certificates name the release.
    #[error("赛事 {0} 已签发 {1} 份证书，发证时间不能再改 / {1} certificates of {0} were made for this release")]
    Issued(Slug, u64),
    /// The dates cannot be moved so.
    #[error("{contest}：{source}")]
    Dates {
        /// Whose.
        contest: Slug,
        /// Why.
        source: PostponeError,
    },
    /// What is private in it was deleted when its time was over.
    #[error("异议 {0} 的内容已按保存期限删除 / the content of objection {0} was deleted when its time was over")]
    Erased(i64),
    /// The entry was taken off the list before.
    #[error("第 {0} 条已取消 / entry {0} was withdrawn already")]
    EntryWithdrawn(i64),
}

const COLUMNS: &str = "id, issuer, template, pattern, series, name, name_en, short_name, edition, document_number, organisers, divisions, \
                       categories, registration, opens_at, closes_at, registration_until, release_at, claim_until, state, published_at, \
                       published_entries, published_list, closed_at, closed_entries, closed_list, withdrawn_at, withdrawn_reason";

impl Registry {
    /// The contest with this id.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn contest(&self, id: &Slug) -> Result<Option<ContestRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM contest WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.as_str().to_owned()).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Every contest, the latest notice first.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn contests(&self) -> Result<Vec<ContestRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM contest ORDER BY opens_at DESC, id");
        sqlx::query(AssertSqlSafe(sql)).fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// Records a contest, or what was changed of it.
    ///
    /// # Errors
    /// [`ContestError::NotAContest`]; [`ContestError::ListFixed`] once its list was published.
    pub async fn save_contest(&self, programme: &Programme, actor: &str, at: Instant) -> Result<(), RegistryError> {
        let contest = programme.contest().ok_or_else(|| ContestError::NotAContest(programme.id.clone()))?;
        let mut tx = self.write().await?;
        self.append(&mut tx, at, actor, "save contest", programme.id.as_str(), "").await?;
        if self.contest_in(&mut tx, &programme.id).await?.is_some_and(|record| record.state.is_fixed()) {
            return Err(ContestError::ListFixed(programme.id.clone()).into());
        }
        let sql = "INSERT INTO contest (id, issuer, template, pattern, series, name, name_en, short_name, edition, document_number, \
                   organisers, divisions, categories, opens_at, closes_at, registration_until, release_at, claim_until, registration, state) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 'draft') \
                   ON CONFLICT (id) DO UPDATE SET issuer = excluded.issuer, template = excluded.template, pattern = excluded.pattern, \
                   series = excluded.series, name = excluded.name, name_en = excluded.name_en, short_name = excluded.short_name, \
                   edition = excluded.edition, document_number = excluded.document_number, organisers = excluded.organisers, \
                   divisions = excluded.divisions, categories = excluded.categories, opens_at = excluded.opens_at, \
                   closes_at = excluded.closes_at, registration_until = excluded.registration_until, release_at = excluded.release_at, \
                   claim_until = excluded.claim_until, registration = excluded.registration";
        let Timeline { notice, registration_deadline, release, claim_deadline } = contest.timeline;
        sqlx::query(sql)
            .bind(programme.id.as_str().to_owned())
            .bind(programme.issuer.as_str().to_owned())
            .bind(programme.template.as_str().to_owned())
            .bind(programme.pattern.to_string())
            .bind(i64::from(programme.series))
            .bind(programme.name.clone())
            .bind(programme.name_en.clone())
            .bind(programme.short_name.clone())
            .bind(contest.edition.clone())
            .bind(contest.document_number.clone())
            .bind(write_texts(&contest.organisers))
            .bind(write_texts(&contest.groups))
            .bind(write_texts(&contest.categories))
            .bind(notice.start().millis())
            .bind(notice.end().millis())
            .bind(registration_deadline.millis())
            .bind(release.millis())
            .bind(claim_deadline.millis())
            .bind(i64::from(contest.registration == Registration::Required))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn contest_in(&self, tx: &mut Transaction<'static, Any>, id: &Slug) -> Result<Option<ContestRecord>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM contest WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.as_str().to_owned()).fetch_optional(&mut **tx).await?;
        row.as_ref().map(read).transpose()
    }

    pub(super) async fn known_contest(&self, tx: &mut Transaction<'static, Any>, id: &Slug) -> Result<ContestRecord, RegistryError> {
        Ok(self.contest_in(tx, id).await?.ok_or_else(|| ContestError::NoContest(id.clone()))?)
    }

    /// Writes the state of a notice.
    pub(super) async fn set_state(&self, tx: &mut Transaction<'static, Any>, id: &Slug, state: &NoticeState) -> Result<(), RegistryError> {
        let (publication, closing) = (state.publication(), state.closing());
        let withdrawn = if let NoticeState::Withdrawn { at, reason, .. } = state { Some((at, reason)) } else { None };
        let sql = "UPDATE contest SET state = $1, published_at = $2, published_entries = $3, published_list = $4, closed_at = $5, \
                   closed_entries = $6, closed_list = $7, withdrawn_at = $8, withdrawn_reason = $9 WHERE id = $10";
        sqlx::query(sql)
            .bind(state.code().to_owned())
            .bind(publication.map(|p| p.at.millis()))
            .bind(publication.map(|p| i64::from(p.entries)))
            .bind(publication.map(|p| p.list.to_string()))
            .bind(closing.map(|c| c.at.millis()))
            .bind(closing.map(|c| i64::from(c.entries)))
            .bind(closing.map(|c| c.list.to_string()))
            .bind(withdrawn.map(|(at, _)| at.millis()))
            .bind(withdrawn.map(|(_, reason)| reason.as_str().to_owned()))
            .bind(id.as_str().to_owned())
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// Refuses a list with an award of a contest whose list is fixed. The caller holds the lock of the audit trail, as publishing does.
    pub(super) async fn refuse_fixed(&self, tx: &mut Transaction<'static, Any>, list: &AwardList) -> Result<(), RegistryError> {
        let named: std::collections::BTreeSet<&str> = list.awards.iter().map(|award| award.programme.as_str()).collect();
        for id in named {
            let Ok(id) = id.parse::<Slug>() else { continue };
            if self.contest_in(tx, &id).await?.is_some_and(|record| record.state.is_fixed()) {
                return Err(ContestError::ListFixed(id).into());
            }
        }
        Ok(())
    }
}

/// Texts as a JSON array.
fn write_texts(texts: &[String]) -> String {
    serde_json::to_string(texts).unwrap_or_default()
}

fn read(row: &AnyRow) -> Result<ContestRecord, RegistryError> {
    let record = Record::new("contest", row, "id")?;
    let texts = |column| record.parsed(column, |text| serde_json::from_str::<Vec<String>>(text).ok());
    let notice = Period::new(record.instant("opens_at")?, record.instant("closes_at")?).map_err(|_| record.inconsistent("closes_at"))?;
    let dates = (record.instant("registration_until")?, record.instant("release_at")?, record.instant("claim_until")?);
    let timeline = Timeline::new(notice, dates.0, dates.1, dates.2).map_err(|_| record.inconsistent("release_at"))?;
    let contest = Contest {
        edition: record.get("edition")?,
        document_number: record.get("document_number")?,
        organisers: texts("organisers")?,
        groups: texts("divisions")?,
        categories: texts("categories")?,
        registration: if record.get::<i64>("registration")? == 1 { Registration::Required } else { Registration::NotNeeded },
        timeline,
    };
    let programme = Programme {
        id: record.parsed("id", |t| t.parse().ok())?,
        issuer: record.parsed("issuer", |t| t.parse().ok())?,
        template: record.parsed("template", |t| t.parse().ok())?,
        pattern: record.parsed("pattern", |t| t.parse().ok())?,
        series: u32::try_from(record.get::<i64>("series")?).map_err(|_| record.inconsistent("series"))?,
        name: record.get("name")?,
        name_en: record.get("name_en")?,
        short_name: record.get("short_name")?,
        kind: ProgrammeKind::Contest(contest),
    };
    Ok(ContestRecord { programme, timeline, state: state(&record)? })
}

fn state(record: &Record<'_>) -> Result<NoticeState, RegistryError> {
    let fixed = |at: &'static str, entries: &'static str, list: &'static str| {
        let Some(millis) = record.get::<Option<i64>>(at)? else { return Ok(None) };
        let at = Instant::from_millis(millis).map_err(|_| record.inconsistent(at))?;
        let count = u32::try_from(record.get::<i64>(entries)?).map_err(|_| record.inconsistent(entries))?;
        let digest = record.parsed(list, |t| t.parse::<Digest>().ok())?;
        Ok::<_, RegistryError>(Some((at, count, digest)))
    };
    let publication = fixed("published_at", "published_entries", "published_list")?;
    let publication = publication.map(|(at, entries, list)| Publication { at, entries, list });
    let closing = fixed("closed_at", "closed_entries", "closed_list")?.map(|(at, entries, list)| Closing { at, entries, list });
    let wrong = || record.inconsistent("state");
    Ok(match record.get::<String>("state")?.as_str() {
        "draft" => NoticeState::Draft,
        "published" => NoticeState::Published { publication: publication.ok_or_else(wrong)? },
        "closed" => NoticeState::Closed { publication: publication.ok_or_else(wrong)?, closing: closing.ok_or_else(wrong)? },
        "withdrawn" => NoticeState::Withdrawn {
            publication: publication.ok_or_else(wrong)?,
            closing,
            at: record.instant("withdrawn_at")?,
            reason: record.parsed("withdrawn_reason", |t| WithdrawalReason::parse(t).ok())?,
        },
        _ => return Err(wrong()),
    })
}

/// How many rows a statement that counts found.
pub(super) fn count(row: &AnyRow) -> Result<u64, RegistryError> {
    Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0))
}
