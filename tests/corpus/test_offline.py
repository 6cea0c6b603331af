"""Every program of the corpus, judged offline: exactly what is expected is found."""

import pytest

from benchmarks import corpus

FAULTS = corpus.incident()
VARIANTS = [one for one in corpus.variants() if one.expected]
PASSING = [corpus.clean(), *(one for one in corpus.variants() if not one.expected)]
FAMILIES = {"dead_parts", "durability", "exposure", "ingress", "limits", "routes", "secrets", "sizing"}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mended")
    twins = [corpus.mended(program, folder) for program in FAULTS]
    return corpus.judge([*FAULTS, *VARIANTS, *twins, *PASSING])


def test_there_is_a_program_for_each_fault_of_the_incident():
    numbers = [corpus.read(program.folder / "expected.yaml")["fault"] for program in FAULTS]
    assert numbers == [int(program.folder.name[:2]) for program in FAULTS] == list(range(1, 12))


def test_each_family_has_variants_and_there_are_odd_programs_that_are_right():
    families = [one.environ["VARIANT"].partition(".")[0] for one in VARIANTS]
    assert {family for family in families if families.count(family) >= 3} == FAMILIES
    assert len(PASSING) >= 9


@pytest.mark.parametrize("program", [*FAULTS, *VARIANTS], ids=lambda program: program.name)
def test_exactly_the_fault_is_found(program, judged):
    assert judged[program.name].error == ""
    assert judged[program.name].found == program.expected
    assert program.expected


@pytest.mark.parametrize("program", FAULTS, ids=lambda program: program.name)
def test_with_its_fault_mended_nothing_is_found(program, judged):
    twin = judged[f"{program.name}, mended"]
    assert (twin.error, twin.found) == ("", frozenset())


@pytest.mark.parametrize("program", PASSING, ids=lambda program: program.name)
def test_what_is_right_is_refused_nothing(program, judged):
    assert (judged[program.name].error, judged[program.name].found) == ("", frozenset())


def test_staging_without_alerts_is_advised_of_each_destination_and_refused_nothing(judged):
    # The programs of the incident are staging and watch nothing: advice is no finding of any of them.
    clean = judged[corpus.clean().name]
    destinations = {"database", "cache", "backend"}
    assert clean.advised == {corpus.Found("watched", name, "NOT_WATCHED") for name in destinations}
    assert clean.found == frozenset()


@pytest.mark.parametrize("program", FAULTS, ids=lambda program: program.name)
def test_each_fault_is_certain_and_names_where_it_is_declared(program, judged):
    # Beside the certain finding one of the same fault may be uncertain: Google's own APIs, without Cloud NAT.
    findings = judged[program.name].findings
    certain = [one for one in findings if one["verdict"] == "refuted"]
    assert {one["cause"] for one in certain} == {one["cause"] for one in findings}
    assert all(one["source"]["line"] > 0 for one in findings)
