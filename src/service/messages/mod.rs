//! What goes to a telephone or an e-mail address. Who carries it is the operator's choice: a program of theirs for telephones (`[messages]
//! command`) and an SMTP server for mail (`[mail]`), both through a queue in the database; or, where none is set, an implementation of
//! [`Messenger`], by default the log.

mod mail;
mod notification;
mod program;
mod queue;

use std::sync::Arc;

use crate::domain::account::CodePurpose;
use crate::domain::email::Email;
use crate::domain::telephone::Telephone;

pub use notification::{Notification, Verified};

pub use mail::MailError;
pub(super) use mail::Mailer;

/// A message on its way. Its `Debug` shows nobody's telephone or address and no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub to: Recipient,
    /// What it says.
    pub text: Text,
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// By SMS.
    Telephone(Telephone),
    /// By e-mail.
    Email(Email),
}

impl Recipient {
    /// The number or address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Telephone(telephone) => telephone.as_str(),
            Self::Email(email) => email.as_str(),
        }
    }

    /// The same, with most of it hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Self::Telephone(telephone) => telephone.masked(),
            Self::Email(email) => email.masked(),
        }
    }
}

/// What a message says.
#[derive(Clone, PartialEq, Eq)]
pub enum Text {
    /// A one-time code.
    Code {
        /// What it is good for.
        purpose: CodePurpose,
        /// Six digits.
        code: String,
        /// For how many minutes.
        minutes: i64,
    },
    /// Somebody wants to register with a telephone that has an account.
    HasAccount,
    /// Something has come of what a person handed in or waits for.
    Notice(Notification),
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code { purpose, .. } => write!(f, "Code({})", purpose.code()),
            Self::HasAccount => f.write_str("HasAccount"),
            Self::Notice(notification) => write!(f, "Notice({notification:?})"),
        }
    }
}

/// A notice may wait three days for a provider.
const NOTICE_LASTS: i64 = 3 * 86_400_000;

impl Text {
    /// For how many milliseconds anybody wants to read it.
    #[must_use]
    pub fn lasts(&self) -> i64 {
        match self {
            Self::Code { minutes, .. } => minutes * 60_000,
            Self::HasAccount => 3_600_000,
            Self::Notice(_) => NOTICE_LASTS,
        }
    }

    /// As it is read, Chinese and then English: one text of at most 140 characters.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Code { purpose, code, minutes } => {
                let (zh, en) = match purpose {
                    CodePurpose::Register => ("注册账号", "register"),
                    CodePurpose::Recover => ("重设密码", "set a new password"),
                    CodePurpose::SignIn => ("登录", "sign in"),
                    CodePurpose::Email => ("绑定邮箱", "add this address"),
                    CodePurpose::Telephone => ("更换手机号", "use this number"),
                };
                format!("【印信】验证码 {code}，用于{zh}，{minutes} 分钟内有效，请勿告诉他人。{code} is your code to {en}; tell nobody.")
            }
            Self::HasAccount => {
                "【印信】您的手机号已注册，请直接登录；忘记密码可在登录页重设。You already have an account: sign in.".to_owned()
            }
            Self::Notice(notification) => {
                let (zh, en) = notification.short();
                format!("【印信】{zh}{en}")
            }
        }
    }

    /// As a letter: its subject and its text, Chinese and then English.
    #[must_use]
    pub fn letter(&self, public_url: &str) -> (String, String) {
        let (subject, zh, en) = match self {
            Self::Code { .. } => ("验证码 / Your code".to_owned(), String::new(), String::new()),
            Self::HasAccount => ("您已有账号 / You have an account".to_owned(), String::new(), String::new()),
            Self::Notice(notification) => notification.letter(),
        };
        let text =
            if zh.is_empty() { self.words() } else { format!("您好：\n\n{zh}\n{public_url}/account\n\n{en}\n{public_url}/account") };
        let foot = "本邮件由系统自动发出，请勿回复。\nThis message was sent by a program: nobody reads answers to it.";
        (format!("【印信】{subject}"), format!("{text}\n\n{foot}\n"))
    }
}

/// Who carries messages where no provider is set.
pub trait Messenger: Send + Sync {
    /// Takes a message over. It may not wait for the network: a provider that does has a queue of its own.
    fn carry(&self, message: Message);
}

/// Prints each message to the log, for an operator who tries the service out. The recipient is masked; the text has the code, which is
/// what the operator needs, so that nothing but a trial may run with it.
#[derive(Debug, Default)]
pub struct Console;

impl Messenger for Console {
    fn carry(&self, message: Message) {
        let to = match &message.to {
            Recipient::Telephone(telephone) => {
                format!("*{}", telephone.as_str().get(telephone.as_str().len().saturating_sub(4)..).unwrap_or_default())
            }
            Recipient::Email(email) => email.masked(),
        };
        tracing::warn!(to, text = message.text.words(), "no provider is set: the message goes to this log");
    }
}

/// The messenger of a service.
pub type Courier = Arc<dyn Messenger>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_text_and_does_not_show_in_debug() {
        for purpose in [CodePurpose::Register, CodePurpose::Recover, CodePurpose::SignIn, CodePurpose::Email, CodePurpose::Telephone] {
            let text = Text::Code { purpose, code: "314159".into(), minutes: 10 };
            assert!(text.words().chars().count() <= 140, "{}", text.words());
            assert!(text.words().contains("314159") && !format!("{text:?}").contains("314159"));
        }
        assert!(Text::HasAccount.words().chars().count() <= 140);
    }

    #[test]
    fn a_letter_says_the_same_in_both_languages_and_where_to_go() {
        let ready = Text::Notice(Notification::CertificateReady { contest: "蓝海杯".into() });
        let (subject, text) = ready.letter("https://zs.example.cn");
        assert_eq!(subject, "【印信】证书可以下载了 / Your certificate can be downloaded");
        assert_eq!(text.matches("https://zs.example.cn/account").count(), 2);
        let code = Text::Code { purpose: CodePurpose::Email, code: "314159".into(), minutes: 10 };
        assert!(code.letter("").1.contains("314159"));
    }
}
