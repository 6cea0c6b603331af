"""The graph: resources by URN, by type and by what they are called in Google Cloud.

Owns finding a resource, also through any of the spellings by which another one may refer to it. Does not read
any source of a plan (see `analyze`) and judges nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from policies.plan.references import Context, Name, canonical, is_id, name_of
from policies.plan.values import Unknown, Value, at, text

if TYPE_CHECKING:
    from collections.abc import Sequence

Inputs = Mapping[str, Value]
Key: TypeAlias = "str | Unknown"
Keys: TypeAlias = "Callable[[Plan, Resource], Iterable[Key]]"
NOTHING: Final[Inputs] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a resource is declared. The engine's Analyze calls do not tell it, other sources do.

    Attributes:
        file: The program's file, from the project's folder.
        line: The line in it.
        settings: The place in the stack's file that decides the resource, as `FILE:LINE`.
        nearest: Likewise the place in it that is nearest to what a finding says of the resource.
    """

    file: str
    line: int
    settings: str | None = None
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider of a resource: what it fills in for a resource that does not say."""

    urn: str
    project: Value = None
    region: Value = None


@dataclass(eq=False)
class Resource:
    """One resource of the plan.

    Attributes:
        urn: The engine's name for it; unique in the plan.
        type: The type token, spelled as the engine spells it (`gcp:cloudrunv2/service:Service`).
        name: Its name in the program, which is not its name in Google Cloud.
        read: Reads what the program declares. Called at most once, when a rule first asks: most rules look at
            few types, and a large stack is mostly resources that nobody looks at.
        declared: False for a resource that is only read or was not part of this update (`--target`): it has
            outputs and no inputs, and the rules judge what it is.
        provider: Its provider, when the source names it.
        parent: The URN of the component it belongs to.
        dependencies: The URNs it depends on. Analyze does not tell them, AnalyzeStack does.
        property_dependencies: For each top-level property the URNs its value comes from, also while it is
            unknown.
        read_outputs: Reads what the provider answered; None before the source has told it.
        source: Where it is declared, if the source of the plan tells.
    """

    urn: str
    type: str
    name: str
    read: Callable[[], Inputs]
    declared: bool = True
    provider: Provider | None = None
    parent: str | None = None
    dependencies: Sequence[str] = ()
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    read_outputs: Callable[[], Inputs] | None = None
    source: Source | None = None

    @cached_property
    def inputs(self) -> Inputs:
        """What the program declares, or what the resource is where the program declares nothing."""
        return self.read() if self.declared else self.outputs

    @property
    def outputs(self) -> Inputs:
        """What the provider answered; nothing before the end of a preview or an update."""
        # A rule may have asked before the source told: nothing is no answer to keep.
        return NOTHING if self.read_outputs is None else self._outputs

    @cached_property
    def _outputs(self) -> Inputs:
        return self.read_outputs() if self.read_outputs is not None else NOTHING

    def at(self, *path: str | int) -> Value:
        """The input under a path (see `values.at`)."""
        return at(self.inputs, *path)


class Index:
    """The resources of some types by a key, kept up as the plan grows: asking costs what came since.

    A rule that runs on each resource as it comes must not look through all the others each time: with one of
    these a thousand services cost ten times a hundred.
    """

    def __init__(self, plan: Plan, types: Iterable[str], keys: Keys) -> None:
        """Takes what gives a resource's keys: none, one or many; `UNKNOWN` where its key is unknown."""
        self._plan = plan
        self._types = frozenset(types)
        self._keys = keys
        self._read = 0
        self._found: dict[Key, dict[str, Resource]] = defaultdict(dict)

    def get(self, key: Key) -> Sequence[Resource]:
        """The resources under a key, in the order in which they came."""
        self._catch_up()
        # A resource that another took the place of under its URN is no longer in the plan.
        return [one for one in self._found.get(key, {}).values() if self._plan.get(one.urn) is one]

    def __contains__(self, key: Key) -> bool:
        """Whether there is any resource under a key."""
        self._catch_up()
        return any(self._plan.get(one.urn) is one for one in self._found.get(key, {}).values())

    def _catch_up(self) -> None:
        arrived = self._plan.arrived
        while self._read < len(arrived):
            resource = arrived[self._read]
            self._read += 1
            if resource.type in self._types:
                for key in self._keys(self._plan, resource):
                    self._found[key][resource.urn] = resource


