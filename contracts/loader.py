"""Reads a folder of contract files and answers what a service must have.

Owns files, lines and what one file says of another. Every problem of every file is told at once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from contracts.externals import External, ExternalsFile
from contracts.fields import expand
from contracts.model import (
    Destinations,
    EnvironmentsFile,
    PlainRequirement,
    Pool,
    SecretRequirement,
    ServiceContract,
    WebSockets,
)
from contracts.probe_problems import probe_problems
from contracts.problems import ContractError, Problem
from contracts.reading import Document, line_of, read
from contracts.waivers import Waiver, WaiversFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from contracts.probes import GoldenPath, Probes


@dataclass(frozen=True)
class Requirements:
    """What one service must have in one environment, with the environment's name in its places.

    Attributes:
        contract: The contract's name: its file's, without `.yaml`.
        service: The service's name in Google Cloud.
        container: The container it speaks of; None for the one that serves.
        env: The plain variables that must be set.
        secrets: The variables that must be read from Secret Manager.
        destinations: What the service must reach.
        web_sockets: That it answers WebSockets, and how long; None when it answers none.
        pool: The variables its database connections are computed from; None for a service without a pool.
        timeouts: The variables that hold its time-outs, the outermost first.
        probes: What is asked of it once it is deployed; None when nothing beyond its destinations.
        golden_path: What a user does, end to end; None when the contract gives no steps.
    """

    contract: str
    service: str
    environment: str
    container: str | None
    env: Mapping[str, PlainRequirement]
    secrets: Mapping[str, SecretRequirement]
    destinations: Destinations
    web_sockets: WebSockets | None = None
    pool: Pool | None = None
    timeouts: Sequence[str] = ()
    probes: Probes | None = None
    golden_path: GoldenPath | None = None


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """One secret variable of one contract in one environment.

    Attributes:
        environment: The environment.
        contract: The contract's name.
        variable: The variable, with the environment's name in its places.
    """

    environment: str
    contract: str
    variable: str


@dataclass(frozen=True)
class Contracts:
    """All contracts of a folder. `Contracts()` is a team that has none.

    Attributes:
        projects: The environment of each Google Cloud project.
        numbers: The environment of each project's number that is written down.
        services: The contracts by name.
        externals: What lives outside the stacks.
        waivers: What is let pass for a while.
        compliance: The frameworks that an environment must keep.
    """

    projects: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, ServiceContract] = field(default_factory=dict)
    externals: Sequence[External] = ()
    waivers: Sequence[Waiver] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)
    compliance: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _required: Mapping[tuple[str, str], Requirements] = field(init=False, repr=False)
    _same: Mapping[SecretPlace, Sequence[SecretPlace]] = field(init=False, repr=False)
    _elsewhere: Mapping[tuple[str, str], Sequence[External]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Works out once what each service must have where."""
        required = {
            (environment, expand(contract.service, environment)): _within(name, contract, environment)
            for name, contract in self.services.items()
            for environment in dict.fromkeys(self.projects.values())
        }
        elsewhere: dict[tuple[str, str], list[External]] = defaultdict(list)
        for external in self.externals:
            elsewhere[external.environment, external.kind].append(external)
        object.__setattr__(self, "_required", required)
        object.__setattr__(self, "_same", _same_secrets(required.values()))
        object.__setattr__(self, "_elsewhere", elsewhere)

    @cached_property
    def sessions_in_caches(self) -> frozenset[bool]:
        """What contracts say of caches, whether they hold sessions: each answer that any gives."""
        caches = (contract.destinations.cache for contract in self.services.values())
        return frozenset(cache.holds_sessions for cache in caches if cache is not None)

    @property
    def covers_anything(self) -> bool:
        """Whether there is a project to which contracts apply."""
        return bool(self.projects)

    @property
    def patterns(self) -> Sequence[str]:
        """The services' names as the contracts write them."""
        return [contract.service for contract in self.services.values()]

    def environment_of(self, project: str) -> str | None:
        """The environment a Google Cloud project is, by its id or number; None when it is none's."""
        return self.projects.get(project, self.numbers.get(project))

    def compliance_of(self, project: str) -> frozenset[str]:
        """The frameworks that a project must keep; none where contracts do not apply to it."""
        environment = self.environment_of(project)
        return frozenset() if environment is None else self.compliance.get(environment, frozenset())

    def requirements(self, project: str, service: str) -> Requirements | None:
        """What a service in a project must have; None when no contract says."""
        environment = self.environment_of(project)
        return None if environment is None else self._required.get((environment, service))

    def same_secret(self, required: Requirements, variable: str) -> Sequence[SecretPlace]:
        """The variables that must read the same secret as this one, whichever of the two says so."""
        return self._same.get(SecretPlace(required.environment, required.contract, variable), ())

    def service_of(self, place: SecretPlace) -> str:
        """The name in Google Cloud of the service that a variable is of."""
        return expand(self.services[place.contract].service, place.environment)

    def outside(self, environment: str | None, kind: str) -> Sequence[External]:
        """What is declared of one kind for one environment."""
        return () if environment is None else self._elsewhere.get((environment, kind), ())

    def names(self, service: str) -> bool:
        """Whether a contract names this service in any environment."""
        return any(name == service for _, name in self._required)


