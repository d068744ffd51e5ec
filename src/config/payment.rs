//! `[payment]`: how fees are paid, and for how long an order waits.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::domain::issuer::Slug;

/// How fees are paid.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Days that an order waits for its payment.
    pub days: u32,
    /// Where a transfer goes, which a cashier confirms.
    pub offline: Offline,
    /// The gateway that payers are sent to, if there is one.
    pub gateway: Option<Gateway>,
}

/// The account that transfers go to. What is empty is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offline {
    /// Whose it is.
    pub account_name: String,
    /// At which bank.
    pub bank: String,
    /// Its number.
    pub number: String,
    /// What else payers are told.
    pub note: String,
    /// The same in English.
    pub note_en: String,
}

/// A payment gateway that sends notices signed by Standard Webhooks.
#[derive(Clone)]
pub struct Gateway {
    /// Its name in addresses and records.
    pub id: Slug,
    /// As payers read it.
    pub label: String,
    /// The same in English; perhaps empty.
    pub label_en: String,
    /// What the gateway calls the payee.
    pub merchant: String,
    /// Where payers are sent.
    pub pay_url: String,
    /// Where a cashier is sent for a refund, if the gateway has such a page.
    pub refund_url: Option<String>,
    /// The secrets that it shares: the first signs, each is believed. At least one.
    pub secrets: Vec<Zeroizing<Vec<u8>>>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gateway({}, {} secrets)", self.id, self.secrets.len())
    }
}

/// `[payment]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPayment {
    days: u32,
    offline: RawOffline,
    gateway: Option<RawGateway>,
}

impl Default for RawPayment {
    fn default() -> Self {
        Self { days: 7, offline: RawOffline::default(), gateway: None }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawOffline {
    account_name: String,
    bank: String,
    number: String,
    note: String,
    note_en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGateway {
    name: String,
    label: String,
    #[serde(default)]
    label_en: String,
    merchant: String,
    pay_url: String,
    refund_url: Option<String>,
    /// A file with a secret on each line, `whsec_…`, relative to the data folder.
    secret_file: PathBuf,
}

impl RawPayment {
    /// Checks what is written.
    pub(super) fn check(self, data: &Path, problems: &mut Vec<String>) -> Payment {
        if !(1..=90).contains(&self.days) {
            problems.push("payment.days: 应为 1 至 90 / from 1 to 90".to_owned());
        }
        let RawOffline { account_name, bank, number, note, note_en } = self.offline;
        Payment {
            days: self.days,
            offline: Offline { account_name, bank, number, note, note_en },
            gateway: self.gateway.and_then(|gateway| gateway.check(data, problems)),
        }
    }
}

impl RawGateway {
    fn check(self, data: &Path, problems: &mut Vec<String>) -> Option<Gateway> {
        let before = problems.len();
        let id = self.name.parse::<Slug>().map_err(|e| problems.push(format!("payment.gateway.name: {e}"))).ok();
        if id.as_ref().is_some_and(|id| id.as_str() == "offline") {
            problems.push("payment.gateway.name: offline 是线下转账的名称 / offline is the name of transfers".to_owned());
        }
        for (key, url) in [("pay_url", Some(&self.pay_url)), ("refund_url", self.refund_url.as_ref())] {
            if url.is_some_and(|url| !is_private(url)) {
                let said = "应以 https:// 开头，不含 # 和空格（本机地址可用 http://） / begins with https://, without # and spaces (http:// on this machine alone)";
                problems.push(format!("payment.gateway.{key}: {said}"));
            }
        }
        for (key, text) in [("label", &self.label), ("merchant", &self.merchant)] {
            if text.trim().is_empty() || text.chars().count() > 64 {
                problems.push(format!("payment.gateway.{key}: 应为 1 至 64 字 / 1 to 64 characters"));
            }
        }
        let path = data.join(&self.secret_file);
        let text = std::fs::read_to_string(&path).map(Zeroizing::new);
        let text = text.map_err(|e| problems.push(format!("payment.gateway.secret_file: {}: {e}", path.display()))).ok();
        let mut secrets = Vec::new();
        for (at, line) in text.as_ref().map(|text| text.lines()).into_iter().flatten().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            match secret(line) {
                Some(bytes) => secrets.push(bytes),
                None => problems.push(format!(
                    "payment.gateway.secret_file: 第 {} 行应为 whsec_ 加 24 至 64 字节的 base64 / line {} is whsec_ and 24 to 64 bytes in base64",
                    at + 1,
                    at + 1
                )),
            }
        }
        if text.is_some() && secrets.is_empty() && problems.len() == before {
            problems.push("payment.gateway.secret_file: 文件为空 / there is none in it".to_owned());
        }
        let gateway = Gateway {
            id: id?,
            label: self.label,
            label_en: self.label_en,
            merchant: self.merchant,
            pay_url: self.pay_url,
            refund_url: self.refund_url,
            secrets,
        };
        (problems.len() == before).then_some(gateway)
    }
}

/// The bytes of a secret of Standard Webhooks.
fn secret(line: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(STANDARD.decode(line.trim().strip_prefix("whsec_")?).ok()?);
    (24..=64).contains(&bytes.len()).then_some(bytes)
}

/// Whether nobody between reads what is sent to an address.
fn is_private(url: &str) -> bool {
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|start| url.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    let plain = url.bytes().all(|b| b.is_ascii_graphic() && b != b'#') && url.len() <= 500;
    plain && (local || (url.starts_with("https://") && url.len() > "https://".len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "[gateway]\nname = 'trial'\nlabel = '试用网关'\nmerchant = 'M1'\npay_url = 'https://pay.example.cn/pay'\nsecret_file = 's'";
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n";

    fn check(text: &str, secrets: &str) -> (Payment, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s"), secrets).unwrap();
        let mut problems = Vec::new();
        let payment = toml::from_str::<RawPayment>(text).unwrap().check(folder.path(), &mut problems);
        (payment, problems)
    }

    #[test]
    fn without_a_word_fees_are_transferred() {
        let (payment, problems) = check("", "");
        assert!(payment.gateway.is_none() && problems.is_empty() && payment.days == 7 && payment.offline == Offline::default());
    }

    #[test]
    fn a_gateway_is_whole_and_its_secrets_do_not_show() {
        let (payment, problems) = check(GOOD, &SECRET.repeat(2));
        let gateway = payment.gateway.unwrap();
        assert_eq!((problems.len(), gateway.secrets.len(), format!("{gateway:?}")), (0, 2, "Gateway(trial, 2 secrets)".to_owned()));
        for (from, to, word) in [
            ("'trial'", "'offline'", "转账"),
            ("'trial'", "'A B'", "name"),
            ("https://pay.example.cn/pay", "http://pay.example.cn/pay", "pay_url"),
            ("https://pay.example.cn/pay", "http://localhost.evil.cn/pay", "pay_url"),
            ("https://pay.example.cn/pay", "https://pay.example.cn/#x", "pay_url"),
            ("'试用网关'", "' '", "label"),
            ("'s'", "'none'", "secret_file"),
        ] {
            let problems = check(&GOOD.replace(from, to), SECRET).1;
            assert!(problems.len() == 1 && problems[0].contains(word), "{to}: {problems:?}");
        }
        assert!(check(&GOOD.replace("https://pay.example.cn", "http://127.0.0.1:9000"), SECRET).1.is_empty());
        for bad in ["", "whsec_AAAA", "secret"] {
            assert_eq!(check(GOOD, bad).1.len(), 1, "{bad}");
        }
        assert!(check("days = 0", "").1[0].starts_with("payment.days"));
    }
}
