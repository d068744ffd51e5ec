#!/usr/bin/env python3
"""The way from an award to an ability certificate, walked in Chromium, figure by figure of the notice's appendix two: the catalogue is made, a winner claims, pays at a gateway that
tells twice, is verified by the centre, is sent back and approved, holds the certificate, and an employer finds it. One more is refused and paid back, one comes at the last moment. The clock is
moved, the rest is real: every step is a click or a key. Screenshots of each step lie in the work folder."""

import argparse
import json
import re
import time
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import zxingcpp
from PIL import Image

from claimers import CASHIER, CENTRE, COMMITTEE, ISSUER, OF_CENTRE, STAFF, Dated, Patient, made, verified
from common import GENUINE, Checks, Server, tool
from people import PASSWORD
from walkers import CONTEST, SERVER_ZONE, STUDENTS, WIDTHS, Walk, WalkError, rows

CHAIN, CLOUD = "区块链金融行业工程师", "工业互联网平台开发工程师"
COUPON = "LANHAI20"
EMAIL = "li.ming@lanhai.example"
SENT_BACK, NOT_GOOD, REFUSED = "证件照请换一张露出双耳的", "请把联系邮箱改为本人常用邮箱", "经核实不符合评价条件"
FORM = {"selector": "form.sheet", "text": ""}


def counted(*, categories=(), levels=()):
    """How many awards of winners and co-creators the list has that a rule means."""
    return sum(1 + bool(row[10]) for row in rows() if (not categories or row[0] in categories) and (not levels or row[3] in levels))


def catalogue(walk):
    """1. The issuer makes two offers, one of them wrongly first, and opens them; the cashier makes a coupon."""
    walk.step = "1"
    walk.clock("2023-12-05 09:00:00")
    issuer = walk.person("issuer", ISSUER).sign_in().enter("/staff").click("证书目录", within={"selector": "nav.sections", "text": ""})
    issuer.says("还没有可申领的能力证书", what="nothing is offered yet").shot("catalogue-none", english=True).click("新建证书项目").shot("offer-form", english=True)
    issuer.type(title="", level="junior", name="信息化人才岗位能力评价", id="Chain Junior", short_name="信息化岗位能力评价", issuer="centre", pattern="AB{year}", series="x", fee="一百五", opens="明天", closes="2023-11-01")
    issuer.click("保存", within=FORM)
    slips = dict(issuer.ask("links", selector=".field:has(.slip) label"))
    issuer.says("项需要改正", what="a wrong form comes back")
    walk.checks.check({"岗位", "标识", "编号规则", "系列号", "申领费用（元）", "开始"} <= set(slips), "1 issuer: every slip stands at its field", sorted(slips))
    issuer.says("请至少填写一条申领条件", what="and that no rule was given")
    issuer.shot("offer-wrong")
    offer(issuer, CHAIN, "chain-junior", "junior", "1", "150.00").click("保存", within=FORM)
    issuer.says(f"{counted()} 个奖项符合条件", "¥150.00", "草稿", what="how many awards match").shot("offer-draft", english=True)
    issuer.click("开放申领").says("开放", "下架", what="it is open").shot("offer-open")
    issuer.click("证书目录", within={"selector": ".crumb", "text": ""}).click("新建证书项目")
    offer(issuer, CLOUD, "cloud-middle", "intermediate", "2", "200.00", categories="软件类", levels="特等奖、一等奖").click("保存", within=FORM)
    issuer.says(f"{counted(categories=('软件类',), levels=('特等奖', '一等奖'))} 个奖项符合条件", what="a narrower rule matches fewer").click("开放申领")
    issuer.click("证书目录", within={"selector": ".crumb", "text": ""}).says(CHAIN, CLOUD, "¥150.00", "¥200.00", what="both are on the list").shot("catalogue", english=True)
    cashier = walk.person("cashier", CASHIER).sign_in().enter("/staff/coupons").shot("coupon-form", english=True)
    cashier.type(name="大赛获奖者优惠", code=COUPON, kind="percent", worth="20", most="100", first_day="2023-12-05", last_day="2024-01-31")
    cashier.click("新建", within={"selector": "section", "text": "新建优惠券"}).says(COUPON, "20%", what="the coupon is made").shot("coupons-staff")


