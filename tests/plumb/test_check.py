"""`plumb check` as its users type it: each run is a process of its own, as the SDK knows one program each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "name: small\nruntime: python\n"
NETWORK = """
import pulumi
import pulumi_gcp as gcp

class Wrapped(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("own:net:Wrapped", name)
        gcp.compute.Network("inner", name="inner", opts=pulumi.ResourceOptions(parent=self))

network = gcp.compute.Network("net", name="net", auto_create_subnetworks=False)
gcp.compute.Subnetwork("sub", network=network.id, ip_cidr_range=RANGE)
other = gcp.Provider("other", project="elsewhere", region="europe-west4")
account = gcp.serviceaccount.Account("acc", account_id="account", opts=pulumi.ResourceOptions(provider=other))
pulumi.export("email", account.email.apply(lambda email: email.upper()))
Wrapped("wrapped")
looked_up = gcp.compute.get_network_output(name="theirs")
gcp.compute.Subnetwork("asked", network=looked_up.self_link, ip_cidr_range="10.1.0.0/24")
"""
GOOD, BAD = '"10.0.0.0/24"', '"10.0.0.0/99"'


def check(*arguments, cwd=ROOT, **environ):
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "plumb", "check", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def program(tmp_path):
    def write(text, stack="config:\n  gcp:project: somewhere\n  gcp:region: us-central1\n"):
        (tmp_path / "Pulumi.yaml").write_text(PROJECT)
        (tmp_path / "Pulumi.dev.yaml").write_text(stack)
        (tmp_path / "__main__.py").write_text(text)
        return tmp_path

    return write


@pytest.mark.parametrize("stack", ["staging", "production"])
def test_our_own_stacks_are_refused_nothing(stack):
    done = check(stack, "--format", "json")
    assert json.loads(done.stdout)["findings"] == [], done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_a_finding_names_the_line_and_the_command_fails(program):
    folder = program(NETWORK.replace("RANGE", BAD))
    done = check(folder, "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(f["rule"], f["resource"]["name"]) for f in report["findings"]] == [("cidr-limits", "sub")]
    line = NETWORK.splitlines().index(next(one for one in NETWORK.splitlines() if '"sub"' in one)) + 1
    assert report["findings"][0]["source"] == {"file": "__main__.py", "line": line}


def test_a_program_without_faults_passes_whatever_it_looks_up(program):
    done = check(program(NETWORK.replace("RANGE", GOOD)))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_an_encrypted_value_stays_closed_and_is_no_fault(program):
    text = """
import pulumi, pulumi_gcp as gcp
secret = gcp.secretmanager.Secret("s", secret_id="s", replication={"auto": {}})
gcp.secretmanager.SecretVersion("v", secret=secret.id, secret_data=pulumi.Config().require_secret("password"))
"""
    done = check(
        program(text, "config:\n  gcp:project: p\n  small:password:\n    secure: v1:abc:def\n"), "-f", "json"
    )
    report = json.loads(done.stdout)
    assert (done.returncode, report["findings"]) == (0, [])
    assert "v1:abc" not in done.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 / 0", "__main__.py:1: the program stopped: ZeroDivisionError"),
        ("import own", "own.py:2: the program stopped: RuntimeError: not today"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("import pulumi\npulumi.Config().require('there')", "small:there"),
        ("raise SystemExit(3)", "exit code 3"),
        ("import sys\nsys.exit('no region')", "__main__.py:2: the program stopped: no region"),
        ("def", "SyntaxError"),
        ("import pulumi\npulumi.log.error('said so')\n", "said so"),
        (
            "import pulumi\nasync def f(_):\n    1 / 0\npulumi.Output.from_input(1).apply(f)",
            "__main__.py:3: the program stopped: ZeroDivisionError",
        ),
        (
            "import pulumi\nclass R(pulumi.ComponentResource):\n    pass\nR('p:a:B', 'r', {}, None, True)",
            "__main__.py:4: component r (p:a:B) is built by a plugin",
        ),
    ],
)
def test_a_program_that_fails_is_told_in_its_own_words_and_cannot_be_judged(program, text, says):
    folder = program(text)
    (folder / "own.py").write_text("#\nraise RuntimeError('not today')\n")
    done = check(folder)
    assert done.returncode == 2, done.stdout
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "policies/plan" not in done.stderr


def test_what_cannot_be_judged_is_told_in_one_line(program, tmp_path):
    folder = program("")
    (folder / "Pulumi.prod.yaml").write_text("config: {}\n")
    for arguments, says in (
        (("nowhere",), "no such file or folder, and no stack"),
        ((folder,), "several stacks and none is selected: dev, prod"),
        ((folder, "--stack", "qa"), "has no stack qa; it has: dev, prod"),
        ((tmp_path / "contracts-missing.json",), "no such file"),
        ((tmp_path.parent,), "no Pulumi project"),
    ):
        done = check(*arguments)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert says in done.stderr
        assert "Traceback" not in done.stderr
    assert check(folder, "--format", "pdf").returncode == 2


def test_contracts_that_cannot_be_used_are_told(program, tmp_path):
    done = check(program(""), PLUMB_CONTRACTS=str(tmp_path / "none"))
    assert done.returncode == 2
    assert "there is no such folder" in done.stderr


def test_a_file_is_written_whole_and_nothing_is_printed(program, tmp_path):
    target = tmp_path / "report.json"
    done = check(program(NETWORK.replace("RANGE", BAD)), "-f", "json", "-o", target)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(json.loads(target.read_text())["findings"]) == 1
    assert not list(tmp_path.glob(".report*"))


def test_several_formats_are_written_in_one_run_each_to_its_own_file(program, tmp_path):
    # Its module says each time that it is run: the program is judged once.
    folder = program("import sys\nsys.stderr.write('judged ')\n" + NETWORK.replace("RANGE", BAD))
    files = {form: tmp_path / f"report.{form}" for form in ("json", "sarif", "text")}
    options = [word for form, file in files.items() for word in ("-f", form, "-o", file)]
    done = check(folder, *options)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "judged ")
    assert len(json.loads(files["json"].read_text())["findings"]) == 1
    assert len(json.loads(files["sarif"].read_text())["runs"][0]["results"]) == 1
    assert files["text"].read_text().endswith("\n")
    assert "cidr-limits" in files["text"].read_text()


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        (("-f", "json", "-f", "text"), "2 of --format and 0 of --output"),
        (("-f", "json", "-f", "text", "-o", "one"), "2 of --format and 1 of --output"),
        (("-o", "one", "-o", "other"), "1 of --format and 2 of --output"),
    ],
)
def test_formats_and_files_that_do_not_pair_are_refused_before_anything_is_judged(
    program, tmp_path, options, counts
):
    done = check(program("1 / 0"), *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert counts in done.stderr
    assert not list(tmp_path.glob("o*e*"))


def test_a_program_that_does_not_end_is_stopped_and_its_line_is_named(program):
    done = check(
        program("import time\ntry:\n    time.sleep(60)\nexcept Exception:\n    pass\n"), "--timeout", "0.5"
    )
    assert done.returncode == 2
    assert "__main__.py:3: the program did not end within 0.5 s" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_program_prints_is_no_part_of_the_report(program):
    done = check(program("print('hello')"), "-f", "json")
    assert json.loads(done.stdout)["findings"] == []
    assert done.stderr == "hello\n"


def test_an_answer_is_unknown_where_a_program_asks_google_at_once(program):
    text = """
import pulumi_gcp as gcp
theirs = gcp.compute.get_network(name="theirs")
gcp.vpcaccess.Connector("c", name="c", network=f"{theirs.self_link}", ip_cidr_range="10.8.0.0/28",
                        min_instances=2, max_instances=3, machine_type="e2-micro")
read = gcp.compute.Network.get("read", "projects/p/global/networks/n")
gcp.compute.Subnetwork("s", network=read.name, ip_cidr_range="10.0.0.0/99")
"""
    done = check(program(text), "-f", "json")
    assert [f["rule"] for f in json.loads(done.stdout)["findings"]] == ["cidr-limits"], done.stdout


def test_a_program_with_packages_of_our_names_sees_its_own(program):
    names = ("policies", "contracts", "components")
    folder = program("".join(f"import {name}\nassert {name}.OWN == 1\n" for name in names))
    for name in names:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("OWN = 1\n")
    assert check(folder).returncode == 0


def test_the_line_of_the_settings_is_told_beside_the_programs(program):
    text = """
import pulumi, pulumi_gcp as gcp
net = pulumi.Config().require_object("net")
gcp.compute.Subnetwork("sub", name=net["subnet"], network="n", ip_cidr_range=net["range"])
"""
    stack = "config:\n  small:net:\n    range: 10.0.0.0/99\n    subnet: services\n"
    (found,) = json.loads(check(program(text, stack), "-f", "json").stdout)["findings"]
    assert found["source"] == {"file": "__main__.py", "line": 4, "settings": "Pulumi.dev.yaml:4"}


def test_the_stack_that_is_selected_is_meant(program):
    folder = program("import pulumi\npulumi.log.error(f'this is {pulumi.get_stack()}')\n")
    (folder / "Pulumi.prod.yaml").write_text("config: {}\n")
    assert "this is prod" in check(folder, PULUMI_STACK="prod").stderr
    assert "this is dev" in check("dev", cwd=folder).stderr
    assert "this is dev" in check(".", "--stack", "dev", cwd=folder).stderr


def test_configuration_arrives_as_the_engine_hands_it_over(program):
    text = """
import pulumi
config = pulumi.Config()
assert config.require_int("int") == 8
assert config.require_bool("yes") is True
assert config.require("word") == "on"
assert config.require("day") == "2026-01-31"
assert config.require_object("nested")["list"][0]["n"] == 1
assert config.get_int("of_project") == 5
assert pulumi.Config("other").require("key") == "v"
assert pulumi.get_organization() and pulumi.get_project() == "small"
assert config.require_secret_object("half") is not None
"""
    stack = """
config:
  int: 8
  small:yes: true
  word: on
  day: 2026-01-31
  nested: {list: [{n: 1}]}
  other:key: v
  half: {a: {secure: v1:x}, b: 1}
"""
    folder = program(text, stack)
    (folder / "Pulumi.yaml").write_text(PROJECT + "config:\n  of_project: {default: 5, type: integer}\n")
    done = check(folder)
    assert done.returncode == 0, done.stderr
