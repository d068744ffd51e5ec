//! `yinxin demo`

use std::path::Path;
use std::time::Instant as Stopwatch;

use clap::Args;

use crate::service::Service;
use crate::service::access::ContestMandate;
use crate::service::award_list::Rejection;
use crate::service::demo::{self, ABILITY_LIST, AWARD_LIST, Cases, ShownNotice};
use crate::service::entropy;
use crate::service::import::{ImportError, ListFile};
use crate::service::issue::Order;
use crate::service::key_folder::KeyFolder;

use super::bar::Bar;
use super::{Failure, Outcome, Place, print, serve, world};

#[derive(Args)]
#[command(after_help = "示例 / example:\n  yinxin demo\n  yinxin demo --no-serve --data /tmp/yinxin-demo")]
pub struct Options {
    /// 只建立数据，不开启网站 / make everything, do not serve
    #[arg(long)]
    no_serve: bool,
    /// 另建若干份待审核的申领，用于试验 / so many claims in review besides, for trials
    #[arg(long, default_value_t = 0, hide = true)]
    claims: usize,
    /// 监听地址 / the address to listen on
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
}

pub async fn run(place: &Place, options: Options) -> Result<Outcome, Failure> {
    let stopwatch = Stopwatch::now();
    demo::write_world(&place.data, &format!("http://{}", options.listen))?;
    let config = world::config(place)?;
    KeyFolder::new(&config.keys).init(&config, world::passphrase().as_ref(), world::now()?)?;
    let service = world::service(place).await?;
    let samples = place.data.join("samples");
    for name in [AWARD_LIST, ABILITY_LIST] {
        import(&service, &samples, name).await?;
    }
    let cases = issue(&service).await?;
    let notice = service.show_notice(&samples, world::now()?).await?;
    tell(&service, &samples, cases.as_ref(), stopwatch.elapsed().as_secs_f64()).await?;
    accounts(&service).await?;
    let students = service.show_cases_of_verification(world::now()?, &mut entropy::fill).await?;
    if students > 0 {
        let url = service.public_url();
        print::line(&format!(
            "  认证 / verification        {url}/account/verification  ·  审核 / reviews  {url}/staff/reviews   （{students} 名学生 / students）"
        ));
    }
    if service.show_holders(world::now()?, &mut entropy::fill).await? {
        let url = service.public_url();
        print::line(&format!(
            "  我的获奖 / awards          {url}/account/awards  ·  匹配 / matches  {url}/staff/matches  ·  反馈 / reports  {url}/staff/reports"
        ));
    }
    let schools = service.show_schools(world::now()?, &mut entropy::fill).await?;
    if schools > 0 {
        let url = service.public_url();
        print::line(&format!(
            "  院校 / schools             {url}/account/school  ·  指导教师核对 / instructors  {url}/staff/instructors   （{schools} 所院校 / schools）"
        ));
    }
    claims(&service, options.claims).await?;
    if let Some(ShownNotice { contest, receipt }) = &notice {
        let url = service.public_url();
        print::line(&format!("  公示 / public notice       {url}/notices/{contest}"));
        print::line(&format!("  异议回执 / a receipt       {url}/objections  {receipt}   ·   yinxin objection show 1"));
    }
    if options.no_serve {
        return Ok(Outcome::Done);
    }
    serve::until_stopped(serve::issuing(service), &options.listen).await
}

async fn import(service: &Service, samples: &Path, name: &str) -> Result<(), Failure> {
    let bytes = std::fs::read(samples.join(name))?;
    let portraits = |file: &str| std::fs::read(samples.join(Path::new(file).file_name()?)).ok();
    let file = ListFile { name, bytes: &bytes, programme: None, portraits: &portraits };
    match service.import(&file, &ContestMandate::of_operator("demo"), world::now()?).await {
        Ok(imported) => print::line(&format!("{name}：新增 {} 条，已有 {} 条 / new, known", imported.new, imported.known)),
        Err(ImportError::Rejected(rejection)) => return Err(first_problems(&rejection).into()),
        Err(ImportError::Service(e)) => return Err(e.into()),
    }
    Ok(())
}

