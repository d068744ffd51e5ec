//! `yinxin revoke`

use clap::Args;

use crate::domain::number::CertificateNumber;
use crate::domain::status::RevocationReason;

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin revoke GXRCPJ033202000019 --reason 成绩复核后取消")]
pub struct Options {
    /// 证书编号 / the certificate number
    number: String,
    /// 公众将看到的原因 / the reason that the public will read
    #[arg(long)]
    reason: String,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    let number = CertificateNumber::parse_typed(&options.number)?;
    let reason = RevocationReason::parse(&options.reason)?;
    service.revoke(&number, reason, &world::actor(), world::now()?).await?;
    print::line(&format!("{number} 已吊销 / revoked"));
    Ok(Outcome::Done)
}
