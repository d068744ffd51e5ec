#!/usr/bin/env python3
"""The pictures of README.md, from the sample world: it is made, served, and walked through in Chromium by a student, two reviewers and
an issuer.

`--out docs/pictures` puts them there. As a judge it sees that every page on the way answers, is drawn, and reports no fault; `--smaller` takes three
pictures, of the world that the judge `files` has made if there is one. The guides in docs/help are held against the pages' words on the way.
"""

import argparse
import io
import re
import shutil
from pathlib import Path

from PIL import Image

import guides
from browser import Browser
from common import Checks, Server, Yinxin, text_of
from people import totp

# What the demo calls its people.
STUDENT, CONTEST_REVIEWER, REVIEWER, ISSUER = "12000000003", "19900000002", "19900000007", "19900000004"
AWARD, ABILITY = "LH14202600003", "GXRCPJ033202600001"
OFFER = "chain-junior"
MOST_BYTES = 120_000
DESK, PHONE = 1280, 390


class Tour:
    def __init__(self, checks, browser, server, out, password):
        self.checks, self.browser, self.server, self.out, self.password = checks, browser, server, out, password

    def page(self, width, height):
        self.browser.ask("page", width=width, height=height)

    def open(self, path):
        found = self.browser.ask("open", url=f"http://127.0.0.1:{self.server.port}{path}")
        self.checks.equal(found["status"], 200, f"{path} answers")

    def shot(self, name, path, width=DESK, height=900):
        """A picture of a page as a window of this size shows it."""
        self.page(width, height)
        self.open(path)
        self.take(name, width, height)

    def take(self, name, width, height):
        file = self.out.parent / f"{name}-raw.png"
        self.browser.ask("shot", path=str(file), whole=False)
        self.checks.equal(self.browser.ask("faults"), [], f"{name}: the page reports no fault")
        wide = self.browser.run("document.documentElement.scrollWidth")
        self.checks.check(wide <= width, f"{name}: nothing is wider than the window", f"{wide} of {width}")
        self.checks.equal(Image.open(file).size, (width, height), f"{name}: the picture has the window's size")
        keep(self.checks, file.read_bytes(), self.out / f"{name}.png")

    def arrive(self, path):
        self.checks.require(self.browser.wait(f"location.pathname === '{path}' && document.readyState === 'complete'"), f"the browser is led to {path}", self.browser.run("location.href + ' ' + document.title"))

    def sign_in(self, telephone, staff):
        self.page(DESK, 900)
        self.open("/sign-in")
        self.browser.ask("type", selector="#telephone", text=telephone)
        self.browser.ask("type", selector="#password", text=self.password)
        self.browser.ask("click", selector="form[action='/sign-in'] button")
        if not staff:
            self.arrive("/account")
            return
        self.arrive("/account/second-factor")
        secret = self.browser.run("document.querySelector('input[name=secret]').value")
        self.browser.ask("type", selector="#code", text=totp(secret))
        self.browser.ask("click", selector="form[action='/account/second-factor'] button")
        self.arrive("/staff")

    def sign_out(self):
        self.open("/account")
        self.browser.ask("click", selector="form[action='/sign-out'] button")
        self.checks.require(self.browser.wait("location.pathname !== '/account' && document.readyState === 'complete'"), "the browser is signed out")


