"""A plan from a Pulumi program, run in this process without an engine, credentials or a passphrase.

Owns the run: its configuration, its folder, its end. What a program declares is `monitor`'s. The program
sees what it would see in a first preview of an empty project; it is stopped after a deadline, and what it
raises is told with its own file and line.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import runpy
import signal
import sys
import traceback
from contextlib import contextmanager, redirect_stdout
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import resource as registration
from pulumi.runtime import run_in_stack
from pulumi.runtime import settings as runtime
from pulumi.runtime.proto import source_pb2

from policies.plan.errors import SourceError
from policies.plan.graph import Source
from policies.plan.monitor import Engine, Monitor
from policies.plan.place import placed
from policies.plan.stack_file import Configuration, Project, read_configuration, stack_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from types import FrameType

    from policies.plan.graph import Plan

Result = TypeVar("Result")
_PYTHON: Final = str(Path(os.__file__).parent)
# How the SDK speaks of what this reader does not do for it.
_LACKS: Final = re.compile(r"The Pulumi CLI does not support (.+?)\. Please update")


class _TooLong(BaseException):
    """The program did not end in time. No `except Exception` of the program's is to catch it."""


def read_program(
    project: Project,
    stack: str,
    environ: Mapping[str, str],
    *,
    deadline: float,
    settings: Path | None = None,
) -> Plan:
    """The plan that a program declares for a stack.

    Args:
        project: The project.
        stack: The stack's name.
        environ: The environment, for the project and region that the stack does not say.
        deadline: Seconds that it may take.
        settings: The stack's file, where it is not the one beside the program.

    Raises:
        SourceError: The stack's file is malformed, or the program failed or did not end.
    """
    path = settings or stack_path(project, stack)
    configuration = read_configuration(project, path)
    plan = placed(configuration.values, environ, preview=True)
    with _in_folder(project), _stopped_after(deadline, project):
        _run(plan, project, stack.rpartition("/")[2], configuration)
    return plan


def _run(plan: Plan, project: Project, stack: str, configuration: Configuration) -> None:
    engine = Engine()
    monitor = Monitor(plan, stack, project.name, lambda file, line: _source(project, file, line))
    # A message for each resource that nobody reads.
    pulumi.log.debug = _drop
    _shorten_stacks()
    _let_answers_be_unknown()
    pulumi.runtime.set_all_config(dict(configuration.values), list(configuration.secret))
    runtime.ROOT.set(None)
    runtime.configure(
        runtime.Settings(
            project=project.name,
            stack=stack,
            monitor=monitor,
            engine=engine,
            dry_run=True,
            organization="organization",
            root_directory=str(project.folder),
        )
    )
    runtime.SETTINGS.callbacks = monitor.callbacks
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = _Loop()
    asyncio.set_event_loop(loop)
    try:
        # What a program prints is not what is asked for here.
        with redirect_stdout(sys.stderr):
            loop.run_until_complete(run_in_stack(lambda: _start(project)))
    except (SourceError, _TooLong):
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a program does
        _tell(error, engine.errors, project)
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    if engine.errors:
        raise SourceError("\n".join(engine.errors), where=str(project.program), fix="mend what it says")


def _start(project: Project) -> None:
    program = project.program
    if program.is_dir() and not (program / "__main__.py").is_file():
        raise SourceError("there is no __main__.py", where=str(program), fix="name its folder as `main`")
    if not program.exists():
        raise SourceError("there is no such program", where=str(program), fix="name its folder as `main`")
    runpy.run_path(str(program), run_name="__main__")


class _Loop(asyncio.SelectorEventLoop):
    """An event loop that does at once what others hand to a thread: the monitor answers in no time."""

    def run_in_executor(  # type: ignore[override] # what is awaited is the same
        self,
        executor: object,
        func: Callable[..., Result],
        *args: Any,  # noqa: ANN401 - the loop's own
    ) -> asyncio.Future[Result]:
        """Calls the function and returns its result as a future; what it makes to be awaited, as a task."""
        del executor
        future: asyncio.Future[Result] = self.create_future()
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001 - handed to whoever awaits it
            future.set_exception(error)
        else:
            if asyncio.iscoroutine(result):
                return self.create_task(result)
            future.set_result(result)
        return future


@contextmanager
def _in_folder(project: Project) -> Iterator[None]:
    """The program's folder, as the language host gives it: current, and first on the path."""
    folder = project.program if project.program.is_dir() else project.program.parent
    before, path, arguments = Path.cwd(), list(sys.path), list(sys.argv)
    hidden = _hide_rooms(folder)
    loaded = set(sys.modules)
    try:
        if folder.is_dir():
            os.chdir(folder)
        sys.path.insert(0, str(folder))
        sys.argv[:] = [str(project.program)]
        yield
    finally:
        os.chdir(before)
        sys.path[:], sys.argv[:] = path, arguments
        _forget(set(sys.modules) - loaded, project)
        sys.modules.update(hidden)


