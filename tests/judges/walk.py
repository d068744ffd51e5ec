#!/usr/bin/env python3
"""The whole way of an award, walked in Chromium by the people whose way it is: the contest is made and its list published, an objection is upheld, students are verified, certificates are issued and
released, an employer checks one, a holder has one corrected. The clock is moved, the rest is real: every step is a click or a key. Screenshots of each step lie in the work folder."""

import argparse
import json
import time
import zipfile
from pathlib import Path

from PIL import Image

from common import GENUINE, Checks, Server, row_holder, tool
from people import PASSWORD
from walk_school import INSTRUCTOR, instructor, school
from walkers import CONTEST, CONTEST_NAME, OTHER_SCHOOL, SCHOOL, SERVER_ZONE, STUDENTS, PastYinxin, Walk, WalkError, bad_rows, configuration, pictures, resident, rows, write_list

ADMIN, ISSUER, REVIEWER, OFFICER = "13700137001", "13700137002", "13700137003", "13700137004"
NOTICE, DESK = f"/notices/{CONTEST}", f"/staff/contests/{CONTEST}"
SIGNATURE = [(0.1, 0.7), (0.2, 0.2), (0.3, 0.8), (0.42, 0.3), (0.55, 0.75), (0.7, 0.35), (0.9, 0.6)]
OBJECTOR = resident("19900101", 1)
REASON, REMARK = "经核实，该作品与既往已发表作品主要内容相同，异议成立。", "经核实不符合原创要求，取消奖项"


def staff(walk):
    """1. The administrator signs in and makes the accounts of the staff, who set their passwords and second factors themselves."""
    walk.step = "1"
    admin = walk.person("admin", ADMIN)
    admin.go("/sign-in").shot("sign-in", english=True).sign_in().shot("account-admin")
    admin.enter("/staff").says("审计记录", "账号与角色", what="the administrator is at the desk").shot("desk-first", english=True)
    admin.click("账号与角色", within={"selector": "nav.sections", "text": ""})
    for who, telephone, name, role in (("issuer", ISSUER, "陈信", "签发员"), ("reviewer", REVIEWER, "李慎", "审核员"), ("officer", OFFICER, "王正", "异议处理员")):
        new = {"selector": "section", "text": "添加工作人员"}
        admin.type(telephone=telephone, name=name).click(role, stays=True, within=new).click("添加", within=new)
        admin.says(name, role, what="an account is made").click("返回账号与角色")
        walk.person(who, telephone)
    admin.says("陈信", "李慎", "王正", "未设动态验证码", what="the staff are listed").shot("accounts")
    for who in ("issuer", "reviewer", "officer"):
        person = walk.people[who].recover().sign_in().enter("/staff")
        person.says("工作台", what="a password is set, the second factor is on")
    walk.people["issuer"].shot("desk-issuer")


def contest(walk):
    """2. The issuer makes the contest, imports a list that is wrong, then the right one, and publishes it."""
    walk.step = "2"
    issuer = walk.people["issuer"]
    issuer.enter("/staff/contests").shot("contests-none").click("新建赛事")
    issuer.type(
        name=CONTEST_NAME, name_en="The 14th Lanhai Cup", id=CONTEST, short_name="第十四届蓝海杯", edition="第十四届", document_number="蓝海杯组委会字[2023]62号",
        organisers="蓝海市信息化人才交流中心\n蓝海市人民政府",
        groups="学生组", categories="软件类\n数字内容类", pattern="LH{series:2}{year}{seq:5}", series="14", registration="required", notice_opens="2023-11-24", notice_closes="2023-11-30 24:00",
        registration_closes="2023年12月31日24点", release="2024-01-01", claims_close="2024-01-31 24:00",
    )
    issuer.shot("contest-form").click("保存").says("草稿", "LH14202400001", what="the contest is there").shot("contest-draft", english=True)
    issuer.click("导入名单").shot("import")
    issuer.ask("upload", selector="#file", path=write_list(walk.work / "获奖名单（初稿）.csv", bad_rows()))
    issuer.click("上传并预览").ask("wait", text="处问题")
    issuer.says("2 处问题", "特优奖", "D5", "H7", what="both problems are named with their places").shot("import-refused")
    sheet = issuer.saved("下载标注副本（.xlsx）")
    with zipfile.ZipFile(sheet) as book:
        texts = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    walk.checks.check("特优奖" in texts and "李明" in texts, "2 issuer: the annotated copy is a workbook of the list")
    issuer.click("重新上传")
    issuer.ask("upload", selector="#file", path=write_list(walk.work / "获奖名单.csv", rows()))
    issuer.click("上传并预览").ask("wait", text="读到")
    issuer.says("读到 30 条，没有问题", "数字内容类", what="the list is read").shot("import-read")
    issuer.click("导入新增的 30 条").ask("wait", text="已导入")
    issuer.says("已导入 30 条", what="it is imported").click("返回赛事").click("发布公示")
    issuer.says("30", "名单就此固定", what="what publishing does").shot("publish")
    issuer.type(contest=CONTEST).click("发布公示", within={"selector": "form", "text": "输入赛事标识"}).says("已固定并签署", what="it is published").shot("contest-published")


