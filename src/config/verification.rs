//! `[verification]`: how long reviewers have, and how long pictures are kept.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::domain::workday::Calendar;

/// How verification works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Public holidays, and weekend days that are worked.
    pub calendar: Calendar,
    /// Working days after the day of a submission within which it is decided.
    pub working_days: u32,
    /// Days after the approval until the pictures are deleted, but for the portrait.
    pub keep_approved_days: u32,
    /// Days after the last change until the pictures of a draft or of a returned case are deleted.
    pub keep_abandoned_days: u32,
}

/// As the operator writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawVerification {
    holidays: Option<PathBuf>,
    working_days: u32,
    keep_approved_days: u32,
    keep_abandoned_days: u32,
}

impl Default for RawVerification {
    fn default() -> Self {
        Self { holidays: None, working_days: 2, keep_approved_days: 30, keep_abandoned_days: 180 }
    }
}

impl RawVerification {
    /// Reads the file of holidays, relative to the data folder.
    pub(super) fn check(self, data: &Path, problems: &mut Vec<String>) -> Verification {
        let mut problem = |key: &str, said: String| problems.push(format!("verification.{key}: {said}"));
        let calendar = self.holidays.map_or_else(Calendar::default, |file| {
            let path = data.join(file);
            let text = std::fs::read_to_string(&path).map_err(|e| problem("holidays", format!("{}: {e}", path.display())));
            let parsed = text.ok().map(|text| Calendar::parse(&text).map_err(|e| problem("holidays", e.to_string())));
            parsed.and_then(Result::ok).unwrap_or_default()
        });
        let mut days = |key: &str, days: u32, most: u32| {
            if !(1..=most).contains(&days) {
                problem(key, format!("应为 1 至 {most} / from 1 to {most}"));
            }
            days
        };
        Verification {
            calendar,
            working_days: days("working_days", self.working_days, 60),
            keep_approved_days: days("keep_approved_days", self.keep_approved_days, 3_650),
            keep_abandoned_days: days("keep_abandoned_days", self.keep_abandoned_days, 3_650),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("good.txt"), "2026-10-01 休\n").unwrap();
        std::fs::write(folder.path().join("bad.txt"), "2026-13-01 休\n").unwrap();
        let check = |text: &str| {
            let mut problems = Vec::new();
            let checked = toml::from_str::<RawVerification>(text).unwrap().check(folder.path(), &mut problems);
            (checked, problems)
        };
        let (plain, problems) = check("");
        assert_eq!((plain.working_days, plain.keep_approved_days, plain.keep_abandoned_days, problems.len()), (2, 30, 180, 0));
        assert!(check("holidays = \"good.txt\"").0.calendar.known_until().is_some());
        let (_, problems) = check("holidays = \"bad.txt\"\nworking_days = 0\nkeep_approved_days = 4000");
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(check("holidays = \"none.txt\"").1[0].starts_with("verification.holidays: "));
    }
}
