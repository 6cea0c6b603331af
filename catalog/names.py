"""What names Google Cloud allows, by kind of resource.

Owns patterns and lengths. Does not know which names are taken.
"""

import re
from dataclasses import dataclass

from catalog.source import Breach, Source

_LABEL = r"[a-z](?:[a-z0-9-]*[a-z0-9])?"
_LABEL_WORDS = "lower-case letters, digits and hyphens, beginning with a letter and not ending in a hyphen"


@dataclass(frozen=True, slots=True)
class NameRule:
    """The names that one kind of resource may have.

    Attributes:
        subject: The kind, with its article: `a connector's name`.
        pattern: Regular expression for the whole name, length apart.
        words: The pattern in words.
        shortest: Fewest characters.
        longest: Most characters.
        source: Where the rule is written; None for a rule of this project.
        example: A name that is right.
    """

    subject: str
    pattern: str
    words: str
    shortest: int
    longest: int
    source: Source | None = None
    example: str = "netra"

    @property
    def says(self) -> str:
        """The rule as a sentence without a full stop."""
        return f"{self.subject} has {self.shortest} to {self.longest} characters: {self.words}"

    def holds(self, name: str) -> bool:
        """Whether the name is allowed."""
        return self.shortest <= len(name) <= self.longest and re.fullmatch(self.pattern, name) is not None

    def check(self, name: str) -> Breach | None:
        """The breach, or None when the name is allowed."""
        if self.holds(name):
            return None
        what = f"is {name!r}" if len(name) <= self.longest else f"is {name!r}, {len(name)} characters"
        return Breach(what, self.says, self.source, self.suggest(name))

    def suggest(self, name: str) -> str:
        """An allowed name as near to this one as can be told; the rule's example when there is none."""
        near = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[: self.longest].strip("-")
        near = near.lstrip("0123456789-")
        return near if self.holds(near) else self.example


def _label_rule(subject: str, source: str, example: str, *, shortest: int = 1, longest: int = 63) -> NameRule:
    return NameRule(subject, _LABEL, _LABEL_WORDS, shortest, longest, Source(source), example)


_RESOURCE_NAMING = "https://cloud.google.com/compute/docs/naming-resources"

