//! Answers as examples, made of the views themselves, so that an example has the shape of what it is an example of.

use jiff::civil::date;
use serde_json::{Value, json};

use crate::domain::time::Instant;

use super::super::bulk::{BulkAnswer, BulkVerdict, BulkView};
use super::super::file_view::{ComparisonView, FieldView};
use super::super::partners::examples as partners;
use super::super::view::{
    AchievementView, CertificateView, CheckView, Day, FileView, KindView, LookupView, Moment, NamedView, StateView, VerdictView,
};

/// The example of an operation's answer with status 200.
pub fn answer(operation: &str, base: &str) -> Option<Value> {
    let checked_at = at(2026, 11, 25);
    match operation {
        "get_certificate" => serde_json::to_value(certificate(base)).ok(),
        "look_up" => serde_json::to_value(LookupView { certificates: vec![certificate(base)], holder_matches: None, checked_at }).ok(),
        "confirm_certificates" => {
            let confirmed = BulkAnswer { verdict: BulkVerdict::Valid, certificate: Some(certificate(base)) };
            let not = BulkAnswer { verdict: BulkVerdict::NotConfirmed, certificate: None };
            serde_json::to_value(BulkView { certificates: vec![confirmed, not], checked_at }).ok()
        }
        "verify_file" => serde_json::to_value(FileView {
            verdict: VerdictView::Genuine,
            checks: vec![CheckView {
                name_zh: "数字签名", name_en: "Signature", passed: true, detail: "ECDSA P-256, SHA-256".to_owned()
            }],
            signer: Some("人才评价中心 证书签章".to_owned()),
            signed_at: Some(at(2024, 1, 5)),
            sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".to_owned(),
            holder: Some("李明".to_owned()),
            certificate: Some(certificate(base)),
            reasons: Vec::new(),
            fields: vec![FieldView {
                field: "number",
                name_zh: "证书编号",
                name_en: "Number",
                in_file: Some("GXRCPJ033202000019".to_owned()),
                in_record: Some("GXRCPJ033202000019".to_owned()),
                comparison: ComparisonView::Same,
            }],
            claimed: None,
            code: None,
            picture: None,
            checked_at,
        })
        .ok(),
        "list_claims" => serde_json::to_value(partners::claims()).ok(),
        "get_claim" => serde_json::to_value(partners::claim()).ok(),
        "issue_certificates" => serde_json::to_value(partners::receipt(base)).ok(),
        "get_issuance" => serde_json::to_value(partners::issuance(base)).ok(),
        _ => None,
    }
}

/// Examples of the JSON that an operation is asked with, each under its name.
pub fn question(operation: &str) -> Vec<(&'static str, Value)> {
    let number = json!({"number": "GXRCPJ033202000019"});
    let named = json!({"number": "GXRCPJ033202000019", "holder": "李明"});
    match operation {
        "look_up" => vec![
            ("by_number", number),
            ("by_number_and_name", named),
            ("by_identity_number", json!({"identity_number": "11010519491231002X"})),
        ],
        "confirm_certificates" => {
            let row = |number: &str, holder: &str| json!({"number": number, "holder": holder});
            let rows = json!({"certificates": [row("GXRCPJ033202000019", "李明"), row("GXRCPJ033202000020", "欧阳娜娜")]});
            vec![("two", rows)]
        }
        "issue_certificates" => {
            let award = json!({
                "name": "李明", "document_number": "11010519491231002X", "school": "蓝海大学", "category": "软件类",
                "subject": "C/C++程序设计", "award": "一等奖",
            });
            vec![("one", json!({"programme": "lanhai-14", "awards": [award]}))]
        }
        _ => Vec::new(),
    }
}

fn at(year: i16, month: i8, day: i8) -> Moment {
    Moment(Instant::start_of(date(year, month, day)).map_or(Instant::EPOCH, |start| start.plus_millis(34_200_000)))
}

fn certificate(base: &str) -> CertificateView {
    let named = |id: &str, zh: &str, en: &str| NamedView { id: id.to_owned(), name_zh: zh.to_owned(), name_en: en.to_owned() };
    CertificateView {
        number: "GXRCPJ033202000019".to_owned(),
        url: format!("{base}/c/GXRCPJ033202000019"),
        kind: KindView { code: "ability", name_zh: "人才岗位能力评价证书", name_en: "Certificate of Ability" },
        achievement: AchievementView { zh: "区块链金融行业工程师（中级）".to_owned(), en: "Intermediate level".to_owned() },
        programme: named("fintech", "区块链金融行业工程师", "Blockchain finance engineer"),
        issuer: named("rencai", "人才评价中心", "Talent Assessment Centre"),
        holder_masked: "李*".to_owned(),
        issued_on: Day(date(2024, 1, 5)),
        state: StateView::Valid,
        replaces: None,
        checked_at: at(2026, 11, 25),
    }
}
