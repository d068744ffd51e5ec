#!/usr/bin/env python3
"""The pages of verification in Chromium, on a phone and on a desk, in both languages: students with forms in each state, and a reviewer with a case. Screenshots lie in the work folder."""

import argparse
import http.client
import io
import json
import re
import shutil
from pathlib import Path

from PIL import Image, ImageDraw

from common import Checks, Server, make_data, tool
from pages import CHROMIUM, MODULES, judge, walk
from people import PASSWORD, Person, codes_in, hidden

REVIEWER, ADMIN, OF_CENTRE = "13700137002", "13700137001", "13700137003"
STUDENTS = {"fresh": "13800138001", "waiting": "13800138002", "returned": "13800138003", "approved": "13800138004"}
NUMBERS = {"waiting": "110105199003070017", "returned": "11010519491231002X", "approved": "110105199003070033"}
REAL, STUDY, CENTRE = "/account/verification/real-name", "/account/verification/enrolment", "/account/verification/centre"
MOVE = "/account/telephone/move"


def picture(size, person):
    """A drawn head and shoulders on white, or a drawn card."""
    image = Image.new("RGB", size, (246, 247, 249) if person else (226, 236, 243))
    draw, (w, h) = ImageDraw.Draw(image), size
    if person:
        draw.ellipse((w * .2, h * .72, w * .8, h * 1.4), fill=(44, 56, 84))
        draw.ellipse((w * .28, h * .15, w * .72, h * .66), fill=(40, 32, 30))
        draw.ellipse((w * .31, h * .24, w * .69, h * .7), fill=(230, 188, 156))
    else:
        for row in range(5):
            draw.rectangle((60, 70 + 90 * row, 380 + 40 * row, 96 + 90 * row), fill=(110, 124, 138))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def send(person, path, fields, files=(), accept="text/html"):
    """A form with files: (status, where it leads, page)."""
    edge, body = "----judge", b""
    for name, value in {"token": hidden(person.ask("GET", "/account")[2], "token"), **fields}.items():
        body += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, data in files:
        body += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="x.jpg"\r\n\r\n'.encode() + data + b"\r\n"
    body += f"--{edge}--\r\n".encode()
    cookies = "; ".join(f"{n}={v}" for n, v in person.cookies.items())
    connection = http.client.HTTPConnection("127.0.0.1", person.server.port, timeout=60)
    connection.request("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={edge}", "Cookie": cookies, "Accept": accept})
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("location", ""), page


def case(person, kind):
    if kind != STUDY:
        card = picture((960, 606), False)
        files = [("portrait", picture((413, 579) if kind == REAL else (295, 413), True)), ("card-front", card), ("card-back", card)]
        fields = {"name": "欧阳明远", "document_kind": "resident", "document_number": NUMBERS[person]}
    else:
        files = [("student-card", picture((900, 640), False))]
        fields = {"school": "蓝海大学", "student_number": "2024010101", "department": "计算机学院", "degree": "bachelor", "enrolled_on": "2024-09-01", "graduates_on": "2028-07-01"}
    return {**fields, "do": "submit"}, files


