"""A deploy whose stack, cloud and probes only remember: order, the way back, kills at any point."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from plumb.deploy.journal import ENDED, Journal, JournalError
from plumb.deploy.outcome import Outcome
from plumb.deploy.rollout import NotBegunError, Rollout, Steps
from plumb.deploy.traffic import Standing, Target, TrafficError
from plumb.deploy.words import LockedError, StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from plumb.deploy.journal import Entry

BACKEND = "projects/p/locations/r/services/backend"
AUTH = "projects/p/locations/r/services/auth"


class Killed(BaseException):
    """As kill -9: nothing of the deploy runs after it."""


@dataclass
class World:
    """What is deployed, and what is to go wrong."""

    path: Path
    services: dict[str, Standing] = field(default_factory=dict)
    next_revision: str = "-2"
    broken: set[str] = field(default_factory=set)
    kill_after: int | None = None
    kill_after_entry: int | None = None
    killed_updates: int = 0
    kill_before: str = ""
    after: dict[str, Callable[[], object]] = field(default_factory=dict)
    on_move: Callable[[], object] = lambda: None
    refuses: Callable[[str, Sequence[Target]], str] = lambda _service, _targets: ""
    source: dict[str, str] = field(default_factory=lambda: {"stackFile": "1", "commit": "1"})
    gone: set[str] = field(default_factory=set)
    acts: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    def act(self, what: str) -> None:
        """Something outside changes or is asked; a kill may come before it."""
        if self.kill_after is not None:
            if self.kill_after == 0:
                self.kill_after = None
                raise Killed
            self.kill_after -= 1
        if what == self.kill_before:
            self.kill_before = ""
            raise Killed
        self.acts.append(what)
        self.after.get(what, lambda: None)()

    # The stack
    def set_image(self, service: str, image: str) -> None:
        self.act(f"image {service} {image}")

    def preview(self, plan: Path) -> dict[str, Any]:
        self.act("preview")
        if "preview" in self.broken:
            raise StackError(
                "the preview failed", ["secret-required  backend: …"], {"findings": [["secret-required"]]}
            )
        plan.write_text("plan")
        return {"findings": [], "waivers": [["sql-regional", "urn", "data@example.com"]]}

    def up(self, plan: Path) -> dict[str, Any]:
        self.act("up")
        assert plan.read_text() == "plan"
        for service in (AUTH, BACKEND):
            new = service.rpartition("/")[2] + self.next_revision
            old = self.services.get(service, Standing(service, "", "", (Target("", 100),)))
            if "up" in self.broken:
                self.services[service] = Standing(service, new, old.ready, old.targets)
                raise StackError("the revision is not ready")
            self.services[service] = Standing(service, new, new, old.targets)
            self.act(f"up {service}")
        return {"findings": []}

    def refresh_services(self) -> None:
        self.act("refresh")

    def list_services(self) -> list[str]:
        return sorted(self.services)

    def put_right(self, say: Callable[[str], None]) -> None:
        del say
        self.killed_updates += 1
        if "put right" in self.broken:
            raise StackError("an update of staging still runs\n  fix: plumb recover staging")

    # The cloud
    def standing(self, service: str) -> Standing | None:
        return self.services.get(service)

    def is_ready(self, service: str, revision: str) -> bool | None:
        del service
        return None if revision in self.gone else True

    def move(self, service: str, targets: Sequence[Target]) -> None:
        self.act(f"move {service.rpartition('/')[2]}")
        missing = {target.revision for target in targets} & self.gone
        words = f"Revision {missing} does not exist" if missing else self.refuses(service, targets)
        if words:
            raise TrafficError(words)
        old = self.services[service]
        assert sum(target.percent for target in targets) == 100
        self.services[service] = Standing(service, old.newest, old.ready, tuple(targets))
        self.on_move()

    # The checks
    def gate(self) -> Outcome:
        self.act("gate")
        return Outcome(
            passed="gate" not in self.broken, words=["a secret is missing"], facts={"resources": 2}
        )

    def probe(self, *, candidate: bool) -> Outcome:
        at = Journal(self.path / "staging.jsonl", "", "").entries()[-1].step.removeprefix("probe").strip()
        assert not at or self.share() in {int(at.removeprefix("at ")), 100}
        name = f"candidate {at}".strip() if candidate else at
        self.act(f"probe {name}")
        return Outcome(
            passed=name not in self.broken, words=["REDIS_INSTANCE_UNREACHABLE"], facts={"services": [name]}
        )

    def share(self) -> int:
        """The new revision's share of the backend."""
        return sum(
            each.percent
            for each in self.services[BACKEND].targets
            if each.revision.endswith(self.next_revision)
        )

    def deploy(
        self,
        who: str = "somebody",
        percentages: tuple[int, ...] = (10, 100),
        images: dict[str, str] | None = None,
    ) -> int:
        stack = _Stack(self)
        rollout = Rollout(
            stack=stack,  # type: ignore[arg-type] # stands in for the engine
            traffic=self,
            checks=self,
            journal=_Record(self, who),
            steps=Steps(percentages, 5),
            plan=self.path / "plan.json",
            images=images or {},
            source=lambda _: dict(self.source),
            say=lambda step, words: self.said.append((step, words)),
            sleep=lambda seconds: self.act(f"sleep {seconds:g}"),
        )
        return rollout.run()

    def events(self) -> list[str]:
        entries = Journal(self.path / "staging.jsonl", "staging", "").entries()
        return [entry.event for entry in entries if entry.event != "step"]

    def facts(self, event: str) -> list[dict[str, Any]]:
        entries = Journal(self.path / "staging.jsonl", "staging", "").entries()
        return [entry.facts for entry in entries if entry.event == event]

    def text(self) -> str:
        return "\n".join(words for _, words in self.said)


