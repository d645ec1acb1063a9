"""Answers that go back inside the vendor's own request: claimed from the store for whoever asked, and never too late.

The vendor repeats a callback that is not answered within 5 s. So the words are claimed for the request that brought
the message, right behind the unit that serves it, and as a rule in its commit; a repetition finds the same row and
gets the same words. When a crowd writes, nobody's request waits for long: it is stored, told so, and the words follow
as a service message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from bot.channels.wechat.callbacks import IsGone
from bot.channels.wechat.refusal import not_stored
from core.chat import RawUpdate
from core.errors import StoreNotNow
from core.ids import Key
from core.ports import Clock, Intake
from core.texts import text
from fallback_store import messages, passive_replies
from fallback_store.database import Store, Tx, Unit
from fallback_store.passive_replies import PassiveReply

#: Seconds an answer is waited for; the vendor waits five, the network and a busy machine take their share.
ANSWERED_WITHIN_S = 3.5
#: With more requests open than this it is a crowd: each waits so many seconds for its words, and once the first of
#: them have waited that long, who comes behind them is stored and answered before being served.
CROWD, CROWD_WAITS_S = 16, 0.3
#: Seconds between two looks for answers that take their turn at the desk.
LOOK_S = 0.01
#: Seconds after which it is looked again though nothing was committed, and in a store that cannot be written to.
LOOK_AGAIN_S = 0.5

#: The words, "" = nothing is to be said; None = not yet.
_Said = str | None

Wording = Callable[[Tx, RawUpdate, PassiveReply], str]
"""The words of a reply that go back inside the request; what does not fit there is queued beside them."""


@dataclass(slots=True, eq=False)
class _Request:
    """A request of the vendor's that is still open."""

    update: RawUpdate
    is_gone: IsGone
    began_s: float
    is_stored: bool = False
    #: a unit that may claim words for it is on its way
    is_claiming: bool = False
    #: words that nobody had before were claimed for it
    has_claimed: bool = False
    #: nothing can go back inside it any more: nothing may be claimed for it
    is_over: bool = False
    #: set with what a look finds
    found: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    #: set once it is answered, or what was claimed for it in vain is given back
    settled: asyncio.Event = field(default_factory=asyncio.Event)


