//! The receipt (收据) of a fee: one A4 page in both languages. It is no tax invoice (发票), and says so.

use crate::domain::money::Fen;
use crate::domain::time::Instant;

use super::fonts::FontLibrary;
use super::letter::{centred, paragraph};
use super::office::{Piece, Setter, SheetError, Weight, text};

const LEFT: f32 = 72.0;
const RIGHT: f32 = 523.0;
const TOP: f32 = 770.0;
/// Where the values of the table begin.
const VALUE: f32 = 190.0;
const ZH: f32 = 12.0;
const EN: f32 = 9.0;

/// What is set.
#[derive(Debug, Clone)]
pub struct FeeReceipt {
    /// The number of the order.
    pub number: String,
    /// Who paid.
    pub payer: String,
    /// What for.
    pub item: String,
    /// The same in English.
    pub item_en: String,
    /// Whom it was paid to.
    pub payee: String,
    /// The price.
    pub price: Fen,
    /// What a coupon took off.
    pub off: Fen,
    /// The name of the coupon.
    pub coupon: Option<String>,
    /// What was paid.
    pub amount: Fen,
    /// How, in Chinese and English; none where nothing was to be paid.
    pub way: Option<(String, String)>,
    /// When.
    pub paid: Instant,
    /// When it was paid back.
    pub refunded: Option<Instant>,
}

const TITLE: &str = "收 据";
const TITLE_EN: &str = "Receipt";
const NOTE: &str = "本收据是缴费凭证，由系统依据收款记录生成，不是发票，不能作为税务抵扣凭证。";
const NOTE_EN: &str = "This receipt proves a payment and is made from the record of it. It is not a tax invoice (fapiao).";

/// A line of the table: its label, its value, and what stands below that in English.
struct Row {
    zh: &'static str,
    en: &'static str,
    value: String,
    below: String,
}

fn table(receipt: &FeeReceipt) -> Vec<Row> {
    let row = |zh, en, value: String, below: String| Row { zh, en, value, below };
    let day = |at: Instant| at.beijing().strftime("%Y年%-m月%-d日 %H:%M:%S").to_string();
    let mut rows = vec![
        row("订单号", "Order number", receipt.number.clone(), String::new()),
        row("付款人", "Received from", receipt.payer.clone(), String::new()),
        row("事由", "For", format!("岗位能力评价证书：{}", receipt.item), format!("Ability certificate: {}", receipt.item_en)),
    ];
    if !receipt.off.is_zero() {
        rows.push(row("价格", "Price", format!("人民币 {} 元", receipt.price.yuan()), String::new()));
        let coupon = receipt.coupon.as_deref().map(|name| format!("（{name}）")).unwrap_or_default();
        rows.push(row("优惠", "Discount", format!("人民币 {} 元{coupon}", receipt.off.yuan()), String::new()));
    }
    rows.push(row("实收金额", "Amount received", format!("人民币 {} 元", receipt.amount.yuan()), format!("CNY {}", receipt.amount.yuan())));
    rows.push(row("大写", "In words", format!("人民币{}", receipt.amount.capitals()), String::new()));
    if let Some((zh, en)) = &receipt.way {
        rows.push(row("支付方式", "Paid by", zh.clone(), en.clone()));
    }
    rows.push(row("支付时间", "Paid at", day(receipt.paid), format!("{} Beijing time", receipt.paid.display_beijing())));
    if let Some(at) = receipt.refunded {
        rows.push(row(
            "退款",
            "Refunded",
            format!("已于 {} 全额退款", day(at)),
            format!("refunded in full at {} Beijing time", at.display_beijing()),
        ));
    }
    if !receipt.payee.is_empty() {
        rows.push(row("收款单位", "Received by", receipt.payee.clone(), String::new()));
    }
    rows
}

