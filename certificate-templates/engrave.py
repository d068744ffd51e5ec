#!/usr/bin/env python3
"""Engraves the artwork of the certificate templates: award/artwork.svg and ability/artwork.svg.

    python3 certificate-templates/engrave.py            # writes both files beside this script
    python3 certificate-templates/engrave.py --sizes    # and prints what they weigh

Needs fontTools (`pip install fonttools`) for the outlines of the microtext.

The artwork is guilloche work, the fine engraved line of banknotes and diplomas: families of superposed sine curves
along a frame, and roses r = a + b·cos(p/q·angle) for the medallions. Each curve is fitted with as few cubic Béziers as
hold it within a hundredth of a millimetre or so, because every issued certificate carries the whole of it.

What repeats (a wave of the border, a sector of a rosette) is drawn once and then placed again and again by a matrix with
the very same path data: a compressor folds the copies into nothing, in the SVG as in the PDF that is made of it.

Along the inner frame runs a line of microtext, type 0.6 mm high that the eye takes for a hairline: a copier loses it.

Only paths with one solid fill or stroke come out: no gradient, filter, clip, text or picture, so that any converter and
any printer gives the same lines. The same script gives the same bytes. Lengths are PostScript points (1/72 inch), y runs
down the page, angles are radians.
"""

import math
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import microtext

Point = tuple[float, float]
Curve = Callable[[float], Point]
Cubic = tuple[Point, Point, Point, Point]

MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
TAU = 2 * math.pi


# --- What one may want to change ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Inks:
    """The colours of one certificate, from the paper up to the accent."""

    paper: str  # the whole page; so light that a printer may leave it out
    ground: str  # under the engraved border
    mist: str  # the rosette behind the text
    net: str  # the border's fine net
    line: str  # the border's main line
    rule: str  # the rules that hold the border, and small ornaments
    deep: str  # the border's darkest strand and the medallion
    accent: str  # sparse: the seal mark and the hearts of the corners
    plaque: str  # the dark ground of the frame around the QR code
    gleam: str  # the fine lines on it


AWARD_INKS = Inks(
    paper="#fffdf7", ground="#fcf5e3", mist="#f6eedb", net="#d9c48c", line="#b08d3c", rule="#b08d3c", deep="#8f6d22", accent="#a92b1d", plaque="#43150f", gleam="#b08d3c"
)
ABILITY_INKS = Inks(
    paper="#fbfdfd", ground="#edf5f6", mist="#e5f0f2", net="#9cc3ca", line="#2f7686", rule="#b08d3c", deep="#14495c", accent="#b08d3c", plaque="#0a2d3a", gleam="#5f9aa8"
)


@dataclass(frozen=True)
class Border:
    """The engraved frame. The centre line of its band runs `inset` from the page's edge."""

    inset: float
    band: float  # the width of the band between its two rules
    period: float  # about how long one wave is; made to fit each side a whole number of times
    corner: float  # radius of the corner rosettes


AWARD_BORDER = Border(inset=36, band=26, period=43, corner=22)
ABILITY_BORDER = Border(inset=36, band=26, period=40, corner=22)

# The inner frame: two rules so far inside the band, the microtext between them, and the radius of its hollow corners.
RULES = (5.6, 9.4)
HOLLOW = 15
# The height of an em of the microtext, and its face.
MICRO = 0.66 * MM
MICRO_FACE = "LXGWWenKai-Regular.ttf"

# Boxes that `template.toml` names as well, in millimetres: left, top, width, height.
AWARD_QR = (51.75, 144.5, 32.0, 32.0)
ABILITY_QR = (43.75, 222.0, 32.0, 32.0)
ABILITY_PORTRAIT = (39.5, 71.5, 25.0, 35.0)

# The dark frame around the QR code: its width, about how long one of its waves is, and the radius of its corner rosettes.
# zbar takes for dark what is darker than the mean of 43 mm around it. On a white page that mean is so light that single light
# modules of a small picture count as dark; this frame brings it down. Lighter than grey 70 on the whole, or narrower than
# 5.5 mm, and some are not read at 75 dpi.
PLAQUE = Border(inset=0, band=5.75 * MM, period=15.4, corner=10.9)

FINE, HAIR, THIN, FIRM = 0.3, 0.4, 0.5, 0.9  # stroke widths
TOLERANCE = 0.04  # how far a fitted curve may lie from the true one; the eye resolves about 0.1 pt on paper


# --- Fitting --------------------------------------------------------------------------------------------------------


def unit(x: float, y: float) -> Point:
    length = math.hypot(x, y)
    return x / length, y / length


def plus(a: Point, b: Point) -> Point:
    return a[0] + b[0], a[1] + b[1]


def minus(a: Point, b: Point) -> Point:
    return a[0] - b[0], a[1] - b[1]


def turned(p: Point, angle: float) -> Point:
    """Turned clockwise on the page about the origin."""
    c, s = math.cos(angle), math.sin(angle)
    return p[0] * c - p[1] * s, p[0] * s + p[1] * c


