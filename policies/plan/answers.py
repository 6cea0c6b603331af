"""Answers to look-ups that nobody is asked: stand-ins, of the sorts that the SDK's class of the answer has.

Owns what stands in for each sort of value, and the few answers that follow from the question alone. A text
and a number are stand-ins that read as unknown wherever a program puts them; a list has one element, so that
a program may walk through it; a truth value is unknown, and so is what the SDK makes of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from inspect import getmembers, isclass
from types import UnionType
from typing import TYPE_CHECKING, Any, Final, Union, get_args, get_origin, get_type_hints

from google.protobuf.json_format import MessageToDict

from policies.plan.values import NUMBER_STAND_IN, UNKNOWN_STAND_IN

if TYPE_CHECKING:
    from google.protobuf.struct_pb2 import Struct

    from policies.plan.graph import Plan

UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# Deeper than any answer of Google's provider; an object that holds its like ends here.
_DEEPEST: Final = 12


def answer(token: str, args: Struct, plan: Plan) -> dict[str, Any]:
    """What a look-up is answered with, but for what was asked: that is answered as it was given."""
    found = _result(token)
    return {**({} if found is None else _object(found, _DEEPEST)), **_usual(token, args, plan)}


def _result(token: str) -> type | None:
    """The SDK's own class of an answer, with the types of its properties.

    `gcp:compute/getNetwork:getNetwork` is `get_network` of `pulumi_gcp.compute`, which the program has called
    and so has loaded. Where a name has capitals in a row the SDK sets its underscores in one way or another
    (`get_ssl_policy`, `get_uptime_check_i_ps`): names are compared without.
    """
    package, _, rest = token.partition(":")
    area, _, function = rest.partition("/")
    wanted = function.partition(":")[0].lower()
    folder = f"pulumi_{package.replace('-', '_')}." + ("" if area == "index" else f"{area}.")
    for name in [name for name in sys.modules if name.startswith(f"{folder}get_")]:
        if name.removeprefix(folder).replace("_", "") == wanted:
            return next((found for _, found in getmembers(sys.modules[name], _is_result)), None)
    return None


def _is_result(found: object) -> bool:
    name = getattr(found, "__name__", "")
    return isclass(found) and name.startswith("Get") and name.endswith("Result")


def _object(found: type, depth: int) -> dict[str, Any]:
    """Each property of a class of the SDK, by the name it has on the wire."""
    return {
        getattr(getter.fget, "_pulumi_name", name): _stand_in(_type(getter), depth)
        for name, getter in vars(found).items()
        if isinstance(getter, property)
    }


def _type(getter: property) -> object:
    try:
        return get_type_hints(getter.fget).get("return")
    except NameError:
        return None  # a class that this version of the SDK does not bring along


def _stand_in(wanted: object, depth: int) -> Any:  # noqa: ANN401 - of any sort
    if get_origin(wanted) in (Union, UnionType):
        wanted = next((one for one in get_args(wanted) if one is not type(None)), None)
    if wanted is str:
        return UNKNOWN_STAND_IN
    if wanted in (int, float):
        return NUMBER_STAND_IN
    if depth and get_origin(wanted) in (list, Sequence):
        return [_stand_in(next(iter(get_args(wanted)), None), depth - 1)]
    if depth and isclass(wanted) and issubclass(wanted, dict) and get_origin(wanted) is None:
        return _object(wanted, depth - 1) or UNKNOWN_STRING
    return UNKNOWN_STRING


def _usual(token: str, args: Struct, plan: Plan) -> dict[str, Any]:
    """What is known of an answer without asking anybody."""
    function = token.rpartition(":")[2]
    if function == "getClientConfig":
        return {"project": plan.project or UNKNOWN_STAND_IN, "region": plan.region or UNKNOWN_STAND_IN}
    if function in ("getSecretVersion", "getSecretVersionAccess"):
        # A program that stops where a version is disabled is not stopped: the rules judge the version.
        return {"enabled": True, "destroyTime": ""}
    if function == "getIAMPolicy":
        return {"policyData": _policy(args)}
    return {}


def _policy(args: Struct) -> str:
    """The policy that the provider writes of its bindings, all by itself.

    https://registry.terraform.io/providers/hashicorp/google/latest/docs/data-sources/iam_policy
    """
    asked = MessageToDict(args)
    return json.dumps({key: asked[key] for key in ("bindings", "auditConfigs") if asked.get(key)})