class _Record(Journal):
    """The record, after whose entries a kill may come."""

    def __init__(self, world: World, who: str) -> None:
        super().__init__(world.path / "staging.jsonl", "staging", who)
        self._world = world

    def write(self, *args: Any, **more: Any) -> Entry:
        entry = super().write(*args, **more)
        if self._world.kill_after_entry is not None:
            self._world.kill_after_entry -= 1
            if self._world.kill_after_entry == 0:
                self._world.kill_after_entry = None
                raise Killed
        return entry


class _Stack:
    """The world, as a stack: there `services` lists ids."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.services = world.list_services

    def __getattr__(self, name: str) -> object:
        return getattr(self._world, name)


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that is written a thousand times need not reach the disk."""
    monkeypatch.setattr("plumb.deploy.journal.os.fsync", lambda _: None)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two services that run, with all traffic on the latest revision, as after a plain `pulumi up`."""
    services = {
        service: Standing(service, f"{name}-1", f"{name}-1", (Target("", 100),))
        for service, name in ((BACKEND, "backend"), (AUTH, "auth"))
    }
    return World(tmp_path, services)


def test_a_good_deploy_ends_with_all_traffic_on_the_new_revisions(world: World) -> None:
    assert world.deploy() == 0
    for service, name in ((BACKEND, "backend-2"), (AUTH, "auth-2")):
        assert world.services[service].targets == (Target(name, 100, "candidate"),)
    assert world.events() == ["begun", "deployed"]


def test_the_steps_come_in_their_order(world: World) -> None:
    world.deploy()
    order = [act for act in world.acts if not act.startswith(("move", "up projects"))]
    assert order == [
        *("gate", "refresh", "preview", "up", "probe candidate"),
        *("sleep 5", "probe candidate at 10", "probe at 10", "probe candidate at 100", "probe at 100"),
    ]


def test_traffic_is_held_by_name_before_the_update_begins(world: World) -> None:
    world.deploy()
    assert world.acts.index("move backend") < world.acts.index("preview") < world.acts.index("up")


def test_what_both_ways_of_coming_found_is_written_down(world: World) -> None:
    world.deploy()
    found = [facts for facts in world.facts("step") if "candidate" in facts]
    assert found[0] == {"passed": True, "services": ["at 10"], "candidate": {"services": ["candidate at 10"]}}


def test_a_newest_revision_that_serves_nothing_yet_is_asked_itself_whether_it_is_ready(world: World) -> None:
    """Google's latest ready revision is documented as the latest that is serving traffic."""

    def google_names_the_serving_one() -> None:
        world.services[AUTH] = replace(world.services[AUTH], ready="auth-1")

    world.after[f"up {BACKEND}"] = google_names_the_serving_one
    assert world.deploy() == 0
    assert world.services[AUTH].share("auth-2") == 100


