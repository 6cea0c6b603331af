"""Which of GitHub's tokens Google believes.

Owns the pool, its provider and the condition: only this repository, told by its numbers, and of it only runs
on the deploying branch and of pull requests. A pull request's run that asks for an environment is neither.

Sources: https://docs.github.com/en/actions/reference/security/oidc,
https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pulumi
from pulumi_gcp import iam

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.settings import BootstrapSettings, GitHub

ISSUER: Final = "https://token.actions.githubusercontent.com"


def subject(github: GitHub, of: str) -> str:
    """The subject of a run, for example of `pull_request` or `environment:staging`."""
    if not github.immutable_subjects:
        return f"repo:{github.repository}:{of}"
    owner, _, name = github.repository.partition("/")
    return f"repo:{owner}@{github.owner_id}/{name}@{github.repository_id}:{of}"


def condition(github: GitHub) -> str:
    """What a token must say, in Google's expression language."""
    return (
        f"assertion.repository_id == '{github.repository_id}'"
        f" && assertion.repository_owner_id == '{github.owner_id}'"
        f" && (assertion.ref == 'refs/heads/{github.branch}'"
        f" || assertion.sub == '{subject(github, 'pull_request')}')"
    )


class Federation(pulumi.ComponentResource):
    """The pool and its provider.

    Args:
        name: Pulumi name; children are named after it.
        settings: The stack's settings.
        apis: What must be enabled first.
        opts: Options of the component itself.
    """

    provider: pulumi.Output[str]
    """The provider's full name, which workflows give to google-github-actions/auth."""

    def __init__(
        self,
        name: str,
        settings: BootstrapSettings,
        apis: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare them."""
        super().__init__("plumbline:bootstrap:Federation", name, None, opts)
        self._github = settings.github
        pool = iam.WorkloadIdentityPool(
            f"{name}-pool",
            project=settings.project,
            workload_identity_pool_id="github",
            display_name="GitHub Actions",
            description="Runs of the infrastructure's workflows",
            opts=pulumi.ResourceOptions(parent=self, depends_on=apis),
        )
        provider = iam.WorkloadIdentityPoolProvider(
            f"{name}-provider",
            project=settings.project,
            workload_identity_pool_id=pool.workload_identity_pool_id,
            workload_identity_pool_provider_id="actions",
            display_name="GitHub Actions",
            attribute_mapping={
                "google.subject": "assertion.sub",
                "attribute.repository_id": "assertion.repository_id",
                "attribute.ref": "assertion.ref",
                "attribute.actor": "assertion.actor",
            },
            attribute_condition=condition(settings.github),
            oidc={"issuer_uri": ISSUER},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.provider, self._pool = provider.name, pool.name
        self.register_outputs({"provider": self.provider})

    def member(self, of: str) -> pulumi.Output[str]:
        """Runs of one kind, as grants name them: `pull_request`, `environment:staging`, a branch's."""
        which = subject(self._github, of)
        return self._pool.apply(lambda pool: f"principal://iam.googleapis.com/{pool}/subject/{which}")
