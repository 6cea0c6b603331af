"""`python -m probes`: one line of JSON as the last line of standard output.

Exits with 0 when every check passed, 1 when one failed, 2 when there was nothing to go by.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from pydantic import ValidationError

from probes.assignment import HOSTS, VARIABLE, Assignment
from probes.runner import run

COULD_NOT_RUN = 2


def main() -> int:
    """Reads the assignment, makes the checks, prints the report."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return _sorry(f"{VARIABLE} is not set: it holds what to check, as JSON (docs/probes.md)")
    try:
        assignment = Assignment.model_validate_json(text)
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        )
        return _sorry(f"{VARIABLE} is no assignment: {places}")
    try:
        assignment = assignment.through(_hosts(os.environ.get(HOSTS, "")))
    except ValueError:
        return _sorry(
            f'{HOSTS} is no JSON of hosts by host, such as {{"api.example.com": "new.example.com"}}'
        )
    report = asyncio.run(run(assignment, dict(os.environ)))
    sys.stdout.write(report.model_dump_json(by_alias=True) + "\n")
    return 0 if report.passed else 1


def _hosts(text: str) -> dict[str, str]:
    found = json.loads(text) if text else {}
    if not isinstance(found, dict):
        raise ValueError  # noqa: TRY004 - as for text that is no JSON at all
    return {str(host): str(other) for host, other in found.items()}


def _sorry(why: str) -> int:
    sys.stderr.write(f"probes: {why}\n")
    return COULD_NOT_RUN


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # A resolver that hangs in a thread would keep an ordinary exit waiting.
    os._exit(code)
