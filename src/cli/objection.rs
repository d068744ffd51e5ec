//! `yinxin objection`: for the role that handles objections. Each reading is in the audit trail.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::domain::correction::Edits;
use crate::domain::issuer::Slug;
use crate::domain::objection::{DecisionReason, ObjectionState, Objector};
use crate::registry::{FileRecord, ObjectionContent, ObjectionRecord};
use crate::service::access::ObjectionsMandate;
use crate::service::objections::{Decision, Step};

use super::{Failure, Outcome, Place, print, world};

#[derive(Args)]
#[command(
    after_help = "示例 / example:\n  yinxin objection list --open\n  yinxin objection show 3\n  yinxin objection file 3 1 --out 签名.jpg\n  \
                        yinxin objection reject 3 --reason 经核实，情况不属实\n  \
                        yinxin objection uphold 3 --withdraw 17 --reason 经核实，作品系抄袭 --public 经异议核实，取消获奖资格\n  \
                        yinxin objection uphold 3 --change 17 --level 二等奖 --reason 复核后改判 --public 经异议核实，奖项更正"
)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// 列出异议，不含个人信息 / list objections, nothing private
    List {
        /// 只列未处理的 / only those that are open
        #[arg(long)]
        open: bool,
        /// 只列一个赛事的 / of one contest
        #[arg(long)]
        contest: Option<Slug>,
    },
    /// 查看一件异议，记入审计记录 / read one; the audit trail says so
    Show {
        /// 异议编号 / its number
        id: i64,
    },
    /// 取出签名、公章或附件，记入审计记录 / save a signature, a seal or an attachment; the audit trail says so
    File {
        /// 异议编号 / the objection
        id: i64,
        /// 文件序号，见 show / the file, as `show` counts
        file: i64,
        /// 存为 / where to
        #[arg(long)]
        out: PathBuf,
    },
    /// 驳回 / do not uphold it
    Reject {
        /// 异议编号 / the objection
        id: i64,
        /// 告知异议人的理由 / the reason that the objector reads
        #[arg(long)]
        reason: String,
    },
    /// 支持异议，取消或更正名单中的条目 / uphold it, and withdraw or change entries of the list
    Uphold(Box<Uphold>),
}

#[derive(Args)]
struct Uphold {
    /// 异议编号 / the objection
    id: i64,
    /// 告知异议人的理由 / the reason that the objector reads
    #[arg(long)]
    reason: String,
    /// 名单上公示的说明 / the remark that the public reads at the entry
    #[arg(long, default_value = "经公示异议核实")]
    public: String,
    /// 取消这些条目（名单序号，可多次）/ entries to take off the list, by their place
    #[arg(long)]
    withdraw: Vec<i64>,
    /// 更正这一条（名单序号）/ an entry to change, by its place
    #[arg(long)]
    change: Option<i64>,
    /// 姓名 / the right name
    #[arg(long, requires = "change")]
    holder: Option<String>,
    /// 学校 / the right school
    #[arg(long, requires = "change")]
    school: Option<String>,
    /// 奖项 / the right level
    #[arg(long, requires = "change")]
    level: Option<String>,
    /// 角色 / the right role
    #[arg(long, requires = "change")]
    role: Option<String>,
    /// 作品 / the right title of the work
    #[arg(long, requires = "change")]
    work: Option<String>,
    /// 指导教师 / the right instructors
    #[arg(long, requires = "change")]
    instructors: Option<String>,
    /// 其他团队成员 / the right others of the work
    #[arg(long, requires = "change")]
    team: Option<String>,
}

