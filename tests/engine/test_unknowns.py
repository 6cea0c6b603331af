"""What a first preview leaves unknown, type by type, against what was recorded of Google's own provider."""

import json

import pytest

from sandbox.wire import at
from toolchain.places import ROOT

RECORDED = json.loads((ROOT / "sandbox" / "data" / "preview-known.json").read_text())
# What stands for an unknown on the wire, by type of value (sdk/go/common/resource/plugin/rpc.go).
UNKNOWN = {
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the key that marks a secret on the wire


def plain(value):
    """The value with every secret's wrapping taken off."""
    if isinstance(value, dict):
        return plain(value["value"]) if SECRET in value else {k: plain(v) for k, v in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def unknown_paths(value, path=""):
    if isinstance(value, str):
        return {path} if value in UNKNOWN else set()
    if isinstance(value, dict):
        return {p for k, v in value.items() for p in unknown_paths(v, f"{path}.{k}" if path else k)}
    if isinstance(value, list):
        return {p for v in value for p in unknown_paths(v, f"{path}[]")}
    return set()


# The recorded platform gave these; ours leaves them to the provider, which learns them from Google.
LEFT_OUT = {"gcp:vpcaccess/connector:Connector": {"network"}}  # ours names a subnet instead


@pytest.fixture(scope="module")
def shown(shared):
    """By type: what the engine showed to a pack in a first preview, as (inputs, outputs) of each resource."""
    record = shared.folder / "record.jsonl"
    shared.more |= {
        "RECORD": str(record),
        "PULUMI_OPTION_POLICY_PACK": str(ROOT / "tests" / "engine" / "recorder" / "run"),
    }
    shared.pulumi("preview").must()
    by_urn = {}
    for line in map(json.loads, record.read_text().splitlines()):
        by_urn.setdefault(line["urn"], {"type": line["type"]})[line["what"]] = plain(line["properties"])
    found = {}
    for each in by_urn.values():
        found.setdefault(each["type"], []).append((each.get("inputs", {}), each.get("outputs", {})))
    return found


@pytest.mark.parametrize("token", sorted(RECORDED))
def test_the_sandboxs_preview_leaves_unknown_what_googles_leaves_unknown(shown, token):
    if token not in shown:
        pytest.skip("staging has no such resource; tests/sandbox compares it without an engine")
    for inputs, outputs in shown[token]:
        asked_for = unknown_paths(inputs)
        recorded = set(RECORDED[token]["unknown"]) | LEFT_OUT.get(token, set())
        given = {path for path in recorded if any(str(value) not in UNKNOWN for value in at(inputs, path))}
        expected = recorded - given - asked_for
        assert unknown_paths(outputs) - asked_for - {"id"} == expected - {"id"}


@pytest.mark.parametrize("token", sorted(RECORDED))
def test_the_sandboxs_preview_knows_what_googles_knows(shown, token):
    if token not in shown:
        pytest.skip("staging has no such resource; tests/sandbox compares it without an engine")
    for _, outputs in shown[token]:
        for name in RECORDED[token]["known_computed"]:
            assert not unknown_paths(outputs.get(name)), name


def test_most_recorded_types_are_in_staging(shown):
    assert len(set(RECORDED) & set(shown)) >= 20