def states(people, leased, of_centre):
    as_ = {name: {"cookies": person.cookies} for name, person in people.items()}
    top = "/account/verification"
    pages = [
        ("overview-fresh", top, 200, "未填写", "Not begun", as_["fresh"]),
        ("overview-waiting", top, 200, "审核完毕", "It is decided by", as_["waiting"]),
        ("overview-returned", top, 200, "被退回", "Sent back", as_["returned"]),
        ("overview-approved", top, 200, "认证已完成", "You are verified", as_["approved"]),
        ("real-name-fresh", REAL, 200, "提交审核", "Send it in", as_["fresh"]),
        ("enrolment-fresh", STUDY, 200, "所在院系", "Student number", as_["fresh"]),
        ("real-name-saved", REAL, 200, "已保存", "Saved", {"submit": "#case", "fill": {"#document_number": "1"}, **as_["fresh"]}),
        ("real-name-waiting", REAL, 200, "提交的内容", "What you sent in", as_["waiting"]),
        ("real-name-returned", REAL, 200, "请在纯色墙前重拍", "请在纯色墙前重拍", as_["returned"]),
        ("enrolment-approved", STUDY, 200, "重新认证", "Verify anew", as_["approved"]),
        ("queue", "/staff/reviews", 200, "待审核", "Waiting", as_["reviewer"]),
        ("case", leased, 200, "填写的内容", "What was filled in", as_["reviewer"]),
        ("case-no-reason", leased, 400, "至少选择一项", "at least one reason", {"submit": "#return", **as_["reviewer"]}),
        ("case-not-taken", "/staff/reviews/1", 409, "另一位审核员", "another reviewer", as_["reviewer"]),
        ("centre-fresh", CENTRE, 200, "两个工作日内审核", "within two working days", as_["fresh"]),
        ("centre-offered", CENTRE, 200, "同意把实名认证时的这张照片", "I agree that this picture", as_["approved"]),
        ("centre-queue", "/staff/centre-reviews", 200, "评价中心实名认证", "Real-name verification at the centre", as_["centre"]),
        ("centre-case", of_centre, 200, "填写的内容", "What was filled in", as_["centre"]),
        ("telephone", "/account/telephone", 200, "更换手机号", "Change the telephone", as_["fresh"]),
        ("move-fresh", MOVE, 200, "先完成实名认证", "Your real name comes first", as_["fresh"]),
        ("move-asked", MOVE, 200, "申请已提交", "You have asked", as_["approved"]),
        ("moves", "/staff/moves", 200, "请核对两边的身份", "Compare both identities", as_["reviewer"]),
        ("move", "/staff/moves/1", 200, "申请人的新账号", "New account, which asks", as_["reviewer"]),
        ("queue-forbidden", "/staff/reviews", 403, "没有这项权限", "may not do this", as_["fresh"]),
    ]
    return [{"name": n, "path": p, "status": s, "words": {"zh-CN": zh, "en": en}, **more} for n, p, s, zh, en, more in pages]


