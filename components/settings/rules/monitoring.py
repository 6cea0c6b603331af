"""Rules of monitoring: channels that can tell somebody, and a service behind every impact and promise."""

from collections.abc import Iterable, Iterator

from components.settings.draft import Draft
from components.settings.problem import Problem, entry
from components.settings.rules.nearest import listed, nearest

_MONITORING = "plumbline:monitoring"
_CHANNELS = "https://cloud.google.com/monitoring/support/notification-options"
_NEEDS = {"email": ("address",), "pagerduty": ("configKey",), "slack": ("address", "configKey")}
_RIGHT = {"address": "on-call@example.com", "configKey": "onCallKey"}


def channels_say_what_their_kind_needs(draft: Draft) -> Iterator[Problem]:
    """An e-mail channel has an address, PagerDuty a key, Slack both; and none has what it cannot use."""
    if draft.monitoring is None:
        return
    for key, channel in draft.monitoring.channels.items():
        given = {"address": channel.address, "configKey": channel.config_key}
        for name, value in given.items():
            needed = name in _NEEDS[channel.kind]
            path = (_MONITORING, "channels", key)
            if needed and value is None:
                why = f"a channel of kind {channel.kind} tells nobody without it ({_CHANNELS})"
                right = "'#on-call'" if channel.kind == "slack" and name == "address" else _RIGHT[name]
                yield Problem(path, f"has no {name}", why, f"{name}: {right}")
            elif not needed and value is not None:
                why = f"a channel of kind {channel.kind} does not use it ({_CHANNELS})"
                yield Problem((*path, name), "is written", why, "remove it")
        is_channel = (channel.address or "").startswith("#")
        if channel.address is not None and is_channel is not (channel.kind == "slack"):
            what = f"is {channel.address!r} of kind {channel.kind}"
            why = "e-mail goes to an address, Slack to a channel that begins with #"
            right = "'#on-call'" if channel.kind == "slack" else _RIGHT["address"]
            yield Problem((_MONITORING, "channels", key, "address"), what, why, f"address: {right}")


def owners_have_channels(draft: Draft) -> Iterator[Problem]:
    """Owners name channels that there are."""
    if draft.monitoring is None:
        return
    for key, owner in draft.monitoring.owners.items():
        for word, channel in (("page", owner.page), ("tell", owner.tell)):
            path = (_MONITORING, "owners", key, word)
            yield from _named(path, channel, draft.monitoring.channels, f"{_MONITORING}.channels")


def every_service_has_an_impact(draft: Draft) -> Iterator[Problem]:
    """Each service has an impact, with an owner that there is, and each impact a service."""
    if draft.monitoring is None or not draft.service_keys:
        return
    impacts = draft.monitoring.impacts
    for key in sorted(draft.service_keys - set(impacts)):
        why = "what is at risk decides severity, channel and repeat: without it nobody is told"
        owner = min(draft.monitoring.owners, default="reliability")
        fix = f"{key}: {{owner: {owner}, revenueAtRiskUsd: 500000}}"
        yield Problem((_MONITORING, "impacts"), f"has nothing for the service {key}", why, fix)
    for key, impact in impacts.items():
        yield from _service(("impacts", key), key, draft)
        path = (_MONITORING, "impacts", key, "owner")
        yield from _named(path, impact.owner, draft.monitoring.owners, f"{_MONITORING}.owners")


def promises_are_of_services(draft: Draft) -> Iterator[Problem]:
    """What is promised, and whose agents time out, is a service that there is."""
    if draft.monitoring is None or not draft.service_keys:
        return
    for key in draft.monitoring.objectives:
        yield from _service(("objectives", key), key, draft)
    timeouts = draft.monitoring.agent_timeouts
    if timeouts is not None:
        yield from _service(("agentTimeouts", "service"), timeouts.service, draft)


def hosts_outside_are_named_once(draft: Draft) -> Iterator[Problem]:
    """Each host outside is a name, or a plain variable that a service has."""
    if draft.monitoring is None:
        return
    variables = {variable for service in draft.services.values() for variable in service.env}
    for key, outside in draft.monitoring.outside.items():
        path = (_MONITORING, "outside", key)
        if (outside.host is None) == (outside.variable is None):
            what = "has neither host nor variable" if outside.host is None else "has host and variable both"
            why = "what is counted in the logs is one name"
            yield Problem(path, what, why, "host: api.openai.com")
        elif outside.variable is not None and draft.all_services_read and outside.variable not in variables:
            near = nearest(outside.variable, variables)
            why = f"no service has that plain variable{f'; did you mean {near}?' if near else ''}"
            fix = entry("variable", near or "CLICKHOUSE_HOST")
            yield Problem((*path, "variable"), f"names {outside.variable}", why, fix)


def _service(path: tuple[str, ...], key: str, draft: Draft) -> Iterator[Problem]:
    if key in draft.service_keys:
        return
    near = nearest(key, draft.service_keys)
    why = f"plumbline:services has {listed(draft.service_keys)}{f'; did you mean {near}?' if near else ''}"
    fix = f"{near}:" if near else "remove it"
    if path[-1] == "service":
        fix = entry("service", near or min(draft.service_keys))
    yield Problem((_MONITORING, *path), f"names {key!r}, which is not there", why, fix)


def _named(path: tuple[str, ...], name: str, known: Iterable[str], section: str) -> Iterator[Problem]:
    there = sorted(known)
    if name in there:
        return
    near = nearest(name, there)
    why = f"{section} has {listed(there)}{f'; did you mean {near}?' if near else ''}"
    fix = entry(path[-1], near or min(there, default="on-call"))
    yield Problem(path, f"names {name!r}, which is not there", why, fix)
