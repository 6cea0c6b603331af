"""From config values to `PlatformSettings`, or to everything that is wrong with them.

Owns which config keys there are, and the order: keys, fields, rules. Does not read files, nor the engine.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from components.settings.audit import AuditSettings
from components.settings.cache import CacheSettings
from components.settings.database import DatabaseSettings
from components.settings.draft import Draft
from components.settings.egress import EgressSettings
from components.settings.fields import check_config_key
from components.settings.ingress import IngressSettings
from components.settings.monitoring import MonitoringSettings
from components.settings.network import NetworkSettings
from components.settings.platform import PlatformSettings
from components.settings.problem import Path, Problem
from components.settings.rules import broken
from components.settings.rules.nearest import listed, nearest
from components.settings.secrets import SecretSettings
from components.settings.services import ServiceSettings
from components.settings.translate import MISSING, NAMESPACE, config_key, problems_of

_Model = TypeVar("_Model", bound=BaseModel)
FIELD_OF = {
    config_key(alias): alias
    for alias in (field.alias or name for name, field in PlatformSettings.model_fields.items())
}
"""Config keys that are settings, and the field of each."""
UNKNOWN = "is not a setting"


def validate(
    config: Mapping[str, object], encrypted: frozenset[str], *, require_secrets: bool
) -> PlatformSettings | list[Problem]:
    """Validate config values.

    Args:
        config: Values by fully qualified key; objects as mappings.
        encrypted: Keys whose value is set and encrypted.
        require_secrets: Whether each secret that a setting names must be set. Offline it need not: passwords
            may be set later.
    """
    raw = {FIELD_OF[key]: in_order(value) for key, value in config.items() if key in FIELD_OF}
    named = secret_keys(raw)
    secrets = frozenset(named.values())
    problems = [
        *_unknown_keys(config, raw, secrets, encrypted),
        *_plain_secrets(config, secrets, encrypted),
        *(_unset_secrets(config, named) if require_secrets else ()),
    ]
    settings: PlatformSettings | None = None
    try:
        settings = PlatformSettings.model_validate(raw)
    except ValidationError as error:
        problems += problems_of(error, PlatformSettings)
    problems += broken(draft_of(raw))
    if settings is not None and not problems:
        return settings
    meant = {problem.meant for problem in problems}
    return [problem for problem in problems if problem.what != MISSING or problem.path not in meant]


def in_order(value: object) -> object:
    """The value with every mapping's keys sorted, as the engine hands them over: messages then agree."""
    return {key: in_order(value[key]) for key in sorted(value)} if isinstance(value, dict) else value


def secret_keys(raw: Mapping[str, object]) -> dict[Path, str]:
    """Config keys that hold secrets, by the setting that names them; what is no name of one is left out."""
    found: dict[Path, object] = {}
    for name, database in _mapping(_mapping(raw.get("database")).get("databases")).items():
        key = _mapping(database).get("passwordConfigKey")
        found[f"{NAMESPACE}:database", "databases", name, "passwordConfigKey"] = key
    for secret_id, secret in _mapping(raw.get("secrets")).items():
        found[f"{NAMESPACE}:secrets", secret_id, "configKey"] = _mapping(secret).get("configKey")
    for name, channel in _mapping(_mapping(raw.get("monitoring")).get("channels")).items():
        key = _mapping(channel).get("configKey")
        found[f"{NAMESPACE}:monitoring", "channels", name, "configKey"] = key
    return {
        path: f"{NAMESPACE}:{key}"
        for path, key in found.items()
        if isinstance(key, str) and check_config_key(key) is None
    }


def _unknown_keys(
    config: Mapping[str, object],
    raw: Mapping[str, object],
    secrets: frozenset[str],
    secrets_set: frozenset[str],
) -> Iterator[Problem]:
    ours = {key.partition(":")[2]: key for key in (*FIELD_OF, *secrets) if key.startswith(f"{NAMESPACE}:")}
    for key in config:
        if (":" in key and not key.startswith(f"{NAMESPACE}:")) or key in FIELD_OF or key in secrets:
            continue
        near = nearest(key.rpartition(":")[2], ours)
        if near is not None:
            yield Problem(
                (key,), UNKNOWN, f"did you mean {ours[near]}?", f"{ours[near]}:", meant=(ours[near],)
            )
        elif key not in secrets_set:
            yield Problem(
                (key,), UNKNOWN, f"the keys of this project are {listed(ours.values())}", "remove it"
            )
        elif "database" in raw and "secrets" in raw:
            why = "none of plumbline:database, plumbline:secrets and plumbline:monitoring names it"
            yield Problem((key,), "is an encrypted value that nothing uses", why, f"pulumi config rm {key}")


def _plain_secrets(
    config: Mapping[str, object], secrets: frozenset[str], secrets_set: frozenset[str]
) -> Iterator[Problem]:
    for key in sorted(secrets):
        if key in config and key not in secrets_set:
            why = "it is a secret, and this file is committed; change it, for it has been seen"
            yield Problem((key,), "is in plain text (hidden)", why, f"pulumi config set --secret {key}")


def _unset_secrets(config: Mapping[str, object], named: Mapping[Path, str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, key in named.items():
        if key not in config and key not in seen:
            why = "the password of a database user, the content of a secret, or a channel's key comes from it"
            yield Problem(path, f"names {key}, which is not set", why, f"pulumi config set --secret {key}")
        seen.add(key)


def draft_of(raw: Mapping[str, object]) -> Draft:
    """The sections that are right in themselves."""
    database, services = _mapping(raw.get("database")), _mapping(raw.get("services"))
    secrets, ingress = _mapping(raw.get("secrets")), _mapping(raw.get("ingress"))
    labels = raw.get("labels")
    return Draft(
        project=_text(raw.get("project")),
        region=_text(raw.get("region")),
        environment=_text(raw.get("environment")),
        labels={key: str(value) for key, value in labels.items()} if isinstance(labels, dict) else None,
        network=_section(NetworkSettings, raw.get("network")),
        egress=_section(EgressSettings, raw.get("egress")),
        database=_section(DatabaseSettings, raw.get("database")),
        cache=_section(CacheSettings, raw.get("cache")),
        ingress=_section(IngressSettings, raw.get("ingress")),
        audit=_section(AuditSettings, raw.get("audit")),
        monitoring=_section(MonitoringSettings, raw.get("monitoring")),
        services=_sections(ServiceSettings, services),
        secrets=_sections(SecretSettings, secrets),
        service_keys=frozenset(services),
        secret_ids=frozenset(secrets),
        database_names=frozenset(_mapping(database.get("databases"))),
        host_labels=frozenset(_mapping(ingress.get("hosts"))),
    )


def _section(model: type[_Model], value: object) -> _Model | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _sections(model: type[_Model], values: Mapping[str, object]) -> dict[str, _Model]:
    read = {key: _section(model, value) for key, value in values.items()}
    return {key: section for key, section in read.items() if section is not None}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
