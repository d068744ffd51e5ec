//! `yinxin correct`

use std::io::Read as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::domain::correction::{Edits, Fact};
use crate::domain::number::CertificateNumber;
use crate::service::correct::{CorrectError, Corrected, Request};
use crate::service::issue::{IssueError, Order};
use crate::service::progress::Silent;

use super::lookup::read_identity;
use super::{Failure, Outcome, Place, print, world};

/// What is wrong on a certificate is put right by a new one: give the right facts, the others stay.
#[derive(Args)]
#[command(after_help = "只填需要更正的项；空文本表示去掉该项。新证书使用新编号并注明原编号，原编号仍可查询并指向新证书。\n\
                        Give only what is to be corrected; an empty text takes a fact away. The new certificate has a new number and names the old one.\n\n\
                        示例 / example:\n  \
                        yinxin correct LH14202400020 --holder 李明 --school 蓝海大学 --reason 报名时姓名填写有误\n  \
                        yinxin correct LH14202400020 --level 一等奖 --team 王芳、陈志远 --reason 成绩复核 --out 证书/\n  \
                        echo 11010519491231002X | yinxin correct GXRCPJ033202000019 --identity --reason 证件号码有误")]
pub struct Options {
    /// 需要更正的证书编号 / the number of the certificate to correct
    number: String,
    /// 公众将看到的原因，1 至 200 字 / the reason that the public will read
    #[arg(long)]
    reason: String,
    /// 姓名 / the holder's name
    #[arg(long)]
    holder: Option<String>,
    /// 学校 / the school
    #[arg(long)]
    school: Option<String>,
    /// 奖项（如 一等奖）或等级（如 中级） / the award level or grade
    #[arg(long)]
    level: Option<String>,
    /// 角色：获奖选手、共同创作者、指导教师 / the role
    #[arg(long)]
    role: Option<String>,
    /// 赛类 / the category
    #[arg(long)]
    category: Option<String>,
    /// 科目 / the subject
    #[arg(long)]
    subject: Option<String>,
    /// 作品名称 / the title of the work
    #[arg(long)]
    work: Option<String>,
    /// 其他团队成员，用顿号分隔 / the others of the work, separated by 、
    #[arg(long)]
    team: Option<String>,
    /// 指导教师，用顿号分隔 / the instructors, separated by 、
    #[arg(long)]
    instructors: Option<String>,
    /// 岗位名称 / the post of an ability certificate
    #[arg(long)]
    title: Option<String>,
    /// 照片文件 / a file with the portrait
    #[arg(long)]
    portrait: Option<PathBuf>,
    /// 从标准输入读证件号码（不留在命令历史里）/ read the identity number from standard input, where no history keeps it
    #[arg(long)]
    identity: bool,
    /// 证件类型（如 护照、台胞证），不给则按号码判断 / the kind of document; without it the number's form decides
    #[arg(long, requires = "identity")]
    kind: Option<String>,
    /// 另存新证书的文件夹 / a folder for a copy of the new file
    #[arg(long)]
    out: Option<PathBuf>,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let number = CertificateNumber::parse_typed(&options.number)?;
    let portrait = options.portrait.as_ref().map(|path| read(path)).transpose()?;
    if let Some(folder) = &options.out {
        std::fs::create_dir_all(folder).map_err(|e| format!("无法建立 {} / cannot make it: {e}", folder.display()))?;
    }
    let out = options.out.clone();
    let reason = options.reason.clone();
    let edits = edits(options)?;
    let service = world::service(place).await?;
    let room = world::press_room(&service)?;
    let start = world::now()?;
    let clock = move || world::now().unwrap_or(start);
    let order = Order { programmes: &[], out: out.as_deref(), clock: &clock, progress: &Silent };
    let actor = world::actor();
    let request = Request { number: &number, edits, portrait: portrait.as_deref(), reason: &reason, actor: &actor };
    match service.correct(&room, request, &order).await {
        Ok(corrected) => {
            let expires = start.plus_millis(i64::from(service.config().link_days) * 86_400_000);
            let link = service.link_url(&service.link(&corrected.successor, expires));
            tell(place, &corrected, &link)?;
            Ok(Outcome::Done)
        }
        Err(
            e @ (CorrectError::Facts(_)
            | CorrectError::Portrait(_)
            | CorrectError::Preflight(_)
            | CorrectError::Issue(IssueError::Series(_))),
        ) => {
            print::problem(&e.to_string());
            Ok(Outcome::Refused)
        }
        Err(e) => Err(e.into()),
    }
}

fn tell(place: &Place, corrected: &Corrected, link: &str) -> Result<(), Failure> {
    let Corrected { original, successor, changed } = corrected;
    if place.json {
        let changed: Vec<&str> = changed.iter().map(|fact| fact.code()).collect();
        return print::json(&json!({ "original": original.as_str(), "successor": successor.as_str(), "changed": changed, "link": link }));
    }
    let zh = changed.iter().map(|fact| Fact::zh(*fact)).collect::<Vec<_>>().join("、");
    let en = changed.iter().map(|fact| Fact::en(*fact)).collect::<Vec<_>>().join(", ");
    print::line(&format!("{original} 已更正换发为 {successor}（{zh}）/ {successor} replaces it ({en})"));
    print::line(&format!("  持证人下载 / download  {link}"));
    Ok(())
}

fn edits(options: Options) -> Result<Edits, Failure> {
    let document = if options.identity {
        let mut typed = String::new();
        std::io::stdin().take(1_000).read_to_string(&mut typed)?;
        Some(read_identity(typed.trim(), options.kind.as_deref())?)
    } else {
        None
    };
    Ok(Edits {
        holder: options.holder,
        school: options.school,
        level: options.level,
        role: options.role,
        category: options.category,
        subject: options.subject,
        work: options.work,
        team: options.team,
        instructors: options.instructors,
        title: options.title,
        document,
        portrait: None,
    })
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, Failure> {
    Ok(std::fs::read(path).map_err(|e| format!("读不到 {} / cannot read it: {e}", path.display()))?)
}