def notice(walk):
    """3. The notice opens; somebody objects, and follows it; a moment before the end an objection is taken, at the end none."""
    walk.step = "3"
    reader = walk.person("reader")
    walk.clock("2023-11-23 23:59:50")
    reader.go("/notices").says("目前没有公示", what="a moment before, nothing is public").shot("notice-before", english=True)
    reader.go(NOTICE, status=404)
    walk.clock("2023-11-24 00:00:00")
    reader.go("/notices").click("第十四届").says("公示中", "共 30 条", "**", what="at the instant, the list").shot("notice-open", english=True)
    reader.silent(*(student.listed for student in STUDENTS.values()), *(student.number for student in STUDENTS.values()), what="no full name, no number")
    reader.type(work="借阅").click("查找", within={"selector": "form", "text": "赛类"}).says("共 1 条", "特等奖", what="a search finds the work").shot("notice-search")
    walk.clock("2023-11-26 10:20:00")
    receipt = object_to(walk, reader, "借阅", "慕容思齐")
    reader.go("/objections").type(code=receipt).click("查询", within={"selector": "form", "text": "回执码"}).says("正在处理", what="the receipt leads to it").shot("objection-follow")
    walk.people["zhao"] = waiting = walk.person("zhao", STUDENTS["zhao"].telephone).register("赵磊")
    waiting.enter("/account/awards").says("暂不能领取", what="the award is there, not its certificate")
    waiting.click("特等奖").says("有人对该奖项提出异议", "公示期至", "还需要完成实名认证和学籍认证", what="objection, notice and verification are in the way").shot("award-disputed", english=True)
    walk.receipt = receipt
    deadline(walk, reader)


def object_to(walk, reader, work, name, at=None):
    """An objection with a drawn signature; `at` moves the clock before it is handed in. Answers the code of the receipt."""
    reader.go(NOTICE).type(work=work).click("查找", within={"selector": "form", "text": "赛类"}).click("提出异议", within={"selector": "table", "text": ""})
    grounds = f"作品《{work}》与去年已公开发表的作品高度相似：界面、文案和数据均相同，证据见附件。"
    reader.type(**{"name": name, "identity-number": OBJECTOR, "workplace": "北溟造船厂", "telephone": "13912345678", "grounds": grounds})
    reader.ask("draw", selector="#pad canvas", points=SIGNATURE)
    for _ in range(100):
        if reader.ask("value", selector="#mark"):
            break
        time.sleep(0.02)
    if at is None:
        reader.shot("objection-form")
    else:
        walk.clock(at)
    reader.click("提交异议")
    if at is None:
        reader.says("异议已收到", what="it is received").shot("objection-receipt")
    return reader.ask("value", selector="#code") if "异议已收到" in reader.read() else None


def deadline(walk, reader):
    walk.clock("2023-11-30 23:59:20")
    last = object_to(walk, reader, "灯会", "司徒文远", "2023-11-30 23:59:55")
    walk.checks.check(bool(last), "3 reader: five seconds before the end an objection is taken")
    walk.clock("2023-11-30 23:59:20")
    late = object_to(walk, reader, "归燕", "公孙迟", "2023-12-01 00:00:00")
    reader.says("截止", what="at the end no more")
    walk.checks.equal(late, None, "3 reader: no receipt at the end")
    reader.shot("objection-late")
    reader.go(NOTICE).says("公示期已截止", what="the notice says so").silent("提出异议", what="nothing to click for it")


