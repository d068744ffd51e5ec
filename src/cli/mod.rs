//! The command line, one file per command.
//!
//! Exit codes: 0 done; 1 the answer is no (a file is not genuine, a number is unknown); 2 the command was not understood or could not
//! be carried out; 3 a list or template was refused, or a preflight found problems; 4 the doctor found something.

mod account;
mod api_key;
mod backup;
mod bar;
mod contest;
mod correct;
mod demo;
mod doctor;
mod export;
mod import;
mod issue;
mod keys;
mod list;
mod look;
mod lookup;
mod migrate;
mod objection;
mod picture;
mod print;
mod restore;
mod revoke;
mod schools;
mod serve;
mod statement;
mod template;
mod trial_clock;
mod usage;
mod verify;
mod work;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// 印信：签发与查验电子证书 / issues signed certificates and lets anyone check one
#[derive(Parser)]
#[command(name = "yinxin", version, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Where the data lie.
#[derive(Args, Clone)]
struct Place {
    /// 数据文件夹 / the data folder
    #[arg(long, global = true, env = "YINXIN_DATA", default_value = "yinxin-data")]
    data: PathBuf,
    /// 数据库地址，优先于配置文件 / database URL, before that of the configuration
    #[arg(long, global = true, env = "YINXIN_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// 以 JSON 输出 / print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// 建立演示数据、签发并开启网站 / make a sample world, issue, and serve it
    Demo(demo::Options),
    /// 生成、查看、轮换、导出密钥 / make, list, rotate and export keys
    Keys(keys::Options),
    /// 导入获奖名单或能力证书名单 / import a list
    Import(import::Options),
    /// 赛事与公示：保存、公示、结束、撤下 / contests and their public notices
    Contest(contest::Options),
    /// 异议：列出、查看、处理 / objections: list, read, decide
    Objection(objection::Options),
    /// 学校名单：导入 / the list of schools
    Schools(schools::Options),
    /// 签发所有可签发的证书 / issue every certificate that is due
    Issue(issue::Options),
    /// 查验 PDF 文件或二维码文本，可离线 / check PDF files or the text of a QR code, offline if need be
    Verify(verify::Options),
    /// 按证书编号或证件号码查询 / look up by certificate number or identity number
    Lookup(lookup::Options),
    /// 列出全部证书 / list every certificate
    List(list::Options),
    /// 生成证书图片（PNG） / make the picture of an issued certificate
    Picture(picture::Options),
    /// 吊销证书 / take a certificate back
    Revoke(revoke::Options),
    /// 更正证书：以新编号换发 / correct a certificate: a successor under a new number
    Correct(Box<correct::Options>),
    /// 检查或预览模板 / check or preview a template
    Template(template::Options),
    /// 开启网站 / serve the web pages and the API
    Serve(serve::Options),
    /// 只签发：运行网页上启动的批次 / issue only: run the batches that are started on the web
    Work(work::Options),
    /// 核对每条记录与其文件、签名、编号 / compare every record with its file, signature and series
    Doctor(doctor::Options),
    /// 查看不可信文件所示内容（供服务内部使用） / what an untrusted file shows; the service runs it
    #[command(hide = true)]
    Look(look::Options),
    /// 账号：新建管理员、列出、角色、登录 / accounts: administrators, roles, sessions
    Account(account::Options),
    /// 接口密钥：新建、列出、停用 / keys of integrators
    ApiKey(api_key::Options),
    /// 备份：记录、文件、配置、公钥（服务可同时运行），或核对备份 / a copy of everything while the service runs, or check one
    Backup(backup::Options),
    /// 导出一个签发机构的全部证书，附离线查验页 / every certificate of an issuer, with a page that checks them offline
    Export(export::Options),
    /// 把备份恢复到空的数据文件夹和数据库，并逐项验证 / make everything of a backup, in an empty place, and prove it
    Restore(restore::Options),
    /// 升级数据库结构 / bring the database to this version
    Migrate(migrate::Options),
}

/// What a command ends with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    No,
    Refused,
    Findings,
}

/// Anything that stops a command; its text is for the person at the terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::Look(options) = &cli.command {
        // It bounds its own memory, so it begins with the one thread that it has.
        return ended(look::run(options));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return failed(&Failure::from(e)),
    };
    ended(runtime.block_on(run(cli)))
}

fn ended(outcome: Result<Outcome, Failure>) -> ExitCode {
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Ok(Outcome::Refused) => ExitCode::from(3),
        Ok(Outcome::Findings) => ExitCode::from(4),
        Err(e) => failed(&e),
    }
}

async fn run(cli: Cli) -> Result<Outcome, Failure> {
    let place = cli.place;
    match cli.command {
        Command::Demo(options) => demo::run(&place, options).await,
        Command::Keys(options) => keys::run(&place, options).await,
        Command::Import(options) => import::run(&place, options).await,
        Command::Contest(options) => contest::run(&place, options).await,
        Command::Objection(options) => objection::run(&place, options).await,
        Command::Schools(options) => schools::run(&place, options).await,
        Command::Issue(options) => issue::run(&place, options).await,
        Command::Verify(options) => verify::run(&place, options).await,
        Command::Lookup(options) => lookup::run(&place, options).await,
        Command::List(options) => list::run(&place, options).await,
        Command::Picture(options) => picture::run(&place, options).await,
        Command::Revoke(options) => revoke::run(&place, options).await,
        Command::Correct(options) => correct::run(&place, *options).await,
        Command::Template(options) => template::run(&place, options),
        Command::Serve(options) => serve::run(&place, options).await,
        Command::Work(options) => work::run(&place, options).await,
        Command::Doctor(options) => doctor::run(&place, options).await,
        Command::Look(options) => look::run(&options),
        Command::Account(options) => account::run(&place, options).await,
        Command::ApiKey(options) => api_key::run(&place, options).await,
        Command::Backup(options) => backup::run(&place, options).await,
        Command::Export(options) => export::run(&place, options).await,
        Command::Restore(options) => restore::run(&place, options).await,
        Command::Migrate(options) => migrate::run(&place, options).await,
    }
}

fn failed(error: &Failure) -> ExitCode {
    print::problem(&error.to_string());
    ExitCode::from(2)
}
