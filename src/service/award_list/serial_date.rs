//! Excel's day numbers, only to show a person which cell is meant.

use jiff::ToSpan;
use jiff::civil::date;

/// A serial number of the 1900 date system as a date; the serial number itself if it is no date.
pub(super) fn shown(serial: f64) -> String {
    let days = format!("{:.0}", serial.floor());
    // Day 60 is the 29 February 1900 that never was: later days count from 30 December 1899.
    let found = days.parse::<i32>().ok().filter(|d| (60..2_958_466).contains(d));
    match found.and_then(|d| date(1899, 12, 30).checked_add(d.days()).ok()) {
        Some(day) => day.to_string(),
        None => super::grid::plain_number(serial),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn serials_are_days() {
        assert_eq!(super::shown(45_254.0), "2023-11-24");
        assert_eq!(super::shown(0.25), "0.25");
        assert_eq!(super::shown(f64::NAN), "#NUM!");
    }
}