def decision(walk):
    """3, after the end: the officer upholds one objection and rejects the other; the objector reads it; the issuer closes the notice."""
    walk.step = "3"
    walk.clock("2023-12-04 09:00:00")
    officer, issuer, reader = walk.people["officer"], walk.people["issuer"], walk.people["reader"]
    officer.enter("/staff").shot("desk-officer").click("异议", within={"selector": "nav.sections", "text": ""}).says("待处理", what="two objections wait").shot("objections", english=True)
    officer.click("1", within={"selector": "table", "text": ""}).says("慕容思齐", "北溟造船厂", "高度相似", what="what was said and who").shot("objection-case", english=True)
    officer.click("支持：取消第", stays=True).type(remark=REMARK, reason=REASON).click("作出处理").says("已支持", what="upheld").shot("objection-upheld")
    officer.click("异议", within={"selector": "nav.sections", "text": ""}).click("2", within={"selector": "table", "text": ""})
    officer.click("不予支持", stays=True).type(reason="经核实，情况不属实。").click("作出处理").says("不予支持", what="the other is not upheld")
    reader.go("/objections").type(code=walk.receipt).click("查询", within={"selector": "form", "text": "回执码"}).says("异议成立", REASON, what="the objector reads the decision").shot("objection-decided")
    issuer.enter(DESK).click("结束公示").says("确认", what="what closing does").shot("close").type(contest=CONTEST).click("结束公示", within={"selector": "form", "text": "输入赛事标识"}).says("结束", what="closed").shot("contest-closed")
    reader.go(NOTICE).says("公示已结束", "已取消", REMARK, what="the notice shows what was withdrawn").shot("notice-closed", english=True)
    zhao = walk.people["zhao"]
    zhao.enter("/account/awards").click("特等奖").says("经异议核实已取消", "不能领取", what="the holder is told why").shot("award-withdrawn")


def students(walk, files):
    """4. Students register and are verified: one is refused a picture at once, has another one sent back, and corrects it."""
    walk.step = "4"
    walk.clock("2023-12-05 10:00:00")
    li = walk.person("li", STUDENTS["li"].telephone)
    li.go("/register").shot("register", english=True)
    li.register("李明").says("我的账号", what="registered").shot("account", english=True)
    li.click("我的获奖").says("暂不能领取", "还需要完成实名认证和学籍认证", what="what is in the way: verification").shot("awards", english=True)
    li.click("一等奖").click("去办理").says("未填写", "2023年12月31日 24:00", what="both forms, and the deadline").shot("verification", english=True)
    li.click("实名认证").picture("portrait", files["square"], shows=False)
    li.says("照片比例应为", what="a square portrait is refused at once, beside its field").shot("portrait-refused")
    li.real_name(STUDENTS["li"], files, portrait="sunglasses").shot("real-name").click("提交审核").says("审核", what="sent in")
    li.click("学籍认证").enrolment(files, "2021010101").shot("enrolment").click("提交审核").shot("verification-waiting")
    for who in ("wang", "ou"):
        one = walk.person(who, STUDENTS[who].telephone).register(STUDENTS[who].name)
        one.click("实名与学籍认证").click("实名认证").real_name(STUDENTS[who], files).click("提交审核")
        one.click("学籍认证").enrolment(files, f"20210101{len(walk.people):02}").click("提交审核").says("审核", what="both forms are sent in")
    walk.people["ou"].enter("/account/awards").says("可能属于您的奖项", what="another name: it may be theirs").shot("awards-maybe", english=True)
    review(walk)
    walk.clock("2023-12-06 15:00:00")
    li.enter("/account/verification").says("被退回", what="sent back").shot("verification-returned").click("实名认证")
    li.says("请在纯色墙前重拍，不要戴墨镜", what="the reviewer's words").shot("real-name-returned", english=True)
    li.picture("portrait", files["portrait"]).click("提交审核").says("审核", what="corrected and sent again")
    reviewer = walk.people["reviewer"].enter("/staff/reviews").click("领取下一件")
    reviewer.ask("press", key="a", leads=True)
    reviewer.says("队列是空的", what="approved by the key A").shot("reviews-empty")
    li.go("/account/verification").says("认证已完成", what="verified").shot("verification-done", english=True)
    li.go("/account/awards").click("一等奖").says("证书自 2024", what="what is in the way: the release").shot("award-before-release", english=True)


