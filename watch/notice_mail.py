"""Mails notices through an SMTP server, with the standard library, in a thread that cannot outstay its time."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP as MAIL_POLICY
from email.utils import format_datetime

from core.errors import Permanent, Temporary
from core.notice_settings import SmtpSettings
from fallback_store.notice_ledger import fingerprint
from watch.notice_delivery import Letter

#: Between the languages of one mail.
_RULE = "\n\n— — —\n\n"


class MailCarrier:
    """One mail per address, so that nobody sees who else is told; obeys `Carrier`."""

    channel = "mail"

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    async def carry(self, letter: Letter, target: str) -> None:
        """See Carrier."""
        address = next((to for to in self._settings.to if fingerprint(letter.salt, to) == target), None)
        if address is None:
            raise Permanent("the address is no longer in the settings")
        await self._post(self.message(letter, target, address))

    async def try_out(self) -> None:
        """Connects and logs in, and mails nothing. Raises: Temporary, Permanent."""
        await self._post(None)

    async def _post(self, message: EmailMessage | None) -> None:
        posting = _Posting(self._settings)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                await _in_a_thread(lambda: posting.post(message))
        except TimeoutError:
            if not posting.is_accepted:
                raise Temporary("the mail server took too long") from None
        finally:
            # A server that dribbles keeps each read alive: only a closed socket ends the thread.
            posting.abandon()

    def message(self, letter: Letter, target: str, address: str) -> EmailMessage:
        """The mail; its Message-ID is the same at every try, so that a mailbox shows it once."""
        message = EmailMessage(policy=MAIL_POLICY)
        message["From"] = self._settings.sender
        message["To"] = address
        message["Subject"] = letter.title
        if letter.notice.told_at is not None:
            message["Date"] = format_datetime(letter.notice.told_at)
        message["Message-ID"] = f"<{letter.key}.{target}@{self._settings.sender.partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        others = [text for language, text in letter.notice.texts.items() if text != letter.text]
        message.set_content(_RULE.join([letter.text, *others]), cte="base64")
        return message


class _Posting:
    """One connection, in its thread."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._socket: socket.socket | None = None
        #: the server has answered for the mail: whatever goes wrong from here on, it is not sent again
        self.is_accepted = False
        self._is_abandoned = False

    def abandon(self) -> None:
        """Ends whatever the thread waits for; what has not been sent by now never will be."""
        self._is_abandoned = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def post(self, message: EmailMessage | None) -> None:
        """Raises: Temporary, Permanent."""
        try:
            with self._connected() as server:
                self._socket = server.sock
                self._post(server, message)
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            if not self.is_accepted:
                raise _as_ours(problem) from problem

    def _connected(self) -> smtplib.SMTP:
        settings, wait_s = self._settings, self._settings.timeout_s
        if settings.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=wait_s, context=context)
        return smtplib.SMTP(settings.host, settings.port, timeout=wait_s)

    def _post(self, server: smtplib.SMTP, message: EmailMessage | None) -> None:
        if self._settings.security == "starttls":
            server.starttls(context=ssl.create_default_context())
            self._socket = server.sock
        if self._settings.user:
            server.login(self._settings.user, self._settings.password)
        if self._is_abandoned:  # somebody else may be sending it by now
            raise TimeoutError
        if message is None:
            server.noop()
        else:
            server.send_message(message)
        self.is_accepted = True


def _as_ours(problem: Exception) -> Temporary | Permanent:
    """In our words: what a server says may repeat a login or an address."""
    match problem:
        case smtplib.SMTPAuthenticationError(smtp_code=code):
            return Permanent(f"the mail server takes no such login: {code}")
        case smtplib.SMTPNotSupportedError():
            return Permanent("the mail server lacks STARTTLS or a login")
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return _by_code(next(iter(refused.values()))[0], "the address is refused")
        case smtplib.SMTPResponseException(smtp_code=code):
            return _by_code(code, "the mail server refuses")
        case _:
            return Temporary(f"the mail server is out of reach: {type(problem).__name__}")


def _by_code(code: int, words: str) -> Temporary | Permanent:
    return Permanent(f"{words}: {code}") if 500 <= code < 600 else Temporary(f"{words} for now: {code}")


async def _in_a_thread(work: Callable[[], None]) -> None:
    """Like `asyncio.to_thread`, but nobody who stops has to wait for it: the thread ends with its socket."""
    loop, done = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()

    def settle(problem: Exception | None) -> None:
        if done.done():  # given up in the meantime
            return
        if problem is None:
            done.set_result(None)
        else:
            done.set_exception(problem)

    def run() -> None:
        problem: Exception | None = None
        try:
            work()
        except Exception as raised:  # handed over to whoever waits
            problem = raised
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
            loop.call_soon_threadsafe(settle, problem)

    threading.Thread(target=run, name="notice-mail", daemon=True).start()
    await done
