//! Working days: from Monday to Friday, but for public holidays, and with the weekend days that the State Council's notice of each year
//! makes working days instead (调休).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};

use super::time::{Instant, OutOfRange};

/// The exceptions from Monday to Friday.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    exceptions: BTreeMap<Date, bool>,
}

/// Why the text of a calendar cannot be used; every line that is wrong, by its number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("节假日文件第 {} 行有误：应为“2026-10-01 休”或“2026-10-10 班” / lines of the calendar: a date, then 休 or 班", .0.iter().map(usize::to_string).collect::<Vec<_>>().join("、"))]
pub struct CalendarError(pub BTreeSet<usize>);

impl Calendar {
    /// Reads a calendar: a line for each exception, `2026-10-01 休` or `2026-10-10 班`; what follows `#` is a remark.
    ///
    /// # Errors
    /// [`CalendarError`] with every bad line, and every line for a day that another line has.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let (mut exceptions, mut bad) = (BTreeMap::new(), BTreeSet::new());
        for (at, line) in text.lines().enumerate() {
            let said = line.split('#').next().unwrap_or_default().trim();
            if said.is_empty() {
                continue;
            }
            let mut words = said.split_whitespace();
            let (date, kind, rest) = (words.next().and_then(|d| d.parse::<Date>().ok()), words.next(), words.next());
            let works = match kind {
                Some("班") => Some(true),
                Some("休") => Some(false),
                _ => None,
            };
            match (date, works, rest) {
                (Some(date), Some(works), None) if exceptions.insert(date, works).is_none() => {}
                _ => drop(bad.insert(at + 1)),
            }
        }
        if bad.is_empty() { Ok(Self { exceptions }) } else { Err(CalendarError(bad)) }
    }

    /// Whether people work on a day.
    #[must_use]
    pub fn works_on(&self, date: Date) -> bool {
        let weekday = date.weekday();
        self.exceptions.get(&date).copied().unwrap_or(weekday != Weekday::Saturday && weekday != Weekday::Sunday)
    }

    /// The last day for which the calendar has an exception: after it, holidays are not known.
    #[must_use]
    pub fn known_until(&self) -> Option<Date> {
        self.exceptions.keys().next_back().copied()
    }

    /// When something that came in at `from` is due, if it has so many working days: the end of the last of them in Beijing. The day on
    /// which it came in does not count.
    ///
    /// # Errors
    /// [`OutOfRange`] at the end of time.
    pub fn due(&self, from: Instant, working_days: u32) -> Result<Instant, OutOfRange> {
        let (mut date, mut left) = (from.beijing_date(), working_days);
        while left > 0 {
            date = date.tomorrow().map_err(|_| OutOfRange)?;
            if self.works_on(date) {
                left -= 1;
            }
        }
        Instant::start_of(date.tomorrow().map_err(|_| OutOfRange)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    /// The National Day of 2023 as the State Council set it: 29 September to 6 October free, 7 and 8 October worked.
    fn golden_week() -> Calendar {
        let free = (29..=30).map(|d| format!("2023-09-{d} 休")).chain((1..=6).map(|d| format!("2023-10-0{d} 休")));
        let lines: Vec<String> = free.chain(["# 调休".into(), "2023-10-07 班".into(), "2023-10-08 班 # 周日".into()]).collect();
        Calendar::parse(&lines.join("\n")).unwrap()
    }

    #[test]
    fn two_working_days_over_a_weekend_and_over_a_holiday() {
        let calendar = golden_week();
        let due = |from: Date, hour: i8| calendar.due(Instant::at_beijing(from.at(hour, 59, 59, 0)).unwrap(), 2).unwrap().display_beijing();
        assert_eq!(due(date(2023, 11, 24), 23), "2023-11-29 00:00:00", "Friday: Monday and Tuesday");
        assert_eq!(due(date(2023, 11, 25), 0), "2023-11-29 00:00:00", "Saturday the same");
        assert_eq!(due(date(2023, 9, 28), 10), "2023-10-09 00:00:00", "Saturday and Sunday after the holiday are worked");
        assert_eq!(calendar.due(Instant::start_of(date(2023, 11, 24)).unwrap(), 0).unwrap().display_beijing(), "2023-11-25 00:00:00");
        assert_eq!(calendar.known_until(), Some(date(2023, 10, 8)));
    }

    #[test]
    fn every_bad_line_is_named() {
        let error =
            Calendar::parse("2023-10-01 休\n\n2023-10-01 班\nMonday 休\n2023-02-30 休\n2023-10-02 holiday\n2023-10-03 休 x").unwrap_err();
        assert_eq!(error.0.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
        assert_eq!(Calendar::parse(" # nothing\n"), Ok(Calendar::default()));
    }
}
