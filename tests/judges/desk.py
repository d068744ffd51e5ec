#!/usr/bin/env python3
"""The staff's pages of contests and objections in Chromium, on a phone and on a desk, in both languages: as `pages` looks at the public ones. Screenshots lie in the work folder."""

import argparse
import datetime
import http.client
import re
import shutil
import time
from pathlib import Path

from common import Checks, Server, make_data
from pages import judge, make_notice, walk
from people import PASSWORD, Person, hidden

ISSUER, OFFICER = "13700137001", "13700137002"
NEW, UPLOAD = 'form[action="/staff/contests/new"]', 'form[enctype="multipart/form-data"]'
HEAD = "赛类,科目,作品,奖项,角色,姓名,证件类型,证件号码,学校\n"
BIG = 40_000


def send(person, path, fields, files):
    """A form with files: (status, where it leads, page)."""
    parts = [f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    parts += [f'--cut\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode() + content + b"\r\n" for name, file, content in files]
    headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in person.cookies.items()), "Content-Type": "multipart/form-data; boundary=cut", "Accept-Language": "zh-CN"}
    connection = http.client.HTTPConnection("127.0.0.1", person.server.port, timeout=60)
    try:
        connection.request("POST", path, b"".join(parts) + b"--cut--\r\n", headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("location", ""), answer.read().decode()
    finally:
        connection.close()


def upload(person, contest, name, content):
    """Uploads a list; answers its page's path."""
    path = f"/staff/contests/{contest}/import"
    token = hidden(person.ask("GET", path)[2], "token")
    status, to, page = send(person, path, {"token": token}, [("file", name, content.encode())])
    assert status == 303, page
    return to


def followed(person, path, seconds=60):
    """The page of an uploaded list once nothing goes on with it, and how long that took."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        page = person.ask("GET", path)[2]
        if "正在读取" not in page and "正在导入" not in page:
            return page, time.monotonic() - start
        time.sleep(0.1)
    raise TimeoutError(path)


def make_contest(person, contest, series):
    day = lambda days: (datetime.date.today() + datetime.timedelta(days=days)).isoformat()  # noqa: E731
    form = {
        "token": hidden(person.ask("GET", "/staff/contests/new")[2], "token"), "id": contest, "name": "第二届沧海杯大学生数字创意大赛（学生组）", "name_en": "", "short_name": "第二届沧海杯",
        "edition": "第二届", "document_number": "沧海杯组字[2026]7号", "organisers": "蓝海市信息化人才交流中心\n沧海数字艺术协会", "groups": "学生组", "categories": "软件类\n数字内容类",
        "issuer": "lanhai", "template": "award", "pattern": "DK{series:2}{year}{seq:5}", "series": str(series), "notice_opens": day(3), "notice_closes": f"{day(9)} 24:00",
        "registration_closes": day(40), "release": f"{day(41)} 09:00", "claims_close": day(71),
    }
    return person.ask("POST", "/staff/contests/new", form)[:2]


def rows(count, bad=False):
    level = lambda n: "特优奖" if bad and n % 7 == 0 else "二等奖"  # noqa: E731
    return HEAD + "".join(f"{'软件类' if n % 3 else '数字内容类'},程序设计,听潮{n},{level(n)},获奖选手,王小明,护照,P{n:07},青山大学\n" for n in range(1, count + 1))


def object_to(person, contest, entry, mark):
    page = person.ask("GET", f"/notices/{contest}/objection" + (f"?entry={entry}" if entry else ""))[2]
    fields = {
        "form": "person", "nonce": hidden(page, "nonce"), "entry": entry, "name": "慕容思齐", "document_kind": "", "identity_number": "440524199001010018",
        "workplace": "北溟造船厂", "telephone": "13912345678", "grounds": "该作品与去年已公开发表的作品高度相似：界面、文案和数据均相同。\n\n证据见附件第 3 页。",
    }
    files = [("mark", "签名.png", mark), ("attachment", "对比材料.pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")]
    return send(person, f"/notices/{contest}/objection", fields, files)[0]


def states(issuer, officer, drafts):
    """As `pages.states`."""
    clerk, judge_ = {"cookies": issuer.cookies}, {"cookies": officer.cookies}
    draft, run, deciding = "/staff/contests/desk-1", "/staff/contests/canghai-1", "/staff/objections/1"
    wrong = {"#id": "沧海", "#name": "第三届沧海杯", "#short_name": "沧海杯", "#pattern": "X{seq:9}", "#notice_opens": "明天"}
    pages = [
        ("desk", "/staff", 200, "工作台", "Desk", clerk),
        ("contests", "/staff/contests", 200, "公示中", "Notice runs", clerk),
        ("contest-new", "/staff/contests/new", 200, "新建赛事", "New contest", clerk),
        ("contest-wrong", "/staff/contests/new", 400, "需要改正", "another look", {"submit": NEW, "fill": wrong, **clerk}),
        ("contest-draft", draft, 200, "草稿", "Draft", clerk),
        ("contest-runs", run, 200, "公示中", "Notice runs", clerk),
        ("contest-edit", f"{draft}/edit", 200, "标识不能修改", "The id stays", clerk),
        ("contest-locked", f"{run}/edit", 200, "现在还不能", "Not now", clerk),
        ("contest-publish", f"{draft}/publish", 200, "名单就此固定", "The list is fixed", clerk),
        ("contest-close", f"{run}/close", 200, "此前不能结束", "cannot be closed before", clerk),
        ("contest-withdraw", f"{run}/withdraw", 200, "公示尚未结束", "It was not closed", clerk),
        ("contest-dates", f"{run}/dates", 200, "只能推迟", "move later only", clerk),
        ("import", f"{draft}/import", 200, "上传并预览", "Upload and look", clerk),
        ("import-read", drafts["good"], 200, "没有问题", "without a problem", clerk),
        ("import-refused", drafts["bad"], 200, "处问题", "problems", clerk),
        ("import-done", drafts["done"], 200, "已导入", "were imported", clerk),
        ("objections", "/staff/objections", 200, "待处理", "Open", judge_),
        ("objection", deciding, 200, "慕容思齐", "慕容思齐", judge_),
        ("objection-list", "/staff/objections/2?entry=2", 200, "取消第 2 条", "withdraw entry 2", judge_),
        ("objection-decided", "/staff/objections/3", 200, "不予支持", "Not upheld", judge_),
        ("objection-forbidden", "/staff/objections", 403, "没有这项权限", "may not do this", clerk),
    ]
    return [{"name": n, "path": p, "status": s, "words": {"zh-CN": zh, "en": en}, **more} for n, p, s, zh, en, more in pages]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("desk"), (arguments.work / "desk").resolve()
    yinxin = make_data(arguments.bin, work / "data")
    # The judge's server has no TLS, and a cookie that asks for it would not come back.
    file = yinxin.data / "yinxin.toml"
    file.write_text(re.sub(r'public_url = "[^"]*"', 'public_url = "http://127.0.0.1"', file.read_text(encoding="utf-8")), encoding="utf-8")
    make_notice(yinxin, work, "canghai-1", 1, lambda day: day(-3), lambda day: f"{day(6)} 24:00")
    (work / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    for telephone, name, role in ((ISSUER, "陈信", "issuer"), (OFFICER, "王正", "objections-officer")):
        yinxin.must("account", "add-admin", "--telephone", telephone, "--name", name, "--password-file", work / "password")
        yinxin.must("account", "role", telephone, role, *(["administrator"] if role == "issuer" else []))
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (600, 200), "white")
    ImageDraw.Draw(picture).line([(60, 150), (160, 40), (220, 160), (330, 60), (420, 150), (540, 80)], fill=(20, 30, 90), width=9)
    picture.save(work / "mark.png")
    mark = (work / "mark.png").read_bytes()
    with Server(yinxin) as server:
        issuer, officer, reader = Person(server), Person(server), Person(server)
        for person, telephone in ((issuer, ISSUER), (officer, OFFICER)):
            checks.equal(person.sign_in(telephone), "/account/second-factor", "the staff owe a second factor")
            person.enrol()
        checks.equal(make_contest(issuer, "desk-1", 1), (303, "/staff/contests/desk-1"), "a contest is made")
        checks.equal(make_contest(issuer, "desk-2", 2), (303, "/staff/contests/desk-2"), "another one")
        drafts = {"bad": upload(issuer, "desk-1", "获奖名单（有误）.csv", rows(40, bad=True))}
        followed(issuer, drafts["bad"])
        drafts["done"] = upload(issuer, "desk-1", "获奖名单.csv", rows(30))
        page, _ = followed(issuer, drafts["done"])
        checks.equal(issuer.ask("POST", drafts["done"], {"token": hidden(page, "token")})[0], 303, "the list is imported")
        followed(issuer, drafts["done"])
        drafts["good"] = upload(issuer, "desk-1", "获奖名单（补充）.csv", rows(60))
        followed(issuer, drafts["good"])
        start = time.monotonic()
        big = upload(issuer, "desk-2", "四万行.csv", rows(BIG))
        answered = time.monotonic() - start
        page, seconds = followed(issuer, big)
        checks.check(f"读到 {BIG} 条" in page and answered < 4, f"{BIG} rows: the answer after {answered:.1f} s, read {seconds:.1f} s later")
        issuer.ask("POST", big, {"token": hidden(page, "token")})
        page, seconds = followed(issuer, big)
        checks.check(f"已导入 {BIG} 条" in page, f"{BIG} rows are imported {seconds:.1f} s after the answer")
        for entry in ("3", "", "4"):
            checks.equal(object_to(reader, "canghai-1", entry, mark), 200, f"an objection to {entry or 'the list'}")
        yinxin.must("objection", "reject", "3", "--reason", "经核实，情况不属实。")
        pages = states(issuer, officer, drafts)
        found = walk(server, work, pages, [], "walk")
        judge(checks, pages, found["looked"])
    log = yinxin.log_text()
    checks.none([private for private in ("慕容思齐", "440524199001010018", "13912345678", ISSUER, OFFICER) if private in log], "nothing private in the log")
    shutil.rmtree(yinxin.data)
    checks.done()


if __name__ == "__main__":
    main()
