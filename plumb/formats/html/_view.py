"""What the page shows of a report, in the order and the words in which it shows it.

Owns grouping and counting. Escapes nothing: the template does, and the drawing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from plumb.formats._picture import Picture, picture_of
from plumb.formats._words import (
    WORST_FIRST,
    Group,
    as_many,
    drawn,
    ends,
    family,
    grouped,
    place,
    summary,
)
from plumb.formats.html._drawing import LYING, STANDING
from plumb.formats.html._drawing import drawn as as_svg
from policies import VERSION
from policies.docs import address
from policies.plan.workloads import shown_name
from policies.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.overview import Bar, Served
    from policies.report import Report, Waived
    from policies.routes import Route
    from policies.rules import Finding

_MOST_SERVICES: Final = 8
# Past these the page would open slowly; what is left out is counted.
_MOST_FINDINGS: Final = 1_500
_MOST_ROUTES: Final = 300
_FEW: Final = 12
_FIRST: Final = 3
# Days left of a waiver: how many are pressing, how many soon.
_PRESSING, _SOON = 7, 21
_WORST: Final = (Verdict.REFUTED, Verdict.UNPROVEN, Verdict.PROVEN)


@dataclass(frozen=True, slots=True)
class Card:
    """One finding."""

    finding: Finding
    family: str
    page: str | None
    path: Sequence[str]
    place: str
    new: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The findings of one resource."""

    id: str
    group: Group
    cards: Sequence[Card]
    counts: Sequence[tuple[str, int]]
    open: bool


@dataclass(frozen=True, slots=True)
class Family:
    """The sections of one family of rules; of a small report there is one, without a name."""

    name: str
    sections: Sequence[Section]
    count: int
    worst: str


@dataclass(frozen=True, slots=True)
class Gauge:
    """A bar, in hundredths of its width."""

    bar: Bar
    used: float
    limit: float
    state: str
    share: str


@dataclass(frozen=True, slots=True)
class Walked:
    """A service with its routes, the worst first."""

    served: Served
    name: str
    place: str
    routes: Sequence[Route]
    counts: Sequence[tuple[str, int]]
    whole: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Everything on the page."""

    report: Report
    title: str
    lead: str
    tiles: Sequence[tuple[str, str, str]]
    first: Sequence[tuple[Section, Card, int]]
    families: Sequence[Family]
    left_out: int
    names: Sequence[str]
    severities: Sequence[str]
    picture: Picture
    lying: Markup
    standing: Markup
    words: Sequence[tuple[str, str, str, str, str]]
    gauges: Sequence[Gauge]
    walked: Sequence[Walked]
    waivers: Sequence[tuple[Waived, str, int | None, str]]
    not_judged: Sequence[tuple[str, Sequence[str]]]
    summary: str
    version: str = VERSION


def page_of(report: Report) -> Page:
    """The page of a report."""
    sections = _sections(report)
    links = {section.cards[0].finding.urn: section.id for section in reversed(sections)}
    picture = picture_of(report, _MOST_SERVICES)
    has = bool(picture.shapes)
    shown = sum(len(section.cards) for section in sections)
    return Page(
        report=report,
        title="Refused" if report.refused else "Passed",
        lead=_lead(report),
        tiles=_tiles(report),
        first=_first(sections),
        families=_families(sections),
        left_out=len(report.findings) - shown,
        names=sorted({card.family for section in sections for card in section.cards}),
        severities=[str(one) for one in WORST_FIRST if any(f.severity is one for f in report.findings)],
        picture=picture,
        lying=Markup(as_svg(picture, LYING, links) if has else ""),  # noqa: S704 - escaped where it is drawn
        standing=Markup(as_svg(picture, STANDING, links) if has else ""),  # noqa: S704 - likewise
        words=_words(picture),
        gauges=[_gauge(bar) for bar in report.overview().capacity],
        walked=_walked(report),
        waivers=_waivers(report),
        not_judged=_not_judged(report),
        summary=summary(report),
    )


def _lead(report: Report) -> str:
    if not report.refused:
        routes = _verdicts(report)
        proven = f" {as_many(routes[Verdict.PROVEN], 'route')} proven." if routes[Verdict.PROVEN] else ""
        return f"Nothing stands in the way.{proven}"
    resources = len({finding.urn for finding in report.findings})
    faults = as_many(len(report.findings), "fault")
    verb = "stands" if len(report.findings) == 1 else "stand"
    return f"{faults} of {as_many(resources, 'resource')} {verb} in the way of this deploy."


def _verdicts(report: Report) -> Counter[Verdict]:
    return Counter(route.verdict for served in report.overview().services for route in served.routes)


def _tiles(report: Report) -> Sequence[tuple[str, str, str]]:
    """Number, what it counts, and its colour."""
    refuted, unproven = report.count(Verdict.REFUTED), report.count(Verdict.UNPROVEN)
    routes, services = _verdicts(report), len(report.overview().services)
    tiles = [
        (f"{refuted:,}", "refuted", "refuted" if refuted else ""),
        (f"{unproven:,}", "unproven", "unproven" if unproven else ""),
        (f"{len(report.waived):,}", "waived", ""),
    ]
    if routes:
        good, all_ = routes[Verdict.PROVEN], routes.total()
        colour = "proven" if good == all_ else ""
        tiles.append((f"{good:,}/{all_:,}", "routes proven", colour))
    if services:
        tiles.append((f"{services:,}", "service" if services == 1 else "services", ""))
    return [
        *tiles,
        (f"{report.resources:,}", "resource" if report.resources == 1 else "resources", ""),
        (f"{report.rules:,}", "rule" if report.rules == 1 else "rules", ""),
    ]


def _sections(report: Report) -> list[Section]:
    new = frozenset() if report.changes is None else report.changes.new
    sections: list[Section] = []
    room = _MOST_FINDINGS
    for number, group in enumerate(grouped(report.findings), 1):
        cards = [_card(finding, finding.key in new) for finding in group.findings[:room]]
        if not cards:
            break
        room -= len(cards)
        counts = Counter(str(card.finding.severity) for card in cards)
        ordered = [(str(one), counts[one]) for one in WORST_FIRST if counts[one]]
        few = len(report.findings) <= _FEW
        sections.append(Section(f"r{number}", group, cards, ordered, open=few or number == 1))
    return sections


def _first(sections: Sequence[Section]) -> Sequence[tuple[Section, Card, int]]:
    """The worst finding of each kind, with how many are like it."""
    kinds: dict[tuple[str, str], list[tuple[Section, Card]]] = {}
    for section in sections:
        for card in section.cards:
            kinds.setdefault((card.finding.rule, card.finding.cause), []).append((section, card))
    worst = sorted(kinds.values(), key=lambda of: WORST_FIRST[of[0][1].finding.severity])
    return [(*of[0], len(of) - 1) for of in worst[:_FIRST]]


def _card(finding: Finding, new: bool) -> Card:  # noqa: FBT001 - a fact
    page = address(finding.rule)
    return Card(
        finding=finding,
        family=family(finding.rule),
        page=page if page is not None and page.startswith("http") else None,
        path=finding.path if drawn(finding) else (),
        place=place(finding.source),
        new=new,
    )


def _families(sections: Sequence[Section]) -> Sequence[Family]:
    """By the family of each section's worst finding, where there are many."""
    if len(sections) <= _FEW:
        return [Family("", sections, sum(len(one.cards) for one in sections), "")] if sections else []
    by_name: dict[str, list[Section]] = {}
    for section in sections:
        by_name.setdefault(section.cards[0].family, []).append(section)
    return [
        Family(name, of, sum(len(one.cards) for one in of), str(of[0].cards[0].finding.severity))
        for name, of in by_name.items()
    ]