def tangent(curve: Curve, t: float, step: float) -> Point:
    (x0, y0), (x1, y1) = curve(t - step), curve(t + step)
    return unit(x1 - x0, y1 - y0)


def bezier(c: Cubic, u: float) -> Point:
    v = 1 - u
    w = (v * v * v, 3 * v * v * u, 3 * v * u * u, u * u * u)
    return sum(k * p[0] for k, p in zip(w, c)), sum(k * p[1] for k, p in zip(w, c))


def arms(samples: list[Point], at: list[float], ends: tuple[Point, Point], ways: tuple[Point, Point]) -> Cubic:
    """The cubic between `ends` that leaves along `ways` and lies nearest to the samples, by least squares."""
    (p, q), (d, e) = ends, ways
    a11 = a12 = a22 = b1 = b2 = 0.0
    for (x, y), u in zip(samples, at):
        v = 1 - u
        f, g = 3 * v * v * u, 3 * v * u * u
        near, far = v * v * v + f, u * u * u + g
        rx, ry = x - near * p[0] - far * q[0], y - near * p[1] - far * q[1]
        a11 += f * f
        a12 += f * g * (d[0] * e[0] + d[1] * e[1])
        a22 += g * g
        b1 += f * (d[0] * rx + d[1] * ry)
        b2 += g * (e[0] * rx + e[1] * ry)
    det = a11 * a22 - a12 * a12
    m, n = (b1 * a22 - b2 * a12) / det, (a11 * b2 - a12 * b1) / det
    return p, (p[0] + m * d[0], p[1] + m * d[1]), (q[0] + n * e[0], q[1] + n * e[1]), q


def closest(c: Cubic, point: Point, u: float) -> float:
    """One Newton step from `u` towards the parameter whose point on the cubic is nearest to `point`."""
    v = 1 - u
    x, y = bezier(c, u)
    e = [(c[i + 1][0] - c[i][0], c[i + 1][1] - c[i][1]) for i in range(3)]
    f = [(e[i + 1][0] - e[i][0], e[i + 1][1] - e[i][1]) for i in range(2)]
    dx, dy = (3 * (v * v * e[0][k] + 2 * v * u * e[1][k] + u * u * e[2][k]) for k in (0, 1))
    ddx, ddy = (6 * (v * f[0][k] + u * f[1][k]) for k in (0, 1))
    slope = dx * dx + dy * dy + (x - point[0]) * ddx + (y - point[1]) * ddy
    if abs(slope) < 1e-9:
        return u
    return min(1.0, max(0.0, u - ((x - point[0]) * dx + (y - point[1]) * dy) / slope))


def fit_piece(curve: Curve, t0: float, t1: float) -> tuple[Cubic, float]:
    """One cubic for the curve between two parameters, and how far it strays."""
    count = 16
    samples = [curve(t0 + (t1 - t0) * i / count) for i in range(count + 1)]
    along = [0.0]
    for a, b in zip(samples, samples[1:]):
        along.append(along[-1] + math.dist(a, b))
    at = [s / along[-1] for s in along]
    step = (t1 - t0) * 1e-4
    d, e = tangent(curve, t0, step), tangent(curve, t1, step)
    ends, ways = (samples[0], samples[-1]), (d, (-e[0], -e[1]))
    cubic = arms(samples, at, ends, ways)
    for _ in range(6):
        at = [closest(cubic, s, u) for s, u in zip(samples, at)]
        cubic = arms(samples, at, ends, ways)
    return cubic, max(math.dist(bezier(cubic, u), s) for s, u in zip(samples, at))


def fit(curve: Curve, t0: float, t1: float, parts: int, tolerance: float = TOLERANCE) -> list[Cubic]:
    """Cubics for the curve, cut evenly into the least multiple of `parts` that keeps within the tolerance."""
    for n in range(parts, parts * 40, parts):
        cuts = [t0 + (t1 - t0) * i / n for i in range(n + 1)]
        pieces = [fit_piece(curve, a, b) for a, b in zip(cuts, cuts[1:])]
        if max(stray for _, stray in pieces) <= tolerance:
            return [cubic for cubic, _ in pieces]
    raise ValueError("the curve is too wild to fit")


# --- The drawing ----------------------------------------------------------------------------------------------------


def number(steps: int, places: int) -> str:
    """So many steps of the last decimal place, as short as SVG allows: `-.5` for -0.50."""
    text = f"{steps / 10**places:.{places}f}".rstrip("0").rstrip(".") if places else str(steps)
    text = text.replace("-0.", "-.", 1) if text.startswith("-0.") else text.removeprefix("0") if text.startswith("0.") else text
    return "0" if text in ("", "-0", "-") else text


def numbers(values: list[int], places: int) -> str:
    """A minus sign parts two numbers as well as a space does."""
    out = ""
    for text in (number(v, places) for v in values):
        out += text if not out or text.startswith("-") else " " + text
    return out


