"""Microtext: a line of type as path data, for `engrave.py`.

The outlines come from one of the faces under `fonts/`, on a grid of so many steps an em that a step is a few micrometres on
the page. Needs fontTools (`pip install fonttools`).
"""

import math
from dataclasses import dataclass
from pathlib import Path

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "fonts"
STEPS = 100  # of an em


STRAY = 0.55  # how far the outline may lie from the face's, in steps


class Outline(BasePen):
    """Writes a glyph as relative SVG path data in whole steps, y downwards. At this size a curve is a few straight lines."""

    def __init__(self, glyphs, scale: float, left: float, here: tuple[int, int]) -> None:
        super().__init__(glyphs)
        self.scale, self.left, self.here = scale, left, here
        self.points: list[tuple[float, float]] = []
        self.data: list[str] = []

    def place(self, point) -> tuple[float, float]:
        return self.left + point[0] * self.scale, -point[1] * self.scale

    def _moveTo(self, pt) -> None:
        self.points = [self.place(pt)]

    def _lineTo(self, pt) -> None:
        self.points.append(self.place(pt))

    def _qCurveToOne(self, pt1, pt2) -> None:
        (ax, ay), (bx, by), (cx, cy) = self.points[-1], self.place(pt1), self.place(pt2)
        for i in range(1, 9):
            t = i / 8
            u = 1 - t
            self.points.append((u * u * ax + 2 * u * t * bx + t * t * cx, u * u * ay + 2 * u * t * by + t * t * cy))

    def _closePath(self) -> None:
        ring = [(round(x), round(y)) for x, y in thinned(self.points + self.points[:1])][:-1]
        ring = [p for i, p in enumerate(ring) if p != ring[i - 1]]
        if len(ring) > 2:
            for i, (x, y) in enumerate(ring):
                dx, dy = x - self.here[0], y - self.here[1]
                # Pairs after a move are lines: no letter is needed.
                self.data.append(("m" if i == 0 else "" if dx < 0 else " ") + f"{dx}" + ("" if dy < 0 else " ") + f"{dy}")
                self.here = (x, y)
            self.data.append("z")
            self.here = ring[0]


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The fewest of the points between which none strays (Douglas and Peucker)."""
    if len(points) < 3:
        return points
    (x0, y0), (x1, y1) = points[0], points[-1]
    dx, dy = x1 - x0, y1 - y0
    length = math.hypot(dx, dy)

    def stray(p: tuple[float, float]) -> float:
        if length == 0:
            return math.dist(p, (x0, y0))
        return abs((p[0] - x0) * dy - (p[1] - y0) * dx) / length

    far, at = max((stray(p), i) for i, p in enumerate(points[1:-1], 1))
    if far <= STRAY:
        return [points[0], points[-1]]
    return thinned(points[: at + 1])[:-1] + thinned(points[at:])


@dataclass(frozen=True)
class Line:
    """A line of type on the baseline, and its length in steps."""

    data: str
    length: float


def line(face: str, text: str, tracking: float = 0.0) -> Line:
    """The outlines of `text` in a face of `fonts/`; `tracking` is in ems."""
    font = TTFont(FONTS / face, lazy=True)
    glyphs, names, advances = font.getGlyphSet(), font.getBestCmap(), font["hmtx"]
    scale = STEPS / font["head"].unitsPerEm
    x, here, data = 0.0, (0, 0), []
    for character in text:
        name = names[ord(character)]
        pen = Outline(glyphs, scale, x, here)
        glyphs[name].draw(pen)
        here = pen.here
        data += pen.data
        x += advances[name][0] * scale + tracking * STEPS
    return Line("".join(data), x)