COMPUTE = _label_rule("a Compute Engine resource's name", _RESOURCE_NAMING, "netra")
NETWORK = _label_rule("a VPC network's name", _RESOURCE_NAMING, "netra")
SUBNET = _label_rule("a subnet's name", _RESOURCE_NAMING, "netra-services")
CONNECTOR = _label_rule(
    "a Serverless VPC Access connector's name",
    "https://www.pulumi.com/registry/packages/gcp/api-docs/vpcaccess/connector/#name_python",
    "netra-staging",
    longest=25,
)
SQL_INSTANCE = NameRule(
    "a Cloud SQL instance's id",
    _LABEL,
    f"{_LABEL_WORDS}; together with the project's id and a colon at most 98",
    1,
    97,
    Source("https://cloud.google.com/sql/docs/postgres/instance-settings"),
    "netra-postgres",
)
REDIS_INSTANCE = _label_rule(
    "a Memorystore for Redis instance's id",
    "https://cloud.google.com/memorystore/docs/redis/create-manage-instances",
    "netra-redis",
    longest=40,
)
REPOSITORY = _label_rule(
    "an Artifact Registry repository's id",
    "https://cloud.google.com/artifact-registry/docs/repositories/create-repos",
    "netra",
)
CLOUD_RUN_SERVICE = _label_rule(
    "a Cloud Run service's name", "https://cloud.google.com/run/docs/deploying", "netra-backend", longest=49
)
CLOUD_RUN_JOB = _label_rule(
    "a Cloud Run job's name",
    "https://cloud.google.com/run/docs/create-jobs",
    "netra-migrate",
    longest=49,
)
SERVICE_ACCOUNT = _label_rule(
    "a service account's id",
    "https://cloud.google.com/iam/docs/service-accounts-create",
    "netra-backend",
    shortest=6,
    longest=30,
)
PROJECT = _label_rule(
    "a project's id",
    "https://cloud.google.com/resource-manager/docs/creating-managing-projects",
    "netra-staging",
    shortest=6,
    longest=30,
)
DNS_ZONE = _label_rule(
    "a Cloud DNS managed zone's name", "https://cloud.google.com/dns/docs/zones", "staging-netrasystems-ai"
)
SECRET = NameRule(
    "a Secret Manager secret's id",
    r"[A-Za-z0-9_-]+",
    "letters, digits, hyphens and underscores",
    1,
    255,
    Source("https://cloud.google.com/secret-manager/docs/creating-and-accessing-secrets"),
    "jwt-secret",
)
LABEL_KEY = NameRule(
    "a label's key",
    r"[a-z][a-z0-9_-]*",
    "lower-case letters, digits, hyphens and underscores, beginning with a letter",
    1,
    63,
    Source("https://cloud.google.com/resource-manager/docs/labels-overview"),
    "cost-centre",
)
LABEL_VALUE = NameRule(
    "a label's value",
    r"[a-z0-9_-]*",
    "lower-case letters, digits, hyphens and underscores",
    0,
    63,
    Source("https://cloud.google.com/resource-manager/docs/labels-overview"),
    "chat",
)
REGION = NameRule(
    "a region's name",
    r"[a-z]+-[a-z]+[0-9]+",
    "as in us-central1, without a zone's letter",
    5,
    40,
    Source("https://cloud.google.com/compute/docs/regions-zones"),
    "us-central1",
)
POSTGRES_NAME = NameRule(
    "a PostgreSQL name",
    r"[a-z_][a-z0-9_-]*",
    "lower-case letters, digits, hyphens and underscores, beginning with a letter or underscore",
    1,
    63,
    Source("https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS"),
    "netra",
)
HOST_LABEL = NameRule(
    "one label of a host name",
    r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
    "lower-case letters, digits and hyphens, no hyphen at either end",
    1,
    63,
    Source("https://www.rfc-editor.org/rfc/rfc1123#section-2.1"),
    "api",
)
DOMAIN = NameRule(
    "a domain name",
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?",
    "labels of lower-case letters, digits and hyphens with dots between, no dot at the end",
    4,
    253,
    Source("https://www.rfc-editor.org/rfc/rfc1123#section-2.1"),
    "staging.netrasystems.ai",
)
ENV_VAR = NameRule(
    "an environment variable's name",
    r"[A-Za-z_][A-Za-z0-9_]*",
    "letters, digits and underscores, not beginning with a digit",
    1,
    255,
    Source("https://cloud.google.com/run/docs/configuring/services/environment-variables"),
    "SERVICE_ID",
)

SQL_PROJECT_AND_INSTANCE_CHARACTERS = 98
RESERVED_SQL_USERS = frozenset({"postgres", "cloudsqladmin", "cloudsqlsuperuser", "cloudsqlagent"})
RESERVED_DATABASES = frozenset({"postgres", "template0", "template1", "cloudsqladmin"})
RESERVED_SQL_NAMES_SOURCE = Source("https://cloud.google.com/sql/docs/postgres/users")


def check_sql_instance(project: str, name: str) -> Breach | None:
    """Whether an instance's id fits beside its project's id, for together they have 98 characters at most."""
    together = len(f"{project}:{name}")
    if together <= SQL_PROJECT_AND_INSTANCE_CHARACTERS:
        return None
    room = SQL_PROJECT_AND_INSTANCE_CHARACTERS - len(project) - 1
    return Breach(
        f"is {name!r}, with the project {together} characters",
        "a Cloud SQL instance's id, its project's id and a colon have at most 98 characters together",
        SQL_INSTANCE.source,
        name[:room].strip("-"),
    )


LOG_BUCKET = NameRule(
    "a log bucket's id",
    r"[a-zA-Z0-9][a-zA-Z0-9_.-]*",
    "letters, digits, underscores, hyphens and full stops, beginning with a letter or a digit",
    1,
    100,
    Source("https://cloud.google.com/logging/docs/buckets#create_bucket", checked=False),
    example="platform-audit",
)
KEY_RING = NameRule(
    "a key ring's name",
    r"[a-zA-Z0-9_-]*",
    "letters, digits, underscores and hyphens",
    1,
    63,
    Source("https://cloud.google.com/kms/docs/resource-hierarchy"),
    example="platform",
)
