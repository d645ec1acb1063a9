"""The vendor's side of an Official Account: it calls our callback address and repeats what is not answered in time."""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import dataclass
from typing import Any

import aiohttp
import xmltodict

from core.ports import Clock
from drills.wechat_double.people import Followers, Person
from drills.wechat_double.sealing import VendorSeal

#: Tries in all, and seconds each is waited for.
TRIES, WAITS_S = 4, 5.0
AFTER_MESSAGE = (5, 48 * 3600.0)
AFTER_EVENT = (3, 60.0)
ACCOUNT = "gh_fallback"


@dataclass(slots=True)
class Pushed:
    """What came of one callback."""

    #: HTTP statuses, one a try; 0 = no answer in time
    statuses: list[int]
    #: seconds each try took
    took_s: list[float]
    #: the text answered; "" = an empty answer
    text: str = ""
    #: where in the person's `shown` it stands
    place: int = -1


class VendorSide:
    """Pushes to one callback address."""

    def __init__(self, clock: Clock, seal: VendorSeal, followers: Followers, *, waits_s: float = WAITS_S) -> None:
        """`waits_s`: for an answer, before the next try."""
        self._clock = clock
        self._seal = seal
        self._followers = followers
        self._waits_s = waits_s
        self._numbers = itertools.count(24_000_000_000)
        self.url = ""

    def somebody(self, name: str) -> Person:
        """A person by the vendor's id."""
        return self._followers.person(name)

    async def verify(self) -> str:
        """Tries the address as the console does when it is saved; returns what came back."""
        sealed = self._seal.encrypt("echo-4711")
        query = self._query(sealed) | {"echostr": sealed}
        async with aiohttp.ClientSession() as session, session.get(self.url, params=query) as answer:
            return await answer.text()

    async def text(self, person: Person, content: str, **more: str) -> Pushed:
        """A person writes."""
        person.did(self._clock, *AFTER_MESSAGE)
        return await self.push(person, {"MsgType": "text", "Content": content, "MsgId": self.message_id(), **more})

    async def event(self, person: Person, event: str, key: str = "") -> Pushed:
        """A person follows, leaves, scans or taps the menu."""
        if event in ("subscribe", "SCAN", "CLICK"):
            person.did(self._clock, *AFTER_EVENT)
        person.is_following = event != "unsubscribe"
        return await self.push(person, {"MsgType": "event", "Event": event, "EventKey": key})

    def message_id(self) -> str:
        """A new message's id."""
        return str(next(self._numbers))

    async def push(self, person: Person, fields: dict[str, str], *, tries: int = TRIES) -> Pushed:
        """Delivers one callback, again until it is answered; what is answered is shown to the person once."""
        xml, found = self._xml_of(person, fields), Pushed([], [])
        for _ in range(tries):
            status, body = await self.deliver(xml, found)
            if status == 200:
                if body != "success" and body:
                    found.text = self._shown(person, body)
                    found.place = len(person.shown) - 1
                break
        return found

    async def again(self, person: Person, fields: dict[str, str]) -> str | None:
        """Delivers what was answered once more; the words it is answered with now, shown to nobody; None = none."""
        status, body = await self.deliver(self._xml_of(person, fields), Pushed([], []))
        if status != 200 or body in ("", "success"):
            return None
        return str(self._opened(person, body)["Content"])

    async def deliver(self, xml: str, found: Pushed) -> tuple[int, str]:
        """One try; what it was is noted in `found`."""
        sealed = self._seal.encrypt(xml)
        body = f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
        began_s, status, answered = time.monotonic(), 0, ""
        timeout = aiohttp.ClientTimeout(total=self._waits_s)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self.url, params=self._query(sealed), data=body.encode()) as answer,
            ):
                status, answered = answer.status, await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        found.statuses.append(status)
        found.took_s.append(time.monotonic() - began_s)
        return status, answered

    def _xml_of(self, person: Person, fields: dict[str, str]) -> str:
        created = str(int(self._clock.now().timestamp()))
        whole = {"ToUserName": ACCOUNT, "FromUserName": person.openid, "CreateTime": created, **fields}
        return str(xmltodict.unparse({"xml": whole}, full_document=False))

    def _shown(self, person: Person, body: str) -> str:
        person.shown.append(str(self._opened(person, body)["Content"]))
        return person.shown[-1]

    def _opened(self, person: Person, body: str) -> dict[str, Any]:
        answer: dict[str, Any] = xmltodict.parse(self._seal.open_answer(body), strip_whitespace=False)["xml"]
        if (answer["ToUserName"], answer["FromUserName"], answer["MsgType"]) != (person.openid, ACCOUNT, "text"):
            raise ValueError(f"the answer is not for {person.openid}: {answer}")
        return answer

    def _query(self, sealed: str) -> dict[str, str]:
        timestamp, nonce = str(int(self._clock.now().timestamp())), secrets.token_hex(5)
        signature = self._seal.signature(timestamp, nonce, sealed)
        return {
            "timestamp": timestamp,
            "nonce": nonce,
            "msg_signature": signature,
            "encrypt_type": "aes",
        }
