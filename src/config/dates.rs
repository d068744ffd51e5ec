//! The dates of a contest as an operator writes them.

use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::programme::Timeline;
use crate::domain::time::{Instant, Period};

/// Each is a day or a time: `notice_last_day = "2023-11-30"` is `notice_closes = "2023-11-30 24:00"`.
#[derive(Deserialize)]
pub(super) struct RawDates {
    /// First and last day of the public notice: the last day counts in full ("24点截止").
    notice_first_day: Option<Date>,
    notice_opens: Option<String>,
    notice_last_day: Option<Date>,
    notice_closes: Option<String>,
    registration_last_day: Option<Date>,
    registration_closes: Option<String>,
    release_day: Option<Date>,
    release: Option<String>,
    claim_last_day: Option<Date>,
    claims_close: Option<String>,
}

/// The first instant of a day, or the first after it.
enum Edge {
    First,
    After,
}

impl RawDates {
    pub(super) fn timeline(&self) -> Result<Timeline, String> {
        use Edge::{After, First};
        let opens = instant(("notice_first_day", self.notice_first_day, First), ("notice_opens", &self.notice_opens))?;
        let closes = instant(("notice_last_day", self.notice_last_day, After), ("notice_closes", &self.notice_closes))?;
        let registration =
            instant(("registration_last_day", self.registration_last_day, After), ("registration_closes", &self.registration_closes))?;
        let release = instant(("release_day", self.release_day, First), ("release", &self.release))?;
        let claims = instant(("claim_last_day", self.claim_last_day, After), ("claims_close", &self.claims_close))?;
        let notice = Period::new(opens, closes).map_err(|e| e.to_string())?;
        Timeline::new(notice, registration, release, claims).map_err(|e| e.to_string())
    }
}

fn instant((day_key, day, edge): (&str, Option<Date>, Edge), (key, time): (&str, &Option<String>)) -> Result<Instant, String> {
    match (day, time) {
        (Some(day), None) => {
            let day = if matches!(edge, Edge::First) { Ok(day) } else { day.tomorrow() };
            day.map_err(|e| e.to_string()).and_then(|day| Instant::start_of(day).map_err(|e| e.to_string()))
        }
        (None, Some(time)) => Instant::parse_beijing(time).map_err(|e| format!("{key}: {e}")),
        (None, None) => Err(format!("缺少 {day_key} 或 {key} / {day_key} or {key} is missing")),
        (Some(_), Some(_)) => Err(format!("{day_key} 与 {key} 只能写一个 / {day_key} and {key}: only one of the two")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(text: &str) -> Result<Timeline, String> {
        toml::from_str::<RawDates>(text).map_err(|e| e.to_string()).and_then(|dates| dates.timeline())
    }

    #[test]
    fn days_and_times_say_the_same() {
        let days = "notice_first_day = \"2023-11-24\"\nnotice_last_day = \"2023-11-30\"\nregistration_last_day = \"2023-12-31\"\n\
                    release_day = \"2024-01-01\"\nclaim_last_day = \"2024-01-31\"";
        let times = "notice_opens = \"2023-11-24\"\nnotice_closes = \"2023-11-30 24:00\"\nregistration_closes = \"2024-01-01 00:00\"\n\
                     release = \"2024-01-01 00:00:00\"\nclaims_close = \"2024-01-31 24:00\"";
        assert_eq!(timeline(days).unwrap(), timeline(times).unwrap());
        let both = timeline(&format!("{days}\nrelease = \"2024-01-01\"")).unwrap_err();
        assert!(both.contains("release_day 与 release 只能写一个"), "{both}");
        assert!(timeline("").unwrap_err().contains("缺少 notice_first_day 或 notice_opens"));
        assert!(timeline(&times.replace("24:00", "25:00")).unwrap_err().starts_with("notice_closes: "));
    }
}
