"""What the stand-in application reads from its environment, by the names that the real services use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment. What is not set is "": the application starts, and says what is missing when asked."""

    port: int
    environment: str
    postgres_host: str
    postgres_port: int
    postgres_database: str
    postgres_user: str
    postgres_password: str
    postgres_ssl_mode: str
    redis_host: str
    redis_port: int
    redis_password: str
    redis_ca: str
    jwt_secret: str
    service_secret: str
    llm_host: str

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read the variables."""

        def text(name: str, default: str = "") -> str:
            return env.get(name, default)

        environment = text("ENVIRONMENT")
        of_environment = f"JWT_SECRET_{environment.upper()}"
        return cls(
            port=int(text("PORT", "8080")),
            environment=environment,
            postgres_host=text("POSTGRES_HOST"),
            postgres_port=int(text("POSTGRES_PORT", "5432") or 0),
            postgres_database=text("POSTGRES_DB"),
            postgres_user=text("POSTGRES_USER"),
            postgres_password=text("POSTGRES_PASSWORD"),
            postgres_ssl_mode=text("POSTGRES_SSLMODE", "prefer"),
            redis_host=text("REDIS_HOST"),
            redis_port=int(text("REDIS_PORT", "6379") or 0),
            redis_password=text("REDIS_PASSWORD"),
            redis_ca=text("REDIS_CA_CERT"),
            # The backend's own secret wins over the general one, as in the real services.
            jwt_secret=text(of_environment) if of_environment in env else text("JWT_SECRET_KEY"),
            service_secret=text("SERVICE_SECRET"),
            llm_host="api.openai.com" if "OPENAI_API_KEY" in env else "",
        )
