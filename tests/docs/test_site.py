"""The site: built strictly, and readable where there is no network."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from toolchain.places import ROOT

# What a browser fetches by itself. A link (a href) is followed by a person.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*?\bsrc=["']?([^"'\s>]+)"""
    r"""|<link\b(?![^>]*\brel=["']?(?:canonical|prev|next))[^>]*?\bhref=["']?([^"'\s>]+)""",
    re.IGNORECASE,
)
OF_STYLES = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])(https?:)?//""")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_it_is_built_without_a_warning_and_holds_every_page(site):
    for page in (ROOT / "docs").rglob("*.md"):
        name = "index" if page.stem in ("README", "index") else page.stem
        built = site / page.parent.relative_to(ROOT / "docs") / f"{name}.html"
        assert built.is_file(), built


def test_nothing_is_fetched_from_anybody_elses_server(site):
    for page in site.rglob("*.html"):
        fetched = [one or other for one, other in FETCHED.findall(page.read_text(encoding="utf-8"))]
        assert fetched
        assert not [one for one in fetched if re.match(r"(?:[a-z]+:)?//", one)], page
    for style in site.rglob("*.css"):
        assert not OF_STYLES.search(style.read_text(encoding="utf-8")), style


def test_what_a_browser_would_fetch_is_seen():
    assert FETCHED.findall('<script async src="https://cdn.example/x.js">') == [
        ("https://cdn.example/x.js", "")
    ]
    assert FETCHED.findall("<link rel=stylesheet href=//fonts.example/f.css>") == [
        ("", "//fonts.example/f.css")
    ]
    assert not FETCHED.findall('<link rel="canonical" href="https://docs.example/">')
    assert OF_STYLES.search("src: url(https://fonts.example/f.woff2)")
