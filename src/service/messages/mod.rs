//! What goes to a telephone. Who carries it is the operator's choice: a program of theirs (`[messages] command`), through a queue in the
//! database; or, where none is set, an implementation of [`Messenger`], by default the log.

mod program;

use std::sync::Arc;

use crate::domain::account::CodePurpose;
use crate::domain::proofing::CaseKind;
use crate::domain::telephone::Telephone;

/// A message on its way. Its `Debug` shows nobody's telephone and no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub to: Telephone,
    /// What it says.
    pub text: Text,
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
    /// A case of verification was decided.
    Reviewed {
        /// What it verifies.
        kind: CaseKind,
        /// Whether it was approved; otherwise it was sent back.
        approved: bool,
    },
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code { purpose, .. } => write!(f, "Code({})", purpose.code()),
            Self::HasAccount => f.write_str("HasAccount"),
            Self::Reviewed { kind, approved } => write!(f, "Reviewed({}, {approved})", kind.code()),
        }
    }
}

impl Text {
    /// For how many milliseconds anybody wants to read it.
    #[must_use]
    pub fn lasts(&self) -> i64 {
        match self {
            Self::Code { minutes, .. } => minutes * 60_000,
            Self::HasAccount => 3_600_000,
            Self::Reviewed { .. } => 86_400_000,
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
                };
                format!("【印信】验证码 {code}，用于{zh}，{minutes} 分钟内有效，请勿告诉他人。{code} is your code to {en}; tell nobody.")
            }
            Self::HasAccount => {
                "【印信】您的手机号已注册，请直接登录；忘记密码可在登录页重设。You already have an account: sign in.".to_owned()
            }
            Self::Reviewed { kind, approved } => {
                let (zh, en) = if *approved {
                    ("已通过", "approved")
                } else {
                    ("被退回，请登录查看原因并修改", "sent back: sign in and see why")
                };
                format!("【印信】您的{}{zh}。{}: {en}.", kind.zh(), kind.en())
            }
        }
    }
}

/// Who carries messages.
pub trait Messenger: Send + Sync {
    /// Takes a message over. It may not wait for the network: a provider that does has a queue of its own.
    fn carry(&self, message: Message);
}

/// Prints each message to the log, for an operator who tries the service out. The telephone is masked; the text has the code, which is
/// what the operator needs, so that nothing but a trial may run with it.
#[derive(Debug, Default)]
pub struct Console;

impl Messenger for Console {
    fn carry(&self, message: Message) {
        let tail = message.to.as_str().get(message.to.as_str().len().saturating_sub(4)..).unwrap_or_default();
        tracing::warn!(to = format!("*{tail}"), text = message.text.words(), "no SMS provider is set: the message goes to this log");
    }
}

/// The messenger of a service.
pub type Courier = Arc<dyn Messenger>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_text_and_does_not_show_in_debug() {
        for purpose in [CodePurpose::Register, CodePurpose::Recover, CodePurpose::SignIn] {
            let text = Text::Code { purpose, code: "314159".into(), minutes: 10 };
            assert!(text.words().chars().count() <= 140, "{}", text.words());
            assert!(text.words().contains("314159") && !format!("{text:?}").contains("314159"));
        }
        assert!(Text::HasAccount.words().chars().count() <= 140);
        for (kind, approved) in CaseKind::ALL.into_iter().flat_map(|kind| [(kind, true), (kind, false)]) {
            let words = Text::Reviewed { kind, approved }.words();
            assert!(words.chars().count() <= 140 && words.contains(kind.zh()), "{words}");
        }
    }
}
