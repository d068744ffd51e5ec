"""Both templates under both signature algorithms, each for an ordinary, a long, a rare and a Latin name: what the judges of pages look at."""

import csv

import make_list
from common import CONTEST_ED25519, CONTEST_P256, ISSUER_ED25519, ISSUER_P256, NAMES, make_data

HOLDERS = {"ordinary": "李明", "long": "阿卜杜热合曼·麦麦提依明", "rare": "𬭎𬱖𠅤", "latin": "Müller-Nguyễn Thị Ánh"}
ABILITY = """
[[ability]]
id = "{id}"
issuer = "{issuer}"
template = "ability"
pattern = "{letters}{{series:3}}{{year}}{{seq:5}}"
series = 33
name = "信息化人才岗位能力评价"
name_en = "IT Talent Ability Evaluation"
short_name = "岗位能力评价"
"""
# Template and algorithm -> the programme and the letters of its numbers.
PROGRAMMES = {
    ("award", "p256"): (CONTEST_P256, "LH"),
    ("award", "ed25519"): (CONTEST_ED25519, "XH"),
    ("ability", "p256"): ("ability-p256", "GXP"),
    ("ability", "ed25519"): ("ability-ed25519", "GXE"),
}


def portrait(path, at):
    """A head and shoulders of 2 inches at 300 dpi on blue, another one for each `at`."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (413, 579), (67, 142, 219))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((56, 400, 357, 760), fill=(40 + 13 * at, 44, 60))
    draw.ellipse((126, 150 + 6 * at, 287, 370), fill=(236, 201, 178))
    draw.pieslice((116, 120, 297, 330), 180, 360, fill=(35, 28, 26))
    picture.save(path, quality=92)


def make(binary, folder):
    """`yinxin` over a fresh data folder, and (template, algorithm) -> {name of the case: file}."""
    yinxin = make_data(binary, folder / "data")
    settings = yinxin.data / "yinxin.toml"
    more = [
        ABILITY.format(id=programme, issuer=ISSUER_P256 if algorithm == "p256" else ISSUER_ED25519, letters=letters)
        for (template, algorithm), (programme, letters) in PROGRAMMES.items()
        if template == "ability"
    ]
    settings.write_text(settings.read_text(encoding="utf-8") + "".join(more), encoding="utf-8")
    for at, ((template, algorithm), (programme, _)) in enumerate(PROGRAMMES.items()):
        path, first = folder / f"{template}-{algorithm}.csv", at * 100
        people = [(name, make_list.identity_number(first + k), f"13{first + k:09}") for k, name in enumerate(HOLDERS.values())]
        if template == "award":
            make_list.write(path, ([NAMES[programme], "软件类", "C/C++程序设计", "基于视觉的盲道障碍物识别系统", "一等奖", "获奖选手", *p, "蓝海大学"] for p in people))
        else:
            with open(path, "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["姓名", "证件号码", "手机号", "学校", "证书名称", "等级", "照片"])
                for person in people:
                    photo = f"{person[1]}.jpg"
                    portrait(folder / photo, people.index(person) + first // 50)
                    writer.writerow([*person, "蓝海大学", "区块链金融行业工程师", "中级", photo])
        yinxin.must("import", path, "--programme", programme)
    yinxin.must("issue", "--out", folder / "files")
    files = {}
    for key, (_, letters) in PROGRAMMES.items():
        # Numbers are given in the list's order.
        found = sorted((folder / "files").glob(f"{letters}*.pdf"))
        files[key] = dict(zip(HOLDERS, found, strict=True))
    return yinxin, files
