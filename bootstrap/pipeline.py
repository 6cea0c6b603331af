"""Everything that the pipeline stands on, wired together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pulumi
from pulumi_gcp import projects

from bootstrap import break_glass, roles
from bootstrap.federation import Federation
from bootstrap.identities import Identity
from bootstrap.state import StateStore

if TYPE_CHECKING:
    from bootstrap.settings import BootstrapSettings

APIS: Final = ("cloudkms", "cloudresourcemanager", "iam", "iamcredentials", "sts", "storage")


class Pipeline(pulumi.ComponentResource):
    """State, federation, identities and break-glass of one environment.

    Args:
        name: Pulumi name; children are named after it.
        settings: The stack's settings.
        opts: Options of the component itself.
    """

    def __init__(
        self, name: str, settings: BootstrapSettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare all of it."""
        super().__init__("plumbline:bootstrap:Pipeline", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        apis = [
            projects.Service(
                f"{name}-api-{api}",
                project=settings.project,
                service=f"{api}.googleapis.com",
                disable_on_destroy=False,
                opts=inside,
            )
            for api in APIS
        ]
        state = StateStore("state", settings, apis, inside)
        federation = Federation("github", settings, apis, inside)

        def identity(kind: str, purpose: str, runs: str) -> Identity:
            return Identity(
                kind,
                account_id=f"plumb-{kind}",
                purpose=purpose,
                runs=federation.member(runs),
                settings=settings,
                apis=apis,
                opts=inside,
            )

        preview = identity("preview", "Previews of pull requests: reads", "pull_request")
        preview.may(*roles.READ)
        preview.may_use_state(state, roles.STATE_READER, roles.DECRYPT)

        drift = identity("drift", "Nightly drift check: reads", f"ref:refs/heads/{settings.github.branch}")
        drift.may(*roles.READ)
        drift.may_read_passwords(settings)
        drift.may_use_state(state, roles.STATE_READER, roles.DECRYPT)

        deploy = identity("deploy", "Deploys, once approved", f"environment:{settings.environment}")
        deploy.may(*roles.deploy_roles())
        deploy.may_use_accounts()
        deploy.may_use_state(state, roles.STATE_WRITER, roles.ENCRYPT_AND_DECRYPT)
        break_glass.declare(deploy.id, settings.break_glass, inside)

        self.backend_url = state.bucket.apply(lambda bucket: f"gs://{bucket}")
        self.secrets_provider = state.key.apply(lambda key: f"gcpkms://{key}")
        self.workload_identity_provider = federation.provider
        self.accounts = {"preview": preview.email, "drift": drift.email, "deploy": deploy.email}
        self.register_outputs({"backendUrl": self.backend_url})