@dataclass
class Pen:
    """Path data with relative commands. Rounding happens on the absolute place, so that it never adds up."""

    places: int = 2

    def __post_init__(self) -> None:
        self.data: list[str] = []
        self.here = self.start = (0, 0)

    def grid(self, p: Point) -> tuple[int, int]:
        return round(p[0] * 10**self.places), round(p[1] * 10**self.places)

    def command(self, letter: str, *points: Point) -> None:
        places = [self.grid(p) for p in points]
        self.data.append(letter + numbers([v for x, y in places for v in (x - self.here[0], y - self.here[1])], self.places))
        self.here = places[-1]

    def move(self, p: Point) -> None:
        self.command("m", p)
        self.start = self.here

    def line(self, *points: Point) -> None:
        for p in points:
            if self.grid(p) != self.here:
                self.command("l", p)

    def cubics(self, pieces: list[Cubic], joined: bool = False) -> None:
        """An unbroken run of cubics; `joined` goes on from the place where the pen is."""
        if joined:
            self.line(pieces[0][0])
        else:
            self.move(pieces[0][0])
        for _, b, c, d in pieces:
            self.command("c", b, c, d)

    def close(self) -> None:
        self.data.append("z")
        self.here = self.start


Matrix = tuple[float, float, float, float, float, float]


def moved(to: Point) -> Matrix:
    return 1, 0, 0, 1, to[0], to[1]


def fan(centre: Point, count: int) -> list[Matrix]:
    """The places of the sectors of a rosette."""
    angles = [TAU * i / count for i in range(count)]
    return [(math.cos(a), math.sin(a), -math.sin(a), math.cos(a), *centre) for a in angles]


def written(matrix: Matrix) -> str:
    return "matrix(" + numbers([round(v * 100000) for v in matrix], 5) + ")"


