"""What could not be judged, as GitHub's annotations: also where nobody may write a comment."""

import pytest

from toolchain.github.annotate import commands

SETTINGS = """plumb check: __main__.py:66: the program stopped: 2 settings are wrong in Pulumi.staging.yaml
Pulumi.staging.yaml:26: plumbline:egress.connector.maxInstances is 100
  why: a connector has 3 to 10 instances, 100% of them
  fix: maxInstances: 10
Pulumi.staging.yaml:44: plumbline:cache.memorySizeGb is 400
  why: at most 300
  fix: memorySizeGb: 300
fix: mend it; where it works with a value that only an engine has: pulumi preview --json > plan.json
"""


@pytest.fixture
def root(tmp_path):
    for name in (
        "Pulumi.staging.yaml",
        "__main__.py",
        "bootstrap/Pulumi.staging.yaml",
        "contracts/auth.yaml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_each_wrong_setting_is_an_error_on_its_line_with_why_and_fix(root):
    title = "title=staging could not be judged"
    said = (
        "plumbline:egress.connector.maxInstances is 100%0A"
        "why: a connector has 3 to 10 instances, 100%25 of them%0Afix: maxInstances: 10"
    )
    also = "plumbline:cache.memorySizeGb is 400%0Awhy: at most 300%0Afix: memorySizeGb: 300"
    assert commands(SETTINGS, ".", "staging", root) == [
        f"::error file=Pulumi.staging.yaml,line=26,{title}::{said}",
        f"::error file=Pulumi.staging.yaml,line=44,{title}::{also}",
    ]


def test_a_file_of_another_folders_program_is_named_from_the_repositorys_root(root):
    text = "Pulumi.staging.yaml:12: plumbline:state.versionsKept is 1\n"
    [one] = commands(text, "bootstrap", "bootstrap-staging", root)
    assert one.startswith("::error file=bootstrap/Pulumi.staging.yaml,line=12,")


def test_a_contracts_line_behind_the_programs_own_is_the_one_that_counts(root):
    text = "plumb check: components/start.py:50: the program stopped: contracts/auth.yaml:25: means nothing\n"
    [one] = commands(text, ".", "staging", root)
    assert one == "::error file=contracts/auth.yaml,line=25,title=staging could not be judged::means nothing"


def test_a_program_that_raises_is_an_error_on_the_line_that_raised(root):
    text = "plumb check: __main__.py:22: the program stopped: ValueError: boom: 7\nfix: mend it\n"
    [one] = commands(text, ".", "staging", root)
    assert one.startswith("::error file=__main__.py,line=22,")
    assert one.endswith("::the program stopped: ValueError: boom: 7")


@pytest.mark.parametrize(
    "text", ["plumb check: there is no program here\n", "Traceback: x\n", "", "gone.py:3: no\n"]
)
def test_what_has_no_line_here_is_an_error_all_the_same(root, text):
    [one] = commands(text, ".", "staging", root)
    assert one.startswith("::error title=staging could not be judged::")


def test_nothing_in_the_text_ends_a_command_or_begins_another(root):
    text = "x,y::warning::%0A.yaml:3: a\r::set-output name=x::1\n::stop-commands::y\n"
    (root / "x,y").touch()
    for one in commands(text, ".", "a:b,c%", root):
        assert one.count("\n") == one.count("\r") == 0
        head, _, _ = one.removeprefix("::").partition("::")
        assert "title=a%3Ab%2Cc%25 could not be judged" in head
        assert head.startswith("error ")
