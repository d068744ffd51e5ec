#!/usr/bin/env python3
"""Makes tests/data/bad-lists/: one bad list for each thing that goes wrong, and expected.toml that says what must be answered.

    pip install openpyxl==3.1.5 && python3 tests/data/make_bad_lists.py

The people are invented: their regions end in 9900, which no place has. The same script gives the same bytes.
"""

import datetime
import io
import pathlib
import struct
import zipfile
import zlib

import openpyxl
from openpyxl.styles import Font

OUT = pathlib.Path(__file__).parent / "bad-lists"
THEN = datetime.datetime(2024, 1, 1)
TITLES = ["姓名", "证件号码", "手机号", "学校", "作品", "奖项", "指导教师"]
CASES = []


def card(digits):
    total = sum(int(d) * w for d, w in zip(digits, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]))
    return digits + "10X98765432"[total % 11]


LI, WANG, ZHAO = card("11990020010102001"), card("31990020010102002"), card("44990020010102003")
GOOD = [
    ["李明", LI, "12000000001", "蓝海大学", "星海", "一等奖", "周老师"],
    ["王芳", WANG, "12000000002", "青山大学", "听潮", "二等奖", ""],
    ["赵堃", ZHAO, "12000000003", "云溪学院", "拾光", "三等奖", ""],
]


def rows(**changes):
    """The good rows with cells replaced: B2="x"."""
    made = [TITLES[:]] + [row[:] for row in GOOD]
    for place, value in changes.items():
        made[int(place[1:]) - 1]["ABCDEFG".index(place[0])] = value
    return made


def packed(parts, level=9):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as z:
        for name, data in parts.items():
            z.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, level)
    return out.getvalue()


def unpacked(data):
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        return {n: z.read(n) for n in z.namelist()}


def xlsx(*sheets, change=None):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets:
        sheet = book.create_sheet(name)
        for r, line in enumerate(lines, 1):
            for c, value in enumerate(line, 1):
                if value not in ("", None):
                    sheet.cell(r, c, value)
                    if isinstance(value, str) and not value.startswith("=f:"):
                        sheet.cell(r, c).data_type = "s"
                    elif isinstance(value, str):
                        sheet.cell(r, c).value = "=" + value[3:]
    if change:
        change(book)
    book.properties.created = book.properties.modified = THEN
    out = io.BytesIO()
    book.save(out)
    parts = unpacked(out.getvalue())
    core = parts["docProps/core.xml"].decode()
    start, end = core.index("<dcterms:modified"), core.index("</dcterms:modified>")
    parts["docProps/core.xml"] = (core[:start] + core[start:end][: core[start:end].index(">") + 1] + "2024-01-01T00:00:00Z" + core[end:]).encode()
    return packed(parts)


def one(lines, change=None):
    return xlsx(("名单", lines), change=change)


def csv(lines, encoding="utf-8-sig"):
    def quoted(v):
        return '"' + v.replace('"', '""') + '"' if any(c in v for c in ',"\n') else v
    return "".join(",".join(quoted(v) for v in line) + "\r\n" for line in lines).encode(encoding)


def case(file, data, *problems, default=True):
    """problems: (place, code, a part of the Chinese message)."""
    CASES.append((file, problems, default))
    (OUT / file).write_bytes(data)


def compound(*streams):
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(s.encode("utf-16-le").ljust(128, b"\0") for s in streams)


OUT.mkdir(exist_ok=True)
for old in OUT.glob("*"):
    old.unlink()
good = one(rows())

