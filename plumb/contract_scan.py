"""What code reads, held against what a contract requires.

Owns the differences and what to write into the contract. Does not read code (`code`), nor print (`contract`).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from catalog.cloud_run import RESERVED_ENV
from contracts import ServiceContract
from contracts.fields import ENVIRONMENT, ENVIRONMENT_UPPER, expand
from contracts.reading import line_of, read
from plumb.code import scan
from plumb.code.found import ANY, Place
from policies.own_contracts import VARIABLE, contracts_folder
from policies.secrets.words import says_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from contracts.reading import Document
    from plumb.code import Found, Read

GIVEN: Final = RESERVED_ENV | {"HOME", "HOSTNAME", "LANG", "PATH", "PWD", "TMPDIR", "USER"}
"""Variables that Cloud Run or the image sets: no contract has them."""
READ_BY_SERVERS: Final = {"WEB_CONCURRENCY": "gunicorn and uvicorn"}
"""Variables that no code of a service need read, and who does."""
_EXAMPLES: Final = ("staging", "production", "development")


class ScanError(Exception):
    """Why nothing can be held against anything, in words for the user."""


@dataclass(frozen=True, slots=True)
class Required:
    """A variable of the contract.

    Attributes:
        name: As the contract writes it.
        section: Where: `env`, `secrets`, `pool` or `timeouts`.
        place: The line.
    """

    name: str
    section: str
    place: Place


@dataclass
class Scan:
    """What was found, and how it differs from the contract.

    Attributes:
        contract: The contract's name.
        service: The pattern of the service's name.
        file: The contract's file.
        found: What the code does.
        missing: Variables that the code needs and the contract does not have, with their reads.
        optional: Variables that the code has values of its own for, and the contract does not have.
        never_read: Variables of the contract that no code reads.
        plain_secrets: Variables under `env` that are secrets by their name, or by their type in the code.
        unsure: Reads of names that are known in part, and not as the contract writes one.
    """

    contract: str
    service: str
    file: str
    found: Found
    missing: dict[str, list[Read]] = field(default_factory=dict)
    optional: dict[str, list[Read]] = field(default_factory=dict)
    never_read: list[Required] = field(default_factory=list)
    plain_secrets: list[Required] = field(default_factory=list)
    unsure: list[Read] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether there is something to do."""
        return bool(self.missing or self.never_read or self.plain_secrets)

    @property
    def cannot_tell(self) -> bool:
        """Whether something the code does is known only when it runs."""
        return bool(self.unsure or self.found.unclear)

    def is_secret(self, name: str) -> bool:
        """Whether a missing variable belongs under `secrets`."""
        return says_secret(name) or any(one.secret for one in self.missing.get(name, ()))

    @property
    def suggestion(self) -> str:
        """Lines for the contract; empty when nothing is missing."""
        lines = []
        for section, wanted in (("env", False), ("secrets", True)):
            names = [name for name in sorted(self.missing) if self.is_secret(name) is wanted]
            lines += [f"{section}:", *(f"  {name}:" for name in names)] if names else []
        return "".join(f"{line}\n" for line in lines)


def scan_against(path: Path, service: str | None, environ: Mapping[str, str]) -> Scan:
    """Reads code and holds it against its contract.

    Args:
        path: A file, or a folder with Python files.
        service: The contract's name, or the service's; None when the folder tells, or there is only one.
        environ: The environment, which may name contracts.

    Raises:
        ScanError: There is no code, or no such contract.
    """
    if not path.exists():
        raise ScanError(f"{path}: no such file or folder")
    document, model = _contract(path, service, environ)
    found = scan(path)
    if not found.files:
        raise ScanError(
            f"{path}: no Python files, tests and hidden folders left out; name the folder of the code"
        )
    result = Scan(document.name, model.service, document.file, found)
    _compare(result, list(_required(document, model)))
    return result