fn first_problems(rejection: &Rejection) -> String {
    rejection.problems.iter().take(5).map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

async fn issue(service: &Service) -> Result<Option<Cases>, Failure> {
    let room = world::press_room(service)?;
    let start = world::now()?;
    let clock = move || world::now().unwrap_or(start);
    let bar = Bar::default();
    let order = Order { programmes: &[], out: None, clock: &clock, progress: &bar };
    let issued = service.issue(&room, &order).await?;
    let cases = service.show_cases(&room, &order).await?;
    drop(bar);
    print::line(&format!("签发 {} 份，续办 {} 份 / issued, resumed", issued.issued, issued.resumed));
    Ok(cases)
}

/// A catalogue and claims, and the certificates of those that were approved.
async fn claims(service: &Service, many: usize) -> Result<(), Failure> {
    let Some(shown) = service.show_claims(many, world::now()?, &mut entropy::fill).await? else { return Ok(()) };
    let room = world::press_room(service)?;
    let start = world::now()?;
    let clock = move || world::now().unwrap_or(start);
    let bar = Bar::default();
    service.issue(&room, &Order { programmes: &shown.programmes, out: None, clock: &clock, progress: &bar }).await?;
    drop(bar);
    let url = service.public_url();
    print::line(&format!(
        "  能力证书 / claims          {url}/account/claims  ·  目录 / catalogue  {url}/staff/catalogue  ·  审核 / review  {url}/staff/claims   （{} 份申领 / claims）",
        shown.claims
    ));
    Ok(())
}

/// An account for each role.
async fn accounts(service: &Service) -> Result<(), Failure> {
    let Some((made, password)) = service.add_sample_accounts(world::now()?, &mut entropy::fill).await? else { return Ok(()) };
    let shown: Vec<String> = made.iter().map(|account| format!("{} {}", account.telephone, account.office.zh())).collect();
    print::line(&format!("  账号 / accounts            {}/sign-in   {}", service.public_url(), shown.join("  ")));
    print::line(&format!("  密码 / password            {}   （只显示这一次 / shown this once）", *password));
    Ok(())
}

/// What to open and what to try.
async fn tell(service: &Service, samples: &Path, cases: Option<&Cases>, seconds: f64) -> Result<(), Failure> {
    let url = service.public_url();
    let certificates = service.certificates(None, 1_000).await?;
    let Some(first) = certificates.first() else { return Ok(()) };
    let number = &first.facts.claims.number;
    let expires = world::now()?.plus_millis(i64::from(service.config().link_days) * 86_400_000);
    print::line(&format!("演示数据就绪，用时 {seconds:.1} 秒：{} 份证书 / ready", certificates.len()));
    print::line(&format!("  查询页 / lookup            {url}/"));
    print::line(&format!("  一份证书 / a certificate   {url}/c/{number}"));
    if let Some(Cases { corrected, successor, revoked }) = cases {
        print::line(&format!("  更正换发 / corrected       {url}/c/{corrected} → {url}/c/{successor}"));
        print::line(&format!("  已吊销 / revoked           {url}/c/{revoked}"));
    }
    print::line(&format!("  持证人下载 / download      {}", service.link_url(&service.link(number, expires))));
    print::line(&format!("  接口 / API                 {url}/api/v1/certificates/{number}"));
    print::line(&format!("  名单 / lists               {}", samples.display()));
    print::line(&format!(
        "  试试 / try                 yinxin revoke {number} --reason 演示吊销   ·   yinxin correct {number} --holder 李明 --reason 演示更正   ·   yinxin doctor   ·   yinxin issue --out 证书/"
    ));
    Ok(())
}
