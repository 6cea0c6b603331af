"""A plan's resources as Terraform, so that a scanner of Terraform can be asked about as many and the same.

Owns spelling: Terraform's names of types and arguments from pulumi-gcp's, which are made from them. What is
unknown or secret becomes a reference to another resource, as it would be in a team's own files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from policies.plan.values import Unknown, Value, bare

if TYPE_CHECKING:
    from policies.plan import Plan

_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What Terraform calls a module of pulumi-gcp where the names differ.
_MODULES: Final = {
    "artifactregistry": "artifact_registry",
    "cloudrunv2": "cloud_run_v2",
    "secretmanager": "secret_manager",
    "servicenetworking": "service_networking",
    "vpcaccess": "vpc_access",
    "projects": "project",
    "serviceaccount": "service",
}
# Objects that are maps in Terraform too; every other object is a block.
_MAPS: Final = frozenset({"labels", "annotations", "redis_configs", "user_labels", "limits"})
_UNKNOWN: Final = "google_compute_network.elsewhere.id"


def terraform(plan: Plan) -> str:
    """All `gcp` resources of a plan, one block each."""
    blocks = [
        f"resource {json.dumps(_type(one.type))} {json.dumps(_name(one.name))} {{\n{_body(one.inputs, 1)}}}\n"
        for one in plan
        if one.type.startswith("gcp:")
    ]
    return "\n".join(blocks)


def _type(token: str) -> str:
    _, module, kind = token.split(":")
    module = module.split("/")[0]
    return f"google_{_MODULES.get(module, module)}_{_snake(kind)}"


def _name(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "_", name.lower())


def _snake(name: str) -> str:
    return _WORD.sub("_", name).lower()


def _body(members: Mapping[str, Value], depth: int) -> str:
    pad = "  " * depth
    lines: list[str] = []
    for key, value in members.items():
        name, here = _snake(key), bare(value)
        if isinstance(here, Mapping) and name not in _MAPS:
            lines.append(f"{pad}{name} {{\n{_body(here, depth + 1)}{pad}}}\n")
        elif isinstance(here, Sequence) and any(isinstance(bare(one), Mapping) for one in _listed(here)):
            block = name.removesuffix("s")
            lines += [
                f"{pad}{block} {{\n{_body(inside, depth + 1)}{pad}}}\n"
                for one in _listed(here)
                if isinstance(inside := bare(one), Mapping)
            ]
        elif here is not None:
            lines.append(f"{pad}{name} = {_literal(here)}\n")
    return "".join(lines)


def _listed(value: object) -> Sequence[Value]:
    return value if isinstance(value, list | tuple) else ()


def _literal(value: Value) -> str:
    here = bare(value)
    if isinstance(here, Unknown):
        return _UNKNOWN
    if isinstance(here, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_literal(one)}" for key, one in here.items()) + "}"
    if isinstance(here, list | tuple):
        return "[" + ", ".join(map(_literal, here)) + "]"
    return json.dumps(here)
