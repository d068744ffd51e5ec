//! The parts of `yinxin verify` that read what the service signed: a filed statement, and the list of states beside a QR code.

use std::path::Path;

use serde_json::{Value, json};

use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;
use crate::sealing::keyring::StatementKeys;
use crate::sealing::state_list::{Age, Listed, StateList};
use crate::sealing::statement::{self, Statement};
use crate::service::key_folder::{self, KeyFolder};

use super::{Failure, Outcome, Place, print, world};

/// Checks a filed statement. Whether it is genuine is the verdict; what it says is shown.
pub fn check(place: &Place, path: &Path, trust: Option<&Path>, now: Instant) -> Result<Outcome, Failure> {
    let text = read(path)?;
    match statement::read(&text, &keys(place, trust)?) {
        Ok(statement) => {
            if place.json {
                print::json(&as_json(path, &statement, now))?;
            } else {
                show(path, &statement, now);
            }
            Ok(Outcome::Done)
        }
        Err(e) => {
            if place.json {
                print::json(&json!({ "file": path, "verdict": "not-genuine", "reason": e.to_string() }))?;
            } else {
                print::line(&format!("{}: 声明不真实 / the statement is NOT genuine: {e}", path.display()));
            }
            Ok(Outcome::No)
        }
    }
}

/// Reads a downloaded list of states. One that is not the service's own stops the command: nothing can be said from it.
pub fn list(place: &Place, path: &Path, trust: Option<&Path>) -> Result<StateList, Failure> {
    StateList::read(&read(path)?, &keys(place, trust)?).map_err(|e| format!("吊销清单 {} / the list of states: {e}", path.display()).into())
}

/// The list of states that this service gives now.
pub async fn own_list(place: &Place) -> Result<StateList, Failure> {
    let service = world::service(place).await?;
    let served = service.states(world::now()?).await?;
    Ok(StateList::read(&served.jws, &keys(place, None)?)?)
}

/// What a list says of a certificate, for people: never more than it knows at its age.
pub fn show_listed(list: &StateList, number: &CertificateNumber, now: Instant) {
    let when = list.made_at.display_beijing();
    print::line(&match list.state_of(number) {
        Listed::Revoked => format!("  已吊销（{when} 的清单）/ REVOKED, by the list of that time"),
        Listed::Corrected => {
            format!("  已更正换发，以新证书为准（{when} 的清单）/ REPLACED by another certificate, by the list of that time")
        }
        Listed::No => format!("  {when} 的清单中没有吊销或换发的记录 / neither revoked nor replaced by the list of that time"),
    });
    let (zh, en) = ago(list.made_at, now);
    print::line(&match list.age(now) {
        Age::Fresh => format!("  清单有效，{zh}生成 / the list is up to date, made {en}"),
        Age::Stale => format!(
            "  注意：清单已过期，{zh}生成，应于 {} 更新；此后的吊销它不知道 / the list is STALE, made {en}: it knows nothing that happened since; download a new one",
            list.next_update.display_beijing()
        ),
        Age::Future => "  注意：清单的时间在本机时间之后，请检查时钟 / the list was made after now: check this machine's clock".to_owned(),
    });
}

/// The same for scripts.
pub fn listed_json(list: &StateList, number: &CertificateNumber, now: Instant) -> Value {
    let age = match list.age(now) {
        Age::Fresh => "fresh",
        Age::Stale => "stale",
        Age::Future => "future",
    };
    json!({
        "state": listed_code(list.state_of(number)), "age": age, "age_seconds": (now.millis() - list.made_at.millis()) / 1000,
        "made_at": list.made_at.rfc3339_beijing(), "next_update": list.next_update.rfc3339_beijing(), "issuer": list.issuer,
    })
}

/// The word for what a list says.
pub fn listed_code(listed: Listed) -> &'static str {
    match listed {
        Listed::No => "not-listed",
        Listed::Revoked => "revoked",
        Listed::Corrected => "corrected",
    }
}

fn keys(place: &Place, trust: Option<&Path>) -> Result<StatementKeys, Failure> {
    match trust {
        Some(path) => Ok(key_folder::read_statement_keys(path)?),
        None => Ok(KeyFolder::new(&world::config(place)?.keys).published_statement_keys()?),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| format!("读不到 {} / cannot read: {e}", path.display()).into())
}

