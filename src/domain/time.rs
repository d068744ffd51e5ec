//! Beijing time. Instants are milliseconds since 1970 in UTC; people see and write dates and times of Asia/Shanghai.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// The instant is outside the years that a certificate can name (0001 to 9999).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("时间超出范围 / the time is out of range")]
pub struct OutOfRange;

/// The text is no day, and no day with a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}”不是北京时间，应如 2023-11-24、2023-11-24 09:30 或 2023-11-30 24:00 / not a time such as 2023-11-24 09:30 or 2023-11-30 24:00"
)]
pub struct NotATime(String);

fn two_digits(text: &str) -> Option<i8> {
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Year 0001 to 9999 with a day to spare, so that every instant has a Beijing date.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_510_400_000..=253_402_113_600_000;

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// # Errors
    /// [`OutOfRange`] outside the years 0001 to 9999.
    pub fn from_millis(millis: i64) -> Result<Self, OutOfRange> {
        if RANGE.contains(&millis) { Ok(Self(millis)) } else { Err(OutOfRange) }
    }

    /// # Errors
    /// [`OutOfRange`] outside the years 0001 to 9999.
    pub fn from_timestamp(at: jiff::Timestamp) -> Result<Self, OutOfRange> {
        Self::from_millis(at.as_millisecond())
    }

    /// The instant at which `date` begins in Beijing.
    ///
    /// # Errors
    /// [`OutOfRange`] at the very ends of the calendar.
    pub fn start_of(date: Date) -> Result<Self, OutOfRange> {
        Self::at_beijing(date.at(0, 0, 0, 0))
    }

    /// The instant at which a Beijing clock shows `local`.
    ///
    /// # Errors
    /// [`OutOfRange`] at the very ends of the calendar.
    pub fn at_beijing(local: DateTime) -> Result<Self, OutOfRange> {
        Self::from_timestamp(BEIJING.to_timestamp(local).map_err(|_| OutOfRange)?)
    }

    /// An instant as a notice writes it, in Beijing time: `2023-11-24`, `2023-11-24 09:30`, `2023-11-24 09:30:15`. `24:00` is the end of its
    /// day, which is the start of the next ("24点截止").
    ///
    /// # Errors
    /// [`NotATime`] for anything else.
    pub fn parse_beijing(typed: &str) -> Result<Self, NotATime> {
        let wrong = || NotATime(typed.chars().take(40).collect());
        let (day, clock) = typed.trim().split_once(['T', ' ']).map_or((typed.trim(), ""), |(day, clock)| (day, clock.trim()));
        let day: Date = day.parse().map_err(|_| wrong())?;
        let parts = if clock.is_empty() { Some(Vec::new()) } else { clock.split(':').map(two_digits).collect::<Option<Vec<i8>>>() };
        let at = match parts.ok_or_else(wrong)?[..] {
            [] => Ok(day.at(0, 0, 0, 0)),
            [24, 0] | [24, 0, 0] => day.tomorrow().map(|next| next.at(0, 0, 0, 0)),
            [hour, minute] => day.at(0, 0, 0, 0).with().hour(hour).minute(minute).build(),
            [hour, minute, second] => day.at(0, 0, 0, 0).with().hour(hour).minute(minute).second(second).build(),
            _ => return Err(wrong()),
        };
        Self::at_beijing(at.map_err(|_| wrong())?).map_err(|_| wrong())
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// What a clock in Beijing shows.
    #[must_use]
    pub fn beijing(self) -> DateTime {
        let at = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        BEIJING.to_datetime(at)
    }

    /// The calendar day in Beijing.
    #[must_use]
    pub fn beijing_date(self) -> Date {
        self.beijing().date()
    }

    /// `2024-01-05 09:30:00`, Beijing time, for people.
    #[must_use]
    pub fn display_beijing(self) -> String {
        self.beijing().strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The end of a period as notices write it: the start of a day is `24:00` of the day before. `2023-11-30 24:00`, else as
    /// [`Instant::display_beijing`].
    #[must_use]
    pub fn display_end_beijing(self) -> String {
        self.ended_day().map_or_else(|| self.display_beijing(), |day| format!("{day} 24:00"))
    }

    /// The day in Beijing that ends at this very instant, if one does.
    #[must_use]
    pub fn ended_day(self) -> Option<Date> {
        let local = self.beijing();
        if local.time() == Time::midnight() { local.date().yesterday().ok() } else { None }
    }

    /// RFC 3339 with Beijing's offset, for machines: `2024-01-05T09:30:00+08:00`.
    #[must_use]
    pub fn rfc3339_beijing(self) -> String {
        self.beijing().strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string()
    }

    /// The instant `millis` later, held within range.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis).clamp(*RANGE.start(), *RANGE.end()))
    }
}

/// China has used UTC+8 without daylight saving since 1992, and the service knows no earlier event: a fixed offset keeps
/// every machine's answer the same whatever its zone data say.
const BEIJING: Offset = Offset::constant(8);

/// From the first instant to the last, the end exclusive: "11月30日24点截止" ends at the start of 1 December.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    start: Instant,
    end: Instant,
}

/// A period that would end before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("期间的截止须晚于开始 / a period must end after it starts")]
pub struct EmptyPeriod;

impl Period {
    /// # Errors
    /// [`EmptyPeriod`] unless `start < end`.
    pub fn new(start: Instant, end: Instant) -> Result<Self, EmptyPeriod> {
        if start < end { Ok(Self { start, end }) } else { Err(EmptyPeriod) }
    }

    /// The first instant inside.
    #[must_use]
    pub fn start(self) -> Instant {
        self.start
    }

    /// The first instant after.
    #[must_use]
    pub fn end(self) -> Instant {
        self.end
    }

    /// Whether `at` lies inside; the end is outside.
    #[must_use]
    pub fn contains(self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_ends_at_the_start_of_the_next_day_in_beijing() {
        let period = Period::new(Instant::start_of(date(2023, 11, 24)).unwrap(), Instant::start_of(date(2023, 12, 1)).unwrap()).unwrap();
        let end = period.end();
        assert!(period.contains(end.plus_millis(-1)));
        assert!(!period.contains(end));
        assert_eq!(end.rfc3339_beijing(), "2023-12-01T00:00:00+08:00");
        assert_eq!(end.plus_millis(-1).beijing_date(), date(2023, 11, 30));
        assert_eq!(end.millis(), 1_701_360_000_000);
    }

    #[test]
    fn times_are_read_as_notices_write_them() {
        let read = |text: &str| Instant::parse_beijing(text).map(Instant::rfc3339_beijing);
        for (text, at) in [
            ("2023-11-24", "2023-11-24T00:00:00+08:00"),
            (" 2023-11-24 09:30 ", "2023-11-24T09:30:00+08:00"),
            ("2023-11-24T23:59:59", "2023-11-24T23:59:59+08:00"),
            ("2023-11-30 24:00", "2023-12-01T00:00:00+08:00"),
            ("2024-02-29 24:00:00", "2024-03-01T00:00:00+08:00"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(at), "{text}");
        }
        let ends = |text| Instant::parse_beijing(text).unwrap().display_end_beijing();
        for (end, said) in [("2023-12-01", "2023-11-30 24:00"), ("2024-01-01 00:00:01", "2024-01-01 00:00:01")] {
            assert_eq!(ends(end), said);
        }
        for bad in
            ["", "2023-11-31", "2023-02-29 10:00", "2023-11-24 24:01", "2023-11-24 9:30", "2023-11-24 25:00", "2023-11-24 09:30Z", "明天"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
