"""A plan from what `pulumi stack export` prints: what is deployed already.

Owns which of its resources belong to the plan: not those that wait to be deleted, and no operation that was
interrupted. Secrets are encrypted there: they are masked, unless `--show-secrets` wrote them in the clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from policies.plan.errors import SourceError
from policies.plan.place import placed
from policies.plan.records import PROVIDERS, Reader, Record, records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from policies.plan.graph import Plan

FIX: Final = "pulumi stack export --stack STACK > state.json"
_VERSIONS: Final = (3, 4)


def is_state(document: Record) -> bool:
    """Whether a document is an exported state."""
    return "deployment" in document


def read_state(document: Record, path: Path) -> Plan:
    """The plan of what a state holds.

    Raises:
        SourceError: The document is malformed, or of a version that nobody here knows.
    """
    where = str(path)
    if document.get("version") not in _VERSIONS:
        raise SourceError(
            f"is a state of version {document.get('version')!r}; known are 3 and 4",
            where=where,
            fix=f"export it with a current CLI: {FIX}",
        )
    deployment = document.get("deployment")
    if not isinstance(deployment, Mapping):
        raise SourceError("`deployment` is not an object", where=where, fix=FIX)
    found = records(deployment.get("resources") or [], where=f"{where}: deployment.resources", fix=FIX)
    plan = placed(_place(found), {}, preview=False)
    reader = Reader(plan, where=where, fix=FIX)
    for index, record in enumerate(found):
        if not record.get("delete"):
            reader.take(record, place=f"deployment.resources[{index}]", declared=not record.get("external"))
    return plan


def _place(found: Sequence[Record]) -> dict[str, str]:
    """Where resources live that do not say: what the default provider was given."""
    for record in found:
        urn, inputs = str(record.get("urn")), record.get("inputs")
        if f"::{PROVIDERS}gcp::default" in urn and isinstance(inputs, Mapping):
            given = ((key, inputs.get(key)) for key in ("project", "region"))
            return {f"gcp:{key}": value for key, value in given if isinstance(value, str)}
    return {}
