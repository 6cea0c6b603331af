"""Faults and latency on demand.

Owns the reading of the rules file (`SANDBOX_FAULTS`) and the decision whether a rule applies to an operation.
The count behind `nth` is kept in the cloud's own database, so that "the third create" holds across processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from sandbox.errors import ApiError, UserFileError

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.cloud import Cloud

OPERATIONS: Final = ("create", "read", "update", "delete", "invoke")
_KEYS: Final = {"type", "operation", "name", "nth", "status", "message", "after", "latency_ms"}
_EXAMPLE: Final = "rules: [{type: 'gcp:redis/*', operation: create, nth: 1, status: 503}]"
_LOWEST_ERROR: Final = 400
_HIGHEST_ERROR: Final = 599


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when it applies, and what happens then.

    `type` and `name` are globs; `name` is held against the logical name and the id's last part. `nth` counts
    the operations that match (1 is the first); 0 means every one. With `after` the operation takes effect and
    only its answer is lost.
    """

    key: str
    type: str = "*"
    operation: str = "create"
    name: str = "*"
    nth: int = 0
    status: int = 0
    message: str = ""
    after: bool = False
    latency_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Fate:
    """What the rules have decided for one operation."""

    latency_s: float = 0.0
    before: ApiError | None = None
    after: ApiError | None = None


def load(path: Path) -> tuple[Rule, ...]:
    """Read the rules.

    Raises:
        UserFileError: the file is missing, is not YAML, or says something that is no rule; with file and
        line.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - only runs with faults pay for the YAML parser
    from ruamel.yaml.error import MarkedYAMLError  # noqa: PLC0415 - likewise

    try:
        document = YAML().load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserFileError(
            str(path), f"cannot be read ({error.strerror})", "point SANDBOX_FAULTS at a file"
        ) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserFileError(f"{path}:{line}", f"is not YAML ({error.problem})", _EXAMPLE) from None
    if document is None:
        return ()
    rules = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rules, list):
        raise UserFileError(f"{path}:1", "has no list of rules", _EXAMPLE)
    return tuple(_rule(path, each, _line(rules, index), index) for index, each in enumerate(rules))


def _line(node: Any, key: Any) -> int:  # noqa: ANN401 - ruamel's lists and mappings, which know their lines
    lines = node.lc
    return int((lines.item(key) if isinstance(node, list) else lines.key(key))[0]) + 1


def _rule(path: Path, raw: Any, line: int, index: int) -> Rule:  # noqa: ANN401 - whatever the YAML holds
    where = f"{path}:{line}"
    if not isinstance(raw, dict):
        raise UserFileError(where, "a rule is a mapping", _EXAMPLE)
    for key in raw:
        if key not in _KEYS:
            at = f"{path}:{_line(raw, key)}"
            raise UserFileError(at, f"{key!r} is no key of a rule", f"one of {', '.join(sorted(_KEYS))}")
    operation = raw.get("operation", "create")
    if operation not in OPERATIONS:
        raise UserFileError(
            where, f"{operation!r} is no operation", f"operation: one of {', '.join(OPERATIONS)}"
        )
    for key in ("nth", "status", "latency_ms"):
        value = raw.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise UserFileError(where, f"{key} is {value!r}", f"{key}: a number that is not negative")
    status = int(raw.get("status", 0))
    if status and not _LOWEST_ERROR <= status <= _HIGHEST_ERROR:
        raise UserFileError(where, f"status {status} is no error", "status: 503")
    if not status and not raw.get("latency_ms"):
        raise UserFileError(where, "a rule that does nothing", "give it a status or latency_ms")
    return Rule(
        key=f"{path.name}#{index}",
        type=str(raw.get("type", "*")),
        operation=operation,
        name=str(raw.get("name", "*")),
        nth=int(raw.get("nth", 0)),
        status=status,
        message=str(raw.get("message", "")),
        after=bool(raw.get("after", False)),
        latency_ms=float(raw.get("latency_ms", 0)),
    )


def decide(rules: tuple[Rule, ...], cloud: Cloud, operation: str, token: str, names: tuple[str, ...]) -> Fate:
    """What the rules say of one operation. Counts it; call it inside a transaction."""
    latency, before, after = 0.0, None, None
    for rule in rules:
        if rule.operation != operation or not fnmatchcase(token, rule.type):
            continue
        if not any(fnmatchcase(each, rule.name) for each in names):
            continue
        count = cloud.count(f"fault:{rule.key}")
        if rule.nth and count != rule.nth:
            continue
        latency += rule.latency_ms / 1000
        if rule.status:
            error = _error(rule)
            before, after = (before, error) if rule.after else (error, after)
    return Fate(latency, before, after)


def _error(rule: Rule) -> ApiError:
    usual = {
        503: "The service is currently unavailable.",
        429: "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute'.",
        403: "The caller does not have permission",
        500: "Internal error encountered.",
    }
    return ApiError(
        rule.status, rule.message or usual.get(rule.status, "The request could not be completed.")
    )
