#!/usr/bin/env python3
"""Every public page and state in Chromium, on a phone and on a desk, in both languages: axe-core, targets, width, weight, print, no script.

Screenshots lie in the work folder. A page that comes new is one line in `states`."""

import argparse
import datetime
import html
import json
import re
import shutil
import time
from pathlib import Path

import zxingcpp
from PIL import Image, ImageChops, ImageDraw

import make_list
from common import CONTEST_P256, NAMES, REPOSITORY, Checks, Server, copies, links, make_data, read_list, row_holder, text_of, tool
from files import qr_codes

MODULES = REPOSITORY / "target" / "judges-npm" / "node_modules"
CHROMIUM = "/usr/bin/chromium"
WIDTHS, LANGUAGES = (390, 1280), ("zh-CN", "en")
# The lookup page with style and pictures, as it comes over the wire the first time.
LOOKUP_BYTES = 60_000
REASON = "姓名与证件不符，经核实撤回"
NUMBER, IDENTITY, FILE, HOLDER = ('form[action="/lookup"][method="get"]', 'form[action="/lookup"][method="post"]', 'form[action="/verify"]', 'form[action^="/c/"]')
LIST = 'form[action="/list"]'
SEARCH, OBJECTION, FOLLOW = 'form[action$="/search"]', 'form[action$="/objection"]', 'form[action="/objections"]'
NOTICED = "欧阳明远"
OBJECTOR = {"#name": "慕容思齐", "#identity-number": "440524199001010018", "#workplace": "北溟造船厂", "#telephone": "13912345678", "#grounds": "作品与已公开的项目相同，请予核实。"}
SHARE, OPEN = 'form[action$="/sharing"]', 'form[action^="/s/"]'
# What holders write: it is for the reader alone.
PURPOSE, ENDED_PURPOSE = "入职 星海科技有限公司 人事部", "报名材料审核"


