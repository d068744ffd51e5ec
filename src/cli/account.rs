//! `yinxin account`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::domain::account::{AccountId, Office, Offices};
use crate::domain::name::PersonName;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::Account;
use crate::service::access::{AccountQuery, Appointment, Warrant};
use crate::service::{Service, entropy};

use super::{Failure, Outcome, Place, print, world};

/// The environment variable with the first administrator's password.
const PASSWORD: &str = "YINXIN_ADMIN_PASSWORD";
/// More than the longest password takes in a file, in bytes.
const MAX_FILE: u64 = 4_096;

#[derive(Args)]
#[command(
    after_help = "示例 / example:\n  yinxin account add-admin --telephone 13800138000 --name 王敏\n  yinxin account role 13800138000 administrator reviewer\n  yinxin account close-sessions 13800138000"
)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// 新建管理员；密码在终端输入，或来自文件、环境变量 YINXIN_ADMIN_PASSWORD / make an administrator; the password is typed, or comes from a file or the environment
    AddAdmin {
        /// 登录用的手机号 / the telephone that signs in
        #[arg(long, value_parser = Telephone::parse)]
        telephone: Telephone,
        /// 姓名 / the person's name
        #[arg(long, value_parser = PersonName::parse)]
        name: PersonName,
        /// 第一行为密码的文件 / a file whose first line is the password
        #[arg(long)]
        password_file: Option<PathBuf>,
    },
    /// 列出工作人员账号 / list the staff's accounts
    List,
    /// 设定账号的角色，取代原有的 / set an account's roles, in place of those it has
    Role {
        /// 手机号或账号标识 / the telephone, or the account's id
        account: String,
        /// 角色 / roles: student, school, reviewer, objections-officer, issuer, centre-reviewer, cashier, administrator
        #[arg(required = true, value_parser = role)]
        roles: Vec<Office>,
    },
    /// 结束账号的全部登录 / end every session of an account
    CloseSessions {
        /// 手机号或账号标识 / the telephone, or the account's id
        account: String,
    },
    /// 移除动态验证码，供丢失设备者重新设置 / take the second factor from a person who lost the device
    RemoveSecondFactor {
        /// 手机号或账号标识 / the telephone, or the account's id
        account: String,
    },
}

fn role(code: &str) -> Result<Office, crate::domain::account::OfficesError> {
    Office::from_code(code).ok_or(crate::domain::account::OfficesError::Unknown)
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    let (warrant, now) = (Warrant::of_operator(&world::actor()), world::now()?);
    let (said, account) = match options.action {
        Action::AddAdmin { telephone, name, password_file } => {
            let password = password(password_file.as_deref())?;
            let offices = Offices::new([Office::Administrator])?;
            let new = Appointment { telephone: &telephone, name: &name, offices, password: Some(&password), now };
            let id = service.appoint(&warrant, &new, &mut entropy::fill).await?;
            print::note("首次登录时请设置动态验证码 / the first time that you sign in, set up the second factor");
            ("已新建 / made", id)
        }
        Action::List => return list(&service, &warrant, place).await,
        Action::Role { account, roles } => {
            let Some(id) = find(&service, &warrant, &account, now).await? else { return Ok(Outcome::No) };
            service.assign(&warrant, id, &Offices::new(roles)?, now).await?;
            ("角色已设定，原有登录已结束 / roles are set, sessions ended", id)
        }
        Action::CloseSessions { account } => {
            let Some(id) = find(&service, &warrant, &account, now).await? else { return Ok(Outcome::No) };
            let ended = service.end_sessions_of(&warrant, id, now).await?;
            print::note(&format!("{ended} 个登录 / sessions"));
            ("登录已结束 / sessions ended", id)
        }
        Action::RemoveSecondFactor { account } => {
            let Some(id) = find(&service, &warrant, &account, now).await? else { return Ok(Outcome::No) };
            service.remove_second_factor(&warrant, id, now).await?;
            ("动态验证码已移除 / second factor removed", id)
        }
    };
    if place.json {
        print::json(&json!({ "id": account.to_string() }))?;
    } else {
        print::line(&format!("{account}  {said}"));
    }
    Ok(Outcome::Done)
}

async fn list(service: &Service, warrant: &Warrant, place: &Place) -> Result<Outcome, Failure> {
    let staff = service.staff(warrant).await?;
    if place.json {
        print::json(&staff.iter().map(as_json).collect::<Vec<_>>())?;
    } else {
        staff.iter().for_each(|account| print::line(&as_line(account)));
    }
    Ok(Outcome::Done)
}

/// The account that an argument names; says so if there is none.
async fn find(service: &Service, warrant: &Warrant, typed: &str, now: Instant) -> Result<Option<AccountId>, Failure> {
    if let Ok(id) = typed.parse() {
        return Ok(Some(id));
    }
    let query = AccountQuery::Telephone(Telephone::parse(typed)?);
    let found = service.find_accounts(warrant, &query, now).await?.first().map(|account| account.id);
    if found.is_none() {
        print::note("没有这个手机号的账号 / no account has this telephone number");
    }
    Ok(found)
}

/// The password, from wherever no history keeps it.
fn password(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    use std::io::Read as _;
    if let Some(file) = file {
        let mut text = Zeroizing::new(String::new());
        std::fs::File::open(file)?.take(MAX_FILE).read_to_string(&mut text)?;
        return Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()));
    }
    if let Some(password) = std::env::var(PASSWORD).ok().filter(|p| !p.is_empty()) {
        return Ok(Zeroizing::new(password));
    }
    let typed = print::ask_secret("密码 / password: ")?;
    let again = print::ask_secret("再输入一次 / once more: ")?;
    if *typed == *again { Ok(typed) } else { Err("两次输入不一致 / the two are not the same".into()) }
}

fn as_line(account: &Account) -> String {
    let factor = if account.totp.is_some() { "双重 / two factors" } else { "未设动态验证码 / no second factor" };
    let closed = account.closed_at.map_or_else(String::new, |at| format!("  关闭于 / closed {}", at.display_beijing()));
    format!("{}  {}  {}  {}  {factor}{closed}", account.id, account.telephone.masked(), account.name, account.offices)
}

fn as_json(account: &Account) -> Value {
    json!({
        "id": account.id.to_string(), "telephone": account.telephone.masked(), "name": account.name.as_str(),
        "roles": account.offices.iter().map(Office::code).collect::<Vec<_>>(), "second_factor": account.totp.is_some(),
        "created_at": account.created_at.rfc3339_beijing(), "closed_at": account.closed_at.map(Instant::rfc3339_beijing),
    })
}
