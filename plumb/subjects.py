"""Several subjects in one command: which is staging, which production, and so what is held against what.

Owns the environments of subjects that are judged together, and what cannot be judged together. Reading one is
`subject`'s, judging it `judging`'s, what may differ `policies.parity`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from plumb.subject import SubjectError, subject
from policies.parity import Beside, environment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from plumb.subject import Subject


@dataclass(frozen=True, slots=True)
class Held:
    """A subject, and the others that it is held against; None where it is the only one."""

    subject: Subject
    beside: Beside | None


def subjects(
    named: Sequence[str], stack: str | None, environ: Mapping[str, str], *, deadline: float
) -> Sequence[Held]:
    """Reads everything that is to be judged in one command.

    Args:
        named: Folders, files and stacks' names; none for the program in this folder.
        stack: Which of the program's stacks, where one program is named.
        environ: The environment.
        deadline: Seconds that each program may take.

    Raises:
        SubjectError: One of them gives no plan, or they cannot be held against one another.
    """
    if len(named) <= 1:
        return [Held(subject(named[0] if named else None, stack, environ, deadline=deadline), None)]
    if stack is not None:
        raise SubjectError(
            f"--stack {stack} is of one program, and {len(named)} are named; name the stacks themselves: "
            "plumb check staging production"
        )
    for index, one in enumerate(named):
        if one in named[:index]:
            raise SubjectError(f"{one}: named twice; name each stack once")
    return list(_held([subject(one, None, environ, deadline=deadline) for one in named]))


def _held(read: Sequence[Subject]) -> Iterator[Held]:
    seen: dict[tuple[str, str], Subject] = {}
    for one in read:
        own = _stack(one)
        if own in seen and own != ("", ""):
            raise SubjectError(
                f"{one.name}: is the stack {own[0]} of {own[1]}, as {seen[own].name} is; name each stack once"
            )
        seen[own] = one
    environments = [_environment(one) for one in read]
    if len(set(environments)) == 1:
        raise SubjectError(
            f"{', '.join(one.name for one in read)}: all of them are {environments[0]}, and staging is held "
            "against production; judge them one at a time"
        )
    for one, its_own in zip(read, environments, strict=True):
        others = [each for each, its in zip(read, environments, strict=True) if its != its_own]
        # Stacks of one project are one platform; only where it has no other, what else is named is meant.
        project = _stack(one)[1]
        same = [each for each in others if _stack(each)[1] == project]
        yield Held(one, Beside(its_own, {each.name: each.plan for each in same or others}))


def _environment(one: Subject) -> str:
    stack, _ = _stack(one)
    projects = {one.plan.project, *(one.plan.project_of(each) for each in one.plan)}
    words = [word for word in projects if isinstance(word, str)]
    told = {found for found in map(environment_of, words) if found is not None}
    found = environment_of(stack) or (told.pop() if len(told) == 1 else None)
    if found is None:
        raise SubjectError(
            f"{one.name}: neither its stack ({stack or 'none'}) nor its Google Cloud project "
            f"({', '.join(sorted(words)) or 'none'}) says whether it is staging or production, so it "
            "cannot be held against the others; judge it by itself"
        )
    return found


def _stack(one: Subject) -> tuple[str, str]:
    """The stack and the project of a subject, as its resources' URNs say."""
    for resource in one.plan:
        parts = resource.urn.split("::")
        if len(parts) > 2 and parts[0].startswith("urn:pulumi:"):  # noqa: PLR2004 - stack, project, type and name
            return parts[0].removeprefix("urn:pulumi:"), parts[1]
    return "", ""
