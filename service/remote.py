"""Speaks to the running service from the shell, through the same door as its pages."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from core.errors import FallbackError, NeedsPerson, Permanent
from core.settings import Settings

TIMEOUT_S = 10
POLL_S = 0.3


class ServiceNotRunning(Permanent):
    """The service does not answer."""

    hint = "Start it with `make run`, or correct web.host and web.port."


class Remote:
    """The control addresses of a running service."""

    def __init__(self, settings: Settings) -> None:
        """Raises: NeedsPerson when there is no admin token to show."""
        if not settings.web.admin_token:
            raise NeedsPerson(
                "web.admin_token is empty.",
                hint="Set it (FALLBACK_WEB__ADMIN_TOKEN) for the service and the shell.",
            )
        host = "127.0.0.1" if settings.web.host in ("0.0.0.0", "::", "") else settings.web.host  # noqa: S104
        self._base = f"http://{host}:{settings.web.port}/admin/api"
        self._token = settings.web.admin_token

    def status(self) -> dict[str, Any]:
        """Mode, epoch, snapshot age, waiting rows. Raises: FallbackError."""
        return self._ask("status", None)

    def enter_emergency(self, reason: str) -> dict[str, Any]:
        """The mode afterwards. Raises: NeedsPerson when somebody else was first."""
        return self._ask("emergency", {"reason": reason})

    def hand_back(self, reason: str) -> dict[str, Any]:
        """The mode afterwards. Raises: NeedsPerson when there is nothing to hand back."""
        return self._ask("hand-back", {"reason": reason})

    def _ask(self, call: str, body: dict[str, Any] | None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 (the scheme is ours)
            f"{self._base}/{call}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as refused:
            raise _refusal(refused) from None
        except (urllib.error.URLError, OSError, ValueError) as problem:
            raise ServiceNotRunning(f"{self._base}: {getattr(problem, 'reason', problem)}.") from None


def follow_hand_back(remote: Remote, reason: str, *, shows: bool) -> dict[str, Any]:
    """Starts the hand-back, or joins the one under way, and returns the status once it has ended either way."""
    if remote.status()["mode"] == "emergency":
        remote.hand_back(reason)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn(),
        disable=not shows,
    ) as progress:  # fmt: skip
        task = progress.add_task("hand-back", total=None)
        while True:
            found = remote.status()
            settled = found["outbox_total"] - found["outbox_unsettled"]
            words = f"{found['hand_back'] or ''} {found['hand_back_detail'] or ''}".strip()
            progress.update(task, description=words, total=found["outbox_total"], completed=settled)
            if found["mode"] != "handing_back":
                return found
            time.sleep(POLL_S)


def _refusal(refused: urllib.error.HTTPError) -> FallbackError:
    try:
        body = json.load(refused)
        return NeedsPerson(str(body["error"]), hint=str(body.get("hint", "")))
    except (ValueError, KeyError, TypeError):
        return NeedsPerson(f"The service answered {refused.code}.", hint="See its log.")