def by_script(checks, work, server, people, leased):
    """What the scripts of the form and of the reviewers' page do."""
    (work / "portrait.jpg").write_bytes(picture((413, 579), True))
    (work / "bad.jpg").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    orders = {
        "base": f"http://127.0.0.1:{server.port}", "chromium": CHROMIUM, "modules": str(MODULES), "name": "李明", "school": "蓝海大学", "leased": leased,
        "student": people["fresh"].cookies, "approved": people["approved"].cookies, "reviewer": people["reviewer"].cookies, "portrait": str(work / "portrait.jpg"), "bad": str(work / "bad.jpg"),
    }
    told, answers = work / "draft.json", work / "draft-answers.json"
    told.write_text(json.dumps(orders), encoding="utf-8")
    done = tool("node", Path(__file__).with_name("draft.mjs"), told, answers, timeout=300)
    checks.equal(done.returncode, 0, "draft.mjs runs")
    seen = json.loads(answers.read_text(encoding="utf-8"))
    checks.equal(seen.get("error"), None, "the scripts do what they are for")
    checks.equal(seen["console"], [], "no script fails, no policy is broken")
    checks.equal((seen["refused"].startswith("this is an SVG"), seen["slips"]), (True, 0), "a bad picture is refused beside its field, a good one clears that")
    checks.equal((seen["kept"], seen["picture"]), ("李明", 1), "what was typed and the picture are there after a reload, without a script")
    checks.equal((seen["given"], seen["offers"]), (1, 2), "a tick hands a picture to the centre at once, and is gone")
    checks.equal(seen["schools"], ["蓝海大学", "蓝海师范学院"], "schools are offered as one types")
    checks.equal((seen["focused"], seen["stays"], seen["after"]), ("checkbox", leased, "/staff/reviews"), "R, A, and neither while one types")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("verification"), (arguments.work / "verification").resolve()
    yinxin = make_data(arguments.bin, work / "data")
    # The judge's server has no TLS, and a cookie that asks for it would not come back.
    file = yinxin.data / "yinxin.toml"
    file.write_text(re.sub(r'public_url = "[^"]*"', 'public_url = "http://127.0.0.1"', file.read_text(encoding="utf-8")), encoding="utf-8")
    (work / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    for telephone, name in ((ADMIN, "周全"), (REVIEWER, "李慎"), (OF_CENTRE, "何清")):
        yinxin.must("account", "add-admin", "--telephone", telephone, "--name", name, "--password-file", work / "password")
    yinxin.must("account", "role", REVIEWER, "reviewer")
    yinxin.must("account", "role", OF_CENTRE, "centre-reviewer")
    (work / "schools.csv").write_text("代码,名称,所在地\nS0001,蓝海大学,（虚构）\nS0002,蓝海师范学院,\n", encoding="utf-8")
    yinxin.must("schools", "import", work / "schools.csv")
    (work / "bad.csv").write_text("S0001,蓝海大学\nS0001,另一所大学\n,青山大学\n", encoding="utf-8")
    bad = yinxin.run("schools", "import", work / "bad.csv")
    checks.equal((bad.returncode, "第 2 行" in bad.stdout.decode(), "第 3 行" in bad.stdout.decode()), (3, True, True), "a bad list is refused, each line named")
    with Server(yinxin) as server:
        people = {name: Person(server) for name in (*STUDENTS, "reviewer", "centre")}
        for name, telephone in STUDENTS.items():
            people[name].register(telephone, "student", "欧阳明远", lambda: codes_in(yinxin)[-1])
        for name, telephone in (("reviewer", REVIEWER), ("centre", OF_CENTRE)):
            people[name].sign_in(telephone)
            people[name].enrol()
        reviewer = people["reviewer"]
        token = lambda: hidden(reviewer.ask("GET", "/account")[2], "token")
        fields, files = case("waiting", REAL)
        sent = send(people["fresh"], REAL, {**fields, "document_number": "110105199003070012"}, files)
        checks.equal((sent[0], sent[2].count('class="slip"'), "欧阳明远" in sent[2]), (400, 1, True), "a wrong number is said beside its field")
        checks.equal(send(people["waiting"], REAL, fields, files)[:2], (303, "/account/verification"), "a right form is sent in")
        decided = []
        for name in ("returned", "approved"):
            for kind in (REAL, STUDY) if name == "approved" else (REAL,):
                send(people[name], kind, *case(name, kind))
                # The first that waits is the other student's: it is passed over.
                reviewer.ask("POST", "/staff/reviews/next", {"token": token()})
                path = reviewer.ask("POST", "/staff/reviews/next", {"token": token(), "after": "2"})[1]
                verdict = {"token": token(), "reason-portrait": "on", "text": "请在纯色墙前重拍"}
                decided.append(reviewer.ask("POST", f"{path}/{'return' if name == 'returned' else 'approve'}", verdict)[0])
        checks.equal(decided, [303, 303, 303], "three decisions")
        log = yinxin.log_text()
        checks.equal(log.count("认证已通过"), 2, "the applicants are told: approved")
        checks.equal(log.count("认证被退回"), 1, "the applicants are told: sent back")
        leased = reviewer.ask("POST", "/staff/reviews/next", {"token": token()})[1]
        checks.equal(send(people["waiting"], CENTRE, *case("waiting", CENTRE))[:2], (303, "/account/verification"), "a form of the centre is sent in")
        centre = people["centre"]
        of_centre = centre.ask("POST", "/staff/centre-reviews/next", {"token": hidden(centre.ask("GET", "/account")[2], "token")})[1]
        asked = {"token": hidden(people["approved"].ask("GET", "/account")[2], "token"), "telephone": STUDENTS["returned"], "note": "原号已停机"}
        checks.equal(people["approved"].ask("POST", MOVE, asked)[:2], (303, MOVE), "an earlier account is asked for")
        pages = states(people, leased, of_centre)
        found = walk(server, work, pages, [], "walk")
        judge(checks, pages, found["looked"])
        by_script(checks, work, server, people, leased)
        ticked = {"do": "submit", "reuse-card-front": "on", "reuse-card-back": "on"}
        checks.equal(send(people["approved"], CENTRE, ticked)[:2], (303, "/account/verification"), "nothing is uploaded again, nothing typed again")
    log = yinxin.log_text()
    private = [*STUDENTS.values(), *NUMBERS.values(), "欧阳明远", "请在纯色墙前重拍", "原号已停机", "2024010101"]
    checks.none([one for one in private if one in log], "nobody's number, name or telephone in the log")
    shutil.rmtree(yinxin.data)
    checks.done()


if __name__ == "__main__":
    main()
