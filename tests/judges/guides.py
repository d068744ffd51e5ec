"""The guides in docs/help against the program's sources: each word in quotes is a word of its pages, each address one of its routes, each link leads somewhere."""

import re

from common import REPOSITORY

HELP = REPOSITORY / "docs" / "help"


def sources():
    web = [*(REPOSITORY / "src" / "web").rglob("*.html"), *(REPOSITORY / "src").rglob("*.rs")]
    return "\n".join(path.read_text(encoding="utf-8") for path in web)


def plain(text):
    """With straight quotes alone."""
    return re.sub(r"[“”]", '"', text.replace("’", "'"))


def anchor(heading):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def quoted(path, text):
    """The words in quotes; … stands for what differs from case to case."""
    found = re.findall(r'"([^"\n]+)"', text) if path.name.endswith(".en.md") else re.findall(r"“([^”\n]+)”", text)
    return {part.strip(" .,") for words in found for part in re.split("…+", words)} - {""}


def strange_links(path, text):
    for target in re.findall(r"\]\(([^)]+)\)", text):
        file, _, at = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists():
            yield f"{path.name}: {target}"
        elif at and at not in map(anchor, re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)):
            yield f"{path.name}: {target}"


def judge(checks):
    code = sources()
    words = plain(code)
    routes = set(re.findall(r'\b(?:get|post) "(/[^"]*)"', code))
    pages = sorted(HELP.glob("*.md"))
    names = {page.name for page in pages}
    checks.none([name for name in names if name != "README.md" and name.replace(".en.md", ".md") == name and name.replace(".md", ".en.md") not in names], "guides: each is there in both languages")
    seen = {page: page.read_text(encoding="utf-8") for page in pages}
    # The index quotes nothing.
    said = {(page.name, word) for page, text in seen.items() if page.name != "README.md" for word in quoted(page, text)}
    checks.check(len(said) > 300, "guides: there are words in quotes to look for", str(len(said)))
    checks.none([f"{name}: {word}" for name, word in sorted(said) if plain(word) not in words], f"guides: {len(said)} words in quotes are words of the pages")
    # `/s/` is the beginning of an address, `/notices/…` an example of one.
    paths = {(page.name, path) for page, text in seen.items() for path in re.findall(r"`(/[a-z][^`]*)`", text)}
    checks.none([f"{name}: {path}" for name, path in sorted(paths) if path not in routes and not path.startswith(("/s/", "/notices/"))], f"guides: {len(paths)} addresses are routes")
    checks.none([link for page, text in seen.items() for link in strange_links(page, text)], "guides: every link leads somewhere")
    checks.none([f"{page.name}: {len(text.splitlines())}" for page, text in seen.items() if len(text.splitlines()) > 120], "guides: none is longer than 120 lines")