def offer(issuer, title, name, level, series, fee, categories="", levels=""):
    """Fills in the form of an offer; the pattern is the one that the form comes with."""
    issuer.type(title=title, level=level, name="信息化人才岗位能力评价", name_en="Evaluation of Professional Ability in IT", id=name, short_name="信息化岗位能力评价", issuer="centre",
                pattern="AB{series:3}{year}{seq:5}", series=series, fee=fee, opens="2023-12-05", closes="2024-02-15")
    return issuer.type(**{"contest-0": CONTEST, "categories-0": categories, "levels-0": levels})


def claim(walk):
    """2. Figures 1 to 3: a winner finds the list, looks at the sample, sees what is known, and claims, by a double click."""
    walk.step = "2"
    walk.clock("2023-12-06 10:00:00")
    li = walk.people["li"]
    li.go("/account").shot("account", english=True).click("人才证书")
    entries = [text for text, _ in li.ask("links", selector="nav.menu a")]
    walk.checks.equal(entries, ["我的比赛", "获奖查询", "证书下载", "人才证书", "我的订单", "我的优惠券"], "2 li: the menu has the six entries of figure 2")
    li.says(CHAIN, CLOUD, CENTRE, "¥150.00", "¥200.00", "2024年1月31日", what="what the awards entitle to, fees, deadline").shot("claimable", english=True)
    li.click("证书样本", within={"selector": "article", "text": CHAIN})
    walk.checks.check(li.ask("value", selector="img", of="naturalWidth") > 600, "2 li: the sample is a picture")
    li.go("/account/claims").click("申领证书", within={"selector": "article", "text": CHAIN})
    number = STUDENTS["li"].number
    li.says("李明", "软件类", "程序设计", "一等奖", CHAIN, "¥150.00", CENTRE, what="name, category, subject with level, certificate, fee").silent(number, what="the number is masked")
    li.shot("claim", english=True).click("显示完整号码", stays=True).says(number, what="and shown to whom it belongs")
    li.type(telephone=STUDENTS["li"].telephone, email="li.ming@lanhai").click("提交申请").says("邮箱", what="a wrong e-mail is refused").shot("claim-refused")
    li.click("认证已通过").says("认证已完成", what="anything else leads to verification, as figure 3 has it").shot("verification", english=True)
    li.go("/account/claims").click("申领证书", within={"selector": "article", "text": CHAIN}).type(email=EMAIL)
    li.click("提交申请", count=2).says("证书申请已提交", "下一步：缴费", "2023年12月20日", "去缴费", what="submitted, what is next and until when").shot("claimed", english=True)
    li.go("/account/claims").says("我的申领", what="the claim is on the list").shot("claims", english=True)
    walk.checks.equal(len(li.ask("links", selector="section[aria-labelledby=claims] li a")), 1, "2 li: a form that was sent twice made one claim")


def order(walk, gateway):
    """3. The order: a coupon is redeemed and chosen, the gateway tells twice and late, the order is paid once; its receipt."""
    walk.step = "3"
    li = walk.people["li"]
    li.go("/account/coupons").shot("coupons-none").type(code="LANHAI99").click("兑换").says("没有这个优惠码", what="a wrong code is refused").shot("coupon-refused")
    li.type(code=COUPON.lower()).click("兑换").says("大赛获奖者优惠", "20%", "可使用", what="the coupon is redeemed").shot("coupons", english=True)
    li.go("/account/claims").click(CHAIN, within={"selector": "section[aria-labelledby=claims]", "text": ""}).click("去缴费")
    li.says("¥150.00", what="the order is placed").shot("order", english=True)
    if "120.00" not in li.read():
        li.click("大赛获奖者优惠", stays=True).click("更改优惠")
    li.says("¥120.00", "−¥30.00", what="with the coupon it is less").shot("order-with-coupon", english=True)
    number = re.search(r"YX[0-9A-Z]+", li.read())[0]
    li.click("试用支付付款").says(number, "¥120.00", what="at the gateway").click("支付")
    li.says("等待支付机构的通知", what="back before the gateway has told: one waits").shot("order-returned", english=True)
    walk.checks.equal(gateway.let(), [[204, 204]], "3 gateway: it tells twice, and twice it is thanked")
    walk.checks.check(li.ask("wait", text="下载收据", timeout=8000), "3 li: the page goes on by itself")
    li.says(number, "已支付", "¥120.00", what="paid").silent("其他款项", what="and once").shot("order-paid", english=True)
    receipt = li.saved("下载收据")
    text = tool("pdftotext", "-layout", receipt, "-").stdout.decode()
    walk.checks.check("120.00" in text and "壹佰贰拾元整" in text and number in text, "3 li: the receipt says it in figures and capitals", text[:400])
    told = walk.yinxin.log_text().count("证书申领费用 ¥120.00 已到账")
    walk.checks.equal(told, 1, "3 li: told once that it was received")
    li.go("/account/orders").says(number, "已支付", what="my orders").shot("orders", english=True)
    li.go("/account/claims").click(CHAIN, within={"selector": "section[aria-labelledby=claims]", "text": ""}).says("缴费已完成", "评价中心", what="next: the centre's verification").shot("claim-paid", english=True)


