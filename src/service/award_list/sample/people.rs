//! Invents people, deterministically.

use super::names::{GIVEN, SCHOOLS, SPECIAL, SUBJECTS, SURNAMES, WORKS};

/// Provinces of GB/T 2260, for the first two digits.
const PROVINCES: [&str; 12] = ["11", "12", "21", "31", "32", "33", "37", "42", "44", "51", "61", "65"];

/// A source of people. Each call goes on where the last one ended.
pub(super) struct Invented {
    state: u64,
    people: usize,
}

impl Invented {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed, people: 0 }
    }

    /// People with other numbers than the first `known`.
    pub(super) fn after(seed: u64, known: usize) -> Self {
        Self { state: seed, people: known }
    }

    /// SplitMix64: the sample must be the same on every machine and with every version of a library.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, from: &[T], otherwise: T) -> T {
        let at = self.below(from.len());
        from.get(at).copied().unwrap_or(otherwise)
    }

    fn plain_name(&mut self) -> String {
        let two = self.below(3) > 0;
        let (surname, first) = (self.pick(&SURNAMES, "李"), self.pick(&GIVEN, "明"));
        let second = if two { self.pick(&GIVEN, "") } else { "" };
        format!("{surname}{first}{second}")
    }

    /// Every sixth name is a special one, in turn.
    fn name(&mut self) -> String {
        self.people += 1;
        match SPECIAL.get(self.people / 6 % SPECIAL.len()) {
            Some(special) if self.people.is_multiple_of(6) => (*special).to_owned(),
            _ => self.plain_name(),
        }
    }

    /// `count` names, none twice.
    fn names(&mut self, count: usize, but: &[String]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        while names.len() < count {
            let name = self.plain_name();
            if !names.contains(&name) && !but.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Kind and number of a document. Numbers count up, so that none is given twice in a list.
    fn document(&mut self, name: &str) -> (&'static str, String) {
        let person = self.people;
        if !name.chars().any(crate::domain::text::is_han) {
            return ("护照", format!("X{:08}", person % 100_000_000));
        }
        match person % 25 {
            7 => ("港澳居民来往内地通行证", format!("H{:08}", person % 100_000_000)),
            14 => ("台湾居民来往大陆通行证", format!("{:08}", person % 100_000_000)),
            21 => ("港澳台居民居住证", self.card("810000", person)),
            _ => {
                let province = self.pick(&PROVINCES, "11");
                ("居民身份证", self.card(&format!("{province}9900"), person))
            }
        }
    }

    /// Region, a birth date between 1998 and 2005, a sequence and the check character of ISO 7064 MOD 11-2. Day and sequence come
    /// from the person's number, so that the 2.6 million first people of one region differ.
    fn card(&mut self, region: &str, person: usize) -> String {
        let (sequence, day, month, year) = (person % 1000, person / 1000 % 28 + 1, person / 28_000 % 12 + 1, person / 336_000 % 8 + 1998);
        let digits = format!("{region}{year:04}{month:02}{day:02}{sequence:03}");
        // The weight of the place i from the right is 2^i modulo 11.
        let sum = digits.bytes().fold(0u32, |sum, b| (sum + u32::from(b - b'0')) * 2 % 11);
        let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"];
        let at = usize::try_from(sum).unwrap_or(0);
        format!("{digits}{}", check.get(at).copied().unwrap_or_default())
    }

    fn telephone(&self) -> String {
        format!("12{:09}", self.people)
    }

    /// From contest to school: what every row of a work has, then the person.
    fn row(&mut self, work: &[String; 5], school: &str) -> Vec<String> {
        let name = self.name();
        let (kind, number) = self.document(&name);
        let telephone = self.telephone();
        work.iter().cloned().chain([name, kind.to_owned(), number, telephone, school.to_owned()]).collect()
    }

    fn facts(&mut self, contest: &str, number: usize) -> [String; 5] {
        let (category, subject) = self.pick(&SUBJECTS, ("软件类", "C/C++程序设计"));
        let title = format!("{}{}", self.pick(&WORKS.0, "星海"), self.pick(&WORKS.1, "校园助手"));
        let award = match number % 10 {
            0 => "特等奖",
            1 | 2 => "一等奖",
            3..=5 => "二等奖",
            6..=8 => "三等奖",
            _ => "优秀奖",
        };
        // The number keeps works of one title apart.
        [contest.to_owned(), category.to_owned(), subject.to_owned(), format!("{title}{:03}", number + 1), award.to_owned()]
    }

    /// The rows of one work: mostly one winner, every fourth a team of two or three with a row each, some with co-creators named.
    pub(super) fn work(&mut self, contest: &str, number: usize) -> Vec<Vec<String>> {
        let facts = self.facts(contest, number);
        let school = self.pick(&SCHOOLS, "蓝海大学");
        let members = if number.is_multiple_of(4) { 2 + number / 4 % 2 } else { 1 };
        let mut rows: Vec<Vec<String>> = (0..members).map(|_| self.row(&facts, school)).collect();
        let own: Vec<String> = rows.iter().filter_map(|r| r.get(5).cloned()).collect();
        let co_creators = self.names(if number % 5 == 2 { 1 + number % 3 } else { 0 }, &own);
        let others = [own, co_creators.clone()].concat();
        let instructors = self.names(number % 3, &others);
        for (i, row) in rows.iter_mut().enumerate() {
            // As committees do: the names stand in the first row of a work.
            let first = i == 0;
            row.push(if first { co_creators.join("、") } else { String::new() });
            row.push(if first { instructors.join("、") } else { String::new() });
        }
        rows
    }

    /// One winner of a work of their own, with an instructor.
    pub(super) fn winner(&mut self, contest: &str, number: usize) -> Vec<String> {
        let facts = self.facts(contest, number);
        let school = self.pick(&SCHOOLS, "蓝海大学");
        let mut row = self.row(&facts, school);
        let instructors = self.names(1, row.get(5..6).unwrap_or_default());
        row.extend([String::new(), instructors.join("、")]);
        row
    }

    /// A row of an ability list.
    pub(super) fn applicant(&mut self, programme: &str, number: usize, portrait: &str) -> std::vec::IntoIter<String> {
        let school = self.pick(&SCHOOLS, "蓝海大学").to_owned();
        let name = self.name();
        let (kind, document) = self.document(&name);
        let title = ["区块链金融行业工程师", "人工智能训练工程师", "数字孪生应用工程师"][number % 3];
        let level = ["初级", "中级", "高级"][number / 3 % 3];
        let fields = [programme, &name, kind, &document, &self.telephone(), &school, title, level, portrait];
        fields.map(str::to_owned).to_vec().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::identity::IdentityDocument;
    use crate::domain::telephone::Telephone;
    use std::collections::HashSet;

    #[test]
    fn invented_people_pass_every_check_and_none_is_there_twice() {
        let mut invented = Invented::new(1);
        let mut seen = HashSet::new();
        for number in 0..3000 {
            let row = invented.winner("c", number);
            assert!(IdentityDocument::parse_any(&row[7]).is_ok(), "{}", row[7]);
            assert!(Telephone::parse(&row[8]).is_ok());
            assert!(seen.insert(row[7].clone()));
        }
    }
}
