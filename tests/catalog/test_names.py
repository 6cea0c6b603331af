"""Names: each rule at its shortest and longest, and what it suggests instead."""

import pytest

from catalog import names
from catalog.names import NameRule

RULES = [rule for rule in vars(names).values() if isinstance(rule, NameRule)]
LENGTHS = {
    names.CONNECTOR: (1, 25),
    names.NETWORK: (1, 63),
    names.SUBNET: (1, 63),
    names.SQL_INSTANCE: (1, 97),
    names.REDIS_INSTANCE: (1, 40),
    names.REPOSITORY: (1, 63),
    names.CLOUD_RUN_SERVICE: (1, 49),
    names.SERVICE_ACCOUNT: (6, 30),
    names.PROJECT: (6, 30),
    names.DNS_ZONE: (1, 63),
    names.SECRET: (1, 255),
    names.LABEL_KEY: (1, 63),
    names.POSTGRES_NAME: (1, 63),
    names.HOST_LABEL: (1, 63),
    names.ENV_VAR: (1, 255),
}


@pytest.mark.parametrize(
    ("rule", "lengths"), LENGTHS.items(), ids=lambda value: getattr(value, "subject", "")
)
def test_a_name_may_be_as_short_and_as_long_as_its_rule_says_and_no_more(rule, lengths):
    shortest, longest = lengths
    assert rule.check("a" * shortest) is None
    assert rule.check("a" * longest) is None
    assert rule.check("a" * (longest + 1)) is not None
    assert rule.check("a" * (shortest - 1)) is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.subject)
def test_every_rule_s_own_example_is_right(rule):
    assert rule.check(rule.example) is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.subject)
@pytest.mark.parametrize("name", ["", "-", "A Name With Spaces", "9lives", "x" * 300, "ünïcode", "end-"])
def test_what_is_suggested_is_always_right(rule, name):
    breach = rule.check(name)
    if breach is not None:
        assert rule.check(breach.example) is None


@pytest.mark.parametrize("name", ["Netra", "netra-", "-netra", "9etra", "netra_x", "ne tra", "netra\n"])
def test_a_network_s_name_is_refused_when_it_is_no_rfc_1035_label(name):
    assert names.NETWORK.check(name) is not None


def test_a_long_connector_name_is_shown_with_its_length_and_cut():
    breach = names.CONNECTOR.check("netra-staging-serverless-connector")
    assert breach.what == "is 'netra-staging-serverless-connector', 34 characters"
    assert breach.example == "netra-staging-serverless"


def test_an_instance_and_its_project_have_98_characters_together():
    assert names.check_sql_instance("p" * 30, "n" * 67) is None
    breach = names.check_sql_instance("p" * 30, "n" * 68)
    assert breach.what == f"is '{'n' * 68}', with the project 99 characters"
    assert breach.example == "n" * 67
