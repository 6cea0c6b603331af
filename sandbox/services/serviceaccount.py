"""Service accounts.

https://cloud.google.com/iam/docs/service-accounts-create
"""

from __future__ import annotations

import re

from sandbox.compose import number_from
from sandbox.grants import ACCOUNT, access_kinds
from sandbox.kinds import Checking, Kind, Place
from sandbox.wire import UNKNOWN, Props, Value

_ACCOUNT_ID = re.compile(r"^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$")


def _email(inputs: Props, place: Place) -> Value:
    account, project = inputs.get("accountId"), inputs.get("project") or place.project
    if account is UNKNOWN or project is UNKNOWN or not project:
        return UNKNOWN
    return f"{account}@{project}.iam.gserviceaccount.com"


def _member(inputs: Props, place: Place) -> Value:
    email = _email(inputs, place)
    return email if email is UNKNOWN else f"serviceAccount:{email}"


def _check(checking: Checking) -> None:
    account = checking.inputs.get("accountId")
    if isinstance(account, str) and not _ACCOUNT_ID.match(account):
        checking.fail(
            f'"account_id" ("{account}") doesn\'t match regexp "{_ACCOUNT_ID.pattern}"', "accountId"
        )


KINDS = (
    Kind(
        ACCOUNT,
        noun="service account",
        api="iam.googleapis.com",
        id="projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com",
        known={"email": _email, "member": _member, "disabled": False},
        fills={"name": lambda r: r.id, "uniqueId": lambda r: number_from(r.id + str(r.now), 21)},
        check=_check,
        exists="Service account {name} already exists within project.",
    ),
    *access_kinds(
        "gcp:serviceaccount/:",
        "iam.googleapis.com",
        ACCOUNT,
        "{service_account_id}",
        "service account",
        parent_input="serviceAccountId",
        names="IAM",
    ),
)