class Plate:
    """One page of artwork: layers of ink in the order in which they are printed."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.layers: list[str] = []

    def ink(self, paint: str, pen: Pen, places: list[Matrix] | None) -> None:
        data = "".join(pen.data)
        if places is None:
            self.layers.append(f'<path {paint} d="{data}"/>')
        else:
            copies = [f'<path transform="{written(m)}" d="{data}"/>' for m in places]
            self.layers.append("\n".join([f"<g {paint}>", *copies, "</g>"]))

    def letters(self, ink: str, data: str, places: list[Matrix]) -> None:
        """Fills type at each of the places."""
        copies = [f'<path transform="{written(m)}" d="{data}"/>' for m in places]
        self.layers.append("\n".join([f'<g fill="{ink}">', *copies, "</g>"]))

    def fill(self, ink: str, pen: Pen, places: list[Matrix] | None = None) -> None:
        """Fills what the pen drew, where it stands or, given places, once at each of them."""
        self.ink(f'fill="{ink}"', pen, places)

    def stroke(self, ink: str, width: float, pen: Pen, places: list[Matrix] | None = None) -> None:
        """Draws the line. Round ends let the copies of a pattern run into one another without a seam."""
        self.ink(f'fill="none" stroke="{ink}" stroke-width="{width:g}" stroke-linecap="round"', pen, places)

    def svg(self) -> str:
        w, h = (f"{v:.3f}".rstrip("0").rstrip(".") for v in (self.width, self.height))
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">'
        return "\n".join([head, *self.layers, "</svg>", ""])


# --- Figures --------------------------------------------------------------------------------------------------------


def rectangle(pen: Pen, x0: float, y0: float, x1: float, y1: float) -> None:
    pen.move((x0, y0))
    pen.line((x1, y0), (x1, y1), (x0, y1))
    pen.close()


def circle(pen: Pen, centre: Point, radius: float) -> None:
    pen.cubics(fit(lambda t: (centre[0] + radius * math.sin(t), centre[1] - radius * math.cos(t)), 0, TAU, 4))
    pen.close()


def wave(inner: float, outer: float, lobes: int, reach: int, bend: float = 0.0) -> list[Cubic]:
    """One wave, crest to crest, of the rose that swings between two radii about the origin `lobes` times.

    It reaches over `reach` of the `lobes` parts of the circle; all of them together make the rose
    r = a + b·cos(lobes/reach·angle). `bend` makes its outer crests broader (above zero) or sharper (below).
    """

    def at(t: float) -> Point:
        swing = math.cos(lobes / reach * t)
        r = (inner + outer) / 2 + (outer - inner) / 2 * (swing + bend * (1 - swing * swing))
        return r * math.sin(t), -r * math.cos(t)

    return fit(at, 0, TAU * reach / lobes, 2)


def petals(pen: Pen, centre: Point, inner: float, outer: float, count: int, width: float, turn: float = 0.0) -> None:
    """Pointed petals around a centre; `width` is the half width of a petal, in radians."""
    for i in range(count):
        a = turn + TAU * i / count

        def spot(r: float, b: float) -> Point:
            return centre[0] + r * math.sin(b), centre[1] - r * math.cos(b)

        root, tip, belly = spot(inner, a), spot(outer, a), inner + (outer - inner) * 0.45
        left, right = spot(belly, a - width), spot(belly, a + width)
        near = inner + (outer - inner) * 0.8
        l2, r2 = spot(near, a - width * 0.55), spot(near, a + width * 0.55)
        pen.cubics([(root, left, l2, tip), (tip, r2, right, root)])
        pen.close()


def dot(pen: Pen, centre: Point, radius: float) -> None:
    circle(pen, centre, radius)


def diamond(pen: Pen, centre: Point, rx: float, ry: float) -> None:
    x, y = centre
    pen.move((x, y - ry))
    pen.line((x + rx, y), (x, y + ry), (x - rx, y))
    pen.close()


# --- The border -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """One side of the frame: from corner to corner, clockwise, with the way along it and the way inwards."""

    start: Point
    along: Point
    inwards: Point
    length: float


def sides(plate: Plate, inset: float) -> list[Side]:
    return sides_of(inset, inset, plate.width - inset, plate.height - inset)


def sides_of(x0: float, y0: float, x1: float, y1: float) -> list[Side]:
    wide, high = x1 - x0, y1 - y0
    return [
        Side((x0, y0), (1, 0), (0, 1), wide),
        Side((x1, y0), (0, 1), (-1, 0), high),
        Side((x1, y1), (-1, 0), (0, -1), wide),
        Side((x0, y1), (0, -1), (1, 0), high),
    ]


@dataclass(frozen=True)
class Strand:
    """A line along the border: `lift` from its middle, and sine waves (amplitude, waves in one period, phase)."""

    waves: tuple[tuple[float, float, float], ...]
    lift: float = 0.0

    def height(self, angle: float) -> float:
        return self.lift + sum(a * math.sin(m * angle + p) for a, m, p in self.waves)


def phases(count: int, amplitude: float, multiple: int = 1, lift: float = 0.0) -> list[Strand]:
    """A net: the same wave, shifted evenly."""
    return [Strand(((amplitude, multiple, TAU * (i + 0.5) / count),), lift) for i in range(count)]


def edges(count: int, amplitude: float, multiple: int, lift: float) -> list[Strand]:
    """A narrow chain along both edges of the band."""
    return [strand for side in (lift, -lift) for strand in phases(count, amplitude, multiple, side)]


def weave(plate: Plate, around: list[Side], period: float, layers: list[tuple[str, float, list[Strand]]]) -> None:
    """Runs strands along the sides: one period of each, placed whole times between the corners' centres.

    The period is stretched by a hair to fit the side. Its first and last ends lie under the corner rosettes.
    """
    places: list[Matrix] = []
    for side in around:
        count = round(side.length / period)
        step = side.length / count
        stretch = step / period
        (x, y), (ax, ay), inwards = side.start, side.along, side.inwards
        places += [(ax * stretch, ay * stretch, *inwards, x + i * step * ax, y + i * step * ay) for i in range(count)]
    for ink, width, strands in layers:
        pen = Pen()
        for strand in strands:
            parts = 2 * max(multiple for _, multiple, _ in strand.waves)
            pen.cubics(fit(lambda s: (s, strand.height(TAU * s / period)), 0, period, parts))
        plate.stroke(ink, width, pen, places)


def band(plate: Plate, border: Border, inks: Inks) -> None:
    """The tinted ground of the border, between its rules."""
    half = border.band / 2
    pen = Pen()
    rectangle(pen, *(border.inset - half,) * 2, plate.width - border.inset + half, plate.height - border.inset + half)
    x0, y0, x1, y1 = (border.inset + half,) * 2 + (plate.width - border.inset - half, plate.height - border.inset - half)
    pen.move((x0, y0))  # the other way round: a hole by either fill rule
    pen.line((x0, y1), (x1, y1), (x1, y0))
    pen.close()
    plate.fill(inks.ground, pen)


def frame(plate: Plate, ink: str, width: float, inset: float) -> None:
    pen = Pen()
    rectangle(pen, inset, inset, plate.width - inset, plate.height - inset)
    plate.stroke(ink, width, pen)


def arc(centre: Point, radius: float, start: float, end: float) -> list[Cubic]:

    def at(t: float) -> Point:
        return centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)

    return fit(at, start, end, max(1, math.ceil(abs(end - start) / (math.pi / 2) - 1e-9)))


def notched(plate: Plate, ink: str, width: float, inset: float, centre: float, corner: float, crown: tuple[Point, float] | None) -> None:
    """A rule that steps back in an arc around each corner rosette, and around the medallion in the top side."""
    pen = Pen()
    gap = inset - centre
    lean = math.asin(gap / corner)
    w, h = plate.width, plate.height
    corners = [(w - centre, centre), (w - centre, h - centre), (centre, h - centre), (centre, centre)]
    runs = [arc(c, corner, math.pi - lean + i * math.pi / 2, math.pi / 2 + lean + i * math.pi / 2) for i, c in enumerate(corners)]
    if crown:
        (x, y), radius = crown
        dip = math.asin((inset - y) / radius)
        runs.append(arc((x, y), radius, math.pi - dip, dip))
    pen.move(runs[-1][-1][3])
    for run in runs:
        pen.cubics(run, joined=True)
    pen.close()
    plate.stroke(ink, width, pen)


# --- Rosettes and ornaments -----------------------------------------------------------------------------------------


def rings(pen: Pen, *radii: float) -> None:
    for radius in radii:
        circle(pen, (0, 0), radius)


def ring(plate: Plate, ink: str, width: float, places: list[Matrix], *radii: float) -> None:
    pen = Pen()
    rings(pen, *radii)
    plate.stroke(ink, width, pen, places)


def disc(plate: Plate, ink: str, places: list[Matrix], radius: float) -> None:
    pen = Pen()
    rings(pen, radius)
    plate.fill(ink, pen, places)


def lace(plate: Plate, ink: str, width: float, centre: Point, fold: int, *roses: tuple) -> None:
    """Roses about one centre, each (inner radius, outer radius, lobes, reach, and perhaps bend); see `wave`.

    `fold` sectors make the whole; it divides the number of lobes of each rose.
    """
    pen = Pen()
    for spec in roses:
        lobes, cubics = spec[2], wave(*spec)
        if lobes % fold:
            raise ValueError(f"{lobes} lobes cannot be put together from {fold} equal sectors")
        for i in range(lobes // fold):
            pen.cubics([tuple(turned(p, TAU * i / lobes) for p in piece) for piece in cubics])
    plate.stroke(ink, width, pen, fan(centre, fold))


def corner_rosettes(plate: Plate, border: Border, inks: Inks) -> None:
    radius = border.corner
    places = [moved(side.start) for side in sides(plate, border.inset)]
    disc(plate, inks.paper, places, radius)
    disc(plate, inks.ground, places, radius - 1.7)
    for side in sides(plate, border.inset):
        lace(plate, inks.line, FINE, side.start, 12, (radius * 0.66, radius - 2.4, 36, 5), (radius * 0.69, radius - 3.2, 36, 5))
        lace(plate, inks.deep, FINE, side.start, 12, (radius * 0.2, radius * 0.63, 24, 7), (radius * 0.26, radius * 0.57, 24, 7))
    ring(plate, inks.rule, FIRM, places, radius)
    ring(plate, inks.rule, FINE, places, radius - 1.7, radius * 0.645)
    disc(plate, inks.paper, places, radius * 0.22)
    heart = Pen()
    petals(heart, (0, 0), 0.6, radius * 0.25, 8, 0.3)
    plate.fill(inks.accent, heart, places)


def leaf(pen: Pen, root: Point, way: float, length: float, width: float) -> None:
    """A laurel leaf that grows from `root` along the angle `way`."""

    def spot(s: float, n: float) -> Point:
        return plus(root, turned((s, n), way))

    tip = spot(length, 0)
    pen.cubics(
        [
            (root, spot(length * 0.2, width), spot(length * 0.72, width * 0.85), tip),
            (tip, spot(length * 0.72, -width * 0.85), spot(length * 0.2, -width), root),
        ]
    )
    pen.close()


def laurel(plate: Plate, ink: str, centre: Point, radius: float, pairs: int) -> None:
    """Two branches that rise from the foot of a circle and leave its top open."""
    leaves, stems = Pen(), Pen()
    for side in (1, -1):

        def spot(a: float) -> Point:
            return centre[0] + side * radius * math.sin(a), centre[1] + radius * math.cos(a)

        foot, top = -0.12, 2.45
        stems.cubics(fit(spot, foot, top - 0.15, 1))
        for i in range(pairs):
            a = 0.22 + (top - 0.4) * i / (pairs - 1)
            along = math.atan2(-math.sin(a), side * math.cos(a))
            size = radius * (0.33 - 0.07 * i / (pairs - 1))
            leaf(leaves, spot(a), along + side * 0.55, size, size * 0.2)
            leaf(leaves, spot(a), along - side * 0.55, size, size * 0.2)
        leaf(leaves, spot(top - 0.2), math.atan2(-math.sin(top), side * math.cos(top)), radius * 0.27, radius * 0.055)
    plate.stroke(ink, THIN, stems)
    plate.fill(ink, leaves)


def seal_mark(plate: Plate, ink: str, paper: str, centre: Point, size: float) -> None:
    """The mark of a seal: a square of ink with a key-fret cut into it, the old pattern of bronzes and seals."""
    x, y = centre
    half, bevel = size / 2, size * 0.12
    pen = Pen()
    pen.move((x - half + bevel, y - half))
    for i in range(4):
        knee = [(half - bevel, -half), (half - bevel * 0.4, -half), (half, -half + bevel * 0.4), (half, -half + bevel)]
        pen.cubics([tuple(plus(centre, turned(p, i * math.pi / 2)) for p in knee)], joined=True)
    pen.close()
    plate.fill(ink, pen)
    u = size / 11
    fret = Pen()
    rectangle(fret, x - 4.5 * u, y - 4.5 * u, x + 4.5 * u, y + 4.5 * u)
    for s in (1, -1):  # two spirals that meet in the middle
        spiral = [(0, 0), (0, -2.9), (2.9, -2.9), (2.9, 0.0), (1.45, 0.0), (1.45, -1.45)]
        fret.move((x + s * spiral[0][0] * u, y + s * spiral[0][1] * u))
        fret.line(*((x + s * px * u, y + s * py * u) for px, py in spiral[1:]))
        hook = [(-2.9, -2.9), (-1.45, -2.9), (-1.45, -1.45), (-2.9, -1.45), (-2.9, -2.9)]
        fret.move((x + s * hook[0][0] * u, y + s * hook[0][1] * u))
        fret.line(*((x + s * px * u, y + s * py * u) for px, py in hook[1:]))
    plate.stroke(paper, u * 0.62, fret)


def medallion(plate: Plate, centre: Point, radius: float, inks: Inks) -> None:
    """The emblem in the middle of the top side: a seal in laurel within a ring of lace."""
    place = [moved(centre)]
    disc(plate, inks.paper, place, radius + 2.6)
    disc(plate, inks.ground, place, radius)
    inner, outer = radius * 0.75, radius - 1.4
    lace(plate, inks.line, FINE, centre, 24, (inner, outer, 48, 7), (inner + 0.9, outer - 0.9, 48, 7))
    ring(plate, inks.rule, FIRM, place, radius + 0.4)
    ring(plate, inks.rule, FINE, place, radius + 2.6, radius * 0.73)
    disc(plate, inks.paper, place, radius * 0.71)
    ring(plate, inks.rule, THIN, place, radius * 0.71)
    laurel(plate, inks.deep, (centre[0], centre[1] - radius * 0.02), radius * 0.5, 8)
    seal_mark(plate, inks.accent, inks.paper, (centre[0], centre[1] - radius * 0.04), radius * 0.5)


def watermark(plate: Plate, ink: str, centre: Point, radius: float) -> None:
    """The pale rosette behind the text. Its lines keep apart, so that neither screen nor printer makes moiré."""
    r = radius
    outer = [(r * (0.8 + d), r * (1 - d), 48, 7) for d in (0, 0.02)]
    middle = [(r * (0.46 + d), r * (0.79 - d), 24, 5) for d in (0, 0.03)]
    inner = [(r * (0.13 + d), r * (0.45 - d), 24, 7) for d in (0, 0.03)]
    lace(plate, ink, HAIR, centre, 24, *outer, *middle, *inner)
    lace(plate, ink, HAIR, centre, 12, (r * 0.02, r * 0.12, 12, 5))


def spindle(plate: Plate, ink: str, accent: str, middle: Point, length: float, height: float) -> None:
    """An engraved spindle: waves that swell and die away between two points, with a diamond at its heart."""
    x, y = middle
    pen = Pen()
    for k in (1, 0.62, 0.24, -0.24, -0.62, -1):

        def at(t: float) -> Point:
            return x + length / 2 * t, y + k * height * math.cos(1.5 * math.pi * t) * math.cos(math.pi / 2 * t) ** 2

        pen.cubics(fit(at, -1, 1, 4))
    plate.stroke(ink, HAIR, pen)
    heart, tips = Pen(), Pen()
    diamond(heart, middle, 2.6, 2.6)
    plate.fill(accent, heart)
    for s in (-1, 1):
        dot(tips, (x + s * (length / 2 + 2.5), y), 0.9)
    plate.fill(ink, tips)


def taper(plate: Plate, ink: str, start: Point, end: Point, thick: float) -> None:
    """A line that is `thick` at its start and dies to a point."""
    (x0, y), (x1, _) = start, end
    pen = Pen()
    pen.move((x0, y - thick / 2))
    pen.line((x1, y), (x0, y + thick / 2))
    pen.close()
    plate.fill(ink, pen)


def swelling_rule(plate: Plate, ink: str, middle: Point, length: float, thick: float) -> None:
    """The printer's swelled rule: thick in the middle, fine at both ends."""
    x, y = middle
    pen = Pen()
    a, b = (x - length / 2, y), (x + length / 2, y)
    pen.cubics([(a, (x - length / 6, y - thick * 0.67), (x + length / 6, y - thick * 0.67), b)])
    pen.cubics([(b, (x + length / 6, y + thick * 0.67), (x - length / 6, y + thick * 0.67), a)], joined=True)
    pen.close()
    plate.fill(ink, pen)


