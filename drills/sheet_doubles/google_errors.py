"""How Google Sheets says no, field by field."""

from __future__ import annotations

from typing import Any

PROJECT = "project_number:640128853706"


class Refused(Exception):
    """A request that is answered with an error body."""

    def __init__(self, status: int, code: str, message: str, details: list[dict[str, Any]] | None = None) -> None:
        """`status`: of HTTP; `code`: its name among gRPC's codes."""
        super().__init__(message)
        self.status = status
        error: dict[str, Any] = {"code": status, "message": message, "status": code}
        if details:
            error["details"] = details
        self.body = {"error": error}


def unauthenticated() -> Refused:
    """No token, or one that does not count any more."""
    return Refused(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid"
        " authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    )


def forbidden() -> Refused:
    """The file is not shared with the service account."""
    return Refused(403, "PERMISSION_DENIED", "The caller does not have permission")


def not_found() -> Refused:
    """There is no such file."""
    return Refused(404, "NOT_FOUND", "Requested entity was not found.")


def invalid(message: str) -> Refused:
    """The request makes no sense."""
    return Refused(400, "INVALID_ARGUMENT", message)


def exhausted(kind: str, per: str, value: int) -> Refused:
    """More requests than a minute has. `kind`: Read or Write; `per`: "" for the project, " per user"."""
    metric = f"{kind} requests"
    limit = f"{kind} requests per minute{per}"
    return Refused(
        429,
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{metric}' and limit '{limit}' of service 'sheets.googleapis.com' for"
        f" consumer '{PROJECT}'.",
        [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "service": "sheets.googleapis.com",
                    "consumer": f"projects/{PROJECT.partition(':')[2]}",
                    "quota_location": "global",
                    "quota_limit_value": str(value),
                    "quota_metric": f"sheets.googleapis.com/{kind.lower()}_requests",
                    "quota_limit": f"{kind}RequestsPerMinutePer{'User' if per else 'Project'}",
                },
            },
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [
                    {
                        "description": "Request a higher quota limit.",
                        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
                    }
                ],
            },
        ],
    )
