//! The entries of a published list, as the public searches and turns their pages.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use crate::domain::award::{AwardLevel, Role};
use crate::domain::issuer::Slug;
use crate::domain::public_list::{Entry, PublicList, Standing};
use crate::domain::text::fold_search;

use super::contests::count;
use super::rows::{ROWS, Record, placeholders};
use super::{Registry, RegistryError};

/// An entry at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Counted from 1.
    pub place: i64,
    /// The entry as it stands now.
    pub entry: Entry,
    /// Whether it is as published.
    pub standing: Standing,
    /// Why not; empty if it is.
    pub remark: String,
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The one after this place; 0 for the first.
    After(i64),
    /// The one before this place.
    Before(i64),
}

/// What is searched; what is empty is not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryQuery {
    /// Part of the school's name.
    pub school: String,
    /// Part of the work's title.
    pub work: String,
    /// A name as masked.
    pub holder: String,
    /// The category.
    pub category: String,
    /// The level.
    pub level: Option<AwardLevel>,
    /// Which page.
    pub turn: Turn,
    /// Entries on a page.
    pub limit: u32,
}

/// A page of entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// In the order of the list.
    pub rows: Vec<EntryRow>,
    /// How many the search finds in all.
    pub found: u64,
    /// Whether there are more before.
    pub earlier: bool,
    /// Whether there are more after.
    pub later: bool,
}

const COLUMNS: &str =
    "CAST(place AS TEXT) AS row_key, place, award, holder, school, category, subject, work, level, role, standing, remark";

/// A condition and the text that it asks for.
type Condition = (&'static str, String);

impl EntryQuery {
    /// Whether it asks for everything.
    fn conditions(&self) -> Vec<Condition> {
        let part = |text: &str| {
            let folded = fold_search(text);
            let escaped: String =
                folded.chars().flat_map(|c| if matches!(c, '%' | '_' | '\\') { vec!['\\', c] } else { vec![c] }).collect();
            if escaped.is_empty() { escaped } else { format!("%{escaped}%") }
        };
        let all = [
            ("school_folded LIKE $ ESCAPE '\\'", part(&self.school)),
            ("work_folded LIKE $ ESCAPE '\\'", part(&self.work)),
            ("holder = $", self.holder.clone()),
            ("category = $", self.category.clone()),
            ("level = $", self.level.map_or_else(String::new, |level| level.code().to_owned())),
        ];
        all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    }
}

impl Registry {
    /// A page of what a search finds in the list of a contest.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn search_entries(&self, contest: &Slug, query: &EntryQuery) -> Result<Page, RegistryError> {
        let conditions = query.conditions();
        let places: Vec<String> =
            (2..).zip(&conditions).map(|(n, (sql, _))| format!(" AND {}", sql.replace('$', &format!("${n}")))).collect();
        let wanted = format!("contest = $1{}", places.concat());
        let bound = |sql: String| {
            let query = sqlx::query(AssertSqlSafe(sql)).bind(contest.as_str().to_owned());
            conditions.iter().fold(query, |query, (_, text)| query.bind(text.clone()))
        };
        let found = count(&bound(format!("SELECT COUNT(*) FROM notice_entry WHERE {wanted}")).fetch_one(&self.pool).await?)?;
        let (n, m) = (conditions.len() + 2, conditions.len() + 3);
        // One more than is shown tells whether there is another page.
        let one_more = i64::from(query.limit) + 1;
        let (sql, at) = match query.turn {
            Turn::After(place) => {
                (format!("SELECT {COLUMNS} FROM notice_entry WHERE {wanted} AND place > ${n} ORDER BY place LIMIT ${m}"), place)
            }
            Turn::Before(place) => {
                (format!("SELECT {COLUMNS} FROM notice_entry WHERE {wanted} AND place < ${n} ORDER BY place DESC LIMIT ${m}"), place)
            }
        };
        let rows = bound(sql).bind(at).bind(one_more).fetch_all(&self.pool).await?;
        let mut rows = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let more = rows.len() > usize::try_from(query.limit).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        Ok(match query.turn {
            // Whoever came from a page before it can go back there.
            Turn::After(place) => Page { rows, found, earlier: place > 0, later: more },
            Turn::Before(_) => {
                rows.reverse();
                Page { rows, found, earlier: more, later: true }
            }
        })
    }

    /// The whole list of a contest in order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn entries(&self, contest: &Slug) -> Result<Vec<EntryRow>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM notice_entry WHERE contest = $1 ORDER BY place");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(contest.as_str().to_owned()).fetch_all(&self.pool).await?;
        rows.iter().map(read).collect()
    }

    /// One entry.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn entry(&self, contest: &Slug, place: i64) -> Result<Option<EntryRow>, RegistryError> {
        let sql = format!("SELECT {COLUMNS} FROM notice_entry WHERE contest = $1 AND place = $2");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(contest.as_str().to_owned()).bind(place).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// The categories that occur in a list, in its order.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn entry_categories(&self, contest: &Slug) -> Result<Vec<String>, RegistryError> {
        let sql = "SELECT category, MIN(place) AS first FROM notice_entry WHERE contest = $1 AND category <> '' GROUP BY category \
                   ORDER BY first LIMIT 200";
        let rows = sqlx::query(sql).bind(contest.as_str().to_owned()).fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

