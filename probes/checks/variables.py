"""Every variable and secret of the contract is there and not empty. Only names are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probes.context import FailedError
from probes.registry import check, when
from probes.report import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from probes.context import Context


@check(
    "environment",
    "environment",
    deadline=1,
    applies=lambda assignment: when(assignment.env, "the contract names no plain variable"),
)
async def environment(context: Context) -> None:
    """Plain variables."""
    wanted = context.assignment.env
    _look(context, wanted, (Evidence.VARIABLE_MISSING, Evidence.VARIABLE_EMPTY))


@check(
    "secrets",
    "environment",
    deadline=1,
    applies=lambda assignment: when(assignment.secrets, "the contract names no secret"),
)
async def secrets(context: Context) -> None:
    """Variables from Secret Manager, as Cloud Run resolved them when it started this."""
    wanted = context.assignment.secrets
    _look(context, wanted, (Evidence.SECRET_MISSING, Evidence.SECRET_EMPTY))


def _look(context: Context, wanted: Sequence[str], kinds: tuple[Evidence, Evidence]) -> None:
    missing = [name for name in wanted if name not in context.environ]
    empty = [name for name in wanted if name in context.environ and not context.environ[name].strip()]
    context.observed["asked"] = len(wanted)
    for key, names in (("missing", missing), ("empty", empty)):
        if names:
            context.observed[key] = names
    if missing or empty:
        said = [f"not set: {', '.join(missing)}"] if missing else []
        said += [f"empty: {', '.join(empty)}"] if empty else []
        raise FailedError(kinds[0] if missing else kinds[1], "; ".join(said))
