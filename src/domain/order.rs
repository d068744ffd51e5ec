//! Orders (订单): what is to be paid for one claim. An order's state only moves forward; `docs/orders.md` has its table. What came in for it
//! is in its [`Ledger`].

mod ledger;

pub use ledger::{Because, Event, Ledger, Outcome, PaymentEntry, Received, Standing};

use std::fmt;
use std::str::FromStr;

use super::text::{fold_code, half_width};
use super::time::Instant;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PREFIX: &str = "YX";
/// Characters after the day.
const RANDOM: usize = 8;
const LENGTH: usize = PREFIX.len() + 8 + RANDOM;

/// The number of an order, for people and for payment gateways: `YX20261126` and eight characters, which nobody guesses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNumber(String);

/// The text is no number of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("订单号应为 YX、8 位日期和 8 位字母数字 / an order’s number is YX, a date of 8 digits and 8 letters or digits")]
pub struct OrderNumberError;

impl OrderNumber {
    /// The number of an order that is placed at an instant, from 40 random bits.
    #[must_use]
    pub fn new(at: Instant, random: [u8; 5]) -> Self {
        let mut text = format!("{PREFIX}{}", at.beijing().strftime("%Y%m%d"));
        let mut bits = random.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte)) << 24;
        for _ in 0..RANDOM {
            text.push(char::from(ALPHABET[usize::try_from(bits >> 59).unwrap_or(0)]));
            bits <<= 5;
        }
        Self(text)
    }

    /// Reads a number as it is typed: case, spaces and hyphens do not matter, nor what looks like another character.
    ///
    /// # Errors
    /// [`OrderNumberError`].
    pub fn parse_typed(typed: &str) -> Result<Self, OrderNumberError> {
        let short: String = typed.chars().take(100).collect();
        let like = |c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        fold_code(&short).chars().map(like).collect::<String>().parse()
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrderNumber {
    type Err = OrderNumberError;

    fn from_str(text: &str) -> Result<Self, OrderNumberError> {
        let rest = text.strip_prefix(PREFIX).filter(|_| text.len() == LENGTH && text.is_ascii()).ok_or(OrderNumberError)?;
        let (day, random) = rest.split_at(8);
        let good = day.bytes().all(|b| b.is_ascii_digit()) && random.bytes().all(|b| ALPHABET.contains(&b));
        if good { Ok(Self(text.to_owned())) } else { Err(OrderNumberError) }
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name that a provider gives a payment: 1 to 64 characters of ASCII without spaces. A transfer's is the bank's reference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Transaction(String);

/// The text names no payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("流水号应为 1 至 64 位字母、数字和 - _ . / a reference has 1 to 64 letters, digits and - _ .")]
pub struct TransactionError;

impl Transaction {
    /// Reads what a provider sends, or what a person types.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn parse(text: &str) -> Result<Self, TransactionError> {
        let folded: String = text.trim().chars().take(100).map(half_width).filter(|c| *c != ' ').collect();
        let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if (1..=64).contains(&folded.len()) && folded.bytes().all(good) { Ok(Self(folded)) } else { Err(TransactionError) }
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an order is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderState {
    /// It waits to be paid.
    Placed,
    /// A payment of the right amount is kept, or nothing was to be paid.
    Paid,
    /// The payment is due back.
    Refunding,
    /// It was paid back.
    Refunded,
    /// It was given up, or not paid in time.
    Cancelled,
}

/// What moves an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It is paid.
    Pay,
    /// It is given up, or its time is over.
    Cancel,
    /// Its payment is to go back.
    AskRefund,
    /// Its payment went back.
    Refund,
}

impl Move {
    /// Every move, in the order of the table.
    pub const ALL: [Self; 4] = [Self::Pay, Self::Cancel, Self::AskRefund, Self::Refund];

    /// The name in the table.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Cancel => "cancel",
            Self::AskRefund => "ask refund",
            Self::Refund => "refund",
        }
    }
}

impl OrderState {
    /// Every state, in the order of the table.
    pub const ALL: [Self; 5] = [Self::Placed, Self::Paid, Self::Refunding, Self::Refunded, Self::Cancelled];

    /// The name in records.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Paid => "paid",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
        }
    }

    /// The inverse of [`OrderState::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// As people read it.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Placed => "待支付",
            Self::Paid => "已支付",
            Self::Refunding => "退款中",
            Self::Refunded => "已退款",
            Self::Cancelled => "已取消",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Placed => "To be paid",
            Self::Paid => "Paid",
            Self::Refunding => "Being refunded",
            Self::Refunded => "Refunded",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The state after a move, where there is one.
    #[must_use]
    pub fn after(self, by: Move) -> Option<Self> {
        match (self, by) {
            (Self::Placed, Move::Pay) => Some(Self::Paid),
            (Self::Placed, Move::Cancel) => Some(Self::Cancelled),
            (Self::Paid, Move::AskRefund) => Some(Self::Refunding),
            (Self::Refunding, Move::Refund) => Some(Self::Refunded),
            _ => None,
        }
    }

    /// Whether the claim has no other order beside it.
    #[must_use]
    pub fn is_living(self) -> bool {
        matches!(self, Self::Placed | Self::Paid | Self::Refunding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<!-- states: from the type -->\n";
    const FOOT: &str = "<!-- end of states -->";

    /// The page for operators has this table. After a change that is meant: `YINXIN_BLESS=1 cargo test --lib documented_order_table`.
    #[test]
    fn the_documented_order_table_is_the_type() {
        let mut table = format!("| state | {} |\n| --- |{}\n", Move::ALL.map(Move::code).join(" | "), " --- |".repeat(Move::ALL.len()));
        for state in OrderState::ALL {
            let cells = Move::ALL.map(|by| state.after(by).map_or("—", OrderState::code));
            table.push_str(&format!("| {} {} | {} |\n", state.code(), state.zh(), cells.join(" | ")));
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/orders.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (before, rest) = page.split_once(HEAD).unwrap();
        let (kept, after) = rest.split_once(FOOT).unwrap();
        if std::env::var_os("YINXIN_BLESS").is_some() {
            std::fs::write(path, format!("{before}{HEAD}{table}{FOOT}{after}")).unwrap();
        } else {
            assert_eq!(kept, table);
        }
    }

    #[test]
    fn states_only_move_forward() {
        let rank = |state: OrderState| OrderState::ALL.iter().position(|other| *other == state).unwrap();
        for (state, by) in OrderState::ALL.into_iter().flat_map(|state| Move::ALL.map(|by| (state, by))) {
            assert!(state.after(by).is_none_or(|next| rank(next) > rank(state)), "{state:?} {by:?}");
        }
        assert!(OrderState::ALL.iter().all(|state| OrderState::from_code(state.code()) == Some(*state)));
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let at = Instant::parse_beijing("2026-11-26 23:59").unwrap();
        let number = OrderNumber::new(at, [0xFF, 0, 0xAB, 0x10, 7]);
        assert!(number.as_str().starts_with("YX20261126") && number.as_str().len() == 18);
        assert_ne!(OrderNumber::new(at, [0xFF, 0, 0xAB, 0x10, 6]), number);
        for typed in [
            number.to_string(),
            number.as_str().to_lowercase(),
            number.as_str().replace('0', "o"),
            format!(" {}-{} ", &number.0[..10], &number.0[10..]),
        ] {
            assert_eq!(OrderNumber::parse_typed(&typed), Ok(number.clone()), "{typed}");
        }
        for bad in ["", "YX2026112", "XX2026112600000000", "YX20261126000000UU", "YX2026112600000000é"] {
            assert_eq!(OrderNumber::parse_typed(bad), Err(OrderNumberError), "{bad}");
        }
        assert_eq!(Transaction::parse(" ２０２６ 1126-77 ").unwrap().as_str(), "20261126-77");
        for bad in ["", "张三转账", &"1".repeat(65)] {
            assert_eq!(Transaction::parse(bad), Err(TransactionError), "{bad}");
        }
    }
}
