"""Reads a folder of contract files and answers what a service must have.

Owns files, lines and what one file says of another. Every problem of every file is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contracts.model import (
    EnvironmentsFile,
    External,
    ExternalsFile,
    PlainRequirement,
    SecretRequirement,
    ServiceContract,
    expand,
)
from contracts.problems import ContractError, Problem
from contracts.reading import Document, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Requirements:
    """What one service must have in one environment, with the environment's name in its places.

    Attributes:
        contract: The contract's name: its file's, without `.yaml`.
        service: The service's name in Google Cloud.
        container: The container it speaks of; None for the one that serves.
        env: The plain variables that must be set.
        secrets: The variables that must be read from Secret Manager.
    """

    contract: str
    service: str
    environment: str
    container: str | None
    env: Mapping[str, PlainRequirement]
    secrets: Mapping[str, SecretRequirement]


@dataclass(frozen=True)
class Contracts:
    """All contracts of a folder. `Contracts()` is a team that has none.

    Attributes:
        projects: The environment of each Google Cloud project.
        services: The contracts by name.
        externals: What lives outside the stacks.
    """

    projects: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, ServiceContract] = field(default_factory=dict)
    externals: Sequence[External] = ()
    _required: Mapping[tuple[str, str], Requirements] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Works out once what each service must have where."""
        required = {
            (environment, expand(contract.service, environment)): _within(name, contract, environment)
            for name, contract in self.services.items()
            for environment in dict.fromkeys(self.projects.values())
        }
        object.__setattr__(self, "_required", required)

    @property
    def covers_anything(self) -> bool:
        """Whether there is a project to which contracts apply."""
        return bool(self.projects)

    @property
    def patterns(self) -> Sequence[str]:
        """The services' names as the contracts write them."""
        return [contract.service for contract in self.services.values()]

    def environment_of(self, project: str) -> str | None:
        """The environment a Google Cloud project is; None when contracts do not apply to it."""
        return self.projects.get(project)

    def requirements(self, project: str, service: str) -> Requirements | None:
        """What a service in a project must have; None when no contract says."""
        environment = self.projects.get(project)
        return None if environment is None else self._required.get((environment, service))

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
    )


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
        elif isinstance(document.model, ExternalsFile):
            yield from _environments_exist(document, document.model, set(environments.values()))
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
        for index, project in enumerate(entry.projects):
            if project in environments:
                yield document.problem(
                    ("environments", environment, "projects", index),
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
    document: Document, model: ExternalsFile, environments: set[str]
) -> Iterator[Problem]:
    for index, external in enumerate(model.externals):
        if external.environment not in environments:
            yield document.problem(
                ("externals", index, "environment"),
                f"no project is {external.environment}",
                "what is declared for it would never be used",
                f"one of: {', '.join(sorted(environments)) or 'none yet; add environments.yaml'}",
            )
