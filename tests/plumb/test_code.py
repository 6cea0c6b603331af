"""Reads of the environment in Python code, told by its syntax tree."""

from __future__ import annotations

from textwrap import dedent

import pytest

from plumb.code import scan

NEEDED, OWN = True, False
CASES = {
    "the mapping": ("import os\nos.environ['A']", {"A": NEEDED}),
    "get without a default is None when unset": ("import os\nos.environ.get('A')", {"A": NEEDED}),
    "get with a default": ("import os\nos.environ.get('A', 'x')", {"A": OWN}),
    "get with a named default": ("import os\nos.getenv('A', default='x')", {"A": OWN}),
    "getenv": ("import os\nos.getenv('A')", {"A": NEEDED}),
    "getenv by keyword": ("import os\nos.getenv(key='A')", {"A": NEEDED}),
    "or another value": ("import os\nx = os.getenv('A') or 'x'", {"A": OWN}),
    "the last of an or": ("import os\nx = os.getenv('A') or os.getenv('B')", {"A": OWN, "B": NEEDED}),
    "setdefault": ("import os\nos.environ.setdefault('A', 'x')", {"A": OWN}),
    "pop": ("import os\nos.environ.pop('A')", {"A": NEEDED}),
    "in": ("import os\nif 'A' in os.environ: ...", {"A": OWN}),
    "imported names": (
        "from os import environ, getenv\nenviron['A']; getenv('B')",
        {"A": NEEDED, "B": NEEDED},
    ),
    "renamed imports": (
        "from os import environ as e, getenv as g\ne['A']; g('B', '')",
        {"A": NEEDED, "B": OWN},
    ),
    "a renamed module": ("import os as system\nsystem.environ['A']", {"A": NEEDED}),
    "an alias": ("import os\nenv = os.environ\nenv['A']; env.get('B', '')", {"A": NEEDED, "B": OWN}),
    "a star": ("from os import *\nenviron['A']; getenv('B', '')", {"A": NEEDED, "B": OWN}),
    "getenv by another name": ("import os\nread = os.getenv\nread('A')", {"A": NEEDED}),
    "get by another name": ("import os\nread = os.environ.get\nread('A', '')", {"A": OWN}),
    "a write is no read": (
        "import os\nos.environ['A'] = 'x'\ndel os.environ['B']\nos.environ.update(C='x')",
        {},
    ),
    "another object's getenv": ("import mine\nmine.getenv('A'); mine.environ['B']", {}),
    "a constant": ("import os\nNAME = 'A'\nos.environ[NAME]", {"A": NEEDED}),
    "an f-string of constants": ("import os\nP = 'X'\nos.environ[f'{P}_A']", {"X_A": NEEDED}),
    "a sum": ("import os\nP = 'X'\nos.environ[P + '_A']", {"X_A": NEEDED}),
    "capitals": ("import os\nP = 'x'\nos.environ[f'{P.upper()}_A']", {"X_A": NEEDED}),
    "a loop": ("import os\nfor n in ('A', 'B'):\n    os.environ[n]", {"A": NEEDED, "B": NEEDED}),
    "a loop over a constant": (
        "import os\nN = ['A', 'B']\nx = {n: os.getenv(n) for n in N}",
        {"A": NEEDED, "B": NEEDED},
    ),
    "a loop over pairs": ("import os\nN = {'A': 1}\nfor n, _ in N.items(): os.environ[n]", {"A": NEEDED}),
    "either": ("import os\nos.environ['A' if x else 'B']", {"A": NEEDED, "B": NEEDED}),
    "a part that is not known": ("import os\ndef f(e): return os.environ[f'A_{e}']", {"A_*": NEEDED}),
    "a function around it": (
        "import os\ndef need(name): return os.environ[name]\nneed('A'); need(name='B')",
        {"A": NEEDED, "B": NEEDED},
    ),
    "a function with a default": (
        "import os\ndef need(n, d=None): return os.environ.get(n, d)\nneed('A'); need('B', 'x')",
        {"A": NEEDED, "B": OWN},
    ),
    "a method around it": (
        "import os\nclass C:\n    def need(self, n): return os.environ[n]\nC().need('A')",
        {"A": NEEDED},
    ),
    "names of functions do not mix": (
        "import os\ndef f(name): ...\ndef g():\n    for name in ('A',):\n        os.environ[name]",
        {"A": NEEDED},
    ),
    "decouple": (
        "from decouple import config\nconfig('A'); config('B', default=1, cast=int)",
        {"A": NEEDED, "B": OWN},
    ),
    "environs": (
        "from environs import Env\nenv = Env()\nenv('A'); env.int('B', 5); env.read_env()",
        {"A": NEEDED, "B": OWN},
    ),
}
SETTINGS = {
    "fields": (
        "class S(BaseSettings):\n    a: str\n    b: int = 1\n    c: ClassVar[int] = 2\n    _d: str",
        {"A": NEEDED, "B": OWN},
    ),
    "optional is needed still": ("class S(BaseSettings):\n    a: str | None", {"A": NEEDED}),
    "a prefix": (
        "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='X_')\n    a: str",
        {"X_A": NEEDED},
    ),
    "a prefix in a mapping": (
        "class S(BaseSettings):\n    model_config = {'env_prefix': 'X_'}\n    a: str",
        {"X_A": NEEDED},
    ),
    "a prefix of version 1": (
        "class S(BaseSettings):\n    a: str\n    class Config:\n        env_prefix = 'X_'",
        {"X_A": NEEDED},
    ),
    "a prefix as a keyword of the class": (
        "class S(BaseSettings, env_prefix='X_'):\n    a: str",
        {"X_A": NEEDED},
    ),
    "an alias, which no prefix is put before": (
        (
            "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='X_')\n"
            "    a: str = Field(alias='Y')\n    b: str = Field(validation_alias='Z', default='')"
        ),
        {"Y": NEEDED, "Z": OWN},
    ),
    "choices": (
        "class S(BaseSettings):\n    a: str = Field(validation_alias=AliasChoices('Y', 'Z'))",
        {"Y|Z": NEEDED},
    ),
    "version 1's env": ("class S(BaseSettings):\n    a: str = Field(..., env='Y')", {"Y": NEEDED}),
    "annotated": ("class S(BaseSettings):\n    a: Annotated[str, Field(alias='Y')]", {"Y": NEEDED}),
    "a factory": ("class S(BaseSettings):\n    a: list = Field(default_factory=list)", {"A": OWN}),
    "cases that matter": (
        "class S(BaseSettings):\n    model_config = SettingsConfigDict(case_sensitive=True)\n    a: str",
        {"a": NEEDED},
    ),
    "nested": (
        (
            "class M(BaseModel):\n    h: str\n    p: int = 1\nclass S(BaseSettings):\n"
            "    model_config = SettingsConfigDict(env_nested_delimiter='__')\n    m: M\n    n: M = M(h='')"
        ),
        {"M__H": NEEDED, "M__P": OWN, "N__H": OWN, "N__P": OWN},
    ),
    "a nested model without a delimiter is one variable": (
        "class M(BaseModel):\n    h: str\nclass S(BaseSettings):\n    m: M",
        {"M": NEEDED},
    ),
    "inherited": (
        (
            "class B(BaseSettings):\n    a: str\n    b: str\nclass S(B):\n"
            "    model_config = SettingsConfigDict(env_prefix='X_')\n    b: str = ''"
        ),
        {"X_A": NEEDED, "X_B": OWN},
    ),
    "no settings": ("class S(BaseModel):\n    a: str", {}),
}
HEADER = (
    "from typing import Annotated, ClassVar\nfrom pydantic import AliasChoices, BaseModel, Field\n"
    "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
)


