"""Who is told when something breaks: alert policies as a plan declares them, and what each of them watches.

Owns reading a condition, whatever its language, and which of a plan's instances it selects. Which
destinations must be watched is for the rule `watched`. Cloud Monitoring's filters are read as far as they can
be told apart without data: a label that a filter names must fit, one that it does not name fits always.

Sources: https://cloud.google.com/monitoring/api/v3/filters,
https://cloud.google.com/monitoring/alerts/concepts-indepth
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from policies.plan.values import UNKNOWN, Unknown, at, elements, text
from policies.posture.values import OFF, among
from policies.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from policies.plan import Plan, Resource
    from policies.plan.graph import Key
    from policies.plan.values import Value

POLICY: Final = "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL: Final = "gcp:monitoring/notificationChannel:NotificationChannel"
LOG_METRIC: Final = "gcp:logging/metric:Metric"
# Where each kind of condition says what it looks at.
_TEXTS: Final = (
    ("conditionThreshold", "filter"),
    ("conditionThreshold", "denominatorFilter"),
    ("conditionAbsent", "filter"),
    ("conditionMatchedLog", "filter"),
    ("conditionPrometheusQueryLanguage", "query"),
    ("conditionMonitoringQueryLanguage", "query"),
    ("conditionSql", "query"),
)
_USER_METRIC: Final = re.compile(
    r"logging(?:\.googleapis\.com/user/|_googleapis_com:user_)([A-Za-z0-9_./-]+)"
)
_ARGUMENT: Final = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|([^\s()\"',]+)")


@dataclass(frozen=True, slots=True)
class Alert:
    """One condition of an alert policy.

    Attributes:
        policy: The policy.
        says: What it looks at, with the filters of the log-based metrics it names; `UNKNOWN` where a part is.
        enabled: Whether it is switched on.
        tells: Whether somebody is told.
    """

    policy: Resource
    says: str | Unknown
    enabled: Verdict
    tells: Verdict


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to be watched.

    Attributes:
        service: The beginning of the metrics about it: `cloudsql.googleapis.com/`.
        resource_types: The monitored resources they are written against.
        label: The label that names one instance.
        id: What that label holds for this one; `UNKNOWN` until it is known.
        project: Its project.
    """

    service: str
    resource_types: tuple[str, ...]
    label: str
    id: str | Unknown
    project: str | Unknown | None


class Alerts:
    """Every condition of a plan, found by what it is about, so that not each is asked of each destination.

    Args:
        plan: The plan, as it is now.
    """

    def __init__(self, plan: Plan) -> None:
        """Read every condition once."""
        self._plan = plan
        self._every = list(alerts(plan))
        self._hosts: dict[str, list[Alert]] | None = None
        self._tables: dict[tuple[str, str], _Table] = {}

    def on_host(self, host: str | Unknown) -> Iterator[Alert]:
        """Those that may name a host."""
        if isinstance(host, Unknown):
            yield from self._every
            return
        if self._hosts is None:
            self._hosts = defaultdict(list)
            for one in self._every:
                words = [""] if isinstance(one.says, Unknown) else _host_words(one.says)
                for word in dict.fromkeys(words):
                    self._hosts[word].append(one)
        yield from self._hosts.get(host.lower(), ())
        yield from self._hosts.get("", ())

    def on_instance(self, subject: Subject) -> Iterator[Alert]:
        """Those that may be about an instance."""
        key = (subject.service, subject.label)
        if key not in self._tables:
            self._tables[key] = _table(self._plan, self._every, subject)
        table = self._tables[key]
        if isinstance(subject.id, Unknown) or not isinstance(subject.project, str):
            yield from self._every
            return
        yield from table.named.get(subject.id, ())
        yield from table.of_project.get(subject.project, ())
        yield from table.of_project.get("", ())


@dataclass(frozen=True, slots=True)
class _Table:
    """Conditions about one kind of instance.

    Attributes:
        named: By the one instance that their filter names.
        of_project: By the project whose every instance they are about; under "" what must be read anew.
    """

    named: dict[str, list[Alert]]
    of_project: dict[str, list[Alert]]


def _table(plan: Plan, every: Sequence[Alert], subject: Subject) -> _Table:
    table = _Table(defaultdict(list), defaultdict(list))
    label = _label(subject)
    for one in every:
        if isinstance(one.says, Unknown):
            table.of_project[""].append(one)
            continue
        if subject.service not in one.says and _prometheus(subject.service) not in one.says:
            continue
        if not re.search(label, one.says):
            own = plan.project_of(one.policy)
            table.of_project[own if isinstance(own, str) else ""].append(one)
            continue
        named = list(_named(one.says, label))
        if None in named or not named:
            table.of_project[""].append(one)
        for value in dict.fromkeys(each for each in named if each is not None):
            table.named[value].append(one)
    return table


def _named(said: str, label: str) -> Iterator[str | None]:
    """What a filter compares a label with, for being the same; None where it compares otherwise."""
    for match in _compared(label).finditer(said):
        plain = match["sign"] in {"=", "=="} and not match["call"]
        given = _ARGUMENT.search(match["rest"])
        yield next(filter(None, given.groups()), "") if plain and given else None


def _host_words(said: str) -> list[str]:
    return [word.strip(".") for word in re.findall(r"[a-z0-9.-]+", said.replace("\\", "").lower())]