def states(world):
    """Name, path, status, the words of each language that must be there, and what more is done there.

    `fill` and `files` are what is entered before the form `submit` is sent; `script` is for pages that need one; `print` is how many sheets of A4 it prints on."""
    by_number = {"submit": NUMBER}
    by_identity = {"submit": IDENTITY}
    good, bad = world["good"], world["revoked"]
    pages = [
        ("start", "/", 200, "查验一份证书", "Check a certificate", {}),
        ("verify-form", "/verify", 200, "验证电子证书文件", "Verify the file", {}),
        ("number-found", "/", 200, "证书有效", "This certificate stands", {**by_number, "fill": {"#number": good["number"].lower()}, "print": 1}),
        ("number-revoked", f"/c/{bad['number']}", 200, "证书已吊销", "This certificate was revoked", {"print": 1}),
        ("number-unknown", "/", 404, "未查到该证书", "No certificate with this number", {**by_number, "fill": {"#number": good["number"][:-5] + "99O99"}}),
        ("number-unknown-form", "/c/ABCDEFGHIJ", 404, "编号形如", "look like", {}),
        ("number-bad", "/", 400, "第 9 位", "Character 9", {**by_number, "fill": {"#number": "LH14-2025é0001"}}),
        ("number-is-identity", "/", 400, "不是证书编号", "not a certificate number", {**by_number, "fill": {"#number": world["wrong_identity"]}}),
        ("name-matches", f"/c/{good['number']}", 200, "姓名相符", "The name matches", {"submit": HOLDER, "fill": {"#holder": row_holder(good)}, "print": 1}),
        ("name-differs", f"/c/{good['number']}", 200, "姓名不符", "The name does not match", {"submit": HOLDER, "fill": {"#holder": "李四"}}),
        ("identity-found", "/", 200, "共 1 份证书", "1 found", {**by_identity, "fill": {"#identity-number": world["identity"]}, "print": 1}),
        ("identity-none", "/", 200, "没有可公开查询的证书", "No certificate to show", {**by_identity, "fill": {"#identity-number": world["stranger"]}}),
        ("identity-bad", "/", 400, "校验码不符", "check character", {**by_identity, "fill": {"#identity-number": world["wrong_identity"]}}),
        ("code-proven", f"/Q/{world['digits']}", 200, "证书有效", "This certificate stands", {"print": 1}),
        ("code-revoked", f"/Q/{world['revoked_digits']}", 200, "证书已吊销", "This certificate was revoked", {}),
        ("code-forged", f"/q/{world['digits'][:-1]}", 422, "不可信", "Do not trust it", {}),
        ("file-genuine", "/verify", 200, "真实、完整、有效", "Genuine, unchanged, and standing", {"submit": FILE, "files": {"#file": world["file"]}, "print": 2}),
        ("file-forged", "/verify", 200, "不可信", "do not trust it", {"submit": FILE, "files": {"#file": world["forged"]}}),
        ("file-none", "/verify", 400, "请先选择", "Choose the file", {"submit": FILE}),
        ("link", world["link"], 200, "下载证书", "Download the certificate", {}),
        ("link-wrong", world["link"][:-4], 404, "下载链接无效", "not valid", {}),
        ("number-corrected", f"/c/{world['corrected']}", 200, "证书已更正换发", "Replaced by a corrected certificate", {"print": 1}),
        ("number-successor", f"/c/{world['successor']}", 200, "证书有效", "This certificate stands", {}),
        ("list-form", "/list", 200, "核验一份名单", "Check a list of certificates", {}),
        ("list-answer", "/list", 200, "名单核验结果", "Verdicts on a list", {"submit": LIST, "files": {"#file": world["list"]}}),
        ("list-none", "/list", 400, "名单", "list", {"submit": LIST, "files": {"#file": world["forged"]}}),
        ("sharing-none", f"{world['bare_link']}/sharing", 200, "还没有链接", "There are none yet", {}),
        ("sharing", f"{world['link']}/sharing", 200, "已停止", "Ended", {}),
        ("sharing-made", f"{world['link']}/sharing", 200, "链接已生成", "The link is ready", {"submit": SHARE, "fill": {"#purpose": PURPOSE}}),
        ("sharing-bad", f"{world['link']}/sharing", 400, "请填写用途", "what the link is for", {"submit": SHARE, "fill": {"#purpose": "  "}}),
        ("share-door", f"/s/{world['share']}", 200, "持证人请您查看一份证书", "A holder shows you a certificate", {}),
        ("share-opened", f"/s/{world['share']}", 200, row_holder(good), row_holder(good), {"submit": OPEN, "print": 1}),
        ("share-opened-revoked", f"/s/{world['revoked_share']}", 200, "证书已吊销", "This certificate was revoked", {"submit": OPEN}),
        ("share-ended", f"/s/{world['ended']}", 410, "已失效", "no longer opens", {}),
        ("share-wrong", f"/s/{world['wrong_share']}", 404, "分享链接无效", "not valid", {}),
        ("photo-proven", "/verify", 200, row_holder(good), row_holder(good), {"submit": FILE, "files": {"#file": world["photo"]}, "print": 1}),
        ("photo-revoked", "/verify", 200, "证书已吊销", "This certificate was revoked", {"submit": FILE, "files": {"#file": world["revoked_photo"]}}),
        ("photo-forged", "/verify", 200, "二维码是伪造的", "forged", {"submit": FILE, "files": {"#file": world["forged_photo"]}}),
        ("photo-foreign", "/verify", 200, "不是证书的二维码", "none of a certificate", {"submit": FILE, "files": {"#file": world["foreign_photo"]}}),
        ("photo-no-code", "/verify", 200, "没有读到二维码", "No QR code could be read", {"submit": FILE, "files": {"#file": world["bare_photo"]}}),
        ("photo-heic", "/verify", 200, "图片未能读取", "could not be read", {"submit": FILE, "files": {"#file": world["heic"]}}),
        ("api", "/api", 200, "证书查验接口", "Certificate verification API", {}),
        ("embed-guide", "/embed/guide", 200, "在您的网站放置查验按钮", "A verify button on your site", {}),
        ("help", "/help", 200, "按您是谁来读", "by who you are", {}),
        ("help-student", "/help/student", 200, "申领能力证书", "Claim an ability certificate", {"print": 3}),
        ("help-award-lists", "/help/award-lists", 200, "一个作品有几个人", "Several people of one work", {}),
        ("notices", "/notices", 200, "首届沧海杯", "Public notices", {}),
        ("notice", "/notices/canghai-1", 200, "公示中", "Open to objections", {}),
        ("notice-search", "/notices/canghai-1", 200, "共 1 条", "1 found", {"submit": SEARCH, "fill": {"#name": NOTICED, "#school": "蓝海"}}),
        ("notice-nothing", "/notices/canghai-1?work=x", 200, "没有符合条件的条目", "No entry fits", {}),
        ("notice-over", "/notices/canghai-2/objection", 410, "公示期已截止", "The notice period is over", {}),
        ("notice-deciding", "/notices/canghai-2", 200, "异议处理完毕后", "is being decided", {}),
        ("objection-form", "/notices/canghai-1/objection?entry=1", 200, "真实姓名", "Real name", {}),
        ("objection-drawn", "/notices/canghai-1/objection", 200, "在框内手写签名", "Sign in the box", {"script": True}),
        ("objection-organisation", "/notices/canghai-1/objection?form=organisation", 200, "单位公章", "seal", {}),
        ("objection-slips", "/notices/canghai-1/objection", 400, "校验码不符", "check character", {"submit": OBJECTION, "fill": {**OBJECTOR, "#identity-number": "440524199001010019"}, "files": {"#mark": world["mark"]}}),
        ("objection-receipt", "/notices/canghai-1/objection?entry=2", 200, "异议已收到", "was received", {"submit": OBJECTION, "fill": OBJECTOR, "files": {"#mark": world["mark"]}}),
        ("objection-follow", "/objections", 200, "输入提交异议时得到的回执码", "Enter the code", {}),
        ("objection-unknown", "/objections", 404, "没有查到这个回执码", "No objection has this code", {"submit": FOLLOW, "fill": {"#code": "00000-00000-00000-00000"}}),
        ("problems", "/problems", 200, "接口错误类型", "Problem types", {}),
        ("nowhere", "/nowhere", 404, "没有这个页面", "There is no such page", {}),
    ]
    return [{"name": n, "path": p, "status": s, "words": {"zh-CN": zh, "en": en}, **more} for n, p, s, zh, en, more in pages]


