"""Have a Pulumi CLI: the one on PATH, else the official installer's, else one built with Go.

Run by `make setup`. What is installed or built lies in the cache that clones share and is put there whole
(made aside, then renamed). `.cache/pulumi-cli` then names the folder. Why a built CLI gets a language host of
our own: docs/adr/0002.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from toolchain import progress
from toolchain.places import (
    CLI_STAMP,
    GO_MODULE,
    LOCAL,
    MINIMUM_PULUMI,
    PULUMI_VERSION,
    ToolchainError,
    digest,
    shared_cache,
    write_atomically,
)

INSTALLER = "https://get.pulumi.com/"
INSTALLER_PATIENCE_SECONDS = 5
PULUMI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
# Scripts of the SDK's module that a language host needs beside it.
SDK_SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
PACKAGES_IN_CLI = 2000  # about; the progress line counts up to it


def main() -> None:
    """Find or make the CLI and write where it is."""
    try:
        LOCAL.mkdir(exist_ok=True)
        write_atomically(CLI_STAMP, f"{ensure()}\n")
    except ToolchainError as error:
        sys.exit(f"plumbline: {error}")


def ensure() -> Path:
    """Return the folder of a CLI that is new enough and has its Python language host.

    Raises:
        ToolchainError: there is none and none can be had; the text says what to install.
    """
    found = on_path()
    if found is not None:
        return found
    cache = shared_cache()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "pulumi.lock").open("w") as file:
        _wait_for(file.fileno())
        return installed(cache) or built(cache)


def on_path() -> Path | None:
    """Return the folder of the CLI on PATH, if it is new enough and complete."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        return None
    folder = Path(pulumi).parent
    beside = os.pathsep.join([str(folder), str(Path(pulumi).resolve().parent), os.environ.get("PATH", "")])
    done = subprocess.run([pulumi, "version"], capture_output=True, text=True, check=False)  # noqa: S603 - as found
    if new_enough(done.stdout) and shutil.which("pulumi-language-python", path=beside):
        return folder
    return None


def new_enough(version: str) -> bool:
    """Whether `pulumi version` printed at least the oldest version that this project runs with."""
    match = re.match(r"v?(\d+)\.(\d+)\.", version.strip())
    return match is not None and (int(match[1]), int(match[2])) >= MINIMUM_PULUMI


def installed(cache: Path) -> Path | None:
    """Return the official installer's CLI, installing it into `cache`; None where it cannot be reached."""
    folder = cache / f"official-{PULUMI_VERSION}"
    if (folder / "bin" / "pulumi").exists():
        return folder / "bin"
    try:
        with urllib.request.urlopen(INSTALLER, timeout=INSTALLER_PATIENCE_SECONDS) as answer:
            script = answer.read()
    except (urllib.error.URLError, OSError):
        return None
    with tempfile.TemporaryDirectory(dir=cache) as aside:
        installer = Path(aside, "install.sh")
        installer.write_bytes(script)
        options = ("--version", PULUMI_VERSION, "--install-root", f"{aside}/pulumi", "--no-edit-path")
        try:
            progress.run(f"Pulumi CLI {PULUMI_VERSION}, official installer", ["sh", str(installer), *options])
        except ToolchainError as error:
            sys.stderr.write(f"plumbline: {error}\n  building the CLI with Go instead\n")
            return None
        Path(aside, "pulumi").rename(folder)
    return folder / "bin"


def built(cache: Path) -> Path:
    """Return the CLI built from its pinned Go modules, with our language host beside it.

    Raises:
        ToolchainError: there is no Go, or the build failed.
    """
    module = (GO_MODULE / "go.mod", GO_MODULE / "go.sum")
    host = sorted((GO_MODULE / "language-host").glob("*.go"))
    cli = cache / f"cli-{PULUMI_VERSION}-{digest(*module)[:12]}"
    complete = cache / f"built-{PULUMI_VERSION}-{digest(*module, *host)[:12]}"
    if complete.exists():
        return complete / "bin"
    if shutil.which("go") is None:
        raise ToolchainError(
            f"there is no `pulumi` >= {'.'.join(map(str, MINIMUM_PULUMI))} on PATH, its installer cannot be "
            "reached, and there is no `go` to build it with; get one of them: "
            "https://www.pulumi.com/docs/install/ or https://go.dev/doc/install"
        )
    with tempfile.TemporaryDirectory(dir=cache) as name:
        aside = Path(name)
        if not (cli / "pulumi").exists():
            _go_build(
                f"Pulumi CLI {PULUMI_VERSION}, built with Go (once, some minutes)",
                PULUMI_PACKAGE,
                aside / "cli" / "pulumi",
            )
            (aside / "cli").rename(cli)
        folder = aside / "complete" / "bin"
        _go_build("Python language host", "./language-host", folder / "pulumi-language-python")
        # A hard link, because the engine looks for its language host beside the file that links lead to.
        os.link(cli / "pulumi", folder / "pulumi")
        sdk = Path(_go("list", "-m", "-json", SDK_MODULE)["Dir"])
        for script in SDK_SCRIPTS:
            shutil.copyfile(sdk / script, folder / Path(script).name)
            (folder / Path(script).name).chmod(0o755)
        folder.parent.rename(complete)
    return complete / "bin"


def _go_build(label: str, package: str, target: Path) -> None:
    version = f"-s -w -X {SDK_MODULE}/go/common/version.Version={PULUMI_VERSION}"
    command = [
        "go",
        "build",
        "-v",
        "-buildvcs=false",
        "-mod=readonly",
        "-ldflags",
        version,
        "-o",
        str(target),
        package,
    ]
    progress.run(label, command, cwd=GO_MODULE, counted=_packages)


def _packages(lines: int) -> str:
    return f"{min(lines, PACKAGES_IN_CLI)} of about {PACKAGES_IN_CLI} steps" if lines else ""


def _go(*arguments: str) -> dict[str, str]:
    done = subprocess.run(  # noqa: S603 - arguments are our own list
        ["go", *arguments],  # noqa: S607 - go lies where PATH says
        cwd=GO_MODULE,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ToolchainError(f"`go {' '.join(arguments)}` failed: {done.stderr.strip()}")
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


def _wait_for(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.stderr.write("plumbline: another `make` is preparing the Pulumi CLI; waiting for it\n")
        fcntl.flock(descriptor, fcntl.LOCK_EX)


if __name__ == "__main__":
    main()
