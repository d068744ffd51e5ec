#!/usr/bin/env python3
"""Makes tests/data/bad-templates/: one bad template for each thing that goes wrong, and expected.toml that says what must be answered.

    python3 tests/data/make_bad_templates.py

Each is the worked example with something changed. A problem's place is found by the text that stands on its line.
"""

import pathlib
import shutil

DATA = pathlib.Path(__file__).parent
OUT = DATA / "bad-templates"
GOOD = {f: (DATA / "templates/worked-example" / f).read_text(encoding="utf-8") for f in ("template.toml", "artwork.svg")}
TOML, SVG = "template.toml", "artwork.svg"
CASES = []


def line_of(text, mark):
    """The line on which `mark` stands: its only one, or with `mark#2` its second one."""
    mark, _, nth = mark.partition("#@")
    at = -1
    for _ in range(int(nth or 1)):
        at = text.index(mark, at + 1)
    return text.count("\n", 0, at) + 1


def case(name, *problems, toml=(), svg=(), files=None):
    """`toml` and `svg` are pairs (old, new); a problem is (file, mark on its line or None, part of the message)."""
    made = dict(GOOD)
    for file, changes in ((TOML, toml), (SVG, svg)):
        for old, new in changes:
            assert old in made[file], (name, old)
            made[file] = made[file].replace(old, new, 1)
    made |= files or {}
    folder = OUT / name
    folder.mkdir()
    for file, content in made.items():
        if content is not None:
            (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    places = []
    for file, mark, says in problems:
        place = file if mark is None else f"{file}:{mark if isinstance(mark, int) else line_of(made[file], mark)}"
        places.append((place, says))
    CASES.append((name, places))


def art(*changes, **kwargs):
    return dict(svg=changes, **kwargs)


shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir(parents=True)

# The description as a file.
case("no-description", (TOML, None, "读不到"), files={TOML: None})
case("not-utf-8", (TOML, 1, "不是 UTF-8 文本"), files={TOML: GOOD[TOML].encode("gb18030")})
case("not-toml", (TOML, 'title = "', "TOML 语法有误"), toml=[('title = "蓝湖杯获奖证书 {holder} {number}"', 'title = "蓝湖杯')])
case("two-slips-of-toml", (TOML, "page =", "TOML 语法有误"), (TOML, '[[text]]\nid = "school"', "TOML 语法有误"), toml=[('page = "A4"', "page = A4"), ("size = [14, 26]", "size = [14, 26")])
case("a-key-twice", (TOML, "kind = #@2", "duplicate key"), toml=[('kind = "award"', 'kind = "award"\nkind = "award"')])
case("empty", *[(TOML, 1, f"缺少 {k}") for k in ("format", "kind", "title", "page", "[fonts]", "text", "[qr]", "[signature]")], files={TOML: ""})

# Keys and words.
case("unknown-keys",
     (TOML, "artworks =", "不认识的设置“artworks” / unknown setting “artworks”（是否“artwork”？"),
     (TOML, "algin", "是否“align”？"),
     (TOML, "colr", "unknown setting “colr”"),
     (TOML, "watermark", "不认识的设置“watermark”"),
     (TOML, "[portait]", "是否“portrait”？"),
     toml=[("artwork = ", "artworks = "), ('align = "center"', 'algin = "center"'), ('colour = "accent"', 'colr = "accent"'),
           ("tracking = 0.3", "tracking = 0.3\nwatermark = true"), ("[portrait]", "[portait]")])
case("unknown-fields",
     (TOML, "{holdr}", "没有字段“holdr” / there is no field “holdr”（是否“holder”？"), (TOML, "{holdr}", "没有字段“shool”"),
     (TOML, "{title}", "获奖证书没有字段“title”"), (TOML, "{}", "没有字段“”"),
     toml=[('text = "{holder}"', 'text = "{holdr} {shool}"'), ('text = "{school}"', 'text = "{title}"'), ("{issued_on}", "{}")])
case("brackets",
     (TOML, "获奖证书 {holder", "“{”没有对应的“}”"), (TOML, '"{holder}]"', "多余的“]”"), (TOML, "[{school}", "“[”没有对应的“]”"),
     (TOML, "[成员]", "方括号内没有字段"),
     toml=[("{holder} {number}", "{holder"), ('text = "{holder}"', 'text = "{holder}]"'), ('text = "{school}"', 'text = "[{school}"'), ("团队成员：{team}", "[成员]{team}")])
case("line-break", (TOML, 'text = """', "文字中不能有换行或制表符"), toml=[('text = "{school}"', 'text = """{school}\n{holder}"""')])
case("wrong-words",
     (TOML, "format = 2", "format 应为整数 1"), (TOML, 'kind = "prize"', "kind 应为award 或 ability"), (TOML, 'page = "A5"', "page 应为"),
     (TOML, '"middle"', "align 应为left、center、right 或 justify"), (TOML, '"centre"', "valign 应为top、middle 或 bottom"), (TOML, '"H2"', "tag 应为H1 或 P"),
     (TOML, '"red"', "colour 应为颜色"), (TOML, 'lang = "中文"', "lang 应为语言代码"), (TOML, "lines = 40", "lines 应为1 至 20"), (TOML, "leading = 0.2", "leading 应为1 至 4"), (TOML, "tracking = -1", "tracking 应为0 至 2"),
     toml=[("format = 1", "format = 2"), ('kind = "award"', 'kind = "prize"'), ('page = "A4"', 'page = "A5"'), ('align = "center"\ncolour = "#2f4a2a"', 'align = "middle"\ncolour = "red"'),
           ('valign = "top"', 'valign = "centre"'), ('text = "{school}"', 'text = "{school}"\ntag = "H2"\nlang = "中文"'), ("lines = 4", "lines = 40"), ("leading = 1.6", "leading = 0.2"), ("tracking = 0.3", "tracking = -1")])
case("wrong-kinds-of-value",
     (TOML, "title = 5", "title 应为文字"), (TOML, 'artwork = "', "artwork 应为文件名的列表"), (TOML, "name = 7", "应为 { face"), (TOML, "size = \"14\"", "size 应为字号"), (TOML, "font = 7", "font 应为[fonts] 中的名称"),
     (TOML, "seal = 1", "seal 应为表"),
     toml=[('title = "蓝湖杯获奖证书 {holder} {number}"', "title = 5\nseal = 1"), ('["artwork.svg"]', '"artwork.svg"'), ('name = { face = "LXGWWenKai-Regular.ttf", latin = "EBGaramond-Regular.ttf" }', "name = 7"), ("size = [14, 26]", 'size = "14"'),
           ('font = "name"', "font = 7"), ('[seal]\nbox = [124, 222, 42, 42]\ncolour = "#c8161d"\nfont = "bold"\n', "")])

# Fonts and glyphs.
case("missing-fonts",
     (TOML, "NotoSerifSC-Blod", "没有字体 NotoSerifSC-Blod.ttf / there is no font NotoSerifSC-Blod.ttf（是否“NotoSerifSC-Bold.ttf”？"), (TOML, "Times.ttf", "没有字体 Times.ttf"),
     (TOML, 'font = "nmae"', "font 应为[fonts] 中的名称"),
     toml=[("NotoSerifSC-Bold", "NotoSerifSC-Blod"), ('plain = { face = "NotoSerifSC-Regular.ttf", latin = "EBGaramond-Regular.ttf" }', 'plain = { face = "NotoSerifSC-Regular.ttf", latin = "Times.ttf" }'), ('font = "name"', 'font = "nmae"')])
case("missing-glyphs",
     (TOML, '[[text]]\nid = "chair"', "“chair”中的“\ue000”没有字形"), (TOML, '[[text]]\nid = "secretary"', "“secretary”中的“🏆”没有字形"),
     toml=[("林晓舟", "林\ue000舟"), ("周砚秋", "周砚秋🏆")])
case("no-fonts", (TOML, 1, "缺少 [fonts]"),
     toml=[(GOOD[TOML][GOOD[TOML].index("[fonts]"):GOOD[TOML].index("[accents]")], "")])

# Boxes and sizes.
case("off-the-page",
     (TOML, "box = [90, 62", "框超出页面（210×297 毫米）"), (TOML, "box = [-5", "框超出页面"), (TOML, "box = [36, 280", "框超出页面"),
     toml=[("box = [30, 62, 112, 14]", "box = [90, 62, 142, 14]"), ("box = [30, 78, 112, 14]", "box = [-5, 78, 112, 14]"), ("box = [36, 222, 32, 32]", "box = [36, 280, 32, 32]")])
case("no-boxes",
     (TOML, "box = [30, 62, 112]", "box 应为[左, 上, 宽, 高]"), (TOML, "box = [30, 78, -112", "box 应为"), (TOML, "box = [\"30\"", "box 应为"), (TOML, "[signature]", "缺少 box"),
     toml=[("box = [30, 62, 112, 14]", "box = [30, 62, 112]"), ("box = [30, 78, 112, 14]", "box = [30, 78, -112, 14]"), ("box = [30, 108, 150, 36]", 'box = ["30", 108, 150, 36]'), ("[signature]\nbox = [124, 222, 42, 42]", "[signature]")])
case("boxes-too-low",
     (TOML, "box = [30, 62, 112, 10]", "框高放不下一行 26 磅，请加高到 12.9 毫米"), (TOML, "box = [30, 108, 150, 20]", "框高放不下 4 行 11 磅，请加高到 24.9 毫米"),
     toml=[("box = [30, 62, 112, 14]", "box = [30, 62, 112, 10]"), ("box = [30, 108, 150, 36]", "box = [30, 108, 150, 20]")])
case("fixed-text-too-wide", (TOML, '[[text]]\nid = "chair"', "“chair”放不下"), toml=[("box = [30, 207, 70, 7]", "box = [30, 207, 30, 7]")])
case("a-long-name-does-not-fit", (TOML, '[[text]]\nid = "holder"', "“阿卜杜热合曼·麦麦提依明”在“holder”处放不下"), toml=[("box = [30, 62, 112, 14]", "box = [30, 62, 50, 14]")])
case("sizes-upside-down",
     (TOML, "size = [26, 14]", "size 的最小值 26 大于最大值 14，请对调"), (TOML, "size = 2", "size 应在 4 至 400 之间"), (TOML, "size = [9, 1300]", "size 应在 4 至 400 之间"),
     toml=[("size = [14, 26]", "size = [26, 14]"), ("size = 40", "size = 2"), ("size = [9, 13]", "size = [9, 1300]")])
case("qr-too-small", (TOML, "[qr]", "二维码框边长至少 29 毫米"), toml=[("box = [36, 222, 32, 32]", "box = [36, 222, 25, 25]")])
case("qr-covered",
     (TOML, '[[text]]\nid = "number"', "“number”的框与 [qr] 重叠"), (TOML, "[seal]", "[seal] 与 [qr] 重叠，二维码四周须留白"), (TOML, "[portrait]", "[portrait] 与 [qr] 重叠"),
     (TOML, '[[text]]\nid = "number"', "“number”的框与 [portrait] 重叠"),
     toml=[("box = [30, 264, 80, 7]", "box = [30, 250, 80, 7]"), ("[seal]\nbox = [124, 222, 42, 42]", "[seal]\nbox = [60, 222, 42, 42]"), ("box = [155, 58, 25, 35]", "box = [40, 240, 25, 35]")])
case("portrait-covered", (TOML, '[[text]]\nid = "holder"', "“holder”的框与 [portrait] 重叠"), toml=[("box = [30, 62, 112, 14]", "box = [30, 62, 150, 14]")])
case("seal",
     (TOML, "box = [124, 222, 42, 30]", "印章框应为正方形"), (TOML, 'colour = "vermilion"', "colour 应为颜色"), (TOML, 'font = "seal"', "font 应为[fonts] 中的名称"),
     toml=[('[seal]\nbox = [124, 222, 42, 42]\ncolour = "#c8161d"\nfont = "bold"', '[seal]\nbox = [124, 222, 42, 30]\ncolour = "vermilion"\nfont = "seal"')])

# The texts together.
case("ids-twice", (TOML, '[[text]]\nid = "holder"#@2', "id“holder”重复"), (TOML, '[[text]]\nid = "chair"#@2', "id“chair”重复"), toml=[('id = "school"', 'id = "holder"'), ('id = "secretary"', 'id = "chair"')])
case("no-heading", (TOML, "[[text]]", '须有一项 tag = "H1"'), toml=[('tag = "H1"\n', "")])
case("three-headings", (TOML, '[[text]]\nid = "school"', "“school”是第二个 H1"), (TOML, '[[text]]\nid = "level"', "“level”是第二个 H1"), toml=[('id = "school"', 'id = "school"\ntag = "H1"'), ('id = "level"', 'id = "level"\ntag = "H1"')])
case("accents-missing", (TOML, '[[text]]\nid = "level"', "使用了 accent，但缺少 [accents]"), toml=[(GOOD[TOML][GOOD[TOML].index("[accents]"):GOOD[TOML].index("[[text]]")], "")])
case("accent-of-a-level-missing",
     (TOML, "[accents]", "缺少 merit"), (TOML, "frist", "不认识的设置“frist” / unknown setting “frist”（是否“first”？"), (TOML, "[accents]", "缺少 first"), (TOML, "gray", "third 应为颜色"),
     toml=[('merit = "#2f5560"\n', ""), ("first =", "frist ="), ('third = "#4f5b3a"', 'third = "gray"')])
case("accent-on-fixed-text", (TOML, '[[text]]\nid = "chair"', "“chair”没有字段，不能用 accent"), toml=[("林晓舟\"", "林晓舟\"\ncolour = \"accent\"")])
case("page-missing", (TOML, 1, "缺少 page"), (TOML, "{holdr}", "没有字段“holdr”"), (TOML, '[[text]]\nid = "number"', "“number”的框与 [qr] 重叠"), (SVG, "<text", "不支持 <text>"),
     toml=[('page = "A4"\n', ""), ('text = "{holder}"', 'text = "{holdr}"'), ("box = [30, 264, 80, 7]", "box = [30, 250, 80, 7]")], svg=[("</svg>", "<text>A</text></svg>")])

# Artwork.
case("artwork-missing", (TOML, "artwork =", "没有文件 artwrok.svg / there is no file artwrok.svg（是否“artwork.svg”？"), (TOML, "artwork =", "没有文件 ../secret.svg"), toml=[('["artwork.svg"]', '["artwrok.svg", "../secret.svg"]')])
case("artwork-not-xml", (SVG, "</svg>", "XML 有误"), **art(("  </g>\n</svg>", "</svg>")))
case("artwork-not-svg", (SVG, 1, "根元素应为 <svg"), files={SVG: "<html><body/></html>\n"})
case("artwork-without-namespace", (SVG, 1, "根元素应为 <svg"), **art((' xmlns="http://www.w3.org/2000/svg"', "")))
case("artwork-a-picture", (SVG, 1, "不是 UTF-8 文本"), files={SVG: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"})
case("artwork-with-text-and-pictures",
     (SVG, "<text", "不支持 <text>，请将文字转为路径"), (SVG, "<image", "不支持 <image>"), (SVG, "<foreignObject", "不支持 <foreignObject>"), (SVG, "<script", "不支持 <script>"), (SVG, "<animate", "不支持 <animate>"), (SVG, "<elipse", "不支持 <elipse> / <elipse> is not supported（是否“ellipse”？"),
     **art(("</svg>", '<text x="9" y="9">A</text>\n<image href="photo.png"/>\n<foreignObject/>\n<script>1</script>\n<animate/>\n<elipse rx="3" ry="4"/>\n</svg>')))
case("artwork-with-paint",
     (SVG, 'id="p1"', "只支持纯色填充和描边"), (SVG, 'id="p2"', "只支持纯色填充和描边"), (SVG, 'id="p3"', "不支持蒙版和滤镜"), (SVG, 'id="p4"', "不支持蒙版和滤镜"), (SVG, 'id="p5"', "透明度请设在单个图形上"),
     **art(("</svg>", '<defs>\n<linearGradient id="a"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>\n<mask id="m"><rect width="9" height="9" fill="white"/></mask>\n<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>\n</defs>\n'
            '<rect id="p1" width="9" height="9" fill="url(#a)"/>\n<rect id="p2" width="9" height="9" style="fill:none; stroke: url(#a)"/>\n<rect id="p3" width="9" height="9" mask="url(#m)"/>\n<rect id="p4" width="9" height="9" filter="url(#f)"/>\n'
            '<g id="p5" opacity="0.5"><rect width="9" height="9"/><rect x="4" width="9" height="9"/></g>\n</svg>')))
case("artwork-with-a-style-sheet", (SVG, "<style>", "只支持纯色填充和描边"), **art(("</svg>", '<style>.a{fill:url(#g)}</style>\n<linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>\n<rect class="a" width="9" height="9"/></svg>')))
case("artwork-refers-to-nothing", (SVG, 'href="#cornr"', "没有 id 为“cornr”的图形 / nothing has the id “cornr”（是否“corner”？"), (SVG, "other.svg", "<use> 应指向本文件中的图形"), (SVG, "url(#clip)", "没有 id 为“clip”的图形"),
     **art(("</svg>", '<path id="corner" d="M0 0h9v9z"/>\n<use href="#cornr" x="9"/>\n<use href="other.svg#a"/>\n<rect clip-path="url(#clip)" width="9" height="9"/>\n</svg>')))
bomb = "".join(f'<g id="a{n}">{f"""<use href="#a{n - 1}"/>""" * 10 if n else "<path d=""" + chr(34) + "M0 0h1v1z" + chr(34) + "/>"}</g>\n' for n in range(9))
case("artwork-bomb-of-uses", (SVG, "<svg", "展开 <use> 后图形超过 50000 个"), **art(("</svg>", f"{bomb}</svg>")))
case("artwork-that-uses-itself", (SVG, "<svg", "展开 <use> 后图形超过 50000 个"), **art(("</svg>", '<g id="a"><use href="#b"/></g>\n<g id="b"><use href="#a"/></g></svg>')))
case("artwork-too-deep", (SVG, "<g><g>", "嵌套超过 64 层"), **art(("</svg>", "<g>" * 5000 + "</g>" * 5000 + "</svg>")))
laughs = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 16}">' for n in range(9)) + "]>\n"
case("artwork-bomb-of-entities", (SVG, 1, "XML 有误"), **art(("<svg", laughs + "<svg"), ("</svg>", "<desc>&j;</desc>\n</svg>")))
case("artwork-of-another-shape", (SVG, "<svg", "图稿 297×210 与页面 210×297 毫米的比例不同"), **art(('width="210mm" height="297mm" viewBox="0 0 210 297"', 'viewBox="0 0 297 210"')))
case("artwork-of-no-size", (SVG, 1, "无法读取 SVG"), **art(('width="210mm" height="297mm" viewBox="0 0 210 297"', 'width="0" height="0"')))
case("artwork-draws-nothing", (SVG, "<svg", "图稿里没有可画的图形"), files={SVG: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 210 297">\n<g fill="none"><path d="M0 0h9"/></g>\n</svg>\n'})

# Everything at once: nothing hides anything else.
case("everything-at-once",
     (TOML, "titel", "是否“title”？"), (TOML, 1, "缺少 title"), (TOML, "artwork =", "没有文件 frame.svg"), (TOML, "Kai.ttf", "没有字体 Kai.ttf"), (TOML, "[accents]", "缺少 grand"), (TOML, "{holdr}", "没有字段“holdr”"),
     (TOML, "box = [30, 108, 250", "框超出页面"), (TOML, '[[text]]\nid = "chair"', "“chair”放不下"), (TOML, '[[text]]\nid = "secretary"', "“secretary”中的“🏆”没有字形"), (TOML, '[[text]]\nid = "issuer"', "“蓝海杯"), (TOML, "[qr]", "至少 29 毫米"),
     (TOML, 'font = "none"', "font 应为[fonts] 中的名称"), (TOML, 1, "缺少 [signature]"), (SVG, "<text", "不支持 <text>"),
     toml=[('title = "', 'titel = "'), ('["artwork.svg"]', '["artwork.svg", "frame.svg"]'), ("LXGWWenKai-Regular.ttf", "Kai.ttf"), ('grand = "#8f1d22"\n', ""), ('text = "{holder}"', 'text = "{holdr}"'), ("box = [30, 108, 150, 36]", "box = [30, 108, 250, 36]"),
           ("box = [30, 207, 70, 7]", "box = [30, 207, 30, 7]"), ("周砚秋", "周砚秋🏆"), ("box = [110, 240, 70, 7]", "box = [110, 240, 20, 7]"), ("box = [36, 222, 32, 32]", "box = [36, 222, 20, 20]"), ('colour = "#c8161d"\nfont = "bold"', 'colour = "#c8161d"\nfont = "none"'), ("[signature]\nbox = [124, 222, 42, 42]\n", "")],
     svg=[("</svg>", "<text>A</text></svg>")])

with open(OUT / "expected.toml", "w", encoding="utf-8") as f:
    f.write("# Made by tests/data/make_bad_templates.py: every problem of each template, each with its place and a part of its message.\n")
    for name, problems in CASES:
        f.write(f'\n[[template]]\nfolder = "{name}"\nproblems = [\n')
        for place, says in problems:
            f.write(f"  {{ at = '{place}', says = '{says}' }},\n")
        f.write("]\n")
print(f"{len(CASES)} templates in {OUT}")
