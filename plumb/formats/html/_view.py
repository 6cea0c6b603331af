"""What the page shows of a report, in the order and the words in which it shows it.

Owns grouping and counting. Escapes nothing: the template does, and the drawing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from plumb.formats._files import Files
from plumb.formats._picture import Picture, picture_of
from plumb.formats._words import (
    WORST_FIRST,
    Group,
    as_many,
    drawn,
    ends,
    family,
    grouped,
    parity,
    place,
    summary,
)
from plumb.formats.html._drawing import LYING, STANDING
from plumb.formats.html._drawing import drawn as as_svg
from plumb.formats.html._verdict import lead, tiles
from policies import VERSION
from policies.docs import address
from policies.parity import PARITY
from policies.plan.workloads import shown_name
from policies.rules import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from policies.overview import Bar, Served
    from policies.report import Report, Waived
    from policies.routes import Route
    from policies.rules import Finding

_MOST_SERVICES: Final = 8
# Past these the page would open slowly; what is left out is counted.
_MOST_FINDINGS: Final = 1_500
_MOST_ROUTES: Final = 300
_MOST_ADVICE: Final = 100
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
    """Everything that the page shows of one report.

    Attributes:
        at: What the ids of its elements begin with; empty where the page is of one report.
    """

    report: Report
    at: str
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
    advice: Sequence[Card]
    not_judged: Sequence[tuple[str, Sequence[str]]]
    summary: str


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole page: the verdict over all, and what it shows of each."""

    title: str
    subject: str
    refused: bool
    lead: str
    tiles: Sequence[tuple[str, str, str]]
    parity: str
    differing: str
    pages: Sequence[Page]
    at: datetime | None
    version: str = VERSION

    @property
    def several(self) -> bool:
        """Whether it is of several reports."""
        return len(self.pages) > 1


def whole_of(reports: Sequence[Report]) -> Whole:
    """The page of the reports of one command."""
    several = len(reports) > 1
    pages = [
        _page(report, f"s{number}-" if several else "", len(reports))
        for number, report in enumerate(reports, 1)
    ]
    refused = [report for report in reports if report.refused]
    differing = (
        section.id
        for page in pages
        for family_ in page.families
        for section in family_.sections
        if any(card.finding.rule == PARITY for card in section.cards)
    )
    return Whole(
        title="Refused" if refused else "Passed",
        subject=", ".join(report.subject for report in refused or reports),
        refused=bool(refused),
        lead=lead(reports),
        tiles=tiles(reports),
        parity=parity(reports),
        differing=next(differing, ""),
        pages=pages,
        at=next((report.at for report in reports if report.at is not None), None),
    )


def _page(report: Report, at: str, of: int) -> Page:
    sections = _sections(report, at, _MOST_FINDINGS // of)
    links = {section.cards[0].finding.urn: section.id for section in reversed(sections)}
    picture = picture_of(report, _MOST_SERVICES)
    has = bool(picture.shapes)
    shown = sum(len(section.cards) for section in sections)
    return Page(
        report=report,
        at=at,
        title="Refused" if report.refused else "Passed",
        lead=lead([report]),
        tiles=tiles([report]),
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
        advice=[_card(finding, new=False) for group in grouped(report.advised) for finding in group.findings][
            :_MOST_ADVICE
        ],
        not_judged=_not_judged(report),
        summary=summary(report),
    )


def _sections(report: Report, at: str, room: int) -> list[Section]:
    new = frozenset() if report.changes is None else report.changes.new
    sections: list[Section] = []
    for number, group in enumerate(grouped(report.findings), 1):
        cards = [_card(finding, finding.key in new) for finding in group.findings[:room]]
        if not cards:
            break
        room -= len(cards)
        counts = Counter(str(card.finding.severity) for card in cards)
        ordered = [(str(one), counts[one]) for one in WORST_FIRST if counts[one]]
        few = len(report.findings) <= _FEW
        sections.append(Section(f"{at}r{number}", group, cards, ordered, open=few or number == 1))
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
    files, found = Files.from_here(report.origin), []
    for served in report.overview().services:
        counts = Counter(route.verdict for route in served.routes)
        found.append(
            Walked(
                served,
                shown_name(served.resource),
                place(files.source(served.resource.source)),
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
