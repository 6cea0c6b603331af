"""`python -m plumb` and `bin/plumb`: the command, from its first import to its exit code."""

from __future__ import annotations

import gc
import sys

COULD_NOT = 2
INTERRUPTED = 130


def main() -> None:
    """Runs the command. Neither an interrupt while it still loads nor a full disk shows a traceback."""
    try:
        from plumb.app import app  # noqa: PLC0415 - loading it is what may be interrupted

        app(prog_name="plumb")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:
        sys.stderr.write(f"plumb: {error}\n  the machine refused it: mend that, and run the command again\n")
        sys.exit(COULD_NOT)
    finally:
        # Else the interpreter, as it ends, walks all that was imported once more: a sixth of a check.
        gc.freeze()


if __name__ == "__main__":
    main()