# The file.
case("empty.xlsx", b"", ("", "empty", "文件是空的"))
case("pdf.xlsx", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", ("", "format", "这是 PDF 文件"))
case("photo.xlsx", b"\xff\xd8\xff\xe0\0\x10JFIF\0", ("", "format", "这是图片"))
case("old-excel.xlsx", compound("Root Entry", "Workbook"), ("", "format", "旧版 Excel"))
case("password.xlsx", compound("Root Entry", "EncryptionInfo", "EncryptedPackage"), ("", "format", "密码保护"))
case("word.xlsx", packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"}), ("", "format", "这是 Word 文档"))
case("open-document.xlsx", packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}), ("", "format", "（.ods）"))
case("binary-workbook.xlsx", packed({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"\x83\x01"}), ("", "format", "（.xlsb）"))
case("zip-of-a-list.xlsx", packed({"名单.csv": csv(rows())}), ("", "format", "这是压缩包"))
case("web-page.xls", "<html><body><table><tr><td>姓名</td></tr></table></body></html>".encode(), ("", "format", "这是网页"))
case("xml-2003.xls", b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', ("", "format", "Excel 2003 XML"))
case("binary.csv", bytes(range(256)), ("", "format", "这不是名单文件"))
case("half.xlsx", good[: len(good) // 2], ("", "truncated", "末尾缺失"))
spoilt = bytearray(good)
at = good.index(b"xl/worksheets/sheet1.xml") + 60
spoilt[at : at + 40] = bytes(40)
case("spoilt.xlsx", bytes(spoilt), ("", "damaged", "内部损坏"))
case("bomb-100-megabytes.xlsx", packed({**unpacked(good), "xl/worksheets/sheet1.xml": b" " * (100 << 20)}), ("", "expands", "解压后过大"))
lying = bytearray(packed({**unpacked(good), "xl/worksheets/sheet1.xml": b" " * (100 << 20)}))
at = lying.rindex(b"xl/worksheets/sheet1.xml") - 46
lying[at + 24 : at + 28] = struct.pack("<I", 5000)
case("bomb-that-lies.xlsx", bytes(lying), ("", "damaged", "内部损坏"))
case("bomb-of-styles.xlsx", packed({**unpacked(good), "xl/styles.xml": b"<styleSheet><cellXfs>" + b"<xf/>" * 2_000_000}), ("", "expands", "解压后过大"))
parts = unpacked(good)
parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", b'<sheet name="x" sheetId="9" r:id="rId1" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></sheets>')
case("one-sheet-twice.xlsx", packed(parts), ("", "damaged", "内部损坏"))
# A shared text whose table claims a count that no memory holds.
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
parts = unpacked(one(rows(F3="四等奖")))
sheet = parts["xl/worksheets/sheet1.xml"].decode()
parts["xl/worksheets/sheet1.xml"] = sheet.replace('t="inlineStr"><is><t>四等奖</t></is>', 't="s"><v>0</v>').encode()
parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}" count="1" uniqueCount="99999999999999"><si><t>四等奖</t></si></sst>'.encode()
relation = b'<Relationship Id="rId99" Target="sharedStrings.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/>'
parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(b"</Relationships>", relation + b"</Relationships>")
case("boastful-count.xlsx", packed(parts), ("名单!F3", "award", "无法识别的奖项"))
flagged = bytearray(good)
at = flagged.rindex(b"xl/worksheets/sheet1.xml") - 46
flagged[at + 8] |= 1
case("zip-password.xlsx", bytes(flagged), ("", "format", "密码保护"))
case("no-encoding.csv", "姓名,学校\n".encode("gb18030") + b"\xff\xff\n", ("", "encoding", "文本编码无法识别"))
case("open-quotation-mark.csv", csv(rows(), "utf-8").replace("青山大学".encode(), '"青山大学'.encode()), ("第 3 行 / row 3", "open-quote", "引号未闭合"))

# The sheets.
case("no-titles.xlsx", one(GOOD), ("名单", "no-titles", "没有找到标题行"))
case("titles-in-row-12.xlsx", one([[f"说明 {n}"] for n in range(11)] + rows()), ("名单", "no-titles", "没有找到标题行"))
case("nothing-on-the-sheet.xlsx", one([]), ("", "no-titles", "没有找到标题行"))
case("titles-only.xlsx", one(rows()[:1]), ("名单 第 1 行 / row 1", "no-rows", "标题行下面没有名单"))
case("missing-columns.xlsx", one([["姓名", "学校名", "奖项", "备注"], ["李明", "蓝海大学", "一等奖", ""]]), ("名单 第 1 行 / row 1", "missing-columns", "缺少列：证件号码、学校；找到的标题：“姓名” “学校名” “奖项” “备注”"))
case("both-kinds.xlsx", one([["姓名", "证件号码", "学校", "奖项", "证书名称", "等级", "照片"], ["李明", LI]]), ("名单 第 1 行 / row 1", "unknown-kind", "看不出是获奖名单还是岗位能力名单"))
case("repeated-column.xlsx", one([["姓名", "证件号码", "学校", "奖项", "Name"], ["李明", LI, "蓝海大学", "一等奖", "Li"]]), ("名单!E1", "repeated-column", "“姓名”列重复"))
case("too-many-columns.xlsx", one([TITLES + [f"列{n}" for n in range(300)]] + GOOD), ("", "too-many-columns", "超过 200 列"))
case("two-sheets.xlsx", xlsx(("本科", rows(F2="头奖")), ("高职", [["第十四届大赛获奖名单"]] + [r[:] for r in rows(C4="138")]), ("说明", [["请勿改动"]])),
     ("本科!F2", "award", "无法识别的奖项"), ("高职!A3", "duplicate", "与 本科 第 2 行"),
     ("高职!A4", "duplicate", "与 本科 第 3 行"), ("高职!A5", "duplicate", "与 本科 第 4 行"), ("高职!C5", "telephone", "手机号应为"))


def hide(book):
    for row in (3, 4):
        book.active.row_dimensions[row].hidden = True


case("hidden-rows.xlsx", one(rows(), hide), ("名单 第 3 行 / row 3", "hidden-rows", "第 3 至 4 行被隐藏"))

# The cells.
case("lost-digits.xlsx", one(rows(B2=110105200101020010.0)), ("名单!B2", "lost-digits", "末几位已丢失"))
case("lost-digits.csv", csv(rows(B3="1.10105E+17", C4="1.2E+10"), "gb18030"), ("B3", "lost-digits", "末几位已丢失"), ("C4", "lost-digits", "末几位已丢失"))
case("lost-digits-as-zeros.csv", csv(rows(B3="110105200101033000")), ("B3", "lost-digits", "末几位已丢失"))
case("leading-zeros.xlsx", one(rows(B4=1234567)), ("名单!B4", "number-cell", "开头的 0 可能已丢失"))
case("date.xlsx", one(rows(B2=datetime.date(2001, 1, 2), D3=datetime.date(2001, 1, 2))), ("名单!B2", "date-cell", "此格是日期"), ("名单!D3", "date-cell", "此格是日期"))


def error(book):
    book.active["D3"].value, book.active["D3"].data_type = "#REF!", "e"


case("formula-error.xlsx", one(rows(), error), ("名单!D3", "formula-error", "公式出错"))
case("formula-without-value.xlsx", one(rows(D3="=f:VLOOKUP(A3,B:C,2,0)")), ("名单!D3", "uncomputed", "公式尚无计算结果"))


def merge(*ranges):
    return lambda book: [book.active.merge_cells(r) for r in ranges]


case("merged-names.xlsx", one(rows(A3="", B3=""), merge("A2:A3", "B2:B3")), ("名单!A2", "merged", "A2:A3 是合并单元格"), ("名单!B2", "merged", "B2:B3"), ("名单!A3", "blank", "不能为空"), ("名单!B3", "blank", "不能为空"))
case("merged-across.xlsx", one(rows(E3=""), merge("D3:E3")), ("名单!D3", "merged", "D3:E3 是合并单元格"))
case("check-character.csv", csv(rows(B2=LI[:17] + ("1" if LI[17] != "1" else "2"))), ("B2", "document", "末位校验码不符"))
case("birth-date.csv", csv(rows(B2=card("11990020010231001"))), ("B2", "document", "出生日期不存在"))
case("region.csv", csv(rows(B2=card("99990020010131001"[:17]).replace("99", "09", 1))), ("B2", "document", "地区代码"))
case("a-digit-short.csv", csv(rows(B2=LI[:17])), ("B2", "document", "居民身份证的号码格式不对"))
case("telephones.csv", csv(rows(C2="1380013800", C3="8613800138000", C4="请联系老师")), ("C2", "telephone", "11 位"), ("C3", "telephone", "11 位"), ("C4", "telephone", "11 位"))
case("blank-cells.csv", csv(rows(A2="", B3="", F4="")), ("A2", "blank", "不能为空"), ("B3", "blank", "不能为空"), ("F4", "blank", "不能为空"))
case("awards.csv", csv(rows(F2="四等奖", F3="1", F4="金奖")), ("F2", "award", "奖项"), ("F3", "award", "奖项"), ("F4", "award", "奖项"))
case("names.csv", csv(rows(A2="李明1", A3="王芳（女）", A4="赵堃,钱乙")), ("A2", "name", "“1”"), ("A3", "name", "“(”"), ("A4", "name", "“,”"))
case("formula-injection.csv", csv(rows(A2='=HYPERLINK("http://x.example","李明")', D3="@SUM(1)")), ("A2", "name", "姓名含有不应出现的字符“=”"))
case("too-long.csv", csv(rows(D2="蓝" * 121)), ("D2", "too-long", "超过 120 字"))
case("control-character.csv", csv(rows(D2="蓝海\x07大学")), ("D2", "control", "控制字符"))
case("roles-and-kinds.csv", csv([["姓名", "角色", "证件类型", "证件号码", "学校", "奖项"], ["李明", "教练", "身份证", LI, "蓝海大学", "一等奖"], ["王芳", "选手", "驾照", WANG, "蓝海大学", "一等奖"], ["赵堃", "选手", "台胞证", ZHAO, "蓝海大学", "一等奖"]]),
     ("B2", "role", "无法识别的角色"), ("C3", "document-kind", "无法识别的证件类型"), ("D4", "document", "台湾居民来往大陆通行证的号码格式不对"))
case("contests.csv", csv([["赛事", "姓名", "证件号码", "学校", "奖项"], ["蓝海杯大塞", "李明", LI, "蓝海大学", "一等奖"], ["岗位能力评价", "王芳", WANG, "蓝海大学", "一等奖"]]), ("A2", "programme", "没有这个赛事"), ("A3", "programme-kind", "不发这种证书"))
case("contest-unsaid.csv", csv(rows()), ("第 1 行 / row 1", "programme-unsaid", "没有写明赛事"), default=False)

# The rows.
case("twice.csv", csv(rows() + [[v for v in GOOD[0]]]), ("A5", "duplicate", "与 第 2 行 / row 2 重复"))
case("two-names.csv", csv(rows(B3=LI)), ("A3", "two-names", "同一证件号码在 第 2 行 / row 2 是另一个姓名"))
case("two-awards.csv", csv(rows(D3="蓝海大学", E3="星海")), ("F3", "two-awards", "同一作品在 第 2 行 / row 2 是另一个奖项"))
case("instructors.csv", csv(rows(G2="周老师、周老师", G3="吴老师 郑老师", G4="赵堃")), ("G2", "name-twice", "“周老师”在此格中出现两次"), ("G3", "unclear-names", "看不出空格隔开"), ("G4", "both-roles", "“赵堃”既是作者又是指导教师"))
case("co-creators-of-nothing.csv", csv([["姓名", "证件号码", "学校", "奖项", "共同创作者"], ["李明", LI, "蓝海大学", "一等奖", "王芳"]]), ("E2", "co-creators-of-nothing", "没有作品或队伍"))
ability = ["姓名", "证件号码", "证书名称", "等级", "照片"]
case("abilities.xlsx", one([ability, ["李明", LI, "区块链金融行业工程师", "初级", "good.jpg"], ["王芳", WANG, "区块链金融行业工程师", "特级", "lost.jpg"], ["赵堃", ZHAO, "", "高级", "bad.jpg"], ["赵堃", ZHAO, "数字孪生应用工程师", "高级", "good.jpg"], ["赵堃", ZHAO, "人工智能训练工程师", "中级", ""]]),
     ("名单!D3", "level", "无法识别的等级"), ("名单!E3", "portrait-missing", "没有收到这个照片文件"), ("名单!C4", "blank", "不能为空"), ("名单!E4", "portrait", "照片不合要求：照片过小"),
     ("名单!E5", "portrait-twice", "与 名单 第 2 行 / row 2 的另一个人是同一张照片"), ("名单!E6", "blank", "不能为空"))

with open(OUT / "expected.toml", "w", encoding="utf-8") as f:
    f.write("# Made by tests/data/make_bad_lists.py: the problems of each list, in their order, each with a part of its message.\n")
    for file, problems, default in CASES:
        f.write(f'\n[[list]]\nfile = "{file}"\ndefault_contest = {str(default).lower()}\nproblems = [\n')
        for place, code, says in problems:
            f.write(f"  {{ at = '{place}', code = '{code}', says = '{says}' }},\n")
        f.write("]\n")
print(f"{len(CASES)} lists in {OUT}")
