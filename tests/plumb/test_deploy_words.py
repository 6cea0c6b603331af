"""What the record is told of an error: enough to mend it, and no value."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel, ValidationError

from plumb.deploy.traffic import TrafficError
from plumb.deploy.words import scrubbed, words_of

SECRET = "canary-8c1f-canary"  # noqa: S105 - a stand-in, to be looked for
ENVIRON = {
    "PULUMI_CONFIG_PASSPHRASE": SECRET,
    "GOOGLE_APPLICATION_CREDENTIALS": "/run/creds.json",
    "PIN_TOKEN": "7",
}


class Shape(BaseModel):
    number: int


def test_an_error_that_was_foreseen_speaks_for_itself() -> None:
    assert words_of(TrafficError("Cloud Run refuses"), ENVIRON) == "Cloud Run refuses"


def test_any_other_error_is_named_by_its_class() -> None:
    with pytest.raises(ValueError, match="Expecting value") as caught:
        json.loads("<html>")
    assert words_of(caught.value, ENVIRON).startswith(
        "JSONDecodeError: Expecting value: line 1 column 1 (char 0)"
    )


def test_it_says_where_in_plumbline_it_was_raised() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        1 / 0  # noqa: B018 - it is to be raised here
    assert "tests/plumb/test_deploy_words.py:" in words_of(caught.value, ENVIRON)


def test_what_a_model_was_given_is_not_told() -> None:
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate({"number": SECRET})
    words = words_of(caught.value, {})
    assert SECRET not in words
    assert "number: int_parsing" in words


def test_values_of_secret_variables_are_taken_out() -> None:
    words = words_of(KeyError(f"wrong passphrase {SECRET} in /run/creds.json of 7"), ENVIRON)
    assert SECRET not in words
    assert "$PULUMI_CONFIG_PASSPHRASE in /run/creds.json of 7" in words


def test_long_words_are_cut() -> None:
    assert len(scrubbed("word " * 1000, {})) < 2100
