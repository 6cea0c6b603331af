"""A sandbox of one test: commands in it, what they printed, what is in its cloud and its state afterwards."""

import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from sandbox.cloud import Cloud
from toolchain.backend import stack_file
from toolchain.places import ROOT
from toolchain.stack_copy import project_name, read_stack_file

SANDBOX = ROOT / "bin" / "sandbox"
STAGING = ROOT / "Pulumi.staging.yaml"
PATIENCE_SECONDS = 180
API = "gcp:projects/service:Service"


@dataclass
class Ran:
    """One command that has ended."""

    code: int
    text: str
    seconds: float

    @property
    def changes(self):
        """The lines under `Resources:`, e.g. ["+ 113 created"]."""
        _, _, tail = self.text.rpartition("Resources:\n")
        lines = (line.strip() for line in tail.split("\n\n")[0].splitlines())
        return [line for line in lines if line]

    def must(self, code=0):
        assert self.code == code, self.text
        return self


@dataclass
class World:
    """One SANDBOX_STATE.

    Attributes:
        folder: Holds it.
        stack_file: Stands in the place of the tracked one when it is set.
        more: Further environment variables.
        checkpoints: Whether commands that run to their end write the state after each step, as the engine
            does, and not once: half of an `up`, which shows only when it is killed. What `start` starts does.
    """

    folder: Path
    stack_file: Path | None = None
    more: dict[str, str] = field(default_factory=dict)
    checkpoints: bool = False

    @property
    def state(self):
        return self.folder / "state"

    def copy(self, folder):
        """Another sandbox that begins as this one is now; nothing may run in it."""
        other = World(folder)
        shutil.copytree(self.state, other.state, symlinks=True)
        return other

    def copy_for(self, program, folder, **more):
        """As `copy`, with an empty stack of another program: `pulumi stack init` takes a second each time."""
        other, name = self.copy(folder), project_name(program)
        other.more |= more
        salt = read_stack_file(other.state / "plumbline" / "Pulumi.staging.yaml")["encryptionsalt"]
        (other.state / name).mkdir()
        (other.state / name / "Pulumi.staging.yaml").write_text(json.dumps({"encryptionsalt": salt}))
        ours, its = (stack_file(other.state / "pulumi", each, "staging") for each in ("plumbline", name))
        its.parent.mkdir()
        its.write_text(ours.read_text().replace("organization/plumbline/", f"organization/{name}/"))
        return other

    def env(self):
        env = {**os.environ, "SANDBOX_STATE": str(self.state), **self.more}
        if self.stack_file:
            env["SANDBOX_STACK_FILE"] = str(self.stack_file)
        return env

    def _env_to_the_end(self):
        return self.env() | ({} if self.checkpoints else {"PULUMI_SKIP_CHECKPOINTS": "true"})

    def start(self, *command, cwd=ROOT, out):
        """Start a command and return at once; what it prints goes to the file `out`."""
        words = [str(SANDBOX), *command]
        with out.open("w") as file:
            return subprocess.Popen(  # noqa: S603 - our own command
                words,
                cwd=cwd,
                env=self.env(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def run(self, *command, cwd=ROOT):
        begun = time.monotonic()
        words = [str(SANDBOX), *command]
        done = subprocess.run(  # noqa: S603 - our own command
            words,
            cwd=cwd,
            env=self._env_to_the_end(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout, time.monotonic() - begun)

    def pulumi(self, verb, *options, unprotected=False, cwd=ROOT):
        own = ["--unprotected"] if unprotected else []
        return self.run(*own, "pulumi", verb, "--stack", "staging", "--color", "never", *options, cwd=cwd)

    def up(self, *options, unprotected=False):
        return self.pulumi("up", "--yes", "--skip-preview", *options, unprotected=unprotected)

    def edit(self, *changes):
        """Work from now on with a copy of the staging file in which each (old, new) is exchanged."""
        source = self.stack_file or STAGING
        text = source.read_text()
        for old, new in changes:
            assert old in text, f"{old!r} is not in {source}"
            text = text.replace(old, new, 1)
        self.stack_file = self.folder / "Pulumi.staging.yaml"
        self.stack_file.write_text(text)

    def faults(self, *rules):
        """Give the sandbox these faults from now on; none: a well-behaved cloud again."""
        path = self.folder / "faults.yaml"
        path.write_text(json.dumps({"rules": list(rules)}))
        self.more["SANDBOX_FAULTS"] = str(path)

    def all_is_ready(self):
        """Let the time pass that slow creates take."""
        with Cloud(self.state / "cloud.sqlite").transaction() as cloud:
            for each in cloud.all():
                each.ready_at = 0.0
                cloud.put(each)

    def things(self):
        """What this stack made in the cloud, as (type, id), but for enabled APIs: they stay on by design."""
        with Cloud(self.state / "cloud.sqlite").transaction() as cloud:
            return {(each.type, each.id) for each in cloud.all() if not each.outside and each.type != API}

    def resources(self, project="plumbline"):
        """The resources of the stack's state."""
        return self.latest(project).get("resources") or []

    def latest(self, project="plumbline"):
        """The stack's state."""
        path = stack_file(self.state / "pulumi", project, "staging")
        return json.loads(path.read_text())["checkpoint"].get("latest") or {}

    def processes(self):
        """Processes that run in this sandbox."""
        found = []
        for process in psutil.process_iter():
            try:
                alive = process.status() != psutil.STATUS_ZOMBIE
                if alive and process.environ().get("SANDBOX_STATE") == str(self.state):
                    found.append(" ".join(process.cmdline()))
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found


def wait_for(condition, seconds=PATIENCE_SECONDS):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
