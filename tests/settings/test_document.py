"""Reading YAML: values, lines, and what is wrong before anything is validated."""

import pytest

from components.settings.document import read_document
from components.settings.problem import ENCRYPTED, entry, flow, is_hidden


def test_values_keep_the_type_that_they_have_in_yaml():
    text = "config:\n  a:b: {i: 1, f: 0.5, t: true, n: null, s: x, q: '1', d: 2024-01-01, y: yes, l: [1]}\n"
    value = read_document("f", text).config["a:b"]
    assert value == {
        "i": 1, "f": 0.5, "t": True, "n": None, "s": "x", "q": "1", "d": "2024-01-01", "y": "yes", "l": [1],
    }  # fmt: skip


def test_each_key_has_its_line_and_a_missing_one_that_of_what_would_hold_it():
    document = read_document("f", "# first\nconfig:\n  a:b:\n    c: 1\n    d: {e: 2}\n")
    assert document.line(("a:b",)) == 3
    assert document.line(("a:b", "d", "e")) == 5
    assert document.line(("a:b", "x", "y")) == 3
    assert document.line(("z:z",)) == 2


def test_anchors_are_followed():
    document = read_document("f", "config:\n  a:b: &x {c: 1}\n  a:d: *x\n")
    assert document.config["a:d"] == {"c": 1}


def test_encrypted_values_stay_closed():
    document = read_document("f", "config:\n  a:b:\n    secure: v1:abc\n  a:c: {d: {secure: v1:abc}}\n")
    assert document.encrypted == {"a:b"}
    assert document.config == {"a:b": ENCRYPTED, "a:c": {"d": ENCRYPTED}}


def test_every_key_that_stands_twice_is_named():
    document = read_document("f", "config:\n  a:b: {c: 1, c: 2}\n  a:b: 3\nconfig: {}\n")
    assert sorted((problem.line, problem.path) for problem in document.problems) == [
        (2, ("a:b", "c")),
        (3, ("a:b",)),
        (4, ("config",)),
    ]


def test_a_file_without_config_is_refused():
    document = read_document("f", "encryptionsalt: v1:x\n")
    assert [problem.what for problem in document.problems] == ["is missing"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (None, "null"),
        (4, "4"),
        (0.5, "0.5"),
        ("netra", "netra"),
        ("10.8.0.0/28", "10.8.0.0/28"),
        ("10.8", '"10.8"'),
        ("1", '"1"'),
        ("true", '"true"'),
        ("", '""'),
        ("a b", '"a b"'),
        ("x:", '"x:"'),
        ({"a": {"b": "c d"}}, '{a: {b: "c d"}}'),
    ],
)
def test_a_fix_is_written_in_yaml_that_reads_as_the_same_value(value, written):
    assert flow(value) == written
    assert read_document("f", f"config: {{'a:b': {written}}}").config["a:b"] == value
    assert entry("k", value) == f"k: {written}"


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        (("plumbline:services", "a", "env", "DB_PASSWORD"), True),
        (("plumbline:services", "a", "env", "api_token"), True),
        (("plumbline:services", "a", "env", "SERVICE_ID"), False),
        (("plumbline:services", "a", "secrets", "ANYTHING"), True),
        (("plumbline:services", "a", "port"), False),
        (("plumbline:postgresPasswordNetra",), True),
    ],
)
def test_values_under_secretive_names_are_hidden(path, hidden):
    assert is_hidden(path) == hidden
