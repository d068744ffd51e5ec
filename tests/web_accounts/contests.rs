//! A contest by the pages: made, its list imported with errors and without, published, closed, its dates moved.

use yinxin::domain::account::Office;
use yinxin::domain::issuer::Slug;
use yinxin::domain::time::Instant;
use yinxin::service::access::ContestMandate;
use yinxin::service::import::ListFile;

use crate::house::{Browser, House, hidden};

pub const ISSUER: &str = "13700137010";
pub const CONTEST: &str = "/staff/contests/canghai-9";

pub fn at(text: &str) -> Instant {
    Instant::parse_beijing(text).unwrap()
}

pub const LIST: &str = "赛类,科目,作品,奖项,角色,姓名,证件号码,学校\n\
    数字内容类,动画,听潮,二等奖,获奖选手,阿卜杜热合曼·麦麦提依明,319900200101020024,青山大学\n\
    软件类,C/C++程序设计,星海,一等奖,获奖选手,欧阳明远,11010519491231002X,蓝海大学\n\
    软件类,C/C++程序设计,拾光,二等奖,获奖选手,李明,449900200101020031,蓝海大学\n";

pub fn filled() -> Vec<(&'static str, &'static str)> {
    vec![
        ("id", "canghai-9"),
        ("name", "第九届沧海杯大学生创意大赛"),
        ("short_name", "第九届沧海杯"),
        ("document_number", "沧海杯组字[2023]9号"),
        ("organisers", "蓝海市\n沧海协会"),
        ("groups", "学生组"),
        ("categories", "软件类\n数字内容类"),
        ("issuer", "lanhai"),
        ("template", "award"),
        ("pattern", "CH{series:2}{year}{seq:5}"),
        ("series", "9"),
        ("notice_opens", "2023-11-24"),
        ("notice_closes", "2023年11月30日24点"),
        ("registration_closes", "2023-12-31"),
        ("release", "2024-01-01 09:00"),
        ("claims_close", "2024-01-31 24:00"),
    ]
}

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let value = |name: &str| changes.iter().find(|(changed, _)| *changed == name).map(|(_, value)| *value);
    filled().into_iter().map(|(name, was)| (name, value(name).unwrap_or(was))).collect()
}

/// Uploads a list; answers the path of its page.
pub async fn upload(browser: &mut Browser<'_>, name: &str, bytes: &[u8]) -> String {
    let token = hidden(browser.get(&format!("{CONTEST}/import")).await.page(200), "token");
    let answer = browser.post_files(&format!("{CONTEST}/import"), &[("token", None, token.as_bytes()), ("file", Some(name), bytes)]).await;
    answer.location().to_owned()
}

