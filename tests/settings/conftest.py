"""A stack file that is right, and a way to make it wrong in one place."""

from pathlib import Path

import pytest

from components.settings.document import Document, read_document
from components.settings.report import SettingsError
from components.settings.validate import validate

ROOT = Path(__file__).parents[2]
STAGING = (ROOT / "Pulumi.staging.yaml").read_text(encoding="utf-8")


class StackFile:
    """Staging's text, edited, and what is said of it."""

    def __init__(self):
        self.text = STAGING

    def edit(self, old, new):
        assert old in self.text, f"staging no longer has {old!r}"
        self.text = self.text.replace(old, new, 1)
        return self

    @property
    def document(self) -> Document:
        return read_document("stack.yaml", self.text)

    def said(self, *, require_secrets=False):
        """The block without its headline; empty when nothing is wrong."""
        document = self.document
        found = validate(document.config, frozenset(document.encrypted), require_secrets=require_secrets)
        problems = [*document.problems, *(found if isinstance(found, list) else [])]
        return str(SettingsError(document, problems)).partition("\n")[2] if problems else ""


@pytest.fixture
def stack_file():
    return StackFile()


@pytest.fixture
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    return ROOT
