"""The page in a browser: it opens without an error, filters, and is usable without a mouse."""

from __future__ import annotations

import pytest

from plumb.formats import render
from tests.plumb.browser import REQUIRED, browser, why_missing
from tests.plumb.large import report as large
from tests.plumb.reports import PASSED
from tests.plumb.seen import SEEN
from tests.plumb.test_page import PRODUCTION, STAGING

pytestmark = pytest.mark.skipif(
    bool(why_missing()), reason=f"{why_missing()}; {REQUIRED}=1 makes that a failure"
)
TAB, ENTER, ESCAPE = "\ue004", "\ue007", "\ue00c"
# Elements that stand out of the window, and text that is wider than the box it stands in.
OVERFLOWING = """
const wide = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
for (const one of document.querySelectorAll("main *, header *")) {
  if (one.closest("svg, .drawing, .icons") || !one.checkVisibility()) continue;
  if (one.getBoundingClientRect().right > innerWidth + 1) wide.push(one.tagName + "." + one.className);
}
for (const node of document.querySelectorAll("svg.topology g.node, svg.topology g.cause")) {
  if (!node.checkVisibility()) continue;
  const box = node.querySelector("rect").getBoundingClientRect();
  for (const text of node.querySelectorAll("text:not(.count)"))
    if (text.getBoundingClientRect().right > box.right + 1) wide.push("in the drawing: " + text.textContent);
}
return wide;
"""
SHOWN = (
    "return [...document.querySelectorAll('#findings [data-kind=finding]')].filter(one => !one.hidden).length"
)
RESULT = "return document.querySelector('#findings .result').textContent"
FOCUS = r"""
const at = document.activeElement;
return at === document.body ? "" : at.id || at.textContent.trim().split(/\s{2,}/)[0] || at.tagName;
"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as session:
        yield session


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    pages = {"refused": [SEEN], "passed": [PASSED], "large": [large(60)], "several": [STAGING, PRODUCTION]}
    for name, reports in pages.items():
        (folder / f"{name}.html").write_text(render(reports, "html"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("name", ["refused", "passed", "large", "several"])
def test_the_page_opens_without_an_error_and_nothing_stands_out_of_it(chromium, pages, name, width, dark):
    chromium.window(width, dark=dark)
    chromium.log()
    chromium.open((pages / f"{name}.html").as_uri())
    chromium.run("for (const one of document.querySelectorAll('details')) one.open = true")
    assert chromium.run(OVERFLOWING) == []
    assert chromium.log() == []
    asked = chromium.run("return performance.getEntriesByType('resource').map(one => one.name)")
    assert [one for one in asked if not one.startswith("data:")] == []
    ground = chromium.run("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 3 * 128) is dark


def test_a_filter_shows_what_matches_and_says_how_many(chromium, pages):
    chromium.window(1400)
    chromium.open((pages / "refused.html").as_uri())
    assert chromium.run(RESULT) == "6 findings"
    chromium.run(SET, "find-text", "netra-cache")
    wait(chromium, RESULT, "2 of 6 findings")
    assert chromium.run(SHOWN) == 2
    chromium.run(SET, "find-severity", "critical")
    wait(chromium, RESULT, "1 of 6 findings")
    chromium.run(SET, "find-text", "there is no such thing")
    wait(chromium, RESULT, "0 of 6 findings")
    assert chromium.run("return document.querySelector('#findings .nothing').checkVisibility()")
    chromium.run("document.querySelector('#findings [type=reset]').click()")
    wait(chromium, RESULT, "6 findings")
    chromium.run(SET, "find-verdict", "unproven")
    wait(chromium, RESULT, "1 of 6 findings")
    chromium.run("document.querySelector('#findings [type=reset]').click()")
    wait(chromium, RESULT, "6 findings")
    chromium.run(SET, "find-new", "yes")
    wait(chromium, RESULT, "1 of 6 findings")


SET = """
const one = document.getElementById(arguments[0]);
one.value = arguments[1];
one.dispatchEvent(new Event("input", { bubbles: true }));
"""


def wait(chromium, script, wanted):
    """Until the page has answered; it lets a few keystrokes come together."""
    told = chromium.call(
        "/execute/async",
        script="""
          const [body, wanted, done] = arguments, ask = new Function(body), until = Date.now() + 5000;
          const look = () => ask() === wanted || Date.now() > until ? done(ask()) : setTimeout(look, 20);
          look();
        """,
        args=[script, wanted],
    )
    assert told == wanted


def test_everything_is_reached_and_used_without_a_mouse(chromium, pages):
    chromium.window(1400)
    chromium.open((pages / "refused.html").as_uri())
    chromium.keys(TAB)
    assert chromium.run(FOCUS) == "Skip to the report"
    assert chromium.run("return document.activeElement.getBoundingClientRect().left") >= 0
    chromium.keys(ENTER)
    assert chromium.run(FOCUS) == "main"
    chromium.keys("/")
    assert chromium.run(FOCUS) == "find-text"
    chromium.keys("jwt_secret")
    wait(chromium, RESULT, "1 of 6 findings")
    chromium.keys(ESCAPE)
    wait(chromium, RESULT, "6 findings")
    seen = []
    for _ in range(40):
        chromium.keys(TAB)
        seen.append(chromium.run(FOCUS))
        outline = chromium.run("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or not seen[-1], seen[-1]
    for name in ("find-severity", "find-verdict", "find-family", "Open all", "Clear"):
        assert name in seen
    assert any(name.startswith("backend") for name in seen)


def test_a_link_to_a_finding_opens_what_it_is_folded_in(chromium, pages):
    chromium.window(1400)
    chromium.open((pages / "large.html").as_uri())
    chromium.run("for (const one of document.querySelectorAll('details')) one.open = false")
    chromium.run("document.querySelector('.first a').click()")
    wait(chromium, "return document.getElementById(location.hash.slice(1)).open", wanted=True)
    card = "return document.querySelector(location.hash + ' .card').checkVisibility()"
    wait(chromium, card, wanted=True)


def test_of_several_each_has_its_own_filters_and_the_links_lead_to_its_own_parts(chromium, pages):
    chromium.window(1400)
    chromium.open((pages / "several.html").as_uri())
    result = "return document.querySelector('#s1-findings .result').textContent"
    chromium.run(SET, "s1-find-text", "netra-cache")
    wait(chromium, result, "2 of 6 findings")
    chromium.run("document.querySelector('.parity a').click()")
    wait(chromium, "return document.getElementById(location.hash.slice(1)).open", wanted=True)
    assert chromium.run("return location.hash").startswith("#s1-r")
    chromium.run("document.querySelector('#s2-subject .jumps a').click()")
    wait(chromium, "return location.hash", "#s2-topology")


def test_every_control_has_a_name_and_the_count_is_announced(chromium, pages):
    chromium.open((pages / "large.html").as_uri())
    nameless = chromium.run(
        "return [...document.querySelectorAll('input, select')].filter(one => !one.labels.length).length"
    )
    assert nameless == 0
    live = "return [...document.querySelectorAll('.result')].map(one => one.getAttribute('aria-live'))"
    assert set(chromium.run(live)) == {"polite"}
    levels = chromium.run("return [...document.querySelectorAll('h1,h2,h3,h4')].map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
