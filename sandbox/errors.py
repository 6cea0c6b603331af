"""What the sandbox refuses with, worded as Google's API and Google's provider word it.

Owns the error's shape; which error belongs to which fault is decided by the services.
"""

from __future__ import annotations

from typing import Any

_REASONS = {
    400: "badRequest",
    403: "forbidden",
    404: "notFound",
    409: "alreadyExists",
    412: "conditionNotMet",
    429: "rateLimitExceeded",
    503: "backendError",
}


class ApiError(Exception):
    """The API said no. Nothing was changed.

    Args:
        status: HTTP status.
        message: the API's sentence.
        reason: the machine-readable word at its end; by default the usual one for the status, "" for none.
        doing: what the provider was about, put before the API's words ("Error creating Network").
    """

    def __init__(self, status: int, message: str, *, reason: str | None = None, doing: str = "") -> None:
        """Keep the parts; they are joined when the error is shown."""
        self.status = status
        self.message = message
        self.reason = _REASONS.get(status, "") if reason is None else reason
        self.doing = doing
        super().__init__(str(self))

    def __str__(self) -> str:
        """As Google's provider prints it."""
        tail = f", {self.reason}" if self.reason else ""
        said = f"googleapi: Error {self.status}: {self.message}{tail}"
        return f"{self.doing}: {said}" if self.doing else said


class ProviderError(Exception):
    """Google's provider itself said no, before it asked the API (as it does of protected things)."""


class HalfCreatedError(Exception):
    """The API made the resource, and then its operation failed: the resource exists, and is not ready.

    Cloud Run does this when a first revision cannot start. The engine keeps such a resource in the state,
    marked as not initialised.
    """

    def __init__(self, reason: str, resource_id: str = "", outputs: dict[str, Any] | None = None) -> None:
        """Keep the reason, and what was made when it is known."""
        self.reason = reason
        self.resource_id = resource_id
        self.outputs = outputs or {}
        super().__init__(reason)


class UserFileError(Exception):
    """A file of the user's is not as it must be: file and line, what is wrong, how it would be right."""

    def __init__(self, where: str, what: str, fix: str) -> None:
        """Join the three into two lines."""
        super().__init__(f"{where}: {what}\n  fix: {fix}")
