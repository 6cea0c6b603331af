"""Values: what goes over the wire comes back as what was meant, and what is hidden stays hidden."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_policy import deserialize, proxy

from policies.plan import UNKNOWN, Secret, values
from policies.plan.analyze import read_object, read_value
from tests.policies.wire import to_struct, to_wire

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    | st.text().filter(lambda text: text not in values.UNKNOWN_MARKS)
    | st.just(UNKNOWN)
)
KEYS = st.text().filter(lambda key: key not in {"__defaults", values.SIGNATURE})
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4) | inner.map(Secret),
    max_leaves=8,
)


@settings(deadline=None)
@given(VALUES)
def test_a_value_comes_back_from_the_wire_as_it_was(value):
    assert read_value(to_wire(value)) == value


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_the_properties_of_a_resource_come_back_as_they_were(properties):
    assert read_object(to_struct(properties)) == properties


@settings(deadline=None)
@given(VALUES, st.lists(KEYS | st.integers(-3, 3)))
def test_reading_never_raises(value, path):
    found = values.at(value, *path)
    values.text(found)
    values.elements(found)
    values.show(found)


def test_the_marks_are_those_of_the_sdk():
    sdk = {text for name, text in vars(proxy).items() if name.startswith("UNKNOWN_")}
    assert sdk == values.UNKNOWN_MARKS
    assert deserialize.SPECIAL_SIG_KEY == values.SIGNATURE
    assert deserialize.SPECIAL_SECRET_SIG == values.SECRET_SIGNATURE


@pytest.mark.parametrize("mark", sorted(values.UNKNOWN_MARKS))
def test_every_kind_of_unknown_is_unknown(mark):
    assert values.from_string(mark) is UNKNOWN


def test_a_port_is_a_whole_number():
    port = values.from_number(8000.0)
    assert port == 8000
    assert isinstance(port, int)


def test_the_engines_bookkeeping_is_left_out():
    assert values.from_object({"a": 1, "__defaults": []}) == {"a": 1}


def test_an_output_value_is_its_value():
    assert values.from_object({values.SIGNATURE: values.OUTPUT_SIGNATURE}) is UNKNOWN
    assert values.from_object({values.SIGNATURE: values.OUTPUT_SIGNATURE, "value": 3}) == 3
    hidden = values.from_object({values.SIGNATURE: values.OUTPUT_SIGNATURE, "value": 3, "secret": True})
    assert hidden == Secret(3)


def test_a_reference_to_a_resource_is_its_id_or_its_urn():
    mark = {values.SIGNATURE: values.RESOURCE_SIGNATURE}
    assert values.from_object({**mark, "urn": "u", "id": "i"}) == "i"
    assert values.from_object({**mark, "urn": "u"}) == "u"


def test_there_is_one_unknown():
    assert copy.deepcopy(UNKNOWN) is UNKNOWN
    assert pickle.loads(pickle.dumps(UNKNOWN)) is UNKNOWN  # noqa: S301 - our own bytes
    assert type(UNKNOWN)() is UNKNOWN


def test_an_unknown_has_no_truth():
    with pytest.raises(TypeError, match="is UNKNOWN"):
        bool(UNKNOWN)


def test_what_lies_beyond_an_unknown_is_unknown():
    assert values.at({"a": UNKNOWN}, "a", "b", 0) is UNKNOWN


def test_what_lies_in_a_secret_is_secret():
    assert values.at({"a": Secret({"b": ["x"]})}, "a", "b", 0) == Secret("x")
    assert values.at({"a": Secret({})}, "a", "b") is None
    assert values.elements(Secret(["x"])) == [Secret("x")]


@settings(deadline=None)
@given(st.text(min_size=8, alphabet="abcdefghijklmnop"))
def test_no_way_of_writing_a_secret_shows_it(text):
    secret = Secret(text)
    shown = [str(secret), repr(secret), f"{secret}", f"{[secret]}", "%s" % (secret,), values.show(secret)]  # noqa: UP031
    assert not [way for way in shown if text in way]
    assert hash(secret) == hash(Secret("another"))
    with pytest.raises(TypeError):
        json.dumps(secret)


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (6378, "6378"), ("a", "a"), (None, None), ([], None), (Secret(1), "1")],
)
def test_a_value_is_compared_as_an_environment_carries_it(value, text):
    assert values.text(value) == text
