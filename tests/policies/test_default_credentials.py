"""Application Default Credentials: google-auth for real, with a token endpoint and an API of our own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from policies.lookups import SecretState, VersionName
from policies.pack import google as asked_google
from policies.pack.google import DefaultCredentials, GoogleCloud, Response, google
from tests.policies.test_lookups import secret_manager

ROOT = Path(__file__).resolve().parents[2]
WANTED = {VersionName("netra-staging", "a", "1")}
CANARY = "canary-8c1f"


@pytest.fixture(scope="module")
def key():
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture
def credentials(tmp_path, monkeypatch):
    """Puts a file in the place where google-auth looks for it."""

    def write(**content):
        path = tmp_path / "credentials.json"
        path.write_text(json.dumps(content) if content else "no JSON at all")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        return path

    for name in ("GOOGLE_CLOUD_QUOTA_PROJECT", "GOOGLE_CLOUD_PROJECT", "GOOGLE_OAUTH_ACCESS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return write


@pytest.fixture
def account(credentials, key):
    """A service account whose tokens come from an endpoint of ours."""

    def write(token_uri):
        return credentials(
            type="service_account",
            project_id="p",
            private_key_id="1",
            private_key=key,
            client_email="ci@p.iam.gserviceaccount.com",
            token_uri=token_uri,
        )

    return write


@pytest.fixture
def user(credentials):
    return credentials(
        type="authorized_user", client_id="c", client_secret=f"{CANARY}-s", refresh_token=f"{CANARY}-r"
    )


def answered(status, **body):
    return Response(status, {}, json.dumps(body).encode())


class Google:
    """Tokens by POST and versions by GET, over one fake transport."""

    def __init__(self, monkeypatch, *, status=200, error=None, lasts=3600):
        self.tokens = 0
        self.status, self.error, self.lasts = status, error, lasts
        monkeypatch.setattr(asked_google, "_over_urllib", self.transport)

    def transport(self, _exceptions):
        def request(url, **_more):
            assert url.startswith("https://oauth2.googleapis.com/token")
            self.tokens += 1
            if self.error is not None:
                return answered(self.status, error=self.error, error_description=CANARY)
            return answered(200, access_token=f"token-{self.tokens}", expires_in=self.lasts)

        return request


def enabled(_path):
    return 200, json.dumps({"state": "ENABLED"}).encode()


def test_a_service_accounts_token_is_had_over_our_own_transport(account, capfd):
    posted = []

    def answer(path):
        posted.append(path)
        return (200, b'{"access_token": "t", "expires_in": 3600}') if path == "/v1/token" else enabled(path)

    with secret_manager(answer) as (api, heard):
        account(f"{api}token")
        cloud = GoogleCloud(DefaultCredentials(), api)
        assert cloud.secret_versions(WANTED) == dict.fromkeys(WANTED, SecretState.ENABLED)
        assert cloud.secret_versions(WANTED) == dict.fromkeys(WANTED, SecretState.ENABLED)
    assert posted.count("/v1/token") == 1
    assert heard[-1] == ("/v1/projects/netra-staging/secrets/a/versions/1", "Bearer t")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("lasts", "tokens"), [(3600, 1), (1, 2)])
def test_a_token_is_kept_until_it_ends_and_then_refreshed(user, monkeypatch, lasts, tokens):
    google_ = Google(monkeypatch, lasts=lasts)
    del user
    with secret_manager(enabled) as (api, heard):
        cloud = GoogleCloud(DefaultCredentials(), api)
        for _ in range(2):
            assert cloud.secret_versions(WANTED) == dict.fromkeys(WANTED, SecretState.ENABLED)
    assert google_.tokens == tokens
    assert heard[-1][1] == f"Bearer token-{tokens}"


def test_the_project_that_pays_is_named(user, monkeypatch):
    Google(monkeypatch)
    monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "who-pays")
    del user
    assert DefaultCredentials()()["x-goog-user-project"] == "who-pays"


def told_by(credentials, *, api="http://127.0.0.1:1/", times=2):
    told = []
    cloud = GoogleCloud(credentials, api, told.append)
    for _ in range(times):
        assert cloud.secret_versions(WANTED) == {}
    assert len(told) == 1, told
    assert "\n" not in told[0]
    assert CANARY not in told[0]
    return told[0]


@pytest.mark.parametrize("error", ["invalid_grant", "unauthorized_client"])
def test_credentials_that_are_refused_are_told_once_and_not_asked_again(user, monkeypatch, error):
    google_ = Google(monkeypatch, status=400, error=error)
    del user
    assert f"are refused ({error}); gcloud auth application-default login" in told_by(DefaultCredentials())
    assert google_.tokens == 1


def test_a_file_that_holds_no_credentials_is_told(credentials):
    credentials()
    assert "are refused (DefaultCredentialsError)" in told_by(DefaultCredentials())


def test_an_endpoint_of_tokens_that_is_not_there_is_told(account):
    account("http://127.0.0.1:1/token")
    assert "cannot be reached" in told_by(DefaultCredentials())


def test_an_endpoint_of_tokens_that_does_not_answer_is_not_waited_for(account, monkeypatch):
    monkeypatch.setattr(asked_google, "DEADLINE", 0.6)

    def slow(_path):
        time.sleep(2)
        return 200, b"{}"

    with secret_manager(slow) as (api, _):
        account(f"{api}token")
        before = time.monotonic()
        assert "gave no token within" in told_by(DefaultCredentials(), times=20)
        assert time.monotonic() - before < 1.5


@pytest.mark.parametrize(
    ("status", "says"), [(401, "does not take"), (403, "may not look at secrets of project")]
)
def test_what_secret_manager_refuses_is_told_once(status, says):
    with secret_manager(lambda _: (status, b"{}")) as (api, _):
        assert says in told_by(lambda: {"Authorization": f"Bearer {CANARY}"}, api=api)


def test_without_google_auth_it_says_what_to_install(user, monkeypatch):
    del user
    monkeypatch.setitem(sys.modules, "google.auth", None)
    assert "pip install google-auth" in told_by(DefaultCredentials())


def test_who_has_credentials_is_found_by_where_they_lie(tmp_path):
    nothing = {"HOME": str(tmp_path)}
    assert google(nothing) is None
    lying = tmp_path / ".config" / "gcloud"
    lying.mkdir(parents=True)
    (lying / "application_default_credentials.json").write_text("{}")
    for environ in (
        nothing,
        {"CLOUDSDK_CONFIG": str(lying)},
        {"GOOGLE_APPLICATION_CREDENTIALS": "/somewhere"},
        {"GCE_METADATA_HOST": "127.0.0.1:1"},
    ):
        assert isinstance(google(environ), GoogleCloud)


def test_nothing_of_google_auth_is_imported_before_anybody_is_asked(tmp_path):
    program = (
        "import sys, os; from policies.pack.google import google\n"
        f"assert google({{'HOME': {str(tmp_path)!r}}}) is None\n"
        "assert google({'GOOGLE_APPLICATION_CREDENTIALS': 'x'}) is not None\n"
        "assert 'google.auth' not in sys.modules\n"
    )
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
