"""A chat backend in plain pulumi-gcp, as another team might write it: everything is right but one secret.

The network with its connector, the database, the cache and the secrets belong to others and exist already.
"""

import pulumi
import pulumi_gcp as gcp

PROJECT = pulumi.Config("gcp").require("project")
# Each variable, the secret it reads and the version. JWT_SECRET_STAGING is missing.
SECRETS = {
    "POSTGRES_PASSWORD": ("chat-postgres-password", "1"),
    "REDIS_PASSWORD": ("chat-redis-password", "1"),
    "JWT_SECRET_KEY": ("jwt-secret", "3"),
    "SECRET_KEY": ("secret-key", "1"),
    "SESSION_SECRET_KEY": ("session-secret-key", "1"),
    "SERVICE_SECRET": ("service-secret", "2"),
    "FERNET_KEY": ("fernet-key", "1"),
    "GOOGLE_OAUTH_CLIENT_ID_STAGING": ("google-oauth-client-id", "1"),
    "GOOGLE_OAUTH_CLIENT_SECRET_STAGING": ("google-oauth-client-secret", "1"),
    "OPENAI_API_KEY": ("openai-api-key", "4"),
    "ANTHROPIC_API_KEY": ("anthropic-api-key", "2"),
    "GEMINI_API_KEY": ("gemini-api-key", "1"),
    "CLICKHOUSE_PASSWORD": ("clickhouse-password", "1"),
}
PLAIN = {
    "ENVIRONMENT": "staging",
    "SERVICE_ID": "netra-backend",
    "POSTGRES_HOST": "10.42.0.3",
    "POSTGRES_PORT": "5432",
    "POSTGRES_DB": "netra",
    "POSTGRES_USER": "netra",
    "POSTGRES_SSLMODE": "verify-ca",
    "DB_POOL_SIZE": "5",
    "DB_MAX_OVERFLOW": "2",
    "DB_POOL_RECYCLE_SECONDS": "300",
    "REDIS_HOST": "10.43.0.4",
    "REDIS_PORT": "6378",
    "REDIS_CA_CERT": "/etc/netra/redis-ca.pem",
    "CLICKHOUSE_HOST": "clickhouse.netrasystems.ai",
}

apis = [
    gcp.projects.Service(api, service=f"{api}.googleapis.com", disable_on_destroy=False)
    for api in ("cloudresourcemanager", "iam", "run", "secretmanager", "vpcaccess")
]
account = gcp.serviceaccount.Account(
    "backend",
    account_id="netra-backend",
    display_name="netra backend",
    opts=pulumi.ResourceOptions(depends_on=apis),
)
reads_secrets = gcp.projects.IAMMember(
    "backend-reads-secrets",
    project=PROJECT,
    role="roles/secretmanager.secretAccessor",
    member=account.member,
)

service = gcp.cloudrunv2.Service(
    "backend",
    name="netra-backend-staging",
    location="us-central1",
    ingress="INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
    template={
        "service_account": account.email,
        "session_affinity": True,
        "timeout": "3600s",
        "vpc_access": {
            "connector": f"projects/{PROJECT}/locations/us-central1/connectors/chat",
            "egress": "PRIVATE_RANGES_ONLY",
        },
        "containers": [
            {
                "image": "us-central1-docker.pkg.dev/netra-staging/netra/backend@sha256:" + "0" * 64,
                "ports": {"container_port": 8000},
                "envs": [{"name": name, "value": value} for name, value in PLAIN.items()]
                + [
                    {
                        "name": name,
                        "value_source": {"secret_key_ref": {"secret": secret, "version": version}},
                    }
                    for name, (secret, version) in SECRETS.items()
                ],
            }
        ],
    },
    opts=pulumi.ResourceOptions(depends_on=[*apis, reads_secrets]),
)

pulumi.export("url", service.uri)
