//! Whose award it is, and what its holder still has to wait for.

use super::award::Role;
use super::eligibility::{Held, NotYet};
use super::proofing::{Proofed, Standing, in_time};
use super::time::Instant;

/// How a fact of an award compares with that of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Both have it, and it is the same.
    Same,
    /// Both have it, and it is not the same.
    Different,
    /// One of them does not have it.
    Unknown,
}

impl Agreement {
    /// Compares what may be missing.
    #[must_use]
    pub fn of<T: PartialEq>(one: Option<T>, other: Option<T>) -> Self {
        match (one, other) {
            (Some(one), Some(other)) if one == other => Self::Same,
            (Some(_), Some(_)) => Self::Different,
            _ => Self::Unknown,
        }
    }
}

/// What an award and an account have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resemblance {
    /// Whether the telephone given at contest entry was the account's when the list came.
    pub telephone: Agreement,
    /// Whether the names are the same.
    pub name: bool,
    /// The identity document in the list, and the verified one.
    pub document: Agreement,
    /// The school in the list, and the verified one.
    pub school: Agreement,
}

/// Whether an award is an account's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// It is.
    Certain,
    /// It may be: a person looks at it.
    Doubtful(Doubt),
    /// Nothing speaks for it.
    None,
}

/// Why a person looks at a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The telephone or the document is the same, the name is not.
    Name,
    /// The name is the same, and document or school; the telephone is not, or the list has none.
    Telephone,
    /// Name and telephone are the same, the document is not.
    Document,
}

impl Doubt {
    const ALL: [Self; 3] = [Self::Name, Self::Telephone, Self::Document];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Telephone => "telephone",
            Self::Document => "document",
        }
    }

    /// The inverse of [`Doubt::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|doubt| doubt.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Name => "姓名与名单不一致",
            Self::Telephone => "手机号与名单不一致，或名单中没有手机号",
            Self::Document => "证件号码与名单不一致",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Name => "the name differs from the list",
            Self::Telephone => "the telephone differs from the list, or the list has none",
            Self::Document => "the identity document differs from the list",
        }
    }
}

impl Resemblance {
    /// Telephone and name make a match; every other likeness is looked at by a person rather than guessed (DOMAIN.md, S2 and S4).
    #[must_use]
    pub fn judge(self) -> Match {
        use Agreement::{Different, Same};
        match self {
            Self { telephone: Same, name: true, document: Different, .. } => Match::Doubtful(Doubt::Document),
            Self { telephone: Same, name: true, .. } => Match::Certain,
            Self { telephone: Same, name: false, .. } | Self { document: Same, name: false, .. } => Match::Doubtful(Doubt::Name),
            Self { name: true, document: Same, .. } => Match::Doubtful(Doubt::Telephone),
            Self { name: true, school: Same, document, .. } if document != Different => Match::Doubtful(Doubt::Telephone),
            _ => Match::None,
        }
    }
}

/// Whether a contest certifies only those who registered in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Registration {
    /// The committee's list alone counts.
    #[default]
    NotNeeded,
    /// The holder has an account and is verified; both forms were handed in before the deadline. An instructor was entered by a verified
    /// school before it.
    Required,
}

impl Registration {
    /// The name in records and settings.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotNeeded => "not-needed",
            Self::Required => "required",
        }
    }

    /// The inverse of [`Registration::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::NotNeeded, Self::Required].into_iter().find(|one| one.code() == code)
    }
}

/// What the registration of a holder comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registered {
    /// The role in the award.
    pub role: Role,
    /// Where the account stands.
    pub proofed: Proofed,
    /// Since when a verified school vouches for an instructor, and when it first entered them.
    pub vouched: Standing,
}

/// Something that stands between a holder and the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// An objection is open, or was upheld.
    Held(Held),
    /// The notice of the contest stands in the way.
    NotYet(NotYet),
    /// Registration ended before the holder had handed in what it needs.
    TooLate {
        /// When it ended.
        deadline: Instant,
    },
    /// A verification is missing.
    NotVerified {
        /// Whether it is that of the real name.
        real_name: bool,
        /// Whether it is that of the enrolment.
        enrolment: bool,
        /// Before when both forms must be handed in, where that is still to be done.
        until: Option<Instant>,
    },
    /// No verified school has entered the instructor.
    NotVouched {
        /// Before when it must.
        until: Instant,
    },
    /// The certificate is not released.
    NotReleased {
        /// From when on it can be had.
        at: Instant,
    },
}

impl Registered {
    /// What registration leaves in the way, if the deadline of the contest is `deadline`.
    #[must_use]
    pub fn obstacle(&self, deadline: Instant, now: Instant) -> Option<Obstacle> {
        let (handed_in, verified) = match self.role {
            Role::Instructor => (self.vouched.first_submitted, self.vouched.verified_since),
            Role::Winner | Role::CoCreator => (self.proofed.first_submitted(), self.proofed.verified_since()),
        };
        // Whoever has handed in nothing may still do so before the deadline.
        if !in_time(handed_in.or(Some(now)), deadline) {
            return Some(Obstacle::TooLate { deadline });
        }
        match (verified, self.role) {
            (Some(_), _) => None,
            (None, Role::Instructor) => Some(Obstacle::NotVouched { until: deadline }),
            (None, _) => Some(Obstacle::NotVerified {
                real_name: self.proofed.real_name.verified_since.is_none(),
                enrolment: self.proofed.enrolment.verified_since.is_none(),
                until: handed_in.is_none().then_some(deadline),
            }),
        }
    }
}

