"""The policy pack, installed. `plumbline-pack` is the executable that the engine starts.

Holds the pack's own packages in a folder of their own (`rooms`), from where they are run as they are from a
clone: `--policy-pack policies/run` there, `--policy-pack $(command -v plumbline-pack)` here.
"""

import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))  # noqa: PTH120 - pathlib is slow to start
PACK = f"{HERE}/rooms/policies/__main__.py"
USAGE = """\
plumbline-pack is a Pulumi policy pack: the Pulumi engine starts it, with its own address as the one argument.

    pulumi preview --policy-pack "$(command -v plumbline-pack)"

PLUMB_CONTRACTS=FOLDER   the contracts to hold the services against; without: only rules that need none
PLUMB_FINDINGS=FILE      where to write the findings, as JSON
"""


def main() -> None:
    """Run the pack as the engine's child; tell a person what it is for."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):  # noqa: PLR2004 - the program and its argument
        (sys.stdout if "--help" in sys.argv else sys.stderr).write(USAGE)
        sys.exit(0 if "--help" in sys.argv else 2)
    import runpy  # noqa: PLC0415 - nobody waits for it who only asks

    runpy.run_path(PACK, run_name="__main__")
