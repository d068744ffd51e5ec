//! A payment gateway: payers are sent there with a signed address, and what came of it is heard by notices of Standard Webhooks alone. What a
//! browser brings back is never believed. `docs/orders.md` describes both sides for whoever connects one.

use serde::Deserialize;

use crate::config::Gateway;
use crate::domain::issuer::Slug;
use crate::domain::money::Fen;
use crate::domain::order::{OrderNumber, Received, Transaction};
use crate::domain::time::Instant;
use crate::registry::{NoticeKind, OrderRecord, PaymentNotice, PaymentRecord};
use crate::sealing::webhook::{self, WebhookError, WebhookHeaders, WebhookSecret, seconds};

/// The most characters of an order's name in a notice.
const NAMED: usize = 64;

/// A gateway with its secrets.
#[derive(Debug)]
pub struct GatewayDoor<'a> {
    gateway: &'a Gateway,
    secrets: Vec<WebhookSecret>,
    public_url: &'a str,
}

/// A notice that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Of a payment.
    Payment(PaymentNotice),
    /// Of something that nobody here asks for; it is answered, and nothing comes of it.
    Other,
}

/// Why a notice is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHeard {
    /// It is not the gateway's, or not of now.
    #[error(transparent)]
    Forged(#[from] WebhookError),
    /// Its body is not as it was agreed on.
    #[error("通知内容不符合约定 / the body is not as it was agreed on")]
    Body,
}

#[derive(Deserialize)]
struct Body {
    r#type: String,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    order: String,
    #[serde(default)]
    transaction: String,
    #[serde(default)]
    amount: i64,
    paid_at: Option<String>,
}

impl<'a> GatewayDoor<'a> {
    pub(super) fn new(gateway: &'a Gateway, public_url: &'a str) -> Self {
        // The configuration holds secrets of the right length alone.
        let secrets = gateway.secrets.iter().filter_map(|bytes| WebhookSecret::from_bytes(bytes.to_vec()).ok()).collect();
        Self { gateway, secrets, public_url }
    }

