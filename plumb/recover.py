"""Put a stack right after its update was killed.

A killed update leaves a lock, and operations of which nobody knows how they ended. A create is the hard one:
if the resource was made, the next `up` fails because its name is taken; if it was not, there is nothing to
import. So every interrupted create is written into the state under the id it would have, and Pulumi's own
refresh then asks the provider: what does not exist drops out again. Everything is done with the CLI's
commands, on any backend.

`pulumi refresh --import-pending-creates` is not used: it marks the operation as an import, and nothing in
3.259 carries that import out.
"""

from __future__ import annotations

import copy
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumb import pulumi
from plumb.identities import computed_id
from toolchain.backend import locks, remove_remains
from toolchain.places import shared_cache, write_atomically
from toolchain.stack_copy import project_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NONE = "none"


class RecoveryError(Exception):
    """The stack cannot be put right without the user; the text says what is needed."""


@dataclass(frozen=True)
class Recovery:
    """What was done.

    Attributes:
        backup: the state as it was; None when there was nothing to change in it.
        adopted: URNs of interrupted creates whose resource exists, now in the state.
        forgotten: URNs of interrupted creates whose resource does not exist.
        refreshed: URNs whose update or delete was interrupted, read anew from the provider.
        was_locked: whether there may have been a lock.
    """

    backup: Path | None = None
    adopted: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    was_locked: bool = True

    @property
    def nothing_to_do(self) -> bool:
        """Whether the stack was in order."""
        return self.backup is None and not self.was_locked


@dataclass(frozen=True)
class Draft:
    """A state in which every interrupted create is a resource, and what remains to be asked.

    Attributes:
        state: the state to import.
        candidates: URNs that were written into it.
        forgotten: URNs of creates that are certain not to matter.
        uncertain: URNs whose update or delete was interrupted.
    """

    state: dict[str, Any]
    candidates: list[str]
    forgotten: list[str]
    uncertain: list[str]


def recover(stack: str, *, ids: Mapping[str, str], confirm: Callable[[str], bool]) -> Recovery:
    """Do it.

    Args:
        stack: the stack's name.
        ids: ids of interrupted creates by URN, where they cannot be computed; `none` for one that does not
            exist.
        confirm: asks the user a question; an update that still runs must not lose its lock.

    Raises:
        RecoveryError: an id is needed, or the user said no. Nothing has been changed.
        PulumiError: a Pulumi command failed; the backup's path is in the text when there is one.
    """
    locked = _refuse_if_running(stack, confirm)
    state = pulumi.export(stack)
    draft = drafted(state, ids)
    if locked:
        pulumi.run("cancel", "--yes", "--stack", stack)
    if not (state.get("deployment") or {}).get("pending_operations"):
        return Recovery(was_locked=locked)
    backup = _back_up(stack, state)
    try:
        pulumi.run("stack", "import", "--stack", stack, stdin=json.dumps(draft.state))
        return _ask_provider(stack, draft, backup)
    except pulumi.PulumiError as error:
        way_back = f"pulumi stack import --stack {stack} --file {backup}"
        raise pulumi.PulumiError(
            f"{error}\n  The state as it was is in {backup}; put it back with: {way_back}"
        ) from error


def _refuse_if_running(stack: str, confirm: Callable[[str], bool]) -> bool:
    """Return whether there is, or may be, a lock to take away; refuse when an update still runs.

    In a backend that is a folder, what the killed update left half written is removed on the way.
    """
    kind, _, folder = os.environ.get("PULUMI_BACKEND_URL", "").partition("://")
    project = project_name(Path())
    if kind != "file" or project is None:  # elsewhere only a person knows whether the update is dead
        if confirm(f"Is no update of {stack} running any more, here or anywhere else?"):
            return True
        raise RecoveryError("nothing was changed: wait until the running update has ended")
    found = locks(Path(folder), project, stack.rpartition("/")[2])
    for lock in found:
        if not lock.owner_is_dead:
            raise RecoveryError(
                f"an update of {stack} still runs: process {lock.pid} on {lock.host}, since {lock.since}\n"
                "  nothing was changed: wait until it has ended, or end it"
            )
    remove_remains(Path(folder), project, stack.rpartition("/")[2])
    return bool(found)


def drafted(state: Mapping[str, Any], ids: Mapping[str, str]) -> Draft:
    """Return the state with every interrupted create written into it under its id, and no pending operation.

    Raises:
        RecoveryError: the id of a create can neither be computed nor was it given.
    """
    draft = Draft(copy.deepcopy(dict(state)), [], [], [])
    deployment = draft.state.get("deployment") or {}
    missing = []
    for operation in deployment.pop("pending_operations", None) or ():
        resource = operation["resource"]
        urn = resource["urn"]
        if operation["type"] != "creating":
            draft.uncertain.append(urn)
        elif not resource.get("custom") or resource["type"].startswith("pulumi:providers:"):
            draft.forgotten.append(urn)
        elif (identity := ids.get(urn) or computed_id(deployment, resource)) is None:
            missing.append(urn)
        elif identity == NONE:
            draft.forgotten.append(urn)
        else:
            _adopt(deployment["resources"], {**resource, "id": identity})
            draft.candidates.append(urn)
    if missing:
        raise RecoveryError(
            "whether these exist must be looked up, because their ids are the provider's choice:\n  "
            + "\n  ".join(missing)
            + "\n  fix: run again with --id URN=ID for each (or URN=none where it does not exist)"
        )
    return draft


def _adopt(resources: list[dict[str, Any]], resource: dict[str, Any]) -> None:
    """Put a resource where its predecessor stands (a replacement was under way), else at the end.

    Everything it depends on was done before its create began, so that the end is never too early.
    """
    fresh = {**resource, "outputs": copy.deepcopy(resource.get("inputs") or {})}
    for position, each in enumerate(resources):
        if each["urn"] == resource["urn"] and not each.get("delete"):
            if each.pop("pendingReplacement", False):
                resources[position] = fresh
            else:
                each["delete"] = True
                resources.insert(position, fresh)
            return
    resources.append(fresh)


def _ask_provider(stack: str, draft: Draft, backup: Path) -> Recovery:
    before = _urns(draft.state)
    targets = [urn for urn in (*draft.candidates, *draft.uncertain) if urn in before]
    if targets:
        options = [option for urn in dict.fromkeys(targets) for option in ("--target", urn)]
        pulumi.run("refresh", "--yes", "--skip-preview", "--stack", stack, *options)
    now = _urns(pulumi.export(stack))
    return Recovery(
        backup=backup,
        adopted=[urn for urn in draft.candidates if urn in now],
        forgotten=[*draft.forgotten, *(urn for urn in draft.candidates if urn not in now)],
        refreshed=draft.uncertain,
    )


def _urns(state: Mapping[str, Any]) -> set[str]:
    return {each["urn"] for each in (state.get("deployment") or {}).get("resources") or ()}


def _back_up(stack: str, state: Mapping[str, Any]) -> Path:
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    state_folder = os.environ.get("SANDBOX_STATE")
    folder = (Path(state_folder) if state_folder else shared_cache()) / "recover"
    path = folder / f"{stack.replace('/', '.')}-{now}.json"
    write_atomically(path, json.dumps(state, indent=1), mode=0o600)
    return path
