//! Rows as entries of an award list or an ability list.

use std::collections::HashMap;

use super::cells::RowReader;
use super::columns::Column;
use super::problem::{Fault, Problem, Problems, shortened};
use super::tables::Table;
use super::{ListContext, RowPlace};
use crate::domain::award::{AbilityLevel, Achievement, Award, AwardLevel, CertificateKind, Holder, Role};
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::name::PersonName;
use crate::domain::programme::{Programme, ProgrammeKind};
use crate::domain::text::tidy;

/// One row of an award list, before rows of one work are brought together.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub place: RowPlace,
    pub programme: Slug,
    pub holder: Holder,
    /// Nothing where the cell could not be read: then there is no list, but the row is still held against the others.
    pub level: Option<AwardLevel>,
    pub role: Role,
    pub category: String,
    pub subject: String,
    pub work: String,
    pub team: String,
    pub co_creators: Vec<PersonName>,
    pub instructors: Vec<PersonName>,
    pub portrait: Option<Digest>,
}

/// Everything that the rows of all sheets say.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub entries: Vec<Entry>,
    pub abilities: Vec<(RowPlace, Award)>,
    pub portraits: Vec<(Digest, Vec<u8>)>,
    /// Rows of an award list that name no school, to be mentioned.
    pub without_school: usize,
}

/// A checked picture, or why there is none.
type Picture = Result<Digest, Fault>;

/// Reads rows under a context, remembering what many rows share.
pub(super) struct Reader<'c> {
    context: &'c ListContext<'c>,
    programmes: HashMap<(CertificateKind, String), Result<Slug, Fault>>,
    pictures: HashMap<(CertificateKind, String), Picture>,
    pub rows: Rows,
}

impl<'c> Reader<'c> {
    pub(super) fn new(context: &'c ListContext<'c>) -> Self {
        Self { context, programmes: HashMap::new(), pictures: HashMap::new(), rows: Rows::default() }
    }

    /// Reads every row of a table; rows with problems are noted and left out.
    pub(super) fn read(&mut self, table: &Table<'_>, problems: &mut Problems) {
        for row in &table.rows {
            let place = RowPlace { sheet: table.index, row: row.number };
            let mut reader = RowReader { table, row, problems };
            match table.kind {
                CertificateKind::Award => {
                    if let Some(entry) = self.entry(place, &mut reader) {
                        self.rows.without_school += usize::from(entry.holder.school.is_empty());
                        self.rows.entries.push(entry);
                    }
                }
                CertificateKind::Ability => {
                    if let Some(award) = self.ability(&mut reader) {
                        self.rows.abilities.push((place, award));
                    }
                }
            }
        }
    }

    /// Every cell is read before any is missed, so that all problems of a row are noted at once. What does not tell one award from
    /// another may be missing: each problem noted keeps the list from being made, and the row is still held against the others.
    fn entry(&mut self, place: RowPlace, row: &mut RowReader<'_, '_>) -> Option<Entry> {
        let programme = self.programme(CertificateKind::Award, row);
        let role = row.word_or(Column::Role, Role::parse_typed, Fault::Role, Role::Winner);
        let holder = holder(row, role.is_none_or(|r| r == Role::Winner));
        let level = row.word(Column::Award, AwardLevel::parse_typed, Fault::Award);
        let category = row.text(Column::Category);
        let subject = row.text(Column::Subject);
        let work = row.text(Column::Work);
        let team = row.text(Column::Team);
        let co_creators = row.names(Column::CoCreators);
        let instructors = row.names(Column::Instructors);
        let portrait = self.portrait(CertificateKind::Award, row);
        let entry = Entry {
            place,
            programme: programme?,
            holder: holder?,
            level,
            role: role?,
            category: category?,
            subject: subject?,
            work: work?,
            team: team?,
            co_creators: co_creators.unwrap_or_default(),
            instructors: instructors.unwrap_or_default(),
            portrait: portrait.flatten(),
        };
        if !entry.co_creators.is_empty() && entry.work.is_empty() && entry.team.is_empty() {
            row.note(Column::CoCreators, Fault::CoCreatorsOfNothing);
            return None;
        }
        Some(entry)
    }

