#!/usr/bin/env python3
"""The pages of accounts in Chromium, on a phone and on a desk, in both languages: as `pages` looks at the public ones. Screenshots lie in the work folder."""

import argparse
import re
import shutil
from pathlib import Path

from common import Checks, Server, make_data
from pages import judge, walk
from people import PASSWORD, Person, codes_in

ADMIN, OWING, SHOWING, STUDENT = "13700137001", "13700137002", "13700137003", "13800138000"
REGISTER, SIGN_IN, RECOVER = 'form[action="/register"]', 'form[action="/sign-in"]', 'form[action="/recover"]'


def states(people, account):
    """As `pages.states`; `{n}` in what is filled in is another number at each visit."""
    as_ = {name: {"cookies": person.cookies} for name, person in people.items()}
    pages = [
        ("register", "/register", 200, "注册账号", "Register", {}),
        ("register-bad", "/register", 400, "手机号应为", "11 digits", {"submit": REGISTER, "fill": {"#telephone": "12345"}}),
        ("register-code", "/register", 200, "短信已发往", "A message has gone", {"submit": REGISTER, "fill": {"#telephone": "1350013{n}"}}),
        ("sign-in", "/sign-in", 200, "忘记密码", "Forgot the password", {}),
        ("sign-in-wrong", "/sign-in", 400, "手机号或密码不正确", "is wrong", {"submit": SIGN_IN, "fill": {"#telephone": "1350013{n}", "#password": "wrong"}}),
        ("recover", "/recover", 200, "重设密码", "Set a new password", {}),
        ("recover-code", "/recover", 200, "验证码已经发出", "a code is on its way", {"submit": RECOVER, "fill": {"#telephone": "1350013{n}"}}),
        ("account", "/account", 200, "登录的设备", "Where you are signed in", as_["student"]),
        ("account-admin", "/account", 200, "工作台", "Desk", as_["admin"]),
        ("staff", "/staff", 200, "账号与角色", "Accounts and roles", as_["admin"]),
        ("email", "/account/email", 200, "邮箱地址", "Address", as_["student"]),
        ("email-bad", "/account/email", 400, "请输入完整的电子邮箱", "enter a whole", {"submit": 'form[action="/account/email"]', "fill": {"#email": "a@b"}, **as_["student"]}),
        ("email-code", "/account/email", 200, "验证码已发送到", "on its way", {"submit": 'form[action="/account/email"]', "fill": {"#email": "ming{n}@example.cn"}, **as_["student"]}),
        ("password", "/account/password", 200, "原密码", "Old password", as_["student"]),
        ("second-factor-offer", "/account/second-factor", 200, "扫描二维码", "Scan the code", as_["owing"]),
        ("second-factor", "/account/second-factor", 200, "验证器应用", "authenticator app", as_["showing"]),
        ("staff-accounts", "/staff/accounts", 200, "添加工作人员", "Add a member of the staff", as_["admin"]),
        ("staff-found", "/staff/accounts", 200, "138****8000", "138****8000", {"submit": 'form[action="/staff/accounts"]', "fill": {"#query": "欧阳明远"}, **as_["admin"]}),
        ("staff-account", account, 200, "保存角色", "Save", as_["admin"]),
        ("staff-forbidden", "/staff/accounts", 403, "没有这项权限", "may not do this", as_["student"]),
    ]
    return [{"name": n, "path": p, "status": s, "words": {"zh-CN": zh, "en": en}, **more} for n, p, s, zh, en, more in pages]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    arguments = parser.parse_args()
    checks, work = Checks("accounts"), (arguments.work / "accounts").resolve()
    yinxin = make_data(arguments.bin, work / "data")
    # The judge's server has no TLS, and a cookie that asks for it would not come back.
    file = yinxin.data / "yinxin.toml"
    file.write_text(re.sub(r'public_url = "[^"]*"', 'public_url = "http://127.0.0.1"', file.read_text(encoding="utf-8")), encoding="utf-8")
    weak = yinxin.run("account", "add-admin", "--telephone", ADMIN, "--name", "王敏")
    checks.equal(weak.returncode, 2, "no administrator without a password")
    for password, code in (("password1", 2), (PASSWORD, 0), (PASSWORD, 2)):
        (work / "password").write_text(password + "\n", encoding="utf-8")
        made = yinxin.run("account", "add-admin", "--telephone", ADMIN, "--name", "王敏", "--password-file", work / "password")
        checks.equal(made.returncode, code, f"add-admin: {made.stderr.decode().strip()[:80]}")
    for telephone, name in ((OWING, "李慎"), (SHOWING, "周全")):
        yinxin.must("account", "add-admin", "--telephone", telephone, "--name", name, "--password-file", work / "password")
    with Server(yinxin) as server:
        people = {name: Person(server) for name in ("admin", "owing", "showing", "student")}
        checks.equal(people["admin"].sign_in(ADMIN), "/account/second-factor", "the staff owe a second factor")
        people["admin"].enrol()
        people["owing"].sign_in(OWING)
        people["showing"].sign_in(SHOWING)
        people["showing"].enrol()
        people["showing"].sign_in(SHOWING)
        made = people["student"].register(STUDENT, "student", "欧阳明远", lambda: codes_in(yinxin)[-1])
        checks.equal(made, "/account", "a student registers with the code from the log")
        other = Person(server)
        other.sign_in(STUDENT)
        staff = yinxin.json("account", "list")
        checks.equal([(one["name"], one["second_factor"]) for one in staff], [("王敏", True), ("李慎", False), ("周全", True)], "account list")
        pages = states(people, f"/staff/accounts/{staff[1]['id']}")
        found = walk(server, work, pages, [], "walk")
        judge(checks, pages, found["looked"])
        # By the command line: sessions end, roles change.
        yinxin.must("account", "close-sessions", STUDENT)
        checks.equal(other.ask("GET", "/account")[:2], (303, "/sign-in"), "close-sessions ends them")
        yinxin.must("account", "role", OWING, "reviewer", "issuer")
        checks.equal(yinxin.json("account", "list")[1]["roles"], ["reviewer", "issuer"], "role sets them")
        checks.equal(yinxin.run("account", "role", STUDENT, "reviewer").returncode, 2, "a student does not become one of the staff")
        checks.equal(yinxin.run("account", "close-sessions", "13999999999").returncode, 1, "nobody has that telephone")
    log = yinxin.log_text()
    checks.none([private for private in (ADMIN, STUDENT, "欧阳明远", PASSWORD, *people["student"].cookies.values()) if private in log], "no telephone, name, password or cookie in the log")
    shutil.rmtree(yinxin.data)
    checks.done()


if __name__ == "__main__":
    main()