def _words(picture: Picture) -> Sequence[tuple[str, str, str, str, str]]:
    """Every line of the drawing: from, to, verdict, causes, how many routes."""
    names = {
        shape.id: shape.name if shape.name[:1].isdigit() else f"{shape.word} {shape.name}"
        for shape in picture.shapes
    }
    return [
        (
            names[line.start],
            names[line.end],
            "no route takes it" if line.verdict is None else str(line.verdict),
            ", ".join(line.causes),
            as_many(line.routes, "route") if line.routes else "",
        )
        for line in picture.lines
    ]


def _gauge(bar: Bar) -> Gauge:
    widest = max(bar.used, bar.total, 1)
    state = "refuted" if bar.exceeded else "unproven" if not bar.exact else "proven"
    share = f"{100 * bar.used / bar.limit:.0f} %" if bar.limit else "no room"
    if bar.kind == "throughput":
        state, share = "there", ""  # what it may grow to is neither much nor little
    return Gauge(bar, 100 * bar.used / widest, 100 * bar.limit / widest, state, share)


def _walked(report: Report) -> Sequence[Walked]:
    found = []
    for served in report.overview().services:
        counts = Counter(route.verdict for route in served.routes)
        found.append(
            Walked(
                served,
                shown_name(served.resource),
                place(served.resource.source),
                sorted(served.routes, key=lambda one: _WORST.index(one.verdict)),
                [(str(verdict), counts[verdict]) for verdict in _WORST if counts[verdict]],
                whole=True,
            )
        )
    found.sort(key=lambda one: _WORST.index(one.served.verdict))
    # Of a service whose routes are all proven, past a number, how many there are is enough.
    return [
        Walked(one.served, one.name, one.place, one.routes, one.counts, whole=False)
        if number >= _MOST_ROUTES and one.served.verdict is Verdict.PROVEN
        else one
        for number, one in enumerate(found)
    ]


def _waivers(report: Report) -> Sequence[tuple[Waived, str, int | None, str]]:
    """Each with its end, the days left, and how urgent that is; the first to end comes first."""
    shown = []
    for waived in sorted(report.waived, key=lambda one: (one.waiver.until, one.key)):
        days = report.days_left(waived.waiver)
        shown.append((waived, ends(waived.waiver), days, _urgency(days)))
    return shown


def _urgency(days: int | None) -> str:
    if days is None:
        return ""
    return "refuted" if days <= _PRESSING else "unproven" if days <= _SOON else "proven"


def _not_judged(report: Report) -> Sequence[tuple[str, Sequence[str]]]:
    by_rule: dict[str, list[str]] = {}
    for one in report.not_judged:
        by_rule.setdefault(one.rule, []).append(one.why)
    return list(by_rule.items())
