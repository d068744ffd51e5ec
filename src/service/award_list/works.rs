//! Brings the rows of one work together and makes one award for each holder.

use std::collections::HashMap;

use super::RowPlace;
use super::columns::Column;
use super::problem::Fault;
use super::rows::{Entry, Rows};
use crate::domain::award::{Achievement, Award, AwardLevel, Holder, Role};
use crate::domain::name::PersonName;

/// Awards in the order of the list.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub awards: Vec<Award>,
    /// What is wrong between rows: the place, the column, what its cell holds, the fault.
    pub faults: Vec<(RowPlace, Column, RowFault)>,
    /// Instructors whom several awards name: one certificate each.
    pub merged_instructors: usize,
}

/// A fault between two rows, or within the people of one work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowFault {
    Plain(Fault),
    Duplicate(RowPlace),
    TwoNames(RowPlace),
    TwoAwards(RowPlace),
    PortraitTwice(RowPlace),
}

/// An award with where it comes from.
struct Made {
    place: RowPlace,
    award: Award,
    /// Named in a cell of someone else's row.
    named: bool,
}

/// Makes the awards of all rows.
pub(super) fn gather(rows: Rows) -> Gathered {
    let mut gathered = Gathered::default();
    let mut made = Vec::with_capacity(rows.entries.len() + rows.abilities.len());
    for group in groups(&rows.entries) {
        awards_of(&group, &mut made, &mut gathered);
    }
    made.extend(rows.abilities.into_iter().map(|(place, award)| Made { place, award, named: false }));
    made.sort_by_key(|m| m.place);
    check_people(&made, &mut gathered);
    keep_once(made, &mut gathered);
    gathered
}

/// The rows of each work, in list order. A team's name tells works of one title apart; without a team it is the school that
/// does; a row with neither work nor team stands alone.
fn groups(entries: &[Entry]) -> Vec<Vec<&Entry>> {
    let mut index: HashMap<[&str; 6], usize> = HashMap::new();
    let mut groups: Vec<Vec<&Entry>> = Vec::new();
    for entry in entries {
        if entry.work.is_empty() && entry.team.is_empty() {
            groups.push(vec![entry]);
            continue;
        }
        let school = if entry.team.is_empty() { entry.holder.school.as_str() } else { "" };
        let key = [entry.programme.as_str(), &entry.category, &entry.subject, &entry.work, &entry.team, school];
        let at = *index.entry(key).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups
}

/// A person of a work: whose row it is, in which role, and whether by a row of their own.
struct Member<'a> {
    name: &'a PersonName,
    row: &'a Entry,
    role: Role,
    named: bool,
}

fn awards_of(group: &[&Entry], made: &mut Vec<Made>, gathered: &mut Gathered) {
    let Some(first) = group.first() else { return };
    let first_level = group.iter().find_map(|e| e.level.map(|level| (level, e.place)));
    // Without any level there is a problem and so no list; the level then stands for nothing.
    let (level, level_place) = first_level.unwrap_or((AwardLevel::Merit, first.place));
    for entry in group.iter().filter(|e| e.level.is_some_and(|l| l != level)) {
        gathered.faults.push((entry.place, Column::Award, RowFault::TwoAwards(level_place)));
    }
    let (own_instructors, own_authors): (Vec<&Entry>, Vec<&Entry>) = group.iter().copied().partition(|e| e.role == Role::Instructor);
    let mut authors: Vec<Member<'_>> = Vec::new();
    let mut instructors: Vec<Member<'_>> = Vec::new();
    for &row in group {
        if row.role == Role::Instructor {
            add_own(&mut instructors, row)
        } else {
            add_own(&mut authors, row)
        }
        for name in &row.co_creators {
            if own_instructors.iter().any(|e| e.holder.name == *name) {
                gathered.faults.push((row.place, Column::CoCreators, RowFault::Plain(Fault::BothRoles(name.as_str().to_owned()))));
            } else {
                add_named(&mut authors, &own_authors, row, name, Role::CoCreator);
            }
        }
        for name in &row.instructors {
            add_named(&mut instructors, &own_instructors, row, name, Role::Instructor);
        }
    }
    for member in instructors.iter().filter(|m| m.named && authors.iter().any(|a| a.name == m.name)) {
        let fault = Fault::BothRoles(member.name.as_str().to_owned());
        gathered.faults.push((member.row.place, Column::Instructors, RowFault::Plain(fault)));
    }
    let names = |members: &[Member<'_>], but: Option<usize>| -> Vec<PersonName> {
        members.iter().enumerate().filter(|(i, _)| Some(*i) != but).map(|(_, m)| m.name.clone()).collect()
    };
    let guides = names(&instructors, None);
    for (i, author) in authors.iter().enumerate() {
        made.push(author.award(level, names(&authors, Some(i)), guides.clone()));
    }
    let everyone = names(&authors, None);
    for instructor in &instructors {
        made.push(instructor.award(level, everyone.clone(), guides.clone()));
    }
}

