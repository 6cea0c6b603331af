"""The provider's process: start, port, and leaving at once.

Owns signals, the server and the watch over the engine. The engine interrupts its plugins at the end of every
run and waits up to five seconds for them, so the handler that leaves at once is installed before anything
slow is imported. A provider whose engine was killed leaves too: it watches its parent. (PR_SET_PDEATHSIG is
not
used: it fires when the *thread* that started the process ends, and the engine's threads come and go.)
Nothing is lost by leaving in the middle of an operation: the cloud's clock completes it (`cloud`).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

WATCH_S = 0.2
WORKERS = 64
_NO_LIMIT = -1


def leave(*_: object) -> None:
    """Go now, without unwinding anything."""
    os._exit(0)


def watch_parent(parent: int) -> None:
    """Leave when the engine, our parent, is gone."""
    while os.getppid() == parent:
        time.sleep(WATCH_S)
    leave()


def main() -> None:
    """Serve until interrupted."""
    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=watch_parent, args=(os.getppid(),), daemon=True).start()

    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - after the handlers, as all that follows

    import grpc  # noqa: PLC0415 - likewise

    from sandbox.protocol import provider_pb2_grpc  # noqa: PLC0415 - likewise
    from sandbox.rpc import Servicer  # noqa: PLC0415 - likewise
    from sandbox.settings import Settings  # noqa: PLC0415 - likewise

    server = grpc.server(
        ThreadPoolExecutor(max_workers=WORKERS),
        options=[("grpc.max_send_message_length", _NO_LIMIT), ("grpc.max_receive_message_length", _NO_LIMIT)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(Settings.from_environment()), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