@dataclass(eq=False)
class Plan:
    """All resources seen so far.

    Attributes:
        project: The Google Cloud project of resources that name none and whose provider names none.
        region: Likewise the region.
        preview: Whether this is a preview: what is unknown now will be known in the update.
        looked_up: The functions that the program looked something up by, where nothing could be: what they
            answered is unknown, and depends on no resource.
    """

    project: str | None = None
    region: str | None = None
    preview: bool = True
    looked_up: set[str] = field(default_factory=set)
    _by_urn: dict[str, Resource] = field(default_factory=dict, repr=False)
    _by_type: dict[str, dict[str, Resource]] = field(
        default_factory=lambda: defaultdict(dict), init=False, repr=False
    )
    _named: dict[tuple[str, str], dict[str | None, list[tuple[Resource, Name]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list)), init=False, repr=False
    )
    _unnamed: dict[str, list[Resource]] = field(
        default_factory=lambda: defaultdict(list), init=False, repr=False
    )
    _arrived: list[Resource] = field(default_factory=list, init=False, repr=False)
    _turn: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _indexes: dict[tuple[frozenset[str], Keys], Index] = field(default_factory=dict, init=False, repr=False)

    def add(self, resource: Resource) -> None:
        """Takes a resource in; one with the same URN takes the place of the earlier one."""
        self._turn.setdefault(resource.urn, len(self._arrived))
        self._arrived.append(resource)
        self._by_urn[resource.urn] = resource
        self._by_type[resource.type][resource.urn] = resource
        self._unnamed[resource.type].append(resource)

    def __len__(self) -> int:
        """How many resources there are."""
        return len(self._by_urn)

    def __iter__(self) -> Iterator[Resource]:
        """All resources, in the order in which they came."""
        return iter(self._by_urn.values())

    def get(self, urn: str) -> Resource | None:
        """The resource with this URN."""
        return self._by_urn.get(urn)

    def of_type(self, types: Iterable[str]) -> Iterator[Resource]:
        """All resources of these types, in the order in which they came."""
        for type_ in types:
            yield from self._by_type.get(type_, {}).values()

    @property
    def arrived(self) -> Sequence[Resource]:
        """Every resource that ever came, in order, also those whose place another has taken."""
        return self._arrived

    def came_before(self, one: Resource, other: Resource) -> bool:
        """Whether one resource was declared before another."""
        return self._turn[one.urn] < self._turn[other.urn]

    def sources(self, type_: str, near: Resource, key: str) -> Sequence[Resource]:
        """The resources of a type that a top-level property comes from, where the plan's source tells."""
        found = (self.get(urn) for urn in near.property_dependencies.get(key, ()))
        return [one for one in found if one is not None and one.type == type_]

    def context(self, resource: Resource) -> Context:
        """Where a resource stands: what its references mean where they leave something out."""
        project, region = self.project_of(resource), self.region_of(resource)
        return Context(
            project=project if isinstance(project, str) else None,
            location=region if isinstance(region, str) else None,
        )

    def index(self, types: Iterable[str], keys: Keys) -> Index:
        """The index of these types by these keys, made once for each plan. `keys` is a module's function."""
        wanted = (frozenset(types), keys)
        if wanted not in self._indexes:
            self._indexes[wanted] = Index(self, *wanted)
        return self._indexes[wanted]

    def project_of(self, resource: Resource) -> str | Unknown | None:
        """The id of the Google Cloud project a resource lives in; None when nothing says."""
        return self._context_value(resource, "project", self.project)

    def region_of(self, resource: Resource) -> str | Unknown | None:
        """The region (or location) a resource lives in; None when nothing says."""
        location = text(resource.at("location"))
        if isinstance(location, Unknown) or location:
            return location
        return self._context_value(resource, "region", self.region)

    def find(self, type_: str, reference: Value, near: Resource) -> Resource | Unknown | None:
        """The resource of a type that a reference means, in whichever way it is spelled.

        A name, an id, a self link, a full URL and `projects/…` of one resource all find the same one. A
        project given by its number is taken for any project, since nothing in a plan ties numbers to ids: it
        finds a resource only where one alone bears the name.

        Args:
            type_: The type token of what is referred to.
            reference: What the referring resource says.
            near: The referring resource: its project and region are meant where the reference names none.

        Returns:
            The resource; `UNKNOWN` when the reference is unknown; None when no resource of this plan is
            meant.
        """
        spelled = text(reference)
        if isinstance(spelled, Unknown):
            return spelled
        meant = canonical(type_, spelled, self.context(near)) if spelled else None
        if meant is None:
            return None
        self._name_new(type_)
        alike = [
            resource
            for resource, own in self._alike(type_, meant)
            if self._by_urn.get(resource.urn) is resource and meant.matches(own)
        ]
        return alike[0] if len(alike) == 1 else None

    def refers(self, type_: str, near: Resource, *path: str | int) -> Resource | Unknown | None:
        """The resource of a type that an input refers to, also while its value is unknown.

        An unknown value is traced to the resources its top-level property comes from, which a source tells
        only when it tells dependencies (AnalyzeStack, `pulumi preview --json`, a program in process).

        Returns:
            As `find`; `UNKNOWN` also when an unknown value may come from several resources of the type.
        """
        found = self.find(type_, near.at(*path), near)
        if not isinstance(found, Unknown):
            return found
        candidates = self.sources(type_, near, str(path[0]))
        return candidates[0] if len(candidates) == 1 else found

    def _alike(self, type_: str, meant: Name) -> Iterator[tuple[Resource, Name]]:
        """The resources of a name: of its project, and those whose project nobody knows."""
        by_project = self._named.get((type_, meant.name), {})
        for project in (meant.project, None) if is_id(meant.project) else tuple(by_project):
            yield from by_project.get(project, ())

    def _name_new(self, type_: str) -> None:
        # Names are read when a rule first asks for the type: reading every input as it comes would cost each
        # Analyze call what most never need.
        for resource in self._unnamed.pop(type_, ()):
            name = name_of(resource.type, resource.inputs, self.context(resource))
            if name is not None:
                project = name.project if is_id(name.project) else None
                self._named[type_, name.name][project].append((resource, name))

    def _context_value(self, resource: Resource, key: str, default: str | None) -> str | Unknown | None:
        own = text(resource.at(key))
        if isinstance(own, Unknown) or own:
            return own
        provider = resource.provider
        given = None if provider is None else text(provider.project if key == "project" else provider.region)
        return given if isinstance(given, Unknown) or given else default
