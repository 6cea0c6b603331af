"""The topology as SVG, once lying for wide windows and once standing for narrow ones.

Owns boxes, lines and their words. Where they stand is `_layout`'s; what is drawn at all is `_picture`'s.
Every text is escaped here; colours are the page's, by class, so that both schemes have their own.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from plumb.formats._picture import LAYERS
from plumb.formats._words import visible
from plumb.formats.html._layout import Wish, laid_out
from policies.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from plumb.formats._picture import Line, Picture, Shape
    from plumb.formats.html._layout import Chain, Item, Layout

_Ports: TypeAlias = "Mapping[tuple[int, str, str], float]"
_PAD: Final = 14.0
_CHARACTER: Final = 0.6  # of a letter's height, in a monospaced face
# What a narrow window shows without making letters too small; what is wider is scrolled.
_WIDEST_STANDING: Final = 400.0
# How far a line may leave the middle of its passage so as to run straight.
_LEEWAY: Final = 9.0
_MOST_COUNTED: Final = 99
_LABEL_SIZE: Final = 9.5
_LABEL_LINE: Final = 12.0


@dataclass(frozen=True, slots=True)
class Way:
    """One of two ways to draw it: which way the layers go, and the sizes that fit a window of its kind."""

    lying: bool
    width: float
    letters: int
    gap: float
    apart: float
    label_letters: int


LYING: Final = Way(lying=True, width=158.0, letters=18, gap=46.0, apart=16.0, label_letters=26)
STANDING: Final = Way(lying=False, width=112.0, letters=13, gap=30.0, apart=8.0, label_letters=24)


def drawn(picture: Picture, way: Way, links: Mapping[str, str]) -> str:
    """The drawing as one SVG element.

    Args:
        picture: What is drawn.
        way: Which way.
        links: By a resource's URN, where on the page its findings are.
    """
    used = sorted({LAYERS[shape.kind] for shape in picture.shapes})
    boxes = {shape.id: _Box(shape, way) for shape in picture.shapes}
    nodes = {
        id_: (used.index(LAYERS[box.shape.kind]), *way_of(way, box.width, box.height))
        for id_, box in boxes.items()
    }
    wishes = [Wish(line.start, line.end, _label_size(line, way)) for line in picture.lines]
    layout = laid_out(nodes, wishes, way.gap, way.apart)
    width, height = way_of(way, layout.along, layout.across)
    ports = _ports(layout)
    inner = [
        *(_line(line, chain, ports, way) for line, chain in zip(picture.lines, layout.chains, strict=True)),
        *(_label(line, chain, way) for line, chain in zip(picture.lines, layout.chains, strict=True)),
        *(box.svg(*_corner(layout.items[id_], way), links) for id_, box in boxes.items()),
    ]
    size = f"{-_PAD:g} {-_PAD:g} {width + 2 * _PAD:.1f} {height + 2 * _PAD:.1f}"
    kind = "lying" if way.lying else "standing"
    if not way.lying and width > _WIDEST_STANDING:
        kind += " wide"
    return (
        f'<svg class="topology {kind}" viewBox="{size}" width="{width + 2 * _PAD:.0f}" '
        f'height="{height + 2 * _PAD:.0f}" aria-hidden="true" focusable="false">{"".join(inner)}</svg>'
    )


def way_of(way: Way, one: float, other: float) -> tuple[float, float]:
    """Width and height as along and across, and back."""
    return (one, other) if way.lying else (other, one)


def wrapped(text: str, letters: int, most: int) -> list[str]:
    """A name on a few lines, broken after its hyphens, dots and underscores; what is left out is shown."""
    lines, rest = [], text
    while rest:
        if len(rest) <= letters:
            lines.append(rest)
            break
        if len(lines) == most - 1:
            lines.append(f"{rest[: letters - 1]}…")
            break
        cut = max((rest.rfind(mark, 0, letters) + 1 for mark in "-_./ "), default=0)
        cut = cut if cut > letters // 3 else letters
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return lines


class _Box:
    """A node: an icon, what it is, its name, and one detail."""

    def __init__(self, shape: Shape, way: Way) -> None:
        self.shape = shape
        self.names = wrapped(visible(shape.name), way.letters, 2 if way.lying else 3)
        self.detail = wrapped(visible(shape.detail), way.letters + 3, 1)
        self.width = way.width
        self.lying = way.lying
        self.height = 26.0 + 15.0 * len(self.names) + (14.0 if self.detail else 0.0) + 6.0

    def svg(self, x: float, y: float, links: Mapping[str, str]) -> str:
        shape = self.shape
        state = "at-fault" if shape.findings else "whole"
        left = 12.0
        word = visible(shape.word)
        parts = [
            f'<g class="node {shape.kind} {state}" transform="translate({x:.1f} {y:.1f})">',
            f"<title>{escape(f'{shape.word} {visible(shape.name)}')}</title>",
            f'<rect class="box" width="{self.width:g}" height="{self.height:g}" rx="9"/>',
            f'<use href="#icon-{shape.kind}" x="{left - 2:g}" y="8" width="14" height="14"/>',
            f'<text class="kind" x="{left + 17:g}" y="19">{escape(word)}</text>',
        ]
        at = 36.0
        for name in self.names:
            parts.append(f'<text class="name" x="{left:g}" y="{at:g}">{escape(name)}</text>')
            at += 15.0
        parts += [
            f'<text class="detail" x="{left:g}" y="{at:g}">{escape(detail)}</text>' for detail in self.detail
        ]
        if shape.findings:
            count = str(shape.findings) if shape.findings <= _MOST_COUNTED else f"{_MOST_COUNTED}+"
            wide = 12.0 + 7.0 * len(count)
            middle = self.width - 6.0
            parts.append(
                f'<rect class="badge" x="{middle - wide / 2:g}" y="-9" width="{wide:g}" height="18" rx="9"/>'
                f'<text class="count" x="{middle:g}" y="4">{count}</text>'
            )
        parts.append("</g>")
        drawing = "".join(parts)
        target = next((links[urn] for urn in shape.urns if urn in links), None)
        return drawing if target is None else f'<a href="#{target}" tabindex="-1">{drawing}</a>'


def _corner(item: Item, way: Way) -> tuple[float, float]:
    return way_of(way, item.start, item.at - item.across / 2)


def _label_words(line: Line, way: Way) -> list[str]:
    return wrapped(visible(line.label), way.label_letters, 3) if line.label else []


def _label_size(line: Line, way: Way) -> tuple[float, float] | None:
    words = _label_words(line, way)
    if not words:
        return None
    width = max(map(len, words)) * _LABEL_SIZE * _CHARACTER + 30.0
    return way_of(way, width, len(words) * _LABEL_LINE + 10.0)


def _label(line: Line, chain: Chain, way: Way) -> str:
    if chain.label is None:
        return ""
    x, y = _corner(chain.label, way)
    width, height = way_of(way, chain.label.along, chain.label.across)
    mark = "✗" if line.verdict is Verdict.REFUTED else "?"
    words = "".join(
        f'<text x="20" y="{14.0 + number * _LABEL_LINE:g}">{escape(word)}</text>'
        for number, word in enumerate(_label_words(line, way))
    )
    return (
        f'<g class="cause {line.verdict}" transform="translate({x:.1f} {y:.1f})">'
        f"<title>{escape(', '.join(map(visible, line.causes)))}</title>"
        f'<rect width="{width:.1f}" height="{height:g}" rx="6"/>'
        f'<text class="mark" x="10" y="{height / 2 + 4:g}">{mark}</text>{words}</g>'
    )


def _line(line: Line, chain: Chain, ports: _Ports, way: Way) -> str:
    """The line, in two parts where it is broken: as far as it comes, and what it does not reach."""
    points: list[tuple[float, float]] = []
    broken_at = 0
    leaves = 0.0
    for one, other in pairwise(chain.items):
        if not one.passage:
            leaves = ports[id(chain), one.id, "out"]
        arrives = ports[id(chain), other.id, "in"]
        if other.passage:
            arrives = min(max(leaves, arrives - _LEEWAY), arrives + _LEEWAY)
        points += [(one.start + one.along, leaves), (other.start, arrives)]
        leaves = arrives
        if other is chain.label:
            broken_at = len(points)
    verdict = "there" if line.verdict is None else str(line.verdict)
    if not broken_at:
        return _path(points, f"line {verdict}", way)
    return _path(points[:broken_at], f"line {verdict}", way) + _path(
        points[broken_at:], f"line {verdict} beyond", way
    )


def _ports(layout: Layout) -> _Ports:
    """Where each line leaves and enters each item: side by side, in the order of where it comes from."""
    sides: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for number, chain in enumerate(layout.chains):
        for one, other in pairwise(chain.items):
            sides[one.id, "out"].append((other.at, number))
            sides[other.id, "in"].append((one.at, number))
    found: dict[tuple[int, str, str], float] = {}
    for (id_, side), ends in sides.items():
        item = layout.items[id_]
        step = min(11.0, max(0.0, item.across - 20.0) / max(1, len(ends) - 1))
        for place, (_, number) in enumerate(sorted(ends)):
            offset = (place - (len(ends) - 1) / 2) * step
            found[id(layout.chains[number]), id_, side] = item.at + offset
    return found


def _path(points: Sequence[tuple[float, float]], kind: str, way: Way) -> str:
    def spot(along: float, across: float) -> str:
        x, y = way_of(way, along, across)
        return f"{x:.1f} {y:.1f}"

    steps = [f"M{spot(*points[0])}"]
    for (along, across), (to_along, to_across) in pairwise(points):
        if abs(across - to_across) < 0.5:  # noqa: PLR2004 - half a pixel is no bend
            steps.append(f"L{spot(to_along, to_across)}")
        else:
            middle = (along + to_along) / 2
            steps.append(f"C{spot(middle, across)} {spot(middle, to_across)} {spot(to_along, to_across)}")
    return f'<path class="{kind}" d="{"".join(steps)}"/>'
