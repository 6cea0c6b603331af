"""Write the requirements of the probes' image from the lock: `python -m toolchain.probes_image`.

Owns probes/requirements.txt: the packages that `probes/` imports and what these need, each in the lock's own
version with the lock's own hashes.
"""

from __future__ import annotations

import re

from toolchain.places import LOCK, ROOT, write_atomically

FILE = ROOT / "probes" / "requirements.txt"
HEAD = "# Written by `python -m toolchain.probes_image` from requirements.lock: change the lock.\n"
PACKAGES = (
    *("httpx", "psycopg", "psycopg-binary", "pydantic", "redis", "websockets"),
    # what these need
    *("annotated-types", "anyio", "certifi", "h11", "httpcore", "idna", "pydantic-core"),
    *("typing-extensions", "typing-inspection"),
)


def text(lock: str) -> str:
    """The file's text, from the lock's."""
    blocks = re.split(r"(?m)^(?=[a-z0-9])", lock)
    wanted = [block for block in blocks if re.split(r"[=\[ ]", block, maxsplit=1)[0] in PACKAGES]
    return HEAD + "".join(wanted)


if __name__ == "__main__":
    write_atomically(FILE, text(LOCK.read_text(encoding="utf-8")))
