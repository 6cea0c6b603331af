"""Who the pipeline is: one account that looks for pull requests, one that looks for drift, one that deploys.

Each is had only by one kind of run. None has a key, none may grant roles on the project or say who may be
one of its accounts. The two that look change nothing. The one that deploys may make, remove and use accounts,
and those of this program are in the same project: it could remove them, or have a service run as one of them
(docs/explanation/threats.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_gcp import kms, organizations, projects, serviceaccount, storage

from bootstrap import roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.settings import BootstrapSettings
    from bootstrap.state import StateStore


class Identity(pulumi.ComponentResource):
    """One account, the runs that have it, and what it may do on the project and the state.

    Args:
        name: Pulumi name; children are named after it.
        account_id: The account's id.
        purpose: What it is for, as Google shows it.
        runs: The runs that have it, as grants name them.
        settings: The stack's settings.
        apis: What must be enabled first.
        opts: Options of the component itself.
    """

    def __init__(  # noqa: PLR0913 - one account's whole description
        self,
        name: str,
        *,
        account_id: str,
        purpose: str,
        runs: pulumi.Output[str],
        settings: BootstrapSettings,
        apis: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the account and who has it."""
        super().__init__("plumbline:bootstrap:Identity", name, None, opts)
        self._name, self._project = name, settings.project
        account = serviceaccount.Account(
            f"{name}-account",
            project=settings.project,
            account_id=account_id,
            display_name=purpose,
            opts=pulumi.ResourceOptions(parent=self, depends_on=apis),
        )
        self.email, self.member, self.id = account.email, account.member, account.name
        serviceaccount.IAMMember(
            f"{name}-runs",
            service_account_id=account.name,
            role=roles.FEDERATED,
            member=runs,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"email": self.email})

    def may(self, *granted: str) -> None:
        """Give it roles on the project."""
        for role in granted:
            projects.IAMMember(
                f"{self._name}-{role.removeprefix('roles/')}",
                project=self._project,
                role=role,
                member=self.member,
                opts=pulumi.ResourceOptions(parent=self),
            )

    def may_use_state(self, state: StateStore, objects: str, key: str) -> None:
        """Give it a role on the state's files and one on the key of the secrets in them."""
        storage.BucketIAMMember(
            f"{self._name}-state",
            bucket=state.bucket,
            role=objects,
            member=self.member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        kms.CryptoKeyIAMMember(
            f"{self._name}-key",
            crypto_key_id=state.key,
            role=key,
            member=self.member,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def may_use_accounts(self) -> None:
        """Let it make the services' accounts and have services run as them, and no more."""
        self._may_by_a_role_of_our_own(
            ("accounts", "uses-accounts"),
            role_id="plumbDeployAccounts",
            title="Make accounts and have services run as them",
            permissions=roles.ACCOUNTS,
        )

    def may_read_passwords(self, settings: BootstrapSettings) -> None:
        """Let it read what a refresh compares: the AUTH string, and the secrets that the stack makes."""
        self._may_by_a_role_of_our_own(
            ("auth-string", "reads-auth-string"),
            role_id="plumbDriftReader",
            title="Read a cache's AUTH string",
            permissions=(roles.READ_AUTH_STRING,),
        )
        if settings.own_secrets:
            number = organizations.get_project_output(project_id=settings.project).number
            projects.IAMMember(
                f"{self._name}-reads-own-secrets",
                project=settings.project,
                role=roles.READ_SECRET,
                member=self.member,
                condition={
                    "title": "the stack's own secrets",
                    "expression": number.apply(lambda text: own_secrets(text, settings.own_secrets)),
                },
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _may_by_a_role_of_our_own(
        self, names: tuple[str, str], *, role_id: str, title: str, permissions: Sequence[str]
    ) -> None:
        """Let it do what no predefined role permits so narrowly; the names are the role's and the grant's."""
        role, grant = names
        own = projects.IAMCustomRole(
            f"{self._name}-{role}",
            project=self._project,
            role_id=role_id,
            title=title,
            permissions=list(permissions),
            opts=pulumi.ResourceOptions(parent=self),
        )
        projects.IAMMember(
            f"{self._name}-{grant}",
            project=self._project,
            role=own.name,
            member=self.member,
            opts=pulumi.ResourceOptions(parent=self),
        )


def own_secrets(project_number: str, secrets: Sequence[str]) -> str:
    """The condition that a secret's version is one of these secrets', in Google's expression language."""
    names = (f"resource.name.startsWith('projects/{project_number}/secrets/{one}/')" for one in secrets)
    return " || ".join(names)
