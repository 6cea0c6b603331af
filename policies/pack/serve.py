"""Runs the pack as a process of the engine: a server, a port on stdout, and an end.

The engine waits for the port and then for a few short answers before it starts the program, so all that takes
time (contracts, pydantic, YAML) is loaded beside that, and awaited by the first resource.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import TYPE_CHECKING, Final

import grpc

from policies.pack.server import Analyzer
from policies.pack.trial import PackError, Trial, findings_file, load_judge
from policies.pack.wire import analyzer_pb2_grpc
from policies.rules import Rule, registered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policies.judge import Judge

# The whole stack comes in one message at the end; the engine's own limit.
_LARGEST_MESSAGE: Final = 400 * 1024 * 1024
_PARENT_CHECKED_EVERY: Final = 0.5  # seconds


def serve(engine: int) -> None:
    """Serves until the engine interrupts or is gone.

    Args:
        engine: The process that started the pack.
    """
    loading: Future[Judge] = Future()
    file = findings_file(os.environ)
    try:
        trial = Trial(loading.result, file)
    except OSError as error:
        sys.exit(f"plumbline: PLUMB_FINDINGS={file.path if file else ''} cannot be written: {error.strerror}")
    server, port = start(trial, registered())
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    Thread(target=_load, args=(loading, os.environ), daemon=True).start()
    Thread(target=_leave_with, args=(engine,), daemon=True).start()
    server.wait_for_termination()


def start(trial: Trial, rules: Iterable[Rule]) -> tuple[grpc.Server, int]:
    """Starts the service on a free port of this machine and returns both."""
    server = grpc.server(
        # One: the engine asks one thing at a time, and a trial is no place for two.
        ThreadPoolExecutor(max_workers=1),
        options=[
            ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
            ("grpc.max_send_message_length", _LARGEST_MESSAGE),
        ],
    )
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Analyzer(trial, rules), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def _load(loading: Future[Judge], environ: Mapping[str, str]) -> None:
    try:
        loading.set_result(load_judge(environ))
    except PackError as error:
        loading.set_exception(error)
    except Exception as error:  # noqa: BLE001 - told to whoever waits, which refuses
        loading.set_exception(PackError(f"the policy pack cannot load: {type(error).__name__}: {error}"))


def _leave_with(parent: int) -> None:
    # An engine that was killed interrupts nobody.
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECKED_EVERY)
    os._exit(0)