def make_notice(yinxin, work, contest, series, opens, closes):
    """A contest with a public notice."""
    day = lambda days: (datetime.date.today() + datetime.timedelta(days=days)).isoformat()  # noqa: E731
    file = work / f"{contest}.toml"
    file.write_text(
        f'id = "{contest}"\nissuer = "lanhai"\ntemplate = "award"\npattern = "NO{{series:2}}{{year}}{{seq:5}}"\nseries = {series}\nname = "首届沧海杯大学生创意大赛（学生组）"\n'
        f'short_name = "沧海杯"\nedition = "首届"\ndocument_number = "沧海杯组字[2025]7号"\norganisers = ["蓝海市信息化人才交流中心"]\ngroups = ["学生组"]\n'
        f'notice_opens = "{opens(day)}"\nnotice_closes = "{closes(day)}"\nregistration_last_day = "{day(40)}"\nrelease_day = "{day(41)}"\nclaim_last_day = "{day(71)}"\n',
        encoding="utf-8",
    )
    yinxin.must("contest", "save", file)
    rows = "".join(f"{contest},数字内容类,动画,听潮{n},三等奖,获奖选手,王小明,护照,P{n:07},青山大学\n" for n in range(60))
    first = f"{contest},软件类,C/C++程序设计,星海：面向智慧城市的多模态感知与决策平台,一等奖,获奖选手,{NOTICED},护照,P9999999,蓝海大学\n"
    (work / f"{contest}.csv").write_text(f"赛事,赛类,科目,作品,奖项,角色,姓名,证件类型,证件号码,学校\n{first}{rows}", encoding="utf-8")
    yinxin.must("import", work / f"{contest}.csv")
    yinxin.must("contest", "publish", contest)


