"""Stands in for a mail server over real sockets: keeps what it accepts, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as MAIL_POLICY  # noqa: N812 (the library's own name says nothing)
from typing import Self

#: What the next mail meets; each is used up by one connection unless it is in `lasting`.
FAULTS = (
    "busy",  # 421 instead of a greeting
    "greylist",  # 451 at the recipient
    "no_such_user",  # 550 at the recipient
    "bad_login",  # 535 whatever is shown
    "lost_answer",  # accepts the mail and hangs up without saying so
    "rude_goodbye",  # accepts it and answers QUIT with an error
    "hang",  # accepts the connection and says nothing
    "dribble",  # a byte of greeting every 0.1 s
)


@dataclass
class MailDouble:
    """`async with` it; `port` is the system's choice."""

    user: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None
    #: spoken from the first byte, instead of after STARTTLS
    is_tls_at_once: bool = False
    #: accepted mails, in order
    inbox: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    lasting: str = ""
    connections: int = 0
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        at_once = self.tls if self.is_tls_at_once else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=at_once)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        fault = self.lasting or (self.faults.pop(0) if self.faults else "")
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await _Conversation(self, reader, writer, fault).hold()
        writer.close()


class _Conversation:
    def __init__(
        self, double: MailDouble, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: str
    ) -> None:
        self._double = double
        self._reader = reader
        self._writer = writer
        self._fault = fault
        self._is_secure = double.is_tls_at_once
        self._has_login = not double.user
        self._to: list[str] = []

    async def hold(self) -> None:
        """Until one side hangs up."""
        if self._fault == "hang":
            await self._reader.read()
            return
        if self._fault == "dribble":
            for byte in b"220-" + b"x" * 600:
                self._writer.write(bytes([byte]))
                await self._writer.drain()
                await asyncio.sleep(0.1)
            return
        if not await self._say("421 busy" if self._fault == "busy" else "220 double"):
            return
        while line := await self._reader.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if not await self._answer(verb.upper(), rest):
                return

    async def _answer(self, verb: str, rest: str) -> bool:
        """False = the conversation is over."""
        match verb:
            case "EHLO" | "HELO":
                offers = ["double", "8BITMIME"]
                offers += ["STARTTLS"] if self._double.tls and not self._is_secure else []
                offers += ["AUTH PLAIN"] if self._double.user else []
                marks = ["-"] * (len(offers) - 1) + [" "]
                return await self._say(*(f"250{mark}{offer}" for mark, offer in zip(marks, offers, strict=True)))
            case "STARTTLS":
                await self._say("220 go ahead")
                assert self._double.tls is not None
                await self._writer.start_tls(self._double.tls)
                self._is_secure = True
                return True
            case "AUTH":
                return await self._log_in(rest)
            case "MAIL":
                return await self._say("250 ok" if self._has_login else "530 login first")
            case "RCPT":
                return await self._take_recipient(rest)
            case "DATA":
                return await self._take_mail()
            case "QUIT":
                await self._say("554 get lost" if self._fault == "rude_goodbye" else "221 bye")
                return False
            case _:
                return await self._say("250 ok")

    async def _log_in(self, rest: str) -> bool:
        wanted = base64.b64encode(f"\0{self._double.user}\0{self._double.password}".encode()).decode()
        self._has_login = self._fault != "bad_login" and rest == f"PLAIN {wanted}"
        return await self._say("235 ok" if self._has_login else "535 no")

    async def _take_recipient(self, rest: str) -> bool:
        if self._fault in ("greylist", "no_such_user"):
            return await self._say("451 later" if self._fault == "greylist" else "550 no such user")
        self._to.append(rest.partition("<")[2].partition(">")[0])
        return await self._say("250 ok")

    async def _take_mail(self) -> bool:
        await self._say("354 go on")
        body = await self._reader.readuntil(b"\r\n.\r\n")
        message = message_from_bytes(body.removesuffix(b".\r\n"), policy=MAIL_POLICY)
        assert isinstance(message, EmailMessage)
        self._double.inbox.append(message)
        self._double.recipients += self._to
        return self._fault != "lost_answer" and await self._say("250 kept")

    async def _say(self, *lines: str) -> bool:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()
        return not lines[-1].startswith("421")
