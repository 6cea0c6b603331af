"""`bin/sandbox`: run a command in the sandbox Google Cloud.

Owns the environment that the command sees. Everything it writes lies in SANDBOX_STATE (default `.sandbox/` in
the repository): Pulumi's backend, its home folder, the copies of stack files, the sandbox's cloud. It then
becomes the command (exec): signals and exit codes are the command's own.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from toolchain.backend import refuse_dead_lock, refuse_protected_destroy
from toolchain.places import CLI_STAMP, ROOT, VENV, ToolchainError, write_atomically
from toolchain.stack_copy import StackCopy, project_name

USAGE = """Usage: bin/sandbox [--live] [--unprotected] COMMAND…
Runs COMMAND with the real Pulumi engine against a sandbox Google Cloud, with the policy pack.

  bin/sandbox pulumi preview --stack staging
  bin/sandbox pulumi up --stack staging --yes
  bin/sandbox --unprotected pulumi up --stack staging --yes   (deletion protection off, for this one run)
  bin/sandbox plumb recover staging                           (after an update was killed)
  bin/sandbox --live pulumi up --stack staging --yes          (real servers and packets: docs/live.md)
  bin/sandbox --live plumb verify staging                     (does it keep its promises: docs/probes.md)

SANDBOX_STATE=DIR chooses where its state lives (default: .sandbox in the repository);
SANDBOX_STACK_FILE=FILE tries another file in the place of the project's Pulumi.<stack>.yaml."""

LIVE_IMPOSSIBLE = 2
NEEDS_STACK = {
    *(
        "cancel",
        "config",
        "console",
        "destroy",
        "import",
        "logs",
        "pre",
        "preview",
        "refresh",
        "stack",
        "state",
    ),
    *("up", "update", "watch"),
}
DESTROYS = {"destroy", "down", "dn"}
PART_OF_A_STACK = {"--target", "-t", "--exclude", "-x", "--exclude-protected", "--preview-only"}
NOT_PASSED_ON = {
    "SANDBOX_UNPROTECTED",  # only this program says so, and for this run
    "SANDBOX_LIVE",  # likewise
    "PULUMI_CONFIG_PASSPHRASE",  # it would win over the sandbox's own
    "PYTHONDONTWRITEBYTECODE",  # pulumi_gcp from source costs every run seven seconds
}
TAKE_A_STACK = ("recover", "verify", "deploy", "drift")
"""Commands of `plumb` whose one word without a dash is a stack's name."""
TAKES_A_VALUE = {
    *("--format", "-f", "--id", "--image", "--output", "-o", "--pause", "--percentages", "--service"),
}
"""Options before a stack's name that are followed by a word of their own."""
UPDATES = {"up", "update", "destroy", "down", "dn", "refresh", "import"}
# These write the stack's file and know no --config-file: they run beside the copy.
WRITES_BESIDE = {"init", "rm", "rename"}


@dataclass(frozen=True)
class Options:
    """What bin/sandbox was asked beside the command.

    Attributes:
        unprotected: deletion protection is off in this run.
        live: real servers stand for what the cloud holds.
    """

    unprotected: bool = False
    live: bool = False


def main(arguments: list[str]) -> NoReturn:
    """Prepare the sandbox and become the command. Ends the process in every case."""
    try:
        options, command = parse(arguments)
        env = environment()
        if options.live:
            start_live(command, env)
        stack = stack_copy(command, env)
        if stack is not None:
            prepare(stack, command, env, unprotected=options.unprotected)
        os.execvpe(command[0], command, env)  # noqa: S606 - running the user's command is what this is for
    except ToolchainError as error:
        sys.exit(f"bin/sandbox: {error}")
    except FileNotFoundError:
        sys.exit(f"bin/sandbox: there is no command {command[0]!r} on PATH")


def parse(arguments: list[str]) -> tuple[Options, list[str]]:
    """Split bin/sandbox's own options from the command.

    Raises:
        ToolchainError: an unknown option, or no command.
    """
    given = set()
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in {"-h", "--help"}:
            print(USAGE)  # noqa: T201 - the help is this program's output
            sys.exit(0)
        if option not in {"--live", "--unprotected"}:
            raise ToolchainError(f"unknown option {option}; see bin/sandbox --help")
        given.add(option)
    if not rest:
        raise ToolchainError("which command? See bin/sandbox --help")
    return Options(unprotected="--unprotected" in given, live="--live" in given), rest


