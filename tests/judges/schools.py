#!/usr/bin/env python3
"""The pages of schools in Chromium, on a phone and on a desk, in both languages: accounts in each state, instructors of a verified one, and what a reviewer decides. Screenshots lie in the work folder."""

import argparse
import http.client
import re
import shutil
import subprocess
from pathlib import Path

from common import Checks, Server, make_data
from pages import judge, walk
from people import PASSWORD, Person, codes_in, hidden
from verification import picture, send

ADMIN, REVIEWER = "13700137001", "13700137002"
SCHOOLS = {"fresh": "13800138001", "waiting": "13800138002", "returned": "13800138003", "approved": "13800138004"}
TOP, FORM, LIST = "/account/school", "/account/school/verification", "/account/school/instructors"
AWARDS = "姓名,证件号码,学校,奖项,角色,作品,手机号,赛事\n" + "".join(
    f"{name},,蓝海大学,一等奖,指导教师,{work},,lanhai-14\n" for name, work in (("王五", "听潮"), ("赵六", "望海"), ("赵六", "观澜")))
PEOPLE = "姓名,手机号,赛事\n王五,13900139000,lanhai-14\n赵六,13900139001,lanhai-14\n阿卜杜热合曼·麦麦提依明,13900139002,lanhai-14\n"
BAD = "姓名,手机号,赛事\n王5,139,某某赛\n赵六,,lanhai-14\n"


def fields(school, code):
    return {"school": school, "school_level": "university", "school_funding": "public", "organisation_code": code, "introduction": "一所以工科见长的大学。\n设有二十个学院。"}


def states(people, leased, doubtful):
    as_ = {name: {"cookies": person.cookies} for name, person in people.items()}
    pages = [
        ("overview-fresh", TOP, 200, "草稿", "Draft", as_["fresh"]),
        ("overview-approved", TOP, 200, "已匹配奖项", "matched to awards", as_["approved"]),
        ("form-fresh", FORM, 200, "下载委托书", "Download the letter", as_["fresh"]),
        ("form-waiting", FORM, 200, "提交的内容", "What you sent in", as_["waiting"]),
        ("form-returned", FORM, 200, "请补盖公章", "请补盖公章", as_["returned"]),
        ("form-approved", FORM, 200, "重新认证", "Verify anew", as_["approved"]),
        ("instructors", LIST, 200, "待核对", "In review", as_["approved"]),
        ("instructor-new", f"{LIST}/new", 200, "添加指导教师", "Enter an instructor", as_["approved"]),
        ("instructor-wrong", f"{LIST}/new", 400, "请选择赛事", "choose the contest", {"submit": f"form[action='{LIST}/new']", **as_["approved"]}),
        ("instructor-change", f"{LIST}/1", 200, "修改指导教师", "Change an instructor", as_["approved"]),
        ("list", f"{LIST}/list", 200, "下载表格模板", "Download the template", as_["approved"]),
        ("case", leased, 200, "校验位不符", "check character", as_["reviewer"]),
        ("doubtful", "/staff/instructors", 200, "待核对 2 位", "2 wait", as_["reviewer"]),
        ("decide", doubtful, 200, "可能对应的奖项", "may be theirs", as_["reviewer"]),
    ]
    return [{"name": n, "path": p, "status": s, "words": {"zh-CN": zh, "en": en}, **more} for n, p, s, zh, en, more in pages]