pub(super) async fn replace(tx: &mut Transaction<'static, Any>, contest: &Slug, list: &PublicList) -> Result<(), RegistryError> {
    sqlx::query("DELETE FROM notice_entry WHERE contest = $1").bind(contest.as_str().to_owned()).execute(&mut **tx).await?;
    let mut place = 0i64;
    for chunk in list.entries().chunks(ROWS) {
        let sql = format!(
            "INSERT INTO notice_entry (contest, place, award, holder, school, category, subject, work, level, role, school_folded, \
             work_folded, standing, remark) VALUES {}",
            placeholders(chunk.len(), 14, 0)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for entry in chunk {
            place += 1;
            query = query
                .bind(contest.as_str().to_owned())
                .bind(place)
                .bind(entry.award.clone())
                .bind(entry.holder.clone())
                .bind(entry.school.clone())
                .bind(entry.category.clone())
                .bind(entry.subject.clone())
                .bind(entry.work.clone())
                .bind(entry.level.code().to_owned())
                .bind(entry.role.code().to_owned())
                .bind(fold_search(&entry.school))
                .bind(fold_search(&entry.work))
                .bind(Standing::Listed.code().to_owned())
                .bind(String::new());
        }
        query.execute(&mut **tx).await?;
    }
    Ok(())
}

/// Writes an entry anew after an objection.
pub(super) async fn amend(tx: &mut Transaction<'static, Any>, contest: &Slug, row: &EntryRow) -> Result<(), RegistryError> {
    let EntryRow { place, entry, standing, remark } = row;
    let sql = "UPDATE notice_entry SET holder = $1, school = $2, category = $3, subject = $4, work = $5, level = $6, role = $7, \
               school_folded = $8, work_folded = $9, standing = $10, remark = $11 WHERE contest = $12 AND place = $13";
    sqlx::query(sql)
        .bind(entry.holder.clone())
        .bind(entry.school.clone())
        .bind(entry.category.clone())
        .bind(entry.subject.clone())
        .bind(entry.work.clone())
        .bind(entry.level.code().to_owned())
        .bind(entry.role.code().to_owned())
        .bind(fold_search(&entry.school))
        .bind(fold_search(&entry.work))
        .bind(standing.code().to_owned())
        .bind(remark.clone())
        .bind(contest.as_str().to_owned())
        .bind(*place)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn at(tx: &mut Transaction<'static, Any>, contest: &Slug, place: i64) -> Result<Option<EntryRow>, RegistryError> {
    let sql = format!("SELECT {COLUMNS} FROM notice_entry WHERE contest = $1 AND place = $2");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(contest.as_str().to_owned()).bind(place).fetch_optional(&mut **tx).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &AnyRow) -> Result<EntryRow, RegistryError> {
    let record = Record::new("notice_entry", row, "row_key")?;
    let entry = Entry {
        award: record.get("award")?,
        holder: record.get("holder")?,
        school: record.get("school")?,
        category: record.get("category")?,
        subject: record.get("subject")?,
        work: record.get("work")?,
        level: record.parsed("level", AwardLevel::from_code)?,
        role: record.parsed("role", Role::from_code)?,
    };
    Ok(EntryRow {
        place: record.get("place")?,
        entry,
        standing: record.parsed("standing", Standing::from_code)?,
        remark: record.get("remark")?,
    })
}
