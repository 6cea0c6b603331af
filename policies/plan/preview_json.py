"""A plan from what `pulumi preview --json` prints.

Owns which of its steps belong to the plan. Secrets are printed as `[secret]`: they are masked, and what a
rule would ask of one is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from policies.plan.errors import SourceError
from policies.plan.place import placed
from policies.plan.records import Reader, Record, records

if TYPE_CHECKING:
    from pathlib import Path

    from policies.plan.graph import Plan

FIX: Final = "pulumi preview --json --stack STACK > plan.json"
_MASKS: Final = frozenset({"[secret]"})
# What a step leaves in place (https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/resource/deploy/step.go):
# all but those that take away.
_READS: Final = frozenset({"read", "read-replacement"})
_KEEPS: Final = _READS | frozenset(
    {
        "same",
        "create",
        "update",
        "replace",
        "create-replacement",
        "import",
        "import-replacement",
        "refresh",
        "diff",
    }
)


def is_preview(document: Record) -> bool:
    """Whether a document is a preview's."""
    return "steps" in document or "changeSummary" in document


def read_preview(document: Record, path: Path) -> Plan:
    """The plan that a preview printed.

    Raises:
        SourceError: The document is malformed, or the preview failed, so that its plan is not whole.
    """
    where = str(path)
    _refuse_failed(document, where)
    config = document.get("config")
    config = config if isinstance(config, Mapping) else {}
    plan = placed({key: value for key, value in config.items() if isinstance(value, str)}, {}, preview=True)
    reader = Reader(plan, where=where, fix=FIX, masks=_MASKS)
    steps = document.get("steps")  # null where nothing was declared
    found = records([] if steps is None else steps, where=f"{where}: steps", fix=FIX)
    for index, step in enumerate(found):
        op = step.get("op")
        if op not in _KEEPS:
            continue
        state = step.get("newState")
        place = f"steps[{index}]"
        if not isinstance(state, Mapping):
            raise SourceError(f"is a step `{op}` without `newState`", where=f"{where}: {place}", fix=FIX)
        reader.take(state, place=f"{place}.newState", declared=op not in _READS and not state.get("external"))
    return plan


def _refuse_failed(document: Record, where: str) -> None:
    told = document.get("diagnostics")
    for one in told if isinstance(told, list) else ():
        if isinstance(one, Mapping) and one.get("severity") == "error":
            # Its words are the program's or the provider's: they may quote a value, and are left out.
            urn = str(one.get("urn") or "the program").rpartition("::")[2]
            raise SourceError(
                f"this preview failed at {urn}, so that its plan is not whole",
                where=where,
                fix=f"mend what `pulumi preview` says of {urn}; then, without a policy pack: {FIX}",
            )