# --- The two certificates -------------------------------------------------------------------------------------------


def surround(plate: Plate, border: Border, inks: Inks, crown: float, micro: str, layers: list[tuple[str, float, list[Strand]]]) -> None:
    """Paper, border, inner frame with its microtext, corner rosettes and the medallion of radius `crown` on the top side."""
    page = Pen()
    rectangle(page, 0, 0, plate.width, plate.height)
    plate.fill(inks.paper, page)
    band(plate, border, inks)
    weave(plate, sides(plate, border.inset), border.period, layers)
    half = border.band / 2
    frame(plate, inks.rule, FIRM, border.inset - half)
    frame(plate, inks.rule, FIRM, border.inset + half)
    middle = (plate.width / 2, border.inset + 3)
    outer, inner = (border.inset + half + gap for gap in RULES)
    for inset, width in ((outer, THIN), (inner, HAIR)):
        notched(plate, inks.rule, width, inset, outer, HOLLOW + inset - outer, (middle, crown + 2.6 + inset - border.inset - half))
    whisper(plate, border, inks.line, micro, (outer, inner), middle[0] - crown - RULES[1])
    corner_rosettes(plate, border, inks)
    corner_blossoms(plate, inks, outer)
    medallion(plate, middle, crown, inks)


def whisper(plate: Plate, border: Border, ink: str, text: str, rules: tuple[float, float], crown: float) -> None:
    """The microtext between the two rules: upright along the top, where it stops before the crown, and the bottom; up the sides."""
    type_line = microtext.line(MICRO_FACE, text)
    outer, inner = rules
    scale = MICRO / microtext.STEPS
    # An ideograph's ink lies from -0.1 to 0.85 of the em: its middle goes to the middle between the rules.
    drop = (outer + inner) / 2 + 0.36 * MICRO
    start = outer + HOLLOW + 5
    w, h = plate.width, plate.height
    runs = [
        ((start, drop), (1, 0), crown - start - 7),
        ((w - crown + 7, drop), (1, 0), crown - start - 7),
        ((start, h - (outer + inner) / 2 + 0.36 * MICRO), (1, 0), w - 2 * start),
        ((drop, h - start), (0, -1), h - 2 * start),
        ((w - drop, start), (0, 1), h - 2 * start),
    ]
    places: list[Matrix] = []
    for (x, y), (ax, ay), length in runs:
        count = round(length / (type_line.length * scale))
        step = length / count
        stretch = step / type_line.length
        places += [(ax * stretch, ay * stretch, -ay * scale, ax * scale, x + i * step * ax, y + i * step * ay) for i in range(count)]
    plate.letters(ink, type_line.data, places)


