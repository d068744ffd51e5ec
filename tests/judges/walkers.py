"""Who and what the walk needs: people with browsers of their own, the clock that is moved, an award list, pictures."""

import datetime
import json
import re
import subprocess
import time
from pathlib import Path

from PIL import Image, ImageDraw

from common import REPOSITORY, Yinxin
from pages import CHROMIUM, MODULES
from people import PASSWORD, codes_in, totp
from verification import picture

# The server, the browser and the contest each live in a zone of their own.
SERVER_ZONE, BROWSER_ZONE = "America/New_York", "Asia/Kolkata"
BEIJING = datetime.timezone(datetime.timedelta(hours=8))
WIDTHS = (390, 1280)
BEFORE = "2023-11-10 09:00:00"
SET = "the trial's clock was set"
LATIN = {"zh-CN": "zh-CN,zh;q=0.9", "en": "en"}

SCHOOL, OTHER_SCHOOL = "蓝海大学", "青山大学"
CONTEST, CONTEST_NAME = "lanhai-14", "第十四届蓝海杯大学生信息技术大赛专项赛暨首届元宇宙创想大赛（学生组）"
TITLES = ["赛类", "科目", "作品", "奖项", "角色", "姓名", "证件类型", "证件号码", "手机号", "学校", "共同创作者", "指导教师"]


