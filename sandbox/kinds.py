"""What the sandbox knows of a resource type beyond its schema, and where that knowledge is found.

Owns the shape in which a service describes its types, the request that its functions are given, and the
generic behaviour of every type that nobody has described. The descriptions themselves are in `services/`,
one file per Google service, found by name: `gcp:redis/instance:Instance` is looked for in
`services/redis.py`.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox import references, schema
from sandbox.cloud import PROJECT
from sandbox.errors import ApiError
from sandbox.schema_source import snake

if TYPE_CHECKING:
    from sandbox.cloud import Cloud, Thing
    from sandbox.errors import HalfCreatedError
    from sandbox.wire import Props, Value

API_TITLES = {
    "artifactregistry.googleapis.com": "Artifact Registry API",
    "cloudkms.googleapis.com": "Cloud Key Management Service (KMS) API",
    "compute.googleapis.com": "Compute Engine API",
    "dns.googleapis.com": "Cloud DNS API",
    "iam.googleapis.com": "Identity and Access Management (IAM) API",
    "logging.googleapis.com": "Cloud Logging API",
    "monitoring.googleapis.com": "Cloud Monitoring API",
    "networkmanagement.googleapis.com": "Network Management API",
    "redis.googleapis.com": "Google Cloud Memorystore for Redis API",
    "run.googleapis.com": "Cloud Run Admin API",
    "secretmanager.googleapis.com": "Secret Manager API",
    "servicenetworking.googleapis.com": "Service Networking API",
    "sqladmin.googleapis.com": "Cloud SQL Admin API",
    "vpcaccess.googleapis.com": "Serverless VPC Access API",
}

NUMBER = "__number"
"""In a format of ids: what the API chooses, whatever was asked for."""
_HOLE = re.compile(r"\{\{?(\w+)\}?\}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the provider is pointed: its default project, region and zone ("" when not set)."""

    project: str
    region: str = ""
    zone: str = ""


@dataclass(slots=True)
class Request:
    """One create, update or delete as the API sees it. The functions of a `Kind` read it and write `body`.

    `body` are the outputs being made; `refers_to` what must outlive the resource; a delete that sets `keep`
    is answered, and the thing stays.
    """

    cloud: Cloud
    kind: Kind
    urn: str
    place: Place
    inputs: Props
    now: float
    id: str = ""
    body: Props = field(default_factory=dict)
    old: Props | None = None
    old_inputs: Props = field(default_factory=dict)
    refers_to: list[tuple[str, str]] = field(default_factory=list)
    keep: bool = False

    @property
    def project(self) -> str:
        """The project the resource is in."""
        return str(self.inputs.get("project") or self.place.project)

    @property
    def region(self) -> str:
        """The region or location the resource is in, "" when it is global."""
        return str(self.inputs.get("region") or self.inputs.get("location") or self.place.region)

    @property
    def name(self) -> str:
        """The resource's short name."""
        return self.id.rpartition("/")[2]

    def resolve(self, token: str | tuple[str, ...], reference: str) -> Thing | None:
        """What a reference in the inputs names: a thing of that type, or of one of those types."""
        for each in (token,) if isinstance(token, str) else token:
            found = references.resolve(self.cloud, each, reference, self.project, self.region)
            if found is not None:
                return found
        return None

    def refuse(self, status: int, message: str, reason: str | None = None) -> ApiError:
        """The API's refusal of this request, to be raised."""
        return ApiError(status, message, reason=reason)


@dataclass(slots=True)
class Checking:
    """One Check: inputs with defaults applied, and the failures found so far."""

    inputs: Props
    place: Place
    name: str
    failures: list[str] = field(default_factory=list)

    def fail(self, reason: str, path: str = "") -> None:
        """Refuse, as the bridge words it."""
        where = f". Examine values at '{self.name}.{path}'." if path else ""
        self.failures.append(reason + where)


Hook: TypeAlias = Callable[[Request], None]


@dataclass(frozen=True, slots=True)
class Ref:
    """A property that names another resource.

    Args:
        path: dotted path, `[]` for lists.
        to: type of what is named, or the types that may be.
        blocks: what is named cannot be deleted while this exists.
        link: after create the property holds what is named's self link.
        missing: the API's words when it does not exist; `{ref}` is put in. Default: compute's.
        status: with them.
    """

    path: str
    to: str | tuple[str, ...]
    blocks: bool = True
    link: bool = True
    missing: str = "The resource '{ref}' was not found"
    status: int = 404


