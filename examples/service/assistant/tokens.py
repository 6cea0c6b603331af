"""Which secret signs tokens, and which providers' keys are there."""

import os
from os import getenv

PROVIDERS = ("ANTHROPIC", "GEMINI")


def signing_secret(environment: str) -> str:
    """The secret of an environment: each has its own."""
    return os.environ[f"JWT_SECRET_{environment.upper()}"]


def provider_keys() -> dict[str, str | None]:
    """The keys of the providers beside OpenAI."""
    return {name: getenv(f"{name}_API_KEY") for name in PROVIDERS}


def feature(name: str) -> bool:
    """Whether a feature is switched on."""
    return os.environ.get(flag_of(name), "off") == "on"


def flag_of(name: str) -> str:
    """The variable of a feature."""
    return name.replace("-", "_").upper()