def corner_blossoms(plate: Plate, inks: Inks, inset: float) -> None:
    """A small blossom in each hollow corner of the inner frame."""
    at = inset + HOLLOW * 0.26
    w, h = plate.width, plate.height
    places = [moved(p) for p in ((at, at), (w - at, at), (w - at, h - at), (at, h - at))]
    pen, heart = Pen(), Pen()
    petals(pen, (0, 0), 1.3, 4.6, 4, 0.42)
    petals(pen, (0, 0), 1.3, 3.1, 4, 0.3, math.pi / 4)
    dot(heart, (0, 0), 0.8)
    plate.fill(inks.rule, pen, places)
    plate.fill(inks.accent, heart, places)


def ornament(plate: Plate, inks: Inks, middle: Point, *ways: int) -> None:
    """The ornament of the heading: a spindle, and a line that runs out from it to the left (-1), the right (1) or both."""
    x, y = middle
    spindle(plate, inks.line, inks.accent, middle, 84, 6.5)
    for way in ways:
        taper(plate, inks.rule, (x + way * 48, y), (x + way * 104, y), 0.9)


def panel(plate: Plate, inks: Inks, left: float, top: float, width: float, height: float) -> None:
    """White ground within a double rule, for a picture: the box in millimetres; the rules run outside it."""
    x0, y0, x1, y1 = left * MM, top * MM, (left + width) * MM, (top + height) * MM
    ground, inner, outer = Pen(), Pen(), Pen()
    for pen, gap in ((ground, 4.2), (inner, 1.4), (outer, 4.2)):
        rectangle(pen, x0 - gap, y0 - gap, x1 + gap, y1 + gap)
    plate.fill("#ffffff", ground)
    plate.stroke(inks.line, HAIR, inner)
    plate.stroke(inks.rule, FIRM, outer)


