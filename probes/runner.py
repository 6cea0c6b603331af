"""Makes every check that applies, all at once, each under its own deadline, and writes the report.

Owns deadlines and what a failure becomes. A fault of a check itself is a failed check, never a traceback.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from probes.assignment import VARIABLE
from probes.causes import causes_of
from probes.context import Context, FailedError, SkippedError
from probes.registry import checks
from probes.report import Evidence, Report, Result
from probes.scrub import Scrubber

if TYPE_CHECKING:
    from collections.abc import Mapping

    from probes.assignment import Assignment
    from probes.registry import Check
    from probes.report import Scalar


HEAVY_AFTER_SECONDS: Final = 1.5
"""When checks that load the machine begin although others still wait."""


async def run(assignment: Assignment, environ: Mapping[str, str]) -> Report:
    """Makes every check of an assignment.

    Args:
        assignment: What to check.
        environ: The environment that holds what the assignment names.
    """
    started = time.perf_counter()
    ours = {name: value for name, value in environ.items() if name != VARIABLE}
    scrub = Scrubber(ours, _secrets(assignment))
    notes: list[str] = []

    def begun(*, heavy: bool) -> list[asyncio.Task[Result]]:
        wanted = [each for each in checks() if each.heavy is heavy]
        return [asyncio.create_task(_one(each, assignment, environ, scrub, notes)) for each in wanted]

    light = begun(heavy=False)
    await asyncio.wait(light, timeout=HEAVY_AFTER_SECONDS)
    results = sorted(await asyncio.gather(*light, *begun(heavy=True)), key=lambda result: result.name)
    return Report(
        service=assignment.service,
        passed=not any(result.status == "failed" for result in results),
        took_seconds=round(time.perf_counter() - started, 2),
        checks=results,
        causes=causes_of(results),
        notes=sorted({scrub(note) for note in notes}),
    )


def _secrets(assignment: Assignment) -> set[str]:
    """Variables whose values are secrets, whether or not the contract says so."""
    parts = (assignment.database, assignment.cache)
    return {*assignment.secrets, *(part.password for part in parts if part is not None)}


async def _one(
    check: Check,
    assignment: Assignment,
    environ: Mapping[str, str],
    scrub: Scrubber,
    notes: list[str],
) -> Result:
    deadline = min(assignment.deadlines.get(check.name, check.deadline), assignment.deadline_seconds)
    context = Context(assignment, environ, scrub, deadline, notes=notes)
    why_not = check.applies(assignment)
    evidence, reason = (None, why_not) if why_not else await _end_of(check, context)
    failed = evidence is not None
    return Result(
        name=check.name,
        subject=check.subject,
        status="failed" if failed else "skipped" if reason else "passed",
        evidence=evidence,
        reason=_line(scrub(reason)),
        observed={scrub(key): _scrubbed(scrub, value) for key, value in context.observed.items()},
        deadline_seconds=deadline,
        took_seconds=round(time.perf_counter() - context.started, 3),
    )


async def _end_of(check: Check, context: Context) -> tuple[Evidence | None, str]:
    """How a check ended: nothing, why it was not made, or how it failed."""
    try:
        async with asyncio.timeout(context.deadline):
            await check.run(context)
    except FailedError as failed:
        return failed.evidence, str(failed)
    except SkippedError as skipped:
        return None, str(skipped)
    except TimeoutError:
        return context.late, f"{context.doing}: nothing within {context.deadline:g} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this check's failure and no traceback
        return Evidence.UNEXPECTED, f"{type(error).__name__}: {error}"
    return None, ""


def _scrubbed(scrub: Scrubber, value: Scalar | list[str]) -> Scalar | list[str]:
    if isinstance(value, str):
        return scrub(value)
    return [scrub(each) for each in value] if isinstance(value, list) else value


def _line(words: str) -> str:
    return " ".join(words.split())
