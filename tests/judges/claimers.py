"""The world in which ability certificates are claimed: a contest whose notice is over, a centre that issues, the staff, winners who were verified, and a gateway that waits to be let."""

import subprocess

from PIL import Image

from gateway import Gateway
from people import PASSWORD
from verification import picture
from walkers import CONTEST, CONTEST_NAME, SCHOOL, STUDENTS, PastYinxin, pictures, rows, write_list
from walkers import configuration as issuer_alone

COMMITTEE, CENTRE = "蓝海杯全国大学生信息技术大赛组委会", "蓝海市人才评价中心"
ADMIN, ISSUER, REVIEWER, OF_CENTRE, CASHIER = "13700137011", "13700137012", "13700137013", "13700137014", "13700137015"
STAFF = {"admin": (ADMIN, "周全", "administrator"), "issuer": (ISSUER, "陈信", "issuer"), "reviewer": (REVIEWER, "李慎", "reviewer"), "centre": (OF_CENTRE, "何清", "centre-reviewer"), "cashier": (CASHIER, "钱进", "cashier")}
WINNERS = ("li", "wang", "sun")

MORE = f"""
[[issuer]]
id = "centre"
name = "{CENTRE}"
name_en = "Lanhai Centre for the Evaluation of Talent"
algorithm = "p256"

[[contest]]
id = "{CONTEST}"
issuer = "lanhai"
template = "award"
pattern = "LH{{series:2}}{{year}}{{seq:5}}"
series = 14
name = "{CONTEST_NAME}"
name_en = "The 14th Lanhai Cup"
short_name = "第十四届蓝海杯"
organisers = ["蓝海市信息化人才交流中心", "蓝海市人民政府"]
notice_opens = "2023-11-24"
notice_closes = "2023-11-30 24:00"
registration_closes = "2023-12-31 24:00"
release = "2024-01-01"
claims_close = "2024-01-31 24:00"

[payment]
days = 7

[payment.offline]
account_name = "{CENTRE}"
bank = "蓝海银行港城支行"
number = "6200 0000 1234 5678"
"""


class Dated(PastYinxin):
    """The program, whose command line lives at an instant that can be moved."""

    at = "2023-11-10 09:00:00"

    def run(self, *arguments, stdin=None):
        return subprocess.run(["faketime", self.at, *self.command(*arguments)], capture_output=True, env=self.environment, input=stdin, cwd=self.data.parent)


class Patient(Gateway):
    """A gateway that takes its time: what was paid it tells when it is let, each notice twice."""

    def __init__(self, clock):
        super().__init__(clock=clock)
        self.held = []

    def pay(self, fields):
        self.held.append(fields)

    def let(self):
        return [super(Patient, self).pay(self.held.pop(0)) for _ in range(len(self.held))]


def made(yinxin, server, gateway, work):
    """Everything that is there before the story begins; answers the pictures that people take."""
    configuration = issuer_alone(server.port) + MORE + gateway.configuration(yinxin.data)
    (yinxin.data / "yinxin.toml").write_text(configuration, encoding="utf-8")
    gateway.site = f"http://127.0.0.1:{server.port}"
    yinxin.must("keys", "init")
    (work / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    for telephone, name, office in STAFF.values():
        yinxin.must("account", "add-admin", "--telephone", telephone, "--name", name, "--password-file", work / "password")
        if office != "administrator":
            yinxin.must("account", "role", telephone, office)
    (work / "schools.csv").write_text(f"代码,名称,所在地\nS0001,{SCHOOL},蓝海市\n", encoding="utf-8")
    yinxin.must("schools", "import", work / "schools.csv")
    yinxin.must("import", write_list(work / "获奖名单.csv", rows()), "--programme", CONTEST)
    yinxin.at = "2023-11-20 09:00:00"
    yinxin.must("contest", "publish", CONTEST)
    yinxin.at = "2023-12-01 09:00:00"
    yinxin.must("contest", "close", CONTEST)
    files = pictures(work)
    for name, ground in (("inch", None), ("grey", (150, 152, 150))):
        files[name] = work / f"{name}.jpg"
        files[name].write_bytes(picture((295, 413), True))
        if ground:
            with Image.open(files[name]) as image:
                grey = image.convert("RGB")
            pixels = grey.load()
            for x in range(grey.width):
                for y in range(grey.height):
                    if min(pixels[x, y]) > 235:
                        pixels[x, y] = ground
            grey.save(files[name], quality=90)
    return files


def verified(walk, files):
    """The winners register and are verified by the contest's own reviewer, as the first half of the notice has it."""
    walk.step = "0"
    walk.clock("2023-12-04 09:00:00")
    for who in WINNERS:
        one = walk.person(who, STUDENTS[who].telephone).register(STUDENTS[who].name)
        one.go("/account/verification/real-name").real_name(STUDENTS[who], files).click("提交审核")
        one.go("/account/verification/enrolment").enrolment(files, f"20210101{len(walk.people):02}").click("提交审核")
    reviewer = walk.person("reviewer", REVIEWER).sign_in().enter("/staff/reviews").click("领取下一件")
    for _ in range(2 * len(WINNERS)):
        reviewer.ask("press", key="a", leads=True)
    reviewer.says("队列是空的", what="the winners are verified by the contest")