fn as_json(path: &Path, statement: &Statement, now: Instant) -> Value {
    json!({
        "file": path, "verdict": "genuine", "issuer": statement.issuer, "stated_at": statement.at.rfc3339_beijing(),
        "age_seconds": (now.millis() - statement.at.millis()) / 1000, "key": statement.kid, "id": statement.name, "asked": statement.asked,
        "status": statement.status, "answer": statement.answer,
    })
}

fn show(path: &Path, statement: &Statement, now: Instant) {
    let Statement { issuer, at, asked, answer, .. } = statement;
    print::line(&format!("{}: 声明真实 / the statement is genuine", path.display()));
    let (zh, en) = ago(*at, now);
    print::line(&format!("  由 {issuer} 于 {} 签名（{zh}）/ signed {en}", at.display_beijing()));
    print::line(&format!("  {}", asked_line(asked)));
    let certificates = match answer.get("certificates").and_then(Value::as_array) {
        Some(found) => found.iter().collect(),
        None => Vec::from_iter(answer.get("certificate").filter(|c| !c.is_null()).or_else(|| answer.get("number").map(|_| answer))),
    };
    if asked.get("by").and_then(Value::as_str) == Some("notice") {
        print::line(&format!("  {}", notice_line(answer)));
        return;
    }
    if let Some(verdict) = answer.get("verdict").and_then(Value::as_str) {
        print::line(&format!("  对文件的结论 / verdict on the file: {verdict}"));
    } else if certificates.is_empty() {
        print::line("  当时没有查到已公开的证书 / no released certificate was found then");
    }
    for certificate in certificates {
        print::line(&format!("  {}", certificate_line(certificate)));
    }
    print::line("  它说明的是当时的情况；此后可能有变 / it tells what was so then; that may have changed since");
}

/// Which list was fixed, and what objections had changed by then.
fn notice_line(answer: &Value) -> String {
    let text = |member: &str| answer.get(member).and_then(Value::as_str).unwrap_or_default();
    let entries = answer.get("entries").and_then(Value::as_u64).unwrap_or_default();
    let changes = answer.get("changes").and_then(Value::as_array).map_or(0, Vec::len);
    format!("{}：{entries} 条，SHA-256 {}，异议变更 {changes} 处 / entries, changed by objections", text("name"), text("list_sha256"))
}

fn certificate_line(certificate: &Value) -> String {
    let text = |pointer: &str| certificate.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let state = match text("/state/code") {
        "valid" => "有效 / valid".to_owned(),
        "revoked" => format!("已于 {} 吊销：{} / revoked", text("/state/at"), text("/state/reason")),
        "corrected" => format!("已于 {} 更正换发为 {} / replaced", text("/state/at"), text("/state/successor")),
        other => other.to_owned(),
    };
    let facts = ["/number", "/programme/name_zh", "/achievement/zh", "/holder_masked", "/issued_on"].map(text);
    format!("{} · {state}", facts.join(" · "))
}

/// What was asked; a way of asking that a later version knows is shown as it is.
fn asked_line(asked: &Value) -> String {
    let text = |member: &str| asked.get(member).and_then(Value::as_str).unwrap_or_default();
    match text("by") {
        "number" => format!("所问：证书编号 {} / asked by certificate number", text("number")),
        "name" => format!("所问：证书编号 {} 与姓名 {} / asked by number and name", text("number"), text("holder")),
        "bulk" => {
            let rows = asked.get("certificates").and_then(Value::as_array).map_or(0, Vec::len);
            format!("所问：{rows} 份证书，各附姓名 / asked by {rows} numbers with names")
        }
        "notice" => format!("公示：{} {} / the public notice of a contest", text("contest"), text("act")),
        "list" => format!("所问：名单 SHA-256 {} / asked by list", text("sha256")),
        "identity" => format!("所问：证件号码 {} / asked by identity number", text("identity_number_masked")),
        "file" => format!("所问：文件 SHA-256 {} / asked by file", text("sha256")),
        _ => format!("所问 / asked: {asked}"),
    }
}

/// How long ago, in the largest unit that is whole, and in minutes at least.
fn ago(then: Instant, now: Instant) -> (String, String) {
    let minutes = (now.millis() - then.millis()) / 60_000;
    let (count, zh, en) = match minutes {
        ..0 => return ("本机时间之后".to_owned(), "after this machine's time".to_owned()),
        0..120 => (minutes, "分钟", "minutes"),
        120..2880 => (minutes / 60, "小时", "hours"),
        _ => (minutes / 1440, "天", "days"),
    };
    (format!("{count} {zh}前"), format!("{count} {en} ago"))
}
