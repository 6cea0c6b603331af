"""Every command with its arguments, options and exit codes, from the commands themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer.main

from plumb.app import app
from plumb.exits import EXITS, INTERRUPTED, WRONG_ARGUMENTS
from plumb.reference._markdown import table

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = "reference/commands.md"
_OF_ALL: Final = (
    "`bin/plumb` in a clone, `plumb` in `bin/sandbox`. Results go to standard output; errors, and the",
    "progress of what takes longer than half a second, to standard error. Colour is used on terminals",
    "only; NO_COLOR takes it away, FORCE_COLOR brings it to a pipe. `plumb --install-completion` completes",
    "commands and options in bash, zsh, fish and PowerShell.",
)
# Typer's types are its own affair: what is read of a command is its name, its help and its parameters.
Command = Any


def commands() -> dict[str, Command]:
    """Every command by its whole name: `contract scan`."""
    return dict(_leaves("", typer.main.get_command(app)))


def page() -> str:
    """The page."""
    root = typer.main.get_command(app)
    lines = [
        "# Commands and exit codes",
        "",
        *_OF_ALL,
        "",
        "## Of every command",
        "",
        *_options(root),
        "## Exit codes",
        "",
        "0 all is well, 1 bad news, 2 it could not tell, or wrong arguments. Whoever interrupts a command",
        f"(Ctrl-C) gets {INTERRUPTED}.",
        "",
        *table(
            ("command", "0", "1", "2"),
            (
                (f"[{name}](#plumb-{name.replace(' ', '-')})", *(_meaning(name, code) for code in (0, 1, 2)))
                for name in commands()
            ),
        ),
    ]
    for name, command in commands().items():
        lines += [f"## plumb {name}", "", _told(command), ""]
        lines += _arguments(command)
        lines += _options(command)
    return "\n".join(lines)


def _leaves(before: str, command: Command) -> Iterator[tuple[str, Command]]:
    for name, each in sorted(command.commands.items()):
        whole = f"{before} {name}".strip()
        if hasattr(each, "commands"):
            yield from _leaves(whole, each)
        else:
            yield whole, each


def _meaning(name: str, code: int) -> str:
    meaning = EXITS.get(name, {}).get(code)
    if code == 2:  # noqa: PLR2004 - an exit code is its number
        return f"{meaning}, or {WRONG_ARGUMENTS}" if meaning else WRONG_ARGUMENTS
    return meaning or ""


def _told(command: Command) -> str:
    lines = (command.help or "").splitlines()
    return "\n".join(line if line.startswith("    ") else line.strip() for line in lines).strip()


def _arguments(command: Command) -> list[str]:
    of = [one for one in command.params if one.param_type_name == "argument"]
    if not of:
        return []
    return table(
        ("argument", ""),
        ((f"`{(one.metavar or one.name.upper()).replace('|', ' / ')}`", one.help or "") for one in of),
    )


def _options(command: Command) -> list[str]:
    of = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    return table(
        ("option", "default", ""),
        ((", ".join(f"`{name}`" for name in one.opts), _default(one), one.help or "") for one in of),
    )


def _default(option: Command) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    return "" if option.default in (None, False, ()) or callable(option.default) else f"`{option.default}`"