def centre(walk, files):
    """4. Figures 4 and 5: the centre's own verification, of pictures handed on with consent and a portrait that is refused first; sent back once."""
    walk.step = "4"
    li = walk.people["li"]
    li.click("评价中心实名认证").says("一寸", "白、蓝或红底", "同意把实名认证时的这张照片提供给评价中心", what="what is asked, what can be handed on").shot("centre", english=True)
    li.picture("portrait", files["grey"], shows=False).says("底色", "应为白、蓝或红", what="a grey ground is refused at its field").shot("portrait-refused")
    li.picture("portrait", files["inch"])
    for slot in ("card-front", "card-back"):
        li.click(selector=f"input[name=reuse-{slot}]", stays=True)
        wait_for(li, f"[data-slot={slot}] .preview img")
    li.shot("centre-filled", english=True).click("提交审核").says("将在", "审核完毕", what="sent in").shot("centre-waiting", english=True)
    li.go("/account/claims").click(CHAIN, within={"selector": "section[aria-labelledby=claims]", "text": ""})
    li.says("实名认证已提交", "2023年12月8日 24:00", what="the claim's page says that there is nothing to do").shot("claim-waits-for-centre", english=True)
    clerk = walk.person("centre", OF_CENTRE).sign_in().enter("/staff/centre-reviews").shot("centre-queue", english=True).click("领取下一件")
    clerk.says("李明", STUDENTS["li"].number, what="the case").shot("centre-case", english=True)
    clerk.ask("press", key="r")
    clerk.ask("press", key="Space")
    clerk.type(text=SENT_BACK).click("退回给申请人").says("队列是空的", what="sent back by keys")
    li.go("/account/verification/centre").says(SENT_BACK, what="the holder reads why").shot("centre-returned", english=True)
    li.picture("portrait", files["inch"]).click("提交审核")
    clerk.go("/staff/centre-reviews").click("领取下一件")
    clerk.ask("press", key="a", leads=True)
    clerk.says("队列是空的", what="approved by the key A")
    li.go("/account/claims").says("审核中", what="the claim is in review")


def wait_for(person, selector):
    for _ in range(200):
        if person.ask("links", selector=selector):
            return
        time.sleep(0.05)
    raise WalkError(f"{person.who}: {selector} does not come")


def review(walk):
    """5. Figure 6: the claim is sent back with a reason, put right, approved, and issued while its holder watches."""
    walk.step = "5"
    walk.clock("2023-12-08 14:00:00")
    li, clerk = walk.people["li"], walk.people["centre"]
    clerk.enter("/staff/claims").says(CHAIN, "待审核", what="the queue of claims").shot("claims-queue", english=True).click(CHAIN, within={"selector": "table", "text": ""})
    clerk.says("李明", "一致", EMAIL, what="list and verification side by side").silent("不一致", what="and they agree").shot("claim-review", english=True)
    clerk.type(reason=NOT_GOOD).click("退回修改")
    li.enter("/account/claims").says("已退回", what="sent back").shot("claims-returned").click(CHAIN, within={"selector": "section[aria-labelledby=claims]", "text": ""})
    li.says(NOT_GOOD, "重新提交", what="with the reason").shot("claim-returned", english=True)
    li.type(email="liming@mail.lanhai.example").click("保存联系方式").click("重新提交").says("审核中", "最迟", what="put right and sent in again").shot("claim-in-review", english=True)
    clerk.enter("/staff/claims").click(CHAIN, within={"selector": "table", "text": ""}).says("liming@mail.lanhai.example", NOT_GOOD, what="what changed, what was said").click("通过并发证")
    start = time.monotonic()
    walk.checks.check(li.go(li.path()).ask("wait", text="已发证", timeout=120_000), f"5 li: the claim's page goes by itself to issued, in {time.monotonic() - start:.1f} s")
    li.says("已发证", what="figure 6: issued").shot("claim-issued", english=True)
    clerk.go("/staff/claims").says("没有待审核的申领", what="nothing waits")


