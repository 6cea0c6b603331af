"""The page: what it shows, that it asks nobody, and that nothing a program writes becomes part of it."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

from plumb.formats import render
from plumb.formats._picture import picture_of
from plumb.formats.html._drawing import LYING, STANDING, drawn, wrapped
from plumb.formats.html._layout import Wish, laid_out
from tests.plumb.large import report as large
from tests.plumb.reports import ADVICE, ADVISED, FINDINGS, PASSED
from tests.plumb.seen import CAUSE, SEEN, seen

ROOT = Path(__file__).resolve().parents[2]
STYLE = (ROOT / "plumb" / "formats" / "html" / "style.css").read_text()
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=http://evil.example/x onerror=alert(1)>]]>--><svg onload=a()>"
)
# What opens no element of its own.
VOID = {"meta", "link", "input", "br", "hr", "img"}


class Tree(HTMLParser):
    """The elements of a page, whether each is closed, and the text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.open, self.words = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def page():
    return render([SEEN], "html")


def test_the_verdict_stands_before_everything_else(page):
    headings = re.findall(r"<h[12][^>]*>\s*([A-Za-z]+)", page)
    assert headings == [
        "Refused", "First", "Changes", "Topology", "Findings", "Capacity", "Routes", "Waivers", "Not",
    ]  # fmt: skip
    assert page.startswith("<!doctype html>")
    assert "<h1>Passed" in render([PASSED], "html")


def test_advice_is_shown_and_refuses_nothing():
    tree = Tree(render([ADVISED], "html"))
    assert "<h1>Passed" in render([ADVISED], "html")
    assert "Advice refuses nothing" in tree.text
    assert ADVICE.fix in tree.text
    assert [a["data-kind"] for _, a in tree.elements if "data-kind" in a] == ["advice"]
    assert "passed; 1 advised" in tree.text


APART = replace(FINDINGS[5], rule="parity", message="tier is BASIC in staging, STANDARD_HA in production")
STAGING = replace(SEEN, subject="staging", findings=[*FINDINGS[:5], APART], held_against=("production",))
PRODUCTION = replace(SEEN, subject="production", findings=(), changes=None, held_against=("staging",))


def test_of_several_the_verdict_over_all_comes_first_and_then_each_with_its_own():
    page = render([STAGING, PRODUCTION], "html")
    tree = Tree(page)
    headings = re.findall(r"<h([12])[^>]*>\s*(.*?)\s*</h", page)
    plain = [(level, re.sub("<[^>]*>", "", text)) for level, text in headings]
    assert plain == [("1", "Refused staging"), ("2", "Refused staging"), ("2", "Passed production")]
    assert "6 faults of" in tree.text
    assert "in 1 of 2." in tree.text
    assert tree.text.index("Parity of staging and production: 1 fault") < tree.text.index("First of all")
    places = {attributes["id"]: tag for tag, attributes in tree.elements if "id" in attributes}
    target = next(a["href"] for tag, a in tree.elements if tag == "a" and a["href"].startswith("#s1-r"))
    assert places[target[1:]] == "details"
    for own in ("topology", "capacity", "routes", "waivers"):
        assert {f"s1-{own}", f"s2-{own}"} <= places.keys()
    assert {"s1-changes", "s1-findings"} <= places.keys()
    assert not {"s2-changes", "s2-findings"} & places.keys()
    drawings = [
        a.get("class") for tag, a in tree.elements if tag == "svg" and "topology" in a.get("class", "")
    ]
    assert len(drawings) == 4
    alike = render([replace(STAGING, findings=()), PRODUCTION], "html")
    assert "<h1>Passed" in alike
    assert "Parity of staging and production: no fault" in alike


