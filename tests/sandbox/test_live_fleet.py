"""The fleet brings what runs to what must run; the servers here are pretended."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest

from sandbox.live.fleet import Fleet
from sandbox.live.server import NotReadyError, Sort, Spec

PATIENCE = 5.0


@dataclass(frozen=True)
class Wanted(Spec):
    size: int = 1


@dataclass
class Program:
    alive: bool = True


@dataclass
class Server:
    spec: Wanted
    programs: list[Program] = field(default_factory=lambda: [Program()])
    stopped: bool = False

    def change(self, spec):
        if spec.size != self.spec.size:
            return False
        self.spec = spec
        return True

    def stop(self):
        self.stopped = True


@dataclass
class Yard:
    """Starts servers, and knows which."""

    made: list[Server] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    slow: dict[str, threading.Event] = field(default_factory=dict)
    moments: dict[str, float] = field(default_factory=dict)

    def start(self, spec, machine):
        del machine
        if spec.key in self.slow:
            self.slow[spec.key].wait(PATIENCE)
        if spec.key in self.fails:
            raise NotReadyError(f"{spec.key} does not start")
        self.moments[spec.key] = time.monotonic()
        self.made.append(Server(spec))
        return self.made[-1]

    def sort(self, rank=0):
        return Sort("pretended", {}, lambda *_: (), self.start, rank)


@pytest.fixture
def yard():
    return Yard()


@pytest.fixture
def fleet():
    return Fleet(None)


def run(fleet, yard, *specs, rank=0):
    fleet.converge((yard.sort(rank), spec) for spec in specs)
    return fleet.settle(timeout_s=PATIENCE)


def test_what_must_run_is_started_once(fleet, yard):
    assert run(fleet, yard, Wanted("a"), Wanted("b")) == {"a": "", "b": ""}
    run(fleet, yard, Wanted("a"), Wanted("b"))
    assert [each.spec.key for each in yard.made] == ["a", "b"] or len(yard.made) == 2


def test_what_must_not_run_is_ended(fleet, yard):
    run(fleet, yard, Wanted("a"), Wanted("b"))
    assert run(fleet, yard, Wanted("b")) == {"b": ""}
    assert [each.stopped for each in yard.made if each.spec.key == "a"] == [True]


def test_a_change_that_a_server_takes_needs_no_restart_and_one_that_it_does_not_does(fleet, yard):
    run(fleet, yard, Wanted("a"))
    run(fleet, yard, Wanted("a", faults=frozenset({"late"})))
    assert len(yard.made) == 1
    run(fleet, yard, Wanted("a", size=2))
    assert [each.stopped for each in yard.made] == [True, False]


def test_one_that_does_not_start_says_why_and_keeps_nobody_else_from_it(fleet, yard):
    yard.fails.add("a")
    assert run(fleet, yard, Wanted("a"), Wanted("b")) == {"a": "a does not start", "b": ""}
    yard.fails.clear()
    assert run(fleet, yard, Wanted("a"), Wanted("b"))["a"] == "a does not start"
    fleet.retry()
    assert fleet.settle(timeout_s=PATIENCE) == {"a": "", "b": ""}


def test_one_that_is_late_is_told_as_late(fleet, yard):
    yard.slow["a"] = threading.Event()
    fleet.converge([(yard.sort(), Wanted("a"))])
    assert fleet.settle(["a"], timeout_s=0.1) == {"a": "was not ready within 0.1 s"}
    yard.slow["a"].set()
    assert fleet.settle(["a"], timeout_s=PATIENCE) == {"a": ""}


def test_a_service_waits_for_the_servers_it_may_need(fleet, yard):
    yard.slow["database"] = threading.Event()
    fleet.converge([(yard.sort(1), Wanted("service")), (yard.sort(0), Wanted("database"))])
    time.sleep(0.1)
    assert not yard.made
    yard.slow["database"].set()
    fleet.settle(timeout_s=PATIENCE)
    assert yard.moments["database"] < yard.moments["service"]


def test_what_was_changed_twice_in_the_meantime_ends_as_the_last(fleet, yard):
    yard.slow["a"] = threading.Event()
    for size in (1, 2, 3):
        fleet.converge([(yard.sort(), Wanted("a", size=size))])
    yard.slow["a"].set()
    fleet.settle(timeout_s=PATIENCE)
    assert [(each.spec.size, each.stopped) for each in yard.made][-1] == (3, False)
    assert sum(not each.stopped for each in yard.made) == 1


def test_what_died_is_started_again_and_not_once_it_is_unwanted(fleet, yard, monkeypatch):
    monkeypatch.setattr("sandbox.live.fleet.RESTART_AFTER_S", 0.05)
    run(fleet, yard, Wanted("a"))
    yard.made[0].programs[0].alive = False
    fleet.mend()
    assert fleet.settle(timeout_s=PATIENCE) == {"a": ""}
    assert len(yard.made) == 2
    yard.made[1].programs[0].alive = False
    fleet.mend()
    fleet.converge(())
    time.sleep(0.2)
    assert fleet.settle(timeout_s=PATIENCE) == {}
    assert len(yard.made) == 2