def review(walk):
    """The reviewer takes one case after the other and decides by keys; the portrait with sunglasses goes back."""
    walk.clock("2023-12-05 16:00:00")
    reviewer = walk.people["reviewer"]
    reviewer.enter("/staff/reviews").says("待审核", what="the queue").shot("reviews", english=True).click("领取下一件")
    reviewer.says("李明", "实名认证", what="the first that came").shot("review", english=True)
    reviewer.ask("press", key="r")
    reviewer.ask("press", key="Space")
    reviewer.type(text="请在纯色墙前重拍，不要戴墨镜").click("退回给申请人")
    for _ in range(5):
        reviewer.ask("press", key="a", leads=True)
    reviewer.says("队列是空的", what="the next case comes by itself; five are approved by the key A")
    # The list has 欧阳娜, the person is 欧阳娜娜: the account's page puts it before the reviewers once it is verified.
    walk.people["ou"].enter("/account/awards").says("已转人工核对", what="what is in the way: a person looks at it")
    reviewer.click("获奖匹配").says("欧阳娜", what="the doubtful match waits").shot("matches").click("欧阳娜")
    reviewer.says("不一致", "欧阳娜娜", what="both sides").shot("match", english=True).click("属于该账号").shot("match-confirmed")
    walk.people["ou"].enter("/account/awards").says("三等奖", what="the award is theirs").silent("可能属于您的奖项", what="nothing doubtful is left")


def last_moment(walk, files):
    """4, at the deadline: one student sends in a moment before it, one at it."""
    walk.step = "4"
    walk.clock("2023-12-31 23:50:00")
    for who in ("sun", "chen"):
        one = walk.person(who, STUDENTS[who].telephone).register(STUDENTS[who].name)
        one.click("实名与学籍认证").click("实名认证").real_name(STUDENTS[who], files).click("提交审核").click("学籍认证").enrolment(files, f"20210102{len(walk.people):02}")
    sun, chen = walk.people["sun"], walk.people["chen"]
    walk.clock("2023-12-31 23:59:55")
    sun.click("提交审核")
    sun.go("/account/awards").click("优秀奖").says("还没有通过审核", what="in time: what is in the way is the review").silent("逾期不补", what="and not the deadline")
    sun.shot("award-in-time")


def issue(walk):
    """6. The issuer starts the batch before the release; at the release, and not a moment before, the certificates are there."""
    walk.step = "6"
    issuer = walk.people["issuer"]
    walk.clock("2023-12-31 20:00:00")
    issuer.enter("/staff").shot("desk-issuer").click("签发", within={"selector": "nav.sections", "text": ""}).says("待签发", what="what can be issued").shot("issuing", english=True)
    issuer.click("签发已注册的")
    issuer.shot("batch-begins")
    issuer.ask("wait", text="已完成")
    issuer.says("本批签发", "问题 0", what="the batch is done").shot("batch", english=True)
    made = {row_holder(row): row["number"] for row in walk.yinxin.list()}
    walk.checks.check({"李明", "王芳", INSTRUCTOR} <= set(made) and not {"陈晨", "孙悦", "赵磊"} & set(made), "6 issuer: who is verified has a certificate, nobody else", sorted(made))
    return made["李明"]


def release(walk, number):
    walk.step = "6"
    li, chen, reader = (walk.people[who] for who in ("li", "chen", "reader"))
    walk.clock("2023-12-31 23:59:57")
    li.enter("/account/awards").says("暂不能领取", what="a moment before the release: not yet")
    reader.go("/").type(number=number).click("查询", within={"selector": "form", "text": "证书编号"}).silent("证书有效", what="nobody finds the certificate").shot("lookup-before")
    walk.clock("2024-01-01 00:00:00")
    chen.click("提交审核")
    chen.go("/account/awards").click("二等奖").says("逾期不补", "不能领取", what="at the deadline it is too late, and the page says so").shot("award-too-late", english=True)
    li.go("/account/awards").says("证书可下载", number, what="at the release: the certificate").shot("awards-released", english=True)
    li.click("一等奖").shot("award-released").click("查看与下载证书").says("下载 PDF", what="the way to the file").shot("download", english=True)
    pdf, png = li.saved("下载 PDF"), li.saved("保存图片")
    genuine(walk, pdf)
    li.click("分享与隐私").shot("sharing").type(purpose="入职 沧海软件有限公司").click("生成链接").says("请复制并发给这一位查看人", what="a link for an employer").shot("share-made")
    return pdf, png, li.ask("value", selector="#made")


