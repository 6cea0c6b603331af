"""Alerts on what is seen from outside: whether each public host answers, and how long its certificate holds.

Owns which hosts are asked for what. The check itself is a resource of `components.monitoring.component`.

Sources: https://cloud.google.com/monitoring/uptime-checks,
https://cloud.google.com/monitoring/uptime-checks/uptime-alerting-policies,
https://cloud.google.com/load-balancing/docs/ssl-certificates/google-managed-certs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.monitoring.alert import MINUTE, Alert, Condition, Weight, series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.settings import PlatformSettings

CHECK_PERIOD_SECONDS, CHECK_TIMEOUT_SECONDS = 60, 10
CERTIFICATE_DAYS = 14
"""Google renews a managed certificate a month ahead: with two weeks left, renewal has failed."""
_PASSED = "monitoring.googleapis.com/uptime_check/check_passed"
_EXPIRES = "monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires"


def checks(settings: PlatformSettings) -> dict[str, tuple[str, str]]:
    """Host name and path of each uptime check, by the host's label."""
    return {
        label: (settings.ingress.host_name(label), settings.services[host.service].health_path or "/")
        for label, host in sorted(settings.ingress.hosts.items())
    }


def _own_hosts(settings: PlatformSettings) -> str:
    names = ", ".join(f'"{host}"' for host, _ in checks(settings).values())
    return f"resource.labels.host=one_of({names})"


def _behind_hosts(settings: PlatformSettings) -> Sequence[str]:
    return sorted({host.service for host in settings.ingress.hosts.values()})


def _down(settings: PlatformSettings) -> Sequence[Condition]:
    return [
        Condition(
            "two or more regions get no answer",
            f"{series(_PASSED, 'uptime_url')} AND {_own_hosts(settings)}",
            1,
            aligner="ALIGN_NEXT_OLDER",
            reducer="REDUCE_COUNT_FALSE",
            by=("resource.label.host",),
            period=20 * MINUTE,
            duration=MINUTE,
        )
    ]


def _expires(settings: PlatformSettings) -> Sequence[Condition]:
    return [
        Condition(
            f"less than {CERTIFICATE_DAYS} days are left",
            f"{series(_EXPIRES, 'uptime_url')} AND {_own_hosts(settings)}",
            CERTIFICATE_DAYS,
            below=True,
            aligner="ALIGN_NEXT_OLDER",
            reducer="REDUCE_MIN",
            by=("resource.label.host",),
            period=20 * MINUTE,
            duration=10 * MINUTE,
        )
    ]


ALERTS = (
    Alert(
        "host-down",
        "A public host does not answer",
        Weight.OUTAGE,
        "Google's probers, in two regions or more, get no good answer from a host that users open.",
        (
            "Which host, and what it says: `curl -v https://HOST/PATH`.",
            "Whether the service behind it answers: its errors and instances on the dashboard.",
            "Whether DNS, certificate and URL map name the host, and Cloud Armor lets the probers through.",
        ),
        ("plumb explain ingress-hosts", "plumb explain run-public", "plumb verify STACK"),
        _behind_hosts,
        _down,
    ),
    Alert(
        "certificate-expiry",
        "A certificate is about to expire",
        Weight.DEGRADED,
        f"Less than {CERTIFICATE_DAYS} days are left. Google renews a managed certificate by itself, weeks "
        "before, so renewal has failed: most often the DNS of one of its hosts points elsewhere.",
        (
            "Its status for each domain: `gcloud compute ssl-certificates describe NAME --global`.",
            "Whether every host of the certificate resolves to the load balancer's address.",
            "Whether a CAA record forbids Google's authority.",
        ),
        ("plumb explain ingress-hosts",),
        _behind_hosts,
        _expires,
    ),
)