/// Objections read at once.
const PAGE: u32 = 500;

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let service = world::service(place).await?;
    let (mandate, now) = (ObjectionsMandate::of_operator(&world::actor()), world::now()?);
    match options.action {
        Action::List { open, contest } => {
            let mut after = 0;
            loop {
                let page = service.objections(&mandate, contest.as_ref(), open, after, PAGE).await?;
                let Some(last) = page.last() else { return Ok(Outcome::Done) };
                after = last.id;
                for record in &page {
                    if place.json { print::json(&as_json(record))? } else { print::line(&as_line(record)) }
                }
            }
        }
        Action::Show { id } => {
            let (record, content) = service.read_objection(id, &mandate, now).await?;
            if place.json {
                print::json(&whole(&record, &content))?
            } else {
                show(&record, &content)
            }
            Ok(Outcome::Done)
        }
        Action::File { id, file, out } => {
            let (_, bytes) = service.read_objection_file(id, file, &mandate, now).await?;
            std::fs::write(&out, bytes).map_err(|e| format!("无法写入 {} / cannot write: {e}", out.display()))?;
            print::line(&format!("已存为 {} / saved", out.display()));
            Ok(Outcome::Done)
        }
        Action::Reject { id, reason } => {
            service.decide_objection(id, Decision::Reject, DecisionReason::parse(&reason)?, &mandate, now).await?;
            print::line(&format!("异议 {id} 已驳回 / rejected"));
            Ok(Outcome::Done)
        }
        Action::Uphold(uphold) => {
            let (id, reason) = (uphold.id, DecisionReason::parse(&uphold.reason)?);
            service.decide_objection(id, Decision::Uphold(steps(*uphold)), reason, &mandate, now).await?;
            print::line(&format!("异议 {id} 已支持，名单已相应处理 / upheld"));
            Ok(Outcome::Done)
        }
    }
}

fn steps(uphold: Uphold) -> Vec<Step> {
    let Uphold { public, withdraw, change, holder, school, level, role, work, instructors, team, .. } = uphold;
    let mut steps: Vec<Step> = withdraw.into_iter().map(|place| Step { place, edits: None, remark: public.clone() }).collect();
    if let Some(place) = change {
        let edits = Edits { holder, school, level, role, work, instructors, team, ..Edits::default() };
        steps.push(Step { place, edits: Some(Box::new(edits)), remark: public });
    }
    steps
}

fn state_zh(state: &ObjectionState) -> &'static str {
    match state {
        ObjectionState::Open => "待处理",
        ObjectionState::Rejected { .. } => "已驳回",
        ObjectionState::Upheld { .. } => "已支持",
    }
}

fn as_line(record: &ObjectionRecord) -> String {
    let target = match (record.place, &record.award) {
        (Some(place), _) => format!("第 {place} 条"),
        (None, Some(_)) => "已不在名单".to_owned(),
        (None, None) => "整个名单".to_owned(),
    };
    format!(
        "{:>4}  {}  {}  {:<16} {target}  {}",
        record.id,
        state_zh(&record.state),
        record.filed_at.display_beijing(),
        record.contest,
        record.form.code()
    )
}

fn as_json(record: &ObjectionRecord) -> Value {
    json!({
        "id": record.id, "contest": record.contest.as_str(), "place": record.place, "form": record.form.code(),
        "filed_at": record.filed_at.rfc3339_beijing(), "state": record.state.code(),
    })
}

fn whole(record: &ObjectionRecord, content: &ObjectionContent) -> Value {
    let mut value = as_json(record);
    let (of, name, document, telephone) = parts(&content.objection.objector);
    let file = |f: &FileRecord| json!({ "file": f.seq, "purpose": f.purpose.code(), "kind": f.kind.code(), "name": f.name });
    value["objector"] =
        json!({ "of": of, "name": name, "document_kind": document.0, "identity_number": document.1, "telephone": telephone });
    value["grounds"] = content.objection.grounds.as_str().into();
    value["files"] = content.files.iter().map(file).collect();
    value
}

type Parts<'a> = (&'a str, &'a str, (&'a str, &'a str), &'a str);

fn parts(objector: &Objector) -> Parts<'_> {
    match objector {
        Objector::Person { name, document, workplace, telephone } => {
            (workplace, name.as_str(), (document.kind().code(), document.number()), telephone.as_str())
        }
        Objector::Organisation { name, contact, document, telephone } => {
            (name, contact.as_str(), (document.kind().code(), document.number()), telephone.as_str())
        }
    }
}

fn show(record: &ObjectionRecord, content: &ObjectionContent) {
    print::line(&as_line(record));
    let (of, name, document, telephone) = parts(&content.objection.objector);
    print::line(&format!(
        "  单位 / of          {of}\n  姓名 / name        {name}\n  证件 / document    {} {}\n  电话 / telephone   {telephone}",
        document.0, document.1
    ));
    print::line(&format!("  事实和理由 / grounds\n{}", content.objection.grounds.as_str()));
    for file in &content.files {
        print::line(&format!("  文件 / file {}  {}  {}  {}", file.seq, file.purpose.code(), file.kind.code(), file.name));
    }
    if let ObjectionState::Rejected { at, reason } | ObjectionState::Upheld { at, reason } = &record.state {
        print::line(&format!("  处理 / decided     {}  {}", at.display_beijing(), reason.as_str()));
    }
}
