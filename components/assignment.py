"""What a verification job is told to check, from the contracts and the settings.

Owns the JSON that `probes` reads (`PLUMB_PROBES`): names of variables, hosts, thresholds and counts, never a
value. Does not own its shape: that is `probes.assignment`'s, and a test holds the two together.

The pool that a job opens for a moment, and what all pools ask for, come from the plan that sizes the pools. A
job is not given the pool's own variables: it keeps no pool, and is not counted as one (docs/probes.md).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pulumi

from catalog.sql_sizing import RESERVED, SUPERUSER_RESERVED
from contracts import ContractError, Contracts, load
from contracts.fields import expand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catalog.pools import PoolPlan
    from components.settings import PlatformSettings, ServiceSettings
    from contracts import Requirements
    from contracts.probes import Login, Probes, Step

VARIABLE: Final = "PLUMB_PROBES"
NOT_A_JOBS: Final = frozenset({"DB_POOL_SIZE", "DB_MAX_OVERFLOW", "DB_POOL_RECYCLE_SECONDS"})
"""Variables of a service that say which pool each of its processes keeps."""
FOLDER: Final = "PLUMB_CONTRACTS"


def load_contracts() -> Contracts:
    """The contracts that PLUMB_CONTRACTS names, else those beside the program; none where there are none.

    Raises:
        pulumi.RunError: A contract is wrong; all of it is told, with file and line.
    """
    named = os.environ.get(FOLDER)
    folder = Path(named or "contracts")
    if not named and not folder.is_dir():
        return Contracts()
    try:
        return load(folder)
    except ContractError as error:
        raise pulumi.RunError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Assignments:
    """Writes the assignment of each service of one stack.

    Attributes:
        settings: The stack's.
        contracts: What each service requires.
        pools: What the pools of all services are, and what they ask for together at full scale.
    """

    settings: PlatformSettings
    contracts: Contracts
    pools: PoolPlan

    def requirements(self, service: ServiceSettings) -> Requirements | None:
        """What the service's contract says; None without one."""
        return self.contracts.requirements(self.settings.project, service.name)

    def wanted(self, service: ServiceSettings) -> bool:
        """Whether there is a route to check: a private one, or a host on the internet."""
        required = self.requirements(service)
        return service.has_private_route or (required is not None and bool(required.destinations.internet))

    def of(self, key: str, service: ServiceSettings) -> str:
        """The assignment of one service, as JSON.

        Args:
            key: The service's key under `plumbline:services`.
            service: Its settings.

        Raises:
            pulumi.RunError: A step of the contract goes to a service that no host of the stack serves.
        """
        required = self.requirements(service)
        parts: dict[str, Any] = {
            "service": service.name,
            "deadlineSeconds": self.settings.probes.deadline_seconds if self.settings.probes else None,
            "env": sorted(service.env) if required is None else list(required.env),
            "secrets": sorted(service.secrets) if required is None else list(required.secrets),
            "database": self._database(key, service, required),
            "cache": self._cache(service, required),
        }
        if required is not None:
            parts["internet"] = [
                {"host": host.host, "hostFrom": host.host_from, "port": host.port}
                for host in required.destinations.internet
            ]
            if required.probes is not None:
                parts |= self._front(key, required, required.probes)
        return json.dumps(_without_none(parts), separators=(",", ":"), sort_keys=True)

    def _database(
        self, key: str, service: ServiceSettings, required: Requirements | None
    ) -> dict[str, Any] | None:
        if service.database is None:
            return None
        settings = self.settings.database
        found: dict[str, Any] = {
            "poolConnections": self.pools.pools[key].connections,
            "connectionsAsked": self.pools.asked,
            "connectionsReserved": SUPERUSER_RESERVED + RESERVED,
            "version": int(settings.version.rpartition("_")[2]),
        }
        if required is None:
            return found
        if required.destinations.database is not None:
            at = required.destinations.database
            found |= {"host": at.host, "port": at.port}
        if required.probes is not None:
            found |= required.probes.database.model_dump(by_alias=True)
        return found

    def _cache(self, service: ServiceSettings, required: Requirements | None) -> dict[str, Any] | None:
        if not service.cache:
            return None
        if required is None:
            return {}
        found: dict[str, Any] = {}
        if required.destinations.cache is not None:
            at = required.destinations.cache
            found |= {"host": at.host, "port": at.port}
        if required.probes is not None:
            found |= required.probes.cache.model_dump(by_alias=True)
        return found

    def _front(self, key: str, required: Requirements, probes: Probes) -> dict[str, Any]:
        step = probes.web_socket
        if step is None:
            return {}
        login = None if probes.login is None else self._login(key, required, probes.login)
        socket = {"url": self._url("wss", key, required, step), "headers": step.headers}
        found: dict[str, Any] = {
            "webSockets": {
                "socket": socket,
                "login": login,
                "openSeconds": step.open_seconds,
                "handshakes": step.handshakes,
            }
        }
        if required.golden_path is not None:
            path = required.golden_path.model_dump(by_alias=True)
            found["goldenPath"] = {**path, "login": login, "socket": socket}
        return found

    def _login(self, key: str, required: Requirements, login: Login) -> dict[str, Any]:
        return {
            "url": self._url("https", key, required, login),
            "headers": login.headers,
            "json": login.json_body,
            "token": login.token,
        }

    def _url(self, scheme: str, key: str, required: Requirements, step: Step) -> str:
        host = step.host or self._host(key, required, step.service)
        return f"{scheme}://{host}{step.path}"

    def _host(self, key: str, required: Requirements, contract: str | None) -> str:
        """The host by which users come to a service: its own, or another contract's."""
        name = None
        if contract is not None:
            name = expand(self.contracts.services[contract].service, required.environment)
        keys = {key} if name is None else _keys(self.settings.services, name)
        ingress = self.settings.ingress
        for label, host in sorted(ingress.hosts.items()):
            if host.service in keys:
                return ingress.host_name(label)
        raise pulumi.RunError(
            f"contract {required.contract}: a step of probes goes to {name or required.service}, and no host "
            "under plumbline:ingress.hosts is that service's\n"
            "  why: the step is made as a user makes it, by a host of the load balancer\n"
            "  fix: give the service a host, or name one in the contract: host: …"
        )


def _keys(services: Mapping[str, ServiceSettings], name: str) -> set[str]:
    return {key for key, service in services.items() if service.name == name}


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value