@dataclass(frozen=True, slots=True)
class Kind:
    """How one resource type behaves.

    Args:
        token: the type.
        noun: what the provider calls it in "Error creating Network".
        api: the API that must be enabled in the project, "" for none.
        id: format of the id, with input names in braces.
        refs: properties that name other resources, which must exist.
        defaults: defaults of the provider's schema by path, beyond those the documentation states.
        known: outputs that the provider knows at preview although the user did not give them.
        fills: values of computed outputs by path, or functions of the request. `None` stands for "no value".
        check: what the real provider refuses at preview.
        create: what the API refuses at create, and outputs that need more than `fills`.
        update: likewise for an update; the default does what `create` does.
        delete: what the API refuses at delete.
        adopts: creating what already exists is no clash (IAM members, enabled APIs).
        exists: the API's words for a clash; `{id}` and `{name}` are put in.
        doing: the provider's words before a refused create, where they are not "Error creating {noun}".
        aliases: other types that share its names in the cloud.
        reserved_s: seconds for which a deleted one's name cannot be used again.
        undeletable: delete only forgets it.
        conflicts: sets of inputs of which only one may be given.
        unready: what the API makes of it while it starts ("") and when it did not start (live mode): changes
            the body and returns the error to be told. None: the operation fails with the reason as it is.
        protection: the provider's words when `deletionProtection` is on, "" when the type has no such switch.
    """

    token: str
    noun: str = ""
    api: str = ""
    id: str = ""
    refs: tuple[Ref, ...] = ()
    defaults: Mapping[str, Value] = field(default_factory=dict)
    known: Mapping[str, Value | Callable[[Props, Place], Value]] = field(default_factory=dict)
    fills: Mapping[str, Value | Callable[[Request], Value]] = field(default_factory=dict)
    check: Callable[[Checking], None] | None = None
    create: Hook | None = None
    update: Hook | None = None
    delete: Hook | None = None
    adopts: bool = False
    exists: str = "The resource '{id}' already exists"
    doing: str = ""
    aliases: tuple[str, ...] = ()
    reserved_s: float = 0.0
    undeletable: bool = False
    conflicts: tuple[tuple[str, ...], ...] = ()
    unready: Callable[[Props, str], HalfCreatedError] | None = None
    protection: str = ""
    modelled: bool = True

    @property
    def module(self) -> str:
        """`compute` of `gcp:compute/network:Network`."""
        return module_of(self.token)

    def doing_what(self, verb: str) -> str:
        """The provider's words before a refusal."""
        if verb == "creating" and self.doing:
            return self.doing
        return f"Error {verb} {self.noun}"


Lookup: TypeAlias = Callable[["Cloud", "Place", "Props"], "Props"]


def module_of(token: str) -> str:
    """`compute` of `gcp:compute/network:Network`."""
    return token.split(":")[1].partition("/")[0]


@cache
def service(module: str) -> tuple[dict[str, Kind], dict[str, Lookup]]:
    """The types and lookups that `services/<module>.py` describes; both empty when there is no such file."""
    name = f"sandbox.services.{module}"
    if find_spec(name) is None:
        return {}, {}
    found = importlib.import_module(name)
    kinds: dict[str, Kind] = {each.token: each for each in found.KINDS}
    return kinds, getattr(found, "LOOKUPS", {})


@cache
def kind(token: str) -> Kind:
    """How a type behaves: as its service describes it, or as every Google resource does.

    Raises:
        NoSuchTypeError: pulumi-gcp has no such type.
    """
    return service(module_of(token))[0].get(token) or _generic(token)


def _generic(token: str) -> Kind:
    found = schema.resource(token)
    noun = token.rpartition(":")[2]
    if re.search(r"I(?:am|AM)(?:Member|Binding|Policy)$", noun):
        return Kind(token, noun=noun, id=_iam_id(found), adopts=True, modelled=False)
    documented = found.ids[0] if found.ids else ""
    if documented and not (documented == "{{name}}" and "name" not in found.inputs):
        return Kind(token, noun=noun, id=documented, modelled=False)
    # Not documented, or named by the API itself: `projects/p/notificationChannels/1234`.
    plural = noun[:1].lower() + (noun[1:-1] + "ies" if noun.endswith("y") else noun[1:] + "s")
    own = [
        name for name, p in found.inputs.items() if p.required and name.endswith("Id") and name != "projectId"
    ]
    name = "name" if "name" in found.inputs else next(iter(own), NUMBER)
    scope = "projects/{project}/" if "project" in found.inputs else ""
    return Kind(token, noun=noun, id=f"{scope}{plural}/{{{name}}}", modelled=False)


def _iam_id(found: schema.TypeSchema) -> str:
    """The id of an access grant on a resource that is not modelled: what it is on, then role and member."""
    tail_of = ("role", "member")
    parent = [
        name
        for name, p in found.inputs.items()
        if p.required and name not in (*tail_of, "members", "policyData")
    ]
    return "/".join(f"{{{snake(name)}}}" for name in (*parent, *(n for n in tail_of if n in found.inputs)))


def id_of(request: Request) -> str:
    """The id that the resource has or will have."""
    return fill_id(request.kind.id, request)


def fill_id(form: str, request: Request) -> str:
    """A format with the request's inputs in its holes."""
    inputs, place = request.inputs, request.place

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name == "project":
            return request.project
        if name == NUMBER:
            return str(int(digest(request.urn + str(request.now))[:15], 16))
        if name in {"region", "location"}:
            return str(inputs.get(name) or place.region)
        if name == "zone":
            return references.tail(str(inputs.get("zone") or place.zone)).rpartition("/")[2]
        camel = re.sub(r"_(\w)", lambda m: m[1].upper(), name)
        given = inputs.get(camel, inputs.get(name))
        return str(given) if given not in (None, "") else request.urn.rpartition("::")[2]

    return _HOLE.sub(value, form)


def project_number(cloud: Cloud, project: str) -> str:
    """The project's number: the seeded one, else one that follows from its id."""
    found = cloud.get(PROJECT, f"projects/{project}")
    if found:
        return str(found.body["number"])
    return str(int(hashlib.sha256(project.encode()).hexdigest(), 16) % 900_000_000_000 + 100_000_000_000)


def digest(text: str) -> str:
    """A stable hexadecimal word that follows from a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def english(noun: str) -> str:
    """`DatabaseInstance` -> `database instance`, as error messages name it."""
    return snake(noun).replace("_", " ")


def short(reference: Any) -> str:  # noqa: ANN401 - whatever stands in a reference property
    """The last part of a reference."""
    return references.tail(str(reference)).rpartition("/")[2]
