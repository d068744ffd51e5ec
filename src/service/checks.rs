//! What was checked for an answer, line by line: an answer that one can file says more than one word.

use super::answers::{CheckLine, PublicCertificate, PublicState, QrAnswer};

fn line(name: (&'static str, &'static str), passed: bool, detail: &str) -> CheckLine {
    CheckLine { name_zh: name.0, name_en: name.1, passed, detail: detail.to_owned() }
}

/// For an answer from the record.
#[must_use]
pub fn of_record(certificate: &PublicCertificate) -> Vec<CheckLine> {
    let (stands, detail) = match &certificate.state {
        PublicState::Valid => (true, "未被吊销，未被更换 / neither revoked nor replaced"),
        PublicState::Revoked { .. } => (false, "已被颁发机构吊销 / the issuer took it back"),
        PublicState::Corrected { .. } => (false, "已被新证书取代 / a new certificate replaces it"),
    };
    let record = "编号登记在册，证书已公开 / the number is on record and the certificate released";
    vec![line(("登记记录", "Record"), true, record), line(("证书状态", "State"), stands, detail)]
}

/// For a comparison with the holder's name.
#[must_use]
pub fn of_name(matches: bool) -> CheckLine {
    let detail = if matches {
        "您输入的姓名与登记的持证人姓名相符 / the name that you entered is the holder’s"
    } else {
        "您输入的姓名与登记的持证人姓名不符 / the name that you entered is not the holder’s"
    };
    line(("持证人姓名", "Holder’s name"), matches, detail)
}

/// For a QR code.
#[must_use]
pub fn of_code(answer: &QrAnswer) -> Vec<CheckLine> {
    const PROOF: (&str, &str) = ("二维码中的签名", "Signature in the code");
    match answer {
        QrAnswer::Proven { record, .. } => {
            let mut lines =
                vec![line(PROOF, true, "内容由颁发机构签名，未被改动 / the issuer signed its content, and nothing was changed")];
            match record {
                Some(record) => {
                    let same = "二维码的内容与登记的记录一致 / what the code states is what is on record";
                    lines.push(line(("与登记一致", "Agreement with the record"), true, same));
                    lines.extend(of_record(record));
                }
                None => lines.push(line(("登记记录", "Record"), false, "此处没有公开的记录 / there is no public record here")),
            }
            lines
        }
        QrAnswer::Forged { reason_zh, reason_en } => vec![line(PROOF, false, &format!("{reason_zh} / {reason_en}"))],
    }
}
