"""Secret Manager as it really is, where there are credentials.

Owns the credentials and the calls. A token in GOOGLE_OAUTH_ACCESS_TOKEN wins, as it does for the provider;
else Application Default Credentials, by google-auth where that is installed. Without any, nobody is asked.
Everything ends within a deadline: whoever waits for a preview does not wait for a network that is not there.
"""

from __future__ import annotations

import importlib.util
import json
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

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
_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_API: Final = "https://secretmanager.googleapis.com/v1/"
_STATES: Final = {
    "ENABLED": SecretState.ENABLED,
    "DISABLED": SecretState.DISABLED,
    "DESTROYED": SecretState.DESTROYED,
}
DEADLINE: Final = 3.0  # seconds, for all questions of one time
_AT_ONCE: Final = 16


def google(environ: Mapping[str, str]) -> GoogleCloud | None:
    """Google's cloud; None without credentials."""
    written = environ.get(TOKEN)
    if written:
        return GoogleCloud(lambda: written)
    if _has_default_credentials(environ) and importlib.util.find_spec("google.auth") is not None:
        return GoogleCloud(_default_token)
    return None


class GoogleCloud:
    """Asks Secret Manager for versions' metadata."""

    def __init__(self, token: Callable[[], str | None], api: str = _API) -> None:
        """Takes what gives an access token, which may be slow."""
        self._token = token
        self._api = api

    def secret_versions(self, wanted: AbstractSet[VersionName]) -> Mapping[VersionName, SecretState]:
        """The states of these versions, without those that could not be had in time."""
        pool = ThreadPoolExecutor(max_workers=_AT_ONCE)
        try:
            token = pool.submit(_quietly(self._token))
            wait([token], DEADLINE / 2)
            if not token.done() or not token.result():
                return {}
            asked = {one: pool.submit(self._state, one, str(token.result())) for one in sorted(wanted)}
            wait(asked.values(), DEADLINE / 2)
            answers = {one: answer.result() for one, answer in asked.items() if answer.done()}
            return {one: state for one, state in answers.items() if state is not None}
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _state(self, one: VersionName, token: str) -> SecretState | None:
        parts = ("projects", one.project, "secrets", one.secret, "versions", one.version)
        url = self._api + "/".join(urllib.parse.quote(part, safe="") for part in parts)
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE / 2) as answer:  # noqa: S310 - as above
                told = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                # Any other refusal (403: no access, 429: too often) says nothing of the version.
                return SecretState.MISSING if error.code == 404 else None  # noqa: PLR2004 - HTTP's word
        except (OSError, ValueError):
            return None
        return _STATES.get(str(told.get("state"))) if isinstance(told, dict) else None


def _has_default_credentials(environ: Mapping[str, str]) -> bool:
    if environ.get(KEY_FILE):
        return True
    folder = environ.get("CLOUDSDK_CONFIG")
    config = Path(folder) if folder else Path(environ.get("HOME") or "/") / ".config" / "gcloud"
    if (config / _WELL_KNOWN.name).is_file():
        return True
    try:
        return _MACHINE.read_text(encoding="utf-8").startswith("Google")
    except (OSError, UnicodeDecodeError):
        return False


def _default_token() -> str | None:
    auth: Any = importlib.import_module("google.auth")
    transport: Any = importlib.import_module("google.auth.transport")
    exceptions: Any = importlib.import_module("google.auth.exceptions")
    credentials, _ = auth.default(scopes=[_SCOPE])
    credentials.refresh(_over_urllib(transport, exceptions))
    token = credentials.token
    return token if isinstance(token, str) else None


def _over_urllib(transport: Any, exceptions: Any) -> Any:  # noqa: ANN401 - google-auth may not be installed
    """google-auth's transport over the standard library: it brings none of its own that needs no package."""

    class Response(transport.Response):  # type: ignore[misc]  # a class that is found at run time
        def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
            self.status, self.headers, self.data = status, headers, data

    class Request(transport.Request):  # type: ignore[misc]  # as above
        def __call__(
            self,
            url: str,
            method: str = "GET",
            body: bytes | str | None = None,
            headers: Mapping[str, str] | None = None,
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

    return Request()


def _quietly(token: Callable[[], str | None]) -> Callable[[], str | None]:
    def ask() -> str | None:
        try:
            return token()
        except Exception:  # noqa: BLE001 - whatever keeps us from asking, the version stays unproven
            return None

    return ask