def make_world(checks, yinxin, work):
    make_notice(yinxin, work, "canghai-1", 1, lambda day: day(-3), lambda day: f"{day(6)} 24:00")
    # Over when the pages are walked: a notice is published only while its period runs.
    soon = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))) + datetime.timedelta(seconds=20)
    make_notice(yinxin, work, "canghai-2", 2, lambda day: day(-9), lambda _: soon.strftime("%Y-%m-%d %H:%M:%S"))
    mark = work / "mark.png"
    Image.effect_noise((300, 120), 60).save(mark)
    make_list.write(work / "list.csv", make_list.rows(6, NAMES[CONTEST_P256], seed=9))
    yinxin.must("import", work / "list.csv")
    yinxin.must("issue", "--out", work / "out")
    rows = sorted(yinxin.list(), key=lambda row: row["number"])
    files, listed = copies(checks, work / "out", rows), read_list(work / "list.csv")
    good, revoked = rows[0], rows[1]
    holders = links(yinxin, work / "links.csv")
    yinxin.must("revoke", revoked["number"], "--reason", REASON)
    corrected = rows[2]["number"]
    yinxin.must("correct", corrected, "--school", "蓝海大学软件学院", "--reason", "院校名称填写有误")
    successor = next(row["number"] for row in yinxin.list() if row["number"] not in {row["number"] for row in rows})
    applicants = work / "applicants.csv"
    applicants.write_text(f"证书编号,姓名\n{good['number']},{row_holder(good)}\n{revoked['number']},{row_holder(revoked)}\nLH14209999999,李四\n", encoding="utf-8")
    path, identity = files[good["number"]], listed[0]["证件号码"]
    forged, data = work / "forged.pdf", path.read_bytes()
    forged.write_bytes(data[:5000] + bytes([data[5000] ^ 1]) + data[5001:])
    digits = {row["number"]: qr_codes(files[row["number"]], 150, work)[1][0].rsplit("/", 1)[1] for row in (good, revoked)}
    return photos(work, path, files[revoked["number"]], digits[good["number"]]) | {
        "corrected": corrected, "successor": successor, "list": str(applicants), "mark": str(mark), "over": soon,
        "good": good, "revoked": revoked, "file": str(path), "forged": str(forged), "identity": identity,
        "wrong_identity": identity[:-1] + ("1" if identity[-1] != "1" else "2"), "stranger": make_list.identity_number(49_999),
        "digits": digits[good["number"]], "revoked_digits": digits[revoked["number"]], "link": holders[good["number"]],
        "revoked_link": holders[revoked["number"]], "bare_link": holders[rows[3]["number"]],
    }


def page_of(path):
    """A certificate's page as a scanner gives it, 150 dpi."""
    place = path.with_name(f"{path.stem}-page")
    tool("pdftoppm", "-r", "150", "-png", "-singlefile", path, place)
    with Image.open(place.with_suffix(".png")) as page:
        return page.convert("RGB")


