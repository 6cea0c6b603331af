"""One page that asks nobody for anything: style, script and drawing stand in it.

Owns how the page is put together. What it shows is `_view`'s, how it looks the template's and its style's.
The page itself forbids its browser every request, and every script but its own.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from plumb.formats._files import from_here
from plumb.formats._words import short_urn, visible
from plumb.formats.html._view import whole_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.report import Report

_FOLDER: Final = Path(__file__).resolve().parent


def render(reports: Sequence[Report]) -> str:
    """The reports as one page: the verdict over all, then each."""
    style, script = _own("style.css"), _own("script.js")
    allowed = (
        "default-src 'none'",
        "img-src data:",
        f"style-src {_hash(style)}",
        f"script-src {_hash(script)}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    template = _environment().get_template("page.html.j2")
    return template.render(
        whole=whole_of([from_here(report) for report in reports]),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy="; ".join(allowed),
        short=short_urn,
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # What cannot be seen is written out before it is escaped; what is markup already is ours.
        finalize=lambda value: visible(value) if type(value) is str else value,
    )


@cache
def _own(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