/// Sets the receipt.
///
/// # Errors
/// [`SheetError::Missing`] naming the first character that no face has.
pub fn compose(receipt: &FeeReceipt, library: &FontLibrary) -> Result<Vec<u8>, SheetError> {
    let mut setter = Setter::new(library)?;
    let rows = table(receipt);
    for text in [TITLE, TITLE_EN] {
        setter.note(Weight::Bold, text)?;
    }
    for row in &rows {
        setter.note(Weight::Bold, &row.value)?;
        for text in [row.zh, row.en, &row.below] {
            setter.note(Weight::Text, text)?;
        }
    }
    for text in [NOTE, NOTE_EN] {
        setter.note(Weight::Text, text)?;
    }
    let (mut page, mut y) = (Vec::new(), TOP);
    centred(&setter, &mut page, (Weight::Bold, 24.0), &mut y, TITLE)?;
    y -= 2.0;
    centred(&setter, &mut page, (Weight::Bold, 11.0), &mut y, TITLE_EN)?;
    y -= 20.0;
    let first = y;
    page.push(Piece::Rule { x: LEFT, y, x2: RIGHT, y2: y });
    for row in &rows {
        y -= 8.0;
        page.push(text(Weight::Text, ZH, LEFT + 8.0, y - ZH, row.zh));
        page.push(text(Weight::Text, EN, LEFT + 8.0, y - ZH - 13.0, row.en));
        let top = y;
        for (weight, size, said) in [(Weight::Bold, ZH, &row.value), (Weight::Text, EN, &row.below)] {
            for line in setter.lines(weight, said, size, RIGHT - VALUE - 8.0)?.into_iter().filter(|line| !line.is_empty()) {
                page.push(text(weight, size, VALUE, y - ZH, line));
                y -= size + 4.0;
            }
        }
        y = y.min(top - 28.0) - 6.0;
        page.push(Piece::Rule { x: LEFT, y, x2: RIGHT, y2: y });
    }
    let bottom = y;
    for x in [LEFT, VALUE - 8.0, RIGHT] {
        page.push(Piece::Rule { x, y: first, x2: x, y2: bottom });
    }
    y -= 14.0;
    paragraph(&setter, &mut page, (NOTE, 9.5, 15.0), &mut y)?;
    paragraph(&setter, &mut page, (NOTE_EN, 8.5, 13.0), &mut y)?;
    setter.save(&format!("{TITLE} {}", receipt.number), receipt.paid, &[page])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::fonts::tests::library;

    #[test]
    fn a_receipt_is_set_to_the_same_bytes_and_a_missing_glyph_is_named() {
        let fen = |n| Fen::new(n).unwrap();
        let receipt = FeeReceipt {
            number: "YX202611267K2MD9QF".into(),
            payer: "古丽米热·阿卜力克木".into(),
            item: "区块链金融行业工程师（初级）".into(),
            item_en: "区块链金融行业工程师 (Junior)".into(),
            payee: "蓝海市信息化人才评价中心".into(),
            price: fen(15_000),
            off: fen(5_000),
            coupon: Some("早鸟优惠".into()),
            amount: fen(10_000),
            way: Some(("银行转账，流水号 20261126001".into(), "Bank transfer, reference 20261126001".into())),
            paid: Instant::parse_beijing("2026-11-26 12:00").unwrap(),
            refunded: Instant::parse_beijing("2026-11-28 12:00").ok(),
        };
        let pdf = compose(&receipt, &library()).unwrap();
        assert!(pdf.starts_with(b"%PDF-") && pdf.len() < 400_000, "{}", pdf.len());
        assert_eq!(compose(&receipt, &library()).unwrap(), pdf);
        if let Some(path) = std::env::var_os("YINXIN_RECEIPT") {
            std::fs::write(path, &pdf).unwrap();
        }
        let odd = FeeReceipt { payer: "李\u{E000}".into(), ..receipt };
        assert_eq!(compose(&odd, &library()), Err(SheetError::Missing('\u{E000}')));
    }
}