/// The page of an uploaded list once nothing goes on with it.
pub async fn followed(browser: &mut Browser<'_>, path: &str) -> String {
    for _ in 0..200 {
        let answer = browser.get(path).await;
        if answer.header("refresh").is_empty() {
            return answer.page(200).to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{path} is still busy");
}

pub async fn confirm(browser: &mut Browser<'_>, path: &str) -> String {
    assert_eq!(browser.post_signed(path, &[]).await.location(), path);
    followed(browser, path).await
}

/// A house with a contest by the pages, its list imported and published.
pub async fn published(browser: &mut Browser<'_>) {
    assert_eq!(browser.post_signed("/staff/contests/new", &filled()).await.location(), CONTEST);
    let draft = upload(browser, "获奖名单.csv", LIST.as_bytes()).await;
    assert!(confirm(browser, &draft).await.contains("已导入 3 条"));
    assert_eq!(browser.post_signed(&format!("{CONTEST}/publish"), &[("contest", "canghai-9")]).await.location(), CONTEST);
}

#[tokio::test]
async fn a_contest_is_made_with_every_problem_at_its_field() {
    let house = House::open().await;
    house.service.clock().set(at("2023-11-20 10:00")).unwrap();
    let (mut clerk, _) = house.staff(ISSUER, &[Office::Issuer], 1).await;
    assert!(clerk.get("/staff").await.page(200).contains("赛事与公示"));
    assert!(clerk.get("/staff/contests").await.page(200).contains("还没有赛事"));

    let wrong = with(&[("id", "沧海"), ("name", " "), ("series", "1000"), ("notice_closes", "2023-11-20"), ("release", "明天")]);
    let page = clerk.post_signed("/staff/contests/new", &wrong).await;
    for shown in
        ["有 5 项需要改正", "小写字母、数字", "请填写此项", "超出编号规则", "截止须晚于开始", "“明天”不是北京时间", "value=\"沧海\""]
    {
        assert!(page.page(400).contains(shown), "{shown}: {}", page.text());
    }
    for (field, value, told) in [
        ("id", "new", "换一个标识"),
        ("id", "lanhai-14", "已有赛事使用"),
        ("id", "ability-2024", "已用于岗位能力项目"),
        ("template", "nothing", "没有模板"),
        ("issuer", "nobody", "不存在"),
    ] {
        assert!(clerk.post_signed("/staff/contests/new", &with(&[(field, value)])).await.page(400).contains(told), "{field} {value}");
    }
    assert_eq!(clerk.post_signed("/staff/contests/new", &filled()).await.location(), CONTEST);
    assert!(clerk.post_signed("/staff/contests/new", &filled()).await.page(400).contains("已有赛事使用"));
    let twin = with(&[("id", "canghai-10"), ("notice_opens", "2023-11-25")]);
    assert!(clerk.post_signed("/staff/contests/new", &twin).await.page(400).contains("编号规则与 canghai-9 相同"));

    let page = clerk.get(CONTEST).await;
    for shown in
        ["第九届沧海杯大学生创意大赛", "草稿", "2023年11月30日 24:00", "CH09202400001", "请先导入获奖名单", "公示尚未发布", "接下来"]
    {
        assert!(page.page(200).contains(shown), "{shown}: {}", page.text());
    }
    let form = clerk.get(&format!("{CONTEST}/edit")).await;
    assert!(form.page(200).contains("value=\"2023-11-30 24:00\"") && form.text().contains("CH09202400001"));
    let renamed = with(&[("name", "第九届沧海杯大赛（学生组）"), ("id", "ignored")]);
    assert_eq!(clerk.post_signed(&format!("{CONTEST}/edit"), &renamed).await.location(), CONTEST);
    assert!(clerk.get("/staff/contests").await.page(200).contains("第九届沧海杯大赛（学生组）"));
    assert_eq!(clerk.get("/staff/contests/nothing").await.status, 404);

    // The numbers of a contest that only the records have are known when one is looked up.
    let hint = house.browser(9).get("/c/CH0920240O001").await;
    assert!(hint.page(404).contains("字母 O"), "{}", hint.text());
    // Another site sends nothing in a clerk's name.
    let token = clerk.token().await;
    let fields: Vec<(&str, &str)> = filled().into_iter().chain([("token", token.as_str())]).collect();
    let body = crate::house::form(&fields);
    assert_eq!(clerk.send("POST", "/staff/contests/new", &[("sec-fetch-site", "cross-site")], body).await.status, 403);
    assert_eq!(clerk.post(&format!("{CONTEST}/publish"), &[("token", "x"), ("contest", "canghai-9")]).await.status, 403);
}

#[tokio::test]
async fn a_list_is_looked_at_before_it_is_imported() {
    let house = House::open().await;
    house.service.clock().set(at("2023-11-20 10:00")).unwrap();
    let (mut clerk, _) = house.staff(ISSUER, &[Office::Issuer], 1).await;
    let (mut other, _) = house.staff("13700137011", &[Office::Issuer], 2).await;
    clerk.post_signed("/staff/contests/new", &filled()).await.location();

    // With problems: each with its place, and a copy to put right.
    let bad = LIST.replace("一等奖", "特优奖").replace("11010519491231002X", "110105194912310021");
    let draft = upload(&mut clerk, "获奖名单.csv", bad.as_bytes()).await;
    let page = followed(&mut clerk, &draft).await;
    for shown in ["有 2 处问题", "D3（", "G3（", "特优奖", "标注副本"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let sheet = clerk.get(&format!("{draft}/problems.xlsx")).await;
    assert!(sheet.status == 200 && sheet.body.starts_with(b"PK") && sheet.header("content-disposition").starts_with("attachment"));
    assert_eq!(clerk.post_signed(&draft, &[]).await.status, 400, "what has problems is not imported");
    // Nobody else sees it, another clerk neither.
    for path in [draft.clone(), format!("{draft}/problems.xlsx")] {
        assert_eq!(other.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(other.post_signed(&draft, &[]).await.status, 404);

    // Files that are no list, whatever they are called; and no file at all.
    let empty: &[u8] = b"";
    for (name, bytes, told) in [
        ("名单.xlsx", b"%PDF-1.7 no list".as_slice(), "PDF"),
        ("名单.csv", b"\x89PNG\r\n\x1a\n........".as_slice(), "图片"),
        ("名单.xlsx", b"PK\x03\x04 and then nothing".as_slice(), "不完整"),
        ("名单.csv", b"<html><table><tr><td>1</td></tr></table>".as_slice(), "网页"),
    ] {
        let draft = upload(&mut clerk, name, bytes).await;
        assert!(followed(&mut clerk, &draft).await.contains(told), "{told}");
    }
    let import = format!("{CONTEST}/import");
    let token = clerk.token().await;
    let nothing = clerk.post_files(&import, &[("token", None, token.as_bytes()), ("file", Some(""), empty)]).await;
    assert!(nothing.page(400).contains("请选择名单文件"));
    let large = vec![b'a'; (20 << 20) + 1];
    let large = clerk.post_files(&import, &[("token", None, token.as_bytes()), ("file", Some("a.csv"), &large)]).await;
    assert!(large.page(400).contains("不能超过 20 MB"));
    let unsigned = clerk.post_files(&import, &[("file", Some("名单.csv"), LIST.as_bytes())]).await;
    assert_eq!(unsigned.status, 403);
    // A row of another contest is a problem here.
    let strange = LIST.replace("赛类,科目", "赛事,赛类,科目").replace("数字内容类,动画", "lanhai-14,数字内容类,动画");
    let strange = strange.replace("\n软件类", "\ncanghai-9,软件类");
    let draft = upload(&mut clerk, "名单.csv", strange.as_bytes()).await;
    assert!(followed(&mut clerk, &draft).await.contains("lanhai-14"));

    // Right: counted and shown, not imported yet.
    let draft = upload(&mut clerk, "获奖名单.csv", LIST.as_bytes()).await;
    let page = followed(&mut clerk, &draft).await;
    for shown in ["读到 3 条", "其中新增 3 条，已有 0 条", "欧阳明远", "<dt>软件类</dt><dd>2</dd>", "<dt>二等奖</dt><dd>2</dd>"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert!(clerk.get(CONTEST).await.page(200).contains("<dt>名单条目</dt><dd>0</dd>"));
    // Another list comes in between: what was shown is not what would be.
    let id: Slug = "canghai-9".parse().unwrap();
    let line =
        LIST.lines().next().unwrap().to_owned() + "\n软件类,Java程序设计,远帆,一等奖,获奖选手,王芳,110105200001010219,西海理工学院\n";
    let file = ListFile { name: "另一份.csv", bytes: line.as_bytes(), programme: Some(&id), portraits: &|_| None };
    let now = house.service.clock().now().unwrap();
    house.service.import(&file, &ContestMandate::of_operator("test"), now).await.unwrap();
    assert!(confirm(&mut clerk, &draft).await.contains("名单在此期间有变动"));
    assert!(clerk.get(CONTEST).await.page(200).contains("<dt>名单条目</dt><dd>1</dd>"), "nothing of it was imported");
    let draft = upload(&mut clerk, "获奖名单.csv", LIST.as_bytes()).await;
    assert!(confirm(&mut clerk, &draft).await.contains("已导入 3 条"));
    assert!(clerk.post_signed(&draft, &[]).await.page(400).contains("不在待确认状态"));
    let again = upload(&mut clerk, "获奖名单.csv", LIST.as_bytes()).await;
    assert!(followed(&mut clerk, &again).await.contains("已经导入过"));

    // After an hour nothing of it is left; before, all of it.
    let files = |house: &House| walk(&house.folder.path().join("vault"));
    let before = files(&house);
    let ends = house.service.clock().now().unwrap();
    assert_eq!(house.service.sweep_imports(ends).await.unwrap(), 0);
    let swept = house.service.sweep_imports(ends.plus_millis(3_600_000)).await.unwrap();
    assert_eq!((swept, files(&house)), (9, before - 9));
    assert_eq!(clerk.get(&again).await.status, 404);
}

/// How many files lie in a folder.
pub fn walk(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn a_notice_is_published_moved_and_closed_by_its_pages() {
    let house = House::open().await;
    house.service.clock().set(at("2023-11-20 10:00")).unwrap();
    let (mut clerk, secret) = house.staff(ISSUER, &[Office::Issuer], 1).await;
    clerk.post_signed("/staff/contests/new", &filled()).await.location();
    let publish = format!("{CONTEST}/publish");
    assert!(clerk.get(&publish).await.page(200).contains("请先导入获奖名单"));
    assert!(clerk.post_signed(&publish, &[("contest", "canghai-9")]).await.page(400).contains("请先导入获奖名单"));
    let draft = upload(&mut clerk, "获奖名单.csv", LIST.as_bytes()).await;
    confirm(&mut clerk, &draft).await;
    let what = clerk.get(&publish).await;
    for shown in ["<b>3</b> 条", "2023年11月24日 00:00:00 — 2023年11月30日 24:00", "名单就此固定"] {
        assert!(what.page(200).contains(shown), "{shown}: {}", what.text());
    }
    assert!(clerk.post_signed(&publish, &[("contest", "canghai")]).await.page(400).contains("请准确输入赛事标识"));
    assert_eq!(clerk.post_signed(&publish, &[("contest", " canghai-9 ")]).await.location(), CONTEST);
    let page = clerk.get(CONTEST).await;
    for shown in ["已发布，待公示", "名单已公示并固定", "公示已发布，名单已固定"] {
        assert!(page.page(200).contains(shown), "{shown}: {}", page.text());
    }
    // Fixed: neither by the form, nor by another list.
    assert!(clerk.get(&format!("{CONTEST}/edit")).await.page(200).contains("fieldset disabled"));
    assert!(clerk.post_signed(&format!("{CONTEST}/edit"), &filled()).await.page(400).contains("名单已公示并固定"));
    assert!(clerk.get(&format!("{CONTEST}/import")).await.page(200).contains("现在还不能"));
    let token = clerk.token().await;
    let import = format!("{CONTEST}/import");
    let late = clerk.post_files(&import, &[("token", None, token.as_bytes()), ("file", Some("a.csv"), LIST.as_bytes())]).await;
    assert!(late.page(400).contains("已公示"));

    // Dates move later, with a reason that the public reads.
    let dates = format!("{CONTEST}/dates");
    let moved = |release, reason| [("registration", "2024-01-05"), ("release", release), ("claims", "2024-02-10"), ("reason", reason)];
    assert!(clerk.post_signed(&dates, &moved("2023-12-30", "开学后提交")).await.page(400).contains("只能推迟"));
    let wrong = clerk.post_signed(&dates, &moved("后天", " ")).await;
    assert!(wrong.page(400).contains("“后天”不是北京时间") && wrong.text().contains("改期原因应为"));
    assert_eq!(clerk.post_signed(&dates, &moved("2024-01-06 09:00", "院校<开学>后提交")).await.location(), CONTEST);
    assert!(clerk.get(CONTEST).await.page(200).contains("院校&#60;开学&#62;后提交"));
    assert!(house.trail().await.iter().any(|e| e.action == "move dates" && e.subject == "canghai-9"));

    // From the start of the period on the public reads it.
    let opens = at("2023-11-24");
    let mut reader = house.browser(20);
    house.service.clock().set(opens.plus_millis(-60_000)).unwrap();
    assert_eq!(reader.get("/notices/canghai-9").await.status, 404);
    house.service.clock().set(opens).unwrap();
    let notice = reader.get("/notices/canghai-9").await;
    for shown in ["公示中", "改期", "<s>2024年1月1日 09:00:00</s> → <b>2024年1月6日 09:00:00</b>", "院校&#60;开学&#62;后提交"]
    {
        assert!(notice.page(200).contains(shown), "{shown}: {}", notice.text());
    }
    clerk.again(ISSUER, &secret).await;
    assert!(clerk.get(CONTEST).await.page(200).contains("/notices/canghai-9/statements/1"));

    // It is closed once the period is over, and not before.
    let (close, closes) = (format!("{CONTEST}/close"), at("2023-11-30 24:00"));
    house.service.clock().set(closes.plus_millis(-60_000)).unwrap();
    clerk.again(ISSUER, &secret).await;
    assert!(clerk.get(&close).await.page(200).contains("此前不能结束"));
    assert!(clerk.post_signed(&close, &[("contest", "canghai-9")]).await.page(400).contains("此前不能结束"));
    house.service.clock().set(closes).unwrap();
    assert!(clerk.get(&close).await.page(200).contains("最终名单"));
    assert_eq!(clerk.post_signed(&close, &[("contest", "canghai-9")]).await.location(), CONTEST);
    assert!(clerk.get(CONTEST).await.page(200).contains("/notices/canghai-9/statements/2"));
    let withdraw = format!("{CONTEST}/withdraw");
    assert!(clerk.post_signed(&withdraw, &[("contest", "canghai-9")]).await.page(400).contains("撤下原因"));
    let gone = [("contest", "canghai-9"), ("reason", "公示期满")];
    assert_eq!(clerk.post_signed(&withdraw, &gone).await.location(), CONTEST);
    assert_eq!(reader.get("/notices/canghai-9").await.status, 404);
    assert!(clerk.get("/staff/contests").await.page(200).contains("已撤下"));
}
