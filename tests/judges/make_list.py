#!/usr/bin/env python3
"""Writes an award list of N invented holders with valid identity numbers: `make_list.py N FILE.csv [--contest NAME] [--seed S]`."""

import argparse
import csv
import random

COLUMNS = ["赛事", "赛类", "科目", "作品", "奖项", "角色", "姓名", "证件号码", "手机号", "学校"]
SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "明华伟芳娜敏静磊洋勇军杰娟涛超霞平刚桂英鹏飞雪琳晨曦宇轩梓涵思远若兰嘉怡浩然博文"
LONG = ["阿卜杜热合曼·麦麦提依明", "迪丽热巴·迪力木拉提", "古丽娜扎尔·拜合提亚尔", "Müller-Nguyễn Thị Ánh", "欧阳娜娜", "李𬭎", "王𬱖", "张𠅤"]
SUBJECTS = [("软件类", "C/C++程序设计"), ("软件类", "Java软件开发"), ("电子类", "嵌入式设计与开发"), ("设计类", "视觉艺术设计")]
LEVELS = ["特等奖", "一等奖", "二等奖", "三等奖", "优秀奖"]
SCHOOLS = ["蓝海大学", "星河理工学院", "东山职业技术学院", "北原师范大学", "南浦大学软件学院"]
REGIONS = ["110101", "310104", "440305", "510107", "650102", "330106", "420111", "610113"]


def check_character(seventeen):
    """ISO 7064 MOD 11-2 as GB 11643-1999 writes it."""
    total = sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(seventeen))
    return "10X98765432"[total % 11]


def identity_number(at):
    """The valid identity number number `at`: no two are the same below 8 × 28 × 12 × 20 × 999."""
    at, region = divmod(at, len(REGIONS))
    at, day = divmod(at, 28)
    at, month = divmod(at, 12)
    sequence, year = divmod(at, 20)
    seventeen = f"{REGIONS[region]}{1985 + year}{month + 1:02}{day + 1:02}{sequence + 1:03}"
    return seventeen + check_character(seventeen)


def rows(count, contest, seed=1, first=0):
    draw = random.Random(seed)
    for at in range(first, first + count):
        name = LONG[at // 50 % len(LONG)] if at % 50 == 7 else draw.choice(SURNAMES) + "".join(draw.choices(GIVEN, k=draw.choice((1, 2))))
        category, subject = draw.choice(SUBJECTS)
        telephone = f"13{at % 1_000_000_000:09}"
        yield [contest, category, subject, f"作品{at + 1}", draw.choice(LEVELS), "获奖选手", name, identity_number(at), telephone, draw.choice(SCHOOLS)]


def write(path, table):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("file")
    parser.add_argument("--contest", default="第十四届蓝海杯大赛")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="begin with this holder, so that two lists share none")
    arguments = parser.parse_args()
    write(arguments.file, rows(arguments.count, arguments.contest, arguments.seed, arguments.first))


if __name__ == "__main__":
    main()