_OURS: Final = Path(__file__).resolve().parents[2]
_ROOMS: Final = ("catalog", "components", "contracts", "plumb", "policies")


def _hide_rooms(folder: Path) -> dict[str, Any]:
    """Takes our own packages out of the way of a program that has others of their name."""
    clashing = {
        name
        for name in _ROOMS
        if folder.resolve() != _OURS and ((folder / name).is_dir() or (folder / f"{name}.py").is_file())
    }
    return {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] in clashing}


def _forget(loaded: AbstractSet[str], project: Project) -> None:
    """Drops the modules that are a program's own: another stack's run must read its own configuration."""
    for name in loaded:
        file = getattr(sys.modules[name], "__file__", None)
        own = file is not None and not _foreign(file) and Path(file).is_relative_to(project.folder)
        if own and not (name.partition(".")[0] in _ROOMS and project.folder == _OURS):
            del sys.modules[name]


@contextmanager
def _stopped_after(seconds: float, project: Project) -> Iterator[None]:
    """Stops the program after a time, and says where it was."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number
        raise _TooLong(_place(project, traceback.extract_stack(frame)))

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _TooLong as late:
        raise SourceError(
            f"the program did not end within {seconds:g} s",
            where=str(late),
            fix="mend what it waits for, or give it more: --timeout SECONDS",
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _tell(error: BaseException, errors: list[str], project: Project) -> None:
    """Turns the end of a program into one message.

    Raises:
        SourceError: The program failed.
    """
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return
    place = _place(project, traceback.extract_tb(error.__traceback__))
    if isinstance(error, SystemExit):
        said = "\n".join(errors) or (error.code if isinstance(error.code, str) else f"exit code {error.code}")
    else:
        said = str(error) if _told_to_user(error) else f"{type(error).__name__}: {error}"
        lacks = _LACKS.search(said)
        if lacks is not None:
            said = f"it uses what only an engine has: {lacks[1]}"
    if isinstance(error, SyntaxError) and error.filename:
        place = f"{_shown(project, error.filename)}:{error.lineno}"
    raise SourceError(f"the program stopped: {said}", where=place, fix=_advice(error)) from None


def _told_to_user(error: BaseException) -> bool:
    return type(error).__name__ in ("RunError", "ConfigMissingError", "ConfigTypeError")


def _advice(error: BaseException) -> str:
    if isinstance(error, ImportError):
        return "install what it imports into this Python, or run plumb from the program's own environment"
    if type(error).__name__ == "ConfigMissingError":
        return "set it in the stack's file: pulumi config set [--secret] KEY"
    return "mend it; where it works with a value that only an engine has: pulumi preview --json > plan.json"


def _place(project: Project, frames: traceback.StackSummary) -> str:
    """The program's own innermost line."""
    for frame in reversed(frames):
        if not _foreign(frame.filename) and Path(frame.filename).is_relative_to(project.folder):
            return f"{_shown(project, frame.filename)}:{frame.lineno}"
    return str(project.program)


def _source(project: Project, uri: str, line: int) -> Source:
    return Source(_shown(project, unquote(urlsplit(uri).path)), line)


def _shown(project: Project, file: str) -> str:
    """A file as the engine gives it: from the project's folder."""
    return os.path.relpath(file, project.folder)


def _shorten_stacks() -> None:
    """Spares each resource the walk through its whole stack, of which one line is wanted.

    That line is the first outside the SDK and installed packages, also where a package builds the resource.
    """

    def short() -> source_pb2.StackTrace:
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the module `inspect` reads each line's source
        made = frame.f_locals.get("res") if frame is not None else None
        while frame is not None and (_foreign(frame.f_code.co_filename) or _makes(frame, made)):
            frame = frame.f_back
        if frame is None:
            return source_pb2.StackTrace()
        place = source_pb2.SourcePosition(
            uri=Path(frame.f_code.co_filename).absolute().as_uri(), line=frame.f_lineno
        )
        return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=place)])

    if hasattr(registration, "_get_stack_trace"):
        registration._get_stack_trace = short  # noqa: SLF001 - no public way; without it lines are found more slowly


def _let_answers_be_unknown() -> None:
    """Lets an answer to a look-up have truth values and objects that are unknown, which Google's never has.

    The SDK's class of the answer checks the type of each value, though only of one that is true.
    """
    Unknown.__bool__ = lambda _: False  # type: ignore[attr-defined] # for this process, which runs no engine


def _makes(frame: FrameType, made: object) -> bool:
    """Whether a frame is the constructor of the resource itself, which a component's class brings along."""
    own = frame.f_code.co_varnames[:1]
    return bool(own) and made is not None and frame.f_locals.get(own[0]) is made


@cache
def _foreign(file: str) -> bool:
    """Whether a line is not the program's: the SDK's, another package's, Python's own, or this module's."""
    return file.startswith(("<", _PYTHON)) or "site-packages" in file or file == __file__


def _drop(*_: object, **__: object) -> None:
    """Says nothing."""
