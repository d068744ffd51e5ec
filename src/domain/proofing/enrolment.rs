//! 学籍认证: where a student studies.

use jiff::civil::Date;

use super::field::{Field, Place, Slip, Typed, kept, line};
use super::school::{School, SchoolError};

/// Years before today within which an enrolment lies.
const YEARS_BACK: i16 = 12;
/// The longest studies, in years: eight of medicine, with some that were interrupted.
const LONGEST: i16 = 12;
/// The most characters of a department's name.
const MAX_DEPARTMENT: usize = 60;
/// The most characters of a student number.
const MAX_STUDENT_NUMBER: usize = 32;

/// What one studies for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Degree {
    /// 中职.
    Secondary,
    /// 专科.
    Associate,
    /// 本科.
    Bachelor,
    /// 硕士研究生.
    Master,
    /// 博士研究生.
    Doctor,
}

impl Degree {
    /// Every degree, in the order in which forms offer them.
    pub const ALL: [Self; 5] = [Self::Secondary, Self::Associate, Self::Bachelor, Self::Master, Self::Doctor];

    /// The name in forms and records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Secondary => "secondary",
            Self::Associate => "associate",
            Self::Bachelor => "bachelor",
            Self::Master => "master",
            Self::Doctor => "doctor",
        }
    }

    /// The inverse of [`Degree::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|degree| degree.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Secondary => "中职",
            Self::Associate => "专科",
            Self::Bachelor => "本科",
            Self::Master => "硕士研究生",
            Self::Doctor => "博士研究生",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Secondary => "Secondary vocational",
            Self::Associate => "Associate",
            Self::Bachelor => "Bachelor",
            Self::Master => "Master",
            Self::Doctor => "Doctor",
        }
    }
}

/// What the form of the enrolment says, once it is right.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The school, from the list.
    pub school: School,
    /// The student number.
    pub student_number: String,
    /// The department.
    pub department: String,
    /// What the student studies for.
    pub degree: Degree,
    /// The first day.
    pub enrolled_on: Date,
    /// The last day, past or planned.
    pub graduates_on: Date,
}

impl Enrolment {
    /// Reads the form. `school` is the one on the list that has the typed name, if there is one; `today` is the day in Beijing.
    ///
    /// # Errors
    /// Every field that is wrong, with what is wrong with it.
    pub fn parse(typed: &Typed, school: Option<School>, today: Date) -> Result<Self, Vec<(Place, Slip)>> {
        let mut slips = Vec::new();
        let school =
            if typed.get(Field::School).trim().is_empty() { Err(Slip::Empty) } else { school.ok_or(Slip::School(SchoolError::Unknown)) };
        let school = kept(Place::Field(Field::School), school, &mut slips);
        let number = kept(Place::Field(Field::StudentNumber), student_number(typed.get(Field::StudentNumber)), &mut slips);
        let department = kept(Place::Field(Field::Department), line(typed.get(Field::Department), MAX_DEPARTMENT), &mut slips);
        let degree = Degree::from_code(typed.get(Field::Degree)).ok_or(Slip::Unchosen);
        let degree = kept(Place::Field(Field::Degree), degree, &mut slips);
        let enrolled = day(typed.get(Field::EnrolledOn)).and_then(|day| enrolled(day, today));
        let enrolled = kept(Place::Field(Field::EnrolledOn), enrolled, &mut slips);
        let graduates = day(typed.get(Field::GraduatesOn)).and_then(|day| enrolled.map_or(Ok(day), |from| graduates(day, from)));
        let graduates = kept(Place::Field(Field::GraduatesOn), graduates, &mut slips);
        match (school, number, department, degree, enrolled, graduates) {
            (Some(school), Some(student_number), Some(department), Some(degree), Some(enrolled_on), Some(graduates_on)) => {
                Ok(Self { school, student_number, department, degree, enrolled_on, graduates_on })
            }
            _ => Err(slips),
        }
    }

    /// The form filled in with it.
    #[must_use]
    pub fn typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set(Field::School, &self.school.name);
        typed.set(Field::StudentNumber, &self.student_number);
        typed.set(Field::Department, &self.department);
        typed.set(Field::Degree, self.degree.code());
        typed.set(Field::EnrolledOn, &self.enrolled_on.to_string());
        typed.set(Field::GraduatesOn, &self.graduates_on.to_string());
        typed
    }
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment([elided])")
    }
}

fn student_number(typed: &str) -> Result<String, Slip> {
    let text: String = typed.trim().chars().map(crate::domain::text::half_width).collect();
    match text.chars().count() {
        0 => Err(Slip::Empty),
        n if n <= MAX_STUDENT_NUMBER && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => Ok(text),
        _ => Err(Slip::StudentNumber),
    }
}

/// A day as browsers send it, or as people type it: `2024-09-01`, `2024/9/1`, `2024.9.1`, `2024年9月1日`.
fn day(typed: &str) -> Result<Date, Slip> {
    let text: String = typed.chars().map(crate::domain::text::half_width).filter(|c| !c.is_whitespace()).collect();
    if text.is_empty() {
        return Err(Slip::Empty);
    }
    let parts: Vec<&str> = text.trim_end_matches('日').split(['-', '/', '.', '年', '月']).collect();
    let [year, month, day] = parts.as_slice() else { return Err(Slip::NotADate) };
    let digits = |part: &str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || ![year, month, day].into_iter().all(|part| digits(part)) {
        return Err(Slip::NotADate);
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else { return Err(Slip::NotADate) };
    Date::new(year, month, day).map_err(|_| Slip::NotADate)
}

fn enrolled(day: Date, today: Date) -> Result<Date, Slip> {
    let oldest = Date::new(today.year() - YEARS_BACK, 1, 1).map_err(|_| Slip::NotADate)?;
    if day < oldest || day > today { Err(Slip::EnrolledWhen(YEARS_BACK)) } else { Ok(day) }
}

fn graduates(day: Date, from: Date) -> Result<Date, Slip> {
    if day <= from {
        Err(Slip::GraduatesBefore)
    } else if day.year() - from.year() > LONGEST {
        Err(Slip::TooLongStudies(LONGEST))
    } else {
        Ok(day)
    }
}