def photographed(page, place):
    """The page on a table, turned a little, in the uneven light of a room."""
    light = ImageChops.multiply(page, Image.linear_gradient("L").resize(page.size).point(lambda v: 175 + v * 80 // 255).convert("RGB"))
    table = Image.new("RGB", (page.width * 5 // 4, page.height * 5 // 4), (112, 96, 82))
    sheet, mask = light.rotate(2.5, Image.Resampling.BICUBIC, expand=True), Image.new("L", page.size, 255).rotate(2.5, expand=True)
    table.paste(sheet, (page.width // 9, page.height // 9), mask)
    table.save(place, quality=80)
    return str(place)


def with_code(page, text):
    """The page with another code where its own is."""
    code = zxingcpp.read_barcodes(page)[0].position
    corners = [(corner.x, corner.y) for corner in (code.top_left, code.top_right, code.bottom_right, code.bottom_left)]
    left, top, right, bottom = (f(c[axis] for c in corners) for f, axis in ((min, 0), (min, 1), (max, 0), (max, 1)))
    made = Image.fromarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=4, add_quiet_zones=False)).convert("RGB")
    page = page.copy()
    ImageDraw.Draw(page).rectangle((left - 12, top - 12, right + 12, bottom + 12), fill="white")
    page.paste(made.resize((right - left, bottom - top), Image.Resampling.NEAREST), (left, top))
    return page


def photos(work, good, revoked, digits):
    """Pictures of pages as an employer takes them: of a right page, of a revoked one, with a code that proves nothing, with none."""
    page = page_of(good)
    forged = digits[:-40] + str((int(digits[-40]) + 1) % 10) + digits[-39:]
    # What an iPhone sends that nobody asked for JPEG.
    heic = work / "photo.heic"
    heic.write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(2_000))
    return {
        "photo": photographed(page, work / "photo.jpg"), "revoked_photo": photographed(page_of(revoked), work / "revoked.jpg"), "heic": str(heic),
        "forged_photo": photographed(with_code(page, f"https://yinxin.example/Q/{forged}"), work / "forged.jpg"),
        "foreign_photo": photographed(with_code(page, "https://example.org/a-shop-on-the-corner"), work / "foreign.jpg"),
        "bare_photo": photographed(page.crop((0, 0, page.width, page.height // 3)), work / "bare.jpg"),
    }


def share(server, link, purpose):
    """Makes a link by the holder's own form: (its token, the address of the form that ends it)."""
    form = server.get(f"{link}/sharing")[2].decode()
    nonce = re.search(r'name="nonce" value="([^"]+)"', form).group(1)
    status, _, body = server.post_form(f"{link}/sharing", purpose=purpose, days=30, nonce=nonce)
    made, end = re.search(r'<textarea id="made"[^>]*>[^<]*/s/([^</]+)<', body.decode()), re.search(rf'action="([^"]+/end)".{{0,200}}: {re.escape(html.escape(purpose))}"', body.decode())
    if status != 200 or not made or not end:
        raise SystemExit(f"the form of {link}/sharing gave {status}")
    return made.group(1), html.unescape(end.group(1))


def share_all(server, world):
    """What holders make on their pages before anybody looks at them."""
    world["share"], _ = share(server, world["link"], PURPOSE)
    world["ended"], end = share(server, world["link"], ENDED_PURPOSE)
    server.ask("POST", f"/s/{world['ended']}")
    server.post_form(end)
    world["revoked_share"], end = share(server, world["revoked_link"], PURPOSE)
    token = world["share"]
    world["wrong_share"] = token[:9] + ("a" if token[9] != "a" else "b") + token[10:]


def walk(server, work, pages, weigh, name):
    orders = {
        "base": f"http://127.0.0.1:{server.port}", "chromium": CHROMIUM, "modules": str(MODULES), "work": str(work), "widths": WIDTHS, "languages": LANGUAGES,
        "pages": pages, "weigh": weigh,
    }
    told, answers = work / f"{name}.json", work / f"{name}-answers.json"
    told.write_text(json.dumps(orders), encoding="utf-8")
    done = tool("node", Path(__file__).with_name("pages.mjs"), told, answers, timeout=900)
    if done.returncode != 0:
        raise SystemExit(f"pages.mjs gave {done.returncode}\n{text_of(done)[-3000:]}")
    return json.loads(answers.read_text(encoding="utf-8"))


def judge(checks, pages, looked):
    """Each page in each language at each width."""
    by_name = {page["name"]: page for page in pages}
    for page in pages:
        seen = [one for one in looked if one["name"] == page["name"]]
        checks.equal(len(seen), len(WIDTHS) * len(LANGUAGES), f"{page['name']}: seen at each width in each language")

        def faults(fault):
            return [f"{one['language']} {one['width']}: {fault(one)}" for one in seen if fault(one)]

        checks.none(faults(lambda one: one.get("error")), f"{page['name']}: comes without a script")
        seen = [one for one in seen if "error" not in one]
        checks.none(faults(lambda one: one["status"] if one["status"] != page["status"] else ""), f"{page['name']}: status {page['status']}")
        checks.none(faults(lambda one: one["lang"] if one["lang"] != one["language"] else ""), f"{page['name']}: its language is said")
        checks.none(faults(lambda one: "" if page["words"][one["language"]] in one["text"] else one["text"][:200]), f"{page['name']}: says what it is")
        checks.none(faults(lambda one: "; ".join(one["violations"])), f"{page['name']}: axe-core finds nothing")
        checks.none(faults(lambda one: one["overflow"] if one["overflow"] > 0 else ""), f"{page['name']}: nothing to scroll to the side")
        checks.none(faults(lambda one: "; ".join(one["small"])), f"{page['name']}: no target is smaller than 24 pixels")
        checks.none(faults(lambda one: "; ".join(one["broken"] + one["console"])), f"{page['name']}: no picture is missing, nothing is refused")
    for one in looked:
        if by_name[one["name"]].get("print") and one["width"] == WIDTHS[-1] and "error" not in one:
            said = text_of(tool("pdfinfo", one["print"]))
            sheets = by_name[one["name"]]["print"]
            fits = re.search(rf"Pages:\s*{sheets}\n", said) and "(A4)" in said
            checks.check(fits, f"{one['name']} {one['language']}: prints on {sheets} of A4", said)


def weights(checks, weighed):
    for one in weighed:
        first, second = one["first"], one["second"]
        bytes_of = sum(part["bytes"] for part in first)
        checks.check(0 < bytes_of < LOOKUP_BYTES, f"{one['path']} {one['language']}: {bytes_of} bytes in {len(first)} parts, fewer than {LOOKUP_BYTES}", str(first))
        again = [part["url"] for part in second if not part["kept"]]
        checks.equal(len(again), 1, f"{one['path']} {one['language']}: the second time the page alone comes, {sum(part['bytes'] for part in second)} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("pages"), (arguments.work / "pages").resolve()
    yinxin = make_data(arguments.bin, work / "data")
    world = make_world(checks, yinxin, work)
    time.sleep(max(0, (world["over"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds()))
    with Server(yinxin) as server:
        share_all(server, world)
        pages = states(world)
        found = walk(server, work, pages, ["/", f"/c/{world['good']['number']}", "/help/student"], "walk")
    judge(checks, pages, found["looked"])
    weights(checks, found["weighed"])
    # The same folder with hardly a question to spare: the page for one who asks too often.
    file = yinxin.data / "yinxin.toml"
    file.write_text(re.sub(r"address = \{[^}]*\}", "address = { burst = 1, refill_ms = 86400000 }", file.read_text(encoding="utf-8")), encoding="utf-8")
    busy = [{"name": "too-many", "path": "/c/LH14202599999", "status": 429, "words": {"zh-CN": "查询过于频繁", "en": "Too many questions"}}]
    with Server(yinxin) as server:
        # What the walk before has taken is won back within some seconds; then one question is answered, and no other for a day.
        end = time.monotonic() + 60
        while server.get("/c/LH14202599999")[0] != 404 and time.monotonic() < end:
            time.sleep(0.2)
        found = walk(server, work, busy, [], "busy")
    judge(checks, busy, found["looked"])
    log = yinxin.log_text()
    names = [NOTICED, *OBJECTOR.values(), row_holder(world["good"]), world["identity"], world["wrong_identity"], world["stranger"], "李四"]
    checks.none([name for name in names if name in log], "no name and no identity number is in the server's log")
    secrets = [PURPOSE, ENDED_PURPOSE, world["share"], world["ended"], world["link"].rsplit("/", 1)[1]]
    checks.none([secret for secret in secrets if secret in log], "no link and no purpose of one is in the server's log")
    shutil.rmtree(yinxin.data)
    checks.done()


if __name__ == "__main__":
    main()
