"""Judges many copies of staging in one plan, in this process: `python -m benchmarks.growth SERVICES`.

Owns the plan that grows: staging as the program declares it, once for each three services, each copy under
names of its own. Prints resources, services, CPU seconds of early and of closed judging, and the peak in MiB;
`benchmarks.checking` makes a table of it.
"""

from __future__ import annotations

import gc
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.measure import peak_mib
from contracts import load
from plumb.subject import subject
from policies.judge import Judge
from policies.plan import Plan, Resource, Secret
from policies.plan.values import bare
from policies.plan.workloads import SERVICES
from policies.rules import registered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.plan import Value

ROOT: Final = Path(__file__).resolve().parent.parent
_LETTERS: Final = str.maketrans("0123456789", "abcdefghij")
_SECRET: Final = re.compile(r"(redis-password|postgres-password-auth)")
# Every name of staging's that is neither the project's nor a host's.
_NAME: Final = re.compile(r"(?<!projects/)(?<!@)(?<!\.dev/)netra(?![a-z])")
# A project has each of these once, and staging names them after what they are.
_NAMED_PLAINLY: Final = (
    "gcp:dns/managedZone:ManagedZone",
    "gcp:logging/metric:Metric",
    "gcp:logging/projectSink:ProjectSink",
    "gcp:networkmanagement/connectivityTest:ConnectivityTest",
)


def main() -> None:
    """Prints one line of numbers."""
    wanted = int(sys.argv[1])
    staging = subject(str(ROOT), "staging", os.environ).plan
    services = sum(1 for _ in staging.of_type(SERVICES))
    copies = -(-wanted // services)
    judge = Judge(registered(), load(_contracts(copies)))
    plan = Plan(project=staging.project, region=staging.region)
    gc.disable()  # as in the command
    early = closed = 0.0
    found = 0
    for resource in _copied(staging, copies):
        plan.add(resource)
        begun = time.process_time()
        found += len(judge.early(plan, resource))
        early += time.process_time() - begun
    begun = time.process_time()
    found += len(judge.closed(plan))
    closed += time.process_time() - begun
    if found:
        sys.exit(f"{found} findings: this measures refusing, not judging")
    sys.stdout.write(f"{len(plan)} {copies * services} {early} {closed} {peak_mib()}\n")


def _copied(staging: Plan, copies: int) -> Iterator[Resource]:
    """Staging again and again under other names, in one project, each copy on a network of its own."""
    plain = re.compile("|".join(re.escape(str(one.at("name"))) for one in staging.of_type(_NAMED_PLAINLY)))
    for each in range(copies):
        name = _name(each)
        move = partial(_moved_text, plain=plain, name=name)
        for one in staging:
            yield Resource(
                urn=_renamed(one.urn, name),
                type=one.type,
                name=f"{name}-{one.name}",
                read=partial(_moved_members, one.inputs, move),
                parent=None if one.parent is None else _renamed(one.parent, name),
                dependencies=[_renamed(urn, name) for urn in one.dependencies],
                property_dependencies={
                    key: [_renamed(urn, name) for urn in urns]
                    for key, urns in one.property_dependencies.items()
                },
                source=one.source,
            )


def _name(each: int) -> str:
    # Letters only: a contract may allow no others in a service's id.
    return "n" + f"{each:04d}".translate(_LETTERS)


def _renamed(urn: str, name: str) -> str:
    return urn.replace("::plumbline::", f"::plumbline-{name}::")


def _moved_members(inputs: Mapping[str, Value], move: Callable[[str], str]) -> Mapping[str, Value]:
    return {
        key: value if key in {"project", "projectId"} else _moved(value, move)
        for key, value in inputs.items()
    }


def _moved(value: Value, move: Callable[[str], str]) -> Value:
    if isinstance(value, Secret):
        return value if value.masked else Secret(_moved(bare(value), move))
    if isinstance(value, str):
        return move(value)
    if isinstance(value, Mapping):
        return _moved_members(value, move)
    return [_moved(one, move) for one in value] if isinstance(value, list | tuple) else value


def _moved_text(text: str, *, plain: re.Pattern[str], name: str) -> str:
    moved = _SECRET.sub(rf"\1-{name}", _NAME.sub(name, plain.sub(rf"\g<0>-{name}", text)))
    return moved.replace("staging.netrasystems", f"{name}.netrasystems")


def _contracts(copies: int) -> Path:
    """Our contracts, for the services under each of their names."""
    folder = Path(tempfile.mkdtemp(prefix="contracts-"))
    for path in (ROOT / "contracts").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        if not any(line.startswith("service:") for line in text.splitlines()):
            (folder / path.name).write_text(text, encoding="utf-8")
            continue
        for each in range(copies):
            own = text.replace("service: netra", f"service: {_name(each)}")
            own = re.sub(r"sameAs: (\w+)/", rf"sameAs: \1-{_name(each)}/", own)
            own = re.sub(r"(\n {4}service: )(\w+)", rf"\1\2-{_name(each)}", own)
            (folder / f"{path.stem}-{_name(each)}.yaml").write_text(own, encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
