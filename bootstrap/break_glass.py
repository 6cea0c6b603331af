"""Who may deploy past the pipeline, and until when.

Nobody gets a role of their own on the project: for some hours a person may act as the deploying account, and
every act of theirs stands in the audit log under both names. The grant ends by itself, whether or not anybody
takes it out of the stack's file.

Source: https://cloud.google.com/iam/docs/configuring-temporary-access
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_gcp import serviceaccount

from bootstrap.roles import ACT_AS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi

    from bootstrap.settings import BreakGlass


def expression(entry: BreakGlass) -> str:
    """The condition under which the grant holds, in Google's expression language."""
    return f"request.time >= timestamp('{entry.begins}') && request.time < timestamp('{entry.ends}')"


def declare(
    account: pulumi.Output[str], entries: Mapping[str, BreakGlass], opts: pulumi.ResourceOptions
) -> None:
    """Declare each grant on the deploying account."""
    for incident, entry in entries.items():
        approved = ", ".join(sorted(set(entry.approved_by)))
        serviceaccount.IAMMember(
            f"break-glass-{incident}",
            service_account_id=account,
            role=ACT_AS,
            member=entry.who,
            condition={
                "title": f"break-glass {incident}",
                "description": f"{entry.reason} (approved by {approved})",
                "expression": expression(entry),
            },
            opts=opts,
        )