def found_in(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    return scan(folder)


@pytest.mark.parametrize(("code", "expected"), CASES.values(), ids=CASES)
def test_a_read_is_found_with_whether_it_is_needed(code, expected, tmp_path):
    found = found_in(tmp_path, app=code)
    assert {"|".join(one.names): one.required for one in found.reads} == expected
    assert found.unclear == found.faults == []


@pytest.mark.parametrize(("code", "expected"), SETTINGS.values(), ids=SETTINGS)
def test_settings_are_read_as_pydantic_names_their_variables(code, expected, tmp_path):
    found = found_in(tmp_path, app=HEADER + code)
    assert {"|".join(one.names): one.required for one in found.reads} == expected
    assert found.unclear == []


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import os\nos.environ[name()]", "the name name() is known only when it runs"),
        ("import os\nX = 'A'\nX = y\nos.environ[X]", "the name X is known only when it runs"),
        ("import os\nfor key, value in os.environ.items(): ...", "handed on as a whole"),
        ("import os\nrun(env={**os.environ})", "handed on as a whole"),
        ("import os\nlist(map(os.getenv, names))", "the function that reads variables is handed on"),
        ("import os\nlist(map(os.environ.get, names))", "handed on as a whole"),
        ("import os\nos.getenv(*names)", "in a way that is not told"),
        ("import os\ndef need(n): return os.environ[n]\nneed(other())", "need(…) is called with a name"),
        ("from environs import Env\nenv = Env()\nwith env.prefixed('A_'): ...", "behind a prefix"),
        (
            HEADER + "class S(BaseSettings):\n    model_config = {'env_prefix': f()}\n    a: str",
            "S reads by env_prefix",
        ),
        (HEADER + "class S(BaseSettings):\n    a: str = Field(alias=f())", "the alias of S.a"),
    ],
)
def test_what_the_tree_does_not_tell_is_said_with_its_line(code, what, tmp_path):
    found = found_in(tmp_path, app=code)
    assert [what in one.what for one in found.unclear] == [True]
    assert found.unclear[0].place.file.endswith("app.py")
    assert found.unclear[0].place.line > 1
    assert found.reads == []


