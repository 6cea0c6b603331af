"""The rule that each secret says where its value comes from, and nothing that it does not need."""

from collections.abc import Iterator, Mapping

from components.settings.draft import Draft
from components.settings.problem import Problem, entry

_SECRETS = "plumbline:secrets"
_NEEDED: Mapping[str, str | None] = {"config": "configKey", "outside": "version", "cacheAuthString": None}
_WHY = {
    "configKey": "it names the encrypted config value that fills the secret",
    "version": "a secret that lives outside this stack is referred to by a pinned version",
}
_EXAMPLES = {"configKey": "postgresPasswordNetra", "version": "1"}


def each_secret_says_where_it_comes_from(draft: Draft) -> Iterator[Problem]:
    """`config` has a configKey, `outside` a version, and neither has the other's."""
    for secret_id, secret in draft.secrets.items():
        written = {"configKey": secret.config_key is not None, "version": secret.version is not None}
        for key, is_written in written.items():
            needed = _NEEDED[secret.from_] == key
            if needed and not is_written:
                path = (_SECRETS, secret_id, key)
                yield Problem(path, "is missing", _WHY[key], entry(key, _EXAMPLES[key]))
            if is_written and not needed:
                why = f"{key} does nothing with from: {secret.from_}"
                source = next(origin for origin, wanted in _NEEDED.items() if wanted == key)
                yield Problem(
                    (_SECRETS, secret_id, key), "is not used", why, f"remove it, or write from: {source}"
                )
