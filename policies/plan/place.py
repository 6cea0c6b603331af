"""Where resources live that do not say it themselves: what the default provider is told.

Source: https://www.pulumi.com/registry/packages/gcp/installation-configuration/#configuration-options
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.plan.graph import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where the provider looks when the stack's configuration names no project or region.
_PROJECT: Final = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
_REGION: Final = ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION")


def placed(config: Mapping[str, str], environ: Mapping[str, str], *, preview: bool) -> Plan:
    """An empty plan for a stack with this configuration."""
    return Plan(
        project=config.get("gcp:project") or _first(environ, _PROJECT),
        region=config.get("gcp:region") or _first(environ, _REGION),
        preview=preview,
    )


def _first(environ: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)
