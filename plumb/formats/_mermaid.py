"""The topology as Mermaid, which GitHub and GitLab draw in a comment.

Owns the text of the diagram: nothing that a program wrote can end a label, a line or the block.
https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from plumb.formats._picture import picture_of
from plumb.formats._words import visible
from policies.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from plumb.formats._picture import Line, Shape
    from policies.report import Report

_MOST_SERVICES: Final = 8
_MOST_LETTERS: Final = 48
# What is harmless between quotation marks; all else is written by its number: to Mermaid #35; is a hash.
_SPECIAL: Final = re.compile(r"[^A-Za-z0-9 .,:/()'_+-]")
_FRAMES: Final = {"database": ("[(", ")]"), "internet": ("((", "))"), "network": ("([", "])")}
_COLOURS: Final = {
    Verdict.PROVEN: "stroke:#2da44e,stroke-width:2px",
    Verdict.REFUTED: "stroke:#d1242f,stroke-width:3px,color:#d1242f",
    Verdict.UNPROVEN: "stroke:#bf8700,stroke-width:2px,stroke-dasharray:6 4,color:#bf8700",
    None: "stroke:#8c959f,stroke-width:1px,stroke-dasharray:2 4",
}


def mermaid(report: Report) -> list[str]:
    """The lines of the diagram, in its fence; none where there is nothing to draw."""
    picture = picture_of(report, _MOST_SERVICES)
    return (
        ["```mermaid", "flowchart LR", *_inner(picture.shapes, picture.lines), "```"]
        if picture.shapes
        else []
    )


def _inner(shapes: Sequence[Shape], lines: Sequence[Line]) -> Iterator[str]:
    for shape in shapes:
        before, after = _FRAMES.get(shape.kind, ("[", "]"))
        # What is one of many says what it is by its count.
        words = (shape.name,) if shape.name[:1].isdigit() else (shape.word, shape.name)
        said = "<br>".join(_label(one) for one in words)
        fault = ":::fault" if shape.findings else ""
        yield f'  {shape.id}{before}"{said}"{after}{fault}'
    for line in lines:
        mark = "✗ " if line.verdict is Verdict.REFUTED else "? "
        arrow = "--x" if line.verdict is Verdict.REFUTED else "-->"
        label = f'|"{mark}{_label(line.label)}"|' if line.label else ""
        yield f"  {line.start} {arrow}{label} {line.end}"
    for verdict, look in _COLOURS.items():
        numbers = [str(number) for number, line in enumerate(lines) if line.verdict is verdict]
        if numbers:
            yield f"  linkStyle {','.join(numbers)} {look}"
    if any(shape.findings for shape in shapes):
        yield "  classDef fault stroke:#d1242f,stroke-width:3px"


def _label(text: str) -> str:
    shown = visible(text)
    short = shown if len(shown) <= _MOST_LETTERS else f"{shown[:_MOST_LETTERS]}..."
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", short)
