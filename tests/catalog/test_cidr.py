"""Ranges: read strictly, kept apart, and kept off what Google reserves."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import cidr, connector, direct_egress, redis
from catalog.source import Breach

networks = st.builds(
    lambda address, prefix: IPv4Network((address >> (32 - prefix) << (32 - prefix), prefix)),
    st.integers(0, 2**32 - 1),
    st.integers(1, 32),
)


@pytest.mark.parametrize(
    ("text", "what", "example"),
    [
        ("10.8.0.0", "is '10.8.0.0'", "10.8.0.0/28"),
        ("10.8.0.0/", "is '10.8.0.0/'", "10.8.0.0/28"),
        ("10.8.0.0/99", "is '10.8.0.0/99', and /99 is no prefix", "10.8.0.0/28"),
        ("10.8.0.0/255.255.255.240", "is '10.8.0.0/255.255.255.240'", "10.8.0.0/28"),
        ("10.8.0.300/28", "is '10.8.0.300/28', and '10.8.0.300' is no IPv4 address", "10.8.0.0/28"),
        ("10.8.0.1/28", "is '10.8.0.1/28', with host bits set", "10.8.0.0/28"),
        ("fd00::/8", "is 'fd00::/8', and 'fd00::' is no IPv4 address", "10.8.0.0/28"),
    ],
)
def test_a_malformed_range_is_refused_with_a_right_one(text, what, example):
    breach = cidr.parse(text)
    assert isinstance(breach, Breach)
    assert (breach.what, breach.example) == (what, example)


@given(networks)
def test_a_range_written_by_its_first_address_reads_as_itself(network):
    assert cidr.parse(str(network)) == network


@given(networks, st.integers(1, 2**31))
def test_a_range_written_by_another_of_its_addresses_is_refused(network, offset):
    offset %= network.num_addresses
    text = f"{network.network_address + offset}/{network.prefixlen}"
    assert isinstance(cidr.parse(text), Breach) == bool(offset)


@given(networks, networks)
def test_ranges_overlap_exactly_when_they_share_an_address(one, other):
    share = max(one[0], other[0]) <= min(one[-1], other[-1])
    assert cidr.overlaps({"one": str(one), "other": str(other)}) == ([("one", "other")] if share else [])


@given(st.lists(networks, max_size=6), st.integers(16, 29))
def test_a_free_range_overlaps_nothing_that_is_taken(taken, prefix):
    network = cidr.free(prefix, taken)
    assert network is None or not any(network.overlaps(other) for other in taken)
    assert network is None or cidr.check(str(network)) is None


def test_no_range_is_free_when_everything_is_taken():
    assert cidr.free(28, [IPv4Network("0.0.0.0/0")]) is None


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "172.16.0.0/16", "172.18.0.0/15", "192.168.0.0/16", "100.64.0.0/10", "240.0.0.0/8"]
)
def test_private_ranges_are_allowed(text):
    assert cidr.check(text) is None


@pytest.mark.parametrize(
    "text", ["8.8.8.0/24", "172.32.0.0/16", "192.169.0.0/16", "100.128.0.0/16", "0.0.0.0/0", "11.0.0.0/8"]
)
def test_ranges_of_others_are_refused(text):
    assert cidr.check(text) is not None


@pytest.mark.parametrize("text", ["172.17.0.0/16", "172.17.5.0/24", "172.16.0.0/12"])
def test_what_touches_docker_s_bridge_inside_cloud_sql_is_refused(text):
    breach = cidr.check(text)
    assert breach.why.startswith("172.17.0.0/16 is kept for Docker's bridge")
    assert breach.source.url == "https://cloud.google.com/sql/docs/postgres/private-ip"


def test_a_reserved_range_is_refused_with_who_keeps_it():
    assert cidr.check("169.254.0.0/24").why == (
        "169.254.0.0/16 is kept by Google Cloud for link-local addresses, the metadata server among them"
    )


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (connector.check_range, ["10.8.0.0/28"], ["10.8.0.0/27", "10.8.0.0/29"]),
        (direct_egress.check_range, ["10.9.0.0/26", "10.9.0.0/24"], ["10.9.0.0/27"]),
        (redis.check_range, ["10.30.0.0/29"], ["10.30.0.0/28", "10.30.0.0/30"]),
        (cidr.check_subnet, ["10.10.0.0/29", "10.10.0.0/16"], ["10.10.0.0/30"]),
        (cidr.check_private_services, ["10.20.0.0/24", "10.20.0.0/16"], ["10.20.0.0/25"]),
    ],
)
def test_each_user_of_a_range_takes_its_size_and_no_other(check, right, wrong):
    assert [check(text) for text in right] == [None] * len(right)
    for text in wrong:
        assert check(check(text).example) is None