def resident(birth, sequence):
    """An identity number of a region that does not exist, with its check character (ISO 7064 MOD 11-2)."""
    body = f"119900{birth}{sequence:03}"
    total = sum(int(digit) * (2 ** (17 - at) % 11) for at, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


class Student:
    def __init__(self, listed, telephone, number, name=None):
        self.listed, self.telephone, self.number, self.name = listed, telephone, number, name or listed


STUDENTS = {
    # Sent back for the portrait, then corrected; the holder of most of what follows.
    "li": Student("李明", "13800138001", resident("20030412", 11)),
    "wang": Student("王芳", "13800138002", resident("20040517", 22)),
    # One form comes in time, the other at the deadline.
    "chen": Student("陈晨", "13800138003", resident("20031103", 13)),
    # The list has another name than the person.
    "ou": Student("欧阳娜", "13800138004", resident("20020228", 24), "欧阳娜娜"),
    # The award is withdrawn.
    "zhao": Student("赵磊", "13800138005", resident("20030808", 15)),
    # Sent in a moment before the deadline, approved after the release.
    "sun": Student("孙悦", "13800138006", resident("20040101", 26)),
}


def rows():
    """The corrected list: the students, the works of others with co-creators and instructors; 31 awards."""
    listed = [("软件类", "程序设计", "听潮", "一等奖", "li", ""), ("软件类", "程序设计", "听潮", "一等奖", "wang", "周老师"), ("数字内容类", "数字绘本", "春江", "二等奖", "chen", ""),
              ("数字内容类", "数字绘本", "归燕", "三等奖", "ou", "郑老师"), ("软件类", "移动应用", "借阅", "特等奖", "zhao", ""), ("数字内容类", "动画短片", "灯会", "优秀奖", "sun", "")]
    for category, subject, work, level, who, teacher in listed:
        student = STUDENTS[who]
        yield [category, subject, work, level, "获奖选手", student.listed, "居民身份证", student.number, student.telephone, SCHOOL, "", teacher]
    names, mates = "冯陈褚卫蒋沈韩杨朱秦许", "何吕施张孔曹严华金魏陶"
    for at, (name, mate) in enumerate(zip(names, mates)):
        category = ("软件类", "数字内容类")[at % 2]
        yield [category, "创意设计", f"观澜{at + 1}", ("二等奖", "三等奖", "优秀奖")[at % 3], "获奖选手", f"{name}子轩", "护照", f"E{10000000 + at}", "", (OTHER_SCHOOL, "北溟学院")[at % 2], f"{mate}雨桐", ""]


def bad_rows():
    """The list as it came first: a level that there is none of, and an identity number with a slip."""
    for at, row in enumerate(rows()):
        if at == 3:
            row[3] = "特优奖"
        if at == 5:
            row[7] = row[7][:-1] + ("1" if row[7][-1] != "1" else "2")
        yield row


def write_list(path, listed):
    path.write_text("\ufeff" + "".join(",".join(row) + "\n" for row in [TITLES, *listed]), encoding="utf-8")
    return path


def pictures(folder):
    """Name -> file: what students take with their telephones."""
    def kept(name, data):
        path = folder / f"{name}.jpg"
        path.write_bytes(data)
        return path

    found = {"portrait": kept("portrait", picture((413, 579), True)), "square": kept("square", picture((400, 400), True)), "card": kept("card", picture((960, 606), False))}
    with Image.open(found["portrait"]) as image:
        shaded = image.copy()
    draw = ImageDraw.Draw(shaded)
    for left in (145, 225):
        draw.rounded_rectangle((left, 245, left + 62, 290), 16, fill=(18, 18, 22))
    draw.line((200, 258, 230, 258), fill=(18, 18, 22), width=7)
    found["sunglasses"] = folder / "sunglasses.jpg"
    shaded.save(found["sunglasses"], quality=90)
    return found


class PastYinxin(Yinxin):
    """The program, whose command line lives before the walk begins: keys are not younger than what they sign. The server has its own clock."""

    def run(self, *arguments, stdin=None):
        return subprocess.run(["faketime", BEFORE, *self.command(*arguments)], capture_output=True, env=self.environment, input=stdin, cwd=self.data.parent)


class Walk:
    """The server, its clock, and a Chromium for all who come."""

    def __init__(self, checks, work, yinxin, server, clock, smaller):
        self.checks, self.work, self.yinxin, self.server, self.smaller = checks, work, yinxin, server, smaller
        self.file, self.base, self.step, self.looked = clock, None, "", 0
        self.people, self.widths = {}, WIDTHS

    def __enter__(self):
        self.process = subprocess.Popen(["node", str(Path(__file__).with_name("walk.mjs")), str(MODULES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask("launch", executable=CHROMIUM, profile=str(self.work / "profile"))
        return self

    def __exit__(self, *_):
        try:
            self.ask("close")
        finally:
            self.process.stdin.close()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def ask(self, name, **more):
        self.process.stdin.write(json.dumps({"name": name, **more}, default=str) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{name}: the browser's driver has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise WalkError(answer["error"])
        return answer["value"]

    def clock(self, text):
        """Moves the server's clock to an instant of Beijing, and waits until it is there."""
        before = self.yinxin.log.stat().st_size if self.yinxin.log.exists() else 0
        fresh = self.file.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.file)
        if self.base is not None:
            for _ in range(400):
                with open(self.yinxin.log, "rb") as log:
                    log.seek(before)
                    if SET.encode() in log.read():
                        break
                time.sleep(0.02)
            else:
                raise WalkError(f"the clock does not move to {text}")
        at = datetime.datetime.fromisoformat(text).replace(tzinfo=BEIJING)
        self.base = (at.timestamp(), time.monotonic())

    def now(self):
        """Seconds since 1970 by the server's clock."""
        return self.base[0] + time.monotonic() - self.base[1]

    def later(self, seconds):
        at = datetime.datetime.fromtimestamp(self.now() + seconds, BEIJING)
        self.clock(at.strftime("%Y-%m-%d %H:%M:%S"))

    def person(self, who, telephone="", language="zh-CN"):
        self.people[who] = Person(self, who, telephone, language)
        return self.people[who]

    def code(self, count):
        """The code that comes to a telephone after there were `count` of them."""
        for _ in range(400):
            codes = codes_in(self.yinxin)
            if len(codes) > count:
                return codes[-1]
            time.sleep(0.02)
        raise WalkError("no code comes")


class WalkError(Exception):
    pass


class Person:
    """Somebody with a browser of their own, who clicks and types."""

    def __init__(self, walk, who, telephone, language):
        self.walk, self.who, self.telephone, self.language = walk, who, telephone, language
        self.secret, self.used = None, 0
        self.downloads = walk.work / "downloads" / who
        self.downloads.mkdir(parents=True, exist_ok=True)
        walk.ask("enter", who=who, language=LATIN[language], zone=BROWSER_ZONE, downloads=self.downloads)

    def ask(self, name, **more):
        return self.walk.ask(name, who=self.who, **more)

    def go(self, path, status=200):
        found = self.ask("go", url=path if path.lower().startswith("http") else f"http://127.0.0.1:{self.walk.server.port}{path}")
        if found[0] != status:
            raise WalkError(f"{self.who}: {path} gives {found[0]}: {self.read()[:800]}")
        return self

    def click(self, text=None, **more):
        self.ask("click", text=text, **more)
        return self

    def type(self, **fields):
        for name, text in fields.items():
            self.ask("type", selector=f"#{name}", text=text)
        return self

    def read(self):
        return self.ask("read")

    def path(self):
        return re.sub(r"^https?://[^/]*", "", self.ask("at"))

    def says(self, *words, what=""):
        """The page says all of these."""
        text = self.read()
        missing = [word for word in words if word not in text]
        self.walk.checks.check(not missing, f"{self.walk.step} {self.who}: {what or '、'.join(words)}", f"{missing} not in: {' '.join(text.split())[:900]}")
        return self

    def silent(self, *words, what):
        text = self.read()
        self.walk.checks.none([word for word in words if word in text], f"{self.walk.step} {self.who}: {what}")
        return self

    def shot(self, name, english=False):
        """Looks at the page on a phone and on a desk, in Chinese, and in English where the page may be asked for again."""
        walk = self.walk
        if walk.smaller and english:
            english = False
        for language in ("zh", "en") if english else ("zh" if self.language == "zh-CN" else "en",):
            if language == "en" and english:
                self.click("English")
            seen = self.ask("look", path=str(walk.work / f"{walk.step}-{name}-{language}"), widths=self.walk.widths)
            faults = [f"{one['width']}: {one['overflow']} px too wide" for one in seen if one["overflow"] > 0]
            faults += [f"{one['width']}: {violation}" for one in seen for violation in one["violations"]]
            walk.looked += len(seen)
            walk.checks.none(faults, f"{walk.step} {name} ({language}) fits and is clean")
            if language == "en" and english:
                self.click("中文")
        return self

    def saved(self, click, **more):
        """The file that a click brings."""
        before = set(self.downloads.iterdir())
        self.ask("click", text=click, stays=True, **more)
        for _ in range(600):
            fresh = [path for path in set(self.downloads.iterdir()) - before if path.suffix != ".crdownload"]
            if fresh and fresh[0].stat().st_size > 0:
                return fresh[0]
            time.sleep(0.05)
        raise WalkError(f"{self.who}: {click} brings no file")

    # Accounts.

    def sign_in(self):
        self.go("/sign-in").type(telephone=self.telephone, password=PASSWORD).click("登录" if self.language == "zh-CN" else "Sign in", within={"selector": "form", "text": ""})
        if self.path().startswith("/account/second-factor"):
            self.second_factor()
        return self

    def second_factor(self):
        if self.secret is None:
            self.secret = self.ask("value", selector="#secret .number", of="textContent").replace(" ", "")
        # A code is good once: whoever comes back within half a minute waits for the next.
        if int(self.walk.now()) // 30 <= self.used:
            self.walk.later(30)
        self.used = int(self.walk.now()) // 30
        self.type(code=totp(self.secret, self.walk.now()))
        self.click(selector="form[action='/account/second-factor'] button")
        return self

    def enter(self, path):
        """Opens a page that needs a session, after signing in where it has ended."""
        self.ask("go", url=f"http://127.0.0.1:{self.walk.server.port}{path}")
        if self.path().startswith("/sign-in"):
            self.sign_in()
            self.go(path)
        return self

    def recover(self):
        """Sets a password by a code that comes to the telephone."""
        count = len(codes_in(self.walk.yinxin))
        self.go("/sign-in").click("忘记密码").type(telephone=self.telephone).click("发送验证码")
        self.type(code=self.walk.code(count), password=PASSWORD).click("设定新密码")
        return self

    def register(self, name, office="学生（个人）"):
        count = len(codes_in(self.walk.yinxin))
        self.go("/sign-in").click("注册账号").click(office, stays=True).type(telephone=self.telephone).click("发送验证码")
        self.type(code=self.walk.code(count), name=name, password=PASSWORD).click("完成注册")
        return self

    # Verification.

    def picture(self, slot, path, shows=True):
        """Chooses a picture and waits until the page shows it, or says why not."""
        self.ask("upload", selector=f"#{slot}", path=str(path))
        script = f'[data-slot="{slot}"] ' + ("img" if shows else ".slip")
        for _ in range(400):
            if self.ask("links", selector=script):
                return self
            time.sleep(0.05)
        raise WalkError(f"{self.who}: {slot} does not come")

    def real_name(self, student, files, portrait="portrait"):
        self.type(name=student.name, document_kind="resident", document_number=student.number)
        return self.picture("portrait", files[portrait]).picture("card-front", files["card"]).picture("card-back", files["card"])

    def enrolment(self, files, number):
        self.type(school=SCHOOL, student_number=number, department="计算机学院", degree="bachelor", enrolled_on="2021-09-01", graduates_on="2025-07-01")
        return self.picture("student-card", files["card"])


def configuration(port):
    """An issuer, and nothing else: the contest is made on the pages."""
    limits = "[limits]\n" + "".join(f"{name} = {{ burst = 100000, refill_ms = 1 }}\n" for name in ("address", "identity", "person", "list", "name"))
    return (
        f'public_url = "http://127.0.0.1:{port}"\ndatabase = "sqlite:registry.sqlite"\ntemplates = "{REPOSITORY}/certificate-templates"\nfonts = "{REPOSITORY}/fonts"\n'
        '[[issuer]]\nid = "lanhai"\nname = "蓝海杯全国大学生信息技术大赛组委会"\nname_en = "Lanhai Cup Committee"\nalgorithm = "p256"\n' + limits
    )
