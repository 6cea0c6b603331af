"""What `plumb check` is asked to judge: a program, a stack of it, or a file that the engine wrote.

Owns turning what the user typed into a plan. Told by what is there, not by its name: a folder is a program, a
file is read, a word is a stack of the program here.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policies.plan.errors import SourceError
from policies.plan.stack_file import PROJECT_FILES, chosen_stack, find_project, read_project, stack_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policies.plan import Plan
    from policies.plan.stack_file import Project

DEADLINE: Final = 120.0
"""Seconds after which a program that has not ended is stopped."""


class SubjectError(Exception):
    """Why there is nothing to judge, in words for the user."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged.

    Attributes:
        name: As the user would call it.
        source: `program`, `preview` or `state`.
        folder: The project's, where contracts may lie; for a file, where it was named.
        settings: The stack's file, for a program.
        file: What was read, for a file.
    """

    name: str
    source: str
    plan: Plan
    folder: Path
    settings: Path | None = None
    file: Path | None = None

    @property
    def folders(self) -> Sequence[Path]:
        """Where the files may lie in which its resources are declared, the likeliest first."""
        # A plan does not tell where its program lies: often beside it.
        return (self.folder,) if self.file is None else (self.file.parent, self.folder)


def deployed(stack: str, environ: Mapping[str, str], settings: Path | None) -> Subject:
    """Reads a stack of the program here as it is about to be deployed.

    Args:
        stack: The stack's name.
        environ: The environment.
        settings: The stack's file, where it is not the one beside the program.

    Raises:
        SubjectError: There is no such stack, or it gives no plan.
    """
    here = find_project(Path())
    if here is None:
        raise SubjectError(_no_project(Path()))
    try:
        return _program(read_project(here), None, stack, environ, DEADLINE, settings)
    except SourceError as error:
        raise SubjectError(str(error)) from None


def subject(
    named: str | None, stack: str | None, environ: Mapping[str, str], *, deadline: float = DEADLINE
) -> Subject:
    """Reads what is to be judged.

    Args:
        named: A folder, a file, a stack's name, or None for the program in this folder.
        stack: Which of the program's stacks, where the selected or only one is not meant.
        environ: The environment.
        deadline: Seconds that a program may take.

    Raises:
        SubjectError: There is no such thing, or it gives no plan.
    """
    try:
        return _subject(named, stack, environ, deadline)
    except SourceError as error:
        raise SubjectError(str(error)) from None


def _subject(named: str | None, stack: str | None, environ: Mapping[str, str], deadline: float) -> Subject:
    path = Path(named or ".")
    if path.is_file() and path.name not in PROJECT_FILES and path.suffix != ".py":
        if stack is not None:
            raise SubjectError(f"{path}: a file is of one stack already; leave out --stack {stack}")
        from policies.plan.recorded import read  # noqa: PLC0415 - a program has no such file

        plan, source = read(path)
        return Subject(str(path), source, plan, Path(), file=path)
    project_file = find_project(path if path.is_dir() else path.parent)
    is_folder = path.exists() and (named is None or any((path / one).is_file() for one in PROJECT_FILES))
    if path.exists() and (is_folder or not path.is_dir()):
        if project_file is None:
            raise SubjectError(_no_project(path))
        return _program(read_project(project_file), named, stack, environ, deadline)
    here = find_project(Path())
    if here is None:
        raise SubjectError(_no_project(path))
    project = read_project(here)
    if named in project.stacks and stack in (None, named):
        return _program(project, None, named, environ, deadline)
    if path.is_dir():
        raise SubjectError(_no_project(path))
    stacks = ", ".join(project.stacks) or "none"
    raise SubjectError(
        f"{named}: no such file or folder, and no stack of the program here (its stacks: {stacks})"
    )


def _program(  # noqa: PLR0913, PLR0917 - what is judged, and under which circumstances
    project: Project,
    named: str | None,
    stack: str | None,
    environ: Mapping[str, str],
    deadline: float,
    settings: Path | None = None,
) -> Subject:
    # Any program is then spared the modules of pulumi_gcp that it does not name, where it uses that at all.
    with suppress(ImportError):
        import components.lean  # noqa: F401, PLC0415 - imported for that

    from policies.plan.program import read_program  # noqa: PLC0415 - a file needs no program

    chosen = stack or chosen_stack(project, environ)
    settings = settings or stack_path(project, chosen)
    plan = read_program(project, chosen, environ, deadline=deadline, settings=settings)
    name = chosen if named in (None, ".") else f"{named} ({chosen})"
    return Subject(name, "program", plan, project.folder, settings)


def _no_project(path: Path) -> str:
    return f"{path}: no Pulumi project (no Pulumi.yaml); name its folder, a plan.json or a state.json"
