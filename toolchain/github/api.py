"""GitHub's REST API, as far as the workflows need it.

Source: https://docs.github.com/en/rest
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolchain.places import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PER_PAGE = 100
PATIENCE_SECONDS = 30
AUTHOR = "github-actions[bot]"  # whoever writes with a workflow's own token
LONGEST_BODY = 65_536


@dataclass(frozen=True)
class GitHub:
    """One repository, with the token of the running job.

    Attributes:
        url: the API's address.
        repository: OWNER/NAME.
        token: the job's token; it is in no message.
    """

    url: str
    repository: str
    token: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> GitHub:
        """Return the repository of the running job.

        Raises:
            ToolchainError: this is no job, or it was given no token.
        """
        missing = [name for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if not environ.get(name)]
        if missing:
            raise ToolchainError(f"{' and '.join(missing)} must be set, as in a job of GitHub Actions")
        url = environ.get("GITHUB_API_URL", "https://api.github.com")
        return cls(url, environ["GITHUB_REPOSITORY"], environ["GITHUB_TOKEN"])

    def all(self, path: str) -> Iterator[dict[str, Any]]:
        """Return every element of a list, page by page."""
        page = 1
        while True:
            joint = "&" if "?" in path else "?"
            found: list[dict[str, Any]] = self.send("GET", f"{path}{joint}per_page={PER_PAGE}&page={page}")
            yield from found
            if len(found) < PER_PAGE:
                return
            page += 1

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Send one request about the repository and return the answer.

        Raises:
            ToolchainError: GitHub refused, or cannot be reached.
        """
        request = urllib.request.Request(  # noqa: S310 - the API's address is the runner's own
            f"{self.url}/repos/{self.repository}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - likewise
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise ToolchainError(f"GitHub refused {method} {path}: {error.code} {_reason(error)}") from None
        except (urllib.error.URLError, TimeoutError) as error:
            raise ToolchainError(f"GitHub cannot be reached for {method} {path}: {error}") from None


def is_ours(thing: Mapping[str, Any], marker: str) -> bool:
    """Whether a comment or issue is the one that a workflow wrote: anybody may copy its mark."""
    author = (thing.get("user") or {}).get("login")
    return author == AUTHOR and str(thing.get("body") or "").startswith(marker)


def quoted(text: str) -> str:
    """Return what a program printed as Markdown that shows it and obeys none of it: indented, not fenced."""
    return "\n".join(f"    {line}" for line in text.splitlines())


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read()).get("message", ""))
    except (ValueError, AttributeError):
        return str(error.reason)