def test_a_function_around_the_environment_is_known_in_other_modules(tmp_path):
    found = found_in(
        tmp_path,
        config="import os\ndef need(name, default=None):\n    return os.environ.get(name, default)\n",
        app="from config import need\nneed('A')\n",
        web="import config\nconfig.need('B', 'x')\n",
    )
    assert {one.names[0]: one.required for one in found.reads} == {"A": NEEDED, "B": OWN}


def test_a_secret_by_its_type_is_one(tmp_path):
    code = HEADER + "from pydantic import SecretStr\nclass S(BaseSettings):\n    a: SecretStr\n    b: str"
    assert [one.secret for one in found_in(tmp_path, app=code).reads] == [True, False]


def test_nothing_of_the_code_is_run(tmp_path):
    mark = tmp_path / "ran"
    found = found_in(tmp_path, app=f"import os\nopen({str(mark)!r}, 'w')\nos.environ['A']\nraise SystemExit")
    assert [one.names for one in found.reads] == [("A",)]
    assert not mark.exists()


def test_a_file_that_is_no_python_is_named_with_its_line_and_the_others_are_read(tmp_path):
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    found = found_in(tmp_path, bad="x = 1\ndef f(:\n", good="import os\nos.environ['A']")
    faults = {one.place.file.rpartition("/")[2]: one.place.line for one in found.faults}
    assert faults["bad.py"] == 2
    assert set(faults) == {"bad.py", "binary.py"}
    assert [one.names for one in found.reads] == [("A",)]


def test_tests_and_what_is_installed_are_not_the_service_s_own(tmp_path):
    for name in ("tests", ".venv", "node_modules", "app"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.py").write_text(f"import os\nos.environ['{name}']", encoding="utf-8")
    found = found_in(tmp_path, test_app="import os\nos.environ['T']", conftest="import os\nos.environ['C']")
    assert [one.names for one in found.reads] == [("app",)]
    assert found.files == 1
