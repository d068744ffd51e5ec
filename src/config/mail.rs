//! The mail server that letters leave by.

use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use serde::Deserialize;
use zeroize::Zeroizing;

/// How the connection to the mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314), usually at port 465.
    Tls,
    /// TLS after a greeting in the clear, never without it (RFC 3207), usually at port 587.
    StartTls,
    /// None: for a server on the same machine alone.
    None,
}

/// The mail server that letters leave by, checked.
#[derive(Clone)]
pub struct Mail {
    /// Its name or address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub security: Security,
    /// User and password, where it asks for them.
    pub login: Option<(String, Zeroizing<String>)>,
    /// Who writes.
    pub from: Mailbox,
    /// The certificate authority that vouches for the server, in PEM, instead of those that the machine trusts.
    pub root: Option<Vec<u8>>,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({}:{}, {:?})", self.server, self.port, self.security)
    }
}

/// `[mail]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMail {
    server: String,
    port: Option<u16>,
    security: Option<String>,
    user: Option<String>,
    /// A file whose first line is the password, relative to the data folder.
    password_file: Option<PathBuf>,
    from: String,
    /// A certificate in PEM, relative to the data folder.
    root: Option<PathBuf>,
}

impl RawMail {
    pub(super) fn check(self, data: &Path, problems: &mut Vec<String>) -> Option<Mail> {
        let before = problems.len();
        let security = match self.security.as_deref() {
            None | Some("tls") => Security::Tls,
            Some("starttls") => Security::StartTls,
            Some("none") => Security::None,
            Some(_) => {
                problems.push("mail.security 应为 tls、starttls 或 none / is tls, starttls or none".to_owned());
                Security::Tls
            }
        };
        if security == Security::None && !matches!(self.server.as_str(), "127.0.0.1" | "::1" | "localhost") {
            problems.push("mail：security = \"none\" 只能用于本机的邮件服务器 / is for a server on this machine alone".to_owned());
        }
        let mut read = |key: &str, path: &Path| {
            let path = data.join(path);
            std::fs::read(&path).map_err(|e| problems.push(format!("mail.{key}：无法读取 {} / cannot be read: {e}", path.display()))).ok()
        };
        let password = self.password_file.as_deref().and_then(|path| read("password_file", path)).map(|bytes| {
            let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
            Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())
        });
        let root = self.root.as_deref().and_then(|path| read("root", path));
        let login = match (self.user, password, self.password_file.is_some()) {
            (Some(user), Some(password), _) => Some((user, password)),
            (None, _, false) | (_, None, true) => None,
            _ => {
                problems.push("mail：user 与 password_file 须同时填写 / user and password_file go together".to_owned());
                None
            }
        };
        let from = self.from.parse::<Mailbox>();
        let from =
            from.map_err(|_| problems.push("mail.from：例如 印信 <zs@example.cn> / such as Yinxin <zs@example.cn>".to_owned())).ok()?;
        let port = self.port.unwrap_or(match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::None => 25,
        });
        (problems.len() == before).then_some(Mail { server: self.server, port, security, login, from, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Mail, Vec<String>> {
        let mut problems = Vec::new();
        let raw: RawMail = toml::from_str(text).unwrap();
        raw.check(Path::new("/nowhere"), &mut problems).ok_or(problems)
    }

    #[test]
    fn a_letter_never_leaves_the_machine_in_the_clear() {
        let mail = check("server = 'smtp.example.cn'\nfrom = '印信 <zs@example.cn>'").unwrap();
        assert_eq!((mail.port, mail.security), (465, Security::Tls));
        assert_eq!(check("server = 'localhost'\nsecurity = 'none'\nfrom = 'zs@example.cn'").unwrap().port, 25);
        for (text, word) in [
            ("server = 'smtp.example.cn'\nsecurity = 'none'\nfrom = 'zs@example.cn'", "本机"),
            ("server = 'smtp.example.cn'\nsecurity = 'ssl'\nfrom = 'zs@example.cn'", "starttls"),
            ("server = 'smtp.example.cn'\nfrom = 'nobody'", "mail.from"),
            ("server = 'smtp.example.cn'\nuser = 'zs'\nfrom = 'zs@example.cn'", "password_file"),
            ("server = 'smtp.example.cn'\nuser = 'zs'\npassword_file = 'p'\nfrom = 'zs@example.cn'", "无法读取"),
        ] {
            let problems = check(text).unwrap_err();
            assert!(problems.iter().any(|p| p.contains(word)), "{text}: {problems:?}");
        }
    }
}
