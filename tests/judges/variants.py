"""Certificates of every make: both templates with and without portrait, both algorithms, long, rare and Latin names."""

import csv
import json
import random
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import make_list
from common import REPOSITORY, Yinxin, tool

# Issuer -> (name, English name, algorithm, letters of its numbers).
ISSUERS = {
    "lanhai": ("蓝海杯大赛组委会", "Lanhai Cup Committee", "p256", "LH"),
    "xinghe": ("星河人才评价中心", "Xinghe Centre for Talent Evaluation", "ed25519", "XH"),
}
KINDS = ("award", "ability")
PUBLIC_URL = "https://yinxin.example"
# Names that every programme certifies first, each beginning at another one: 30 characters and more, characters beyond the Basic Multilingual Plane, Latin with accents.
NAMES = [
    "阿卜杜热合曼·麦麦提依明·买买提艾力·艾合买提江·吐尔逊江木",
    "𬭎𬱖𠅤",
    "Maria Magdalena Nguyễn Thị Ánh Müller-Lüdenscheid",
    "李𪚥",
    "𠮷野家·古丽娜扎尔·拜合提亚尔·阿不都热西提·迪力木拉提",
    "Łukasz Ó Súilleabháin",
    "欧阳娜娜",
]
TITLES = ["区块链金融行业工程师", "工业互联网平台开发工程师"]


@dataclass
class Programme:
    """One contest or ability programme, and what it issued."""

    id: str
    issuer: str
    kind: str
    template: str
    portrait: bool
    name: str
    name_en: str
    short_name: str
    letters: str

    @property
    def algorithm(self):
        return ISSUERS[self.issuer][2]


def programmes():
    for issuer, (_, _, _, letters) in ISSUERS.items():
        for kind in KINDS:
            for portrait in (False, True):
                suffix = "with" if portrait else "without"
                zh = "能力评价" if kind == "ability" else "大赛"
                yield Programme(
                    f"{issuer}-{kind}-{suffix}", issuer, kind, f"{kind}-{suffix}", portrait,
                    f"第{'三' if portrait else '二'}届{ISSUERS[issuer][0][:3]}全国大学生软件创新与数字内容{zh}",
                    f"{ISSUERS[issuer][1].split()[0]} National Software {'Ability Evaluation' if kind == 'ability' else 'Contest'}",
                    f"{ISSUERS[issuer][0][:3]}{zh}", f"{letters}{kind[1].upper()}{suffix[-1].upper()}",
                )


def templates(folder):
    """The shipped templates as they are, and each the other way about: with a portrait where it has none, without where it has one."""
    for kind in KINDS:
        source = REPOSITORY / "certificate-templates" / kind
        text = (source / "template.toml").read_text(encoding="utf-8")
        head, portrait, rest = text.partition("[portrait]\n")
        without = head + rest.partition("\n\n")[2] if portrait else text
        variants = {f"{kind}-without": without, f"{kind}-with": text if portrait else text + "\n[portrait]\nbox = [252, 24, 22, 30.8]\n"}
        for name, description in variants.items():
            shutil.copytree(source, folder / name)
            (folder / name / "template.toml").write_text(description, encoding="utf-8")
            assert ("portrait" in tomllib.loads(description)) == name.endswith("-with"), name


def configuration(all_programmes, folder):
    text = f'public_url = "{PUBLIC_URL}"\ndatabase = "sqlite:registry.sqlite"\ntemplates = "{folder}"\nfonts = "{REPOSITORY}/fonts"\n'
    for id, (name, name_en, algorithm, _) in ISSUERS.items():
        text += f'\n[[issuer]]\nid = "{id}"\nname = "{name}"\nname_en = "{name_en}"\nalgorithm = "{algorithm}"\n'
    for at, one in enumerate(all_programmes):
        table = "contest" if one.kind == "award" else "ability"
        text += (
            f'\n[[{table}]]\nid = "{one.id}"\nissuer = "{one.issuer}"\ntemplate = "{one.template}"\npattern = "{one.letters}{{series:2}}{{year}}{{seq:5}}"\n'
            f'series = {at + 1}\nname = "{one.name}"\nname_en = "{one.name_en}"\nshort_name = "{one.short_name}"\n'
        )
        if table == "contest":
            text += 'organisers = ["蓝海市人民政府", "星河教育科技基金会"]\nnotice_first_day = "2023-11-24"\nnotice_last_day = "2023-11-30"\n'
            text += 'registration_last_day = "2023-12-31"\nrelease_day = "2024-01-01"\nclaim_last_day = "2024-01-31"\n'
    return text