def genuine(walk, pdf):
    """The file is what other people's programs and the program itself take for genuine."""
    rows = json.loads(walk.yinxin.run("verify", pdf, "--json").stdout)
    walk.checks.check(rows[0]["verdict"] in GENUINE, "6 li: yinxin verify calls the file genuine", rows[0])
    walk.checks.equal(tool("qpdf", "--check", pdf).returncode, 0, "6 li: qpdf finds nothing wrong with it")
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature

    with open(pdf, "rb") as file:
        [signature] = PdfFileReader(file).embedded_signatures
        status = validate_pdf_signature(signature)
        walk.checks.check(status.intact and status.valid, "6 li: pyHanko finds the signature intact")


def first_request(walk):
    """6, later: one more student is approved, asks for the certificate, and has it within seconds."""
    walk.step = "6"
    walk.clock("2024-01-02 10:00:00")
    reviewer, sun = walk.people["reviewer"], walk.people["sun"]
    reviewer.enter("/staff/reviews").click("领取下一件")
    # Two of the student who was in time, two of the one who was late: these are decided as well, and change nothing.
    for _ in range(4):
        reviewer.ask("press", key="a", leads=True)
    sun.enter("/account/awards").says("可以领取", what="nothing is in the way any more").click("优秀奖").shot("award-ready", english=True)
    start = time.monotonic()
    sun.click("生成我的证书").shot("award-being-made")
    sun.ask("wait", text="查看与下载证书")
    seconds = time.monotonic() - start
    sun.says("证书可下载", what=f"made {seconds:.1f} s after it was asked for")
    walk.checks.check(seconds < 15, "6 sun: within seconds")
    walk.people["chen"].enter("/account/awards").click("二等奖").says("逾期不补", what="too late stays too late")


def employer(walk, number, pdf, png, share):
    """7. An employer looks one up by its number, by the identity number, by file, by code, and by the holder's link."""
    walk.step = "7"
    hr = walk.person("employer")
    hr.go("/").shot("lookup", english=True).type(number=number.lower()).click("查询", within={"selector": "form", "text": "证书编号"})
    hr.says("证书有效", number, "李*", what="by number").silent("李明", what="the name is masked").shot("certificate", english=True)
    hr.type(holder="李明").click("核对").says("姓名相符", what="the name is the holder's").shot("certificate-name")
    identity = lambda student: hr.go("/").type(**{"document-kind": "resident", "identity-number": student.number}).click("查询", within={"selector": "form", "text": "证件号码"})  # noqa: E731
    identity(STUDENTS["li"]).says("共 1 份证书", number, what="by identity number").shot("by-identity")
    identity(STUDENTS["zhao"]).says("没有可公开查询的证书", what="the withdrawn award has none").shot("by-identity-none")
    hr.go("/verify").shot("verify").ask("upload", selector="#file", path=pdf)
    hr.click("开始验证").says(number, what="by file").shot("verified")
    hr.go("/verify").ask("upload", selector="#file", path=png)
    hr.click("开始验证").says(number, what="by the picture").shot("verified-picture")
    import zxingcpp

    with Image.open(png) as picture:
        [code] = zxingcpp.read_barcodes(picture.convert("RGB"), formats=zxingcpp.BarcodeFormat.QRCode)
    hr.go(code.text).says("证书有效", number, "李明", "一等奖", what="by its code, as a telephone's camera opens it").shot("by-code", english=True)
    hr.go(share).shot("share-door").click("查看证书").says("李明", SCHOOL, "入职 沧海软件有限公司", what="by the holder's link").shot("shared")
    walk.people["zhao"].enter("/account/awards").click("特等奖").says("经异议核实已取消", what="its holder is told why")