/// Everything that stands in the way of a certificate at `now`, what is final first.
#[must_use]
pub fn obstacles(
    registration: Option<(&Registered, Instant)>,
    held: Option<Held>,
    certifiable: Result<(), NotYet>,
    release: Instant,
    now: Instant,
) -> Vec<Obstacle> {
    let withdrawn = held.filter(|held| *held == Held::Withdrawn);
    if let Some(held) = withdrawn {
        return vec![Obstacle::Held(held)];
    }
    let registered = registration.and_then(|(registered, deadline)| registered.obstacle(deadline, now));
    let all = [
        registered,
        held.map(Obstacle::Held),
        certifiable.err().map(Obstacle::NotYet),
        (now < release).then_some(Obstacle::NotReleased { at: release }),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Agreement::{Different, Same, Unknown};

    #[test]
    fn telephone_and_name_make_a_match_and_nothing_else_does() {
        let of = |telephone, name, document, school| Resemblance { telephone, name, document, school }.judge();
        for document in [Same, Unknown] {
            for school in [Same, Different, Unknown] {
                assert_eq!(of(Same, true, document, school), Match::Certain);
            }
        }
        assert_eq!(of(Same, true, Different, Same), Match::Doubtful(Doubt::Document));
        assert_eq!(of(Same, false, Same, Same), Match::Doubtful(Doubt::Name));
        assert_eq!(of(Unknown, false, Same, Unknown), Match::Doubtful(Doubt::Name));
        assert_eq!(of(Different, true, Same, Unknown), Match::Doubtful(Doubt::Telephone));
        assert_eq!(of(Unknown, true, Unknown, Same), Match::Doubtful(Doubt::Telephone));
        // A namesake at the same school with another document, or at another school, is somebody else.
        assert_eq!(of(Unknown, true, Different, Same), Match::None);
        assert_eq!(of(Different, true, Unknown, Different), Match::None);
        assert_eq!(of(Different, true, Unknown, Unknown), Match::None);
        assert_eq!(of(Different, false, Different, Same), Match::None);
    }

    fn at(text: &str) -> Instant {
        Instant::parse_beijing(text).unwrap()
    }

    fn student(handed_in: Option<Instant>, verified: Option<Instant>) -> Registered {
        let standing = Standing { verified_since: verified, first_submitted: handed_in };
        Registered {
            role: Role::Winner,
            proofed: Proofed { real_name: standing, enrolment: standing, ..Proofed::default() },
            vouched: Standing::default(),
        }
    }

    #[test]
    fn registration_ends_to_the_second_for_students_and_for_instructors() {
        let deadline = at("2023-12-31 24:00");
        let (before, after) = (deadline.plus_millis(-1), deadline.plus_millis(1));
        let late = Some(Obstacle::TooLate { deadline });
        assert_eq!(student(Some(before), Some(after)).obstacle(deadline, after), None, "handed in before, decided after");
        assert_eq!(student(Some(deadline), Some(after)).obstacle(deadline, after), late);
        assert_eq!(student(Some(after), Some(after)).obstacle(deadline, after), late);
        let missing = |until| Some(Obstacle::NotVerified { real_name: true, enrolment: true, until });
        assert_eq!(student(None, None).obstacle(deadline, before), missing(Some(deadline)), "there is still a moment");
        assert_eq!(student(None, None).obstacle(deadline, deadline), late);
        assert_eq!(student(Some(before), None).obstacle(deadline, after), missing(None), "a case that is sent back may be corrected");
        let instructor = |standing| Registered { role: Role::Instructor, vouched: standing, ..student(Some(before), Some(before)) };
        let vouched = |first, since| Standing { first_submitted: first, verified_since: since };
        assert_eq!(instructor(vouched(Some(before), Some(after))).obstacle(deadline, after), None);
        assert_eq!(instructor(vouched(Some(deadline), Some(after))).obstacle(deadline, after), late);
        assert_eq!(instructor(Standing::default()).obstacle(deadline, before), Some(Obstacle::NotVouched { until: deadline }));
        assert_eq!(instructor(Standing::default()).obstacle(deadline, deadline), late);
        assert_eq!(student(Some(before), Some(before)).obstacle(deadline, after), None, "a school vouches for nobody but instructors");
    }

    #[test]
    fn everything_in_the_way_is_said_at_once() {
        let (deadline, release) = (at("2023-12-31 24:00"), at("2024-01-01"));
        let now = at("2023-11-25");
        let open = NotYet::NoticeOpen { until: at("2023-11-30 24:00") };
        let registered = student(None, None);
        let all = obstacles(Some((&registered, deadline)), Some(Held::ByObjection), Err(open), release, now);
        assert_eq!(all.len(), 4);
        assert_eq!(all[3], Obstacle::NotReleased { at: release });
        let withdrawn = obstacles(Some((&registered, deadline)), Some(Held::Withdrawn), Err(open), release, now);
        assert_eq!(withdrawn, [Obstacle::Held(Held::Withdrawn)], "nothing else matters then");
        assert_eq!(obstacles(None, None, Ok(()), release, release.plus_millis(-1)), [Obstacle::NotReleased { at: release }]);
        assert_eq!(obstacles(None, None, Ok(()), release, release), []);
    }
}
