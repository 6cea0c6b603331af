"""A raw pulumi-gcp program with as many resources as BENCH_RESOURCES says (default 100).

Owns nothing but load for the benchmark: groups of one Cloud Run service with its account, two secrets, their
versions and grants, eight resources a group. Each group lives in a project of its own, so that one contract
holds for every service. Deliberately uses none of our components: engine, provider and pack are measured.
"""

import os

import pulumi
from pulumi_gcp import cloudrunv2, secretmanager, serviceaccount

GROUP = 8
WANTED = int(os.environ.get("BENCH_RESOURCES", "100"))
NAMES = ("API_KEY", "POSTGRES_PASSWORD")


def declare_secret(project: str, env_name: str, reader: serviceaccount.Account) -> list[pulumi.Resource]:
    """Declare a secret with one version that `reader` may read: container, version and grant."""
    secret_id = env_name.lower().replace("_", "-")
    name = f"{project}-{secret_id}"
    secret = secretmanager.Secret(
        name,
        project=project,
        secret_id=secret_id,
        replication=secretmanager.SecretReplicationArgs(auto=secretmanager.SecretReplicationAutoArgs()),
    )
    version = secretmanager.SecretVersion(name, secret=secret.id, secret_data=pulumi.Output.secret(name))
    grant = secretmanager.SecretIamMember(
        name,
        project=project,
        secret_id=secret.secret_id,
        role="roles/secretmanager.secretAccessor",
        member=reader.member,
    )
    return [secret, version, grant]


def declare_group(project: str) -> None:
    """Declare one service under contract and everything it needs to start."""
    account = serviceaccount.Account(f"{project}-run", project=project, account_id="bench-run")
    envs = [cloudrunv2.ServiceTemplateContainerEnvArgs(name="ENVIRONMENT", value="bench")]
    needs: list[pulumi.Resource] = []
    for env_name in NAMES:
        needs += declare_secret(project, env_name, account)
        envs.append(
            cloudrunv2.ServiceTemplateContainerEnvArgs(
                name=env_name,
                value_source=cloudrunv2.ServiceTemplateContainerEnvValueSourceArgs(
                    secret_key_ref=cloudrunv2.ServiceTemplateContainerEnvValueSourceSecretKeyRefArgs(
                        secret=env_name.lower().replace("_", "-"), version="1"
                    )
                ),
            )
        )
    cloudrunv2.Service(
        f"{project}-service",
        project=project,
        name="bench",
        location="us-central1",
        deletion_protection=False,
        template=cloudrunv2.ServiceTemplateArgs(
            service_account=account.email,
            containers=[
                cloudrunv2.ServiceTemplateContainerArgs(
                    image=f"us-docker.pkg.dev/bench/bench/app@sha256:{1:064x}", envs=envs
                )
            ],
        ),
        opts=pulumi.ResourceOptions(depends_on=needs),
    )


for group in range(max(1, round(WANTED / GROUP))):
    declare_group(f"bench-{group:04d}")