def holding(walk):
    """6. Figure 7: my certificates: number with its copy, file, picture, code, a link for an employer."""
    walk.step = "6"
    walk.clock("2024-01-01 00:00:00")
    li = walk.people["li"]
    li.enter("/account/awards").click("一等奖").click("生成我的证书").ask("wait", text="查看与下载证书")
    li.go("/account/certificates").says(CHAIN, "发证时间", "2023年12月8日", "证书编号", "下载电子版证书", "获取个人二维码", COMMITTEE, CENTRE, what="both kinds, title, day, number, issuer").shot("certificates", english=True)
    within = {"selector": "article", "text": CHAIN}
    number = re.search(r"AB\d{12}", li.read())[0]
    li.click(selector=f"button[data-copy={number}]", stays=True)
    walk.checks.check(li.ask("wait", text="已复制", timeout=3000), "6 li: the button says that it copied")
    li.go("/")
    walk.checks.equal(li.ask("paste", selector="#number"), number, "6 li: the number is on the clipboard")
    li.go("/account/certificates").click("获取个人二维码", within=within).ask("look", path=str(walk.work / "6-code"), widths=[1280], judge=False)
    with Image.open(walk.work / "6-code-1280.png") as picture:
        codes = zxingcpp.read_barcodes(picture.convert("RGB"), formats=zxingcpp.BarcodeFormat.QRCode)
    walk.checks.equal(len(codes), 1, "6 li: the personal code is read")
    li.go("/account/certificates").click("下载电子版证书", within=within).says(number, "下载 PDF", what="the way to the file").shot("download", english=True)
    pdf, png = li.saved("下载 PDF"), li.saved("保存图片")
    genuine(walk, pdf)
    with Image.open(png) as picture:
        walk.checks.check(picture.width > 1000, "6 li: the picture", picture.size)
    li.go("/account/certificates").click("分享与查看记录", within=within).type(purpose="入职 沧海软件有限公司").click("生成链接")
    share = li.ask("value", selector="#made")
    return number, codes[0].text if codes else "/", share


def genuine(walk, pdf):
    """The file is what other people's programs and the program itself take for genuine."""
    walk.yinxin.at = "2024-01-02 12:00:00"
    found = json.loads(walk.yinxin.run("verify", pdf, "--json").stdout)
    walk.checks.check(found[0]["verdict"] in GENUINE, "6 li: yinxin verify calls the file genuine", found[0])
    walk.checks.equal(tool("qpdf", "--check", pdf).returncode, 0, "6 li: qpdf finds nothing wrong with it")
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature

    with open(pdf, "rb") as file:
        [signature] = PdfFileReader(file).embedded_signatures
        status = validate_pdf_signature(signature)
        walk.checks.check(status.intact and status.valid, "6 li: pyHanko finds the signature intact")


def employer(walk, number, code, share):
    """7. Figure 8: an employer by number, by identity number, by code, and by the holder's link; the holder sees that it was opened."""
    walk.step = "7"
    hr, li = walk.person("employer"), walk.people["li"]
    hr.go("/").type(number=number).click("查询", within={"selector": "form", "text": "证书编号"}).says("证书有效", number, CHAIN, CENTRE, "李*", what="by number").silent(COMMITTEE, what="and whose it is not")
    hr.shot("by-number", english=True)
    hr.go("/").type(**{"document-kind": "resident", "identity-number": STUDENTS["li"].number}).click("查询", within={"selector": "form", "text": "证件号码"})
    hr.says("共 2 份证书", number, CENTRE, COMMITTEE, "一等奖", CHAIN, what="by identity number: both kinds, issuers told apart").shot("by-identity", english=True)
    hr.go(code).says("证书有效", number, "李明", what="by its code").shot("by-code")
    hr.go(share).click("查看证书").says("李明", CHAIN, CENTRE, "入职 沧海软件有限公司", what="by the holder's link").shot("shared", english=True)
    li.go("/account/certificates").click("分享与查看记录", within={"selector": "article", "text": CHAIN}).says("已打开 1 次", what="who opened it, and when").shot("sharing", english=True)


