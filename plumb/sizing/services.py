"""How many instances a service needs, how long a request may take, and what Cloud Run does not give."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from catalog import cloud_run, direct_egress
from catalog.load import CONCURRENCY_TARGET, instances_for
from catalog.sizing import Unfit
from plumb.sizing.proposal import number
from policies.parity import LEAST_INSTANCES

if TYPE_CHECKING:
    from catalog.load import Load
    from components.settings import PlatformSettings, ServiceSettings
    from plumb.sizing.proposal import Ask, Proposal

SERVICES: Final = "plumbline:services"
TARGET: Final = f"{float(CONCURRENCY_TARGET):.0%}"


def size_service(
    result: Proposal, settings: PlatformSettings, ask: Ask, production: PlatformSettings | None
) -> ServiceSettings:
    """The service with the concurrency, instances and time-out that it needs."""
    service, load = settings.services[ask.service], ask.load
    concurrency = ask.concurrency or service.concurrency
    instances = ask.max_instances or (service.max_instances if load is None else 1)
    if load is not None:
        instances = max(instances, _instances(result, load, concurrency))
    twin = None if production is None else production.services.get(ask.service)
    least = 0 if twin is None else ceil(twin.max_instances * LEAST_INSTANCES)
    if twin is not None and instances < least:
        result.step("instances of staging", f"a fifth of production's {twin.max_instances} = {least}")
        instances = least
    changes: dict[str, object] = {
        "concurrency": concurrency,
        "max_instances": instances,
        "min_instances": min(service.min_instances, instances),
        **({} if load is None else _time_out(service, load)),
    }
    for name, then in changes.items():
        alias = type(service).model_fields[name].alias or name
        result.change((SERVICES, ask.service, alias), getattr(service, name), then)
    sized = service.model_copy(update=changes)
    result.unfit += _not_given(settings, ask, sized)
    return sized


def _instances(result: Proposal, load: Load, concurrency: int) -> int:
    busy = load.requests + load.web_sockets
    result.step(
        "requests at a time",
        f"{load.requests_per_second:g} a second x {load.seconds_each:g} s each = "
        f"{number(float(load.requests))} (Little's law)",
    )
    if load.web_sockets:
        result.step(
            "places taken",
            f"{number(float(load.requests))} requests + {load.web_sockets} WebSockets, a place each while "
            f"open = {number(float(busy))}",
        )
    needed = instances_for(load, concurrency)
    exact = float(busy / (concurrency * CONCURRENCY_TARGET))
    result.step(
        "instances",
        f"{number(float(busy))} / ({concurrency} places x {TARGET}, where Cloud Run adds an instance) = "
        f"{number(exact)}, so {needed}",
    )
    return needed


def _time_out(service: ServiceSettings, load: Load) -> dict[str, object]:
    """What must change so that no request, and no WebSocket, is cut off."""
    changes: dict[str, object] = {"web_sockets": True} if load.web_sockets else {}
    changed = service.model_copy(update=changes)
    least = cloud_run.MAX_TIMEOUT_SECONDS if changed.web_sockets else ceil(load.seconds_each)
    if changed.request_timeout_seconds < least <= cloud_run.MAX_TIMEOUT_SECONDS:
        changes["timeout_seconds"] = least
    return changes


def _not_given(settings: PlatformSettings, ask: Ask, service: ServiceSettings) -> list[Unfit]:
    direct = settings.egress.via == "direct" and service.has_private_route
    most = direct_egress.INSTANCES if direct else cloud_run.MAX_INSTANCES
    found = []
    if not most.holds(service.max_instances):
        found.append(
            Unfit(
                f"{ask.service} needs {service.max_instances} instances: {most.says} ({most.source})",
                "answer more requests at a time (--concurrency), make each shorter, or divide the service",
            )
        )
    breach = cloud_run.check_concurrency(service.concurrency, service.cpu)
    if breach is not None:
        found.append(
            Unfit(
                f"the concurrency of {ask.service} {breach.what}: {breach.reason}",
                f"--concurrency {breach.example}",
            )
        )
    longest = cloud_run.TIMEOUT_SECONDS
    if ask.load is not None and ask.load.seconds_each > longest.high:
        found.append(
            Unfit(
                f"a request of {ask.load.seconds_each:g} s is cut off: {longest.says} ({longest.source})",
                "let long work run in a Cloud Run job, and the request only begin it",
            )
        )
    return found
