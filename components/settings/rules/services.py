"""Rules of each service: names, sizes that go together, and references to other sections."""

from collections.abc import Iterator

from catalog import cloud_run, names
from components.settings.draft import Draft
from components.settings.problem import Problem, entry, of_breach
from components.settings.rules.nearest import listed, nearest
from components.settings.services import WEB_SOCKET_TIMEOUT_SECONDS

_SERVICES = "plumbline:services"
CANDIDATE_TAG = "candidate"
MOST_LABELS = 62
"""Google allows 64 labels; two are this project's own (environment, managed-by)."""


def names_differ(draft: Draft) -> Iterator[Problem]:
    """No two services have one name, nor one service account."""
    owners: dict[str, str] = {}
    accounts: dict[str, str] = {}
    for key, service in draft.services.items():
        first = owners.setdefault(service.name, key)
        if first != key:
            why = "a service's name is unique in its project and region: the second create would fail"
            yield Problem(
                (_SERVICES, key, "name"),
                f"is {service.name!r}, as",
                why,
                entry("name", f"{service.name}-{key}"),
                beside=(_SERVICES, first, "name"),
            )
            continue
        first = accounts.setdefault(service.service_account_id, key)
        if first != key:
            why = "each service has an account of its own, so that it can read its own secrets and no others"
            yield Problem(
                (_SERVICES, key, "serviceAccount"),
                f"is {service.service_account_id!r}, the account of",
                why,
                entry("serviceAccount", names.SERVICE_ACCOUNT.suggest(service.name)),
                beside=(_SERVICES, first),
            )


def names_fit_their_accounts_and_tags(draft: Draft) -> Iterator[Problem]:
    """A service's name is also its account's id, unless one is written, and stands in a candidate's URL."""
    for key, service in draft.services.items():
        if service.service_account is None:
            breach = names.SERVICE_ACCOUNT.check(service.name)
            if breach:
                yield of_breach((_SERVICES, key, "name"), breach, key="serviceAccount")
        breach = cloud_run.check_tag(CANDIDATE_TAG, service.name)
        if breach:
            yield of_breach((_SERVICES, key, "name"), breach)


def sizes_go_together(draft: Draft) -> Iterator[Problem]:
    """CPU with memory and concurrency, least with most instances, WebSockets with the timeout."""
    for key, service in draft.services.items():
        checks = {
            "memoryMib": cloud_run.check_memory(service.memory_mib, service.cpu),
            "concurrency": cloud_run.check_concurrency(service.concurrency, service.cpu),
        }
        yield from (of_breach((_SERVICES, key, name), breach) for name, breach in checks.items() if breach)
        if service.min_instances > service.max_instances:
            yield Problem(
                (_SERVICES, key, "minInstances"),
                f"is {service.min_instances}",
                f"it is at most maxInstances, {service.max_instances} ({cloud_run.MIN_INSTANCES.source})",
                entry("minInstances", service.max_instances),
            )
        if service.web_sockets and service.request_timeout_seconds < WEB_SOCKET_TIMEOUT_SECONDS:
            yield Problem(
                (_SERVICES, key, "timeoutSeconds"),
                f"is {service.timeout_seconds} with webSockets",
                f"a WebSocket ends with its request and has to last an hour ({cloud_run.WEB_SOCKETS})",
                entry("timeoutSeconds", WEB_SOCKET_TIMEOUT_SECONDS),
            )


def references_exist(draft: Draft) -> Iterator[Problem]:
    """The database, secrets and hosts that a service names are in their sections."""
    for key, service in draft.services.items():
        if (
            service.database is not None
            and draft.database_names
            and service.database not in draft.database_names
        ):
            path = (_SERVICES, key, "database")
            yield _unknown(path, service.database, "plumbline:database.databases", draft.database_names)
        for variable, secret in service.secrets.items():
            if secret not in draft.secret_ids:
                likely = variable.lower().replace("_", "-")
                near = likely if likely in draft.secret_ids else nearest(secret, draft.secret_ids)
                hint = f"; did you mean {near}?" if near else ""
                yield Problem(
                    (_SERVICES, key, "secrets", variable),
                    "names (hidden), which is not under plumbline:secrets",
                    f"the revision would not start without its secret; a value never stands here{hint}",
                    entry(variable, near or "the-id-of-a-secret"),
                )
        for variable, url in service.urls.items():
            if draft.host_labels and url.host not in draft.host_labels:
                where = (_SERVICES, key, "urls", variable, "host")
                yield _unknown(where, url.host, "plumbline:ingress.hosts", draft.host_labels)


def _unknown(path: tuple[str, ...], name: str, section: str, known: frozenset[str]) -> Problem:
    near = nearest(name, known)
    hint = f"; did you mean {near}?" if near else ""
    why = f"{section} has {listed(known)}{hint}"
    return Problem(path, f"names {name!r}, which is not there", why, entry(path[-1], near or min(known)))


def labels_are_few(draft: Draft) -> Iterator[Problem]:
    """A resource takes at most 64 labels."""
    if draft.labels is not None and len(draft.labels) > MOST_LABELS:
        why = f"a resource takes 64 labels, of which two are written for you ({names.LABEL_KEY.source})"
        yield Problem(
            ("plumbline:labels",), f"has {len(draft.labels)} labels", why, f"keep {MOST_LABELS} of them"
        )
