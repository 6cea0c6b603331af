"""Rules of the load balancer's hosts: who answers them, and that one certificate names them all."""

from collections.abc import Iterator

from catalog import load_balancer, names
from components.settings.draft import Draft
from components.settings.problem import Problem, entry
from components.settings.rules.nearest import listed, nearest

_INGRESS = "plumbline:ingress"


def hosts_name_services(draft: Draft) -> Iterator[Problem]:
    """Each host is answered by a service that there is."""
    if draft.ingress is None:
        return
    if not draft.ingress.hosts:
        why = "without a host nothing answers: certificate, routes and DNS come from this list"
        yield Problem((_INGRESS, "hosts"), "is empty", why, "hosts: {api: {service: backend}}")
    for label, host in draft.ingress.hosts.items():
        if draft.service_keys and host.service not in draft.service_keys:
            near = nearest(host.service, draft.service_keys)
            hint = f"; did you mean {near}?" if near else ""
            yield Problem(
                (_INGRESS, "hosts", label, "service"),
                f"names {host.service!r}, which is not there",
                f"plumbline:services has {listed(draft.service_keys)}{hint}",
                entry("service", near or min(draft.service_keys)),
            )


def one_certificate_names_all_hosts(draft: Draft) -> Iterator[Problem]:
    """Hosts and their candidates fit one managed certificate."""
    if draft.ingress is None:
        return
    most = load_balancer.MOST_CERTIFICATE_DOMAINS // 2
    if len(draft.ingress.hosts) > most:
        why = (
            f"a managed certificate names at most {load_balancer.MOST_CERTIFICATE_DOMAINS} domains, and each "
            f"host takes two, its candidate's being the other ({load_balancer.CERTIFICATES})"
        )
        yield Problem((_INGRESS, "hosts"), f"has {len(draft.ingress.hosts)} hosts", why, f"keep {most} hosts")


def candidate_hosts_are_free(draft: Draft) -> Iterator[Problem]:
    """No candidate's host is already another host, and each is a host name."""
    if draft.ingress is None:
        return
    for label in draft.ingress.hosts:
        candidate = f"{draft.ingress.candidate_prefix}{label}"
        if candidate in draft.ingress.hosts:
            why = f"the candidate of {label} answers under the same name; one of the two is never reached"
            yield Problem(
                (_INGRESS, "hosts", candidate), "is a candidate's host", why, "give this host another label"
            )
        breach = names.HOST_LABEL.check(candidate)
        if breach:
            yield Problem(
                (_INGRESS, "hosts", label),
                f"makes the candidate's label {candidate!r}",
                breach.reason,
                "give this host a shorter label",
            )