def start_live(command: list[str], env: dict[str, str]) -> None:
    """See to it that the live sandbox runs, and tell the provider. A destroy needs none: it only ends things.

    Exits with 2, after one line, when this machine cannot.
    """
    env["SANDBOX_LIVE"] = "1"
    if DESTROYS & set(command[1:]):
        return
    starting = [str(VENV / "bin" / "python"), "-m", "sandbox.live.start"]
    done = subprocess.run(  # noqa: S603 - our own command
        starting, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.stderr:
        sys.stderr.write("".join(f"bin/sandbox: {line}\n" for line in done.stderr.splitlines()))
    if done.returncode:
        sys.exit(LIVE_IMPOSSIBLE)


def environment() -> dict[str, str]:
    """Return the environment of a command in the sandbox.

    Raises:
        ToolchainError: `make setup` has not been run.
    """
    try:
        cli = Path(CLI_STAMP.read_text().strip())
    except FileNotFoundError:
        cli = Path("/nonexistent")
    if not (cli / "pulumi").exists():
        raise ToolchainError(f"there is no Pulumi CLI yet; run: make -C {ROOT} setup")
    state = Path(os.environ.get("SANDBOX_STATE") or ROOT / ".sandbox").resolve()
    home = state / "home"
    (state / "pulumi").mkdir(parents=True, exist_ok=True)
    _install_provider(home)
    env = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    env |= {
        "SANDBOX_STATE": str(state),
        "SANDBOX_CLOUD": str(state / "cloud.sqlite"),  # what the policy pack may look things up in
        "PATH": os.pathsep.join([str(cli), str(VENV / "bin"), str(ROOT / "bin"), os.environ.get("PATH", "")]),
        "VIRTUAL_ENV": str(VENV),
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{state / 'pulumi'}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(_passphrase(state)),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_OPTION_PRESERVE_CONFIG": "true",  # `pulumi stack rm` must not delete a stack's tracked file
    }
    pack = ROOT / "policies" / "run"
    if pack.exists():
        env.setdefault("PULUMI_OPTION_POLICY_PACK", str(pack))
    return env


def stack_copy(command: list[str], env: dict[str, str]) -> StackCopy | None:
    """Return the stack that a command is about, or None when it is about none."""
    is_pulumi = Path(command[0]).name == "pulumi"
    if is_pulumi and not NEEDS_STACK & set(command[1:]):
        return None
    project = _project(Path(_option(command, "--cwd", "-C") or ".").resolve())
    if project is None and not is_pulumi:
        project = ROOT
    if project is None or not (project / "Pulumi.yaml").exists():
        return None
    named = _stack_named(command)
    stack = (named or env.get("PULUMI_STACK") or "staging").rsplit("/", 1)[-1]
    name = project_name(project)
    if name is None:
        return None
    tracked = Path(env.get("SANDBOX_STACK_FILE") or project / f"Pulumi.{stack}.yaml").resolve()
    if env.get("SANDBOX_STACK_FILE") and not tracked.exists():
        raise ToolchainError(f"SANDBOX_STACK_FILE names {tracked}, and there is no such file")
    return StackCopy(project, name, stack, Path(env["SANDBOX_STATE"]), tracked)


def _stack_named(command: list[str]) -> str | None:
    plain = [Path(command[0]).name, *command[1:]]
    for words in (["stack", "init"], *(["plumb", verb] for verb in TAKE_A_STACK)):
        if words in (plain[:2], plain[1:3]):
            rest = command[command.index(words[1]) + 1 :]
            before = ["", *rest]
            return next(
                (
                    word
                    for word, option in zip(rest, before, strict=False)
                    if not word.startswith("-") and option not in TAKES_A_VALUE
                ),
                None,
            )
    return _option(command, "--stack", "-s")


def prepare(stack: StackCopy, command: list[str], env: dict[str, str], *, unprotected: bool) -> None:
    """Make the stack ready and point the command's environment at its copy.

    Raises:
        ToolchainError: the command would be refused, or would do harm; the text says what to do instead.
    """
    of_stack = (
        {word for word in command[2:] if not word.startswith("-")} if "stack" in command[1:2] else set()
    )
    if "change-secrets-provider" in of_stack:
        raise ToolchainError("the sandbox keeps its secrets under a passphrase of its own; leave it so")
    existed = stack.exists_in_backend
    stack.prepare(env)
    if "init" in of_stack and not existed:
        print(f"Created stack '{stack.stack}'")  # noqa: T201 - in the CLI's place, which would find it made
        sys.exit(0)
    env["PULUMI_STACK"] = stack.stack
    env["PULUMI_OPTION_CONFIG_FILE"] = str(stack.unprotected() if unprotected else stack.copy)
    if unprotected:
        # The policy pack then lets `sql-deletion` pass, and says so.
        env["SANDBOX_UNPROTECTED"] = "1"
    env["PLUMB_STACK_FILE"] = str(stack.tracked)
    backend = stack.state / "pulumi"
    if UPDATES & set(command[1:]):
        refuse_dead_lock(backend, stack.name, stack.stack)
    if DESTROYS & set(command[1:]) and not PART_OF_A_STACK & {word.partition("=")[0] for word in command}:
        refuse_protected_destroy(backend, stack.name, stack.stack)
    if WRITES_BESIDE & of_stack:
        os.chdir(stack.folder)


def _project(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").exists():
            return folder
    return None


def _option(command: list[str], long: str, short: str) -> str | None:
    for position, word in enumerate(command):
        if word in {long, short} and position + 1 < len(command):
            return command[position + 1]
        if word.startswith(f"{long}="):
            return word.partition("=")[2]
    return None


def _passphrase(state: Path) -> Path:
    """Return the file with the sandbox's passphrase; of two runs that make it at once, one wins."""
    path = state / "passphrase"
    if not path.exists():
        fresh = state / f".passphrase.{os.getpid()}"
        write_atomically(fresh, secrets.token_urlsafe(24), mode=0o600)
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path


def _install_provider(home: Path) -> None:
    """Put the sandbox's provider where Pulumi keeps plugins, as the version that the installed SDK asks for.

    A provider on PATH would do too, at the price of a warning in every run.
    """
    launcher = ROOT / "sandbox" / "bin" / "pulumi-resource-gcp"
    script = f'#!/bin/sh\nexec "{launcher}" "$@"\n'
    for installed in (VENV / "lib").glob("python3*/site-packages/pulumi_gcp-*.dist-info"):
        version = installed.name.removeprefix("pulumi_gcp-").removesuffix(".dist-info")
        plugin = home / "plugins" / f"resource-gcp-v{version}" / "pulumi-resource-gcp"
        if not plugin.exists() or plugin.read_text() != script:
            write_atomically(plugin, script, mode=0o755)