def pay_offline(walk, files):
    """8. Another winner pays by transfer, which the cashier confirms, and is verified by the centre."""
    walk.step = "8"
    walk.clock("2023-12-11 09:00:00")
    wang, cashier, clerk = (walk.people[who] for who in ("wang", "cashier", "centre"))
    wang.enter("/account/claims").click("申领证书", within={"selector": "article", "text": CLOUD}).type(email="wang@lanhai.example").click("提交申请").click("去缴费")
    wang.click("改用银行转账", stays=True).says("6200 0000 1234 5678", CENTRE, "¥200.00", what="whom to pay, with which remark").shot("order-transfer")
    number = re.search(r"YX[0-9A-Z]+", wang.read())[0]
    cashier.enter("/staff/orders").says(number, what="the order waits").shot("cash-desk", english=True).type(number=number.lower()).click("查找", within={"selector": "section", "text": "查找订单"})
    cashier.says("王芳", "¥200.00", what="the order").shot("order-file", english=True).type(reference="BANK-20231211-7", amount="200.00").click("登记", within={"selector": "details", "text": ""})
    cashier.says("已支付", "已入账", what="the transfer is recorded")
    wang.go(f"/account/orders/{number}").says("已支付", what="the order is paid")
    wang.go("/account/verification/centre").picture("portrait", files["inch"])
    for slot in ("card-front", "card-back"):
        wang.click(selector=f"input[name=reuse-{slot}]", stays=True)
        wait_for(wang, f"[data-slot={slot}] .preview img")
    wang.click("提交审核")
    clerk.enter("/staff/centre-reviews").click("领取下一件")
    clerk.ask("press", key="a", leads=True)
    return number


def refusal(walk, number):
    """8, then: the claim is refused with a reason; the cashier pays back; the holder is told."""
    walk.step = "8"
    wang, cashier, clerk = (walk.people[who] for who in ("wang", "cashier", "centre"))
    clerk.go("/staff/claims").click(CLOUD, within={"selector": "table", "text": ""}).type(reason=REFUSED).click("不通过并退款")
    wang.go("/account/claims").says("未通过", what="refused").click(CLOUD, within={"selector": "section[aria-labelledby=claims]", "text": ""})
    wang.says(REFUSED, "退回", what="with the reason, and what becomes of the fee").shot("claim-refused-for-good", english=True)
    wang.go(f"/account/orders/{number}").says("退款中", "退款正在办理", what="the refund is on its way").shot("order-refunding", english=True)
    cashier.go("/staff/orders").says(number, "待退回", what="a payment is due back").shot("cash-desk-due").click("在订单中办理")
    back = {"selector": ".acts", "text": ""}
    cashier.ask("type", selector=".acts input[name=reference]", text="BANK-20231211-8")
    cashier.click("登记为已退回", within=back).says("已退款", "已退回", what="paid back").shot("order-file-refunded", english=True)
    wang.go("/account/orders").says("已退款", what="the holder sees it").shot("orders-refunded").go(f"/account/orders/{number}").says("已退款", what="on the order too").shot("order-refunded", english=True)
    log = walk.yinxin.log_text()
    walk.checks.equal((log.count("您的证书申领未通过，已缴费用将退回"), log.count("证书申领费用 ¥200.00 已退回")), (1, 1), "8 wang: told by message, of both, once")


def unpaid(walk, server):
    """9. A third claims and does not pay: after fourteen days the claim is closed; a moment before the deadline it can be claimed again, at the deadline nothing can."""
    walk.step = "9"
    walk.clock("2023-12-11 15:00:00")
    sun = walk.people["sun"]
    sun.enter("/account/claims").says(CHAIN, what="what the award entitles to").silent(CLOUD, what="and to what it does not")
    sun.click("申领证书", within={"selector": "article", "text": CHAIN}).type(email="sun@lanhai.example").click("提交申请").says("2023年12月25日", what="until when it is to be paid")


def lapsed(walk, server):
    walk.step = "9"
    sun = walk.people["sun"]
    walk.clock("2023-12-25 15:00:10")
    # The sweep runs when the service starts, and every ten minutes.
    server.__exit__()
    server.__enter__()
    sun.enter("/account/claims").ask("wait", text="已撤回", timeout=5000)
    sun.says("已撤回", "可以申领", what="closed after fourteen days, and it can be claimed again").click(CHAIN, within={"selector": "section[aria-labelledby=claims]", "text": ""})
    sun.says("这份申领已关闭", "逾期未缴费", what="the page says why").shot("claim-lapsed", english=True)


def deadline(walk):
    walk.step = "9"
    li, sun = walk.people["li"], walk.people["sun"]
    walk.clock("2024-01-31 23:59:00")
    sun.enter("/account/claims").click("申领证书", within={"selector": "article", "text": CHAIN}).type(email="sun@lanhai.example")
    li.enter("/account/claims").click("申领证书", within={"selector": "article", "text": CLOUD}).type(email=EMAIL)
    walk.clock("2024-01-31 23:59:55")
    sun.click("提交申请").says("证书申请已提交", what="five seconds before the deadline it is taken")
    walk.clock("2024-02-01 00:00:00")
    li.click("提交申请").says("截止", what="at the deadline it is not").silent("证书申请已提交", what="and nothing was submitted").shot("claim-too-late")
    li.go("/account/claims").says("已截止", "过期不补", what="the list says so").shot("claims-closed", english=True)