def octagon(pen: Pen, x0: float, y0: float, x1: float, y1: float, cut: float) -> Pen:
    """A rectangle without its corners."""
    pen.move((x0 + cut, y0))
    pen.line((x1 - cut, y0), (x1, y0 + cut), (x1, y1 - cut), (x1 - cut, y1), (x0 + cut, y1), (x0, y1 - cut), (x0, y0 + cut))
    pen.close()
    return pen


def plaque(plate: Plate, inks: Inks, box: tuple[float, float, float, float], strands: list[Strand]) -> None:
    """White ground within a dark engraved frame, for the QR code: the page's border in small and the other way round, light on dark.

    The box is in millimetres and stays white; the frame lies outside it.
    """
    left, top, width, height = box
    x0, y0, x1, y1 = left * MM, top * MM, (left + width) * MM, (top + height) * MM
    half = PLAQUE.band / 2

    def square(pen: Pen, gap: float) -> Pen:
        # The corners end under the rosettes, which are too small to cover them: they keep out of the white.
        return octagon(pen, x0 - gap, y0 - gap, x1 + gap, y1 + gap, half if gap > half else 0)

    plate.fill(inks.plaque, square(Pen(), PLAQUE.band))
    around = sides_of(x0 - half, y0 - half, x1 + half, y1 + half)
    weave(plate, around, PLAQUE.period, [(inks.gleam, FINE, strands)])
    plate.fill("#ffffff", square(Pen(), 0))
    plate.stroke(inks.gleam, FINE, square(square(Pen(), 1.5), PLAQUE.band - 1.5))
    plate.stroke(inks.rule, THIN, square(square(Pen(), 0.25), PLAQUE.band - 0.25))
    places, radius = [moved(side.start) for side in around], PLAQUE.corner
    disc(plate, inks.rule, places, radius)
    disc(plate, inks.plaque, places, radius - 0.5)
    for side in around:
        lace(plate, inks.gleam, FINE, side.start, 12, (radius * 0.62, radius - 1.7, 24, 5))
        lace(plate, inks.gleam, FINE, side.start, 12, (radius * 0.2, radius * 0.56, 12, 5))
    ring(plate, inks.gleam, FINE, places, radius - 1.3, radius * 0.59)
    heart = Pen()
    petals(heart, (0, 0), 0.4, radius * 0.24, 8, 0.3)
    plate.fill(inks.rule, heart, places)