def test_a_newest_revision_that_is_not_ready_is_no_candidate(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.after[f"up {BACKEND}"] = lambda: world.services.update(
        {AUTH: replace(world.services[AUTH], ready="auth-1")}
    )
    monkeypatch.setattr(world, "is_ready", lambda _service, revision: revision != "auth-2")
    assert world.deploy() == 1
    assert "auth: revision auth-2 is not ready" in world.text()


@pytest.mark.parametrize(
    "step", ["preview", "up", "candidate", "candidate at 10", "at 10", "candidate at 100", "at 100"]
)
def test_a_step_that_fails_gives_all_traffic_back(world: World, step: str) -> None:
    world.broken.add(step)
    assert world.deploy() == 1
    for service, name in ((BACKEND, "backend-1"), (AUTH, "auth-1")):
        serving = [target for target in world.services[service].targets if target.percent]
        assert serving == [Target(name, 100)]
    assert world.events() == ["begun", "broke", "returned"]


def test_the_record_has_what_the_policies_said_of_the_preview(world: World) -> None:
    assert world.deploy() == 0
    assert {"findings": [], "waivers": [["sql-regional", "urn", "data@example.com"]]} in world.facts("step")


def test_the_record_has_why_a_preview_was_refused(world: World) -> None:
    world.broken.add("preview")
    assert world.deploy() == 1
    assert world.facts("broke") == [
        {"words": ["the preview failed", "secret-required  backend: …"], "findings": [["secret-required"]]}
    ]
    assert "secret-required" in world.text()


def test_what_the_gate_refuses_touches_nothing(world: World) -> None:
    before = dict(world.services)
    world.broken.add("gate")
    assert world.deploy() == 1
    assert world.acts == ["gate"]
    assert world.services == before
    assert world.events() == ["begun", "broke", "refused"]


def test_a_first_deploy_says_that_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    world = World(tmp_path, broken={"candidate"})
    assert world.deploy() == 1
    assert world.events() == ["begun", "broke", "failed"]
    assert any("no earlier revision" in words for _, words in world.said)


def test_a_first_deploy_that_passes_has_all_traffic_on_its_revisions(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.deploy() == 0
    assert world.services[BACKEND].targets == (Target("backend-2", 100, "candidate"),)


@pytest.mark.parametrize("broken", [(), ("candidate",), ("at 10",), ("preview",)])
@pytest.mark.parametrize("first", [False, True])
def test_a_kill_before_any_act_and_another_run_end_as_an_undisturbed_one(
    world: World, tmp_path: Path, broken: tuple[str, ...], *, first: bool
) -> None:
    services = {} if first else world.services
    calm = World(tmp_path / "calm", dict(services), broken=set(broken))
    wanted = calm.deploy()
    for position in range(len(calm.acts)):
        disturbed = World(tmp_path / str(position), dict(services), broken=set(broken), kill_after=position)
        with pytest.raises(Killed):
            disturbed.deploy("first")
        assert disturbed.deploy("second") == wanted, calm.acts[position]
        assert disturbed.services == calm.services, calm.acts[position]
        events = disturbed.events()
        assert events[:1] == ["begun"]
        assert "resumed" in events
        assert events[-1] == calm.events()[-1]


@pytest.mark.parametrize(
    "broken", [(), ("gate",), ("preview",), ("up",), ("candidate",), ("at 10",), ("at 100",)]
)
@pytest.mark.parametrize("first", [False, True])
def test_a_kill_after_any_entry_and_another_run_end_as_an_undisturbed_one(
    world: World, tmp_path: Path, broken: tuple[str, ...], *, first: bool
) -> None:
    services = {} if first else world.services
    calm = World(tmp_path / "calm", dict(services), broken=set(broken))
    wanted = calm.deploy()
    for number in range(1, len(Journal(calm.path / "staging.jsonl", "", "").entries()) + 1):
        disturbed = World(tmp_path / str(number), dict(services), broken=set(broken), kill_after_entry=number)
        with pytest.raises(Killed):
            disturbed.deploy("first")
        killed_at = Journal(disturbed.path / "staging.jsonl", "", "").entries()[-1]
        assert disturbed.deploy("second") == wanted, killed_at
        assert disturbed.services == calm.services, killed_at
        if killed_at.event not in ENDED:
            assert disturbed.events()[-1] == calm.events()[-1], killed_at


def test_a_resumed_canary_keeps_its_share_until_the_next_step(world: World) -> None:
    shares = []
    world.on_move = lambda: shares.append(world.share())
    world.kill_before = "probe at 10"
    with pytest.raises(Killed):
        world.deploy()
    shares.clear()
    assert world.deploy() == 0
    assert min(shares) == 10


def test_a_resumed_deploy_never_gives_a_smaller_share_than_the_one_that_passed(world: World) -> None:
    world.kill_before = "sleep 5"
    with pytest.raises(Killed):
        world.deploy(percentages=(50, 100))
    world.kill_before = "move auth"
    with pytest.raises(Killed):
        world.deploy(percentages=(50, 100))
    assert world.share() == 50
    shares = []
    world.on_move = lambda: shares.append(world.share())
    assert world.deploy(percentages=(10, 50, 100)) == 0
    assert min(shares) == 50


def test_nothing_is_called_deployed_while_somebody_has_moved_its_traffic_away(world: World) -> None:
    world.after["probe at 100"] = lambda: world.services.update(
        {
            AUTH: replace(
                world.services[AUTH], targets=(Target("auth-1", 60), Target("auth-2", 40, "candidate"))
            )
        }
    )
    assert world.deploy() == 1
    assert world.events() == ["begun", "broke", "returned"]
    assert any("auth-2 has 40 % of the traffic" in words for _, words in world.said)


def test_a_resumed_deploy_puts_a_killed_update_right_before_it_goes_on(world: World) -> None:
    world.kill_after = 6
    with pytest.raises(Killed):
        world.deploy()
    assert "up" in world.acts
    world.deploy()
    assert world.killed_updates == 1


@pytest.mark.parametrize("act", ["gate", "preview", "probe candidate", "probe at 10"])
def test_a_deploy_that_was_killed_elsewhere_leaves_the_stacks_lock_alone(world: World, act: str) -> None:
    world.kill_before = act
    with pytest.raises(Killed):
        world.deploy()
    assert world.deploy() == 0
    assert world.killed_updates == 0


def test_a_deploy_on_its_way_back_leaves_the_stacks_lock_alone(world: World) -> None:
    world.broken.add("up")
    world.kill_after_entry = 10
    with pytest.raises(Killed):
        world.deploy()
    assert world.events() == ["begun", "broke"]
    world.broken.add("put right")
    assert world.deploy() == 1
    assert world.events()[-1] == "returned"


def test_a_stack_that_cannot_be_put_right_leaves_the_deploy_to_be_gone_on_with(world: World) -> None:
    world.kill_before = f"up {AUTH}"
    with pytest.raises(Killed):
        world.deploy()
    world.broken.add("put right")
    with pytest.raises(NotBegunError, match="plumb recover staging"):
        world.deploy()
    assert world.events() == ["begun", "resumed"]
    world.broken.clear()
    assert world.deploy() == 0
    assert world.events() == ["begun", "resumed", "resumed", "deployed"]


def test_a_stack_that_somebody_else_updates_leaves_the_deploy_to_be_gone_on_with(world: World) -> None:
    world.after["refresh"] = lambda: raise_(LockedError("staging is locked"))
    with pytest.raises(NotBegunError, match="staging is locked"):
        world.deploy()
    assert world.events() == ["begun"]
    world.after.clear()
    assert world.deploy() == 0


def test_a_resumed_deploy_keeps_the_images_it_began_with(world: World, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "staging.jsonl", "staging", "somebody")
    journal.write("d1", "begun", facts={"images": {"backend": "i@sha256:1"}})
    assert world.deploy() == 0
    assert "image backend i@sha256:1" in world.acts


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError("not within 240 s"),
        OSError(28, "No space left on device"),
        json.JSONDecodeError("no", "x", 0),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize(
    "act", ["gate", "refresh", "preview", "up", "probe candidate", "probe at 10", "probe at 100"]
)
def test_an_error_that_nobody_foresaw_gives_the_traffic_back_too(
    world: World, act: str, error: Exception
) -> None:
    world.after[act] = lambda: raise_(error)
    assert world.deploy() == 1
    assert world.events()[-1] in {"returned", "refused"}
    assert max(target.percent for target in world.services[AUTH].targets) == 100
    assert any(type(error).__name__ in words for _, words in world.said)


def test_a_move_that_takes_too_long_gives_the_traffic_back(world: World) -> None:
    def once() -> None:
        if world.share() == 10:
            world.on_move = lambda: None
            raise TimeoutError("Operation did not complete within the designated timeout of 240 seconds.")

    world.on_move = once
    assert world.deploy() == 1
    assert world.events() == ["begun", "broke", "returned"]
    assert world.share() == 0


def test_a_record_that_cannot_be_written_is_no_step_that_failed(world: World) -> None:
    world.after["gate"] = lambda: raise_(JournalError("the disk is full"))
    with pytest.raises(JournalError):
        world.deploy()


A, B = "i@sha256:a", "i@sha256:b"


def killed_with_image_a(world: World, before: str) -> None:
    world.kill_before = before
    with pytest.raises(Killed):
        world.deploy(images={"backend": A})
    world.acts.clear()


@pytest.mark.parametrize("before", ["gate", "up", "probe candidate", "sleep 5", "probe at 100"])
def test_another_image_ends_the_old_deploy_by_the_way_back_and_begins_a_new_one(
    world: World, before: str
) -> None:
    killed_with_image_a(world, before)
    shares: list[int] = []
    world.after["gate"] = lambda: shares.append(world.share())
    assert world.deploy(images={"backend": B}) == 0
    assert world.events() == ["begun", "resumed", "superseded", "begun", "deployed"]
    assert shares == [0]
    assert f"image backend {B}" in world.acts
    assert f"image backend {A}" not in world.acts
    assert world.facts("begun")[-1]["images"] == {"backend": B}
    assert world.facts("superseded")[0]["changed"] == ["the images"]
    assert world.share() == 100


def test_the_same_image_goes_on(world: World) -> None:
    killed_with_image_a(world, "probe at 10")
    assert world.deploy(images={"backend": A}) == 0
    assert world.events() == ["begun", "resumed", "deployed"]


def test_no_image_goes_on_with_those_of_the_record(world: World) -> None:
    killed_with_image_a(world, "up")
    assert world.deploy() == 0
    assert world.events() == ["begun", "resumed", "deployed"]
    assert f"image backend {A}" in world.acts
    assert world.facts("resumed")[0]["images"] == {"backend": A}


@pytest.mark.parametrize("what", ["stackFile", "commit"])
def test_another_file_or_commit_begins_a_new_deploy_too(world: World, what: str) -> None:
    killed_with_image_a(world, "probe at 10")
    world.source[what] = "2"
    assert world.deploy() == 0
    assert world.events() == ["begun", "resumed", "superseded", "begun", "deployed"]


def test_a_record_of_an_older_plumbline_is_gone_on_with(world: World) -> None:
    Journal(world.path / "staging.jsonl", "staging", "somebody").write("d1", "begun", facts={"images": {}})
    assert world.deploy() == 0
    assert world.events() == ["begun", "resumed", "deployed"]


def test_a_deploy_on_its_way_back_ends_before_one_of_another_image_begins(world: World) -> None:
    world.broken.add("at 10")
    world.after["probe at 10"] = lambda: setattr(world, "kill_before", "move backend")
    with pytest.raises(Killed):
        world.deploy(images={"backend": A})
    world.broken.clear()
    world.after.clear()
    assert world.deploy(images={"backend": B}) == 0
    assert world.events() == ["begun", "broke", "resumed", "superseded", "begun", "deployed"]


def test_a_new_deploy_waits_for_the_old_ones_way_back(world: World) -> None:
    killed_with_image_a(world, "probe at 10")
    world.refuses = back_to("auth")
    assert world.deploy(images={"backend": B}) == 1
    assert world.events() == ["begun", "resumed", "return-failed"]
    assert world.deploy(images={"backend": B}) == 1
    world.refuses = lambda _service, _targets: ""
    assert world.deploy(images={"backend": B}) == 0
    assert world.events()[-3:] == ["superseded", "begun", "deployed"]


@pytest.mark.parametrize("broken", ["preview", "up"])
def test_the_engines_plan_outlives_no_deploy(world: World, broken: str) -> None:
    world.broken.add(broken)
    assert world.deploy() == 1
    assert not (world.path / "plan.json").exists()


def back_to(name: str) -> Callable[[str, Sequence[Target]], str]:
    """Google answers 503 whenever a service is to get all its traffic back by name."""

    def refuses(service: str, targets: Sequence[Target]) -> str:
        old = service.rpartition("/")[2] == name and targets[0].percent == 100
        return "503 unavailable" if old and targets[0].revision.endswith("-1") and len(targets) > 1 else ""

    return refuses


@pytest.mark.parametrize("name", ["auth", "backend"])
def test_the_way_back_tries_every_service(world: World, name: str) -> None:
    world.broken.add("at 10")
    world.after["probe at 10"] = lambda: setattr(world, "refuses", back_to(name))
    assert world.deploy() == 1
    other = BACKEND if name == "auth" else AUTH
    assert world.services[other].share(f"{other.rpartition('/')[2]}-1") == 100
    assert world.events() == ["begun", "broke", "return-failed"]
    (facts,) = world.facts("return-failed")
    assert facts["revision"] == f"{name}-1"
    assert "503 unavailable" in facts["error"]
    assert "plumb deploy staging goes on with the way back" in world.text()
    world.refuses = lambda _service, _targets: ""
    assert world.deploy() == 1
    assert world.events()[-1] == "returned"
    assert world.share() == 0


def test_the_way_back_is_tried_again_after_a_while(world: World) -> None:
    world.broken.add("at 10")
    waited = []

    def refuses(service: str, targets: Sequence[Target]) -> str:
        if back_to("auth")(service, targets) and len(waited) < 2:
            waited.append(service)
            return "503 unavailable"
        return ""

    world.after["probe at 10"] = lambda: setattr(world, "refuses", refuses)
    assert world.deploy() == 1
    assert world.events() == ["begun", "broke", "returned"]
    assert world.acts[-5:] == ["sleep 2", "move auth", "sleep 4", "move auth", "move backend"]


def test_a_last_good_revision_that_is_gone_ends_the_deploy_and_says_what_to_type(world: World) -> None:
    world.broken.add("at 10")
    world.after["probe at 10"] = lambda: world.gone.add("auth-1")
    assert world.deploy() == 1
    assert world.events() == ["begun", "broke", "return-failed", "failed"]
    assert world.facts("failed") == [{"gone": {AUTH: "auth-1"}}]
    assert world.services[BACKEND].share("backend-1") == 100
    assert "gcloud run services update-traffic auth --region r --project p" in world.text()
    assert not [act for act in world.acts if act == "sleep 2"]


def test_a_candidate_that_is_gone_does_not_hold_the_way_back_up(world: World) -> None:
    world.broken.add("at 10")
    world.after["probe at 10"] = lambda: world.gone.add("auth-2")
    assert world.deploy() == 1
    assert world.events() == ["begun", "broke", "returned"]
    assert world.services[AUTH].targets == (Target("auth-1", 100),)


def test_a_hold_that_fails_is_no_first_deploy(world: World) -> None:
    world.refuses = lambda service, _targets: "503 unavailable" if service == BACKEND else ""
    before = world.services[BACKEND]
    assert world.deploy() == 1
    assert world.events() == ["begun", "broke", "returned"]
    assert world.services[BACKEND] == before
    assert world.services[AUTH].share("auth-1") == 100
    assert "no earlier revision" not in world.text()


def test_a_hold_that_found_nothing_out_says_that_no_traffic_was_moved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(world.services)
    monkeypatch.setattr(world, "standing", lambda _: raise_(TrafficError("403 denied")))
    assert world.deploy() == 1
    assert world.events() == ["begun", "broke", "failed"]
    assert "no traffic was moved" in world.text()
    assert world.services == before


def test_which_revisions_had_the_traffic_is_written_down_before_anything_moves(world: World) -> None:
    world.kill_before = "move auth"
    with pytest.raises(Killed):
        world.deploy()
    assert world.facts("step")[-1] == {"lastGood": {AUTH: "auth-1", BACKEND: "backend-1"}}


def raise_(error: Exception) -> None:
    raise error