def correction(walk, number):
    """8. The holder reports a mistake in the school; the issuer accepts; the old number leads to the new one."""
    walk.step = "8"
    li, issuer, hr = walk.people["li"], walk.people["issuer"], walk.people["employer"]
    walk.clock("2024-01-03 09:00:00")
    li.enter("/account/awards").click("一等奖").click("姓名或学校有误").shot("report", english=True).type(school=OTHER_SCHOOL, text="报名时学校填写有误，现已转学。").click("提交").says("处理中", what="reported").shot("report-sent")
    issuer.enter("/staff").shot("desk-waits").click("证书反馈", within={"selector": "nav.sections", "text": ""}).shot("reports").click(number)
    issuer.says(OTHER_SCHOOL, SCHOOL, what="both schools").shot("report-case", english=True)
    if issuer.ask("value", selector="#school") != OTHER_SCHOOL:
        issuer.type(school=OTHER_SCHOOL)
    issuer.type(answer="学校名称有误，予以更正").click("更正并换发").shot("report-accepted")
    hr.go("/").type(number=number).click("查询", within={"selector": "form", "text": "证书编号"}).says("证书已更正换发", "学校名称有误", what="the old number").shot("corrected", english=True)
    hr.click("查看新证书").says("证书有效", number, what="leads to the new one").shot("successor")
    li.enter("/account/awards").click("一等奖").says("证书可下载", what="the holder has the new one").silent(number, what="and not the old one")


def audit(walk):
    """9. The administrator reads the audit trail and checks its chain."""
    walk.step = "9"
    admin = walk.people["admin"]
    admin.enter("/staff").shot("desk-end", english=True).click("审计记录").shot("audit", english=True).click("全部核对")
    admin.says("记录链完整", what="the chain is intact").shot("audit-checked")


def way(walk, files):
    """All of it, in its order: a step is a function, and another one finds its place between two by the dates of the clock."""
    staff(walk)
    contest(walk)
    notice(walk)
    decision(walk)
    students(walk, files)
    school(walk, files)
    number = issue(walk)
    last_moment(walk, files)
    pdf, png, share = release(walk, number)
    first_request(walk)
    instructor(walk)
    employer(walk, number, pdf, png, share)
    correction(walk, number)
    audit(walk)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true", help="screenshots in Chinese alone")
    arguments = parser.parse_args()
    checks, work = Checks("walk"), (arguments.work / "walk").resolve()
    data = work / "data"
    data.mkdir(parents=True)
    yinxin = PastYinxin(arguments.bin, data)
    # The machine's own zone is not the contest's.
    yinxin.environment |= {"TZ": SERVER_ZONE}
    clock = work / "clock"
    server = Server(yinxin, "--trial-clock", clock)
    (data / "yinxin.toml").write_text(configuration(server.port), encoding="utf-8")
    yinxin.must("keys", "init")
    (work / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    yinxin.must("account", "add-admin", "--telephone", ADMIN, "--name", "周全", "--password-file", work / "password")
    (work / "schools.csv").write_text(f"代码,名称,所在地\nS0001,{SCHOOL},蓝海市\nS0002,{OTHER_SCHOOL},青山市\nS0003,北溟学院,\n", encoding="utf-8")
    yinxin.must("schools", "import", work / "schools.csv")
    files = pictures(work)
    walk = Walk(checks, work, yinxin, server, clock, arguments.smaller)
    walk.clock("2023-11-15 09:00:00")
    with server, walk:
        try:
            way(walk, files)
        except WalkError as error:
            checks.check(False, f"{walk.step}: the way goes on", str(error))
            walk.ask("snap", folder=str(work))
        checks.none(walk.ask("faults"), "no page's script fails, no policy is broken")
    print(f"     {walk.looked} screenshots in {work}")
    log = yinxin.log_text()
    private = [ADMIN, ISSUER, "慕容思齐", OBJECTOR, PASSWORD, *(text for student in STUDENTS.values() for text in (student.telephone, student.number, student.name))]
    checks.none([one for one in private if one in log], "nobody's name, number or telephone in the log")
    checks.done()


if __name__ == "__main__":
    main()
