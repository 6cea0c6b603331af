"""Judges many programs offline, each in a process forked from one that has imported everything.

The SDK knows one program a process, and importing it costs more than a small program does: forking pays that
once. Reads a JSON list of programs from its input, and writes one line of JSON for each of them.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import traceback
from multiprocessing import get_context
from operator import attrgetter
from pathlib import Path

import pulumi_gcp

import policies.plan.monitor  # noqa: F401 - so that no child imports it
from contracts import ContractError, load
from plumb.judging import judge
from plumb.subject import subject
from policies.own_contracts import contracts_folder

AT_ONCE = 2  # processes
# What most programs use. pulumi_gcp loads a module when something in it is first asked for.
AHEAD = (
    "cloudrunv2.Service",
    "compute.Network",
    "projects.Service",
    "redis.Instance",
    "secretmanager.Secret",
    "serviceaccount.Account",
    "servicenetworking.Connection",
    "sql.DatabaseInstance",
    "vpcaccess.Connector",
)


def judged(program: dict[str, str | dict[str, str]]) -> dict[str, object]:
    """What is found in one program; this process is its own."""
    os.dup2(2, 1)  # what the program prints is not ours
    os.environ.update(program["environ"])
    try:
        report = judge(subject(str(program["folder"]), "staging", os.environ), os.environ)
    except BaseException:  # noqa: BLE001 - whatever went wrong is the answer
        return {"name": program["name"], "error": traceback.format_exc(limit=3)}
    return {
        "name": program["name"],
        "findings": [finding.to_json() for finding in report.findings],
        "advised": [finding.to_json() for finding in report.advised],
        "notJudged": [[each.rule, each.why] for each in report.not_judged],
        "resources": report.resources,
    }


def main() -> None:
    """Judge what stands on the input."""
    programs = json.load(sys.stdin)
    for first in AHEAD:
        attrgetter(first)(pulumi_gcp)
    # Most programs share their contracts; what one process has parsed, those forked from it need not.
    told = ((one["environ"], Path(one["folder"])) for one in programs)
    for folder in {contracts_folder({**os.environ, **environ}, (at,)) for environ, at in told} - {None}:
        with contextlib.suppress(ContractError):
            load(folder)
    gc.freeze()
    with get_context("fork").Pool(AT_ONCE, maxtasksperchild=1) as pool:
        for answer in pool.imap_unordered(judged, programs):
            sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