def picture(path, seed):
    """A portrait of nobody, no two alike: 25 × 35 mm at 300 dpi."""
    from PIL import Image, ImageDraw

    draw = random.Random(seed)
    colour = lambda: tuple(draw.randrange(40, 230) for _ in range(3))
    image = Image.new("RGB", (295, 413), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((40, 300, 255, 413), fill=colour())
    pen.ellipse((80, 70, 215, 290), fill=colour())
    for _ in range(12):
        x, y = draw.randrange(85, 200), draw.randrange(80, 270)
        pen.line((x, y, x + draw.randrange(-30, 30), y + 8), fill=colour(), width=3)
    image.save(path, quality=90)


def rows(programme, count, first, folder):
    draw = random.Random(programme.id)
    names = NAMES[first // 1000 % len(NAMES) :] + NAMES[: first // 1000 % len(NAMES)]
    for at in range(first, first + count):
        nth = at - first
        name = names[nth] if nth < len(names) else draw.choice(make_list.SURNAMES) + "".join(draw.choices(make_list.GIVEN, k=2))
        photo = ""
        if programme.portrait or programme.kind == "ability":
            photo = f"p{at}.jpg"
            picture(folder / photo, at)
        common = {"姓名": name, "证件号码": make_list.identity_number(at), "手机号": f"13{at:09}", "学校": draw.choice(make_list.SCHOOLS), "照片": photo}
        if programme.kind == "ability":
            yield {**common, "证书名称": draw.choice(TITLES), "等级": draw.choice(["初级", "中级", "高级"])}
        elif nth < 3:
            # One work of three: what the others and the instructor are called is printed as well.
            role = ["获奖选手", "共同创作者", "指导教师"][nth]
            yield {**common, "学校": make_list.SCHOOLS[0], "赛类": "软件类", "科目": "C/C++程序设计", "作品": "星海 & <0>", "奖项": "一等奖", "角色": role}
        else:
            category, subject = draw.choice(make_list.SUBJECTS)
            level = draw.choice(make_list.LEVELS)
            yield {**common, "赛类": category, "科目": subject if nth % 4 else "", "作品": f"星海 & <{nth}>", "奖项": level, "角色": "获奖选手"}


def make(binary, work, count):
    """A data folder with `count` certificates of each of eight programmes: the program, the programmes, number -> file, number -> row."""
    if work.exists():
        shutil.rmtree(work)
    (work / "data").mkdir(parents=True)
    templates(work / "templates")
    every = list(programmes())
    (work / "data" / "yinxin.toml").write_text(configuration(every, work / "templates"), encoding="utf-8")
    yinxin = Yinxin(binary, work / "data")
    yinxin.must("keys", "init")
    listed = {}
    for at, programme in enumerate(every):
        table = list(rows(programme, count, at * 1000, work))
        with open(work / f"{programme.id}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, table[0].keys())
            writer.writeheader()
            writer.writerows(table)
        yinxin.must("import", work / f"{programme.id}.csv", "--programme", programme.id)
        listed[programme.letters] = table
    yinxin.must("issue", "--out", work / "out")
    files = {path.stem: path for path in sorted((work / "out").glob("*.pdf"))}
    found = {}
    for programme in every:
        # Numbers are given in the list's order.
        ours = [number for number in files if number.startswith(programme.letters)]
        for number, row in zip(ours, listed[programme.letters]):
            found[number] = (programme, row)
    return yinxin, every, files, found


def attachment(path):
    """The bytes of `certificate.json` inside the file, as qpdf finds it."""
    return tool("qpdf", "--show-attachment=certificate.json", path).stdout


def facts(path):
    return json.loads(attachment(path))


def description(work, programme):
    return tomllib.loads((Path(work) / "templates" / programme.template / "template.toml").read_text(encoding="utf-8"))
