"""The stand-in application's way to PostgreSQL, Redis and a model's provider, each with a deadline."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final

import psycopg
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

if TYPE_CHECKING:
    from sandbox.live.standin.settings import Settings

DEADLINE_S: Final = 3.0


class Stores:
    """What the application needs to answer.

    Args:
        settings: where it all is.
    """

    def __init__(self, settings: Settings) -> None:
        """Connect to nothing yet."""
        self._settings = settings

    async def faults(self) -> dict[str, str]:
        """What does not answer, with the reason; never a value of the environment."""
        wanted = {}
        if self._settings.postgres_host:
            wanted["database"] = self.ask_database
        if self._settings.redis_host:
            wanted["cache"] = self.ask_cache
        answers = await asyncio.gather(*(ask() for ask in wanted.values()), return_exceptions=True)
        return {
            name: reason(answer)
            for name, answer in zip(wanted, answers, strict=True)
            if isinstance(answer, BaseException)
        }

    async def ask_database(self) -> None:
        """SELECT 1."""
        settings = self._settings
        async with asyncio.timeout(DEADLINE_S):
            connection = await psycopg.AsyncConnection.connect(
                host=settings.postgres_host,
                port=settings.postgres_port,
                dbname=settings.postgres_database,
                user=settings.postgres_user,
                password=settings.postgres_password,
                sslmode=settings.postgres_ssl_mode,
                connect_timeout=int(DEADLINE_S),
                autocommit=True,
            )
            try:
                await connection.execute("SELECT 1")
            finally:
                await connection.close()

    async def ask_cache(self) -> None:
        """SET and GET."""
        settings = self._settings
        async with (
            asyncio.timeout(DEADLINE_S),
            Redis(
                host=settings.redis_host,
                port=settings.redis_port,
                password=settings.redis_password or None,
                retry=Retry(NoBackoff(), 0),
                ssl=bool(settings.redis_ca),
                ssl_ca_data=settings.redis_ca or None,
            ) as redis,
        ):
            await redis.set("standin:last", "1", ex=60)
            await redis.get("standin:last")

    async def ask_model(self) -> None:
        """A TLS handshake with the model's provider; no key is sent."""
        if not self._settings.llm_host:
            return
        async with asyncio.timeout(DEADLINE_S):
            context = ssl.create_default_context()
            _, writer = await asyncio.open_connection(self._settings.llm_host, 443, ssl=context)
            writer.close()


def reason(error: BaseException) -> str:
    """An error in a few words."""
    if isinstance(error, TimeoutError):
        return f"no answer within {DEADLINE_S:g} s"
    said = str(error).strip().splitlines()
    return said[0] if said else type(error).__name__
