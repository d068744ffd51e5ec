//! `yinxin api-key`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::domain::api_key::{ApiKey, ApiKeyId, ApiKeyName, Quota, Scopes};
use crate::domain::issuer::Slug;
use crate::domain::time::Instant;
use crate::service::entropy;

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin api-key add --name 蓝海大学教务处 --per-day 20000\n  \
                  yinxin api-key add --name 星河科技人事系统 --per-day 5000 --scope claims:read --scope issue --issuer xinghe\n  yinxin api-key revoke k3f09a1b2c4d5")]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// 新建密钥；密钥只显示这一次 / make a key; it is shown this once
    Add {
        /// 使用者 / whose it is
        #[arg(long)]
        name: String,
        /// 每日可查的证书数，均匀恢复 / certificates a day; they come back evenly
        #[arg(long)]
        per_day: u32,
        /// 一次可查的证书数，默认为 1000 与每日数中较小者 / how many at once; by default the lesser of 1000 and those of a day
        #[arg(long)]
        burst: Option<u32>,
        /// 权限，可多次给出：lookup 查询、claims:read 读取申领状态、issue 批量签发；默认 lookup / what it may do; may be repeated
        #[arg(long = "scope", default_value = "lookup")]
        scopes: Vec<String>,
        /// claims:read 和 issue 所属的颁发机构 / the issuer of claims:read and issue
        #[arg(long)]
        issuer: Option<Slug>,
    },
    /// 列出密钥（不含密钥本身） / list the keys, without the secrets
    List,
    /// 立即停用密钥 / take a key back at once
    Revoke {
        /// 密钥标识，见 list / the id of the key, as `list` shows it
        id: String,
    },
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    match options.action {
        Action::Add { name, per_day, burst, scopes, issuer } => {
            let (name, quota) = (ApiKeyName::parse(&name)?, Quota::new(per_day, burst)?);
            if let Some(issuer) = issuer.as_ref().filter(|id| !service.config().issuers.iter().any(|known| known.id == **id)) {
                return Err(format!("没有颁发机构 {issuer} / there is no issuer {issuer}").into());
            }
            let scopes = Scopes::parse(scopes.iter().map(String::as_str), issuer)?;
            let (key, secret) = service.add_api_key(name, (quota, scopes), entropy::fill, &world::actor(), world::now()?).await?;
            if place.json {
                let mut shown = as_json(&key);
                shown["key"] = secret.reveal().into();
                print::json(&shown)?;
            } else {
                print::line(secret.reveal());
                print::note(&format!("密钥 {} 只显示这一次，请妥善保存 / this is the only time that the key is shown", key.id));
            }
            Ok(Outcome::Done)
        }
        Action::List => {
            let keys = service.api_keys().await?;
            if place.json {
                print::json(&keys.iter().map(as_json).collect::<Vec<_>>())?;
            } else {
                keys.iter().for_each(|key| print::line(&as_line(key)));
            }
            Ok(Outcome::Done)
        }
        Action::Revoke { id } => {
            let id = ApiKeyId::parse(&id)?;
            if service.revoke_api_key(&id, &world::actor(), world::now()?).await? {
                print::line(&format!("{id} 已停用 / revoked"));
                return Ok(Outcome::Done);
            }
            print::note(&format!("没有使用中的密钥 {id} / there is no such key in use"));
            Ok(Outcome::No)
        }
    }
}

fn as_line(key: &ApiKey) -> String {
    let state = key.revoked_at.map_or_else(|| "使用中 / in use".to_owned(), |at| format!("停用于 / revoked {}", at.display_beijing()));
    let (per_day, burst) = (key.quota.per_day(), key.quota.limit().burst());
    let issuer = key.scopes.issuer().map_or_else(String::new, |issuer| format!(" {issuer}"));
    format!(
        "{}  {per_day:>7}/日 day  {burst:>7}/次 at once  {}  {state}  {}{issuer}  {}",
        key.id,
        key.created_at.display_beijing(),
        key.scopes,
        key.name.as_str()
    )
}

fn as_json(key: &ApiKey) -> Value {
    json!({
        "id": key.id.as_str(), "name": key.name.as_str(), "per_day": key.quota.per_day(), "burst": key.quota.limit().burst(),
        "scopes": key.scopes.to_string().split(' ').collect::<Vec<_>>(), "issuer": key.scopes.issuer().map(Slug::as_str),
        "created_at": key.created_at.rfc3339_beijing(), "revoked_at": key.revoked_at.map(Instant::rfc3339_beijing),
    })
}