    fn ability(&mut self, row: &mut RowReader<'_, '_>) -> Option<Award> {
        let programme = self.programme(CertificateKind::Ability, row);
        let holder = holder(row, true);
        let title = row.needed_text(Column::Title);
        let level = row.word(Column::Level, AbilityLevel::parse_typed, Fault::Level);
        let portrait = self.portrait(CertificateKind::Ability, row);
        let achievement = Achievement::Ability { title: title?, level: level? };
        Some(Award { programme: programme?, holder: holder?, achievement, portrait: portrait.flatten() })
    }

    pub(super) fn programme(&mut self, kind: CertificateKind, row: &mut RowReader<'_, '_>) -> Option<Slug> {
        let typed = row.typed(Column::Programme)?.unwrap_or_default();
        let context = self.context;
        let found = self.programmes.entry((kind, typed)).or_insert_with_key(|(_, typed)| programme(context, kind, typed));
        match found.clone() {
            Ok(slug) => Some(slug),
            Err(fault) => {
                note_programme(row, fault);
                None
            }
        }
    }

    fn portrait(&mut self, kind: CertificateKind, row: &mut RowReader<'_, '_>) -> Option<Option<Digest>> {
        let needed = kind == CertificateKind::Ability;
        let Some(name) = row.typed(Column::Portrait)? else {
            if needed {
                row.note(Column::Portrait, Fault::Blank);
            }
            return (!needed).then_some(None);
        };
        let (context, portraits) = (self.context, &mut self.rows.portraits);
        let picture = self.pictures.entry((kind, tidy(&name))).or_insert_with_key(|(kind, name)| {
            let bytes = (context.portraits)(name).ok_or(Fault::PortraitMissing)?;
            let stored = (context.check_portrait)(*kind, &bytes).map_err(Fault::Portrait)?;
            let digest = Digest::of(&stored);
            if !portraits.iter().any(|(d, _)| *d == digest) {
                portraits.push((digest, stored));
            }
            Ok(digest)
        });
        match picture {
            Ok(digest) => Some(Some(*digest)),
            Err(fault) => {
                let fault = fault.clone();
                row.note(Column::Portrait, fault);
                None
            }
        }
    }
}

/// A list without the column has the problem in its row as a whole.
fn note_programme(row: &mut RowReader<'_, '_>, fault: Fault) {
    if row.table.columns.iter().any(|(_, c)| *c == Column::Programme) {
        row.note(Column::Programme, fault);
    } else if row.table.rows.first().is_some_and(|first| first.number == row.row.number) {
        // Said once for the list, at its titles.
        row.problems.add(Problem { place: row.table.place(row.table.title_row, None), value: String::new(), fault });
    }
}

fn holder(row: &mut RowReader<'_, '_>, document_needed: bool) -> Option<Holder> {
    let name = row.name();
    let document = row.document(document_needed);
    let telephone = row.telephone();
    let school = row.text(Column::School);
    Some(Holder { name: name?, document: document?, telephone: telephone.flatten(), school: school? })
}

fn gives(programme: &Programme) -> CertificateKind {
    match programme.kind {
        ProgrammeKind::Contest(_) => CertificateKind::Award,
        ProgrammeKind::Ability => CertificateKind::Ability,
    }
}

/// The programme that a cell names by key, name, English or short name; of an empty cell the one that is meant anyway.
fn programme(context: &ListContext<'_>, kind: CertificateKind, typed: &str) -> Result<Slug, Fault> {
    let of_kind: Vec<&Programme> = context.programmes.iter().filter(|p| gives(p) == kind).collect();
    let known = || shortened(&of_kind.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join("、"), 200);
    let found = if typed.is_empty() {
        let default = context.default_programme.and_then(|slug| context.programmes.iter().find(|p| p.id == *slug));
        match (default, &of_kind[..]) {
            (Some(programme), _) => programme,
            (None, [only]) => *only,
            _ => return Err(Fault::ProgrammeUnsaid(known())),
        }
    } else {
        let wanted = folded(typed);
        let names = |p: &&Programme| [p.id.as_str(), &p.name, &p.name_en, &p.short_name].into_iter().any(|n| folded(n) == wanted);
        // Short names may repeat between a contest and an ability programme.
        match of_kind.iter().copied().find(names).or_else(|| context.programmes.iter().find(|p| names(p))) {
            Some(programme) => programme,
            None => return Err(Fault::Programme(known())),
        }
    };
    if gives(found) == kind { Ok(found.id.clone()) } else { Err(Fault::ProgrammeKind) }
}

fn folded(name: &str) -> String {
    let half = |c| crate::domain::text::half_width(c);
    tidy(name).chars().map(half).filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}
