//! `yinxin doctor`

use clap::Args;
use serde_json::json;

use super::bar::Bar;
use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin doctor\n  yinxin doctor --repair")]
pub struct Options {
    /// 重新制作缺失或损坏的文件，须与记录逐位一致 / make lost files again, bit for bit as recorded
    #[arg(long)]
    repair: bool,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    let room = if options.repair { Some(world::press_room(&service)?) } else { None };
    let bar = Bar::default();
    let diagnosis = service.doctor(room.as_ref(), world::now()?, &bar).await?;
    drop(bar);
    let findings: Vec<String> = diagnosis.findings.iter().map(ToString::to_string).collect();
    if place.json {
        let repaired: Vec<&str> = diagnosis.repaired.iter().map(crate::domain::number::CertificateNumber::as_str).collect();
        print::json(&json!({ "checked": diagnosis.checked, "findings": findings, "repaired": repaired, "swept": diagnosis.swept }))?;
    } else {
        for finding in &findings {
            print::line(finding);
        }
        for number in &diagnosis.repaired {
            print::line(&format!("{number}：已按记录重新制作 / made again as recorded"));
        }
        if diagnosis.swept > 0 {
            print::line(&format!("清除 {} 个未写完的临时文件 / half-written files removed", diagnosis.swept));
        }
        print::line(&format!("检查 {} 份，问题 {} 处 / checked, findings", diagnosis.checked, findings.len()));
    }
    Ok(if findings.is_empty() { Outcome::Done } else { Outcome::Findings })
}
