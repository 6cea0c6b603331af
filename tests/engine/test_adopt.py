"""Adopting a platform that already runs, as the README tells it."""

import json
from pathlib import Path

from tests.engine.world import World

PLACEHOLDER = "<PLACEHOLDER>"


def test_a_platform_that_runs_is_adopted_without_a_change_to_it(up_once: World, tmp_path: Path):
    world = up_once.copy(tmp_path)
    running = {(each["type"], each["urn"].rpartition("::")[2]): each.get("id") for each in world.resources()}
    in_cloud = world.things()
    world.run("pulumi", "stack", "rm", "staging", "--force", "--yes").must()
    assert world.things() == in_cloud, "forgetting a stack must not touch the cloud"

    adopt = world.folder / "adopt.json"
    world.pulumi("preview", "--import-file", str(adopt)).must()
    wanted = json.loads(adopt.read_text())
    for each in wanted["resources"]:
        if each.get("id") == PLACEHOLDER:
            each["id"] = running[each["type"], each["name"]]
    adopt.write_text(json.dumps(wanted))

    done = world.pulumi("import", "--file", str(adopt), "--yes", "--protect=false", "--generate-code=false")
    done.must()
    declared = [type_ for type_, _ in running if not type_.startswith("pulumi:")]
    assert f"= {len(declared)} imported" in done.changes
    assert "One or more imported inputs failed to validate" not in done.text

    assert world.pulumi("preview", "--expect-no-changes").must().changes == [
        f"{len(declared) + 1} unchanged"  # and the stack itself
    ]
    assert world.things() == in_cloud