@pytest.mark.parametrize("reports", [[SEEN], [STAGING, PRODUCTION]], ids=["one", "several"])
def test_every_element_is_closed_and_no_id_is_there_twice(reports):
    tree = Tree(render(reports, "html"))
    assert tree.open == []
    ids = [attributes["id"] for _, attributes in tree.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in tree.elements:
        target = attributes.get("href", "")
        assert not target.startswith("#") or target[1:] in ids
        assert attributes.get("for", ids[0]) in ids
        assert attributes.get("aria-labelledby", ids[0]) in ids


@pytest.mark.parametrize(
    "reports", [[SEEN], [PASSED], [STAGING, PRODUCTION]], ids=["refused", "passed", "several"]
)
def test_the_page_asks_nobody_for_anything(reports):
    for tag, attributes in Tree(render(reports, "html")).elements:
        assert tag not in {"iframe", "object", "embed", "base", "audio", "video"}
        for name, value in attributes.items():
            if name in {"src", "srcset", "poster", "data", "action", "formaction", "ping"}:
                pytest.fail(f"<{tag} {name}={value}>")
            if name in {"href", "xlink:href"}:
                assert (value or "").startswith("#") or tag == "a" or value == "data:,", (tag, value)
            assert not name.startswith("on"), (tag, name)
            assert name != "style", "the page's own policy forbids it"
    assert "@import" not in STYLE
    assert "url(" not in STYLE


def test_the_policy_of_the_page_allows_its_own_style_and_script_and_nothing_else(page):
    policy = next(a["content"] for t, a in Tree(page).elements if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert len(re.findall(r"<script>", page)) == len(re.findall(r"<style>", page)) == 1


def test_nothing_that_a_program_writes_becomes_part_of_the_page():
    hostile = [
        replace(
            one, rule=HOSTILE, cause=HOSTILE, name=HOSTILE, message=HOSTILE, fix=HOSTILE, why=HOSTILE,
            path=(HOSTILE,) * 4,
        )
        for one in FINDINGS
    ]  # fmt: skip
    changes = replace(SEEN.changes, base=HOSTILE, fixed=hostile, added=[HOSTILE], removed=[HOSTILE])
    report = replace(SEEN, subject=HOSTILE, findings=hostile, changes=changes, look=lambda: seen(HOSTILE))
    for reports in ([report], [report, replace(report, held_against=(HOSTILE,))]):
        check_nothing_is_ours_but_ours(reports)


def check_nothing_is_ours_but_ours(reports):
    written, ours = Tree(render(reports, "html")), Tree(render([STAGING, PRODUCTION], "html"))
    assert written.open == []
    kinds = {tag for tag, _ in written.elements}
    assert kinds <= {tag for tag, _ in ours.elements}
    assert sum(tag == "script" for tag, _ in written.elements) == 1
    assert not any(name.startswith("on") for _, attributes in written.elements for name in attributes)
    assert HOSTILE in written.text


def test_the_same_report_gives_the_same_page(page):
    assert render([SEEN], "html") == page


def test_what_changed_what_is_left_and_how_long_waivers_hold_is_shown(page):
    text = Tree(page).text
    assert "Changes against base.json" in text
    assert "1 new" in re.sub(r"(\w+) (\d+)", r"\2 \1", text[text.index("Changes against") :][:60])
    assert "1,260 of 387 connections" in text
    assert "12 days left" in text  # until the first of February, from the twentieth of January
    assert "0 days left" in text  # of the glass that was broken
    assert f"✗ {CAUSE}" in text
    assert text.index("0 days left") < text.index("12 days left")


def test_the_drawing_is_sound_and_names_what_is_broken_on_its_line():
    picture = picture_of(SEEN, 8)
    for way in (LYING, STANDING):
        svg = drawn(picture, way, {FINDINGS[0].urn: "r1"})
        root = ET.fromstring(svg)  # noqa: S314 - our own output
        causes = [g for g in root.iter("g") if (g.get("class") or "").startswith("cause")]
        assert [g.get("class") for g in causes] == ["cause refuted", "cause unproven"]
        assert CAUSE in "".join(t.text or "" for t in causes[0].iter("text")).replace("✗", "")
        assert [a.get("href") for a in root.iter("a")] == ["#r1"]
        _, _, width, height = map(float, root.get("viewBox").split())
        boxes = [box(g) for g in root.iter("g") if (g.get("class") or "").split()[0] in ("node", "cause")]
        for x, y, w, h in boxes:
            assert x >= 0
            assert y >= 0
            assert x + w <= width
            assert y + h <= height
        assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def box(group):
    x, y = map(float, re.findall(r"-?[\d.]+", group.get("transform")))
    rect = group.find("rect")
    return x, y, float(rect.get("width")), float(rect.get("height"))


def overlap(one, other):
    (x, y, w, h), (a, b, c, d) = one, other
    return x < a + c and a < x + w and y < b + d and b < y + h


def test_a_thousand_services_stay_a_page_that_opens_and_a_picture_that_can_be_read():
    services = 999
    report = large(services)
    page = render([report], "html")
    assert len(page) < 3_000_000
    picture = picture_of(report, 8)
    assert len(picture.shapes) < 80
    assert picture.folded > services
    causes = {cause for line in picture.lines for cause in line.causes}
    assert {"REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK", "VPC_CONNECTOR_UNKNOWN"} <= causes
    boxes = [
        box(g)
        for g in ET.fromstring(drawn(picture, LYING, {})).iter("g")  # noqa: S314 - our own output
        if (g.get("class") or "").split()[0] in ("node", "cause")
    ]
    assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    tree = Tree(page)
    assert tree.open == []
    kinds = [attributes.get("data-kind") for _, attributes in tree.elements]
    assert kinds.count("finding") == len(report.findings)
    # Its jobs have routes too.
    assert kinds.count("service") == len(report.overview().services) >= services
    comment = render([report], "markdown")
    assert len(comment) < 65_536
    assert "```mermaid" in comment


def test_lines_that_need_not_cross_do_not():
    nodes = {**{f"a{i}": (0, 10, 10) for i in range(4)}, **{f"b{i}": (1, 10, 10) for i in range(4)}}
    wishes = [Wish(f"a{i}", f"b{3 - i}") for i in range(4)]
    layout = laid_out(nodes, wishes, gap=10, apart=5)
    first = sorted((layout.items[f"a{i}"].at, i) for i in range(4))
    last = sorted((layout.items[f"b{3 - i}"].at, i) for i in range(4))
    assert [i for _, i in first] == [i for _, i in last]
    assert all(abs(layout.items[f"a{i}"].at - layout.items[f"b{3 - i}"].at) < 1e-6 for i in range(4))


def test_a_long_name_is_broken_where_it_may_be_and_what_is_left_out_is_shown():
    assert wrapped("netra-backend-staging", 18, 2) == ["netra-backend-", "staging"]
    assert wrapped("x" * 50, 18, 2) == ["x" * 18, "x" * 17 + "…"]
    assert wrapped("", 18, 2) == []


def channel(value):
    part = value / 255
    return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4


def luminance(colour):
    red, green, blue = (channel(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read_on_what_it_stands_on(scheme):
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")
    written = light if scheme == "light" else dark.split("@media")[0]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})\b", written))
    pairs = [(ink, on) for ink in ("ink", "soft", "link") for on in ("ground", "sheet", "sunk")]
    for grade in ("proven", "refuted", "unproven", "high", "low"):
        pairs += [(grade, f"{grade}-sheet"), (grade, "sheet"), (grade, "ground")]
    for ink, on in pairs:
        bright, dim = sorted((luminance(colours[ink]), luminance(colours[on])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5, (ink, on)
    for on in ("ground", "sheet"):  # the frames of inputs, and lines
        bright, dim = sorted((luminance(colours["there"]), luminance(colours[on])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 3, on


def test_the_json_says_what_the_page_shows_in_the_shape_of_its_schema():
    told = json.loads(render([SEEN], "json"))
    Draft202012Validator(json.loads((ROOT / "docs" / "report.schema.json").read_text())).validate(told)
    assert [(one["destination"], one["verdict"]) for one in told["routes"]] == [
        ("Redis netra-cache", "refuted"),
        ("Cloud SQL netra-db", "proven"),
    ]
    assert told["capacity"][0]["used"] == 1260
    assert [edge["causes"] for edge in told["topology"]["edges"] if edge["verdict"] == "refuted"] == [[CAUSE]]
    assert [waived["waiver"]["daysLeft"] for waived in told["waived"]] == [12, 0]
    assert [one["rule"] for one in told["changes"]["new"]] == ["route-cache"]


def test_no_other_format_waits_for_what_only_the_page_needs():
    code = (
        "import sys; from plumb.formats import render; from tests.plumb.reports import REFUSED\n"
        "for form in ('text', 'sarif', 'junit'): render([REFUSED], form)\n"
        "print([one for one in ('jinja2', 'policies.overview', 'plumb.formats.html') if one in sys.modules])"
    )
    import subprocess  # noqa: PLC0415 - one test needs a process of its own

    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