def award() -> Plate:
    """The award certificate, A4 landscape: ivory, gold, a little vermilion."""
    plate = Plate(A4[1], A4[0])
    inks, border = AWARD_INKS, AWARD_BORDER
    chain = edges(2, 1.15, 6, border.band / 2 - 2.1)
    lens = [
        Strand(((9.0 - 1.1 * k, 1, phase + way * 0.13 * k),))
        for phase in (0, math.pi)
        for k in range(6)
        for way in ((1, -1) if k else (1,))
    ]
    layers = [(inks.net, FINE, phases(8, 9.0)), (inks.line, FINE, lens), (inks.line, FINE, chain)]
    surround(plate, border, inks, 27, "印信YINXIN 获奖证书 CERTIFICATE OF AWARD ", layers)
    centre = plate.width / 2
    watermark(plate, inks.mist, (centre, 105 * MM), 180)
    for side in (-1, 1):
        ornament(plate, inks, (centre + side * 196, 39.2 * MM), side)
    plaque(plate, inks, AWARD_QR, [Strand(((5.2 - 1.3 * k, 1, phase),)) for phase in (0, math.pi) for k in range(4)])
    return plate


def ability() -> Plate:
    """The ability certificate, A4 portrait: teal with gold rules, and a frame for the portrait."""
    plate = Plate(*A4)
    inks, border = ABILITY_INKS, ABILITY_BORDER
    chain = edges(2, 1.15, 6, border.band / 2 - 2.1)
    lags = [-0.8 + 0.2 * i for i in range(9)]
    bundle = [Strand(((6.2, 1, turn), (2.8, 3, 3 * turn + lag))) for turn in (0, math.pi) for lag in lags]
    layers = [(inks.net, FINE, phases(8, 9.0)), (inks.line, FINE, bundle), (inks.line, FINE, chain)]
    surround(plate, border, inks, 27, "印信YINXIN 岗位能力评价证书 CERTIFICATE OF PROFESSIONAL ABILITY ", layers)
    centre = plate.width / 2
    watermark(plate, inks.mist, (centre, 160 * MM), 180)
    ornament(plate, inks, (centre, 60.5 * MM), -1, 1)
    panel(plate, inks, *ABILITY_PORTRAIT)
    swelling_rule(plate, inks.rule, (centre, 207 * MM), 260, 1.1)
    plaque(plate, inks, ABILITY_QR, [Strand(((5.0, 1, turn + lag),)) for turn in (0, math.pi) for lag in (-0.4, 0, 0.4)])
    return plate


def main() -> None:
    here = Path(__file__).resolve().parent
    for name, plate in (("award", award()), ("ability", ability())):
        svg = plate.svg().encode()
        (here / name).mkdir(exist_ok=True)
        (here / name / "artwork.svg").write_bytes(svg)
        if "--sizes" in sys.argv[1:]:
            print(f"{name}/artwork.svg: {len(svg)} bytes, {len(zlib.compress(svg, 6))} deflated")


if __name__ == "__main__":
    main()
