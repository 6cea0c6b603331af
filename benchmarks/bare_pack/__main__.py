"""A policy pack that looks at every resource and finds nothing, on Pulumi's own SDK."""

from pulumi_policy import PolicyPack, ResourceValidationPolicy


def _nothing(_args: object, _report: object) -> None:
    """Finds nothing."""


PolicyPack(
    name="bare",
    policies=[ResourceValidationPolicy(name="nothing", description="Finds nothing.", validate=_nothing)],
)