class PassiveAnswers:
    """The open requests of one account."""

    def __init__(self, store: Store, clock: Clock, wording: Wording, language: str) -> None:
        """`language`: of what is said when the words themselves are not there."""
        self._store = store
        self._clock = clock
        self._wording = wording
        self._language = language
        #: by message, oldest first; a repetition takes the place of the request before it
        self._open: dict[Key, _Request] = {}
        #: stored, and not served yet
        self._waiting: set[_Request] = set()
        #: words may have been claimed for them when it was too late
        self._in_vain: set[_Request] = set()
        self._has_work = asyncio.Event()

    async def run(self) -> None:
        """Finds the words of those that wait, until cancelled."""
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            while self._waiting or self._in_vain:
                seen = self._store.revision
                try:
                    await self._give_back()
                    await self._look()
                except StoreNotNow:
                    await self._clock.sleep(LOOK_AGAIN_S)
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN_S):
                        await self._store.wait_change(seen)
                await asyncio.sleep(LOOK_S)  # of many commits in a row one look is enough

    async def settled(self, key: Key) -> None:
        """Returns once no request waits for the answer to this message."""
        if (request := self._open.get(key)) is not None:
            await request.settled.wait()

    async def answer(self, update: RawUpdate, allow: Unit[None], intake: Intake, is_gone: IsGone) -> str | None:
        """The words to answer with; "" = none; None = it is not stored, and the vendor has to repeat it.

        `allow`: notes what the vendor lets follow after this message.
        """
        request = _Request(update, is_gone, asyncio.get_running_loop().time())
        is_late = self._is_late(request.began_s)
        self._open[update.key] = request
        said: _Said = None
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S) as limit:
                said = await self._take(request, allow, intake, is_late=is_late)
                if said is None and not is_late:
                    waits_s = CROWD_WAITS_S if len(self._open) > CROWD else ANSWERED_WITHIN_S
                    limit.reschedule(request.began_s + waits_s)
                    said = await self._wait(request)
        except StoreNotNow as problem:
            said = text(self._language, not_stored(problem))
        except TimeoutError:
            pass
        finally:
            self._close(request, is_answered=said is not None)
        if said is None and request.is_stored:
            return text(self._language, "wechat_answer_follows")
        return said

    # One request -------------------------------------------------------------------------------

    def _is_late(self, now_s: float) -> bool:
        """A crowd has waited so long already that one more must not be served before it is answered."""
        last_of_crowd = next(islice(self._open.values(), CROWD, None), None)
        return last_of_crowd is not None and now_s - last_of_crowd.began_s > CROWD_WAITS_S

    async def _take(self, request: _Request, allow: Unit[None], intake: Intake, *, is_late: bool) -> _Said:
        """Stores the message; returns what it is answered with where that is known by then."""
        has_hung_up = await request.is_gone()  # then the words must not go there
        request.is_claiming = not has_hung_up
        said: _Said = None
        if is_late:
            said = await self._keep(request, allow)
        elif has_hung_up:
            await intake([request.update], allow)
        else:
            said = await self._serve(request, allow, intake)
        request.is_claiming, request.is_stored = False, True
        return "" if has_hung_up else said

    async def _serve(self, request: _Request, allow: Unit[None], intake: Intake) -> _Said:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(intake([request.update], allow))
                # Queued behind it, and as a rule in the same commit: nobody else gets to say what is served there.
                claiming = group.create_task(self._claim_for([request]))
        except* StoreNotNow as problems:
            raise problems.exceptions[0] from None
        return claiming.result()[0]

    async def _keep(self, request: _Request, allow: Unit[None]) -> _Said:
        """Leaves the message in the inbox, where the front desk looks by itself; a repetition may have its answer."""

        def unit(tx: Tx) -> _Said:
            allow(tx)
            is_new = messages.receive(tx, [request.update], self._clock.now())
            return None if is_new else self._claim(request)(tx)

        (said,) = await self._store.write_each([unit], may_repeat=True)
        if isinstance(said, BaseException):
            raise said
        return said

    async def _wait(self, request: _Request) -> str:
        self._waiting.add(request)
        self._has_work.set()
        return await request.found

    def _close(self, request: _Request, *, is_answered: bool) -> None:
        request.is_over = True
        self._waiting.discard(request)
        if not is_answered and (request.is_claiming or request.has_claimed):
            self._in_vain.add(request)
            self._has_work.set()
        else:
            self._settle(request)

    def _settle(self, request: _Request) -> None:
        if self._open.get(request.update.key) is request:  # not a repetition's, which came meanwhile
            del self._open[request.update.key]
        request.settled.set()

    # Claiming ----------------------------------------------------------------------------------

    async def _claim_for(self, requests: Sequence[_Request]) -> list[_Said]:
        found = await self._store.write_each([self._claim(request) for request in requests], may_repeat=True)
        if problem := next((one for one in found if isinstance(one, BaseException)), None):
            raise problem
        return [one for one in found if not isinstance(one, BaseException)]

    def _claim(self, request: _Request) -> Unit[_Said]:
        def unit(tx: Tx) -> _Said:
            if request.is_over:
                return None
            reply = passive_replies.claim(tx, request.update.key, self._clock.now())
            request.has_claimed = reply.is_new
            if reply.state == "pending":
                return None
            return self._wording(tx, request.update, reply) if reply.state == "said" else ""

        return unit

    # The looks ---------------------------------------------------------------------------------

    async def _look(self) -> None:
        """Claims what there is to say by now to those that wait."""
        keys = [request.update.key for request in self._waiting]
        served = set(await passive_replies.answerable(self._store, keys))
        ready = [request for request in self._waiting if request.update.key in served]
        for request in ready:
            if await request.is_gone():  # the words must not go there
                self._tell(request, "")
        left = [request for request in ready if not request.found.done()]
        for request in left:
            request.is_claiming = True
        found = await self._claim_for(left) if left else []
        for request, said in zip(left, found, strict=True):
            request.is_claiming = False
            if said is not None:
                self._tell(request, said)

    def _tell(self, request: _Request, said: str) -> None:
        self._waiting.discard(request)
        if not request.found.done():
            request.found.set_result(said)

    async def _give_back(self) -> None:
        """What was claimed in vain waits again, to be said as a service message."""
        if not (late := list(self._in_vain)):
            return

        def unit(tx: Tx) -> None:
            # Units run in the order in which they were queued: what claims for these has run by now.
            for request in late:
                if request.has_claimed:
                    passive_replies.give_back(tx, request.update.key)

        await self._store.write(unit)
        self._in_vain.difference_update(late)
        for request in late:
            self._settle(request)