def bytes_of(person, path):
    """A file that an account downloads."""
    connection = http.client.HTTPConnection("127.0.0.1", person.server.port, timeout=60)
    connection.request("GET", path, headers={"Cookie": "; ".join(f"{n}={v}" for n, v in person.cookies.items())})
    data = connection.getresponse().read()
    connection.close()
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("schools"), (arguments.work / "schools").resolve()
    yinxin = make_data(arguments.bin, work / "data")
    # The judge's server has no TLS, and a cookie that asks for it would not come back.
    file = yinxin.data / "yinxin.toml"
    file.write_text(re.sub(r'public_url = "[^"]*"', 'public_url = "http://127.0.0.1"', file.read_text(encoding="utf-8")), encoding="utf-8")
    (work / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    for telephone, name in ((ADMIN, "周全"), (REVIEWER, "李慎")):
        yinxin.must("account", "add-admin", "--telephone", telephone, "--name", name, "--password-file", work / "password")
    yinxin.must("account", "role", REVIEWER, "reviewer")
    (work / "schools.csv").write_text("代码,名称,所在地\nS0001,蓝海大学,（虚构）\nS0002,青山理工大学,\nS0003,星河工业大学,\n", encoding="utf-8")
    yinxin.must("schools", "import", work / "schools.csv")
    (work / "awards.csv").write_text(AWARDS, encoding="utf-8")
    yinxin.must("import", work / "awards.csv")
    with Server(yinxin) as server:
        people = {name: Person(server) for name in (*SCHOOLS, "reviewer")}
        for name, telephone in SCHOOLS.items():
            people[name].register(telephone, "school", "古丽米热·阿卜力克木", lambda: codes_in(yinxin)[-1])
        people["reviewer"].sign_in(REVIEWER)
        people["reviewer"].enrol()
        reviewer, school = people["reviewer"], people["approved"]
        token = lambda person: hidden(person.ask("GET", "/account")[2], "token")
        paper = ("code-certificate", picture((960, 700), False))
        decided = []
        for name, title, code in (("approved", "蓝海大学", "91350100M000100Y43"), ("returned", "青山理工大学", "M000100Y-4")):
            checks.equal(send(people[name], FORM, {**fields(title, code), "do": "submit"}, [paper])[:2], (303, TOP), f"{name}: sent in")
            path = reviewer.ask("POST", "/staff/reviews/next", {"token": token(reviewer)})[1]
            verdict = {"token": token(reviewer), "reason-letter-stamp": "on", "text": "请补盖公章"}
            decided.append(reviewer.ask("POST", f"{path}/{'return' if name == 'returned' else 'approve'}", verdict)[0])
        checks.equal(decided, [303, 303], "two decisions")
        send(people["waiting"], FORM, {**fields("星河工业大学", "91350100M000100Y44"), "do": "submit"}, [paper])
        leased = reviewer.ask("POST", "/staff/reviews/next", {"token": token(reviewer)})[1]
        bad = send(school, f"{LIST}/list", {}, [("file", BAD.encode())])
        checks.equal((bad[0], all(place in bad[2] for place in ("A2", "B2", "C2", "B3"))), (400, True), "a bad list: every problem with its place")
        (work / "problems.html").write_text(bad[2], encoding="utf-8")
        preview = send(school, f"{LIST}/list", {}, [("file", PEOPLE.encode())])
        checks.equal((preview[0], preview[2].count('class="tag good"'), preview[2].count('class="tag corrected"')), (200, 1, 2), "a preview: one matched, two in doubt")
        entered = school.ask("POST", f"{LIST}/list/confirm", {"token": token(school), "parcel": hidden(preview[2], "parcel")})
        checks.equal((entered[0], "已添加 3 位" in entered[2]), (200, True), "the list is entered")
        send(people["fresh"], FORM, {"school": "蓝海大学", "do": "save"})
        (work / "letter.pdf").write_bytes(bytes_of(people["fresh"], f"{TOP}/letter"))
        text = subprocess.run(["pdftotext", "-layout", work / "letter.pdf", "-"], capture_output=True, check=True).stdout.decode()
        flat = "".join(text.split())
        checks.equal(all("".join(word.split()) in flat for word in ("委托书", "蓝海大学", "古丽米热·阿卜力克木", "138****8001", "学校公章", "Letter of Authorisation")), True, "the letter says who is authorised by whom")
        checks.equal(subprocess.run(["qpdf", "--check", work / "letter.pdf"], capture_output=True).returncode, 0, "qpdf finds nothing wrong with it")
        pages = states(people, leased, "/staff/instructors/2")
        found = walk(server, work, pages, [], "walk")
        judge(checks, pages, found["looked"])
    log = yinxin.log_text()
    private = [*SCHOOLS.values(), "13900139000", "13900139001", "91350100M000100Y4", "古丽米热", "王五", "请补盖公章"]
    checks.none([one for one in private if one in log], "nobody's telephone, name or code in the log")
    shutil.rmtree(yinxin.data)
    checks.done()


if __name__ == "__main__":
    main()
