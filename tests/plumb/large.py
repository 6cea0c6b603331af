"""A platform of many services, some of them faulty: copies of staging, as `benchmarks.growth` makes them."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from unittest.mock import patch

from benchmarks import growth
from contracts import Contracts, load
from plumb.judging import judge
from plumb.subject import Subject, subject
from policies.plan import Plan
from policies.plan.workloads import SERVICES
from policies.routes.networks import CONNECTOR, REDIS, SQL

ROOT = Path(__file__).resolve().parents[2]


@lru_cache
def staging():
    """The SDK knows one program a process."""
    return subject(str(ROOT), "staging", os.environ).plan


def report(services):
    """The report of so many services: of seven copies one is on another network, one without a variable,
    one with a pool for which its database is too small."""
    one = staging()
    copies = -(-services // sum(1 for _ in one.of_type(SERVICES)))
    plan = Plan(project=one.project, region=one.region)
    for number, resource in enumerate(growth._copied(one, copies)):
        spoiled(resource, number // len(one))
        plan.add(resource)
    whole = Subject(f"{services} services", "program", plan, ROOT)
    with patch("plumb.judging.contracts_of", return_value=contracts(copies)):
        return judge(whole, {})


def contracts(copies):
    """Ours, for the services under each of their names. Reading a thousand files would take a minute."""
    own, services = load(ROOT / "contracts"), {}
    for name, contract in own.services.items():
        text = contract.model_dump_json(by_alias=True, exclude_none=True)
        for copy in map(growth._name, range(copies)):
            moved = re.sub(r'"(\w+)(/[A-Z_]+")', rf'"\1-{copy}\2', text.replace("netra-", f"{copy}-"))
            services[f"{name}-{copy}"] = type(contract).model_validate_json(moved)
    return Contracts(own.projects, services, own.externals, own.waivers)


def spoiled(resource, copy):
    read = resource.read
    if copy % 7 == 1 and resource.type == REDIS:
        resource.read = lambda: {key: value for key, value in read().items() if key != "authorizedNetwork"}
    elif copy % 7 == 2 and resource.type in SERVICES:
        resource.read = lambda: without_first_variable(read())
    elif copy % 7 == 3 and resource.type == SQL:
        resource.read = lambda: {
            **read(),
            "settings": {
                **read()["settings"],
                "databaseFlags": [{"name": "max_connections", "value": "60"}],
            },
        }
    elif copy % 7 == 4 and resource.type == CONNECTOR:
        resource.read = lambda: {**read(), "region": "europe-west4"}


def without_first_variable(inputs):
    template = inputs["template"]
    first, *rest = template["containers"]
    return {
        **inputs,
        "template": {**template, "containers": [{**first, "envs": first["envs"][1:]}, *rest]},
    }
