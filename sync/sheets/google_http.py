"""The one place that knows gspread: a thread of its own, time-outs that hold, and errors that say who can mend them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson
import requests
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.oauth2.service_account import Credentials
from gspread.exceptions import APIError
from gspread.http_client import HTTPClient

from core.errors import FallbackError
from core.sheet_settings import GoogleSheetSettings
from sync.sheets.troubles import (
    LONGEST_WAIT_S,
    KeyRefused,
    SheetDenied,
    SheetNotFound,
    SheetRefused,
    SheetUnreachable,
    TabGone,
)

T = TypeVar("T")

SCOPES = ("https://www.googleapis.com/auth/spreadsheets",)
#: Seconds for the connection, and for each piece of an answer.
TIMEOUTS_S = (5.0, 20.0)
#: Seconds for a whole call: a server that trickles keeps every piece in time and never ends.
WHOLE_S = 60.0
_HOSTS = ("https://sheets.googleapis.com", "https://www.googleapis.com")


class _Key(Credentials):
    """The service account's key, asking nobody but the token endpoint.

    The library would also ask a second host, on a thread of its own, in which regions the account may be used: a host
    a proxy does not know, for something the Sheets API does not want to hear.
    """

    def _after_refresh(self, *_: object) -> None:
        """Nothing more to ask."""


class GoogleHttp(HTTPClient):
    """gspread's HTTP client, pointed at another origin where the settings say so."""

    def __init__(self, credentials: Credentials, api_base: str, timeouts_s: tuple[float, float] = TIMEOUTS_S) -> None:
        super().__init__(credentials)
        self._api_base = api_base
        self.set_timeout(timeouts_s)  # gspread's default is to wait for ever

    def request(self, method: str, endpoint: str, *args: Any, **kwargs: Any) -> requests.Response:
        """One request; gspread's own constants always name Google's hosts. Raises: APIError for an error answer."""
        for host in _HOSTS:
            if endpoint.startswith(host):
                endpoint = self._api_base + endpoint.removeprefix(host)
        return super().request(method, endpoint, *args, **kwargs)

    def values_as_sent(self, book: str, asked: str) -> bytes:
        """One range as gspread's `values_batch_get` asks for it, without line breaks, and not read yet."""
        wishes = {"ranges": [asked], "valueRenderOption": "UNFORMATTED_VALUE", "prettyPrint": "false"}
        return self.request("get", f"{_HOSTS[0]}/v4/spreadsheets/{book}/values:batchGet", params=wishes).content


class GoogleCalls:
    """Calls of one spreadsheet, one at a time, off the event loop."""

    def __init__(self, settings: GoogleSheetSettings, *, timeouts_s: tuple[float, float] = TIMEOUTS_S) -> None:
        self._settings, self._timeouts_s = settings, timeouts_s
        self._executor = ThreadPoolExecutor(1, "google-sheet")
        self._client: GoogleHttp | None = None
        #: whom the sheet must be shared with, once the key was read
        self.email = ""

    async def call(self, ask: Callable[[GoogleHttp, str], T]) -> T:
        """`ask` with the client and the spreadsheet's id. Raises: FallbackError, of `sync/sheets/troubles.py`."""
        work = asyncio.get_running_loop().run_in_executor(self._executor, self._in_thread, ask)
        try:
            return await asyncio.wait_for(work, WHOLE_S)
        except TimeoutError:
            # The thread cannot be stopped. What it still writes are absolute values: the next look puts them right.
            self._executor.shutdown(wait=False)
            self._executor, self._client = ThreadPoolExecutor(1, "google-sheet"), None
            raise SheetUnreachable("Google did not finish its answer.") from None

    def close(self) -> None:
        """Lets the thread go."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _in_thread(self, ask: Callable[[GoogleHttp, str], T]) -> T:
        try:
            if self._client is None:
                self._client = GoogleHttp(self._credentials(), self._settings.api_base, self._timeouts_s)
            return ask(self._client, self._settings.spreadsheet_id)
        except APIError as refused:
            raise self._as_ours(refused) from refused
        except RefreshError as refused:
            if refused.retryable:
                raise SheetUnreachable(f"Google gave no token: {refused}") from refused
            said = str(refused.args[0])
            raise KeyRefused(
                f"Google does not accept the service account's key: {said}", hint=_key_hint(said)
            ) from refused
        except (requests.RequestException, TransportError, orjson.JSONDecodeError, ValueError) as problem:
            raise SheetUnreachable(f"Google could not be reached: {type(problem).__name__}") from problem
        except GoogleAuthError as problem:
            raise KeyRefused(f"The service account's key cannot be used: {problem}") from problem

    def _credentials(self) -> Credentials:
        path = self._settings.credentials_file
        try:
            found: Credentials = _Key.from_service_account_file(str(path), scopes=list(SCOPES))  # type: ignore[no-untyped-call]
        except OSError as problem:
            hint = "Point sheet.google.credentials_file at the service account's key file."
            raise KeyRefused(f"{path}: {problem.strerror or problem}", hint=hint) from problem
        except (ValueError, KeyError, TypeError, AttributeError, GoogleAuthError) as problem:
            hint = "Download the key again: Google Cloud console, the service account, Keys, JSON."
            raise KeyRefused(f"{path} is no service account's key file: {problem}", hint=hint) from problem
        self.email = str(found.service_account_email)
        return found

    def _as_ours(self, refused: APIError) -> FallbackError:
        status, said = refused.response.status_code, str(refused.error.get("message", ""))
        if status == 429:
            return SheetUnreachable("Google asks us to slow down.", retry_after_s=_retry_after_s(refused.response))
        if status >= 500:
            return SheetUnreachable(f"Google answers {status}.", retry_after_s=_retry_after_s(refused.response))
        if status == 404:
            return SheetNotFound(f"Google knows no spreadsheet {self._settings.spreadsheet_id!r}.")
        if status in (401, 403):
            hint = f"Share the spreadsheet with {self.email} as an editor, and enable the Google Sheets API."
            return SheetDenied(f"Google does not let us in: {said}", hint=hint)
        if "Unable to parse range" in said:
            return TabGone()
        if "protected cell" in said:
            hint = f"Let {self.email} edit the protected ranges, or remove the protection and run `sheet setup`."
            return SheetDenied("The sheet is protected against us.", hint=hint)
        return SheetRefused(f"Google answers {status}: {said[:200]}")


def _key_hint(said: str) -> str:
    """What is signed in another hour looks as old or as new as a stolen key."""
    if "timeframe" in said:
        return "Set this machine's clock: `timedatectl set-ntp true`."
    return "Make a new key for the service account and put it where sheet.google.credentials_file points."


def _retry_after_s(response: requests.Response) -> float | None:
    said = response.headers.get("Retry-After", "")
    return min(LONGEST_WAIT_S, float(said)) if said.isascii() and said.isdigit() else None