    /// Its name in addresses and records.
    #[must_use]
    pub fn id(&self) -> &'a Slug {
        &self.gateway.id
    }

    /// As payers read it, Chinese and English.
    #[must_use]
    pub fn label(&self) -> (&'a str, &'a str) {
        let en = if self.gateway.label_en.is_empty() { &self.gateway.label } else { &self.gateway.label_en };
        (&self.gateway.label, en)
    }

    /// Whether a cashier can be sent there for a refund.
    #[must_use]
    pub fn refunds(&self) -> bool {
        self.gateway.refund_url.is_some()
    }

    /// Where the payer of an order is sent.
    #[must_use]
    pub fn pay_url(&self, order: &OrderRecord, now: Instant) -> String {
        let back = format!("{}/account/orders/{}/return", self.public_url, order.number);
        self.signed(&self.gateway.pay_url, &order.number, order.ledger.due(), &[("return_url", &back)], now)
    }

    /// Where a cashier is sent to have a payment go back.
    #[must_use]
    pub fn refund_url(&self, number: &OrderNumber, payment: &PaymentRecord, now: Instant) -> Option<String> {
        let url = self.gateway.refund_url.as_ref()?;
        let back = format!("{}/staff/orders/{number}", self.public_url);
        let received = &payment.entry.received;
        Some(self.signed(url, number, received.amount, &[("return_url", &back), ("transaction", received.transaction.as_str())], now))
    }

    /// An address with parameters in the order of their names, each percent-encoded (RFC 3986, 2.3), and `sign` at the end: HMAC-SHA-256 in
    /// hexadecimal over the text of the parameters before it.
    fn signed(&self, url: &str, number: &OrderNumber, amount: Fen, more: &[(&str, &str)], now: Instant) -> String {
        let (amount, time) = (amount.get().to_string(), seconds(now).to_string());
        let mut parameters = vec![
            ("amount", amount.as_str()),
            ("currency", "CNY"),
            ("merchant", &self.gateway.merchant),
            ("order", number.as_str()),
            ("time", &time),
        ];
        parameters.extend(more);
        parameters.sort_unstable();
        let text: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let text = text.join("&");
        let sign = self.secrets.first().map(|secret| secret.code(&text)).unwrap_or_default();
        let joint = if url.contains('?') { '&' } else { '?' };
        format!("{url}{joint}{text}&sign={sign}")
    }

    /// Hears a notice.
    ///
    /// # Errors
    /// [`NotHeard`].
    pub fn hear(&self, headers: WebhookHeaders<'_>, body: &[u8], now: Instant) -> Result<Heard, NotHeard> {
        webhook::verify(&self.secrets, headers, body, now)?;
        let body: Body = serde_json::from_slice(body).map_err(|_| NotHeard::Body)?;
        let Some(kind) = NoticeKind::from_code(&body.r#type) else { return Ok(Heard::Other) };
        let data = body.data.ok_or(NotHeard::Body)?;
        let paid_at = match data.paid_at {
            None => now,
            Some(text) => text.parse::<jiff::Timestamp>().ok().and_then(|at| Instant::from_timestamp(at).ok()).ok_or(NotHeard::Body)?,
        };
        // A payment that was closed may have no name yet.
        let unnamed = kind == NoticeKind::Closed && data.transaction.is_empty();
        let transaction = if unnamed { "-" } else { &data.transaction };
        let received = Received {
            provider: self.gateway.id.to_string(),
            // A program writes a name in one way alone: what people's spelling is forgiven would make two names one.
            transaction: Transaction::parse(transaction).ok().filter(|read| read.as_str() == transaction).ok_or(NotHeard::Body)?,
            amount: Fen::new(data.amount).map_err(|_| NotHeard::Body)?,
            paid_at,
        };
        if kind != NoticeKind::Closed && received.amount.is_zero() {
            return Err(NotHeard::Body);
        }
        let named = data.order.chars().filter(|c| !c.is_control()).take(NAMED).collect();
        Ok(Heard::Payment(PaymentNotice { message: headers.id.to_owned(), kind, named, received }))
    }
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn gateway() -> Gateway {
        Gateway {
            id: "trial".parse().unwrap(),
            label: "试用网关".into(),
            label_en: String::new(),
            merchant: "商户 1".into(),
            pay_url: "https://pay.example.cn/pay?v=1".into(),
            refund_url: None,
            secrets: vec![Zeroizing::new(vec![7; 32]), Zeroizing::new(vec![8; 32])],
        }
    }

    fn now() -> Instant {
        Instant::parse_beijing("2026-11-26 12:00").unwrap()
    }

    fn hear(body: &str, secret: u8) -> Result<Heard, NotHeard> {
        let gateway = gateway();
        let signature = WebhookSecret::from_bytes(vec![secret; 32]).unwrap().sign("m1", now(), body.as_bytes());
        let headers = WebhookHeaders { id: "m1", timestamp: &seconds(now()).to_string(), signature: &signature };
        GatewayDoor::new(&gateway, "https://x.example").hear(headers, body.as_bytes(), now())
    }

    #[test]
    fn an_address_is_signed_over_its_parameters() {
        let gateway = gateway();
        let door = GatewayDoor::new(&gateway, "https://x.example");
        let number: OrderNumber = "YX2026112600000000".parse().unwrap();
        let url = door.signed(&gateway.pay_url, &number, Fen::new(15_000).unwrap(), &[("return_url", "https://x.example/a b")], now());
        let (text, sign) = url.strip_prefix("https://pay.example.cn/pay?v=1&").unwrap().split_once("&sign=").unwrap();
        let time = seconds(now());
        assert_eq!(
            text,
            format!(
                "amount=15000&currency=CNY&merchant=%E5%95%86%E6%88%B7%201&order={number}&return_url=https%3A%2F%2Fx.example%2Fa%20b&time={time}"
            )
        );
        assert_eq!(sign, WebhookSecret::from_bytes(vec![7; 32]).unwrap().code(text));
    }

    #[test]
    fn what_is_heard_and_what_is_not() {
        let good = r#"{"type":"payment.succeeded","timestamp":"2026-11-26T04:00:00Z","data":{"order":"YX2026112600000000","transaction":"T-1","amount":15000,"paid_at":"2026-11-26T11:59:00+08:00"}}"#;
        for secret in [7, 8] {
            let Heard::Payment(notice) = hear(good, secret).unwrap() else { panic!("a payment") };
            assert_eq!(
                (notice.kind, notice.received.amount.get(), notice.named.as_str()),
                (NoticeKind::Paid, 15_000, "YX2026112600000000")
            );
            assert_eq!(notice.received.paid_at.display_beijing(), "2026-11-26 11:59:00");
        }
        assert_eq!(hear(good, 9), Err(NotHeard::Forged(WebhookError::Signature)));
        assert_eq!(hear(r#"{"type":"payout.created","data":{"order":"x"}}"#, 7), Ok(Heard::Other));
        assert!(matches!(hear(r#"{"type":"payment.closed","data":{"order":"x"}}"#, 7), Ok(Heard::Payment(_))));
        for (from, to) in [
            ("15000", "-1"),
            ("15000", "0"),
            ("15000", "1.5"),
            ("15000", "100000001"),
            ("\"T-1\"", "\"\""),
            ("\"T-1\"", "\"a b\\n\""),
            ("2026-11-26T11:59:00+08:00", "yesterday"),
            ("\"data\"", "\"date\""),
            ("}}", "}"),
        ] {
            assert_eq!(hear(&good.replace(from, to), 7), Err(NotHeard::Body), "{to}");
        }
    }
}