def alerts(plan: Plan) -> Iterator[Alert]:
    """Every condition of every alert policy."""
    for policy in plan.of_type((POLICY,)):
        enabled = _not(among(policy.at("enabled"), OFF, default="true"))
        tells = _tells(plan, policy)
        conditions = elements(policy.at("conditions"))
        if isinstance(conditions, Unknown):
            yield Alert(policy, UNKNOWN, enabled, tells)
            continue
        for condition in conditions:
            yield Alert(policy, _says(plan, condition), enabled, tells)


def about(alert: Alert, subject: Subject, plan: Plan) -> Verdict:
    """Whether a condition is about one instance: its metric, its monitored resource, its label."""
    if isinstance(alert.says, Unknown):
        return Verdict.UNPROVEN
    if subject.service not in alert.says and _prometheus(subject.service) not in alert.says:
        return Verdict.REFUTED
    kind = _selects(alert.says, r"resource\.type", subject.resource_types)
    label = _label(subject)
    if kind is Verdict.REFUTED or not re.search(label, alert.says):
        # A filter without the label is about every instance of the project that it belongs to.
        own = plan.project_of(alert.policy)
        same = own == subject.project or not isinstance(own, str) or not isinstance(subject.project, str)
        return kind if kind is Verdict.REFUTED or same else Verdict.REFUTED
    if isinstance(subject.id, Unknown):
        return Verdict.UNPROVEN
    return _selects(alert.says, label, (subject.id,))


def names(alert: Alert, host: str) -> Verdict:
    """Whether a condition, or the log-based metric it looks at, names a host."""
    if isinstance(alert.says, Unknown):
        return Verdict.UNPROVEN
    plain = alert.says.replace("\\", "")
    found = re.search(rf"(?<![a-z0-9.-]){re.escape(host)}(?![a-z0-9-]|\.[a-z0-9])", plain, re.IGNORECASE)
    return Verdict.PROVEN if found else Verdict.REFUTED


def _tells(plan: Plan, policy: Resource) -> Verdict:
    channels = elements(policy.at("notificationChannels"))
    if isinstance(channels, Unknown):
        return Verdict.UNPROVEN
    if not channels:
        return Verdict.REFUTED
    declared = plan.sources(CHANNEL, policy, "notificationChannels")
    off = [among(one.at("enabled"), OFF, default="true") is Verdict.PROVEN for one in declared]
    return Verdict.REFUTED if off and len(off) >= len(channels) and all(off) else Verdict.PROVEN


def _says(plan: Plan, condition: Value) -> str | Unknown:
    parts: list[str] = []
    for path in _TEXTS:
        said = text(at(condition, *path))
        if isinstance(said, Unknown):
            return UNKNOWN
        if said:
            parts += [said, *_log_filters(plan, said)]
    return "\n".join(parts)


def _log_filters(plan: Plan, said: str) -> Iterator[str]:
    for name in _USER_METRIC.findall(said):
        for metric in plan.index((LOG_METRIC,), _metric_names).get(name.rstrip(".")):
            read = text(metric.at("filter"))
            if isinstance(read, str):
                yield read


def _metric_names(_plan: Plan, metric: Resource) -> Iterator[Key]:
    name = text(metric.at("name"))
    if name is not None:
        yield name


def _prometheus(service: str) -> str:
    """How PromQL writes the beginning of a metric's type: `cloudsql_googleapis_com:`."""
    return service.rstrip("/").replace(".", "_") + ":"


def _label(subject: Subject) -> str:
    """How a filter writes the label that names an instance."""
    return rf"(?:(?:resource|metadata)\.(?:labels?|label)\.)?[\"']?{subject.label}[\"']?"


def _compared(label: str) -> re.Pattern[str]:
    return re.compile(rf"{label}\s*(?P<sign>!=|!~|=~|==|=|:)\s*(?P<call>[a-z_.]+\()?(?P<rest>[^\n]*)")


def _selects(said: str, label: str, values: Sequence[str]) -> Verdict:
    """Whether a filter that may compare a label lets one of some values through."""
    verdict = Verdict.PROVEN
    for match in _compared(label).finditer(said):
        listed = match["rest"].partition(")")[0] if match["call"] else match["rest"]
        given = [next(filter(None, one), "") for one in _ARGUMENT.findall(listed)]
        if not match["call"]:
            given = given[:1]
        hit = any(_fits(value, match["call"] or match["sign"], given) for value in values)
        if hit is match["sign"].startswith("!"):
            verdict = Verdict.REFUTED
    return verdict


def _fits(value: str, how: str, given: Sequence[str]) -> bool:
    way = _WAYS.get(how, _same)
    return any(way(value, one) for one in given)


def _matches(value: str, pattern: str) -> bool:
    try:
        return re.fullmatch(pattern.replace("\\\\", "\\"), value) is not None
    except re.error:
        return False


def _same(value: str, other: str) -> bool:
    return value == other


def _holds(value: str, part: str) -> bool:
    return part in value


_WAYS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "starts_with(": str.startswith,
    "ends_with(": str.endswith,
    "has_substring(": _holds,
    ":": _holds,
    "monitoring.regex.full_match(": _matches,
    "=~": _matches,
    "!~": _matches,
}


def _not(verdict: Verdict) -> Verdict:
    turned = {Verdict.PROVEN: Verdict.REFUTED, Verdict.REFUTED: Verdict.PROVEN}
    return turned.get(verdict, verdict)
