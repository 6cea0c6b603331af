"""The bootstrap program, run once on mocks."""

import pulumi
import pytest
from pulumi.runtime import mocks

import components.lean  # noqa: F401 - the packages of pulumi_gcp as every test of this process has them
from bootstrap.pipeline import Pipeline
from bootstrap.settings import BootstrapSettings, read

CONFIG = {
    "gcp:project": "netra-staging",
    "gcp:region": "us-central1",
    "plumbline:environment": "staging",
    "plumbline:github": {"repository": "octo-org/plumbline", "ownerId": 11, "repositoryId": 22},
    "plumbline:state": {"bucket": "netra-staging-pulumi-state"},
    "plumbline:ownSecrets": ["redis-password"],
    "plumbline:breakGlass": {
        "incident-4711": {
            "who": "user:on-call@example.com",
            "begins": "2026-03-01T22:00:00Z",
            "hours": 4,
            "approvedBy": ["lead@example.com", "owner@example.com"],
            "reason": "the pipeline cannot reach GitHub",
        }
    },
}


class Recorder(mocks.Mocks):
    """A cloud that only remembers what was declared."""

    def __init__(self):
        self.declared = {}

    def new_resource(self, args):
        inputs = dict(args.inputs)
        self.declared[args.name] = (args.typ, inputs)
        computed = {"name": f"projects/7/{args.name}"} if "name" not in inputs else {}
        if args.typ.endswith(":Account"):
            email = f"{inputs['accountId']}@{inputs['project']}.iam.gserviceaccount.com"
            computed |= {"email": email, "member": f"serviceAccount:{email}"}
        return f"{args.name}-id", {**inputs, **computed}

    def call(self, _args):
        return {"emailAddress": "agent@example.com", "number": "7", "id": "x"}

    def of(self, end):
        return {name: inputs for name, (token, inputs) in self.declared.items() if token.endswith(end)}


@pytest.fixture(scope="session")
def settings():
    found = read(CONFIG)
    assert isinstance(found, BootstrapSettings), found
    return found


@pytest.fixture(scope="session")
def declared(settings):
    recorder = Recorder()
    mocks.set_mocks(recorder, project="plumbline-bootstrap", stack="staging", preview=False)

    @pulumi.runtime.test
    def program():
        Pipeline("pipeline", settings)

    program()
    return recorder
