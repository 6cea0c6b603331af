"""Starts the policy pack, in whichever way the engine has it: as an executable (`run`) or as a folder.

Kept to what every Python can read and to the imports that cost nothing, because the first thing to do is to
be ready to leave.
"""

import os
import signal
import sys

# The engine interrupts a plugin at the end and waits up to 5 s for it to go. The system's own way of dying
# needs no Python to run, so it also works in the middle of a slow import.
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.signal(signal.SIGTERM, signal.SIG_DFL)

# Whoever started the pack: when it is gone without a word, so is the pack.
ENGINE = os.getppid()
HERE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - pathlib costs a third of the start-up


def start() -> None:
    """Runs the pack until the engine ends it; a machine that cannot run it is told in one line."""
    wanted = "install the packages of requirements.lock for it, or make a .venv beside the pack"
    python = f"{sys.executable} ({sys.version_info[0]}.{sys.version_info[1]})"
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever's python3 is on PATH
        sys.exit("plumbline: the policy pack wants Python 3.11 or newer, not " + python)
    # The pack's own folder would put modules named `plan` and `rules` in everybody's way.
    sys.path[:] = [os.path.dirname(HERE), *(entry for entry in sys.path if entry != HERE)]  # noqa: PTH120
    try:
        from policies.pack.serve import serve  # noqa: PLC0415 - slow, and it may fail
    except ImportError as error:
        sys.exit(f"plumbline: {python} cannot run the policy pack ({error}): {wanted}")
    serve(ENGINE)


if __name__ == "__main__":
    start()