def load(directory: Path) -> Contracts:
    """Reads all `*.yaml` files of a folder.

    Args:
        directory: Where the contracts lie: one file for each service, one that maps projects to environments,
            one for externals where there are any. A file is told by its first key, not by its name.

    Raises:
        ContractError: Something is wrong; all of it is told.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    for path in sorted(directory.glob("*.yaml")):
        document, wrong = read(path, directory)
        problems += wrong
        if document is not None:
            documents.append(document)
    if not documents and not problems:
        problems.append(
            Problem(
                str(directory),
                1,
                "there are no contracts here" if directory.is_dir() else "there is no such folder",
                "without contracts no service would be held to anything, and nobody would notice",
                "point PLUMB_CONTRACTS at a folder with environments.yaml and a file for each service",
            )
        )
    problems += _between(documents)
    if problems:
        raise ContractError(problems)
    return Contracts(
        projects={
            project: environment
            for document in documents
            if isinstance(document.model, EnvironmentsFile)
            for environment, entry in document.model.environments.items()
            for project in entry.projects
        },
        numbers={
            number: environment
            for document in documents
            if isinstance(document.model, EnvironmentsFile)
            for environment, entry in document.model.environments.items()
            for number in entry.numbers
        },
        services={
            document.name: document.model
            for document in documents
            if isinstance(document.model, ServiceContract)
        },
        externals=[
            external
            for document in documents
            if isinstance(document.model, ExternalsFile)
            for external in document.model.externals
        ],
        waivers=[
            Waiver.placed(entry, document.file, line_of(document.raw, ("waivers", index)))
            for document in documents
            if isinstance(document.model, WaiversFile)
            for index, entry in enumerate(document.model.waivers)
        ],
        compliance=_compliance(documents),
    )


def _compliance(documents: Sequence[Document]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    for document in documents:
        if isinstance(document.model, EnvironmentsFile):
            for environment, entry in document.model.environments.items():
                found[environment] |= frozenset(entry.compliance)
    return dict(found)


def _same_secrets(required: Iterable[Requirements]) -> Mapping[SecretPlace, Sequence[SecretPlace]]:
    same: dict[SecretPlace, list[SecretPlace]] = defaultdict(list)
    for one in required:
        for variable, requirement in one.secrets.items():
            here = SecretPlace(one.environment, one.contract, variable)
            for named in requirement.same_as:
                contract, _, other = named.rpartition("/")
                there = SecretPlace(one.environment, contract or one.contract, other)
                for this, that in ((here, there), (there, here)):
                    if that not in same[this]:
                        same[this].append(that)
    return same


def _within(name: str, contract: ServiceContract, environment: str) -> Requirements:
    return Requirements(
        contract=name,
        service=expand(contract.service, environment),
        environment=environment,
        container=contract.container,
        env={expand(key, environment): value.within(environment) for key, value in contract.env.items()},
        secrets={
            expand(key, environment): value.within(environment) for key, value in contract.secrets.items()
        },
        destinations=contract.destinations.within(environment),
        web_sockets=contract.web_sockets,
        pool=None if contract.pool is None else contract.pool.within(environment),
        timeouts=[expand(name, environment) for name in contract.timeouts],
        probes=None if contract.probes is None else contract.probes.within(environment),
        golden_path=contract.golden_path,
    )


def _between(documents: Sequence[Document]) -> Iterator[Problem]:
    services = {d.name: d.model for d in documents if isinstance(d.model, ServiceContract)}
    environments: dict[str, str] = {}
    for document in documents:
        if isinstance(document.model, EnvironmentsFile):
            yield from _projects_once(document, document.model, environments)
    for document in documents:
        if isinstance(document.model, ServiceContract):
            yield from _one_contract_each(document, document.model, documents)
            yield from _same_as_exists(document, document.model, services)
            yield from _destinations_are_set(document, document.model)
            yield from probe_problems(document, document.model, services)
        elif isinstance(document.model, ExternalsFile):
            used = [one.environment for one in document.model.externals]
            yield from _environments_exist(document, "externals", used, set(environments.values()))
        elif isinstance(document.model, WaiversFile):
            used = [one.environment for one in document.model.waivers]
            yield from _environments_exist(document, "waivers", used, set(environments.values()))
            yield from _waived_once(document, document.model)
    if services and not any(isinstance(d.model, EnvironmentsFile) for d in documents):
        first = next(d for d in documents if isinstance(d.model, ServiceContract))
        yield first.problem(
            ("service",),
            "no file maps a project to an environment",
            "a contract applies where a project is an environment: this one applies nowhere",
            "add environments.yaml: environments: {staging: {projects: [PROJECT_ID]}}",
        )


def _projects_once(
    document: Document, model: EnvironmentsFile, environments: dict[str, str]
) -> Iterator[Problem]:
    for environment, entry in model.environments.items():
        for key, index, project in (
            *(("projects", *one) for one in enumerate(entry.projects)),
            *(("numbers", *one) for one in enumerate(entry.numbers)),
        ):
            if project in environments:
                yield document.problem(
                    ("environments", environment, key, index),
                    f"project {project} is {environments[project]} and {environment}",
                    "its services would have to keep two contracts at once",
                    f"name {project} under one environment",
                )
            environments[project] = environment


def _one_contract_each(
    document: Document, model: ServiceContract, documents: Sequence[Document]
) -> Iterator[Problem]:
    for other in documents:
        if other is document:
            return
        if isinstance(other.model, ServiceContract) and other.model.service == model.service:
            yield document.problem(
                ("service",),
                f"{other.file} is the contract of {model.service} already",
                "with two contracts nobody knows which one holds",
                "keep one of the two files",
            )


def _same_as_exists(
    document: Document, model: ServiceContract, services: Mapping[str, ServiceContract]
) -> Iterator[Problem]:
    for variable, requirement in model.secrets.items():
        for same in requirement.same_as:
            name, _, other = same.rpartition("/")
            contract = services.get(name) if name else model
            if contract is None or other not in contract.secrets:
                there = f"contract {name or document.name}" + (
                    f" has no secret {other}" if contract else " does not exist"
                )
                yield document.problem(
                    ("secrets", variable, "sameAs"),
                    f"{variable} must be the same secret as {same}, but {there}",
                    "two secrets that must be one would be held against nothing",
                    f"name one of: {', '.join((contract or model).secrets)}",
                )


def _destinations_are_set(document: Document, model: ServiceContract) -> Iterator[Problem]:
    to = model.destinations
    named: list[tuple[tuple[str | int, ...], str | None]] = []
    for kind, destination in (("database", to.database), ("cache", to.cache)):
        if destination is not None:
            named += [((kind, "host"), destination.host), ((kind, "port"), destination.port)]
    named += [(("internet", index, "hostFrom"), host.host_from) for index, host in enumerate(to.internet)]
    for place, variable in named:
        if variable is not None and variable not in model.env:
            yield document.problem(
                ("destinations", *place),
                f"{variable} is not among the variables under env",
                "a destination whose variable is not required can be deleted without anyone refusing",
                f"add {variable} under env",
            )


def _environments_exist(
    document: Document, key: str, used: Sequence[str], environments: set[str]
) -> Iterator[Problem]:
    for index, environment in enumerate(used):
        if environment not in environments:
            yield document.problem(
                (key, index, "environment"),
                f"no project is {environment}",
                "what is declared for it would never be used",
                f"one of: {', '.join(sorted(environments)) or 'none yet; add environments.yaml'}",
            )


def _waived_once(document: Document, model: WaiversFile) -> Iterator[Problem]:
    seen: set[tuple[str, str, str]] = set()
    for index, entry in enumerate(model.waivers):
        what = (entry.environment, entry.rule, entry.resource)
        if what in seen:
            yield document.problem(
                ("waivers", index),
                f"{entry.rule} of {entry.resource} is waived twice",
                "nobody knows which of the two holds, and until when",
                "keep one of the two",
            )
        seen.add(what)