def _compare(result: Scan, required: Sequence[Required]) -> None:
    seen: set[str] = set()
    typed: set[str] = set()
    for one in result.found.reads:
        fits = [need for need in required if any(_fits(name, need.name) for name in one.names)]
        if not one.is_whole:  # what is filled in is the environment, where the contract has a place for it
            placed = [need for need in fits if "{" in need.name]
            fits = placed or fits
            if not placed:
                result.unsure.append(one)
        seen |= {need.name for need in fits}
        typed |= {need.name for need in fits if one.secret}
        if fits or any(name in GIVEN for name in one.names):
            continue
        if not one.is_whole:
            continue
        into = result.missing if one.required else result.optional
        into.setdefault(one.names[0], []).append(one)
    for name in result.missing:
        result.missing[name] += result.optional.pop(name, [])
    result.never_read = [
        need for need in required if need.name not in seen and need.name not in READ_BY_SERVERS
    ]
    result.plain_secrets = [
        need
        for need in required
        if need.section == "env" and (need.name in typed or says_secret(expand(need.name, "staging")))
    ]


def _fits(name: str, required: str) -> bool:
    """Whether a name in code may be this variable of the contract."""
    spelled = {required, *(expand(required, environment) for environment in _EXAMPLES)}
    if ANY not in name:
        pattern = re.escape(required).replace(re.escape(ENVIRONMENT), "[a-z][a-z0-9]*")
        pattern = pattern.replace(re.escape(ENVIRONMENT_UPPER), "[A-Z][A-Z0-9]*")
        return re.fullmatch(pattern, name) is not None
    parts = ".+".join(map(re.escape, name.split(ANY)))
    return any(re.fullmatch(parts, one) is not None for one in spelled)


def _required(document: Document, model: ServiceContract) -> Iterator[Required]:
    places: list[tuple[str, str, tuple[str | int, ...]]] = [
        *((name, "env", ("env", name)) for name in model.env),
        *((name, "secrets", ("secrets", name)) for name in model.secrets),
        *((name, "timeouts", ("timeouts", index)) for index, name in enumerate(model.timeouts)),
    ]
    if model.pool is not None:
        fields = type(model.pool).model_fields
        places += [
            (getattr(model.pool, key), "pool", ("pool", one.alias or key)) for key, one in fields.items()
        ]
    told: set[str] = set()
    for name, section, place in places:
        if name not in told:
            told.add(name)
            yield Required(name, section, Place(document.file, line_of(document.raw, place)))


def _contract(
    path: Path, service: str | None, environ: Mapping[str, str]
) -> tuple[Document, ServiceContract]:
    here = path.resolve()
    folder = contracts_folder(environ, [here, *here.parents, Path.cwd()])
    if folder is None or not folder.is_dir():
        raise ScanError(f"no contracts: {VARIABLE} names none, and there is no contracts/ beside the code")
    documents: dict[str, tuple[Document, ServiceContract]] = {}
    problems = []
    for file in sorted(folder.glob("*.yaml")):
        document, wrong = read(file, folder)
        problems += wrong
        if document is not None and isinstance(document.model, ServiceContract):
            documents[document.name] = (document, document.model)
    if problems:
        raise ScanError(
            f"the contracts in {os.path.relpath(folder)} cannot be used:\n" + "\n".join(map(str, problems))
        )
    chosen = service or (here.name if here.name in documents else None)
    if chosen is None and len(documents) == 1:
        chosen = next(iter(documents))
    known = ", ".join(documents) or "none"
    if chosen is None:
        raise ScanError(f"say which contract this code has: --service, one of {known}")
    for name, found in documents.items():
        patterns = [re.escape(found[1].service).replace(re.escape(ENVIRONMENT), "[a-z0-9]+")]
        if chosen in (name, found[1].service) or any(re.fullmatch(one, chosen) for one in patterns):
            return found
    raise ScanError(f"no contract for {chosen!r} in {os.path.relpath(folder)}; there are {known}")
