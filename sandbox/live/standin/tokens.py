"""JSON web tokens, signed with HS256.

https://www.rfc-editor.org/rfc/rfc7519
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any, Final

LIFETIME_SECONDS: Final = 3600
_HEADER: Final = {"alg": "HS256", "typ": "JWT"}


def sign(subject: str, secret: str) -> str:
    """A token for a subject."""
    now = int(time.time())
    claims = {"sub": subject, "iat": now, "exp": now + LIFETIME_SECONDS}
    message = f"{_encoded(_HEADER)}.{_encoded(claims)}"
    return f"{message}.{_signature(message, secret)}"


def verify(token: str, secret: str) -> str | None:
    """The token's subject; None when it is none of ours, or has expired."""
    message, _, signature = token.rpartition(".")
    if not secret or not hmac.compare_digest(signature, _signature(message, secret)):
        return None
    try:
        body = message.partition(".")[2]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return None
    return str(claims.get("sub")) if claims.get("exp", 0) > time.time() else None


def _encoded(value: dict[str, Any]) -> str:
    return _bare(json.dumps(value, separators=(",", ":")).encode())


def _signature(message: str, secret: str) -> str:
    return _bare(hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest())


def _bare(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
