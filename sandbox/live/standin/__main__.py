"""`python -m sandbox.live.standin`: serve on PORT, as Cloud Run asks a container to."""

from __future__ import annotations

import uvicorn

from sandbox.live.standin.app import application
from sandbox.live.standin.settings import Settings


def main() -> None:
    """Serve until ended."""
    settings = Settings.from_environment()
    uvicorn.run(
        application(settings),
        host="0.0.0.0",  # noqa: S104 - Cloud Run's contract; the namespace is the boundary
        port=settings.port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
