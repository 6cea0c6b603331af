"""Malformed stack files, each with the exact text that it earns.

`malformed` reaches the program: the real engine shows the same text. `unreadable` does not: the CLI refuses
those files by itself, and only offline commands show ours.
"""

from pathlib import Path

import pytest

from components.settings import PlatformSettings, SettingsError

HERE = Path(__file__).parent
FILES = sorted([*HERE.glob("malformed/*.yaml"), *HERE.glob("unreadable/*.yaml")])


def test_there_are_at_least_ten_malformed_files():
    assert len([path for path in FILES if path.parent.name == "malformed"]) >= 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_malformed_file_is_refused_with_exactly_these_words(path, at_root):
    with pytest.raises(SettingsError) as refusal:
        PlatformSettings.from_stack_file(path.relative_to(at_root))
    assert f"{refusal.value}\n" == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_refusal_says_where_what_why_and_how_to_mend_it(path, at_root):
    with pytest.raises(SettingsError) as refusal:
        PlatformSettings.from_stack_file(path.relative_to(at_root))
    lines = str(refusal.value).splitlines()[1:]
    number = len(refusal.value.problems)
    places, whys, fixes = lines[::3], lines[1::3], lines[2::3]
    assert len(places) == len(whys) == len(fixes) == number > 0
    assert all(place.startswith(f"{path.relative_to(at_root)}:") for place in places)
    assert all(why.startswith("  why: ") for why in whys)
    assert all(fix.startswith("  fix: ") and len(fix) > len("  fix: ") for fix in fixes)


def test_no_expected_text_holds_a_canary():
    texts = "".join(path.with_suffix(".txt").read_text(encoding="utf-8") for path in FILES)
    assert "canary" in "".join(path.read_text(encoding="utf-8") for path in FILES)
    assert "canary" not in texts