def books(walk):
    """10. The sheet of the day agrees with itself and with what was paid; the trail is whole."""
    walk.step = "10"
    cashier = walk.people["cashier"]
    for day, count, money in (("2023-12-06", 1, (120, 0)), ("2023-12-11", 1, (200, 200))):
        cashier.enter("/staff/orders").type(day=day)
        sheets = workbook(cashier.saved("下载", within={"selector": "section", "text": "每日对账单"}))
        sums = {row[0]: row[1:] for row in sheets[0] if len(row) > 1}
        received, back = (float(sums[name][1]) for name in ("到账 Received", "退回 Paid back"))
        walk.checks.equal((received, back), money, f"10 cashier: what came and went on {day}")
        walk.checks.equal(float(sums["净额 Received less paid back"][-1]), received - back, f"10 cashier: the net of {day}")
        walk.checks.equal((int(float(sums["到账 Received"][0])), sum(float(row[3]) for row in sheets[2][1:])), (count, received), f"10 cashier: the payments of {day} add up to it")
    walk.yinxin.at = "2024-02-02 09:00:00"
    done = walk.yinxin.run("doctor")
    walk.checks.equal(done.returncode, 0, "10 doctor: records, files, series and the trail agree")
    admin = walk.person("admin", STAFF["admin"][0]).sign_in().enter("/staff/audit").click("全部核对")
    admin.says("记录链完整", what="the chain is intact").shot("audit")


def workbook(path):
    """The sheets of a workbook as rows of texts."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    tree = lambda book, name: ElementTree.fromstring(book.read(name))  # noqa: E731
    with zipfile.ZipFile(path) as book:
        strings = ["".join(one.itertext()) for one in tree(book, "xl/sharedStrings.xml").iterfind("m:si", space)]
        sheets = []
        for name in sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet")):
            cells = [[(cell.get("t"), cell.findtext("m:v", "", space)) for cell in row.iterfind("m:c", space)] for row in tree(book, name).iterfind(".//m:row", space)]
            sheets.append([[strings[int(text)] if kind == "s" and text else text for kind, text in row] for row in cells])
        return sheets


def way(walk, server, gateway, files):
    """All of it, in the order of the clock."""
    verified(walk, files)
    catalogue(walk)
    claim(walk)
    order(walk, gateway)
    centre(walk, files)
    review(walk)
    number = pay_offline(walk, files)
    refusal(walk, number)
    unpaid(walk, server)
    lapsed(walk, server)
    employer(walk, *holding(walk))
    deadline(walk)
    books(walk)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--smaller", action="store_true", help="screenshots in Chinese and on a phone alone")
    arguments = parser.parse_args()
    checks, work = Checks("walk_claim"), (arguments.work / "walk_claim").resolve()
    (work / "data").mkdir(parents=True)
    yinxin = Dated(arguments.bin, work / "data")
    # The machine's own zone is not the contest's.
    yinxin.environment |= {"TZ": SERVER_ZONE}
    server = Server(yinxin, "--trial-clock", work / "clock")
    walk = Walk(checks, work, yinxin, server, work / "clock", arguments.smaller)
    if arguments.smaller:
        walk.widths = WIDTHS[:1]
    walk.clock("2023-12-04 08:00:00")
    with Patient(walk.now) as gateway:
        files = made(yinxin, server, gateway, work)
        with server, walk:
            try:
                way(walk, server, gateway, files)
            except WalkError as error:
                checks.check(False, f"{walk.step}: the way goes on", str(error))
                walk.ask("snap", folder=str(work))
            checks.none(walk.ask("faults"), "no page's script fails, no policy is broken")
    print(f"     {walk.looked} screenshots in {work}")
    log = yinxin.log_text()
    private = [EMAIL, SENT_BACK, NOT_GOOD, REFUSED, PASSWORD, *(one[0] for one in STAFF.values()), *(text for student in STUDENTS.values() for text in (student.telephone, student.number, student.name))]
    checks.none([one for one in private if one in log], "nobody's name, number, telephone or reason in the log")
    checks.done()


if __name__ == "__main__":
    main()
