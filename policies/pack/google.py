"""Secret Manager as it really is, where there are credentials.

Owns the credentials and the calls. A token in GOOGLE_OAUTH_ACCESS_TOKEN wins, as it does for the provider;
else Application Default Credentials, by google-auth where that is installed. Without any, nobody is asked and
nothing is imported. Everything ends within a deadline, and who did not answer once is not asked again:
whoever waits for a preview does not wait for a network that is not there. Credentials that are there and do
not work are told once, in one line on standard error; nothing of theirs is in it.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
import warnings
from concurrent.futures import ThreadPoolExecutor, wait
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from policies.lookups import SecretState, VersionName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

TOKEN: Final = "GOOGLE_OAUTH_ACCESS_TOKEN"  # noqa: S105 - a variable's name
# https://cloud.google.com/docs/authentication/application-default-credentials
KEY_FILE: Final = "GOOGLE_APPLICATION_CREDENTIALS"
_WELL_KNOWN: Final = Path("gcloud", "application_default_credentials.json")
# On Google's own machines a metadata server answers; anywhere else asking for it costs seconds.
_MACHINE: Final = Path("/sys/class/dmi/id/product_name")
_METADATA: Final = ("GCE_METADATA_HOST", "GCE_METADATA_IP")
_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_API: Final = "https://secretmanager.googleapis.com/v1/"
_STATES: Final = {
    "ENABLED": SecretState.ENABLED,
    "DISABLED": SecretState.DISABLED,
    "DESTROYED": SecretState.DESTROYED,
}
DEADLINE: Final = 3.0  # seconds, for all questions of one time
_AT_ONCE: Final = 16
# What an authorization server says of a refusal: https://datatracker.ietf.org/doc/html/rfc6749#section-5.2
_REFUSAL: Final = re.compile(
    r"\b(?:invalid_[a-z]+|unauthorized_client|access_denied|unsupported_grant_type)\b"
)
_LOGIN: Final = "gcloud auth application-default login"

Headers: TypeAlias = "Mapping[str, str]"


class RefusedError(Exception):
    """Why credentials that are there do not serve, in words for whoever runs the pack."""


def google(environ: Mapping[str, str]) -> GoogleCloud | None:
    """Google's cloud; None without credentials."""
    written = environ.get(TOKEN)
    if written:
        return GoogleCloud(lambda: {"Authorization": f"Bearer {written}"})
    if _has_default_credentials(environ):
        return GoogleCloud(DefaultCredentials())
    return None


class GoogleCloud:
    """Asks Secret Manager for versions' metadata."""

    def __init__(
        self,
        credentials: Callable[[], Headers],
        api: str = _API,
        tell: Callable[[str], object] | None = None,
    ) -> None:
        """Takes what makes the headers of a request, which may be slow or raise, and who is told of that."""
        self._credentials = credentials
        self._api = api
        self._tell = tell or _to_stderr
        self._told: set[str] = set()
        self._gave_up = False

    def secret_versions(self, wanted: AbstractSet[VersionName]) -> Mapping[VersionName, SecretState]:
        """The states of these versions, without those that could not be had in time."""
        if self._gave_up:
            return {}
        pool = ThreadPoolExecutor(max_workers=_AT_ONCE)
        try:
            headers = self._headers(pool)
            if headers is None:
                return {}
            asked = {one: pool.submit(self._state, one, headers) for one in sorted(wanted)}
            wait(asked.values(), DEADLINE / 2)
            answers = {one: answer.result() for one, answer in asked.items() if answer.done()}
            if asked and not answers:
                self._give_up(f"Secret Manager did not answer within {DEADLINE / 2:g} s")
            return {one: state for one, state in answers.items() if state is not None}
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _headers(self, pool: ThreadPoolExecutor) -> Headers | None:
        had = pool.submit(self._credentials)
        wait([had], DEADLINE / 2)
        if not had.done():
            self._give_up(f"the credentials of this machine gave no token within {DEADLINE / 2:g} s")
            return None
        error = had.exception()
        if error is None:
            return had.result()
        # The words of any other error may quote what it was about.
        known = isinstance(error, RefusedError)
        self._give_up(str(error) if known else f"no token can be had ({type(error).__name__})")
        return None

    def _state(self, one: VersionName, headers: Headers) -> SecretState | None:
        parts = ("projects", one.project, "secrets", one.secret, "versions", one.version)
        url = self._api + "/".join(urllib.parse.quote(part, safe="") for part in parts)
        request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE / 2) as answer:  # noqa: S310 - as above
                told = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return self._refused(error.code, one)
        except (OSError, ValueError):
            return None
        return _STATES.get(str(told.get("state"))) if isinstance(told, dict) else None

    def _refused(self, status: int, one: VersionName) -> SecretState | None:
        """What a refusal says of a version: nothing, but that one is not there."""
        if status == HTTPStatus.NOT_FOUND:
            return SecretState.MISSING
        if status == HTTPStatus.UNAUTHORIZED:
            self._say(f"Secret Manager does not take the credentials of this machine (401); {_LOGIN}")
        elif status == HTTPStatus.FORBIDDEN:
            self._say(
                f"these credentials may not look at secrets of project {one.project} (403); grant them "
                "roles/secretmanager.viewer there, and let the API be on in their quota project"
            )
        return None

    def _give_up(self, why: str) -> None:
        self._gave_up = True
        self._say(why)

    def _say(self, why: str) -> None:
        if why not in self._told:
            self._told.add(why)
            self._tell(f"plumbline: secret versions are not looked up: {why}")


