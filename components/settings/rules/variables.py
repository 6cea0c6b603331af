"""Rules of each service's environment: nothing twice, nothing derived by hand, passwords that match."""

import re
from collections.abc import Iterator

from components.settings.derived import CACHE_PASSWORD, DATABASE_PASSWORD, ORIGINS, SERVICE_ID
from components.settings.draft import Draft
from components.settings.problem import Problem, entry
from components.settings.services import ServiceSettings

_SERVICES = "plumbline:services"
_TIMESTAMP = re.compile(r"\d{8,}|\d{4}-\d{2}-\d{2}")


def derived_variables_are_not_written(draft: Draft) -> Iterator[Problem]:
    """A variable that follows from another setting is not written by hand."""
    for key, service in draft.services.items():
        for section, written in _written(service).items():
            for variable in written:
                if variable in ORIGINS:
                    yield Problem(
                        (_SERVICES, key, section, variable),
                        "is written by hand",
                        f"it is derived from {ORIGINS[variable]}; written twice, the two would part one day",
                        _derived_fix(draft, service, ORIGINS[variable]),
                    )


def _derived_fix(draft: Draft, service: ServiceSettings, origin: str) -> str:
    if origin == "database" and service.database is None:
        return f"remove it, and write {entry('database', min(draft.database_names, default='netra'))}"
    if origin == "cache" and not service.cache:
        return "remove it, and write cache: true"
    return "remove it"


def _written(service: ServiceSettings) -> dict[str, tuple[str, ...]]:
    return {"env": tuple(service.env), "secrets": tuple(service.secrets), "urls": tuple(service.urls)}


def no_variable_is_set_twice(draft: Draft) -> Iterator[Problem]:
    """A variable stands under one of env, secrets and urls."""
    for key, service in draft.services.items():
        first: dict[str, str] = {}
        for section, written in _written(service).items():
            for variable in written:
                earlier = first.setdefault(variable, section)
                if earlier != section:
                    yield Problem(
                        (_SERVICES, key, earlier, variable),
                        f"is set again under {section}, at",
                        "Cloud Run takes each variable once, and nobody could tell which of the two is meant",
                        f"keep it under {section} and remove this one",
                        beside=(_SERVICES, key, section, variable),
                    )


def service_id_is_fixed(draft: Draft) -> Iterator[Problem]:
    """A service that others call has a SERVICE_ID, and it is the same after each deploy."""
    for key, service in draft.services.items():
        if not service.has_private_route or SERVICE_ID in service.secrets or SERVICE_ID in service.urls:
            continue
        right = service.name.removesuffix(f"-{draft.environment}")
        value = service.env.get(SERVICE_ID)
        if value is None:
            why = (
                "services refuse one another's calls by this id, so it is fixed here and not made up at start"
            )
            yield Problem((_SERVICES, key, "env", SERVICE_ID), "is missing", why, entry(SERVICE_ID, right))
        elif not value or _TIMESTAMP.search(value):
            what = f"is {value!r}, with a timestamp" if value else "is empty"
            why = "an id that changes with each deploy is refused by the services that knew the old one"
            yield Problem((_SERVICES, key, "env", SERVICE_ID), what, why, entry(SERVICE_ID, right))


def passwords_match_their_users(draft: Draft) -> Iterator[Problem]:
    """POSTGRES_PASSWORD is the database user's own secret, REDIS_PASSWORD the cache's AUTH string."""
    for key, service in draft.services.items():
        yield from _database_password(draft, key, service)
        if service.cache:
            right = [one for one, secret in draft.secrets.items() if secret.from_ == "cacheAuthString"]
            why = "AUTH is on: without the instance's own AUTH string Redis refuses every command"
            fallback = "redis-password: {from: cacheAuthString} under plumbline:secrets"
            yield from _password(draft, key, service, CACHE_PASSWORD, right, why, fallback)


def _database_password(draft: Draft, key: str, service: ServiceSettings) -> Iterator[Problem]:
    user = draft.database.databases.get(service.database) if draft.database and service.database else None
    if user is None:
        return
    right = [
        one
        for one, secret in draft.secrets.items()
        if secret.from_ == "config" and secret.config_key == user.password_config_key
    ]
    why = f"user {user.user} of database {service.database} has the password of {user.password_config_key}"
    source = f"{{from: config, configKey: {user.password_config_key}}} under plumbline:secrets"
    yield from _password(draft, key, service, DATABASE_PASSWORD, right, why, f"postgres-password: {source}")


def _password(  # noqa: PLR0913, PLR0917 - one rule for two passwords
    draft: Draft, key: str, service: ServiceSettings, variable: str, right: list[str], why: str, fallback: str
) -> Iterator[Problem]:
    named = service.secrets.get(variable)
    if named in right or (named is not None and named not in draft.secrets):
        return
    what = "is missing" if named is None else "names another secret"
    fix = entry(variable, right[0]) if right else fallback
    yield Problem((_SERVICES, key, "secrets", variable), what, why, fix)