/// A person with a row of their own, unless an earlier row has named them.
fn add_own<'a>(members: &mut Vec<Member<'a>>, row: &'a Entry) {
    if !members.iter().any(|m| !m.named && m.row.place == row.place) {
        members.push(Member { name: &row.holder.name, row, role: row.role, named: false });
    }
}

/// A person whom a cell names: the people of the work with a row of that name, or else someone without a row.
fn add_named<'a>(members: &mut Vec<Member<'a>>, own: &[&'a Entry], row: &'a Entry, name: &'a PersonName, role: Role) {
    if members.iter().any(|m| m.name == name) {
        return;
    }
    let before = members.len();
    own.iter().filter(|e| e.holder.name == *name).for_each(|e| add_own(members, e));
    if members.len() == before {
        members.push(Member { name, row, role, named: true });
    }
}

impl Member<'_> {
    fn award(&self, level: AwardLevel, team: Vec<PersonName>, instructors: Vec<PersonName>) -> Made {
        let row = self.row;
        let holder = if self.named {
            Holder { name: self.name.clone(), document: None, telephone: None, school: row.holder.school.clone() }
        } else {
            row.holder.clone()
        };
        let achievement = Achievement::Award {
            level,
            role: self.role,
            category: row.category.clone(),
            subject: row.subject.clone(),
            work: row.work.clone(),
            team,
            instructors,
        };
        let portrait = if self.named { None } else { row.portrait };
        Made { place: row.place, award: Award { programme: row.programme.clone(), holder, achievement, portrait }, named: self.named }
    }
}

/// One document number is one person, and one picture too.
fn check_people(made: &[Made], gathered: &mut Gathered) {
    let mut names = HashMap::new();
    let mut pictures = HashMap::new();
    for Made { place, award, .. } in made {
        let Some(document) = &award.holder.document else { continue };
        let (name, first) = names.entry(document).or_insert((&award.holder.name, *place));
        if *name != &award.holder.name {
            gathered.faults.push((*place, Column::Name, RowFault::TwoNames(*first)));
        }
        if let Some(portrait) = award.portrait {
            let (person, first) = pictures.entry(portrait).or_insert((document, *place));
            if *person != document {
                gathered.faults.push((*place, Column::Portrait, RowFault::PortraitTwice(*first)));
            }
        }
    }
}

/// Nothing is certified twice. A row of its own that repeats another one is a slip of the list. An instructor whom several rows
/// name for the same subject or work gets one certificate, for the highest of the awards.
fn keep_once(made: Vec<Made>, gathered: &mut Gathered) {
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::with_capacity(made.len());
    let mut kept: Vec<Made> = Vec::with_capacity(made.len());
    let mut merged = std::collections::HashSet::new();
    for one in made {
        let identity = one.award.identity();
        let Some(&at) = seen.get(&identity) else {
            seen.insert(identity, kept.len());
            kept.push(one);
            continue;
        };
        let Some(before) = kept.get_mut(at) else { continue };
        if one.named && before.named && merge_instructor(&mut before.award.achievement, one.award.achievement) {
            merged.insert(at);
        } else {
            gathered.faults.push((one.place, Column::Name, RowFault::Duplicate(before.place)));
        }
    }
    gathered.merged_instructors = merged.len();
    gathered.awards = kept.into_iter().map(|m| m.award).collect();
}

/// Takes the higher award with its winners; of equal ones the winners of both. Says whether both are an instructor's.
fn merge_instructor(before: &mut Achievement, more: Achievement) -> bool {
    let Achievement::Award { level, role: Role::Instructor, team, instructors, .. } = before else { return false };
    let Achievement::Award { level: new_level, role: Role::Instructor, team: new_team, instructors: new_instructors, .. } = more else {
        return false;
    };
    match new_level.cmp(level) {
        // The order of levels is from the highest down.
        std::cmp::Ordering::Less => (*level, *team, *instructors) = (new_level, new_team, new_instructors),
        std::cmp::Ordering::Equal => {
            add_missing(team, new_team);
            add_missing(instructors, new_instructors);
        }
        std::cmp::Ordering::Greater => {}
    }
    true
}

fn add_missing(names: &mut Vec<PersonName>, more: Vec<PersonName>) {
    for name in more {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}
