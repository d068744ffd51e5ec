//! Accounts of the sample world, one for each role.

use zeroize::Zeroizing;

use crate::domain::account::{AccountId, Office, Offices};
use crate::domain::name::PersonName;
use crate::domain::password::Password;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::NewAccount;
use crate::service::Service;
use crate::service::access::{AccessError, Random};

/// Telephone, name and role of each. Nothing is sent to them: the sample world writes its messages to the log.
const PEOPLE: [(&str, &str, Office); 8] = [
    ("19900000001", "周全", Office::Administrator),
    ("19900000002", "李慎", Office::Reviewer),
    ("19900000003", "王正", Office::ObjectionsOfficer),
    ("19900000004", "陈信", Office::Issuer),
    ("19900000007", "何清", Office::CentreReviewer),
    ("19900000008", "钱明", Office::Cashier),
    ("19900000005", "欧阳明远", Office::Student),
    ("19900000006", "林院长", Office::School),
];

/// An account of the sample world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleAccount {
    /// What it may do.
    pub office: Office,
    /// The telephone that it signs in with.
    pub telephone: String,
}

impl Service {
    /// Makes an account for each role, all with one new password; the student is a winner of the lists, if there is one. Answers nothing if an earlier run made them.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn add_sample_accounts(
        &self,
        now: Instant,
        source: Random<'_>,
    ) -> Result<Option<(Vec<SampleAccount>, Zeroizing<String>)>, AccessError> {
        let password = {
            let mut random = [0; 10];
            source(&mut random);
            Zeroizing::new(random.iter().map(|b| char::from(b"abcdefghjkmnpqrstuvwxyz23456789!"[usize::from(b % 32)])).collect::<String>())
        };
        let mut made = Vec::new();
        let winner = self.sample_winners().await?.into_iter().next().map(|winner| winner.award.holder);
        for (telephone, name, office) in PEOPLE {
            let (Ok(number), Ok(name)) = (Telephone::parse(telephone), PersonName::parse(name)) else { return Ok(None) };
            let (number, name) = match winner.as_ref().filter(|_| office == Office::Student) {
                Some(holder) => (holder.telephone.clone().unwrap_or(number), holder.name.clone()),
                None => (number, name),
            };
            let telephone = number.as_str().to_owned();
            let mut bytes = [0; 32];
            source(&mut bytes);
            let (id, salt) = bytes.split_at(16);
            let (Ok(id), Ok(salt)) = (id.try_into(), salt.try_into()) else { return Ok(None) };
            let phc = self.hash_password(Password::choose(&password, &number)?, salt).await?;
            let account = NewAccount { id: AccountId::new(id), telephone: number, name, password: phc, offices: Offices::new([office])? };
            if self.registry.add_account(&account, now, "demo").await? {
                made.push(SampleAccount { office, telephone });
            }
        }
        // An earlier run's accounts have a password of their own.
        Ok((made.len() == PEOPLE.len()).then_some((made, password)))
    }
}
