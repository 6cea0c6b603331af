"""Names for one thing: short name, partial path, id, self link.

Owns the reading of a reference and finding what it means in the cloud. Google takes all of these forms; the
provider compares them by what they name (https://cloud.google.com/compute/docs/naming-resources).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.cloud import PROJECT

if TYPE_CHECKING:
    from sandbox.cloud import Cloud, Thing

LINK = "https://www.googleapis.com/compute/v1/"
_HOST = re.compile(
    r"^(?:https?:)?//(?:www\.googleapis\.com/(?P<api>[a-z]+)/|[a-z]+\.googleapis\.com/(?:[a-z]+/)?)"
)
_VERSION = re.compile(r"^(?:v\d\w*|beta|alpha)/")


def tail(reference: str) -> str:
    """The reference without host and API version: `projects/p/global/networks/n`."""
    bare = _HOST.sub("", reference)
    return _VERSION.sub("", bare) if bare != reference else reference


def same(one: str, other: str) -> bool:
    """Whether two references that are written differently can name one thing.

    Only where at least one of them is a path: two short names are the same only when they are equal.
    """
    if one == other:
        return True
    left, right = tail(one), tail(other)
    if left == right:
        return True
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer.startswith("projects/") and bool(shorter) and longer.endswith("/" + shorter)


def resolve(cloud: Cloud, token: str, reference: str, project: str, region: str = "") -> Thing | None:
    """What the reference names, seen from a project (and a region, for short names of regional things)."""
    path = tail(reference)
    if path.startswith("projects/"):
        return cloud.get(token, with_project_id(cloud, path))
    whole = cloud.get(token, path)
    if whole is not None:  # a bucket's id is its name alone, in whichever project it is
        return whole
    short = path.rpartition("/")[2]
    found = [each for each in cloud.named(token, short, project) if each.id.endswith("/" + path)]
    here = [each for each in found if region and f"/{region}/" in each.id]
    return next(iter(here or found), None)


def with_project_id(cloud: Cloud, path: str) -> str:
    """The path with the project's id where it had the project's number."""
    _, _, rest = path.partition("/")
    number, _, remainder = rest.partition("/")
    if not number.isdigit():
        return path
    for each in cloud.all(PROJECT):
        if each.body.get("number") == number:
            return f"projects/{each.name}/{remainder}"
    return path