class DefaultCredentials:
    """Application Default Credentials: found when first asked for, kept, and refreshed when they end."""

    def __init__(self) -> None:
        """Looks for nothing yet."""
        self._found: Any = None

    def __call__(self) -> Headers:
        """The headers of a request: the token, and the project that pays for it where one is set.

        Raises:
            RefusedError: There are none that work.
        """
        try:
            auth: Any = importlib.import_module("google.auth")
            exceptions: Any = importlib.import_module("google.auth.exceptions")
        except ImportError:
            raise RefusedError(
                "there are Application Default Credentials, and google-auth is not installed; "
                "pip install google-auth"
            ) from None
        headers: dict[str, str] = {}
        request = _over_urllib(exceptions)
        try:
            if self._found is None:
                # What it has to say of projects is said where it matters: by a 403.
                logging.getLogger("google.auth").setLevel(logging.ERROR)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self._found, _ = auth.default(scopes=[_SCOPE], request=request)
            self._found.before_request(request, "GET", _API, headers)
        except exceptions.TransportError:
            raise RefusedError("who gives tokens to this machine's credentials cannot be reached") from None
        except exceptions.GoogleAuthError as error:
            said = _REFUSAL.search(str(error))
            how = said[0] if said is not None else type(error).__name__
            raise RefusedError(f"Application Default Credentials are refused ({how}); {_LOGIN}") from None
        return headers


def _has_default_credentials(environ: Mapping[str, str]) -> bool:
    if environ.get(KEY_FILE) or any(environ.get(one) for one in _METADATA):
        return True
    folder = environ.get("CLOUDSDK_CONFIG")
    config = Path(folder) if folder else Path(environ.get("HOME") or "/") / ".config" / "gcloud"
    if (config / _WELL_KNOWN.name).is_file():
        return True
    try:
        return _MACHINE.read_text(encoding="utf-8").startswith("Google")
    except (OSError, UnicodeDecodeError):
        return False


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class Response:
    """What google-auth wants of an answer."""

    def __init__(self, status: int, headers: Headers, data: bytes) -> None:
        """Takes status, headers and body."""
        self.status, self.headers, self.data = status, headers, data


def _over_urllib(exceptions: Any) -> Callable[..., Response]:  # noqa: ANN401 - google-auth may not be installed
    """google-auth's transport over the standard library: it brings none of its own that needs no package."""

    def request(
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Headers | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> Response:
        data = body.encode() if isinstance(body, str) else body
        asked = urllib.request.Request(url, data, dict(headers or {}), method=method)  # noqa: S310 - Google's
        try:
            with urllib.request.urlopen(asked, timeout=min(timeout or DEADLINE, DEADLINE)) as told:  # noqa: S310
                return Response(told.status, dict(told.headers), told.read())
        except urllib.error.HTTPError as error:
            with error:
                return Response(error.code, dict(error.headers), error.read())
        except OSError as error:
            raise exceptions.TransportError(error) from error

    return request