def keep(checks, png, path):
    """Writes a picture with the largest palette that keeps it small."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    checks.check(len(picture.getcolors(picture.width * picture.height)) > 16, f"{path.stem}: something is drawn")
    for colours in (256, 128, 64, 32):
        bare = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        bytes_ = io.BytesIO()
        bare.save(bytes_, "PNG", optimize=True)
        if len(bytes_.getvalue()) <= MOST_BYTES:
            break
    path.write_bytes(bytes_.getvalue())
    checks.check(len(bytes_.getvalue()) <= MOST_BYTES, f"{path.name}: {len(bytes_.getvalue()) // 1000} KB in {colours} colours")


def certificate(checks, yinxin, number, name, work, out):
    """A certificate as the program draws it from its own file."""
    drawn = work / f"{number}.png"
    yinxin.must("picture", number, "--out", drawn, "--dpi", "80")
    keep(checks, drawn.read_bytes(), out / f"{name}.png")


def student(tour):
    tour.sign_in(STUDENT, staff=False)
    tour.shot("claims", "/account/claims", height=1000)
    tour.shot("claims-phone", "/account/claims", PHONE, 844)
    tour.shot("certificates", "/account/certificates", height=700)
    tour.shot("certificates-phone", "/account/certificates", PHONE, 844)
    tour.page(DESK, 1000)
    tour.open("/account/claims")
    tour.browser.ask("click", selector=f"a.button[href*='offer={OFFER}']")
    tour.arrive("/account/claims/new")
    tour.browser.ask("type", selector="#email", text="student@example.cn")
    tour.browser.ask("click", selector="form[action='/account/claims'] button")
    tour.checks.require(tour.browser.wait("/^.account.claims.[0-9]+$/.test(location.pathname)"), "the claim was submitted", tour.browser.run("document.body.innerText")[:400])
    tour.take("claim", DESK, 1000)
    path = tour.browser.run("location.pathname")
    tour.shot("claim-phone", path, PHONE, 844)
    tour.sign_out()


def staff(tour):
    tour.sign_in(REVIEWER, staff=True)
    tour.shot("queue", "/staff/claims", height=1000)
    # The second one that waits: nothing is doubtful about it, and it is not late.
    tour.open("/staff/claims")
    paths = tour.browser.run("[...document.querySelectorAll('td.main a')].map((a) => a.getAttribute('href'))")
    tour.checks.require(len(paths) >= 2, "at least two claims wait for the centre")
    tour.shot("review", paths[1], height=1120)
    tour.sign_out()
    tour.sign_in(CONTEST_REVIEWER, staff=True)
    tour.shot("desk", "/staff", height=760)
    tour.sign_out()
    tour.sign_in(ISSUER, staff=True)
    tour.shot("catalogue", f"/staff/catalogue/{OFFER}", height=900)
    tour.sign_out()


def world(binary, work, smaller):
    """The sample world and the password of its accounts."""
    made = work.parent / "files" / "demo"
    said = work.parent / "files" / "demo.txt"
    yinxin = Yinxin(binary, work / "world")
    if smaller and said.is_file():
        shutil.copytree(made, yinxin.data)
        text = said.read_text(encoding="utf-8")
    else:
        text = text_of(yinxin.must("demo", "--no-serve"))
    return yinxin, re.search(r"密码 / password\s+(\S+)", text)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--out", type=Path, help="a folder that the pictures are put into")
    parser.add_argument("--smaller", action="store_true")
    arguments = parser.parse_args()
    checks, work = Checks("tour"), (arguments.work / "tour").resolve()
    work.mkdir(parents=True, exist_ok=True)
    guides.judge(checks)
    yinxin, password = world(arguments.bin, work, arguments.smaller)
    taken = work / "taken"
    taken.mkdir()
    certificate(checks, yinxin, AWARD, "award", work, taken)
    with Server(yinxin) as server, Browser(work / "chromium") as browser:
        tour = Tour(checks, browser, server, taken, password)
        tour.shot("start-phone", "/", PHONE, 844)
        if arguments.smaller:
            tour.sign_in(REVIEWER, staff=True)
            tour.shot("queue", "/staff/claims", height=800)
        else:
            certificate(checks, yinxin, ABILITY, "ability", work, taken)
            tour.shot("start", "/", height=890)
            tour.shot("answer", f"/c/{ABILITY}", height=740)
            tour.shot("answer-phone", f"/c/{ABILITY}", PHONE, 844)
            student(tour)
            staff(tour)
    # All or nothing: README's pictures are of one world.
    if arguments.out and not checks.failed:
        for file in taken.iterdir():
            shutil.copyfile(file, arguments.out / file.name)
    checks.done()


if __name__ == "__main__":
    main()
